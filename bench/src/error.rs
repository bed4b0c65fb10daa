//! Why there is no measurement.

/// Why there is no measurement.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The database refused something.
    #[error("the database refused to {what}: {source}")]
    Database {
        /// What was tried.
        what: &'static str,
        /// What it said.
        source: sqlx::Error,
    },
    /// The operating system refused something.
    #[error("cannot {what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What it said.
        source: std::io::Error,
    },
    /// A program that belongs to the measurement gave up.
    #[error("`{program}` failed: {said}")]
    Program {
        /// Which.
        program: &'static str,
        /// Its last words.
        said: String,
    },
    /// A request got no answer.
    #[error("a request got no answer: {0}")]
    Line(#[from] hyper::Error),
    /// The measurement could not be set up, in words.
    #[error("{0}")]
    Setup(String),
    /// A check failed, so nothing that was measured counts.
    #[error("{0}")]
    Void(String),
}

impl Error {
    pub(crate) fn database(what: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Database { what, source }
    }

    pub(crate) fn system(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::System { what, source }
    }
}
