//! Leases: nobody does another's work, nothing stays undone.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use stafett_store::outbox::{self, Status};
use stafett_store::{Db, Options, incidents};
use stafett_workflow::vocabulary::{Action, Language, Notice, Urgency};

use crate::world::{World, on_both};

const SPAN: Duration = Duration::from_secs(60);

on_both! {
    async fn a_notice_tells_all_that_a_mail_needs(world: World) {
        let record = world.create("bup-oslo", true).await;
        let due = outbox::lease(&world.db, world.now, 10, SPAN).await.unwrap();
        let [due] = due.as_slice() else { panic!("{due:?}") };
        assert_eq!((due.notice, due.urgency, due.language), (Notice::NewReferral, Urgency::Routine, Language::Nb));
        assert_eq!((due.agency, due.agency_name.as_str()), (world.id("bup-oslo"), "BUP-OSLO"));
        assert_eq!(due.mailbox.as_deref(), Some("bup-oslo@example.no"));
        assert_eq!((due.about, due.reference.clone()), (record.referral().id.0, record.referral().reference.to_string()));
        assert_eq!((due.due_at, due.attempts, due.created_at), (record.referral().next_due(), 0, world.now));
        assert!(outbox::sent(&world.db, due.id, due.token, world.now, "250 OK\0").await.unwrap());
        assert!(outbox::lease(&world.db, world.now, 10, SPAN).await.unwrap().is_empty());
        let receipts = outbox::receipts(&world.db, &record).await.unwrap();
        assert_eq!((receipts[0].status, receipts[0].sent_at), (Status::Sent, Some(world.now)));
    }

    async fn two_dispatchers_never_get_the_same_notice(world: World) {
        for _ in 0..40 {
            world.create("bup-oslo", true).await;
        }
        let other = Db::connect(&world.url, &Options::default()).await.unwrap();
        let mut dispatchers = Vec::new();
        for number in 0..8 {
            let (db, now) = (if number % 2 == 0 { world.db.clone() } else { other.clone() }, world.now);
            dispatchers.push(tokio::spawn(async move {
                let mut leased = Vec::new();
                loop {
                    let due = outbox::lease(&db, now, 3, SPAN).await.unwrap();
                    if due.is_empty() {
                        return leased;
                    }
                    leased.extend(due.into_iter().map(|due| due.id));
                }
            }));
        }
        let mut leased = Vec::new();
        for dispatcher in dispatchers {
            leased.extend(dispatcher.await.unwrap());
        }
        assert!(outbox::lease(&world.db, world.now, 50, SPAN).await.unwrap().is_empty(), "nothing is left behind");
        assert_eq!(leased.len(), 40);
        assert_eq!(leased.into_iter().collect::<BTreeSet<_>>().len(), 40);
        other.close().await.unwrap();
    }

    async fn a_lease_that_ran_out_is_taken_again_and_the_late_finisher_is_told(world: World) {
        world.create("bup-oslo", true).await;
        let first = outbox::lease(&world.db, world.now, 10, SPAN).await.unwrap().remove(0);
        let soon = world.now + TimeDelta::seconds(59);
        assert!(outbox::lease(&world.db, soon, 10, SPAN).await.unwrap().is_empty());
        let later = world.now + TimeDelta::seconds(60);
        let second = outbox::lease(&world.db, later, 10, SPAN).await.unwrap().remove(0);
        assert_eq!((second.id, second.attempts), (first.id, 1));
        assert!(!outbox::sent(&world.db, first.id, first.token, later, "250").await.unwrap());
        assert!(!outbox::retry(&world.db, first.id, first.token, later, "4xx").await.unwrap());
        assert!(!outbox::dead(&world.db, first.id, first.token, later, "5xx").await.unwrap());
        assert!(outbox::sent(&world.db, second.id, second.token, later, "250").await.unwrap());
        assert!(!outbox::sent(&world.db, second.id, second.token, later, "250").await.unwrap());
    }

    async fn a_failed_attempt_waits_and_a_dead_one_waits_for_a_person(world: World) {
        let record = world.create("bup-oslo", true).await;
        let due = outbox::lease(&world.db, world.now, 10, SPAN).await.unwrap().remove(0);
        let next = world.now + TimeDelta::minutes(5);
        assert!(outbox::retry(&world.db, due.id, due.token, next, "451 later").await.unwrap());
        assert!(outbox::lease(&world.db, world.now, 10, SPAN).await.unwrap().is_empty());
        assert_eq!(outbox::waiting_since(&world.db).await.unwrap(), Some(next));
        let due = outbox::lease(&world.db, next, 10, SPAN).await.unwrap().remove(0);
        assert!(outbox::dead(&world.db, due.id, due.token, next, "refused: 550 no such mailbox").await.unwrap());
        // The sender is told of it, in the same commit.
        assert_eq!(outbox::waiting_since(&world.db).await.unwrap(), Some(next));
        let counts = outbox::counts(&world.db).await.unwrap();
        assert_eq!((counts.pending, counts.sent, counts.dead), (1, 0, 1));
        let page = outbox::list(&world.db, Status::Dead, None, 10).await.unwrap();
        assert_eq!(page.items[0].last_error.as_deref(), Some("refused: 550 no such mailbox"));
        let receipts = outbox::receipts(&world.db, &record).await.unwrap();
        assert_eq!(receipts[..1], page.items);
        assert_eq!((receipts[1].notice, receipts[1].agency, receipts[1].round), (Notice::Undelivered, world.id("uteseksjonen"), 1));
        assert_eq!(incidents::open_count(&world.db).await.unwrap(), 1);
        assert_eq!(incidents::forgotten(&world.db).await.unwrap(), []);

        let tx = world.db.write_tx().await.unwrap();
        assert!(outbox::revive(&tx, due.id, next).await.unwrap());
        assert!(!outbox::revive(&tx, due.id, next).await.unwrap());
        tx.commit().await.unwrap();
        let leased = outbox::lease(&world.db, next, 10, SPAN).await.unwrap();
        assert_eq!(leased.len(), 2);
        let revived = leased.iter().find(|leased| leased.id == due.id).unwrap();
        assert!(outbox::sent(&world.db, revived.id, revived.token, next, "250").await.unwrap());
        assert_eq!(incidents::open_count(&world.db).await.unwrap(), 0, "it is over when it has arrived");
    }

    async fn many_are_noted_at_once_and_only_those_still_ours(world: World) {
        for _ in 0..5 {
            world.create("bup-oslo", true).await;
        }
        let due = outbox::lease(&world.db, world.now, 10, SPAN).await.unwrap();
        let sent = |nth: usize, token| outbox::Sent { id: due[nth].id, token, at: world.now, reply: format!("250 nr. {nth}\0") };
        let mails = [sent(0, due[0].token), sent(1, due[1].token), sent(2, uuid::Uuid::now_v7())];
        let ours = outbox::sent_many(&world.db, &mails).await.unwrap();
        assert_eq!(ours, BTreeSet::from([due[0].id, due[1].id]));
        assert_eq!(outbox::sent_many(&world.db, &mails).await.unwrap(), BTreeSet::new());
        let counts = outbox::counts(&world.db).await.unwrap();
        assert_eq!((counts.sent, counts.pending), (2, 3));
        let page = outbox::list(&world.db, Status::Sent, None, 10).await.unwrap();
        assert!(page.items.iter().all(|row| row.sent_at == Some(world.now) && row.server_reply.as_deref().unwrap().starts_with("250 nr. ")));
    }

    async fn a_notice_that_cannot_be_read_does_not_hold_up_the_others(world: World) {
        world.create("bup-oslo", true).await;
        let record = world.create("bydel-sagene", true).await;
        world.raw("UPDATE outbox SET notice = 'gossip' WHERE agency_id IN (SELECT id FROM agencies WHERE slug = 'bup-oslo')").await.unwrap();
        let due = outbox::lease(&world.db, world.now, 10, SPAN).await.unwrap();
        assert_eq!(due.iter().map(|due| due.about).collect::<Vec<_>>(), [record.referral().id.0]);
        assert_eq!(outbox::counts(&world.db).await.unwrap().dead, 1);
        assert_eq!(incidents::open_count(&world.db).await.unwrap(), 1, "and is somebody's task");
    }

    async fn each_notice_goes_to_each_recipient_once(world: World) {
        let record = world.create("bup-oslo", true).await;
        let forward = json!({ "receiver": "bydel-sagene", "reason": "Hører til dere" });
        world.act(record, "bup-oslo", Action::Forward, forward).await;
        assert_eq!(world.number("SELECT COUNT(*) FROM outbox").await, 3);
        let tx = world.db.write_tx().await.unwrap();
        assert_eq!(outbox::mark_all_sent(&tx).await.unwrap(), 3);
        tx.commit().await.unwrap();
        let counts = outbox::counts(&world.db).await.unwrap();
        assert_eq!((counts.pending, counts.sent, counts.oldest_pending), (0, 3, None));
    }
}
