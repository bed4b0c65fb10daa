//! Who to send to, and who has room: a worker at night asks, and units say how it stands with them.

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Persona, on_both_databases};
use serde_json::{Value, json};

/// Half past one at night in Oslo, between a Tuesday and a Wednesday.
const NIGHT: &str = "2026-11-25T00:30:00Z";

/// Barnevernvakten never closes; the district and its child welfare keep office hours, and the district has housing.
async fn furnish(home: &e2e::Home) {
    let office = r#"{"mon": [["08:00", "15:30"]], "tue": [["08:00", "15:30"]], "wed": [["08:00", "15:30"]]}"#;
    let id = match home.database().kind() {
        e2e::DatabaseKind::Sqlite => "x'00000000000000000000000000000001'",
        e2e::DatabaseKind::Postgres => "'00000000000000000000000000000001'::uuid",
    };
    home.database()
        .execute(&format!(
            "UPDATE agencies SET opening_hours = '{{\"always\": true}}' WHERE slug = 'barnevernvakten'; \
             UPDATE agencies SET opening_hours = '{office}' WHERE slug IN ('bydel-grunerlokka', 'barnevern-grunerlokka'); \
             INSERT INTO services (id, agency_id, need, title_nb, title_en, min_age, max_age) \
             SELECT {id}, id, 'housing', 'Boligkontoret', 'Housing', 18, 25 FROM agencies WHERE slug = 'bydel-grunerlokka'"
        ))
        .await;
}

fn child() -> Value {
    json!({
        "age": 16, "whereabouts": { "municipality": "0301", "district": "030102" },
        "needs": ["shelter"], "urgency": "urgent", "at": NIGHT
    })
}

fn with(mut question: Value, name: &str, value: Value) -> Value {
    question[name] = value;
    question
}

/// `slug/workflow` of each suggestion, in order.
fn who(answer: &Value) -> Vec<String> {
    let items = answer["items"].as_array().unwrap().iter();
    items
        .map(|item| {
            let workflow = item["workflow"]["id"].as_str().unwrap_or("contact");
            format!("{}/{workflow}", item["agency"]["slug"].as_str().unwrap())
        })
        .collect()
}

