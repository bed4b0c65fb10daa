//! The laws that every stored referral obeys. What breaks one is named, so that reconciliation can tell a person.

use crate::decide::holder_of;
use crate::definition::Definition;
use crate::evolve::derived_state;
use crate::referral::{Handoff, Referral};
use crate::vocabulary::codes;

codes! {
    /// A broken law.
    Law, "law" {
        OneOpenHandoff = "one-open-handoff", "Høyst én overlevering er åpen", "At most one hand-off is open";
        HolderIsCustodian = "holder-is-custodian", "Stafettpinnen er der arbeidsflyten sier", "The baton is where the workflow says";
        ClockRuns = "clock-runs", "En frist løper så lenge noen må handle", "A clock runs while somebody must act";
        NoClockAfterEnd = "no-clock-after-end", "Ingen frist løper etter slutten", "No clock runs after the end";
        StateFollows = "state-follows", "Tilstanden følger av overleveringene", "The state follows from the hand-offs";
        StepIsKnown = "step-is-known", "Trinnet finnes i arbeidsflyten", "The step exists in the workflow";
        ReceiverIsKnown = "receiver-is-known", "En sendt overlevering har en mottaker og et grunnlag", "A sent hand-off has a receiver and a basis";
    }
}

/// The laws that `referral` breaks; none, if all is well.
#[must_use]
pub fn broken(definition: &Definition, referral: &Referral) -> Vec<Law> {
    let mut broken = Vec::new();
    let mut law = |law: Law, holds: bool| {
        if !holds {
            broken.push(law);
        }
    };
    law(
        Law::OneOpenHandoff,
        referral.handoffs.iter().filter(|handoff| handoff.is_open()).count() <= 1,
    );
    law(Law::StateFollows, referral.state == derived_state(referral));
    law(
        Law::StepIsKnown,
        referral.handoffs.iter().all(|handoff| knows_step(definition, handoff)),
    );
    law(
        Law::ReceiverIsKnown,
        referral
            .handoffs
            .iter()
            .all(|handoff| !handoff.is_sent() || (handoff.terms.receiver.is_some() && handoff.terms.basis.is_some())),
    );
    let holder = referral.current_handoff().and_then(|current| {
        definition
            .state(&current.step)
            .map(|state| holder_of(state.holder, current, referral))
    });
    law(Law::HolderIsCustodian, holder == Some(referral.custodian));
    let runs = referral.running_clocks().next().is_some();
    law(Law::ClockRuns, runs || referral.state.is_end());
    law(Law::NoClockAfterEnd, !(runs && referral.state.is_end()));
    broken
}

fn knows_step(definition: &Definition, handoff: &Handoff) -> bool {
    definition
        .state(&handoff.step)
        .is_some_and(|state| state.core == handoff.state)
}
