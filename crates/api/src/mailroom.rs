//! The dispatcher of notices inside the server: put together, started, felt and stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use stafett_notify::settings::SettingsError;
use stafett_notify::{Bell, Channel, Dispatcher, Renderer, channel};
use stafett_store::Db;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::config::{Config, PublicUrl};

/// The dispatcher looks at the outbox twice a second; while slow mails fill all its hands it looks when one has ended,
/// which takes 80 seconds at most.
const STILL: Duration = Duration::from_secs(150);

/// Why mails cannot leave.
#[derive(Debug, thiserror::Error)]
pub enum MailroomError {
    /// The settings do not make sense, or the folder or certificate that they name cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A template does not render: a defect of this program.
    #[error("the mails' templates cannot be read: {0}")]
    Templates(#[from] stafett_notify::mail::RenderError),
}

/// A dispatcher that runs.
#[derive(Debug)]
pub struct Mailroom {
    bell: Bell,
    pulse: Pulse,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

/// When the dispatcher was last seen at work.
#[derive(Debug, Clone)]
pub struct Pulse {
    started: Instant,
    beat_ms: Arc<AtomicU64>,
    gone: CancellationToken,
}

impl Pulse {
    fn new() -> Self {
        Self {
            started: Instant::now(),
            beat_ms: Arc::default(),
            gone: CancellationToken::new(),
        }
    }

    fn beat(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.beat_ms.store(now, Ordering::Relaxed);
    }

    /// Whether the dispatcher is at work.
    #[must_use]
    pub fn is_felt(&self) -> bool {
        let last = Duration::from_millis(self.beat_ms.load(Ordering::Relaxed));
        !self.gone.is_cancelled() && self.started.elapsed().saturating_sub(last) < STILL
    }
}

/// How mails leave, as the configuration says.
///
/// # Errors
/// [`MailroomError`].
pub fn open(config: &Config, public_url: &PublicUrl) -> Result<(Arc<dyn Channel>, Renderer), MailroomError> {
    let plan = config.mail_settings().resolve(public_url.as_str())?;
    let channel = channel::open(&plan.route)?;
    Ok((channel, Renderer::new(plan.sender)?))
}

impl Mailroom {
    /// Starts a dispatcher between the outbox in `db` and the channel of the configuration.
    ///
    /// # Errors
    /// [`MailroomError`].
    pub fn start(config: &Config, public_url: &PublicUrl, db: Db, clock: SharedClock) -> Result<Self, MailroomError> {
        let (channel, renderer) = open(config, public_url)?;
        let pulse = Pulse::new();
        let beat = pulse.clone();
        let now = Arc::new(move || {
            beat.beat();
            clock.now()
        });
        let dispatcher = Dispatcher::new(Arc::new(db), channel, renderer, now);
        let (bell, cancel) = (dispatcher.bell(), CancellationToken::new());
        // Dropped with the task, however it ends.
        let until_gone = pulse.gone.clone().drop_guard();
        let stop = cancel.clone();
        let task = tokio::spawn(async move {
            let _until_gone = until_gone;
            dispatcher.run(stop).await;
        });
        Ok(Self {
            bell,
            pulse,
            cancel,
            task,
        })
    }

    /// What wakes it.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Whether it is at work.
    #[must_use]
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Lets it end what it has begun.
    pub async fn stop(self) {
        self.cancel.cancel();
        if let Err(panicked) = self.task.await {
            tracing::error!(error = %panicked, "the dispatcher ended in a panic");
        }
    }
}
