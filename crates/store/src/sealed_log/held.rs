//! Whether what rows of the audit trail speak of is still what was sealed: entries of logs, and ciphertexts.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, Value,
};
use serde_json::Value as Json;
use stafett_ledger::tree::fingerprint;
use uuid::Uuid;

use super::written::{CASE, PERSONS, REFERRAL, TEXTS, of_events};
use super::{Entry, leaf, number, stored};
use crate::connect::Handle;
use crate::entity::{audit, case_event, event};
use crate::error::StoreError;
use crate::referrals::placeholder;

/// Something that an entry speaks of and that is not what was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// The entry.
    pub number: u64,
    /// Its row of the trail.
    pub id: Uuid,
    /// What, in words: table, row, numbers. Never what it says.
    pub what: String,
}

/// Entries of one log, as a row of the trail speaks of them.
struct Stretch<'a> {
    entry: &'a Entry,
    log: &'a str,
    of: Uuid,
    from: i64,
    to: i64,
    hash: &'a str,
}

impl<'a> Stretch<'a> {
    fn read(entry: &'a Entry, said: &'a Json) -> Option<Self> {
        Some(Self {
            entry,
            log: said.get("log")?.as_str()?,
            of: said.get("of")?.as_str()?.parse().ok()?,
            from: said.get("from")?.as_i64()?,
            to: said.get("to")?.as_i64()?,
            hash: said.get("sha256")?.as_str()?,
        })
    }
}

fn list<'a>(written: Option<&'a Json>, name: &str) -> impl Iterator<Item = &'a Json> + use<'a> {
    let found = written.and_then(|written| written.get(name));
    found.and_then(Json::as_array).into_iter().flatten()
}

/// Which entries of referrals' and cases' logs, of those that these entries speak of, are not what was sealed.
///
/// # Errors
/// When the database does not answer.
pub async fn events_as_sealed(on: &impl Handle, entries: &[Entry]) -> Result<Vec<Rewritten>, StoreError> {
    let stretches: Vec<_> = entries
        .iter()
        .flat_map(|entry| list(entry.written.as_ref(), "events").filter_map(move |said| Stretch::read(entry, said)))
        .collect();
    let of = |log: &str| {
        let ids: Vec<_> = stretches
            .iter()
            .filter(|one| one.log == log)
            .map(|one| one.of)
            .collect();
        ids
    };
    let mut events: BTreeMap<(&str, Uuid, i64), Json> = BTreeMap::new();
    let rows = event::Entity::find()
        .filter(event::Column::ReferralId.is_in(of(REFERRAL)))
        .order_by_asc(event::Column::Seq)
        .all(&on.executor())
        .await?;
    for row in rows {
        events.insert((REFERRAL, row.referral_id, row.seq.into()), leaf::of_event(&row));
    }
    let rows = case_event::Entity::find()
        .filter(case_event::Column::CaseId.is_in(of(CASE)))
        .order_by_asc(case_event::Column::Seq)
        .all(&on.executor())
        .await?;
    for row in rows {
        events.insert((CASE, row.case_id, row.seq.into()), leaf::of_case_event(&row));
    }
    let differs = |one: &&Stretch<'_>| {
        let there = (one.from..=one.to).filter_map(|seq| events.get(&(one.log, one.of, seq)));
        of_events(there) != one.hash
    };
    Ok(stretches
        .iter()
        .filter(differs)
        .map(|one| Rewritten {
            number: one.entry.number,
            id: one.entry.id,
            what: format!(
                "entries {} to {} in the log of {} {}",
                one.from, one.to, one.log, one.of
            ),
        })
        .collect())
}

/// What entries say last: of what lies sealed, by table and row, the hash; of each log, how far it goes.
#[derive(Debug, Default)]
pub struct Latest {
    seals: BTreeMap<(String, Uuid), Last>,
    logs: BTreeMap<(String, Uuid), End>,
}

/// How far a log goes, and which entry says so.
#[derive(Debug, Clone, Copy)]
struct End {
    number: u64,
    id: Uuid,
    seq: i64,
}

#[derive(Debug, Clone)]
struct Last {
    number: u64,
    id: Uuid,
    hash: Option<String>,
}

impl Latest {
    /// Adds what these entries say. What is sealed anew by right is in a later entry.
    pub fn add(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.add_written(entry.number, entry.id, entry.written.as_ref());
        }
    }

    fn add_written(&mut self, number: u64, id: Uuid, written: Option<&Json>) {
        for said in list(written, "seals") {
            let (Some(table), Some(row)) = (
                said.get("in").and_then(Json::as_str),
                said.get("id").and_then(Json::as_str).and_then(|id| id.parse().ok()),
            ) else {
                continue;
            };
            let hash = said.get("sha256").and_then(Json::as_str).map(str::to_owned);
            self.seals.insert((table.to_owned(), row), Last { number, id, hash });
        }
        for said in list(written, "events") {
            let (Some(log), Some(of), Some(seq)) = (
                said.get("log").and_then(Json::as_str),
                said.get("of").and_then(Json::as_str).and_then(|of| of.parse().ok()),
                said.get("to").and_then(Json::as_i64),
            ) else {
                continue;
            };
            let end = self.logs.entry((log.to_owned(), of)).or_insert(End { number, id, seq });
            if seq > end.seq {
                *end = End { number, id, seq };
            }
        }
    }

    /// Adds what was written since the log had so many entries, sealed or not.
    async fn add_since(&mut self, on: &impl Handle, size: u64) -> Result<(), StoreError> {
        let rows = audit::Entity::find()
            .filter(
                Condition::any()
                    .add(audit::Column::Number.is_null())
                    .add(audit::Column::Number.gte(stored(size))),
            )
            .order_by_asc(audit::Column::At)
            .order_by_asc(audit::Column::Id)
            .all(&on.executor())
            .await?;
        for row in rows {
            self.add_written(size, row.id, row.written.as_ref());
        }
        Ok(())
    }
}

