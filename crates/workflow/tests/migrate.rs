//! A running referral goes over to another version, and nothing that was promised is lost.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod support;

use std::sync::Arc;

use chrono::Duration;
use stafett_workflow::agency::Agencies;
use stafett_workflow::decide::{Effect, Images, Moving, NoImage, available, migrate};
use stafett_workflow::event::Fact;
use stafett_workflow::vocabulary::{Action, Code};
use stafett_workflow::{Decision, Definition, laws, replay};
use support::{Logged, World};
use uuid::Uuid;

const SERVICE: &str = include_str!("../definitions/service-referral.toml");

/// The next version, with these changes.
fn next(changes: &[(&str, &str)]) -> Arc<Definition> {
    let mut source = SERVICE.replacen("version = 1", "version = 2", 1);
    for (from, to) in changes {
        assert!(source.contains(from), "the definition has changed: {from}");
        source = source.replace(from, to);
    }
    Arc::new(Definition::parse("next.toml", &source).unwrap())
}

fn moved(world: &World, to: &Definition, images: &Images, logged: &Logged) -> Result<(Decision, Effect), NoImage> {
    let agencies: &Agencies = &world.agencies;
    let disclosure = stafett_workflow::disclosure::builtin().unwrap();
    let moving = Moving {
        disclosure: &disclosure,
        now: world.now,
        id: Uuid::from_u128(7 << 100),
        agencies,
        agreements: &world.agreements,
        calendar: &world.calendar,
    };
    migrate(&world.definition, to, images, &logged.referral, &moving)
}

/// A referral in each situation that people can bring it to with these actions.
fn situations(world: &mut World) -> Vec<Logged> {
    let new = world.new_referral("bydel-sagene", false);
    let mut all = vec![Logged::new(&world.create(&new).unwrap())];
    let mut seen: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(situation) = all.get(at).cloned() {
        for slug in ["uteseksjonen", "bydel-sagene", "bup-oslo", "oslo-kommune"] {
            for action in Action::ALL {
                world.later(Duration::minutes(1));
                let input = world.input_for(*action, "bup-oslo");
                let Ok(decision) = situation.act(world, slug, *action, input) else {
                    continue;
                };
                let after = situation.then(&decision);
                let shape = format!(
                    "{} {:?}",
                    after.referral.state,
                    after
                        .referral
                        .handoffs
                        .iter()
                        .map(|leg| (&leg.step, &leg.resumes_to))
                        .collect::<Vec<_>>()
                );
                if after.referral.handoffs.len() <= 2 && !seen.contains(&shape) {
                    seen.push(shape);
                    all.push(after);
                }
            }
        }
        at += 1;
    }
    all
}

