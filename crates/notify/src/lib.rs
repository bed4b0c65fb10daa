//! # How Stafett tells people
//!
//! Whoever holds the baton must know it, and whoever waits must hear the answer. A transition leaves one row in the
//! outbox for each unit that has to be told, in the same commit as the transition itself. This crate takes it from
//! there: it turns the row into a mail and does not let go before a server has taken the mail or a person has to look.
//!
//! A tour, in the order in which a notice travels:
//!
//! * [`outbox`]: the seam to the database. [`Outbox`] leases rows that are due and writes down how each ended.
//! * [`dispatcher`]: the loop around it. [`Dispatcher::run`] wakes when [`Bell::ring`] is called after a commit, and
//!   twice a second for rows whose time has come and for rows of other server processes.
//! * [`mail`]: from a notice to a mail. The wording stands in one table in Norwegian and English; [`Renderer`] knows a
//!   reference, a deadline, a link and the name of the unit it writes to, and nothing else.
//! * [`channel`]: how a mail leaves: by SMTP, or as a file in a folder.
//! * [`backoff`]: when to try again.
//! * [`captured`]: what a demo has written instead of sending it, to look at.
//! * [`unsubscribe`]: the way out of the daily digest, the only mail that is no duty.
//! * [`hooks`]: the systems of units are told too, by signed webhooks.
//! * [`report`]: what comes back, and which of it counts.
//! * [`settings`]: what an operator may set, and the sentence that says what is wrong with it.
//!
//! **Architecture invariant:** no mail can hold personal data, for no type of this crate can carry any. What a mail says
//! about a referral is its reference.
//!
//! **Architecture invariant:** no transaction is open while a mail is on its way. A lease, and a token that fences it,
//! keep two dispatchers apart; should both send all the same, both mails have the same `Message-ID` and the same bytes.

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

pub mod backoff;
pub mod captured;
pub mod channel;
pub mod dispatcher;
pub mod hooks;
pub mod mail;
pub mod outbox;
pub mod report;
pub mod settings;
pub mod unsubscribe;

pub use channel::Channel;
pub use dispatcher::{Bell, Dispatcher};
pub use mail::{Message, Renderer};
pub use outbox::{Due, Outbox, Recipient};
pub use settings::MailSettings;
