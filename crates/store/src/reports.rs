//! What the reports count: hand-offs that were sent, with the times of their answers, and limits that run past their due
//! time. Ids, codes and times only, within the scope; the figures are the caller's to make.
//!
//! A report and the list behind it share one condition, so that the list always has as many lines as the report counts.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, DatabaseExecutor, FromQueryResult, QueryResult, Statement, StreamTrait, Value};
use stafett_workflow::agency::{AgencyId, ClockId, HandoffId, ReferralId};
use stafett_workflow::policy::Scope;
use stafett_workflow::reference::Reference;
use stafett_workflow::referral::WorkflowKey;
use stafett_workflow::vocabulary::Urgency;
use uuid::Uuid;

use crate::connect::{Db, Handle, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::page::Page;
use crate::referrals::{placeholder, placeholders};

/// The limits of one definition within which its receivers must answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerLimits {
    /// The definition.
    pub workflow: WorkflowKey,
    /// The names of its clocks.
    pub clocks: Vec<String>,
}

/// Which hand-offs to count: those that an agency of the scope has sent or received, sent in a period.
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
    /// When it was accepted, declined, returned or forwarded.
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

/// Which missed limits to count: those that still run, on hand-offs that an agency of the scope has sent or received, or on
/// referrals whose baton it holds.
#[derive(Debug, Clone)]
pub struct OverdueQuery {
    /// What the reader may know of.
    pub scope: Scope,
    /// Due before this time.
    pub due_before: DateTime<Utc>,
    /// With the baton at this agency.
    pub holder: Option<AgencyId>,
    /// On a hand-off to this agency.
    pub receiver: Option<AgencyId>,
    /// On this workflow, in any version.
    pub workflow: Option<String>,
    /// With this name in its definition.
    pub clock: Option<String>,
    /// With this urgency.
    pub urgency: Option<Urgency>,
}

/// A limit that runs although its time is up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// The clock.
    pub id: ClockId,
    /// Its name in the definition.
    pub clock: String,
    /// The definition.
    pub workflow: WorkflowKey,
    /// The referral.
    pub referral: ReferralId,
    /// Its short name.
    pub reference: Reference,
    /// The hand-off that it runs on.
    pub handoff: HandoffId,
    /// Who holds the baton.
    pub holder: AgencyId,
    /// To whom the hand-off was sent, unless it is a draft.
    pub receiver: Option<AgencyId>,
    /// How urgent.
    pub urgency: Urgency,
    /// Since when it runs.
    pub started_at: DateTime<Utc>,
    /// When it was due.
    pub due_at: DateTime<Utc>,
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
        each(SentRow::from_query_result(row, "")?.into_sent()?);
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
    let lines = rows.iter().map(SentLine::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(lines, limit, |last| (last.sent.sent_at, last.handoff)))
}

/// Hands out every missed limit of the query, in no order.
///
/// # Errors
/// As for [`each_sent`].
pub async fn each_overdue(db: &Db, query: &OverdueQuery, mut each: impl FnMut(Overdue)) -> Result<(), StoreError> {
    let mut values = Vec::new();
    let Some(rows) = overdue(query, &mut values) else {
        return Ok(());
    };
    let sql = format!("SELECT {OVERDUE_COLUMNS} {rows}");
    stream(db, db.statement(&sql, values), |row| {
        each(OverdueRow::from_query_result(row, "")?.into_overdue()?);
        Ok(())
    })
    .await
}

