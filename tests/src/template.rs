//! The tables, made once for a run: a story copies them instead of making them anew, which takes longer than most stories.
//!
//! `with-postgres` makes them and says in the environment where they lie. A test that is run by itself does
//! without, and what it then sees is the same.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use stafett_store::{Db, Options};

/// Names the SQLite file to copy.
pub const SQLITE_VARIABLE: &str = "TEST_TEMPLATE_SQLITE";
/// Names the database to copy on the PostgreSQL of the run.
pub const POSTGRES_VARIABLE: &str = "TEST_TEMPLATE_POSTGRES";

/// Makes the tables in an empty database and leaves it.
///
/// # Errors
/// What the database said.
pub async fn make(url: &str) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("the tables cannot be made: {error}");
    let db = Db::connect(url, &Options::default())
        .await
        .map_err(|error| failed(&error))?;
    db.migrate().await.map_err(|error| failed(&error))?;
    db.close().await.map_err(|error| failed(&error))
}

/// Puts a copy of the run's SQLite tables there, where the run has any.
pub(crate) fn copy_sqlite(to: &Path) {
    if let Some(from) = env::var_os(SQLITE_VARIABLE).map(PathBuf::from) {
        fs::copy(&from, to).unwrap_or_else(|error| panic!("cannot copy {}: {error}", from.display()));
    }
}

/// The run's database with the tables, where the run has one.
pub(crate) fn on_postgres() -> Option<String> {
    env::var(POSTGRES_VARIABLE).ok()
}
