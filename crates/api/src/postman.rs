//! A test mail, at once and by the way that notices take: whoever sets up a mailbox wants to see what the mail server says.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use stafett_notify::channel::{Failure, FailureKind, Reply};
use stafett_notify::mail::RenderError;
use stafett_notify::{Channel, Due, Recipient, Renderer};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::vocabulary::{Language, Notice, Urgency};
use uuid::Uuid;

/// So long somebody looks at a screen.
const PATIENCE: Duration = Duration::from_secs(20);
/// So many in a row for one agency, and one more after each pause.
const IN_A_ROW: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);
const PAUSE: Duration = Duration::from_secs(120);

/// Carries test mails.
pub struct Postman {
    channel: Arc<dyn Channel>,
    renderer: Renderer,
    by_agency: DefaultKeyedRateLimiter<AgencyId>,
}

impl std::fmt::Debug for Postman {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postman").finish_non_exhaustive()
    }
}

/// To whom a test goes.
#[derive(Debug, Clone, Copy)]
pub struct Addressee<'a> {
    /// The unit's own name.
    pub unit: &'a str,
    /// The address.
    pub mailbox: &'a str,
    /// The language that it reads.
    pub language: Language,
}

impl Postman {
    /// Carries by `channel`.
    #[must_use]
    pub fn new(channel: Arc<dyn Channel>, renderer: Renderer) -> Self {
        let quota = Quota::with_period(PAUSE).unwrap_or_else(|| Quota::per_minute(IN_A_ROW));
        Self {
            channel,
            renderer,
            by_agency: RateLimiter::keyed(quota.allow_burst(IN_A_ROW)),
        }
    }

    /// Counts a test for an agency: a mailbox of somebody else, entered by mistake, must not be filled.
    ///
    /// # Errors
    /// How long to wait, when there were too many.
    pub fn may(&self, agency: AgencyId) -> Result<(), Duration> {
        self.by_agency.retain_recent();
        self.by_agency
            .check_key(&agency)
            .map_err(|refused| refused.wait_time_from(DefaultClock::default().now()))
    }

    /// Sends one and waits for what the other side says.
    ///
    /// # Errors
    /// When it cannot be written at all: the address is none.
    pub async fn send(&self, to: Addressee<'_>, now: DateTime<Utc>) -> Result<Result<Reply, Failure>, RenderError> {
        let due = Due {
            id: Uuid::now_v7(),
            token: Uuid::nil(),
            notice: Notice::MailboxTest,
            referral_id: Uuid::now_v7(),
            reference: String::new(),
            urgency: Urgency::Routine,
            recipient: Recipient {
                agency_name: to.unit.to_owned(),
                mailbox: Some(to.mailbox.to_owned()),
                language: to.language,
            },
            because: None,
            stands_in: false,
            due_at: None,
            attempts: 0,
            created_at: now,
            on_call: false,
            copy: false,
            calendar_file: false,
        };
        let mail = self.renderer.render(&due)?;
        let late = || {
            let words = "the mail server did not answer in time; the mail may have arrived";
            Err(Failure::new(FailureKind::TimedOut, words))
        };
        Ok(tokio::time::timeout(PATIENCE, self.channel.deliver(&mail))
            .await
            .unwrap_or_else(|_elapsed| late()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, PublicUrl};

    #[test]
    fn a_mailbox_is_not_filled_with_tests() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::embedded(dir.path()).unwrap();
        let url = PublicUrl::of_listener("127.0.0.1:1".parse().unwrap());
        let (channel, renderer) = crate::mailroom::open(&config, &url).unwrap();
        let postman = Postman::new(channel, renderer);
        let (one, other) = (AgencyId(Uuid::from_u128(1)), AgencyId(Uuid::from_u128(2)));
        for _ in 0..5 {
            postman.may(one).unwrap();
        }
        let wait = postman.may(one).unwrap_err();
        assert!(wait > Duration::from_secs(60) && wait <= PAUSE, "{wait:?}");
        postman.may(other).unwrap();
    }
}
