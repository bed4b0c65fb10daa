//! Legal holds: who forbids that somebody is erased, and why. An agency does it by way of a referral in which it takes part, for
//! a reason that lies sealed like all that tells of somebody; an operator does it at the command line. As long as one of them
//! stands, `data_keys.held_at` says since when, and nothing is erased.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait, Value};
use serde_json::json;
use stafett_workflow::agency::{AgencyId, TextId, UserId};
use stafett_workflow::policy::Permit;
use uuid::Uuid;

use super::Owner;
use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::text;
use crate::error::StoreError;
use crate::looks::Sight;
use crate::map::micros;
use crate::referrals::Record;
use crate::{audit, retention, texts};

/// What the reason of a hold is called among the texts.
const HOLD_REASON: &str = "hold-reason";

/// A hold that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalHold {
    /// Whose it is; nobody's is the operator's.
    pub agency: Option<AgencyId>,
    /// Who set it.
    pub set_by: Option<UserId>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Where the reason lies, among the texts of the referral by way of which it was set.
    pub reason: Option<TextId>,
}

/// Sets the hold of the permit's agency on what a referral tells; one that it had set before gets the new reason.
///
/// # Errors
/// [`StoreError::Erased`]; when the database does not answer.
pub async fn set(
    tx: &Tx,
    record: &Record,
    permit: &Permit,
    reason: &str,
    request_id: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    lift_those(tx, record, permit, now).await?;
    let id = Uuid::now_v7();
    let row = text::ActiveModel {
        id: Set(id),
        person_id: Set(record.person_id()),
        referral_id: Set(Some(record.referral().id.0)),
        handoff_id: Set(None),
        kind: Set(HOLD_REASON.to_owned()),
        sealed: Set(record.key().seal_text(id, reason)?),
        key_id: Set(Some(record.owner())),
        author_id: Set(Some(permit.user().0)),
        author_agency_id: Set(Some(permit.agency().0)),
        created_at: Set(micros(now)),
        case_id: Set(None),
    };
    tx.written().texts(std::slice::from_ref(&row));
    text::Entity::insert(row).exec_without_returning(&tx.executor()).await?;
    let sql = "INSERT INTO holds (id, owner_id, referral_id, agency_id, reason_text_id, set_by, set_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = [
        Uuid::now_v7().into(),
        record.owner().into(),
        record.referral().id.0.into(),
        permit.agency().0.into(),
        id.into(),
        permit.user().0.into(),
        micros(now).into(),
    ];
    tx.executor().execute_raw(tx.statement(sql, values)).await?;
    sum_up(tx, record.owner()).await?;
    retention::withdraw(tx, Owner(record.owner())).await?;
    note(tx, "hold", record, permit, request_id, now).await
}

/// Lifts the hold of the permit's agency. `false` when there was none.
///
/// # Errors
/// When the database does not answer.
pub async fn lift(
    tx: &Tx,
    record: &Record,
    permit: &Permit,
    request_id: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if lift_those(tx, record, permit, now).await? == 0 {
        return Ok(false);
    }
    sum_up(tx, record.owner()).await?;
    note(tx, "release", record, permit, request_id, now).await?;
    Ok(true)
}

/// The holds that stand on what a referral tells, the oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn standing(on: &impl Handle, record: &Record) -> Result<Vec<LegalHold>, StoreError> {
    let sql = "SELECT agency_id, set_by, set_at, reason_text_id FROM holds WHERE owner_id = $1 AND lifted_at IS NULL \
               ORDER BY set_at, id";
    let rows = on
        .executor()
        .query_all_raw(on.statement(sql, [record.owner().into()]))
        .await?;
    rows.iter()
        .map(|row| {
            let (agency, by): (Option<Uuid>, Option<Uuid>) =
                (row.try_get("", "agency_id")?, row.try_get("", "set_by")?);
            let reason: Option<Uuid> = row.try_get("", "reason_text_id")?;
            Ok(LegalHold {
                agency: agency.map(AgencyId),
                set_by: by.map(UserId),
                since: row.try_get("", "set_at")?,
                reason: reason.map(TextId),
            })
        })
        .collect()
}

/// The reasons of holds that were set by way of this referral; none to whoever does not look by right.
///
/// # Errors
/// When the database does not answer.
pub async fn reasons<'a>(
    on: &impl Handle,
    record: &Record,
    holds: &[LegalHold],
    by: impl Into<Sight<'a>>,
) -> Result<Vec<texts::StoredText>, StoreError> {
    let ids: Vec<TextId> = holds.iter().filter_map(|hold| hold.reason).collect();
    texts::by_ids(on, record, &ids, by).await
}

/// Sets or lifts the operator's hold. Comes back with since when somebody else's still stands.
pub(super) async fn of_operator(
    tx: &Tx,
    owner: Owner,
    set: bool,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let standing = "owner_id = $1 AND agency_id IS NULL AND lifted_at IS NULL";
    let values: [Value; 3] = [owner.0.into(), micros(now).into(), Uuid::now_v7().into()];
    match set {
        true => {
            let sql = format!(
                "INSERT INTO holds (id, owner_id, set_at) SELECT $3, $1, $2 \
                 WHERE NOT EXISTS (SELECT 1 FROM holds WHERE {standing})"
            );
            tx.executor().execute_raw(tx.statement(&sql, values)).await?;
            retention::withdraw(tx, owner).await?;
        }
        false => {
            let sql = format!("UPDATE holds SET lifted_at = $2 WHERE {standing}");
            let [owner, now, _] = values;
            tx.executor().execute_raw(tx.statement(&sql, [owner, now])).await?;
        }
    }
    sum_up(tx, owner.0).await
}

async fn lift_those(tx: &Tx, record: &Record, permit: &Permit, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let sql =
        "UPDATE holds SET lifted_at = $3, lifted_by = $4 WHERE owner_id = $1 AND agency_id = $2 AND lifted_at IS NULL";
    let values = [
        record.owner().into(),
        permit.agency().0.into(),
        micros(now).into(),
        permit.user().0.into(),
    ];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(done.rows_affected())
}

/// Says at the key since when there is a hold.
async fn sum_up(tx: &Tx, owner: Uuid) -> Result<Option<DateTime<Utc>>, StoreError> {
    let sql = "UPDATE data_keys SET held_at = (SELECT min(h.set_at) FROM holds h WHERE h.owner_id = $1 AND h.lifted_at IS NULL) \
               WHERE owner_id = $1 AND destroyed_at IS NULL";
    tx.executor().execute_raw(tx.statement(sql, [owner.into()])).await?;
    let sql = "SELECT held_at FROM data_keys WHERE owner_id = $1";
    let row = tx.executor().query_one_raw(tx.statement(sql, [owner.into()])).await?;
    match row {
        Some(row) => Ok(row.try_get("", "held_at")?),
        None => Ok(None),
    }
}

async fn note(
    tx: &Tx,
    action: &str,
    record: &Record,
    permit: &Permit,
    request_id: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let entry = audit::Entry {
        at: now,
        actor: Some(permit.user()),
        agency: Some(permit.agency()),
        role: Some(permit.role()),
        action,
        object_kind: "referral",
        object: Some(record.referral().id.0),
        request_id,
        body: json!({}),
    };
    audit::record(tx, &entry).await
}
