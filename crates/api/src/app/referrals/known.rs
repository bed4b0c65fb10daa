//! What those know whose part has ended, of referrals that were stored before that was noted.

use stafett_store::{StoreError, instance, referrals};
use stafett_workflow::policy::{Scope, SystemTask};

use crate::app::engine::Engine;

/// So many are noted in one transaction.
const BATCH: u32 = 200;
/// By which the installation remembers that it is done.
const DONE: &str = "known-parts";

/// Notes it once, from the logs, and tells of how many referrals. What is stored from now on is noted with each decision.
///
/// # Errors
/// The store's.
pub async fn note_all(engine: &Engine) -> Result<u64, StoreError> {
    if instance::get(&engine.db, DONE).await?.is_some() {
        return Ok(0);
    }
    let scope = Scope::for_system(SystemTask::NoteParts);
    let (mut after, mut noted) = (None, 0);
    loop {
        let batch = referrals::sweep(&engine.db, &scope, after, BATCH).await?;
        let Some(last) = batch.last() else { break };
        after = Some(last.referral().id);
        let tx = engine.db.write_tx().await?;
        for record in &batch {
            referrals::note_known(&tx, record).await?;
            noted += 1;
        }
        tx.commit().await?;
    }
    let tx = engine.db.write_tx().await?;
    instance::put(&tx, DONE, "noted").await?;
    tx.commit().await?;
    Ok(noted)
}
