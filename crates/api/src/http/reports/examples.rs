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
        "acrossAgencies": false,
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

/// The chart of them.
pub(super) fn response_chart() -> Value {
    json!({
        "asOf": "2026-11-24T12:00:00Z",
        "interval": "week",
        "centreMinutes": 96.4,
        "lowerMinutes": 12.1,
        "upperMinutes": 180.7,
        "basis": 12,
        "trial": false,
        "points": [{
            "from": "2026-11-15T23:00:00Z",
            "to": "2026-11-22T23:00:00Z",
            "count": 9,
            "answered": 8,
            "medianMinutes": 195.5,
            "late": 2,
            "signals": ["beyond-limit"],
            "list": "/api/v1/reports/response-times/referrals?from=2026-11-15T23%3A00%3A00Z&to=2026-11-22T23%3A00%3A00Z"
        }]
    })
}

/// The same as a table.
pub(super) const RESPONSE_CHART_TABLE: &str = "from,to,count,answered,medianMinutes,late,signals,list\r\n\
    2026-11-15T23:00:00Z,2026-11-22T23:00:00Z,9,8,195.5,2,beyond-limit,\
    /api/v1/reports/response-times/referrals?from=2026-11-15T23%3A00%3A00Z&to=2026-11-22T23%3A00%3A00Z\r\n";

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

const OF_THE_PAIR: &str = "from=2026-08-31T22%3A00%3A00Z&to=2026-12-31T23%3A00%3A00Z&sender=019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a02\
    &receiver=019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01";

fn figure(count: u64, list: &str) -> Value {
    json!({ "count": count, "list": format!("/api/v1/reports/{list}") })
}

fn sender() -> Value {
    json!({ "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a02", "slug": "uteseksjonen", "name": "Uteseksjonen" })
}

/// The figures of ten hand-offs, with lists below a path.
fn answers(path: &str, query: &str) -> Value {
    let given = "accepted%2Cdeclined%2Creturned-with-advice%2Cforwarded";
    let one = |count: u64, answer: &str| figure(count, &format!("{path}?{query}&answer={answer}"));
    let rate = |share: f64| json!({ "share": share, "of": 8 });
    json!({
        "sent": figure(10, &format!("{path}?{query}")),
        "accepted": one(5, "accepted"),
        "declined": one(2, "declined"),
        "returned": one(1, "returned-with-advice"),
        "forwarded": one(0, "forwarded"),
        "withdrawn": one(1, "withdrawn"),
        "unanswered": one(1, "unanswered"),
        "answered": one(8, given),
        "acceptRate": rate(0.625),
        "declineRate": rate(0.25),
        "returnRate": rate(0.125),
        "forwardRate": rate(0.0)
    })
}

fn with(mut of: Value, more: Value) -> Value {
    if let (Value::Object(of), Value::Object(more)) = (&mut of, more) {
        of.extend(more);
    }
    of
}

fn reason(path: &str, query: &str) -> Value {
    with(
        figure(2, &format!("{path}?{query}&answer=declined&reason=no-capacity")),
        json!({ "answer": "declined", "code": "no-capacity", "title": "ikke kapasitet" }),
    )
}

/// The third report as a table.
pub(super) const FLOW_TABLE: &str = "sender,senderName,receiver,receiverName,workflow,workflowTitle,urgency,sent,accepted,declined,returned,\
    forwarded,withdrawn,unanswered,answered,acceptRate,declineRate,returnRate,forwardRate,list\r\n\
    uteseksjonen,Uteseksjonen,barnevernvakten,Barnevernvakten,,,,10,5,2,1,0,1,1,8,0.625,0.25,0.125,0,\
    /api/v1/reports/flow/referrals?from=2026-08-31T22%3A00%3A00Z&to=2026-12-31T23%3A00%3A00Z\
    &sender=019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a02&receiver=019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01\r\n";

/// One pair of agencies.
pub(super) fn flow() -> Value {
    let period = "from=2026-08-31T22%3A00%3A00Z&to=2026-12-31T23%3A00%3A00Z";
    let disputes = |count: u64, more: &str| figure(count, &format!("flow/disputes?{period}{more}"));
    json!({
        "asOf": "2026-11-24T12:00:00Z",
        "from": "2026-08-31T22:00:00Z",
        "to": "2026-12-31T23:00:00Z",
        "groupBy": ["sender", "receiver"],
        "acrossAgencies": false,
        "rows": [with(answers("flow/referrals", OF_THE_PAIR), json!({
            "sender": sender(),
            "receiver": agency(),
            "reasons": [reason("flow/referrals", OF_THE_PAIR)]
        }))],
        "total": answers("flow/referrals", period),
        "reasons": [reason("flow/referrals", period)],
        "disputes": with(disputes(2, ""), json!({
            "settled": disputes(1, "&standing=settled"),
            "running": disputes(1, "&standing=running"),
            "medianMinutes": 2880.0,
            "longestMinutes": 4320.0
        })),
        "rounds": figure(1, &format!("flow/rounds?{period}")),
        "repeats": figure(2, &format!("flow/repeats?{period}"))
    })
}

