//! The whole database as streams of bytes, as of one instant, and back into an empty one: for backups. SQLite gives its file, and
//! PostgreSQL each of its tables in its own binary form; so each goes back into its own kind only, exactly as it was.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use futures_util::TryStreamExt as _;
use sea_orm::SqlxPostgresConnector;
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use stafett_migrations::{Migrator, MigratorTrait as _};
use uuid::Uuid;

use super::{Db, Kind, Source, postgres, sqlite};
use crate::attachments::ObjectId;
use crate::error::StoreError;

/// The fact of an [instance](crate::instance) that was restored and not looked after since.
pub const RESTORED: &str = "restored";
/// What SQLite's one stream is called.
const FILE: &str = "database";
/// The table in which migrations are written down; it is made, not copied.
const MIGRATIONS: &str = "seaql_migrations";
/// What SQLite's copy is called while it is written.
const SCRATCH: &str = "copy-in-progress.db";
/// Bytes handed on in one piece.
const PIECE: usize = 1 << 20;

/// What a copy holds: by which program's migrations its tables were made, and which columns each stream has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shape {
    /// `sqlite` or `postgresql`.
    pub database: String,
    /// Every migration that had been applied, in order.
    pub migrations: Vec<String>,
    /// In the order in which they are copied: what others point at comes before them.
    pub streams: Vec<Stream>,
    /// The objects that files named at that instant.
    pub objects: Vec<Uuid>,
}

/// One stream of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// What it is called: PostgreSQL's table.
    pub name: String,
    /// Its columns; none for a file.
    pub columns: Vec<String>,
}

impl Shape {
    /// Those objects.
    pub fn objects(&self) -> impl Iterator<Item = ObjectId> {
        self.objects.iter().copied().map(ObjectId)
    }
}

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

/// Why a copy ended early.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Whoever takes or gives the bytes.
    #[error("{0}")]
    Bytes(#[from] std::io::Error),
}

impl From<sqlx::Error> for CopyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(StoreError::from(&error))
    }
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

/// Gives a finished file its name, and never takes that from another one. The name is on the disk when this returns.
///
/// # Errors
/// When there is such a file, or the disk refuses.
pub fn publish(from: &Path, to: &Path) -> std::io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Err(error),
        // Some file systems have no links. What comes between this look and the next step is lost; it would have to be called the same.
        Err(_no_links) if !to.exists() => fs::rename(from, to)?,
        Err(error) => return Err(error),
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// A file that is taken away, whatever happens.
struct Gone(PathBuf);

impl Drop for Gone {
    fn drop(&mut self) {
        // Whatever is left is found by whoever looks into the folder; a copy that failed must say why it failed, not this.
        let _left = fs::remove_file(&self.0);
    }
}

const APPLIED: &str = "SELECT version FROM seaql_migrations ORDER BY version";
const KEPT: &str = "SELECT id FROM objects WHERE state = 'kept' ORDER BY id";
const MARK: &str =
    "INSERT INTO instance (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
const COLUMNS: &str = "SELECT c.table_name::text, c.column_name::text FROM information_schema.columns c \
     JOIN information_schema.tables t USING (table_schema, table_name) \
     WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER' \
     ORDER BY c.table_name, c.ordinal_position";

/// Without those that may wait for the commit, and those within one table, which is copied in one statement.
const POINTS_AT: &str = "SELECT f.relname::text, t.relname::text FROM pg_constraint c JOIN pg_class f ON f.oid = c.conrelid \
     JOIN pg_class t ON t.oid = c.confrelid JOIN pg_namespace n ON n.oid = c.connamespace \
     WHERE c.contype = 'f' AND NOT c.condeferrable AND n.nspname = current_schema() AND f.oid <> t.oid";

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

fn with_columns(table: &str, columns: &[String]) -> String {
    let columns: Vec<_> = columns.iter().map(|column| quoted(column)).collect();
    format!("{} ({})", quoted(table), columns.join(", "))
}

