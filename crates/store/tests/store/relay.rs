//! Decisions are stored whole, read back as they were decided, and never twice.

use std::sync::Arc;

use chrono::Duration;
use serde_json::json;
use stafett_store::looks::Unseen;
use stafett_store::referrals::{self, Creation, Name, Outcome, Record};
use stafett_store::{events, texts};
use stafett_workflow::content::Content;
use stafett_workflow::decide::{edit, note_seen, post_message};
use stafett_workflow::event::Fact;
use stafett_workflow::person::{Person, Protection, Whereabouts};
use stafett_workflow::vocabulary::{Action, AddressProtection, HandoffState, Need, ReferralState};
use stafett_workflow::{laws, replay};

use crate::world::{World, on_both};

/// What is stored is what was decided, is what its log tells, and breaks no law.
async fn is_sound(world: &World, record: &Record) {
    let stored = referrals::find(&world.db, &world.everything(), Name::Id(record.referral().id))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.referral(), record.referral());
    assert_eq!(
        (stored.person(Unseen::Test), stored.content(Unseen::Test)),
        (record.person(Unseen::Test), record.content(Unseen::Test))
    );
    assert_eq!(
        (stored.created_at(), stored.updated_at()),
        (record.created_at(), record.updated_at())
    );
    let log = events::log(&world.db, &stored).await.unwrap();
    assert_eq!(&replay(stored.referral().id, &log).unwrap(), stored.referral());
    assert_eq!(laws::broken(&world.definition, stored.referral()), Vec::new());
}

