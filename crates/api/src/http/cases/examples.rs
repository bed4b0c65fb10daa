//! The examples of the OpenAPI document.

use serde_json::{Value, json};

use crate::http::referrals::examples::agency;

fn outreach() -> Value {
    agency("019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00", "uteseksjonen", "Uteseksjonen")
}

fn child_welfare() -> Value {
    agency(
        "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01",
        "barnevernvakten",
        "Barnevernvakten",
    )
}

/// One youth, two receivers that do not see each other's part.
pub(super) fn trafficking() -> Value {
    json!({
        "coordinator": "uteseksjonen",
        "needs": ["school-work"],
        "person": { "alias": "K.", "estimatedAge": 16, "flags": ["suspected-trafficking"] },
        "referrals": [
            {
                "workflow": "concern-report", "receiver": "barnevernvakten", "needs": ["shelter"], "urgency": "emergency",
                "legalBasis": { "code": "duty-to-report", "reason": "16 år, blir passet på av voksne menn" },
                "informed": { "youth": false, "guardians": false, "reason": "Kan utsette henne for fare" },
                "summary": "Vi traff K. ved Vaterland kl. 01.30.", "send": true
            },
            {
                "workflow": "notification", "receiver": "udi", "needs": ["residence-permit"], "urgency": "urgent",
                "legalBasis": { "code": "duty-to-avert", "reason": "Mistanke om menneskehandel" },
                "summary": "Uten papirer, mulig offer for menneskehandel.", "send": true
            }
        ]
    })
}

/// A new referral in a case.
pub(super) fn addition() -> Value {
    json!({
        "workflow": "service-referral", "sender": "uteseksjonen", "receiver": "bydel-grunerlokka", "needs": ["school-work"],
        "urgency": "routine",
        "legalBasis": { "code": "right-to-disclose", "reason": "Avtalt samarbeid" },
        "summary": "Vil begynne på skole.", "send": true
    })
}

/// A case as it comes back.
pub(super) fn case() -> Value {
    json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f7000",
        "reference": "S-K7QF-2N",
        "state": "open", "relation": "coordinator",
        "coordinator": outreach(),
        "coordinatorPerson": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b01", "name": "Kari Nordby" },
        "proposal": null,
        "needs": [
            {
                "need": "shelter", "title": "et sted å være", "cover": "waiting", "coverTitle": "venter på svar",
                "referral": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0000", "reference": "K7QF-2M" },
                "agency": child_welfare(), "since": "2026-11-24T00:45:00Z", "until": "2026-11-24T01:45:00Z"
            },
            {
                "need": "school-work", "title": "skole og arbeid", "cover": "nobody", "coverTitle": "ingen har den",
                "referral": null, "agency": null, "since": null, "until": null
            }
        ],
        "uncovered": 1,
        "referrals": [{
            "visibility": "full",
            "referral": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0000", "reference": "K7QF-2M" },
            "workflow": "concern-report", "needs": ["shelter"], "state": "active", "handoffState": "sent",
            "urgency": "emergency", "receiver": child_welfare(), "custodian": outreach(),
            "nextDueAt": "2026-11-24T01:45:00Z", "overdue": false
        }],
        "participants": [
            { "agency": outreach(), "relations": ["sender", "custodian", "coordinator"] },
            { "agency": child_welfare(), "relations": ["receiver"] }
        ],
        "actions": [{
            "action": "close", "title": "Avslutt saken", "request": "POST /cases/{id}/transitions",
            "input": {
                "type": "object",
                "properties": { "reason": { "type": "string", "title": "Begrunnelse", "minLength": 1, "maxLength": 4000 } },
                "required": ["reason"], "additionalProperties": false
            }
        }],
        "version": 1,
        "openedAt": "2026-11-24T00:45:00Z", "updatedAt": "2026-11-24T00:45:00Z", "closedAt": null
    })
}

/// One page of a list.
pub(super) fn page() -> Value {
    json!({
        "items": [{
            "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f7000",
            "reference": "S-K7QF-2N", "state": "open", "relation": "coordinator",
            "coordinator": outreach(),
            "coordinatorPerson": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b01", "name": "Kari Nordby" },
            "referrals": 2, "active": 2, "uncovered": 1,
            "nextDueAt": "2026-11-24T01:45:00Z", "overdue": false,
            "openedAt": "2026-11-24T00:45:00Z", "closedAt": null
        }],
        "nextCursor": null
    })
}

/// What has happened.
pub(super) fn timeline() -> Value {
    json!({
        "items": [{
            "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f7001",
            "at": "2026-11-24T00:45:00Z", "kind": "opened", "title": "Saken åpnet. Koordinerer: Uteseksjonen",
            "caseId": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f7000",
            "actor": {
                "user": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b01", "name": "Kari Nordby" },
                "agency": outreach(), "role": "worker"
            },
            "referral": null, "need": null, "reason": null
        }],
        "nextCursor": null
    })
}
