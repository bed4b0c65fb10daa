//! The one room of Stafett that knows the database.
#![warn(missing_docs)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")
)]

mod connect;
mod error;

pub use connect::{Db, Handle, Kind, Options, Tx};
pub use error::{Cause, StoreError};
