//! What has happened to a case. Codes, ids and times only: a reason that somebody wrote is named by its id.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Strand;
use crate::agency::{AgencyId, CaseId, ReferralId, TextId, UserId};
use crate::event::By;
use crate::reference::CaseReference;
use crate::vocabulary::Need;

/// One entry of a case's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseEvent {
    /// Its id.
    pub id: Uuid,
    /// Its place in the log, from 1 without gaps.
    pub seq: u32,
    /// The case's version after the decision that it belongs to.
    pub version: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: By,
    /// What.
    pub fact: CaseFact,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum CaseFact {
    /// It was opened.
    Opened {
        /// Its short name.
        reference: CaseReference,
        /// Who coordinates.
        coordinator: AgencyId,
        /// Who does so there.
        person: Option<UserId>,
    },
    /// A referral was put into it.
    ReferralAttached {
        /// Which.
        referral: ReferralId,
    },
    /// A need was registered.
    NeedAdded {
        /// Which.
        need: Need,
    },
    /// A need was taken away.
    NeedRemoved {
        /// Which.
        need: Need,
    },
    /// Another agency was asked to coordinate.
    CoordinatorProposed {
        /// Whom.
        to: AgencyId,
        /// Why, if it was said.
        reason: Option<TextId>,
    },
    /// They would not.
    CoordinationDeclined {
        /// Why.
        reason: TextId,
    },
    /// They have taken it.
    CoordinatorChanged {
        /// Who coordinated.
        from: AgencyId,
        /// Who coordinates now.
        to: AgencyId,
        /// Who does so there.
        person: Option<UserId>,
    },
    /// Somebody else of the same agency coordinates.
    CoordinatorAssigned {
        /// Who.
        person: UserId,
    },
    /// Nothing is left to coordinate.
    Closed {
        /// Why.
        reason: TextId,
    },
    /// Something is, again.
    Reopened {
        /// Why.
        reason: TextId,
    },
    /// Another case about the same youth was merged into this one.
    Merged {
        /// Which.
        from: CaseId,
        /// What it consisted of.
        strands: Vec<Strand>,
        /// Who took part in it, and so knows of this.
        known_to: Vec<AgencyId>,
        /// Why.
        reason: TextId,
    },
    /// This case was merged into another.
    MergedInto {
        /// Which.
        into: CaseId,
        /// Why.
        reason: TextId,
    },
    /// A case that had been merged into this one has left again.
    Split {
        /// Which.
        from: CaseId,
        /// Who took part in it, and so knows of this.
        known_to: Vec<AgencyId>,
        /// Why.
        reason: TextId,
    },
    /// This case stands by itself again.
    SplitOff {
        /// Where it had been.
        from: CaseId,
        /// Why.
        reason: TextId,
    },
}

impl CaseFact {
    /// The kind as it is written in the log.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::ReferralAttached { .. } => "referral-attached",
            Self::NeedAdded { .. } => "need-added",
            Self::NeedRemoved { .. } => "need-removed",
            Self::CoordinatorProposed { .. } => "coordinator-proposed",
            Self::CoordinationDeclined { .. } => "coordination-declined",
            Self::CoordinatorChanged { .. } => "coordinator-changed",
            Self::CoordinatorAssigned { .. } => "coordinator-assigned",
            Self::Closed { .. } => "closed",
            Self::Reopened { .. } => "reopened",
            Self::Merged { .. } => "merged",
            Self::MergedInto { .. } => "merged-into",
            Self::Split { .. } => "split",
            Self::SplitOff { .. } => "split-off",
        }
    }

    /// Where the reason lies that was given for it.
    #[must_use]
    pub const fn reason(&self) -> Option<TextId> {
        match self {
            Self::CoordinatorProposed { reason, .. } => *reason,
            Self::CoordinationDeclined { reason }
            | Self::Closed { reason }
            | Self::Reopened { reason }
            | Self::Merged { reason, .. }
            | Self::MergedInto { reason, .. }
            | Self::Split { reason, .. }
            | Self::SplitOff { reason, .. } => Some(*reason),
            Self::Opened { .. }
            | Self::ReferralAttached { .. }
            | Self::NeedAdded { .. }
            | Self::NeedRemoved { .. }
            | Self::CoordinatorChanged { .. }
            | Self::CoordinatorAssigned { .. } => None,
        }
    }
}
