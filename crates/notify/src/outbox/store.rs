//! The outbox of the database.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use stafett_store::{Db, outbox};
use uuid::Uuid;

use super::{Due, Outbox, OutboxError, Recipient, Sent};

#[async_trait]
impl Outbox for Db {
    async fn lease(&self, now: DateTime<Utc>, batch: u32, span: Duration) -> Result<Vec<Due>, OutboxError> {
        let rows = outbox::lease(self, now, batch, span).await.map_err(OutboxError::new)?;
        Ok(rows.into_iter().map(Due::from).collect())
    }

    async fn sent(&self, mails: &[Sent]) -> Result<BTreeSet<Uuid>, OutboxError> {
        outbox::sent_many(self, mails).await.map_err(OutboxError::new)
    }

    async fn retry(
        &self,
        id: Uuid,
        token: Uuid,
        next_attempt_at: DateTime<Utc>,
        error: &str,
    ) -> Result<bool, OutboxError> {
        outbox::retry(self, id, token, next_attempt_at, error)
            .await
            .map_err(OutboxError::new)
    }

    async fn dead(&self, id: Uuid, token: Uuid, at: DateTime<Utc>, error: &str) -> Result<bool, OutboxError> {
        outbox::dead(self, id, token, at, error).await.map_err(OutboxError::new)
    }
}

impl From<outbox::Due> for Due {
    fn from(row: outbox::Due) -> Self {
        Self {
            id: row.id,
            token: row.token,
            notice: row.notice,
            referral_id: row.about,
            reference: row.reference,
            urgency: row.urgency,
            recipient: Recipient {
                agency_name: row.agency_name,
                mailbox: row.mailbox,
                language: row.language,
            },
            because: row.because,
            stands_in: row.stands_in,
            due_at: row.due_at,
            attempts: row.attempts,
            created_at: row.created_at,
            on_call: row.on_call,
            copy: row.copy,
            calendar_file: row.calendar_file,
        }
    }
}
