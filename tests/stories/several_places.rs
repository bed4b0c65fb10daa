//! A receiver that serves several districts, and one that serves another municipality beside its own.

use e2e::{Persona, on_both_databases};
use serde_json::{Value, json};

use crate::setup::hire;

fn valley() -> Value {
    json!({
        "slug": "barnevern-groruddalen", "name": "Barneverntjenesten Groruddalen", "kind": "child-welfare",
        "parent": "oslo-kommune", "municipality": "0301", "district": "030110", "alsoServes": ["030112", "030111"],
        "publicTasks": true
    })
}

fn asked(municipality: &str, district: Option<&str>) -> Value {
    json!({
        "age": 15, "whereabouts": { "municipality": municipality, "district": district }, "needs": ["violence"],
        "urgency": "routine", "at": "2026-11-24T12:00:00Z"
    })
}

fn who(answer: &Value) -> Vec<&str> {
    let items = answer["items"].as_array().unwrap().iter();
    items.map(|item| item["agency"]["slug"].as_str().unwrap()).collect()
}

on_both_databases! {
    async fn three_districts_share_an_office_and_the_router_knows(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let entered = admin.post("/agencies", &valley()).await.expect(201);
        assert_eq!(entered.json()["alsoServes"], json!(["030111", "030112"]), "in order");
        let outreach = app.by(Persona::Outreach);
        for district in ["030110", "030111", "030112"] {
            let answer = outreach.post("/routing/suggestions", &asked("0301", Some(district))).await.expect(200).json();
            assert!(who(&answer).contains(&"barnevern-groruddalen"), "{district}: {answer}");
            let listed = outreach.get(&format!("/agencies?district={district}")).await.expect(200).json();
            assert_eq!(listed["items"][0]["slug"], "barnevern-groruddalen", "{district}");
        }
        let elsewhere = outreach.post("/routing/suggestions", &asked("0301", Some("030109"))).await.expect(200).json();
        assert!(!who(&elsewhere).contains(&"barnevern-groruddalen"), "{elsewhere}");

        // A whole municipality beside its own.
        let place = "/agencies/barnevern-groruddalen";
        let more = json!({ "alsoServes": ["030111", "3222"] });
        let changed = admin.patch(place, &more).if_match(&entered.etag()).await.expect(200);
        assert_eq!(changed.json()["alsoServes"], json!(["030111", "3222"]));
        let there = outreach.post("/routing/suggestions", &asked("3222", None)).await.expect(200).json();
        assert!(who(&there).contains(&"barnevern-groruddalen"), "{there}");
        let listed = outreach.get("/agencies?municipality=3222").await.expect(200).json();
        assert_eq!(listed["items"][0]["slug"], "barnevern-groruddalen");
        // Another change leaves the places as they are; an empty list takes them away.
        let renamed = admin.patch(place, &json!({ "phone": "+47 22 00 00 00" })).if_match(&changed.etag()).await.expect(200);
        assert_eq!(renamed.json()["alsoServes"], json!(["030111", "3222"]));
        let alone = admin.patch(place, &json!({ "alsoServes": [] })).if_match(&renamed.etag()).await.expect(200);
        assert_eq!(alone.json()["alsoServes"], json!([]));
        app.finish().await;
    }

    async fn what_is_no_place_or_said_twice_is_refused(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        for (change, value) in [
            ("alsoServes", json!(["03011"])),
            ("alsoServes", json!(["030110"])),
            ("alsoServes", json!(["3222", "322201"])),
            ("alsoServes", json!(["Grorud"])),
            ("municipality", Value::Null),
            ("kind", json!("municipality")),
        ] {
            let mut wrong = valley();
            wrong[change] = value;
            if change == "municipality" {
                wrong["district"] = Value::Null;
            }
            let refused = admin.post("/agencies", &wrong).await.problem(422, "invalid-input");
            assert!(refused["errors"].to_string().contains("/alsoServes"), "{change}: {refused}");
        }
        app.finish().await;
    }

    /// Territory leads youths to an agency, so nobody gives it to themselves.
    async fn nobody_takes_places_that_the_agency_above_does_not_serve(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let municipal = hire(&app, &admin, "oslo-kommune", "astrid", &["agency-admin"]).await;
        let entered = municipal.post("/agencies", &valley()).await.expect(201);
        let place = "/agencies/barnevern-groruddalen";
        let beyond = json!({ "alsoServes": ["030111", "3222"] });
        let refused = municipal.patch(place, &beyond).if_match(&entered.etag()).await.problem(403, "only-system-admin");
        assert_eq!(refused["errors"][0]["pointer"], "/alsoServes");
        let within = json!({ "alsoServes": ["030109"] });
        let changed = municipal.patch(place, &within).if_match(&entered.etag()).await.expect(200);
        let own = hire(&app, &admin, "barnevern-groruddalen", "berit", &["agency-admin"]).await;
        let refused = own.patch(place, &json!({ "alsoServes": [] })).if_match(&changed.etag()).await.problem(403, "only-system-admin");
        assert_eq!(refused["errors"][0]["pointer"], "/alsoServes");
        // A unit below it of which nothing is said serves what it serves.
        let mut unit = valley();
        for field in ["municipality", "district", "alsoServes"] {
            unit.as_object_mut().unwrap().remove(field);
        }
        unit["slug"] = "barnevern-groruddalen-ung".into();
        unit["parent"] = "barnevern-groruddalen".into();
        let below = own.post("/agencies", &unit).await.expect(201).json();
        assert_eq!((&below["district"], &below["alsoServes"]), (&json!("030110"), &json!(["030109"])));
        app.finish().await;
    }
}
