//! When somebody is told, and by which ways: what cannot wait, and what a unit may put off until it opens.
//!
//! A unit's wish for quiet hours silences no duty. Whatever is urgent goes at once, and so does whatever a clock says; what
//! remains waits until the unit opens, and not even that when its limit is up before.

use chrono::{DateTime, Utc};

use crate::calendar::OpeningHours;
use crate::vocabulary::{Notice, Urgency};

/// Whether it is the recipient who must do something now.
#[must_use]
pub const fn calls(notice: Notice) -> bool {
    match notice {
        Notice::NewReferral
        | Notice::ForwardedToYou
        | Notice::InformationRequested
        | Notice::InformationGiven
        | Notice::Declined
        | Notice::ReturnedWithAdvice
        | Notice::EndedEarly
        | Notice::BatonReturned
        | Notice::Assigned
        | Notice::ReturnRequested
        | Notice::ReturnRefused
        | Notice::Allocated
        | Notice::Warning
        | Notice::Breach
        | Notice::ConsentWithdrawn
        | Notice::Reminder
        | Notice::Undelivered => true,
        Notice::Acknowledged
        | Notice::Forwarded
        | Notice::Accepted
        | Notice::Withdrawn
        | Notice::Started
        | Notice::Completed
        | Notice::OnHold
        | Notice::Resumed
        | Notice::Feedback
        | Notice::Dismissed
        | Notice::Concluded
        | Notice::ReturnAccepted
        | Notice::Found
        | Notice::WithdrawalRequested
        | Notice::TakeoverRequested
        | Notice::Disputed
        | Notice::EnteredInError
        | Notice::Reopened
        | Notice::Undone
        | Notice::Message
        | Notice::CoordinatorProposed
        | Notice::CoordinationAccepted
        | Notice::CoordinationDeclined
        | Notice::CaseReferralAdded
        | Notice::CaseClosed
        | Notice::CaseMerged
        | Notice::CaseSplit
        | Notice::PersonRectified
        | Notice::WebhookDisabled
        | Notice::AgreementProposed
        | Notice::AgreementApproved
        | Notice::AgreementRejected
        | Notice::AgreementWithdrawn
        | Notice::AgreementEnded
        | Notice::MailboxTest
        | Notice::GlassAsked
        | Notice::GlassBroken
        | Notice::GlassUnreviewed
        | Notice::Revoked => false,
    }
}

/// Whether whoever is on call is told besides the unit: an emergency in which somebody must act now.
#[must_use]
pub const fn reaches_on_call(notice: Notice, urgency: Urgency) -> bool {
    matches!(urgency, Urgency::Emergency) && calls(notice)
}

/// What a clock says, what has not arrived, and that somebody has opened in an emergency what is not theirs.
const fn never_waits(notice: Notice) -> bool {
    matches!(
        notice,
        Notice::Warning
            | Notice::Breach
            | Notice::Reminder
            | Notice::Undelivered
            | Notice::GlassAsked
            | Notice::GlassBroken
            | Notice::GlassUnreviewed
    )
}

/// When a notice given at `now` to a unit with quiet hours leaves: at once, or when the unit opens.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use stafett_workflow::calendar::OpeningHours;
/// use stafett_workflow::telling::leaves_at;
/// use stafett_workflow::vocabulary::{Notice, Urgency};
///
/// let hours: OpeningHours = serde_json::from_str(r#"{"mon": [["08:00", "15:30"]], "tue": [["08:00", "15:30"]]}"#)?;
/// let evening: DateTime<Utc> = "2026-11-23T18:00:00Z".parse()?;
/// let morning: DateTime<Utc> = "2026-11-24T07:00:00Z".parse()?;
/// assert_eq!(leaves_at(Notice::Accepted, Urgency::Routine, None, evening, &hours), morning);
/// assert_eq!(leaves_at(Notice::NewReferral, Urgency::Emergency, None, evening, &hours), evening);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn leaves_at(
    notice: Notice,
    urgency: Urgency,
    due_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    hours: &OpeningHours,
) -> DateTime<Utc> {
    let from_a_clock = never_waits(notice);
    let hurries = calls(notice) && urgency != Urgency::Routine;
    if from_a_clock || hurries || hours.is_open(now) {
        return now;
    }
    match hours.next_opening(now) {
        // By then it would be late already.
        Some(opens) if calls(notice) && due_at.is_some_and(|due| due <= opens) => now,
        Some(opens) => opens,
        // It never opens: nobody would ever be told.
        None => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Code;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn weekdays() -> OpeningHours {
        let day = [["08:00", "15:30"]];
        serde_json::from_value(serde_json::json!({ "mon": day, "tue": day, "wed": day, "thu": day, "fri": day }))
            .unwrap()
    }

    /// Friday evening; the unit opens on Monday at 08:00 in Oslo.
    const CLOSED: &str = "2026-11-27T18:00:00Z";
    const OPENS: &str = "2026-11-30T07:00:00Z";
    const OPEN: &str = "2026-11-27T10:00:00Z";

    #[test]
    fn what_hurries_and_what_a_clock_says_never_waits() {
        for notice in Notice::ALL {
            for urgency in Urgency::ALL {
                let leaves = leaves_at(*notice, *urgency, None, at(CLOSED), &weekdays());
                let clock = never_waits(*notice);
                let at_once = clock || (calls(*notice) && *urgency != Urgency::Routine);
                assert_eq!(leaves == at(CLOSED), at_once, "{notice} {urgency}");
                assert!(at_once || leaves == at(OPENS), "{notice} {urgency}");
                assert_eq!(leaves_at(*notice, *urgency, None, at(OPEN), &weekdays()), at(OPEN));
            }
        }
    }

    #[test]
    fn nobody_is_told_when_it_is_late_already() {
        let leaves = |due: &str| {
            leaves_at(
                Notice::NewReferral,
                Urgency::Routine,
                Some(at(due)),
                at(CLOSED),
                &weekdays(),
            )
        };
        assert_eq!(leaves(OPENS), at(CLOSED));
        assert_eq!(leaves("2026-11-30T07:00:01Z"), at(OPENS));
        // A limit that is the other's hurries nobody.
        let theirs = leaves_at(
            Notice::Acknowledged,
            Urgency::Routine,
            Some(at(OPENS)),
            at(CLOSED),
            &weekdays(),
        );
        assert_eq!(theirs, at(OPENS));
    }

    #[test]
    fn a_unit_that_never_opens_is_told_at_once() {
        let never = OpeningHours::default();
        assert_eq!(
            leaves_at(Notice::Accepted, Urgency::Routine, None, at(CLOSED), &never),
            at(CLOSED)
        );
        assert_eq!(
            leaves_at(
                Notice::Accepted,
                Urgency::Routine,
                None,
                at(CLOSED),
                &OpeningHours::always()
            ),
            at(CLOSED)
        );
    }

    #[test]
    fn whoever_is_on_call_hears_of_emergencies_that_call() {
        for notice in Notice::ALL {
            assert_eq!(reaches_on_call(*notice, Urgency::Emergency), calls(*notice));
            assert!(!reaches_on_call(*notice, Urgency::Urgent) && !reaches_on_call(*notice, Urgency::Routine));
        }
    }
}
