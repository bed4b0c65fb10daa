//! What a lead is told: figures in which the unanswered count, and a list behind each that is as long as it says.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{App, Client, Home, Persona, on_both_databases};
use serde_json::{Value, json};
use stafett_api::clock::{Clock as _, Manual};

const SECRET: &str = "Hemmelig alias";

fn monday() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

/// Outreach sends somebody something.
async fn send(app: &App<'_>, workflow: &str, receiver: &str, basis: &str) -> Value {
    let body = json!({
        "workflow": workflow, "sender": "uteseksjonen", "receiver": receiver,
        "person": { "alias": SECRET, "estimatedAge": 16 },
        "needs": ["shelter"], "urgency": "urgent",
        "legalBasis": { "code": basis, "reason": "Alene ute om natten" },
        "informed": { "youth": true, "guardians": true },
        "summary": "Trenger et sted å sove", "send": true
    });
    app.by(Persona::Outreach)
        .post("/referrals", &body)
        .await
        .expect(201)
        .json()
}

async fn concern(app: &App<'_>) -> Value {
    send(app, "concern-report", "barnevernvakten", "duty-to-report").await
}

async fn act(by: &Client, referral: &Value, action: &str, input: Value) -> Value {
    let path = format!("/referrals/{}/transitions", referral["id"].as_str().unwrap());
    let etag = format!("\"{}\"", referral["version"]);
    by.post(&path, &json!({ "action": action, "input": input }))
        .if_match(&etag)
        .await
        .expect(200)
        .json()
}

/// All items of the list behind a row, in pages of two.
async fn behind(client: &Client, row: &Value) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client
            .get(&format!("{}&limit=2{cursor}", row["list"].as_str().unwrap()))
            .await
            .expect(200)
            .json();
        items.extend(page["items"].as_array().unwrap().clone());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

async fn rows(client: &Client, path: &str) -> Vec<Value> {
    let report = client.get(path).await.expect(200);
    assert!(
        !report.text().contains(SECRET),
        "a report tells nothing of anybody: {}",
        report.text()
    );
    let rows = report.json()["rows"].as_array().unwrap().clone();
    for row in &rows {
        let items = behind(client, row).await;
        assert_eq!(row["count"], items.len(), "{row:#}");
        assert!(!format!("{items:?}").contains(SECRET));
    }
    rows
}

async fn home(kind: e2e::DatabaseKind) -> (Home, Arc<Manual>) {
    Home::with_clock(kind, monday()).await
}

