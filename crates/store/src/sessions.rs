//! Sessions, and the refresh tokens that renew them: each works once and leads to the next. Whoever uses one a second time has
//! stolen it, or was stolen from; nobody can tell which, so the whole session ends.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use stafett_workflow::agency::UserId;
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::{refresh_token, session};
use crate::error::StoreError;
use crate::map::micros;

/// A token about to be given out.
#[derive(Debug, Clone, Copy)]
pub struct NewToken<'a> {
    /// The hash of its secret; the secret itself is never stored.
    pub secret_hash: &'a str,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

/// A session, by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(pub Uuid);

/// A session that can still be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Which.
    pub id: SessionId,
    /// When somebody signed in.
    pub began_at: DateTime<Utc>,
    /// When it was renewed last.
    pub renewed_at: DateTime<Utc>,
}

/// What came of using a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Rotation {
    /// It was good, and is now used up; the new one is in its place.
    Renewed(UserId, SessionId),
    /// It had been used before: its session has ended. Commit this, or the theft goes on.
    Reused(UserId),
    /// It is unknown, expired or revoked, or its session has lasted for as long as one may.
    Invalid,
}

/// Begins a session with its first token.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(tx: &Tx, user: UserId, token: NewToken<'_>) -> Result<SessionId, StoreError> {
    let id = Uuid::now_v7();
    let now = micros(token.created_at);
    let row = session::ActiveModel {
        id: Set(id),
        user_id: Set(user.0),
        began_at: Set(now),
        renewed_at: Set(now),
        ended_at: NotSet,
    };
    session::Entity::insert(row)
        .exec_without_returning(&tx.executor())
        .await?;
    insert(tx, user.0, id, token).await?;
    Ok(SessionId(id))
}

/// Whether there is a token with this hash.
///
/// # Errors
/// When the database does not answer.
pub async fn is_known(on: &impl Handle, presented: &str) -> Result<bool, StoreError> {
    Ok(by_hash(on, presented).await?.is_some())
}

/// Uses the token with the hash `presented` and puts `next` in its place, in a session that may last `longest`.
///
/// # Errors
/// When the database does not answer.
pub async fn rotate(tx: &Tx, presented: &str, next: NewToken<'_>, longest: TimeDelta) -> Result<Rotation, StoreError> {
    let now = micros(next.created_at);
    // The condition makes sure that of two who use it at the same moment one is second.
    let used = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(now))
        .filter(refresh_token::Column::SecretHash.eq(presented))
        .filter(refresh_token::Column::UsedAt.is_null())
        .filter(refresh_token::Column::RevokedAt.is_null())
        .filter(refresh_token::Column::ExpiresAt.gt(now))
        .exec(&tx.executor())
        .await?;
    let Some(row) = by_hash(tx, presented).await? else {
        return Ok(Rotation::Invalid);
    };
    if used.rows_affected == 1 {
        let renewed = session::Entity::update_many()
            .col_expr(session::Column::RenewedAt, Expr::value(now))
            .filter(session::Column::Id.eq(row.family_id))
            .filter(session::Column::EndedAt.is_null())
            .filter(session::Column::BeganAt.gt(micros(next.created_at - longest)))
            .exec(&tx.executor())
            .await?;
        if renewed.rows_affected == 0 {
            return Ok(Rotation::Invalid);
        }
        insert(tx, row.user_id, row.family_id, next).await?;
        return Ok(Rotation::Renewed(UserId(row.user_id), SessionId(row.family_id)));
    }
    if row.used_at.is_none() || row.revoked_at.is_some() {
        return Ok(Rotation::Invalid);
    }
    end(tx, session::Column::Id.eq(row.family_id), now).await?;
    Ok(Rotation::Reused(UserId(row.user_id)))
}

/// Ends the session that a token belongs to, and tells whose it was. Nothing happens when it is unknown or has ended.
///
/// # Errors
/// When the database does not answer.
pub async fn end_by_token(tx: &Tx, presented: &str, now: DateTime<Utc>) -> Result<Option<UserId>, StoreError> {
    let Some(row) = by_hash(tx, presented).await? else {
        return Ok(None);
    };
    let ended = end(tx, session::Column::Id.eq(row.family_id), micros(now)).await?;
    Ok((ended > 0).then_some(UserId(row.user_id)))
}

/// Ends one session of a person. `false` when they have no such session, or it has ended.
///
/// # Errors
/// When the database does not answer.
pub async fn end_one(tx: &Tx, user: UserId, id: SessionId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let which = session::Column::Id.eq(id.0).and(session::Column::UserId.eq(user.0));
    Ok(end(tx, which, micros(now)).await? > 0)
}

