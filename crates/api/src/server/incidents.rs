//! What has not arrived and nobody has taken is told of again and again.

use std::time::Duration;

use stafett_store::incidents;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::app::engine::Engine;
use crate::workers::Pulse;

const EVERY: Duration = Duration::from_secs(1);
/// Without a look for so long, it hangs.
pub(super) const STILL: Duration = Duration::from_secs(120);

/// Looks once a second until `cancel`.
pub(super) async fn run(engine: Engine, cancel: CancellationToken, pulse: Pulse) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reachable = true;
    loop {
        tokio::select! {
            () = cancel.cancelled() => break,
            _ = tick.tick() => pulse.beat(),
        }
        match incidents::sweep(&engine.db, engine.now()).await {
            Ok(told) => {
                reachable = true;
                if told > 0 {
                    tracing::warn!(
                        incidents = told,
                        "mails have not arrived and nobody has taken them in hand"
                    );
                    engine.bell.mail.ring();
                }
            }
            Err(error) if reachable => {
                reachable = false;
                tracing::error!(%error, "mails that have not arrived cannot be looked for; trying again");
            }
            Err(_still) => {}
        }
    }
}
