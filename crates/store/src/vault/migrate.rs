//! Databases from before the vault: what lies open in them is sealed, row by row, and then wiped from the disk.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseExecutor, Statement};
use stafett_vault::{DataKey, Wrapped};
use uuid::Uuid;

use super::owner::{KeyRow, OwnerKey};
use super::{HOUSE, Vault, keyed_under};
use crate::connect::{Db, Kind};
use crate::error::{Cause, StoreError};
use crate::idempotency::REQUEST;
use crate::map::micros;
use crate::referrals::CREATION;

/// So many rows are sealed in one transaction. Killed in between, the next start goes on with the rest.
const BATCH: i64 = 200;

/// Whoever reads for longer than this may be a dump that runs for hours.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at who still reads.
const AGAIN: Duration = Duration::from_millis(20);

/// Where rows lie open, and whose they are.
#[derive(Clone, Copy)]
enum Table {
    Persons,
    Texts,
}

impl Table {
    /// Those that lie open: their id, their words, and their owner. An answer that was kept for a repeat does not say whom
    /// it tells of; it is the house's until it expires.
    const fn open(self) -> &'static str {
        match self {
            Self::Persons => {
                "SELECT p.id, CAST(p.details AS TEXT) AS words, p.id AS owner, 'person' AS kind, p.created_at FROM persons p \
                 WHERE length(p.sealed) = 0 ORDER BY p.id LIMIT $1"
            }
            Self::Texts => {
                "SELECT t.id, t.body AS words, COALESCE(r.person_id, t.person_id, t.referral_id, t.case_id) AS owner, \
                 CASE WHEN COALESCE(r.person_id, t.person_id) IS NOT NULL THEN 'person' \
                 WHEN t.referral_id IS NOT NULL THEN 'referral' ELSE 'case' END AS kind, t.created_at \
                 FROM texts t LEFT JOIN referrals r ON r.id = t.referral_id WHERE length(t.sealed) = 0 ORDER BY t.id LIMIT $1"
            }
        }
    }
}

/// Seals all that lies open, in batches.
pub(crate) async fn seal_what_lies_open(own: &DatabaseConnection, kind: Kind, vault: &Vault) -> Result<(), StoreError> {
    loop {
        let tx = crate::connect::begin(own, kind).await?;
        let sealed = batch(&DatabaseExecutor::Transaction(&tx), vault).await?;
        tx.commit().await.map_err(|error| StoreError::from_commit(&error))?;
        if sealed == 0 {
            return Ok(());
        }
    }
}

/// Seals within a transaction that lets nobody else write, for what came in meanwhile.
pub(crate) async fn seal_the_rest(on: &DatabaseExecutor<'_>, vault: &Vault) -> Result<(), StoreError> {
    while batch(on, vault).await? > 0 {}
    Ok(())
}

/// Where digests of requests stand as they came: the table, its key columns, the digest, and what it is keyed as.
const DIGESTS: [(&str, [&str; 2], &str, &str); 2] = [
    ("referrals", ["id", "reference"], "creation_digest", CREATION),
    ("idempotency", ["owner_id", "key"], "request_hash", REQUEST),
];

/// Keys the digests of requests that stand there as they came, within a transaction that lets nobody else write and after
/// which there are none: it must run once.
pub(crate) async fn key_digests(on: &DatabaseExecutor<'_>, vault: &Vault) -> Result<(), StoreError> {
    let mut house: Option<OwnerKey> = None;
    for (table, [id, name], column, kind) in DIGESTS {
        let asked = format!("SELECT {id} AS id, {name} AS name, {column} AS digest, created_at FROM {table}");
        for row in on.query_all_raw(statement(on, &asked, [])).await? {
            let (id_of_row, name_of_row): (Uuid, String) = (row.try_get("", "id")?, row.try_get("", "name")?);
            let key = match house.take() {
                Some(key) => key,
                None => key_of(on, vault, HOUSE, "house", row.try_get("", "created_at")?).await?,
            };
            let digest = keyed_under(&key, kind, &row.try_get::<String>("", "digest")?)?;
            house = Some(key);
            let sql = format!("UPDATE {table} SET {column} = $1 WHERE {id} = $2 AND {name} = $3");
            let values = [digest.into(), id_of_row.into(), name_of_row.into()];
            on.execute_raw(statement(on, &sql, values)).await?;
        }
    }
    Ok(())
}

async fn batch(on: &DatabaseExecutor<'_>, vault: &Vault) -> Result<usize, StoreError> {
    let mut sealed = 0;
    for table in [Table::Persons, Table::Texts] {
        for row in on.query_all_raw(statement(on, table.open(), [BATCH.into()])).await? {
            let (id, words): (Uuid, String) = (row.try_get("", "id")?, row.try_get("", "words")?);
            let owner: Option<Uuid> = row.try_get("", "owner")?;
            let (kind, since): (String, DateTime<Utc>) = (row.try_get("", "kind")?, row.try_get("", "created_at")?);
            let key = match owner {
                Some(owner) => key_of(on, vault, owner, &kind, since).await?,
                None => key_of(on, vault, HOUSE, "house", since).await?,
            };
            let (sql, values) = match table {
                Table::Persons => {
                    let person: serde_json::Value = serde_json::from_str(&words).map_err(|_quotes_the_value| {
                        StoreError::corrupt(format_args!("person {id}"), "it is no JSON")
                    })?;
                    let values = vec![key.seal_person(id, &person)?.into(), id.into()];
                    ("UPDATE persons SET sealed = $1, details = '{}' WHERE id = $2", values)
                }
                Table::Texts => {
                    let values = vec![key.seal_text(id, &words)?.into(), key.owner().into(), id.into()];
                    (
                        "UPDATE texts SET sealed = $1, key_id = $2, body = '' WHERE id = $3",
                        values,
                    )
                }
            };
            on.execute_raw(statement(on, sql, values)).await?;
            sealed += 1;
        }
    }
    Ok(sealed)
}

