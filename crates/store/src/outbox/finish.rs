//! How each attempt ended, and what came back afterwards.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Value};
use serde_json::json;
use uuid::Uuid;

use crate::connect::{Db, Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::incidents::{self, Reason};
use crate::map::{self, micros};
use crate::referrals::placeholder;

/// A mail that a server has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The row.
    pub id: Uuid,
    /// The lease under which it was sent.
    pub token: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// What the server said.
    pub reply: String,
}

/// A server has taken the mail and said `reply`. `false` when the lease was lost meanwhile.
///
/// # Errors
/// When the database does not answer; the notice will be sent again.
pub async fn sent(db: &Db, id: Uuid, token: Uuid, at: DateTime<Utc>, reply: &str) -> Result<bool, StoreError> {
    let reply = reply.to_owned();
    Ok(sent_many(db, &[Sent { id, token, at, reply }]).await?.contains(&id))
}

/// The same for many at once, in one commit. Tells of which the lease still held.
///
/// # Errors
/// When the database does not answer; these notices will be sent again.
pub async fn sent_many(db: &Db, mails: &[Sent]) -> Result<BTreeSet<Uuid>, StoreError> {
    let tx = db.write_tx().await?;
    let ours = match tx.backend() {
        DbBackend::Postgres => note_at_once(&tx, mails).await?,
        _ => note_in_turn(&tx, mails).await?,
    };
    if let Some(last) = mails.iter().map(|mail| mail.at).max() {
        incidents::delivered(&tx, &ours, last).await?;
    }
    tx.commit().await?;
    Ok(ours)
}

/// In one statement: each further one would cost a way to the server and back.
async fn note_at_once(tx: &Tx, mails: &[Sent]) -> Result<BTreeSet<Uuid>, StoreError> {
    let sql = "UPDATE outbox o SET status = 'sent', sent_at = m.at, server_reply = m.reply, last_error = NULL, \
               lease_token = NULL, lease_until = NULL \
               FROM jsonb_to_recordset($1) AS m (id uuid, token uuid, at timestamptz, reply text) \
               WHERE o.id = m.id AND o.lease_token = m.token AND o.status = 'pending' RETURNING o.id";
    let told: Vec<_> = mails
        .iter()
        .map(|mail| json!({ "id": mail.id, "token": mail.token, "at": micros(mail.at), "reply": map::remark(&mail.reply) }))
        .collect();
    let rows = tx
        .executor()
        .query_all_raw(tx.statement(sql, [Value::from(json!(told))]))
        .await?;
    rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}

async fn note_in_turn(tx: &Tx, mails: &[Sent]) -> Result<BTreeSet<Uuid>, StoreError> {
    let sql = "UPDATE outbox SET status = 'sent', sent_at = $3, server_reply = $4, last_error = NULL, lease_token = NULL, \
               lease_until = NULL WHERE id = $1 AND lease_token = $2 AND status = 'pending'";
    let mut ours = BTreeSet::new();
    for mail in mails {
        let values: [Value; 4] = [
            mail.id.into(),
            mail.token.into(),
            micros(mail.at).into(),
            map::remark(&mail.reply).into(),
        ];
        let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
        if done.rows_affected() == 1 {
            ours.insert(mail.id);
        }
    }
    Ok(ours)
}

/// The attempt failed with `error`; the next may begin at `next_attempt_at`. `false` when the lease was lost meanwhile.
///
/// # Errors
/// When the database does not answer; the notice comes free when its lease ends.
pub async fn retry(
    db: &Db,
    id: Uuid,
    token: Uuid,
    next_attempt_at: DateTime<Utc>,
    error: &str,
) -> Result<bool, StoreError> {
    let sql = "UPDATE outbox SET next_attempt_at = $3, last_error = $4, lease_token = NULL, lease_until = NULL \
               WHERE id = $1 AND lease_token = $2 AND status = 'pending'";
    let values: [Value; 4] = [
        id.into(),
        token.into(),
        micros(next_attempt_at).into(),
        map::remark(error).into(),
    ];
    // One statement is a transaction of its own.
    let done = db.writer().execute_raw(db.statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

/// No further attempt can help: a person must see to it, and whoever answers for it is told in the same commit. `false` when
/// the lease was lost meanwhile.
///
/// # Errors
/// When the database does not answer; the notice comes free when its lease ends.
pub async fn dead(db: &Db, id: Uuid, token: Uuid, at: DateTime<Utc>, error: &str) -> Result<bool, StoreError> {
    let tx = db.write_tx().await?;
    let ours = dead_within(&tx, id, token, at, Reason::of_error(error).as_str(), error).await?;
    tx.commit().await?;
    Ok(ours)
}

pub(super) async fn dead_within(
    tx: &Tx,
    id: Uuid,
    token: Uuid,
    at: DateTime<Utc>,
    reason: &str,
    error: &str,
) -> Result<bool, StoreError> {
    let sql = "UPDATE outbox SET status = 'dead', last_error = $3, lease_token = NULL, lease_until = NULL \
               WHERE id = $1 AND lease_token = $2 AND status = 'pending'";
    let values: [Value; 3] = [id.into(), token.into(), map::remark(error).into()];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    incidents::open(tx, id, reason, incidents::code_in(error).as_deref(), at).await?;
    Ok(true)
}

/// The mail came back after a server had taken it, with `code` (such as `5.1.1`) and `remark`. `false` when no such mail was
/// sent, or it has come back already.
///
/// # Errors
/// When the database does not answer.
pub async fn bounced(tx: &Tx, id: Uuid, code: &str, remark: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let sql = "UPDATE outbox SET bounced_at = $2, bounce = $3 WHERE id = $1 AND status = 'sent' AND bounced_at IS NULL";
    let (code, remark) = (map::remark(code), map::remark(remark));
    let told = format!("{code} {remark}");
    let values: [Value; 3] = [id.into(), micros(at).into(), told.trim().into()];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    incidents::open(tx, id, Reason::Bounced.as_str(), Some(&code), at).await?;
    Ok(true)
}

/// The ids as a list of placeholders.
pub(crate) fn listed(ids: &BTreeSet<Uuid>, values: &mut Vec<Value>) -> String {
    let ids: Vec<_> = ids.iter().map(|id| placeholder(*id, values)).collect();
    ids.join(", ")
}
