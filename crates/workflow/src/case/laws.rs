//! The laws that every stored case obeys.

use super::Case;
use crate::vocabulary::{CaseState, codes};

codes! {
    /// A broken law of a case.
    CaseLaw, "case-law" {
        SomebodyCoordinates = "somebody-coordinates", "Den som koordinerer saken, har tatt på seg det", "Whoever coordinates the case has taken it on";
        StateFits = "case-state-fits", "Sakens tilstand stemmer med det som har skjedd", "The case's state fits what has happened";
        StrandsFit = "strands-fit", "Saken består av sitt eget og det som er slått sammen med den", "A case consists of its own and of what was merged into it";
        OncePerCase = "once-per-case", "En formidling ligger én gang i en sak", "A referral lies in a case once";
    }
}

/// The laws that `case` breaks; none, if all is well.
#[must_use]
pub fn broken(case: &Case) -> Vec<CaseLaw> {
    let mut broken = Vec::new();
    let mut law = |law: CaseLaw, holds: bool| {
        if !holds {
            broken.push(law);
        }
    };
    let own = case.strands.first();
    law(
        CaseLaw::SomebodyCoordinates,
        own.is_some_and(|own| own.coordinators.contains(&case.coordinator)),
    );
    let fits = match case.state {
        CaseState::Open => case.closed_at.is_none() && case.merged_into.is_none(),
        CaseState::Closed => case.closed_at.is_some() && case.merged_into.is_none() && case.proposal.is_none(),
        CaseState::Merged => case.merged_into.is_some() && case.proposal.is_none(),
    };
    law(CaseLaw::StateFits, fits && case.merged_into != Some(case.id));
    let joined = case
        .strands
        .iter()
        .skip(1)
        .all(|strand| strand.via.is_some() && strand.case != case.id);
    law(
        CaseLaw::StrandsFit,
        joined && own.is_some_and(|own| own.case == case.id && own.via.is_none()),
    );
    let mut referrals: Vec<_> = case.referrals().collect();
    let all = referrals.len();
    referrals.sort_unstable();
    referrals.dedup();
    law(CaseLaw::OncePerCase, referrals.len() == all);
    broken
}
