//! A database of either kind, as a story sees it.

use std::path::{Path, PathBuf};

use sqlx::{AssertSqlSafe, Connection, Executor, Row, postgres::PgConnection, sqlite::SqliteConnection};
use tempfile::TempDir;

use crate::{postgres, template};

/// What the SQLite file of a story is called.
const FILE: &str = "stafett.db";

/// Which of the two databases a story runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A file in a temporary folder: two handles on `:memory:` would be two databases.
    Sqlite,
    /// A database of its own on the PostgreSQL of the run.
    Postgres,
}

/// A database that belongs to one story and goes when the story ends.
#[derive(Debug)]
pub struct Database {
    place: Place,
}

#[derive(Debug)]
enum Place {
    Sqlite(TempDir),
    Postgres(postgres::Database),
}

impl Database {
    /// Makes an empty database of the given kind.
    ///
    /// # Panics
    /// When it cannot be made; the message says what to install or set.
    pub async fn create(kind: DatabaseKind) -> Self {
        Self::copy(kind, None).await
    }

    /// Makes one that has its tables already, where [the run has made them once](crate::template); else an empty one.
    ///
    /// # Panics
    /// When it cannot be made; the message says what to install or set.
    pub async fn with_tables(kind: DatabaseKind) -> Self {
        let database = Self::copy(kind, template::on_postgres().as_deref()).await;
        if let Place::Sqlite(folder) = &database.place {
            template::copy_sqlite(&folder.path().join(FILE));
        }
        database
    }

    async fn copy(kind: DatabaseKind, template: Option<&str>) -> Self {
        let place = match kind {
            DatabaseKind::Sqlite => {
                let folder = tempfile::Builder::new().prefix("stafett-sqlite-").tempdir();
                Place::Sqlite(folder.unwrap_or_else(|error| panic!("no folder for the SQLite database: {error}")))
            }
            DatabaseKind::Postgres => Place::Postgres(
                postgres::Database::create(template)
                    .await
                    .unwrap_or_else(|error| panic!("{error}")),
            ),
        };
        Self { place }
    }

    /// Which kind it is.
    #[must_use]
    pub fn kind(&self) -> DatabaseKind {
        match self.place {
            Place::Sqlite(_) => DatabaseKind::Sqlite,
            Place::Postgres(_) => DatabaseKind::Postgres,
        }
    }

    /// Its address, as `DATABASE_URL` wants it.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.place {
            Place::Sqlite(folder) => sqlite_url(&folder.path().join(FILE)),
            Place::Postgres(database) => database.url(),
        }
    }

    /// The folders in which its bytes lie: its tables, and the log. What the server has in memory is written out before.
    ///
    /// # Panics
    /// When the database does not tell.
    pub async fn folders(&self) -> Vec<PathBuf> {
        match &self.place {
            Place::Sqlite(folder) => vec![folder.path().to_owned()],
            Place::Postgres(_) => {
                self.execute("CHECKPOINT").await;
                let asked = "SELECT current_setting('data_directory') || suffix FROM (VALUES (1, (SELECT '/base/' || oid \
                             FROM pg_database WHERE datname = current_database())), (2, '/pg_wal')) f(n, suffix) ORDER BY n";
                self.texts(asked).await.into_iter().map(PathBuf::from).collect()
            }
        }
    }

    /// Backs it up into `folder`, as an operator does, but uncompressed.
    ///
    /// # Panics
    /// When that fails.
    pub async fn back_up(&self, folder: &Path) {
        match &self.place {
            Place::Sqlite(_) => {
                let file = folder.join("backup.db");
                self.execute(&format!("VACUUM INTO '{}'", file.display())).await;
            }
            Place::Postgres(_) => {
                // What sqlx reads behind the question mark pg_dump does not know.
                let url = self.url();
                let address = url.split('?').next().unwrap_or_default();
                let dump = tokio::process::Command::new(postgres::program("pg_dump").unwrap())
                    .args(["--format=plain", "--serializable-deferrable", "--file"])
                    .arg(folder.join("backup.sql"))
                    .arg(address)
                    .output();
                let done = dump.await.unwrap();
                assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            }
        }
    }

    /// Runs statements past the product: to look at, or to spoil, what it stored.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn execute(&self, statements: &str) {
        let statements = AssertSqlSafe(statements.to_owned());
        let done = match &self.place {
            Place::Sqlite(_) => {
                let mut connection = self.sqlite().await;
                let done = connection.execute(statements).await.map(drop);
                // Left to itself it would put its log back some time later, while somebody looks at the files.
                connection.close().await.unwrap();
                done
            }
            Place::Postgres(_) => self.postgres().await.execute(statements).await.map(drop),
        };
        done.unwrap();
    }

    /// The one number that a query gives, such as a count.
    ///
    /// # Panics
    /// When the database refuses, or the answer is not one 64-bit number.
    pub async fn number(&self, query: &str) -> i64 {
        let query = AssertSqlSafe(query.to_owned());
        match &self.place {
            Place::Sqlite(_) => self.sqlite().await.fetch_one(query).await.unwrap().get(0),
            Place::Postgres(_) => self.postgres().await.fetch_one(query).await.unwrap().get(0),
        }
    }

    /// The one column of text that a query gives.
    ///
    /// # Panics
    /// When the database refuses, or the first column is not text.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        let query = AssertSqlSafe(query.to_owned());
        match &self.place {
            Place::Sqlite(_) => {
                let rows = self.sqlite().await.fetch_all(query).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
            Place::Postgres(_) => {
                let rows = self.postgres().await.fetch_all(query).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }

    async fn sqlite(&self) -> SqliteConnection {
        SqliteConnection::connect(&self.url()).await.unwrap()
    }

    async fn postgres(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.unwrap()
    }
}

/// The address of a SQLite file, as `DATABASE_URL` wants it; the file is made when it is not there.
#[must_use]
pub fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}?mode=rwc", file.display())
}
