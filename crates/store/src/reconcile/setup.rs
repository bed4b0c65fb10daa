//! What reconciliation reads of what agencies keep: their reports of capacity, their deputies, their agreements. Only what
//! is wrong is read, each by one query; the schema refuses most of it.

use sea_orm::FromQueryResult;
use stafett_workflow::agency::AgencyId;
use uuid::Uuid;

use crate::connect::Handle;
use crate::error::StoreError;

/// Something of an agency that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Odd {
    /// Whose.
    pub agency: AgencyId,
    /// What.
    pub id: Uuid,
}

/// Reports of capacity that have no place in their agency's row of numbers, or say of a full unit that it has room.
///
/// # Errors
/// When the database does not answer.
pub async fn capacity(on: &impl Handle) -> Result<Vec<Odd>, StoreError> {
    odd(
        on,
        "SELECT c.agency_id, c.id FROM capacity_reports c WHERE (c.number > 1 AND NOT EXISTS (SELECT 1 FROM \
         capacity_reports b WHERE b.agency_id = c.agency_id AND b.number = c.number - 1)) OR c.number < 1 \
         OR (c.status = 'full' AND c.free > 0) OR (c.status <> 'full' AND c.free = 0) ORDER BY c.agency_id, c.id",
    )
    .await
}

/// Absences that end before they begin, in which somebody stands in for themselves, or for which two stand in at a time.
///
/// # Errors
/// When the database does not answer.
pub async fn deputies(on: &impl Handle) -> Result<Vec<Odd>, StoreError> {
    odd(
        on,
        "SELECT d.agency_id, d.id FROM deputies d WHERE d.deputy_id = d.user_id OR d.ends_at <= d.starts_at OR EXISTS \
         (SELECT 1 FROM deputies o WHERE o.id <> d.id AND o.agency_id = d.agency_id AND o.user_id = d.user_id \
         AND o.starts_at < d.ends_at AND d.starts_at < o.ends_at) ORDER BY d.agency_id, d.id",
    )
    .await
}

/// Agreements that one party or one person has made alone, that have no place in their row of versions, or of which two wait
/// at a time.
///
/// # Errors
/// When the database does not answer.
pub async fn agreements(on: &impl Handle) -> Result<Vec<Odd>, StoreError> {
    odd(
        on,
        "SELECT a.sender_id AS agency_id, a.id FROM agreements a WHERE a.sender_id = a.receiver_id \
         OR a.proposed_agency_id NOT IN (a.sender_id, a.receiver_id) \
         OR (a.status IN ('approved', 'ended') AND (a.answered_by IS NULL OR a.answered_by = a.proposed_by \
         OR a.answered_agency_id = a.proposed_agency_id OR a.answered_agency_id NOT IN (a.sender_id, a.receiver_id))) \
         OR (a.number > 1 AND NOT EXISTS (SELECT 1 FROM agreements b WHERE b.sender_id = a.sender_id \
         AND b.receiver_id = a.receiver_id AND b.number = a.number - 1)) OR (a.status = 'proposed' AND EXISTS \
         (SELECT 1 FROM agreements o WHERE o.id <> a.id AND o.sender_id = a.sender_id AND o.receiver_id = a.receiver_id \
         AND o.status = 'proposed')) ORDER BY a.sender_id, a.id",
    )
    .await
}

async fn odd(on: &impl Handle, sql: &str) -> Result<Vec<Odd>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        agency_id: Uuid,
        id: Uuid,
    }
    let rows = Row::find_by_statement(on.statement(sql, []))
        .all(&on.executor())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Odd {
            agency: AgencyId(row.agency_id),
            id: row.id,
        })
        .collect())
}
