//! Whoever must be told is told, and everybody can see how far it has come. What has not arrived is somebody's task until a
//! person has taken it.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{
    Answer, Client, Home, PATIENCE, Persona, SmtpSink, mailbox, on_both_databases,
    smtp::{Fault, Stage},
};
use serde_json::{Value, json};

use crate::telling::{Acts, all_at_once, concern_report, count, service_referral, timeline, with};

/// A Monday morning.
fn monday() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

/// A report whose limits are far away.
fn routine_report() -> Value {
    with(concern_report(), "/urgency", json!("routine"))
}

async fn incidents(client: &Client, query: &str) -> Vec<Value> {
    let listed = client.get(&format!("/incidents{query}")).await.expect(200).json();
    listed["items"].as_array().unwrap().clone()
}

/// How far each notice of a hand-off has come: whom, by which way, how.
fn ladder(shown: &Answer) -> Vec<(String, String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    shown.json()["handoff"]["receipts"]["recipients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mail| {
            (
                text(&mail["notice"]),
                text(&mail["agency"]["slug"]),
                text(&mail["to"]),
                text(&mail["status"]),
            )
        })
        .collect()
}

fn step(notice: &str, slug: &str, to: &str, status: &str) -> (String, String, String, String) {
    (notice.to_owned(), slug.to_owned(), to.to_owned(), status.to_owned())
}

