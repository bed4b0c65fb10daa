//! Whoever has no part in a referral cannot tell it from one that never existed: not by any operation, not by a byte. The
//! paper trail of the house, its overview and its engine room make nobody a party.

use e2e::{Answer, Client, Persona, Request, on_both_databases};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::telling::{concern_report, footprint, id};

/// One operation about a referral, with a body that the document gives as an example.
struct Operation {
    name: String,
    method: String,
    path: String,
    example: Value,
}

async fn operations(client: &Client) -> Vec<Operation> {
    let document = client.get("/api/v1/openapi.json").await.expect(200).json();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        if !path.starts_with("/api/v1/referrals/{") {
            continue;
        }
        for (method, operation) in item.as_object().unwrap() {
            let content = &operation["requestBody"]["content"]["application/json"];
            let first = content["examples"]
                .as_object()
                .and_then(|examples| examples.values().next());
            let example = first.map_or_else(|| content["example"].clone(), |first| first["value"].clone());
            operations.push(Operation {
                name: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                example,
            });
        }
    }
    assert!(operations.len() >= 7, "too few operations are about a referral");
    operations
}

impl Operation {
    /// The ways in which somebody may try: without a body, with each kind of one, with and without a version.
    fn tries(&self, client: &Client, name: &str) -> Vec<Request> {
        let path = self.path.replace("{id}", name);
        let ask = || client.request(self.method.parse().unwrap(), &path);
        let mut tries = vec![ask()];
        if self.method == "GET" {
            tries.push(ask().header("if-none-match", "\"1\""));
            tries.push(ask().header("accept-language", "en"));
            return tries;
        }
        for body in [
            self.example.to_string(),
            "{}".to_owned(),
            r#"{"colour": 1}"#.to_owned(),
            "{".to_owned(),
        ] {
            let with_body = || ask().raw("application/json", body.clone());
            tries.push(with_body());
            tries.push(with_body().if_match("\"1\""));
            tries.push(
                with_body()
                    .if_match("\"99\"")
                    .idempotency_key(&Uuid::now_v7().to_string()),
            );
        }
        tries.push(ask().raw("text/plain", "hei"));
        tries
    }
}

/// Everything but the hour, the name of the request and the name that was asked for. Whether the line is kept depends on how
/// much of the body had come when the answer went, and so on the line alone.
fn told(answer: &Answer, name: &str) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(header, _)| !["date", "x-request-id", "connection"].contains(&header.as_str()))
        .map(|(header, value)| {
            (
                header.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    headers.sort();
    (answer.status, headers, answer.text().replace(name, "NAME"))
}

const STRANGERS: [Persona; 5] = [
    Persona::Outsider,
    Persona::District,
    Persona::Coordinator,
    Persona::Auditor,
    Persona::Admin,
];

on_both_databases! {
    async fn a_stranger_cannot_tell_it_from_nothing(home: Home) {
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201).json();
        let before = footprint(&home).await;
        let reference = sent["reference"].as_str().unwrap().to_owned();
        let never = another_reference(&reference);
        let names = [(id(&sent), Uuid::now_v7().to_string()), (reference, never)];
        for operation in operations(&app.by_nobody()).await {
            // To write under an id of one's own is no question about a referral; it has a story of its own.
            if operation.name == "putReferral" {
                continue;
            }
            for persona in STRANGERS {
                let client = app.by(persona);
                for (there, nowhere) in &names {
                    let tries = operation.tries(&client, there).into_iter().zip(operation.tries(&client, nowhere));
                    for (nth, (to_there, to_nowhere)) in tries.enumerate() {
                        let (found, missed) = (to_there.await, to_nowhere.await);
                        let which = format!("{persona:?} {} try {nth}", operation.name);
                        assert_eq!(found.status, 404, "{which}: {}", found.text());
                        assert_eq!(told(&found, there), told(&missed, nowhere), "{which}");
                    }
                }
            }
        }
        assert_eq!(footprint(&home).await, before);
        app.finish().await;
    }

    async fn writing_under_a_taken_id_tells_a_stranger_nothing_before_it_is_refused(home: Home) {
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201).json();
        let (there, nowhere) = (id(&sent), Uuid::now_v7().to_string());
        let operations = operations(&app.by_nobody()).await;
        let put = operations.iter().find(|operation| operation.name == "putReferral").unwrap();
        for persona in STRANGERS {
            let client = app.by(persona);
            let tries = put.tries(&client, &there).into_iter().zip(put.tries(&client, &nowhere));
            for (nth, (to_there, to_nowhere)) in tries.enumerate() {
                let (found, missed) = (to_there.await, to_nowhere.await);
                assert_eq!(told(&found, &there), told(&missed, &nowhere), "{persona:?} try {nth}");
            }
            // On behalf of somebody else it is refused before anybody looks whether the id is taken.
            let on_behalf = |name: &str| {
                client.put(&format!("/referrals/{name}"), &concern_report()).header("if-none-match", "*")
            };
            let (found, missed) = (on_behalf(&there).await, on_behalf(&nowhere).await);
            assert_eq!((found.status, told(&found, &there)), (403, told(&missed, &nowhere)), "{persona:?}");
        }
        assert_eq!(home.database().number("SELECT count(*) FROM referrals").await, 1);
        app.finish().await;
    }

    async fn a_method_that_does_not_exist_tells_nothing(home: Home) {
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201).json();
        let (there, nowhere) = (id(&sent), Uuid::now_v7().to_string());
        for persona in STRANGERS {
            let client = app.by(persona);
            for method in ["DELETE", "OPTIONS", "HEAD", "POST"] {
                let ask = |name: &str| client.request(method.parse().unwrap(), &format!("/referrals/{name}"));
                let (found, missed) = (ask(&there).await, ask(&nowhere).await);
                assert_eq!(told(&found, &there), told(&missed, &nowhere), "{persona:?} {method}");
            }
        }
        app.finish().await;
    }

    async fn counts_lists_and_reports_hide_it_too(home: Home) {
        let app = home.start().await;
        let lists = ["/referrals", "/referrals?box=all&sort=created", "/referrals?overdue=false"];
        let ask = async |list: &str| told(&app.by(Persona::Outsider).get(list).await.expect(200), "");
        let mut before = Vec::new();
        for list in lists {
            before.push(ask(list).await);
        }
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201).json();
        for (list, before) in lists.iter().zip(before) {
            assert_eq!(ask(list).await, before, "{list}");
        }
        let search = format!("/referrals?q={}", sent["reference"].as_str().unwrap());
        let none = json!({ "items": [], "nextCursor": null });
        assert_eq!(app.by(Persona::Outsider).get(&search).await.expect(200).json(), none);
        app.finish().await;
    }
}

/// A reference that is well formed and belongs to nobody here.
fn another_reference(taken: &str) -> String {
    use stafett_workflow::reference::Reference;
    (0..8)
        .map(|number: u64| Reference::from_random(number).to_string())
        .find(|reference| reference != taken)
        .unwrap()
}
