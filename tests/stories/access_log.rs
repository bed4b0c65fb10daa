//! Whoever looks at what is told of a youth stands in the log before they see it, whatever they look at and however the
//! server ends.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use e2e::{Answer, Client, DatabaseKind, Home, Persona, on_both_databases};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::telling::{Acts, PERSONAL, concern_report, id, path, service_referral};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_stafett-under-test"))
}

/// How many looks stand in the log for the request that got this answer.
async fn looks_of(home: &Home, answer: &Answer) -> i64 {
    let request = answer.header("x-request-id");
    assert!(!request.is_empty());
    home.database()
        .number(&format!("SELECT count(*) FROM looks WHERE request_id = '{request}'"))
        .await
}

async fn log_of(client: &Client, place: &str) -> Vec<Value> {
    let log = client.get(&format!("{place}/access-log")).await.expect(200).json();
    log["items"].as_array().unwrap().clone()
}

/// Whether something of what [`concern_report`] and [`service_referral`] tell stands in an answer.
fn tells_words(answer: &Answer) -> bool {
    let text = answer.text();
    PERSONAL
        .iter()
        .filter(|word| **word != "Testesen")
        .any(|word| text.contains(word))
}

on_both_databases! {
    /// One's own people by name, the others as their agency; the newest first; in pages.
    async fn who_has_looked_is_told_to_those_who_take_part(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let place = path(&sent);
        for part in ["", "/timeline", "/messages"] {
            vakten.get(&format!("{place}{part}")).await.expect(200);
        }
        let told = |log: &[Value]| -> Vec<(String, String, String)> {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let one = |look: &Value| (text(&look["agency"]["slug"]), text(&look["user"]["name"]), text(&look["lookedAt"]["code"]));
            log.iter().map(one).collect()
        };
        let row = |agency: &str, name: &str, at: &str| (agency.to_owned(), name.to_owned(), at.to_owned());
        assert_eq!(told(&log_of(&outreach, &place).await), [
            row("barnevernvakten", "-", "messages"),
            row("barnevernvakten", "-", "timeline"),
            row("barnevernvakten", "-", "referral"),
            row("uteseksjonen", "Outreach Testesen", "change"),
        ]);
        let theirs = log_of(&app.by(Persona::Colleague), &place).await;
        assert_eq!(told(&theirs)[0], row("barnevernvakten", "ChildWelfare Testesen", "messages"));
        assert_eq!(told(&theirs)[3], row("uteseksjonen", "-", "change"));
        assert_eq!((&theirs[0]["role"], &theirs[3]["role"], &theirs[0]["why"]["code"]), (&json!("worker"), &json!(null), &json!("part")));
        // Reading the log is no look, and tells nothing of the youth.
        let page = outreach.get(&format!("{place}/access-log?limit=3")).await.expect(200);
        assert!(!tells_words(&page));
        let next = page.json()["nextCursor"].as_str().unwrap().to_owned();
        let rest = outreach.get(&format!("{place}/access-log?limit=3&cursor={next}")).await.expect(200).json();
        assert_eq!((rest["items"].as_array().unwrap().len(), &rest["nextCursor"]), (1, &json!(null)));
        for nobody in [Persona::Outsider, Persona::Auditor, Persona::Admin] {
            app.by(nobody).get(&format!("{place}/access-log")).await.problem(404, "not-found");
        }
        outreach.get(&format!("{place}/access-log?cursor=x")).await.problem(422, "invalid-cursor");
        app.finish().await;
    }

    /// Whoever did not take it sees who of their own looked, and nothing of who came after them.
    async fn whose_part_has_ended_sees_their_own_looks(home: Home) {
        let app = home.start().await;
        let (outreach, district, clinic) = (app.by(Persona::Outreach), app.by(Persona::District), app.by(Persona::Outsider));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let place = path(&sent);
        let seen = district.get(&place).await.expect(200);
        let declined = district.act(&seen, "decline", json!({ "code": "no-capacity", "reason": "Fullt" })).await.expect(200);
        let next = json!({ "receiver": "bup-oslo", "legalBasis": crate::telling::consent() });
        let again = outreach.look(&declined).await.expect(200);
        outreach.act(&again, "hand-off", next).await.expect(200);
        clinic.get(&place).await.expect(200);
        let agencies: BTreeSet<String> = log_of(&district, &place).await.iter()
            .map(|look| look["agency"]["slug"].as_str().unwrap().to_owned()).collect();
        assert_eq!(agencies, BTreeSet::from(["bydel-grunerlokka".to_owned()]));
        assert!(log_of(&outreach, &place).await.iter().any(|look| look["agency"]["slug"] == "bup-oslo"));
        // A look after the end of their part is written down as one.
        let late = district.get(&place).await.expect(200);
        let request = late.header("x-request-id");
        let after_the_end = format!("SELECT count(*) FROM looks WHERE request_id = '{request}' AND part_ended");
        assert_eq!(home.database().number(&after_the_end).await, 1);
        app.finish().await;
    }

    /// Every answer that holds a word about the youth has a look in the log, and every operation that can is known here.
    async fn no_answer_tells_anything_that_is_not_in_the_log(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let mut told: BTreeMap<&str, Answer> = BTreeMap::new();
        let sent = outreach.post("/referrals", &concern_report()).idempotency_key("one").await.expect(201);
        let place = path(&sent);
        told.insert("create, repeated", outreach.post("/referrals", &concern_report()).idempotency_key("one").await.expect(201));
        told.insert("read", vakten.get(&place).await.expect(200));
        let asked = vakten.act(&sent, "request-info", json!({ "text": "Hva sier Mormor?" })).idempotency_key("two").await.expect(200);
        told.insert("change, repeated", vakten.act(&sent, "request-info", json!({ "text": "Hva sier Mormor?" })).idempotency_key("two").await.expect(200));
        told.insert("timeline", outreach.get(&format!("{place}/timeline")).await.expect(200));
        told.insert("messages", outreach.get(&format!("{place}/messages")).await.expect(200));
        let right = json!({ "person": { "alias": "Kråka", "estimatedAge": 15 }, "reason": "Mormor sier 15" });
        told.insert("correction", outreach.post(&format!("{place}/person"), &right).if_match(&asked.etag()).await.expect(200));
        let draft = outreach.post("/referrals", &crate::telling::with(concern_report(), "/send", json!(false))).await.expect(201);
        let edited = outreach.patch(&path(&draft), &json!({ "urgency": "urgent" })).if_match(&draft.etag()).await.expect(200);
        told.insert("draft, changed", edited);
        told.insert("draft", draft);
        told.insert("change", asked);
        told.insert("create", sent);
        for (what, answer) in &told {
            assert!(tells_words(answer), "{what} tells nothing: {}", answer.text());
            assert!(looks_of(&home, answer).await > 0, "{what} is not in the log");
        }
        // What names them without a word is a look too.
        let found = outreach.post("/referrals/search", &json!({ "alias": "Kråka" })).await.expect(200);
        assert_eq!(looks_of(&home, &found).await, i64::try_from(crate::telling::ids(&found.json()).len()).unwrap());
        let nobody = outreach.post("/referrals/search", &json!({ "alias": "Ingen" })).await.expect(200);
        assert_eq!(looks_of(&home, &nobody).await, 1, "that somebody looked for them tells something");
        // Lists show nothing of the youth.
        let listed = outreach.get("/referrals?box=all").await.expect(200);
        assert!(!tells_words(&listed));
        assert_eq!(looks_of(&home, &listed).await, 0);
        app.finish().await;
    }

    /// A case names several referrals: a look at it is one at each that it shows.
    async fn a_look_at_a_case_is_one_at_what_it_shows(home: Home) {
        let app = home.start().await;
        let case = crate::cases::open(&app, &crate::cases::trafficking()).await;
        let outreach = app.by(Persona::Outreach);
        let shown = case.json()["referrals"].as_array().unwrap().len();
        for part in ["", "/timeline"] {
            let seen = outreach.get(&format!("{}{part}", crate::cases::case_path(&case))).await.expect(200);
            assert_eq!(looks_of(&home, &seen).await, i64::try_from(shown).unwrap(), "{part}");
        }
        let referral = id(&case.json()["referrals"][0]["referral"]);
        let log = log_of(&outreach, &format!("/referrals/{referral}")).await;
        assert!(log.iter().any(|look| look["lookedAt"]["code"] == "case-timeline"), "{log:?}");
        app.finish().await;
    }

    /// While nothing can be written down, nothing is shown.
    async fn what_cannot_be_logged_is_not_shown(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let place = path(&sent);
        vakten.get(&place).await.expect(200);
        home.database().execute("ALTER TABLE looks RENAME TO looks_away").await;
        for part in ["", "/timeline", "/messages"] {
            let refused = vakten.get(&format!("{place}{part}")).await;
            refused.problem(503, "look-not-logged");
            assert!(!tells_words(&refused), "{part}");
            assert!(!refused.header("retry-after").is_empty());
        }
        let searched = outreach.post("/referrals/search", &json!({ "alias": "Kråka" })).await;
        searched.problem(503, "look-not-logged");
        home.database().execute("ALTER TABLE looks_away RENAME TO looks").await;
        assert!(tells_words(&vakten.get(&place).await.expect(200)));
        app.finish().await;
    }

    /// Many who look at once share commits, and each stands in the log. Killed right after, nothing of it is lost.
    async fn every_answered_look_survives_the_server(home: Home) {
        let server = home.start_process(program()).await;
        let other = match home.database().kind() {
            DatabaseKind::Postgres => Some(home.start_process(program()).await),
            DatabaseKind::Sqlite => None,
        };
        let outreach = server.by(Persona::Outreach);
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let place = path(&sent);
        let mut readers = JoinSet::new();
        for number in 0..24 {
            let at = other.as_ref().filter(|_| number % 2 == 1).unwrap_or(&server);
            let reader = at.by([Persona::Outreach, Persona::ChildWelfare, Persona::Colleague][number % 3]);
            let place = place.clone();
            readers.spawn(async move { reader.get(&place).await.expect(200) });
        }
        let answers = readers.join_all().await;
        server.kill().await;
        if let Some(other) = other {
            other.kill().await;
        }
        for answer in &answers {
            assert!(tells_words(answer));
            assert_eq!(looks_of(&home, answer).await, 1);
        }
    }

    /// A lead sees what the agency's own people looked at, and nobody else does.
    async fn a_lead_sees_what_their_people_looked_at(home: Home) {
        let app = home.start().await;
        let (outreach, vakten, lead) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::Lead));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201).json();
        let place = format!("/referrals/{}", id(&sent));
        vakten.get(&place).await.expect(200);
        app.by(Persona::Colleague).get(&place).await.expect(200);
        let log = lead.get("/agencies/barnevernvakten/access-log").await.expect(200).json();
        let names: Vec<&str> = log["items"].as_array().unwrap().iter().map(|look| look["user"]["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Colleague Testesen", "ChildWelfare Testesen"]);
        assert_eq!(log["items"][0]["referral"]["reference"], sent["reference"]);
        let who = log["items"][1]["user"]["id"].as_str().unwrap();
        let reference = sent["reference"].as_str().unwrap();
        let count = async |query: &str| {
            let log = lead.get(&format!("/agencies/barnevernvakten/access-log?{query}")).await.expect(200).json();
            log["items"].as_array().unwrap().len()
        };
        assert_eq!(count(&format!("user={who}")).await, 1);
        assert_eq!(count(&format!("referral={reference}")).await, 2);
        assert_eq!(count("to=2020-01-01T00:00:00Z").await, 0);
        assert_eq!(count("from=2020-01-01T00:00:00Z").await, 2);
        let csv = lead.get("/agencies/barnevernvakten/access-log").header("accept", "text/csv").await.expect(200);
        assert!(csv.header("content-type").starts_with("text/csv"));
        assert_eq!(csv.text().lines().count(), 3, "{}", csv.text());
        assert!(!tells_words(&csv));
        vakten.get("/agencies/barnevernvakten/access-log").await.problem(403, "forbidden");
        lead.get("/agencies/uteseksjonen/access-log").await.problem(403, "forbidden");
        app.by(Persona::Admin).get("/agencies/barnevernvakten/access-log").await.problem(403, "forbidden");
        app.finish().await;
    }

    /// A reason that somebody gives lies sealed, and goes with the youth; that somebody looked stays.
    async fn a_reason_lies_sealed(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let place = path(&sent);
        let seen = vakten.get(&place).header("look-reason", "Mormor%20ringte%20om%20Kr%C3%A5ka").await.expect(200);
        assert_eq!(looks_of(&home, &seen).await, 1);
        assert_eq!(log_of(&vakten, &place).await[0]["why"]["code"], "reason");
        let sealed = "SELECT count(*) FROM texts t JOIN looks l ON l.reason_text_id = t.id WHERE t.kind = 'look-reason'";
        assert_eq!(home.database().number(sealed).await, 1);
        let rows = crate::telling::impersonal_rows(home.database()).await.join("\n");
        assert!(!rows.contains("Mormor") && !rows.contains("ringte"), "the reason stands open");
        for bad in ["kort", "..............", "%FF%FE%FD%FC%FF%FE%FD%FC%FF%FE"] {
            vakten.get(&place).header("look-reason", bad).await.problem(422, "invalid-input");
        }
        app.finish().await;
    }
}
