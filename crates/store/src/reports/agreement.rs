//! Limits that an agreement set, and how each of them ended.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value};
use stafett_workflow::agency::{AgencyId, AgreementId, ClockId, HandoffId, ReferralId};
use stafett_workflow::policy::Scope;
use stafett_workflow::reference::Reference;
use stafett_workflow::referral::WorkflowKey;
use stafett_workflow::vocabulary::Urgency;
use uuid::Uuid;

use super::sent::{AnswerLimits, is_limit};
use super::{beyond, is_party, nothing, reference, stream};
use crate::connect::{Db, Handle, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::page::Page;
use crate::referrals::placeholder;

/// Which limits to count: those that one version of an agreement set for hand-offs that an agency of the scope has sent or received.
#[derive(Debug, Clone)]
pub struct AgreedQuery {
    /// What the reader may know of.
    pub scope: Scope,
    /// The version.
    pub agreement: AgreementId,
    /// Who sends under it.
    pub sender: AgencyId,
    /// Who receives under it.
    pub receiver: AgencyId,
    /// For hand-offs that were sent at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// For hand-offs that were sent before this time.
    pub until: Option<DateTime<Utc>>,
    /// Only these clocks; `None`: of each hand-off the first of its limits, whatever it is for.
    pub limits: Option<Vec<AnswerLimits>>,
    /// Only those that ended like this; all when there are none.
    pub outcomes: Vec<Outcome>,
    /// What is not over by this time still waits.
    pub as_of: DateTime<Utc>,
}

/// How a limit ended, or stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// What it waited for was done before it was up.
    Within,
    /// It was done later.
    Late,
    /// It is not done, and the limit is not up, or stands still.
    Waiting,
    /// It is not done, and the limit is up.
    Overdue,
    /// The hand-off was taken back, or was a mistake.
    Withdrawn,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Within, Self::Late, Self::Waiting, Self::Overdue, Self::Withdrawn];

    /// As it stands in an answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Late => "late",
            Self::Waiting => "waiting",
            Self::Overdue => "overdue",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A limit that the agreement set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
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
    /// The hand-off.
    pub handoff: HandoffId,
    /// How urgent.
    pub urgency: Urgency,
    /// When the hand-off was sent.
    pub sent_at: DateTime<Utc>,
    /// From when the limit counts.
    pub started_at: DateTime<Utc>,
    /// When it is or was up.
    pub due_at: DateTime<Utc>,
    /// When what it waited for was done, or the hand-off was over.
    pub stopped_at: Option<DateTime<Utc>>,
    /// How it ended, or stands.
    pub outcome: Outcome,
}

/// Hands out every limit of the query, in no order.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn each_agreed(db: &Db, query: &AgreedQuery, mut each: impl FnMut(Agreed)) -> Result<(), StoreError> {
    let mut values = Vec::new();
    let Some(rows) = agreed(query, &mut values) else {
        return Ok(());
    };
    let sql = format!("SELECT * FROM ({rows}) a");
    stream(db, db.statement(&sql, values), |row| {
        each(AgreedRow::from_query_result(row, "")?.into_agreed()?);
        Ok(())
    })
    .await
}

/// A page of the limits of the query, the first begun first, after the one with this time and id.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn agreed_page(
    on: &impl Handle,
    query: &AgreedQuery,
    after: Option<(DateTime<Utc>, ClockId)>,
    limit: u32,
) -> Result<Page<Agreed, (DateTime<Utc>, ClockId)>, StoreError> {
    let mut values = Vec::new();
    let Some(rows) = agreed(query, &mut values) else {
        return Ok(nothing());
    };
    let beyond = beyond(("a.started_at", "a.id"), after.map(|(at, id)| (at, id.0)), &mut values);
    let limit_value = placeholder(i64::from(limit) + 1, &mut values);
    let sql = format!("SELECT * FROM ({rows}) a WHERE 1 = 1{beyond} ORDER BY a.started_at, a.id LIMIT {limit_value}");
    let rows = AgreedRow::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?;
    let lines = rows
        .into_iter()
        .map(AgreedRow::into_agreed)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(lines, limit, |last| (last.started_at, last.id)))
}

