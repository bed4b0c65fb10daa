//! PostgreSQL: a primary that waits for the disk, and for its synchronous standbys if it has any.

use std::str::FromStr;
use std::time::Duration;

use sea_orm::SqlxPostgresConnector;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};

use super::{Inner, Kind, Options, Source};
use crate::error::StoreError;
use crate::vault::Slot;

pub(super) async fn open(url: &str, options: &Options) -> Result<Inner, StoreError> {
    let connect = PgConnectOptions::from_str(url)
        .map_err(|error| StoreError::Setup(format!("the PostgreSQL address cannot be read: {error}")))?
        .application_name("stafett");
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

    let pool = pool(connect.clone(), options).await?;
    Ok(Inner {
        kind: Kind::Postgres,
        source: Source::Postgres(Box::new(connect)),
        // One pool for both: a read that informs a decision must come from the primary too.
        write: SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()),
        read: SqlxPostgresConnector::from_sqlx_postgres_pool(pool),
        vault: Slot::default(),
    })
}

/// A pool of one, for the migrations.
pub(super) async fn single(connect: &PgConnectOptions, patience: Duration) -> Result<PgPool, StoreError> {
    pool(
        connect.clone(),
        &Options {
            max_connections: 1,
            patience,
        },
    )
    .await
}

async fn pool(connect: PgConnectOptions, options: &Options) -> Result<PgPool, StoreError> {
    let patience = options.patience;
    PgPoolOptions::new()
        .min_connections(1)
        .max_connections(options.max_connections.max(1))
        .acquire_timeout(patience)
        .idle_timeout(Duration::from_secs(600))
        .after_connect(move |connection, _| {
            Box::pin(async move { prepare(connection, patience).await.map(|_volatile| ()) })
        })
        .connect_with(connect)
        .await
        .map_err(|error| StoreError::from(&error))
}

/// Sets the session up and checks what the promise of durability rests on. Tells whether the server itself is set to
/// lose data in a power cut, which is its administrator's choice (and a test's) and so a warning, not a refusal.
async fn prepare(connection: &mut PgConnection, patience: Duration) -> Result<bool, sqlx::Error> {
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
