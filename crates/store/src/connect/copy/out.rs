//! The database as streams.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use super::super::{Db, Kind, Source, sqlite};
use super::{APPLIED, CopyError, FILE, Shape, Stream, owned, with_columns};
use crate::error::StoreError;

/// The table in which migrations are written down; it is made, not copied.
const MIGRATIONS: &str = "seaql_migrations";
/// What SQLite's copy is called while it is written.
const SCRATCH: &str = "copy-in-progress.db";
/// Bytes handed on in one piece.
const PIECE: usize = 1 << 20;
const KEPT: &str = "SELECT id FROM objects WHERE state = 'kept' ORDER BY id";
const COLUMNS: &str = "SELECT c.table_name::text, c.column_name::text FROM information_schema.columns c \
     JOIN information_schema.tables t USING (table_schema, table_name) \
     WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER' \
     ORDER BY c.table_name, c.ordinal_position";

/// Without those that may wait for the commit, and those within one table, which is copied in one statement.
const POINTS_AT: &str = "SELECT f.relname::text, t.relname::text FROM pg_constraint c JOIN pg_class f ON f.oid = c.conrelid \
     JOIN pg_class t ON t.oid = c.confrelid JOIN pg_namespace n ON n.oid = c.connamespace \
     WHERE c.contype = 'f' AND NOT c.condeferrable AND n.nspname = current_schema() AND f.oid <> t.oid";

/// Takes pieces of a copy.
pub trait Sink {
    /// Told first.
    ///
    /// # Errors
    /// When it cannot be kept; the copy ends.
    fn shape(&mut self, shape: &Shape) -> std::io::Result<()>;
    /// The next bytes of a stream; streams come one after the other.
    ///
    /// # Errors
    /// When they cannot be kept; the copy ends.
    fn piece(&mut self, stream: &str, bytes: &[u8]) -> std::io::Result<()>;
}

impl Db {
    /// Copies everything, as of one instant, while others go on writing. `scratch` is a folder that only we can read, in which it is our
    /// [`Turn`], for what SQLite writes first.
    ///
    /// # Errors
    /// [`CopyError`].
    pub async fn copy_out(&self, scratch: &Path, _turn: &Turn, sink: &mut impl Sink) -> Result<Shape, CopyError> {
        match &self.inner.source {
            Source::Sqlite(connect) => file_out(connect, scratch, sink).await,
            Source::Postgres(connect) => tables_out(connect, sink).await,
        }
    }
}

async fn file_out(connect: &SqliteConnectOptions, scratch: &Path, sink: &mut impl Sink) -> Result<Shape, CopyError> {
    let copy = Gone(scratch.join(SCRATCH));
    // Made for its owner only, before SQLite makes it for everybody; it fills an empty file.
    owned(&copy.0)?;
    let mut from = SqliteConnection::connect_with(connect).await?;
    let into = copy.0.display().to_string();
    sqlx::query("VACUUM INTO ?").bind(into).execute(&mut from).await?;
    from.close().await?;

    let mut of_copy =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&copy.0).read_only(true)).await?;
    let shape = Shape {
        database: Kind::Sqlite.as_str().to_owned(),
        migrations: sqlx::query_scalar(AssertSqlSafe(APPLIED))
            .fetch_all(&mut of_copy)
            .await?,
        streams: vec![Stream {
            name: FILE.to_owned(),
            columns: Vec::new(),
        }],
        objects: sqlx::query_scalar(AssertSqlSafe(KEPT)).fetch_all(&mut of_copy).await?,
    };
    of_copy.close().await?;
    let mut file = File::open(&copy.0)?;
    // It has no name from here on, so that whoever is killed leaves nothing.
    drop(copy);
    sink.shape(&shape)?;
    let mut bytes = vec![0; PIECE];
    loop {
        let read = file.read(&mut bytes)?;
        match bytes.get(..read) {
            Some([]) | None => return Ok(shape),
            Some(some) => sink.piece(FILE, some)?,
        }
    }
}

/// A turn at copying, or a start of which nothing shall be left: one at a time in one folder.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "the lock ends with it")] File);

