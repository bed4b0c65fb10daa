//! How one event changes a case. Nothing else changes one.

use super::event::{CaseEvent, CaseFact};
use super::{Case, CaseNeed, Proposal, Strand};
use crate::agency::{AgencyId, CaseId};
use crate::evolve::ReplayError;
use crate::vocabulary::{CaseState, Need};

/// The case that a whole log tells.
///
/// # Errors
/// [`ReplayError`] when the log does not begin with the opening or has a gap.
pub fn replay<'a>(id: CaseId, events: impl IntoIterator<Item = &'a CaseEvent>) -> Result<Case, ReplayError> {
    let mut events = events.into_iter();
    let mut case = events
        .next()
        .and_then(|first| begin(id, first))
        .ok_or(ReplayError::NoCreation)?;
    for event in events {
        let expected = case.event_seq + 1;
        if event.seq != expected {
            return Err(ReplayError::Gap {
                expected,
                found: event.seq,
            });
        }
        case = evolve(case, event);
    }
    Ok(case)
}

/// The case after its opening; `None` when the event is something else or not the first.
#[must_use]
pub fn begin(id: CaseId, event: &CaseEvent) -> Option<Case> {
    let CaseFact::Opened {
        reference,
        coordinator,
        person,
    } = &event.fact
    else {
        return None;
    };
    (event.seq == 1).then(|| Case {
        id,
        reference: *reference,
        state: CaseState::Open,
        coordinator: *coordinator,
        coordinator_person: *person,
        proposal: None,
        strands: vec![Strand::own(id, *coordinator)],
        merged_into: None,
        opened_at: event.at,
        closed_at: None,
        version: event.version,
        event_seq: event.seq,
    })
}

/// The case after one more event.
#[must_use]
pub fn evolve(mut case: Case, event: &CaseEvent) -> Case {
    case.version = event.version;
    case.event_seq = event.seq;
    match &event.fact {
        CaseFact::Opened { .. } => {}
        CaseFact::ReferralAttached { referral } => with_own(&mut case, |own| own.referrals.push(*referral)),
        CaseFact::NeedAdded { need } => {
            let known_to = [case.coordinator, event.by.agency];
            with_own(&mut case, |own| add_need(own, *need, known_to));
        }
        CaseFact::NeedRemoved { need } => {
            for strand in &mut case.strands {
                strand
                    .needs
                    .retain(|known| known.need != *need || !known.known_to.contains(&event.by.agency));
            }
        }
        CaseFact::CoordinatorProposed { to, .. } => {
            case.proposal = Some(Proposal {
                to: *to,
                by: event.by.agency,
                at: event.at,
            });
        }
        CaseFact::CoordinationDeclined { .. } => case.proposal = None,
        CaseFact::CoordinatorChanged { to, person, .. } => {
            case.coordinator = *to;
            case.coordinator_person = *person;
            case.proposal = None;
            with_own(&mut case, |own| {
                if !own.coordinators.contains(to) {
                    own.coordinators.push(*to);
                }
                for need in &mut own.needs {
                    note(&mut need.known_to, *to);
                }
            });
        }
        CaseFact::CoordinatorAssigned { person } => case.coordinator_person = Some(*person),
        CaseFact::Closed { .. } => {
            case.state = CaseState::Closed;
            case.closed_at = Some(event.at);
            case.proposal = None;
        }
        CaseFact::Reopened { .. } => {
            case.state = CaseState::Open;
            case.closed_at = None;
        }
        CaseFact::Merged { strands, .. } => case.strands.extend(strands.iter().map(|strand| Strand {
            since: event.seq,
            ..strand.clone()
        })),
        CaseFact::MergedInto { into, .. } => {
            case.state = CaseState::Merged;
            case.merged_into = Some(*into);
            case.proposal = None;
        }
        CaseFact::Split { from, .. } => case.strands.retain(|strand| strand.via != Some(*from)),
        CaseFact::SplitOff { .. } => {
            case.merged_into = None;
            case.state = match case.closed_at {
                Some(_) => CaseState::Closed,
                None => CaseState::Open,
            };
        }
    }
    case
}

fn with_own(case: &mut Case, change: impl FnOnce(&mut Strand)) {
    if let Some(own) = case.strands.first_mut() {
        change(own);
    }
}

fn add_need(strand: &mut Strand, need: Need, known_to: [AgencyId; 2]) {
    let place = match strand.needs.iter().position(|known| known.need == need) {
        Some(place) => place,
        None => {
            strand.needs.push(CaseNeed {
                need,
                known_to: Vec::new(),
            });
            strand.needs.len() - 1
        }
    };
    if let Some(known) = strand.needs.get_mut(place) {
        for agency in known_to {
            note(&mut known.known_to, agency);
        }
    }
}

fn note(known_to: &mut Vec<AgencyId>, agency: AgencyId) {
    if !known_to.contains(&agency) {
        known_to.push(agency);
    }
}
