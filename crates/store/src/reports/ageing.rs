//! Referrals that are under way, and since when.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value};
use stafett_workflow::agency::{AgencyId, HandoffId, ReferralId};
use stafett_workflow::policy::Scope;
use stafett_workflow::reference::Reference;
use stafett_workflow::vocabulary::{HandoffState, Urgency};
use uuid::Uuid;

use super::{beyond, filter, is_party, nothing, reference, stream};
use crate::connect::{Db, Handle, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::page::Page;
use crate::referrals::placeholder;

/// Which referrals to count: those that have been sent and are not over, where an agency of the scope wrote them, has sent or
/// received the leg on which they are, or holds the baton. Each counts once, with that leg.
#[derive(Debug, Clone)]
pub struct WaitingQuery {
    /// What the reader may know of.
    pub scope: Scope,
    /// First sent by this time.
    pub as_of: DateTime<Utc>,
    /// First sent later than this time.
    pub after: Option<DateTime<Utc>>,
    /// First sent at this time or earlier.
    pub by: Option<DateTime<Utc>>,
    /// On a leg to this agency.
    pub receiver: Option<AgencyId>,
    /// With the baton at this agency.
    pub holder: Option<AgencyId>,
    /// With the leg in this state.
    pub state: Option<HandoffState>,
    /// On this workflow, in any version.
    pub workflow: Option<String>,
    /// With this urgency.
    pub urgency: Option<Urgency>,
}

/// A referral that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The referral.
    pub id: ReferralId,
    /// Its short name.
    pub reference: Reference,
    /// On which workflow.
    pub workflow: String,
    /// How urgent.
    pub urgency: Urgency,
    /// Who holds the baton.
    pub holder: AgencyId,
    /// Whether the services disagree about who is responsible.
    pub disputed: bool,
    /// The leg on which it is.
    pub handoff: HandoffId,
    /// Where that stands.
    pub state: HandoffState,
    /// Who sent it.
    pub sender: AgencyId,
    /// To whom.
    pub receiver: AgencyId,
    /// When.
    pub sent_at: DateTime<Utc>,
    /// When the referral was first sent to anybody.
    pub first_sent_at: DateTime<Utc>,
}

/// Hands out every referral of the query, in no order.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn each_waiting(db: &Db, query: &WaitingQuery, mut each: impl FnMut(Waiting)) -> Result<(), StoreError> {
    let mut values = Vec::new();
    let Some(rows) = waiting(query, &mut values) else {
        return Ok(());
    };
    let sql = format!("SELECT * FROM ({rows}) w");
    stream(db, db.statement(&sql, values), |row| {
        each(WaitingRow::from_query_result(row, "")?.into_waiting()?);
        Ok(())
    })
    .await
}

/// A page of the referrals of the query, the oldest first, after the one with this time and id.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn waiting_page(
    on: &impl Handle,
    query: &WaitingQuery,
    after: Option<(DateTime<Utc>, ReferralId)>,
    limit: u32,
) -> Result<Page<Waiting, (DateTime<Utc>, ReferralId)>, StoreError> {
    let mut values = Vec::new();
    let Some(rows) = waiting(query, &mut values) else {
        return Ok(nothing());
    };
    let beyond = beyond(
        ("w.first_sent_at", "w.id"),
        after.map(|(at, id)| (at, id.0)),
        &mut values,
    );
    let limit_value = placeholder(i64::from(limit) + 1, &mut values);
    let sql =
        format!("SELECT * FROM ({rows}) w WHERE 1 = 1{beyond} ORDER BY w.first_sent_at, w.id LIMIT {limit_value}");
    let rows = WaitingRow::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?;
    let lines = rows
        .into_iter()
        .map(WaitingRow::into_waiting)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(lines, limit, |last| (last.first_sent_at, last.id)))
}

/// The rows, as a query of their own. `None` when the scope is empty.
fn waiting(query: &WaitingQuery, values: &mut Vec<Value>) -> Option<String> {
    // Whose part has ended does not know that it is still under way.
    let still = "CASE WHEN EXISTS (SELECT 1 FROM parties p WHERE p.referral_id = h.referral_id \
                 AND p.agency_id = h.receiver_id AND p.known_state IS NOT NULL) THEN NULL ELSE h.receiver_id END";
    let parties = ["r.originator_id", "h.sender_id", still, "r.custodian_id"];
    let mut conditions = vec![is_party(&query.scope, &parties, values)?];
    conditions.push("r.closed_at IS NULL AND h.sent_at IS NOT NULL AND h.receiver_id IS NOT NULL".to_owned());
    let receiver = query.receiver.map(|agency| agency.0.into());
    filter("h.receiver_id", receiver, &mut conditions, values);
    let holder = query.holder.map(|agency| agency.0.into());
    filter("r.custodian_id", holder, &mut conditions, values);
    let state = query.state.map(|state| state.as_str().into());
    filter("h.state", state, &mut conditions, values);
    let workflow = query.workflow.as_deref().map(Value::from);
    filter("r.workflow_id", workflow, &mut conditions, values);
    let urgency = query.urgency.map(|urgency| urgency.as_str().into());
    filter("r.urgency", urgency, &mut conditions, values);
    let rows = format!(
        "SELECT r.id, r.reference, r.workflow_id, r.urgency, r.custodian_id, r.disputed_since, h.id AS handoff_id, h.state, \
         h.sender_id, h.receiver_id, h.sent_at, \
         (SELECT MIN(f.sent_at) FROM handoffs f WHERE f.referral_id = r.id) AS first_sent_at \
         FROM referrals r JOIN handoffs h ON h.referral_id = r.id AND h.ordinal = r.current_ordinal WHERE {}",
        conditions.join(" AND ")
    );
    let bounds = [
        Some((query.as_of, "<=")),
        query.by.map(|by| (by, "<=")),
        query.after.map(|after| (after, ">")),
    ];
    let bounds: Vec<_> = bounds
        .into_iter()
        .flatten()
        .map(|(at, compare)| format!("a.first_sent_at {compare} {}", placeholder(micros(at), values)))
        .collect();
    Some(format!("SELECT * FROM ({rows}) a WHERE {}", bounds.join(" AND ")))
}

#[derive(FromQueryResult)]
struct WaitingRow {
    id: Uuid,
    reference: String,
    workflow_id: String,
    urgency: String,
    custodian_id: Uuid,
    disputed_since: Option<DateTime<Utc>>,
    handoff_id: Uuid,
    state: String,
    sender_id: Uuid,
    receiver_id: Uuid,
    sent_at: DateTime<Utc>,
    first_sent_at: DateTime<Utc>,
}

impl WaitingRow {
    fn into_waiting(self) -> Result<Waiting, StoreError> {
        let name = format!("referral {}", self.id);
        Ok(Waiting {
            id: ReferralId(self.id),
            reference: reference(self.id, &self.reference)?,
            workflow: self.workflow_id,
            urgency: map::code(&name, "urgency", &self.urgency)?,
            holder: AgencyId(self.custodian_id),
            disputed: self.disputed_since.is_some(),
            handoff: HandoffId(self.handoff_id),
            state: map::code(&name, "state", &self.state)?,
            sender: AgencyId(self.sender_id),
            receiver: AgencyId(self.receiver_id),
            sent_at: self.sent_at,
            first_sent_at: self.first_sent_at,
        })
    }
}
