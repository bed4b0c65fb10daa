//! What an agency sees of a case.
//!
//! [`visibility`] decides it for one referral, as a total function; the committed table lists every answer. [`look`] applies
//! it to a whole case: what is not seen adds nothing to any part of the answer.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::cover::{NeedCover, cover};
use super::event::{CaseEvent, CaseFact};
use super::{Case, CaseRelation, Member, Proposal};
use crate::agency::{AgencyId, CaseId, ReferralId, UserId};
use crate::definition::OthersSee;
use crate::policy::Relation;
use crate::referral::Handoff;
use crate::vocabulary::Need;

/// How much of one referral of a case somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Visibility {
    /// All that a party to it sees.
    Full,
    /// Need, state, who has the baton, and until when.
    Custody,
    /// Not even that it exists.
    Nothing,
}

impl Visibility {
    /// As written in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Custody => "custody",
            Self::Nothing => "nothing",
        }
    }
}

/// How much of a referral an agency sees, by how it stands to that strand of the case, how it stands to the referral, what
/// the definition lets others see, and whether the referral has been sent.
#[must_use]
pub const fn visibility(case: CaseRelation, referral: Relation, others_see: OthersSee, sent: bool) -> Visibility {
    match (referral, case, others_see) {
        (
            Relation::Sender | Relation::Receiver | Relation::Custodian | Relation::Coordinator | Relation::Participant,
            _,
            _,
        ) => Visibility::Full,
        (Relation::Outsider, CaseRelation::Coordinator | CaseRelation::Participant, OthersSee::Custody) if sent => {
            Visibility::Custody
        }
        (
            Relation::Outsider,
            CaseRelation::Coordinator | CaseRelation::Participant | CaseRelation::Outsider,
            OthersSee::Custody | OthersSee::Nothing,
        ) => Visibility::Nothing,
    }
}

/// A case as somebody sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// How they stand to it.
    pub relation: CaseRelation,
    /// Who coordinates, unless they know the case only through a merge.
    pub coordinator: Option<AgencyId>,
    /// Who does so there.
    pub coordinator_person: Option<UserId>,
    /// To whom the coordination was offered, for the two whom it concerns.
    pub proposal: Option<Proposal>,
    /// Those of its referrals that they see.
    pub referrals: Vec<SeenReferral>,
    /// Who has taken which need.
    pub needs: Vec<NeedCover>,
    /// Who takes part, as far as they know, and how.
    pub participants: Vec<(AgencyId, Vec<Relation>)>,
    /// Counts the decisions that they may know of: their ETag.
    pub version: u32,
    /// When the last of these was taken.
    pub updated_at: DateTime<Utc>,
}

/// A referral of a case, as somebody sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenReferral {
    /// Which.
    pub referral: ReferralId,
    /// How much of it; never nothing.
    pub visibility: Visibility,
}

/// What the people of `viewer`'s agencies see of a case; `None` when they may not know of it.
#[must_use]
pub fn look(case: &Case, log: &[CaseEvent], members: &[Member], viewer: &[AgencyId]) -> Option<Seen> {
    let eyes = Eyes::new(case, members, viewer)?;
    let told: Vec<&CaseEvent> = log.iter().filter(|event| eyes.sees(case.id, log, event)).collect();
    let versions: BTreeSet<u32> = told.iter().map(|event| event.version).collect();
    Some(Seen {
        relation: eyes.relation,
        coordinator: eyes.coordinator(),
        coordinator_person: case.coordinator_person.filter(|_| eyes.coordinator().is_some()),
        proposal: case
            .proposal
            .filter(|proposal| eyes.is_one_of(proposal.to) || eyes.is_one_of(case.coordinator)),
        referrals: eyes
            .visible
            .iter()
            .map(|(member, visibility)| SeenReferral {
                referral: member.referral.id,
                visibility: *visibility,
            })
            .collect(),
        needs: eyes.needs(),
        participants: eyes.participants(),
        version: u32::try_from(versions.len()).unwrap_or(u32::MAX).max(1),
        updated_at: told.iter().map(|event| event.at).max().unwrap_or(case.opened_at),
    })
}

