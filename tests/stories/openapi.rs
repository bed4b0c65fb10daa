//! The document of the API says what the server does: each operation has its name, its words, its token and an example,
//! and the examples are no invention.

use std::collections::BTreeSet;

use e2e::{Persona, on_both_databases};
use serde_json::{Value, json};

use crate::telling::{Acts, path};

/// Every operation of the document, with its method and path.
pub(crate) fn operations(document: &Value) -> Vec<(String, &Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((format!("{method} {path}"), operation));
        }
    }
    operations
}

/// The examples of a request or a response, of whatever type.
pub(crate) fn examples(content: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    for media in content.as_object().into_iter().flat_map(|types| types.values()) {
        found.extend(media.get("example").cloned());
        let named = media["examples"].as_object();
        found.extend(
            named
                .into_iter()
                .flat_map(|named| named.values())
                .map(|example| example["value"].clone()),
        );
    }
    found
}

fn of_success(operation: &Value) -> Vec<Value> {
    let responses = operation["responses"].as_object().unwrap().iter();
    responses
        .filter(|(status, _)| status.starts_with('2'))
        .flat_map(|(_, response)| examples(&response["content"]))
        .collect()
}

fn by_id<'d>(document: &'d Value, id: &str) -> &'d Value {
    let all = operations(document);
    all.into_iter()
        .find(|(_, operation)| operation["operationId"] == id)
        .unwrap()
        .1
}

/// The names of all fields, at any depth; the content of free-form objects is their own affair.
fn fields(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let here = format!("{at}/{name}");
                found.insert(here.clone());
                if !["input", "codes", "texts"].contains(&name.as_str()) {
                    fields(member, &here, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, &format!("{at}/*"), found)),
        _ => {}
    }
}

fn field_names(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    fields(value, "", &mut found);
    found
}

on_both_databases! {
    async fn each_operation_is_named_explained_and_shown(home: Home) {
        let app = home.start().await;
        let served = app.by_nobody().get("/api/v1/openapi.json").await.expect(200);
        let document = served.json();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
        let mut names = BTreeSet::new();
        for (place, operation) in operations(&document) {
            let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{place} has no name"));
            assert!(names.insert(name.to_owned()), "{name} is the name of two operations");
            assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{place} has no summary");
            let shown = [of_success(operation), examples(&operation["requestBody"]["content"])].concat();
            // Where nothing is sent and nothing comes back there is nothing to show.
            let mut answers = operation["responses"].as_object().unwrap().keys().filter(|status| status.starts_with('2'));
            let is_bare = operation["requestBody"].is_null() && answers.all(|status| status == "204");
            assert!(is_bare || shown.iter().any(|example| !example.is_null()), "{place} has no example");
            let token = operation["security"].as_array().cloned().unwrap_or_default();
            if place.contains("/auth/") {
                assert!(token.is_empty(), "{place} is for those who have no token yet");
            } else {
                assert_eq!(token, [json!({ "bearer": [] })], "{place} asks for no token");
            }
        }
        assert!(names.len() > 15);
        app.finish().await;
    }

    async fn the_pages_ask_nobody_else_for_anything(home: Home) {
        let app = home.start().await;
        let page = app.by_nobody().get("/api/docs").await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"));
        for asks in ["src=\"http", "src=\"//", "href=\"//", "@import", "url(http", "fonts.g", "cdn."] {
            assert!(!page.text().contains(asks), "{asks} in the pages");
        }
        assert!(!page.header("content-security-policy").is_empty());
        app.finish().await;
    }

    /// What the document shows as a request works as it stands, and what it shows as an answer has the fields of one.
    async fn the_examples_are_true(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let document = app.by_nobody().get("/api/v1/openapi.json").await.expect(200).json();
        let request = |id: &str| examples(&by_id(&document, id)["requestBody"]["content"]);
        let sent = outreach.post("/referrals", &request("createReferral")[0]).await.expect(201);
        let place = format!("/referrals/{}", uuid::Uuid::now_v7());
        outreach.put(&place, &request("putReferral")[0]).header("if-none-match", "*").await.expect(201);
        let draft = crate::telling::with(request("createReferral")[0].clone(), "/send", json!(false));
        let draft = outreach.post("/referrals", &draft).await.expect(201);
        outreach.patch(&path(&draft), &request("editReferral")[0]).if_match(&draft.etag()).await.expect(200);
        let message = outreach.post(&format!("{}/messages", path(&sent)), &request("postReferralMessage")[0]).await.expect(201);
        for example in request("transitionReferral") {
            // A report to child welfare cannot be declined; the others lead from one to the next.
            if example["action"] != "decline" {
                let now = vakten.look(&sent).await.expect(200);
                let place = format!("{}/transitions", path(&sent));
                vakten.post(&place, &example).if_match(&now.etag()).await.expect(200);
            }
        }
        let read = async |place: String| outreach.get(&place).await.expect(200).json();
        let answers = [
            ("createReferral", sent.json()),
            ("postReferralMessage", message.json()),
            ("listReferrals", read("/referrals?box=sent&limit=1&state=completed".to_owned()).await),
            ("listReferralMessages", read(format!("{}/messages", path(&sent))).await),
            ("getReferralTimeline", read(format!("{}/timeline", path(&sent))).await),
            ("getMe", read("/me".to_owned()).await),
        ];
        let mut untrue = Vec::new();
        for (id, answer) in answers {
            let example = &of_success(by_id(&document, id))[0];
            let (shown, real) = (field_names(example), field_names(&answer));
            // What the example leaves empty may hold anything.
            let is_open = |field: &str| {
                let parents = field.match_indices('/').map(|(end, _)| field[..end].replace("/*", "/0"));
                parents.into_iter().any(|parent| example.pointer(&parent).is_some_and(Value::is_null))
            };
            let missing = real.difference(&shown).filter(|field| !is_open(field));
            untrue.extend(missing.map(|field| format!("{id} answers {field}, which its example lacks")));
        }
        assert_eq!(untrue, Vec::<String>::new());
        app.finish().await;
    }
}
