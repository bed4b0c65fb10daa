//! Merging the two cases of a youth who was registered twice, and taking it back.
//!
//! Both logs are kept. The referrals move to the surviving case as a strand of their own, so that nobody sees what they
//! could not see before; a split gives back exactly what came.

use uuid::Uuid;

use super::decide::{CaseContext, CaseDecision, admit, not_yours};
use super::event::CaseFact;
use super::file::File;
use super::{Case, CaseRelation, Member, Strand};
use crate::agency::AgencyId;
use crate::policy::Permit;
use crate::refusal::{FieldError, Refusal, Rule};
use crate::vocabulary::{CaseAction, CaseState, Notice};

/// Merges `absorbed` into `survivor`. The first decision is about the survivor.
///
/// # Errors
/// [`Refusal`]: hidden, not a lead of an agency that knows both, one of them is not open.
pub fn merge(
    (survivor, its_members): (&Case, &[Member]),
    (absorbed, other_members): (&Case, &[Member]),
    reason: &str,
    context: &CaseContext<'_>,
) -> Result<(CaseDecision, CaseDecision), Refusal> {
    let permit = admit(absorbed, other_members, CaseAction::Merge, context.actor)?;
    if survivor.id == absorbed.id {
        return Err(Refusal::of_fields(vec![FieldError::new(
            "/into",
            "same-case",
            "En sak kan ikke slås sammen med seg selv.",
            "A case cannot be merged with itself.",
        )]));
    }
    admit(survivor, its_members, CaseAction::Merge, context.actor)?;
    knows_both(permit, (survivor, its_members))?;
    let known_to = known(&absorbed.strands, other_members, absorbed.coordinator);
    let strands: Vec<Strand> = absorbed
        .strands
        .iter()
        .map(|strand| Strand {
            via: Some(absorbed.id),
            ..strand.clone()
        })
        .collect();
    let mut kept = File::resume(survivor, permit, context);
    let why = kept.write_reason("/reason", reason)?;
    kept.record(CaseFact::Merged {
        from: absorbed.id,
        strands,
        known_to: known_to.clone(),
        reason: why,
    });
    if known_to.contains(&survivor.coordinator) {
        kept.tell(survivor.coordinator, Notice::CaseMerged);
    }
    let other = second(context);
    let mut gone = File::resume(absorbed, permit, &other);
    let why = gone.write_reason("/reason", reason)?;
    gone.record(CaseFact::MergedInto {
        into: survivor.id,
        reason: why,
    });
    if !(absorbed.coordinator == survivor.coordinator && known_to.contains(&survivor.coordinator)) {
        gone.tell(absorbed.coordinator, Notice::CaseMerged);
    }
    Ok((kept.finish(), gone.finish()))
}

/// Takes a merge back: what came from `absorbed` leaves `survivor` again. The first decision is about the survivor.
///
/// # Errors
/// [`Refusal`]: hidden, not a lead of an agency that took part in both, not merged.
pub fn split(
    (survivor, members): (&Case, &[Member]),
    absorbed: &Case,
    reason: &str,
    context: &CaseContext<'_>,
) -> Result<(CaseDecision, CaseDecision), Refusal> {
    let permit = admit(survivor, members, CaseAction::Split, context.actor)?;
    let (leaving, staying): (Vec<Strand>, Vec<Strand>) = survivor
        .strands
        .iter()
        .cloned()
        .partition(|strand| strand.via == Some(absorbed.id));
    let took_part = |strands: &[Strand]| strands.iter().any(|strand| strand.has(permit.agency(), members));
    let by_both = took_part(&leaving) && took_part(&staying);
    if !leaving.is_empty() && !by_both {
        return Err(not_yours(CaseAction::Split));
    }
    if leaving.is_empty() || absorbed.merged_into != Some(survivor.id) || absorbed.state != CaseState::Merged {
        return Err(Refusal::new(
            Rule::ActionNotAllowedNow,
            "Saken er ikke slått sammen med denne. Se etter riktig referanse i tidslinjen.",
            "The case has not been merged into this one. Look for the right reference in the timeline.",
        ));
    }
    let known_to = known(&leaving, members, absorbed.coordinator);
    let mut kept = File::resume(survivor, permit, context);
    let why = kept.write_reason("/reason", reason)?;
    kept.record(CaseFact::Split {
        from: absorbed.id,
        known_to: known_to.clone(),
        reason: why,
    });
    if known_to.contains(&survivor.coordinator) {
        kept.tell(survivor.coordinator, Notice::CaseSplit);
    }
    let other = second(context);
    let mut back = File::resume(absorbed, permit, &other);
    let why = back.write_reason("/reason", reason)?;
    back.record(CaseFact::SplitOff {
        from: survivor.id,
        reason: why,
    });
    if !(absorbed.coordinator == survivor.coordinator && known_to.contains(&survivor.coordinator)) {
        back.tell(absorbed.coordinator, Notice::CaseSplit);
    }
    Ok((kept.finish(), back.finish()))
}

/// It is one and the same agency that must know both.
fn knows_both(permit: Permit, (survivor, members): (&Case, &[Member])) -> Result<(), Refusal> {
    match survivor.standing(permit.agency(), members) {
        CaseRelation::Outsider => Err(not_yours(CaseAction::Merge)),
        CaseRelation::Coordinator | CaseRelation::Participant => Ok(()),
    }
}

fn known(strands: &[Strand], members: &[Member], coordinator: AgencyId) -> Vec<AgencyId> {
    let mut known: Vec<AgencyId> = strands.iter().flat_map(|strand| strand.participants(members)).collect();
    known.push(coordinator);
    known.sort_unstable();
    known.dedup();
    known
}

/// The ids of the second decision are not those of the first: half of the counter's room lies between them.
fn second<'a>(context: &CaseContext<'a>) -> CaseContext<'a> {
    CaseContext {
        id: Uuid::from_u128(context.id.as_u128() ^ 0x1_0000),
        ..*context
    }
}