/// Somebody who looks at a case.
#[derive(Debug)]
pub struct Eyes<'a> {
    case: &'a Case,
    viewer: &'a [AgencyId],
    relation: CaseRelation,
    /// The strands in which they take part.
    strands: BTreeSet<CaseId>,
    visible: Vec<(&'a Member, Visibility)>,
}

impl<'a> Eyes<'a> {
    /// `None` when they may not know of the case.
    #[must_use]
    pub fn new(case: &'a Case, members: &'a [Member], viewer: &'a [AgencyId]) -> Option<Self> {
        let relation = viewer
            .iter()
            .map(|agency| case.standing(*agency, members))
            .min()
            .unwrap_or(CaseRelation::Outsider);
        if relation == CaseRelation::Outsider {
            return None;
        }
        let strands = case
            .strands
            .iter()
            .filter(|strand| viewer.iter().any(|agency| strand.has(*agency, members)))
            .map(|strand| strand.case)
            .collect();
        let visible = case
            .strands
            .iter()
            .flat_map(|strand| strand.members(members).map(move |member| (strand, member)))
            .filter_map(|(strand, member)| {
                let best = viewer
                    .iter()
                    .map(|agency| {
                        let in_strand = match strand.has(*agency, members) {
                            true => CaseRelation::Participant,
                            false => CaseRelation::Outsider,
                        };
                        let to_it = match member.referral.is_open_to(*agency) {
                            true => Relation::Participant,
                            false => Relation::Outsider,
                        };
                        let sent = member.referral.handoffs.iter().any(Handoff::is_sent);
                        visibility(in_strand, to_it, member.others_see, sent)
                    })
                    .min()?;
                (best != Visibility::Nothing).then_some((member, best))
            })
            .collect();
        Some(Self {
            case,
            viewer,
            relation,
            strands,
            visible,
        })
    }

    /// How they stand to it.
    #[must_use]
    pub const fn relation(&self) -> CaseRelation {
        self.relation
    }

