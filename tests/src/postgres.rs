//! A private PostgreSQL for a test run, and a database of its own for each test.
//!
//! The address in [`URL_VARIABLE`] is used when it is set: `with-postgres` sets it for a whole run, and a developer may
//! point it at a server of their own. Without it each test process starts a cluster for itself, which costs a second or two.

mod cluster;
mod database;

pub use cluster::Cluster;
pub(crate) use cluster::program;
pub use database::Database;

/// Names the server to use: `postgres://user:password@host:port/database`, by a role that may create databases.
pub const URL_VARIABLE: &str = "TEST_POSTGRES_URL";

/// Why there is no PostgreSQL for the tests.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No server programs on this machine.
    #[error(
        "PostgreSQL is not installed: neither PATH nor /usr/lib/postgresql/*/bin has both `initdb` and `postgres`.\n\
         Install it (Debian and Ubuntu: `apt-get install postgresql`; Fedora: `dnf install postgresql-server`; \
         macOS: `brew install postgresql`),\n\
         or set {URL_VARIABLE} to a server where the tests may create databases."
    )]
    NotInstalled,
    /// PostgreSQL refuses to run as root and there is nobody else to be.
    #[error(
        "PostgreSQL does not run as root, and this machine has neither the user `postgres` nor `nobody` to run it as"
    )]
    NoUnprivilegedUser,
    /// `initdb` or `postgres` gave up; `log` is what it said.
    #[error("`{program}` failed:\n{log}")]
    Failed {
        /// The program that gave up.
        program: &'static str,
        /// Its last words.
        log: String,
    },
    /// The system refused a file, a folder or a process.
    #[error("cannot {what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The address does not parse.
    #[error("{URL_VARIABLE} is not an address of a PostgreSQL server: {0}")]
    Address(String),
    /// The server refused a connection or a statement.
    #[error("the test server refused to {what}: {source}")]
    Server {
        /// What was tried.
        what: &'static str,
        /// What the server said.
        source: sqlx::Error,
    },
}

impl Error {
    fn system(what: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |source| Self::System { what, source }
    }
}
