//! Erasure: an owner's key is destroyed, and with it all that was told of them, in every copy at once. Their referrals,
//! logs and audit trail stay whole, for they hold nothing that was told.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Value};
use serde_json::json;
use stafett_workflow::policy::Permit;
use uuid::Uuid;

use super::{holds, scrub};
use crate::attachments;
use crate::audit;
use crate::connect::{Db, Handle, Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::instance;
use crate::map::micros;
use crate::referrals::{Record, placeholder};
use crate::{persons, retention};

/// Whose key it is: what an erasure and a legal hold are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner(pub Uuid);

/// What was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The references of the referrals that told of them.
    pub referrals: Vec<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Why nothing was erased or held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotErased {
    /// There is no such owner.
    #[error("nobody has this id; look it up with --referral")]
    Unknown,
    /// A legal hold.
    #[error("a legal hold since {since} forbids it; lift that first with `stafett vault release`")]
    Held {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// Some other agency's legal hold.
    #[error("the legal hold of an agency stands since {since}; its lead lifts that one")]
    HeldByAgency {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// Somebody still works for them.
    #[error("{} is not closed yet; erase when nobody works with it any more", .references.join(", "))]
    Open {
        /// In these referrals and cases.
        references: Vec<String>,
    },
    /// It has been done.
    #[error("it was erased at {at} already")]
    Already {
        /// When.
        at: DateTime<Utc>,
    },
}

/// On whose word something is erased, and why: a code, for a text could tell what is to be forgotten.
#[derive(Debug, Clone, Copy)]
pub struct Why<'a> {
    /// The reason, kebab-case.
    pub reason: &'a str,
    /// Who may, unless it is the operator or the clock.
    pub permit: Option<&'a Permit>,
    /// The request that asked for it.
    pub request_id: Option<&'a str>,
}

/// What somebody wants of a legal hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Nothing may be erased from now on.
    Set,
    /// It may again.
    Lift,
}

/// The owner of what a referral tells: its youth, or the referral itself when it tells of nobody in particular.
#[must_use]
pub const fn owner_of(record: &Record) -> Owner {
    Owner(record.owner())
}

/// Destroys an owner's key, and those of the cases in which nothing else is told any more; forgets by what they would be
/// found again; writes that to the audit trail, and wipes what the database has kept of it.
///
/// # Errors
/// When the database does not answer. [`NotErased`] when something speaks against it; nothing is changed then.
pub async fn erase(
    db: &Db,
    owner: Owner,
    why: Why<'_>,
    now: DateTime<Utc>,
) -> Result<Result<Erasure, NotErased>, StoreError> {
    let done = erase_only(db, owner, why, now).await?;
    wipe(db).await?;
    Ok(done)
}

/// By which the installation remembers that keys were destroyed and not wiped yet; another value for each.
const UNWIPED: &str = "keys-unwiped";

/// Wipes from the database's files what it has kept of destroyed keys, where there are such. What could not be wiped, because
/// somebody read for too long or the server was killed, is wiped by the next one who asks.
///
/// # Errors
/// When the database does not answer, or somebody reads for too long.
pub async fn wipe(db: &Db) -> Result<(), StoreError> {
    let Some(which) = instance::get(db, UNWIPED).await? else {
        return Ok(());
    };
    scrub(db, &["data_keys", "person_keys"]).await?;
    let tx = db.write_tx().await?;
    // Another key may have been destroyed meanwhile.
    instance::take_away(&tx, UNWIPED, &which).await?;
    tx.commit().await
}

/// The same as [`erase`] without wiping: for whoever erases many, and [`wipe`]s once.
///
/// # Errors
/// As for [`erase`].
pub async fn erase_only(
    db: &Db,
    owner: Owner,
    why: Why<'_>,
    now: DateTime<Utc>,
) -> Result<Result<Erasure, NotErased>, StoreError> {
    let tx = db.write_tx().await?;
    let found = match erasable(&tx, owner).await? {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    let cases = cases_of(&tx, owner).await?;
    destroy(&tx, owner, now).await?;
    persons::forget(&tx, owner.0).await?;
    note(&tx, "erase", &found.kind, owner, Some(why), now).await?;
    erase_finished_cases(&tx, &cases, now).await?;
    instance::put(&tx, UNWIPED, &Uuid::now_v7().to_string()).await?;
    tx.commit().await?;
    Ok(Ok(Erasure {
        referrals: found.closed,
        at: now,
    }))
}

/// What [`erase`] would erase, had it been asked. Changes nothing; the time is that of the owner's key.
///
/// # Errors
/// As for [`erase`].
pub async fn foresee(db: &Db, owner: Owner) -> Result<Result<Erasure, NotErased>, StoreError> {
    let tx = db.write_tx().await?;
    let found = erasable(&tx, owner).await?;
    tx.rollback().await?;
    Ok(found.map(|found| Erasure {
        referrals: found.closed,
        at: found.created_at,
    }))
}

async fn erasable(tx: &Tx, owner: Owner) -> Result<Result<Found, NotErased>, StoreError> {
    Ok(match find(tx, owner).await? {
        Ok(Found {
            held_at: Some(since), ..
        }) => Err(NotErased::Held { since }),
        Ok(Found { open, .. }) if !open.is_empty() => Err(NotErased::Open { references: open }),
        other => other,
    })
}

/// Who has been erased, and when; the earliest first. For whoever may have to erase them again, in a backup that is restored.
///
/// # Errors
/// When the database does not answer.
pub async fn erased(on: &impl Handle) -> Result<Vec<(Owner, DateTime<Utc>)>, StoreError> {
    let sql = "SELECT object_id, at FROM audit WHERE action = 'erase' AND object_kind IN ('person', 'referral') ORDER BY at, id";
    let rows = on.executor().query_all_raw(on.statement(sql, [])).await?;
    rows.iter()
        .map(|row| Ok((Owner(row.try_get("", "object_id")?), row.try_get("", "at")?)))
        .collect()
}

/// Sets or lifts a legal hold.
///
/// # Errors
/// As for [`erase`].
pub async fn hold(db: &Db, owner: Owner, hold: Hold, now: DateTime<Utc>) -> Result<Result<(), NotErased>, StoreError> {
    let tx = db.write_tx().await?;
    let found = match find(&tx, owner).await? {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    let (set, action) = match hold {
        Hold::Set => (true, "hold"),
        Hold::Lift => (false, "release"),
    };
    let still = holds::of_operator(&tx, owner, set, now).await?;
    note(&tx, action, &found.kind, owner, None, now).await?;
    tx.commit().await?;
    Ok(match still {
        Some(since) if !set => Err(NotErased::HeldByAgency { since }),
        _ => Ok(()),
    })
}

struct Found {
    kind: String,
    created_at: DateTime<Utc>,
    held_at: Option<DateTime<Utc>>,
    open: Vec<String>,
    closed: Vec<String>,
}

/// The owner with their referrals, which stand still from here on: none is reopened while its words go.
async fn find(tx: &Tx, owner: Owner) -> Result<Result<Found, NotErased>, StoreError> {
    let lock = match tx.backend() {
        DbBackend::Postgres => "FOR UPDATE",
        _sqlite => "",
    };
    let sql = format!(
        "SELECT r.reference, r.closed_at FROM referrals r WHERE r.person_id = $1 OR (r.id = $1 AND r.person_id IS NULL) \
         ORDER BY r.id {lock}"
    );
    let rows = tx
        .executor()
        .query_all_raw(tx.statement(&sql, [owner.0.into()]))
        .await?;
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for row in rows {
        let ended: Option<DateTime<Utc>> = row.try_get("", "closed_at")?;
        let list = if ended.is_some() { &mut closed } else { &mut open };
        list.push(row.try_get("", "reference")?);
    }
    open.extend(left_open(tx, owner).await?);
    let sql = format!(
        "SELECT owner_kind, created_at, held_at, destroyed_at FROM data_keys WHERE owner_id = $1 \
         AND owner_kind IN ('person', 'referral') {lock}"
    );
    let row = tx
        .executor()
        .query_one_raw(tx.statement(&sql, [owner.0.into()]))
        .await?;
    let Some(row) = row else {
        return Ok(Err(NotErased::Unknown));
    };
    if let Some(at) = row.try_get("", "destroyed_at")? {
        return Ok(Err(NotErased::Already { at }));
    }
    Ok(Ok(Found {
        kind: row.try_get("", "owner_kind")?,
        created_at: row.try_get("", "created_at")?,
        held_at: row.try_get("", "held_at")?,
        open,
        closed,
    }))
}

/// The references of the cases that are still open and in which nothing would be told any more: without a key nobody can
/// give a reason for closing them.
async fn left_open(tx: &Tx, owner: Owner) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT c.reference FROM cases c WHERE c.state = 'open' \
               AND c.id IN (SELECT r.case_id FROM referrals r WHERE r.person_id = $1 OR r.id = $1) \
               AND NOT EXISTS (SELECT 1 FROM referrals r LEFT JOIN data_keys k ON k.owner_id = COALESCE(r.person_id, r.id) \
               WHERE r.case_id = c.id AND COALESCE(r.person_id, r.id) <> $1 AND k.destroyed_at IS NULL) ORDER BY c.reference";
    let rows = tx.executor().query_all_raw(tx.statement(sql, [owner.0.into()])).await?;
    rows.iter().map(|row| Ok(row.try_get("", "reference")?)).collect()
}

/// The cases of an owner's referrals, which stand still from here on: of two who erase the last two referrals of a case,
/// the second sees that they are the last.
async fn cases_of(tx: &Tx, owner: Owner) -> Result<Vec<Uuid>, StoreError> {
    let lock = match tx.backend() {
        DbBackend::Postgres => "FOR NO KEY UPDATE",
        _sqlite => "",
    };
    let sql = format!(
        "SELECT c.id FROM cases c WHERE c.id IN \
         (SELECT r.case_id FROM referrals r WHERE r.person_id = $1 OR r.id = $1) ORDER BY c.id {lock}"
    );
    let rows = tx
        .executor()
        .query_all_raw(tx.statement(&sql, [owner.0.into()]))
        .await?;
    rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}

/// Destroys the keys of those of these cases in which every referral is erased by now, with those of what was merged into
/// them: what people gave as reasons there tells of the same youth.
pub(crate) async fn erase_finished_cases(tx: &Tx, cases: &[Uuid], now: DateTime<Utc>) -> Result<(), StoreError> {
    if cases.is_empty() {
        return Ok(());
    }
    let mut values: Vec<Value> = Vec::new();
    let list: Vec<_> = cases.iter().map(|case| placeholder(*case, &mut values)).collect();
    let sql = format!(
        "WITH RECURSIVE known (id) AS (SELECT c.id FROM cases c WHERE c.id IN ({}) \
         AND EXISTS (SELECT 1 FROM referrals r WHERE r.case_id = c.id) \
         AND NOT EXISTS (SELECT 1 FROM referrals r LEFT JOIN data_keys k ON k.owner_id = COALESCE(r.person_id, r.id) \
         WHERE r.case_id = c.id AND k.destroyed_at IS NULL) \
         UNION SELECT c.id FROM cases c JOIN known ON c.merged_into_id = known.id) \
         SELECT k.owner_id FROM data_keys k JOIN known ON known.id = k.owner_id WHERE k.destroyed_at IS NULL \
         ORDER BY k.owner_id",
        list.join(", ")
    );
    for row in tx.executor().query_all_raw(tx.statement(&sql, values)).await? {
        let case = Owner(row.try_get("", "owner_id")?);
        destroy(tx, case, now).await?;
        note(tx, "erase", "case", case, None, now).await?;
    }
    Ok(())
}

async fn destroy(tx: &Tx, owner: Owner, now: DateTime<Utc>) -> Result<(), StoreError> {
    let sql = "UPDATE data_keys SET wrapped = NULL, master_key = NULL, destroyed_at = $2 WHERE owner_id = $1";
    let values = [owner.0.into(), micros(now).into()];
    tx.executor().execute_raw(tx.statement(sql, values)).await?;
    attachments::erase(tx, owner.0, now).await?;
    retention::withdraw(tx, owner).await
}

async fn note(
    tx: &Tx,
    action: &str,
    kind: &str,
    owner: Owner,
    why: Option<Why<'_>>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let permit = why.and_then(|why| why.permit);
    let entry = audit::Entry {
        at: now,
        actor: permit.map(Permit::user),
        agency: permit.map(Permit::agency),
        role: permit.map(Permit::role),
        action,
        object_kind: kind,
        object: Some(owner.0),
        request_id: why.and_then(|why| why.request_id),
        body: why.map_or_else(|| json!({}), |why| json!({ "reason": why.reason })),
    };
    audit::record(tx, &entry).await
}
