//! The examples of the OpenAPI document, one youth throughout. All synthetic.

use serde_json::{Value, json};

/// A concern report, sent at once.
pub(super) fn concern_report() -> Value {
    json!({
        "workflow": "concern-report",
        "sender": "uteseksjonen",
        "receiver": "barnevernvakten",
        "person": {
            "alias": "K.", "name": null, "estimatedAge": 16, "identifier": null,
            "whereabouts": { "municipality": "0301", "district": "030116" },
            "residenceStatus": null, "flags": ["missing"], "language": "nb", "interpreter": false, "addressProtection": "none"
        },
        "needs": ["substance-use", "shelter"],
        "urgency": "emergency",
        "legalBasis": { "code": "duty-to-report", "reason": "16 år, alene ute om natten, ruset" },
        "informed": { "youth": true, "guardians": false, "reason": "Foresatte kan ikke nås" },
        "summary": "Vi traff K. ved Vaterland kl. 01.30. Hun har ikke noe sted å sove i natt.",
        "send": true
    })
}

/// The same, stored.
pub(super) fn referral() -> Value {
    let uteseksjonen = agency("019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00", "uteseksjonen", "Uteseksjonen");
    let vakten = agency(
        "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01",
        "barnevernvakten",
        "Barnevernvakten",
    );
    let handoff = json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001",
        "state": "sent",
        "step": { "id": "sent", "title": "Sendt" },
        "sender": uteseksjonen, "receiver": vakten, "assignee": null, "deputy": null, "forwardedBy": null, "successorId": null,
        "legalBasis": {
            "code": "duty-to-report", "title": "meldeplikt", "legalRef": "bvl § 13-2; hpl § 33; sosialtjl § 45",
            "reason": "16 år, alene ute om natten, ruset", "consent": null
        },
        "withheld": [], "consentWithdrawnAt": null,
        "clocks": [{
            "id": "review", "title": "Gjennomgang av meldingen",
            "run": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0c01",
            "startedAt": "2026-11-24T00:45:00Z", "warnAt": "2026-11-24T01:30:00Z", "dueAt": "2026-11-24T01:45:00Z",
            "stoppedAt": null, "pausedAt": null, "status": "running", "overdue": false, "warnedAt": null, "breachedAt": null, "escalationLevel": 0,
            "nextNoticeAt": "2026-11-24T01:30:00Z", "legalRef": "bvl § 2-1",
            "agreement": null, "openingSecondsLeft": 3600
        }],
        "receipts": {
            "stored": "2026-11-24T00:45:00Z", "queued": "2026-11-24T00:45:00Z", "mailed": null, "undeliverable": false,
            "bounced": null, "serverReply": null, "seen": null, "acknowledged": null, "decided": null,
            "recipients": [told()]
        },
        "createdAt": "2026-11-24T00:45:00Z", "endedAt": null, "code": null
    });
    let mut referral = concern_report();
    let stored = json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0000",
        "reference": "K7QF-2M",
        "workflow": { "id": "concern-report", "version": 1, "title": "Bekymringsmelding" },
        "state": "active",
        "originator": uteseksjonen, "custodian": uteseksjonen, "parentId": null, "case": null, "coordinator": null, "disputedSince": null,
        "erased": null, "notShown": [],
        "handoff": handoff, "handoffs": [handoff],
        "actions": [{
            "action": "withdraw", "title": "Trekk tilbake",
            "input": {
                "type": "object",
                "properties": { "reason": { "type": "string", "title": "Begrunnelse", "minLength": 1, "maxLength": 4000 } },
                "required": ["reason"], "additionalProperties": false
            }
        }],
        "nextDueAt": "2026-11-24T01:45:00Z", "overdue": false, "version": 1,
        "createdAt": "2026-11-24T00:45:00Z", "updatedAt": "2026-11-24T00:45:00Z", "closedAt": null
    });
    if let (Some(all), Value::Object(stored)) = (referral.as_object_mut(), stored) {
        for only_written in ["sender", "receiver", "legalBasis", "send"] {
            all.remove(only_written);
        }
        all.extend(stored);
    }
    referral
}

/// A notice to the receiver, about to leave.
pub(super) fn told() -> Value {
    json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0003", "notice": "new-referral", "title": "ny formidling",
        "agency": agency("019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01", "barnevernvakten", "Barnevernvakten"),
        "to": "unit", "status": "queued", "queuedAt": "2026-11-24T00:45:00Z", "heldUntil": null, "attempts": 0,
        "nextAttemptAt": null, "mailedAt": null, "serverReply": null, "bouncedAt": null
    })
}

/// One page of a list.
pub(super) fn page() -> Value {
    json!({
        "items": [{
            "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0000",
            "reference": "K7QF-2M",
            "workflow": { "id": "concern-report", "version": 1, "title": "Bekymringsmelding" },
            "state": "active", "urgency": "emergency",
            "custodian": agency("019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00", "uteseksjonen", "Uteseksjonen"),
            "handoff": {
                "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001", "state": "sent",
                "sender": agency("019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00", "uteseksjonen", "Uteseksjonen"),
                "receiver": agency("019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01", "barnevernvakten", "Barnevernvakten"),
                "assignee": null, "sentAt": "2026-11-24T00:45:00Z"
            },
            "nextDueAt": "2026-11-24T01:45:00Z", "overdue": false, "standingIn": false, "snoozedUntil": null, "version": 1,
            "createdAt": "2026-11-24T00:45:00Z", "updatedAt": "2026-11-24T00:45:00Z", "closedAt": null
        }],
        "nextCursor": null
    })
}

/// An agency by its names.
pub(in crate::http) fn agency(id: &str, slug: &str, name: &str) -> Value {
    json!({ "id": id, "slug": slug, "name": name })
}
