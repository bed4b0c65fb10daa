//! What clocks tell, whom, and when: the cases that the walk and the properties do not tell as a story.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod support;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use stafett_workflow::definition::{Definition, Escalation};
use stafett_workflow::referral::Clock;
use stafett_workflow::vocabulary::{Action, Notice};
use stafett_workflow::{Decision, laws, replay};
use support::{Logged, World};

const RECEIVER: &str = "bydel-sagene";

fn sent(world: &mut World) -> Logged {
    let new = world.new_referral(RECEIVER, true);
    Logged::new(&world.create(&new).unwrap())
}

fn clock<'a>(logged: &'a Logged, name: &str) -> &'a Clock {
    logged.referral.clocks.iter().rfind(|clock| clock.name == name).unwrap()
}

fn act(world: &mut World, logged: &Logged, slug: &str, action: Action) -> Logged {
    let input = world.input_for(action, "bup-oslo");
    let decision = logged.act(world, slug, action, input).unwrap();
    logged.then(&decision)
}

/// Just after an instant.
fn fire_after(world: &mut World, logged: &Logged, at: DateTime<Utc>) -> Option<Decision> {
    world.now = at + Duration::seconds(1);
    world.fire(&logged.referral)
}

/// Who was told what as which link.
fn told(world: &World, decision: &Decision) -> Vec<(&'static str, Notice, Escalation)> {
    let notices = decision.notices().iter();
    notices
        .map(|notice| (world.slug(notice.to), notice.notice, notice.because.unwrap()))
        .collect()
}

#[test]
fn those_who_must_act_are_called_first_though_the_sender_holds_the_baton() {
    let mut world = World::new("service-referral");
    let mut logged = sent(&mut world);
    assert_eq!(world.slug(logged.referral.custodian), "uteseksjonen");
    let answer = clock(&logged, "answer").clone();
    let warned = fire_after(&mut world, &logged, answer.warn_at).unwrap();
    assert_eq!(
        told(&world, &warned),
        [(RECEIVER, Notice::Warning, Escalation::ReceiverUnit)]
    );
    assert_eq!(warned.notices()[0].due_at, Some(answer.due_at));
    logged = logged.then(&warned);
    let breached = fire_after(&mut world, &logged, answer.due_at).unwrap();
    assert_eq!(
        told(&world, &breached),
        [(RECEIVER, Notice::Breach, Escalation::ReceiverUnit)]
    );
    logged = logged.then(&breached);
    // The next working day, and the next; the limit was up on a Tuesday.
    for (date, slug, link) in [
        ("2026-12-09T22:59:59Z", RECEIVER, Escalation::ReceiverLead),
        ("2026-12-10T22:59:59Z", "uteseksjonen", Escalation::SenderUnit),
        ("2026-12-11T22:59:59Z", "uteseksjonen", Escalation::SenderLead),
        ("2026-12-14T22:59:59Z", "oslo-kommune", Escalation::Coordinator),
    ] {
        let at = date.parse().unwrap();
        assert_eq!(logged.referral.next_fire(), Some(at));
        let escalated = fire_after(&mut world, &logged, at).unwrap();
        assert_eq!(told(&world, &escalated), [(slug, Notice::Breach, link)]);
        logged = logged.then(&escalated);
    }
    let reminded = fire_after(&mut world, &logged, logged.referral.next_fire().unwrap()).unwrap();
    assert_eq!(
        told(&world, &reminded),
        [("oslo-kommune", Notice::Reminder, Escalation::Coordinator)]
    );
    assert_eq!(reminded.events()[0].by, None);
    assert_eq!(reminded.next().version, 1);
}

#[test]
fn a_long_absence_tells_each_link_once_and_no_warning() {
    let mut world = World::new("service-referral");
    let logged = sent(&mut world);
    let due = clock(&logged, "answer").due_at;
    let decision = fire_after(&mut world, &logged, due + Duration::days(60)).unwrap();
    let kinds: Vec<_> = decision.events().iter().map(|event| event.fact.kind()).collect();
    assert_eq!(kinds[0], "clock-breached");
    assert_eq!(kinds[1..], ["clock-escalated"; 4]);
    assert_eq!(decision.notices().len(), 5);
    assert_eq!(
        decision.next().next_fire().unwrap(),
        "2027-02-14T22:59:59Z".parse::<DateTime<Utc>>().unwrap()
    );
}

