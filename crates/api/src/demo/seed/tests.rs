//! What is stored is what was played, once.

use std::path::Path;

use chrono::TimeZone;
use secrecy::SecretString;
use stafett_store::looks::Unseen;
use stafett_store::referrals::sweep;
use stafett_store::{Options, events};
use stafett_vault::{KeyId, MasterKeys};
use stafett_workflow::policy::{Scope, SystemTask};
use stafett_workflow::{laws, replay};

use super::*;

async fn database(dir: &Path) -> Db {
    let url = format!("sqlite://{}", dir.join("stafett.db").display());
    let db = Db::connect(&url, &Options::default()).await.unwrap();
    db.unlock(MasterKeys::parse(&MasterKeys::fresh_line(&KeyId::new("test").unwrap()).unwrap()).unwrap())
        .await
        .unwrap();
    db.migrate().await.unwrap();
    db.establish_vault(now()).await.unwrap();
    db
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 13, 20, 0).unwrap()
}

async fn stored(db: &Db) -> Vec<Record> {
    sweep(db, &Scope::for_system(SystemTask::Reconcile), None, 1_000)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_laws_hold_for_what_is_stored_and_every_log_replays() {
    let dir = tempfile::tempdir().unwrap();
    let db = database(dir.path()).await;
    let furnished = furnish(&db, Calendar::default(), now(), Some(120), &|_| ())
        .await
        .unwrap();
    let records = stored(&db).await;
    assert_eq!(records.len(), usize::try_from(furnished.referrals).unwrap());
    let library = builtin().unwrap();
    for record in &records {
        let referral = record.referral();
        let definition = library.get(&referral.workflow).unwrap();
        assert_eq!(laws::broken(definition, referral), [], "{}", referral.reference);
        let log = events::log(&db, record).await.unwrap();
        assert_eq!(replay(referral.id, &log).unwrap(), *referral, "{}", referral.reference);
    }
    let report = crate::app::reconcile::run(&db, &library).await.unwrap();
    assert_eq!((report.findings.len(), report.cases.len()), (0, 0), "{report:?}");
    assert!(report.counts.cases >= 15, "{:?}", report.counts);
    let counts = outbox::counts(&db).await.unwrap();
    assert_eq!((counts.pending, counts.dead), (0, 0));
    assert!(counts.sent > 50, "{counts:?}");
}

#[tokio::test]
async fn the_same_moment_stores_the_same_world_and_a_second_start_finds_it() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (one, other) = (database(dirs[0].path()).await, database(dirs[1].path()).await);
    let furnished = furnish(&one, Calendar::default(), now(), Some(10), &|_| ())
        .await
        .unwrap();
    assert_eq!(
        furnish(&other, Calendar::default(), now(), Some(10), &|_| ())
            .await
            .unwrap(),
        furnished
    );
    let world = |records: &[Record]| -> Vec<_> {
        let of = |record: &Record| {
            (
                record.referral().clone(),
                record.person(Unseen::Test).cloned(),
                record.content(Unseen::Test).into_owned(),
            )
        };
        records.iter().map(of).collect()
    };
    let first = world(&stored(&one).await);
    assert_eq!(first, world(&stored(&other).await));

    let later = now() + chrono::TimeDelta::days(2);
    assert_eq!(
        furnish(&one, Calendar::default(), later, Some(20), &|_| ())
            .await
            .unwrap(),
        furnished,
        "what is there stays"
    );
    assert_eq!(world(&stored(&one).await), first);
}

/// Who is away and how much room there is, as the documented scenario says.
#[tokio::test]
async fn somebody_is_away_and_units_have_said_how_much_room_they_have() {
    let dir = tempfile::tempdir().unwrap();
    let db = database(dir.path()).await;
    furnish(&db, Calendar::default(), now(), Some(0), &|_| ())
        .await
        .unwrap();
    let vakten = agencies::find(&db, "barnevernvakten").await.unwrap().unwrap().id;
    let absences = deputies::of_agency(&db, vakten, now()).await.unwrap();
    let deputy = users::colleague(&db, "child-welfare").await.unwrap().unwrap().user;
    assert_eq!(
        absences.iter().map(|absence| absence.deputy).collect::<Vec<_>>(),
        [deputy]
    );
    let said = capacity::all(&db).await.unwrap();
    assert!(said.len() >= 7, "{said:?}");
    let office = agencies::find(&db, "barnevern-grunerlokka").await.unwrap().unwrap().id;
    assert_eq!(settings::of(&db, office).await.unwrap().out_of_hours, Some(vakten));
}

#[tokio::test]
async fn everybody_signs_in_with_the_documented_password() {
    let dir = tempfile::tempdir().unwrap();
    let db = database(dir.path()).await;
    furnish(&db, Calendar::default(), now(), Some(0), &|_| ())
        .await
        .unwrap();
    let passwords = Passwords::new().unwrap();
    for username in ["outreach", "admin", "silje.aronsen"] {
        let found = users::credentials(&db, username).await.unwrap().unwrap();
        assert!(found.user.active);
        assert!(
            passwords
                .verify(found.password_hash, SecretString::from(PASSWORD))
                .await
                .unwrap(),
            "{username}"
        );
    }
    assert!(stored(&db).await.is_empty());
}

#[tokio::test]
async fn a_database_with_real_lives_never_becomes_a_demo() {
    let dir = tempfile::tempdir().unwrap();
    let db = database(dir.path()).await;
    let tx = db.write_tx().await.unwrap();
    instance::establish(&tx, KIND, "production").await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(
        furnish(&db, Calendar::default(), now(), Some(120), &|_| ()).await,
        Err(DemoError::NotADemo)
    ));
    assert_eq!(agencies::find(&db, "uteseksjonen").await.unwrap(), None);
    assert_eq!(instance::get(&db, DEMO).await.unwrap(), None);
}

#[tokio::test]
async fn a_demo_that_is_used_for_something_else_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let db = database(dir.path()).await;
    let world = World::load().unwrap();
    let tx = db.write_tx().await.unwrap();
    instance::establish(&tx, KIND, DEMO).await.unwrap();
    agencies::insert(&tx, &row_of_agency(world.agency("udi").unwrap(), now()))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(
        furnish(&db, Calendar::default(), now(), Some(120), &|_| ()).await,
        Err(DemoError::NotEmpty)
    ));
    assert_eq!(instance::get(&db, DEMO).await.unwrap(), None);
}