on_both_databases! {
    async fn at_night_the_worker_is_told_who_is_awake(home: Home) {
        furnish(&home).await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let answer = outreach.post("/routing/suggestions", &child()).await.expect(200).json();
        assert_eq!(
            who(&answer),
            ["barnevernvakten/concern-report", "barnevern-grunerlokka/concern-report", "bydel-grunerlokka/service-referral"][..2]
        );
        let (guard, office) = (&answer["items"][0], &answer["items"][1]);
        assert_eq!((&guard["open"], &guard["opensAt"]), (&true.into(), &Value::Null));
        assert_eq!(guard["legalBases"][0]["code"], "duty-to-report");
        assert_eq!(guard["legalBases"][0]["best"], true);
        assert_eq!((&guard["clock"]["id"], &guard["clock"]["limit"]), (&"review".into(), &"1 week".into()));
        assert_eq!(guard["clock"]["dueAt"], "2026-12-02T22:59:59Z");
        assert_eq!((&office["open"], &office["opensAt"]), (&false.into(), &"2026-11-25T07:00:00Z".into()));
        assert_eq!(answer["place"]["name"], "Grünerløkka");
        let norwegian = outreach.post("/routing/suggestions", &child()).header("accept-language", "nb").await.json();
        assert!(norwegian["items"][0]["reason"].as_str().unwrap().contains("Barnevernvakten er åpen"));
        // What was suggested can be sent, on the basis that fits best.
        let sent = outreach
            .post("/referrals", &json!({
                "workflow": guard["workflow"]["id"], "sender": "uteseksjonen", "receiver": guard["agency"]["slug"],
                "urgency": "urgent", "needs": ["shelter"], "person": { "alias": "K.", "estimatedAge": 16, "residenceStatus": "asylum-seeker" },
                "legalBasis": { "code": guard["legalBases"][0]["code"], "reason": "Alene ute om natten" },
                "informed": { "youth": true, "guardians": true }, "summary": "Har ikke noe sted å sove.", "send": true
            }))
            .await
            .expect(201)
            .json();
        assert_eq!(sent["person"]["residenceStatus"], "asylum-seeker");
        app.finish().await;
    }

    async fn a_question_holds_no_person_and_nothing_unknown(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let ask = |question: Value| outreach.post("/routing/suggestions", &question);
        for (name, value) in [("name", json!("K.")), ("identifier", json!("17912099997")), ("alias", json!("K.")), ("person", json!({}))] {
            ask(with(child(), name, value)).await.problem(422, "unknown-field");
        }
        for (name, value) in [
            ("needs", json!([])),
            ("needs", json!(["gold"])),
            ("age", json!(121)),
            ("whereabouts", json!({ "municipality": "Oslo" })),
            ("whereabouts", json!({ "municipality": "0301", "district": "320101" })),
            ("workflow", json!("magic")),
            ("sender", json!("nobody")),
            ("residenceStatus", json!("illegal")),
        ] {
            ask(with(child(), name, value)).await.problem(422, "invalid-input");
        }
        ask(with(with(child(), "sender", json!("uteseksjonen")), "senderKind", json!("police"))).await.problem(422, "invalid-input");
        // Unknown is normal.
        let little = json!({ "age": null, "whereabouts": null, "needs": ["guidance"], "urgency": "routine" });
        let answer = ask(little).await.expect(200).json();
        let codes: Vec<_> = answer["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["whereabouts-unknown", "age-unknown"]);
        app.by_nobody().post("/routing/suggestions", &child()).await.problem(401, "unauthenticated");
        app.finish().await;
    }

    async fn the_sender_is_the_callers_own_agency_unless_another_is_named(home: Home) {
        furnish(&home).await;
        let app = home.start().await;
        // Barnevernvakten is not told to report to itself.
        let own = app.by(Persona::ChildWelfare).post("/routing/suggestions", &child()).await.expect(200).json();
        assert_eq!(who(&own)[0], "barnevern-grunerlokka/concern-report");
        let named = app.by(Persona::Auditor).post("/routing/suggestions", &with(child(), "sender", json!("barnevern-grunerlokka")));
        assert_eq!(who(&named.await.expect(200).json())[0], "barnevernvakten/concern-report");
        // An organisation is not bound by the duty to report.
        let ngo = app.by(Persona::Admin).post("/routing/suggestions", &with(child(), "senderKind", json!("ngo")));
        assert_eq!(ngo.await.expect(200).json()["items"][0]["legalBases"][0]["code"], "consent");
        app.finish().await;
    }

    async fn what_the_directory_lacks_is_told_by_name(home: Home) {
        furnish(&home).await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let far = with(with(child(), "whereabouts", json!({ "municipality": "5601" })), "age", json!(20));
        let answer = outreach.post("/routing/suggestions", &far).await.expect(200).json();
        assert_eq!(answer["items"], json!([]));
        assert_eq!(answer["uncovered"][0]["need"], "shelter");
        assert!(answer["missing"][0]["advice"].as_str().unwrap().contains("switchboard"), "{answer}");
        let table = outreach.get("/routing").await.expect(200).json();
        assert_eq!((&table["id"], &table["version"]), (&"oslo".into(), &1.into()));
        assert_eq!(table["districts"].as_array().unwrap().len(), 15);
        let gaps: Vec<_> = table["gaps"].as_array().unwrap().iter().map(|gap| gap.as_str().unwrap()).collect();
        assert!(gaps.iter().any(|gap| gap.contains("Stovner")), "the small Oslo has no district Stovner: {gaps:#?}");
        app.finish().await;
    }

    async fn a_unit_says_how_it_stands_and_after_a_day_nobody_counts_on_it(kind: DatabaseKind) {
        let start: DateTime<Utc> = "2026-11-24T09:00:00Z".parse().unwrap();
        let (home, clock) = e2e::Home::with_clock(kind, start).await;
        furnish(&home).await;
        let app = home.start().await;
        let (district, outreach) = (app.by(Persona::District), app.by(Persona::Outreach));
        let path = "/agencies/bydel-grunerlokka/capacity";
        let before = outreach.get(path).await.expect(200);
        assert_eq!((before.etag().as_str(), &before.json()["reports"]), ("\"0\"", &json!([])));

        let full = json!({ "need": "housing", "free": 0, "note": "waiting-list" });
        district.put(path, &full).await.problem(428, "precondition-required");
        district.put(path, &full).if_match("\"1\"").await.problem(412, "stale-version");
        outreach.put(path, &full).if_match("\"0\"").await.problem(403, "not-yours");
        outreach.put(path, &json!({ "colour": 1 })).if_match("\"0\"").await.problem(403, "not-yours");
        outreach.put("/agencies/nobody/capacity", &full).await.problem(404, "not-found");
        app.by(Persona::Auditor).put(path, &full).if_match("\"0\"").await.problem(403, "forbidden");
        district.put(path, &json!({})).if_match("\"0\"").await.problem(422, "invalid-input");
        district.put(path, &json!({ "free": 2, "status": "full" })).if_match("\"0\"").await.problem(422, "invalid-input");
        let said = district.put(path, &full).if_match("\"0\"").await.expect(200);
        assert_eq!(said.etag(), "\"1\"");
        let report = &said.json()["reports"][0];
        assert_eq!((&report["status"], &report["free"], &report["note"]), (&"full".into(), &0.into(), &"waiting-list".into()));
        district.put(path, &json!({ "status": "open" })).if_match("\"1\"").await.expect(200);

        let housing = json!({
            "age": 19, "whereabouts": { "municipality": "0301", "district": "030102" }, "needs": ["housing"], "urgency": "routine"
        });
        let capacity = async || outreach.post("/routing/suggestions", &housing).await.expect(200).json()["items"][0]["capacity"].clone();
        clock.advance(TimeDelta::minutes(35));
        let now = capacity().await;
        assert_eq!((&now["status"], &now["ageMinutes"], &now["stale"]), (&"full".into(), &35.into(), &false.into()));
        clock.advance(TimeDelta::hours(24));
        let old = capacity().await;
        assert_eq!((&old["status"], &old["stale"]), (&Value::Null, &true.into()));
        assert!(old["title"].as_str().unwrap().contains("not updated"), "{old}");
        // The newest of each need counts.
        district.put(path, &json!({ "need": "housing", "free": 3 })).if_match("\"2\"").await.expect(200);
        let reports = outreach.get(path).await.expect(200).json()["reports"].clone();
        let told: Vec<_> = reports.as_array().unwrap().iter().map(|one| (one["need"].clone(), one["status"].clone())).collect();
        assert_eq!(told, [(Value::Null, Value::Null), (json!("housing"), json!("open"))]);
        assert_eq!(home.database().number("SELECT count(*) FROM capacity_reports").await, 3);
        app.finish().await;
    }

    async fn the_directory_is_searched_by_hour_age_and_name(kind: DatabaseKind) {
        let (home, clock) = e2e::Home::with_clock(kind, NIGHT.parse().unwrap()).await;
        furnish(&home).await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let found = async |query: &str| -> Vec<String> {
            let (mut slugs, mut next) = (Vec::new(), Some(String::new()));
            while let Some(cursor) = next {
                let page = outreach.get(&format!("/agencies?limit=1&{query}{cursor}")).await.expect(200).json();
                slugs.extend(page["items"].as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap().to_owned()));
                next = page["nextCursor"].as_str().map(|cursor| format!("&cursor={cursor}"));
            }
            slugs
        };
        assert_eq!(found("openNow=true").await, ["barnevernvakten"]);
        assert_eq!(found("openNow=false").await, ["barnevern-grunerlokka", "bydel-grunerlokka"]);
        assert_eq!(found("q=GR%C3%9CNERL%C3%98KKA").await, ["barnevern-grunerlokka", "bydel-grunerlokka"]);
        assert_eq!(found("q=bydel+gr%C3%BCner").await, ["bydel-grunerlokka"]);
        assert_eq!(found("q=nobody").await, Vec::<String>::new());
        assert_eq!(found("need=housing&age=19").await, ["bydel-grunerlokka"]);
        assert_eq!(found("need=housing&age=17").await, Vec::<String>::new());
        assert_eq!(found("age=25").await, ["bydel-grunerlokka"]);
        let district = outreach.get("/agencies/bydel-grunerlokka").await.expect(200).json();
        assert_eq!((&district["openNow"], &district["opensAt"]), (&false.into(), &"2026-11-25T07:00:00Z".into()));
        clock.advance(TimeDelta::hours(8));
        assert_eq!(found("openNow=true&kind=district").await, ["bydel-grunerlokka"]);
        outreach.get(&format!("/agencies?q={}", "x".repeat(101))).await.problem(422, "invalid-input");
        outreach.get("/agencies?openNow=perhaps").await.problem(422, "invalid-input");
        app.finish().await;
    }
}