#[test]
fn where_no_municipality_is_set_up_the_last_who_exists_is_reminded() {
    let mut world = World::new("service-referral");
    let logged = sent(&mut world);
    world.coordinator = None;
    let due = clock(&logged, "answer").due_at;
    let decision = fire_after(&mut world, &logged, due + Duration::days(60)).unwrap();
    assert_eq!(decision.events().len(), 4);
    let logged = logged.then(&decision);
    let reminded = fire_after(&mut world, &logged, logged.referral.next_fire().unwrap()).unwrap();
    assert_eq!(
        told(&world, &reminded),
        [("uteseksjonen", Notice::Reminder, Escalation::SenderLead)]
    );
    assert_eq!(laws::broken(&world.definition, reminded.next()), []);
    assert!(reminded.next().next_fire().unwrap() > world.now);
}

#[test]
fn a_clock_that_stands_still_says_nothing_and_later_keeps_its_new_times() {
    let mut world = World::new("service-referral");
    let mut logged = sent(&mut world);
    logged = act(&mut world, &logged, RECEIVER, Action::Accept);
    let before = clock(&logged, "start").clone();
    logged = act(&mut world, &logged, RECEIVER, Action::Hold);
    assert_eq!(clock(&logged, "start").next_fire_at, None);
    world.now = before.due_at + Duration::days(1);
    let meanwhile = world.fire(&logged.referral);
    assert!(meanwhile.is_none(), "only the hold's own limit runs, and it is longer");
    logged = act(&mut world, &logged, RECEIVER, Action::Resume);
    let after = clock(&logged, "start").clone();
    let stood = after.due_at - before.due_at;
    assert_eq!(
        (stood, after.next_fire_at),
        (world.now - before.started_at, Some(after.warn_at))
    );
    assert!(fire_after(&mut world, &logged, before.due_at + Duration::days(2)).is_none());
    let warned = fire_after(&mut world, &logged, after.warn_at).unwrap();
    assert_eq!(
        told(&world, &warned),
        [(RECEIVER, Notice::Warning, Escalation::HolderUnit)]
    );
    // Told once is told, also when it stands still again.
    logged = logged.then(&warned);
    logged = act(&mut world, &logged, RECEIVER, Action::Hold);
    world.later(Duration::hours(3));
    logged = act(&mut world, &logged, RECEIVER, Action::Resume);
    let again = clock(&logged, "start").clone();
    assert_eq!(
        (again.next_fire_at, again.due_at),
        (Some(again.due_at), after.due_at + Duration::hours(3))
    );
    assert_eq!(replay(logged.referral.id, &logged.log).unwrap(), logged.referral);
}

#[test]
fn what_was_told_before_and_after_an_undone_action_stays_told() {
    let mut world = World::new("concern-report");
    let new = world.new_referral("barnevernvakten", true);
    let mut logged = Logged::new(&world.create(&new).unwrap());
    // The warning comes between the acknowledgement and the second thought.
    world.now = clock(&logged, "review").warn_at - Duration::minutes(1);
    logged = act(&mut world, &logged, "barnevernvakten", Action::Acknowledge);
    let warn_at = clock(&logged, "review").warn_at;
    let warned = fire_after(&mut world, &logged, warn_at).unwrap();
    logged = logged.then(&warned);
    let undone = logged
        .act(&mut world, "barnevernvakten", Action::Undo, json!({}))
        .unwrap();
    logged = logged.then(&undone);
    let review = clock(&logged, "review").clone();
    assert_eq!(
        (review.warned_at, review.next_fire_at),
        (Some(world.now), Some(review.due_at))
    );
    world.later(Duration::minutes(5));
    assert!(world.fire(&logged.referral).is_none());
    assert!(laws::fires_in_turn(logged.referral.id, &logged.log));
    assert_eq!(replay(logged.referral.id, &logged.log).unwrap(), logged.referral);
}

