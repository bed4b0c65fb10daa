//! The one room of Stafett that knows the database.
#![warn(missing_docs)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test may panic"
    )
)]

pub mod agencies;
pub mod audit;
mod connect;
mod entity;
mod error;
pub mod events;
pub mod idempotency;
pub mod instance;
mod map;
pub mod outbox;
mod page;
pub mod referrals;
pub mod reports;
pub mod sessions;
pub mod texts;
pub mod users;

pub use connect::{Db, Handle, Kind, Options, Tx};
pub use error::{Cause, StoreError};
pub use page::Page;