/// Which ciphertexts are not those that were sealed last, and which logs have entries that no row of the trail speaks of; `last` is
/// what the first `size` entries say.
///
/// # Errors
/// When the database does not answer.
pub async fn latest_as_sealed(on: &impl Handle, mut last: Latest, size: u64) -> Result<Vec<Rewritten>, StoreError> {
    // People write meanwhile: what seems to be wrong is looked at again, with all that has come in.
    for _twice in 0..2 {
        last.add_since(on, size).await?;
        last.seals = differing(on, &last.seals).await?;
        last.logs = longer(on, &last.logs).await?;
    }
    let more = |((log, of), end): ((String, Uuid), End)| Rewritten {
        number: end.number,
        id: end.id,
        what: format!(
            "entries in the log of {log} {of} after {}, of which no row of the trail speaks",
            end.seq
        ),
    };
    let more: Vec<_> = last.logs.into_iter().map(more).collect();
    let told = |((table, row), last): ((String, Uuid), Last)| Rewritten {
        number: last.number,
        id: last.id,
        what: format!("what lies sealed in {table} {row}"),
    };
    Ok(last.seals.into_iter().map(told).chain(more).collect())
}

/// Which rows of the audit trail have a number and are not in the log under it, or under one that no checkpoint has: whoever seals
/// passes them over. 100 at most.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn numbered_and_not_sealed(on: &impl Handle) -> Result<Vec<Rewritten>, StoreError> {
    let sql = "SELECT a.id, a.number FROM audit a LEFT JOIN log_leaves l ON l.audit_id = a.id AND l.number = a.number \
               WHERE a.number IS NOT NULL AND (l.number IS NULL \
               OR l.number >= (SELECT COALESCE(MAX(size), 0) FROM log_checkpoints)) ORDER BY a.number, a.id LIMIT 100";
    let rows = on.executor().query_all_raw(on.statement(sql, [])).await?;
    rows.iter()
        .map(|row| {
            Ok(Rewritten {
                number: number(row.try_get("", "number")?)?,
                id: row.try_get("", "id")?,
                what: "a row of the audit trail that says that it was sealed".to_owned(),
            })
        })
        .collect()
}

/// Which logs have an entry that lies outside what was said of them.
async fn longer(
    on: &impl Handle,
    logs: &BTreeMap<(String, Uuid), End>,
) -> Result<BTreeMap<(String, Uuid), End>, StoreError> {
    let mut longer = BTreeMap::new();
    for (log, table, column) in [(REFERRAL, "events", "referral_id"), (CASE, "case_events", "case_id")] {
        let of_log: Vec<_> = logs.iter().filter(|((of, _), _)| of == log).collect();
        for some in of_log.chunks(500) {
            let mut values: Vec<Value> = Vec::new();
            let ids: Vec<_> = some.iter().map(|((_, id), _)| placeholder(*id, &mut values)).collect();
            let sql = format!(
                "SELECT {column} AS id, MIN(seq) AS first, MAX(seq) AS last FROM {table} WHERE {column} IN ({}) GROUP BY {column}",
                ids.join(", ")
            );
            let mut there: BTreeMap<Uuid, (i32, i32)> = BTreeMap::new();
            for row in on.executor().query_all_raw(on.statement(&sql, values)).await? {
                there.insert(
                    row.try_get("", "id")?,
                    (row.try_get("", "first")?, row.try_get("", "last")?),
                );
            }
            for (name, end) in some {
                let is_longer = |(first, last): &(i32, i32)| *first < 1 || i64::from(*last) > end.seq;
                if there.get(&name.1).is_some_and(is_longer) {
                    longer.insert((*name).clone(), **end);
                }
            }
        }
    }
    Ok(longer)
}

async fn differing(
    on: &impl Handle,
    last: &BTreeMap<(String, Uuid), Last>,
) -> Result<BTreeMap<(String, Uuid), Last>, StoreError> {
    let mut differing = BTreeMap::new();
    for table in [TEXTS, PERSONS] {
        let of_table: Vec<_> = last.iter().filter(|((of, _), _)| of == table).collect();
        for some in of_table.chunks(500) {
            let mut values: Vec<Value> = Vec::new();
            let ids: Vec<_> = some.iter().map(|((_, id), _)| placeholder(*id, &mut values)).collect();
            let sql = format!("SELECT id, sealed FROM {table} WHERE id IN ({})", ids.join(", "));
            let mut there = BTreeMap::new();
            for row in on.executor().query_all_raw(on.statement(&sql, values)).await? {
                let sealed: Vec<u8> = row.try_get("", "sealed")?;
                there.insert(row.try_get::<Uuid>("", "id")?, fingerprint(&sealed));
            }
            for (name, last) in some {
                if there.get(&name.1) != last.hash.as_ref() {
                    differing.insert((*name).clone(), (*last).clone());
                }
            }
        }
    }
    Ok(differing)
}