/// The rows, as a query of their own. `None` when the scope is empty.
fn agreed(query: &AgreedQuery, values: &mut Vec<Value>) -> Option<String> {
    let outcome = format!(
        "CASE WHEN c.stopped_at IS NULL THEN CASE WHEN c.paused_at IS NULL AND c.due_at < {} THEN 'overdue' ELSE 'waiting' END \
         WHEN h.state IN ('withdrawn', 'entered-in-error') AND h.ended_at = c.stopped_at THEN 'withdrawn' \
         WHEN c.stopped_at <= c.due_at THEN 'within' ELSE 'late' END",
        placeholder(micros(query.as_of), values)
    );
    // The parties come first: hand-offs are found by them.
    let mut conditions = vec![
        format!("h.sender_id = {}", placeholder(query.sender.0, values)),
        format!("h.receiver_id = {}", placeholder(query.receiver.0, values)),
        is_party(&query.scope, &["h.sender_id", "h.receiver_id"], values)?,
    ];
    let version = placeholder(query.agreement.0, values);
    conditions.push(format!("c.agreement_id = {version}"));
    conditions.push(format!("h.sent_at IS NOT NULL AND {}", bound("c")));
    for (at, compare) in [(query.from, ">="), (query.until, "<")] {
        conditions.extend(at.map(|at| format!("h.sent_at {compare} {}", placeholder(micros(at), values))));
    }
    conditions.push(match &query.limits {
        Some(limits) => is_limit(limits, values),
        None => format!(
            "NOT EXISTS (SELECT 1 FROM clocks e WHERE e.referral_id = c.referral_id AND e.handoff_id = c.handoff_id \
             AND e.agreement_id = {version} AND e.ordinal < c.ordinal AND {})",
            bound("e")
        ),
    });
    let rows = format!(
        "SELECT c.id, c.name, c.started_at, c.due_at, c.stopped_at, c.referral_id, c.handoff_id, r.reference, r.workflow_id, \
         r.workflow_version, r.urgency, h.sent_at, {outcome} AS outcome \
         FROM clocks c JOIN handoffs h ON h.id = c.handoff_id JOIN referrals r ON r.id = c.referral_id WHERE {}",
        conditions.join(" AND ")
    );
    if query.outcomes.is_empty() {
        return Some(rows);
    }
    let outcomes: Vec<_> = query
        .outcomes
        .iter()
        .map(|outcome| placeholder(outcome.as_str(), values))
        .collect();
    Some(format!(
        "SELECT * FROM ({rows}) o WHERE o.outcome IN ({})",
        outcomes.join(", ")
    ))
}

/// Whether a clock of the hand-off `h` ever bound anybody: neither was it from before the sending was undone, nor was the step undone
/// that had armed it.
fn bound(clock: &str) -> String {
    format!(
        "{clock}.started_at >= h.sent_at AND NOT EXISTS (SELECT 1 FROM events x WHERE x.referral_id = {clock}.referral_id \
         AND x.kind = 'restored' AND x.at = {clock}.stopped_at)"
    )
}

#[derive(FromQueryResult)]
struct AgreedRow {
    id: Uuid,
    name: String,
    started_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    stopped_at: Option<DateTime<Utc>>,
    referral_id: Uuid,
    handoff_id: Uuid,
    reference: String,
    workflow_id: String,
    workflow_version: i32,
    urgency: String,
    sent_at: DateTime<Utc>,
    outcome: String,
}

impl AgreedRow {
    fn into_agreed(self) -> Result<Agreed, StoreError> {
        let name = format!("referral {}", self.referral_id);
        let outcome = Outcome::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == self.outcome);
        Ok(Agreed {
            id: ClockId(self.id),
            clock: self.name,
            workflow: WorkflowKey {
                version: map::count(&name, "workflow_version", self.workflow_version)?,
                id: self.workflow_id,
            },
            referral: ReferralId(self.referral_id),
            reference: reference(self.referral_id, &self.reference)?,
            handoff: HandoffId(self.handoff_id),
            urgency: map::code(&name, "urgency", &self.urgency)?,
            sent_at: self.sent_at,
            started_at: self.started_at,
            due_at: self.due_at,
            stopped_at: self.stopped_at,
            outcome: outcome.ok_or_else(|| StoreError::corrupt(&name, "a limit ended in no known way"))?,
        })
    }
}
