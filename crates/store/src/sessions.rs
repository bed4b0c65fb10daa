//! Refresh tokens: each works once and leads to the next. Whoever uses one a second time has stolen it, or was stolen from;
//! nobody can tell which, so the whole family ends.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use stafett_workflow::agency::UserId;
use uuid::Uuid;

use crate::connect::{Tx, sealed::Handle as _};
use crate::entity::refresh_token;
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

/// What came of using a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Rotation {
    /// It was good, and is now used up; the new one is in its place.
    Renewed(UserId),
    /// It had been used before: its family is revoked. Commit this, or the theft goes on.
    Reused(UserId),
    /// It is unknown, expired or revoked.
    Invalid,
}

/// Begins a session: the first token of a new family.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(tx: &Tx, user: UserId, token: NewToken<'_>) -> Result<(), StoreError> {
    insert(tx, user.0, Uuid::now_v7(), token).await
}

/// Uses the token with the hash `presented` and puts `next` in its place.
///
/// # Errors
/// When the database does not answer.
pub async fn rotate(tx: &Tx, presented: &str, next: NewToken<'_>) -> Result<Rotation, StoreError> {
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
    let row = refresh_token::Entity::find()
        .filter(refresh_token::Column::SecretHash.eq(presented))
        .one(&tx.executor())
        .await?;
    let Some(row) = row else { return Ok(Rotation::Invalid) };
    if used.rows_affected == 1 {
        insert(tx, row.user_id, row.family_id, next).await?;
        return Ok(Rotation::Renewed(UserId(row.user_id)));
    }
    if row.used_at.is_none() || row.revoked_at.is_some() {
        return Ok(Rotation::Invalid);
    }
    revoke(tx, Expr::col(refresh_token::Column::FamilyId).eq(row.family_id), now).await?;
    Ok(Rotation::Reused(UserId(row.user_id)))
}

/// Ends the session that a token belongs to. Nothing happens when it is unknown.
///
/// # Errors
/// When the database does not answer.
pub async fn end(tx: &Tx, presented: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    let row = refresh_token::Entity::find()
        .filter(refresh_token::Column::SecretHash.eq(presented))
        .one(&tx.executor())
        .await?;
    match row {
        Some(row) => {
            revoke(
                tx,
                Expr::col(refresh_token::Column::FamilyId).eq(row.family_id),
                micros(now),
            )
            .await
        }
        None => Ok(()),
    }
}

/// Ends every session of a person.
///
/// # Errors
/// When the database does not answer.
pub async fn end_all(tx: &Tx, user: UserId, now: DateTime<Utc>) -> Result<(), StoreError> {
    revoke(tx, Expr::col(refresh_token::Column::UserId).eq(user.0), micros(now)).await
}

/// Forgets the tokens that expired before `before`, and tells how many. Keep them a while: a used token that comes again
/// is how a theft shows.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_expired(tx: &Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let done = refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::ExpiresAt.lt(micros(before)))
        .exec(&tx.executor())
        .await?;
    Ok(done.rows_affected)
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

async fn revoke(tx: &Tx, whose: Expr, now: DateTime<Utc>) -> Result<(), StoreError> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RevokedAt, Expr::value(now))
        .filter(whose)
        .filter(refresh_token::Column::RevokedAt.is_null())
        .exec(&tx.executor())
        .await?;
    Ok(())
}
