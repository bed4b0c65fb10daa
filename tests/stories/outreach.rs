//! The outreach register: a phone that repeats itself enters one night, what is taken back counts no more, nobody else sees it, and what
//! it adds up to is what the raw rows say.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use e2e::{Client, Home, Persona, Request, on_both_databases};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::setup::hire;
use crate::telling::{all_at_once, concern_report, count, service_referral, with};

fn monday() -> DateTime<Utc> {
    "2026-11-23T23:30:00Z".parse().unwrap()
}

pub(crate) fn arena(name: &str) -> Value {
    json!({
        "agency": "uteseksjonen", "name": name, "area": "030116", "problems": ["substance-use"],
        "present": [{ "agency": "barnevernvakten", "timesAMonth": 4 }], "responsible": "bydel-grunerlokka",
        "effort": "Varmestue som stenger ti", "missing": "Et sted om natten", "reviewedOn": "2026-11-02"
    })
}

fn line(arena: &str, more: &Value) -> Value {
    let mut tally = json!({
        "arena": arena, "acquaintance": "known", "age": "16-17", "sex": "male", "persons": 1, "outcome": "talked"
    });
    tally.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "id": Uuid::now_v7(), "tally": tally })
}

fn patrol(arenas: &[&str], from: &str, lines: &[Value]) -> Value {
    json!({ "agency": "uteseksjonen", "from": from, "arenas": arenas, "workers": 2, "contacts": lines })
}

/// Enters an arena, and tells its id.
async fn place(client: &Client, name: &str) -> String {
    let entered = client.post("/outreach/arenas", &arena(name)).await.expect(201);
    entered.json()["id"].as_str().unwrap().to_owned()
}

fn put_new(client: &Client, path: &str, body: &Value) -> Request {
    client.put(path, body).header("if-none-match", "*")
}

fn own(kind: &str) -> String {
    format!("/outreach/{kind}/{}", Uuid::now_v7())
}

/// From here on the outsider's agency walks as well.
async fn walks_too(home: &Home) {
    home.database()
        .execute("UPDATE agencies SET kind = 'outreach' WHERE slug = 'bup-oslo'")
        .await;
}

/// How many entries a list has, over all its pages.
async fn length(client: &Client, list: &str) -> usize {
    let (mut found, mut cursor) = (0, String::new());
    loop {
        let mark = if list.contains('?') { '&' } else { '?' };
        let page = client
            .get(&format!("{list}{mark}limit=3{cursor}"))
            .await
            .expect(200)
            .json();
        found += page["items"].as_array().unwrap().len();
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// A part of a breakdown.
fn part<'r>(report: &'r Value, breakdown: &str, code: &str) -> &'r Value {
    let parts = report[breakdown].as_array().unwrap();
    parts.iter().find(|part| part["code"] == code).unwrap()
}

