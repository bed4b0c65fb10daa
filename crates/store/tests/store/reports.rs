//! What the reports count is what their lists show, on both databases alike.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use stafett_store::reports::{self, AnswerLimits, Overdue, OverdueQuery, Sent, SentLine, SentQuery};
use stafett_workflow::agency::{AgencyId, HandoffId};
use stafett_workflow::policy::{self, Membership, Operation, Scope};
use stafett_workflow::vocabulary::{Action, Role, Urgency};

use crate::world::{World, on_both};

/// What a lead of this agency may know of.
fn lead_of(world: &World, slug: &str) -> Scope {
    let mut actor = world.actor(slug);
    actor.memberships = vec![Membership {
        agency: Some(world.id(slug)),
        role: Role::Lead,
    }];
    policy::scope(&actor, Operation::ReadReports).unwrap()
}

fn sent_query(world: &World, scope: Scope) -> SentQuery {
    SentQuery {
        scope,
        from: world.now - Duration::days(1000),
        until: world.now + Duration::days(1),
        receiver: None,
        workflow: None,
        urgency: None,
        limits: vec![AnswerLimits {
            workflow: world.definition.key.clone(),
            clocks: vec!["answer".to_owned()],
        }],
        as_of: None,
    }
}

fn overdue_query(world: &World, scope: Scope) -> OverdueQuery {
    OverdueQuery {
        scope,
        due_before: world.now,
        holder: None,
        receiver: None,
        workflow: None,
        clock: None,
        urgency: None,
    }
}