impl Turn {
    /// Waits for nobody: none while another one copies into `scratch`, a folder that is made when it is missing. Takes away what one
    /// left there that was killed; it lay open, and erasure would never have reached it.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn take(scratch: &Path) -> std::io::Result<Option<Self>> {
        sqlite::make_folder(scratch)?;
        let mut open = OpenOptions::new();
        open.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
        let lock = open.open(scratch.join("backup.lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Ok(None),
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
        for left in [
            SCRATCH.to_owned(),
            format!("{SCRATCH}-journal"),
            format!("{SCRATCH}-wal"),
            format!("{SCRATCH}-shm"),
        ] {
            match fs::remove_file(scratch.join(left)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _gone => {}
            }
        }
        Ok(Some(Self(lock)))
    }
}

/// A file that is taken away, whatever happens.
struct Gone(PathBuf);

impl Drop for Gone {
    fn drop(&mut self) {
        // Whatever is left is found by whoever looks into the folder; a copy that failed must say why it failed, not this.
        let _left = fs::remove_file(&self.0);
    }
}

async fn tables_out(connect: &PgConnectOptions, sink: &mut impl Sink) -> Result<Shape, CopyError> {
    let mut on = PgConnection::connect_with(connect).await?;
    // What a policy would leave out must fail, not be missing.
    on.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL row_security = off")
        .await?;
    let columns: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(COLUMNS)).fetch_all(&mut on).await?;
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column) in columns.into_iter().filter(|(table, _)| table != MIGRATIONS) {
        tables.entry(table).or_default().push(column);
    }
    let points_at: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(POINTS_AT)).fetch_all(&mut on).await?;
    let streams = in_order(tables, &points_at)?;
    let shape = Shape {
        database: Kind::Postgres.as_str().to_owned(),
        migrations: sqlx::query_scalar(AssertSqlSafe(APPLIED)).fetch_all(&mut on).await?,
        objects: sqlx::query_scalar(AssertSqlSafe(KEPT)).fetch_all(&mut on).await?,
        streams,
    };
    sink.shape(&shape)?;
    let mut piece = Vec::with_capacity(2 * PIECE);
    for Stream { name: table, columns } in &shape.streams {
        let sql = format!("COPY {} TO STDOUT (FORMAT binary)", with_columns(table, columns));
        let mut bytes = on.copy_out_raw(&sql).await?;
        while let Some(some) = bytes.try_next().await? {
            piece.extend_from_slice(&some);
            if piece.len() >= PIECE {
                sink.piece(table, &piece)?;
                piece.clear();
            }
        }
        if !piece.is_empty() {
            sink.piece(table, &piece)?;
            piece.clear();
        }
    }
    on.execute("COMMIT").await?;
    on.close().await?;
    Ok(shape)
}

/// Tables with their columns, none before one that it points at by a reference that is checked at once.
fn in_order(
    mut tables: BTreeMap<String, Vec<String>>,
    points_at: &[(String, String)],
) -> Result<Vec<Stream>, StoreError> {
    let mut streams = Vec::new();
    while !tables.is_empty() {
        let waits = |table: &String| {
            points_at
                .iter()
                .any(|(from, to)| from == table && tables.contains_key(to))
        };
        let free: Vec<_> = tables.keys().filter(|table| !waits(table)).cloned().collect();
        if free.is_empty() {
            return Err(StoreError::corrupt("schema", "tables point at each other in a ring"));
        }
        for name in free {
            let columns = tables.remove(&name).unwrap_or_default();
            streams.push(Stream { name, columns });
        }
    }
    Ok(streams)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pointed_at_comes_first() {
        let tables = |names: &[&str]| {
            names
                .iter()
                .map(|name| ((*name).to_owned(), Vec::new()))
                .collect::<BTreeMap<_, _>>()
        };
        let to = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let names = |streams: Vec<Stream>| streams.into_iter().map(|one| one.name).collect::<Vec<_>>();
        let order = in_order(
            tables(&["a", "b", "c", "d"]),
            &[to("a", "c"), to("c", "d"), to("b", "d")],
        )
        .unwrap();
        assert_eq!(names(order), ["d", "b", "c", "a"]);
        assert!(in_order(tables(&["a", "b"]), &[to("a", "b"), to("b", "a")]).is_err());
    }
}
