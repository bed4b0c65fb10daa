//! Cases: one youth, several receivers who do not see each other's part, and somebody who coordinates.

use e2e::{Answer, App, Client, Persona, Request, on_both_databases};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::telling::{Acts, actions, all_at_once, consent, count, footprint, id, impersonal_rows, path, with};

/// A suspected trafficking: child welfare gets a report, the district a notification. Neither may know of the other's.
pub(crate) fn trafficking() -> Value {
    json!({
        "coordinator": "uteseksjonen",
        "needs": ["school-work"],
        "person": {
            "alias": "Kråka", "name": "Kristoffer Eksempelsen", "estimatedAge": 16,
            "identifier": { "type": "fnr", "value": "17912099997" }, "flags": ["suspected-trafficking"]
        },
        "referrals": [
            {
                "workflow": "concern-report", "receiver": "barnevernvakten", "needs": ["shelter"], "urgency": "emergency",
                "legalBasis": { "code": "duty-to-report", "reason": "16 år, sover i trikkestallen" },
                "summary": "Kråka blir passet på ved Vaterland.", "send": true
            },
            {
                "workflow": "notification", "receiver": "bydel-grunerlokka", "needs": ["residence-permit"],
                "urgency": "urgent", "legalBasis": { "code": "duty-to-avert", "reason": "Mormor er borte" },
                "summary": "Kråka mangler papirer.", "send": true
            }
        ]
    })
}

/// Only whoever has a part in it sees a service referral whole; the others see who has the baton.
pub(crate) fn service(receiver: &str) -> Value {
    json!({
        "workflow": "service-referral", "sender": "uteseksjonen", "receiver": receiver, "needs": ["housing"],
        "urgency": "routine", "legalBasis": consent(), "summary": "Kråka trenger et sted å bo.", "send": true
    })
}

pub(crate) async fn open(app: &App<'_>, body: &Value) -> Answer {
    app.by(Persona::Outreach).post("/cases", body).await.expect(201)
}

pub(crate) fn case_path(case: &Answer) -> String {
    format!("/cases/{}", id(&case.json()))
}

pub(crate) fn look(client: &Client, case: &Answer) -> Request {
    client.get(&case_path(case))
}

pub(crate) fn act(client: &Client, case: &Answer, action: &str, input: Value) -> Request {
    client
        .post(
            &format!("{}/transitions", case_path(case)),
            &json!({ "action": action, "input": input }),
        )
        .if_match(&case.etag())
}

/// The referral of this workflow in a case, as its parties see it.
pub(crate) async fn referral(client: &Client, case: &Answer, workflow: &str) -> Answer {
    let case = look(client, case).await.expect(200).json();
    let found = case["referrals"].as_array().unwrap().iter();
    let of = found
        .into_iter()
        .find(|referral| referral["workflow"] == workflow)
        .unwrap();
    client
        .get(&format!("/referrals/{}", of["referral"]["id"].as_str().unwrap()))
        .await
        .expect(200)
}

/// Each need with where it stands.
fn needs(case: &Answer) -> Vec<(String, String, Value)> {
    let case = case.json();
    let needs = case["needs"].as_array().unwrap().iter();
    needs
        .map(|need| {
            let word = |name: &str| need[name].as_str().unwrap().to_owned();
            (word("need"), word("cover"), need["agency"]["slug"].clone())
        })
        .collect()
}

fn seen(case: &Answer) -> Vec<(String, Value)> {
    let case = case.json();
    let referrals = case["referrals"].as_array().unwrap().iter();
    referrals
        .map(|referral| {
            (
                referral["visibility"].as_str().unwrap().to_owned(),
                referral["workflow"].clone(),
            )
        })
        .collect()
}

/// What an answer tells, but for the hour and the name of the request.
fn told(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
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
    (answer.status, answer.text(), headers)
}

