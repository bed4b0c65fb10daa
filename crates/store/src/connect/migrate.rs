//! Bringing the schema up to date. Only forward: a database that is ahead of the program is refused.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseExecutor, DatabaseTransaction, DbBackend, SqlxPostgresConnector,
    SqlxSqliteConnector, Statement,
};
use stafett_migrations::MigratorTrait as _;
use stafett_migrations::{MAKES_ROOM_FOR_SEALS, Migrator, TAKES_AWAY_WHAT_LAY_OPEN};

use super::{Db, Kind, Source, begin, postgres, sqlite, wall};
use crate::error::StoreError;
use crate::vault;

/// Migrations of two processes that start at once follow each other; a long one must not make the other give up.
const PATIENCE: Duration = Duration::from_secs(600);

/// Any number, as long as nobody else locks it: "staf" in ASCII.
const LOCK: i64 = 0x7374_6166;

/// Says that words lay open in this database which are not wiped from its files yet.
const UNWIPED: &str = "plaintext-unwiped";

impl Db {
    /// Applies what is pending and returns the names of what was applied. Processes that start at the same time wait for
    /// each other. It is all one transaction, but for a database from before the vault: there the words that lie open are
    /// sealed in between, in batches, and wiped from the files at the end. Killed anywhere, the next call goes on.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when the database is ahead of this program; nothing is changed then. [`StoreError::Setup`]
    /// when words lie open and the database is not [unlocked](Db::unlock).
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        let own = match &self.inner.source {
            Source::Sqlite(connect) => {
                SqlxSqliteConnector::from_sqlx_sqlite_pool(sqlite::single(connect, PATIENCE).await?)
            }
            Source::Postgres(connect) => {
                SqlxPostgresConnector::from_sqlx_postgres_pool(postgres::single(connect, PATIENCE).await?)
            }
        };
        let applied = self.migrate_by(&own).await;
        if self.kind() == Kind::Postgres
            && let Ok(applied) = &applied
            && (!applied.is_empty() || !wall::is_there(&own).await?)
        {
            let tx = locked(&own, self.kind()).await?;
            wall::raise(&tx).await?;
            commit(tx).await?;
        }
        own.close().await?;
        self.look_for_the_wall().await?;
        applied
    }

    /// The names of the migrations that this program brings and the database lacks. Writes nothing.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when the database is ahead of this program.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        pending(&self.inner.read, self.kind()).await
    }

    /// Whether this database has a vault; one that is new or older has none.
    pub(crate) async fn has_vault(&self) -> Result<bool, StoreError> {
        has_table(&self.inner.read, self.kind(), "data_keys").await
    }

    async fn migrate_by(&self, own: &DatabaseConnection) -> Result<Vec<String>, StoreError> {
        let kind = self.kind();
        let tx = locked(own, kind).await?;
        let pending = pending(&tx, kind).await?;
        if pending.is_empty() && !is_unwiped(&tx).await? {
            tx.rollback().await?;
            return Ok(pending);
        }
        let is_old = pending.iter().any(|name| name == TAKES_AWAY_WHAT_LAY_OPEN) && holds_words(&tx, kind).await?;
        let before_seals = pending.iter().position(|name| name == MAKES_ROOM_FOR_SEALS);
        if is_old {
            // Before anything is changed, for it cannot be finished without.
            vault::of(self.slot())?;
            if let Some(steps) = before_seals.and_then(|place| u32::try_from(place + 1).ok()) {
                Migrator::up(&tx, Some(steps)).await?;
            }
            tx.execute_unprepared(&format!(
                "INSERT INTO instance (key, value) VALUES ('{UNWIPED}', 'yes') ON CONFLICT (key) DO NOTHING"
            ))
            .await?;
            commit(tx).await?;
            vault::seal_what_lies_open(own, kind, vault::of(self.slot())?).await?;
            self.finish(own, kind).await?;
        } else {
            Migrator::up(&tx, None).await?;
            commit(tx).await?;
        }
        self.wipe(own, kind).await?;
        Ok(pending)
    }

    /// What remains once nearly all is sealed: nobody writes now, so that nothing comes in open any more.
    async fn finish(&self, own: &DatabaseConnection, kind: Kind) -> Result<(), StoreError> {
        let tx = locked(own, kind).await?;
        if kind == Kind::Postgres {
            tx.execute_unprepared("LOCK TABLE persons, texts, referrals, idempotency IN ACCESS EXCLUSIVE MODE")
                .await?;
        }
        if pending(&tx, kind)
            .await?
            .iter()
            .any(|name| name == TAKES_AWAY_WHAT_LAY_OPEN)
        {
            if kind == Kind::Postgres {
                // It alters no table whose rows wait for a check.
                tx.execute_unprepared("SET CONSTRAINTS ALL IMMEDIATE").await?;
            }
            let (on, vault) = (DatabaseExecutor::Transaction(&tx), vault::of(self.slot())?);
            vault::seal_the_rest(&on, vault).await?;
            vault::key_digests(&on, vault).await?;
            Migrator::up(&tx, None).await?;
        }
        commit(tx).await
    }

    /// Wipes what lay open from the files. Only then is it written down as done.
    async fn wipe(&self, own: &DatabaseConnection, kind: Kind) -> Result<(), StoreError> {
        if !is_unwiped(own).await? {
            return Ok(());
        }
        match kind {
            Kind::Sqlite => {
                own.execute_unprepared("VACUUM").await?;
                vault::empty_log(own).await?;
            }
            Kind::Postgres => {
                // Where the planner keeps the commonest values of each column, some of what lay open stands too.
                let tables = [
                    "persons",
                    "texts",
                    "referrals",
                    "idempotency",
                    "pg_catalog.pg_statistic",
                ];
                if !vault::rewrite(own, &tables).await? {
                    // The next start tries again.
                    return Ok(());
                }
            }
        }
        own.execute_unprepared(&format!("DELETE FROM instance WHERE key = '{UNWIPED}'"))
            .await?;
        Ok(())
    }
}