/// The owner's key, which is made when they have none.
async fn key_of(
    on: &DatabaseExecutor<'_>,
    vault: &Vault,
    owner: Uuid,
    kind: &str,
    since: DateTime<Utc>,
) -> Result<OwnerKey, StoreError> {
    let Wrapped { under, bytes } = vault.masters.wrap(owner, &DataKey::generate()?)?;
    let sql = "INSERT INTO data_keys (owner_id, owner_kind, wrapped, master_key, created_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (owner_id) DO NOTHING";
    let values = [
        owner.into(),
        kind.into(),
        bytes.into(),
        under.as_str().into(),
        micros(since).into(),
    ];
    on.execute_raw(statement(on, sql, values)).await?;
    let sql = format!("SELECT {} FROM data_keys k WHERE k.owner_id = $1", KeyRow::COLUMNS);
    let row = on.query_one_raw(statement(on, &sql, [owner.into()])).await?;
    let row = row.ok_or_else(|| StoreError::corrupt(format_args!("key of {owner}"), "it is not there"))?;
    KeyRow::read(&row)?.open(vault)
}

fn statement(on: &DatabaseExecutor<'_>, sql: &str, values: impl IntoIterator<Item = sea_orm::Value>) -> Statement {
    Statement::from_sql_and_values(on.get_database_backend(), sql, values)
}

/// Wipes what tables held before from the database's files. PostgreSQL's log and all backups keep what they have until
/// they are thrown away.
pub(crate) async fn scrub(db: &Db, tables: &[&str]) -> Result<(), StoreError> {
    match db.kind() {
        // What is deleted is overwritten at once (`secure_delete`); the log still has it.
        Kind::Sqlite => empty_log(db.writer()).await,
        Kind::Postgres if rewrite(db.writer(), tables).await? => Ok(()),
        Kind::Postgres => Err(StoreError::Busy(Cause::new(
            "somebody reads this PostgreSQL server for long",
        ))),
    }
}

/// Writes tables of PostgreSQL anew, without what was deleted. `false` when somebody who still looks at how things were (a dump, a
/// long report, the server's own analysis) may have kept some of that alive: it must be done again.
pub(crate) async fn rewrite(on: &DatabaseConnection, tables: &[&str]) -> Result<bool, StoreError> {
    // Who began while the first ones ran may look back as far as they did: once for those, and once for these.
    let alone = until_nobody_looks_back(on).await? && until_nobody_looks_back(on).await? && !is_held_back(on).await?;
    for table in tables {
        on.execute_unprepared(&format!("VACUUM FULL {table}")).await?;
    }
    if !alone {
        tracing::warn!(
            "somebody else reads this PostgreSQL server for long, so deleted words may still lie in its files"
        );
    }
    Ok(alone)
}

/// Waits until every transaction on the server has ended that had begun before; those that begin later do not see what is gone.
async fn until_nobody_looks_back(on: &DatabaseConnection) -> Result<bool, StoreError> {
    let mut before = transactions(on).await?;
    let end = Instant::now() + PATIENCE;
    while !before.is_empty() {
        if Instant::now() > end {
            return Ok(false);
        }
        tokio::time::sleep(AGAIN).await;
        let now = transactions(on).await?;
        before.retain(|one| now.contains(one));
    }
    Ok(true)
}

/// Whether something that is no running transaction keeps what is deleted: one that was prepared, or a copy of the server.
async fn is_held_back(on: &DatabaseConnection) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM pg_prepared_xacts) \
               OR EXISTS (SELECT 1 FROM pg_replication_slots WHERE xmin IS NOT NULL)";
    let row = on
        .query_one_raw(Statement::from_string(on.get_database_backend(), sql))
        .await?;
    Ok(row.is_some())
}

/// The transactions of others on this PostgreSQL server: each holds its own virtual id, which everybody may see.
async fn transactions(on: &DatabaseConnection) -> Result<HashSet<String>, StoreError> {
    let sql = "SELECT virtualxid FROM pg_locks \
               WHERE locktype = 'virtualxid' AND granted AND mode = 'ExclusiveLock' AND pid <> pg_backend_pid()";
    let rows = on
        .query_all_raw(Statement::from_string(on.get_database_backend(), sql))
        .await?;
    rows.iter().map(|row| Ok(row.try_get("", "virtualxid")?)).collect()
}

/// Puts SQLite's log back into its file and empties it. It waits for readers as long as any writer would, and for somebody else who
/// does the same: for those SQLite itself does not wait.
pub(crate) async fn empty_log(on: &DatabaseConnection) -> Result<(), StoreError> {
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    let end = Instant::now() + PATIENCE;
    loop {
        let row = on
            .query_one_raw(Statement::from_string(on.get_database_backend(), sql))
            .await?;
        match row.map(|row| row.try_get::<i64>("", "busy")).transpose()? {
            Some(0) => return Ok(()),
            _ if Instant::now() > end => {
                return Err(StoreError::Busy(Cause::new(
                    "somebody reads for so long that the log cannot be emptied",
                )));
            }
            _ => tokio::time::sleep(AGAIN).await,
        }
    }
}
