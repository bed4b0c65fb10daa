//! The audit trail as a log that proves itself: each of its rows, with what its transaction wrote to the logs and what it sealed,
//! becomes an entry of a Merkle tree (`stafett_ledger`) whose root is signed.
//!
//! * `written`: gathers, within a transaction, what its next row of the trail is to prove.
//! * `leaf`: the form in which a row is hashed.
//! * [`seal`]: gives rows their numbers, grows the tree, has the root signed. Whoever writes waits for none of it.
//! * [`events_as_sealed`] and [`latest_as_sealed`]: whether what rows speak of is still what was sealed.
//! * [`Witness`]: the keys by which agencies witness the log.
//!
//! What lies sealed is in the log as a hash of its ciphertext. Destroying a key erases what was told and changes no hash.

mod held;
mod leaf;
mod sealer;
mod witness;
mod written;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, FromQueryResult, QueryFilter as _, Value};
use stafett_ledger::checkpoint::SignedCheckpoint;
use stafett_ledger::tree::{Hash, Proof, Subtree};
use stafett_workflow::agency::AgencyId;
use uuid::Uuid;

use crate::connect::Handle;
use crate::entity::audit;
use crate::error::StoreError;
use crate::referrals::{placeholder, placeholders};

pub use held::{Latest, Rewritten, events_as_sealed, latest_as_sealed, numbered_and_not_sealed};
pub use sealer::{MOST, Sealed, seal};
pub use witness::{Cosigned, Witness, cosign, end_witness, register_witness, witnesses};
pub(crate) use written::Written;

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 0.
    pub number: u64,
    /// The row of the trail that it is.
    pub id: Uuid,
    /// The hash with which it was sealed.
    pub hash: Hash,
    /// The row as it stands now, in the form that is hashed; none when there is no such row any more.
    pub leaf: Option<String>,
    /// What the row says that its transaction wrote.
    pub written: Option<serde_json::Value>,
}

/// A checkpoint as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Over how many entries.
    pub size: u64,
    /// The signed note, with the signatures of witnesses that came since.
    pub note: String,
    /// When it was signed.
    pub sealed_at: DateTime<Utc>,
}

impl Kept {
    /// What the note says.
    ///
    /// # Errors
    /// When it is no checkpoint, for somebody has changed it.
    pub fn read(&self) -> Result<SignedCheckpoint, StoreError> {
        let read = self.note.parse();
        read.map_err(|error| StoreError::corrupt(format_args!("checkpoint over {}", self.size), error))
    }
}

fn number(stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(|_range| StoreError::corrupt("log", "a number is negative"))
}

/// A number on its way into the database. One that is too large for it is that of no entry, like the largest.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn hash(stored: &[u8]) -> Result<Hash, StoreError> {
    Hash::from_bytes(stored).ok_or_else(|| StoreError::corrupt("log", "a hash has not 32 bytes"))
}

/// The newest checkpoint, or the newest over at most so many entries.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn newest(on: &impl Handle, at_most: Option<u64>) -> Result<Option<Kept>, StoreError> {
    let at_most = at_most.map_or(i64::MAX, stored);
    let sql = "SELECT size, note, sealed_at FROM log_checkpoints WHERE size <= $1 ORDER BY size DESC LIMIT 1";
    Ok(checkpoints_by(on, sql, at_most).await?.pop())
}

/// The checkpoints over more than so many entries, the smallest first; at most 1000 of them.
///
/// # Errors
/// As for [`newest`].
pub async fn checkpoints_after(on: &impl Handle, size: u64) -> Result<Vec<Kept>, StoreError> {
    let sql = "SELECT size, note, sealed_at FROM log_checkpoints WHERE size > $1 ORDER BY size LIMIT 1000";
    checkpoints_by(on, sql, stored(size)).await
}

#[derive(FromQueryResult)]
struct CheckpointRow {
    size: i64,
    note: String,
    sealed_at: DateTime<Utc>,
}

async fn checkpoints_by(on: &impl Handle, sql: &str, size: i64) -> Result<Vec<Kept>, StoreError> {
    let rows = CheckpointRow::find_by_statement(on.statement(sql, [size.into()]))
        .all(&on.executor())
        .await?;
    let mut lines = witness::lines(on, rows.iter().map(|row| row.size)).await?;
    rows.into_iter()
        .map(|row| {
            let more = lines.remove(&row.size).unwrap_or_default();
            Ok(Kept {
                size: number(row.size)?,
                note: row.note + &more,
                sealed_at: row.sealed_at,
            })
        })
        .collect()
}

