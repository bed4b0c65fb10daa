//! How old what is under way is, and where the time of one referral went: each figure has its list, each part its time, and nobody
//! is told what came after their part.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Answer, Client, Home, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::setup::hire;
use crate::telling::{Acts, PERSONAL, concern_report, consent, path, service_referral, timeline, with};

fn tuesday() -> DateTime<Utc> {
    "2026-11-24T08:00:00Z".parse().unwrap()
}

/// All items of a list, in pages of two.
async fn behind(client: &Client, list: &Value) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let list = list.as_str().unwrap();
        let page = client.get(&format!("{list}&limit=2{cursor}")).await.expect(200).json();
        items.extend(page["items"].as_array().unwrap().clone());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

/// The report, with every figure held against its list and its sums.
async fn ageing(client: &Client, query: &str) -> Value {
    let answer = client.get(&format!("/reports/ageing?{query}")).await.expect(200);
    let report = answer.json();
    let mut sums = [0; 7];
    for row in report["rows"].as_array().unwrap() {
        whole(client, row).await;
        for (sum, band) in sums.iter_mut().zip(row["bands"].as_array().unwrap()) {
            *sum += band["count"].as_u64().unwrap();
        }
    }
    whole(client, &report["total"]).await;
    let bands = report["total"]["bands"].as_array().unwrap();
    assert!(
        bands.iter().zip(sums).all(|(band, sum)| band["count"] == sum),
        "{report:#}"
    );
    report
}

async fn whole(client: &Client, ages: &Value) {
    let all: BTreeSet<String> = behind(client, &ages["list"])
        .await
        .iter()
        .map(|item| item["id"].to_string())
        .collect();
    assert_eq!(ages["count"], all.len());
    let mut in_bands = BTreeSet::new();
    for band in ages["bands"].as_array().unwrap() {
        let items = behind(client, &band["list"]).await;
        assert_eq!(band["count"], items.len(), "{band}");
        for item in items {
            let days = item["minutes"].as_f64().unwrap() / 1440.0;
            assert!(days >= band["fromDays"].as_f64().unwrap(), "{band} {item}");
            assert!(
                band["untilDays"].as_f64().is_none_or(|until| days < until),
                "{band} {item}"
            );
            in_bands.insert(item["id"].to_string());
        }
    }
    assert_eq!(in_bands, all, "each is in one band");
}