/// A transaction that no other process migrates beside.
async fn locked(own: &DatabaseConnection, kind: Kind) -> Result<DatabaseTransaction, StoreError> {
    let tx = begin(own, kind).await?;
    if kind == Kind::Postgres {
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})"))
            .await?;
    }
    Ok(tx)
}

async fn commit(tx: DatabaseTransaction) -> Result<(), StoreError> {
    tx.commit().await.map_err(|error| StoreError::from_commit(&error))
}

/// Whether the database is old enough to have words in it that lie open, or digests of them.
async fn holds_words(on: &impl ConnectionTrait, kind: Kind) -> Result<bool, StoreError> {
    if !has_table(on, kind, "texts").await? {
        return Ok(false);
    }
    let sql = "SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM texts) OR EXISTS (SELECT 1 FROM persons) \
               OR EXISTS (SELECT 1 FROM idempotency)";
    let asked = Statement::from_string(on.get_database_backend(), sql);
    Ok(on.query_one_raw(asked).await?.is_some())
}

async fn is_unwiped(on: &impl ConnectionTrait) -> Result<bool, StoreError> {
    let kind = match on.get_database_backend() {
        DbBackend::Postgres => Kind::Postgres,
        _sqlite => Kind::Sqlite,
    };
    if !has_table(on, kind, "instance").await? {
        return Ok(false);
    }
    let sql = format!("SELECT 1 AS found FROM instance WHERE key = '{UNWIPED}'");
    let asked = Statement::from_string(on.get_database_backend(), sql);
    Ok(on.query_one_raw(asked).await?.is_some())
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
    if !has_table(on, kind, "seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let asked = Statement::from_string(
        on.get_database_backend(),
        "SELECT version FROM seaql_migrations ORDER BY version",
    );
    let rows = on.query_all_raw(asked).await?;
    rows.into_iter().map(|row| Ok(row.try_get("", "version")?)).collect()
}

async fn has_table(on: &impl ConnectionTrait, kind: Kind, name: &str) -> Result<bool, StoreError> {
    let sql = match kind {
        Kind::Sqlite => format!("SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = '{name}'"),
        Kind::Postgres => format!("SELECT 1 AS found WHERE to_regclass('{name}') IS NOT NULL"),
    };
    let asked = Statement::from_string(on.get_database_backend(), sql);
    Ok(on.query_one_raw(asked).await?.is_some())
}
