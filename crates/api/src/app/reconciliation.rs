//! Whether what one agency sent is what the other has: one list for both, and a signed statement for each day.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use stafett_store::agencies::{self, Agency};
use stafett_store::handed_over::{self, HandedOver, Place, Which};
use stafett_store::{Db, Page, StoreError};
use stafett_workflow::Refusal;
use stafett_workflow::agency::AgencyId;
use stafett_workflow::policy::{Scope, SystemTask};

use super::AppError;
use super::engine::Engine;
use super::referrals::view::Names;
use super::reports::period::Period;

/// A notice may be on its way for so long before it must be somewhere.
pub(super) const ON_ITS_WAY: TimeDelta = TimeDelta::minutes(15);
const BATCH: u32 = 500;

/// How far a hand-off is accounted for, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It has ended.
    Ended,
    /// The receiver has answered.
    Answered,
    /// The receiver has acknowledged it.
    Acknowledged,
    /// Somebody of the receiver has opened it.
    Opened,
    /// The receiver's mail server took the notice.
    Mailed,
    /// The notice did not arrive, and a person has taken that in hand.
    InHand,
    /// The notice is about to leave.
    OnItsWay,
    /// Nobody knows whether the receiver knows.
    Unaccounted,
}

impl Standing {
    /// From what is known of a hand-off at `now`.
    #[must_use]
    pub fn of(row: &HandedOver, now: DateTime<Utc>) -> Self {
        if row.ended_at.is_some() {
            Self::Ended
        } else if row.decided_at.is_some() {
            Self::Answered
        } else if row.acknowledged_at.is_some() {
            Self::Acknowledged
        } else if row.opened_at.is_some() {
            Self::Opened
        } else if row.mailed_at.is_some() && !row.undelivered {
            Self::Mailed
        } else if row.in_hand_at.is_some() {
            Self::InHand
        } else if row.queued_at.is_some() && !row.undelivered && now < row.sent_at + ON_ITS_WAY {
            Self::OnItsWay
        } else {
            Self::Unaccounted
        }
    }

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Answered => "answered",
            Self::Acknowledged => "acknowledged",
            Self::Opened => "opened",
            Self::Mailed => "mailed",
            Self::InHand => "in-hand",
            Self::OnItsWay => "on-its-way",
            Self::Unaccounted => "unaccounted",
        }
    }
}

/// A page of what was handed over, with what agencies are called.
pub struct Listed {
    /// The rows.
    pub page: Page<HandedOver, Place>,
    /// What agencies are called.
    pub names: Names,
    /// When it was looked at.
    pub now: DateTime<Utc>,
}

/// What was handed over to or by the agencies within `scope`.
///
/// # Errors
/// Hidden, when there is no such other agency; the store's.
pub async fn list(
    engine: &Engine,
    scope: &Scope,
    with: Option<&str>,
    period: Period,
    after: Option<Place>,
    limit: u32,
) -> Result<Listed, AppError> {
    let with = match with {
        Some(name) => Some(named(&engine.db, name).await?.id),
        None => None,
    };
    let which = Which {
        scope,
        with,
        from: period.from,
        until: period.until,
    };
    let page = handed_over::list(&engine.db, &which, after, limit).await?;
    let agencies = page.items.iter().flat_map(|row| [row.sender, row.receiver]);
    let names = Names::load(&engine.db, agencies, []).await?;
    Ok(Listed {
        page,
        names,
        now: engine.now(),
    })
}

/// What two agencies handed to each other on one day, as either sees it. What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// The two, by slug, in order.
    pub between: [String; 2],
    /// The day, in Oslo.
    pub date: NaiveDate,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// How many stand how.
    pub counts: BTreeMap<String, u64>,
    /// Each of them.
    pub handoffs: Vec<Line>,
}

/// One hand-off of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The referral's short name.
    pub reference: String,
    /// Who sent it.
    pub sender: String,
    /// To whom.
    pub receiver: String,
    /// Where it stands.
    pub state: String,
    /// How far it is accounted for.
    pub standing: Standing,
    /// When it was sent and stored.
    pub sent_at: DateTime<Utc>,
    /// When the notice was taken by a mail server.
    pub mailed_at: Option<DateTime<Utc>>,
    /// When it was opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// When it was acknowledged.
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// When it was answered.
    pub decided_at: Option<DateTime<Utc>>,
}

