//! How well the addresses of those are guarded whom earlier versions stored without saying so.

use sea_orm::ConnectionTrait;
use stafett_workflow::agency::ReferralId;
use stafett_workflow::policy::Scope;
use uuid::Uuid;

use super::{Name, commit, find};
use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::error::StoreError;

/// Up to `limit` referrals of which it is not known.
///
/// # Errors
/// When the database does not answer; [`StoreError::Refused`] within a lesser scope.
pub async fn unmarked(on: &impl Handle, scope: &Scope, limit: u32) -> Result<Vec<ReferralId>, StoreError> {
    if !scope.is_all() {
        return Err(StoreError::Refused {
            rule: "only the system itself walks through all persons".to_owned(),
        });
    }
    let sql = "SELECT id FROM referrals WHERE protection IS NULL ORDER BY id LIMIT $1";
    let rows = on
        .executor()
        .query_all_raw(on.statement(sql, [i64::from(limit).into()]))
        .await?;
    rows.iter()
        .map(|row| Ok(ReferralId(row.try_get::<Uuid>("", "id")?)))
        .collect()
}

/// Says it of one.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn mark(tx: &Tx, scope: &Scope, id: ReferralId) -> Result<(), StoreError> {
    let Some(record) = find(tx, scope, Name::Id(id)).await? else {
        return Ok(());
    };
    let protection = commit::protection(record.person.as_ref());
    let sql = "UPDATE referrals SET protection = $1 WHERE id = $2 AND protection IS NULL";
    let values = [protection.as_str().into(), id.0.into()];
    tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(())
}
