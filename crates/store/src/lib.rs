//! # The store
//!
//! The one room of Stafett that knows the database: SQLite or PostgreSQL, with one schema and, but for a handful of
//! statements, one SQL.
//!
//! A tour, in the order in which one reads:
//!
//! * [`Db`] connects, refuses a database that would lose what it has confirmed, and migrates. [`Db::write_tx`] opens the one
//!   transaction of a use case, a [`Tx`]. Queries run on either, which is what [`Handle`] means.
//! * [`referrals`]: found within a scope, locked for a decision, stored by it, listed in pages. A [`referrals::Record`] is
//!   the proof that its holder was let in; [`events`], [`texts`] and the receipts of [`outbox`] are read with it.
//! * [`cases`]: the same for what gathers several referrals about one youth; [`persons`]: how a youth is found again.
//! * [`agencies`], [`users`], [`sessions`]: the directory, the people and their rights, their refresh tokens.
//! * [`agreements`]: what agencies have agreed between them, every version of it.
//! * [`outbox`]: notices on their way out; [`idempotency`]: answers kept for those who ask again; [`audit`]: who did what.
//! * [`sealed_log`]: the audit trail as a log that proves itself. [`copy`]: everything as bytes, for backups.
//! * [`incidents`]: notices that have not arrived, until somebody has taken each.
//! * [`changes`]: what those who look on are told of.
//! * [`deadlines`]: which referrals have a clock that has something to tell.
//! * [`attachments`]: the files of referrals, whose content lies elsewhere.
//! * [`looks`]: who has looked at what is told of a youth. What is sealed opens to whoever shows the receipt of a look.
//! * [`glasses`]: referrals that somebody opened in an emergency, and what their review found.
//! * [`hints`]: that two agencies follow the same youth.
//! * [`vault`]: the keys under which all that is told of a youth lies sealed.
//! * [`retention`]: how long it is kept, and what is due to be erased.
//! * [`definitions`]: workflow definitions of one's own, proposed by one person and approved by another.
//! * [`webhooks`]: the addresses of units' own systems, and what became of each telling.
//! * [`outreach`]: the register of outreach teams, in which nobody is named.
//! * [`snoozes`]: what people have put aside in their own lists.
//! * [`reports`]: what the reports count; [`instance`]: what this installation is.
//! * [`StoreError`]: what can go wrong, by what the caller does next.
//!
//! **Architecture invariant:** a referral is read only with a [`Scope`](stafett_workflow::policy::Scope) and written only
//! with a [`Decision`](stafett_workflow::Decision); neither can be made here.
//!
//! **Architecture invariant:** everything that one decision changes is written in one transaction, the notices included.
//! Nothing in here sends anything, and no transaction is held while something is sent.
//!
//! **Architecture invariant:** personal data stands in `persons.sealed`, `texts.sealed` and `attachments.sealed` and nowhere else, sealed under its
//! owner's key and bound to its row, and no error, log line or `Debug` output of this crate shows it.

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
pub mod agreements;
pub mod attachments;
pub mod audit;
pub mod capacity;
pub mod cases;
pub mod changes;
mod connect;
pub mod deadlines;
pub mod definitions;
pub mod deputies;
pub mod digests;
mod entity;
mod error;
pub mod events;
pub mod glasses;
pub mod handed_over;
pub mod hints;
pub mod idempotency;
pub mod incidents;
pub mod instance;
pub mod looks;
mod map;
pub mod outbox;
pub mod outreach;
mod page;
pub mod persons;
pub mod preferences;
pub mod reconcile;
pub mod referrals;
pub mod reports;
pub mod retention;
pub mod sealed_log;
pub mod sessions;
pub mod settings;
pub mod snoozes;
pub mod statements;
pub mod texts;
pub mod users;
pub mod vault;
pub mod webhooks;

pub use connect::copy;
pub use connect::{Db, Ears, Handle, Kind, Options, Tx, as_the_system, on_behalf_of};
pub use error::{Cause, StoreError};
pub use page::Page;
