//! Rows that an older version has written, brought up to date.

use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use stafett_migrations::{Migrator, MigratorTrait};
use stafett_store::{Db, Kind, Options, deadlines};

use uuid::Uuid;

use crate::world::{Ground, scratch_postgres, scratch_sqlite};

/// So many migrations there were before clocks told anybody of themselves.
const BEFORE_CLOCKS_TOLD: u32 = 3;

/// Three limits of a version whose clocks told nobody: one that runs, one that stands still and one that was met.
const OLD_CLOCKS: &str = "INSERT INTO clocks (id, referral_id, handoff_id, ordinal, name, started_at, warn_at, due_at, stopped_at, paused_at) VALUES \
    ('019ab3f0-5c1e-7d20-9a55-000000000001', '019ab3f0-5c1e-7d20-9a55-00000000000a', '019ab3f0-5c1e-7d20-9a55-00000000000b', 1, 'answer', \
     '2026-11-01T09:00:00+00:00', '2026-11-10T09:00:00+00:00', '2026-11-15T22:59:59+00:00', NULL, NULL), \
    ('019ab3f0-5c1e-7d20-9a55-000000000002', '019ab3f0-5c1e-7d20-9a55-00000000000c', '019ab3f0-5c1e-7d20-9a55-00000000000d', 1, 'start', \
     '2026-11-01T09:00:00+00:00', '2026-11-10T09:00:00+00:00', '2026-11-15T22:59:59+00:00', NULL, '2026-11-02T09:00:00+00:00'), \
    ('019ab3f0-5c1e-7d20-9a55-000000000003', '019ab3f0-5c1e-7d20-9a55-00000000000c', '019ab3f0-5c1e-7d20-9a55-00000000000d', 2, 'answer', \
     '2026-11-01T09:00:00+00:00', '2026-11-10T09:00:00+00:00', '2026-11-15T22:59:59+00:00', '2026-11-03T09:00:00+00:00', NULL);";

async fn count(on: &impl ConnectionTrait, condition: &str) -> i64 {
    let sql = format!("SELECT count(*) AS number FROM clocks WHERE {condition}");
    let row = on
        .query_one_raw(sea_orm::Statement::from_string(on.get_database_backend(), sql))
        .await;
    row.unwrap().unwrap().try_get("", "number").unwrap()
}

/// What ran is wound to warn, and what is overdue already is found at the first start.
async fn old_clocks_are_wound(url: &str) {
    let db = Db::connect(url, &Options::default()).await.unwrap();
    let mut one = ConnectOptions::new(url);
    one.max_connections(1);
    let own = Database::connect(one).await.unwrap();
    Migrator::up(&own, Some(BEFORE_CLOCKS_TOLD)).await.unwrap();
    // SQLite keeps an id as its bytes.
    let clocks = match db.kind() {
        Kind::Sqlite => OLD_CLOCKS
            .split('\'')
            .map(|part| match Uuid::parse_str(part) {
                Ok(id) => format!("x'{}", id.simple()),
                Err(_no_id) => part.to_owned(),
            })
            .collect::<Vec<_>>()
            .join("'")
            .replace("'x'", "x'"),
        Kind::Postgres => OLD_CLOCKS.to_owned(),
    };
    // The referrals that they belong to are of no matter here.
    let look_away = match db.kind() {
        Kind::Sqlite => "PRAGMA foreign_keys = OFF;",
        Kind::Postgres => "SET session_replication_role = 'replica';",
    };
    own.execute_unprepared(&format!("{look_away} {clocks}")).await.unwrap();

    assert!(!db.migrate().await.unwrap().is_empty());
    assert_eq!(
        count(
            &own,
            "next_fire_at = warn_at AND name = 'answer' AND stopped_at IS NULL"
        )
        .await,
        1
    );
    assert_eq!(count(&own, "next_fire_at IS NULL").await, 2);
    let told_nobody = "level = 0 AND warned_at IS NULL AND breached_at IS NULL AND agreement_id IS NULL";
    assert_eq!(count(&own, told_nobody).await, 3);
    let due = deadlines::due(&db, "2026-11-23T09:00:00Z".parse().unwrap(), None, 10)
        .await
        .unwrap();
    let found: Vec<_> = due.iter().map(|(_, referral)| referral.to_string()).collect();
    assert_eq!(found, ["019ab3f0-5c1e-7d20-9a55-00000000000a"]);
    own.close().await.unwrap();
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_clocks_are_wound_on_sqlite() {
    let (url, _ground) = scratch_sqlite();
    old_clocks_are_wound(&url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_clocks_are_wound_on_postgres() {
    let Some((url, ground)) = scratch_postgres().await else {
        return;
    };
    let told = tokio::spawn(async move { old_clocks_are_wound(&url).await }).await;
    Ground::clear(&ground).await;
    if let Err(error) = told {
        std::panic::resume_unwind(error.into_panic());
    }
}
