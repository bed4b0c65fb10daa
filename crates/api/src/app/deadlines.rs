//! What clocks do when nobody asks: whoever is late, or soon will be, is told.
//!
//! Each referral is decided under its own lock and in its own transaction, with everything that its clocks have to tell by
//! then. Two processes may find the same referral due; the second one finds under the lock that all has been told.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use stafett_store::deadlines::{self, Due};
use stafett_store::referrals::{self, Name, Outcome};
use stafett_workflow::agency::ReferralId;
use stafett_workflow::decide::{Firing, fire};
use stafett_workflow::policy::{Scope, SystemTask};
use uuid::Uuid;

use super::AppError;
use super::engine::Engine;
use super::referrals::facts;

/// So many are looked up at a time.
const BATCH: u32 = 100;
/// A referral whose clocks cannot be run is tried again after so long, each time twice as long.
const FIRST_AGAIN: Duration = Duration::from_secs(1);
const LAST_AGAIN: Duration = Duration::from_secs(600);

/// What came of one walk through everything that was due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sweep {
    /// So many referrals had something to tell.
    pub fired: u64,
    /// So many could not be seen to.
    pub failed: u64,
}

/// Referrals whose clocks could not be run, and when they are tried again: one of them must not keep the others waiting.
#[derive(Debug, Default)]
pub struct SetAside(HashMap<ReferralId, Attempt>);

#[derive(Debug, Clone, Copy)]
struct Attempt {
    again: Instant,
    wait: Duration,
}

impl SetAside {
    /// How long until the first of them is tried again.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        let again = self.0.values().map(|attempt| attempt.again).min()?;
        Some(again.saturating_duration_since(Instant::now()))
    }

    fn has(&self, id: ReferralId) -> bool {
        self.0.get(&id).is_some_and(|attempt| attempt.again > Instant::now())
    }

    fn put(&mut self, id: ReferralId) {
        let wait = self
            .0
            .get(&id)
            .map_or(FIRST_AGAIN, |before| (before.wait * 2).min(LAST_AGAIN));
        let again = Instant::now() + wait;
        self.0.insert(id, Attempt { again, wait });
    }
}

/// Tells everything that is due by now, the longest waiting first. `go_on` is asked between two referrals.
///
/// # Errors
/// When the database does not tell what is due. What fails for one referral is counted, logged and set aside.
pub async fn sweep(engine: &Engine, aside: &mut SetAside, go_on: impl Fn() -> bool + Send) -> Result<Sweep, AppError> {
    let mut sweep = Sweep::default();
    let mut after: Option<Due> = None;
    loop {
        let due = deadlines::due(&engine.db, engine.now(), after, BATCH).await?;
        let is_last = due.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        for (at, id) in due {
            after = Some((at, id));
            if !go_on() {
                return Ok(sweep);
            }
            if aside.has(id) {
                continue;
            }
            match run(engine, id).await {
                Ok(told) => {
                    aside.0.remove(&id);
                    sweep.fired += u64::from(told);
                }
                Err(error) => {
                    tracing::error!(referral.id = %id, %error, "the clocks of a referral cannot be run; trying again later");
                    aside.put(id);
                    sweep.failed += 1;
                }
            }
        }
        if is_last {
            break;
        }
    }
    if sweep.fired > 0 {
        engine.bell.mail.ring();
        engine.bell.changes.ring();
    }
    Ok(sweep)
}

/// Tells what the clocks of one referral have to tell by now. `false` when somebody else has told it, or has acted.
///
/// # Errors
/// The store's; [`AppError::Internal`] when this server does not have the definition, or it has lost a clock.
pub async fn run(engine: &Engine, id: ReferralId) -> Result<bool, AppError> {
    let tx = engine.db.write_tx().await?;
    let scope = Scope::for_system(SystemTask::RunClocks);
    let Some(record) = referrals::lock(&tx, &scope, Name::Id(id)).await? else {
        return Ok(false);
    };
    let definition = engine.definition(&record.referral().workflow)?;
    // Read under the lock: whatever happened before it happened earlier.
    let now = engine.now();
    let firing = Firing {
        now,
        id: Uuid::now_v7(),
        coordinator: facts::coordinator(&tx, &record).await?,
        calendar: &engine.calendar,
    };
    let Some(decision) = fire(&definition, record.referral(), &firing) else {
        let silent = record.referral().next_fire().is_some_and(|at| at < now);
        tx.rollback().await?;
        if silent {
            return Err(AppError::internal("a clock is due and has nothing to tell"));
        }
        return Ok(false);
    };
    for event in decision.events() {
        tracing::info!(referral.id = %id, event.kind = event.fact.kind(), "a clock fired");
    }
    match referrals::commit(&tx, record, &decision, None).await? {
        Outcome::Stored(_) => tx.commit().await?,
        // The lock should have seen to that; whoever was faster has told it, or will be asked again.
        Outcome::Stale => {
            tx.rollback().await?;
            return Ok(false);
        }
    }
    Ok(true)
}
