//! Streams into an empty database.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sea_orm::SqlxPostgresConnector;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use stafett_migrations::{Migrator, MigratorTrait as _};

use super::super::{Kind, postgres, sqlite};
use super::{APPLIED, CopyError, FILE, RESTORED, Shape, Stream, owned, publish, quoted, with_columns};
use crate::error::StoreError;

const MARK: &str =
    "INSERT INTO instance (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

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

/// PostgreSQL with the tables of the copy and nothing in them, in a transaction that is open.
async fn emptied(url: &str, shape: &Shape) -> Result<Restoring, StoreError> {
    let unanswered = |error: sqlx::Error| StoreError::from(&error);
    let connect = PgConnectOptions::from_str(url)
        .map_err(unanswered)?
        .application_name("stafett");
    postgres::on_a_secret_line(&connect)?;
    let steps = u32::try_from(shape.migrations.len()).unwrap_or(u32::MAX);
    let pool = postgres::single(&connect, Duration::from_secs(600)).await?;
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
    let patience = Duration::from_secs(5);
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
