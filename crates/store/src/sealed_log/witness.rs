//! The keys by which agencies witness the log, and what they have signed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use stafett_ledger::note::{MOST_SIGNATURES, Signature, Verifier};
use stafett_workflow::agency::{AgencyId, UserId};
use uuid::Uuid;

use super::stored;
use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::micros;
use crate::referrals::placeholder;

/// A key by which an agency witnesses the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Its row.
    pub id: Uuid,
    /// Whose.
    pub agency: AgencyId,
    /// The key.
    pub key: Verifier,
    /// Since when.
    pub registered_at: DateTime<Utc>,
}

/// What came of handing in what a witness has signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cosigned {
    /// It stands on the checkpoint from now on.
    Added,
    /// The agency's stood there already.
    Known,
    /// There are as many as a note can have.
    Full,
}

/// So many witnesses' signatures stand on a checkpoint at most: a note has room for them and for the log's own.
const MOST: i64 = MOST_SIGNATURES as i64 - 1;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    agency_id: Uuid,
    key: String,
    registered_at: DateTime<Utc>,
}

/// The keys by which the log is witnessed now.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn witnesses(on: &impl Handle) -> Result<Vec<Witness>, StoreError> {
    let sql =
        "SELECT id, agency_id, key, registered_at FROM log_witnesses WHERE ended_at IS NULL ORDER BY registered_at, id";
    let rows = Row::find_by_statement(on.statement(sql, []))
        .all(&on.executor())
        .await?;
    rows.into_iter()
        .map(|row| {
            let key = row.key.parse();
            Ok(Witness {
                id: row.id,
                agency: AgencyId(row.agency_id),
                key: key.map_err(|error| StoreError::corrupt(format_args!("witness {}", row.id), error))?,
                registered_at: row.registered_at,
            })
        })
        .collect()
}

/// From now on an agency witnesses by this key, and by no other. `false` when somebody has, or had, this key under any
/// name: then nothing was changed.
///
/// # Errors
/// When the database does not answer.
pub async fn register_witness(
    tx: &Tx,
    agency: AgencyId,
    key: &Verifier,
    by: UserId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    // A signature does not cover the name: one key under two names would be two witnesses who are one.
    let sql = "SELECT key FROM log_witnesses";
    for row in tx.executor().query_all_raw(tx.statement(sql, [])).await? {
        let known: Option<Verifier> = row.try_get::<String>("", "key")?.parse().ok();
        if known.is_some_and(|known| known.public() == key.public()) {
            return Ok(false);
        }
    }
    end_witness(tx, agency, now).await?;
    let sql =
        "INSERT INTO log_witnesses (id, agency_id, key, registered_by, registered_at) VALUES ($1, $2, $3, $4, $5)";
    let values: [Value; 5] = [
        Uuid::now_v7().into(),
        agency.0.into(),
        key.to_string().into(),
        by.0.into(),
        micros(now).into(),
    ];
    tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(true)
}

/// An agency witnesses no more; what it has signed stands. `false` when it did not.
///
/// # Errors
/// When the database does not answer.
pub async fn end_witness(tx: &Tx, agency: AgencyId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let sql = "UPDATE log_witnesses SET ended_at = $2 WHERE agency_id = $1 AND ended_at IS NULL";
    let values: [Value; 2] = [agency.0.into(), micros(now).into()];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(done.rows_affected() > 0)
}

/// Puts a signature that has been checked onto the checkpoint over `size` entries, once for each agency.
///
/// # Errors
/// When the database does not answer.
pub async fn cosign(
    tx: &Tx,
    size: u64,
    witness: &Witness,
    signature: &Signature,
    signed_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Cosigned, StoreError> {
    let sql = "SELECT COUNT(*) AS number, COUNT(CASE WHEN w.agency_id = $2 THEN 1 END) AS own \
               FROM log_cosignatures c JOIN log_witnesses w ON w.id = c.witness_id WHERE c.size = $1";
    let values: [Value; 2] = [stored(size).into(), witness.agency.0.into()];
    let row = tx.executor().query_one_raw(tx.statement(sql, values)).await?;
    let count = |column: &str| row.as_ref().map_or(Ok(0), |row| row.try_get::<i64>("", column));
    if count("own")? > 0 {
        return Ok(Cosigned::Known);
    }
    if count("number")? >= MOST {
        return Ok(Cosigned::Full);
    }
    let sql = "INSERT INTO log_cosignatures (id, size, witness_id, line, signed_at, received_at) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (size, witness_id) DO NOTHING";
    let values: [Value; 6] = [
        Uuid::now_v7().into(),
        stored(size).into(),
        witness.id.into(),
        signature.to_string().into(),
        signed_at.into(),
        micros(now).into(),
    ];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(match done.rows_affected() {
        0 => Cosigned::Known,
        _ => Cosigned::Added,
    })
}

/// The signatures of witnesses on the checkpoints of these sizes, as lines of their notes.
pub(super) async fn lines(
    on: &impl Handle,
    sizes: impl Iterator<Item = i64>,
) -> Result<BTreeMap<i64, String>, StoreError> {
    let mut values: Vec<Value> = Vec::new();
    let sizes: Vec<_> = sizes.map(|size| placeholder(size, &mut values)).collect();
    let mut lines: BTreeMap<i64, (String, i64)> = BTreeMap::new();
    if sizes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!(
        "SELECT size, line FROM log_cosignatures WHERE size IN ({}) ORDER BY received_at, id",
        sizes.join(", ")
    );
    for row in on.executor().query_all_raw(on.statement(&sql, values)).await? {
        let (of, number) = lines.entry(row.try_get("", "size")?).or_default();
        // With more of them nobody could read the note: those of two that came at once, or that somebody planted.
        if *number < MOST {
            of.push_str(&row.try_get::<String>("", "line")?);
            of.push('\n');
            *number += 1;
        }
    }
    Ok(lines.into_iter().map(|(size, (lines, _))| (size, lines)).collect())
}
