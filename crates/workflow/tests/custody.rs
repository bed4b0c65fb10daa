//! Who holds the baton, and which clock runs, along the journeys that matter most.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod support;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use stafett_workflow::agency::AgencyId;
use stafett_workflow::vocabulary::{Action, Notice, ReferralState, Urgency};
use stafett_workflow::{Decision, Referral};
use support::World;

fn told(world: &World, decision: &Decision) -> Vec<(&'static str, Notice)> {
    decision
        .notices()
        .iter()
        .map(|notice| (world.slug(notice.to), notice.notice))
        .collect()
}

fn running(referral: &Referral) -> Vec<(&str, String)> {
    referral
        .running_clocks()
        .map(|clock| (clock.name.as_str(), oslo(clock.due_at)))
        .collect()
}

fn oslo(at: DateTime<Utc>) -> String {
    at.with_timezone(&chrono_tz::Europe::Oslo)
        .format("%Y-%m-%d %H:%M")
        .to_string()
}

fn step(world: &mut World, referral: &Referral, slug: &str, action: Action) -> Decision {
    let input = world.input_for(action, "bup-oslo");
    world.act(referral, slug, action, input).unwrap()
}

#[test]
fn a_concern_report_from_the_street_to_its_end() {
    let mut world = World::new("concern-report");
    let new = world.new_referral("barnevernvakten", true);
    let sent = world.create(&new).unwrap();
    assert_eq!(
        sent.next().custodian,
        world.id("uteseksjonen"),
        "the sender holds it until somebody accepts"
    );
    assert_eq!(told(&world, &sent), [("barnevernvakten", Notice::NewReferral)]);
    assert_eq!(
        running(sent.next()),
        [
            ("review", "2026-12-01 23:59".into()),
            ("feedback", "2026-12-15 23:59".into())
        ]
    );

    world.later(Duration::hours(1));
    let acknowledged = step(&mut world, sent.next(), "barnevernvakten", Action::Acknowledge);
    assert_eq!(acknowledged.next().custodian, world.id("uteseksjonen"));
    assert_eq!(told(&world, &acknowledged), [("uteseksjonen", Notice::Acknowledged)]);

    world.later(Duration::hours(1));
    let accepted = step(&mut world, acknowledged.next(), "barnevernvakten", Action::Accept);
    assert_eq!(accepted.next().custodian, world.id("barnevernvakten"));
    assert_eq!(accepted.next().current_handoff().unwrap().step, "screening");
    assert_eq!(
        running(accepted.next()).len(),
        2,
        "the review runs until it is done, not until it is taken"
    );

    world.later(Duration::days(2));
    let started = step(&mut world, accepted.next(), "barnevernvakten", Action::Start);
    // bvl § 2-2: three months from when the week for the review is up.
    let investigation = ("investigation", "2027-03-01 23:59".to_owned());
    assert_eq!(
        running(started.next()),
        [("feedback", "2026-12-15 23:59".into()), investigation.clone()]
    );

    // bvl § 13-3: the reporter hears twice.
    let first = step(&mut world, started.next(), "barnevernvakten", Action::GiveFeedback);
    assert_eq!(told(&world, &first), [("uteseksjonen", Notice::Feedback)]);
    assert_eq!(running(first.next()), [investigation]);
    world.later(Duration::days(30));
    let concluded = step(&mut world, first.next(), "barnevernvakten", Action::Conclude);
    assert_eq!(
        running(concluded.next()),
        [("second-feedback", "2027-01-16 23:59".into())]
    );
    let completed = step(&mut world, concluded.next(), "barnevernvakten", Action::GiveFeedback);
    assert_eq!(completed.next().state, ReferralState::Completed);
    assert_eq!(told(&world, &completed), [("uteseksjonen", Notice::Completed)]);
    assert!(running(completed.next()).is_empty());
}

#[test]
fn a_declined_referral_is_back_with_its_sender_and_its_clock_runs() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", true);
    let sent = world.create(&new).unwrap();
    let declined = step(&mut world, sent.next(), "bydel-sagene", Action::Decline);
    assert_eq!(declined.next().custodian, world.id("uteseksjonen"));
    assert_eq!(declined.next().state, ReferralState::Active);
    assert_eq!(told(&world, &declined), [("uteseksjonen", Notice::Declined)]);
    assert_eq!(running(declined.next()), [("returned", "2026-11-27 23:59".into())]);

    let again = step(&mut world, declined.next(), "uteseksjonen", Action::HandOff);
    assert_eq!(told(&world, &again), [("bup-oslo", Notice::NewReferral)]);
    assert_eq!(again.next().handoffs.len(), 2);
    let accepted = step(&mut world, again.next(), "bup-oslo", Action::Accept);
    assert_eq!(accepted.next().custodian, world.id("bup-oslo"));
}

