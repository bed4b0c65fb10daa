//! The demo: a synthetic Oslo in which something has happened.
//!
//! [`world`] is who takes part, [`scenario`] what can happen, [`play`] lets it happen by the real engine in simulated time,
//! and [`furnish`] stores all of it in one transaction: there is a whole demo or none. Nobody in it exists.

mod agreements;
mod dice;
mod numbers;
mod outreach;
pub mod play;
mod reset;
pub mod scenario;
mod seed;
pub mod simulation;
pub mod world;

use stafett_store::StoreError;
use stafett_workflow::definition::DefinitionError;

use crate::auth::password::PasswordError;

pub use reset::reset;
pub use seed::{Furnished, furnish};

/// What everybody in the demo signs in with.
pub const PASSWORD: &str = "stafett-demo-2026";

/// How far the making of a demo has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many referrals have happened.
    Playing {
        /// So many.
        done: u32,
        /// Of so many.
        of: u32,
    },
    /// So many of what was decided are stored.
    Storing {
        /// So many.
        done: u32,
        /// Of so many.
        of: u32,
    },
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file that ships with the program does not fit.
    #[error("demo/{file}: {what}")]
    Data {
        /// Which.
        file: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// A story cannot go on.
    #[error("the demo's story “{story}” cannot be played: {what}")]
    Stuck {
        /// Which.
        story: String,
        /// Why.
        what: String,
    },
    /// The database holds something else.
    #[error(
        "this database is not a demo's; give `stafett demo` a folder of its own with --data, or another DATABASE_URL"
    )]
    NotADemo,
    /// The database is a demo's, and already used for something else.
    #[error("this demo's database already holds something else; start anew with --reset")]
    NotEmpty,
    /// It was to be taken away, and lies where others may have things too.
    #[error("--reset takes away the embedded database only; empty the one that DATABASE_URL names yourself")]
    NotEmbedded,
    /// A file could not be taken away.
    #[error("{} cannot be removed ({source}); stop what uses it, or correct its permissions", path.display())]
    Files {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A workflow that ships with the program is unsound.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    /// The password cannot be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}
