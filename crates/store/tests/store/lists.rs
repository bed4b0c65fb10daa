//! The work lists: who sees what, in which order, in pages that miss and double nothing.

use std::collections::BTreeSet;

use chrono::Duration;
use serde_json::json;
use stafett_store::looks::Unseen;
use stafett_store::referrals::{self, Line, ReferralBox, ReferralQuery, Sort};
use stafett_workflow::agency::ReferralId;
use stafett_workflow::policy::{self, Membership, Operation, Scope};
use stafett_workflow::vocabulary::{Action, HandoffState, ReferralState, Role, Urgency};

use crate::world::{SLUGS, World, on_both};

fn query(scope: Scope, in_box: ReferralBox) -> ReferralQuery {
    ReferralQuery::of(scope, in_box, 50)
}

async fn ids(world: &World, query: &ReferralQuery) -> BTreeSet<ReferralId> {
    let page = referrals::list(&world.db, query).await.unwrap();
    page.items.iter().map(|line| line.id).collect()
}

/// All pages, three rows each.
async fn pages(world: &World, query: &ReferralQuery) -> Vec<Line> {
    let (mut lines, mut query) = (
        Vec::new(),
        ReferralQuery {
            limit: 3,
            ..query.clone()
        },
    );
    loop {
        let page = referrals::list(&world.db, &query).await.unwrap();
        assert!(page.items.len() <= 3);
        lines.extend(page.items);
        match page.next {
            // Through its text, as a client sends it.
            Some(next) => query.after = Some(next.to_string().parse().unwrap()),
            None => return lines,
        }
    }
}

fn due(line: &Line) -> chrono::DateTime<chrono::Utc> {
    line.next_due.unwrap_or(chrono::DateTime::<chrono::Utc>::MAX_UTC)
}

/// Somebody who works in two agencies that both take part.
fn both(world: &World) -> Scope {
    let mut actor = world.actor("uteseksjonen");
    actor.memberships.push(Membership {
        agency: Some(world.id("bup-oslo")),
        role: Role::Worker,
    });
    policy::scope(&actor, Operation::ListReferrals).unwrap()
}

