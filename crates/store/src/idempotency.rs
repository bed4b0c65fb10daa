//! The first answer to a request that may come again.
//!
//! The key is claimed at the start of the transaction that does the work and answered at its end, so that both happen or
//! neither. A second request with the same key waits for the first: on SQLite for its turn to write, on PostgreSQL for
//! the row.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

use crate::connect::{Tx, sealed::Handle as _};
use crate::entity::{idempotency, text};
use crate::error::StoreError;
use crate::map::micros;
use crate::referrals::Record;
use crate::vault::{self, KeyRow};

/// The kind of text that an answer is; no field of an input has this name.
const KEPT_ANSWER: &str = "kept-answer";

/// What the digest of a request is keyed as.
pub(crate) const REQUEST: &str = "request";

/// Who repeats what.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    /// Whose key it is; the same key of another person is another key.
    pub owner: Uuid,
    /// The key as the client made it.
    pub key: &'a str,
    /// A digest of all that the answer depends on: method, path, precondition, body.
    pub request_hash: &'a str,
}

/// What a claim found.
#[derive(Debug)]
#[must_use = "a claim decides whether the work may be done"]
pub enum Claim {
    /// Nobody has asked this before: do the work, then call [`Claimed::answer`].
    First(Claimed),
    /// It has been done; this was the answer.
    Repeated(Answer),
    /// The key was used for another request.
    Reused,
}

/// A claimed key that waits for its answer.
#[derive(Debug)]
#[must_use = "a claimed key without an answer would be claimed again"]
pub struct Claimed {
    owner: Uuid,
    key: String,
}

/// An answer as it was given.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The entity tag.
    pub etag: Option<String>,
    /// The address of what was made.
    pub location: Option<String>,
    /// The body, which may tell of a person.
    pub body: Option<String>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Claims a key until `now` + `kept`. A key whose time is over is free again.
///
/// # Errors
/// [`StoreError::Busy`] when the first request with this key is still at work after the store's patience;
/// [`StoreError::Erased`] when it was answered, and what was answered is erased.
pub async fn claim(tx: &Tx, key: Key<'_>, now: DateTime<Utc>, kept: TimeDelta) -> Result<Claim, StoreError> {
    // A row without an answer was left by a transaction that forgot to give one; it says nothing, so it is taken over.
    let sql = "INSERT INTO idempotency (owner_id, key, request_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (owner_id, key) DO UPDATE SET request_hash = excluded.request_hash, status = NULL, etag = NULL, \
               location = NULL, answer_text_id = NULL, created_at = excluded.created_at, expires_at = excluded.expires_at \
               WHERE idempotency.expires_at <= $4 OR idempotency.status IS NULL";
    let now = micros(now);
    let request_hash = vault::keyed(tx, REQUEST, key.request_hash).await?;
    let values = [
        key.owner.into(),
        key.key.into(),
        request_hash.as_str().into(),
        now.into(),
        micros(now + kept).into(),
    ];
    if tx
        .executor()
        .execute_raw(tx.statement(sql, values))
        .await?
        .rows_affected()
        == 1
    {
        return Ok(Claim::First(Claimed {
            owner: key.owner,
            key: key.key.to_owned(),
        }));
    }
    let row = idempotency::Entity::find_by_id((key.owner, key.key.to_owned()))
        .one(&tx.executor())
        .await?;
    let Some(row) = row else {
        return Err(StoreError::corrupt(
            "idempotency key",
            "it vanished while it was claimed",
        ));
    };
    if row.request_hash != request_hash {
        return Ok(Claim::Reused);
    }
    Ok(Claim::Repeated(stored_answer(tx, row).await?))
}

impl Claimed {
    /// Keeps the answer for those who ask again: under the key of whoever `about` tells of, so that it is erased with them;
    /// without, it must tell of nobody.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn answer(
        self,
        tx: &Tx,
        answer: &Answer,
        about: Option<&Record>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let text_id = match &answer.body {
            Some(body) => Some(keep(tx, body, about, now).await?),
            None => None,
        };
        let status = i16::try_from(answer.status)
            .map_err(|_range| StoreError::corrupt("idempotency key", "the status is out of range"))?;
        let sql = "UPDATE idempotency SET status = $3, etag = $4, location = $5, answer_text_id = $6 \
                   WHERE owner_id = $1 AND key = $2";
        let values = [
            self.owner.into(),
            self.key.into(),
            status.into(),
            answer.etag.clone().into(),
            answer.location.clone().into(),
            text_id.into(),
        ];
        tx.executor().execute_raw(tx.statement(sql, values)).await?;
        Ok(())
    }
}

