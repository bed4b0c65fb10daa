//! The loop between the tellings that wait and the addresses that they are for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use reqwest::redirect::Policy;
use stafett_store::webhooks::{self, Due};
use stafett_store::{Db, StoreError};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use super::guard::{self, Outside};
use super::{Keys, body};
use crate::backoff;
use crate::dispatcher::Now;
use crate::mail::Renderer;

const TICK: Duration = Duration::from_millis(500);
const BATCH: u32 = 64;
/// What one telling may take.
const SEND: Duration = Duration::from_secs(15);
const LEASE: Duration = Duration::from_secs(120);
/// Without a look for so long, it hangs: what is told ends with its lease.
pub const STILL: Duration = Duration::from_secs(300);
/// For so long a secret that was replaced signs beside the new one.
const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// Gives the keys of one generation of an address's secrets.
pub type Secrets = Arc<dyn Fn(Uuid, u32) -> Option<Keys> + Send + Sync>;

/// What an operator may set about webhooks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Whether addresses of this machine may be told, without TLS. For tests.
    pub loopback: bool,
}

/// Tells the addresses of units what has happened.
pub struct Teller {
    db: Db,
    client: reqwest::Client,
    renderer: Renderer,
    secrets: Secrets,
    settings: Settings,
    now: Now,
}

impl std::fmt::Debug for Teller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Teller").finish_non_exhaustive()
    }
}

/// How one attempt ended.
struct Attempt {
    code: Option<u16>,
    failure: Option<String>,
}

impl Teller {
    /// A teller for what waits in `db`.
    ///
    /// # Errors
    /// When no client can be made, for instance without certificates to trust.
    pub fn new(db: Db, renderer: Renderer, secrets: Secrets, settings: Settings, now: Now) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .dns_resolver(Outside {
                loopback: settings.loopback,
            })
            .redirect(Policy::none())
            .no_proxy()
            .timeout(SEND)
            .user_agent("stafett")
            .build()?;
        Ok(Self {
            db,
            client,
            renderer,
            secrets,
            settings,
            now,
        })
    }

    /// Runs until `cancel`. What is on its way then is told again when its lease has run out, under the same id.
    /// `beat` is called before each look, at least once in [`STILL`].
    pub async fn run(self, cancel: CancellationToken, beat: impl Fn() + Send) {
        let this = Arc::new(self);
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut reachable = true;
        loop {
            tokio::select! {
                () = cancel.cancelled() => break,
                _ = tick.tick() => {}
            }
            beat();
            let round = tokio::select! {
                () = cancel.cancelled() => break,
                round = Arc::clone(&this).round() => round,
            };
            match round {
                Ok(()) => reachable = true,
                Err(error) if reachable => {
                    reachable = false;
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "webhooks cannot be read; trying again"
                    );
                }
                Err(_still) => {}
            }
        }
    }

    /// Tells what is due: each address in turn, different ones at once, so that a slow one holds up nobody else.
    async fn round(self: Arc<Self>) -> Result<(), StoreError> {
        let until = Instant::now() + LEASE;
        let due = webhooks::lease(&self.db, (self.now)(), BATCH, LEASE).await?;
        let mut by_address: BTreeMap<Uuid, Vec<Due>> = BTreeMap::new();
        for due in due {
            by_address.entry(due.webhook).or_default().push(due);
        }
        let mut addresses = JoinSet::new();
        for (_, tellings) in by_address {
            let this = Arc::clone(&self);
            addresses.spawn(async move {
                for due in tellings {
                    // What comes too late for its lease is left to the next one.
                    if Instant::now() + SEND > until {
                        break;
                    }
                    this.tell(&due).await;
                }
            });
        }
        while addresses.join_next().await.is_some() {}
        Ok(())
    }

    async fn tell(&self, due: &Due) {
        let attempt = self.attempt(due).await;
        let now = (self.now)();
        let written = match (&attempt.failure, attempt.code) {
            (None, Some(code)) => webhooks::arrived(&self.db, due, code, now).await.map(|_ours| false),
            (failure, code) => {
                let wait =
                    TimeDelta::from_std(backoff::delay(due.attempts, rand::random())).unwrap_or(TimeDelta::hours(1));
                let why = failure.clone().unwrap_or_default();
                webhooks::failed(&self.db, due, code, &why, now, now + wait).await
            }
        };
        match written {
            Ok(true) => warn!(webhook.id = %due.webhook, "a webhook is told no more; its unit's lead is written to"),
            Ok(false) => info!(webhook.id = %due.webhook, delivery.id = %due.id, code = attempt.code, "webhook tried"),
            Err(error) => warn!(
                error = &error as &dyn std::error::Error,
                "how a webhook ended is not written down; it is told again"
            ),
        }
    }

    async fn attempt(&self, due: &Due) -> Attempt {
        let failed = |why: String| Attempt {
            code: None,
            failure: Some(why),
        };
        let url = match guard::read(&due.url, self.settings.loopback) {
            Ok(url) => url,
            Err(refused) => return failed(refused.to_string()),
        };
        let words = self.renderer.subject(
            due.notice,
            due.language,
            due.urgency,
            &due.reference,
            due.due_at,
            due.created_at,
        );
        let body = body(due, &words).to_string();
        let at = (self.now)().timestamp();
        let Some(signatures) = self.sign(due, at, &body) else {
            return failed("it cannot be signed".to_owned());
        };
        let sent = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", due.id.to_string())
            .header("webhook-timestamp", at.to_string())
            .header("webhook-signature", signatures)
            .body(body)
            .send()
            .await;
        match sent {
            Ok(answer) if answer.status().is_success() => Attempt {
                code: Some(answer.status().as_u16()),
                failure: None,
            },
            Ok(answer) => Attempt {
                code: Some(answer.status().as_u16()),
                failure: Some(format!("answered {}", answer.status())),
            },
            Err(error) => failed(words_of(&error)),
        }
    }

    /// By the present secret, and by the one before while that one was replaced not long ago.
    fn sign(&self, due: &Due, at: i64, body: &str) -> Option<String> {
        let mut signatures = vec![(self.secrets)(due.webhook, due.generation)?.sign(due.id, at, body)];
        let replaced_lately = due.generation > 1 && (self.now)() < due.rotated_at + OVERLAP;
        if replaced_lately {
            signatures.push((self.secrets)(due.webhook, due.generation - 1)?.sign(due.id, at, body));
        }
        Some(signatures.join(" "))
    }
}

/// The innermost cause says most, and none names what was sent.
fn words_of(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer in {} s", SEND.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
