//! What must be forgotten in time: expired refresh tokens, answers kept for repeated requests, counters of attempts.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use stafett_store::{Db, StoreError, idempotency, sessions};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::app::sign_in::SignIn;
use crate::clock::SharedClock;

const EVERY: Duration = Duration::from_secs(600);
/// In one transaction, so that writers do not wait long for it.
const BATCH: u32 = 500;
/// A used refresh token that comes again is how a theft shows, even after its time.
const REMEMBER_TOKENS: TimeDelta = TimeDelta::days(30);

/// Tidies every ten minutes until `cancel`.
pub(super) async fn run(db: Db, clock: SharedClock, sign_in: Arc<SignIn>, cancel: CancellationToken) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = cancel.cancelled() => break,
            _ = tick.tick() => {}
        }
        sign_in.limits.sweep();
        if let Err(error) = forget(&db, &clock).await {
            tracing::warn!(%error, "tidying failed and will be tried again");
        }
    }
}

async fn forget(db: &Db, clock: &SharedClock) -> Result<(), StoreError> {
    let tx = db.write_tx().await?;
    sessions::forget_expired(&tx, clock.now() - REMEMBER_TOKENS).await?;
    tx.commit().await?;
    loop {
        let tx = db.write_tx().await?;
        let forgotten = idempotency::forget_expired(&tx, clock.now(), BATCH).await?;
        tx.commit().await?;
        if forgotten < u64::from(BATCH) {
            return Ok(());
        }
    }
}
