//! The audit trail is sealed: as soon as there is enough for a checkpoint, and otherwise every half minute.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::app::engine::Engine;
use crate::app::{AppError, sealed_log};
use crate::auth::log_keys::LogKeys;
use crate::workers::Pulse;

const EVERY: Duration = Duration::from_secs(1);
/// What waits is sealed after so long, however little it is. The promise is a minute.
const LONGEST: Duration = Duration::from_secs(30);
/// Without a look for so long, it hangs: the first sealing of a large house takes a while.
pub(super) const STILL: Duration = Duration::from_secs(600);

/// Looks once a second until `cancel`.
pub(super) async fn run(engine: Engine, keys: Arc<LogKeys>, cancel: CancellationToken, pulse: Pulse) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reachable = true;
    let mut sealed_at = Instant::now();
    loop {
        tokio::select! {
            () = cancel.cancelled() => break,
            _ = tick.tick() => {}
        }
        match look(&engine, &keys, sealed_at).await {
            // Whoever watches is to see that nothing is sealed, and not only that it is tried.
            Ok(sealed) => {
                pulse.beat();
                reachable = true;
                if sealed {
                    sealed_at = Instant::now();
                }
            }
            Err(error) if reachable => {
                reachable = false;
                tracing::error!(%error, "the audit trail cannot be sealed; trying again");
            }
            Err(_still) => {}
        }
    }
}

/// Tells whether it was time.
async fn look(engine: &Engine, keys: &LogKeys, sealed_at: Instant) -> Result<bool, AppError> {
    let due = sealed_log::is_due(&engine.db, sealed_at.elapsed(), LONGEST).await?;
    if due {
        let entries = sealed_log::seal_all(&engine.db, keys.signer(), engine.now()).await?;
        tracing::debug!(entries, "sealed");
    }
    Ok(due)
}
