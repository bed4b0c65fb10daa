//! What a reader may know of a referral once their part in it has ended.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod support;

use chrono::Duration;
use stafett_workflow::agency::TextId;
use stafett_workflow::event::Fact;
use stafett_workflow::insight::{Insight, Past};
use stafett_workflow::policy::{Operation, Verdict, permit};
use stafett_workflow::vocabulary::{Action, HandoffState};
use stafett_workflow::{Referral, replay};
use support::{Logged, World};

const DISTRICT: &str = "bydel-sagene";
const BUP: &str = "bup-oslo";

fn sent(world: &mut World) -> Logged {
    let new = world.new_referral(DISTRICT, true);
    Logged::new(&world.create(&new).unwrap())
}

fn act(world: &mut World, logged: &Logged, slug: &str, action: Action) -> Logged {
    world.later(Duration::minutes(1));
    let input = world.input_for(action, BUP);
    let decision = logged.act(world, slug, action, input).unwrap();
    logged.then(&decision)
}

fn past(world: &World, logged: &Logged, slug: &str) -> Option<Past> {
    match Insight::of(&logged.referral, &[world.id(slug)]) {
        Insight::Whole => None,
        Insight::Past(past) => Some(past),
    }
}

fn known(logged: &Logged, past: &Past) -> Referral {
    past.referral(&logged.referral, &logged.log).unwrap()
}

#[test]
fn from_whom_it_was_taken_back_knows_that_and_nothing_else() {
    let mut world = World::new("service-referral");
    let mut logged = sent(&mut world);
    assert_eq!(past(&world, &logged, DISTRICT), None);
    logged = act(&mut world, &logged, "uteseksjonen", Action::Withdraw);
    let before = logged.clone();
    logged = act(&mut world, &logged, "uteseksjonen", Action::HandOff);
    logged = act(&mut world, &logged, BUP, Action::Accept);
    let past = past(&world, &logged, DISTRICT).unwrap();
    assert!(!past.keeps());
    let then = known(&logged, &past);
    assert_eq!(then.handoffs.len(), 1);
    assert_eq!(then.handoffs[0].state, HandoffState::Withdrawn);
    assert_eq!(
        (then.version, then.custodian),
        (before.referral.version, world.id("uteseksjonen"))
    );
    assert_eq!(then.handoffs[0].terms.basis_text, None);
    assert!(then.clocks.iter().all(|clock| clock.handoff == then.handoffs[0].id));
    assert!(
        past.log(&logged.log)
            .iter()
            .all(|event| event.at <= before.log.last().unwrap().at)
    );
    let actor = world.actor(DISTRICT);
    assert!(permit(&actor, Operation::ReadReferral, &logged.referral).is_ok());
    for operation in [Operation::PostMessage, Operation::Transition(Action::RequestTakeover)] {
        assert_eq!(permit(&actor, operation, &logged.referral), Err(Verdict::Forbidden));
    }
    assert!(!logged.referral.is_open_to(world.id(DISTRICT)));
    for slug in ["uteseksjonen", BUP] {
        assert!(logged.referral.is_open_to(world.id(slug)), "{slug}");
    }
}

#[test]
fn what_was_entered_in_error_was_meant_for_nobody() {
    let mut world = World::new("service-referral");
    let mut logged = sent(&mut world);
    logged = act(&mut world, &logged, "uteseksjonen", Action::MarkError);
    let past = past(&world, &logged, DISTRICT).unwrap();
    assert!(!past.keeps() && !past.person_stands(&logged.log));
    assert_eq!(known(&logged, &past).handoffs[0].state, HandoffState::EnteredInError);
}

#[test]
fn who_declined_keeps_what_they_had_until_the_next_one_is_asked() {
    let mut world = World::new("service-referral");
    let mut logged = sent(&mut world);
    logged = act(&mut world, &logged, DISTRICT, Action::Decline);
    assert_eq!(past(&world, &logged, DISTRICT), None, "they may still disagree");
    let before = logged.clone();
    logged = act(&mut world, &logged, "uteseksjonen", Action::HandOff);
    let past = past(&world, &logged, DISTRICT).unwrap();
    assert!(past.keeps() && past.person_stands(&logged.log));
    assert_eq!(known(&logged, &past), before.referral);
}