impl Statement {
    /// What two agencies, each with its slug, handed to each other, as it stands at `now`.
    #[must_use]
    pub fn of(between: [(AgencyId, String); 2], date: NaiveDate, now: DateTime<Utc>, rows: &[HandedOver]) -> Self {
        let [(one, one_slug), (_, other_slug)] = between;
        let slug = |agency: AgencyId| if agency == one { &one_slug } else { &other_slug };
        let mut counts = BTreeMap::new();
        let handoffs = rows.iter().map(|row| {
            let standing = Standing::of(row, now);
            *counts.entry(standing.as_str().to_owned()).or_default() += 1;
            Line {
                reference: row.reference.clone(),
                sender: slug(row.sender).clone(),
                receiver: slug(row.receiver).clone(),
                state: row.state.as_str().to_owned(),
                standing,
                sent_at: row.sent_at,
                mailed_at: row.mailed_at,
                opened_at: row.opened_at,
                acknowledged_at: row.acknowledged_at,
                decided_at: row.decided_at,
            }
        });
        let handoffs = handoffs.collect();
        let mut between = [one_slug, other_slug];
        between.sort();
        Self {
            between,
            date,
            made_at: now,
            counts,
            handoffs,
        }
    }

    /// How many are not accounted for.
    #[must_use]
    pub fn unaccounted(&self) -> u64 {
        self.counts
            .get(Standing::Unaccounted.as_str())
            .copied()
            .unwrap_or_default()
    }
}

/// The statement of one day between two agencies, one of which lies within `scope`.
///
/// # Errors
/// Hidden, when there are no such agencies or neither is the reader's; the store's.
pub async fn statement(
    db: &Db,
    scope: &Scope,
    between: [&str; 2],
    date: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Statement, AppError> {
    let (one, other) = (named(db, between[0]).await?, named(db, between[1]).await?);
    let is_theirs = |agency: AgencyId| scope.is_all() || scope.agencies().contains(&agency);
    if one.id == other.id || !(is_theirs(one.id) || is_theirs(other.id)) {
        return Err(Refusal::not_found().into());
    }
    let day = date.to_string();
    let period = Period::parse(Some(&day), Some(&day), now).map_err(AppError::Fields)?;
    let which = Which {
        scope: &Scope::for_system(SystemTask::Reconcile),
        with: Some(one.id),
        from: period.from,
        until: period.until,
    };
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = handed_over::list(db, &which, after, BATCH).await?;
        let between_them = |row: &HandedOver| [row.sender, row.receiver].contains(&other.id);
        rows.extend(page.items.into_iter().filter(between_them));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    Ok(Statement::of(
        [(one.id, one.slug), (other.id, other.slug)],
        date,
        now,
        &rows,
    ))
}

pub(super) async fn named(db: &Db, name: &str) -> Result<Agency, AppError> {
    let found: Result<Option<Agency>, StoreError> = agencies::find(db, name).await;
    Ok(found?.ok_or_else(Refusal::not_found)?)
}

#[cfg(test)]
mod tests {
    use stafett_workflow::agency::{HandoffId, ReferralId};
    use stafett_workflow::vocabulary::HandoffState;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_surest_sign_counts_and_without_one_it_is_unaccounted() {
        let sent: DateTime<Utc> = "2026-11-24T09:00:00Z".parse().unwrap();
        let id = Uuid::from_u128(1);
        let bare = HandedOver {
            handoff: HandoffId(id),
            referral: ReferralId(id),
            reference: "K7QF-2M".to_owned(),
            sender: AgencyId(id),
            receiver: AgencyId(id),
            state: HandoffState::Sent,
            sent_at: sent,
            queued_at: Some(sent),
            mailed_at: None,
            undelivered: false,
            opened_at: None,
            acknowledged_at: None,
            decided_at: None,
            ended_at: None,
            in_hand_at: None,
        };
        let soon = sent + TimeDelta::minutes(14);
        let later = sent + TimeDelta::minutes(15);
        assert_eq!(Standing::of(&bare, soon), Standing::OnItsWay);
        assert_eq!(Standing::of(&bare, later), Standing::Unaccounted);
        let mut row = HandedOver {
            queued_at: None,
            ..bare.clone()
        };
        assert_eq!(Standing::of(&row, soon), Standing::Unaccounted, "nobody was told");
        row = HandedOver {
            undelivered: true,
            mailed_at: Some(sent),
            ..bare
        };
        assert_eq!(Standing::of(&row, soon), Standing::Unaccounted, "it came back");
        row.in_hand_at = Some(sent);
        assert_eq!(Standing::of(&row, later), Standing::InHand);
        row.undelivered = false;
        assert_eq!(Standing::of(&row, later), Standing::Mailed);
        row.opened_at = Some(sent);
        assert_eq!(Standing::of(&row, later), Standing::Opened);
        row.acknowledged_at = Some(sent);
        assert_eq!(Standing::of(&row, later), Standing::Acknowledged);
        row.decided_at = Some(sent);
        assert_eq!(Standing::of(&row, later), Standing::Answered);
        row.ended_at = Some(sent);
        assert_eq!(Standing::of(&row, later), Standing::Ended);
    }
}
