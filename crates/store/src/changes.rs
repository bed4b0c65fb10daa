//! What has changed, for those who look on. Entries of the logs in the order of their ids, which begin with the time: whoever asks
//! again asks from a little earlier, for a commit may come later than its id.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use stafett_workflow::agency::ReferralId;
use uuid::Uuid;

use crate::connect::Handle;
use crate::error::StoreError;
use crate::outbox;

/// One entry of a log: that it is there, and of what kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The entry.
    pub id: Uuid,
    /// Of which referral.
    pub referral: ReferralId,
    /// What kind of fact.
    pub kind: String,
}

/// The smallest id that an entry made at `at` can have.
#[must_use]
pub fn first_id(at: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    Uuid::from_u128(u128::from(millis) << 80)
}

/// When an entry was made, as its id says.
#[must_use]
pub fn made_at(id: Uuid) -> Option<DateTime<Utc>> {
    let millis = i64::try_from(id.as_u128() >> 80).ok()?;
    DateTime::from_timestamp_millis(millis)
}

/// Up to `limit` entries after the id `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn after(on: &impl Handle, after: Uuid, limit: u32) -> Result<Vec<Change>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        referral_id: Uuid,
        kind: String,
    }
    let sql = "SELECT id, referral_id, kind FROM events WHERE id > $1 ORDER BY id LIMIT $2";
    let rows = Row::find_by_statement(on.statement(sql, [after.into(), i64::from(limit).into()]))
        .all(&on.executor())
        .await?;
    let change = |row: Row| Change {
        id: row.id,
        referral: ReferralId(row.referral_id),
        kind: row.kind,
    };
    Ok(rows.into_iter().map(change).collect())
}

/// About which referrals these notices are.
///
/// # Errors
/// When the database does not answer.
pub async fn of_notices(on: &impl Handle, notices: &BTreeSet<Uuid>) -> Result<BTreeSet<ReferralId>, StoreError> {
    if notices.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut values = Vec::new();
    let listed = outbox::listed(notices, &mut values);
    let sql = format!("SELECT DISTINCT referral_id FROM outbox WHERE id IN ({listed}) AND referral_id IS NOT NULL");
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    rows.iter()
        .map(|row| Ok(ReferralId(row.try_get("", "referral_id")?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_begin_with_the_time() {
        let at: DateTime<Utc> = "2026-11-24T09:00:00.123Z".parse().unwrap();
        assert_eq!(made_at(first_id(at)), Some(at));
        let now = Utc::now();
        let id = Uuid::now_v7();
        assert!(first_id(now) <= id);
        assert!((made_at(id).unwrap() - now).num_seconds().abs() < 5);
    }
}