/// One hand-off behind a flow.
pub(super) fn flow_item() -> Value {
    json!({
        "reference": "K7QF-2M",
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0000",
        "handoff": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001",
        "sender": sender(),
        "receiver": agency(),
        "workflow": { "id": "service-referral", "title": "Formidling til tjeneste" },
        "urgency": "urgent",
        "sentAt": "2026-11-24T00:45:00Z",
        "answeredAt": "2026-11-24T02:20:30Z",
        "answer": "declined",
        "reason": { "code": "no-capacity", "title": "ikke kapasitet" }
    })
}

/// One disagreement.
pub(super) fn dispute_item() -> Value {
    json!({
        "reference": "K7QF-2M",
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0000",
        "sender": sender(),
        "receiver": agency(),
        "workflow": { "id": "service-referral", "title": "Formidling til tjeneste" },
        "urgency": "urgent",
        "since": "2026-11-20T09:00:00Z",
        "settledAt": "2026-11-22T09:00:00Z",
        "minutes": 2880.0
    })
}

/// One referral.
pub(super) fn reported_referral() -> Value {
    json!({
        "reference": "K7QF-2M",
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0000",
        "workflow": { "id": "service-referral", "title": "Formidling til tjeneste" },
        "urgency": "urgent",
        "state": "active",
        "holder": sender(),
        "createdAt": "2026-11-20T09:00:00Z",
        "handoffs": 3
    })
}

/// The fourth report as a table.
pub(super) const COVERAGE_TABLE: &str = "need,needTitle,mayTake,leavesOut,sent,accepted,declined,returned,forwarded,withdrawn,unanswered,\
    answered,acceptRate,declineRate,returnRate,forwardRate,takenBy,unmet,list\r\n\
    shelter,et sted å være,barnevernvakten,18-22,10,5,2,1,0,1,1,8,0.625,0.25,0.125,0,barnevernvakten 5,3,\
    /api/v1/reports/coverage/referrals?need=shelter&from=2026-08-31T22%3A00%3A00Z&to=2026-12-31T23%3A00%3A00Z\r\n";

/// One need.
pub(super) fn coverage() -> Value {
    let query = "need=shelter&from=2026-08-31T22%3A00%3A00Z&to=2026-12-31T23%3A00%3A00Z";
    json!({
        "asOf": "2026-11-24T12:00:00Z",
        "from": "2026-08-31T22:00:00Z",
        "to": "2026-12-31T23:00:00Z",
        "acrossAgencies": false,
        "rows": [with(answers("coverage/referrals", query), json!({
            "need": "shelter",
            "title": "et sted å være",
            "mayTake": [{ "age": "16-17", "agencies": ["barnevernvakten"], "leavesOut": false }],
            "takenBy": [with(
                figure(5, &format!("coverage/referrals?{query}&answer=accepted&receiver=019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01")),
                json!({ "agency": agency() })
            )],
            "reasons": [reason("coverage/referrals", query)],
            "unmet": figure(3, &format!("coverage/unmet?{query}"))
        }))],
        "agencies": [agency()],
        "nobody": [{
            "needs": ["shelter"],
            "text": "Alder 18–25 med behov for et sted å være, ved kommune 3024: ingen mottaker",
            "outsideDirectory": true
        }]
    })
}

/// One referral that nobody has taken.
pub(super) fn unmet_item() -> Value {
    with(reported_referral(), json!({ "needs": ["shelter"], "waits": false }))
}

/// The report of ages as a table.
pub(super) const AGEING_TABLE: &str = "receiver,receiverName,state,holder,holderName,workflow,workflowTitle,urgency,count,days0to1,days1to3,\
    days3to7,days7to14,days14to28,days28to90,days90on,oldestMinutes,list\r\n\
    barnevernvakten,Barnevernvakten,,,,,,,6,3,1,1,0,1,0,0,23040,\
    /api/v1/reports/ageing/referrals?asOf=2026-11-24T12%3A00%3A00Z&receiver=019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01\r\n";

