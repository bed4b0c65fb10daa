//! Disagreements about who is responsible, and how long they lasted.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use stafett_workflow::agency::{AgencyId, ReferralId};
use stafett_workflow::reference::Reference;
use stafett_workflow::vocabulary::Urgency;
use uuid::Uuid;

use super::flow::{FlowQuery, is_whole};
use super::{beyond, filter, nothing, reference};
use crate::connect::Handle;
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::page::Page;
use crate::referrals::placeholder;

/// A disagreement. It began in the period of the query, on a referral that the reader may know whole, and is about the hand-off
/// that was sent last then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// The event with which it began.
    pub id: Uuid,
    /// The referral.
    pub referral: ReferralId,
    /// Its short name.
    pub reference: Reference,
    /// On which workflow.
    pub workflow: String,
    /// How urgent.
    pub urgency: Urgency,
    /// Who had sent.
    pub sender: AgencyId,
    /// To whom.
    pub receiver: AgencyId,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it was decided who is responsible.
    pub settled_at: Option<DateTime<Utc>>,
}

/// Whether a disagreement is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was decided who is responsible.
    Settled,
    /// Nobody has decided yet.
    Running,
}

/// All of them, in no order.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn disputes(on: &impl Handle, query: &FlowQuery) -> Result<Vec<Dispute>, StoreError> {
    let mut values = Vec::new();
    let Some(disputes) = disputed(query, None, &mut values) else {
        return Ok(Vec::new());
    };
    let rows = on.executor().query_all_raw(on.statement(&disputes, values)).await?;
    rows.iter()
        .map(|row| Row::from_query_result(row, "")?.into_dispute())
        .collect()
}

/// A page of them, the first to begin first; those that are over, those that are not, or both.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn disputes_page(
    on: &impl Handle,
    query: &FlowQuery,
    standing: Option<Standing>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u32,
) -> Result<Page<Dispute, (DateTime<Utc>, Uuid)>, StoreError> {
    let mut values = Vec::new();
    let Some(disputes) = disputed(query, standing, &mut values) else {
        return Ok(nothing());
    };
    let beyond = beyond(("d.at", "d.id"), after, &mut values);
    let limit_value = placeholder(i64::from(limit) + 1, &mut values);
    let sql = format!("SELECT * FROM ({disputes}) d WHERE 1 = 1{beyond} ORDER BY d.at, d.id LIMIT {limit_value}");
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    let lines = rows
        .iter()
        .map(|row| Row::from_query_result(row, "")?.into_dispute())
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(lines, limit, |last| (last.since, last.id)))
}

/// The whole query. `None` when the scope is empty.
fn disputed(query: &FlowQuery, standing: Option<Standing>, values: &mut Vec<Value>) -> Option<String> {
    let mut conditions = vec!["e.kind = 'disputed'".to_owned(), is_whole(&query.scope, values)?];
    conditions.push(format!("e.at >= {}", placeholder(micros(query.from), values)));
    conditions.push(format!("e.at < {}", placeholder(micros(query.until), values)));
    conditions.push(not_undone("e"));
    filter(
        "r.workflow_id",
        query.workflow.as_deref().map(Value::from),
        &mut conditions,
        values,
    );
    filter(
        "r.urgency",
        query.urgency.map(|urgency| urgency.as_str().into()),
        &mut conditions,
        values,
    );
    let mut outer = vec!["1 = 1".to_owned()];
    for (column, agency) in [("h.sender_id", query.sender), ("h.receiver_id", query.receiver)] {
        filter(column, agency.map(|agency| agency.0.into()), &mut conditions, values);
    }
    let known = query
        .as_of
        .map(|at| format!(" AND s.at < {}", placeholder(micros(at), values)));
    match standing {
        Some(Standing::Settled) => outer.push("settled_at IS NOT NULL".to_owned()),
        Some(Standing::Running) => outer.push("settled_at IS NULL".to_owned()),
        None => {}
    }
    let settled_at = format!(
        "(SELECT MIN(s.at) FROM events s WHERE s.referral_id = e.referral_id AND s.seq > e.seq AND s.kind = 'allocated' \
         AND {}{})",
        not_undone("s"),
        known.unwrap_or_default()
    );
    Some(format!(
        "SELECT * FROM (SELECT e.id, e.at, e.referral_id, r.reference, r.workflow_id, r.urgency, h.sender_id, h.receiver_id, \
         {settled_at} AS settled_at FROM events e JOIN referrals r ON r.id = e.referral_id \
         JOIN handoffs h ON h.referral_id = e.referral_id AND h.ordinal = (SELECT MAX(l.ordinal) FROM handoffs l \
         WHERE l.referral_id = e.referral_id AND l.sent_at <= e.at) WHERE {}) AS all_of_them WHERE {}",
        conditions.join(" AND "),
        outer.join(" AND ")
    ))
}

/// Whether the decision of an event still holds.
fn not_undone(event: &str) -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM events u WHERE u.referral_id = {event}.referral_id AND u.seq > {event}.seq \
         AND u.kind = 'restored' AND CAST(u.body ->> 'undone' AS INTEGER) = {event}.version)"
    )
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    at: DateTime<Utc>,
    referral_id: Uuid,
    reference: String,
    workflow_id: String,
    urgency: String,
    sender_id: Uuid,
    receiver_id: Uuid,
    settled_at: Option<DateTime<Utc>>,
}

impl Row {
    fn into_dispute(self) -> Result<Dispute, StoreError> {
        Ok(Dispute {
            id: self.id,
            referral: ReferralId(self.referral_id),
            reference: reference(self.referral_id, &self.reference)?,
            workflow: self.workflow_id,
            urgency: map::code(format_args!("referral {}", self.referral_id), "urgency", &self.urgency)?,
            sender: AgencyId(self.sender_id),
            receiver: AgencyId(self.receiver_id),
            since: self.at,
            settled_at: self.settled_at,
        })
    }
}
