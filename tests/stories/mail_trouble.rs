//! Mail servers are down, slow, full and wrong. Every hand-off gives notice all the same, or a person is told that it
//! could not; and whoever gets a mail twice can see that it is the same one.

use std::{path::Path, process::Command, time::Duration};

use chrono::{TimeDelta, Utc};
use e2e::{
    Home, PATIENCE, Persona, SmtpSink, mailbox, on_both_databases,
    smtp::{Fault, Stage},
};
use serde_json::{Value, json};

use crate::telling::{Acts, concern_report, service_referral, with};

/// Longer than any wait between two attempts.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

/// A report whose limits are far away, so that the clocks keep quiet while a story waits for its mails.
fn patient_report() -> Value {
    with(concern_report(), "/urgency", json!("routine"))
}

/// Waits until every notice that waits has been tried at least so often and is not being tried now.
async fn tried(home: &Home, times: i32) {
    let waiting = format!(
        "SELECT count(*) FROM outbox WHERE status = 'pending' AND (attempts < {times} OR lease_token IS NOT NULL)"
    );
    let all = async {
        // Nothing outside tells that an attempt has failed but what the dispatcher writes down.
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        while home.database().number(&waiting).await > 0 {
            tick.tick().await;
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, all).await;
    assert!(in_time.is_ok(), "some notices have not been tried {times} times");
}

async fn pending(home: &Home) -> i64 {
    home.database()
        .number("SELECT count(*) FROM outbox WHERE status = 'pending'")
        .await
}

/// Runs the program beside the server, and gives its status and what it printed.
fn stafett(home: &Home, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(Path::new(env!("CARGO_BIN_EXE_stafett-under-test")))
        .args(arguments)
        .env_clear()
        .env("STAFETT_DATA_DIR", home.folder())
        .env("DATABASE_URL", home.database().url())
        .current_dir(home.folder())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

on_both_databases! {
    async fn a_server_that_is_down_gets_its_mail_when_it_is_back(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, Utc::now()).await;
        let mut sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        sink.refuse_connections().await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let sent = outreach.post("/referrals", &patient_report()).await.expect(201);
        tried(&home, 1).await;
        let receipts = outreach.look(&sent).await.expect(200).json()["handoff"]["receipts"].clone();
        assert!(receipts["queued"].is_string());
        assert_eq!((&receipts["mailed"], &receipts["undeliverable"]), (&Value::Null, &json!(false)));
        assert_eq!(pending(&home).await, 1, "nothing expires");

        // Down for hours, and tried again and again; after four it becomes somebody's task, which is another story.
        for times in 2..=3 {
            clock.advance(LONGEST_WAIT);
            tried(&home, times).await;
        }
        sink.accept_connections();
        clock.advance(LONGEST_WAIT);
        let mails = sink.wait_for(1, PATIENCE).await;
        assert_eq!(mails[0].to, [mailbox("barnevernvakten")]);
        home.outbox_is_drained().await;
        assert_eq!(sink.mails().len(), 1);
        assert!(outreach.look(&sent).await.expect(200).json()["handoff"]["receipts"]["mailed"].is_string());
        app.finish().await;
    }

    async fn the_first_wait_is_seconds_not_hours(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, Utc::now()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        sink.plan(Fault::Answer(Stage::RcptTo, 451), 1);
        let app = home.start().await;
        app.by(Persona::Outreach).post("/referrals", &patient_report()).await.expect(201);
        sink.wait_for_faults(PATIENCE).await;
        tried(&home, 1).await;
        clock.advance(TimeDelta::seconds(5));
        sink.wait_for(1, PATIENCE).await;
        app.finish().await;
    }

    async fn whatever_is_put_off_arrives_once(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, Utc::now()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let faults = [
            Fault::Answer(Stage::Connect, 421), Fault::Answer(Stage::Hello, 421), Fault::Answer(Stage::MailFrom, 450),
            Fault::Answer(Stage::RcptTo, 451), Fault::Answer(Stage::Data, 451), Fault::Answer(Stage::Verdict, 452),
            Fault::HangUp(Stage::Connect), Fault::HangUp(Stage::MailFrom), Fault::HangUp(Stage::RcptTo),
            Fault::HangUp(Stage::Data), Fault::HangUpInContent, Fault::HangUp(Stage::Verdict),
        ];
        for (nth, fault) in faults.into_iter().enumerate() {
            // A new server, for one that has sent something keeps the line and greets nobody again.
            let app = home.start().await;
            sink.plan(fault, 1);
            app.by(Persona::Outreach).post("/referrals", &patient_report()).await.expect(201);
            sink.wait_for_faults(PATIENCE).await;
            tried(&home, 1).await;
            assert_eq!((sink.mails().len(), pending(&home).await), (nth, 1), "{fault:?} kept nothing and gave nothing up");
            clock.advance(LONGEST_WAIT);
            sink.wait_for(nth + 1, PATIENCE).await;
            app.finish().await;
            assert_eq!(sink.mails().len(), nth + 1, "{fault:?}");
        }
    }

    /// Cut after the content, nobody can know: it is sent again, and is the same mail to the last byte.
    async fn what_may_have_arrived_comes_again_as_the_same_mail(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, Utc::now()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        sink.plan(Fault::HangUpAfterAccepting, 2);
        let app = home.start().await;
        app.by(Persona::Outreach).post("/referrals", &patient_report()).await.expect(201);
        for times in 1..=2 {
            sink.wait_for(times, PATIENCE).await;
            tried(&home, i32::try_from(times).unwrap()).await;
            clock.advance(LONGEST_WAIT);
        }
        let mails = sink.wait_for(3, PATIENCE).await;
        assert!(!mails[0].message_id().is_empty());
        assert!(mails.iter().all(|mail| mail == &mails[0]), "a mailbox can tell that these are one mail");
        app.finish().await;
    }

    async fn an_address_that_does_not_exist_is_a_task_for_a_person(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        sink.plan(Fault::Answer(Stage::RcptTo, 550), 1);
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let sent = outreach.post("/referrals", &patient_report()).await.expect(201);
        sink.wait_for_faults(PATIENCE).await;
        home.outbox_is_drained().await;

        // Both sides are told: the receiver's lead, and the sender where nobody leads.
        let told = sink.wait_for(2, PATIENCE).await;
        let mut whom: Vec<_> = told.iter().map(|mail| mail.to[0].clone()).collect();
        whom.sort();
        assert_eq!(whom, ["lead@stafett.test".to_owned(), mailbox("uteseksjonen")]);

        // The sender sees it, and so does whoever runs the house.
        let receipts = outreach.look(&sent).await.expect(200).json()["handoff"]["receipts"].clone();
        assert_eq!((&receipts["undeliverable"], &receipts["mailed"]), (&json!(true), &Value::Null));
        let figures = app.by_nobody().get(&format!("{}/metrics", app.url())).await.expect(200).text();
        assert!(figures.contains(r#"stafett_outbox_notices{status="dead"} 1"#), "{figures}");
        let (status, listed) = stafett(&home, &["outbox", "list", "--json"]);
        assert_eq!(status, Some(2), "{listed}");
        let listed: Value = serde_json::from_str(&listed).unwrap();
        assert_eq!(listed[0]["referral"], sent.json()["id"]);
        assert!(listed[0]["lastError"].as_str().unwrap().contains("550"), "{listed:#}");

        // The referral itself is where it was, and can be answered all the same.
        app.by(Persona::ChildWelfare).act(&sent, "acknowledge", json!({})).await.expect(200);
        sink.wait_for(3, PATIENCE).await;

        // Corrected, it is given another chance.
        let (status, told) = stafett(&home, &["outbox", "retry", "--all"]);
        assert_eq!(status, Some(0), "{told}");
        let mails = sink.wait_for(4, PATIENCE).await;
        assert_eq!(mails[3].to, [mailbox("barnevernvakten")]);
        home.outbox_is_drained().await;
        assert!(outreach.look(&sent).await.expect(200).json()["handoff"]["receipts"]["mailed"].is_string());
        assert_eq!(stafett(&home, &["outbox", "list"]).0, Some(0));
        app.finish().await;
    }

    async fn one_dead_address_keeps_nobody_waiting(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        home.database().execute("UPDATE agencies SET mailbox = NULL WHERE slug = 'bup-oslo'").await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let unreachable = outreach.post("/referrals", &service_referral("bup-oslo")).await.expect(201);
        outreach.post("/referrals", &patient_report()).await.expect(201);
        sink.wait_for(1, PATIENCE).await;
        home.outbox_is_drained().await;
        let receipts = outreach.look(&unreachable).await.expect(200).json()["handoff"]["receipts"].clone();
        assert_eq!(receipts["undeliverable"], true);
        app.finish().await;
    }

    async fn a_server_that_says_nothing_holds_up_nobody_else(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, Utc::now()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        sink.plan(Fault::Stall(Stage::Data), 1);
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        outreach.post("/referrals", &patient_report()).await.expect(201);
        sink.wait_for_faults(PATIENCE).await;
        outreach.post("/referrals", &service_referral("bup-oslo")).await.expect(201);
        let mails = sink.wait_for(1, PATIENCE).await;
        assert_eq!(mails[0].to, [mailbox("bup-oslo")]);
        sink.heal();
        tried(&home, 1).await;
        clock.advance(LONGEST_WAIT);
        sink.wait_for(2, PATIENCE).await;
        app.finish().await;
    }

    async fn what_waits_when_the_server_stops_is_sent_by_the_next_one(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, Utc::now()).await;
        let mut sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        sink.refuse_connections().await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        for _ in 0..3 {
            outreach.post("/referrals", &patient_report()).await.expect(201);
        }
        app.stop().await;
        assert_eq!(pending(&home).await, 3);
        sink.accept_connections();
        clock.advance(LONGEST_WAIT);
        let app = home.start().await;
        let mails = sink.wait_for(3, PATIENCE).await;
        let mut ids: Vec<_> = mails.iter().map(e2e::smtp::Mail::message_id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 3);
        app.finish().await;
    }
}
