//! Agencies, people, and answers that are kept for those who ask again.

use chrono::Duration;
use stafett_store::agencies::{self, AgencyQuery, Service};
use stafett_store::idempotency::{self, Answer, Claim, Key};
use stafett_store::{StoreError, users};
use stafett_workflow::agency::UserId;
use stafett_workflow::policy::Membership;
use stafett_workflow::vocabulary::{AgencyKind, Need, Role, Text};
use uuid::Uuid;

use crate::world::{SLUGS, World, on_both};

on_both! {
    async fn an_agency_reads_back_and_is_changed_once(world: World) {
        let written = world.agency("bup-oslo", AgencyKind::SpecialistHealth);
        assert_eq!(agencies::find(&world.db, "bup-oslo").await.unwrap(), Some(written.clone()));
        assert_eq!(agencies::find(&world.db, &written.id.to_string()).await.unwrap(), Some(written.clone()));
        assert_eq!(agencies::find(&world.db, "nobody").await.unwrap(), None);

        let mut changed = written.clone();
        (changed.version, changed.mailbox, changed.parent) = (2, None, Some(world.id("bydel-sagene")));
        let tx = world.db.write_tx().await.unwrap();
        assert!(agencies::update(&tx, &changed).await.unwrap());
        assert!(!agencies::update(&tx, &changed).await.unwrap(), "somebody was faster");
        tx.commit().await.unwrap();
        assert_eq!(agencies::find(&world.db, "bup-oslo").await.unwrap(), Some(changed));

        let mut taken = written;
        taken.id = stafett_workflow::agency::AgencyId(Uuid::now_v7());
        let tx = world.db.write_tx().await.unwrap();
        assert!(matches!(agencies::insert(&tx, &taken).await.unwrap_err(), StoreError::Conflict { .. }));
        tx.rollback().await.unwrap();
    }

    async fn the_directory_is_read_in_pages_by_kind_and_by_need(world: World) {
        let shelter = Service {
            id: Uuid::now_v7(),
            need: Need::Shelter,
            title: Text::new("Overnatting", "Shelter"),
            min_age: Some(13),
            max_age: None,
            description: None,
        };
        let tx = world.db.write_tx().await.unwrap();
        let bup = world.id("bup-oslo");
        agencies::replace_services(&tx, bup, std::slice::from_ref(&shelter)).await.unwrap();
        agencies::replace_services(&tx, bup, std::slice::from_ref(&shelter)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(agencies::services(&world.db, bup).await.unwrap(), [shelter]);

        let slugs = async |query: &AgencyQuery| {
            let page = agencies::list(&world.db, query).await.unwrap();
            (page.items.into_iter().map(|agency| agency.slug).collect::<Vec<_>>(), page.next)
        };
        let all = AgencyQuery { limit: 3, ..AgencyQuery::default() };
        let (first, next) = slugs(&all).await;
        let (second, end) = slugs(&AgencyQuery { after: next, ..all.clone() }).await;
        let mut expected = SLUGS.map(|(slug, _)| slug);
        expected.sort_unstable();
        assert_eq!([first, second].concat(), expected);
        assert_eq!(end, None);
        assert_eq!(slugs(&AgencyQuery { kind: Some(AgencyKind::Ngo), ..all.clone() }).await.0, ["en-forening"]);
        assert_eq!(slugs(&AgencyQuery { need: Some(Need::Shelter), ..all.clone() }).await.0, ["bup-oslo"]);
        assert!(slugs(&AgencyQuery { active: Some(false), ..all.clone() }).await.0.is_empty());
        assert!(slugs(&AgencyQuery { municipality: Some("1103".into()), ..all }).await.0.is_empty());

        let id = world.id("uteseksjonen");
        let facts = agencies::facts(&world.db, &[bup], &["en-forening", &id.to_string(), "nobody"]).await.unwrap();
        assert!(facts.by_id(bup).is_some() && facts.by_id(id).is_some());
        assert!(facts.by_name("en-forening").is_some() && facts.by_name("nobody").is_none());
    }

    async fn rights_are_what_the_database_says_now(world: World) {
        let (me, home) = (world.worker("bup-oslo"), world.id("bup-oslo"));
        let worker = Membership { agency: Some(home), role: Role::Worker };
        let auditor = Membership { agency: None, role: Role::Auditor };
        let tx = world.db.write_tx().await.unwrap();
        assert!(!users::grant(&tx, me.id, worker).await.unwrap(), "has it already");
        assert!(users::grant(&tx, me.id, auditor).await.unwrap());
        assert!(!users::grant(&tx, me.id, auditor).await.unwrap(), "has it already, without an agency too");
        tx.commit().await.unwrap();
        let (user, actor) = users::actor(&world.db, me.id).await.unwrap().unwrap();
        assert_eq!((user, actor.memberships), (me.clone(), vec![worker, auditor]));
        let people = users::of_agency(&world.db, home).await.unwrap();
        assert_eq!(people, [(me.clone(), vec![Role::Worker])]);
        assert_eq!(users::colleague(&world.db, &me.username).await.unwrap().unwrap().agencies, [home]);

        let tx = world.db.write_tx().await.unwrap();
        assert!(users::withdraw(&tx, me.id, auditor).await.unwrap());
        assert!(!users::withdraw(&tx, me.id, auditor).await.unwrap());
        assert!(users::withdraw(&tx, me.id, worker).await.unwrap());
        let leader = Membership { agency: None, role: Role::Lead };
        tx.commit().await.unwrap();
        assert_eq!(users::memberships(&world.db, me.id).await.unwrap(), []);
        let tx = world.db.write_tx().await.unwrap();
        assert!(matches!(users::grant(&tx, me.id, leader).await.unwrap_err(), StoreError::Refused { .. }));
        tx.rollback().await.unwrap();
    }

    async fn a_new_password_ends_every_session(world: World) {
        let me = world.worker("bup-oslo");
        let tx = world.db.write_tx().await.unwrap();
        assert!(users::set_password(&tx, me.id, Some("$argon2id$…"), world.now).await.unwrap());
        assert!(users::end_sessions(&tx, me.id, world.now).await.unwrap());
        assert!(!users::end_sessions(&tx, UserId(Uuid::nil()), world.now).await.unwrap());
        let renamed = users::User { display_name: "Et annet navn".into(), active: false, version: me.version + 1, ..me.clone() };
        assert!(users::update(&tx, &renamed).await.unwrap());
        tx.commit().await.unwrap();
        let found = users::credentials(&world.db, &me.username).await.unwrap().unwrap();
        assert_eq!(found.password_hash.as_deref(), Some("$argon2id$…"));
        assert!(!format!("{found:?}").contains("argon2"));
        assert_eq!((found.user.session_epoch, found.user.display_name.as_str()), (2, "Et annet navn"));
        assert!(users::credentials(&world.db, "nobody").await.unwrap().is_none());
        assert!(users::colleague(&world.db, &me.username).await.unwrap().is_none(), "who has left is given nothing to do");
        assert_eq!(users::names(&world.db, [me.id]).await.unwrap()[&me.id], "Et annet navn");
    }

    async fn the_first_answer_is_given_again_until_its_time_is_over(world: World) {
        let kept = Duration::days(30);
        let key = Key { owner: Uuid::now_v7(), key: "abc", request_hash: "one" };
        let answer = Answer {
            status: 201,
            etag: Some("\"1\"".into()),
            location: Some("/api/v1/referrals/x".into()),
            body: Some("{\"alias\":\"K.\"}".into()),
        };
        let tx = world.db.write_tx().await.unwrap();
        let Claim::First(claimed) = idempotency::claim(&tx, key, world.now, kept).await.unwrap() else { panic!("claimed") };
        claimed.answer(&tx, &answer, None, world.now).await.unwrap();
        tx.commit().await.unwrap();

        let tx = world.db.write_tx().await.unwrap();
        let Claim::Repeated(again) = idempotency::claim(&tx, key, world.now, kept).await.unwrap() else { panic!("lost") };
        assert_eq!(again, answer);
        let other = Key { request_hash: "two", ..key };
        assert!(matches!(idempotency::claim(&tx, other, world.now, kept).await.unwrap(), Claim::Reused));
        let stranger = Key { owner: Uuid::now_v7(), ..key };
        assert!(matches!(idempotency::claim(&tx, stranger, world.now, kept).await.unwrap(), Claim::First(_)));
        tx.rollback().await.unwrap();

        let later = world.now + kept;
        let tx = world.db.write_tx().await.unwrap();
        assert!(matches!(idempotency::claim(&tx, other, later, kept).await.unwrap(), Claim::First(_)));
        tx.rollback().await.unwrap();
        let tx = world.db.write_tx().await.unwrap();
        assert_eq!(idempotency::forget_expired(&tx, later - Duration::microseconds(1), 10).await.unwrap(), 0);
        assert_eq!(idempotency::forget_expired(&tx, later, 10).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(world.number("SELECT COUNT(*) FROM texts WHERE kind = 'kept-answer'").await, 0);
    }

    async fn a_second_request_waits_for_the_first_and_then_repeats_its_answer(world: World) {
        let key = Key { owner: Uuid::nil(), key: "abc", request_hash: "one" };
        let answer = Answer { status: 204, etag: None, location: None, body: None };
        let tx = world.db.write_tx().await.unwrap();
        let Claim::First(claimed) = idempotency::claim(&tx, key, world.now, Duration::days(1)).await.unwrap() else {
            panic!("claimed")
        };
        let (db, now) = (world.db.clone(), world.now);
        let second = tokio::spawn(async move {
            let tx = db.write_tx().await.unwrap();
            idempotency::claim(&tx, key, now, Duration::days(1)).await.unwrap()
        });
        world.until_somebody_waits().await;
        claimed.answer(&tx, &answer, None, world.now).await.unwrap();
        tx.commit().await.unwrap();
        let Claim::Repeated(again) = second.await.unwrap() else { panic!("both were first") };
        assert_eq!(again, answer);
    }
}
