//! A limit of the law is one duty: nothing that anybody does to a referral gives more time than the law does.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod support;

use chrono::Duration;
use proptest::prelude::*;
use serde_json::json;
use stafett_workflow::agency::HandoffId;
use stafett_workflow::duty::was_done;
use stafett_workflow::referral::Clock;
use stafett_workflow::vocabulary::{Action, Code};
use support::{Logged, World};

const VAKTEN: &str = "barnevernvakten";
const SAGENE: &str = "barnevern-sagene";

fn report(world: &mut World) -> Logged {
    let new = world.new_referral(VAKTEN, true);
    Logged::new(&world.create(&new).unwrap())
}

fn act(world: &mut World, logged: &Logged, slug: &str, action: Action) -> Logged {
    act_to(world, logged, slug, action, SAGENE)
}

fn act_to(world: &mut World, logged: &Logged, slug: &str, action: Action, to: &str) -> Logged {
    world.later(Duration::days(1));
    let input = world.input_for(action, to);
    let decision = logged.act(world, slug, action, input).unwrap();
    logged.then(&decision)
}

fn clocks<'a>(logged: &'a Logged, name: &str) -> Vec<&'a Clock> {
    let clocks = logged.referral.clocks.iter();
    clocks.filter(|clock| clock.name == name).collect()
}

fn done(world: &World, logged: &Logged, clock: &Clock) -> bool {
    was_done(world.definition.clock(&clock.name).unwrap(), &logged.referral, clock)
}

#[test]
fn who_closes_without_telling_the_reporter_has_not_told_and_gets_no_new_weeks_by_reopening() {
    let mut world = World::new("concern-report");
    let mut logged = report(&mut world);
    logged = act(&mut world, &logged, VAKTEN, Action::Accept);
    logged = act(&mut world, &logged, VAKTEN, Action::Complete);
    let closed = clocks(&logged, "feedback")[0].clone();
    assert!(closed.stopped_at.is_some() && !done(&world, &logged, &closed));
    logged = act(&mut world, &logged, VAKTEN, Action::Reopen);
    let feedback = clocks(&logged, "feedback");
    assert_eq!(feedback.len(), 2);
    assert_eq!(
        (feedback[1].started_at, feedback[1].due_at),
        (closed.started_at, closed.due_at)
    );
    logged = act(&mut world, &logged, VAKTEN, Action::GiveFeedback);
    let told = clocks(&logged, "feedback")[1].clone();
    assert!(told.stopped_at.is_some() && done(&world, &logged, &told));
    logged = act(&mut world, &logged, VAKTEN, Action::Complete);
    logged = act(&mut world, &logged, VAKTEN, Action::Reopen);
    assert_eq!(
        clocks(&logged, "feedback").len(),
        2,
        "who has been told need not be told again"
    );
}

#[test]
fn the_feedback_that_closes_is_a_feedback() {
    let mut world = World::new("concern-report");
    let mut logged = report(&mut world);
    for action in [Action::Accept, Action::Dismiss, Action::GiveFeedback] {
        logged = act(&mut world, &logged, VAKTEN, action);
    }
    let feedback = clocks(&logged, "feedback")[0].clone();
    assert!(feedback.stopped_at.is_some() && done(&world, &logged, &feedback));
    logged = act(&mut world, &logged, VAKTEN, Action::Reopen);
    assert_eq!(clocks(&logged, "feedback").len(), 1);
}

#[test]
fn an_allocation_gives_nobody_a_new_week_nor_three_new_months() {
    let mut world = World::new("concern-report");
    let mut logged = report(&mut world);
    logged = act(&mut world, &logged, VAKTEN, Action::Accept);
    logged = act(&mut world, &logged, VAKTEN, Action::Start);
    logged = act(&mut world, &logged, VAKTEN, Action::Dispute);
    logged = act(&mut world, &logged, "oslo-kommune", Action::Allocate);
    assert_eq!(world.slug(logged.referral.custodian), SAGENE);
    logged = act(&mut world, &logged, SAGENE, Action::Start);
    for name in ["review", "investigation", "feedback"] {
        let armed = clocks(&logged, name);
        assert_eq!(armed.len(), 2, "{name}");
        assert_ne!(armed[0].handoff, armed[1].handoff, "{name}");
        assert_eq!(
            (armed[0].started_at, armed[0].due_at),
            (armed[1].started_at, armed[1].due_at),
            "{name}"
        );
    }
    let first = clocks(&logged, "investigation")[0].clone();
    assert!(!done(&world, &logged, &first), "it was sent on, not concluded");
}

