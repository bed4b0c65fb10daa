//! The whole database as streams of bytes, as of one instant (`out`), and back into an empty one (`back`): for backups. SQLite gives its
//! file, and PostgreSQL each of its tables in its own binary form; so each goes back into its own kind only, exactly as it was.

mod back;
mod out;

use std::fs::{self, File, OpenOptions};
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::attachments::ObjectId;
use crate::error::StoreError;

pub use back::Restoring;
pub use out::{Sink, Turn};

/// The fact of an [instance](crate::instance) that was restored and not looked after since.
pub const RESTORED: &str = "restored";
/// What SQLite's one stream is called.
const FILE: &str = "database";
/// Every migration that has been applied.
const APPLIED: &str = "SELECT version FROM seaql_migrations ORDER BY version";

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

/// A new file that only its owner reads.
fn owned(path: &Path) -> std::io::Result<File> {
    let mut open = OpenOptions::new();
    open.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    open.open(path)
}

fn with_columns(table: &str, columns: &[String]) -> String {
    let columns: Vec<_> = columns.iter().map(|column| quoted(column)).collect();
    format!("{} ({})", quoted(table), columns.join(", "))
}

/// A name within SQL. Names come out of a backup, and so are never trusted.
fn quoted(name: &str) -> String {
    format!(r#""{}""#, name.replace('"', r#""""#))
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
}
