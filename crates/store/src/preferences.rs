//! What somebody wishes to be mailed besides what their unit is told. Nobody can wish less: what is told to a unit, to whoever
//! leads it and to whoever is on call goes out whatever stands here.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Value};
use stafett_workflow::agency::UserId;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::{self, micros};

/// Why a digest ended that its reader has not ended in Stafett.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By the link in a digest.
    Unsubscribed,
    /// The reader's mail server will never take it.
    Undeliverable,
}

impl Ended {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Unsubscribed, Self::Undeliverable];

    /// As it is stored and written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsubscribed => "unsubscribed",
            Self::Undeliverable => "undeliverable",
        }
    }
}

/// What one person wishes. Who has said nothing wishes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preferences {
    /// What the unit is told of a hand-off for which they are responsible, at their own address as well.
    pub copies: bool,
    /// Every morning what waits.
    pub digest: bool,
    /// Why the digest ended, when they have not ended it themselves.
    pub digest_ended: Option<Ended>,
    /// Counts changes, from 1.
    pub version: u32,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            copies: false,
            digest: false,
            digest_ended: None,
            version: 1,
        }
    }
}

/// What somebody wishes.
///
/// # Errors
/// When the database does not answer.
pub async fn of(on: &impl Handle, user: UserId) -> Result<Preferences, StoreError> {
    let sql = "SELECT copies, digest, digest_ended, version FROM preferences WHERE id = $1";
    let Some(row) = on.executor().query_one_raw(on.statement(sql, [user.0.into()])).await? else {
        return Ok(Preferences::default());
    };
    let name = format!("preferences of {user}");
    let ended: Option<String> = row.try_get("", "digest_ended")?;
    let known = |stored: &str| Ended::ALL.into_iter().find(|ended| ended.as_str() == stored);
    let digest_ended = match ended.as_deref() {
        None => None,
        Some(stored) => {
            Some(known(stored).ok_or_else(|| StoreError::corrupt(&name, "digest_ended is none of the list"))?)
        }
    };
    Ok(Preferences {
        copies: row.try_get("", "copies")?,
        digest: row.try_get("", "digest")?,
        digest_ended,
        version: map::count(&name, "version", row.try_get("", "version")?)?,
    })
}

/// Keeps what somebody wishes from now on, where they have not said otherwise since version `before`. `false` when they have.
///
/// # Errors
/// When the database does not answer.
pub async fn put(
    tx: &Tx,
    user: UserId,
    wishes: &Preferences,
    before: u32,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO preferences (id, copies, digest, digest_ended, version, updated_at) \
               SELECT $1, $2, $3, $4, $5, $6 WHERE $7 = 1 OR EXISTS (SELECT 1 FROM preferences WHERE id = $1) \
               ON CONFLICT (id) DO UPDATE SET copies = excluded.copies, digest = excluded.digest, \
               digest_ended = excluded.digest_ended, version = excluded.version, updated_at = excluded.updated_at \
               WHERE preferences.version = $7";
    let name = format!("preferences of {user}");
    let values: [Value; 7] = [
        user.0.into(),
        wishes.copies.into(),
        wishes.digest.into(),
        wishes.digest_ended.map(Ended::as_str).into(),
        map::stored_count(&name, "version", wishes.version)?.into(),
        micros(now).into(),
        map::stored_count(&name, "version", before)?.into(),
    ];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

/// Ends somebody's digest for a reason that is not their word in Stafett. `false` when they get none.
///
/// # Errors
/// When the database does not answer.
pub async fn end_digest(tx: &Tx, user: UserId, ended: Ended, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let sql = "UPDATE preferences SET digest = (1 = 0), digest_ended = $2, version = version + 1, updated_at = $3 \
               WHERE id = $1 AND digest";
    let values: [Value; 3] = [user.0.into(), ended.as_str().into(), micros(now).into()];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}
