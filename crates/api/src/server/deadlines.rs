//! The clocks' own worker: sleeps until the next limit draws near or is missed, and tells.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::app::deadlines::{SetAside, Sweep, sweep};
use crate::app::engine::Engine;
use crate::http::metrics::Metrics;
use crate::workers::Pulse;

/// The longest sleep: another process may have armed a clock and died, or the machine's own clock was set.
const LONGEST: Duration = Duration::from_secs(60);
/// Without a look for so long, it hangs.
pub(super) const STILL: Duration = Duration::from_secs(180);
/// Between two looks, however often somebody rings: many commits in a row are one look.
const BREATH: Duration = Duration::from_millis(50);
/// A database that does not answer is asked again after so long, each time twice as long.
const FIRST_AGAIN: Duration = Duration::from_millis(500);

/// Runs until `cancel`, and ends between two referrals.
pub(super) async fn run(engine: Engine, metrics: Metrics, cancel: CancellationToken, pulse: Pulse) {
    let mut aside = SetAside::default();
    let mut away: Option<Duration> = None;
    while !cancel.is_cancelled() {
        pulse.beat();
        let wait = match look(&engine, &metrics, &mut aside, &cancel, &pulse).await {
            Ok(wait) => {
                if away.take().is_some() {
                    tracing::info!("the clocks can be read again");
                }
                wait
            }
            Err(error) => {
                if away.is_none() {
                    tracing::error!(%error, "the clocks cannot be read; trying again");
                }
                let longer = away.map_or(FIRST_AGAIN, |before| (before * 2).min(LONGEST));
                away = Some(longer);
                Wait {
                    at_most: longer,
                    until: None,
                }
            }
        };
        let next = async {
            match wait.until {
                // Due when its instant has passed.
                Some(at) => engine.clock.until(at + TimeDelta::microseconds(1)).await,
                None => std::future::pending().await,
            }
        };
        let nothing_rings = away.is_some();
        tokio::select! {
            () = cancel.cancelled() => break,
            () = engine.bell.clocks.rung(), if !nothing_rings => {}
            () = next => {}
            () = sleep(wait.at_most) => {}
        }
        tokio::select! {
            () = cancel.cancelled() => break,
            () = sleep(BREATH) => {}
        }
    }
}

/// When to look again: at an instant on the server's clock, and after a while anyhow.
struct Wait {
    at_most: Duration,
    until: Option<chrono::DateTime<chrono::Utc>>,
}

async fn look(
    engine: &Engine,
    metrics: &Metrics,
    aside: &mut SetAside,
    cancel: &CancellationToken,
    pulse: &Pulse,
) -> Result<Wait, crate::app::AppError> {
    // Before the sweep, so that nothing falls between the two.
    let now = engine.now();
    let Sweep { fired, failed } = sweep(engine, aside, || {
        pulse.beat();
        !cancel.is_cancelled()
    })
    .await?;
    metrics.add("stafett_clocks_fired_total", fired);
    metrics.add("stafett_clocks_failed_total", failed);
    crate::app::glass::sweep(engine).await?;
    let clocks = stafett_store::deadlines::next(&engine.db, now).await?;
    let reviews = stafett_store::glasses::next(&engine.db, now).await?;
    let until = clocks.into_iter().chain(reviews).min();
    Ok(Wait {
        at_most: aside.wait().map_or(LONGEST, |wait| wait.min(LONGEST)),
        until,
    })
}
