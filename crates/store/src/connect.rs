//! The way to the database, and the only place that asks which one it is.

pub mod copy;
mod migrate;
mod postgres;
mod sqlite;
mod wall;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseExecutor, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};

use crate::error::StoreError;
use crate::sealed_log::Written;
use crate::vault;

pub use wall::{as_the_system, on_behalf_of};

/// How to connect. The defaults suit one server process.
#[derive(Debug, Clone)]
pub struct Options {
    /// The most connections at a time: to PostgreSQL in all, to SQLite those that read; one more writes.
    pub max_connections: u32,
    /// How long a writer waits for another before the store answers [`StoreError::Busy`]; also how long anybody waits
    /// for a free connection.
    pub patience: Duration,
    /// Whether PostgreSQL keeps people apart by itself as well; see [`on_behalf_of`].
    pub row_security: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_connections: 16,
            patience: Duration::from_secs(5),
            row_security: false,
        }
    }
}

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The embedded one: a file beside the server.
    Sqlite,
    /// A server of its own.
    Postgres,
}

impl Kind {
    /// For logs and health answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgresql",
        }
    }

    fn of(url: &str) -> Result<Self, StoreError> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            // The address may hold a password, so it is never repeated.
            _ => Err(StoreError::Setup(
                "the database address must begin with sqlite: or postgres:// (for example sqlite:stafett-data/stafett.db)"
                    .to_owned(),
            )),
        }
    }
}

/// The database. Cheap to clone; all clones share the connections.
///
/// On SQLite one connection writes and several read: the writers queue in order instead of racing for the file's lock,
/// and the readers, which cannot write at all, see the last commit.
#[derive(Debug, Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    kind: Kind,
    /// Kept for the migrations, which use a connection of their own. Holds the password, hence no derived `Debug` of it.
    source: Source,
    write: DatabaseConnection,
    read: DatabaseConnection,
    vault: vault::Slot,
    /// Whether PostgreSQL keeps people apart, and whether it should.
    wall: wall::Wall,
    row_security: bool,
}

enum Source {
    Sqlite(Box<sqlx::sqlite::SqliteConnectOptions>),
    Postgres(Box<sqlx::postgres::PgConnectOptions>),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Sqlite(…)",
            Self::Postgres(_) => "Postgres(…)",
        })
    }
}

impl Db {
    /// Connects, and makes sure that a commit is durable: SQLite in WAL mode with `synchronous=FULL` and foreign keys on,
    /// PostgreSQL a primary with `synchronous_commit` on. Every later connection is checked in the same way. SQLite's
    /// file and folder are made when missing, readable for their owner only.
    ///
    /// # Errors
    /// [`StoreError::Setup`] in words that say what to change, [`StoreError::Unavailable`] when nobody answers.
    pub async fn connect(url: &str, options: &Options) -> Result<Self, StoreError> {
        let inner = match Kind::of(url)? {
            Kind::Sqlite => sqlite::open(url, options).await?,
            Kind::Postgres => postgres::open(url, options).await?,
        };
        let db = Self { inner: Arc::new(inner) };
        db.look_for_the_wall().await?;
        Ok(db)
    }

    /// Whether the database itself keeps people apart. Never on SQLite, which has no roles.
    #[must_use]
    pub fn keeps_people_apart(&self) -> bool {
        self.inner.wall.stands()
    }

    async fn look_for_the_wall(&self) -> Result<(), StoreError> {
        if self.inner.row_security {
            self.inner.wall.is(wall::is_there(&self.inner.read).await?);
        }
        Ok(())
    }

    /// Which database it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// Opens the transaction of one use case. While it lives, use it and never the [`Db`]: on SQLite nobody else can write
    /// meanwhile, and a second transaction of the same task would wait for the first until its patience ends.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when other writers take longer than [`Options::patience`].
    pub async fn write_tx(&self) -> Result<Tx, StoreError> {
        Ok(Tx {
            inner: begin(&self.inner.write, self.inner.kind).await?,
            vault: Arc::clone(&self.inner.vault),
            written: Mutex::default(),
        })
    }

    /// Where the master keys go when they are given.
    pub(crate) fn slot(&self) -> &vault::Slot {
        &self.inner.vault
    }

