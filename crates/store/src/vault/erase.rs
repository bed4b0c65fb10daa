//! Erasure: an owner's key is destroyed, and with it all that was told of them, in every copy at once. Their referrals,
//! logs and audit trail stay whole, for they hold nothing that was told.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::json;
use uuid::Uuid;

use super::scrub;
use crate::audit;
use crate::connect::{Db, Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::micros;
use crate::referrals::Record;

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
    /// Somebody still works for them.
    #[error("{} is not closed yet; erase when nobody works with it any more", .references.join(", "))]
    Open {
        /// In these referrals.
        references: Vec<String>,
    },
    /// It has been done.
    #[error("it was erased at {at} already")]
    Already {
        /// When.
        at: DateTime<Utc>,
    },
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

/// Destroys an owner's key, writes that to the audit trail, and wipes what the database has kept of it.
///
/// # Errors
/// When the database does not answer. [`NotErased`] when something speaks against it; nothing is changed then.
pub async fn erase(db: &Db, owner: Owner, now: DateTime<Utc>) -> Result<Result<Erasure, NotErased>, StoreError> {
    let tx = db.write_tx().await?;
    let found = match erasable(&tx, owner).await? {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    let sql = "UPDATE data_keys SET wrapped = NULL, master_key = NULL, destroyed_at = $2 WHERE owner_id = $1";
    let values = [owner.0.into(), micros(now).into()];
    tx.executor().execute_raw(tx.statement(sql, values)).await?;
    note(&tx, "erase", &found.kind, owner, now).await?;
    tx.commit().await?;
    scrub(db, &["data_keys"]).await?;
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
    let (since, action) = match hold {
        Hold::Set => (Some(found.held_at.unwrap_or_else(|| micros(now))), "hold"),
        Hold::Lift => (None, "release"),
    };
    let sql = "UPDATE data_keys SET held_at = $2 WHERE owner_id = $1";
    tx.executor()
        .execute_raw(tx.statement(sql, [owner.0.into(), since.into()]))
        .await?;
    note(&tx, action, &found.kind, owner, now).await?;
    tx.commit().await?;
    Ok(Ok(()))
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
    let sql = format!(
        "SELECT owner_kind, created_at, held_at, destroyed_at FROM data_keys WHERE owner_id = $1 AND owner_kind <> 'house' {lock}"
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

async fn note(tx: &Tx, action: &str, kind: &str, owner: Owner, now: DateTime<Utc>) -> Result<(), StoreError> {
    let entry = audit::Entry {
        at: now,
        actor: None,
        agency: None,
        role: None,
        action,
        object_kind: kind,
        object: Some(owner.0),
        request_id: None,
        body: json!({}),
    };
    audit::record(tx, &entry).await
}
