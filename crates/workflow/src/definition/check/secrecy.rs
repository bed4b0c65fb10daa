//! What may not be told is not told: nothing reaches a receiver without a legal basis, and nobody learns of a report that
//! the law made a duty.

use super::super::{Guard, OthersSee};
use super::{Findings, Near};
use crate::vocabulary::{Action, HandoffState, LegalBasisCode};

pub(super) fn secrecy(findings: &mut Findings<'_>) {
    let definition = findings.definition;
    if definition.others_see == OthersSee::Custody && definition.legal_bases.contains(&LegalBasisCode::DutyToReport) {
        findings.add(
            Near::Word("custody".into()),
            "En melding etter meldeplikten legges i en sak, og de andre som følger den unge, ser at noen har meldt. Skriv others_see = \"nothing\".",
            "A report made by duty is put into a case, and the others who follow the youth see that somebody has reported. Say others_see = \"nothing\".",
        );
    }
    for (at, transition) in definition.transitions.iter().enumerate() {
        let sends = matches!(transition.action, Action::Send | Action::Forward | Action::HandOff);
        if sends && !transition.guards.contains(&Guard::BasisCovers) {
            findings.at_transition(
                at,
                "Nå leser den nye mottakeren om den unge, og ingen har spurt om rettsgrunnlaget dekker det: krev basis-covers.",
                "Now the new receiver reads about the youth, and nobody has asked whether a legal basis covers that: demand basis-covers.",
            );
        }
        if sends && !transition.guards.contains(&Guard::ReceiverAdmitted) {
            findings.at_transition(
                at,
                "Nå kan hvem som helst ha fått den, også en enhet som ikke kan ta imot slikt: krev receiver-admitted.",
                "Now anybody may have got it, also an agency that cannot receive such a thing: demand receiver-admitted.",
            );
        }
        let core = |id: &String| definition.state(id).map(|state| state.core);
        let from_draft = transition
            .from
            .iter()
            .filter_map(core)
            .any(|core| core == HandoffState::Draft);
        let shown = |core: HandoffState| core != HandoffState::Draft && !core.is_end();
        if !sends && from_draft && transition.to.as_ref().and_then(core).is_some_and(shown) {
            findings.at_transition(
                at,
                "Nå er kladden ute av hendene på avsender uten å være sendt: ingen har spurt etter mottaker eller rettsgrunnlag.",
                "Now the draft has left the sender's hands without having been sent: nobody has asked for a receiver or a legal basis.",
            );
        }
    }
}
