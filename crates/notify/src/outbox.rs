//! The seam between the dispatcher and the database.

mod digests;
mod store;

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use stafett_workflow::definition::Escalation;
use stafett_workflow::vocabulary::{Language, Notice, Urgency};
use uuid::Uuid;

use crate::mail::{Message, RenderError, Renderer};

pub use digests::Digests;
pub use stafett_store::digests::{Content, Due as DigestDue, Line};
pub use stafett_store::outbox::Sent;

/// What a dispatcher sends: a row, and how it becomes a mail.
pub trait Letter: Send + Sync + 'static {
    /// The row, and the left half of the mail's `Message-ID`.
    fn id(&self) -> Uuid;

    /// Fences the lease.
    fn token(&self) -> Uuid;

    /// Attempts that have begun before this one.
    fn attempts(&self) -> u32;

    /// By which it stands in the logs.
    fn span(&self) -> tracing::Span;

    /// The mail: the same at every attempt.
    ///
    /// # Errors
    /// When there can be none.
    fn write(&self, renderer: &Renderer) -> Result<Message, RenderError>;
}

/// The rows that wait to be sent, as the dispatcher sees them: notices, unless somebody says otherwise.
///
/// Leasing and finishing are short transactions of their own. A finisher answers `false` when the lease was lost: the
/// row has another token by now, and whoever holds that one will say how it ended.
#[async_trait]
pub trait Outbox<L = Due>: Send + Sync {
    /// Takes up to `batch` rows that are due at `now` and keeps them from others until `now` + `span`.
    ///
    /// # Errors
    /// When the database does not answer; nothing is leased then, or what is leased comes free by itself.
    async fn lease(&self, now: DateTime<Utc>, batch: u32, span: Duration) -> Result<Vec<L>, OutboxError>;

    /// Servers have taken these mails. Tells of which the lease still held.
    ///
    /// # Errors
    /// When the database does not answer; the rows will be sent again, with the same `Message-ID`.
    async fn sent(&self, mails: &[Sent]) -> Result<BTreeSet<Uuid>, OutboxError>;

    /// The attempt failed with `error`; another follows at `next_attempt_at`.
    ///
    /// # Errors
    /// When the database does not answer; the row comes free when its lease ends.
    async fn retry(
        &self,
        id: Uuid,
        token: Uuid,
        next_attempt_at: DateTime<Utc>,
        error: &str,
    ) -> Result<bool, OutboxError>;

    /// No further attempt can help; a person must look at `error`.
    ///
    /// # Errors
    /// When the database does not answer; the row comes free when its lease ends.
    async fn dead(&self, id: Uuid, token: Uuid, at: DateTime<Utc>, error: &str) -> Result<bool, OutboxError>;
}

/// A row that is due: who is to be told what.
#[derive(Debug, Clone)]
pub struct Due {
    /// The row, and the left half of the mail's `Message-ID`.
    pub id: Uuid,
    /// Fences the lease: only its holder may finish the row.
    pub token: Uuid,
    /// What the recipient is told.
    pub notice: Notice,
    /// The referral, the case or the agreement, by which mails are gathered into a thread.
    pub referral_id: Uuid,
    /// The referral as people name it, such as `K7QF-2M`, or the case, such as `S-K7QF-2N`; empty of an agreement.
    pub reference: String,
    /// How soon somebody must act.
    pub urgency: Urgency,
    /// Who is told.
    pub recipient: Recipient,
    /// As which link of an escalation chain they hear it, when a clock tells them.
    pub because: Option<Escalation>,
    /// Whether the recipient stands in for the person whom it was for.
    pub stands_in: bool,
    /// The deadline that the mail tells, if one runs.
    pub due_at: Option<DateTime<Utc>>,
    /// Attempts that have begun before this one.
    pub attempts: u32,
    /// When the notice was given; the mail's `Date`.
    pub created_at: DateTime<Utc>,
    /// Whether it goes to whoever is on call, besides the unit.
    pub on_call: bool,
    /// Whether it is a copy for whoever is responsible, besides the unit.
    pub copy: bool,
    /// Whether the recipient wishes their deadline as a calendar entry.
    pub calendar_file: bool,
}

impl Letter for Due {
    fn id(&self) -> Uuid {
        self.id
    }

    fn token(&self) -> Uuid {
        self.token
    }

    fn attempts(&self) -> u32 {
        self.attempts
    }

    fn span(&self) -> tracing::Span {
        tracing::info_span!("notice", outbox.id = %self.id, referral.id = %self.referral_id, notice = %self.notice)
    }

    fn write(&self, renderer: &Renderer) -> Result<Message, RenderError> {
        renderer.render(self)
    }
}

/// The unit that is told.
#[derive(Clone)]
pub struct Recipient {
    /// The unit's own name, to be read by itself.
    pub agency_name: String,
    /// Where its mail goes; a unit may have none. A lead's own address, when the notice is for them.
    pub mailbox: Option<String>,
    /// The language it reads.
    pub language: Language,
}

// Whatever is printed may land in a log, and a log has neither names nor addresses.
impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recipient")
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

/// The outbox did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the outbox did not answer")]
pub struct OutboxError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl OutboxError {
    /// An error of the outbox from what caused it.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}
