//! U+0000 is a character of JSON and of addresses, and none that PostgreSQL keeps. Wherever somebody sends it they are told that
//! something is wrong or not there, and never that the server failed.

use e2e::{Client, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::openapi::{examples, operations};
use crate::telling::{Acts, concern_report};

/// The places of all texts in a value.
fn texts(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::String(_) => vec![at.to_owned()],
        Value::Array(items) => (0..)
            .zip(items)
            .flat_map(|(place, item)| texts(item, &format!("{at}/{place}")))
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, field)| texts(field, &format!("{at}/{name}")))
            .collect(),
        _ => Vec::new(),
    }
}

/// Somebody, with what stands for the names in an address.
struct Caller {
    client: Client,
    agency: &'static str,
    user: &'static str,
    referral: String,
    case: String,
}

impl Caller {
    /// What a parameter of a path stands for, so that a request gets as far as it can.
    fn stands_for(&self, place: &str, parameter: &Value) -> String {
        match parameter["name"].as_str().unwrap() {
            "agency" => self.agency.to_owned(),
            "user" => self.user.to_owned(),
            "id" if place.contains("/referrals") && !place.contains("/cases") => self.referral.clone(),
            "id" if place.contains("/cases") => self.case.clone(),
            _ => parameter["example"].to_string().trim_matches('"').to_owned(),
        }
    }

    /// The same request once for each place where a text can stand, with the character in that place.
    fn variants(&self, place: &str, operation: &Value) -> Vec<(String, Option<Value>)> {
        let nothing = Vec::new();
        let parameters = operation["parameters"].as_array().unwrap_or(&nothing);
        let of = |kind: &'static str| parameters.iter().filter(move |parameter| parameter["in"] == kind);
        let address = |broken: Option<&Value>| {
            of("path").fold(place.to_owned(), |address, parameter| {
                let name = format!("{{{}}}", parameter["name"].as_str().unwrap());
                let own = match broken == Some(parameter) {
                    true => "a%00b".to_owned(),
                    false => self.stands_for(place, parameter),
                };
                address.replace(&name, &own)
            })
        };
        let bodies = examples(&operation["requestBody"]["content"]);
        let mut variants = Vec::new();
        for parameter in of("path") {
            variants.push((address(Some(parameter)), bodies.first().cloned()));
        }
        // A cursor that somebody has made themselves holds it unseen.
        for parameter in of("query") {
            let name = parameter["name"].as_str().unwrap();
            for value in [
                "a%00b",
                "ImFcdTAwMDBiIg",
                "WyJhXHUwMDAwYiIsIjAxOWFiM2YwLTVjMWUtN2QyMC05YTU1LTBjOWQ1ZjFmOGExMCJd",
            ] {
                variants.push((format!("{}?{name}={value}", address(None)), bodies.first().cloned()));
            }
        }
        for body in &bodies {
            for pointer in texts(body, "") {
                let mut broken = body.clone();
                *broken.pointer_mut(&pointer).unwrap() = json!("a\0b");
                variants.push((address(None), Some(broken)));
            }
        }
        variants
    }
}

on_both_databases! {
    async fn no_text_anywhere_makes_the_server_fail(home: Home) {
        let app = home.start().await;
        let (outreach, lead) = (app.by(Persona::Outreach), app.by(Persona::Lead));
        let document = app.by_nobody().get("/api/v1/openapi.json").await.expect(200).json();
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let case = json!({ "coordinator": "uteseksjonen", "attach": [sent.json()["id"]] });
        let case = outreach.post("/cases", &case).await.expect(201).json();
        let names = |agency, user, client: &Client| Caller {
            client: client.clone(),
            agency,
            user,
            referral: sent.json()["id"].as_str().unwrap().to_owned(),
            case: case["id"].as_str().unwrap().to_owned(),
        };
        let callers = [
            names("uteseksjonen", "outreach", &outreach),
            names("barnevernvakten", "child-welfare", &lead),
            names("bup-oslo", "outsider", &app.by(Persona::Admin)),
        ];
        let (mut failed, mut asked) = (Vec::new(), 0);
        for (name, operation) in operations(&document) {
            let (method, place) = name.split_once(' ').unwrap();
            for caller in &callers {
                for (address, body) in caller.variants(place, operation) {
                    let method = method.to_uppercase().parse().unwrap();
                    let etag = match address.contains(&caller.referral) {
                        true => caller.client.look(&sent).await.headers.get("etag").map(|etag| etag.to_str().unwrap().to_owned()),
                        false => None,
                    };
                    let request = caller.client.request(method, &address).if_match(etag.as_deref().unwrap_or("\"1\""));
                    let answer = match &body {
                        Some(body) => request.json(body).await,
                        None => request.await,
                    };
                    asked += 1;
                    if answer.status >= 500 {
                        failed.push(format!("{name} {address} {body:?}: {}", answer.status));
                    }
                }
            }
        }
        assert_eq!(failed, Vec::<String>::new());
        assert!(asked > 500, "{asked} requests are not all that the document knows");
        app.stop().await;
    }

    async fn nobody_has_such_a_name(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let token = json!({ "username": "outreach\0", "password": "riktig hest batteri stift" });
        app.by_nobody().post("/auth/token", &token).await.problem(401, "invalid-credentials");
        outreach.get("/agencies/a%00").await.problem(404, "not-found");
        for field in ["/receiver", "/sender"] {
            let report = crate::telling::with(concern_report(), field, json!("a\0"));
            assert_eq!(outreach.post("/referrals", &report).await.problem(422, "invalid-input")["errors"][0]["pointer"], field);
        }
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let refused = vakten.act(&sent, "accept", json!({ "assignee": "a\0" })).await.problem(422, "invalid-input");
        assert_eq!(refused["errors"][0]["pointer"], "/input/assignee");
        let filter = outreach.get("/referrals?workflow=a%00").await.problem(422, "invalid-input");
        assert_eq!(filter["errors"][0]["pointer"], "?workflow");
        app.finish().await;
    }

    async fn a_time_that_nobody_will_see_is_refused(home: Home) {
        let app = home.start().await;
        let lead = app.by(Persona::Lead);
        for (from, to, field) in [
            ("2026-11-24T00:00:00Z", "+262142-12-31T23:59:59Z", "/to"),
            ("-262143-01-01T00:00:00Z", "2027-11-25T00:00:00Z", "/from"),
        ] {
            let away = json!({ "user": "child-welfare", "deputy": "colleague", "from": from, "to": to });
            let refused = lead.post("/agencies/barnevernvakten/deputies", &away).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["pointer"], field);
        }
        lead.get("/reports/overdue?dueBefore=%2B262142-12-31T23:59:59Z").await.problem(422, "invalid-input");
        let ahead = json!({ "user": "child-welfare", "deputy": "colleague", "from": "2026-11-24T00:00:00Z", "to": "9999-12-31T00:00:00Z" });
        lead.post("/agencies/barnevernvakten/deputies", &ahead).await.expect(201);
        app.finish().await;
    }
}
