//! What can go wrong in the store, as one list. What a caller does next follows from the variant.

use std::fmt;

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use sqlx::error::{DatabaseError, ErrorKind};

/// Why the store could not do what it was asked.
///
/// Neither `Display` nor `Debug` ever shows a row's content: databases put whole rows into the details of their errors,
/// and rows may tell something about a person. So the cause is kept as a [`Cause`], without those details.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The settings or the server cannot be used as they are. The text says what to change.
    #[error("{0}")]
    Setup(String),
    /// A newer version of this program has changed the schema; going on could destroy what it does not understand.
    #[error(
        "the database was changed by a newer version of stafett (it has the migration {migration}); start that version"
    )]
    Newer {
        /// The first migration that this program does not know.
        migration: String,
    },
    /// Somebody else wrote first: something that must be unique already exists. Nothing was written.
    #[error("already taken: {constraint}")]
    Conflict {
        /// The constraint as the database names it.
        constraint: String,
    },
    /// A rule of the schema refused what a higher layer should never have asked for. Nothing was written.
    #[error("the schema refused: {rule}")]
    Refused {
        /// The rule as the database names it.
        rule: String,
    },
    /// Others hold what this needed for too long. Nothing was written; the same request may succeed a moment later.
    #[error("the database is busy: {0}")]
    Busy(#[source] Cause),
    /// The database cannot be reached, or cannot write (full or failing disk). Nothing was written.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] Cause),
    /// The connection failed during the commit: it may have been written, or not. Only asking again will tell.
    #[error("the outcome of the commit is unknown: {0}")]
    Uncertain(#[source] Cause),
    /// That somebody looks could not be written down, so nothing may be shown to them.
    #[error("the look could not be logged: {0}")]
    NotLogged(#[source] Cause),
    /// The master keys are not those that this database was made with, or lack one of them. Nothing was changed.
    #[error("the vault stays closed: {0}")]
    Vault(stafett_vault::VaultError),
    /// What was told of them is erased, and nothing is written about them any more.
    #[error("what was told here is erased, so nothing can be added")]
    Erased,
    /// What is stored is not what this program writes.
    #[error("the stored {what} cannot be understood: {why}")]
    Corrupt {
        /// What, and which one.
        what: String,
        /// Why, without the value.
        why: String,
    },
    /// The database refused a statement of ours: a defect of this program.
    #[error("the database refused a statement: {0}")]
    Statement(#[source] Cause),
}

impl StoreError {
    /// Whether the same request may succeed later without any change.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Busy(_) | Self::Unavailable(_) | Self::Uncertain(_) | Self::NotLogged(_)
        )
    }

    pub(crate) fn corrupt(what: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self::Corrupt {
            what: what.to_string(),
            why: why.to_string(),
        }
    }

    /// What a failed COMMIT means: when the answer did not come, nobody knows.
    pub(crate) fn from_commit(error: &DbErr) -> Self {
        match Self::from(error.clone()) {
            Self::Unavailable(cause) => Self::Uncertain(cause),
            other => other,
        }
    }
}

/// What the database or the driver said, without any row's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    code: Option<String>,
    message: String,
}

impl Cause {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            code: None,
            message: message.into(),
        }
    }

    /// The SQLSTATE, or SQLite's extended result code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} ({code})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Cause {}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => Self::from(&*error),
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => {
                Self::Busy(Cause::new("no connection became free in time"))
            }
            DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) => {
                Self::Unavailable(Cause::new("the store is closed"))
            }
            // These carry the text of a failed conversion, which may quote the value.
            DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } => {
                Self::corrupt("row", "a column does not hold what it should")
            }
            other => Self::Statement(Cause::new(other.to_string())),
        }
    }
}