/// A page of the missed limits of the query, the longest missed first, after the one with this due time and id.
///
/// # Errors
/// As for [`each_sent`].
pub async fn overdue_page(
    on: &impl Handle,
    query: &OverdueQuery,
    after: Option<(DateTime<Utc>, ClockId)>,
    limit: u32,
) -> Result<Page<Overdue, (DateTime<Utc>, ClockId)>, StoreError> {
    let mut values = Vec::new();
    let Some(rows) = overdue(query, &mut values) else {
        return Ok(nothing());
    };
    let beyond = beyond(("c.due_at", "c.id"), after.map(|(at, id)| (at, id.0)), &mut values);
    let limit_value = placeholder(i64::from(limit) + 1, &mut values);
    let sql = format!("SELECT {OVERDUE_COLUMNS} {rows}{beyond} ORDER BY c.due_at, c.id LIMIT {limit_value}");
    let rows = OverdueRow::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?;
    let lines = rows
        .into_iter()
        .map(OverdueRow::into_overdue)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(lines, limit, |last| (last.due_at, last.id)))
}

const SENT_COLUMNS: &str = "h.id AS handoff_id, h.receiver_id, r.workflow_id, r.urgency, h.sent_at, h.acknowledged_at, \
                            h.decided_at, h.ended_at";

// The receiver of a draft has not been told, so nobody else is told of them either.
const OVERDUE_COLUMNS: &str = "c.id, c.name, c.started_at, c.due_at, c.referral_id, c.handoff_id, r.reference, \
                               r.workflow_id, r.workflow_version, r.urgency, r.custodian_id, \
                               CASE WHEN h.sent_at IS NULL THEN NULL ELSE h.receiver_id END AS receiver_id";