/// How many rows of the trail are not sealed yet; it counts no further than `at_most`.
///
/// # Errors
/// When the database does not answer.
pub async fn unsealed(on: &impl Handle, at_most: u64) -> Result<u64, StoreError> {
    let sql = "SELECT count(*) AS number FROM (SELECT 1 AS one FROM audit WHERE number IS NULL LIMIT $1) waiting";
    let row = on
        .executor()
        .query_one_raw(on.statement(sql, [stored(at_most).into()]))
        .await?;
    row.map_or(Ok(0), |row| number(row.try_get("", "number")?))
}

/// The hashes that a proof takes; none when the log has not come that far.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn prove(on: &impl Handle, proof: &Proof) -> Result<Option<Vec<Hash>>, StoreError> {
    let (mut leaves, mut nodes) = (Vec::new(), Vec::new());
    let mut values: Vec<Value> = Vec::new();
    for need in proof.needs() {
        let place = placeholder(stored(need.place), &mut values);
        match need.level {
            0 => leaves.push(place),
            level => {
                let level = placeholder(i16::from(level), &mut values);
                nodes.push(format!("(level = {level} AND place = {place})"));
            }
        }
    }
    let mut selects = Vec::new();
    if !leaves.is_empty() {
        selects.push(format!(
            "SELECT CAST(0 AS integer) AS level, number AS place, hash FROM log_leaves WHERE number IN ({})",
            leaves.join(", ")
        ));
    }
    if !nodes.is_empty() {
        selects.push(format!(
            "SELECT CAST(level AS integer) AS level, place, hash FROM log_nodes WHERE {}",
            nodes.join(" OR ")
        ));
    }
    let mut known = BTreeMap::new();
    if !selects.is_empty() {
        let sql = selects.join(" UNION ALL ");
        for row in on.executor().query_all_raw(on.statement(&sql, values)).await? {
            let level: i32 = row.try_get("", "level")?;
            let at = Subtree {
                level: u8::try_from(level).unwrap_or(u8::MAX),
                place: number(row.try_get("", "place")?)?,
            };
            known.insert(at, hash(&row.try_get::<Vec<u8>>("", "hash")?)?);
        }
    }
    Ok(proof.hashes(|at| known.get(&at).copied()))
}

#[derive(FromQueryResult)]
struct LeafRow {
    number: i64,
    audit_id: Uuid,
    hash: Vec<u8>,
}

const LEAVES: &str = "SELECT l.number, l.audit_id, l.hash FROM log_leaves l";

/// The entries from number `from` on, at most so many.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn entries(on: &impl Handle, from: u64, limit: u64) -> Result<Vec<Entry>, StoreError> {
    let sql = format!("{LEAVES} WHERE l.number >= $1 ORDER BY l.number LIMIT $2");
    entries_by(on, &sql, vec![stored(from).into(), stored(limit).into()]).await
}

/// The entry that is this row of the trail, once it is sealed.
///
/// # Errors
/// As for [`entries`].
pub async fn entry(on: &impl Handle, id: Uuid) -> Result<Option<Entry>, StoreError> {
    let sql = format!("{LEAVES} WHERE l.audit_id = $1");
    Ok(entries_by(on, &sql, vec![id.into()]).await?.pop())
}

/// What these agencies have done with one referral, as far as it is sealed, in its order; at most 100 entries after `after`.
///
/// # Errors
/// As for [`entries`].
pub async fn of_referral(
    on: &impl Handle,
    referral: Uuid,
    agencies: &[AgencyId],
    after: Option<u64>,
) -> Result<Vec<Entry>, StoreError> {
    if agencies.is_empty() {
        return Ok(Vec::new());
    }
    let after = after.map_or(-1, stored);
    let mut values: Vec<Value> = vec![referral.into(), after.into()];
    let sql = format!(
        "{LEAVES} JOIN audit a ON a.id = l.audit_id WHERE a.object_kind = 'referral' AND a.object_id = $1 \
         AND l.number > $2 AND a.agency_id IN ({}) ORDER BY l.number LIMIT 100",
        placeholders(agencies, &mut values)
    );
    entries_by(on, &sql, values).await
}

async fn entries_by(on: &impl Handle, sql: &str, values: Vec<Value>) -> Result<Vec<Entry>, StoreError> {
    let leaves = LeafRow::find_by_statement(on.statement(sql, values))
        .all(&on.executor())
        .await?;
    let rows = audit::Entity::find()
        .filter(audit::Column::Id.is_in(leaves.iter().map(|leaf| leaf.audit_id)))
        .all(&on.executor())
        .await?;
    let mut rows: BTreeMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    leaves
        .into_iter()
        .map(|leaf| {
            let row = rows.remove(&leaf.audit_id);
            Ok(Entry {
                number: number(leaf.number)?,
                id: leaf.audit_id,
                hash: hash(&leaf.hash)?,
                leaf: row.as_ref().map(leaf::of_row),
                written: row.and_then(|row| row.written),
            })
        })
        .collect()
}