impl From<&sqlx::Error> for StoreError {
    fn from(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => from_database(error.as_ref()),
            sqlx::Error::PoolTimedOut => Self::Busy(Cause::new("no connection became free in time")),
            sqlx::Error::Io(error) => Self::Unavailable(Cause::new(error.to_string())),
            sqlx::Error::Tls(error) => Self::Unavailable(Cause::new(error.to_string())),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::BeginFailed => {
                Self::Unavailable(Cause::new(error.to_string()))
            }
            sqlx::Error::Configuration(error) => Self::Setup(error.to_string()),
            sqlx::Error::ColumnDecode { index, .. } => {
                Self::corrupt(format_args!("column {index}"), "it does not hold what it should")
            }
            sqlx::Error::Decode(_) => Self::corrupt("row", "a column does not hold what it should"),
            other => Self::Statement(Cause::new(other.to_string())),
        }
    }
}

fn from_database(error: &dyn DatabaseError) -> StoreError {
    let named = || {
        error
            .constraint()
            .map_or_else(|| error.message().to_owned(), str::to_owned)
    };
    match error.kind() {
        ErrorKind::UniqueViolation => return StoreError::Conflict { constraint: named() },
        ErrorKind::ForeignKeyViolation | ErrorKind::NotNullViolation | ErrorKind::CheckViolation => {
            return StoreError::Refused { rule: named() };
        }
        _ => {}
    }
    let code = error.code().map(std::borrow::Cow::into_owned);
    let cause = Cause {
        code: code.clone(),
        message: error.message().to_owned(),
    };
    let code = code.as_deref().unwrap_or_default();
    let class = match code.parse::<i32>() {
        Ok(number) if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() => sqlite_class(number),
        _ => postgres_class(code),
    };
    match class {
        Class::Busy => StoreError::Busy(cause),
        Class::Unavailable => StoreError::Unavailable(cause),
        Class::Corrupt => StoreError::corrupt("database", cause),
        Class::Refused => StoreError::Refused { rule: named() },
        Class::Statement => StoreError::Statement(cause),
    }
}

enum Class {
    Busy,
    Unavailable,
    Corrupt,
    Refused,
    Statement,
}

/// SQLite's primary result codes: <https://www.sqlite.org/rescode.html>.
fn sqlite_class(extended: i32) -> Class {
    match extended & 0xff {
        5 | 6 => Class::Busy,
        8 | 10 | 13 | 14 => Class::Unavailable,
        11 | 26 => Class::Corrupt,
        19 => Class::Refused,
        _ => Class::Statement,
    }
}

/// PostgreSQL's SQLSTATEs: appendix A of its manual.
fn postgres_class(code: &str) -> Class {
    match code {
        // serialization failure, deadlock, lock not available in time
        "40001" | "40P01" | "55P03" => Class::Busy,
        // a read-only transaction: a standby, or a primary that has just stepped down
        "25006" => Class::Unavailable,
        // data or index corrupted
        "XX001" | "XX002" => Class::Corrupt,
        // connection exceptions; resources and disk full; shutting down; system errors
        _ if ["08", "53", "57P", "58"].iter().any(|class| code.starts_with(class)) => Class::Unavailable,
        _ if code.starts_with("23") => Class::Refused,
        _ => Class::Statement,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_and_a_lost_line_are_unavailable_and_a_lock_is_busy() {
        for (code, expected) in [
            (5, "busy"),
            (261, "busy"),
            (13, "unavailable"),
            (778, "unavailable"),
            (11, "corrupt"),
        ] {
            assert_eq!(name(&sqlite_class(code)), expected, "{code}");
        }
        for (code, expected) in [
            ("55P03", "busy"),
            ("40P01", "busy"),
            ("53100", "unavailable"),
            ("57P01", "unavailable"),
            ("42601", "statement"),
        ] {
            assert_eq!(name(&postgres_class(code)), expected, "{code}");
        }
    }

    fn name(class: &Class) -> &'static str {
        match class {
            Class::Busy => "busy",
            Class::Unavailable => "unavailable",
            Class::Corrupt => "corrupt",
            Class::Refused => "refused",
            Class::Statement => "statement",
        }
    }
}