/// Rows as `slug: counts`.
fn told(report: &Value) -> Vec<(String, Vec<u64>)> {
    let rows = report["rows"].as_array().unwrap().iter();
    let name = |row: &Value| {
        let parts = [&row["receiver"]["slug"], &row["state"], &row["holder"]["slug"]];
        parts
            .iter()
            .filter_map(|part| part.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    rows.map(|row| {
        let counts = row["bands"]
            .as_array()
            .unwrap()
            .iter()
            .map(|band| band["count"].as_u64().unwrap());
        (name(row), counts.collect())
    })
    .collect()
}

async fn spent(client: &Client, shown: &Answer) -> Value {
    let answer = client.get(&format!("{}/time-spent", path(shown))).await.expect(200);
    for word in PERSONAL.iter().filter(|word| **word != "Testesen") {
        assert!(!answer.text().contains(word), "{word}: {}", answer.text());
    }
    let told = answer.json();
    let stretches = told["stretches"].as_array().unwrap();
    let sum: f64 = stretches
        .iter()
        .map(|stretch| stretch["minutes"].as_f64().unwrap())
        .sum();
    assert!(
        (sum - told["minutes"].as_f64().unwrap()).abs() < 0.01 * stretches.len() as f64 + 0.01,
        "{told:#}"
    );
    for pair in stretches.windows(2) {
        assert_eq!(pair[0]["to"], pair[1]["from"], "no gap");
    }
    if let (Some(first), Some(last)) = (stretches.first(), stretches.last()) {
        assert_eq!((&told["from"], &told["to"]), (&first["from"], &last["to"]));
    }
    told
}

fn stretches(told: &Value) -> Vec<(u64, &str, &str, f64, bool)> {
    told["stretches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stretch| {
            (
                stretch["leg"].as_u64().unwrap(),
                stretch["state"].as_str().unwrap(),
                stretch["waitsFor"]["slug"].as_str().unwrap_or("nobody"),
                stretch["minutes"].as_f64().unwrap(),
                stretch["own"].as_bool().unwrap(),
            )
        })
        .collect()
}

on_both_databases! {
    async fn what_is_under_way_is_as_old_as_since_it_was_first_sent(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, tuesday()).await;
        let app = home.start().await;
        let (outreach, district, vakten) = (app.by(Persona::Outreach), app.by(Persona::District), app.by(Persona::ChildWelfare));
        // A session is shorter than a day: whoever leads is hired anew.
        let admin = app.by(Persona::Admin);
        let lead_of = async |agency: &str, name: &str| hire(&app, &admin, agency, name, &["lead"]).await;
        // One is declined and sent on after eight days: it is nine days old, whoever has it now.
        let round = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let draft = with(service_referral("bydel-grunerlokka"), "/send", json!(false));
        outreach.post("/referrals", &draft).await.expect(201);
        clock.advance(TimeDelta::days(8));
        let no = json!({ "code": "no-capacity", "reason": "Fullt" });
        let declined = district.act(&round, "decline", no).await.expect(200);
        let lead = lead_of("uteseksjonen", "leder-en").await;
        let report = ageing(&lead, "groupBy=receiver,state,holder").await;
        assert_eq!(told(&report), [("bydel-grunerlokka declined uteseksjonen".to_owned(), vec![0, 0, 0, 1, 0, 0, 0])]);
        let next = json!({ "receiver": "bup-oslo", "legalBasis": consent() });
        let again = outreach.act(&outreach.look(&declined).await.expect(200), "hand-off", next).await.expect(200);
        clock.advance(TimeDelta::days(1));
        let taken = outreach.post("/referrals", &concern_report()).await.expect(201);
        vakten.act(&taken, "accept", json!({})).await.expect(200);
        let over = outreach.post("/referrals", &concern_report()).await.expect(201);
        outreach.act(&outreach.look(&over).await.expect(200), "mark-error", json!({ "reason": "Feil" })).await.expect(200);
        let lead = lead_of("uteseksjonen", "leder-to").await;
        let report = ageing(&lead, "groupBy=receiver").await;
        assert_eq!(told(&report), [
            ("barnevernvakten".to_owned(), vec![1, 0, 0, 0, 0, 0, 0]),
            ("bup-oslo".to_owned(), vec![0, 0, 0, 1, 0, 0, 0]),
        ]);
        assert_eq!((&report["total"]["count"], &report["total"]["oldestMinutes"]), (&json!(2), &json!(9.0 * 1440.0)));
        let item = &behind(&lead, &report["rows"][1]["list"]).await[0];
        assert_eq!((&item["state"], &item["holder"]["slug"], &item["sentAt"]), (&json!("sent"), &json!("uteseksjonen"), &json!("2026-12-02T08:00:00Z")));
        assert_eq!(item["firstSentAt"], "2026-11-24T08:00:00Z");
        // A list that was asked for before counts nothing that came later.
        let before = ageing(&lead, "asOf=2026-12-01T08:00:00Z").await;
        assert_eq!(told(&before), [("bup-oslo".to_owned(), vec![0, 0, 0, 1, 0, 0, 0])]);
        assert_eq!(told(&ageing(&lead, "groupBy=state&holder=barnevernvakten").await), [("accepted".to_owned(), vec![1, 0, 0, 0, 0, 0, 0])]);
        assert_eq!(ageing(&lead, "state=declined").await["total"]["count"], 0);
        assert_eq!(ageing(&lead, "groupBy=workflow,urgency&urgency=urgent").await["total"]["count"], 1);

        // The district's part has ended: it is told of nothing that is under way with others.
        let before = lead_of("bydel-grunerlokka", "leder-tre").await.get("/reports/ageing").await.expect(200).json();
        clock.advance(TimeDelta::days(1));
        app.by(Persona::Outsider).act(&again, "accept", json!({})).await.expect(200);
        let of_district = lead_of("bydel-grunerlokka", "leder-fire").await;
        let later = of_district.get("/reports/ageing").await.expect(200).json();
        assert_eq!((&later["rows"], &later["total"]["count"]), (&json!([]), &json!(0)));
        assert_eq!((&before["rows"], &before["total"]["count"]), (&later["rows"], &later["total"]["count"]));
        assert_eq!(ageing(&of_district, "receiver=bup-oslo&holder=bup-oslo").await["total"]["count"], 0);
        app.finish().await;
    }

    async fn who_may_ask_and_what_may_be_asked(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, tuesday()).await;
        home.database().execute("UPDATE agencies SET name = '=1+1' WHERE slug = 'barnevernvakten'").await;
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        clock.advance(TimeDelta::days(2));
        for path in ["/reports/ageing", "/reports/ageing/referrals"] {
            app.by_nobody().get(path).await.problem(401, "unauthenticated");
            for persona in [Persona::Outreach, Persona::ChildWelfare, Persona::Admin, Persona::Auditor, Persona::Coordinator] {
                app.by(persona).get(path).await.problem(403, "forbidden");
            }
        }
        let lead = app.by(Persona::Lead);
        let refused = async |query: &str| {
            let problem = lead.get(&format!("/reports/ageing{query}")).await.problem(422, "invalid-input");
            problem["errors"][0].clone()
        };
        assert!(refused("?groupBy=sender").await["detail"].as_str().unwrap().contains("receiver, state, holder, workflow, urgency"));
        assert!(refused("/referrals?band=5").await["detail"].as_str().unwrap().contains("14-28"));
        assert_eq!(refused("?asOf=2030-01-01T00:00:00Z").await["pointer"], "?asOf");
        assert_eq!(refused("?state=lost").await["code"], "unknown-code");
        assert_eq!(refused("?receiver=nobody").await["code"], "unknown-agency");
        assert_eq!(refused("?workflow=tea").await["code"], "unknown-workflow");
        lead.get("/reports/ageing?sender=udi").await.problem(422, "unknown-parameter");
        lead.get("/reports/ageing/referrals?cursor=x").await.problem(422, "invalid-cursor");
        let table = lead.get("/reports/ageing").header("accept", "text/csv").await.expect(200);
        assert_eq!(table.header("content-disposition"), "attachment; filename=\"ageing.csv\"");
        let text = table.text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[1].starts_with("barnevernvakten,'=1+1,") && lines[1].contains(",1,0,1,0,0,0,0,0,2880,"), "{text}");
        assert_eq!(lead.get(lines[1].rsplit(',').next().unwrap()).await.expect(200).json()["items"].as_array().unwrap().len(), 1);
        let table = lead.get(&format!("{}/time-spent", path(&sent))).header("accept", "text/csv").await.expect(200).text();
        assert!(table.contains("1,uteseksjonen,barnevernvakten,sent,"), "{table}");
        // To others there is no such referral.
        for stranger in [Persona::District, Persona::Auditor, Persona::Admin] {
            app.by(stranger).get(&format!("{}/time-spent", path(&sent))).await.problem(404, "not-found");
        }
        app.finish().await;
    }

    async fn the_time_of_a_referral_is_told_leg_by_leg_to_the_event(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, tuesday()).await;
        let app = home.start().await;
        let (outreach, district, clinic) = (app.by(Persona::Outreach), app.by(Persona::District), app.by(Persona::Outsider));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        clock.advance(TimeDelta::hours(3));
        let asked = district.act(&sent, "request-info", json!({ "text": "Hvor?" })).await.expect(200);
        clock.advance(TimeDelta::hours(20));
        let answered = outreach.act(&outreach.look(&asked).await.expect(200), "answer-info", json!({ "text": "Der" })).await.expect(200);
        clock.advance(TimeDelta::hours(4));
        let no = json!({ "code": "no-capacity", "reason": "Fullt" });
        let declined = district.act(&district.look(&answered).await.expect(200), "decline", no).await.expect(200);
        let before = district.get(&format!("{}/time-spent", path(&sent))).await.expect(200).json();
        clock.advance(TimeDelta::hours(2));
        let next = json!({ "receiver": "bup-oslo", "legalBasis": consent() });
        let again = outreach.act(&outreach.look(&declined).await.expect(200), "hand-off", next).await.expect(200);
        clock.advance(TimeDelta::hours(10));
        let of_district = spent(&district, &sent).await;
        assert_eq!(of_district["stretches"], before["stretches"], "what comes after their part is not theirs");
        clock.advance(TimeDelta::hours(20));
        let taken = clinic.act(&clinic.look(&again).await.expect(200), "accept", json!({})).await.expect(200);
        clock.advance(TimeDelta::hours(1));
        clinic.act(&taken, "complete", json!({ "outcome": "service-delivered" })).await.expect(200);
        clock.advance(TimeDelta::days(40));
        assert_eq!(spent(&district, &sent).await, of_district);

        let whole = spent(&outreach, &sent).await;
        assert_eq!(stretches(&whole), [
            (1, "sent", "bydel-grunerlokka", 180.0, false),
            (1, "info-requested", "uteseksjonen", 1200.0, true),
            (1, "acknowledged", "bydel-grunerlokka", 240.0, false),
            (1, "declined", "uteseksjonen", 120.0, true),
            (2, "sent", "bup-oslo", 1800.0, false),
            (2, "accepted", "bup-oslo", 60.0, true),
        ]);
        assert_eq!((&whole["over"], &whole["minutes"]), (&json!(true), &json!(3600.0)));
        let shares: Vec<_> = whole["agencies"].as_array().unwrap().iter().map(|one| {
            let minutes = |field: &str| one[field].as_f64().unwrap();
            (one["agency"]["slug"].as_str().unwrap(), minutes("ownMinutes"), minutes("waitingMinutes"), minutes("awaitedMinutes"))
        }).collect();
        assert_eq!(shares, [
            ("bup-oslo", 60.0, 0.0, 1800.0),
            ("uteseksjonen", 1320.0, 2220.0, 0.0),
            ("bydel-grunerlokka", 0.0, 0.0, 420.0),
        ]);
        // Each begins at an entry of the timeline.
        let log = timeline(&outreach, &sent).await;
        for stretch in whole["stretches"].as_array().unwrap() {
            let entry = log.iter().find(|entry| entry["id"] == stretch["event"]).unwrap();
            assert_eq!(entry["at"], stretch["from"]);
        }
        app.finish().await;
    }

    /// Taken back: what is told is of their own leg, its numbers count nothing else, and its events are those of their own timeline.
    async fn from_whom_it_was_taken_back_is_told_of_their_own_leg(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, tuesday()).await;
        let app = home.start().await;
        let (outreach, district, vakten) = (app.by(Persona::Outreach), app.by(Persona::District), app.by(Persona::ChildWelfare));
        let sent = outreach.post("/referrals", &service_referral("barnevernvakten")).await.expect(201);
        clock.advance(TimeDelta::hours(3));
        let no = json!({ "code": "no-capacity", "reason": "Fullt" });
        let declined = vakten.act(&sent, "decline", no).await.expect(200);
        clock.advance(TimeDelta::hours(1));
        let next = json!({ "receiver": "bydel-grunerlokka", "legalBasis": consent() });
        let again = outreach.act(&outreach.look(&declined).await.expect(200), "hand-off", next).await.expect(200);
        clock.advance(TimeDelta::hours(5));
        outreach.act(&again, "withdraw", json!({ "reason": "Feil bydel" })).await.expect(200);
        clock.advance(TimeDelta::hours(7));
        let told = spent(&district, &sent).await;
        assert_eq!(stretches(&told), [(1, "sent", "bydel-grunerlokka", 300.0, false)]);
        let text = told.to_string();
        assert!(!text.contains("barnevernvakten"), "{text}");
        let log = timeline(&district, &sent).await;
        assert!(log.iter().any(|entry| entry["id"] == told["stretches"][0]["event"]), "{log:#?}");
        app.finish().await;
    }
}
