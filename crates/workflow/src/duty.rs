//! A limit that the law sets is one duty, however often the referral moves: which clocks are the same duty, and whether what
//! they waited for was done.
//!
//! The law counts from when a report was received. So who sends it on, closes and reopens it, or has it allocated gives
//! nobody more time: the clock that is armed there takes its start and its end from the first one. It counts anew only where
//! the law does: another service receives it for the first time, because the sender took it back and chose somebody else;
//! or what the limit counts from happens again, such as a second conclusion after the first was told.

use crate::agency::HandoffId;
use crate::definition::{ClockRule, Definition};
use crate::referral::{Clock, Handoff, Referral};
use crate::vocabulary::HandoffState;

/// The clock of the same duty that was armed first, if one was; it says from when and until when the duty runs. None for a
/// limit that no law sets, and while the hand-off is a draft: that is written anew.
#[must_use]
pub fn begun<'r>(
    definition: &Definition,
    rule: &ClockRule,
    referral: &'r Referral,
    handoff: &Handoff,
) -> Option<&'r Clock> {
    rule.legal_ref.as_ref()?;
    // Each disagreement is a matter of its own, and a draft has been received by nobody.
    if rule.while_disputed || handoff.state == HandoffState::Draft {
        return None;
    }
    let same = lineage(referral, handoff.id);
    let by_receipt = counts_from_receipt(definition, rule);
    referral
        .clocks
        .iter()
        .filter(|clock| clock.name == rule.id)
        .find(|clock| {
            let undone = || !was_done(rule, referral, clock);
            if clock.handoff == handoff.id {
                by_receipt
            } else if same.contains(&clock.handoff) {
                by_receipt || undone()
            } else {
                // Taken back and sent to the same service again: it has had it since the first time.
                let receiver = referral.handoff(clock.handoff).and_then(|leg| leg.terms.receiver);
                receiver == handoff.terms.receiver && undone()
            }
        })
}

/// Whether the act that a limit names as the one it waits for has been done: on this leg, or for a limit of the law on one
/// that was sent on to it.
#[must_use]
pub fn is_met(rule: &ClockRule, referral: &Referral, handoff: HandoffId) -> bool {
    let legs = match rule.legal_ref {
        Some(_) => lineage(referral, handoff),
        None => vec![handoff],
    };
    legs.iter()
        .filter_map(|leg| referral.handoff(*leg))
        .any(|leg| rule.met_by.iter().any(|action| leg.marks.contains_key(action)))
}

/// Whether a clock stopped because what it waited for was done. It was not when the hand-off ended without it: closed before
/// the act that the limit names, taken back, or, for a limit of the law, sent on.
#[must_use]
pub fn was_done(rule: &ClockRule, referral: &Referral, clock: &Clock) -> bool {
    let Some(stopped) = clock.stopped_at else { return false };
    if !rule.met_by.is_empty() {
        return is_met(rule, referral, clock.handoff);
    }
    if rule.while_disputed {
        return true;
    }
    let given_up = referral
        .handoff(clock.handoff)
        .filter(|leg| leg.times.ended == Some(stopped))
        .is_some_and(|leg| match leg.state {
            HandoffState::Withdrawn | HandoffState::EnteredInError => true,
            HandoffState::Forwarded => rule.legal_ref.is_some(),
            HandoffState::Draft
            | HandoffState::Sent
            | HandoffState::Acknowledged
            | HandoffState::InfoRequested
            | HandoffState::Accepted
            | HandoffState::InProgress
            | HandoffState::OnHold
            | HandoffState::Declined
            | HandoffState::ReturnedWithAdvice
            | HandoffState::EndedEarly
            | HandoffState::Completed => false,
        });
    !given_up
}

/// Whether the duty begins when the hand-off is received, which happens once.
fn counts_from_receipt(definition: &Definition, rule: &ClockRule) -> bool {
    let runs_at_receipt = rule.runs_in.iter().any(|step| {
        definition
            .state(step)
            .is_some_and(|state| state.core == HandoffState::Sent)
    });
    runs_at_receipt
        || rule
            .counts_from
            .as_ref()
            .and_then(|base| definition.clock(base))
            .is_some_and(|base| base.id != rule.id && counts_from_receipt(definition, base))
}

/// A leg and those that were sent on to it, the newest first.
fn lineage(referral: &Referral, handoff: HandoffId) -> Vec<HandoffId> {
    let mut legs = vec![handoff];
    let mut last = handoff;
    while let Some(before) = referral
        .handoffs
        .iter()
        .find(|leg| leg.successor == Some(last) && !legs.contains(&leg.id))
    {
        legs.push(before.id);
        last = before.id;
    }
    legs
}
