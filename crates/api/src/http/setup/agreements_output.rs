//! How an agreement is written out.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use stafett_workflow::agreement::{Change, Status, Word};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::referrals::view::Names;
use crate::app::setup::agreements::Shown;
use crate::http::referrals::output::{AgencyOut, PersonRef};

/// One version of what two agencies have agreed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AgreementOut {
    id: Uuid,
    /// Which version it is between these two in this direction, from 1.
    number: u32,
    /// How the agencies call it.
    reference: String,
    /// Who sends.
    sender: AgencyOut,
    /// Who receives.
    receiver: AgencyOut,
    /// How long, for each purpose (a code of the list `agreement-limit`) and urgency.
    limits: BTreeMap<String, BTreeMap<String, String>>,
    /// The first day on which it counts.
    valid_from: Option<NaiveDate>,
    /// The last day; null: until somebody ends it.
    valid_to: Option<NaiveDate>,
    /// A code of the list `agreement-status`.
    #[schema(value_type = String, example = "approved")]
    status: Status,
    /// Whether it counts for what is sent now.
    in_force: bool,
    /// Who proposed it.
    proposed: WordOut,
    /// Who approved, rejected or withdrew it.
    answered: Option<WordOut>,
    /// Who ended it.
    ended: Option<WordOut>,
    /// What the caller may do with it now; codes of the list `agreement-action`.
    #[schema(value_type = Vec<String>)]
    actions: Vec<Change>,
    /// Counts what was done with it; the `ETag`.
    version: u32,
}

/// Who said something for which party, and when.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AgreementWord)]
struct WordOut {
    user: PersonRef,
    agency: AgencyOut,
    at: DateTime<Utc>,
}

impl WordOut {
    fn of(word: Word, names: &Names) -> Self {
        Self {
            user: PersonRef::of(word.user, names),
            agency: AgencyOut::of(word.agency, names),
            at: word.at,
        }
    }
}

impl AgreementOut {
    pub(super) fn of(shown: &Shown) -> Self {
        let (agreement, names) = (&shown.agreement, &shown.names);
        let mut limits: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (purpose, urgency, limit) in agreement.limits.iter() {
            let by_urgency = limits.entry(purpose.to_string()).or_default();
            by_urgency.insert(urgency.to_string(), limit.to_string());
        }
        let word = |word: Word| WordOut::of(word, names);
        Self {
            id: agreement.id.0,
            number: agreement.number,
            reference: agreement.reference.clone(),
            sender: AgencyOut::of(agreement.sender, names),
            receiver: AgencyOut::of(agreement.receiver, names),
            limits,
            valid_from: agreement.validity.from,
            valid_to: agreement.validity.to,
            status: agreement.status,
            in_force: shown.in_force,
            proposed: word(agreement.proposed),
            answered: agreement.answered.map(word),
            ended: agreement.ended.map(word),
            actions: shown.actions.clone(),
            version: agreement.revision,
        }
    }
}

/// One in force.
pub(super) fn example() -> Value {
    let mut approved = proposed();
    for (field, value) in [
        ("status", json!("approved")),
        ("inForce", json!(true)),
        ("actions", json!(["end"])),
        ("version", json!(2)),
        (
            "answered",
            json!({
                "user": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b12", "name": "Rune Lie" },
                "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01", "slug": "barnevernvakten", "name": "Barnevernvakten" },
                "at": "2026-11-26T09:30:00Z"
            }),
        ),
    ] {
        if let Some(place) = approved.get_mut(field) {
            *place = value;
        }
    }
    approved
}

/// One that waits for the other party.
pub(super) fn proposed() -> Value {
    json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001",
        "number": 1,
        "reference": "2026/418",
        "sender": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a02", "slug": "bydel-grunerlokka", "name": "Bydel Grünerløkka" },
        "receiver": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01", "slug": "barnevernvakten", "name": "Barnevernvakten" },
        "limits": {
            "acknowledge": { "emergency": "1 hour", "urgent": "4 hours", "routine": "1 working day" },
            "answer": { "urgent": "24 hours", "routine": "5 working days" }
        },
        "validFrom": "2026-12-01",
        "validTo": null,
        "status": "proposed",
        "inForce": false,
        "proposed": {
            "user": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b09", "name": "Siri Berg" },
            "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a02", "slug": "bydel-grunerlokka", "name": "Bydel Grünerløkka" },
            "at": "2026-11-25T12:00:00Z"
        },
        "answered": null,
        "ended": null,
        "actions": ["withdraw"],
        "version": 1
    })
}
