//! Keeping as long as there is a reason, and no longer: the round that finds what is due, tells leads of it, and erases what has
//! stood in their lists for long enough.
//!
//! A round may be cut off anywhere and may run twice at once: each announcement and each erasure is a transaction that asks
//! anew, and of two who erase the same the second finds it done.

use chrono::{DateTime, TimeDelta, Utc};
use stafett_store::retention::{self, Announced, Due, Finished};
use stafett_store::vault::{self, NotErased, Owner, Why};
use stafett_store::{Db, agencies};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::calendar::Calendar;
use stafett_workflow::policy::Scope;
use stafett_workflow::retention::{Rule, Verdict, kept_until};

use super::AppError;

/// So many owners are read at a time.
const BATCH: u32 = 200;
/// What the audit trail says when a rule is the reason.
const REASON: &str = "retention";

/// How a round goes about it.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Now.
    pub now: DateTime<Utc>,
    /// Working days and the end of a day.
    pub calendar: Calendar,
    /// How long something stands in the lists of leads before it is erased.
    pub notice: TimeDelta,
    /// Whether only to tell what would be done.
    pub dry: bool,
}

/// What a round did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Put into the lists of leads.
    pub announced: u64,
    /// Taken out again: a rule was changed, something was opened again or held.
    pub withdrawn: u64,
    /// Erased.
    pub erased: u64,
    /// Kept for good, for some agency has no rule and neither has the installation.
    pub without_rule: u64,
}

/// What becomes of somebody of whom nothing is open any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Leave,
    LeaveForGood,
    Announce(DateTime<Utc>),
    Withdraw,
    Erase,
}

/// Goes through all that is closed.
///
/// # Errors
/// The store's; what was done stays done.
pub async fn round(db: &Db, how: Round) -> Result<Done, AppError> {
    let mut done = Done::default();
    if !how.dry {
        let tx = db.write_tx().await?;
        done.withdrawn += retention::withdraw_outdated(&tx).await?;
        tx.commit().await?;
    }
    let rules = retention::rules(db).await?;
    let mut after = None;
    let ended = loop {
        let (finished, last) = match retention::finished(db, after, BATCH).await {
            Ok(found) => found,
            Err(error) => break Err(error.into()),
        };
        let Some(last) = last else { break Ok(()) };
        after = Some(last);
        if let Err(error) = batch(db, &rules, how, &finished, &mut done).await {
            break Err(error);
        }
    };
    // Also when it was cut off, and what an earlier round could not wipe.
    if !how.dry {
        vault::wipe(db).await?;
    }
    ended.map(|()| done)
}

async fn batch(db: &Db, rules: &[Rule], how: Round, finished: &[Finished], done: &mut Done) -> Result<(), AppError> {
    for one in finished {
        match step(rules, how, one) {
            Step::Leave => {}
            Step::LeaveForGood => {
                done.without_rule += 1;
                if one.announced.is_some() {
                    done.withdrawn += 1;
                    take_out(db, how, one.owner).await?;
                }
            }
            Step::Announce(due) => {
                done.announced += u64::from(one.announced.is_none());
                if !how.dry {
                    let tx = db.write_tx().await?;
                    retention::announce(&tx, one.owner, due, how.now).await?;
                    tx.commit().await?;
                }
            }
            Step::Withdraw => {
                done.withdrawn += 1;
                take_out(db, how, one.owner).await?;
            }
            Step::Erase if how.dry => done.erased += 1,
            Step::Erase => {
                let why = Why {
                    reason: REASON,
                    permit: None,
                    request_id: None,
                };
                match vault::erase_only(db, one.owner, why, how.now).await? {
                    Ok(_) => done.erased += 1,
                    // Somebody was faster, opened it again, or has just forbidden it.
                    Err(
                        NotErased::Already { .. }
                        | NotErased::Open { .. }
                        | NotErased::Held { .. }
                        | NotErased::HeldByAgency { .. }
                        | NotErased::Unknown,
                    ) => {}
                }
            }
        }
    }
    Ok(())
}

async fn take_out(db: &Db, how: Round, owner: Owner) -> Result<(), AppError> {
    if how.dry {
        return Ok(());
    }
    let tx = db.write_tx().await?;
    retention::withdraw(&tx, owner).await?;
    Ok(tx.commit().await?)
}