on_both! {
    async fn every_step_of_a_long_way_reads_back_as_it_was_decided(world: World) {
        let mut world = world;
        let basis = serde_json::to_value(world.basis()).unwrap();
        let steps = [
            ("bup-oslo", Action::Acknowledge, json!({})),
            ("bup-oslo", Action::RequestInfo, json!({ "text": "Hvor er hun nå?" })),
            ("uteseksjonen", Action::AnswerInfo, json!({ "text": "På Oslo S" })),
            ("bup-oslo", Action::Forward, json!({ "receiver": "barnevernvakten", "reason": "Hører til dere" })),
            ("barnevernvakten", Action::Decline, json!({ "code": "no-capacity", "reason": "Fullt i natt" })),
            ("uteseksjonen", Action::HandOff, json!({ "receiver": "bydel-sagene", "legalBasis": basis })),
            ("bydel-sagene", Action::Accept, json!({})),
            ("bydel-sagene", Action::Assign, json!({ "person": "me" })),
            ("bydel-sagene", Action::Start, json!({})),
            ("bydel-sagene", Action::EndEarly, json!({ "reason": "Flyttet" })),
            ("uteseksjonen", Action::HandOff, json!({ "receiver": "bup-oslo", "legalBasis": basis })),
            ("bup-oslo", Action::Accept, json!({})),
            ("bup-oslo", Action::Complete, json!({ "outcome": "service-delivered" })),
        ];
        let mut record = world.create("bup-oslo", true).await;
        is_sound(&world, &record).await;
        for (slug, action, input) in steps {
            world.later(Duration::microseconds(61_000_007));
            record = world.act(record, slug, action, input).await;
            is_sound(&world, &record).await;
        }
        assert_eq!(record.referral().state, ReferralState::Completed);
        assert_eq!(record.referral().handoffs.len(), 4);
        assert_eq!(world.number("SELECT COUNT(*) FROM parties").await, 4);
        assert_eq!(world.number("SELECT COUNT(*) FROM parties WHERE sent").await, 1);
        assert_eq!(world.number("SELECT COUNT(*) FROM audit WHERE object_kind = 'referral'").await, 14);
        assert_eq!(world.number("SELECT COUNT(DISTINCT action) FROM audit").await, 12);
        assert_eq!(world.number("SELECT COUNT(*) FROM referrals WHERE next_due_at < '9999-01-01'").await, 0);
    }

    async fn only_those_who_take_part_can_find_it(world: World) {
        let draft = world.create("bup-oslo", false).await;
        let id = draft.referral().id;
        assert!(world.find("uteseksjonen", id).await.is_some());
        assert!(world.find("bup-oslo", id).await.is_none(), "the receiver of a draft does not know");
        let sent = world.act(draft, "uteseksjonen", Action::Send, json!({})).await;
        let reference = Name::Reference(sent.referral().reference);
        assert!(world.find("bup-oslo", id).await.is_some());
        assert!(referrals::find(&world.db, &world.scope("bup-oslo"), reference).await.unwrap().is_some());
        assert!(world.find("barnevernvakten", id).await.is_none());
        assert!(referrals::find(&world.db, &world.scope("barnevernvakten"), reference).await.unwrap().is_none());
        let tx = world.db.write_tx().await.unwrap();
        assert!(referrals::lock(&tx, &world.scope("barnevernvakten"), reference).await.unwrap().is_none());
        tx.rollback().await.unwrap();
    }

    async fn the_second_of_two_decisions_is_stale_and_leaves_nothing(world: World) {
        let sent = world.create("bup-oslo", true).await;
        let accept = world.decide(&sent, "bup-oslo", Action::Accept, json!({})).await;
        let decline = world.decide(&sent, "bup-oslo", Action::Decline, json!({ "code": "no-capacity", "reason": "Fullt" })).await;
        let Outcome::Stored(accepted) = world.commit(sent.clone(), &accept).await.unwrap() else { panic!("stale") };
        assert!(matches!(world.commit(sent, &decline).await.unwrap(), Outcome::Stale));
        is_sound(&world, &accepted).await;
        assert_eq!(world.number("SELECT COUNT(*) FROM audit WHERE action = 'decline'").await, 0);
        assert_eq!(world.number("SELECT COUNT(*) FROM texts WHERE kind = 'reason'").await, 0);
    }

    /// A look changes no version, so the length of the log must tell.
    async fn a_decision_taken_before_a_look_is_stale_too(world: World) {
        let sent = world.create("bup-oslo", true).await;
        let referral = sent.referral().clone();
        let seen = world.decided("bup-oslo", |definition, context| {
            Ok(note_seen(definition, &referral, context).unwrap())
        }).await;
        let accept = world.decide(&sent, "bup-oslo", Action::Accept, json!({})).await;
        let Outcome::Stored(looked) = world.commit(sent.clone(), &seen).await.unwrap() else { panic!("stale") };
        assert_eq!(looked.referral().version, sent.referral().version);
        assert!(matches!(world.commit(sent, &accept).await.unwrap(), Outcome::Stale));
        is_sound(&world, &looked).await;
    }

    async fn of_eight_who_accept_at_once_one_does(world: World) {
        let id = world.create("bup-oslo", true).await.referral().id;
        let world = Arc::new(world);
        let mut tasks = Vec::new();
        for _ in 0..8 {
            let world = world.clone();
            tasks.push(tokio::spawn(async move {
                let tx = world.db.write_tx().await.unwrap();
                let record = referrals::lock(&tx, &world.scope("bup-oslo"), Name::Id(id)).await.unwrap().unwrap();
                if record.referral().open_handoff().unwrap().state != HandoffState::Sent {
                    return false;
                }
                let accept = world.decide(&record, "bup-oslo", Action::Accept, json!({})).await;
                let stored = matches!(referrals::commit(&tx, record, &accept, None).await.unwrap(), Outcome::Stored(_));
                tx.commit().await.unwrap();
                stored
            }));
        }
        let mut accepted = 0;
        for task in tasks {
            accepted += u32::from(task.await.unwrap());
        }
        assert_eq!(accepted, 1);
        assert_eq!(world.number("SELECT COUNT(*) FROM outbox WHERE notice = 'accepted'").await, 1);
    }

    async fn an_id_or_a_reference_is_taken_once_and_the_transaction_goes_on(world: World) {
        let first = world.new_referral("bup-oslo", true);
        assert!(matches!(world.try_create(&first).await, Creation::Stored(_)));
        assert!(matches!(world.try_create(&first).await, Creation::IdTaken));
        let mut second = world.new_referral("bup-oslo", true);
        second.reference = first.reference;
        assert!(matches!(world.try_create(&second).await, Creation::ReferenceTaken));
        for table in ["referrals", "handoffs", "persons", "outbox", "texts WHERE kind = 'content'"] {
            assert_eq!(world.number(&format!("SELECT COUNT(*) FROM {table}")).await, 1, "{table}");
        }
    }

    /// A phone that repeats its request before it has seen an answer.
    async fn of_eight_who_create_the_same_at_once_one_does(world: World) {
        let world = Arc::new(world);
        let new = world.new_referral("bup-oslo", true);
        let mut tasks = Vec::new();
        for _ in 0..8 {
            let (world, new) = (world.clone(), new.clone());
            tasks.push(tokio::spawn(async move { matches!(world.try_create(&new).await, Creation::Stored(_)) }));
        }
        let mut stored = 0;
        for task in tasks {
            stored += u32::from(task.await.unwrap());
        }
        assert_eq!(stored, 1);
        for table in ["referrals", "handoffs", "persons", "outbox"] {
            assert_eq!(world.number(&format!("SELECT COUNT(*) FROM {table}")).await, 1, "{table}");
        }
    }

    /// Whoever waited for the lock must not see what was there before the wait.
    async fn who_waited_for_another_sees_what_the_other_wrote(world: World) {
        let draft = world.create("bup-oslo", false).await;
        let (id, referral) = (draft.referral().id, draft.referral().clone());
        let terms = world.new_referral("bydel-sagene", false).draft;
        let decision = world.decided("uteseksjonen", |definition, context| edit(definition, &referral, &terms, context)).await;
        let (content, person) = (Content { summary: Some("Nytt".into()), ..World::content() }, Person::default());
        let tx = world.db.write_tx().await.unwrap();
        let first = referrals::lock(&tx, &world.scope("uteseksjonen"), Name::Id(id)).await.unwrap().unwrap();
        let (db, scope) = (world.db.clone(), world.scope("uteseksjonen"));
        let second = tokio::spawn(async move {
            let tx = db.write_tx().await.unwrap();
            referrals::lock(&tx, &scope, Name::Id(id)).await.unwrap().unwrap()
        });
        world.until_somebody_waits().await;
        let Outcome::Stored(_) = referrals::edit(&tx, first, &decision, Some(&person), &content, None).await.unwrap() else {
            panic!("stale")
        };
        tx.commit().await.unwrap();
        let seen = second.await.unwrap();
        assert_eq!((seen.referral().version, seen.content(Unseen::Test).as_ref(), seen.person(Unseen::Test)), (2, &content, Some(&person)));
    }

    async fn a_draft_is_changed_in_place(world: World) {
        let draft = world.create("bup-oslo", false).await;
        let (referral, terms) = (draft.referral().clone(), world.new_referral("bydel-sagene", false).draft);
        let decision = world.decided("uteseksjonen", |definition, context| edit(definition, &referral, &terms, context)).await;
        let content = Content { needs: vec![Need::Housing, Need::Economy], summary: Some("Nytt".into()), informed: None };
        let hidden = Person {
            alias: Some("Skjult".into()),
            whereabouts: Some(Whereabouts { municipality: "0301".into(), district: None }),
            address_protection: Protection(AddressProtection::StrictlyConfidential),
            ..Person::default()
        };
        let tx = world.db.write_tx().await.unwrap();
        let Outcome::Stored(edited) =
            referrals::edit(&tx, draft, &decision, Some(&hidden), &content, None).await.unwrap() else { panic!("stale") };
        tx.commit().await.unwrap();
        is_sound(&world, &edited).await;
        assert_eq!(edited.person(Unseen::Test).unwrap().whereabouts, None, "a strictly confidential address is never stored");
        assert_eq!(world.number("SELECT COUNT(*) FROM persons").await, 1);

        let referral = edited.referral().clone();
        let decision = world.decided("uteseksjonen", |definition, context| edit(definition, &referral, &terms, context)).await;
        let tx = world.db.write_tx().await.unwrap();
        let Outcome::Stored(anonymous) =
            referrals::edit(&tx, *edited, &decision, None, &content, None).await.unwrap() else { panic!("stale") };
        tx.commit().await.unwrap();
        is_sound(&world, &anonymous).await;
        assert_eq!(world.number("SELECT COUNT(*) FROM persons").await, 0);
        assert_eq!(world.number("SELECT COUNT(*) FROM texts WHERE kind = 'content'").await, 1);
    }

    async fn messages_are_read_in_pages_and_by_those_who_take_part(world: World) {
        let mut world = world;
        let mut record = world.create("bup-oslo", true).await;
        for number in 0..5 {
            world.later(Duration::seconds(1));
            let (referral, text) = (record.referral().clone(), format!("Melding {number}"));
            let posted = world.decided("bup-oslo", |definition, context| post_message(definition, &referral, &text, context)).await;
            let Outcome::Stored(next) = world.commit(record, &posted).await.unwrap() else { panic!("stale") };
            record = *next;
        }
        let mut read = Vec::new();
        let mut after = None;
        loop {
            let page = texts::page(&world.db, &record, &["message"], after, 2, Unseen::Test).await.unwrap();
            read.extend(page.items.iter().map(|text| text.body.clone()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(read, (0..5).map(|number| Some(format!("Melding {number}"))).collect::<Vec<_>>());
        let log = events::page(&world.db, &record, 0, 100).await.unwrap();
        let ids: Vec<_> = log.items.iter().filter_map(|event| match &event.fact {
            Fact::MessagePosted { text } => Some(*text),
            _ => None,
        }).collect();
        assert_eq!(texts::by_ids(&world.db, &record, &ids, Unseen::Test).await.unwrap().len(), 5);
        let other = world.create("bup-oslo", true).await;
        assert!(texts::by_ids(&world.db, &other, &ids, Unseen::Test).await.unwrap().is_empty(), "a text of another referral stays there");
        let first = events::page(&world.db, &record, 0, 3).await.unwrap();
        assert_eq!(events::page(&world.db, &record, first.next.unwrap(), 100).await.unwrap().items, log.items[3..]);
    }

    async fn nothing_of_the_person_stands_outside_its_two_columns(world: World) {
        let record = world.create("bup-oslo", true).await;
        world.act(record, "bup-oslo", Action::Decline, json!({ "code": "no-capacity", "reason": "Fullt hos Kari" })).await;
        for (table, column) in [("events", "body"), ("audit", "body"), ("referrals", "needs"), ("outbox", "notice")] {
            for word in ["Kari", "K.", "sove"] {
                let sql = format!("SELECT COUNT(*) FROM {table} WHERE CAST({column} AS TEXT) LIKE '%{word}%'");
                assert_eq!(world.number(&sql).await, 0, "{word} in {table}.{column}");
            }
        }
    }

    async fn an_unknown_value_is_corrupt_and_no_panic(world: World) {
        let record = world.create("bup-oslo", true).await;
        world.raw("UPDATE referrals SET workflow_version = 70000").await.unwrap();
        let id = Name::Id(record.referral().id);
        let error = referrals::find(&world.db, &world.everything(), id).await.unwrap_err();
        assert!(matches!(error, stafett_store::StoreError::Corrupt { .. }), "{error:?}");
        world.raw("UPDATE referrals SET workflow_version = 1").await.unwrap();
        world.raw("UPDATE persons SET sealed = (SELECT sealed FROM texts LIMIT 1)").await.unwrap();
        let error = referrals::find(&world.db, &world.everything(), id).await.unwrap_err();
        assert!(matches!(error, stafett_store::StoreError::Corrupt { .. }), "{error:?}");
        assert!(error.to_string().contains("persons.sealed"), "{error}");
    }
}
