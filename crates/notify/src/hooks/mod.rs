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

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use stafett_workflow::disclosure::Field;
    use stafett_workflow::vocabulary::{Code, Language, Need, Notice, Urgency};
    use uuid::Uuid;

    use super::*;
    use crate::mail::sample::renderer;

    fn due(notice: Notice, urgency: Urgency, language: Language, reference: &str) -> Due {
        let at: DateTime<Utc> = "2026-11-24T12:00:00Z".parse().unwrap();
        Due {
            id: Uuid::from_u128(1),
            token: Uuid::from_u128(2),
            webhook: Uuid::from_u128(3),
            url: "https://system.example/".to_owned(),
            generation: 1,
            rotated_at: at,
            notice,
            referral: Some(Uuid::from_u128(4)),
            handoff: Some(Uuid::from_u128(5)),
            reference: reference.to_owned(),
            urgency,
            due_at: Some(at),
            language,
            attempts: 0,
            created_at: at,
        }
    }

    /// What may flow to whom is a table of fields. Of what it governs a telling has nothing, whatever it tells, so it needs no
    /// leave; whoever adds a member to it finds this test.
    #[test]
    fn nothing_that_disclosure_governs_is_told_to_a_system() {
        let renderer = renderer();
        let mut told = 0;
        for notice in Notice::ALL {
            for urgency in Urgency::ALL {
                for language in &[Language::Nb, Language::En] {
                    let due = due(*notice, *urgency, *language, "K7QF-2M");
                    let words = renderer.subject(
                        due.notice,
                        due.language,
                        due.urgency,
                        &due.reference,
                        due.due_at,
                        due.created_at,
                    );
                    let body = body(&due, &words);
                    let members = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
                    assert_eq!(members(&body), ["data", "timestamp", "type"]);
                    assert_eq!(
                        members(&body["data"]),
                        ["dueAt", "handoff", "reference", "referral", "text", "urgency"]
                    );
                    let names = members(&body["data"]);
                    for field in Field::ALL {
                        assert!(
                            !names
                                .iter()
                                .any(|name| name == field.as_str() || name == &field.as_str().replace('-', ""))
                        );
                    }
                    let text = words.to_lowercase();
                    for need in Need::ALL {
                        assert!(
                            !text.contains(&need.title(*language).to_lowercase()),
                            "{} in {words}",
                            need.as_str()
                        );
                    }
                    assert!(words.ends_with("K7QF-2M"), "{words}");
                    told += 1;
                }
            }
        }
        assert_eq!(told, Notice::ALL.len() * Urgency::ALL.len() * 2);
    }
}
