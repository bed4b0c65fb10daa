//! The examples of the OpenAPI document. All synthetic.

use serde_json::{Value, json};

/// The first report as a table.
pub(super) const RESPONSE_TIMES_TABLE: &str = "receiver,receiverName,workflow,workflowTitle,urgency,count,answered,unanswered,withdrawn,\
    medianMinutes,p90Minutes,medianMinutesToAcknowledge,withinLimit,late,shareWithinLimit,list\r\n\
    barnevernvakten,Barnevernvakten,concern-report,Bekymringsmelding,,42,38,3,1,95.5,,12.25,36,4,0.9,\
    /api/v1/reports/response-times/referrals?from=2026-08-31T22%3A00%3A00Z&to=2026-12-31T23%3A00%3A00Z\
    &receiver=019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01&workflow=concern-report\r\n";

/// Figures of one group.
pub(super) fn response_times() -> Value {
    json!({
        "asOf": "2026-11-24T12:00:00Z",
        "from": "2026-08-31T22:00:00Z",
        "to": "2026-12-31T23:00:00Z",
        "groupBy": ["receiver", "workflow"],
        "rows": [{
            "receiver": agency(),
            "workflow": { "id": "concern-report", "title": "Bekymringsmelding" },
            "count": 42,
            "answered": 38,
            "unanswered": 3,
            "withdrawn": 1,
            "medianMinutes": 95.5,
            "p90Minutes": null,
            "medianMinutesToAcknowledge": 12.25,
            "withinLimit": 36,
            "late": 4,
            "shareWithinLimit": 0.9,
            "list": "/api/v1/reports/response-times/referrals?from=2026-08-31T22%3A00%3A00Z&to=2026-12-31T23%3A00%3A00Z\
                     &receiver=019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01&workflow=concern-report"
        }]
    })
}

/// One hand-off behind them.
pub(super) fn response_times_item() -> Value {
    json!({
        "reference": "K7QF-2M",
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0000",
        "handoff": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001",
        "receiver": agency(),
        "workflow": { "id": "concern-report", "title": "Bekymringsmelding" },
        "urgency": "emergency",
        "status": "answered",
        "sentAt": "2026-11-24T00:45:00Z",
        "acknowledgedAt": "2026-11-24T00:57:00Z",
        "decidedAt": "2026-11-24T02:20:30Z",
        "dueAt": "2026-11-24T01:45:00Z",
        "minutes": 95.5,
        "overdue": true
    })
}

/// The second report as a table.
pub(super) const OVERDUE_TABLE: &str = "holder,holderName,workflow,clock,clockTitle,legalRef,urgency,count,longestMinutes,oldestDueAt,\
    list\r\nbarnevernvakten,Barnevernvakten,concern-report,review,Gjennomgang av meldingen,bvl § 2-1,,2,615,\
    2026-11-24T01:45:00Z,/api/v1/reports/overdue/referrals?dueBefore=2026-11-24T12%3A00%3A00Z\
    &holder=019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01&workflow=concern-report&clock=review\r\n";

fn clock() -> Value {
    json!({
        "id": "review",
        "title": "Gjennomgang av meldingen",
        "workflow": { "id": "concern-report", "title": "Bekymringsmelding" },
        "legalRef": "bvl § 2-1"
    })
}

fn agency() -> Value {
    json!({ "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01", "slug": "barnevernvakten", "name": "Barnevernvakten" })
}

/// Missed limits of one group.
pub(super) fn overdue() -> Value {
    json!({
        "asOf": "2026-11-24T12:00:00Z",
        "groupBy": ["holder", "clock"],
        "rows": [{
            "holder": agency(),
            "clock": clock(),
            "count": 2,
            "longestMinutes": 615.0,
            "oldestDueAt": "2026-11-24T01:45:00Z",
            "list": "/api/v1/reports/overdue/referrals?dueBefore=2026-11-24T12%3A00%3A00Z\
                     &holder=019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01&workflow=concern-report&clock=review"
        }]
    })
}

/// One of them.
pub(super) fn overdue_item() -> Value {
    json!({
        "reference": "K7QF-2M",
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0000",
        "handoff": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001",
        "holder": agency(),
        "receiver": agency(),
        "clock": clock(),
        "urgency": "emergency",
        "startedAt": "2026-11-24T00:45:00Z",
        "dueAt": "2026-11-24T01:45:00Z",
        "minutesOverdue": 615.0
    })
}