/// A name within SQL. Names come out of a backup, and so are never trusted.
fn quoted(name: &str) -> String {
    format!(r#""{}""#, name.replace('"', r#""""#))
}

/// A database that is being filled from a copy. Until [`Restoring::finish`] nothing of it is there for anybody.
#[derive(Debug)]
pub struct Restoring(Target);

#[derive(Debug)]
enum Target {
    Sqlite {
        file: File,
        beside: PathBuf,
        path: PathBuf,
    },
    Postgres {
        on: Box<PgConnection>,
        streams: BTreeMap<String, Vec<String>>,
    },
}

impl Restoring {
    /// Begins to fill the database at `url`, which must be empty, and makes PostgreSQL's tables as the copy has them.
    ///
    /// # Errors
    /// [`StoreError::Setup`] when it is of another kind or not empty, [`StoreError::Newer`] when the copy is newer than this
    /// program.
    pub async fn begin(url: &str, shape: &Shape) -> Result<Self, StoreError> {
        let kind = Kind::of(url)?;
        if kind.as_str() != shape.database {
            return Err(StoreError::Setup(format!(
                "the backup is of a {} database, and the settings name a {} one",
                shape.database,
                kind.as_str()
            )));
        }
        is_known(&shape.migrations)?;
        match kind {
            Kind::Sqlite => beside(url),
            Kind::Postgres => emptied(url, shape).await,
        }
    }

    /// Fills in one stream; `next` gives its bytes until there are no more.
    ///
    /// # Errors
    /// [`CopyError`].
    pub async fn stream(
        &mut self,
        name: &str,
        mut next: impl FnMut() -> std::io::Result<Option<Vec<u8>>>,
    ) -> Result<(), CopyError> {
        match &mut self.0 {
            Target::Sqlite { file, .. } if name == FILE => {
                while let Some(bytes) = next()? {
                    file.write_all(&bytes)?;
                }
                Ok(())
            }
            Target::Postgres { on, streams } if streams.contains_key(name) => {
                let columns = streams.remove(name).unwrap_or_default();
                let sql = format!("COPY {} FROM STDIN (FORMAT binary)", with_columns(name, &columns));
                let mut to = on.copy_in_raw(&sql).await?;
                loop {
                    match next() {
                        Ok(Some(bytes)) => to.send(bytes).await.map(drop)?,
                        Ok(None) => break,
                        Err(error) => {
                            to.abort("the backup cannot be read").await?;
                            return Err(error.into());
                        }
                    }
                }
                to.finish().await?;
                Ok(())
            }
            Target::Sqlite { .. } | Target::Postgres { .. } => {
                Err(StoreError::corrupt("backup", "it has something that no table is called, or twice").into())
            }
        }
    }

    /// Makes all of it durable and visible at once, with the fact [`RESTORED`].
    ///
    /// # Errors
    /// [`CopyError`]; nothing is there then.
    pub async fn finish(self, restored_at: &str) -> Result<(), CopyError> {
        match self.0 {
            Target::Sqlite { file, beside, path } => {
                file.sync_all()?;
                let mut on = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&beside)).await?;
                sqlx::query(MARK)
                    .bind(RESTORED)
                    .bind(restored_at)
                    .execute(&mut on)
                    .await?;
                on.close().await?;
                file.sync_all()?;
                nothing_is_there(&path)?;
                Ok(publish(&beside, &path)?)
            }
            Target::Postgres { streams, .. } if !streams.is_empty() => {
                Err(StoreError::corrupt("backup", "a table is missing").into())
            }
            Target::Postgres { mut on, .. } => {
                sqlx::query(MARK)
                    .bind(RESTORED)
                    .bind(restored_at)
                    .execute(&mut *on)
                    .await?;
                on.execute("COMMIT").await?;
                on.close().await?;
                Ok(())
            }
        }
    }
}

/// Whether the tables of a copy are those that this program makes, or made once.
fn is_known(migrations: &[String]) -> Result<(), StoreError> {
    let known = Migrator::migrations();
    let mut names = known.iter().map(|migration| migration.name());
    match migrations.iter().find(|name| names.next() != Some(name.as_str())) {
        Some(other) => Err(StoreError::Newer {
            migration: other.clone(),
        }),
        None => Ok(()),
    }
}

/// A new file beside the one that the settings name, which must not be there.
fn beside(url: &str) -> Result<Restoring, StoreError> {
    let connect = SqliteConnectOptions::from_str(url).map_err(|error| StoreError::from(&error))?;
    let path = connect.get_filename().to_owned();
    nothing_is_there(&path)?;
    let refuse = |error: std::io::Error| {
        StoreError::Setup(format!("the database file {} cannot be made: {error}", path.display()))
    };
    if let Some(folder) = path.parent() {
        sqlite::make_folder(folder).map_err(refuse)?;
    }
    let beside = named(&path, ".restoring");
    // What a restore left that was killed, with its log: it would be taken for that of the new file.
    for left in ["", "-journal", "-wal", "-shm"] {
        match fs::remove_file(named(&beside, left)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(refuse(error)),
            _gone => {}
        }
    }
    let file = owned(&beside).map_err(refuse)?;
    Ok(Restoring(Target::Sqlite { file, beside, path }))
}

