//! The clock of the review: it tells the same leads again until somebody has reviewed.

use stafett_store::glasses::{self, StoredGlass};
use stafett_store::referrals::{self, Name, Outcome};
use stafett_workflow::agency::ReferralId;
use stafett_workflow::decide::glass_unreviewed;
use stafett_workflow::glass::Glass;
use stafett_workflow::policy::{Scope, SystemTask};
use uuid::Uuid;

use crate::app::AppError;
use crate::app::engine::Engine;

/// So many are looked up at a time.
const BATCH: u32 = 100;

/// Tells of every review that is overdue by now. Tells how many.
///
/// # Errors
/// The store's.
pub async fn sweep(engine: &Engine) -> Result<u64, AppError> {
    let mut told = 0;
    for (id, referral) in glasses::due(&engine.db, engine.now(), BATCH).await? {
        told += u64::from(tell(engine, id, referral).await?);
    }
    if told > 0 {
        engine.bell.mail.ring();
    }
    Ok(told)
}

async fn tell(engine: &Engine, id: Uuid, referral: ReferralId) -> Result<bool, AppError> {
    let tx = engine.db.write_tx().await?;
    let scope = Scope::for_system(SystemTask::RunClocks);
    let Some(record) = referrals::lock(&tx, &scope, Name::Id(referral)).await? else {
        return Ok(false);
    };
    let now = engine.now();
    // Read under the lock: another server may have told it, or somebody has reviewed it.
    let Some(stored) = glasses::by_id(&tx, id).await? else {
        return Ok(false);
    };
    if stored.glass.next_notice_at().is_none_or(|at| at >= now) {
        return Ok(false);
    }
    let Some(decision) = glass_unreviewed(record.referral(), &stored.glass, now, Uuid::now_v7()) else {
        return Ok(false);
    };
    // After days without a server it is told once, and then at its own pace again.
    let mut glass: Glass = stored.glass.clone();
    while glass.next_notice_at().is_some_and(|at| at < now) {
        glass.told = glass.told.saturating_add(1);
        if glass.told == u16::MAX {
            break;
        }
    }
    glasses::update(&tx, &StoredGlass { glass, ..stored }).await?;
    match referrals::commit(&tx, record, &decision, None).await? {
        Outcome::Stored(_) => tx.commit().await?,
        Outcome::Stale => return Ok(false),
    }
    Ok(true)
}
