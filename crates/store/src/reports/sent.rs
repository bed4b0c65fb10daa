//! Hand-offs that were sent, with the times of their answers.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, QueryResult, Value};
use stafett_workflow::agency::{AgencyId, HandoffId, ReferralId};
use stafett_workflow::policy::Scope;
use stafett_workflow::reference::Reference;
use stafett_workflow::referral::WorkflowKey;
use stafett_workflow::vocabulary::Urgency;
use uuid::Uuid;

use super::{beyond, filter, is_party, nothing, reference, stream};
use crate::connect::{Db, Handle, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::page::Page;
use crate::referrals::placeholder;

/// The limits of one definition within which its receivers must answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerLimits {
    /// The definition.
    pub workflow: WorkflowKey,
    /// The names of its clocks.
    pub clocks: Vec<String>,
}

/// Which hand-offs to count: those that an agency of the scope has sent or received, sent in a period. One that an
/// allocation decision opened as accepted was never to be answered and is not among them.
#[derive(Debug, Clone)]
pub struct SentQuery {
    /// What the reader may know of.
    pub scope: Scope,
    /// Sent at this time or later.
    pub from: DateTime<Utc>,
    /// Sent before this time.
    pub until: DateTime<Utc>,
    /// To this agency.
    pub receiver: Option<AgencyId>,
    /// On this workflow, in any version.
    pub workflow: Option<String>,
    /// With this urgency.
    pub urgency: Option<Urgency>,
    /// Which clocks bound the answer; of several on one hand-off the earliest counts.
    pub limits: Vec<AnswerLimits>,
    /// As they stood then; `None`: as they stand.
    pub as_of: Option<DateTime<Utc>>,
}

/// A hand-off that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// To whom.
    pub receiver: AgencyId,
    /// On which workflow.
    pub workflow: String,
    /// How urgent.
    pub urgency: Urgency,
    /// When.
    pub sent_at: DateTime<Utc>,
    /// When its receipt was first acknowledged, by that action or by any answer.
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// When it was accepted, declined, returned or forwarded; or ended by the receiver without any of these, as advice is.
    pub decided_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub ended_at: Option<DateTime<Utc>>,
    /// When the answer was due, if a limit runs for it.
    pub due_at: Option<DateTime<Utc>>,
}

/// The same as a line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentLine {
    /// The referral.
    pub referral: ReferralId,
    /// Its short name.
    pub reference: Reference,
    /// The hand-off; a referral may come several times with different ones.
    pub handoff: HandoffId,
    /// What is counted.
    pub sent: Sent,
}

/// Hands out every hand-off of the query, in no order. The rows are read one by one and never gathered.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn each_sent(db: &Db, query: &SentQuery, mut each: impl FnMut(Sent)) -> Result<(), StoreError> {
    let mut values = Vec::new();
    let Some((due_at, rows)) = sent(query, &mut values) else {
        return Ok(());
    };
    let sql = format!("SELECT {SENT_COLUMNS}, {due_at} {rows}");
    stream(db, db.statement(&sql, values), |row| {
        each(SentRow::from_query_result(row, "")?.into_sent(query.as_of)?);
        Ok(())
    })
    .await
}

/// A page of the hand-offs of the query, the first sent first, after the one with this time and id.
///
/// # Errors
/// As for [`each_sent`].
pub async fn sent_page(
    on: &impl Handle,
    query: &SentQuery,
    after: Option<(DateTime<Utc>, HandoffId)>,
    limit: u32,
) -> Result<Page<SentLine, (DateTime<Utc>, HandoffId)>, StoreError> {
    let mut values = Vec::new();
    let Some((due_at, rows)) = sent(query, &mut values) else {
        return Ok(nothing());
    };
    let beyond = beyond(("h.sent_at", "h.id"), after.map(|(at, id)| (at, id.0)), &mut values);
    let limit_value = placeholder(i64::from(limit) + 1, &mut values);
    let sql = format!(
        "SELECT h.referral_id, r.reference, {SENT_COLUMNS}, {due_at} {rows}{beyond} \
         ORDER BY h.sent_at, h.id LIMIT {limit_value}"
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    let lines = rows.iter().map(|row| line(row, query.as_of));
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(lines, limit, |last| (last.sent.sent_at, last.handoff)))
}

