//! What people wish to be mailed comes besides what units are told, and silences nothing.

use std::{path::Path, process::Command};

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Client, Home, Persona, SmtpSink, mailbox, on_both_databases, smtp::Mail};
use serde_json::{Value, json};

use crate::telling::{Acts, PERSONAL, concern_report, service_referral, with};

const PLACE: &str = "/me/notifications";

/// A Monday at nine in Oslo.
fn monday() -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

async fn wish(client: &Client, copies: bool, digest: bool) -> Value {
    let now = client.get(PLACE).await.expect(200);
    let body = json!({ "copies": copies, "digest": digest });
    client.put(PLACE, &body).if_match(&now.etag()).await.expect(200).json()
}

fn to<'a>(mails: &'a [Mail], address: &str) -> Vec<&'a Mail> {
    mails.iter().filter(|mail| mail.to == [address]).collect()
}

/// What stands between the brackets of the header that ends it.
fn way_out(mail: &Mail) -> String {
    let header = mail.header("List-Unsubscribe").unwrap();
    header.trim_start_matches('<').trim_end_matches('>').to_owned()
}

/// What mail programs send when their reader presses "unsubscribe".
async fn one_click(url: &str) -> u16 {
    let post = reqwest::Client::new()
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click");
    post.send().await.unwrap().status().as_u16()
}

