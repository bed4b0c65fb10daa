//! A case: several referrals about one youth, somebody who coordinates them, and what each agency may see of the others'
//! part.
//!
//! A case moves nothing. Each referral in it keeps its own custodian, clocks, legal basis and circle, and what it was told
//! about the youth; the case says that they belong together, who coordinates, and which needs nobody has taken. It follows
//! the same rules as a referral: [`CaseFact`]s are its log, [`replay`] of the log is its state, the functions of
//! [`decide`] are the only ones that move it, and [`laws`] names what is broken.
//!
//! What an agency sees of a case is one function of what it takes part in ([`view`]). Whatever is hidden from it is hidden
//! whole: it does not show in lists, counts, needs, versions or times either.
//!
//! **Strands.** A youth registered twice has two cases. When they are merged, the referrals of both lie in one case, but the
//! agencies of each keep to their own *strand*: nobody sees through a merge what they could not see before it.

pub mod cover;
pub mod decide;
pub mod event;
pub mod evolve;
mod file;
mod gather;
pub mod laws;
mod merge;
mod transition;
pub mod view;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::agency::{AgencyId, CaseId, ReferralId, UserId};
use crate::definition::OthersSee;
use crate::policy::Relation;
use crate::reference::CaseReference;
use crate::referral::Referral;
use crate::vocabulary::{CaseState, Need};

pub use cover::NeedCover;
pub use decide::{CaseCommand, CaseContext, CaseDecision, CaseNotice, NewCase};
pub use event::{CaseEvent, CaseFact};
pub use evolve::{evolve, replay};
pub use view::{Seen, SeenReferral, Visibility, visibility};

/// A case as its log tells it. What the referrals themselves are doing is not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Its short name.
    pub reference: CaseReference,
    /// Where it stands.
    pub state: CaseState,
    /// Who coordinates. Like the baton, this passes only when the next one has taken it.
    pub coordinator: AgencyId,
    /// Who does so there.
    pub coordinator_person: Option<UserId>,
    /// To whom the coordination was offered, until they answer.
    pub proposal: Option<Proposal>,
    /// What it consists of: first its own strand, then those of cases that were merged into it.
    pub strands: Vec<Strand>,
    /// The case into which this one was merged.
    pub merged_into: Option<CaseId>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it was closed, while it is.
    pub closed_at: Option<DateTime<Utc>>,
    /// Counts decisions, from 1. Not what a client sees: that one counts only what the client may know of.
    pub version: u32,
    /// How many events the log holds.
    pub event_seq: u32,
}

/// The coordination, offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    /// To whom.
    pub to: AgencyId,
    /// By whom.
    pub by: AgencyId,
    /// When.
    pub at: DateTime<Utc>,
}

/// What came into being as one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Strand {
    /// As which case.
    pub case: CaseId,
    /// By the merge of which case it came here; none for a case's own strand.
    pub via: Option<CaseId>,
    /// After which event of this case's log it came here.
    pub since: u32,
    /// Whoever has coordinated it, in order.
    pub coordinators: Vec<AgencyId>,
    /// Its referrals, in the order in which they were attached.
    pub referrals: Vec<ReferralId>,
    /// Needs that were registered on the case itself.
    pub needs: Vec<CaseNeed>,
}

/// A need that was registered on the case itself, apart from the referrals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseNeed {
    /// Which.
    pub need: Need,
    /// Who knows of it: whoever registered it, and whoever has coordinated since.
    pub known_to: Vec<AgencyId>,
}

/// One referral of a case, as far as the case's rules must know it. Neither the youth nor the story is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The relay's part.
    pub referral: Referral,
    /// What it is for.
    pub needs: Vec<Need>,
    /// What others may see of it, as its definition says.
    pub others_see: OthersSee,
    /// Whether it is about somebody: an anonymous consultation belongs to no case.
    pub about_somebody: bool,
}

/// How an agency stands to a case, now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CaseRelation {
    /// Coordinates it.
    Coordinator,
    /// Takes part in a referral of it, or has coordinated it.
    Participant,
    /// Has no part in it.
    Outsider,
}

impl CaseRelation {
    /// All relations.
    pub const ALL: [Self; 3] = [Self::Coordinator, Self::Participant, Self::Outsider];

    /// As the policy's matrix names it.
    #[must_use]
    pub const fn relation(self) -> Relation {
        match self {
            Self::Coordinator => Relation::Coordinator,
            Self::Participant => Relation::Participant,
            Self::Outsider => Relation::Outsider,
        }
    }
}

impl Case {
    /// All its referrals, strand by strand.
    pub fn referrals(&self) -> impl Iterator<Item = ReferralId> + '_ {
        self.strands.iter().flat_map(|strand| strand.referrals.iter().copied())
    }

    /// How `agency` stands to it; `members` are its referrals.
    #[must_use]
    pub fn standing(&self, agency: AgencyId, members: &[Member]) -> CaseRelation {
        if self.coordinator == agency {
            CaseRelation::Coordinator
        } else if self.strands.iter().any(|strand| strand.has(agency, members)) {
            CaseRelation::Participant
        } else {
            CaseRelation::Outsider
        }
    }

    /// Every agency that takes part, each once.
    #[must_use]
    pub fn participants(&self, members: &[Member]) -> Vec<AgencyId> {
        let mut all: Vec<AgencyId> = self
            .strands
            .iter()
            .flat_map(|strand| strand.participants(members))
            .collect();
        all.push(self.coordinator);
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Strand {
    /// A case's own strand, before anything lies in it.
    #[must_use]
    pub fn own(case: CaseId, coordinator: AgencyId) -> Self {
        Self {
            case,
            via: None,
            since: 0,
            coordinators: vec![coordinator],
            referrals: Vec::new(),
            needs: Vec::new(),
        }
    }

    /// Whether `agency` takes part in it.
    #[must_use]
    pub fn has(&self, agency: AgencyId, members: &[Member]) -> bool {
        self.coordinators.contains(&agency) || self.members(members).any(|member| member.referral.knows(agency))
    }

    /// Those of `members` that belong to it.
    pub fn members<'a>(&'a self, members: &'a [Member]) -> impl Iterator<Item = &'a Member> {
        members
            .iter()
            .filter(|member| self.referrals.contains(&member.referral.id))
    }

    /// Every agency that takes part in it; some may come twice.
    #[must_use]
    pub fn participants(&self, members: &[Member]) -> Vec<AgencyId> {
        let mut all = self.coordinators.clone();
        all.extend(self.members(members).flat_map(|member| member.referral.parties()));
        all
    }
}