#[test]
fn every_situation_goes_over_and_the_laws_hold() {
    let mut world = World::new("service-referral");
    let situations = situations(&mut world);
    assert!(situations.len() > 100, "{}", situations.len());
    // The same, a renamed step, another limit, another chain, and a limit that is gone.
    let renamed: &[(&str, &str)] = &[
        ("id = \"in-progress\"\n", "id = \"working\"\ncore = \"in-progress\"\n"),
        ("\"in-progress\"]", "\"working\"]"),
        ("\"in-progress\",", "\"working\","),
        ("to = \"in-progress\"", "to = \"working\""),
    ];
    let shorter: &[(&str, &str)] = &[
        (
            "limit = { emergency = \"24 hours\", urgent = \"72 hours\", routine = \"2 weeks\" }",
            "limit = \"1 week\"",
        ),
        (
            "[\"receiver-unit\", \"receiver-lead\", \"sender-unit\", \"sender-lead\", \"coordinator\"]",
            "[\"receiver-unit\"]",
        ),
    ];
    for (changes, images) in [
        (&[][..], Images::new()),
        (
            renamed,
            Images::from([("in-progress".to_owned(), "working".to_owned())]),
        ),
        (shorter, Images::new()),
    ] {
        let to = next(changes);
        for situation in &situations {
            let mut late = situation.clone();
            // Also when the clocks have told their whole chain.
            for overdue in [false, true] {
                let before = late.referral.clone();
                let (decision, effect) = moved(&world, &to, &images, &late).unwrap();
                let after = late.then(&decision);
                assert_eq!(laws::broken(&to, &after.referral), [], "{:?}", after.referral);
                assert_eq!(replay(before.id, &after.log).unwrap(), after.referral);
                assert_eq!(after.referral.workflow, to.key);
                assert_eq!(after.referral.version, before.version + 1);
                assert_eq!(
                    after.referral.custodian, before.custodian,
                    "no holder changes in these versions"
                );
                assert!(effect.baton.is_none());
                for clock in before.running_clocks() {
                    let same = after.referral.clocks.iter().find(|same| same.id == clock.id).unwrap();
                    assert_eq!(same.due_at, clock.due_at, "what was promised is kept");
                }
                if changes.is_empty() {
                    assert!(effect.is_nothing(), "{effect:?}");
                }
                if overdue {
                    break;
                }
                let start = world.now;
                for _ in 0..12 {
                    let Some(at) = late.referral.next_fire() else { break };
                    world.now = at.max(world.now) + Duration::seconds(1);
                    let decision = world.fire(&late.referral).unwrap();
                    late = late.then(&decision);
                }
                world.now = start.max(world.now);
            }
        }
    }
}

#[test]
fn what_can_be_done_then_is_what_the_new_version_says() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", true);
    let logged = Logged::new(&world.create(&new).unwrap());
    let to = next(&[(
        "action = \"return-with-advice\"\nfrom = [\"sent\", \"acknowledged\", \"info-requested\"]",
        "action = \"return-with-advice\"\nfrom = [\"acknowledged\"]",
    )]);
    let can = |world: &World, logged: &Logged| {
        let actor = world.actor("bydel-sagene");
        let offered = available(&world.definition, &logged.referral, &actor, world.now);
        offered
            .iter()
            .any(|admitted| admitted.transition.action == Action::ReturnWithAdvice)
    };
    assert!(can(&world, &logged));
    let (decision, _) = moved(&world, &to, &Images::new(), &logged).unwrap();
    assert!(matches!(decision.events()[0].fact, Fact::Migrated { .. }) && decision.permit().is_none());
    world.definition = to;
    assert!(!can(&world, &logged.then(&decision)));
    // Nobody undoes it, and what the sender had on the screen is stale.
    assert_eq!(decision.next().version, logged.referral.version + 1);
}

#[test]
fn a_step_without_an_image_stays_where_it_is() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", true);
    let mut logged = Logged::new(&world.create(&new).unwrap());
    for action in [Action::Accept, Action::Start] {
        let input = world.input_for(action, "bup-oslo");
        logged = logged.then(&logged.act(&mut world, "bydel-sagene", action, input).unwrap());
    }
    let to = next(&[
        ("id = \"in-progress\"\n", "id = \"working\"\ncore = \"in-progress\"\n"),
        ("\"in-progress\"]", "\"working\"]"),
        ("\"in-progress\",", "\"working\","),
        ("to = \"in-progress\"", "to = \"working\""),
    ]);
    let refused = moved(&world, &to, &Images::new(), &logged).unwrap_err();
    assert_eq!(refused.step, "in-progress");
    assert!(
        refused
            .to_string()
            .contains("“In progress” does not exist in the new version"),
        "{refused}"
    );
    let over = Images::from([("in-progress".to_owned(), "completed".to_owned())]);
    assert!(
        moved(&world, &to, &over, &logged)
            .unwrap_err()
            .to_string()
            .contains("cannot become “Completed”")
    );
    let image = Images::from([("in-progress".to_owned(), "working".to_owned())]);
    let (decision, effect) = moved(&world, &to, &image, &logged).unwrap();
    assert_eq!(decision.next().current_handoff().unwrap().step, "working");
    assert!(effect.is_nothing(), "{effect:?}");
}
