//! Notices on their way out. A row is written with the decision that gives rise to it and leaves the house afterwards:
//! lease (a short transaction), send (none), finish (a short one).
//!
//! Correctness never rests on the lease: it only keeps two dispatchers from the same work. Each lease has a token of its
//! own, and a row is finished only by whoever holds its present token.

mod lease;
mod recipients;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, Value};
use stafett_workflow::agency::{AgencyId, CaseId, HandoffId, ReferralId};
use stafett_workflow::decide::NoticeIntent;
use stafett_workflow::definition::Escalation;
use stafett_workflow::vocabulary::Notice;
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::outbox;
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::page::Page;
use crate::referrals::Record;
use recipients::Reader;

pub use lease::{Due, dead, lease, retry, sent};

/// Where a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It waits, or an attempt is under way.
    Pending,
    /// A server has taken it.
    Sent,
    /// It cannot be delivered; a person must see to it.
    Dead,
}

impl Status {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }

    fn parse(row: Uuid, stored: &str) -> Result<Self, StoreError> {
        match stored {
            "pending" => Ok(Self::Pending),
            "sent" => Ok(Self::Sent),
            "dead" => Ok(Self::Dead),
            _ => Err(StoreError::corrupt(
                format_args!("notice {row}"),
                "status is none of pending, sent, dead",
            )),
        }
    }
}

/// A notice as it stands: what a receipt and the operator's list show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The row.
    pub id: Uuid,
    /// About which referral.
    pub referral: Option<ReferralId>,
    /// Or about which case.
    pub case: Option<CaseId>,
    /// About which hand-off.
    pub handoff: Option<HandoffId>,
    /// What is told.
    pub notice: Notice,
    /// Which unit is told.
    pub agency: AgencyId,
    /// Where it stands.
    pub status: Status,
    /// How many attempts have begun.
    pub attempts: u32,
    /// When the next one may begin, while it waits.
    pub next_attempt_at: DateTime<Utc>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was queued.
    pub queued_at: DateTime<Utc>,
    /// When a server took it.
    pub sent_at: Option<DateTime<Utc>>,
}

/// How many notices stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting or under way.
    pub pending: u64,
    /// Taken by a server.
    pub sent: u64,
    /// For a person to see to.
    pub dead: u64,
    /// Since when the oldest one waits.
    pub oldest_pending: Option<DateTime<Utc>>,
}

/// Gives a dead notice another chance at `now`. `false` when it is not dead.
///
/// # Errors
/// When the database does not answer.
pub async fn revive(tx: &Tx, id: Uuid, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let sql = "UPDATE outbox SET status = 'pending', next_attempt_at = $2 WHERE id = $1 AND status = 'dead'";
    Ok(tx
        .executor()
        .execute_raw(tx.statement(sql, [id.into(), micros(now).into()]))
        .await?
        .rows_affected()
        == 1)
}

/// How many notices stand where. Walks the whole outbox: for reconciliation, not for a health check.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(on: &impl Handle) -> Result<Counts, StoreError> {
    let sql = "SELECT status, COUNT(*) AS number, MIN(created_at) AS oldest FROM outbox GROUP BY status";
    let mut counts = Counts::default();
    for row in on.executor().query_all_raw(on.statement(sql, [])).await? {
        let status = Status::parse(Uuid::nil(), &row.try_get::<String>("", "status")?)?;
        let number = u64::try_from(row.try_get::<i64>("", "number")?).unwrap_or_default();
        match status {
            Status::Pending => {
                counts.pending = number;
                counts.oldest_pending = row.try_get("", "oldest")?;
            }
            Status::Sent => counts.sent = number,
            Status::Dead => counts.dead = number,
        }
    }
    Ok(counts)
}

/// Since when the longest waiting notice could have left, if any waits. One look into an index: for a health check.
///
/// # Errors
/// When the database does not answer.
pub async fn waiting_since(on: &impl Handle) -> Result<Option<DateTime<Utc>>, StoreError> {
    let sql = "SELECT next_attempt_at FROM outbox WHERE status = 'pending' ORDER BY next_attempt_at, id LIMIT 1";
    let row = on.executor().query_one_raw(on.statement(sql, [])).await?;
    row.map(|row| Ok(row.try_get("", "next_attempt_at")?)).transpose()
}