/// Ages of one group.
pub(super) fn ageing() -> Value {
    let of = "asOf=2026-11-24T12%3A00%3A00Z&receiver=019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01";
    let ages = |query: &str| {
        let bands = [
            ("0-1", 0, Some(1), 3),
            ("1-3", 1, Some(3), 1),
            ("3-7", 3, Some(7), 1),
            ("7-14", 7, Some(14), 0),
        ];
        let older = [
            ("14-28", 14, Some(28), 1),
            ("28-90", 28, Some(90), 0),
            ("90-", 90, None, 0),
        ];
        let bands = bands.into_iter().chain(older).map(|(band, from, until, count)| {
            with(
                figure(count, &format!("ageing/referrals?{query}&band={band}")),
                json!({ "band": band, "fromDays": from, "untilDays": until }),
            )
        });
        json!({
            "count": 6,
            "bands": bands.collect::<Vec<_>>(),
            "oldestMinutes": 23_040.0,
            "list": format!("/api/v1/reports/ageing/referrals?{query}")
        })
    };
    json!({
        "asOf": "2026-11-24T12:00:00Z",
        "groupBy": ["receiver"],
        "rows": [with(ages(of), json!({ "receiver": agency() }))],
        "total": ages("asOf=2026-11-24T12%3A00%3A00Z")
    })
}

/// One referral that is under way.
pub(super) fn ageing_item() -> Value {
    json!({
        "reference": "K7QF-2M",
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0000",
        "handoff": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001",
        "sender": sender(),
        "receiver": agency(),
        "holder": sender(),
        "workflow": { "id": "service-referral", "title": "Formidling til tjeneste" },
        "urgency": "urgent",
        "state": "acknowledged",
        "disputed": false,
        "firstSentAt": "2026-11-08T12:00:00Z",
        "sentAt": "2026-11-20T09:00:00Z",
        "minutes": 23_040.0
    })
}

/// A statement as a table.
pub(super) const AGREEMENT_STATEMENT_TABLE: &str = "month,sender,receiver,reference,handoffs,purpose,title,all,within,late,unanswered,\
    overdue,withdrawn,medianMinutes,list\r\n\
    2026-11,uteseksjonen,barnevernvakten,2026/418,12,answer,Svare på henvendelsen,12,9,1,2,1,0,310.5,\
    /api/v1/agencies/uteseksjonen/agreements/019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001/statement/referrals\
    ?month=2026-11&purpose=answer&asOf=2026-11-24T12%3A00%3A00Z\r\n";

/// How an agreement was kept.
pub(super) fn agreement_statement() -> Value {
    let figure = |count: u64, more: &str| {
        let path = "agencies/uteseksjonen/agreements/019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001/statement/referrals";
        json!({ "count": count, "list": format!("/api/v1/{path}?month=2026-11{more}&asOf=2026-11-24T12%3A00%3A00Z") })
    };
    json!({
        "agreement": "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001",
        "reference": "2026/418",
        "number": 1,
        "sender": sender(),
        "receiver": agency(),
        "asOf": "2026-11-24T12:00:00Z",
        "months": [{
            "month": "2026-11",
            "handoffs": figure(12, ""),
            "limits": [{
                "purpose": "answer",
                "title": "Svare på henvendelsen",
                "all": figure(12, "&purpose=answer"),
                "within": figure(9, "&purpose=answer&outcome=within"),
                "late": figure(1, "&purpose=answer&outcome=late"),
                "unanswered": figure(2, "&purpose=answer&outcome=unanswered"),
                "overdue": figure(1, "&purpose=answer&outcome=overdue"),
                "withdrawn": figure(0, "&purpose=answer&outcome=withdrawn"),
                "medianMinutes": 310.5,
                "shareWithin": 0.8182
            }]
        }]
    })
}

/// One limit behind it.
pub(super) fn agreement_statement_item() -> Value {
    json!({
        "reference": "K7QF-2M",
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0000",
        "handoff": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001",
        "workflow": { "id": "service-referral", "title": "Formidling til tjeneste" },
        "urgency": "urgent",
        "purpose": "answer",
        "sentAt": "2026-11-10T09:00:00Z",
        "startedAt": "2026-11-10T09:00:00Z",
        "dueAt": "2026-11-11T22:59:59Z",
        "stoppedAt": "2026-11-12T08:00:00Z",
        "outcome": "late",
        "minutes": 2820.0
    })
}
