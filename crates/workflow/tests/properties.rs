//! Whatever people do, in whatever order, the laws hold and the log tells the whole story.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod support;

use std::collections::BTreeSet;

use chrono::Duration;
use proptest::prelude::*;
use stafett_workflow::vocabulary::{Action, Code};
use stafett_workflow::{laws, replay};
use support::{Logged, World};

fn steps() -> impl Strategy<Value = Vec<(usize, usize, usize, u16)>> {
    prop::collection::vec((0..4_usize, 0..Action::ALL.len(), 0..3_usize, 1..3_000_u16), 1..60)
}

proptest! {
    #[test]
    fn random_people_cannot_break_a_referral(concern in any::<bool>(), steps in steps()) {
        let (workflow, receivers) = if concern {
            ("concern-report", ["barnevernvakten", "barnevern-sagene", "barnevernvakten"])
        } else {
            ("service-referral", ["bydel-sagene", "bup-oslo", "barnevern-sagene"])
        };
        let mut world = World::new(workflow);
        let new = world.new_referral(receivers[0], false);
        let mut logged = Logged::new(&world.create(&new).unwrap());
        for (who, action, to, minutes) in steps {
            let slug = ["uteseksjonen", receivers[0], receivers[1], "en-forening"][who];
            let action = Action::ALL[action];
            world.later(Duration::minutes(i64::from(minutes)));
            if let Some(decision) = world.fire(&logged.referral) {
                prop_assert_eq!(decision.next().version, logged.referral.version);
                let mailboxes: BTreeSet<_> = decision.notices().iter()
                    .map(|notice| (notice.to, notice.because.unwrap().is_lead()))
                    .collect();
                prop_assert_eq!(mailboxes.len(), decision.notices().len(), "somebody was told twice at once");
                logged = logged.then(&decision);
                prop_assert!(world.fire(&logged.referral).is_none());
            }
            let input = world.input_for(action, receivers[to]);
            let Ok(decision) = logged.act(&mut world, slug, action, input) else { continue };
            prop_assert_eq!(decision.next().version, logged.referral.version + 1);
            for notice in decision.notices() {
                prop_assert!(decision.next().knows(notice.to), "an outsider was told");
                prop_assert_ne!(notice.to, decision.permit().unwrap().agency(), "somebody was told what they did themselves");
            }
            logged = logged.then(&decision);
            prop_assert_eq!(laws::broken(&world.definition, &logged.referral), vec![]);
            prop_assert_eq!(&replay(logged.referral.id, &logged.log).unwrap(), &logged.referral);
            prop_assert!(laws::fires_in_turn(logged.referral.id, &logged.log));
            for clock in &logged.referral.clocks {
                prop_assert!(clock.started_at <= clock.warn_at && clock.warn_at < clock.due_at);
            }
        }
        // Any event left out, doubled or out of order is noticed.
        for gap in 1..logged.log.len() {
            let mut broken = logged.log.clone();
            broken.remove(gap);
            let noticed = gap == broken.len() || replay(logged.referral.id, &broken).is_err();
            prop_assert!(noticed);
        }
    }
}
