//! Who has taken which need, and what nobody has.

use chrono::{DateTime, Utc};

use super::Member;
use super::view::Visibility;
use crate::agency::{AgencyId, ReferralId};
use crate::referral::Referral;
use crate::vocabulary::{ConclusionCode, CoverState, HandoffState, Need, OutcomeCode, ReferralState};

/// Who has taken one need, as far as somebody may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedCover {
    /// The need.
    pub need: Need,
    /// Where it stands.
    pub state: CoverState,
    /// By which referral; none when nobody has it, or when only its custody may be seen.
    pub referral: Option<ReferralId>,
    /// Who has taken it, whose answer is awaited, or to whom it came back. Of a referral of which only the custody may be
    /// seen, who has the baton.
    pub agency: Option<AgencyId>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// Until when somebody must act.
    pub until: Option<DateTime<Utc>>,
}

/// Where `need` stands, judged by those referrals that somebody may see, each with how much of it.
#[must_use]
pub fn cover(need: Need, visible: &[(&Member, Visibility)]) -> NeedCover {
    let nobody = NeedCover {
        need,
        state: CoverState::Nobody,
        referral: None,
        agency: None,
        since: None,
        until: None,
    };
    visible
        .iter()
        .filter(|(member, _)| member.needs.contains(&need))
        .map(|(member, visibility)| of_one(need, &member.referral, *visibility))
        .min_by_key(|cover| cover.state)
        .unwrap_or(nobody)
}

/// What one referral does for a need.
fn of_one(need: Need, referral: &Referral, visibility: Visibility) -> NeedCover {
    let current = referral.current_handoff();
    let open = referral.open_handoff().map(|open| open.state);
    let state = match (referral.state, open) {
        (ReferralState::Completed, _) => of_outcome(current.and_then(|last| last.code.as_deref())),
        (ReferralState::Draft | ReferralState::Revoked | ReferralState::EnteredInError, _) => CoverState::Nobody,
        (ReferralState::Active | ReferralState::OnHold | ReferralState::AllocationDisputed, Some(open)) => match open {
            HandoffState::Accepted | HandoffState::InProgress | HandoffState::OnHold => CoverState::Taken,
            HandoffState::Draft
            | HandoffState::Sent
            | HandoffState::Acknowledged
            | HandoffState::InfoRequested
            | HandoffState::Declined
            | HandoffState::ReturnedWithAdvice
            | HandoffState::Forwarded
            | HandoffState::Withdrawn
            | HandoffState::EndedEarly
            | HandoffState::Completed
            | HandoffState::EnteredInError => CoverState::Waiting,
        },
        (ReferralState::Active | ReferralState::OnHold | ReferralState::AllocationDisputed, None) => {
            CoverState::CameBack
        }
    };
    let full = visibility == Visibility::Full;
    let receiver = current.and_then(|current| current.terms.receiver);
    let times = current.map(|current| current.times).unwrap_or_default();
    let (agency, since) = match state {
        CoverState::Nobody => (None, None),
        CoverState::Taken => (Some(referral.custodian), times.decided),
        // Who was asked is not among what others may know, only who has the baton meanwhile.
        CoverState::Waiting => (
            Some(receiver.filter(|_| full).unwrap_or(referral.custodian)),
            times.sent,
        ),
        CoverState::CameBack => (Some(referral.custodian), times.ended),
        CoverState::Met | CoverState::Ended => (Some(referral.custodian), referral.closed_at),
    };
    NeedCover {
        need,
        state,
        referral: (full && state != CoverState::Nobody).then_some(referral.id),
        agency,
        since,
        until: referral.next_due().filter(|_| state != CoverState::Nobody),
    }
}

/// Only help that was given meets a need: by outcome, or by what an investigation led to. A workflow without either, such as
/// a notification, has done its part.
fn of_outcome(code: Option<&str>) -> CoverState {
    let Some(code) = code else {
        return CoverState::Met;
    };
    let helped = matches!(
        code.parse(),
        Ok(OutcomeCode::ServiceDelivered | OutcomeCode::PartlyDelivered)
    );
    let measures = matches!(
        code.parse(),
        Ok(ConclusionCode::VoluntaryMeasures | ConclusionCode::Petition)
    );
    if helped || measures {
        CoverState::Met
    } else {
        CoverState::Ended
    }
}
