//! Every move of the baton is heard where it comes and where it goes, every end is heard on the other side, and a no has a
//! reason that can be counted.

use super::super::{Addressee, Holder, Party, Required, Transition};
use super::Findings;
use crate::vocabulary::{Action, HandoffState, Language};

pub(super) fn notices(findings: &mut Findings<'_>) {
    for (at, transition) in findings.definition.transitions.iter().enumerate() {
        for to in must_hear(findings, transition) {
            if !transition.notices.iter().any(|rule| rule.to == to) {
                let core = transition
                    .to
                    .as_deref()
                    .and_then(|to| findings.definition.state(to))
                    .map(|state| state.core);
                let (nb, en) = unheard(transition.action, to, core.is_some_and(HandoffState::is_end));
                findings.at_transition(at, nb, en);
            }
        }
    }
}

/// Who must hear of a transition, besides whoever takes it.
fn must_hear(findings: &Findings<'_>, transition: &Transition) -> Vec<Addressee> {
    let definition = findings.definition;
    let action = transition.action;
    let mut hear = Vec::new();
    if matches!(action, Action::Allocate | Action::Undo) {
        // Where it leads is known only when it is done.
        hear.extend([Addressee::Sender, Addressee::Receiver, Addressee::NextReceiver]);
    }
    hear.extend((action == Action::Dispute).then_some(Addressee::Coordinator));
    hear.extend((action == Action::Revoke).then_some(Addressee::Originator));
    if transition.opens.is_some() {
        hear.push(Addressee::NextReceiver);
    }
    let before = transition.from.iter().filter_map(|from| definition.state(from));
    let before: Vec<_> = before.collect();
    if let Some(after) = transition.to.as_deref().and_then(|to| definition.state(to)) {
        if after.core == HandoffState::Sent {
            hear.push(Addressee::Receiver);
        }
        let moved = before.iter().filter(|state| state.holder != after.holder);
        hear.extend(moved.flat_map(|state| [addressee(state.holder), addressee(after.holder)]));
        // It ends where somebody may know of it.
        let sent = before.iter().any(|state| state.core != HandoffState::Draft);
        if after.core.is_end() && sent {
            hear.extend([Addressee::Sender, Addressee::Receiver]);
        }
    }
    let acts = |to: &Addressee| match transition.party {
        Party::Sender => *to == Addressee::Sender,
        Party::Receiver => *to == Addressee::Receiver,
        Party::Custodian => before.iter().all(|state| addressee(state.holder) == *to),
        Party::Either | Party::Earlier | Party::Coordinator => false,
    };
    hear.retain(|to| !acts(to));
    hear.sort_unstable();
    hear.dedup();
    hear
}

const fn addressee(holder: Holder) -> Addressee {
    match holder {
        Holder::Sender => Addressee::Sender,
        Holder::Receiver => Addressee::Receiver,
        Holder::Originator => Addressee::Originator,
    }
}

/// What follows when somebody does not hear.
const fn unheard(action: Action, to: Addressee, ends: bool) -> (&'static str, &'static str) {
    match (action, to) {
        (Action::Dispute, _) => (
            "Kommunen skal avgjøre hvem som har ansvaret, men ingen forteller den det.",
            "The municipality should decide who is responsible, but nobody tells it.",
        ),
        (_, Addressee::NextReceiver) => (
            "Den neste mottakeren får ikke vite at noe er kommet.",
            "The next receiver does not hear that anything has come.",
        ),
        (Action::Send, _) => (
            "Mottaker får ikke vite at noe er kommet.",
            "The receiver does not hear that anything has come.",
        ),
        (Action::Undo, Addressee::Sender | Addressee::Receiver) => (
            "Den andre får ikke vite det, og holder seg til det som ikke lenger gjelder.",
            "The other does not hear of it, and keeps to what no longer holds.",
        ),
        (Action::Allocate, Addressee::Sender | Addressee::Receiver) => (
            "Den det gjelder, får ikke vite hva som er avgjort.",
            "Whoever it concerns does not hear what was decided.",
        ),
        (_, Addressee::Sender) if !ends => (
            "Avsender får ikke vite det, og tror fortsatt at stafettpinnen er der den var.",
            "The sender does not hear of it, and still believes that the baton is where it was.",
        ),
        (_, Addressee::Sender) => (
            "Avsender får aldri vite hvordan det gikk.",
            "The sender never hears what became of it.",
        ),
        (_, Addressee::Receiver) => (
            "Mottaker får ikke vite det, og holder på videre.",
            "The receiver does not hear of it, and works on.",
        ),
        (Action::Revoke, Addressee::Originator) => (
            "Den som skrev den, får aldri vite at ingen leter videre.",
            "Whoever wrote it never hears that nobody looks on.",
        ),
        (_, Addressee::Originator) => (
            "Den som skrev den, får ikke vite at stafettpinnen er tilbake der.",
            "Whoever wrote it does not hear that the baton is back there.",
        ),
        (_, Addressee::Coordinator) => (
            "Kommunens koordinator får ikke vite det.",
            "The municipality's coordinator does not hear of it.",
        ),
    }
}

/// A coded reason is demanded wherever the baton is refused, held or ended early.
pub(super) fn reasons(findings: &mut Findings<'_>) {
    for (at, transition) in findings.definition.transitions.iter().enumerate() {
        let to = transition.to.as_deref().and_then(|to| findings.definition.state(to));
        let refuses = to.is_some_and(|state| {
            matches!(
                state.core,
                HandoffState::Declined | HandoffState::EndedEarly | HandoffState::OnHold
            )
        });
        let coded = transition.input.iter().any(|rule| {
            rule.field.kind.codes(Language::Nb).is_some()
                && (rule.required == Required::Always || rule.field.default.is_some())
        });
        if refuses && !coded {
            findings.at_transition(
                at,
                "Ingen kan senere telle hvorfor: spør etter en årsak fra en liste.",
                "Nobody can count later why: ask for a coded reason.",
            );
        }
    }
}