#[test]
fn a_second_conclusion_is_told_anew_and_one_that_was_undone_is_none() {
    let mut world = World::new("concern-report");
    let mut logged = report(&mut world);
    for action in [
        Action::Accept,
        Action::Start,
        Action::Conclude,
        Action::GiveFeedback,
        Action::Reopen,
        Action::Conclude,
    ] {
        logged = act(&mut world, &logged, VAKTEN, action);
    }
    let second = clocks(&logged, "second-feedback");
    assert!(done(&world, &logged, second[0]));
    assert_eq!(second[1].started_at, world.now);
    let undone = logged.act(&mut world, VAKTEN, Action::Undo, json!({})).unwrap();
    logged = logged.then(&undone);
    logged = act(&mut world, &logged, VAKTEN, Action::Conclude);
    assert_eq!(clocks(&logged, "second-feedback")[2].started_at, world.now);
}

#[test]
fn what_is_taken_back_counts_on_for_the_same_service_and_anew_for_another() {
    let mut world = World::new("concern-report");
    let mut logged = report(&mut world);
    let first = clocks(&logged, "review")[0].clone();
    logged = act(&mut world, &logged, "uteseksjonen", Action::Withdraw);
    assert!(!done(&world, &logged, clocks(&logged, "review")[0]));
    let other = act_to(&mut world, &logged, "uteseksjonen", Action::HandOff, SAGENE);
    assert_eq!(clocks(&other, "review")[1].started_at, world.now);
    let same = act_to(&mut world, &logged, "uteseksjonen", Action::HandOff, VAKTEN);
    assert_eq!(clocks(&same, "review")[1].due_at, first.due_at);
}

/// What fulfils each duty so that it may begin again. Reviewing, investigating and the first feedback begin once: when the
/// report is received.
fn fulfils(name: &str, action: Action) -> bool {
    match name {
        "second-feedback" => matches!(action, Action::GiveFeedback | Action::Undo),
        "right-assessment" => matches!(
            action,
            Action::Accept | Action::Decline | Action::ReturnWithAdvice | Action::Undo
        ),
        "wait" => matches!(
            action,
            Action::Start | Action::Complete | Action::EndEarly | Action::Undo
        ),
        _ => false,
    }
}

proptest! {
    #[test]
    fn no_limit_of_the_law_moves_later(
        concern in any::<bool>(),
        steps in prop::collection::vec((0..5_usize, 0..Action::ALL.len(), 0..3_usize, 1..3_000_u16), 1..80),
    ) {
        let (workflow, receivers) = if concern {
            ("concern-report", [VAKTEN, SAGENE, VAKTEN])
        } else {
            ("specialist-referral", ["bup-oslo", "tsb-oslo", "bydel-sagene"])
        };
        let mut world = World::new(workflow);
        let new = world.new_referral(receivers[0], true);
        let mut logged = Logged::new(&world.create(&new).unwrap());
        for (who, action, to, minutes) in steps {
            let slug = [world.sender, receivers[0], receivers[1], "oslo-kommune", receivers[0]][who];
            let action = Action::ALL[action];
            world.later(Duration::minutes(i64::from(minutes)));
            let input = world.input_for(action, receivers[to]);
            let Ok(decision) = logged.act(&mut world, slug, action, input) else { continue };
            logged = logged.then(&decision);
        }
        let statutory = |clock: &&Clock| {
            let rule = world.definition.clock(&clock.name).unwrap();
            rule.legal_ref.is_some() && !rule.while_disputed && clock.name != "send"
        };
        let receiver = |leg: HandoffId| logged.referral.handoff(leg).unwrap().terms.receiver;
        let sent_on = |from: HandoffId, to: HandoffId| {
            let next = |leg: HandoffId| logged.referral.handoff(leg).unwrap().successor;
            std::iter::successors(Some(from), |leg| next(*leg)).any(|leg| leg == to)
        };
        let clocks: Vec<&Clock> = logged.referral.clocks.iter().filter(statutory).collect();
        for (place, later) in clocks.iter().enumerate() {
            for earlier in &clocks[..place] {
                let passed_on = sent_on(earlier.handoff, later.handoff);
                let again = receiver(earlier.handoff) == receiver(later.handoff);
                if earlier.name != later.name || !(passed_on || again) || later.due_at <= earlier.due_at {
                    continue;
                }
                let begins_again = logged.log.iter().any(|event| {
                    event.at >= earlier.started_at
                        && event.at <= later.started_at
                        && event.fact.action().is_some_and(|action| fulfils(&later.name, action))
                });
                prop_assert!(begins_again, "{} was due {} and then {}", later.name, earlier.due_at, later.due_at);
            }
        }
    }
}