fn named(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(ending);
    PathBuf::from(name)
}

fn nothing_is_there(path: &Path) -> Result<(), StoreError> {
    let names = [path.to_owned(), named(path, "-wal"), named(path, "-journal")];
    match names.iter().find(|path| path.exists()) {
        None => Ok(()),
        Some(there) => Err(StoreError::Setup(format!(
            "{} is there already; move it away first, for a backup goes into an empty database only",
            there.display()
        ))),
    }
}

/// A new file that only its owner reads.
fn owned(path: &Path) -> std::io::Result<File> {
    let mut open = OpenOptions::new();
    open.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    open.open(path)
}

/// PostgreSQL with the tables of the copy and nothing in them, in a transaction that is open.
async fn emptied(url: &str, shape: &Shape) -> Result<Restoring, StoreError> {
    let unanswered = |error: sqlx::Error| StoreError::from(&error);
    let connect = PgConnectOptions::from_str(url)
        .map_err(unanswered)?
        .application_name("stafett");
    postgres::on_a_secret_line(&connect)?;
    let steps = u32::try_from(shape.migrations.len()).unwrap_or(u32::MAX);
    let pool = postgres::single(&connect, std::time::Duration::from_secs(600)).await?;
    let own = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    let there: i64 = {
        let mut on = PgConnection::connect_with(&connect).await.map_err(unanswered)?;
        let sql = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()";
        let there = sqlx::query_scalar(sql).fetch_one(&mut on).await.map_err(unanswered)?;
        on.close().await.map_err(unanswered)?;
        there
    };
    if there == 0 {
        Migrator::up(&own, Some(steps)).await?;
    }
    own.close().await?;

    let mut on = PgConnection::connect_with(&connect).await.map_err(unanswered)?;
    let patience = std::time::Duration::from_secs(5);
    postgres::prepare(&mut on, patience).await.map_err(unanswered)?;
    // While files are put into their store, the transaction waits.
    let begin = "SET idle_in_transaction_session_timeout = 0; BEGIN";
    on.execute(begin).await.map_err(unanswered)?;
    let full = || {
        StoreError::Setup(
            "the database is not empty, and a backup goes into an empty one only: make another and name it in database.url"
                .to_owned(),
        )
    };
    let applied: Vec<String> = match sqlx::query_scalar(AssertSqlSafe(APPLIED)).fetch_all(&mut on).await {
        Ok(applied) => applied,
        // Tables of something else.
        Err(sqlx::Error::Database(_)) => return Err(full()),
        Err(error) => return Err(unanswered(error)),
    };
    if applied != shape.migrations {
        return Err(full());
    }
    for Stream { name: table, .. } in &shape.streams {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", quoted(table));
        let rows: bool = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut on)
            .await
            .map_err(unanswered)?;
        // What a migration writes itself comes again with the copy.
        let made: bool = table == "log_heads";
        if rows && !made {
            return Err(full());
        }
        if rows {
            let sql = format!("DELETE FROM {}", quoted(table));
            on.execute(AssertSqlSafe(sql)).await.map_err(unanswered)?;
        }
    }
    Ok(Restoring(Target::Postgres {
        on: Box::new(on),
        streams: shape
            .streams
            .iter()
            .cloned()
            .map(|stream| (stream.name, stream.columns))
            .collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_outside_stays_a_name() {
        assert_eq!(
            with_columns("a\"; DROP TABLE x; --", &["b".to_owned()]),
            r#""a""; DROP TABLE x; --" ("b")"#
        );
    }

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

    #[test]
    fn a_copy_of_a_newer_program_is_refused_by_the_name_of_what_is_not_known() {
        let known: Vec<String> = Migrator::migrations().iter().map(|one| one.name().to_owned()).collect();
        assert!(is_known(&known).is_ok());
        assert!(
            is_known(&known[..3]).is_ok(),
            "an older one is brought up to date afterwards"
        );
        let newer = [known.as_slice(), &["m2099_more".to_owned()]].concat();
        assert!(matches!(is_known(&newer), Err(StoreError::Newer { migration }) if migration == "m2099_more"));
        let other = vec!["m2020_other".to_owned()];
        assert!(matches!(is_known(&other), Err(StoreError::Newer { .. })));
    }
}
