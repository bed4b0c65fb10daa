//! Replacing a master key: what the former one wraps is wrapped anew, while servers run.

use sea_orm::ConnectionTrait;
use serde::Serialize;
use stafett_vault::Wrapped;
use uuid::Uuid;

use super::key_id;
use crate::connect::{Db, sealed::Handle as _};
use crate::error::StoreError;

/// So many keys are wrapped anew in one transaction: writers wait no longer than that takes.
const BATCH: i64 = 500;

/// How much one master key wraps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyUse {
    /// Its name.
    pub id: String,
    /// Whether this program has it.
    pub present: bool,
    /// Whether it wraps what is new.
    pub current: bool,
    /// How many keys it wraps.
    pub wraps: u64,
}

/// What came of [`rewrap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewrapped {
    /// How many keys were wrapped anew.
    pub keys: u64,
}

/// The master keys that are here and those that are in use, the one that wraps first.
///
/// # Errors
/// When the vault is locked or the database does not answer.
pub async fn status(db: &Db) -> Result<Vec<KeyUse>, StoreError> {
    let sql = "SELECT master_key, count(*) AS wraps FROM data_keys WHERE master_key IS NOT NULL GROUP BY master_key \
               ORDER BY master_key";
    let rows = db.executor().query_all_raw(db.statement(sql, [])).await?;
    let masters = &db.vault()?.masters;
    let mut uses: Vec<KeyUse> = masters
        .ids()
        .map(|id| KeyUse {
            id: id.to_string(),
            present: true,
            current: id == masters.current(),
            wraps: 0,
        })
        .collect();
    for row in rows {
        let id: String = row.try_get("", "master_key")?;
        let wraps = u64::try_from(row.try_get::<i64>("", "wraps")?).unwrap_or_default();
        match uses.iter_mut().find(|known| known.id == id) {
            Some(known) => known.wraps = wraps,
            None => uses.push(KeyUse {
                id,
                present: false,
                current: false,
                wraps,
            }),
        }
    }
    Ok(uses)
}

/// Wraps every key under the current master key that another one wraps. It goes in batches, each a transaction of its own:
/// stopped in the middle, it goes on where it was; and a key that is destroyed meanwhile stays destroyed.
///
/// # Errors
/// [`StoreError::Vault`] when a key does not open.
pub async fn rewrap(db: &Db) -> Result<Rewrapped, StoreError> {
    let masters = &db.vault()?.masters;
    let (mut after, mut keys) = (Uuid::nil(), 0);
    loop {
        let tx = db.write_tx().await?;
        let select = "SELECT owner_id, wrapped, master_key FROM data_keys WHERE owner_id > $1 AND master_key <> $2 \
                      ORDER BY owner_id LIMIT $3";
        let values = [after.into(), masters.current().as_str().into(), BATCH.into()];
        let rows = tx.executor().query_all_raw(tx.statement(select, values)).await?;
        for row in &rows {
            let (owner, master): (Uuid, String) = (row.try_get("", "owner_id")?, row.try_get("", "master_key")?);
            let former = Wrapped {
                under: key_id(&master)?,
                bytes: row.try_get("", "wrapped")?,
            };
            let anew = masters.wrap(owner, &masters.unwrap(owner, &former)?)?;
            let update = "UPDATE data_keys SET wrapped = $1, master_key = $2 WHERE owner_id = $3 AND master_key = $4";
            let values = [
                anew.bytes.into(),
                anew.under.as_str().into(),
                owner.into(),
                master.into(),
            ];
            keys += tx
                .executor()
                .execute_raw(tx.statement(update, values))
                .await?
                .rows_affected();
            after = owner;
        }
        tx.commit().await?;
        if rows.is_empty() {
            return Ok(Rewrapped { keys });
        }
    }
}
