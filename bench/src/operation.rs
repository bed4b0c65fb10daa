//! What is measured: each operation as a request with the answer that it must get, and how it is recorded.

use chrono::{TimeDelta, Utc};
use e2e::Persona;
use hyper::body::Bytes;
use serde_json::json;
use uuid::Uuid;

use crate::error::Error;
use crate::http::{Answer, Call};
use crate::prepare::id_of_row;
use crate::script::Rows;

/// Something that people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Look at one referral, as its sender.
    Read,
    /// Look at the first fifty of an inbox.
    Inbox,
    /// Write a referral and send it.
    Create,
    /// Accept a hand-off.
    Accept,
    /// The same with an `Idempotency-Key`.
    AcceptWithKey,
}

/// The referral that the rows are copies of, as an answer showed it.
#[derive(Debug, Clone)]
pub(crate) struct Original {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its version, as a number.
    pub(crate) version: u64,
}

/// So many lines has a page.
pub(crate) const PAGE: usize = 50;

impl Operation {
    /// In the order in which they are measured: what only reads comes before what changes the lists.
    pub(crate) const ALL: [Self; 5] = [Self::Read, Self::Inbox, Self::Create, Self::Accept, Self::AcceptWithKey];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Read => "read one",
            Self::Inbox => "inbox, page of 50",
            Self::Create => "create and send",
            Self::Accept => "transition",
            Self::AcceptWithKey => "transition, idempotent",
        }
    }

    /// Who does it.
    pub(crate) const fn persona(self) -> Persona {
        match self {
            // The receiver's first look would be noted in the log, which is a change and not a read.
            Self::Read | Self::Create => Persona::Outreach,
            Self::Inbox | Self::Accept | Self::AcceptWithKey => Persona::District,
        }
    }

    /// Which rows the raw side takes.
    pub(crate) const fn rows(self) -> Rows {
        match self {
            Self::Read => Rows::Any,
            Self::Inbox => Rows::Recorded,
            Self::Create | Self::Accept | Self::AcceptWithKey => Rows::Next,
        }
    }

    /// Whether each repetition uses up a prepared row.
    pub(crate) const fn uses_up_rows(self) -> bool {
        matches!(self, Self::Accept | Self::AcceptWithKey)
    }

    /// Whether something is left for the dispatcher.
    pub(crate) const fn sends_mail(self) -> bool {
        !matches!(self, Self::Read | Self::Inbox)
    }

    /// The request about the row with this number.
    pub(crate) fn call(self, number: u64, original: &Original) -> Call {
        self.call_about(&id_of_row(number, original.id), original.version, number)
    }

    /// The request about the referral with this id.
    pub(crate) fn call_about(self, id: &str, version: u64, number: u64) -> Call {
        match self {
            Self::Read => Call::get(format!("/api/v1/referrals/{id}")),
            Self::Inbox => Call::get(format!("/api/v1/referrals?box=inbox&limit={PAGE}")),
            Self::Create => Call::post("/api/v1/referrals", referral()),
            Self::Accept => Call {
                if_match: Some(format!("\"{version}\"")),
                ..Call::post(
                    format!("/api/v1/referrals/{id}/transitions"),
                    Bytes::from_static(br#"{"action":"accept","input":{"assignee":"me"}}"#),
                )
            },
            Self::AcceptWithKey => Call {
                key: Some(key(number)),
                ..Self::Accept.call_about(id, version, number)
            },
        }
    }

    /// Whether this is the answer that the request about the row with this number must get.
    pub(crate) fn check(self, number: u64, original: &Original, answer: &Answer) -> Result<(), Error> {
        let has = |status: u16, version: u64| {
            answer.status == status && answer.etag.as_deref() == Some(&format!("\"{version}\""))
        };
        let about_it = || count(&answer.body, &id_of_row(number, original.id)) > 0;
        let right = match self {
            Self::Read => has(200, original.version) && about_it(),
            Self::Inbox => answer.status == 200 && count(&answer.body, "\"reference\":") == PAGE,
            Self::Create => has(201, original.version),
            Self::Accept | Self::AcceptWithKey => has(200, original.version + 1) && about_it(),
        };
        let name = self.name();
        if right {
            Ok(())
        } else {
            Err(Error::Void(format!("{name}: a wrong answer: {}", answer.summary())))
        }
    }
}

/// The key of a request about the row with this number.
pub(crate) fn key(number: u64) -> String {
    format!("bench-{number:012}")
}

/// A referral to a city district, about somebody who does not exist.
fn referral() -> Bytes {
    let body = json!({
        "workflow": "service-referral",
        "sender": "uteseksjonen",
        "receiver": "bydel-grunerlokka",
        "person": {
            "alias": "Kråka",
            "name": "Kristoffer Eksempelsen",
            "estimatedAge": 16,
            "identifier": { "type": "fnr", "value": "17912099997" },
            "whereabouts": { "municipality": "0301", "district": "030116" },
            "flags": ["missing"],
            "language": "nb",
            "interpreter": false,
            "addressProtection": "none"
        },
        "needs": ["housing"],
        "urgency": "urgent",
        "legalBasis": {
            "code": "consent",
            "reason": "Kråka ønsker hjelpen selv",
            "consent": { "by": "youth", "age": 16, "scope": "Det som står i formidlingen, til bydelen" }
        },
        "informed": { "youth": true, "guardians": false, "reason": "Mormor svarer ikke" },
        "summary": "Kråka trenger et sted å bo. Hun sover i trikkestallen.",
        "send": true
    });
    Bytes::from(body.to_string())
}

/// The span in which a request that begins now and has been answered lies.
pub(crate) fn span_until_now(from: chrono::DateTime<Utc>) -> (chrono::DateTime<Utc>, chrono::DateTime<Utc>) {
    // The server cuts its time to microseconds.
    (from - TimeDelta::milliseconds(1), Utc::now())
}

fn count(text: &[u8], word: &str) -> usize {
    std::str::from_utf8(text).map_or(0, |text| text.matches(word).count())
}