#[test]
fn a_forwarded_referral_stays_with_the_first_sender_until_somebody_accepts() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", true);
    let sent = world.create(&new).unwrap();
    let forwarded = step(&mut world, sent.next(), "bydel-sagene", Action::Forward);
    let (first, second) = (&forwarded.next().handoffs[0], &forwarded.next().handoffs[1]);
    assert_eq!(first.successor, Some(second.id));
    assert_eq!(second.forwarded_by, Some(world.id("bydel-sagene")));
    assert_eq!(
        (second.sender, forwarded.next().custodian),
        (world.id("uteseksjonen"), world.id("uteseksjonen"))
    );
    assert_eq!(
        told(&world, &forwarded),
        [
            ("uteseksjonen", Notice::Forwarded),
            ("bup-oslo", Notice::ForwardedToYou)
        ]
    );
    let accepted = step(&mut world, forwarded.next(), "bup-oslo", Action::Accept);
    assert_eq!(accepted.next().custodian, world.id("bup-oslo"));
    let custodians: Vec<AgencyId> = accepted.next().parties();
    assert_eq!(custodians.len(), 3, "everybody who took part knows of it");
}

#[test]
fn a_dropped_baton_comes_back_to_whoever_wrote_the_referral() {
    let mut world = World::new("service-referral");
    let mut new = world.new_referral("bydel-sagene", true);
    new.draft.urgency = Urgency::Emergency;
    let sent = world.create(&new).unwrap();
    let accepted = step(&mut world, sent.next(), "bydel-sagene", Action::Accept);
    let ended = step(&mut world, accepted.next(), "bydel-sagene", Action::EndEarly);
    assert_eq!(ended.next().custodian, world.id("uteseksjonen"));
    assert_eq!(
        running(ended.next()),
        [("returned", "2026-11-24 14:00".into())],
        "four hours in an emergency"
    );
    assert_eq!(
        ended.next().handoffs[0].code.as_deref(),
        Some("other"),
        "a code is kept even when none was given"
    );
    let revoked = step(&mut world, ended.next(), "uteseksjonen", Action::Revoke);
    assert_eq!(revoked.next().state, ReferralState::Revoked);
    assert_eq!(revoked.next().closed_at, Some(world.now));
}

#[test]
fn a_draft_tells_nobody_and_its_receiver_does_not_know() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", false);
    let draft = world.create(&new).unwrap();
    assert!(draft.notices().is_empty());
    assert!(!draft.next().knows(world.id("bydel-sagene")));
    assert_eq!(running(draft.next()), [("send", "2026-11-25 10:00".into())]);
    let withdrawn = step(&mut world, draft.next(), "uteseksjonen", Action::Withdraw);
    assert!(withdrawn.notices().is_empty());
    assert!(!withdrawn.next().knows(world.id("bydel-sagene")));
}

#[test]
fn who_asks_gets_the_answer_and_the_clock_does_not_pause() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", true);
    let sent = world.create(&new).unwrap();
    let due = running(sent.next());
    let asked = step(&mut world, sent.next(), "bydel-sagene", Action::RequestInfo);
    assert_eq!(told(&world, &asked), [("uteseksjonen", Notice::InformationRequested)]);
    world.later(Duration::days(2));
    let answered = step(&mut world, asked.next(), "uteseksjonen", Action::AnswerInfo);
    assert_eq!(told(&world, &answered), [("bydel-sagene", Notice::InformationGiven)]);
    assert_eq!(running(answered.next()), due);
}

#[test]
fn assigning_moves_nothing_but_the_responsibility() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", true);
    let sent = world.create(&new).unwrap();
    let accepted = world
        .act(sent.next(), "bydel-sagene", Action::Accept, json!({ "assignee": "me" }))
        .unwrap();
    let me = world.actor("bydel-sagene").user;
    assert_eq!(accepted.next().current_handoff().unwrap().assignee, Some(me));
}

#[test]
fn no_event_holds_a_free_text() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", true);
    let sent = world.create(&new).unwrap();
    let declined = step(&mut world, sent.next(), "bydel-sagene", Action::Decline);
    for decision in [&sent, &declined] {
        let log = serde_json::to_string(decision.events()).unwrap();
        for writing in decision.texts() {
            assert!(!log.contains(&writing.body), "{} stands in the log", writing.kind);
            assert!(
                log.contains(&writing.id.to_string()),
                "the log does not name its {}",
                writing.kind
            );
        }
    }
}

#[test]
fn passing_a_report_on_gives_nobody_more_time_than_the_law() {
    let mut world = World::new("concern-report");
    let new = world.new_referral("barnevernvakten", true);
    let sent = world.create(&new).unwrap();
    let due = running(sent.next());
    world.later(Duration::days(3));
    let input = world.input_for(Action::Forward, "barnevern-sagene");
    let forwarded = world
        .act(sent.next(), "barnevernvakten", Action::Forward, input)
        .unwrap();
    assert_eq!(running(forwarded.next()), due);
    let second = forwarded.next().current_handoff().unwrap().id;
    assert!(
        forwarded.next().running_clocks().all(|clock| clock.handoff == second),
        "the limits run on the new leg"
    );
}
