//! PostgreSQL: a primary that waits for the disk, and for its synchronous standbys if it has any.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use sea_orm::SqlxPostgresConnector;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPool, PgPoolOptions, PgSslMode};

use super::wall::Wall;
use super::{Inner, Kind, Options, Source};
use crate::error::StoreError;
use crate::vault::Slot;

pub(super) async fn open(url: &str, options: &Options) -> Result<Inner, StoreError> {
    let connect = PgConnectOptions::from_str(url)
        .map_err(|error| StoreError::Setup(format!("the PostgreSQL address cannot be read: {error}")))?
        .application_name("stafett");
    on_a_secret_line(&connect)?;
    // Alone first: a pool would try again and again and then say no more than that it took too long.
    let mut first = PgConnection::connect_with(&connect)
        .await
        .map_err(|error| StoreError::from(&error))?;
    let volatile = prepare(&mut first, options.patience)
        .await
        .map_err(|error| StoreError::from(&error))?;
    if volatile {
        tracing::warn!("the PostgreSQL server runs with fsync or full_page_writes off: a power cut destroys it");
    }
    first.close().await.map_err(|error| StoreError::from(&error))?;

    let wall = Wall::default();
    let pool = pool(connect.clone(), options, wall.clone()).await?;
    Ok(Inner {
        kind: Kind::Postgres,
        source: Source::Postgres(Box::new(connect)),
        // One pool for both: a read that informs a decision must come from the primary too.
        write: SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()),
        read: SqlxPostgresConnector::from_sqlx_postgres_pool(pool),
        vault: Slot::default(),
        wall,
        row_security: options.row_security,
    })
}

/// What is written to another machine can be read on the way unless the line is made secret, and “if the server likes” is no
/// choice. Whoever has a network of their own says so.
pub(super) fn on_a_secret_line(connect: &PgConnectOptions) -> Result<(), StoreError> {
    let host = connect.get_host();
    let here = connect.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    match connect.get_ssl_mode() {
        PgSslMode::VerifyFull | PgSslMode::VerifyCa | PgSslMode::Require => Ok(()),
        _ if here => Ok(()),
        PgSslMode::Disable => {
            tracing::warn!("what is written to the PostgreSQL server goes there in the clear, as its address says");
            Ok(())
        }
        PgSslMode::Prefer | PgSslMode::Allow => Err(StoreError::Setup(
            "the PostgreSQL server is on another machine and its address does not say how the line is made secret; add \
             sslmode=verify-full to it, or sslmode=disable where the network is yours alone"
                .to_owned(),
        )),
    }
}

/// A connection of its own that hears what others say on a channel; it connects anew by itself.
pub(super) async fn listen(connect: &PgConnectOptions, channel: &str) -> Result<PgListener, StoreError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(connect.clone())
        .await
        .map_err(|error| StoreError::from(&error))?;
    let mut listener = PgListener::connect_with(&pool)
        .await
        .map_err(|error| StoreError::from(&error))?;
    listener
        .listen(channel)
        .await
        .map_err(|error| StoreError::from(&error))?;
    Ok(listener)
}

/// A pool of one, for the migrations.
pub(super) async fn single(connect: &PgConnectOptions, patience: Duration) -> Result<PgPool, StoreError> {
    pool(
        connect.clone(),
        &Options {
            max_connections: 1,
            patience,
            // What migrates owns the tables.
            row_security: false,
        },
        Wall::default(),
    )
    .await
}

async fn pool(connect: PgConnectOptions, options: &Options, wall: Wall) -> Result<PgPool, StoreError> {
    let patience = options.patience;
    let new = wall.clone();
    PgPoolOptions::new()
        .min_connections(1)
        .max_connections(options.max_connections.max(1))
        .acquire_timeout(patience)
        .idle_timeout(Duration::from_secs(600))
        .after_connect(move |connection, _| {
            let new = new.clone();
            Box::pin(async move {
                prepare(connection, patience).await?;
                new.apply(connection).await
            })
        })
        .before_acquire(move |connection, _| {
            let wall = wall.clone();
            Box::pin(async move {
                wall.apply(connection).await?;
                Ok(true)
            })
        })
        .connect_with(connect)
        .await
        .map_err(|error| StoreError::from(&error))
}

/// Sets the session up and checks what the promise of durability rests on. Tells whether the server itself is set to
/// lose data in a power cut, which is its administrator's choice (and a test's) and so a warning, not a refusal.
pub(super) async fn prepare(connection: &mut PgConnection, patience: Duration) -> Result<bool, sqlx::Error> {
    // `remote_apply` waits for more than `on`; whoever chose it keeps it.
    let settings = format!(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') <> 'remote_apply';\
         SET lock_timeout = {}; SET idle_in_transaction_session_timeout = 60000;",
        patience.as_millis()
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(settings))
        .execute(&mut *connection)
        .await?;
    let (commit, fsync, pages, standby): (String, String, String, bool) = sqlx::query_as(
        "SELECT current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes'), \
         pg_is_in_recovery()",
    )
    .fetch_one(connection)
    .await?;
    if !matches!(commit.as_str(), "on" | "remote_apply") {
        return Err(setup(format!(
            "PostgreSQL does not wait for its log (synchronous_commit is {commit})"
        )));
    }
    if standby {
        return Err(setup(
            "this PostgreSQL server is a standby; the address must lead to the primary".to_owned(),
        ));
    }
    Ok(fsync != "on" || pages != "on")
}

fn setup(why: String) -> sqlx::Error {
    sqlx::Error::Configuration(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str) -> Option<String> {
        let connect = PgConnectOptions::from_str(url).unwrap();
        on_a_secret_line(&connect).err().map(|error| error.to_string())
    }

    #[test]
    fn nothing_goes_to_another_machine_in_the_clear_by_chance() {
        for open in [
            "postgres://stafett@db.example.org/stafett",
            "postgres://stafett@192.0.2.7/stafett?sslmode=prefer",
            "postgres://stafett@[2001:db8::7]/stafett?sslmode=allow",
            "postgres://stafett@localhost.example.org/stafett",
        ] {
            let told = told(open).unwrap_or_default();
            assert!(told.contains("sslmode=verify-full"), "{open}: {told}");
            assert!(!told.contains("example.org"), "an address may hold a password: {told}");
        }
        for fine in [
            "postgres://stafett@db.example.org/stafett?sslmode=verify-full",
            "postgres://stafett@db.example.org/stafett?sslmode=disable",
            "postgres://stafett@localhost/stafett",
            "postgres://stafett@127.0.0.1/stafett",
            "postgres://stafett@[::1]/stafett",
            "postgres:///stafett?host=/var/run/postgresql",
        ] {
            assert_eq!(told(fine), None, "{fine}");
        }
    }
}
