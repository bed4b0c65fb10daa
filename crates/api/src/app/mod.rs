//! What the server can do, one file for each use case.
//!
//! Nothing here knows HTTP or SQL: a use case takes values that have been parsed and somebody who has been recognised,
//! opens at most one write transaction, asks the engine to decide, and returns values or an [`AppError`]. Which status an
//! error becomes is written in [`crate::problem`].

pub mod backup;
pub mod capacity;
pub mod cases;
pub mod changes;
pub mod deadlines;
pub mod definitions;
pub mod digests;
pub mod directory;
pub mod engine;
pub mod erasure;
pub mod glass;
pub mod hints;
pub mod incidents;
pub mod insight;
pub mod looks;
pub mod migration;
pub mod outreach;
pub mod persons;
pub mod reconcile;
pub mod reconciliation;
pub mod referrals;
pub mod reports;
pub mod retention;
pub mod routing;
pub mod sealed_log;
pub mod sessions;
pub mod setup;
pub mod sign_in;
pub mod statements;
pub mod workflows;

use std::time::Duration;

use stafett_store::StoreError;
use stafett_store::referrals::Held;
use stafett_workflow::Refusal;
use stafett_workflow::agency::{AttachmentId, CaseId, ReferralId};
use stafett_workflow::policy::Verdict;
use stafett_workflow::refusal::FieldError;

use crate::files::{FileFault, FilesError};

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The engine refused, in words.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The policy refused.
    #[error("the policy answers {}", .0.as_str())]
    Denied(Verdict),
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A change came without the version that it is meant for.
    #[error("If-Match is missing")]
    PreconditionMissing,
    /// A change was meant for another version.
    #[error("the version is {current}")]
    Stale {
        /// Of what.
        referral: ReferralId,
        /// The version now.
        current: u32,
    },
    /// The same of something that is set up.
    #[error("the version is {current}")]
    StaleAt {
        /// Where it is read, below the base of the API.
        place: String,
        /// The version now.
        current: u32,
    },
    /// An agency cannot be closed while it answers for something.
    #[error("the agency holds {0:?}")]
    AgencyInUse(Held),
    /// Somebody must be left who can set the agency up.
    #[error("nobody would be left to administer")]
    LastAdministrator,
    /// Only whoever runs the installation may set these.
    #[error("{} fields are reserved", .0.len())]
    OnlySystemAdmin(Vec<FieldError>),
    /// Nobody may give these to themselves.
    #[error("{} roles would be given to oneself", .0.len())]
    OwnRoles(Vec<FieldError>),
    /// The same for a case; its version is the one that the caller sees.
    #[error("the version is {current}")]
    StaleCase {
        /// Of what.
        case: CaseId,
        /// The version now.
        current: u32,
    },
    /// The same sender has stored exactly this already.
    #[error("already stored")]
    AlreadyStored {
        /// As what.
        referral: ReferralId,
        /// The version now.
        current: u32,
    },
    /// The same of something that is read at a place of its own.
    #[error("already stored")]
    AlreadyStoredAt {
        /// Where it is read, below the base of the API.
        place: String,
        /// The version now.
        current: u32,
    },
    /// Somebody else has taken it in hand, or it is over.
    #[error("it is in hand")]
    InHand,
    /// The id belongs to something else. The answer tells nothing of it.
    #[error("the id is taken")]
    Taken,
    /// The key was used with another body.
    #[error("the idempotency key was used with another body")]
    KeyReused,
    /// A request with the same key has not finished.
    #[error("a request with the same idempotency key has not finished")]
    KeyInProgress,
    /// Fields that are wrong in a way that the engine does not judge.
    #[error("{} fields are wrong", .0.len())]
    Fields(Vec<FieldError>),
    /// A file is not taken.
    #[error("the file is not taken: {0:?}")]
    File(FileFault),
    /// A referral has so many files already.
    #[error("it has {0} files")]
    TooManyFiles(usize),
    /// The same agency has stored exactly this file already.
    #[error("the file is stored already")]
    AttachmentStored {
        /// Of which referral.
        referral: ReferralId,
        /// As which file.
        attachment: AttachmentId,
    },
    /// Others than the caller's own agency have had a part in it.
    #[error("others take part")]
    OthersTakePart,
    /// A legal hold forbids it.
    #[error("a legal hold stands")]
    LegalHold,
    /// Somebody still works with it.
    #[error("{} are not closed", .0.len())]
    StillOpen(Vec<String>),
    /// The store of files could not.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// What was to come did not come in time.
    #[error("the body did not come in time")]
    Late,
    /// What was to come did not come whole.
    #[error("the body did not come whole")]
    Broken,
    /// Whoever looks at somebody who is strictly confidential says why.
    #[error("a look needs a reason")]
    ReasonMissing,
    /// What was told is erased, so nothing can be added to it.
    #[error("it is erased")]
    Erased,
    /// The cursor is not one of this list.
    #[error("the cursor is not valid")]
    Cursor,
    /// Wrong user name or password, or a closed account: nobody is told which.
    #[error("the credentials are not accepted")]
    Credentials,
    /// The refresh token is unknown, expired, revoked or used.
    #[error("the refresh token is not accepted")]
    RefreshToken,
    /// Too many attempts to sign in.
    #[error("too many attempts; next in {0:?}")]
    TooManyAttempts(Duration),
    /// Too many test mails to one agency.
    #[error("too many test mails; next in {0:?}")]
    TooManyTests(Duration),
    /// A defect or a failing machine: nothing that the caller could change.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<Verdict> for AppError {
    fn from(verdict: Verdict) -> Self {
        Self::Denied(verdict)
    }
}

impl From<FileFault> for AppError {
    fn from(fault: FileFault) -> Self {
        Self::File(fault)
    }
}

impl AppError {
    /// Something that no caller can change.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

/// What a caller believes the version to be that they change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// They did not say.
    Missing,
    /// One of these.
    Versions(Vec<u32>),
}

impl Precondition {
    /// Holds the belief against the facts. To be asked after the scope and before anything else.
    ///
    /// # Errors
    /// [`AppError::PreconditionMissing`] and [`AppError::Stale`].
    pub fn check(&self, referral: ReferralId, current: u32) -> Result<(), AppError> {
        match self {
            Self::Missing => Err(AppError::PreconditionMissing),
            Self::Versions(versions) if versions.contains(&current) => Ok(()),
            Self::Versions(_) => Err(AppError::Stale { referral, current }),
        }
    }

    /// The same for something that is set up and read at `place`, below the base of the API.
    ///
    /// # Errors
    /// [`AppError::PreconditionMissing`] and [`AppError::StaleAt`].
    pub fn check_at(&self, place: String, current: u32) -> Result<(), AppError> {
        match self {
            Self::Missing => Err(AppError::PreconditionMissing),
            Self::Versions(versions) if versions.contains(&current) => Ok(()),
            Self::Versions(_) => Err(AppError::StaleAt { place, current }),
        }
    }

    /// The same for a case.
    ///
    /// # Errors
    /// [`AppError::PreconditionMissing`] and [`AppError::StaleCase`].
    pub fn check_case(&self, case: CaseId, current: u32) -> Result<(), AppError> {
        match self {
            Self::Missing => Err(AppError::PreconditionMissing),
            Self::Versions(versions) if versions.contains(&current) => Ok(()),
            Self::Versions(_) => Err(AppError::StaleCase { case, current }),
        }
    }
}

/// A key by which a client marks a request that it may repeat: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key has 1 to 255 visible ASCII characters")]
pub struct NotAKey;

impl std::str::FromStr for IdempotencyKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let is_key = (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_key {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAKey)
        }
    }
}
