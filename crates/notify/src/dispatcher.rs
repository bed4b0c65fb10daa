//! The loop between the outbox and the channel.

mod clerk;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, error, info, warn};
use uuid::Uuid;

use crate::backoff;
use crate::channel::{Channel, Failure, FailureKind, Reply};
use crate::mail::Renderer;
use crate::outbox::{Due, Letter, Outbox, OutboxError, Sent};
use clerk::Clerk;

/// How often the outbox is looked at when nobody rings: for rows whose time has come, and for those of other processes.
const TICK: Duration = Duration::from_millis(500);
/// Rows leased in one go: what a crowd of mails costs the database is one commit for so many.
const BATCH: u32 = 256;
/// More are leased when no more than this many are on their way, so that the channel never waits for the database.
const LOW_WATER: usize = 256;
/// What a dead process keeps from others, at most.
const LEASE: Duration = Duration::from_secs(60);
/// What one mail may take, once it is its turn. A row whose lease ends sooner is not begun.
const SEND: Duration = Duration::from_secs(48);
/// What mails on their way may still take when the server stops.
const GRACE: Duration = Duration::from_secs(10);
/// Between attempts to write down how a mail ended.
const FINISH_AGAIN: Duration = Duration::from_millis(250);

/// Tells the time. The one clock of the server, cut to microseconds.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Is shown which notices have just been noted as sent. It must not wait.
pub type Onlooker = Arc<dyn Fn(&BTreeSet<Uuid>) + Send + Sync>;

/// Takes rows from the outbox, sends them and writes down how each ended.
pub struct Dispatcher<L = Due> {
    desk: Arc<Desk<L>>,
    bell: Bell,
}

/// Wakes a worker that waits for something to be committed. Ring it after each commit that may have left it something; ringing costs
/// nothing and is never lost.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// There may be something to do.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Ends when somebody rings, or has rung since the last time. One sleeper a bell.
    pub async fn rung(&self) {
        self.0.notified().await;
    }
}

impl<L: Letter> Dispatcher<L> {
    /// A dispatcher between an outbox and a channel.
    #[must_use]
    pub fn new(
        outbox: Arc<dyn Outbox<L>>,
        channel: Arc<dyn Channel>,
        renderer: Renderer,
        now: Now,
        onlooker: Onlooker,
    ) -> Self {
        let turns = Semaphore::new(channel.width().max(1));
        let clerk = Clerk::start(Arc::clone(&outbox), onlooker);
        Self {
            desk: Arc::new(Desk {
                outbox,
                clerk,
                channel,
                renderer,
                now,
                turns,
            }),
            bell: Bell::default(),
        }
    }

    /// What wakes it.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Runs until `cancel`. Mails that are on their way then have ten seconds to end; what has not ended is sent again
    /// when its lease has run out.
    pub async fn run(self, cancel: CancellationToken) {
        let mut on_their_way = JoinSet::new();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut hungry = true;
        let mut reachable = true;
        loop {
            while let Some(ended) = on_their_way.try_join_next() {
                report_panic(ended);
            }
            if hungry && on_their_way.len() <= LOW_WATER {
                let leased = self.desk.lease().await;
                report_change(&mut reachable, leased.as_ref().err());
                let rows = leased.unwrap_or_default();
                // A full batch means that there is more; otherwise a ring or the next tick tells.
                hungry = u32::try_from(rows.len()).is_ok_and(|leased| leased >= BATCH);
                for row in rows {
                    on_their_way.spawn(Arc::clone(&self.desk).see_to(row));
                }
            }
            tokio::select! {
                () = cancel.cancelled() => break,
                Some(ended) = on_their_way.join_next() => report_panic(ended),
                () = self.bell.rung() => hungry = true,
                _ = tick.tick() => hungry = true,
            }
        }
        let all = async {
            while let Some(ended) = on_their_way.join_next().await {
                report_panic(ended)
            }
        };
        if timeout(GRACE, all).await.is_err() {
            warn!(
                outbox.unfinished = on_their_way.len(),
                "stopped with mails on their way; their leases will run out"
            );
        }
        on_their_way.shutdown().await;
        self.desk.channel.close().await;
    }
}

/// What every mail needs.
struct Desk<L> {
    outbox: Arc<dyn Outbox<L>>,
    /// Writes down what was sent, many at once.
    clerk: Clerk,
    channel: Arc<dyn Channel>,
    renderer: Renderer,
    now: Now,
    /// One for each mail that the channel can carry at once.
    turns: Semaphore,
}

/// A row and the instant at which it stops being ours, on a clock that nobody sets.
struct Leased<L> {
    due: L,
    until: Instant,
}

