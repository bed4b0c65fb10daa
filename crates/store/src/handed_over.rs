//! What was handed over between agencies, as both sides see it: the same rows for sender and receiver.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value};
use stafett_workflow::agency::{AgencyId, HandoffId, ReferralId};
use stafett_workflow::policy::Scope;
use stafett_workflow::vocabulary::HandoffState;
use uuid::Uuid;

use crate::connect::Handle;
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::page::Page;
use crate::referrals::{placeholder, placeholders};

/// One hand-off, and how far its receiver was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// The hand-off.
    pub handoff: HandoffId,
    /// Of which referral.
    pub referral: ReferralId,
    /// Its short name.
    pub reference: String,
    /// Who sent it.
    pub sender: AgencyId,
    /// To whom.
    pub receiver: AgencyId,
    /// Where it stands.
    pub state: HandoffState,
    /// When it was sent, and stored with the receiver by the same commit.
    pub sent_at: DateTime<Utc>,
    /// When the notice to the receiver was queued.
    pub queued_at: Option<DateTime<Utc>>,
    /// When a mail server took it.
    pub mailed_at: Option<DateTime<Utc>>,
    /// When it came back, or was given up.
    pub undelivered: bool,
    /// When somebody of the receiver opened it.
    pub opened_at: Option<DateTime<Utc>>,
    /// When they acknowledged it.
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// When they answered.
    pub decided_at: Option<DateTime<Utc>>,
    /// When it ended, in whatever way.
    pub ended_at: Option<DateTime<Utc>>,
    /// When somebody took it in hand that the notice did not arrive.
    pub in_hand_at: Option<DateTime<Utc>>,
}

/// Which hand-offs.
#[derive(Debug, Clone, Copy)]
pub struct Which<'a> {
    /// Those of these agencies.
    pub scope: &'a Scope,
    /// With this one on the other side.
    pub with: Option<AgencyId>,
    /// Sent from then on.
    pub from: DateTime<Utc>,
    /// Sent before then.
    pub until: DateTime<Utc>,
}

/// Where a page begins.
pub type Place = (DateTime<Utc>, Uuid);

/// A page of them, the oldest first, after `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    on: &impl Handle,
    which: &Which<'_>,
    after: Option<Place>,
    limit: u32,
) -> Result<Page<HandedOver, Place>, StoreError> {
    let mut values: Vec<Value> = vec![micros(which.from).into(), micros(which.until).into()];
    let mut conditions = vec!["h.sent_at >= $1 AND h.sent_at < $2 AND h.receiver_id IS NOT NULL".to_owned()];
    if !which.scope.is_all() {
        if which.scope.agencies().is_empty() {
            return Ok(Page::cut(Vec::new(), limit, position));
        }
        let own = placeholders(which.scope.agencies(), &mut values);
        let also = placeholders(which.scope.agencies(), &mut values);
        conditions.push(format!("(h.sender_id IN ({own}) OR h.receiver_id IN ({also}))"));
    }
    if let Some(with) = which.with {
        let (one, other) = (placeholder(with.0, &mut values), placeholder(with.0, &mut values));
        conditions.push(format!("(h.sender_id = {one} OR h.receiver_id = {other})"));
    }
    if let Some((at, id)) = after {
        let (at, id) = (placeholder(micros(at), &mut values), placeholder(id, &mut values));
        conditions.push(format!("(h.sent_at, h.id) > ({at}, {id})"));
    }
    let at_most = placeholder(i64::from(limit) + 1, &mut values);
    let sql = format!(
        "SELECT h.id, h.referral_id, r.reference, h.sender_id, h.receiver_id, h.state, h.sent_at, h.seen_at, h.acknowledged_at, \
         h.decided_at, h.ended_at, o.created_at AS queued_at, o.sent_at AS mailed_at, o.status, o.bounced_at, i.taken_at \
         FROM handoffs h JOIN referrals r ON r.id = h.referral_id LEFT JOIN outbox o ON o.id = (SELECT x.id FROM outbox x \
         WHERE x.referral_id = h.referral_id AND x.handoff_id = h.id AND x.agency_id = h.receiver_id AND x.user_id IS NULL \
         AND x.channel = 'mail' AND x.notice IN ('new-referral', 'forwarded-to-you') ORDER BY x.created_at DESC, x.id DESC LIMIT 1) \
         LEFT JOIN incidents i ON i.id = o.id WHERE {} ORDER BY h.sent_at, h.id LIMIT {at_most}",
        conditions.join(" AND ")
    );
    let rows = Row::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?;
    let found = rows
        .into_iter()
        .map(HandedOver::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(found, limit, position))
}

fn position(last: &HandedOver) -> Place {
    (last.sent_at, last.handoff.0)
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    referral_id: Uuid,
    reference: String,
    sender_id: Uuid,
    receiver_id: Uuid,
    state: String,
    sent_at: DateTime<Utc>,
    seen_at: Option<DateTime<Utc>>,
    acknowledged_at: Option<DateTime<Utc>>,
    decided_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    queued_at: Option<DateTime<Utc>>,
    mailed_at: Option<DateTime<Utc>>,
    status: Option<String>,
    bounced_at: Option<DateTime<Utc>>,
    taken_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for HandedOver {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let name = format!("hand-off {}", row.id);
        Ok(Self {
            handoff: HandoffId(row.id),
            referral: ReferralId(row.referral_id),
            reference: row.reference,
            sender: AgencyId(row.sender_id),
            receiver: AgencyId(row.receiver_id),
            state: map::code(&name, "state", &row.state)?,
            sent_at: row.sent_at,
            queued_at: row.queued_at,
            mailed_at: row.mailed_at,
            undelivered: row.status.as_deref() == Some("dead") || row.bounced_at.is_some(),
            opened_at: row.seen_at,
            acknowledged_at: row.acknowledged_at,
            decided_at: row.decided_at,
            ended_at: row.ended_at,
            in_hand_at: row.taken_at,
        })
    }
}
