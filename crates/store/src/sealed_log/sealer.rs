//! Sealing: rows get their numbers, the tree grows, the root is signed, all in one commit or not at all.
//!
//! Whoever writes takes no number and waits for nobody; a row whose transaction commits late has no number and is found the next
//! time. Several processes may seal at once: the size of the log is compared and set, so that of two one wins and the other has
//! done nothing.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Value,
};
use stafett_ledger::checkpoint::Checkpoint;
use stafett_ledger::note::Signer;
use stafett_ledger::tree::{Edge, Hash, Head, Subtree};
use uuid::Uuid;

use super::{leaf, number, stored};
use crate::connect::{Db, Tx, sealed::Handle as _};
use crate::entity::audit;
use crate::error::StoreError;
use crate::map::micros;
use crate::referrals::placeholder;

/// So many entries at most stand under one checkpoint that do not stand under the one before.
pub const MOST: u64 = 1_000;

/// What came of sealing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "only one of these has sealed anything"]
pub enum Sealed {
    /// So many rows, and the checkpoint over all.
    Rows(u64),
    /// There was nothing to seal.
    Nothing,
    /// Another process was faster; nothing was done.
    Beaten,
}

/// Seals the oldest rows of the audit trail that are not sealed, [`MOST`] at most. The signer's name is that of the log.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn seal(db: &Db, by: &Signer, now: DateTime<Utc>) -> Result<Sealed, StoreError> {
    let tx = db.write_tx().await?;
    let mut edge = edge(&tx).await?;
    let before = edge.size();
    let rows = audit::Entity::find()
        .filter(audit::Column::Number.is_null())
        .order_by_asc(audit::Column::At)
        .order_by_asc(audit::Column::Id)
        .limit(MOST)
        .all(&tx.executor())
        .await?;
    if rows.is_empty() {
        tx.rollback().await?;
        return Ok(Sealed::Nothing);
    }
    let (mut leaves, mut nodes) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        let hash = Hash::of_leaf(leaf::of_row(row).as_bytes());
        leaves.push((edge.size(), row.id, hash));
        edge.append(hash, |at, hash| nodes.push((at, hash)));
    }
    if !advance(&tx, before, &edge).await? {
        tx.rollback().await?;
        return Ok(Sealed::Beaten);
    }
    store_leaves(&tx, &leaves).await?;
    store_nodes(&tx, &nodes).await?;
    number_rows(&tx, before).await?;
    store_checkpoint(&tx, &edge, by, now).await?;
    tx.commit().await?;
    Ok(Sealed::Rows(edge.size() - before))
}

async fn edge(tx: &Tx) -> Result<Edge, StoreError> {
    let sql = "SELECT size, peaks FROM log_heads WHERE id = 1";
    let row = tx.executor().query_one_raw(tx.statement(sql, [])).await?;
    let row = row.ok_or_else(|| StoreError::corrupt("log", "it has no head"))?;
    let size = number(row.try_get("", "size")?)?;
    let peaks: Option<Vec<u8>> = row.try_get("", "peaks")?;
    Edge::restore(size, &peaks.unwrap_or_default())
        .ok_or_else(|| StoreError::corrupt("log", "its edge is not that of a tree of its size"))
}

/// The compare-and-set.
async fn advance(tx: &Tx, before: u64, edge: &Edge) -> Result<bool, StoreError> {
    let sql = "UPDATE log_heads SET size = $2, peaks = $3 WHERE id = 1 AND size = $1";
    let values: [Value; 3] = [stored(before).into(), stored(edge.size()).into(), edge.peaks().into()];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

async fn store_leaves(tx: &Tx, leaves: &[(u64, Uuid, Hash)]) -> Result<(), StoreError> {
    let (mut values, mut rows) = (Vec::new(), Vec::new());
    for (number, id, hash) in leaves {
        let number = placeholder(stored(*number), &mut values);
        let id = placeholder(*id, &mut values);
        let hash = placeholder(hash.bytes().to_vec(), &mut values);
        rows.push(format!("({number}, {id}, {hash})"));
    }
    let sql = format!(
        "INSERT INTO log_leaves (number, audit_id, hash) VALUES {}",
        rows.join(", ")
    );
    tx.executor().execute_raw(tx.statement(&sql, values)).await?;
    Ok(())
}

async fn store_nodes(tx: &Tx, nodes: &[(Subtree, Hash)]) -> Result<(), StoreError> {
    if nodes.is_empty() {
        return Ok(());
    }
    let (mut values, mut rows) = (Vec::new(), Vec::new());
    for (at, hash) in nodes {
        let level = placeholder(i16::from(at.level), &mut values);
        let place = placeholder(stored(at.place), &mut values);
        let hash = placeholder(hash.bytes().to_vec(), &mut values);
        rows.push(format!("({level}, {place}, {hash})"));
    }
    let sql = format!("INSERT INTO log_nodes (level, place, hash) VALUES {}", rows.join(", "));
    tx.executor().execute_raw(tx.statement(&sql, values)).await?;
    Ok(())
}

/// Writes each row's number beside it, by which it is not taken again.
async fn number_rows(tx: &Tx, before: u64) -> Result<(), StoreError> {
    let sql = "UPDATE audit SET number = (SELECT l.number FROM log_leaves l WHERE l.audit_id = audit.id) \
               WHERE id IN (SELECT l.audit_id FROM log_leaves l WHERE l.number >= $1)";
    tx.executor()
        .execute_raw(tx.statement(sql, [stored(before).into()]))
        .await?;
    Ok(())
}

async fn store_checkpoint(tx: &Tx, edge: &Edge, by: &Signer, now: DateTime<Utc>) -> Result<(), StoreError> {
    let checkpoint = Checkpoint {
        origin: by.verifier().name().to_owned(),
        head: Head {
            size: edge.size(),
            root: edge.root(),
        },
    };
    let sql = "INSERT INTO log_checkpoints (size, note, sealed_at) VALUES ($1, $2, $3)";
    let values: [Value; 3] = [
        stored(edge.size()).into(),
        checkpoint.signed(by).to_string().into(),
        micros(now).into(),
    ];
    tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(())
}
