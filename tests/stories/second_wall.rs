//! Behind the program's own wall stands the database's: whoever gets past the policy is shown nothing of anybody.

use chrono::{DateTime, Utc};
use e2e::{DatabaseKind, Home, Persona, on_both_databases};
use stafett_store::looks::Unseen;
use stafett_store::referrals::{self, Name, Record};
use stafett_store::{Db, Options, agencies, attachments, on_behalf_of, texts};
use stafett_workflow::agency::{AgencyId, ReferralId, UserId};
use stafett_workflow::policy::{Scope, SystemTask};

use crate::telling::{Acts, concern_report, id, path};
use serde_json::json;
use uuid::Uuid;

/// With the wall, which an operator turns on.
fn walled() -> Options {
    Options {
        row_security: true,
        ..Options::default()
    }
}

fn start() -> DateTime<Utc> {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

async fn agency(db: &Db, slug: &str) -> AgencyId {
    agencies::find(db, slug).await.unwrap().unwrap().id
}

/// What somebody of this agency gets who has talked the policy into letting them see everything.
async fn past_the_policy(db: &Db, slug: &str, referral: ReferralId) -> bool {
    let agency = agency(db, slug).await;
    let everything = Scope::for_system(SystemTask::Reconcile);
    on_behalf_of(UserId(Uuid::nil()), &[agency], start(), async {
        let found = referrals::find(db, &everything, Name::Id(referral)).await.unwrap();
        let tx = db.write_tx().await.unwrap();
        let locked = referrals::find(&tx, &everything, Name::Id(referral)).await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(found.is_some(), locked.is_some(), "in a transaction as without one");
        found.is_some()
    })
    .await
}

/// How many words and files somebody of this agency gets of a referral that they have in hand already.
async fn told_past_the_policy(db: &Db, slug: &str, record: &Record) -> (usize, usize) {
    let agency = agency(db, slug).await;
    on_behalf_of(UserId(Uuid::nil()), &[agency], start(), async {
        let words = texts::page(db, record, &["message"], None, 10, Unseen::Test)
            .await
            .unwrap();
        let files = attachments::list(db, record, Unseen::Test).await.unwrap();
        (words.items.len(), files.len())
    })
    .await
}

on_both_databases! {
    async fn whoever_gets_past_the_policy_is_shown_nothing(kind: DatabaseKind) {
        if kind == DatabaseKind::Sqlite {
            return; // it has no roles: who reads its file reads all that is not sealed
        }
        let home = Home::with_clock(kind, start()).await.0;
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        let taken = app.by(Persona::ChildWelfare).act(&sent, "accept", json!({ "assignee": "me" })).await.expect(200);
        app.by(Persona::ChildWelfare).post(&format!("{}/messages", path(&taken)), &json!({ "text": "Vi har henne" })).await.expect(201);
        let file = crate::attachments::add(&app.by(Persona::Outreach), &sent, "text/plain", "Kråka.txt", "Kråka".as_bytes());
        file.await.expect(201);
        let referral = ReferralId(id(&sent.json()).parse().unwrap());
        let db = home.unlocked_with(&walled()).await;
        assert!(db.keeps_people_apart());
        let record = referrals::find(&db, &Scope::for_system(SystemTask::Reconcile), Name::Id(referral)).await.unwrap().unwrap();
        assert_eq!(told_past_the_policy(&db, "uteseksjonen", &record).await, (1, 1));
        assert_eq!(told_past_the_policy(&db, "bup-oslo", &record).await, (0, 0), "each table has a wall of its own");
        assert!(past_the_policy(&db, "uteseksjonen", referral).await);
        assert!(past_the_policy(&db, "barnevernvakten", referral).await);
        for stranger in ["bup-oslo", "bydel-grunerlokka", "oslo-kommune"] {
            assert!(!past_the_policy(&db, stranger, referral).await, "{stranger}");
        }
        // Nobody in particular is shown nothing, and the system's own work everything.
        let everything = Scope::for_system(SystemTask::Reconcile);
        let nobody = on_behalf_of(UserId(Uuid::nil()), &[], start(), referrals::find(&db, &everything, Name::Id(referral))).await.unwrap();
        assert!(nobody.is_none());
        assert!(referrals::find(&db, &everything, Name::Id(referral)).await.unwrap().is_some());
        db.close().await.unwrap();
        // The control: without the wall the same is shown to a stranger, so it is the wall that hid it.
        home.database().execute("ALTER TABLE persons DISABLE ROW LEVEL SECURITY; ALTER TABLE texts DISABLE ROW LEVEL SECURITY; \
                                 ALTER TABLE attachments DISABLE ROW LEVEL SECURITY").await;
        let db = home.unlocked_with(&walled()).await;
        assert_eq!(told_past_the_policy(&db, "bup-oslo", &record).await, (1, 1), "the check can fail");
        assert!(past_the_policy(&db, "bup-oslo", referral).await, "the check can fail");
        db.close().await.unwrap();
        app.finish().await;
    }

    /// Whoever has broken the glass is shown what lies behind it, as long as it is open, and nobody beside them.
    async fn a_broken_glass_opens_the_wall_for_one_and_for_a_while(kind: DatabaseKind) {
        if kind == DatabaseKind::Sqlite {
            return;
        }
        let (home, clock) = Home::with_clock(kind, start()).await;
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        let file = crate::attachments::add(&app.by(Persona::Outreach), &sent, "text/plain", "Kråka.txt", "Kråka".as_bytes());
        file.await.expect(201);
        let breaker = app.by(Persona::Outsider);
        let me = UserId(breaker.get("/me").await.expect(200).json()["id"].as_str().unwrap().parse().unwrap());
        let referral = ReferralId(id(&sent.json()).parse().unwrap());
        let db = home.unlocked_with(&walled()).await;
        let clinic = agency(&db, "bup-oslo").await;
        let everything = Scope::for_system(SystemTask::Reconcile);
        let shown = async |user: UserId, at: DateTime<Utc>| {
            let found = async {
                let record = referrals::find(&db, &everything, Name::Id(referral)).await.unwrap()?;
                let log = stafett_store::looks::Unseen::Test;
                Some(stafett_store::attachments::list(&db, &record, log).await.unwrap().len())
            };
            on_behalf_of(user, &[clinic], at, found).await
        };
        assert_eq!(shown(me, start()).await, None);
        let wanted = json!({ "referral": sent.json()["reference"], "agency": "bup-oslo", "reason": "Innlagt i natt, vi må vite hvem" });
        breaker.post("/break-glass", &wanted).await.expect(201);
        breaker.get(&path(&sent)).await.expect(200);
        assert_eq!(shown(me, start()).await, Some(1));
        assert_eq!(shown(UserId(Uuid::nil()), start()).await, None, "not to their colleagues");
        clock.set(start() + chrono::TimeDelta::hours(2));
        breaker.get(&path(&sent)).await.problem(404, "not-found");
        assert_eq!(shown(me, start() + chrono::TimeDelta::hours(2)).await, None);
        db.close().await.unwrap();
        app.finish().await;
    }

    async fn the_role_owns_nothing_and_cannot_take_the_wall_down(kind: DatabaseKind) {
        if kind == DatabaseKind::Sqlite {
            return;
        }
        let home = Home::with_clock(kind, start()).await.0;
        let owns = "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = 'stafett_people')";
        assert_eq!(home.database().number(owns).await, 0);
        let more = "SELECT count(*) FROM pg_roles WHERE rolname = 'stafett_people' AND (rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole)";
        assert_eq!(home.database().number(more).await, 0);
        let guarded = "SELECT count(*) FROM pg_class WHERE relname IN ('persons', 'texts', 'attachments') AND relrowsecurity AND relkind = 'r'";
        assert_eq!(home.database().number(guarded).await, 3);
        let logs = "SELECT count(*) FROM information_schema.role_table_grants WHERE grantee = 'stafett_people' \
                    AND table_name IN ('audit', 'looks') AND privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE')";
        assert_eq!(home.database().number(logs).await, 0);
        let history = "SELECT count(*) FROM information_schema.role_table_grants WHERE grantee = 'stafett_people' \
                       AND table_name = 'seaql_migrations' AND privilege_type <> 'SELECT'";
        assert_eq!(home.database().number(history).await, 0);
    }
}