const SENT_COLUMNS: &str = "h.id AS handoff_id, h.receiver_id, r.workflow_id, r.urgency, h.sent_at, h.acknowledged_at, \
                            COALESCE(h.decided_at, CASE WHEN h.state IN ('completed', 'ended-early') THEN h.ended_at END) \
                            AS decided_at, h.ended_at";

/// The column with the due time, and everything from `FROM` on. `None` when the scope is empty.
fn sent(query: &SentQuery, values: &mut Vec<Value>) -> Option<(String, String)> {
    // A limit that stands still bounds nothing now, and one from before the sending was undone never did.
    let due_at = format!(
        "(SELECT MIN(c.due_at) FROM clocks c WHERE c.referral_id = h.referral_id AND c.handoff_id = h.id \
         AND c.started_at >= h.sent_at AND (c.paused_at IS NULL OR c.stopped_at IS NOT NULL) AND {}) AS due_at",
        is_limit(&query.limits, values)
    );
    let mut conditions = vec![is_party(&query.scope, &["h.sender_id", "h.receiver_id"], values)?];
    conditions.push(format!("h.sent_at >= {}", placeholder(micros(query.from), values)));
    conditions.push(format!("h.sent_at < {}", placeholder(micros(query.until), values)));
    // What an allocation decision lays in somebody's hands never waited for an answer.
    conditions.push("(h.decided_at IS NULL OR h.decided_at > h.sent_at)".to_owned());
    let receiver = query.receiver.map(|agency| agency.0.into());
    filter("h.receiver_id", receiver, &mut conditions, values);
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
    let rows = format!(
        "FROM handoffs h JOIN referrals r ON r.id = h.referral_id WHERE {}",
        conditions.join(" AND ")
    );
    Some((due_at, rows))
}

/// Whether the clock `c` bounds the answer on the definition of the referral `r`.
pub(super) fn is_limit(limits: &[AnswerLimits], values: &mut Vec<Value>) -> String {
    let mut any = vec!["1 = 0".to_owned()];
    for limit in limits.iter().filter(|limit| !limit.clocks.is_empty()) {
        let id = placeholder(limit.workflow.id.as_str(), values);
        let version = placeholder(i32::from(limit.workflow.version), values);
        let names: Vec<_> = limit
            .clocks
            .iter()
            .map(|name| placeholder(name.as_str(), values))
            .collect();
        any.push(format!(
            "r.workflow_id = {id} AND r.workflow_version = {version} AND c.name IN ({})",
            names.join(", ")
        ));
    }
    format!("({})", any.join(" OR "))
}

#[derive(FromQueryResult)]
struct SentRow {
    handoff_id: Uuid,
    receiver_id: Uuid,
    workflow_id: String,
    urgency: String,
    sent_at: DateTime<Utc>,
    acknowledged_at: Option<DateTime<Utc>>,
    decided_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    due_at: Option<DateTime<Utc>>,
}

impl SentRow {
    fn into_sent(self, as_of: Option<DateTime<Utc>>) -> Result<Sent, StoreError> {
        let by_then = |at: &DateTime<Utc>| as_of.is_none_or(|as_of| *at < as_of);
        let decided_at = self.decided_at.filter(by_then);
        Ok(Sent {
            receiver: AgencyId(self.receiver_id),
            urgency: map::code(
                format_args!("the referral of hand-off {}", self.handoff_id),
                "urgency",
                &self.urgency,
            )?,
            workflow: self.workflow_id,
            sent_at: self.sent_at,
            acknowledged_at: self.acknowledged_at.filter(by_then).or(decided_at),
            decided_at,
            ended_at: self.ended_at.filter(by_then),
            due_at: self.due_at,
        })
    }
}

fn line(result: &QueryResult, as_of: Option<DateTime<Utc>>) -> Result<SentLine, StoreError> {
    let referral: Uuid = result.try_get("", "referral_id")?;
    let row = SentRow::from_query_result(result, "")?;
    Ok(SentLine {
        referral: ReferralId(referral),
        reference: reference(referral, &result.try_get::<String>("", "reference")?)?,
        handoff: HandoffId(row.handoff_id),
        sent: row.into_sent(as_of)?,
    })
}
