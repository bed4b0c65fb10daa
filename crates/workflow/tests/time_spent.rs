//! Where the time went: the parts are the whole, and each is whose it was.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod support;

use std::collections::BTreeMap;

use chrono::{Duration, TimeDelta};
use proptest::prelude::*;
use stafett_workflow::calendar::OpeningHours;
use stafett_workflow::time_spent::{Share, TimeSpent};
use stafett_workflow::vocabulary::{Action, Code, HandoffState};
use support::{Logged, World};

fn none() -> BTreeMap<stafett_workflow::agency::AgencyId, OpeningHours> {
    BTreeMap::new()
}

#[test]
fn the_baton_and_the_wait_are_two_things() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", false);
    let mut logged = Logged::new(&world.create(&new).unwrap());
    for (slug, action, hours) in [
        ("uteseksjonen", Action::Send, 2),
        ("bydel-sagene", Action::RequestInfo, 24),
        ("uteseksjonen", Action::AnswerInfo, 5),
        ("bydel-sagene", Action::Accept, 48),
    ] {
        world.later(Duration::hours(hours));
        let input = world.input_for(action, "bydel-sagene");
        let decision = logged.act(&mut world, slug, action, input).unwrap();
        logged = logged.then(&decision);
    }
    world.later(Duration::hours(10));
    let office: OpeningHours =
        serde_json::from_str(r#"{"tue": [["08:00", "16:00"]], "wed": [["08:00", "16:00"]], "thu": [["08:00", "16:00"]], "fri": [["08:00", "16:00"]]}"#)
            .unwrap();
    let (outreach, district) = (world.id("uteseksjonen"), world.id("bydel-sagene"));
    let hours = BTreeMap::from([(district, office)]);
    let spent = TimeSpent::of(logged.referral.id, &logged.log, world.now, &hours).unwrap();
    let told: Vec<_> = spent
        .stretches
        .iter()
        .map(|stretch| {
            (
                stretch.leg,
                stretch.place.state,
                stretch.wall().num_hours(),
                stretch.place.is_own(),
            )
        })
        .collect();
    assert_eq!(
        told[..4],
        [
            (1, HandoffState::Draft, 2, true),
            (1, HandoffState::Sent, 24, false),
            (1, HandoffState::InfoRequested, 5, true),
            // The question is answered: whoever asked has it before them again.
            (1, HandoffState::Acknowledged, 48, false),
        ]
    );
    assert_eq!((told[4].1, told[4].2, told[4].3), (HandoffState::Accepted, 10, true));
    // From Tuesday 12:00 to Wednesday 12:00 in Oslo the district was open for eight hours; nobody knows when outreach is.
    assert_eq!(spent.stretches[1].open, Some(TimeDelta::hours(8)));
    assert_eq!(spent.stretches[0].open, None);
    let shares = spent.shares();
    let hours = |share: &Share| [share.own, share.waiting, share.awaited].map(|length| length.num_hours());
    assert_eq!(hours(&shares[&outreach]), [7, 72, 0]);
    assert_eq!(hours(&shares[&district]), [10, 0, 72]);
    assert!(!spent.over);
}

#[test]
fn after_the_end_no_time_is_spent_and_an_undone_step_was() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", true);
    let mut logged = Logged::new(&world.create(&new).unwrap());
    let act = |world: &mut World, logged: Logged, slug: &str, action, minutes| {
        world.later(Duration::minutes(minutes));
        world.history.clone_from(&logged.log);
        let input = world.input_for(action, "bydel-sagene");
        let decision = logged.act(world, slug, action, input).unwrap();
        logged.then(&decision)
    };
    logged = act(&mut world, logged, "bydel-sagene", Action::Accept, 60);
    logged = act(&mut world, logged, "bydel-sagene", Action::Undo, 5);
    logged = act(&mut world, logged, "bydel-sagene", Action::Accept, 55);
    logged = act(&mut world, logged, "bydel-sagene", Action::Complete, 30);
    world.later(Duration::days(3));
    let spent = TimeSpent::of(logged.referral.id, &logged.log, world.now, &none()).unwrap();
    let told: Vec<_> = spent
        .stretches
        .iter()
        .map(|one| (one.place.state, one.wall().num_minutes()))
        .collect();
    assert_eq!(
        told,
        [
            (HandoffState::Sent, 60),
            (HandoffState::Accepted, 5),
            (HandoffState::Sent, 55),
            (HandoffState::Accepted, 30),
        ]
    );
    assert!(spent.over);
    // Each begins with what somebody did.
    let began = |event| logged.log.iter().find(|one| one.id == event).unwrap().fact.kind();
    assert_eq!(began(spent.stretches[1].event), "moved");
    assert_eq!(began(spent.stretches[2].event), "restored");
}

