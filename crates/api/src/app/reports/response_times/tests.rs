use stafett_workflow::definition::builtin;
use uuid::Uuid;

use super::*;

fn at(hour: i64) -> DateTime<Utc> {
    "2026-11-24T08:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hour)
}

/// Sent at hour 0, due at hour 24.
fn sent(decided: Option<i64>, ended: Option<i64>) -> Sent {
    Sent {
        receiver: AgencyId(Uuid::nil()),
        workflow: "service-referral".to_owned(),
        urgency: Urgency::Emergency,
        sent_at: at(0),
        acknowledged_at: decided.map(at),
        decided_at: decided.map(at),
        ended_at: ended.map(at),
        due_at: Some(at(24)),
    }
}

#[test]
fn each_hand_off_is_counted_in_one_way() {
    let judge = |decided, ended, now| {
        let wait = Wait::of(&sent(decided, ended), at(now));
        (wait.status.as_str(), wait.length.num_hours(), wait.late)
    };
    assert_eq!(judge(Some(24), Some(90), 99), ("answered", 24, Some(false)));
    assert_eq!(judge(Some(25), None, 99), ("answered", 25, Some(true)));
    assert_eq!(judge(None, None, 5), ("unanswered", 5, None));
    assert_eq!(judge(None, None, 25), ("unanswered", 25, Some(true)));
    assert_eq!(judge(None, Some(5), 99), ("withdrawn", 5, None));
    assert_eq!(judge(None, Some(30), 99), ("withdrawn", 30, Some(true)));
    let without_limit = Sent {
        due_at: None,
        ..sent(Some(99), None)
    };
    assert_eq!(Wait::of(&without_limit, at(99)).late, None);
}

#[test]
fn the_unanswered_are_in_every_figure() {
    let mut tally = Tally::default();
    for (decided, ended) in [
        (Some(2), None),
        (Some(30), None),
        (None, None),
        (None, None),
        (None, Some(1)),
    ] {
        let sent = sent(decided, ended);
        tally.add(
            Wait::of(&sent, at(48)),
            sent.acknowledged_at.map(|at| at - sent.sent_at),
        );
    }
    let figures = tally.figures();
    assert_eq!(
        (figures.count, figures.answered, figures.unanswered, figures.withdrawn),
        (Some(5), Some(2), Some(2), Some(1))
    );
    // Four of the five waited for more than the hour in which one was withdrawn; two of these four were answered.
    assert_eq!((figures.median, figures.p90), (Some(TimeDelta::hours(30)), None));
    assert_eq!((figures.within_limit, figures.late), (Some(1), Some(3)));
    assert_eq!(figures.share_within_limit(), Some(0.25));
}

#[test]
fn the_limits_are_those_that_run_while_the_receiver_has_not_answered() {
    let limits = answer_limits(&builtin().unwrap());
    let of = |id: &str| {
        limits
            .iter()
            .find(|limit| limit.workflow.id == id)
            .unwrap()
            .clocks
            .clone()
    };
    assert_eq!(of("service-referral"), ["answer"]);
    // Where nothing but an acknowledgement is agreed upon, that is no answer; in a notification it is all there is.
    assert_eq!(of("concern-report"), ["review", "answer", "feedback"]);
    assert_eq!(of("notification"), ["acknowledge"]);
}