on_both_databases! {
    async fn a_phone_repeats_itself_and_enters_one_night(kind: DatabaseKind) {
        let (home, _clock) = Home::with_clock(kind, monday()).await;
        walks_too(&home).await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let here = place(&outreach, "Vaterland").await;
        let lines = [line(&here, &json!({ "persons": 3 })), line(&here, &json!({ "acquaintance": "new", "persons": 2 }))];
        let night = patrol(&[&here], "2026-11-23T20:00:00Z", &lines);
        let path = own("patrols");
        let first = put_new(&outreach, &path, &night).await.expect(201);
        assert_eq!(first.header("location"), format!("/api/v1{path}"));
        let stored = first.json();
        assert_eq!((&stored["contacts"], &stored["persons"], &stored["new"]), (&json!(2), &json!(5), &json!(2)));
        for _ in 0..2 {
            let again = put_new(&outreach, &path, &night).await;
            assert_eq!(again.problem(412, "already-stored")["current"], format!("/api/v1{path}"));
            assert_eq!(again.etag(), first.etag());
        }
        // Another wording under the same id, the id of a line, and another team: told nothing of what lies there.
        put_new(&outreach, &path, &with(night.clone(), "/workers", json!(3))).await.problem(409, "conflict");
        put_new(&outreach, &own("patrols"), &night).await.problem(409, "conflict");
        let theirs = json!({ "agency": "bup-oslo", "name": "Et annet sted" });
        let there = app.by(Persona::Outsider).post("/outreach/arenas", &theirs).await.expect(201).json();
        let foreign = with(patrol(&[there["id"].as_str().unwrap()], "2026-11-23T20:00:00Z", &[]), "/agency", json!("bup-oslo"));
        put_new(&app.by(Persona::Outsider), &path, &foreign).await.problem(409, "conflict");
        assert_eq!(home.database().number("SELECT count(*) FROM outreach_patrols").await, 1);
        assert_eq!(home.database().number("SELECT count(*) FROM outreach_contacts").await, 2);
        // Eight at once.
        let (path, lines) = (own("patrols"), [line(&here, &json!({}))]);
        let night = patrol(&[&here], "2026-11-22T20:00:00Z", &lines);
        let puts = (0..8).map(|_| put_new(&outreach, &path, &night));
        let answers = all_at_once(puts.collect()).await;
        assert_eq!((count(&answers, 201), count(&answers, 412)), (1, 7), "{answers:#?}");
        // And by a key, for those who let the server make the id.
        let body = patrol(&[&here], "2026-11-21T20:00:00Z", &[]);
        let post = || outreach.post("/outreach/patrols", &body).idempotency_key("natt-21");
        let (one, two) = (post().await.expect(201), post().await.expect(201));
        assert_eq!((one.json(), two.header("idempotent-replayed")), (two.json(), "true"));
        assert_eq!(length(&outreach, "/outreach/patrols").await, 3);
        app.finish().await;
    }

    async fn what_is_taken_back_counts_no_more_and_a_correction_brings_it_back(kind: DatabaseKind) {
        let (home, _clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let here = place(&outreach, "Vaterland").await;
        let night = patrol(&[&here], "2026-11-23T20:00:00Z", &[]);
        let walked = outreach.post("/outreach/patrols", &night).await.expect(201);
        let walk = walked.json()["id"].as_str().unwrap().to_owned();
        let body = json!({ "patrol": walk, "tally": line(&here, &json!({ "persons": 4 }))["tally"] });
        let path = own("contacts");
        let told = put_new(&outreach, &path, &body).await.expect(201);
        let persons = async || outreach.get("/reports/outreach").await.expect(200).json()["persons"]["count"].clone();
        assert_eq!(persons().await, 4);
        // Corrected, by whoever has seen what they correct.
        let five = with(body.clone(), "/tally/persons", json!(5));
        outreach.put(&path, &five).await.problem(428, "precondition-required");
        outreach.put(&path, &five).if_match("\"7\"").await.problem(412, "stale-version");
        let corrected = outreach.put(&path, &five).if_match(&told.etag()).await.expect(200);
        assert_eq!((corrected.etag().as_str(), persons().await), ("\"2\"", json!(5)));
        // Taken back, and back again.
        let delete = |path: &str, etag: &str| outreach.request(reqwest::Method::DELETE, path).if_match(etag);
        delete(&path, "\"1\"").await.problem(412, "stale-version");
        let gone = delete(&path, "\"2\"").await.expect(200);
        assert!(gone.json()["withdrawnAt"].is_string() && gone.etag() == "\"3\"");
        assert_eq!((persons().await, length(&outreach, "/outreach/contacts").await), (json!(0), 0));
        assert_eq!(length(&outreach, "/outreach/contacts?withdrawn=true").await, 1);
        outreach.put(&path, &five).if_match("\"3\"").await.expect(200);
        assert_eq!((persons().await, length(&outreach, "/outreach/contacts").await), (json!(5), 1));
        // With a patrol its tally goes, and comes back as it was.
        let path = format!("/outreach/patrols/{walk}");
        delete(&path, "\"1\"").await.expect(200);
        assert_eq!((persons().await, length(&outreach, "/outreach/contacts").await), (json!(0), 0));
        let elsewhere = outreach.put(&path, &with(night.clone(), "/agency", json!("bup-oslo"))).if_match("\"2\"").await;
        assert_eq!(elsewhere.problem(422, "invalid-input")["errors"][0]["code"], "another-register");
        outreach.put(&path, &with(night, "/workers", json!(3))).if_match("\"2\"").await.expect(200);
        assert_eq!(persons().await, 5);
        // Who did it stands in the trail, once for each step.
        let steps = home.database().texts("SELECT action FROM audit WHERE object_kind = 'outreach-contact' ORDER BY id").await;
        assert_eq!(steps, ["entered", "corrected", "withdrawn", "corrected"].map(|step| format!("outreach-contact-{step}")));
        assert_eq!(home.database().number("SELECT count(*) FROM audit WHERE object_kind LIKE 'outreach-%' \
            AND (actor_id IS NULL OR agency_id IS NULL)").await, 0);
        app.finish().await;
    }

    async fn nobody_else_sees_a_register(kind: DatabaseKind) {
        let (home, _clock) = Home::with_clock(kind, monday()).await;
        walks_too(&home).await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let here = place(&outreach, "Vaterland").await;
        let lines = [line(&here, &json!({}))];
        let walked = outreach.post("/outreach/patrols", &patrol(&[&here], "2026-11-23T20:00:00Z", &lines)).await.expect(201).json();
        let walk = walked["id"].as_str().unwrap();
        let told = lines[0]["id"].as_str().unwrap();
        let never = Uuid::now_v7().to_string();
        let other = app.by(Persona::Outsider);
        for (kind, id, body) in [
            ("patrols", walk, patrol(&[&here], "2026-11-23T20:00:00Z", &[])),
            ("contacts", told, json!({ "patrol": walk, "tally": lines[0]["tally"] })),
            ("arenas", &here, arena("Vaterland")),
        ] {
            for stranger in [&other, &app.by(Persona::District)] {
                assert_eq!(length(stranger, &format!("/outreach/{kind}")).await, 0);
                for (there, nowhere) in [(id, never.as_str())] {
                    let at = |id: &str| format!("/outreach/{kind}/{id}");
                    let ask = async |id: &str| [
                        stranger.get(&at(id)).await.problem(404, "not-found")["detail"].clone(),
                        stranger.put(&at(id), &body).if_match("\"1\"").await.problem(404, "not-found")["detail"].clone(),
                        stranger.request(reqwest::Method::DELETE, &at(id)).if_match("\"1\"").await.problem(404, "not-found")["detail"].clone(),
                    ];
                    assert_eq!(ask(there).await, ask(nowhere).await);
                }
            }
            for persona in [Persona::Auditor, Persona::Coordinator, Persona::Admin] {
                app.by(persona).get(&format!("/outreach/{kind}")).await.problem(403, "forbidden");
                app.by(persona).get(&format!("/outreach/{kind}/{id}")).await.problem(403, "forbidden");
            }
        }
        // Whose arena and patrol they cannot name, and whose register they cannot write in.
        let theirs = with(patrol(&[&here], "2026-11-23T20:00:00Z", &[]), "/agency", json!("bup-oslo"));
        let refused = other.post("/outreach/patrols", &theirs).await.problem(422, "invalid-input");
        let missed = other.post("/outreach/patrols", &with(theirs, "/arenas", json!([never]))).await.problem(422, "invalid-input");
        assert_eq!((&refused["errors"], &refused["errors"][0]["code"]), (&missed["errors"], &json!("unknown-arena")));
        let in_theirs = json!({ "patrol": walk, "tally": lines[0]["tally"] });
        let refused = other.post("/outreach/contacts", &in_theirs).await.problem(422, "invalid-input");
        let missed = other.post("/outreach/contacts", &with(in_theirs, "/patrol", json!(never))).await.problem(422, "invalid-input");
        assert_eq!((&refused["errors"], &refused["errors"][0]["code"]), (&missed["errors"], &json!("unknown-patrol")));
        other.post("/outreach/patrols", &patrol(&[&here], "2026-11-23T20:00:00Z", &[])).await.problem(403, "forbidden");
        // No outreach service, no register.
        let district = with(arena("Her"), "/agency", json!("bydel-grunerlokka"));
        app.by(Persona::District).post("/outreach/arenas", &district).await.problem(403, "forbidden");
        let report = app.by(Persona::District).get("/reports/outreach").await.expect(200).json();
        assert_eq!((&report["persons"]["count"], report["arenas"].as_array().unwrap().len()), (&json!(0), 0));
        app.finish().await;
    }

    async fn a_referral_is_named_to_those_who_may_know_of_it(kind: DatabaseKind) {
        let (home, _clock) = Home::with_clock(kind, monday()).await;
        walks_too(&home).await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201).json();
        let reference = sent["reference"].as_str().unwrap();
        let here = place(&outreach, "Vaterland").await;
        let night = |referral: &str| {
            let line = line(&here, &json!({ "outcome": "referred", "referral": referral }));
            patrol(&[&here], "2026-11-23T20:00:00Z", &[line])
        };
        let walked = outreach.post("/outreach/patrols", &night(reference)).await.expect(201).json();
        let lines = outreach.get(&format!("/outreach/contacts?patrol={}", walked["id"].as_str().unwrap())).await.expect(200).json();
        assert_eq!(lines["items"][0]["referral"], reference);
        // Another team cannot find out whether there is one of that name.
        let other = app.by(Persona::Outsider);
        let there = other.post("/outreach/arenas", &json!({ "agency": "bup-oslo", "name": "Et sted" })).await.expect(201).json();
        let theirs = |referral: &str| {
            let line = line(there["id"].as_str().unwrap(), &json!({ "outcome": "referred", "referral": referral }));
            with(patrol(&[there["id"].as_str().unwrap()], "2026-11-23T20:00:00Z", &[line]), "/agency", json!("bup-oslo"))
        };
        let never = Uuid::now_v7().to_string();
        let ask = async |name: &str| {
            let refused = other.post("/outreach/patrols", &theirs(name)).await.problem(422, "invalid-input");
            (refused["errors"].clone(), refused["detail"].clone())
        };
        let (found, missed) = (ask(sent["id"].as_str().unwrap()).await, ask(&never).await);
        assert_eq!(found, missed);
        assert_eq!(found.0[0]["pointer"], "/contacts/0/tally/referral");
        // A colleague who is not in the circle sees the line and not the name, and does not lose it by correcting something else.
        home.database().execute("UPDATE memberships SET agency_id = (SELECT id FROM agencies WHERE slug = 'uteseksjonen') \
            WHERE user_id = (SELECT id FROM users WHERE username = 'outsider')").await;
        let strict = with(concern_report(), "/person/addressProtection", json!("strictly-confidential"));
        let kept = outreach.because("Vi skriver den selv").post("/referrals", &strict).await.expect(201).json();
        // Taken by somebody, so that it waits for nobody any more.
        let lead = app.by(Persona::Lead).because("Jeg tar den nå, dette er vår");
        let shown = lead.get(&format!("/referrals/{}", kept["id"].as_str().unwrap())).await.expect(200);
        let accept = json!({ "action": "accept", "input": { "assignee": "me" } });
        lead.post(&format!("/referrals/{}/transitions", kept["id"].as_str().unwrap()), &accept)
            .if_match(&shown.etag()).await.expect(200);
        let path = own("contacts");
        let body = json!({ "patrol": walked["id"], "tally": line(&here, &json!({ "outcome": "referred", "referral": kept["reference"] }))["tally"] });
        put_new(&outreach, &path, &body).await.expect(201);
        let colleague = app.by(Persona::Outsider);
        let seen = colleague.get(&path).await.expect(200);
        assert_eq!((&seen.json()["referral"], &seen.json()["outcome"]), (&Value::Null, &json!("referred")));
        let mut two = with(body, "/tally/persons", json!(2));
        two["tally"].as_object_mut().unwrap().remove("referral");
        colleague.put(&path, &two).if_match(&seen.etag()).await.expect(200);
        assert_eq!(outreach.get(&path).await.expect(200).json()["referral"], kept["reference"]);
        app.finish().await;
    }

    async fn the_report_is_what_the_raw_rows_say(kind: DatabaseKind) {
        let (home, _clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let (here, there) = (place(&outreach, "Vaterland").await, place(&outreach, "=1+1").await);
        a_year(&outreach, &here, &there).await;
        for (from, to) in [("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-12-31"), ("2026-05-01", "2026-08-31")] {
            let report = outreach.get(&format!("/reports/outreach?from={from}&to={to}")).await.expect(200).json();
            recount(&home, &report).await;
            // Every figure has its list.
            for (figure, rows) in [("patrols", "patrols"), ("persons", "contacts")] {
                let list = report[figure]["list"].as_str().unwrap();
                assert!(list.contains(&format!("/outreach/{rows}?")), "{list}");
                let listed = length(&outreach, list).await;
                assert!(figure != "patrols" || report[figure]["count"] == listed, "{report:#}");
            }
        }
        let report = outreach.get("/reports/outreach?from=2026-10-01&to=2026-10-31").await.expect(200).json();
        assert!(report["summary"].as_str().unwrap().contains("met 33 persons"), "{}", report["summary"]);
        let norwegian = outreach.get("/reports/outreach?from=2026-10-01&to=2026-10-31").header("accept-language", "nb").await.expect(200).json();
        assert!(norwegian["summary"].as_str().unwrap().contains("møtte 33 personer"), "{}", norwegian["summary"]);
        assert_eq!((report["persons"]["before"].as_u64(), report["months"].as_array().unwrap().len()), (Some(5), 12));
        // The same as a table, in which a name is never a formula.
        let table = outreach.get("/reports/outreach?from=2026-10-01&to=2026-10-31").header("accept", "text/csv").await.expect(200);
        assert_eq!(table.header("content-disposition"), "attachment; filename=\"outreach.csv\"");
        let text = table.text();
        assert!(text.contains("\npersons,,,33,5\r") && text.contains(",'=1+1,"), "{text}");
        assert!(text.lines().all(|line| line.split(',').count() == 5), "{text}");
        // The month that runs, when nobody says which.
        let now = outreach.get("/reports/outreach").await.expect(200).json();
        assert_eq!(now["from"], "2026-10-31T23:00:00Z");
        app.finish().await;
    }

    async fn colleagues_are_not_told_of_a_protected_youth_who_is_looked_for(kind: DatabaseKind) {
        let (home, _clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let colleague = hire(&app, &app.by(Persona::Admin), "uteseksjonen", "kari", &["worker"]).await;
        let word = [("/workflow", json!("notification")), ("/needs", json!(["missing"])), ("/legalBasis", json!({ "code": "duty-to-avert", "reason": "Savnet" }))];
        let word = word.into_iter().fold(service_referral("bydel-grunerlokka"), |body, (at, value)| with(body, at, value));
        outreach.post("/referrals", &word).await.expect(201);
        let notified = async |client: &Client| client.get("/reports/outreach").await.expect(200).json()["notified"]["sent"]["count"].clone();
        assert_eq!((notified(&outreach).await, notified(&colleague).await), (json!(1), json!(1)));
        // An address that is protected closes the circle: whoever wrote it stays in it.
        home.database().execute("UPDATE referrals SET protection = 'confidential'").await;
        assert_eq!((notified(&outreach).await, notified(&colleague).await), (json!(1), json!(0)));
        app.finish().await;
    }

    async fn across_agencies_nobody_is_told_of_a_single_one(kind: DatabaseKind) {
        let (home, _clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let here = place(&outreach, "Vaterland").await;
        let lines = [
            line(&here, &json!({ "persons": 9 })),
            line(&here, &json!({ "persons": 4, "sex": "female" })),
            line(&here, &json!({ "persons": 1, "sex": "other", "age": "12-14", "needs": ["shelter"], "clients": 1 })),
        ];
        outreach.post("/outreach/patrols", &patrol(&[&here], "2026-07-01T20:00:00Z", &lines)).await.expect(201);
        for persona in [Persona::Auditor, Persona::Coordinator] {
            let watcher = app.by(persona);
            let answer = watcher.get("/reports/outreach").await.expect(200);
            let report = answer.json();
            assert_eq!((&report["acrossAgencies"], &report["persons"]["count"]), (&json!(true), &json!(14)));
            for (breakdown, code) in [("sexes", "other"), ("ages", "12-14"), ("needs", "shelter")] {
                assert_eq!(part(&report, breakdown, code)["count"], Value::Null, "{breakdown} {code}");
            }
            // The sum does not give it away.
            for breakdown in ["sexes", "ages"] {
                let hidden = report[breakdown].as_array().unwrap().iter().filter(|part| part["count"].is_null()).count();
                assert!(hidden >= 2, "{breakdown}: {report:#}");
            }
            assert_eq!(report["clients"]["count"], Value::Null);
            assert_eq!((&report["arenas"], &report["months"], &report["notified"]), (&json!([]), &json!([]), &Value::Null));
            assert!(!answer.text().contains("Vaterland") && !answer.text().contains("/api/v1/outreach"), "{}", answer.text());
            for period in ["from=2026-07-01&to=2026-07-31", "from=2026-09-01&to=2026-12-31"] {
                let refused = watcher.get(&format!("/reports/outreach?{period}")).await.problem(422, "invalid-input");
                assert_eq!(refused["errors"][0]["code"], "impossible-period", "{period}");
            }
            let refused = watcher.get("/reports/outreach?agency=uteseksjonen").await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["code"], "not-across-agencies");
        }
        // The team sees its own as it is: the control without which the masks above would prove nothing.
        let own = outreach.get("/reports/outreach?from=2026-05-01&to=2026-08-31").await.expect(200).json();
        assert_eq!(part(&own, "sexes", "other")["count"], 1);
        app.finish().await;
    }

    async fn what_is_wrong_is_named_and_nothing_is_stored(kind: DatabaseKind) {
        let (home, _clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let here = place(&outreach, "Vaterland").await;
        let good = || patrol(&[&here], "2026-11-23T20:00:00Z", &[line(&here, &json!({}))]);
        for (pointer, value) in [
            ("/from", json!("2026-11-25T20:00:00Z")),
            ("/until", json!("2026-11-23T19:00:00Z")),
            ("/workers", json!(0)),
            ("/arenas", json!([])),
            ("/contacts/0/id", json!(Uuid::nil())),
            ("/contacts/0/tally/persons", json!(0)),
            ("/contacts/0/tally/clients", json!(2)),
            ("/contacts/0/tally/arena", json!(Uuid::now_v7())),
        ] {
            let mut body = good();
            match pointer.rsplit_once('/') {
                Some((parent, field)) => body.pointer_mut(parent).unwrap()[field] = value,
                None => unreachable!(),
            }
            let refused = outreach.post("/outreach/patrols", &body).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused:#}");
        }
        let adult = line(&here, &json!({ "age": "18-22", "missing": 1 }));
        let refused = outreach.post("/outreach/patrols", &patrol(&[&here], "2026-11-23T20:00:00Z", &[adult])).await.problem(422, "invalid-input");
        assert_eq!(refused["errors"][0]["code"], "not-a-minor");
        let refused = outreach.post("/outreach/arenas", &with(arena("X"), "/responsible", json!("nobody"))).await.problem(422, "invalid-input");
        assert_eq!(refused["errors"][0]["pointer"], "/responsible");
        outreach.post("/outreach/patrols", &with(good(), "/colour", json!("blue"))).await.problem(422, "unknown-field");
        assert_eq!(home.database().number("SELECT count(*) FROM outreach_patrols").await, 0);
        assert_eq!(home.database().number("SELECT count(*) FROM outreach_contacts").await, 0);
        app.finish().await;
    }

    async fn what_is_written_of_an_arena_lies_sealed(kind: DatabaseKind) {
        let (home, _clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let entered = outreach.post("/outreach/arenas", &arena("Vaterland")).await.expect(201);
        let path = format!("/outreach/arenas/{}", entered.json()["id"].as_str().unwrap());
        assert_eq!(entered.json()["effort"], "Varmestue som stenger ti");
        let sealed = async || home.database().number("SELECT count(*) FROM texts WHERE kind = 'arena'").await;
        assert_eq!(sealed().await, 2);
        let as_text = match home.database().kind() {
            e2e::DatabaseKind::Sqlite => "instr(sealed, CAST('armestue' AS BLOB)) > 0",
            e2e::DatabaseKind::Postgres => "position('armestue'::bytea in sealed) > 0",
        };
        assert_eq!(home.database().number(&format!("SELECT count(*) FROM texts WHERE {as_text}")).await, 0);
        // What is said no more is not kept.
        let mut less = arena("Vaterland");
        less.as_object_mut().unwrap().remove("missing");
        let less = with(less, "/effort", json!("Varmestuen er stengt"));
        let changed = outreach.put(&path, &less).if_match(&entered.etag()).await.expect(200).json();
        assert_eq!((&changed["effort"], &changed["missing"]), (&json!("Varmestuen er stengt"), &Value::Null));
        assert_eq!((sealed().await, outreach.get(&path).await.expect(200).json()), (1, changed));
        app.finish().await;
    }
}

/// Nights of two years, at the edges of months as well.
async fn a_year(outreach: &Client, here: &str, there: &str) {
    let nights = [
        ("2025-10-14T20:00:00Z", here, json!({ "persons": 5 })),
        (
            "2026-06-02T20:00:00Z",
            here,
            json!({ "persons": 2, "sex": "female", "age": "15", "missing": 1 }),
        ),
        // In Oslo it is October.
        (
            "2026-09-30T22:30:00Z",
            here,
            json!({ "persons": 7, "acquaintance": "new", "needs": ["shelter", "substance-use"] }),
        ),
        (
            "2026-10-10T20:00:00Z",
            there,
            json!({ "persons": 6, "sex": "female", "clients": 2, "outcome": "followed" }),
        ),
        (
            "2026-10-31T22:30:00Z",
            there,
            json!({ "persons": 20, "age": "unknown", "outcome": "informed" }),
        ),
        // And November.
        ("2026-10-31T23:30:00Z", there, json!({ "persons": 11 })),
    ];
    for (from, arena, more) in &nights {
        let lines = [line(arena, more)];
        outreach
            .post("/outreach/patrols", &patrol(&[arena], from, &lines))
            .await
            .expect(201);
    }
    // What is taken back counts nowhere.
    let lines = [line(here, &json!({ "persons": 100 }))];
    let gone = outreach
        .post("/outreach/patrols", &patrol(&[here], "2026-10-20T20:00:00Z", &lines))
        .await
        .expect(201);
    let path = format!("/outreach/patrols/{}", gone.json()["id"].as_str().unwrap());
    outreach
        .request(reqwest::Method::DELETE, &path)
        .if_match(&gone.etag())
        .await
        .expect(200);
}

/// Counts everything anew from the rows, in the period of the report and a year before it.
async fn recount(home: &Home, report: &Value) {
    for (column, [from, to]) in [("count", ["from", "to"]), ("before", ["beforeFrom", "beforeTo"])] {
        let ends: [DateTime<Utc>; 2] = [from, to].map(|end| report[end].as_str().unwrap().parse().unwrap());
        let rows = home
            .database()
            .texts(
                "SELECT p.began_at || '|' || c.persons || '|' || c.acquaintance || '|' || c.age || '|' || c.sex || '|' || c.outcome \
                 || '|' || c.clients || '|' || c.missing || '|' || CAST(c.needs AS TEXT) FROM outreach_contacts c \
                 JOIN outreach_patrols p ON p.id = c.patrol_id WHERE c.withdrawn_at IS NULL AND p.withdrawn_at IS NULL",
            )
            .await;
        let mut counted: BTreeMap<(&str, String), u64> = BTreeMap::new();
        let mut add =
            |key: (&'static str, &str), number: u64| *counted.entry((key.0, key.1.to_owned())).or_default() += number;
        for row in &rows {
            let cells: Vec<&str> = row.split('|').collect();
            if !within(cells[0], ends) {
                continue;
            }
            let number = |at: usize| cells[at].parse::<u64>().unwrap();
            add(("persons", ""), number(1));
            add(("acquaintances", cells[2]), number(1));
            add(("ages", cells[3]), number(1));
            add(("sexes", cells[4]), number(1));
            add(("outcomes", cells[5]), number(1));
            add(("clients", ""), number(6));
            add(("missing", ""), number(7));
            for need in serde_json::from_str::<Vec<String>>(cells[8]).unwrap() {
                add(("needs", &need), number(1));
            }
        }
        let patrols = home
            .database()
            .texts("SELECT CAST(began_at AS TEXT) FROM outreach_patrols WHERE withdrawn_at IS NULL")
            .await;
        let walked = patrols.iter().filter(|at| within(at, ends)).count();
        assert_eq!(report["patrols"][column], walked, "{column}");
        for sum in ["persons", "clients", "missing"] {
            let expected = counted.get(&(sum, String::new())).copied().unwrap_or(0);
            assert_eq!(report[sum][column], expected, "{sum} {column}");
        }
        for breakdown in ["acquaintances", "ages", "sexes", "outcomes", "needs"] {
            for part in report[breakdown].as_array().unwrap() {
                let code = part["code"].as_str().unwrap();
                let expected = counted.get(&(breakdown, code.to_owned())).copied().unwrap_or(0);
                assert_eq!(part[column], expected, "{breakdown} {code} {column}");
            }
        }
    }
}

/// Whether an instant, as either database writes it, lies between two.
fn within(written: &str, [from, to]: [DateTime<Utc>; 2]) -> bool {
    let plain = written.replace(' ', "T").replace("+00:00", "Z");
    let plain = plain
        .strip_suffix("+00")
        .map_or_else(|| plain.clone(), |cut| format!("{cut}Z"));
    let at: DateTime<Utc> = plain.parse().unwrap_or_else(|error| panic!("{written}: {error}"));
    (from..to).contains(&at)
}