fn stafett(home: &Home, arguments: &[&str]) -> Value {
    let output = Command::new(Path::new(env!("CARGO_BIN_EXE_stafett-under-test")))
        .args(arguments)
        .env_clear()
        .env("STAFETT_DATA_DIR", home.folder())
        .env("DATABASE_URL", home.database().url())
        .current_dir(home.folder())
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

on_both_databases! {
    async fn a_copy_comes_besides_what_the_unit_is_told(kind: DatabaseKind) {
        let (mut home, _clock) = Home::with_clock(kind, monday()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, vakten, colleague) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::Colleague));
        assert_eq!(wish(&vakten, true, false).await["copies"], true);
        let report = with(concern_report(), "/urgency", json!("routine"));
        let sent = outreach.post("/referrals", &report).await.expect(201);
        let taken = vakten.act(&sent, "accept", json!({ "assignee": "me" })).await.expect(200);
        home.outbox_is_drained().await;
        // Nobody was responsible yet when it came.
        assert_eq!(to(&sink.mails(), "child-welfare@stafett.test").len(), 0);

        outreach.post(&format!("{}/messages", crate::telling::path(&taken)), &json!({ "text": "Hun er på T-banen." })).await.expect(201);
        home.outbox_is_drained().await;
        let mails = sink.mails();
        let [copy] = to(&mails, "child-welfare@stafett.test")[..] else { panic!("one copy: {mails:#?}") };
        assert!(copy.text().contains("you are responsible for the referral and asked for a copy"), "{}", copy.text());
        assert!(PERSONAL.iter().all(|word| !copy.mentions(word)));
        let unit = to(&mails, &mailbox("barnevernvakten"));
        assert_eq!(unit.len(), 2, "the unit is told of the report and of the message");
        assert!(copy.header("List-Unsubscribe").is_none(), "a copy is ended in Stafett");

        // While they are away, whoever stands in reads it.
        let away = json!({ "user": "child-welfare", "deputy": "colleague", "from": monday().to_rfc3339(),
            "to": (monday() + TimeDelta::hours(8)).to_rfc3339() });
        app.by(Persona::Lead).post("/agencies/barnevernvakten/deputies", &away).await.expect(201);
        outreach.post(&format!("{}/messages", crate::telling::path(&taken)), &json!({ "text": "Nå er hun gått." })).await.expect(201);
        home.outbox_is_drained().await;
        assert_eq!(to(&sink.mails(), "child-welfare@stafett.test").len(), 1);
        assert_eq!(to(&sink.mails(), "colleague@stafett.test").len(), 1);
        assert_eq!(colleague.get(PLACE).await.expect(200).json()["copies"], false, "what a deputy wishes is untouched");
        app.finish().await;
    }

    /// What cannot be understood in one reader's lists keeps nobody else from their digest.
    async fn one_readers_trouble_is_not_the_others(kind: DatabaseKind) {
        let (mut home, _clock) = Home::with_clock(kind, monday()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        outreach.post("/referrals", &with(concern_report(), "/urgency", json!("routine"))).await.expect(201);
        outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        home.outbox_is_drained().await;
        home.database().execute("UPDATE referrals SET reference = 'spoilt' WHERE workflow_id = 'concern-report'").await;
        for reader in [Persona::ChildWelfare, Persona::District] {
            wish(&app.by(reader), false, true).await;
        }
        home.counts("SELECT count(*) FROM digests WHERE status = 'sent'", 1).await;
        home.counts("SELECT count(*) FROM digests WHERE status = 'empty'", 1).await;
        assert_eq!(to(&sink.mails(), "district@stafett.test").len(), 1);
        assert_eq!(to(&sink.mails(), "child-welfare@stafett.test").len(), 0);
        app.stop().await;
    }

    /// What waits to be mailed to somebody who has left is not sent to them: their right to it ended.
    async fn whoever_left_is_mailed_nothing_that_waited(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, monday()).await;
        let mut sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, admin) = (app.by(Persona::Outreach), app.by(Persona::Admin));
        let report = with(concern_report(), "/urgency", json!("routine"));
        let mut waiting = Vec::new();
        for name in ["kari", "ola"] {
            let new = crate::setup::hire(&app, &admin, "barnevernvakten", name, &["worker"]).await;
            let me = new.get("/me").await.expect(200);
            new.patch("/me", &json!({ "email": format!("{name}@barnevernet.example") })).if_match(&me.etag()).await.expect(200);
            let sent = outreach.post("/referrals", &report).await.expect(201);
            new.act(&sent, "accept", json!({ "assignee": "me" })).await.expect(200);
            wish(&new, true, false).await;
            waiting.push((new, sent));
        }
        home.outbox_is_drained().await;
        sink.refuse_connections().await;
        for (_, sent) in &waiting {
            outreach.post(&format!("{}/messages", crate::telling::path(sent)), &json!({ "text": "Hun er her." })).await.expect(201);
        }
        let tried = "SELECT count(*) FROM outbox WHERE channel = 'copy' AND attempts > 0 AND lease_token IS NULL";
        home.counts(tried, 2).await;
        // Ola wishes for a digest of tomorrow morning, too, which is made and does not get out.
        wish(&waiting[1].0, true, true).await;
        clock.set("2026-11-24T06:30:00Z".parse().unwrap());
        home.counts("SELECT count(*) FROM digests WHERE status = 'pending' AND last_error IS NOT NULL AND lease_token IS NULL", 1).await;
        for (name, gone) in [("kari", json!({ "active": false })), ("ola", json!({ "roles": ["agency-admin"] }))] {
            let place = format!("/agencies/barnevernvakten/users/{name}");
            let read = admin.get(&place).await.expect(200);
            admin.patch(&place, &gone).if_match(&read.etag()).await.expect(200);
        }
        assert_eq!(home.database().number("SELECT count(*) FROM digests WHERE status = 'dropped'").await, 1);
        let place = "/agencies/barnevernvakten/users/ola";
        let read = admin.get(place).await.expect(200);
        admin.request(reqwest::Method::DELETE, place).if_match(&read.etag()).await.expect(200);
        home.mail_rests().await;
        sink.accept_connections();
        clock.advance(TimeDelta::hours(2));
        home.outbox_is_drained().await;
        assert_eq!(home.database().number("SELECT count(*) FROM outbox WHERE channel = 'copy' AND status = 'pending'").await, 0);
        for name in ["kari", "ola"] {
            assert_eq!(to(&sink.mails(), &format!("{name}@barnevernet.example")).len(), 0, "{name}");
        }
        app.finish().await;
    }

    async fn a_copy_that_does_not_arrive_is_nobodys_task(kind: DatabaseKind) {
        let (mut home, _clock) = Home::with_clock(kind, monday()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        wish(&vakten, true, false).await;
        let report = with(concern_report(), "/urgency", json!("routine"));
        let sent = outreach.post("/referrals", &report).await.expect(201);
        let taken = vakten.act(&sent, "accept", json!({ "assignee": "me" })).await.expect(200);
        home.outbox_is_drained().await;
        home.database().execute("UPDATE users SET email = 'no address' WHERE username = 'child-welfare'").await;
        outreach.post(&format!("{}/messages", crate::telling::path(&taken)), &json!({ "text": "Hun er her." })).await.expect(201);
        home.outbox_is_drained().await;
        assert_eq!(home.database().number("SELECT count(*) FROM outbox WHERE channel = 'copy' AND status = 'dead'").await, 1);
        assert_eq!(home.database().number("SELECT count(*) FROM incidents").await, 0);
        assert_eq!(stafett(&home, &["reconcile", "--json"])["findings"], json!([]));
        // The control: the same of what the unit is told is somebody's task.
        home.database().execute("UPDATE agencies SET mailbox = 'no address' WHERE slug = 'barnevernvakten'").await;
        outreach.post(&format!("{}/messages", crate::telling::path(&taken)), &json!({ "text": "Hun gikk." })).await.expect(201);
        home.outbox_is_drained().await;
        assert_eq!(home.database().number("SELECT count(*) FROM incidents").await, 1);
        app.finish().await;
    }

    async fn every_morning_what_waits_and_one_click_ends_it(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, monday()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, vakten, lead) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::Lead));
        let report = with(concern_report(), "/urgency", json!("routine"));
        let first = outreach.post("/referrals", &report).await.expect(201);
        let second = outreach.post("/referrals", &report).await.expect(201);
        vakten.act(&second, "accept", json!({ "assignee": "me" })).await.expect(200);
        // Somebody else's is in nobody's digest but their own.
        let other = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        home.outbox_is_drained().await;
        wish(&vakten, false, true).await;
        let day = "SELECT count(*) FROM digests WHERE status = 'sent'";
        home.counts(day, 1).await;
        let mails = sink.mails();
        let [digest] = to(&mails, "child-welfare@stafett.test")[..] else { panic!("one digest: {mails:#?}") };
        assert_eq!(digest.subject(), "[Stafett] Overview Mon 23 Nov – awaiting your answer: 1");
        let text = digest.text();
        for line in ["Awaiting your answer: 1", "You hold the baton: 1", "You are responsible for: 1"] {
            assert!(text.contains(line), "{line} is missing in {text}");
        }
        for (shown, there) in [(&first, true), (&second, true), (&other, false)] {
            assert_eq!(text.contains(shown.json()["reference"].as_str().unwrap()), there, "{text}");
        }
        assert!(PERSONAL.iter().all(|word| !digest.mentions(word)), "{text}");
        assert!(!digest.mentions("Uteseksjonen") && !digest.mentions("Barnevernvakten"), "{text}");

        // A program that looks at the link ends nothing; the same link, pressed, does, whoever is signed in.
        let url = way_out(digest);
        assert_eq!(digest.header("List-Unsubscribe-Post").unwrap(), "List-Unsubscribe=One-Click");
        assert!(url.starts_with(app.url()) && !url.contains("child-welfare"), "{url}");
        for _ in 0..2 {
            let page = reqwest::get(&url).await.unwrap();
            assert_eq!(page.status(), 200);
            assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("form-action 'self'"));
            assert!(page.text().await.unwrap().contains("<form method=\"post\">"));
            reqwest::Client::new().head(&url).send().await.unwrap();
        }
        assert_eq!(vakten.get(PLACE).await.expect(200).json()["digest"], true, "prefetching ends nothing");
        // In the middle of the signature: its last character has bits that mean nothing.
        let (before, after) = url.split_at(url.len() - 20);
        let other = if after.starts_with('A') { "B" } else { "A" };
        let forged = format!("{before}{other}{}", &after[1..]);
        assert_eq!(one_click(&forged).await, 404);
        assert_eq!(vakten.get(PLACE).await.expect(200).json()["digest"], true);
        assert_eq!((one_click(&url).await, one_click(&url).await), (200, 200), "twice is as good as once");
        let kept = vakten.get(PLACE).await.expect(200);
        assert_eq!((&kept.json()["digest"], &kept.json()["digestEnded"]), (&json!(false), &json!("unsubscribed")));

        // What is duty comes as before: the unit's mailbox, and the lead when a limit is missed.
        let before = to(&sink.mails(), &mailbox("barnevernvakten")).len();
        outreach.post("/referrals", &report).await.expect(201);
        home.outbox_is_drained().await;
        assert_eq!(to(&sink.mails(), &mailbox("barnevernvakten")).len(), before + 1);

        // Whoever did not ask gets none; whoever asks again does.
        clock.set("2026-11-24T05:59:59Z".parse().unwrap());
        wish(&lead, false, true).await;
        wish(&vakten, false, true).await;
        clock.set("2026-11-24T06:00:00Z".parse().unwrap());
        home.counts(day, 3).await;
        assert_eq!(to(&sink.mails(), "colleague@stafett.test").len(), 0);
        assert_eq!(to(&sink.mails(), "lead@stafett.test").len(), 1);
        app.finish().await;
    }

    async fn a_digest_is_of_its_day_and_once(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, monday()).await;
        let mut sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let (one, other) = (home.start().await, home.start().await);
        let (outreach, vakten) = (one.by(Persona::Outreach), one.by(Persona::ChildWelfare));
        outreach.post("/referrals", &with(concern_report(), "/urgency", json!("routine"))).await.expect(201);
        home.outbox_is_drained().await;
        // Two processes, one digest.
        wish(&vakten, false, true).await;
        home.counts("SELECT count(*) FROM digests WHERE status = 'sent'", 1).await;
        other.finish().await;
        assert_eq!(to(&sink.mails(), "child-welfare@stafett.test").len(), 1);
        // One that cannot be sent on its day is not sent at all: nobody wants yesterday's.
        sink.refuse_connections().await;
        clock.set("2026-11-24T06:30:00Z".parse().unwrap());
        home.counts("SELECT count(*) FROM digests WHERE last_error IS NOT NULL AND lease_token IS NULL", 1).await;
        clock.set("2026-11-25T05:00:00Z".parse().unwrap());
        home.counts("SELECT count(*) FROM digests WHERE status = 'dropped'", 1).await;
        sink.accept_connections();
        // Who has nothing waiting is left in peace.
        wish(&one.by(Persona::Admin), false, true).await;
        clock.set("2026-11-25T06:30:00Z".parse().unwrap());
        home.counts("SELECT count(*) FROM digests WHERE status = 'sent'", 2).await;
        home.counts("SELECT count(*) FROM digests WHERE status = 'empty'", 1).await;
        // An address that will never take it gets no more until its owner says so.
        home.database().execute("UPDATE users SET email = 'no address' WHERE username = 'child-welfare'").await;
        clock.set("2026-11-26T06:30:00Z".parse().unwrap());
        home.counts("SELECT count(*) FROM preferences WHERE digest_ended = 'undeliverable'", 1).await;
        assert_eq!(vakten.get(PLACE).await.expect(200).json()["digestEnded"], "undeliverable");
        one.finish().await;
    }

    async fn wishes_are_ones_own_and_need_an_address(home: Home) {
        let app = home.start().await;
        let vakten = app.by(Persona::ChildWelfare);
        let kept = vakten.get(PLACE).await.expect(200);
        assert_eq!(kept.json(), json!({ "email": "child-welfare@stafett.test", "copies": false, "digest": false, "digestEnded": null, "version": 1 }));
        let body = json!({ "copies": true, "digest": true });
        vakten.put(PLACE, &body).await.problem(428, "precondition-required");
        vakten.put(PLACE, &body).if_match("\"7\"").await.problem(412, "stale-version");
        vakten.put(PLACE, &json!({ "copies": true, "digest": true, "quiet": true })).if_match("\"1\"").await.problem(422, "unknown-field");
        let put = vakten.put(PLACE, &body).if_match("\"1\"").await.expect(200);
        assert_eq!((put.etag(), put.json()["version"].clone()), ("\"2\"".to_owned(), json!(2)));
        vakten.put(PLACE, &body).if_match("\"1\"").await.problem(412, "stale-version");
        assert_eq!(app.by(Persona::Colleague).get(PLACE).await.expect(200).json()["copies"], false);
        app.by_nobody().get(PLACE).await.problem(401, "unauthenticated");
        home.database().execute("UPDATE users SET email = NULL WHERE username = 'colleague'").await;
        let problem = app.by(Persona::Colleague).put(PLACE, &body).if_match("\"1\"").await.problem(422, "invalid-input");
        assert_eq!(problem["errors"][0]["pointer"], "/copies");
        // Whoever runs the machine sees it, and can change it.
        let told = stafett(&home, &["user", "mail", "child-welfare", "--json"]);
        assert_eq!(told, json!({ "username": "child-welfare", "copies": true, "digest": true, "digestEnded": null }));
        let told = stafett(&home, &["user", "mail", "child-welfare", "--digest", "false", "--json"]);
        assert_eq!((&told["copies"], &told["digest"]), (&json!(true), &json!(false)));
        assert_eq!(vakten.get(PLACE).await.expect(200).json()["version"], 3);
        app.finish().await;
    }
}