/// Nothing is erased that has not stood in the lists for the whole notice, however late the round comes.
fn step(rules: &[Rule], how: Round, one: &Finished) -> Step {
    let Some(Verdict::Until { at: due, .. }) = kept_until(rules, &one.referrals, how.calendar) else {
        return Step::LeaveForGood;
    };
    match one.announced {
        None if due <= how.now + how.notice => Step::Announce(due.max(how.now + how.notice)),
        None => Step::Leave,
        Some(_) if due > how.now + how.notice => Step::Withdraw,
        Some(Announced { at, .. }) if due <= how.now && at + how.notice <= how.now => Step::Erase,
        Some(Announced { due_at, at }) => match due.max(at + how.notice) {
            same if same == due_at => Step::Leave,
            other => Step::Announce(other),
        },
    }
}

/// A page of what will be erased within a scope, the earliest day first.
///
/// # Errors
/// The store's.
pub async fn due(
    db: &Db,
    scope: &Scope,
    after: Option<(DateTime<Utc>, stafett_workflow::agency::ReferralId)>,
    limit: u16,
) -> Result<(Vec<Due>, bool), AppError> {
    let mut lines = retention::due(db, scope, after, u32::from(limit) + 1).await?;
    let more = lines.len() > usize::from(limit);
    lines.truncate(usize::from(limit));
    Ok((lines, more))
}

/// What the agencies are called whose rules these are.
///
/// # Errors
/// The store's.
pub async fn names(
    db: &Db,
    rules: &[Rule],
) -> Result<std::collections::BTreeMap<AgencyId, stafett_store::agencies::AgencyName>, AppError> {
    Ok(agencies::names(db, rules.iter().filter_map(|rule| rule.agency)).await?)
}

#[cfg(test)]
mod tests {
    use stafett_workflow::retention::Closed;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn nothing_is_erased_without_its_notice() {
        let agency = AgencyId(Uuid::from_u128(1));
        let rules = [Rule {
            agency: None,
            workflow: None,
            months: 1,
            legal_ref: "plan".to_owned(),
        }];
        let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let step_at = |now: &str, announced: Option<(&str, &str)>| {
            let how = Round {
                now: time(now),
                calendar: Calendar::default(),
                notice: TimeDelta::days(30),
                dry: false,
            };
            let one = Finished {
                owner: Owner(Uuid::from_u128(2)),
                referrals: vec![Closed {
                    workflow: "transfer".to_owned(),
                    at: time("2026-03-10T12:00:00Z"),
                    parties: vec![agency],
                }],
                announced: announced.map(|(due_at, at)| Announced {
                    due_at: time(due_at),
                    at: time(at),
                }),
            };
            step(&rules, how, &one)
        };
        let due = "2026-04-10T21:59:59Z";
        let first_moment = "2026-03-11T21:59:59Z";
        let on_time = Some((due, first_moment));
        assert_eq!(step_at("2026-03-11T21:59:58Z", None), Step::Leave);
        assert_eq!(step_at(first_moment, None), Step::Announce(time(due)));
        // Two hours later the whole notice ends two hours after the day.
        assert_eq!(
            step_at("2026-03-12T00:00:00Z", None),
            Step::Announce(time("2026-04-11T00:00:00Z"))
        );
        assert_eq!(step_at("2026-04-10T21:59:58Z", on_time), Step::Leave);
        assert_eq!(step_at("2026-04-11T00:00:00Z", on_time), Step::Erase);
        // A round that comes late announces late, and waits.
        let late = "2027-01-01T00:00:00Z";
        assert_eq!(step_at(late, None), Step::Announce(time("2027-01-31T00:00:00Z")));
        let announced_late = Some(("2027-01-31T00:00:00Z", late));
        assert_eq!(step_at("2027-01-30T23:59:59Z", announced_late), Step::Leave);
        assert_eq!(step_at("2027-01-31T00:00:00Z", announced_late), Step::Erase);
        // Of a longer rule it is not due any more.
        assert_eq!(step_at("2026-03-11T00:00:00Z", on_time), Step::Withdraw);
    }
}
