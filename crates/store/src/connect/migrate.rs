//! Bringing the schema up to date. Only forward: a database that is ahead of the program is refused.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, SqliteTransactionMode, SqlxPostgresConnector, SqlxSqliteConnector, Statement,
    TransactionOptions, TransactionTrait,
};
use stafett_migrations::Migrator;
use stafett_migrations::MigratorTrait as _;

use super::{Db, Kind, Source, postgres, sqlite};
use crate::error::StoreError;

/// Migrations of two processes that start at once follow each other; a long one must not make the other give up.
const PATIENCE: Duration = Duration::from_secs(600);

/// Any number, as long as nobody else locks it: "staf" in ASCII.
const LOCK: i64 = 0x7374_6166;

impl Db {
    /// Applies what is pending, all of it in one transaction, and returns the names of what was applied. Processes that
    /// start at the same time wait for each other.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when the database is ahead of this program; nothing is changed then.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        let own = match &self.inner.source {
            Source::Sqlite(connect) => {
                SqlxSqliteConnector::from_sqlx_sqlite_pool(sqlite::single(connect, PATIENCE).await?)
            }
            Source::Postgres(connect) => {
                SqlxPostgresConnector::from_sqlx_postgres_pool(postgres::single(connect, PATIENCE).await?)
            }
        };
        let applied = migrate(&own, self.kind()).await;
        own.close().await?;
        applied
    }

    /// The names of the migrations that this program brings and the database lacks. Writes nothing.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when the database is ahead of this program.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        pending(&self.inner.read, self.kind()).await
    }
}

async fn migrate(own: &DatabaseConnection, kind: Kind) -> Result<Vec<String>, StoreError> {
    let options = TransactionOptions {
        sqlite_transaction_mode: (kind == Kind::Sqlite).then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let tx = own.begin_with_options(options).await?;
    if kind == Kind::Postgres {
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})"))
            .await?;
    }
    let pending = pending(&tx, kind).await?;
    if !pending.is_empty() {
        Migrator::up(&tx, None).await?;
    }
    tx.commit().await.map_err(|error| StoreError::from_commit(&error))?;
    Ok(pending)
}

async fn pending(on: &impl ConnectionTrait, kind: Kind) -> Result<Vec<String>, StoreError> {
    let applied = applied(on, kind).await?;
    let known: Vec<_> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    if let Some(migration) = applied.iter().find(|name| !known.contains(name)) {
        return Err(StoreError::Newer {
            migration: migration.clone(),
        });
    }
    Ok(known.into_iter().filter(|name| !applied.contains(name)).collect())
}

async fn applied(on: &impl ConnectionTrait, kind: Kind) -> Result<Vec<String>, StoreError> {
    let query = |sql: &str| Statement::from_string(on.get_database_backend(), sql);
    let table = match kind {
        Kind::Sqlite => "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
        Kind::Postgres => "SELECT 1 AS found WHERE to_regclass('seaql_migrations') IS NOT NULL",
    };
    if on.query_one_raw(query(table)).await?.is_none() {
        return Ok(Vec::new());
    }
    let rows = on
        .query_all_raw(query("SELECT version FROM seaql_migrations ORDER BY version"))
        .await?;
    rows.into_iter().map(|row| Ok(row.try_get("", "version")?)).collect()
}