#[test]
fn who_sent_it_on_knows_to_whom_and_not_what_became_of_it() {
    let mut world = World::new("service-referral");
    let mut logged = sent(&mut world);
    logged = act(&mut world, &logged, DISTRICT, Action::Forward);
    let before = logged.clone();
    logged = act(&mut world, &logged, BUP, Action::Accept);
    let past = past(&world, &logged, DISTRICT).unwrap();
    assert!(past.keeps());
    assert_eq!(known(&logged, &past), before.referral);
    assert_eq!(past.log(&logged.log), before.log);
}

#[test]
fn who_took_it_once_knows_it_all() {
    let mut world = World::new("service-referral");
    let mut logged = sent(&mut world);
    for action in [Action::Accept, Action::EndEarly] {
        logged = act(&mut world, &logged, DISTRICT, action);
    }
    logged = act(&mut world, &logged, "uteseksjonen", Action::HandOff);
    assert_eq!(past(&world, &logged, DISTRICT), None);
    assert_eq!(replay(logged.referral.id, &logged.log).unwrap(), logged.referral);
}

#[test]
fn what_is_taken_back_and_sent_again_is_theirs_again() {
    let mut world = World::new("service-referral");
    let mut logged = sent(&mut world);
    logged = act(&mut world, &logged, "uteseksjonen", Action::Withdraw);
    assert!(past(&world, &logged, DISTRICT).is_some());
    world.later(Duration::minutes(1));
    let input = world.input_for(Action::HandOff, DISTRICT);
    let decision = logged.act(&mut world, "uteseksjonen", Action::HandOff, input).unwrap();
    logged = logged.then(&decision);
    assert_eq!(past(&world, &logged, DISTRICT), None);
}

/// Acts at the instant of what came before.
fn at_once(world: &mut World, logged: &Logged, slug: &str, action: Action) -> Logged {
    let input = world.input_for(action, BUP);
    let decision = logged.act(world, slug, action, input).unwrap();
    logged.then(&decision)
}

#[test]
fn what_came_at_the_same_instant_but_later_is_not_known() {
    let mut world = World::new("service-referral");
    let mut logged = sent(&mut world);
    world.later(Duration::minutes(1));
    logged = at_once(&mut world, &logged, DISTRICT, Action::Forward);
    let before = logged.clone();
    logged = at_once(&mut world, &logged, BUP, Action::Accept);
    logged = at_once(&mut world, &logged, BUP, Action::Start);
    let past = past(&world, &logged, DISTRICT).unwrap();
    assert_eq!(past.log(&logged.log), before.log);
    assert_eq!(known(&logged, &past), before.referral);
}

#[test]
fn what_was_corrected_afterwards_is_not_known_though_the_clock_was_set_back() {
    let mut world = World::new("service-referral");
    let mut logged = sent(&mut world);
    logged = act(&mut world, &logged, DISTRICT, Action::Forward);
    let before = logged.clone();
    assert!(past(&world, &logged, DISTRICT).unwrap().person_stands(&logged.log));
    // The clock of the server is an hour slow from here on.
    world.later(-Duration::hours(1));
    logged = at_once(&mut world, &logged, BUP, Action::Accept);
    let last = logged.log.last().unwrap();
    let mut corrected = last.clone();
    corrected.version = last.version + 1;
    corrected.fact = Fact::PersonRectified {
        reason: TextId(uuid::Uuid::nil()),
        before: TextId(uuid::Uuid::nil()),
    };
    logged.log.push(corrected);
    let past = past(&world, &logged, DISTRICT).unwrap();
    assert_eq!(past.log(&logged.log), before.log);
    assert!(!past.person_stands(&logged.log));
}