/// Ends every session of a person.
///
/// # Errors
/// When the database does not answer.
pub async fn end_all(tx: &Tx, user: UserId, now: DateTime<Utc>) -> Result<(), StoreError> {
    end(tx, session::Column::UserId.eq(user.0), micros(now)).await?;
    Ok(())
}

/// Ends every session of everybody, and tells how many had not ended. What was signed for machines is refused from now on as well, also
/// what was signed after these rows were copied: the epoch goes on from the minutes since 1970, which nobody has counted up to by changing
/// passwords.
///
/// # Errors
/// When the database does not answer.
pub async fn end_everybodys(tx: &Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let ended = end(tx, Expr::val(1).eq(1), micros(now)).await?;
    let minutes = i32::try_from(now.timestamp() / 60).unwrap_or(i32::MAX);
    let sql = "UPDATE users SET session_epoch = CASE WHEN session_epoch < $1 THEN $1 ELSE session_epoch + 1 END";
    tx.executor().execute_raw(tx.statement(sql, [minutes.into()])).await?;
    Ok(ended)
}

/// The sessions of a person that can still be renewed at `now`, where one may last `longest`; the one renewed last first.
///
/// # Errors
/// When the database does not answer.
pub async fn open(
    on: &impl Handle,
    user: UserId,
    now: DateTime<Utc>,
    longest: TimeDelta,
) -> Result<Vec<Open>, StoreError> {
    let renewable = Query::select()
        .column(refresh_token::Column::FamilyId)
        .from(refresh_token::Entity)
        .and_where(refresh_token::Column::UserId.eq(user.0))
        .and_where(refresh_token::Column::UsedAt.is_null())
        .and_where(refresh_token::Column::RevokedAt.is_null())
        .and_where(refresh_token::Column::ExpiresAt.gt(micros(now)))
        .to_owned();
    let rows = session::Entity::find()
        .filter(session::Column::UserId.eq(user.0))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::BeganAt.gt(micros(now - longest)))
        .filter(session::Column::Id.in_subquery(renewable))
        .order_by_desc(session::Column::RenewedAt)
        .all(&on.executor())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Open {
            id: SessionId(row.id),
            began_at: row.began_at,
            renewed_at: row.renewed_at,
        })
        .collect())
}

/// Forgets the tokens that expired before `before`, with the sessions that have none left, and tells how many tokens. Keep them
/// a while: a used token that comes again is how a theft shows.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_expired(tx: &Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let done = refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::ExpiresAt.lt(micros(before)))
        .exec(&tx.executor())
        .await?;
    let known = Query::select()
        .column(refresh_token::Column::FamilyId)
        .from(refresh_token::Entity)
        .to_owned();
    session::Entity::delete_many()
        .filter(session::Column::RenewedAt.lt(micros(before)))
        .filter(session::Column::Id.not_in_subquery(known))
        .exec(&tx.executor())
        .await?;
    Ok(done.rows_affected)
}

async fn by_hash(on: &impl Handle, presented: &str) -> Result<Option<refresh_token::Model>, StoreError> {
    Ok(refresh_token::Entity::find()
        .filter(refresh_token::Column::SecretHash.eq(presented))
        .one(&on.executor())
        .await?)
}

async fn insert(tx: &Tx, user: Uuid, family: Uuid, token: NewToken<'_>) -> Result<(), StoreError> {
    let row = refresh_token::ActiveModel {
        id: Set(Uuid::now_v7()),
        user_id: Set(user),
        family_id: Set(family),
        secret_hash: Set(token.secret_hash.to_owned()),
        created_at: Set(micros(token.created_at)),
        expires_at: Set(micros(token.expires_at)),
        used_at: NotSet,
        revoked_at: NotSet,
    };
    refresh_token::Entity::insert(row)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

/// Ends the sessions that have not ended, with their tokens, and tells how many they were.
async fn end(tx: &Tx, which: Expr, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let sessions = Query::select()
        .column(session::Column::Id)
        .from(session::Entity)
        .and_where(which.clone())
        .to_owned();
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RevokedAt, Expr::value(now))
        .filter(refresh_token::Column::FamilyId.in_subquery(sessions))
        .filter(refresh_token::Column::RevokedAt.is_null())
        .exec(&tx.executor())
        .await?;
    let ended = session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now))
        .filter(which)
        .filter(session::Column::EndedAt.is_null())
        .exec(&tx.executor())
        .await?;
    Ok(ended.rows_affected)
}
