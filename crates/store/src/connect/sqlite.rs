//! SQLite: one file, one writer, commits that survive a power cut.

use std::fs;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sea_orm::SqlxSqliteConnector;
use sqlx::Connection as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::wall::Wall;
use super::{Inner, Kind, Options, Source};
use crate::error::StoreError;
use crate::vault::Slot;

/// More readers than this only cost memory: each is a thread with a page cache of its own.
const MOST_READERS: u32 = 8;

pub(super) async fn open(url: &str, options: &Options) -> Result<Inner, StoreError> {
    let connect = parse(url, options)?;
    create(connect.get_filename())?;
    // Alone first: a pool would try again and again and then say no more than that it took too long.
    let mut first = connect_once(&connect).await?;
    verify(&mut first).await.map_err(StoreError::Setup)?;
    first.close().await.map_err(|error| StoreError::from(&error))?;

    let write = pool(connect.clone(), 1, options).await?;
    let readers = options.max_connections.clamp(1, MOST_READERS);
    let read = pool(connect.clone().pragma("query_only", "ON"), readers, options).await?;
    Ok(Inner {
        kind: Kind::Sqlite,
        source: Source::Sqlite(Box::new(connect)),
        write: SqlxSqliteConnector::from_sqlx_sqlite_pool(write),
        read: SqlxSqliteConnector::from_sqlx_sqlite_pool(read),
        vault: Slot::default(),
        wall: Wall::default(),
        row_security: false,
    })
}

/// A pool of one, for the migrations.
pub(super) async fn single(connect: &SqliteConnectOptions, patience: Duration) -> Result<SqlitePool, StoreError> {
    pool(
        connect.clone(),
        1,
        &Options {
            max_connections: 1,
            patience,
            row_security: false,
        },
    )
    .await
}

fn parse(url: &str, options: &Options) -> Result<SqliteConnectOptions, StoreError> {
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(StoreError::Setup(
            "SQLite must be a file: what is only in memory is lost with the process".to_owned(),
        ));
    }
    let parsed = SqliteConnectOptions::from_str(url)
        .map_err(|error| StoreError::Setup(format!("the SQLite address cannot be read: {error}")))?;
    if parsed.get_filename().as_os_str().is_empty() {
        return Err(StoreError::Setup(
            "the SQLite address names no file (for example sqlite:stafett-data/stafett.db)".to_owned(),
        ));
    }
    Ok(parsed
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.patience)
        // Sorting must not spill what is confidential into a temporary file.
        .pragma("temp_store", "MEMORY")
        // What is deleted, above all a destroyed key, must not stay behind in pages that count as free.
        .pragma("secure_delete", "ON"))
}

async fn pool(connect: SqliteConnectOptions, size: u32, options: &Options) -> Result<SqlitePool, StoreError> {
    SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(size)
        .acquire_timeout(options.patience)
        .idle_timeout(Duration::from_secs(600))
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                verify(connection)
                    .await
                    .map_err(|why| sqlx::Error::Configuration(why.into()))
            })
        })
        .connect_with(connect)
        .await
        .map_err(|error| StoreError::from(&error))
}

/// Reads back what was asked for: a PRAGMA that SQLite cannot follow is ignored without a word.
async fn verify(connection: &mut SqliteConnection) -> Result<(), String> {
    let journal = pragma::<String>(connection, "journal_mode").await?;
    if journal != "wal" {
        return Err(format!(
            "SQLite cannot keep a write-ahead log here (journal_mode is {journal}); put the database on a local disk"
        ));
    }
    let synchronous = pragma::<i64>(connection, "synchronous").await?;
    if synchronous < 2 {
        return Err(format!(
            "SQLite does not wait for the disk (synchronous is {synchronous}, it must be 2)"
        ));
    }
    if pragma::<i64>(connection, "foreign_keys").await? != 1 {
        return Err("SQLite does not enforce foreign keys".to_owned());
    }
    Ok(())
}

async fn pragma<T>(connection: &mut SqliteConnection, name: &str) -> Result<T, String>
where
    T: for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite> + Send + Unpin,
{
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("PRAGMA {name}")))
        .fetch_one(connection)
        .await
        .map_err(|error| format!("SQLite does not answer PRAGMA {name}: {error}"))
}

/// Makes a folder that is missing, for its owner only.
pub(super) fn make_folder(folder: &Path) -> std::io::Result<()> {
    if folder.as_os_str().is_empty() || folder.exists() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes folder and file for their owner only, before SQLite makes them for everybody. Its log files take over the
/// file's permissions.
fn create(file: &Path) -> Result<(), StoreError> {
    let refuse = |error: std::io::Error| {
        StoreError::Setup(format!(
            "the database file {} cannot be made or opened: {error}",
            file.display()
        ))
    };
    if let Some(folder) = file.parent() {
        make_folder(folder).map_err(refuse)?;
    }
    let mut open = fs::OpenOptions::new();
    open.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    open.open(file).map_err(refuse)?;
    Ok(())
}

/// Connects, with the reason when it fails.
async fn connect_once(connect: &SqliteConnectOptions) -> Result<SqliteConnection, StoreError> {
    SqliteConnection::connect_with(connect)
        .await
        .map_err(|error| match StoreError::from(&error) {
            busy @ StoreError::Busy(_) => busy,
            other => StoreError::Setup(format!(
                "the database file {} cannot be opened: {other}",
                connect.get_filename().display()
            )),
        })
}
