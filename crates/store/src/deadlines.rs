//! Which referrals have a clock that has something to tell. Found by one index, without a look at the referrals themselves;
//! what is told is decided under the referral's lock, so that of two processes only one finds it untold.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Value};
use stafett_workflow::agency::ReferralId;
use uuid::Uuid;

use crate::connect::Handle;
use crate::error::StoreError;
use crate::map::micros;

/// A clock that may have something to tell: since when, and of which referral. Also where the next batch begins.
pub type Due = (DateTime<Utc>, ReferralId);

/// Up to `limit` clocks whose time has passed at `now`, the longest waiting first, after `after`. A referral with several
/// comes several times.
///
/// # Errors
/// When the database does not answer.
pub async fn due(on: &impl Handle, now: DateTime<Utc>, after: Option<Due>, limit: u32) -> Result<Vec<Due>, StoreError> {
    let mut values: Vec<Value> = vec![micros(now).into(), i64::from(limit).into()];
    let mut beyond = "";
    if let Some((at, referral)) = after {
        values.extend([micros(at).into(), referral.0.into()]);
        beyond = "AND (next_fire_at, referral_id) > ($3, $4)";
    }
    let sql = format!(
        "SELECT next_fire_at, referral_id FROM clocks WHERE next_fire_at IS NOT NULL AND next_fire_at < $1 {beyond} \
         ORDER BY next_fire_at, referral_id LIMIT $2"
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    rows.iter()
        .map(|row| {
            let referral: Uuid = row.try_get("", "referral_id")?;
            Ok((row.try_get("", "next_fire_at")?, ReferralId(referral)))
        })
        .collect()
}

/// When the next clock has something to tell that has nothing yet at `now`.
///
/// # Errors
/// When the database does not answer.
pub async fn next(on: &impl Handle, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let sql = "SELECT next_fire_at FROM clocks WHERE next_fire_at IS NOT NULL AND next_fire_at >= $1 \
               ORDER BY next_fire_at LIMIT 1";
    let row = on
        .executor()
        .query_one_raw(on.statement(sql, [micros(now).into()]))
        .await?;
    row.map(|row| Ok(row.try_get("", "next_fire_at")?)).transpose()
}