/// How an attempt ended.
enum Outcome {
    Sent(Reply),
    Retry(Failure),
    Dead(String),
}

impl<L: Letter> Desk<L> {
    async fn lease(&self) -> Result<Vec<Leased<L>>, OutboxError> {
        // Taken before the outbox sets its own end: ours is never the later one.
        let until = Instant::now() + LEASE;
        let rows = self.outbox.lease((self.now)(), BATCH, LEASE).await?;
        Ok(rows.into_iter().map(|due| Leased { due, until }).collect())
    }

    async fn see_to(self: Arc<Self>, row: Leased<L>) {
        let span = row.due.span();
        self.attempt(row).instrument(span).await;
    }

    async fn attempt(&self, row: Leased<L>) {
        let Ok(turn) = self.turns.acquire().await else { return };
        if row.until < Instant::now() + SEND {
            debug!("waited too long for its turn; the lease runs out unused");
            return;
        }
        let (due, begun) = (&row.due, Instant::now());
        let outcome = self.send(due).await;
        // The channel need not wait until it is written down.
        drop(turn);
        let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let attempt = due.attempts().saturating_add(1);
        match &outcome {
            Outcome::Sent(_) => info!(attempt, duration_ms, "mail sent"),
            Outcome::Retry(failure) => {
                warn!(attempt, duration_ms, failure.kind = %failure.kind, smtp.code = failure.code, "mail not sent, will try again");
            }
            // Only the code: the words behind it may name an address.
            Outcome::Dead(why) => {
                let reason = why.split(':').next();
                error!(attempt, duration_ms, reason, "mail cannot be sent, a person must look");
            }
        }
        self.finish(&row, &outcome).await;
    }

    async fn send(&self, due: &L) -> Outcome {
        let mail = match due.write(&self.renderer) {
            Ok(mail) => mail,
            Err(why) => return Outcome::Dead(why.to_string()),
        };
        let late = || {
            Failure::new(
                FailureKind::TimedOut,
                "the channel did not answer; the mail may have arrived",
            )
        };
        match timeout(SEND, self.channel.deliver(&mail))
            .await
            .unwrap_or_else(|_elapsed| Err(late()))
        {
            Ok(reply) => Outcome::Sent(reply),
            Err(failure) if failure.kind.is_permanent() => Outcome::Dead(failure.to_string()),
            Err(failure) => Outcome::Retry(failure),
        }
    }

    /// Writes down how it ended, for as long as the row is ours: a mail that was sent and is not known to be so would be
    /// sent twice.
    async fn finish(&self, row: &Leased<L>, outcome: &Outcome) {
        let persist = async {
            let chance = rand::random();
            loop {
                match self.write_down(&row.due, outcome, chance).await {
                    Ok(ours) => break ours,
                    Err(cause) => {
                        warn!(
                            error = &cause as &dyn std::error::Error,
                            "the outcome is not written down yet"
                        );
                        sleep(FINISH_AGAIN).await;
                    }
                }
            }
        };
        match timeout_at(row.until, persist).await {
            Ok(true) => {}
            Ok(false) => warn!("the lease was lost; another dispatcher has this row"),
            Err(_elapsed) => error!("the outcome could not be written down; the mail will be sent again"),
        }
    }

    async fn write_down(&self, due: &L, outcome: &Outcome, chance: f64) -> Result<bool, OutboxError> {
        let now = (self.now)();
        match outcome {
            Outcome::Sent(reply) => {
                let (id, token, reply) = (due.id(), due.token(), reply.as_str().to_owned());
                self.clerk
                    .note(Sent {
                        id,
                        token,
                        at: now,
                        reply,
                    })
                    .await
            }
            Outcome::Retry(failure) => {
                let wait = TimeDelta::from_std(backoff::delay(due.attempts(), chance)).unwrap_or(TimeDelta::hours(1));
                self.outbox
                    .retry(due.id(), due.token(), now + wait, &failure.to_string())
                    .await
            }
            Outcome::Dead(why) => self.outbox.dead(due.id(), due.token(), now, why).await,
        }
    }
}

/// A database that is away for an hour is one line in the log, not seven thousand.
fn report_change(reachable: &mut bool, failure: Option<&OutboxError>) {
    match failure {
        Some(cause) if *reachable => {
            error!(
                error = cause as &dyn std::error::Error,
                "the outbox cannot be read; trying twice a second"
            );
        }
        None if !*reachable => info!("the outbox can be read again"),
        Some(_) | None => {}
    }
    *reachable = failure.is_none();
}

fn report_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(cause) = ended {
        error!(
            error = &cause as &dyn std::error::Error,
            "sending a mail failed in an unforeseen way; its lease will run out"
        );
    }
}

#[cfg(test)]
mod tests;