on_both_databases! {
    /// From the night on the street to the end, with two receivers who never learn of each other's part.
    async fn a_suspected_trafficking_goes_to_two_who_do_not_see_each_other(home: Home) {
        let app = home.start().await;
        let (outreach, vakten, district) =
            (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::District));
        let case = open(&app, &trafficking()).await;
        assert!(case.json()["reference"].as_str().unwrap().starts_with("S-"));
        assert_eq!(needs(&case), [
            ("shelter".to_owned(), "waiting".to_owned(), json!("barnevernvakten")),
            ("school-work".to_owned(), "nobody".to_owned(), json!(null)),
            ("residence-permit".to_owned(), "waiting".to_owned(), json!("bydel-grunerlokka")),
        ]);
        assert_eq!(case.json()["uncovered"], 1);
        for (client, own, need, foreign) in [
            (&vakten, "concern-report", "shelter", ["notification", "residence-permit", "grunerlokka", "school-work"]),
            (&district, "notification", "residence-permit", ["concern-report", "shelter", "barnevernvakten", "school-work"]),
        ] {
            let answer = look(client, &case).await.expect(200);
            assert_eq!(seen(&answer), [("full".to_owned(), json!(own))]);
            assert_eq!(needs(&answer).into_iter().map(|(need, ..)| need).collect::<Vec<_>>(), [need]);
            assert_eq!((&answer.json()["relation"], answer.etag().as_str()), (&json!("participant"), "\"1\""));
            let timeline = client.get(&format!("{}/timeline", case_path(&case))).await.expect(200);
            // What can be done in any case names every need there is.
            let said = crate::telling::without(answer.json(), "/actions").to_string();
            for word in foreign {
                assert!(!said.contains(word), "{own} learns of {word}: {said}");
                assert!(!timeline.text().contains(word), "{own} learns of {word}: {}", timeline.text());
            }
            let row = client.get("/cases").await.expect(200).json()["items"][0].clone();
            assert_eq!((&row["referrals"], &row["active"], &row["uncovered"]), (&json!(1), &json!(1), &json!(0)));
        }
        // Each referral tells its parties in which case it lies, and nobody else that it exists.
        let report = referral(&outreach, &case, "concern-report").await;
        let notice = referral(&outreach, &case, "notification").await;
        assert_eq!(report.json()["case"]["reference"], case.json()["reference"]);
        let never = format!("/referrals/{}", Uuid::now_v7());
        for (client, hidden) in [(&vakten, &notice), (&district, &report)] {
            let (found, missed) = (client.get(&path(hidden)).await, client.get(&never).await);
            assert_eq!(found.status, 404);
            let unnamed = |answer: &Answer, path: &str| answer.text().replace(path, "PATH");
            assert_eq!(unnamed(&found, &path(hidden)), unnamed(&missed, &never));
        }
        // Each takes its own part, in its own time.
        let taken = vakten.act(&report, "acknowledge", json!({})).await.expect(200);
        vakten.act(&taken, "accept", json!({})).await.expect(200);
        let now = look(&outreach, &case).await.expect(200);
        assert_eq!(needs(&now)[0], ("shelter".to_owned(), "taken".to_owned(), json!("barnevernvakten")));
        act(&outreach, &now, "close", json!({ "reason": "Ferdig" })).await.problem(409, "case-still-active");
        assert_eq!(actions(&look(&district, &case).await.expect(200).json()), ["change-needs", "add-referral"]);
        app.finish().await;
    }

    /// Whatever is hidden changes nothing that can be seen: no count, version, time, cursor, need or entry.
    async fn what_one_may_not_know_of_leaves_no_trace(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let body = with(trafficking(), "/referrals", json!([trafficking()["referrals"][1]]));
        let case = open(&app, &body).await;
        let places = [case_path(&case), format!("{}/timeline", case_path(&case)), "/cases".to_owned(),
            "/cases?uncovered=true".to_owned(), "/cases?limit=1".to_owned(), "/referrals?box=all".to_owned()];
        let ask = async || {
            let mut answers = Vec::new();
            for place in &places {
                answers.push(told(&district.get(place).await.expect(200)));
            }
            answers
        };
        let before = ask().await;
        let report = with(trafficking()["referrals"][0].clone(), "/sender", json!("uteseksjonen"));
        let add = format!("{}/referrals", case_path(&case));
        outreach.post(&add, &report).await.expect(201);
        let now = look(&outreach, &case).await.expect(200);
        assert_ne!(now.etag(), case.etag());
        outreach.patch(&case_path(&case), &json!({ "addNeeds": ["economy"] })).if_match(&now.etag()).await.expect(200);
        assert_eq!(ask().await, before);
        app.finish().await;
    }

    /// Of a referral whose workflow allows it, the others see who has the baton and until when, and no more.
    async fn of_some_the_others_see_who_has_the_baton(home: Home) {
        let app = home.start().await;
        let (outreach, vakten, district) =
            (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::District));
        let case = open(&app, &trafficking()).await;
        let added = outreach.post(&format!("{}/referrals", case_path(&case)), &service("bup-oslo")).await.expect(201);
        let new = outreach.get(added.header("location")).await.expect(200);
        assert_eq!(new.json()["person"]["identifier"]["value"], "17912099997", "the sender's own copy");
        for client in [&vakten, &district] {
            let answer = look(client, &case).await.expect(200);
            assert_eq!(seen(&answer)[1], ("custody".to_owned(), json!(null)));
            let shown = &answer.json()["referrals"][1];
            assert_eq!((&shown["custodian"]["slug"], &shown["needs"]), (&json!("uteseksjonen"), &json!(["housing"])));
            assert!(shown["nextDueAt"].is_string() && shown["referral"].is_null() && shown["receiver"].is_null());
            assert!(!answer.text().contains("bup-oslo"), "{}", answer.text());
            client.get(&path(&new)).await.expect(404);
        }
        app.by(Persona::Outsider).act(&new, "accept", json!({})).await.expect(200);
        let answer = look(&vakten, &case).await.expect(200);
        assert_eq!(needs(&answer)[1], ("housing".to_owned(), "taken".to_owned(), json!("bup-oslo")));
        app.finish().await;
    }

    /// A need is nobody's until somebody has taken it, and again when it comes back.
    async fn what_nobody_has_is_seen(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let body = json!({ "coordinator": "uteseksjonen", "needs": ["leisure"],
            "person": { "alias": "Kråka", "estimatedAge": 16 }, "referrals": [service("bydel-grunerlokka")] });
        let case = open(&app, &body).await;
        let uncovered = async || outreach.get("/cases?uncovered=true").await.expect(200).json()["items"].as_array().unwrap().len();
        assert_eq!(uncovered().await, 1);
        let mine = outreach.get("/cases?coordinator=me&state=open").await.expect(200).json();
        assert_eq!(mine["items"][0]["id"], case.json()["id"]);
        assert_eq!(district.get("/cases?coordinator=me").await.expect(200).json()["items"], json!([]));
        let found = outreach.get(&format!("/cases?q={}", &case.json()["reference"].as_str().unwrap()[..5])).await.expect(200);
        assert_eq!(found.json()["items"][0]["id"], case.json()["id"]);
        let sent = referral(&outreach, &case, "service-referral").await;
        let no = json!({ "code": "no-capacity", "reason": "Fullt" });
        let declined = district.act(&sent, "decline", no).await.expect(200);
        let now = look(&outreach, &case).await.expect(200);
        assert_eq!(needs(&now), [
            ("housing".to_owned(), "came-back".to_owned(), json!("uteseksjonen")),
            ("leisure".to_owned(), "nobody".to_owned(), json!(null)),
        ]);
        let again = json!({ "receiver": "bup-oslo", "legalBasis": consent() });
        let again = outreach.act(&declined, "hand-off", again).await.expect(200);
        let taken = app.by(Persona::Outsider).act(&again, "accept", json!({})).await.expect(200);
        let done = json!({ "outcome": "service-delivered" });
        app.by(Persona::Outsider).act(&taken, "complete", done).await.expect(200);
        let now = look(&outreach, &case).await.expect(200);
        assert_eq!(needs(&now)[0].1, "met");
        let now = outreach.patch(&case_path(&case), &json!({ "removeNeeds": ["leisure"] })).if_match(&now.etag()).await.expect(200);
        assert_eq!(uncovered().await, 0);
        assert_eq!(outreach.get("/cases?uncovered=false").await.expect(200).json()["items"].as_array().unwrap().len(), 1);
        // A new need after all that is a new referral, which names its parent.
        let parent = with(service("bydel-grunerlokka"), "/parent", sent.json()["reference"].clone());
        let child = outreach.post(&format!("{}/referrals", case_path(&case)), &parent).await.expect(201);
        let child = outreach.get(child.header("location")).await.expect(200);
        assert_eq!(child.json()["parentId"], sent.json()["id"]);
        outreach.act(&child, "withdraw", json!({ "reason": "Trengs ikke" })).await.expect(200);
        let withdrawn = outreach.look(&child).await.expect(200);
        outreach.act(&withdrawn, "revoke", json!({ "reason": "Trengs ikke" })).await.expect(200);
        // Nothing is active any more, so it can be closed, and opened again.
        let now = look(&outreach, &now).await.expect(200);
        let closed = act(&outreach, &now, "close", json!({ "reason": "Alt er gjort" })).await.expect(200);
        assert_eq!((&closed.json()["state"], actions(&closed.json())), (&json!("closed"), vec!["reopen"]));
        outreach.post(&format!("{}/referrals", case_path(&case)), &service("bup-oslo")).await.problem(409, "case-not-open");
        act(&outreach, &closed, "reopen", json!({ "reason": "Hun er tilbake" })).await.expect(200);
        app.finish().await;
    }

    /// Somebody always coordinates: the other takes over when they say yes, and not before.
    async fn the_coordination_passes_when_it_is_taken(home: Home) {
        let app = home.start().await;
        let (outreach, vakten, district) =
            (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::District));
        let case = open(&app, &trafficking()).await;
        let stranger = act(&outreach, &case, "propose-coordinator", json!({ "agency": "bup-oslo" })).await;
        stranger.problem(422, "invalid-input");
        let proposal = json!({ "agency": "barnevernvakten", "reason": "De kjenner henne" });
        act(&vakten, &look(&vakten, &case).await, "propose-coordinator", proposal.clone()).await.problem(403, "not-yours");
        let asked = act(&outreach, &case, "propose-coordinator", proposal.clone()).await.expect(200);
        assert_eq!(asked.json()["coordinator"]["slug"], "uteseksjonen");
        // The district learns nothing of it.
        let district_sees = look(&district, &case).await.expect(200);
        assert_eq!((&district_sees.json()["proposal"], district_sees.etag().as_str()), (&json!(null), "\"1\""));
        act(&district, &district_sees, "accept-coordination", json!({})).await.problem(403, "not-yours");
        let theirs = look(&vakten, &case).await.expect(200);
        assert_eq!(theirs.json()["proposal"]["by"]["slug"], "uteseksjonen");
        let no = act(&vakten, &theirs, "decline-coordination", json!({ "reason": "Ikke nå" })).await.expect(200);
        assert_eq!(no.json()["coordinator"]["slug"], "uteseksjonen");
        let asked = act(&outreach, &look(&outreach, &case).await, "propose-coordinator", proposal).await.expect(200);
        act(&outreach, &asked, "accept-coordination", json!({})).await.problem(403, "not-yours");
        let theirs = look(&vakten, &case).await.expect(200);
        let yes = act(&vakten, &theirs, "accept-coordination", json!({ "person": "me" })).await.expect(200);
        assert_eq!((&yes.json()["coordinator"]["slug"], &yes.json()["relation"]), (&json!("barnevernvakten"), &json!("coordinator")));
        // Whoever coordinates knows what nobody has; what was hidden stays so.
        let needs: Vec<_> = needs(&yes).into_iter().map(|(need, ..)| need).collect();
        assert_eq!(needs, ["shelter", "school-work"]);
        act(&vakten, &theirs, "close", json!({ "reason": "For tidlig" })).await.problem(412, "stale-version");
        let timeline = vakten.get(&format!("{}/timeline", case_path(&case))).await.expect(200).json();
        let kinds: Vec<_> = timeline["items"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kinds, ["opened", "referral-attached", "need-added", "coordinator-proposed", "coordination-declined",
            "coordinator-proposed", "coordinator-changed"]);
        app.finish().await;
    }

    async fn a_referral_that_exists_comes_into_one_case(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let report = outreach.post("/referrals", &crate::telling::concern_report()).await.expect(201);
        let body = json!({ "coordinator": "barnevernvakten", "attach": [report.json()["reference"]] });
        let case = vakten.post("/cases", &body).await.expect(201);
        assert_eq!(outreach.look(&report).await.expect(200).json()["case"]["id"], case.json()["id"]);
        vakten.post("/cases", &body).await.problem(409, "already-in-case");
        let other = open(&app, &trafficking()).await;
        let attach = json!({ "attach": report.json()["id"] });
        outreach.post(&format!("{}/referrals", case_path(&other)), &attach).await.problem(409, "already-in-case");
        // Whoever has no part in a referral cannot tell it from none; whoever has none in the case neither.
        let unknown = json!({ "attach": Uuid::now_v7().to_string() });
        let stranger = app.by(Persona::District);
        let add = format!("{}/referrals", case_path(&other));
        assert_eq!(told(&stranger.post(&add, &attach).await), told(&stranger.post(&add, &unknown).await));
        app.by(Persona::Outsider).post(&add, &attach).await.expect(404);
        app.finish().await;
    }

    /// All of them or none: one that is wrong keeps the other from being stored.
    async fn bad_input_stores_nothing(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let before = footprint(&home).await;
        let cases = home.database().number("SELECT count(*) FROM cases").await;
        let wrong = [
            (with(trafficking(), "/referrals/1/receiver", json!("bup-oslo")), 422, Some("/referrals/1/receiver")),
            (with(trafficking(), "/referrals/1/legalBasis/reason", json!("")), 422, Some("/referrals/1/legalBasis/reason")),
            (with(trafficking(), "/referrals", json!([])), 422, None),
            (with(trafficking(), "/person", json!(null)), 422, Some("/person")),
            (with(trafficking(), "/attach", json!(["K7QF-2M"])), 422, Some("/attach/0")),
            (with(trafficking(), "/attach", json!(["hei"])), 422, Some("/attach/0")),
            (with(trafficking(), "/coordinator", json!("nowhere")), 422, None),
            (with(trafficking(), "/colour", json!(1)), 422, Some("/colour")),
            (with(trafficking(), "/coordinator", json!("barnevernvakten")), 403, None),
        ];
        for (body, status, pointer) in wrong {
            let answer = outreach.post("/cases", &body).await;
            assert_eq!(answer.status, status, "{}", answer.text());
            if let Some(pointer) = pointer {
                assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{}", answer.text());
            }
        }
        let case = open(&app, &trafficking()).await;
        let place = case_path(&case);
        outreach.patch(&place, &json!({ "addNeeds": ["economy"] })).await.problem(428, "precondition-required");
        outreach.patch(&place, &json!({ "addNeeds": ["economy"] })).if_match("\"9\"").await.problem(412, "stale-version");
        for (body, status) in [(json!({}), 422), (json!({ "addNeeds": ["gold"] }), 422), (json!({ "removeNeeds": ["economy"] }), 422)] {
            assert_eq!(outreach.patch(&place, &body).if_match(&case.etag()).await.status, status, "{body}");
        }
        for (action, input) in [("close", json!({})), ("propose-coordinator", json!({})), ("merge", json!({})), ("dance", json!({})),
            ("assign-coordinator", json!({ "person": Uuid::now_v7().to_string() })), ("propose-coordinator", json!({ "agency": "uteseksjonen" }))] {
            let answer = act(&outreach, &case, action, input).await;
            assert!([409, 422].contains(&answer.status), "{action}: {}", answer.text());
        }
        outreach.get("/cases?colour=red").await.problem(422, "unknown-parameter");
        outreach.get("/cases?state=lost").await.problem(422, "invalid-input");
        outreach.get("/cases?cursor=xyz").await.problem(422, "invalid-cursor");
        outreach.get("/cases?coordinator=barnevernvakten").await.problem(422, "invalid-input");
        assert_eq!(home.database().number("SELECT count(*) FROM cases").await, cases + 1);
        assert_ne!(footprint(&home).await, before);
        assert_eq!(home.database().number("SELECT count(*) FROM referrals").await, 2);
        app.finish().await;
    }

    /// Whoever repeats the request gets the first answer; of those who attach one referral to two cases at once, one does.
    async fn repeated_and_at_once(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let first = outreach.post("/cases", &trafficking()).idempotency_key("one").await.expect(201);
        let again = outreach.post("/cases", &trafficking()).idempotency_key("one").await.expect(201);
        assert_eq!((first.text(), again.header("idempotent-replayed")), (again.text(), "true"));
        let second = open(&app, &trafficking()).await;
        let report = outreach.post("/referrals", &crate::telling::concern_report()).await.expect(201);
        let attach = json!({ "attach": report.json()["id"] });
        let requests = [&first, &second, &first, &second]
            .map(|case| outreach.post(&format!("{}/referrals", case_path(case)), &attach));
        let answers = all_at_once(requests.into()).await;
        assert_eq!((count(&answers, 201), count(&answers, 409)), (1, 3));
        assert_eq!(home.database().number("SELECT count(*) FROM referrals WHERE case_id IS NOT NULL").await, 5);
        app.finish().await;
    }

    /// Nothing of the youth stands outside the two places for it, and strangers cannot tell a case from none.
    async fn a_stranger_cannot_tell_a_case_from_nothing(home: Home) {
        let app = home.start().await;
        let case = open(&app, &trafficking()).await;
        let document = app.by_nobody().get("/api/v1/openapi.json").await.expect(200).json();
        let nowhere = Uuid::now_v7().to_string();
        let mut tried = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            if !path.starts_with("/api/v1/cases/{") {
                continue;
            }
            for method in item.as_object().unwrap().keys() {
                for persona in [Persona::Outsider, Persona::Coordinator, Persona::Auditor, Persona::Admin] {
                    for body in ["", "{}", "{", r#"{"colour":1}"#] {
                        let ask = |name: &str| {
                            let request = app.by(persona).request(method.to_uppercase().parse().unwrap(), &path.replace("{id}", name));
                            request.if_match("\"1\"").raw("application/json", body)
                        };
                        let there = id(&case.json());
                        let (found, missed) = (ask(&there).await, ask(&nowhere).await);
                        assert_eq!(found.status, 404, "{method} {path} {persona:?} {body}: {}", found.text());
                        let unnamed = |(status, text, headers): (u16, String, Vec<_>), name: &str| (status, text.replace(name, "NAME"), headers);
                        assert_eq!(unnamed(told(&found), &there), unnamed(told(&missed), &nowhere));
                        tried += 1;
                    }
                }
            }
        }
        assert!(tried >= 7 * 16);
        let rows = impersonal_rows(home.database()).await;
        for word in crate::telling::PERSONAL {
            // The people of the house are called so too; what they are called stands with them.
            assert!(word == "Testesen" || !rows.iter().any(|row| row.contains(word)), "{word}");
        }
        app.finish().await;
    }
}