/// The column with the due time, and everything from `FROM` on. `None` when the scope is empty.
fn sent(query: &SentQuery, values: &mut Vec<Value>) -> Option<(String, String)> {
    let due_at = format!(
        "(SELECT MIN(c.due_at) FROM clocks c WHERE c.referral_id = h.referral_id AND c.handoff_id = h.id AND {}) AS due_at",
        is_limit(&query.limits, values)
    );
    let mut conditions = vec![is_party(&query.scope, &["h.sender_id", "h.receiver_id"], values)?];
    conditions.push(format!("h.sent_at >= {}", placeholder(micros(query.from), values)));
    conditions.push(format!("h.sent_at < {}", placeholder(micros(query.until), values)));
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

/// Everything from `FROM` on. `None` when the scope is empty.
fn overdue(query: &OverdueQuery, values: &mut Vec<Value>) -> Option<String> {
    let receiver = "CASE WHEN h.sent_at IS NULL THEN NULL ELSE h.receiver_id END";
    let mut conditions = vec![is_party(
        &query.scope,
        &["h.sender_id", receiver, "r.custodian_id"],
        values,
    )?];
    conditions.push("c.stopped_at IS NULL AND c.paused_at IS NULL".to_owned());
    conditions.push(format!("c.due_at < {}", placeholder(micros(query.due_before), values)));
    filter(
        "r.custodian_id",
        query.holder.map(|agency| agency.0.into()),
        &mut conditions,
        values,
    );
    filter(
        receiver,
        query.receiver.map(|agency| agency.0.into()),
        &mut conditions,
        values,
    );
    filter(
        "r.workflow_id",
        query.workflow.as_deref().map(Value::from),
        &mut conditions,
        values,
    );
    filter(
        "c.name",
        query.clock.as_deref().map(Value::from),
        &mut conditions,
        values,
    );
    filter(
        "r.urgency",
        query.urgency.map(|urgency| urgency.as_str().into()),
        &mut conditions,
        values,
    );
    Some(format!(
        "FROM clocks c JOIN handoffs h ON h.id = c.handoff_id JOIN referrals r ON r.id = c.referral_id WHERE {}",
        conditions.join(" AND ")
    ))
}

/// Whether one of the scope's agencies stands in one of the columns.
fn is_party(scope: &Scope, columns: &[&str], values: &mut Vec<Value>) -> Option<String> {
    if scope.is_all() {
        return Some("1 = 1".to_owned());
    }
    if scope.agencies().is_empty() {
        return None;
    }
    let any: Vec<_> = columns
        .iter()
        .map(|column| format!("{column} IN ({})", placeholders(scope.agencies(), values)))
        .collect();
    Some(format!("({})", any.join(" OR ")))
}

/// Whether the clock `c` bounds the answer on the definition of the referral `r`.
fn is_limit(limits: &[AnswerLimits], values: &mut Vec<Value>) -> String {
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

fn filter(column: &str, value: Option<Value>, conditions: &mut Vec<String>, values: &mut Vec<Value>) {
    if let Some(value) = value {
        conditions.push(format!("{column} = {}", placeholder(value, values)));
    }
}

/// A further condition: after this place in the order of two columns.
fn beyond((time, id): (&str, &str), after: Option<(DateTime<Utc>, Uuid)>, values: &mut Vec<Value>) -> String {
    let Some((at, last)) = after else { return String::new() };
    let (at, last) = (placeholder(micros(at), values), placeholder(last, values));
    format!(" AND ({time}, {id}) > ({at}, {last})")
}

fn nothing<T, C>() -> Page<T, C> {
    Page {
        items: Vec::new(),
        next: None,
    }
}

/// Reads the rows as they come: a report over a million of them must not hold a million.
async fn stream(
    db: &Db,
    statement: Statement,
    mut each: impl FnMut(&QueryResult) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    match db.executor() {
        DatabaseExecutor::Connection(connection) => {
            let mut rows = connection.stream_raw(statement).await?;
            while let Some(row) = rows.try_next().await? {
                each(&row)?;
            }
        }
        executor => {
            for row in executor.query_all_raw(statement).await? {
                each(&row)?;
            }
        }
    }
    Ok(())
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
    fn into_sent(self) -> Result<Sent, StoreError> {
        Ok(Sent {
            receiver: AgencyId(self.receiver_id),
            urgency: map::code(
                format_args!("the referral of hand-off {}", self.handoff_id),
                "urgency",
                &self.urgency,
            )?,
            workflow: self.workflow_id,
            sent_at: self.sent_at,
            acknowledged_at: self.acknowledged_at,
            decided_at: self.decided_at,
            ended_at: self.ended_at,
            due_at: self.due_at,
        })
    }
}

impl TryFrom<&QueryResult> for SentLine {
    type Error = StoreError;

    fn try_from(result: &QueryResult) -> Result<Self, StoreError> {
        let referral: Uuid = result.try_get("", "referral_id")?;
        let row = SentRow::from_query_result(result, "")?;
        Ok(Self {
            referral: ReferralId(referral),
            reference: reference(referral, &result.try_get::<String>("", "reference")?)?,
            handoff: HandoffId(row.handoff_id),
            sent: row.into_sent()?,
        })
    }
}

#[derive(FromQueryResult)]
struct OverdueRow {
    id: Uuid,
    name: String,
    started_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    referral_id: Uuid,
    handoff_id: Uuid,
    reference: String,
    workflow_id: String,
    workflow_version: i32,
    urgency: String,
    custodian_id: Uuid,
    receiver_id: Option<Uuid>,
}

impl OverdueRow {
    fn into_overdue(self) -> Result<Overdue, StoreError> {
        let name = format!("referral {}", self.referral_id);
        Ok(Overdue {
            id: ClockId(self.id),
            clock: self.name,
            workflow: WorkflowKey {
                version: map::count(&name, "workflow_version", self.workflow_version)?,
                id: self.workflow_id,
            },
            referral: ReferralId(self.referral_id),
            reference: reference(self.referral_id, &self.reference)?,
            handoff: HandoffId(self.handoff_id),
            holder: AgencyId(self.custodian_id),
            receiver: self.receiver_id.map(AgencyId),
            urgency: map::code(&name, "urgency", &self.urgency)?,
            started_at: self.started_at,
            due_at: self.due_at,
        })
    }
}

fn reference(referral: Uuid, stored: &str) -> Result<Reference, StoreError> {
    stored
        .parse()
        .map_err(|_not_a_reference| StoreError::corrupt(format_args!("referral {referral}"), "reference is not one"))
}
