//! Whom an agency's lead is, when a notice is for them, and who reads it while they are away.

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use stafett_workflow::agency::{AgencyId, UserId};
use stafett_workflow::vocabulary::Role;
use uuid::Uuid;

use crate::connect::{Tx, sealed::Handle as _};
use crate::deputies;
use crate::error::StoreError;

/// The longest chain of people who are away at the same time; the set-up refuses rings.
const LONGEST_CHAIN: usize = 20;

/// One person to whom a notice goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reader {
    /// Who.
    pub(super) user: UserId,
    /// For whom they stand in.
    pub(super) instead_of: Option<UserId>,
}

/// The leads of an agency who have an address of their own, and in place of those who are away whoever stands in. Where nobody
/// has an address, the unit's mailbox is told.
pub(super) async fn leads(tx: &Tx, agency: AgencyId, now: DateTime<Utc>) -> Result<Vec<Reader>, StoreError> {
    let sql = "SELECT DISTINCT u.id FROM users u JOIN memberships m ON m.user_id = u.id \
               WHERE m.agency_id = $1 AND m.role = $2 AND u.active AND u.email IS NOT NULL AND u.email <> '' ORDER BY u.id";
    let rows = tx
        .executor()
        .query_all_raw(tx.statement(sql, [agency.0.into(), Role::Lead.as_str().into()]))
        .await?;
    let mut readers: Vec<Reader> = Vec::with_capacity(rows.len());
    for row in rows {
        let id: Uuid = row.try_get("", "id")?;
        let reader = reader_for(tx, agency, UserId(id), now).await?;
        // Somebody who stands in for two, or for one beside their own, hears once.
        match readers.iter_mut().find(|known| known.user == reader.user) {
            Some(known) if reader.instead_of.is_none() => *known = reader,
            Some(_) => {}
            None => readers.push(reader),
        }
    }
    Ok(readers)
}

/// Whoever stands in for somebody in an agency now, along the chain of those who are away; themselves while they are there, or
/// when nobody who stands in can be written to.
async fn reader_for(tx: &Tx, agency: AgencyId, user: UserId, now: DateTime<Utc>) -> Result<Reader, StoreError> {
    let own = Reader { user, instead_of: None };
    let mut last = user;
    for _ in 0..LONGEST_CHAIN {
        let Some(absence) = deputies::standing_in(tx, agency, last, now).await? else {
            break;
        };
        last = absence.deputy;
    }
    if last == user || !has_address(tx, last).await? {
        return Ok(own);
    }
    Ok(Reader {
        user: last,
        instead_of: Some(user),
    })
}

async fn has_address(tx: &Tx, user: UserId) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM users WHERE id = $1 AND active AND email IS NOT NULL AND email <> ''";
    let row = tx.executor().query_one_raw(tx.statement(sql, [user.0.into()])).await?;
    Ok(row.is_some())
}
