//! How far each notice has come: who was told what, by which way, and whether it arrived.

use chrono::{DateTime, Utc};
use serde::Serialize;
use stafett_store::outbox::{Receipt, Status, Way};
use stafett_workflow::vocabulary::{Code, Language};
use utoipa::ToSchema;
use uuid::Uuid;

use super::output::AgencyOut;
use crate::app::referrals::view::Names;

/// One notice to one recipient.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailOut {
    id: Uuid,
    /// What was told.
    #[schema(example = "new-referral")]
    notice: String,
    title: String,
    /// Which agency was told.
    agency: AgencyOut,
    /// `unit`: its mailbox. `person`: one person there. `copy`: whoever is responsible, besides the unit. `on-call`: whoever is on call.
    #[schema(example = "unit")]
    to: &'static str,
    /// `held`: waits until the unit opens. `queued`: about to leave. `retrying`: was not taken and is tried again. `mailed`: a
    /// mail server took it. `undeliverable` and `bounced`: somebody must see to it.
    #[schema(example = "mailed")]
    status: &'static str,
    queued_at: DateTime<Utc>,
    /// Until when it waits for the unit to open.
    held_until: Option<DateTime<Utc>>,
    /// How often it was tried.
    attempts: u32,
    /// When it is tried again.
    next_attempt_at: Option<DateTime<Utc>>,
    mailed_at: Option<DateTime<Utc>>,
    /// What the mail server said when it took it, or last when it did not; never an address.
    #[schema(example = "250 2.0.0 Ok: queued")]
    server_reply: Option<String>,
    /// When it came back.
    bounced_at: Option<DateTime<Utc>>,
}

impl MailOut {
    /// A notice as it stands.
    #[must_use]
    pub fn of(receipt: &Receipt, names: &Names, language: Language) -> Self {
        let waits = receipt.status == Status::Pending;
        Self {
            id: receipt.id,
            notice: receipt.notice.to_string(),
            title: receipt.notice.title(language).to_owned(),
            agency: AgencyOut::of(receipt.agency, names),
            to: way(receipt.way),
            status: status(receipt),
            queued_at: receipt.queued_at,
            held_until: receipt.held_until(),
            attempts: receipt.attempts,
            next_attempt_at: (waits && receipt.attempts > 0).then_some(receipt.next_attempt_at),
            mailed_at: receipt.sent_at,
            server_reply: [&receipt.bounce, &receipt.last_error, &receipt.server_reply]
                .into_iter()
                .find_map(|said| said.as_deref().map(without_addresses)),
            bounced_at: receipt.bounced_at,
        }
    }

    /// What the mail server said.
    pub(super) fn reply(self) -> Option<String> {
        self.server_reply
    }
}

/// As it is told to clients.
pub const fn way(way: Way) -> &'static str {
    match way {
        Way::Unit => "unit",
        Way::Person => "person",
        Way::Copy => "copy",
        Way::OnCall => "on-call",
    }
}

fn status(receipt: &Receipt) -> &'static str {
    match receipt.status {
        Status::Dead => "undeliverable",
        Status::Sent if receipt.bounced_at.is_some() => "bounced",
        Status::Sent => "mailed",
        Status::Pending if receipt.held_until().is_some() => "held",
        Status::Pending if receipt.last_error.is_some() => "retrying",
        Status::Pending => "queued",
    }
}

/// Where a unit reads its mail is the unit's own affair.
fn without_addresses(said: &str) -> String {
    let words = said.split_whitespace().map(|word| match word.contains('@') {
        true => "…",
        false => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_told_without_addresses() {
        assert_eq!(
            without_addresses("550 5.1.1 <post@bup.example>: no such user, ask a@b"),
            "550 5.1.1 … no such user, ask …"
        );
    }
}
