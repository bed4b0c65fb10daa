//! What has happened. A referral is the fold of its events; the log is never rewritten.
//!
//! An event holds codes, ids and times, never free text or anything about the person: a text that may tell something
//! about the youth is kept elsewhere and named here by its id. So the log can be kept, copied and proved after the texts
//! are gone.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::agency::{AgencyId, AttachmentId, ClockId, HandoffId, TextId, UserId};
use crate::definition::Escalation;
use crate::disclosure::Fields;
use crate::glass::GlassStep;
use crate::reference::Reference;
use crate::referral::{Clock, Handoff, WorkflowKey};
use crate::vocabulary::{Action, HandoffState, LegalBasisCode, Role, Urgency};

/// One entry of a referral's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its id.
    pub id: Uuid,
    /// Its place in the referral's log, from 1 without gaps.
    pub seq: u32,
    /// The referral's version after the decision that it belongs to.
    pub version: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, or nobody when a clock did it.
    pub by: Option<By>,
    /// What.
    pub fact: Fact,
}

/// Who did it: person, agency and role at that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// The person.
    pub user: UserId,
    /// The agency for which they acted.
    pub agency: AgencyId,
    /// The role in which they acted.
    pub role: Role,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Fact {
    /// A referral was written; its first hand-off is a draft.
    Created {
        /// The short name people use.
        reference: Reference,
        /// The definition on which it runs.
        workflow: WorkflowKey,
        /// Who wrote it; a baton that is dropped comes back here.
        originator: AgencyId,
        /// How urgent.
        urgency: Urgency,
        /// The first hand-off.
        handoff: HandoffId,
        /// The first state's step.
        step: String,
        /// What the draft says of the hand-off.
        terms: Terms,
    },
    /// The draft was changed.
    Edited {
        /// The hand-off.
        handoff: HandoffId,
        /// How urgent now.
        urgency: Urgency,
        /// What the draft says now.
        terms: Terms,
    },
    /// The next leg was sent.
    Opened {
        /// The new hand-off.
        handoff: HandoffId,
        /// The hand-off that named this one its successor, when it was forwarded.
        forwarded_from: Option<HandoffId>,
        /// Who sends.
        sender: AgencyId,
        /// Its first step.
        step: String,
        /// Its first state.
        state: HandoffState,
        /// To whom and on what basis.
        terms: Terms,
    },
    /// A hand-off went from one step to the next.
    Moved {
        /// The hand-off.
        handoff: HandoffId,
        /// By which action.
        action: Action,
        /// The definition's step.
        step: String,
        /// The core state of that step.
        state: HandoffState,
        /// The coded inputs, by field.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        codes: BTreeMap<String, String>,
        /// Where the free texts lie, by field.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        texts: BTreeMap<String, TextId>,
    },
    /// The draft's terms were settled as it was sent.
    TermsSettled {
        /// The hand-off.
        handoff: HandoffId,
        /// To whom and on what basis.
        terms: Terms,
    },
    /// The baton moved.
    BatonPassed {
        /// Who held it.
        from: AgencyId,
        /// Who holds it now.
        to: AgencyId,
    },
    /// Somebody was made responsible within the receiver.
    Assigned {
        /// The hand-off.
        handoff: HandoffId,
        /// Who.
        assignee: UserId,
    },
    /// A limit began to run.
    ClockArmed {
        /// The limit.
        clock: Clock,
    },
    /// A limit ended because what it waited for happened.
    ClockStopped {
        /// Which.
        clock: ClockId,
    },
    /// Something was said or asked that moves nothing.
    Noted {
        /// The hand-off.
        handoff: HandoffId,
        /// By which action.
        action: Action,
        /// The coded inputs, by field.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        codes: BTreeMap<String, String>,
        /// Where the free texts lie, by field.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        texts: BTreeMap<String, TextId>,
    },
    /// A limit stands still, where the law lets it.
    ClockPaused {
        /// Which.
        clock: ClockId,
    },
    /// A limit runs on, later by the time that it stood still.
    ClockResumed {
        /// Which.
        clock: ClockId,
        /// When to warn now.
        warn_at: DateTime<Utc>,
        /// When it is up now.
        due_at: DateTime<Utc>,
        /// After which instant it fires next now; as armed when the log is from before clocks fired.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_fire_at: Option<DateTime<Utc>>,
    },
    /// A limit draws near, and those who must act were told.
    ClockWarned {
        /// Which.
        clock: ClockId,
        /// Who was told.
        to: Told,
        /// After which instant it fires next.
        next_fire_at: DateTime<Utc>,
    },
    /// A limit was missed, and the first of its escalation chain was told.
    ClockBreached {
        /// Which.
        clock: ClockId,
        /// Who was told.
        to: Told,
        /// After which instant it fires next.
        next_fire_at: DateTime<Utc>,
    },
    /// It is still missed, and the next of the chain was told.
    ClockEscalated {
        /// Which.
        clock: ClockId,
        /// Who was told.
        to: Told,
        /// After which instant it fires next.
        next_fire_at: DateTime<Utc>,
    },
    /// It is still missed though everybody of the chain was told, and the last of them was told again.
    ClockReminded {
        /// Which.
        clock: ClockId,
        /// Who was told.
        to: Told,
        /// After which instant it fires next.
        next_fire_at: DateTime<Utc>,
    },
    /// The services disagree about who is responsible; the baton stays where it is until that is decided.
    Disputed {
        /// The municipality that decides.
        coordinator: AgencyId,
        /// Where the reason lies, by field.
        texts: BTreeMap<String, TextId>,
    },
    /// It was decided who is responsible.
    Allocated {
        /// Who.
        custodian: AgencyId,
        /// Where the reason lies, by field.
        texts: BTreeMap<String, TextId>,
    },
    /// The last decision was undone; everything but the log is as before.
    Restored {
        /// The version that was undone.
        undone: u32,
        /// What holds again.
        relay: Box<Snapshot>,
    },
    /// The custodian closed the referral without a further hand-off.
    Revoked {
        /// Where the reason lies, by field.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        texts: BTreeMap<String, TextId>,
    },
    /// Somebody wrote a message; nothing moved.
    MessagePosted {
        /// Where the message lies.
        text: TextId,
    },
    /// Somebody added a file; nothing moved.
    AttachmentAdded {
        /// The file, whose name is kept with it and not here.
        attachment: AttachmentId,
    },
    /// A file was taken away again by those who had added it; nothing moved.
    AttachmentRemoved {
        /// The file.
        attachment: AttachmentId,
    },
    /// What is registered about the youth was corrected after sending.
    PersonRectified {
        /// Where the reason lies.
        reason: TextId,
        /// Where what stood before lies.
        before: TextId,
    },
    /// It runs on another version of its definition from here on.
    Migrated {
        /// The definition on which it runs now.
        workflow: WorkflowKey,
        /// The hand-offs that stand at another step for that.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        steps: Vec<Restep>,
    },
    /// Something happened to a glass that somebody broke before this referral; nothing moved.
    Glass {
        /// Which.
        glass: Uuid,
        /// What.
        step: GlassStep,
    },
    /// The receiver opened the hand-off for the first time; nothing moved.
    Seen {
        /// The hand-off.
        handoff: HandoffId,
    },
}