#[test]
fn a_log_that_is_none_is_refused() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", true);
    let logged = Logged::new(&world.create(&new).unwrap());
    assert!(TimeSpent::of(logged.referral.id, &[], world.now, &none()).is_err());
    assert!(TimeSpent::of(logged.referral.id, &logged.log[1..], world.now, &none()).is_err());
    let gap = [&logged.log[..1], &logged.log[2..]].concat();
    assert!(TimeSpent::of(logged.referral.id, &gap, world.now, &none()).is_err());
}

fn steps() -> impl Strategy<Value = Vec<(usize, usize, usize, u16)>> {
    prop::collection::vec((0..4_usize, 0..Action::ALL.len(), 0..3_usize, 0..3_000_u16), 1..40)
}

proptest! {
    #[test]
    fn the_parts_are_the_whole(concern in any::<bool>(), steps in steps(), set_back in any::<bool>()) {
        let (workflow, receivers) = if concern {
            ("concern-report", ["barnevernvakten", "barnevern-sagene", "barnevernvakten"])
        } else {
            ("service-referral", ["bydel-sagene", "bup-oslo", "barnevern-sagene"])
        };
        let mut world = World::new(workflow);
        let new = world.new_referral(receivers[0], false);
        let mut logged = Logged::new(&world.create(&new).unwrap());
        let began = world.now;
        for (who, action, to, minutes) in steps {
            let slug = ["uteseksjonen", receivers[0], receivers[1], "oslo-kommune"][who];
            let action = Action::ALL[action];
            world.later(Duration::minutes(i64::from(minutes)));
            world.history.clone_from(&logged.log);
            let input = world.input_for(action, receivers[to]);
            if let Ok(decision) = logged.act(&mut world, slug, action, input) {
                logged = logged.then(&decision);
            }
        }
        let mut log = logged.log.clone();
        if set_back && log.len() > 2 {
            // Somebody set the machine's clock back on the way.
            let last = log.len() - 1;
            log[last].at = began - Duration::days(1);
        }
        let always = world.slugs.iter().map(|(_, id)| (*id, OpeningHours::always())).collect();
        let spent = TimeSpent::of(logged.referral.id, &log, world.now, &always).unwrap();
        for pair in spent.stretches.windows(2) {
            prop_assert_eq!(pair[0].until, pair[1].from, "no gap");
            prop_assert_ne!(&pair[0].place, &pair[1].place, "a stretch ends where something changes");
        }
        for stretch in &spent.stretches {
            prop_assert!(stretch.wall() > TimeDelta::zero());
            prop_assert!(stretch.leg >= 1 && stretch.leg <= logged.log.len());
            prop_assert!(log.iter().any(|event| event.id == stretch.event));
            // Whoever never closes was open all the time.
            prop_assert_eq!(stretch.open, stretch.place.waits_for.map(|_| stretch.wall()));
        }
        if let (Some(from), Some(until)) = (spent.from(), spent.until()) {
            prop_assert_eq!(from, began);
            prop_assert_eq!(spent.wall(), until - from);
            if !spent.over {
                prop_assert_eq!(until, world.now);
            }
        }
        let held: TimeDelta = spent.shares().values().map(|share| share.own + share.waiting).sum();
        let idle: TimeDelta = spent.stretches.iter().filter(|one| one.place.waits_for.is_none()).map(|one| one.wall()).sum();
        prop_assert_eq!(held + idle, spent.wall());
        let waiting: TimeDelta = spent.shares().values().map(|share| share.waiting).sum();
        let awaited: TimeDelta = spent.shares().values().map(|share| share.awaited).sum();
        prop_assert_eq!(waiting, awaited);
    }
}
