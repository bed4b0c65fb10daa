//! Keeping as long as there is a reason: rules, what is told beforehand, legal holds, erasure; and insight for whom it is about.

use chrono::{DateTime, Days, Months, Utc};
use e2e::{Answer, App, Client, DatabaseKind, Home, Persona, on_both_databases, traces};
use serde_json::{Value, json};
use stafett_api::app::retention::{Done, Round, round};
use stafett_workflow::calendar::Calendar;

use crate::{
    attachments::add,
    telling::{Acts, concern_report, path, service_referral, timeline, with},
    vault::{Plants, journey, planted, stafett, told},
};

const PHOTO: &[u8] = include_bytes!("../fixtures/photo.jpg");

/// Puts rules in the place of an agency's.
async fn keep(client: &Client, agency: &str, rules: Value) -> Answer {
    let place = format!("/agencies/{agency}/retention");
    let now = client.get(&place).await.expect(200);
    client
        .put(&place, &json!({ "rules": rules }))
        .if_match(&now.etag())
        .await
}

fn months(months: u32) -> Value {
    json!([{ "months": months, "legalRef": "Bevarings- og kassasjonsplan 4.2" }])
}

/// A round at some time, beside the server's own.
async fn at(home: &Home, now: DateTime<Utc>) -> Done {
    let db = home.unlocked().await;
    let how = Round {
        now,
        calendar: Calendar::default(),
        notice: chrono::TimeDelta::days(30),
        dry: false,
    };
    let done = round(&db, how).await.unwrap();
    db.close().await.unwrap();
    done
}

async fn due(client: &Client) -> Vec<Value> {
    let list = client.get("/retention/due").await.expect(200).json();
    list["items"].as_array().unwrap().clone()
}

/// A report that has been concluded.
async fn closed(app: &App<'_>) -> Answer {
    let sent = app
        .by(Persona::Outreach)
        .post("/referrals", &concern_report())
        .await
        .expect(201);
    let vakten = app.by(Persona::ChildWelfare);
    let taken = vakten.act(&sent, "accept", json!({})).await.expect(200);
    vakten
        .act(&taken, "complete", json!({ "outcome": "service-delivered" }))
        .await
        .expect(200)
}

