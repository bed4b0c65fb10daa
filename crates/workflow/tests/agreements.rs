//! Limits that agencies have agreed upon, limits in opening hours, and the sender's own limit for a question.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod support;

use chrono::{DateTime, Duration, Utc};
use rstest::rstest;
use serde_json::{Value, json};
use stafett_workflow::agreement::Status;
use stafett_workflow::definition::Escalation;
use stafett_workflow::person::Subject;
use stafett_workflow::referral::Clock;
use stafett_workflow::vocabulary::{Action, Notice};
use stafett_workflow::{laws, replay};
use support::{Logged, World};

const RECEIVER: &str = "bydel-sagene";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn sent_to(world: &mut World, receiver: &str) -> Logged {
    let new = world.new_referral(receiver, true);
    let logged = Logged::new(&world.create(&new).unwrap());
    sound(world, &logged);
    logged
}

fn act(world: &mut World, logged: &Logged, slug: &str, action: Action) -> Logged {
    let input = world.input_for(action, "bup-oslo");
    let decision = logged.act(world, slug, action, input).unwrap();
    let logged = logged.then(&decision);
    sound(world, &logged);
    logged
}

/// It obeys the laws, and the log alone gives it: no agreement and no calendar is asked again.
fn sound(world: &World, logged: &Logged) {
    assert_eq!(laws::broken(&world.definition, &logged.referral), []);
    assert_eq!(replay(logged.referral.id, &logged.log).unwrap(), logged.referral);
}

fn running(logged: &Logged) -> Vec<&str> {
    logged
        .referral
        .running_clocks()
        .map(|clock| clock.name.as_str())
        .collect()
}

fn clock<'a>(logged: &'a Logged, name: &str) -> &'a Clock {
    logged.referral.clocks.iter().rfind(|clock| clock.name == name).unwrap()
}

fn everything() -> Value {
    let limit = |limit: &str| json!({ "emergency": limit, "urgent": limit, "routine": limit });
    json!({
        "acknowledge": limit("2 hours"),
        "answer": limit("3 working days"),
        "first-contact": limit("2 days"),
        "answer-question": limit("5 hours")
    })
}

#[test]
fn what_was_agreed_when_it_was_sent_sets_the_limits() {
    let mut world = World::new("service-referral");
    let agreement = world.agree(RECEIVER, everything());
    let logged = sent_to(&mut world, RECEIVER);
    assert_eq!(running(&logged), ["acknowledge", "answer"]);
    for (name, due) in [
        ("acknowledge", "2026-11-24T11:00:00Z"),
        ("answer", "2026-11-27T22:59:59Z"),
    ] {
        let clock = clock(&logged, name);
        assert_eq!((clock.due_at, clock.agreement), (at(due), Some(agreement)), "{name}");
    }
    // It is ended; what has been sent keeps it.
    world.later(Duration::minutes(30));
    let over = &mut world.agreements[0];
    over.status = Status::Ended;
    over.ended = over.answered.map(|mut word| {
        word.at = at("2026-11-24T09:10:00Z");
        word
    });
    let logged = act(&mut world, &logged, RECEIVER, Action::RequestInfo);
    assert_eq!(running(&logged), ["answer", "answer-question"]);
    let question = clock(&logged, "answer-question");
    assert_eq!(
        (question.due_at, question.agreement),
        (at("2026-11-24T14:30:00Z"), Some(agreement))
    );
    let logged = act(&mut world, &logged, RECEIVER, Action::Accept);
    assert_eq!(clock(&logged, "start").due_at, at("2026-11-26T22:59:59Z"));
    let next = sent_to(&mut world, RECEIVER);
    assert_eq!(running(&next), ["answer"], "nothing is agreed any more");
    assert_eq!(clock(&next, "answer").agreement, None);
}

#[test]
fn an_agreement_holds_between_its_two_and_in_its_direction() {
    let mut world = World::new("service-referral");
    world.agree(RECEIVER, everything());
    let other = sent_to(&mut world, "bup-oslo");
    assert_eq!(running(&other), ["answer"]);
    // Sent on, it is another pair's.
    let logged = sent_to(&mut world, RECEIVER);
    let forwarded = act(&mut world, &logged, RECEIVER, Action::Forward);
    assert_eq!(running(&forwarded), ["answer"]);
    assert_eq!(clock(&forwarded, "answer").agreement, None);
    assert_eq!(clock(&forwarded, "answer").due_at, at("2026-12-08T22:59:59Z"));
}

#[test]
fn what_an_agreement_does_not_mention_stays() {
    let mut world = World::new("service-referral");
    world.agree(RECEIVER, json!({ "answer": { "urgent": "1 hour" } }));
    let logged = sent_to(&mut world, RECEIVER);
    assert_eq!(running(&logged), ["answer"]);
    assert_eq!(clock(&logged, "answer").due_at, at("2026-12-08T22:59:59Z"));
}