on_both! {
    async fn each_box_holds_its_own(world: World) {
        let draft = world.create("bup-oslo", false).await.referral().id;
        let sent = world.create("bup-oslo", true).await;
        let accepted = world.act(world.create("bup-oslo", true).await, "bup-oslo", Action::Accept, json!({})).await;
        let declined = json!({ "code": "no-capacity", "reason": "Fullt" });
        let declined = world.act(world.create("bup-oslo", true).await, "bup-oslo", Action::Decline, declined).await;
        let done = world.act(accepted.clone(), "bup-oslo", Action::Complete, json!({ "outcome": "service-delivered" })).await;
        let accepted = world.act(world.create("bup-oslo", true).await, "bup-oslo", Action::Accept, json!({})).await;
        let [sent, accepted, declined, done] = [&sent, &accepted, &declined, &done].map(|record| record.referral().id);

        for (slug, in_box, expected) in [
            ("bup-oslo", ReferralBox::Inbox, vec![sent, accepted]),
            ("bup-oslo", ReferralBox::Custody, vec![accepted]),
            ("bup-oslo", ReferralBox::Sent, vec![]),
            ("bup-oslo", ReferralBox::All, vec![sent, accepted, declined, done]),
            ("uteseksjonen", ReferralBox::Inbox, vec![]),
            ("uteseksjonen", ReferralBox::Custody, vec![draft, sent, declined]),
            ("uteseksjonen", ReferralBox::Sent, vec![sent, accepted, declined, done]),
            ("uteseksjonen", ReferralBox::All, vec![draft, sent, accepted, declined, done]),
            ("barnevernvakten", ReferralBox::All, vec![]),
        ] {
            for sort in [Sort::Due, Sort::Created] {
                let query = ReferralQuery { sort, ..query(world.scope(slug), in_box) };
                assert_eq!(ids(&world, &query).await, expected.iter().copied().collect(), "{slug} {in_box:?} {sort:?}");
            }
        }
        let everything = query(world.everything(), ReferralBox::All);
        assert_eq!(ids(&world, &everything).await.len(), 5);
        assert_eq!(ids(&world, &ReferralQuery { in_box: ReferralBox::Sent, ..everything }).await.len(), 4);
        assert_eq!(ids(&world, &query(both(&world), ReferralBox::All)).await.len(), 5, "known to both, listed once");
    }

    async fn a_filter_narrows_and_never_widens(world: World) {
        let mut world = world;
        let mut records = Vec::new();
        for urgency in [Urgency::Routine, Urgency::Emergency] {
            let mut new = world.new_referral("bup-oslo", true);
            new.draft.urgency = urgency;
            let stafett_store::referrals::Creation::Stored(record) = world.try_create(&new).await else { panic!("taken") };
            records.push(*record);
        }
        let emergency = records.pop().unwrap();
        let routine = world.act(records.pop().unwrap(), "bup-oslo", Action::Acknowledge, json!({})).await;
        let routine = world.act(routine, "bup-oslo", Action::Assign, json!({ "person": "me" })).await;
        let (emergency, routine) = (emergency.referral(), routine.referral());
        let base = || query(world.scope("bup-oslo"), ReferralBox::Inbox);
        let me = world.worker("bup-oslo").id;
        let reference = routine.reference.to_string();
        for (name, query, expected) in [
            ("urgency", ReferralQuery { urgency: Some(Urgency::Emergency), ..base() }, vec![emergency.id]),
            ("assignee", ReferralQuery { assignee: Some(me), ..base() }, vec![routine.id]),
            ("step", ReferralQuery { handoff_states: vec![HandoffState::Acknowledged], ..base() }, vec![routine.id]),
            ("state", ReferralQuery { states: vec![ReferralState::Completed], ..base() }, vec![]),
            ("states", ReferralQuery { states: vec![ReferralState::Completed, ReferralState::Active], ..base() },
             vec![emergency.id, routine.id]),
            ("workflow", ReferralQuery { workflow: Some("concern-report".into()), ..base() }, vec![]),
            ("agency", ReferralQuery { agency: Some(world.id("uteseksjonen")), ..base() }, vec![emergency.id, routine.id]),
            ("stranger", ReferralQuery { agency: Some(world.id("en-forening")), ..base() }, vec![]),
            ("whole reference", ReferralQuery { reference: Some(reference.to_lowercase()), ..base() }, vec![routine.id]),
            ("its beginning", ReferralQuery { reference: Some(reference[..4].to_owned()), ..base() }, vec![routine.id]),
            ("wildcards", ReferralQuery { reference: Some("%".into()), ..base() }, vec![]),
            ("not late", ReferralQuery { overdue: Some((true, world.now)), ..base() }, vec![]),
            ("late", ReferralQuery { overdue: Some((true, world.now + Duration::days(2))), ..base() }, vec![emergency.id]),
        ] {
            for (in_box, sort) in [(ReferralBox::Inbox, Sort::Created), (ReferralBox::All, Sort::Due), (ReferralBox::All, Sort::Created)] {
                let query = ReferralQuery { in_box, sort, ..query.clone() };
                assert_eq!(ids(&world, &query).await, expected.iter().copied().collect(), "{name} {in_box:?} {sort:?}");
            }
            assert_eq!(ids(&world, &query).await, expected.into_iter().collect(), "{name}");
            let hidden = ReferralQuery { scope: world.scope("barnevernvakten"), ..query };
            assert!(ids(&world, &hidden).await.is_empty(), "{name}");
        }
        world.later(Duration::days(1));
    }

    async fn pages_are_whole_and_in_order_even_while_others_write(world: World) {
        let mut world = world;
        for number in 0..10 {
            // Two at a time have the same deadline and the same age, so that the id must tell them apart.
            world.later(Duration::hours(i64::from(number % 2)));
            world.create("bup-oslo", true).await;
        }
        for _ in 0..5 {
            let accepted = world.act(world.create("bup-oslo", true).await, "bup-oslo", Action::Accept, json!({})).await;
            world.act(accepted, "bup-oslo", Action::Complete, json!({ "outcome": "moved" })).await;
        }
        for scope in [world.scope("bup-oslo"), both(&world), world.everything()] {
            for in_box in [ReferralBox::Inbox, ReferralBox::All, ReferralBox::Sent, ReferralBox::Custody] {
                for sort in [Sort::Due, Sort::Created] {
                    let query = ReferralQuery { sort, ..query(scope.clone(), in_box) };
                    let whole = referrals::list(&world.db, &query).await.unwrap().items;
                    let pages = pages(&world, &query).await;
                    assert_eq!(pages, whole, "{in_box:?} {sort:?}");
                    let sorted = whole.windows(2).all(|pair| match sort {
                        // Those that have ended come last.
                        Sort::Due => (due(&pair[0]), pair[0].id) < (due(&pair[1]), pair[1].id),
                        Sort::Created => (pair[0].created_at, pair[0].id) > (pair[1].created_at, pair[1].id),
                    });
                    assert!(sorted, "{in_box:?} {sort:?}");
                    let expected = match in_box {
                        // It has sent nothing, and the baton of what is not accepted is not there.
                        ReferralBox::Sent | ReferralBox::Custody if scope == world.scope("bup-oslo") => 0,
                        ReferralBox::Inbox | ReferralBox::Custody => 10,
                        ReferralBox::Sent | ReferralBox::All => 15,
                    };
                    assert_eq!(whole.len(), expected, "{in_box:?} {sort:?}");
                }
            }
        }
        let query = ReferralQuery { limit: 4, ..query(world.scope("bup-oslo"), ReferralBox::Inbox) };
        let first = referrals::list(&world.db, &query).await.unwrap();
        world.later(Duration::days(-1));
        world.create("bup-oslo", true).await;
        let rest = ReferralQuery { after: first.next, limit: 50, ..query };
        let rest = referrals::list(&world.db, &rest).await.unwrap();
        assert_eq!(rest.items.len(), 6, "what came before the page does not push anything out of it");
    }

    async fn a_line_tells_what_the_referral_is(world: World) {
        let record = world.create("bup-oslo", true).await;
        let page = referrals::list(&world.db, &query(world.scope("bup-oslo"), ReferralBox::Inbox)).await.unwrap();
        let (line, referral) = (&page.items[0], record.referral());
        assert_eq!((line.id, line.reference, line.version), (referral.id, referral.reference, 1));
        assert_eq!(&line.handoff, referral.current_handoff().unwrap());
        assert_eq!(line.next_due, referral.next_due());
        assert_eq!(line.needs, record.content(Unseen::Test).needs);
        assert_eq!(line.workflow, referral.workflow);
        let names = stafett_store::agencies::names(&world.db, [line.originator, line.custodian]).await.unwrap();
        assert_eq!(names[&line.originator].slug, SLUGS[0].0);
    }

    async fn a_sweep_walks_through_everything_once(world: World) {
        for _ in 0..7 {
            world.create("bup-oslo", true).await;
        }
        let (mut found, mut after) = (BTreeSet::new(), None);
        loop {
            let batch = referrals::sweep(&world.db, &world.everything(), after, 3).await.unwrap();
            let Some(last) = batch.last() else { break };
            after = Some(last.referral().id);
            found.extend(batch.iter().map(|record| record.referral().id));
        }
        assert_eq!(found.len(), 7);
        assert!(referrals::sweep(&world.db, &world.scope("en-forening"), None, 10).await.unwrap().is_empty());
    }
}