    /// For a single statement that writes, which is a transaction of its own.
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.inner.write
    }

    /// Whether the database answers, for reading and for writing.
    ///
    /// # Errors
    /// What hinders it.
    pub async fn ping(&self) -> Result<(), StoreError> {
        for connection in [&self.inner.read, &self.inner.write] {
            connection.execute_unprepared("SELECT 1").await?;
        }
        Ok(())
    }

    /// What the promise of durability rests on, as the database says itself: for a person who checks an installation.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn settings(&self) -> Result<Vec<(String, String)>, StoreError> {
        let (write, read) = (&self.inner.write, &self.inner.read);
        let questions: &[(&DatabaseConnection, &str, &str)] = match self.inner.kind {
            Kind::Sqlite => &[
                (
                    write,
                    "journal_mode",
                    "SELECT journal_mode AS value FROM pragma_journal_mode",
                ),
                (
                    write,
                    "synchronous",
                    "SELECT CAST(synchronous AS TEXT) AS value FROM pragma_synchronous",
                ),
                (
                    write,
                    "foreign_keys",
                    "SELECT CAST(foreign_keys AS TEXT) AS value FROM pragma_foreign_keys",
                ),
                (
                    write,
                    "busy_timeout",
                    "SELECT CAST(timeout AS TEXT) AS value FROM pragma_busy_timeout",
                ),
                (
                    read,
                    "readers_query_only",
                    "SELECT CAST(query_only AS TEXT) AS value FROM pragma_query_only",
                ),
            ],
            Kind::Postgres => &[
                (
                    write,
                    "server_version",
                    "SELECT current_setting('server_version') AS value",
                ),
                (
                    write,
                    "synchronous_commit",
                    "SELECT current_setting('synchronous_commit') AS value",
                ),
                (write, "fsync", "SELECT current_setting('fsync') AS value"),
                (
                    write,
                    "row_security_for_people",
                    "SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_policies WHERE policyname = 'people' AND tablename = 'texts') \
                     AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'stafett_people' AND pg_has_role(oid, 'MEMBER')) \
                     THEN 'on' ELSE 'off' END AS value",
                ),
                (
                    write,
                    "full_page_writes",
                    "SELECT current_setting('full_page_writes') AS value",
                ),
            ],
        };
        let mut settings = Vec::new();
        for (connection, name, question) in questions {
            let asked = Statement::from_string(connection.get_database_backend(), *question);
            let row = connection.query_one_raw(asked).await?;
            let value = row.map(|row| row.try_get("", "value")).transpose()?;
            settings.extend(value.map(|value| ((*name).to_owned(), value)));
        }
        Ok(settings)
    }

    /// Ears for what other processes on the same database say on `channel`. On SQLite there are none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn listen(&self, channel: &str) -> Result<Ears, StoreError> {
        Ok(Ears(match &self.inner.source {
            Source::Postgres(options) => Some(postgres::listen(options, channel).await?),
            Source::Sqlite(_) => None,
        }))
    }

    /// Says `words` on `channel` to every process on the same database. On SQLite nobody else is there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn say(&self, channel: &str, words: &str) -> Result<(), StoreError> {
        if self.inner.kind == Kind::Postgres {
            let values = [channel.into(), words.into()];
            let said = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_notify($1, $2)", values);
            self.inner.write.query_one_raw(said).await?;
        }
        Ok(())
    }

    /// Waits for what runs and closes all connections, of all clones.
    ///
    /// # Errors
    /// When the database does not let go.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.inner.read.close_by_ref().await?;
        // Last, for only a connection that may write can put SQLite's log back into its file.
        self.inner.write.close_by_ref().await?;
        Ok(())
    }
}

/// Hears what other processes say.
#[derive(Debug)]
pub struct Ears(Option<sqlx::postgres::PgListener>);

impl Ears {
    /// The next words; never, where nobody else is there.
    ///
    /// # Errors
    /// When the line broke; the next call connects anew. What was said meanwhile is lost.
    pub async fn hear(&mut self) -> Result<String, StoreError> {
        match &mut self.0 {
            Some(listener) => {
                let said = listener.recv().await.map_err(|error| StoreError::from(&error))?;
                Ok(said.payload().to_owned())
            }
            None => std::future::pending().await,
        }
    }
}

/// Opens a transaction that writes.
pub(crate) async fn begin(on: &DatabaseConnection, kind: Kind) -> Result<DatabaseTransaction, StoreError> {
    // A deferred transaction that reads first and writes later loses against any other writer, at once and for good.
    let options = TransactionOptions {
        sqlite_transaction_mode: (kind == Kind::Sqlite).then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    Ok(on.begin_with_options(options).await?)
}

/// An open write transaction. Dropped without [`Tx::commit`], it never happened.
#[must_use = "a transaction that is dropped writes nothing"]
#[derive(Debug)]
pub struct Tx {
    inner: DatabaseTransaction,
    vault: vault::Slot,
    written: Mutex<Written>,
}

impl Tx {
    /// What it has written since its last entry in the audit trail.
    pub(crate) fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes everything durable, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Uncertain`] when the line broke before the answer came.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.inner
            .commit()
            .await
            .map_err(|error| StoreError::from_commit(&error))
    }

    /// Undoes everything at once instead of when it is dropped.
    ///
    /// # Errors
    /// When the database does not answer; nothing was written then either.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.inner.rollback().await?)
    }
}

/// Where a query runs: on a [`Db`] it sees what is committed, in a [`Tx`] also what the transaction has written. What
/// informs a decision must be read in the transaction that stores it.
pub trait Handle: sealed::Handle {}

impl Handle for Db {}
impl Handle for Tx {}

pub(crate) mod sealed {
    use super::{ConnectionTrait, DatabaseExecutor, DbBackend, Statement, StoreError, vault};
    use crate::vault::Vault;

    pub trait Handle: Send + Sync {
        fn executor(&self) -> DatabaseExecutor<'_>;

        /// The master keys, once the database is unlocked.
        fn vault(&self) -> Result<&Vault, StoreError>;

        /// A statement in the SQL that both databases understand, with `$1`, `$2`, … as placeholders.
        fn statement(&self, sql: &str, values: impl IntoIterator<Item = sea_orm::Value>) -> Statement {
            Statement::from_sql_and_values(self.executor().get_database_backend(), sql, values)
        }

        fn backend(&self) -> DbBackend {
            self.executor().get_database_backend()
        }
    }

    impl Handle for super::Db {
        fn executor(&self) -> DatabaseExecutor<'_> {
            DatabaseExecutor::Connection(&self.inner.read)
        }

        fn vault(&self) -> Result<&Vault, StoreError> {
            vault::of(&self.inner.vault)
        }
    }

    impl Handle for super::Tx {
        fn executor(&self) -> DatabaseExecutor<'_> {
            DatabaseExecutor::Transaction(&self.inner)
        }

        fn vault(&self) -> Result<&Vault, StoreError> {
            vault::of(&self.vault)
        }
    }
}