    /// The referrals that they see.
    #[must_use]
    pub fn visible(&self) -> &[(&'a Member, Visibility)] {
        &self.visible
    }

    /// How much they see of one referral.
    #[must_use]
    pub fn of(&self, referral: ReferralId) -> Visibility {
        self.visible
            .iter()
            .find(|(member, _)| member.referral.id == referral)
            .map_or(Visibility::Nothing, |(_, visibility)| *visibility)
    }

    /// Whether they may know that `agency` has to do with this youth.
    #[must_use]
    pub fn knows(&self, agency: AgencyId) -> bool {
        self.is_one_of(agency)
            || self.coordinator() == Some(agency)
            || self.visible.iter().any(|(member, visibility)| match visibility {
                Visibility::Full => member.referral.knows(agency),
                Visibility::Custody => member.referral.custodian == agency,
                Visibility::Nothing => false,
            })
    }

    /// Whether an entry of the log of `of`, which is the case's or one of a case merged into it, is theirs to see; `log` is
    /// that whole log.
    #[must_use]
    pub fn sees(&self, of: CaseId, log: &[CaseEvent], event: &CaseEvent) -> bool {
        let takes_part = self.strands.contains(&of);
        match &event.fact {
            CaseFact::Opened { .. }
            | CaseFact::CoordinatorChanged { .. }
            | CaseFact::CoordinatorAssigned { .. }
            | CaseFact::MergedInto { .. }
            | CaseFact::SplitOff { .. } => takes_part,
            // Whoever came with another strand hears of what happened since.
            CaseFact::Closed { .. } | CaseFact::Reopened { .. } => {
                let since = |strand: &super::Strand| self.strands.contains(&strand.case) && strand.since < event.seq;
                takes_part || (of == self.case.id && self.case.strands.iter().any(since))
            }
            CaseFact::ReferralAttached { referral } => self.of(*referral) != Visibility::Nothing,
            CaseFact::NeedAdded { .. }
            | CaseFact::NeedRemoved { .. }
            | CaseFact::CoordinatorProposed { .. }
            | CaseFact::CoordinationDeclined { .. } => self.is_concerned(log, event),
            CaseFact::Merged { known_to, .. } | CaseFact::Split { known_to, .. } => {
                known_to.iter().any(|agency| self.is_one_of(*agency)) || self.is_one_of(event.by.agency)
            }
        }
    }

    /// Whether the reason that was given is theirs to read: it may tell of parts that others do not know.
    #[must_use]
    pub fn may_read_reason(&self, log: &[CaseEvent], event: &CaseEvent) -> bool {
        self.is_concerned(log, event)
    }

    /// Whoever did it, whom it was about, and whoever coordinated then or has since.
    fn is_concerned(&self, log: &[CaseEvent], event: &CaseEvent) -> bool {
        let about = if let CaseFact::CoordinatorProposed { to, .. } = &event.fact {
            Some(*to)
        } else {
            None
        };
        let mut then = None;
        let mut since = Vec::new();
        for entry in log {
            let (CaseFact::Opened { coordinator, .. } | CaseFact::CoordinatorChanged { to: coordinator, .. }) =
                &entry.fact
            else {
                continue;
            };
            let coordinator = *coordinator;
            if entry.seq <= event.seq {
                then = Some(coordinator);
            } else {
                since.push(coordinator);
            }
        }
        std::iter::once(event.by.agency)
            .chain(about)
            .chain(then)
            .chain(since)
            .any(|agency| self.is_one_of(agency))
    }

    fn is_one_of(&self, agency: AgencyId) -> bool {
        self.viewer.contains(&agency)
    }

    /// Who coordinates is told to those of the case's own strand: to others it may be news that this agency has to do with
    /// the youth at all.
    fn coordinator(&self) -> Option<AgencyId> {
        (self.is_one_of(self.case.coordinator) || self.strands.contains(&self.case.id)).then_some(self.case.coordinator)
    }

    fn needs(&self) -> Vec<NeedCover> {
        let registered = self
            .case
            .strands
            .iter()
            .flat_map(|strand| &strand.needs)
            .filter(|need| need.known_to.iter().any(|agency| self.is_one_of(*agency)))
            .map(|need| need.need);
        let asked_for = self.visible.iter().flat_map(|(member, _)| member.needs.iter().copied());
        let needs: BTreeSet<Need> = registered.chain(asked_for).collect();
        needs.into_iter().map(|need| cover(need, &self.visible)).collect()
    }

    fn participants(&self) -> Vec<(AgencyId, Vec<Relation>)> {
        let mut known: BTreeSet<AgencyId> = self.coordinator().into_iter().collect();
        for (member, visibility) in &self.visible {
            match visibility {
                Visibility::Full => known.extend(member.referral.parties()),
                Visibility::Custody => {
                    known.insert(member.referral.custodian);
                }
                Visibility::Nothing => {}
            }
        }
        let relations = |agency: AgencyId| {
            let mut relations: BTreeSet<Relation> = BTreeSet::new();
            if self.coordinator() == Some(agency) {
                relations.insert(Relation::Coordinator);
            }
            for (member, visibility) in &self.visible {
                match visibility {
                    Visibility::Full => relations.extend(
                        Relation::all_of(agency, &member.referral)
                            .into_iter()
                            .filter(|relation| *relation != Relation::Outsider)
                            // Who decides in a dispute does not coordinate the case because of it.
                            .map(|relation| {
                                if relation == Relation::Coordinator {
                                    Relation::Participant
                                } else {
                                    relation
                                }
                            }),
                    ),
                    Visibility::Custody if member.referral.custodian == agency => {
                        relations.insert(Relation::Custodian);
                    }
                    Visibility::Custody | Visibility::Nothing => {}
                }
            }
            relations.into_iter().collect()
        };
        known.into_iter().map(|agency| (agency, relations(agency))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_visibility_is_the_committed_one() {
        let mut lines = vec!["case,referral,others_see,sent,visibility".to_owned()];
        for case in CaseRelation::ALL {
            for referral in Relation::ALL {
                for (word, others_see) in [("custody", OthersSee::Custody), ("nothing", OthersSee::Nothing)] {
                    for sent in [true, false] {
                        let answer = visibility(case, referral, others_see, sent).as_str();
                        let (case, referral) = (case.relation().as_str(), referral.as_str());
                        lines.push(format!("{case},{referral},{word},{sent},{answer}"));
                    }
                }
            }
        }
        insta::assert_snapshot!("visibility", lines.join("\n"));
    }
}