/// Gives a mail to the command that reads reports, as a mail server does.
fn bounce(home: &Home, mail: &str) -> Value {
    let mut child = Command::new(Path::new(env!("CARGO_BIN_EXE_stafett-under-test")))
        .args(["outbox", "bounce", "--json"])
        .env_clear()
        .env("STAFETT_DATA_DIR", home.folder())
        .env("DATABASE_URL", home.database().url())
        .current_dir(home.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(mail.replace('\n', "\r\n").as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a mail server sends back about a mail that it could not deliver after all.
fn report(message_id: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.test\nSubject: Undelivered\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n\
         --b\nContent-Type: text/plain\n\nSorry.\n\n--b\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; post@barnevernvakten.test\nAction: failed\nStatus: 5.1.1\n\
         Diagnostic-Code: smtp; 550 5.1.1 <post@barnevernvakten.test>: user unknown\n\n\
         --b\nContent-Type: message/rfc822\n\nMessage-ID: <{message_id}>\nSubject: x\n\nx\n\n--b--\n"
    )
}

on_both_databases! {
    async fn the_ladder_tells_each_recipient_and_how_far_it_has_come(kind: DatabaseKind) {
        let (mut home, _clock) = Home::with_clock(kind, monday()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, vakten, admin) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::Admin));
        let boxes = json!({ "unit": mailbox("barnevernvakten"), "onCall": "vakt@barnevernvakten.test" });
        admin.put("/agencies/barnevernvakten/mailboxes", &boxes).if_match("\"1\"").await.expect(200);
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        sink.wait_for(2, PATIENCE).await;
        home.outbox_is_drained().await;
        let shown = outreach.look(&sent).await.expect(200);
        assert_eq!(ladder(&shown), [
            step("new-referral", "barnevernvakten", "unit", "mailed"),
            step("new-referral", "barnevernvakten", "on-call", "mailed"),
        ]);
        let receipts = shown.json()["handoff"]["receipts"].clone();
        assert!(receipts["serverReply"].as_str().unwrap().starts_with("250"), "{receipts:#}");
        let on_call = sink.mails().into_iter().find(|mail| mail.to == ["vakt@barnevernvakten.test"]).unwrap();
        assert!(on_call.subject().contains("AKUTT") && on_call.text().contains("Til vakten"), "{}", on_call.text());

        // Whatever asks nobody to hurry does not wake whoever is on call.
        let taken = vakten.act(&sent, "accept", json!({})).await.expect(200);
        home.outbox_is_drained().await;
        let shown = vakten.look(&taken).await.expect(200);
        assert_eq!(ladder(&shown)[2..], [step("accepted", "uteseksjonen", "unit", "mailed")]);
        let receipts = shown.json()["handoff"]["receipts"].clone();
        for rung in ["stored", "queued", "mailed", "decided"] {
            assert!(receipts[rung].is_string(), "{rung}: {receipts:#}");
        }
        // The timeline shows beside each entry who was told of it.
        let log = timeline(&outreach, &sent).await;
        let told: Vec<_> = log.iter().flat_map(|entry| entry["told"].as_array().unwrap()).collect();
        assert_eq!(told.len(), 3);
        assert!(log.iter().any(|entry| entry["told"][0]["notice"] == "accepted" && entry["action"] == "accept"), "{log:#?}");
        app.finish().await;
    }

    async fn what_has_not_arrived_is_told_of_until_somebody_takes_it(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, monday()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        sink.plan(Fault::Answer(Stage::RcptTo, 550), 1);
        let app = home.start().await;
        let (outreach, vakten, colleague) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::Colleague));
        let sent = outreach.post("/referrals", &routine_report()).await.expect(201);
        let told = sink.wait_for(2, PATIENCE).await;
        home.outbox_is_drained().await;
        let to_lead = told.iter().find(|mail| mail.to == ["lead@stafett.test"]).unwrap();
        assert!(to_lead.subject().contains("was not delivered"), "{}", to_lead.subject());
        assert!(told.iter().any(|mail| mail.to == [mailbox("uteseksjonen")] && mail.subject().contains("ikke levert")));

        // Both sides have it in their list; nobody else knows.
        let [incident] = &incidents(&vakten, "").await[..] else { panic!("one is open") };
        assert_eq!(incidents(&outreach, "").await, std::slice::from_ref(incident));
        for (field, value) in [
            ("reason", json!("refused")), ("code", json!("550")), ("reference", sent.json()["reference"].clone()),
            ("timesTold", json!(1)), ("taken", Value::Null), ("closedAt", Value::Null), ("notice", json!("new-referral")),
        ] {
            assert_eq!(incident[field], value, "{field}");
        }
        let place = format!("/incidents/{}", incident["id"].as_str().unwrap());
        let outsider = app.by(Persona::Outsider);
        assert_eq!(incidents(&outsider, "?show=all").await, Vec::<Value>::new());
        outsider.get(&place).await.problem(404, "not-found");
        outsider.post(&format!("{place}/take"), &json!({})).await.problem(404, "not-found");
        outsider.post(&format!("{place}/retry"), &json!({})).await.problem(404, "not-found");
        app.by(Persona::Auditor).get("/incidents").await.problem(403, "forbidden");

        // Nobody takes it: a day later both are told again.
        clock.advance(TimeDelta::hours(24));
        home.counts("SELECT count(*) FROM outbox WHERE notice = 'undelivered' AND status = 'sent'", 4).await;
        assert_eq!(incidents(&vakten, "").await[0]["timesTold"], 2);

        // Of those who take it at once one gets it, and from then on nobody is told.
        let take = |client: &Client| client.post(&format!("{place}/take"), &json!({}));
        let answers = all_at_once(vec![take(&vakten), take(&colleague), take(&outreach)]).await;
        assert_eq!((count(&answers, 200), count(&answers, 409)), (1, 2));
        let taken = answers.iter().find(|answer| answer.status == 200).unwrap().json();
        assert!(taken["taken"]["by"]["name"].as_str().unwrap().ends_with("Testesen"));
        assert_eq!(incidents(&vakten, "").await, Vec::<Value>::new());
        assert_eq!(incidents(&vakten, "?show=all").await.len(), 1);
        clock.advance(TimeDelta::hours(48));
        // A second look of the worker is over when this has been read twice.
        home.counts("SELECT count(*) FROM incidents WHERE next_notice_at IS NOT NULL", 0).await;
        assert_eq!(home.database().number("SELECT count(*) FROM outbox WHERE notice = 'undelivered'").await, 4);

        // The address is mended: sent again, it arrives, and the matter is over.
        vakten.post(&format!("{place}/retry"), &json!({})).await.expect(200);
        home.counts("SELECT count(*) FROM incidents WHERE closed_at IS NOT NULL", 1).await;
        vakten.post(&format!("{place}/retry"), &json!({})).await.problem(409, "in-hand");
        let receipts = outreach.look(&sent).await.expect(200).json()["handoff"]["receipts"].clone();
        assert_eq!((receipts["mailed"].is_string(), &receipts["undeliverable"]), (true, &json!(false)));
        app.finish().await;
    }

    async fn what_the_receiver_answers_without_its_mail_is_over(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, monday()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        sink.plan(Fault::Answer(Stage::RcptTo, 550), 1);
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &routine_report()).await.expect(201);
        sink.wait_for(2, PATIENCE).await;
        app.by(Persona::ChildWelfare).act(&sent, "acknowledge", json!({})).await.expect(200);
        home.outbox_is_drained().await;
        clock.advance(TimeDelta::hours(24));
        home.counts("SELECT count(*) FROM incidents WHERE closed_at IS NOT NULL", 1).await;
        assert_eq!(home.database().number("SELECT count(*) FROM outbox WHERE notice = 'undelivered'").await, 2);
        app.finish().await;
    }

    async fn a_mail_that_comes_back_is_no_longer_delivered(kind: DatabaseKind) {
        // The command that reads reports goes by the machine's own time, and the server after it.
        let (mut home, clock) = Home::with_clock(kind, Utc::now()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let sent = outreach.post("/referrals", &routine_report()).await.expect(201);
        let first = sink.wait_for(1, PATIENCE).await.remove(0);
        home.outbox_is_drained().await;
        // An absence note and a person's answer change nothing.
        for reply in [
            format!("Subject: Borte\nIn-Reply-To: <{}>\nAuto-Submitted: auto-replied\n\nJeg er borte.\n", first.message_id()),
            format!("Subject: Re: x\nReferences: <{}>\n\nVi aksepterer.\n", first.message_id()),
        ] {
            assert_eq!(bounce(&home, &reply), json!({ "notice": null, "changed": false }));
        }
        assert_eq!(outreach.look(&sent).await.expect(200).etag(), sent.etag());
        assert_eq!(incidents(&outreach, "?show=all").await, Vec::<Value>::new());

        let told = bounce(&home, &report(&first.message_id()));
        assert_eq!(told["changed"], true, "{told}");
        assert_eq!(bounce(&home, &report(&first.message_id()))["changed"], false, "once");
        clock.set(Utc::now());
        sink.wait_for(3, PATIENCE).await;
        home.outbox_is_drained().await;
        let shown = outreach.look(&sent).await.expect(200);
        assert_eq!(shown.etag(), sent.etag());
        let receipts = shown.json()["handoff"]["receipts"].clone();
        assert_eq!((receipts["bounced"].is_string(), &receipts["undeliverable"]), (true, &json!(true)), "{receipts:#}");
        assert_eq!(ladder(&shown)[0], step("new-referral", "barnevernvakten", "unit", "bounced"));
        assert!(!receipts.to_string().contains("@barnevernvakten"), "addresses stay with the unit: {receipts:#}");
        assert_eq!(incidents(&outreach, "").await[0]["reason"], "bounced");
        assert_eq!(incidents(&outreach, "").await[0]["code"], "5.1.1");
        app.finish().await;
    }

    async fn what_is_tried_in_vain_for_long_is_somebodys_task(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, monday()).await;
        let mut sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        sink.refuse_connections().await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        outreach.post("/referrals", &routine_report()).await.expect(201);
        home.counts("SELECT count(*) FROM outbox WHERE last_error IS NOT NULL AND lease_token IS NULL", 1).await;
        assert_eq!(incidents(&outreach, "").await, Vec::<Value>::new(), "an hour's trouble is nobody's task");
        clock.advance(TimeDelta::hours(4));
        home.counts("SELECT count(*) FROM incidents WHERE reason = 'delayed'", 1).await;
        assert_eq!(incidents(&outreach, "").await[0]["reason"], "delayed");
        home.mail_rests().await;
        sink.accept_connections();
        clock.advance(TimeDelta::hours(1));
        // The mail itself, and a word to either side.
        sink.wait_for(3, PATIENCE).await;
        home.outbox_is_drained().await;
        assert_eq!(incidents(&outreach, "").await, Vec::<Value>::new(), "it is over when the mail has arrived");
        app.finish().await;
    }

    async fn quiet_hours_hold_what_can_wait_and_nothing_else(kind: DatabaseKind) {
        // Monday evening; the unit opens on Tuesday at eight in Oslo.
        let (mut home, clock) = Home::with_clock(kind, "2026-11-23T19:00:00Z".parse().unwrap()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, admin) = (app.by(Persona::Outreach), app.by(Persona::Admin));
        let day = json!([["08:00", "15:30"]]);
        let calendar = json!({ "openingHours": { "mon": day, "tue": day, "wed": day, "thu": day, "fri": day }, "outOfHours": null });
        admin.put("/agencies/bydel-grunerlokka/calendar", &calendar).if_match("\"1\"").await.expect(200);
        let boxes = json!({ "unit": mailbox("bydel-grunerlokka"), "onCall": null, "quietHours": true, "calendarFiles": true });
        let kept = admin.put("/agencies/bydel-grunerlokka/mailboxes", &boxes).if_match("\"2\"").await.expect(200);
        assert_eq!(kept.json(), boxes);

        let routine = outreach.post("/referrals", &with(service_referral("bydel-grunerlokka"), "/urgency", json!("routine"))).await.expect(201);
        let urgent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let mails = sink.wait_for(1, PATIENCE).await;
        assert!(mails[0].subject().ends_with(urgent.json()["reference"].as_str().unwrap()), "{}", mails[0].subject());
        let waits = outreach.look(&routine).await.expect(200);
        assert_eq!(ladder(&waits), [step("new-referral", "bydel-grunerlokka", "unit", "held")]);
        let held = waits.json()["handoff"]["receipts"]["recipients"][0]["heldUntil"].clone();
        assert_eq!(held, "2026-11-24T07:00:00Z");
        // What was queued first hurries nobody until then.
        clock.set("2026-11-24T06:59:59Z".parse().unwrap());
        assert_eq!(outreach.look(&routine).await.expect(200).json()["handoff"]["receipts"]["mailed"], Value::Null);
        clock.set("2026-11-24T07:00:00Z".parse().unwrap());
        let mails = sink.wait_for(2, PATIENCE).await;
        home.outbox_is_drained().await;
        // The deadline comes as a calendar entry too, which says no more than the mail.
        let entry = mails[1].attachment("text/calendar");
        for line in ["BEGIN:VEVENT", "METHOD:PUBLISH", "CLASS:PRIVATE", "BEGIN:VALARM"] {
            assert!(entry.contains(line), "{line} is missing in {entry}");
        }
        assert!(entry.contains(routine.json()["reference"].as_str().unwrap()));
        app.finish().await;
    }
}