/// Forgets the answers that tell of a referral. Their keys stay claimed, so nothing is done twice: whoever asks again hears that
/// what was answered is gone.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn forget_about(tx: &Tx, record: &Record) -> Result<(), StoreError> {
    let of = "FROM texts WHERE kind = $1 AND referral_id = $2";
    for sql in [
        format!("UPDATE idempotency SET answer_text_id = NULL WHERE answer_text_id IN (SELECT id {of})"),
        format!("DELETE {of}"),
    ] {
        let values = [KEPT_ANSWER.into(), record.referral().id.0.into()];
        tx.executor().execute_raw(tx.statement(&sql, values)).await?;
    }
    Ok(())
}

/// Forgets up to `batch` answers whose time is over, with their texts, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_expired(tx: &Tx, now: DateTime<Utc>, batch: u32) -> Result<u64, StoreError> {
    let expired = "SELECT owner_id, key FROM idempotency WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2";
    let sql = format!("DELETE FROM idempotency WHERE (owner_id, key) IN ({expired}) RETURNING answer_text_id");
    let rows = tx
        .executor()
        .query_all_raw(tx.statement(&sql, [micros(now).into(), i64::from(batch).into()]))
        .await?;
    let mut texts = Vec::new();
    for row in &rows {
        texts.extend(row.try_get::<Option<Uuid>>("", "answer_text_id")?);
    }
    if !texts.is_empty() {
        use sea_orm::{ColumnTrait, QueryFilter};
        text::Entity::delete_many()
            .filter(text::Column::Id.is_in(texts))
            .exec(&tx.executor())
            .await?;
    }
    Ok(rows.len() as u64)
}

async fn keep(tx: &Tx, body: &str, about: Option<&Record>, now: DateTime<Utc>) -> Result<Uuid, StoreError> {
    use sea_orm::ActiveValue::{NotSet, Set};
    let id = Uuid::now_v7();
    let house;
    let key = match about {
        Some(record) => record.key(),
        None => {
            house = vault::house(tx).await?;
            &house
        }
    };
    let row = text::ActiveModel {
        id: Set(id),
        person_id: NotSet,
        referral_id: Set(about.map(|record| record.referral().id.0)),
        handoff_id: NotSet,
        kind: Set(KEPT_ANSWER.to_owned()),
        sealed: Set(key.seal_text(id, body)?),
        key_id: Set(Some(key.owner())),
        author_id: NotSet,
        author_agency_id: NotSet,
        created_at: Set(micros(now)),
        case_id: NotSet,
    };
    text::Entity::insert(row).exec_without_returning(&tx.executor()).await?;
    Ok(id)
}

async fn stored_answer(tx: &Tx, row: idempotency::Model) -> Result<Answer, StoreError> {
    let status = row
        .status
        .and_then(|status| u16::try_from(status).ok())
        .ok_or_else(|| StoreError::corrupt("idempotency key", "its answer has no status"))?;
    let mut answer = Answer {
        status,
        etag: row.etag,
        location: row.location,
        body: None,
    };
    let Some(id) = row.answer_text_id else {
        return match answer.status {
            204 => Ok(answer),
            _ => Err(StoreError::Erased),
        };
    };
    let sql = format!(
        "SELECT t.sealed, {} FROM texts t LEFT JOIN data_keys k ON k.owner_id = t.key_id WHERE t.id = $1",
        KeyRow::COLUMNS
    );
    if let Some(row) = tx.executor().query_one_raw(tx.statement(&sql, [id.into()])).await? {
        let key = KeyRow::read(&row)?.open(tx.vault()?)?;
        let body = key.open_text(id, &row.try_get::<Vec<u8>>("", "sealed")?)?;
        answer.body = Some(body.ok_or(StoreError::Erased)?);
    }
    Ok(answer)
}
