//! What the relay must know about an agency: a few facts, never its people or its mail.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::calendar::OpeningHours;
use crate::vocabulary::AgencyKind;

/// Declares a type for the ids of one kind of thing, so that two kinds cannot be mixed up.
macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident;)+) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $name(pub Uuid);

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    self.0.fmt(f)
                }
            }
        )+
    };
}

ids! {
    /// An agency or a unit of one.
    AgencyId;
    /// A person who works with referrals.
    UserId;
    /// A referral.
    ReferralId;
    /// A case.
    CaseId;
    /// One attempt to pass the baton.
    HandoffId;
    /// A free text that is kept apart from the log, for it may hold personal data.
    TextId;
    /// A file that belongs to a referral.
    AttachmentId;
    /// One running limit.
    ClockId;
    /// One version of an agreement between two agencies.
    AgreementId;
    /// A walk of an outreach team.
    PatrolId;
    /// A place where an outreach team meets young people.
    ArenaId;
}

/// The facts about one agency that decide whether it may send or receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyFacts {
    /// Its id.
    pub id: AgencyId,
    /// Its short name in addresses, kebab-case.
    pub slug: String,
    /// Its kind.
    pub kind: AgencyKind,
    /// Whether it carries out tasks for a public body, so that the duty to report binds it (bvl § 13-2).
    pub public_tasks: bool,
    /// Whether it takes part now.
    pub active: bool,
    /// When it is open, if it says so.
    pub hours: Option<OpeningHours>,
}

/// The agencies that one decision concerns: the referral's parties and whoever the input names.
#[derive(Debug, Clone, Default)]
pub struct Agencies(Vec<AgencyFacts>);

impl Agencies {
    /// From the facts that were loaded.
    #[must_use]
    pub fn new(facts: Vec<AgencyFacts>) -> Self {
        Self(facts)
    }

    /// The ids of all of them.
    pub fn ids(&self) -> impl Iterator<Item = AgencyId> {
        self.0.iter().map(|facts| facts.id)
    }

    /// The agency with this id.
    #[must_use]
    pub fn by_id(&self, id: AgencyId) -> Option<&AgencyFacts> {
        self.0.iter().find(|facts| facts.id == id)
    }

    /// The agency that a caller named by its slug or its id.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&AgencyFacts> {
        let id = Uuid::parse_str(name).ok().map(AgencyId);
        self.0.iter().find(|facts| facts.slug == name || Some(facts.id) == id)
    }
}

/// Whether the administrator of an agency of kind `parent` may make a unit of kind `unit` below it. A kind decides what may
/// be received and on which basis, so nobody becomes more by way of a unit: an agency has units of its own kind, and a
/// municipality or district those that the law lays upon municipalities. A municipality has no other below it, for only one
/// can decide when services disagree.
///
/// ```
/// use stafett_workflow::agency::admits_unit;
/// use stafett_workflow::vocabulary::AgencyKind;
///
/// assert!(admits_unit(AgencyKind::District, AgencyKind::ChildWelfare));
/// assert!(!admits_unit(AgencyKind::Ngo, AgencyKind::ChildWelfare));
/// assert!(!admits_unit(AgencyKind::Municipality, AgencyKind::Municipality));
/// ```
#[must_use]
pub fn admits_unit(parent: AgencyKind, unit: AgencyKind) -> bool {
    let of_municipality = matches!(
        unit,
        AgencyKind::Outreach
            | AgencyKind::ChildWelfare
            | AgencyKind::District
            | AgencyKind::EmergencyHealth
            | AgencyKind::ReceptionCentre
    );
    (unit == parent && unit != AgencyKind::Municipality)
        || (matches!(parent, AgencyKind::Municipality | AgencyKind::District) && of_municipality)
}
