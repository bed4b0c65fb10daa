//! Whom an agency's lead is, when a notice is for them.

use sea_orm::ConnectionTrait;
use stafett_workflow::agency::{AgencyId, UserId};
use stafett_workflow::vocabulary::Role;
use uuid::Uuid;

use crate::connect::{Tx, sealed::Handle as _};
use crate::error::StoreError;

/// The leads of an agency who have an address of their own. Where nobody has, the unit's mailbox is told.
pub(super) async fn leads(tx: &Tx, agency: AgencyId) -> Result<Vec<UserId>, StoreError> {
    let sql = "SELECT DISTINCT u.id FROM users u JOIN memberships m ON m.user_id = u.id \
               WHERE m.agency_id = $1 AND m.role = $2 AND u.active AND u.email IS NOT NULL AND u.email <> '' ORDER BY u.id";
    let rows = tx
        .executor()
        .query_all_raw(tx.statement(sql, [agency.0.into(), Role::Lead.as_str().into()]))
        .await?;
    rows.iter()
        .map(|row| {
            let id: Uuid = row.try_get("", "id")?;
            Ok(UserId(id))
        })
        .collect()
}
