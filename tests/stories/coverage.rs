//! What nobody takes: who may by the table, who did in practice, and what is left.

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Home, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::flow::{length, report};
use crate::telling::{Acts, service_referral, with};

fn monday() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

async fn leads(home: &Home, agency: &str) {
    let sql = format!(
        "UPDATE memberships SET role = 'lead', agency_id = (SELECT id FROM agencies WHERE slug = '{agency}') \
         WHERE user_id = (SELECT id FROM users WHERE username = 'lead')"
    );
    home.database().execute(&sql).await;
}

fn of<'r>(report: &'r Value, need: &str) -> &'r Value {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().find(|row| row["need"] == need).unwrap()
}

on_both_databases! {
    async fn a_need_has_its_takers_its_reasons_and_what_is_left(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, monday()).await;
        leads(&home, "uteseksjonen").await;
        let app = home.start().await;
        let (outreach, district, clinic) = (app.by(Persona::Outreach), app.by(Persona::District), app.by(Persona::Outsider));
        let write = async |receiver: &str, needs: Value, urgency: &str| {
            let body = with(with(service_referral(receiver), "/needs", needs), "/urgency", json!(urgency));
            let sent = outreach.post("/referrals", &body).await.expect(201);
            clock.advance(TimeDelta::minutes(1));
            sent
        };
        let taken = write("bydel-grunerlokka", json!(["housing"]), "urgent").await;
        district.act(&taken, "accept", json!({})).await.expect(200);
        let calm = write("bydel-grunerlokka", json!(["housing", "economy"]), "routine").await;
        let declined = json!({ "code": "no-capacity", "reason": "Fullt" });
        district.act(&calm, "decline", declined).await.expect(200);
        clock.advance(TimeDelta::hours(1));
        let pressing = write("bup-oslo", json!(["housing"]), "emergency").await;
        let lead = app.by(Persona::Lead);
        let map = report(&lead, "/reports/coverage").await;
        assert_eq!(map["rows"].as_array().unwrap().len(), 18, "every need has a row, also those of whom nobody has asked");
        let housing = of(&map, "housing");
        let counts = |row: &Value| ["sent", "accepted", "declined", "unanswered", "unmet"].map(|name| row[name]["count"].as_u64().unwrap());
        assert_eq!(counts(housing), [3, 1, 1, 1, 2]);
        assert_eq!(counts(of(&map, "economy")), [1, 0, 1, 0, 1]);
        assert_eq!(counts(of(&map, "violence")), [0; 5]);
        assert_eq!((&housing["takenBy"][0]["agency"]["slug"], &housing["takenBy"][0]["count"]), (&json!("bydel-grunerlokka"), &json!(1)));
        assert_eq!((&housing["reasons"][0]["code"], &housing["reasons"][0]["count"]), (&json!("no-capacity"), &json!(1)));
        assert_eq!(map["rows"][0]["need"], "housing", "what the most wait for comes first");

        // The most urgent first, though it was written last.
        let unmet = lead.get(housing["unmet"]["list"].as_str().unwrap()).await.expect(200).json();
        let told: Vec<_> = unmet["items"].as_array().unwrap().iter().map(|item| (item["reference"].clone(), item["waits"].as_bool().unwrap())).collect();
        assert_eq!(told, [(pressing.json()["reference"].clone(), true), (calm.json()["reference"].clone(), false)]);
        assert_eq!(length(&lead, "/reports/coverage/unmet?from=2026-11-01").await, 2, "a referral with two needs is one");
        clinic.act(&pressing, "accept", json!({})).await.expect(200);
        assert_eq!(counts(of(&report(&lead, "/reports/coverage").await, "housing")), [3, 2, 1, 0, 1]);

        // From whom something was taken back, does not hear what it was about.
        let mistake = write("bup-oslo", json!(["violence"]), "urgent").await;
        leads(&home, "bup-oslo").await;
        assert_eq!(counts(of(&report(&lead, "/reports/coverage").await, "violence")), [1, 0, 0, 1, 1]);
        outreach.act(&mistake, "withdraw", json!({ "reason": "Feil mottaker" })).await.expect(200);
        assert_eq!(counts(of(&report(&lead, "/reports/coverage").await, "violence")), [0; 5]);
        leads(&home, "uteseksjonen").await;
        let theirs = report(&lead, "/reports/coverage?need=violence").await;
        assert_eq!((theirs["rows"].as_array().unwrap().len(), &theirs["rows"][0]["withdrawn"]["count"]), (1, &json!(1)));
        assert_eq!(theirs["rows"][0]["unmet"]["count"], 1);
        app.finish().await;
    }

    async fn the_table_says_who_may_and_whom_it_leaves_out(kind: DatabaseKind) {
        let (home, _clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        let lead = app.by(Persona::Lead);
        let map = lead.get("/reports/coverage").await.expect(200).json();
        let cell = |map: &Value, need: &str, age: &str| {
            let cells = of(map, need)["mayTake"].as_array().unwrap().clone();
            assert_eq!(cells.len(), 8);
            cells.into_iter().find(|cell| cell["age"] == age).unwrap()
        };
        let takers = |cell: &Value| cell["agencies"].as_array().unwrap().iter().map(|agency| agency.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let child = takers(&cell(&map, "child-protection", "15"));
        assert!(child.iter().any(|slug| slug == "barnevern-grunerlokka"), "{child:?}");
        let adult = takers(&cell(&map, "child-protection", "over-25"));
        assert!(!adult.iter().any(|slug| slug.starts_with("barnevern")), "{adult:?}");
        // A part of the map is no larger than all of it.
        let there = lead.get("/reports/coverage?area=030102&residence=undocumented").await.expect(200).json();
        let part = takers(&cell(&there, "child-protection", "15"));
        assert!(part.iter().all(|slug| child.contains(slug)) && part.len() <= child.len());
        for left_out in map["nobody"].as_array().unwrap() {
            let need = left_out["needs"][0].as_str().unwrap();
            let cells = of(&map, need)["mayTake"].as_array().unwrap();
            assert!(cells.iter().any(|cell| cell["leavesOut"] == true), "{left_out}");
        }
        // When everybody who takes something goes, the map says so.
        home.database().execute("DELETE FROM services").await;
        home.database().execute("UPDATE agencies SET active = false WHERE kind = 'child-welfare'").await;
        let empty = lead.get("/reports/coverage?need=child-protection").await.expect(200).json();
        assert!(of(&empty, "child-protection")["mayTake"].as_array().unwrap().iter().any(|cell| cell["leavesOut"] == true));
        assert!(!empty["nobody"].as_array().unwrap().is_empty());
        app.finish().await;
    }

    async fn who_may_ask_and_what_is_refused(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        for path in ["/reports/coverage", "/reports/coverage/referrals?need=housing", "/reports/coverage/unmet"] {
            app.by_nobody().get(path).await.problem(401, "unauthenticated");
            for persona in [Persona::Outreach, Persona::ChildWelfare, Persona::Admin] {
                app.by(persona).get(path).await.problem(403, "forbidden");
            }
            app.by(Persona::Lead).get(path).await.expect(200);
            let status = if path == "/reports/coverage" { 200 } else { 403 };
            app.by(Persona::Auditor).get(path).await.expect(status);
        }
        let lead = app.by(Persona::Lead);
        let refused = async |path: &str| lead.get(path).await.problem(422, "invalid-input")["errors"][0].clone();
        assert_eq!(refused("/reports/coverage?area=Oslo").await["pointer"], "?area");
        assert_eq!(refused("/reports/coverage?need=luck").await["code"], "unknown-code");
        assert_eq!(refused("/reports/coverage/referrals?need=housing&answer=perhaps").await["pointer"], "?answer");
        assert_eq!(refused("/reports/coverage?from=2026-12-01&to=2026-11-01").await["code"], "impossible-period");
        lead.get("/reports/coverage?age=15").await.problem(422, "unknown-parameter");

        // Across agencies: a whole third that is over, all needs, and no figure of one or two.
        let outreach = app.by(Persona::Outreach);
        outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        clock.advance(TimeDelta::days(60));
        let auditor = app.by(Persona::Auditor);
        let map = auditor.get("/reports/coverage").await.expect(200).json();
        let housing = of(&map, "housing");
        assert_eq!((&housing["sent"]["count"], &housing["unanswered"]["count"], &housing["unmet"]["count"]), (&Value::Null, &Value::Null, &Value::Null));
        assert_eq!((&of(&map, "economy")["sent"]["count"], &housing["sent"]["list"]), (&json!(0), &Value::Null));
        let first = map["rows"].as_array().unwrap().iter().map(|row| row["need"].as_str().unwrap()).next();
        assert_eq!(first, Some("child-protection"), "the order tells nothing that the masks hide");
        let narrower = auditor.get("/reports/coverage?need=housing").await.problem(422, "invalid-input");
        assert_eq!(narrower["errors"][0]["code"], "not-across-agencies");
        auditor.get("/reports/coverage?from=2026-11-01&to=2026-12-31").await.problem(422, "invalid-input");
        app.finish().await;
    }
}
