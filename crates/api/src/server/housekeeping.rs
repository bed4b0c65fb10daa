//! What must be forgotten in time: expired refresh tokens, answers kept for repeated requests, counters of attempts, and
//! files that nobody wants any more. And what is done now and then: looks are judged, hints are found.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use stafett_notify::Bell;
use stafett_store::{Db, StoreError, digests, idempotency, sessions};
use stafett_workflow::calendar::Calendar;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::hints;
use crate::app::looks::judge::judge;
use crate::app::retention::{self, Round};
use crate::app::sign_in::SignIn;
use crate::clock::SharedClock;
use crate::files::{Files, janitor};
use crate::workers::Pulse;

const EVERY: Duration = Duration::from_secs(600);
/// Without a round for so long, it hangs: a first round over a large house may take a while.
pub(super) const STILL: Duration = Duration::from_secs(3_600);
/// After so many times it is asked what nobody needs any more: every hour, and at the start.
const ROUND_EVERY: u32 = 6;
/// In one transaction, so that writers do not wait long for it.
const BATCH: u32 = 500;
/// A used refresh token that comes again is how a theft shows, even after its time.
const REMEMBER_TOKENS: TimeDelta = TimeDelta::days(30);

/// So long the link in a digest ends the digests.
const REMEMBER_DIGESTS: TimeDelta = TimeDelta::days(400);

/// What is tidied.
pub(super) struct House {
    pub(super) db: Db,
    /// For what is done now and then.
    pub(super) engine: Engine,
    pub(super) clock: SharedClock,
    pub(super) sign_in: Arc<SignIn>,
    pub(super) files: Files,
    /// Rings when there is a file to delete.
    pub(super) bell: Bell,
    pub(super) calendar: Calendar,
    /// How long something stands in the lists of leads before it is erased.
    pub(super) notice: TimeDelta,
}

impl House {
    /// Tidies every ten minutes until `cancel`, and deletes files when somebody rings.
    pub(super) async fn run(self, cancel: CancellationToken, pulse: Pulse) {
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ticks = 0_u32;
        loop {
            let all = tokio::select! {
                () = cancel.cancelled() => break,
                _ = tick.tick() => true,
                () = self.bell.rung() => false,
            };
            pulse.beat();
            if all && ticks.is_multiple_of(ROUND_EVERY) {
                self.let_go().await;
            }
            ticks = ticks.wrapping_add(u32::from(all));
            if let Err(error) = janitor::sweep(&self.db, &self.files, &*self.clock).await {
                tracing::warn!(%error, "files could not be deleted; that will be tried again");
            }
            if !all {
                continue;
            }
            self.sign_in.limits.sweep();
            if let Err(error) = tidy(&self.engine).await {
                tracing::warn!(%error, "tidying failed and will be tried again");
            }
        }
    }
}

impl House {
    /// Announces what nobody needs any more, and erases what was announced for long enough.
    async fn let_go(&self) {
        let how = Round {
            now: self.clock.now(),
            calendar: self.calendar,
            notice: self.notice,
            dry: false,
        };
        match retention::round(&self.db, how).await {
            Ok(done) if done.announced + done.withdrawn + done.erased > 0 => tracing::info!(
                announced = done.announced,
                withdrawn = done.withdrawn,
                erased = done.erased,
                "what is not needed any more"
            ),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "retention failed and will be tried again"),
        }
    }
}

async fn tidy(engine: &Engine) -> Result<(), AppError> {
    forget(&engine.db, &engine.clock).await?;
    judge(engine, None).await?;
    hints::find(engine).await?;
    Ok(())
}

async fn forget(db: &Db, clock: &SharedClock) -> Result<(), StoreError> {
    let tx = db.write_tx().await?;
    sessions::forget_expired(&tx, clock.now() - REMEMBER_TOKENS).await?;
    digests::forget(&tx, (clock.now() - REMEMBER_DIGESTS).date_naive()).await?;
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
