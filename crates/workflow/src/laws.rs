//! The laws that every stored referral obeys. What breaks one is named, so that reconciliation can tell a person.

use crate::agency::ReferralId;
use crate::decide::holder_of;
use crate::definition::Definition;
use crate::event::{Event, Fact, Told};
use crate::evolve::{begin, derived_state, evolve};
use crate::referral::{Clock, Handoff, Referral};
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
        ClockIsWound = "clock-is-wound", "En frist som løper, vet når den sier fra neste gang, og bare den", "A clock that runs knows when it tells somebody next, and only such a one";
        FiresInTurn = "fires-in-turn", "Ingen frist sier fra før tiden, to ganger eller i feil rekkefølge", "No clock tells before its time, twice or out of turn";
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
    law(
        Law::ClockIsWound,
        referral.clocks.iter().all(|clock| is_wound(definition, clock)),
    );
    broken
}

/// Whether the clocks of a whole log told each thing once, in order, and never before its time.
#[must_use]
pub fn fires_in_turn(id: ReferralId, log: &[Event]) -> bool {
    let mut referral: Option<Referral> = None;
    for event in log {
        let in_turn = match (&referral, event.fact.fired()) {
            (Some(before), Some((clock, to, _))) => {
                let clock = before.clocks.iter().find(|known| known.id == clock);
                event.by.is_none()
                    && event.version == before.version
                    && clock.is_some_and(|clock| is_its_turn(clock, event, to))
            }
            (None, Some(_)) => false,
            (_, None) => true,
        };
        if !in_turn {
            return false;
        }
        referral = match referral {
            None => begin(id, event),
            Some(before) => Some(evolve(before, event)),
        };
    }
    true
}

fn is_its_turn(clock: &Clock, event: &Event, to: &Told) -> bool {
    let passed = clock.next_fire_at.is_some_and(|at| at < event.at);
    let told = if event.at <= clock.due_at {
        matches!(event.fact, Fact::ClockWarned { .. }) && clock.warned_at.is_none() && clock.level == 0
    } else if clock.level == 0 {
        matches!(event.fact, Fact::ClockBreached { .. })
    } else if to.level > clock.level {
        matches!(event.fact, Fact::ClockEscalated { .. })
    } else {
        matches!(event.fact, Fact::ClockReminded { .. })
    };
    clock.is_running() && passed && told
}

/// What a clock has told and what it tells next agree.
fn is_wound(definition: &Definition, clock: &Clock) -> bool {
    // What has stopped may be of a version with other limits.
    let rule = definition.clock(&clock.name);
    let within = rule.is_some_and(|rule| usize::from(clock.level) <= rule.escalation.len());
    let in_chain = (within || clock.stopped_at.is_some()) && (clock.level > 0) == clock.breached_at.is_some();
    let next = match clock.next_fire_at {
        None => !clock.is_running(),
        Some(_) if !clock.is_running() => false,
        Some(at) => match (clock.breached_at, clock.warned_at) {
            (None, None) => at == clock.warn_at,
            (None, Some(_)) => at == clock.due_at,
            (Some(breached), _) => at > breached,
        },
    };
    in_chain && next
}

fn knows_step(definition: &Definition, handoff: &Handoff) -> bool {
    definition
        .state(&handoff.step)
        .is_some_and(|state| state.core == handoff.state)
}
