//! Undo: whoever did the last thing may take it back, until somebody does the next or a quarter of an hour has gone. The
//! log keeps both.

use chrono::{DateTime, TimeDelta, Utc};

use super::relay::Relay;
use crate::definition::Definition;
use crate::event::{Fact, Snapshot};
use crate::evolve::replay;
use crate::policy::Actor;
use crate::referral::{Clock, Handoff, Referral};
use crate::refusal::{Refusal, Rule};
use crate::vocabulary::{HandoffState, ReferralState};

/// How long a decision can be undone.
pub const UNDO_WITHIN: TimeDelta = TimeDelta::minutes(15);

/// Whether this person may undo the last thing that was done.
pub(super) fn admit(
    definition: &Definition,
    referral: &Referral,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let last = referral.last.filter(|last| last.version == referral.version);
    let undoable = last.filter(|last| {
        definition
            .transitions
            .iter()
            .any(|transition| transition.action == last.action && transition.undo)
    });
    match undoable {
        Some(last) if last.by == actor.user && now - last.at <= UNDO_WITHIN => Ok(()),
        _ => Err(Refusal::new(
            Rule::NothingToUndo,
            "Bare den som gjorde det siste, kan angre det, og bare i 15 minutter. Gjør om med en ny handling, eller skriv en melding.",
            "Only whoever did the last thing can undo it, and only for 15 minutes. Mend it by another action, or write a message.",
        )),
    }
}

/// Goes back to what held before the last version. What was seen stays seen; a leg that was opened stays as a mistake.
pub(super) fn undo(relay: &mut Relay<'_>, referral: &Referral) -> Result<(), Refusal> {
    let undone = referral.version;
    let history = relay.context().history;
    let before = replay(referral.id, history.iter().filter(|event| event.version < undone)).map_err(|_incomplete| {
        Refusal::new(
            Rule::NothingToUndo,
            "Det finnes ikke noe å gå tilbake til. Hva du kan gjøre nå, står på formidlingen.",
            "There is nothing to go back to. What you can do now stands on the referral.",
        )
    })?;
    let now = relay.context().now;
    let mistake = relay
        .definition()
        .step_of(HandoffState::EnteredInError)
        .map(|step| step.id.clone());
    let mut handoffs = before.handoffs.clone();
    for handoff in &mut handoffs {
        handoff.times.seen = referral
            .handoff(handoff.id)
            .and_then(|seen| seen.times.seen)
            .or(handoff.times.seen);
    }
    let opened = referral
        .handoffs
        .iter()
        .filter(|handoff| before.handoff(handoff.id).is_none());
    handoffs.extend(opened.map(|handoff| {
        let mut discarded = Handoff {
            state: HandoffState::EnteredInError,
            step: mistake.clone().unwrap_or_default(),
            code: None,
            resumes_to: None,
            ..handoff.clone()
        };
        discarded.times.ended = Some(now);
        discarded
    }));
    let mut clocks = before.clocks.clone();
    for clock in &mut clocks {
        if let Some(since) = referral.clocks.iter().find(|since| since.id == clock.id) {
            keep_what_it_told(clock, since);
        }
    }
    clocks.extend(
        referral
            .clocks
            .iter()
            .skip(before.clocks.len())
            .cloned()
            .map(|mut clock| {
                clock.stopped_at.get_or_insert(now);
                clock
            }),
    );
    let snapshot = Snapshot {
        revoked: before.state == ReferralState::Revoked,
        custodian: before.custodian,
        handoffs,
        clocks,
        disputed_since: before.disputed_since,
    };
    relay.record(Fact::Restored {
        undone,
        relay: Box::new(snapshot),
    });
    Ok(())
}

/// What a clock has told since stays told, or it would tell the same again.
fn keep_what_it_told(clock: &mut Clock, since: &Clock) {
    (clock.warned_at, clock.breached_at, clock.level) = (since.warned_at, since.breached_at, since.level);
    if since.is_running() && clock.is_running() {
        clock.next_fire_at = since.next_fire_at;
    }
}
