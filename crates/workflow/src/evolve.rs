//! How one event changes a referral. Nothing else changes one.

use std::collections::BTreeMap;

use crate::agency::{ClockId, HandoffId, ReferralId, UserId};
use crate::event::{Event, Fact, Snapshot};
use crate::referral::{Clock, Handoff, LastStep, Referral, Times};
use crate::vocabulary::{Action, HandoffState, ReferralState};

/// A log that is not a referral's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// It does not begin with the referral's creation.
    #[error("the log does not begin with the creation")]
    NoCreation,
    /// An event is missing, doubled or out of its place.
    #[error("the log has event {found} where event {expected} belongs")]
    Gap {
        /// The number that belongs there.
        expected: u32,
        /// The number that is there.
        found: u32,
    },
}

/// The referral that a whole log tells.
///
/// # Errors
/// [`ReplayError`] when the log does not begin with the creation or has a gap.
pub fn replay<'a>(id: ReferralId, events: impl IntoIterator<Item = &'a Event>) -> Result<Referral, ReplayError> {
    let mut events = events.into_iter();
    let mut referral = events
        .next()
        .and_then(|first| begin(id, first))
        .ok_or(ReplayError::NoCreation)?;
    for event in events {
        let expected = referral.event_seq + 1;
        if event.seq != expected {
            return Err(ReplayError::Gap {
                expected,
                found: event.seq,
            });
        }
        referral = evolve(referral, event);
    }
    Ok(referral)
}

/// The referral after its creation; `None` when the event is something else or not the first.
#[must_use]
pub fn begin(id: ReferralId, event: &Event) -> Option<Referral> {
    let Fact::Created {
        reference,
        workflow,
        originator,
        urgency,
        handoff,
        step,
        terms,
    } = &event.fact
    else {
        return None;
    };
    let first = Handoff {
        id: *handoff,
        state: HandoffState::Draft,
        step: step.clone(),
        sender: *originator,
        terms: terms.clone(),
        assignee: None,
        forwarded_by: None,
        successor: None,
        times: Times {
            created: Some(event.at),
            ..Times::default()
        },
        code: None,
        resumes_to: None,
        marks: BTreeMap::new(),
    };
    (event.seq == 1).then(|| Referral {
        id,
        reference: *reference,
        workflow: workflow.clone(),
        state: ReferralState::Draft,
        originator: *originator,
        custodian: *originator,
        urgency: *urgency,
        handoffs: vec![first],
        clocks: Vec::new(),
        version: event.version,
        event_seq: event.seq,
        closed_at: None,
        coordinator: None,
        disputed_since: None,
        last: None,
    })
}

/// The referral after one more event. Total: an event about a hand-off that is not there changes nothing.
#[must_use]
pub fn evolve(mut referral: Referral, event: &Event) -> Referral {
    referral.version = event.version;
    referral.event_seq = event.seq;
    match &event.fact {
        Fact::Created { .. }
        | Fact::MessagePosted { .. }
        | Fact::AttachmentAdded { .. }
        | Fact::AttachmentRemoved { .. }
        | Fact::PersonRectified { .. }
        | Fact::Glass { .. } => {}
        Fact::Edited {
            handoff,
            urgency,
            terms,
        } => {
            referral.urgency = *urgency;
            with_handoff(&mut referral, *handoff, |draft| draft.terms = terms.clone());
        }
        Fact::TermsSettled { handoff, terms } => {
            with_handoff(&mut referral, *handoff, |draft| draft.terms = terms.clone());
        }
        Fact::Opened {
            handoff,
            forwarded_from,
            sender,
            step,
            state,
            terms,
        } => {
            let mut forwarded_by = None;
            if let Some(from) = forwarded_from {
                with_handoff(&mut referral, *from, |before| {
                    before.successor = Some(*handoff);
                    forwarded_by = before.terms.receiver;
                });
            }
            let mut times = Times {
                created: Some(event.at),
                sent: Some(event.at),
                ..Times::default()
            };
            note_times(&mut times, *state, event);
            referral.handoffs.push(Handoff {
                id: *handoff,
                state: *state,
                step: step.clone(),
                sender: *sender,
                terms: terms.clone(),
                assignee: None,
                forwarded_by,
                successor: None,
                times,
                code: None,
                resumes_to: None,
                marks: BTreeMap::new(),
            });
        }
        Fact::Moved {
            handoff,
            step,
            state,
            codes,
            ..
        } => with_handoff(&mut referral, *handoff, |moved| {
            moved.resumes_to = (*state == HandoffState::OnHold).then(|| moved.step.clone());
            moved.state = *state;
            moved.step.clone_from(step);
            moved.code = if state.is_end() {
                codes.values().next().cloned()
            } else {
                None
            };
            note_times(&mut moved.times, *state, event);
        }),
        Fact::BatonPassed { to, .. } => referral.custodian = *to,
        Fact::Assigned { handoff, assignee } => {
            with_handoff(&mut referral, *handoff, |assigned| assigned.assignee = Some(*assignee));
        }
        Fact::Noted { handoff, action, .. } => with_handoff(&mut referral, *handoff, |noted| {
            noted.marks.insert(*action, event.at);
        }),
        Fact::Disputed { coordinator, .. } => {
            referral.coordinator = Some(*coordinator);
            referral.disputed_since = Some(event.at);
        }
        Fact::Allocated { .. } => referral.disputed_since = None,
        Fact::Restored { relay, .. } => restore(&mut referral, relay),
        Fact::Migrated { workflow, steps } => {
            referral.workflow = workflow.clone();
            for restep in steps {
                with_handoff(&mut referral, restep.handoff, |moved| {
                    moved.step.clone_from(&restep.step);
                    moved.state = restep.state;
                    moved.resumes_to.clone_from(&restep.resumes_to);
                });
            }
        }
        Fact::ClockPaused { clock } => with_clock(&mut referral, *clock, |paused| paused.paused_at = Some(event.at)),
        Fact::ClockResumed {
            clock,
            warn_at,
            due_at,
            next_fire_at,
        } => with_clock(&mut referral, *clock, |resumed| {
            resumed.paused_at = None;
            resumed.warn_at = *warn_at;
            resumed.due_at = *due_at;
            resumed.next_fire_at = *next_fire_at;
        }),
        Fact::ClockWarned {
            clock, next_fire_at, ..
        } => with_clock(&mut referral, *clock, |warned| {
            warned.warned_at = Some(event.at);
            warned.next_fire_at = Some(*next_fire_at);
        }),
        Fact::ClockBreached {
            clock,
            to,
            next_fire_at,
        } => with_clock(&mut referral, *clock, |breached| {
            breached.breached_at = Some(event.at);
            breached.level = to.level;
            breached.next_fire_at = Some(*next_fire_at);
        }),
        Fact::ClockEscalated {
            clock,
            to,
            next_fire_at,
        }
        | Fact::ClockReminded {
            clock,
            to,
            next_fire_at,
        } => with_clock(&mut referral, *clock, |told| {
            told.level = to.level;
            told.next_fire_at = Some(*next_fire_at);
        }),
        Fact::ClockArmed { clock } => {
            let mut armed = clock.clone();
            armed.wind();
            referral.clocks.push(armed);
        }
        Fact::ClockStopped { clock } => {
            with_clock(&mut referral, *clock, |stopped| stopped.stopped_at = Some(event.at))
        }
        Fact::Revoked { .. } => referral.state = ReferralState::Revoked,
        Fact::Seen { handoff } => with_handoff(&mut referral, *handoff, |seen| {
            seen.times.seen.get_or_insert(event.at);
        }),
    }
    referral.state = derived_state(&referral);
    if referral.state.is_end() {
        referral.closed_at.get_or_insert(event.at);
    } else {
        referral.closed_at = None;
    }
    if let (Some(action), Some(by)) = (event.fact.action(), event.by) {
        note_last(&mut referral, action, by.user, event);
    }
    referral
}