/// A page of the notices in one status, the oldest first, after the row `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    on: &impl Handle,
    status: Status,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u32,
) -> Result<Page<Receipt, (DateTime<Utc>, Uuid)>, StoreError> {
    let mut values: Vec<Value> = vec![status.as_str().into(), (i64::from(limit) + 1).into()];
    let mut beyond = "";
    if let Some((created_at, id)) = after {
        values.extend([created_at.into(), id.into()]);
        beyond = "AND (created_at, id) > ($3, $4)";
    }
    let sql = format!("SELECT * FROM outbox WHERE status = $1 {beyond} ORDER BY created_at, id LIMIT $2");
    let rows = outbox::Model::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?;
    let receipts = rows.into_iter().map(Receipt::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(receipts, limit, |last| (last.queued_at, last.id)))
}

/// The notices about one referral, the oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn receipts(on: &impl Handle, record: &Record) -> Result<Vec<Receipt>, StoreError> {
    let sql = "SELECT * FROM outbox WHERE referral_id = $1 ORDER BY created_at, id";
    let rows = outbox::Model::find_by_statement(on.statement(sql, [record.referral().id.0.into()]))
        .all(&on.executor())
        .await?;
    rows.into_iter().map(Receipt::try_from).collect()
}

/// Notes every waiting notice as sent at the moment when it was given: what a synthetic past needs, in which all mails have
/// long been read. Tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn mark_all_sent(tx: &Tx) -> Result<u64, StoreError> {
    let sql = "UPDATE outbox SET status = 'sent', sent_at = created_at, lease_token = NULL, lease_until = NULL \
               WHERE status = 'pending'";
    Ok(tx.executor().execute_raw(tx.statement(sql, [])).await?.rows_affected())
}

/// Queues one row for each recipient of a decision's notices.
pub(crate) async fn enqueue(
    tx: &Tx,
    referral: ReferralId,
    notices: &[NoticeIntent],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(notices.len());
    for notice in notices {
        let for_leads = notice.because.is_some_and(Escalation::is_lead);
        let leads = if for_leads {
            recipients::leads(tx, notice.to, at).await?
        } else {
            Vec::new()
        };
        let reads_mailbox =
            |other: &NoticeIntent| other.to == notice.to && !other.because.is_some_and(Escalation::is_lead);
        if leads.is_empty() && for_leads && notices.iter().any(reads_mailbox) {
            continue; // the unit's mailbox is told already
        }
        if leads.is_empty() {
            rows.push(row(referral, notice, None, at));
        }
        rows.extend(leads.into_iter().map(|reader| row(referral, notice, Some(reader), at)));
    }
    if rows.is_empty() {
        return Ok(());
    }
    outbox::Entity::insert_many(rows)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

fn row(referral: ReferralId, notice: &NoticeIntent, reader: Option<Reader>, at: DateTime<Utc>) -> outbox::ActiveModel {
    outbox::ActiveModel {
        id: Set(Uuid::now_v7()),
        referral_id: Set(Some(referral.0)),
        handoff_id: Set(Some(notice.handoff.0)),
        event_id: Set(Some(notice.event)),
        case_id: NotSet,
        case_event_id: NotSet,
        notice: Set(notice.notice.as_str().to_owned()),
        agency_id: Set(notice.to.0),
        user_id: Set(reader.map(|reader| reader.user.0)),
        due_at: Set(notice.due_at.map(micros)),
        status: Set(Status::Pending.as_str().to_owned()),
        attempts: Set(0),
        next_attempt_at: Set(micros(at)),
        lease_token: NotSet,
        lease_until: NotSet,
        last_error: NotSet,
        server_reply: NotSet,
        created_at: Set(micros(at)),
        sent_at: NotSet,
        because: Set(notice.because.map(|because| because.as_str().to_owned())),
        instead_of_id: Set(reader.and_then(|reader| reader.instead_of).map(|away| away.0)),
    }
}

impl TryFrom<outbox::Model> for Receipt {
    type Error = StoreError;

    fn try_from(row: outbox::Model) -> Result<Self, StoreError> {
        let name = format!("notice {}", row.id);
        Ok(Self {
            id: row.id,
            referral: row.referral_id.map(ReferralId),
            case: row.case_id.map(CaseId),
            handoff: row.handoff_id.map(HandoffId),
            notice: map::code(&name, "notice", &row.notice)?,
            agency: AgencyId(row.agency_id),
            status: Status::parse(row.id, &row.status)?,
            attempts: map::count(&name, "attempts", row.attempts)?,
            next_attempt_at: row.next_attempt_at,
            last_error: row.last_error,
            queued_at: row.created_at,
            sent_at: row.sent_at,
        })
    }
}