on_both_databases! {
    async fn what_nobody_needs_any_more_is_told_beforehand_and_then_erased_once(home: Home) {
        let app = home.start().await;
        let (report, words) = planted();
        let mut plants = Plants(words);
        let (done, _) = journey(&|persona| app.by(persona), &mut plants, &report).await;
        let (outreach, lead) = (app.by(Persona::Outreach), app.by(Persona::Lead));
        let photo = add(&app.by(Persona::ChildWelfare), &done, "image/jpeg", &format!("{}.jpg", plants.plant("Fil")), PHOTO).await;
        let photo = photo.expect(201).header("location").to_owned();
        let other = app.by(Persona::Outreach).post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let log = timeline(&outreach, &done).await;
        let closed: DateTime<Utc> = done.json()["closedAt"].as_str().unwrap().parse().unwrap();
        let after = |months: u32, days: u64| closed + Months::new(months) + Days::new(days);

        // Of two who take part one has said nothing, so it is kept.
        keep(&lead, "barnevernvakten", months(6)).await.expect(200);
        let kept = at(&home, after(240, 0)).await;
        assert_eq!((kept.announced, kept.erased, kept.without_rule), (0, 0, 1));
        // The installation says it for those that say nothing; the longer of the two counts.
        told(&home, &["retention", "set", "--months", "12", "--legal-ref", "Arkivlova § 9"]).await;
        assert_eq!(at(&home, after(7, 0)).await.announced, 0);
        assert_eq!(at(&home, after(12, 0) - Days::new(25)).await.announced, 1);
        assert_eq!(at(&home, after(12, 0) - Days::new(24)).await, Done::default());
        let list = due(&lead).await;
        assert_eq!((list.len(), &list[0]["reference"]), (1, &done.json()["reference"]));
        app.by(Persona::ChildWelfare).get("/retention/due").await.problem(403, "forbidden");
        // A hold takes it out, and lifting it begins the notice anew.
        let place = format!("{}/hold", path(&done));
        let reason = plants.plant("Klagesak");
        lead.put(&place, &json!({ "reason": reason })).await.expect(200);
        assert_eq!(due(&lead).await.len(), 0);
        assert_eq!(at(&home, after(24, 0)).await, Done::default());
        let held = lead.get(&place).await.expect(200).json();
        assert!(held["holds"][0]["reason"].as_str().unwrap().contains("Klagesak"), "{held}");
        let reference = done.json()["reference"].as_str().unwrap().to_owned();
        let refused = stafett(&home, &["vault", "erase", "--referral", &reference, "--yes"]).await;
        assert!(!refused.status.success(), "a hold binds the operator too");
        lead.request(reqwest::Method::DELETE, &place).await.expect(200);
        assert_eq!(at(&home, after(24, 0)).await.announced, 1);
        assert_eq!(at(&home, after(24, 29)).await.erased, 0, "the whole notice");
        // Twice at the same time, it is done once.
        let (one, two) = tokio::join!(at(&home, after(24, 31)), at(&home, after(24, 31)));
        assert_eq!(one.erased + two.erased, 1, "{one:?} {two:?}");
        assert_eq!(due(&lead).await.len(), 0);
        // The round wakes nobody here, so the next server finds what is to be deleted.
        app.finish().await;
        let app = home.start().await;
        let (outreach, lead) = (app.by(Persona::Outreach), app.by(Persona::Lead));

        let all = [
            outreach.look(&done).await.expect(200).text(),
            outreach.get(&format!("{}/messages", path(&done))).await.expect(200).text(),
            outreach.get(&format!("{}/attachments", path(&done))).await.expect(200).text(),
            Value::from(timeline(&outreach, &done).await).to_string(),
            lead.get(&place).await.expect(200).text(),
        ].concat();
        assert_eq!(traces::found_in(all.as_bytes(), &plants.0), [""; 0]);
        assert!(all.contains(r#""state":"erased""#), "the list of files says so: {all}");
        lead.get(&photo).await.problem(409, "erased");
        let after = timeline(&outreach, &done).await;
        assert_eq!(after.len(), log.len(), "the history is what it was");
        assert_ne!(outreach.look(&other).await.expect(200).json()["person"], Value::Null, "others stay");
        let files = home.folder().join("files");
        let gone = async {
            let mut tick = tokio::time::interval(std::time::Duration::from_millis(20));
            while std::fs::read_dir(&files).is_ok_and(|all| all.count() > 0) {
                tick.tick().await;
            }
        };
        assert!(tokio::time::timeout(std::time::Duration::from_secs(60), gone).await.is_ok(), "the file is deleted");
        app.finish().await;
        assert_eq!(told(&home, &["reconcile", "--files", "--json"]).await["findings"], json!([]));
        let rows = "SELECT count(*) FROM audit WHERE action = 'erase' AND CAST(body AS TEXT) LIKE '%retention%'";
        assert_eq!(home.database().number(rows).await, 1);
    }

    async fn who_says_how_long_and_how_it_must_be_said(home: Home) {
        let app = home.start().await;
        let (lead, worker, outreach) = (app.by(Persona::Lead), app.by(Persona::ChildWelfare), app.by(Persona::Outreach));
        let place = "/agencies/barnevernvakten/retention";
        worker.get(place).await.problem(403, "forbidden");
        let now = lead.get(place).await.expect(200);
        lead.put(place, &json!({ "rules": [] })).await.problem(428, "precondition-required");
        lead.put(place, &json!({ "rules": [] })).if_match("\"99\"").await.problem(412, "stale-version");
        let bad = json!([{ "months": 0, "legalRef": "" }, { "workflow": "no-such", "months": 12, "legalRef": "x" }]);
        let told = keep(&lead, "barnevernvakten", bad).await.problem(422, "invalid-input");
        assert_eq!(told["errors"].as_array().unwrap().len(), 3, "{told}");
        let rules = json!([{ "workflow": null, "months": 24, "legalRef": "plan" }, { "workflow": "transfer", "months": 6, "legalRef": "plan" }]);
        let kept = keep(&lead, "barnevernvakten", rules.clone()).await.expect(200);
        assert_eq!(kept.json()["rules"], rules);
        assert_ne!(kept.etag(), now.etag());
        keep(&lead, "barnevernvakten", json!([])).await.expect(200);
        outreach.get(place).await.problem(403, "forbidden");
        app.finish().await;
    }

    async fn a_lead_erases_what_is_theirs_alone_and_nothing_else(home: Home) {
        let app = home.start().await;
        let (lead, vakten) = (app.by(Persona::Lead), app.by(Persona::ChildWelfare));
        let shared = closed(&app).await;
        let why = json!({ "reason": "asked-for" });
        let place = |referral: &Answer| format!("{}/erasure", path(referral));
        vakten.post(&place(&shared), &why).await.problem(403, "not-yours");
        app.by(Persona::District).post(&place(&shared), &why).await.problem(404, "not-found");
        lead.post(&place(&shared), &why).await.problem(409, "others-take-part");
        let mut own = with(service_referral("bydel-grunerlokka"), "/sender", json!("barnevernvakten"));
        own["send"] = json!(false);
        let draft = vakten.post("/referrals", &own).await.expect(201);
        lead.post(&place(&draft), &why).await.problem(409, "still-open");
        let ended = vakten.act(&draft, "mark-error", json!({ "reason": "Feil ungdom" })).await.expect(200);
        lead.post(&place(&ended), &json!({ "reason": "because" })).await.problem(422, "invalid-input");
        lead.put(&format!("{}/hold", path(&ended)), &json!({ "reason": "Tilsyn" })).await.expect(200);
        lead.post(&place(&ended), &why).await.problem(409, "legal-hold");
        lead.request(reqwest::Method::DELETE, &format!("{}/hold", path(&ended))).await.expect(200);
        let erased = lead.post(&place(&ended), &why).await.expect(200).json();
        assert_eq!(erased["referrals"], json!([draft.json()["reference"]]));
        lead.post(&place(&ended), &why).await.problem(409, "erased");
        assert_eq!(vakten.look(&ended).await.expect(200).json()["person"], Value::Null);
        app.finish().await;
        assert_eq!(told(&home, &["reconcile", "--json"]).await["findings"], json!([]));
        let rows = "SELECT count(*) FROM audit WHERE action = 'erase' AND actor_id IS NOT NULL AND CAST(body AS TEXT) LIKE '%asked-for%'";
        assert_eq!(home.database().number(rows).await, 1);
    }

    async fn insight_holds_everything_and_only_what_the_agency_may_see(home: Home) {
        let app = home.start().await;
        let (outreach, vakten, lead) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::Lead));
        let mut plants = Plants(Vec::new());
        let report = with(concern_report(), "/summary", json!(plants.plant("Sammendrag")));
        let first = outreach.post("/referrals", &report).await.expect(201);
        let taken = vakten.act(&first, "accept", json!({})).await.expect(200);
        let message = json!({ "text": plants.plant("Melding") });
        vakten.post(&format!("{}/messages", path(&first)), &message).await.expect(201);
        let file = plants.plant("Fil").replace('.', "");
        add(&vakten, &first, "image/jpeg", &format!("{file}.jpg"), PHOTO).await.expect(201);
        vakten.act(&taken, "complete", json!({ "outcome": "service-delivered", "text": plants.plant("Utfall") })).await.expect(200);
        // Another referral about the same number, in which the lead's agency has no part.
        let hidden = traces::canary("Skjult");
        let second = with(service_referral("bydel-grunerlokka"), "/summary", json!(format!("Om {hidden}")));
        outreach.post("/referrals", &second).await.expect(201);

        let place = format!("{}/insight", path(&first));
        vakten.get(&place).await.problem(403, "not-yours");
        app.by(Persona::District).get(&place).await.problem(404, "not-found");
        lead.get(&place).header("accept", "image/png").await.problem(406, "not-acceptable");
        let told_all = lead.get(&place).await.expect(200);
        for word in &plants.0 {
            assert!(told_all.text().contains(word.as_str()), "{word} is missing: {}", told_all.text());
        }
        assert!(!told_all.text().contains(&hidden));
        assert_eq!(told_all.json()["referrals"].as_array().unwrap().len(), 1);
        let document = lead.get(&place).header("accept", "application/pdf").await.expect(200);
        assert_eq!(document.header("content-type"), "application/pdf");
        assert!(document.header("content-disposition").starts_with("attachment"));
        assert!(document.body.starts_with(b"%PDF-") && document.body.len() > 10_000, "{} bytes", document.body.len());
        assert_eq!(traces::found_below(home.folder(), &plants.0), [""; 0], "no document is left on the disk");
        assert_eq!(home.database().number("SELECT count(*) FROM audit WHERE action = 'insight'").await, 2);
        // Whoever answers for the installation sees both.
        let reference = first.json()["reference"].as_str().unwrap().to_owned();
        let everything = told(&home, &["insight", &reference, "--by", "admin", "--reason", "Krav om innsyn etter GDPR 15"]).await;
        assert_eq!(everything["referrals"].as_array().unwrap().len(), 2);
        assert!(everything.to_string().contains(&hidden));
        let pdf = stafett(&home, &["insight", &reference, "--by", "admin", "--reason", "Krav om innsyn etter GDPR 15", "--as", "pdf", "--language", "en"]).await;
        assert!(pdf.status.success() && pdf.stdout.starts_with(b"%PDF-"));
        app.finish().await;
    }
}

/// A server that was off for long announces when it is back, and does not erase at once.
#[tokio::test]
async fn after_a_long_time_off_nothing_is_erased_without_notice() {
    let start: DateTime<Utc> = "2026-01-10T12:00:00Z".parse().unwrap();
    let (home, clock) = Home::with_clock(DatabaseKind::Sqlite, start).await;
    let app = home.start().await;
    closed(&app).await;
    app.finish().await;
    told(&home, &["retention", "set", "--months", "1", "--legal-ref", "plan"]).await;
    clock.set(start + Days::new(400));
    let app = home.start().await;
    let lead = app.by(Persona::Lead);
    let listed = async {
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(20));
        while due(&lead).await.is_empty() {
            tick.tick().await;
        }
    };
    assert!(
        tokio::time::timeout(std::time::Duration::from_secs(60), listed)
            .await
            .is_ok()
    );
    let line = due(&lead).await.remove(0);
    let until: DateTime<Utc> = line["dueAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(until, start + Days::new(430));
    app.finish().await;
}
