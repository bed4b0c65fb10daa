//! The tasks that run beside the requests: clocks, mails, webhooks and the rest. Each is felt, and none ends unseen.
//!
//! A server whose clocks have stopped answers every request and lets children wait. So a worker that ends without being
//! told to, by a panic or a mistake, takes the server with it: what it worked on lies in the database, and whoever starts
//! the process anew (systemd, a container's host) starts the work anew. One that hangs is told by `/readyz`.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// When a worker was last seen at work.
#[derive(Debug, Clone)]
pub struct Pulse {
    still: Duration,
    started: Instant,
    beat_ms: Arc<AtomicU64>,
    gone: CancellationToken,
}

impl Pulse {
    fn new(still: Duration) -> Self {
        Self {
            still,
            started: Instant::now(),
            beat_ms: Arc::default(),
            gone: CancellationToken::new(),
        }
    }

    /// It is at work now.
    pub fn beat(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.beat_ms.store(now, Ordering::Relaxed);
    }

    /// Whether it is at work.
    #[must_use]
    pub fn is_felt(&self) -> bool {
        let last = Duration::from_millis(self.beat_ms.load(Ordering::Relaxed));
        !self.gone.is_cancelled() && self.started.elapsed().saturating_sub(last) < self.still
    }
}

/// The pulse of each worker, by its name.
pub type Pulses = Vec<(&'static str, Pulse)>;

/// The workers of one server.
#[derive(Debug)]
pub struct Workers {
    cancel: CancellationToken,
    fallen: watch::Sender<Option<&'static str>>,
    tasks: Vec<JoinHandle<()>>,
    pulses: Pulses,
}

impl Workers {
    /// None yet; all of them end when `cancel` says so.
    #[must_use]
    pub fn new(cancel: CancellationToken) -> Self {
        Self {
            cancel,
            fallen: watch::Sender::new(None),
            tasks: Vec::new(),
            pulses: Vec::new(),
        }
    }

    /// What tells them to end.
    #[must_use]
    pub fn cancel(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// Starts one. It beats its pulse at least once in every `still`, or counts as hanging.
    pub fn spawn<F>(&mut self, name: &'static str, still: Duration, work: impl FnOnce(Pulse) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let pulse = Pulse::new(still);
        let work = work(pulse.clone());
        let end = End {
            name,
            cancel: self.cancel.clone(),
            fallen: self.fallen.clone(),
            gone: pulse.gone.clone(),
        };
        self.pulses.push((name, pulse));
        self.tasks.push(tokio::spawn(async move {
            let _end = end;
            work.await;
        }));
    }

    /// How each is felt.
    #[must_use]
    pub fn pulses(&self) -> Pulses {
        self.pulses.clone()
    }

    /// Ends with the name of the first worker that ended without being told to; while all work, never.
    pub fn fell(&self) -> impl Future<Output = &'static str> + Send + 'static {
        let mut fallen = self.fallen.subscribe();
        async move {
            let name = match fallen.wait_for(Option::is_some).await {
                Ok(name) => *name,
                Err(_nobody_works_any_more) => None,
            };
            match name {
                Some(name) => name,
                None => std::future::pending().await,
            }
        }
    }

    /// Tells all of them to end, and waits until they have ended what they had begun.
    pub async fn stop(self) {
        self.cancel.cancel();
        for task in self.tasks {
            // A panic has been told by then.
            let _ended = task.await;
        }
    }
}

/// Dropped with its task, however that ends.
struct End {
    name: &'static str,
    cancel: CancellationToken,
    fallen: watch::Sender<Option<&'static str>>,
    gone: CancellationToken,
}

impl Drop for End {
    fn drop(&mut self) {
        self.gone.cancel();
        if !self.cancel.is_cancelled() {
            tracing::error!(
                worker = self.name,
                "a worker ended without being told to; the server stops, to be started anew"
            );
            self.fallen.send_if_modified(|fallen| {
                let first = fallen.is_none();
                fallen.get_or_insert(self.name);
                first
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    fn felt(workers: &Workers) -> Vec<bool> {
        workers.pulses().iter().map(|(_, pulse)| pulse.is_felt()).collect()
    }

    #[tokio::test]
    async fn whoever_falls_is_named_and_felt_no_more() {
        let mut workers = Workers::new(CancellationToken::new());
        workers.spawn("clocks", LONG, |_| pending());
        workers.spawn("mails", LONG, |_| async { panic!("out of ink") });
        assert_eq!(workers.fell().await, "mails");
        assert_eq!(felt(&workers), [true, false]);
    }

    #[tokio::test]
    async fn whoever_returns_too_early_has_fallen_too() {
        let mut workers = Workers::new(CancellationToken::new());
        workers.spawn("clocks", LONG, |_| async {});
        assert_eq!(workers.fell().await, "clocks");
    }

    #[tokio::test]
    async fn whoever_is_told_to_end_has_not_fallen() {
        let mut workers = Workers::new(CancellationToken::new());
        let cancel = workers.cancel();
        workers.spawn("clocks", LONG, |_| async move { cancel.cancelled().await });
        let fell = workers.fell();
        workers.stop().await;
        assert!(tokio::time::timeout(Duration::ZERO, fell).await.is_err());
    }

    #[tokio::test]
    async fn whoever_does_not_beat_hangs() {
        let mut workers = Workers::new(CancellationToken::new());
        workers.spawn("clocks", Duration::ZERO, |_| pending());
        workers.spawn("mails", LONG, |pulse| async move {
            pulse.beat();
            pending().await
        });
        assert_eq!(felt(&workers), [false, true]);
    }
}
