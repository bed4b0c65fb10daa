//! What people have put aside in their own lists. It is a view of theirs and no part of the referral: nothing of it stands in
//! the referral's log, and nobody else can see it.
//!
//! A row counts until `wakes_at`, and only while the referral's log is as long as it was when somebody put it aside. So
//! whatever happens to the referral brings it back by itself, without anybody having to think of it where it happens.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value};
use stafett_workflow::agency::{ReferralId, UserId};
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::snooze::{ActiveModel, Column, Entity};
use crate::error::StoreError;
use crate::map::{micros, stored_count};
use crate::referrals::{Record, placeholder};

/// One referral that one person has put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snooze {
    /// Who.
    pub user: UserId,
    /// Until when they wanted it out of sight.
    pub until: DateTime<Utc>,
    /// When it comes back at the latest: then, or earlier when a clock of it has something to tell.
    pub wakes_at: DateTime<Utc>,
    /// When they did.
    pub created_at: DateTime<Utc>,
}

/// Puts a referral aside as it stands in `record`; whatever the same person had said about it before is over.
///
/// # Errors
/// [`StoreError::Refused`] when it would wake before it sleeps; when the database does not answer.
pub async fn put(tx: &Tx, record: &Record, snooze: &Snooze) -> Result<(), StoreError> {
    let referral = record.referral();
    let row = ActiveModel {
        id: Set(Uuid::now_v7()),
        user_id: Set(snooze.user.0),
        referral_id: Set(referral.id.0),
        event_seq: Set(stored_count(referral.id, "event_seq", referral.event_seq)?),
        until: Set(micros(snooze.until)),
        wakes_at: Set(micros(snooze.wakes_at)),
        created_at: Set(micros(snooze.created_at)),
    };
    let mut again = OnConflict::columns([Column::UserId, Column::ReferralId]);
    again.update_columns([Column::EventSeq, Column::Until, Column::WakesAt, Column::CreatedAt]);
    Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

/// Takes a referral out again. `false` when it was not put aside.
///
/// # Errors
/// When the database does not answer.
pub async fn delete(tx: &Tx, record: &Record, user: UserId) -> Result<bool, StoreError> {
    let done = Entity::delete_many()
        .filter(Column::UserId.eq(user.0))
        .filter(Column::ReferralId.eq(record.referral().id.0))
        .exec(&tx.executor())
        .await?;
    Ok(done.rows_affected > 0)
}

/// Forgets what somebody had put aside until a time that has passed.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_past(tx: &Tx, user: UserId, now: DateTime<Utc>) -> Result<(), StoreError> {
    Entity::delete_many()
        .filter(Column::UserId.eq(user.0))
        .filter(Column::WakesAt.lte(micros(now)))
        .exec(&tx.executor())
        .await?;
    Ok(())
}

/// When those of these referrals that somebody has put aside come back at the latest.
///
/// # Errors
/// When the database does not answer.
pub async fn waking(
    on: &impl Handle,
    user: UserId,
    referrals: impl IntoIterator<Item = ReferralId>,
    now: DateTime<Utc>,
) -> Result<BTreeMap<ReferralId, DateTime<Utc>>, StoreError> {
    let mut values = Vec::new();
    let aside = aside("s.referral_id, s.wakes_at", user, now, &mut values);
    let ids: Vec<_> = referrals.into_iter().map(|id| placeholder(id.0, &mut values)).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!("{aside} AND s.referral_id IN ({})", ids.join(", "));
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    rows.iter()
        .map(|row| {
            let referral: Uuid = row.try_get("", "referral_id")?;
            Ok((ReferralId(referral), row.try_get("", "wakes_at")?))
        })
        .collect()
}

/// Selects from what somebody has put aside and nothing has brought back.
pub(crate) fn aside(columns: &str, user: UserId, now: DateTime<Utc>, values: &mut Vec<Value>) -> String {
    let (user, now) = (placeholder(user.0, values), placeholder(micros(now), values));
    format!(
        "SELECT {columns} FROM snoozes s JOIN referrals o ON o.id = s.referral_id AND o.event_seq = s.event_seq \
         WHERE s.user_id = {user} AND s.wakes_at > {now}"
    )
}