impl Fact {
    /// The kind as it is written in the log.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Created { .. } => "created",
            Self::Edited { .. } => "edited",
            Self::Opened { .. } => "opened",
            Self::Moved { .. } => "moved",
            Self::TermsSettled { .. } => "terms-settled",
            Self::BatonPassed { .. } => "baton-passed",
            Self::Assigned { .. } => "assigned",
            Self::ClockArmed { .. } => "clock-armed",
            Self::ClockStopped { .. } => "clock-stopped",
            Self::Noted { .. } => "noted",
            Self::ClockPaused { .. } => "clock-paused",
            Self::ClockResumed { .. } => "clock-resumed",
            Self::ClockWarned { .. } => "clock-warned",
            Self::ClockBreached { .. } => "clock-breached",
            Self::ClockEscalated { .. } => "clock-escalated",
            Self::ClockReminded { .. } => "clock-reminded",
            Self::Disputed { .. } => "disputed",
            Self::Allocated { .. } => "allocated",
            Self::Restored { .. } => "restored",
            Self::Revoked { .. } => "revoked",
            Self::MessagePosted { .. } => "message-posted",
            Self::AttachmentAdded { .. } => "attachment-added",
            Self::AttachmentRemoved { .. } => "attachment-removed",
            Self::PersonRectified { .. } => "person-rectified",
            Self::Migrated { .. } => "migrated",
            Self::Glass { .. } => "glass",
            Self::Seen { .. } => "seen",
        }
    }

    /// The action that somebody took, where the fact stands for one.
    #[must_use]
    pub const fn action(&self) -> Option<Action> {
        match self {
            Self::Moved { action, .. } | Self::Noted { action, .. } => Some(*action),
            Self::Opened {
                forwarded_from: None, ..
            } => Some(Action::HandOff),
            Self::Assigned { .. } => Some(Action::Assign),
            Self::Disputed { .. } => Some(Action::Dispute),
            Self::Allocated { .. } => Some(Action::Allocate),
            Self::Restored { .. } => Some(Action::Undo),
            Self::Revoked { .. } => Some(Action::Revoke),
            Self::Created { .. }
            | Self::Edited { .. }
            | Self::Opened { .. }
            | Self::TermsSettled { .. }
            | Self::BatonPassed { .. }
            | Self::ClockArmed { .. }
            | Self::ClockStopped { .. }
            | Self::ClockPaused { .. }
            | Self::ClockResumed { .. }
            | Self::ClockWarned { .. }
            | Self::ClockBreached { .. }
            | Self::ClockEscalated { .. }
            | Self::ClockReminded { .. }
            | Self::MessagePosted { .. }
            | Self::AttachmentAdded { .. }
            | Self::AttachmentRemoved { .. }
            | Self::PersonRectified { .. }
            | Self::Migrated { .. }
            | Self::Glass { .. }
            | Self::Seen { .. } => None,
        }
    }

    /// What a clock did by itself: to which clock it happened, whom it told, and after which instant it fires next.
    #[must_use]
    pub const fn fired(&self) -> Option<(ClockId, &Told, DateTime<Utc>)> {
        match self {
            Self::ClockWarned {
                clock,
                to,
                next_fire_at,
            }
            | Self::ClockBreached {
                clock,
                to,
                next_fire_at,
            }
            | Self::ClockEscalated {
                clock,
                to,
                next_fire_at,
            }
            | Self::ClockReminded {
                clock,
                to,
                next_fire_at,
            } => Some((*clock, to, *next_fire_at)),
            Self::Created { .. }
            | Self::Edited { .. }
            | Self::Opened { .. }
            | Self::Moved { .. }
            | Self::TermsSettled { .. }
            | Self::BatonPassed { .. }
            | Self::Assigned { .. }
            | Self::ClockArmed { .. }
            | Self::ClockStopped { .. }
            | Self::Noted { .. }
            | Self::ClockPaused { .. }
            | Self::ClockResumed { .. }
            | Self::Disputed { .. }
            | Self::Allocated { .. }
            | Self::Restored { .. }
            | Self::Revoked { .. }
            | Self::MessagePosted { .. }
            | Self::AttachmentAdded { .. }
            | Self::AttachmentRemoved { .. }
            | Self::PersonRectified { .. }
            | Self::Migrated { .. }
            | Self::Glass { .. }
            | Self::Seen { .. } => None,
        }
    }

    /// The hand-off that it is about, where it is about one.
    #[must_use]
    pub const fn handoff(&self) -> Option<HandoffId> {
        match self {
            Self::Created { handoff, .. }
            | Self::Edited { handoff, .. }
            | Self::Opened { handoff, .. }
            | Self::Moved { handoff, .. }
            | Self::TermsSettled { handoff, .. }
            | Self::Assigned { handoff, .. }
            | Self::Noted { handoff, .. }
            | Self::Seen { handoff } => Some(*handoff),
            Self::ClockArmed { clock } => Some(clock.handoff),
            Self::BatonPassed { .. }
            | Self::ClockStopped { .. }
            | Self::ClockPaused { .. }
            | Self::ClockResumed { .. }
            | Self::ClockWarned { .. }
            | Self::ClockBreached { .. }
            | Self::ClockEscalated { .. }
            | Self::ClockReminded { .. }
            | Self::Disputed { .. }
            | Self::Allocated { .. }
            | Self::Restored { .. }
            | Self::Revoked { .. }
            | Self::Glass { .. }
            | Self::PersonRectified { .. }
            | Self::Migrated { .. }
            | Self::AttachmentAdded { .. }
            | Self::AttachmentRemoved { .. }
            | Self::MessagePosted { .. } => None,
        }
    }
}

/// Whom a clock told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// Which link of the escalation chain, from 1.
    pub level: u8,
    /// What that link is.
    pub link: Escalation,
    /// Which agency that was then.
    pub agency: AgencyId,
}

/// Where a hand-off stands in another version of its definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Restep {
    /// The hand-off.
    pub handoff: HandoffId,
    /// The step.
    pub step: String,
    /// The core state of that step.
    pub state: HandoffState,
    /// The step to which it resumes, while it is on hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumes_to: Option<String>,
}

/// What the relay was, apart from its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Whether the custodian had closed it.
    pub revoked: bool,
    /// Who held the baton.
    pub custodian: AgencyId,
    /// The legs.
    pub handoffs: Vec<Handoff>,
    /// The limits.
    pub clocks: Vec<Clock>,
    /// When they began to disagree, if they did.
    pub disputed_since: Option<DateTime<Utc>>,
}

/// To whom a hand-off goes and on what legal basis. A draft may lack both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    /// The receiver.
    pub receiver: Option<AgencyId>,
    /// The legal basis.
    pub basis: Option<LegalBasisCode>,
    /// Where the reason, and the consent if there is one, lies.
    pub basis_text: Option<TextId>,
    /// What the consent covers, where it says so in codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<Fields>,
}