/// The referral's state follows from its last hand-off, unless its custodian revoked it.
#[must_use]
pub fn derived_state(referral: &Referral) -> ReferralState {
    if referral.state == ReferralState::Revoked {
        return ReferralState::Revoked;
    }
    match referral.current_handoff().map(|handoff| handoff.state) {
        Some(state) if referral.disputed_since.is_some() && state != HandoffState::Completed => {
            ReferralState::AllocationDisputed
        }
        None | Some(HandoffState::Draft) => ReferralState::Draft,
        Some(HandoffState::OnHold) => ReferralState::OnHold,
        Some(HandoffState::Completed) => ReferralState::Completed,
        Some(HandoffState::EnteredInError) => ReferralState::EnteredInError,
        Some(
            HandoffState::Sent
            | HandoffState::Acknowledged
            | HandoffState::InfoRequested
            | HandoffState::Accepted
            | HandoffState::InProgress
            | HandoffState::Declined
            | HandoffState::ReturnedWithAdvice
            | HandoffState::Forwarded
            | HandoffState::Withdrawn
            | HandoffState::EndedEarly,
        ) => ReferralState::Active,
    }
}

fn with_handoff(referral: &mut Referral, id: HandoffId, change: impl FnOnce(&mut Handoff)) {
    if let Some(handoff) = referral.handoffs.iter_mut().find(|handoff| handoff.id == id) {
        change(handoff);
    }
}

/// What a decision did first is what it was for; what follows from it does not count. An undo cannot be undone.
fn note_last(referral: &mut Referral, action: Action, by: UserId, event: &Event) {
    if action == Action::Undo {
        referral.last = None;
    } else if referral.last.is_none_or(|last| last.version < event.version) {
        referral.last = Some(LastStep {
            action,
            by,
            at: event.at,
            version: event.version,
        });
    }
}

fn with_clock(referral: &mut Referral, id: ClockId, change: impl FnOnce(&mut Clock)) {
    if let Some(clock) = referral.clocks.iter_mut().find(|clock| clock.id == id) {
        change(clock);
        clock.wind();
    }
}

fn restore(referral: &mut Referral, relay: &Snapshot) {
    referral.custodian = relay.custodian;
    referral.handoffs.clone_from(&relay.handoffs);
    referral.clocks.clone_from(&relay.clocks);
    referral.clocks.iter_mut().for_each(Clock::wind);
    referral.disputed_since = relay.disputed_since;
    // What is derived is derived anew.
    referral.state = if relay.revoked {
        ReferralState::Revoked
    } else {
        ReferralState::Active
    };
}

/// Each thing is noted the first time; an answer without an acknowledgement acknowledges.
fn note_times(times: &mut Times, state: HandoffState, event: &Event) {
    let at = event.at;
    match state {
        HandoffState::Sent => {
            times.sent.get_or_insert(at);
        }
        HandoffState::Acknowledged | HandoffState::InfoRequested => {
            times.acknowledged.get_or_insert(at);
        }
        HandoffState::Accepted
        | HandoffState::Declined
        | HandoffState::ReturnedWithAdvice
        | HandoffState::Forwarded => {
            times.acknowledged.get_or_insert(at);
            times.decided.get_or_insert(at);
        }
        HandoffState::Draft
        | HandoffState::InProgress
        | HandoffState::OnHold
        | HandoffState::Withdrawn
        | HandoffState::EndedEarly
        | HandoffState::Completed
        | HandoffState::EnteredInError => {}
    }
    if state.is_end() {
        times.ended.get_or_insert(at);
    } else {
        times.ended = None;
    }
}
