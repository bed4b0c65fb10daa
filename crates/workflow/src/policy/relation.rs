//! How an agency stands to a referral: what the policy asks beside the role.

use crate::agency::AgencyId;
use crate::referral::Referral;

/// How an agency stands to one referral, now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// Sent the current hand-off, or is writing it.
    Sender,
    /// Was sent the current hand-off.
    Receiver,
    /// Holds the baton.
    Custodian,
    /// The municipality that decides who is responsible.
    Coordinator,
    /// Took part, and knows of it, but has nothing to do now.
    Participant,
    /// Has no part in it.
    Outsider,
}

impl Relation {
    /// All relations.
    pub const ALL: [Self; 6] = [
        Self::Sender,
        Self::Receiver,
        Self::Custodian,
        Self::Coordinator,
        Self::Participant,
        Self::Outsider,
    ];

    /// As written in the matrix.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Receiver => "receiver",
            Self::Custodian => "custodian",
            Self::Coordinator => "coordinator",
            Self::Participant => "participant",
            Self::Outsider => "outsider",
        }
    }

    /// How `agency` stands to `referral`: often in more than one way, so that a sender is also the custodian.
    #[must_use]
    pub fn all_of(agency: AgencyId, referral: &Referral) -> Vec<Self> {
        let mut relations = Vec::new();
        if let Some(current) = referral.current_handoff() {
            if current.sender == agency {
                relations.push(Self::Sender);
            }
            if current.is_sent() && current.terms.receiver == Some(agency) {
                relations.push(Self::Receiver);
            }
        }
        if referral.custodian == agency {
            relations.push(Self::Custodian);
        }
        if referral.coordinator == Some(agency) {
            relations.push(Self::Coordinator);
        }
        if relations.is_empty() {
            relations.push(if referral.knows(agency) {
                Self::Participant
            } else {
                Self::Outsider
            });
        }
        relations
    }
}
