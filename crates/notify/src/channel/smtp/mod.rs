//! Mails to a server by SMTP, over a few connections that stay open between mails.
//!
//! The words of the protocol and the reading of replies are lettre's. Ours are the connections: without Nagle's
//! algorithm, which costs 40 ms a mail in lettre's own pool; with a limit on each step; and with TLS begun before lettre
//! sees the line, so that nothing said in the clear is ever taken for an answer.

mod session;
mod tls;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::{Channel, Failure, FailureKind, Reply};
use crate::mail::Message;
use crate::settings::{Server, SettingsError};
use session::{Session, Trouble};

/// A connection that has been silent for longer is not trusted: the server, or something between, may have dropped it.
const IDLE_AT_MOST: Duration = Duration::from_secs(20);

/// Sends mails to one server.
pub struct Smtp {
    server: Server,
    tls: Option<Arc<tokio_rustls::rustls::ClientConfig>>,
    /// As many permits as connections may be open.
    slots: Semaphore,
    /// Lets so many mails through in a second, where the server must be spared.
    pace: Option<DefaultDirectRateLimiter>,
    idle: Mutex<Vec<(Instant, Session)>>,
}

impl Smtp {
    /// A channel to `server`; it connects when the first mail is there.
    ///
    /// # Errors
    /// When no certificate can be found to check the server's by.
    pub fn new(server: Server) -> Result<Self, SettingsError> {
        let tls = tls::config(&server)?;
        let slots = Semaphore::new(usize::from(server.connections));
        let pace = server
            .per_second
            .map(|number| RateLimiter::direct(Quota::per_second(number)));
        Ok(Self {
            server,
            tls,
            slots,
            pace,
            idle: Mutex::new(Vec::new()),
        })
    }

    async fn open(&self) -> Result<Session, Failure> {
        Session::open(&self.server, self.tls.clone()).await
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(Instant, Session)>> {
        // Taking from and adding to a list cannot leave it half done.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection used last, for it is the surest to be alive. Those that have been silent too long are dropped.
    fn reuse(&self) -> Option<Session> {
        let mut idle = self.idle();
        idle.retain(|(since, _)| since.elapsed() < IDLE_AT_MOST);
        idle.pop().map(|(_, session)| session)
    }

    fn keep(&self, session: Session) {
        self.idle().push((Instant::now(), session));
    }

    /// One attempt on one connection; the connection is kept if it may be used again.
    async fn send_on(&self, mut session: Session, mail: &Message) -> Result<Reply, Trouble> {
        let outcome = session.send(mail).await;
        let usable = match &outcome {
            Ok(_) => true,
            Err(trouble) => trouble.is_answer() && session.reset().await,
        };
        if usable {
            self.keep(session);
        }
        outcome
    }
}

#[async_trait]
impl Channel for Smtp {
    async fn deliver(&self, mail: &Message) -> Result<Reply, Failure> {
        let Ok(_slot) = self.slots.acquire().await else {
            return Err(Failure::new(FailureKind::Broken, "the channel is closed"));
        };
        if let Some(pace) = &self.pace {
            pace.until_ready().await;
        }
        if let Some(session) = self.reuse() {
            match self.send_on(session, mail).await {
                // The server had hung up before it heard of this mail: a new connection, at once and without harm.
                Err(trouble) if trouble.was_stale() => {}
                outcome => return outcome.map_err(Failure::from),
            }
        }
        let session = self.open().await?;
        self.send_on(session, mail).await.map_err(Failure::from)
    }

    async fn check(&self) -> Result<Reply, Failure> {
        let mut session = self.open().await?;
        session.quit().await;
        let secrecy = if self.tls.is_some() {
            "with TLS"
        } else {
            "without TLS, on this machine"
        };
        Ok(Reply::new(format!("{} answers {secrecy}", self.server)))
    }

    fn width(&self) -> usize {
        usize::from(self.server.connections)
    }

    async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for (_, mut session) in idle {
            session.quit().await;
        }
    }
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod fake_server;
#[cfg(test)]
mod tests;