/// Counted and listed, which must be the same: in pages of two, and through each.
async fn sent(world: &World, query: &SentQuery) -> Vec<SentLine> {
    let mut counted: Vec<Sent> = Vec::new();
    reports::each_sent(&world.db, query, |sent| counted.push(sent))
        .await
        .unwrap();
    let (mut lines, mut after): (Vec<SentLine>, Option<(DateTime<Utc>, HandoffId)>) = (Vec::new(), None);
    loop {
        let page = reports::sent_page(&world.db, query, after, 2).await.unwrap();
        lines.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(lines.is_sorted_by_key(|line| (line.sent.sent_at, line.handoff)));
    let mut listed: Vec<Sent> = lines.iter().map(|line| line.sent.clone()).collect();
    let key = |sent: &Sent| (sent.sent_at, sent.receiver, sent.decided_at, sent.ended_at);
    counted.sort_by_key(key);
    listed.sort_by_key(key);
    assert_eq!(counted, listed);
    lines
}

async fn overdue(world: &World, query: &OverdueQuery) -> Vec<Overdue> {
    let mut counted = Vec::new();
    reports::each_overdue(&world.db, query, |overdue| counted.push(overdue))
        .await
        .unwrap();
    let (mut lines, mut after) = (Vec::new(), None);
    loop {
        let page = reports::overdue_page(&world.db, query, after, 1).await.unwrap();
        lines.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    counted.sort_by_key(|overdue| (overdue.due_at, overdue.id));
    assert_eq!(counted, lines);
    lines
}

fn receivers(lines: &[SentLine]) -> Vec<AgencyId> {
    lines.iter().map(|line| line.sent.receiver).collect()
}

on_both! {
    async fn a_sent_hand_off_is_counted_with_its_times(world: World) {
        let mut world = world;
        let everything = sent_query(&world, world.everything());
        let sent_at = world.now;
        world.create("bup-oslo", false).await;
        let record = world.create("bup-oslo", true).await;
        world.later(Duration::minutes(90));
        let record = world.act(record, "bup-oslo", Action::Acknowledge, json!({})).await;
        world.later(Duration::minutes(30));
        let decline = json!({ "code": "no-capacity", "reason": "Full" });
        let record = world.act(record, "bup-oslo", Action::Decline, decline).await;

        let lines = sent(&world, &everything).await;
        assert_eq!(lines.len(), 1, "a draft is not sent");
        let line = &lines[0];
        let referral = record.referral();
        assert_eq!((line.referral, line.reference), (referral.id, referral.reference));
        assert_eq!(line.handoff, referral.handoffs[0].id);
        let clock = referral.clocks.iter().find(|clock| clock.name == "answer").unwrap();
        assert_eq!(line.sent, Sent {
            receiver: world.id("bup-oslo"),
            workflow: "service-referral".to_owned(),
            urgency: Urgency::Routine,
            sent_at,
            acknowledged_at: Some(sent_at + Duration::minutes(90)),
            decided_at: Some(sent_at + Duration::minutes(120)),
            ended_at: Some(sent_at + Duration::minutes(120)),
            due_at: Some(clock.due_at),
        });

        // The next hand-off of the same referral is counted for itself.
        let basis = serde_json::to_value(world.basis()).unwrap();
        let input = json!({ "receiver": "bydel-sagene", "legalBasis": basis });
        world.act(record, "uteseksjonen", Action::HandOff, input).await;
        let lines = sent(&world, &everything).await;
        assert_eq!(receivers(&lines), [world.id("bup-oslo"), world.id("bydel-sagene")]);
        assert_eq!(lines[0].referral, lines[1].referral);
        assert_eq!(lines[1].sent.decided_at, None);

        let no_limits = SentQuery { limits: Vec::new(), ..everything };
        assert!(sent(&world, &no_limits).await.iter().all(|line| line.sent.due_at.is_none()));
    }

    async fn a_lead_sees_what_they_sent_or_received(world: World) {
        world.create("bup-oslo", true).await;
        world.create("bydel-sagene", true).await;
        world.create("bydel-sagene", true).await;
        let seen = async |slug: &str| sent(&world, &sent_query(&world, lead_of(&world, slug))).await.len();
        assert_eq!(seen("uteseksjonen").await, 3);
        assert_eq!(seen("bup-oslo").await, 1);
        assert_eq!(seen("bydel-sagene").await, 2);
        assert_eq!(seen("en-forening").await, 0);
        let nobody = policy::Actor { memberships: vec![Membership { agency: None, role: Role::Integration }], ..world.actor("bup-oslo") };
        let nothing = policy::scope(&nobody, Operation::ReadReferral).unwrap();
        assert_eq!(sent(&world, &sent_query(&world, nothing)).await.len(), 0);
    }

    async fn a_period_and_filters_narrow_it_down(world: World) {
        let mut world = world;
        let first = world.now;
        world.create("bup-oslo", true).await;
        world.later(Duration::microseconds(1));
        let second = world.now;
        world.create("bydel-sagene", true).await;
        world.create("bup-oslo", true).await;
        let all = sent_query(&world, world.everything());
        let count = async |query: SentQuery| sent(&world, &query).await.len();
        assert_eq!(count(SentQuery { from: second, ..all.clone() }).await, 2);
        assert_eq!(count(SentQuery { until: second, ..all.clone() }).await, 1);
        assert_eq!(count(SentQuery { from: first, until: first, ..all.clone() }).await, 0);
        assert_eq!(count(SentQuery { receiver: Some(world.id("bup-oslo")), ..all.clone() }).await, 2);
        assert_eq!(count(SentQuery { receiver: Some(world.id("uteseksjonen")), ..all.clone() }).await, 0);
        assert_eq!(count(SentQuery { workflow: Some("service-referral".to_owned()), ..all.clone() }).await, 3);
        assert_eq!(count(SentQuery { workflow: Some("concern-report".to_owned()), ..all.clone() }).await, 0);
        assert_eq!(count(SentQuery { urgency: Some(Urgency::Routine), ..all.clone() }).await, 3);
        assert_eq!(count(SentQuery { urgency: Some(Urgency::Urgent), ..all }).await, 0);
    }

    async fn a_limit_is_missed_while_it_runs(world: World) {
        let mut world = world;
        let draft = world.create("bup-oslo", false).await;
        let sent = world.create("bydel-sagene", true).await;
        let answered = world.create("bydel-sagene", true).await;
        world.act(answered, "bydel-sagene", Action::Accept, json!({})).await;
        assert_eq!(overdue(&world, &overdue_query(&world, world.everything())).await, []);

        // The draft's day and the week to begin are over, the two weeks for an answer are not.
        world.later(Duration::days(10));
        let everything = overdue_query(&world, world.everything());
        let lines = overdue(&world, &everything).await;
        let clocks: Vec<_> = lines.iter().map(|line| line.clock.as_str()).collect();
        assert_eq!(clocks, ["send", "start"]);
        assert_eq!((lines[0].referral, lines[0].holder), (draft.referral().id, world.id("uteseksjonen")));
        assert_eq!(lines[0].receiver, None, "a draft has not been sent to anybody");
        assert_eq!((lines[1].holder, lines[1].receiver), (world.id("bydel-sagene"), Some(world.id("bydel-sagene"))));
        assert_eq!(lines[1].workflow, world.definition.key);

        world.later(Duration::days(10));
        let everything = OverdueQuery { due_before: world.now, ..everything };
        let answer = OverdueQuery { clock: Some("answer".to_owned()), ..everything.clone() };
        let lines = overdue(&world, &answer).await;
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].referral, lines[0].handoff), (sent.referral().id, sent.referral().handoffs[0].id));
        let clock = sent.referral().running_clocks().next().unwrap();
        assert_eq!((lines[0].id, lines[0].due_at, lines[0].started_at), (clock.id, clock.due_at, clock.started_at));

        let count = async |query: OverdueQuery| overdue(&world, &query).await.len();
        assert_eq!(count(everything.clone()).await, 3);
        assert_eq!(count(OverdueQuery { due_before: clock.due_at, ..answer.clone() }).await, 0);
        assert_eq!(count(OverdueQuery { holder: Some(world.id("uteseksjonen")), ..everything.clone() }).await, 2);
        assert_eq!(count(OverdueQuery { receiver: Some(world.id("bydel-sagene")), ..everything.clone() }).await, 2);
        assert_eq!(count(OverdueQuery { receiver: Some(world.id("bup-oslo")), ..everything.clone() }).await, 0);
        assert_eq!(count(OverdueQuery { workflow: Some("concern-report".to_owned()), ..everything.clone() }).await, 0);
        assert_eq!(count(OverdueQuery { urgency: Some(Urgency::Emergency), ..everything }).await, 0);
        let seen = async |slug: &str| overdue(&world, &OverdueQuery { due_before: world.now, ..overdue_query(&world, lead_of(&world, slug)) }).await.len();
        assert_eq!(seen("uteseksjonen").await, 3);
        assert_eq!(seen("bydel-sagene").await, 2);
        assert_eq!(seen("bup-oslo").await, 0, "nobody has told them of the draft");
    }

    async fn a_baton_that_came_back_is_its_holders(world: World) {
        let mut world = world;
        let record = world.create("bydel-sagene", true).await;
        world.later(Duration::minutes(1));
        let record = world.act(record, "bydel-sagene", Action::Forward, json!({ "receiver": "bup-oslo", "reason": "Deres" })).await;
        world.later(Duration::minutes(1));
        let record = world.act(record, "bup-oslo", Action::Accept, json!({})).await;
        world.act(record, "bup-oslo", Action::EndEarly, json!({ "reason": "Flyttet" })).await;
        world.later(Duration::days(30));
        let lines = overdue(&world, &overdue_query(&world, lead_of(&world, "uteseksjonen"))).await;
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].clock.as_str(), lines[0].holder), ("returned", world.id("uteseksjonen")));
        // The forwarded hand-off was decided by the district, the other one by BUP.
        let sent = sent(&world, &sent_query(&world, world.everything())).await;
        assert!(sent.iter().all(|line| line.sent.decided_at.is_some()));
        assert_eq!(sent.len(), 2);
    }
}
