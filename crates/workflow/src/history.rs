//! What a whole log shows, step by step: whether the laws held after each decision, and who had to hear of it.
//!
//! The last state alone may look right while the way there was not: a step that should have told somebody and did not leaves no
//! mark on what is stored. Reconciliation looks at every step when it is asked to look deep.

use crate::agency::{AgencyId, ReferralId};
use crate::decide::addressees;
use crate::definition::{Definition, Library};
use crate::event::{Event, Fact};
use crate::evolve::{begin, evolve};
use crate::laws::{self, Law};
use crate::referral::{Handoff, Referral};
use crate::vocabulary::Action;
use uuid::Uuid;

/// One decision, or one round of clocks, as its events tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The version that it made, or that it left.
    pub version: u32,
    /// Its events.
    pub events: Vec<Uuid>,
    /// The laws that did not hold after it.
    pub broken: Vec<Law>,
    /// The agencies that had to hear of it, by what its definition says.
    pub hears: Vec<AgencyId>,
}

/// The steps of a log in their order. A log that begins with no creation has none; what runs on a definition that is not in the
/// library is looked at no further.
#[must_use]
pub fn steps(library: &Library, id: ReferralId, log: &[Event]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut referral: Option<Referral> = None;
    for group in log.chunk_by(|one, next| (one.version, one.at, one.by) == (next.version, next.at, next.by)) {
        let before = referral
            .clone()
            .or_else(|| group.first().and_then(|event| begin(id, event)));
        let mut after = referral.take();
        for event in group {
            after = match after {
                None => begin(id, event),
                Some(after) => Some(evolve(after, event)),
            };
        }
        let (Some(before), Some(after)) = (before, after) else {
            return steps;
        };
        let (Some(then), Some(now)) = (library.get(&before.workflow), library.get(&after.workflow)) else {
            return steps;
        };
        steps.push(Step {
            version: after.version,
            events: group.iter().map(|event| event.id).collect(),
            broken: laws::broken(now, &after),
            hears: hears(then, &before, &after, group),
        });
        referral = Some(after);
    }
    steps
}

/// Who had to hear of one decision. What clocks tell has its own rule.
fn hears(definition: &Definition, before: &Referral, after: &Referral, group: &[Event]) -> Vec<AgencyId> {
    let Some(by) = group.first().and_then(|event| event.by) else {
        return Vec::new();
    };
    let Some(current) = before.current_handoff() else {
        return Vec::new();
    };
    let actions = group.iter().filter_map(|event| acted(&event.fact));
    let mut transitions = actions.filter_map(|action| definition.transition(action, &current.step));
    let Some(transition) = transitions.next() else {
        return Vec::new();
    };
    let about: &Handoff = current;
    let told = addressees(after, Some(about), transition);
    let mut hears: Vec<AgencyId> = told
        .into_iter()
        .map(|(to, ..)| to)
        .filter(|to| *to != by.agency)
        .collect();
    hears.sort_unstable();
    hears.dedup();
    hears
}

/// What somebody did, where a fact tells it by itself and not as a part of something else.
fn acted(fact: &Fact) -> Option<Action> {
    let part = matches!(fact, Fact::Assigned { .. });
    fact.action().filter(|_| !part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::builtin;

    #[test]
    fn a_log_of_nothing_has_no_steps() {
        let library = builtin().unwrap();
        assert_eq!(steps(&library, ReferralId(Uuid::from_u128(1)), &[]), []);
    }
}
