//! The daily digests: at most one a person and day, with what it tells written down, and on its way like a notice. None of it
//! is duty: one that cannot be delivered is dropped, and one that was not sent on its day is not sent at all.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use stafett_workflow::agency::UserId;
use stafett_workflow::vocabulary::Language;
use uuid::Uuid;

use crate::connect::{Db, Handle, Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::outbox::Sent;
use crate::preferences::{self, Ended};

/// What a digest tells: how much waits, and what is most pressing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// What waits for an answer of the reader's units.
    pub to_answer: u32,
    /// What the reader's units hold the baton of.
    pub held: u32,
    /// Of both, those for which the reader is responsible.
    pub mine: u32,
    /// Of both, those whose limit has passed.
    pub overdue: u32,
    /// Of both, those whose limit passes today.
    pub today: u32,
    /// The most pressing ones.
    pub lines: Vec<Line>,
}

/// One referral in a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Its short name.
    pub reference: String,
    /// When its first running clock is up.
    pub due_at: DateTime<Utc>,
}

impl Content {
    /// Whether there is nothing to tell.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.to_answer == 0 && self.held == 0
    }
}

/// A digest that is due, leased to the caller.
#[derive(Clone)]
pub struct Due {
    /// The row; the same at every attempt.
    pub id: Uuid,
    /// The lease; whoever finishes the row must show it.
    pub token: Uuid,
    /// Of which day.
    pub day: NaiveDate,
    /// What it tells.
    pub content: Content,
    /// The reader's own address.
    pub mailbox: Option<String>,
    /// The language that they read.
    pub language: Language,
    /// How many attempts have begun before this one.
    pub attempts: u32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

// Whatever is printed may land in a log, and a log has no addresses.
impl std::fmt::Debug for Due {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Due").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Those who wish a digest and have none of this day yet.
///
/// # Errors
/// When the database does not answer.
pub async fn wanting(on: &impl Handle, day: NaiveDate, limit: u32) -> Result<Vec<UserId>, StoreError> {
    let sql = "SELECT p.id FROM preferences p JOIN users u ON u.id = p.id WHERE p.digest AND u.active \
               AND u.email IS NOT NULL AND u.email <> '' \
               AND NOT EXISTS (SELECT 1 FROM digests d WHERE d.user_id = p.id AND d.day = $1) ORDER BY p.id LIMIT $2";
    let values: [Value; 2] = [day.into(), i64::from(limit).into()];
    let rows = on.executor().query_all_raw(on.statement(sql, values)).await?;
    rows.iter().map(|row| Ok(UserId(row.try_get("", "id")?))).collect()
}

/// Writes down a digest, to be sent unless it is empty. `false` when there is one of this day already.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(
    tx: &Tx,
    user: UserId,
    day: NaiveDate,
    content: &Content,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO digests (id, user_id, day, content, status, attempts, next_attempt_at, created_at) \
               VALUES ($1, $2, $3, $4, $5, 0, $6, $6) ON CONFLICT (user_id, day) DO NOTHING";
    let status = if content.is_empty() { "empty" } else { "pending" };
    let content = map::to_json("a digest", content)?;
    let values: [Value; 6] = [
        Uuid::now_v7().into(),
        user.0.into(),
        day.into(),
        content.into(),
        status.into(),
        micros(at).into(),
    ];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

/// Whose digest this is.
///
/// # Errors
/// When the database does not answer.
pub async fn reader(on: &impl Handle, digest: Uuid) -> Result<Option<UserId>, StoreError> {
    let sql = "SELECT user_id FROM digests WHERE id = $1";
    let row = on.executor().query_one_raw(on.statement(sql, [digest.into()])).await?;
    row.map(|row| Ok(UserId(row.try_get("", "user_id")?))).transpose()
}

/// Leases up to `batch` digests of `today` that are due at `now`, for `span`; older ones are dropped, and so are those that
/// nobody wishes any more.
///
/// # Errors
/// When the database does not answer.
pub async fn lease(
    db: &Db,
    today: NaiveDate,
    now: DateTime<Utc>,
    batch: u32,
    span: Duration,
) -> Result<Vec<Due>, StoreError> {
    let free = "status = 'pending' AND next_attempt_at <= $3 AND (lease_until IS NULL OR lease_until <= $3)";
    let skip = match db.backend() {
        DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let take = format!(
        "WITH due AS (SELECT id FROM digests WHERE {free} ORDER BY next_attempt_at, id LIMIT $4 {skip}) \
         UPDATE digests SET lease_token = $1, lease_until = $2, attempts = attempts + 1 \
         WHERE id IN (SELECT id FROM due) AND {free}"
    );
    let (token, now) = (Uuid::now_v7(), micros(now));
    let until = now + TimeDelta::from_std(span).unwrap_or_default();
    // Most of the time there is none, and then nobody must wait for a writer.
    let any = "SELECT 1 AS one FROM digests WHERE status = 'pending' AND next_attempt_at <= $1 LIMIT 1";
    if db
        .executor()
        .query_one_raw(db.statement(any, [now.into()]))
        .await?
        .is_none()
    {
        return Ok(Vec::new());
    }
    let tx = db.write_tx().await?;
    let values: [Value; 4] = [token.into(), micros(until).into(), now.into(), i64::from(batch).into()];
    tx.executor().execute_raw(tx.statement(&take, values)).await?;
    let drop = "UPDATE digests SET status = 'dropped', lease_token = NULL, lease_until = NULL WHERE lease_token = $1 \
                AND (day <> $2 OR NOT EXISTS (SELECT 1 FROM preferences p JOIN users u ON u.id = p.id \
                WHERE p.id = digests.user_id AND p.digest AND u.active))";
    tx.executor()
        .execute_raw(tx.statement(drop, [token.into(), today.into()]))
        .await?;
    let sql = "SELECT d.id, d.day, d.content, u.email, u.language, d.attempts, d.created_at FROM digests d \
               JOIN users u ON u.id = d.user_id WHERE d.lease_token = $1 ORDER BY d.next_attempt_at, d.id";
    let rows = DueRow::find_by_statement(tx.statement(sql, [token.into()]))
        .all(&tx.executor())
        .await?;
    tx.commit().await?;
    rows.into_iter().map(|row| row.into_due(token)).collect()
}

/// What was written down for somebody to be sent is dropped: their rights are no longer those that it was made by.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn forgo(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    let sql = "UPDATE digests SET status = 'dropped', lease_token = NULL, lease_until = NULL \
               WHERE user_id = $1 AND status = 'pending'";
    tx.executor().execute_raw(tx.statement(sql, [user.0.into()])).await?;
    Ok(())
}

/// Servers have taken these. Tells of which the lease still held.
///
/// # Errors
/// When the database does not answer.
pub async fn sent(db: &Db, mails: &[Sent]) -> Result<BTreeSet<Uuid>, StoreError> {
    let tx = db.write_tx().await?;
    let sql = "UPDATE digests SET status = 'sent', sent_at = $3, last_error = NULL, lease_token = NULL, lease_until = NULL \
               WHERE id = $1 AND lease_token = $2 AND status = 'pending'";
    let mut ours = BTreeSet::new();
    for mail in mails {
        let values: [Value; 3] = [mail.id.into(), mail.token.into(), micros(mail.at).into()];
        if tx
            .executor()
            .execute_raw(tx.statement(sql, values))
            .await?
            .rows_affected()
            == 1
        {
            ours.insert(mail.id);
        }
    }
    tx.commit().await?;
    Ok(ours)
}

/// The attempt failed; the next may begin at `next`. `false` when the lease was lost.
///
/// # Errors
/// When the database does not answer.
pub async fn retry(db: &Db, id: Uuid, token: Uuid, next: DateTime<Utc>, error: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE digests SET next_attempt_at = $3, last_error = $4, lease_token = NULL, lease_until = NULL \
               WHERE id = $1 AND lease_token = $2 AND status = 'pending'";
    let values: [Value; 4] = [id.into(), token.into(), micros(next).into(), map::remark(error).into()];
    let done = db.writer().execute_raw(db.statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

/// It can never be delivered: it is dropped, and there are no more until its reader says so. `false` when the lease was lost.
///
/// # Errors
/// When the database does not answer.
pub async fn drop(db: &Db, id: Uuid, token: Uuid, now: DateTime<Utc>, error: &str) -> Result<bool, StoreError> {
    let tx = db.write_tx().await?;
    let sql = "UPDATE digests SET status = 'dropped', last_error = $3, lease_token = NULL, lease_until = NULL \
               WHERE id = $1 AND lease_token = $2 AND status = 'pending'";
    let values: [Value; 3] = [id.into(), token.into(), map::remark(error).into()];
    let ours = tx
        .executor()
        .execute_raw(tx.statement(sql, values))
        .await?
        .rows_affected()
        == 1;
    if let Some(user) = reader(&tx, id).await?.filter(|_| ours) {
        preferences::end_digest(&tx, user, Ended::Undeliverable, now).await?;
    }
    tx.commit().await?;
    Ok(ours)
}

/// Ends the digest of whoever got one of these, which their mail server sent back. `false` when it is no digest.
///
/// # Errors
/// When the database does not answer.
pub async fn bounced(tx: &Tx, id: Uuid, now: DateTime<Utc>) -> Result<bool, StoreError> {
    match reader(tx, id).await? {
        Some(user) => preferences::end_digest(tx, user, Ended::Undeliverable, now).await,
        None => Ok(false),
    }
}

/// Forgets the digests of the days before `before`.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &Tx, before: NaiveDate) -> Result<u64, StoreError> {
    let sql = "DELETE FROM digests WHERE day < $1 AND status <> 'pending'";
    Ok(tx
        .executor()
        .execute_raw(tx.statement(sql, [before.into()]))
        .await?
        .rows_affected())
}

#[derive(FromQueryResult)]
struct DueRow {
    id: Uuid,
    day: NaiveDate,
    content: serde_json::Value,
    email: Option<String>,
    language: String,
    attempts: i32,
    created_at: DateTime<Utc>,
}

impl DueRow {
    fn into_due(self, token: Uuid) -> Result<Due, StoreError> {
        let name = format!("digest {}", self.id);
        Ok(Due {
            content: map::json(&name, "content", self.content)?,
            id: self.id,
            token,
            day: self.day,
            mailbox: self.email,
            language: map::language(&name, &self.language)?,
            attempts: map::count(&name, "attempts", self.attempts.saturating_sub(1))?,
            created_at: self.created_at,
        })
    }
}
