//! What is done once a day: the signed statements of the day before, and the digests of the morning. Days on which nobody was
//! here are caught up with; of several processes on one database, one does each.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::app::engine::Engine;
use crate::app::{AppError, digests, statements};
use crate::auth::token::Tokens;
use crate::workers::Pulse;

const EVERY: Duration = Duration::from_secs(1);
/// Without a look for so long, it hangs: days off are caught up with in one.
pub(super) const STILL: Duration = Duration::from_secs(600);

/// Looks once a second until `cancel`, and rings `digests` when there is one to send.
pub(super) async fn run(
    engine: Engine,
    tokens: Arc<Tokens>,
    to_send: stafett_notify::Bell,
    cancel: CancellationToken,
    pulse: Pulse,
) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reachable = true;
    loop {
        tokio::select! {
            () = cancel.cancelled() => break,
            _ = tick.tick() => pulse.beat(),
        }
        match look(&engine, &tokens).await {
            Ok(made) => {
                reachable = true;
                if made > 0 {
                    to_send.ring();
                }
            }
            Err(error) if reachable => {
                reachable = false;
                tracing::error!(%error, "what is done once a day cannot be done; trying again");
            }
            Err(_still) => {}
        }
    }
}

/// Tells how many digests were made.
async fn look(engine: &Engine, tokens: &Tokens) -> Result<u64, AppError> {
    let signed = statements::catch_up(&engine.db, tokens, engine.now()).await;
    // Whatever keeps one from being made keeps the other from nothing.
    let made = digests::make(engine).await;
    match signed? {
        0 => {}
        signed => tracing::info!(statements = signed, "signed what was handed over"),
    }
    made
}
