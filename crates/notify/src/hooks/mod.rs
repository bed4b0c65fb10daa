//! Telling the systems of units, by the Standard Webhooks specification.
//!
//! A telling is thin: what happened and to which referral, and nothing that a mail may not say. It is signed in two ways, by a secret
//! that both sides share (HMAC) and by a key of which the other side needs the public half only (Ed25519). Addresses are entered by
//! administrators and lead outside: a name is resolved for each connection, and one that leads to a private network is not connected
//! to; nobody is led on by a redirect.

pub mod guard;
mod sign;
mod worker;

use serde_json::{Value, json};
use stafett_store::webhooks::Due;

pub use reqwest::Error as ClientError;
pub use sign::Keys;
pub use worker::{STILL, Secrets, Settings, Teller};

/// What is told. The same at every attempt.
#[must_use]
pub fn body(due: &Due, words: &str) -> Value {
    json!({
        "type": format!("{}.{}", if due.referral.is_some() { "referral" } else { "case" }, due.notice),
        "timestamp": due.created_at,
        "data": {
            "referral": due.referral,
            "handoff": due.handoff,
            "reference": due.reference,
            "urgency": due.urgency.as_str(),
            "dueAt": due.due_at,
            "text": words,
        },
    })
}