on_both_databases! {
    async fn the_unanswered_are_in_the_figures(kind: DatabaseKind) {
        let (home, clock) = home(kind).await;
        let app = home.start().await;
        let (welfare, lead) = (app.by(Persona::ChildWelfare), app.by(Persona::Lead));
        let sent = [concern(&app).await, concern(&app).await, concern(&app).await];
        clock.advance(TimeDelta::hours(2));
        act(&welfare, &sent[0], "accept", json!({})).await;
        clock.advance(TimeDelta::hours(46));
        act(&welfare, &sent[1], "accept", json!({})).await;

        let report = rows(&lead, "/reports/response-times").await;
        assert_eq!(report.len(), 1);
        let row = &report[0];
        assert_eq!((&row["receiver"]["slug"], &row["workflow"]["id"]), (&"barnevernvakten".into(), &"concern-report".into()));
        assert_eq!((&row["count"], &row["answered"], &row["unanswered"]), (&3.into(), &2.into(), &1.into()));
        assert_eq!((&row["medianMinutes"], &row["p90Minutes"]), (&2880.0.into(), &Value::Null));
        assert_eq!(row["medianMinutesToAcknowledge"], 2880.0);
        assert_eq!((&row["withinLimit"], &row["late"], &row["shareWithinLimit"]), (&2.into(), &0.into(), &1.0.into()));

        // The week is over: the third is late, and the figures of the others do not get better by it.
        clock.advance(TimeDelta::days(10));
        let row = &rows(&lead, "/reports/response-times").await[0];
        assert_eq!((&row["medianMinutes"], &row["p90Minutes"]), (&2880.0.into(), &Value::Null));
        assert_eq!((&row["withinLimit"], &row["late"], &row["shareWithinLimit"]), (&2.into(), &1.into(), &0.6667.into()));
        let items = behind(&lead, row).await;
        let told: Vec<_> = items
            .iter()
            .map(|item| (item["status"].as_str().unwrap(), item["minutes"].as_f64().unwrap(), item["overdue"].as_bool().unwrap()))
            .collect();
        let twelve_days = 60.0 * 24.0 * 12.0;
        assert!(told.contains(&("answered", 120.0, false)), "{told:?}");
        assert!(told.contains(&("unanswered", twelve_days, true)), "{told:?}");
        assert_eq!(items[0]["reference"].as_str().map(str::len), Some(7));

        // Taken back, it no longer waits; that it was late by then stays.
        act(&app.by(Persona::Outreach), &sent[2], "withdraw", json!({ "reason": "Funnet" })).await;
        let row = &rows(&lead, "/reports/response-times").await[0];
        assert_eq!((&row["unanswered"], &row["withdrawn"], &row["late"]), (&0.into(), &1.into(), &1.into()));
        app.finish().await;
    }

    async fn who_may_know_of_it_sees_it(kind: DatabaseKind) {
        let (home, clock) = home(kind).await;
        let app = home.start().await;
        concern(&app).await;
        send(&app, "service-referral", "bydel-grunerlokka", "right-to-disclose").await;
        clock.advance(TimeDelta::days(30));
        let lead = app.by(Persona::Lead);
        let sum = |rows: Vec<Value>| rows.iter().map(|row| row["count"].as_u64().unwrap()).sum::<u64>();
        let sent = sum(rows(&lead, "/reports/response-times?groupBy=urgency").await);
        let missed = sum(rows(&lead, "/reports/overdue?groupBy=holder").await);
        // Of the concern report two limits are missed; of the other nothing is hers.
        assert_eq!((sent, missed), (1, 2));
        let paths = [
            "/reports/response-times",
            "/reports/response-times/referrals",
            "/reports/overdue",
            "/reports/overdue/referrals",
        ];
        for path in paths {
            app.by_nobody().get(path).await.problem(401, "unauthenticated");
            for persona in [Persona::Outreach, Persona::ChildWelfare, Persona::Admin] {
                app.by(persona).get(path).await.problem(403, "forbidden");
            }
        }
        for persona in [Persona::Auditor, Persona::Coordinator] {
            let client = app.by(persona);
            client.get("/reports/response-times").await.expect(200);
            for path in paths.into_iter().skip(1) {
                client.get(path).await.problem(403, "forbidden");
            }
        }
        app.finish().await;
    }

    async fn across_agencies_by_workflow_and_nobody_is_told_of_a_single_one(kind: DatabaseKind) {
        let april: DateTime<Utc> = "2026-04-20T09:00:00Z".parse().unwrap();
        let (home, clock) = Home::with_clock(kind, april).await;
        let app = home.start().await;
        let (welfare, auditor) = (app.by(Persona::ChildWelfare), app.by(Persona::Auditor));
        let eight = async || {
            let mut sent = Vec::new();
            for _ in 0..8 {
                sent.push(concern(&app).await);
            }
            clock.advance(TimeDelta::hours(2));
            for referral in &sent[..4] {
                act(&welfare, referral, "accept", json!({})).await;
            }
            sent
        };
        // In one third every figure is large; in the next there is one to somebody else.
        let first = eight().await;
        clock.set("2026-06-10T09:00:00Z".parse().unwrap());
        eight().await;
        send(&app, "service-referral", "bup-oslo", "right-to-disclose").await;
        clock.set("2026-09-02T09:00:00Z".parse().unwrap());

        let third = "/reports/response-times?from=2026-01-01&to=2026-04-30";
        let shown = auditor.get(third).await.expect(200).json();
        assert_eq!((&shown["acrossAgencies"], &shown["asOf"], &shown["groupBy"]), (&json!(true), &json!("2026-04-30T22:00:00Z"), &json!(["workflow"])));
        let row = &shown["rows"][0];
        assert_eq!((&row["workflow"]["id"], &row["count"], &row["receiver"]), (&json!("concern-report"), &json!(8), &Value::Null));
        // The answers are told by the flow, and masked there.
        assert_eq!((&row["answered"], &row["unanswered"], &row["withdrawn"]), (&Value::Null, &Value::Null, &Value::Null));
        assert_eq!((&row["withinLimit"], &row["late"], &row["list"]), (&json!(4), &json!(4), &Value::Null));
        // Half of eight have four on either side; of nine in ten one is beyond.
        assert_eq!((&row["medianMinutes"], &row["p90Minutes"]), (&json!(120.0), &Value::Null));
        // What is answered later does not show in a third that is over.
        act(&welfare, &first[7], "accept", json!({})).await;
        assert_eq!(auditor.get(third).await.expect(200).json(), shown);

        let summer = auditor.get("/reports/response-times").await.expect(200).json();
        let rows = summer["rows"].as_array().unwrap();
        let single = rows.iter().find(|row| row["workflow"]["id"] == "service-referral").unwrap();
        for figure in ["count", "late", "medianMinutes", "list"] {
            assert_eq!(single[figure], Value::Null, "{figure}");
        }
        let counts = |row: &Value| ["count", "withinLimit", "late"].map(|figure| row[figure].as_u64());
        assert!(rows.iter().flat_map(counts).all(|count| count.is_none_or(|count| count == 0 || count >= 3)), "{rows:#?}");
        // With the sum that the flow tells of, and what is told here, the single one could be worked out, if more were.
        let flow = auditor.get("/reports/flow").await.expect(200).json();
        let whole = flow["total"]["sent"]["count"].as_u64();
        assert!(whole.is_none() || rows.iter().filter(|row| row["count"].is_null()).count() != 1, "{rows:#?}");
        assert!(whole.is_some() || rows.iter().all(|row| row["count"].is_null()), "{rows:#?}");
        for attack in ["receiver=bup-oslo", "urgency=urgent", "workflow=concern-report", "groupBy=receiver", "groupBy=workflow,urgency"] {
            let refused = auditor.get(&format!("{third}&{attack}")).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["code"], "not-across-agencies", "{attack}");
        }
        let part = auditor.get("/reports/response-times?from=2026-01-01&to=2026-04-29").await.problem(422, "invalid-input");
        assert_eq!(part["errors"][0]["code"], "impossible-period");
        let table = auditor.get("/reports/response-times").header("accept", "text/csv").await.expect(200).text();
        assert!(table.contains(",masked,") && !table.contains("/api/v1"), "{table}");
        app.finish().await;
    }

    async fn a_missed_limit_is_its_holders(kind: DatabaseKind) {
        let (home, clock) = home(kind).await;
        let app = home.start().await;
        let sent = [concern(&app).await, concern(&app).await];
        act(&app.by(Persona::ChildWelfare), &sent[0], "accept", json!({})).await;
        let lead = app.by(Persona::Lead);
        assert_eq!(rows(&lead, "/reports/overdue").await.len(), 0);
        clock.advance(TimeDelta::days(10));
        let overdue = rows(&lead, "/reports/overdue").await;
        let told: Vec<_> = overdue.iter().map(|row| (&row["holder"]["slug"], &row["clock"]["id"], &row["count"])).collect();
        assert_eq!(told, [
            (&json!("barnevernvakten"), &json!("review"), &json!(1)),
            (&json!("uteseksjonen"), &json!("review"), &json!(1)),
        ]);
        assert_eq!(overdue[0]["clock"]["legalRef"], "bvl § 2-1");
        assert_eq!(overdue[0]["oldestDueAt"], "2026-11-30T22:59:59Z");
        assert_eq!(overdue[0]["longestMinutes"], 60.0 * 24.0 * 2.0 + 60.0 * 10.0 + 0.02);
        let item = &behind(&lead, &overdue[0]).await[0];
        assert_eq!((&item["reference"], &item["receiver"]["slug"]), (&sent[0]["reference"], &json!("barnevernvakten")));

        // What is missed later is not in a list that was asked for before.
        let list = overdue[0]["list"].as_str().unwrap().to_owned();
        clock.advance(TimeDelta::days(20));
        assert_eq!(lead.get(&list).await.expect(200).json()["items"].as_array().unwrap().len(), 1);
        assert_eq!(rows(&lead, "/reports/overdue?groupBy=clock&holder=barnevernvakten").await.len(), 2);
        assert_eq!(rows(&lead, "/reports/overdue?groupBy=clock&clock=feedback").await[0]["count"], 2);
        assert_eq!(rows(&lead, "/reports/overdue?receiver=uteseksjonen").await.len(), 0);
        app.finish().await;
    }

    async fn a_period_counts_what_was_sent_in_it(kind: DatabaseKind) {
        let (home, clock) = home(kind).await;
        let app = home.start().await;
        concern(&app).await;
        clock.advance(TimeDelta::days(1));
        concern(&app).await;
        let lead = app.by(Persona::Lead);
        let count = async |query: &str| {
            let rows = rows(&lead, &format!("/reports/response-times?{query}")).await;
            rows.iter().map(|row| row["count"].as_u64().unwrap()).sum::<u64>()
        };
        assert_eq!(count("from=2026-11-23&to=2026-11-23").await, 1);
        assert_eq!(count("from=2026-11-23&to=2026-11-24").await, 2);
        assert_eq!(count("to=2026-11-23T09:00:00Z").await, 0);
        assert_eq!(count("from=2026-11-23T09:00:00Z&to=2026-11-23T09:00:01Z").await, 1);
        assert_eq!(count("receiver=barnevernvakten&workflow=concern-report&urgency=urgent").await, 2);
        assert_eq!(count("receiver=bup-oslo").await, 0);
        assert_eq!(count("urgency=routine").await, 0);
        app.finish().await;
    }

    async fn week_by_week_it_shows_what_stands_out(kind: DatabaseKind) {
        // From a Monday on, a hand-off a week; in the thirteenth the answer takes two days.
        let (home, clock) = Home::with_clock(kind, "2026-03-02T08:00:00Z".parse().unwrap()).await;
        let app = home.start().await;
        let (welfare, lead) = (app.by(Persona::ChildWelfare), app.by(Persona::Lead));
        for week in 0..14 {
            let monday = clock.now();
            let sent = concern(&app).await;
            clock.advance(TimeDelta::hours(match week { 12 => 48, even if even % 2 == 0 => 2, _ => 3 }));
            act(&welfare, &sent, "accept", json!({})).await;
            clock.set(monday + TimeDelta::weeks(1));
        }
        concern(&app).await;
        let path = "/reports/response-times/chart?from=2026-03-02&receiver=barnevernvakten";
        let chart = lead.get(path).await.expect(200).json();
        let points = chart["points"].as_array().unwrap();
        assert_eq!((points.len(), &chart["basis"], &chart["trial"]), (14, &json!(12), &json!(false)), "the week that runs is left out");
        assert_eq!((&chart["centreMinutes"], &chart["upperMinutes"], &chart["lowerMinutes"]), (&json!(150.0), &json!(309.57), &json!(0.0)));
        for (nth, point) in points.iter().enumerate() {
            let expected = if nth == 12 { json!(["beyond-limit"]) } else { json!([]) };
            assert_eq!(point["signals"], expected, "{nth}");
            assert_eq!(point["count"], behind(&lead, point).await.len());
        }
        assert_eq!((&points[0]["from"], &points[4]["from"]), (&json!("2026-03-01T23:00:00Z"), &json!("2026-03-29T22:00:00Z")), "summer time");
        let months = lead.get(&format!("{path}&interval=month")).await.expect(200).json();
        // March is cut, for it began before the period.
        assert_eq!((months["points"].as_array().unwrap().len(), &months["trial"]), (2, &json!(true)));
        let table = lead.get(path).header("accept", "text/csv").await.expect(200).text();
        assert_eq!(table.lines().count(), 15);
        assert!(table.contains(",beyond-limit,"), "{table}");
        for (wrong, code) in [("interval=day", "unknown-grouping"), ("from=2010-01-01", "too-many-groups"), ("workflow=tea", "unknown-workflow")] {
            let refused = lead.get(&format!("/reports/response-times/chart?{wrong}")).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["code"], code);
        }
        for persona in [Persona::Auditor, Persona::Coordinator, Persona::Outreach] {
            app.by(persona).get("/reports/response-times/chart").await.problem(403, "forbidden");
        }
        app.finish().await;
    }

    async fn what_cannot_be_asked_is_refused_with_what_can(kind: DatabaseKind) {
        let (home, _clock) = home(kind).await;
        let app = home.start().await;
        let lead = app.by(Persona::Lead);
        let refused = async |path: &str| {
            let problem = lead.get(path).await.problem(422, "invalid-input");
            problem["errors"][0].clone()
        };
        let grouping = refused("/reports/response-times?groupBy=receiver,colour").await;
        assert_eq!(grouping["pointer"], "?groupBy");
        assert!(grouping["detail"].as_str().unwrap().contains("receiver, workflow, urgency"), "{grouping}");
        assert!(refused("/reports/overdue?groupBy=receiver").await["detail"].as_str().unwrap().contains("holder, clock, urgency"));
        assert_eq!(refused("/reports/response-times?from=2026-12-01&to=2026-11-01").await["code"], "impossible-period");
        assert_eq!(refused("/reports/response-times?from=2027-01-01").await["code"], "impossible-period");
        assert_eq!(refused("/reports/response-times?to=soon").await["pointer"], "?to");
        let workflow = refused("/reports/response-times?workflow=service").await;
        assert!(workflow["detail"].as_str().unwrap().contains("concern-report, "), "{workflow}");
        assert_eq!(refused("/reports/response-times?receiver=nobody").await["code"], "unknown-agency");
        assert_eq!(refused("/reports/response-times?urgency=soon").await["code"], "unknown-code");
        assert_eq!(refused("/reports/overdue?clock=tea").await["code"], "unknown-clock");
        assert_eq!(refused("/reports/overdue?dueBefore=2030-01-01T00:00:00Z").await["pointer"], "?dueBefore");
        lead.get("/reports/overdue?colour=red").await.problem(422, "unknown-parameter");
        lead.get("/reports/response-times/referrals?cursor=x").await.problem(422, "invalid-cursor");
        lead.get("/reports/response-times").header("accept", "application/pdf").await.problem(406, "not-acceptable");
        app.finish().await;
    }

    async fn a_report_is_also_a_table(kind: DatabaseKind) {
        let (home, clock) = home(kind).await;
        home.database().execute("UPDATE agencies SET name = '=1+1' WHERE slug = 'barnevernvakten'").await;
        let app = home.start().await;
        concern(&app).await;
        clock.advance(TimeDelta::days(8));
        let lead = app.by(Persona::Lead);
        for (path, name) in [("/reports/response-times", "response-times"), ("/reports/overdue?receiver=barnevernvakten", "overdue")] {
            let table = lead.get(path).header("accept", "text/csv").await.expect(200);
            assert_eq!(table.header("content-type"), "text/csv; charset=utf-8; header=present");
            assert_eq!(table.header("content-disposition"), format!("attachment; filename=\"{name}.csv\""));
            let lines: Vec<_> = table.text().lines().map(str::to_owned).collect();
            assert_eq!(lines.len(), 2, "{lines:?}");
            assert_eq!(lines[0].split(',').count(), lines[1].split(',').count());
            let list = lines[1].rsplit(',').next().unwrap();
            assert_eq!(lead.get(list).await.expect(200).json()["items"].as_array().unwrap().len(), 1);
        }
        let table = lead.get("/reports/response-times").header("accept", "text/csv").await.expect(200).text();
        assert!(table.contains(",'=1+1,"), "a name is never a formula: {table}");
        app.finish().await;
    }
}
