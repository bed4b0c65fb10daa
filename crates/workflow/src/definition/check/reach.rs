//! No step is out of reach, none is a trap, and in each the baton is with exactly the one who has taken it.

use super::super::{Holder, Party};
use super::{Findings, Near, story};
use crate::vocabulary::{HandoffState, Text};

/// Every state can be reached, and from every state an end can be.
pub(super) fn reachability(findings: &mut Findings<'_>) {
    let graph = findings.graph;
    for (at, state) in findings.definition.states.iter().enumerate() {
        // An undone leg is kept as a mistake, so that state needs no action of its own.
        if state.core != HandoffState::EnteredInError && graph.distance(at).is_none() {
            let Text { nb, en } = &state.title;
            findings.add(
                Near::State(at),
                format!("Ingen vei fører til «{nb}»: der kommer ingen formidling noen gang."),
                format!("No way leads to “{en}”: no referral ever gets there."),
            );
        }
    }
    for trap in graph.traps() {
        let Some(Text { nb, en }) = graph.state(trap).map(|state| &state.title) else {
            continue;
        };
        findings.at_state(
            trap,
            Near::State(trap),
            &format!(
                "Fra «{nb}» finnes ingen vei til en slutt: den kan verken fullføres eller avsluttes med en grunn."
            ),
            &format!("From “{en}” there is no way to an end: it can neither be completed nor closed with a reason."),
        );
    }
    if findings.definition.step_of(HandoffState::EnteredInError).is_none() {
        findings.add(
            Near::Word("states".into()),
            "Det mangler et steg for det som er feilregistrert: den som tar feil av mottaker, kan ikke rette det opp.",
            "A step for what was entered in error is missing: whoever chose the wrong receiver could not put it right.",
        );
    }
}

/// The baton is with the sender until somebody has taken it, with whoever took it until it is over, and then with
/// somebody who will look for the next.
pub(super) fn custody(findings: &mut Findings<'_>) {
    for (at, state) in findings.definition.states.iter().enumerate() {
        let Text { nb, en } = &state.title;
        let (nb, en) = match (state.core, state.holder) {
            (core, Holder::Receiver | Holder::Originator) if !core.is_end() && !core.is_taken() => (
                format!(
                    "I «{nb}» har ingen tatt den ennå, men avsender har ikke lenger stafettpinnen: ingen følger med."
                ),
                format!(
                    "In “{en}” nobody has taken it yet, but the sender no longer has the baton: nobody keeps watch."
                ),
            ),
            (core, Holder::Sender | Holder::Originator) if core.is_taken() => (
                format!(
                    "I «{nb}» har mottaker tatt den, men stafettpinnen ligger hos en annen: begge tror at den andre har den."
                ),
                format!(
                    "In “{en}” the receiver has taken it, but the baton lies with another: each believes that the other has it."
                ),
            ),
            (
                HandoffState::Declined
                | HandoffState::ReturnedWithAdvice
                | HandoffState::Forwarded
                | HandoffState::Withdrawn
                | HandoffState::EndedEarly,
                Holder::Receiver,
            ) => (
                format!(
                    "I «{nb}» er mottaker ferdig med den, men har stafettpinnen fortsatt: ingen leter etter den neste."
                ),
                format!("In “{en}” the receiver is done with it but still has the baton: nobody looks for the next."),
            ),
            _ => continue,
        };
        findings.at_state(at, Near::State(at), &nb, &en);
    }
    for (at, transition) in findings.definition.transitions.iter().enumerate() {
        let core = |id: &String| findings.definition.state(id).map(|state| state.core);
        let takes = transition
            .to
            .as_ref()
            .and_then(core)
            .is_some_and(HandoffState::is_taken);
        let untaken = |core: HandoffState| !core.is_end() && !core.is_taken();
        let from_untaken = transition.from.iter().filter_map(core).any(untaken);
        if takes && from_untaken && transition.party != Party::Receiver {
            let who = story::who(transition.party);
            findings.at_transition(
                at,
                &format!(
                    "Nå har mottaker stafettpinnen uten å ha tatt imot den: det var {} som la den der.",
                    who.nb
                ),
                &format!(
                    "Now the receiver has the baton without having taken it: it was {} who put it there.",
                    who.en
                ),
            );
        }
    }
}
