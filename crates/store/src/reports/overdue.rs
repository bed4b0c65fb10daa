//! Limits that run although their time is up.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value};
use stafett_workflow::agency::{AgencyId, ClockId, HandoffId, ReferralId};
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

/// Hands out every missed limit of the query, in no order.
///
/// # Errors
/// As for [`super::each_sent`].
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
/// As for [`super::each_sent`].
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

// The receiver of a draft has not been told, so nobody else is told of them either.
const OVERDUE_COLUMNS: &str = "c.id, c.name, c.started_at, c.due_at, c.referral_id, c.handoff_id, r.reference, \
                               r.workflow_id, r.workflow_version, r.urgency, r.custodian_id, \
                               CASE WHEN h.sent_at IS NULL THEN NULL ELSE h.receiver_id END AS receiver_id";

/// Everything from `FROM` on. `None` when the scope is empty.
fn overdue(query: &OverdueQuery, values: &mut Vec<Value>) -> Option<String> {
    let receiver = "CASE WHEN h.sent_at IS NULL THEN NULL ELSE h.receiver_id END";
    // Whose part has ended does not know that a limit of it runs.
    let still = "CASE WHEN h.sent_at IS NULL OR EXISTS (SELECT 1 FROM parties p WHERE p.referral_id = h.referral_id \
                 AND p.agency_id = h.receiver_id AND p.known_state IS NOT NULL) THEN NULL ELSE h.receiver_id END";
    let mut conditions = vec![is_party(
        &query.scope,
        &["h.sender_id", still, "r.custodian_id"],
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