#[rstest]
#[case::longer("6 weeks")]
#[case::shorter("2 hours")]
fn no_agreement_moves_a_limit_of_the_law(#[case] agreed: &str) {
    for (workflow, receiver, law) in [
        ("concern-report", "barnevernvakten", "review"),
        ("specialist-referral", "bup-oslo", "right-assessment"),
    ] {
        let mut world = World::new(workflow);
        let without = sent_to(&mut world, receiver);
        world.agree(receiver, json!({ "answer": { "routine": agreed } }));
        let with = sent_to(&mut world, receiver);
        assert_eq!(clock(&with, law).due_at, clock(&without, law).due_at);
        assert_eq!(clock(&with, law).agreement, None);
        assert!(clock(&with, "answer").agreement.is_some(), "it runs beside the law's");
        assert!(without.referral.clocks.iter().all(|clock| clock.name != "answer"));
    }
}

#[test]
fn whoever_is_asked_is_called_when_no_answer_comes() {
    for workflow in [
        "service-referral",
        "concern-report",
        "specialist-referral",
        "transfer",
        "advice-request",
    ] {
        let mut world = World::new(workflow);
        let receiver = match workflow {
            "concern-report" => "barnevernvakten",
            "specialist-referral" => "bup-oslo",
            _ => RECEIVER,
        };
        let sender = world.sender;
        if workflow == "advice-request" {
            world.subject = Subject::default(); // asked without a name
        }
        let sent = sent_to(&mut world, receiver);
        let asked = act(&mut world, &sent, receiver, Action::RequestInfo);
        let question = clock(&asked, "answer-question").clone();
        assert_eq!(
            question.due_at,
            at("2026-11-27T22:59:59Z"),
            "{workflow}: three working days"
        );
        let told = |world: &mut World, logged: &Logged, after: DateTime<Utc>| {
            world.now = after + Duration::seconds(1);
            let fired = world.fire(&logged.referral).unwrap();
            let told: Vec<_> = fired
                .notices()
                .iter()
                .map(|notice| (world.slug(notice.to), notice.notice, notice.because.unwrap()))
                .collect();
            (logged.then(&fired), told)
        };
        let (logged, warned) = told(&mut world, &asked, question.warn_at);
        assert!(
            warned.contains(&(sender, Notice::Warning, Escalation::SenderUnit)),
            "{workflow}: {warned:?}"
        );
        let (logged, breached) = told(&mut world, &logged, question.due_at);
        assert!(
            breached.contains(&(sender, Notice::Breach, Escalation::SenderUnit)),
            "{workflow}: {breached:?}"
        );
        let answered = act(&mut world, &logged, sender, Action::AnswerInfo);
        assert!(!running(&answered).contains(&"answer-question"), "{workflow}");
    }
}

#[test]
fn opening_hours_pass_while_the_door_is_open() {
    let mut world = World::new("service-referral");
    let office = json!({ "tue": [["08:00", "16:00"]], "wed": [["08:00", "12:00"]], "thu": [["08:00", "16:00"]] });
    world.open(RECEIVER, office);
    world.agree(
        RECEIVER,
        json!({ "answer": { "routine": "8 opening hours" }, "first-contact": { "routine": "4 opening hours" } }),
    );
    world.now = at("2026-11-24T13:00:00Z"); // Tuesday, 14:00 in Oslo
    let logged = sent_to(&mut world, RECEIVER);
    // Two hours on Tuesday, four on Wednesday, two on Thursday; warned after six of them.
    let answer = clock(&logged, "answer");
    assert_eq!(
        (answer.warn_at, answer.due_at),
        (at("2026-11-25T11:00:00Z"), at("2026-11-26T09:00:00Z"))
    );
    world.now = at("2026-11-26T13:00:00Z"); // Thursday, 14:00
    let accepted = act(&mut world, &logged, RECEIVER, Action::Accept);
    assert_eq!(clock(&accepted, "start").due_at, at("2026-12-01T09:00:00Z"));
    // What stood still is counted in open hours as well: an hour had passed, three are left.
    world.now = at("2026-11-26T14:00:00Z");
    let held = act(&mut world, &accepted, RECEIVER, Action::Hold);
    world.now = at("2026-12-02T10:00:00Z"); // Wednesday, 11:00
    let resumed = act(&mut world, &held, RECEIVER, Action::Resume);
    assert_eq!(clock(&resumed, "start").due_at, at("2026-12-03T09:00:00Z"));
}

#[test]
fn a_question_is_answered_in_the_hours_of_whoever_was_asked() {
    let mut world = World::new("service-referral");
    let sender = world.sender;
    world.open(RECEIVER, json!({ "always": true }));
    world.open(sender, json!({ "thu": [["18:00", "24:00"]] }));
    world.agree(RECEIVER, json!({ "answer-question": { "routine": "2 opening hours" } }));
    let logged = sent_to(&mut world, RECEIVER);
    let asked = act(&mut world, &logged, RECEIVER, Action::RequestInfo);
    assert_eq!(clock(&asked, "answer-question").due_at, at("2026-11-26T19:00:00Z"));
}
