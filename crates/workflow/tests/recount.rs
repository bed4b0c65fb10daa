//! Two ways from the log to what figures are made of, which share nothing, come to the same.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod support;

use chrono::Duration;
use proptest::prelude::*;
use stafett_workflow::recount::Course;
use stafett_workflow::replay;
use stafett_workflow::vocabulary::{Action, Code};
use support::{Logged, World};

fn steps() -> impl Strategy<Value = Vec<(usize, usize, usize, u16)>> {
    prop::collection::vec((0..5_usize, 0..Action::ALL.len(), 0..3_usize, 0..3_000_u16), 1..50)
}

proptest! {
    #[test]
    fn the_second_way_comes_to_the_same(concern in any::<bool>(), steps in steps()) {
        let (workflow, receivers) = if concern {
            ("concern-report", ["barnevernvakten", "barnevern-sagene", "barnevernvakten"])
        } else {
            ("service-referral", ["bydel-sagene", "bup-oslo", "barnevern-sagene"])
        };
        let mut world = World::new(workflow);
        let new = world.new_referral(receivers[0], false);
        let mut logged = Logged::new(&world.create(&new).unwrap());
        for (who, action, to, minutes) in steps {
            let slug = ["uteseksjonen", receivers[0], receivers[1], receivers[2], "oslo-kommune"][who];
            world.later(Duration::minutes(i64::from(minutes)));
            if let Some(fired) = world.fire(&logged.referral) {
                logged = logged.then(&fired);
            }
            world.history.clone_from(&logged.log);
            let action = Action::ALL[action];
            let input = world.input_for(action, receivers[to]);
            if let Ok(decision) = logged.act(&mut world, slug, action, input) {
                logged = logged.then(&decision);
            }
        }
        let first = replay(logged.referral.id, &logged.log).unwrap();
        let second = Course::of(&logged.log).unwrap();
        prop_assert_eq!(
            (second.holder, second.originator, second.coordinator, second.urgency, &second.workflow),
            (first.custodian, first.originator, first.coordinator, first.urgency, &first.workflow)
        );
        prop_assert_eq!(second.is_over(), first.state.is_end());
        prop_assert_eq!(second.current().map(|leg| leg.id), first.current_handoff().map(|leg| leg.id));
        let legs: Vec<_> = second.legs.iter().map(|leg| (leg.id, leg.sender, leg.receiver, leg.state, leg.sent, leg.decided, leg.ended)).collect();
        let expected: Vec<_> = first.handoffs.iter().map(|leg| {
            (leg.id, leg.sender, leg.terms.receiver, leg.state, leg.times.sent, leg.times.decided, leg.times.ended)
        }).collect();
        prop_assert_eq!(legs, expected);
        let limits: Vec<_> = second.limits.iter().map(|limit| (limit.id, limit.leg, limit.started, limit.due, limit.runs())).collect();
        let expected: Vec<_> = first.clocks.iter().map(|clock| {
            (clock.id, clock.handoff, clock.started_at, clock.due_at, clock.is_running())
        }).collect();
        prop_assert_eq!(limits, expected);
        for (slug, agency) in &world.slugs {
            if first.knows(*agency) {
                prop_assert_eq!(second.is_whole_to(*agency), first.is_open_to(*agency), "{}", slug);
            }
        }
    }
}

#[test]
fn a_log_without_a_beginning_tells_nothing() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", true);
    let logged = Logged::new(&world.create(&new).unwrap());
    assert!(Course::of(&[]).is_none());
    assert!(Course::of(&logged.log[1..]).is_none());
}
