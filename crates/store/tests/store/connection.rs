//! Connecting, migrating, and writing at the same time.

use chrono::{DateTime, Utc};
use stafett_store::{Db, Kind, Options, StoreError, instance};

use crate::world::{World, on_both};

on_both! {
    async fn migrating_twice_changes_nothing(world: World) {
        assert!(world.db.pending_migrations().await.unwrap().is_empty());
        assert!(world.db.migrate().await.unwrap().is_empty());
        world.db.ping().await.unwrap();
    }

    async fn a_database_that_is_ahead_is_refused(world: World) {
        world.raw("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m99991231_000001_future', 0)").await.unwrap();
        let refused = |error| matches!(error, StoreError::Newer { migration } if migration == "m99991231_000001_future");
        assert!(refused(world.db.pending_migrations().await.unwrap_err()));
        assert!(refused(world.db.migrate().await.unwrap_err()));
    }

    /// Thirty-two tasks, half of them in what could be another process, read a number and write it back one higher.
    async fn nobody_loses_a_write_under_contention(world: World) {
        let other = Db::connect(&world.url, &Options::default()).await.unwrap();
        other.unlock(crate::world::keys()).await.unwrap();
        world.raw("INSERT INTO instance (key, value) VALUES ('counter', '0')").await.unwrap();
        let mut tasks = Vec::new();
        for task in 0..32 {
            let db = if task % 2 == 0 { world.db.clone() } else { other.clone() };
            tasks.push(tokio::spawn(async move {
                for _ in 0..5 {
                    let tx = db.write_tx().await.unwrap();
                    // On PostgreSQL the first writer to claim the key makes the others wait, as a locked referral does.
                    let key = stafett_store::idempotency::Key { owner: uuid::Uuid::nil(), key: "gate", request_hash: "" };
                    let kept = chrono::TimeDelta::days(1);
                    let claim = stafett_store::idempotency::claim(&tx, key, Utc::now(), kept).await.unwrap();
                    assert!(matches!(claim, stafett_store::idempotency::Claim::First(_)));
                    let before: i64 = instance::get(&tx, "counter").await.unwrap().unwrap().parse().unwrap();
                    instance::put(&tx, "counter", &(before + 1).to_string()).await.unwrap();
                    tx.commit().await.unwrap();
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(instance::get(&world.db, "counter").await.unwrap().as_deref(), Some("160"));
        other.close().await.unwrap();
    }

    async fn what_is_not_committed_never_happened(world: World) {
        let tx = world.db.write_tx().await.unwrap();
        instance::put(&tx, "kind", "demo").await.unwrap();
        assert_eq!(instance::get(&world.db, "kind").await.unwrap(), None);
        drop(tx);
        let tx = world.db.write_tx().await.unwrap();
        assert_eq!(instance::establish(&tx, "kind", "production").await.unwrap(), "production");
        assert_eq!(instance::establish(&tx, "kind", "demo").await.unwrap(), "production");
        tx.commit().await.unwrap();
        assert_eq!(instance::get(&world.db, "kind").await.unwrap().as_deref(), Some("production"));
    }
}

#[tokio::test]
async fn sqlite_keeps_what_it_promises() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::sqlite().await;
    let path = world.url.trim_start_matches("sqlite:");
    let mode = |path: &str| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path), 0o600);
    assert_eq!(mode(&format!("{path}-wal")), 0o600);
    assert_eq!(
        mode(std::path::Path::new(path).parent().unwrap().to_str().unwrap()),
        0o700
    );
    let settings = world.db.settings().await.unwrap();
    for (name, value) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
        ("busy_timeout", "5000"),
    ] {
        assert!(
            settings.iter().any(|(key, found)| key == name && found == value),
            "{name}: {settings:?}"
        );
    }
}

#[tokio::test]
async fn an_unusable_address_is_refused_in_words_and_never_repeated() {
    let options = Options::default();
    for url in [
        "mysql://root:hemmelig@localhost/x",
        "hemmelig",
        "sqlite::memory:",
        "sqlite:?mode=memory",
        "sqlite:",
    ] {
        let Err(StoreError::Setup(why)) = Db::connect(url, &options).await else {
            panic!("{url} was accepted")
        };
        assert!(!why.contains("hemmelig") && why.len() > 20, "{why}");
    }
    let folder = tempfile::tempdir().unwrap();
    let Err(StoreError::Setup(why)) = Db::connect(&format!("sqlite:{}", folder.path().display()), &options).await
    else {
        panic!("a folder was opened as a database")
    };
    assert!(why.contains("cannot be made or opened"), "{why}");
    let file = folder.path().join("letter.txt");
    std::fs::write(
        &file,
        "Kjære barnevernvakt, dette er ikke en database, men et brev som er langt nok til å ligne",
    )
    .unwrap();
    let Err(error) = Db::connect(&format!("sqlite:{}", file.display()), &options).await else {
        panic!("a letter was opened as a database")
    };
    assert!(matches!(error, StoreError::Setup(_)), "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let error = Db::connect("postgres://127.0.0.1:1/stafett", &Options::default())
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_writer_that_waits_too_long_is_told_that_the_database_is_busy() {
    let world = World::sqlite().await;
    let hasty = Options {
        patience: std::time::Duration::from_millis(50),
        ..Options::default()
    };
    let other = Db::connect(&world.url, &hasty).await.unwrap();
    let held = world.db.write_tx().await.unwrap();
    assert!(matches!(other.write_tx().await.unwrap_err(), StoreError::Busy(_)));
    held.rollback().await.unwrap();
    other.write_tx().await.unwrap().rollback().await.unwrap();
}

#[tokio::test]
async fn the_reading_side_of_sqlite_cannot_write() {
    let world = World::sqlite().await;
    assert_eq!(world.db.kind(), Kind::Sqlite);
    assert!(
        world
            .db
            .settings()
            .await
            .unwrap()
            .contains(&("readers_query_only".to_owned(), "1".to_owned()))
    );
}

on_both! {
    async fn a_time_reads_back_to_the_microsecond_and_sorts(world: World) {
        use chrono::{Duration, SubsecRound};
        let base: DateTime<Utc> = "2026-11-24T09:00:00Z".parse().unwrap();
        let tx = world.db.write_tx().await.unwrap();
        let steps = [0, 1, 10, 500, 1_000, 1_001, 500_000, 999_999, 1_000_000, 60_000_000];
        for (number, step) in steps.into_iter().enumerate() {
            let at = base + Duration::microseconds(step) + Duration::nanoseconds(321);
            let mut user = world.worker("bup-oslo");
            user.id = stafett_workflow::agency::UserId(uuid::Uuid::now_v7());
            user.username = format!("{number}");
            (user.created_at, user.updated_at) = (at, at);
            stafett_store::users::insert(&tx, &user, None).await.unwrap();
            let read = stafett_store::users::find(&tx, user.id).await.unwrap().unwrap();
            assert_eq!(read.created_at, at.trunc_subsecs(6));
        }
        tx.commit().await.unwrap();
        let disorder = "SELECT COUNT(*) FROM users a JOIN users b ON a.username < b.username AND a.created_at >= b.created_at \
                        WHERE length(a.username) = 1 AND length(b.username) = 1";
        assert_eq!(world.number(disorder).await, 0);
    }
}