#[test]
fn whoever_gets_a_late_report_sent_on_is_called_at_once_and_the_others_from_then() {
    let mut world = World::new("concern-report");
    let new = world.new_referral("barnevernvakten", true);
    let mut logged = Logged::new(&world.create(&new).unwrap());
    world.now = clock(&logged, "review").due_at + Duration::days(20);
    logged = act_to(&mut world, &logged, "barnevern-sagene");
    let (came, review) = (world.now, clock(&logged, "review").clone());
    assert!(review.due_at < came && review.level == 0);
    world.later(Duration::seconds(1));
    let decision = world.fire(&logged.referral).unwrap();
    let told = told(&world, &decision);
    assert!(
        told.contains(&("barnevern-sagene", Notice::Breach, Escalation::ReceiverUnit)),
        "{told:?}"
    );
    assert!(told.iter().all(|(slug, ..)| *slug == "barnevern-sagene"), "{told:?}");
    assert!(decision.next().next_fire().unwrap() > came);
}

fn act_to(world: &mut World, logged: &Logged, receiver: &str) -> Logged {
    let input = json!({ "receiver": receiver, "reason": "Hører til dere" });
    let decision = logged.act(world, "barnevernvakten", Action::Forward, input).unwrap();
    logged.then(&decision)
}

#[test]
fn a_log_from_before_clocks_fired_replays_to_clocks_that_do() {
    let mut world = World::new("service-referral");
    let mut logged = sent(&mut world);
    logged = act(&mut world, &logged, RECEIVER, Action::Accept);
    logged = act(&mut world, &logged, RECEIVER, Action::Hold);
    world.later(Duration::hours(1));
    logged = act(&mut world, &logged, RECEIVER, Action::Resume);
    world.later(Duration::minutes(1));
    logged = act(&mut world, &logged, RECEIVER, Action::Undo);
    let mut log = serde_json::to_value(&logged.log).unwrap();
    forget(&mut log);
    let old: Vec<stafett_workflow::Event> = serde_json::from_value(log).unwrap();
    assert_ne!(old, logged.log);
    assert_eq!(replay(logged.referral.id, &old).unwrap(), logged.referral);
}

/// Takes away what older logs do not have.
fn forget(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.remove("nextFireAt");
            fields.values_mut().for_each(forget);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(forget),
        _ => {}
    }
}

/// The service referral with one change.
fn changed(from: &str, to: &str) -> String {
    let source = include_str!("../definitions/service-referral.toml");
    assert!(source.contains(from));
    match Definition::parse("mine.toml", &source.replacen(from, to, 1)) {
        Ok(_) => String::new(),
        Err(error) => error.message,
    }
}

#[test]
fn a_chain_that_ends_nowhere_is_refused() {
    let answer = r#"["receiver-unit", "receiver-lead", "sender-unit", "sender-lead", "coordinator"]"#;
    assert_eq!(changed(answer, r#"["receiver-unit"]"#), "");
    for (chain, story) in [
        (r#"["coordinator"]"#, "where no municipality is set up"),
        (
            r#"["receiver-unit", "receiver-unit"]"#,
            "would tell the receiver's unit twice",
        ),
        (
            r#"["coordinator", "receiver-unit"]"#,
            "calls the municipality's coordinator first, who can do nothing about it there",
        ),
    ] {
        let refused = changed(answer, chain);
        assert!(refused.contains(story), "{refused}");
    }
    let draft = changed(
        r#"escalation = ["holder-unit", "holder-lead"]"#,
        r#"escalation = ["holder-unit", "receiver-unit"]"#,
    );
    assert!(draft.contains("there may be no receiver yet"), "{draft}");
}

#[test]
fn a_chain_that_names_no_spacing_has_one() {
    let source = include_str!("../definitions/service-referral.toml");
    let bare: String = source
        .lines()
        .filter(|line| !line.contains("_every = "))
        .fold(String::new(), |text, line| text + line + "\n");
    let definition = Definition::parse("bare.toml", &bare).unwrap();
    let answer = definition.clock("answer").unwrap();
    let spacing = answer.escalate_every;
    assert_eq!(
        [spacing.emergency, spacing.urgent, spacing.routine].map(|limit| limit.to_string()),
        ["1 hour", "24 hours", "1 working day"]
    );
    let again = answer.remind_every;
    assert_eq!(
        [again.emergency, again.urgent, again.routine].map(|limit| limit.to_string()),
        ["12 hours", "24 hours", "1 week"]
    );
}
