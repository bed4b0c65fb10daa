//! The daily digests of the database, as a dispatcher sees them.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Europe::Oslo;
use stafett_store::Db;
use stafett_store::digests::{self, Due};
use uuid::Uuid;

use super::{Letter, Outbox, OutboxError, Sent};
use crate::mail::{Message, RenderError, Renderer};

/// The digests that wait to be sent.
#[derive(Debug, Clone)]
pub struct Digests(pub Db);

#[async_trait]
impl Outbox<Due> for Digests {
    async fn lease(&self, now: DateTime<Utc>, batch: u32, span: Duration) -> Result<Vec<Due>, OutboxError> {
        let today = now.with_timezone(&Oslo).date_naive();
        digests::lease(&self.0, today, now, batch, span)
            .await
            .map_err(OutboxError::new)
    }

    async fn sent(&self, mails: &[Sent]) -> Result<BTreeSet<Uuid>, OutboxError> {
        digests::sent(&self.0, mails).await.map_err(OutboxError::new)
    }

    async fn retry(&self, id: Uuid, token: Uuid, next: DateTime<Utc>, error: &str) -> Result<bool, OutboxError> {
        digests::retry(&self.0, id, token, next, error)
            .await
            .map_err(OutboxError::new)
    }

    async fn dead(&self, id: Uuid, token: Uuid, at: DateTime<Utc>, error: &str) -> Result<bool, OutboxError> {
        digests::drop(&self.0, id, token, at, error)
            .await
            .map_err(OutboxError::new)
    }
}

impl Letter for Due {
    fn id(&self) -> Uuid {
        self.id
    }

    fn token(&self) -> Uuid {
        self.token
    }

    fn attempts(&self) -> u32 {
        self.attempts
    }

    fn span(&self) -> tracing::Span {
        tracing::info_span!("digest", digest.id = %self.id)
    }

    fn write(&self, renderer: &Renderer) -> Result<Message, RenderError> {
        renderer.digest(self)
    }
}
