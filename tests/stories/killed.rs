//! `kill -9` between any two steps, and in the middle of many: what was confirmed is there, and everybody is told.

use std::{
    collections::BTreeSet,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use e2e::{Answer, Client, Home, Persona, Process, SmtpSink, mailbox, on_both_databases};
use serde_json::{Value, json};
use tokio::{sync::Notify, task::JoinSet};
use uuid::Uuid;

use crate::telling::{Acts, concern_report, path, running_clocks, taken, timeline};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_stafett-under-test"))
}

/// Kills the server in the moment after its answer, and starts the next one.
async fn kill<'h>(home: &'h Home, server: Process<'h>) -> Process<'h> {
    server.kill().await;
    home.start_process(program()).await
}

/// A server an hour later, when whatever a dead one had taken in hand has come free, sends what is left.
async fn later(home: &Home, clock: &stafett_api::clock::Manual) {
    clock.set(Utc::now() + TimeDelta::hours(1));
    let app = home.start().await;
    app.finish().await;
}

/// Everything stored agrees with itself.
fn reconciled(home: &Home) {
    let output = Command::new(program())
        .arg("reconcile")
        .env_clear()
        .env("STAFETT_DATA_DIR", home.folder())
        .env("DATABASE_URL", home.database().url())
        .current_dir(home.folder())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// The same mail may come twice when its server died before it could note that it was sent; never another one.
fn told(sink: &SmtpSink, slug: &str) -> BTreeSet<String> {
    // An hour later a limit of an hour is missed, and clocks tell of that besides.
    let of_the_relay = |mail: &e2e::smtp::Mail| !mail.subject().contains("Fristen");
    let mails = sink
        .mails()
        .into_iter()
        .filter(|mail| mail.to == [mailbox(slug)])
        .filter(of_the_relay);
    let mut distinct: Vec<e2e::smtp::Mail> = Vec::new();
    for mail in mails {
        match distinct.iter().find(|known| known.message_id() == mail.message_id()) {
            // The next server listens on another port here, which stands in the link.
            Some(known) => assert_eq!(known.subject(), mail.subject(), "one name for two mails"),
            None => distinct.push(mail),
        }
    }
    distinct.iter().map(e2e::smtp::Mail::message_id).collect()
}

/// A step of the journey, and where it leads.
struct Step {
    action: &'static str,
    input: Value,
    state: &'static str,
    holder: &'static str,
}

fn steps() -> [Step; 3] {
    let step = |action, input, state, holder| Step {
        action,
        input,
        state,
        holder,
    };
    [
        step("acknowledge", json!({}), "acknowledged", "uteseksjonen"),
        step("accept", json!({}), "accepted", "barnevernvakten"),
        step(
            "complete",
            json!({ "outcome": "service-delivered" }),
            "completed",
            "barnevernvakten",
        ),
    ]
}

/// Puts one report after the other until the server is gone. Tells what was confirmed, and what was under way when the line
/// broke.
async fn reports_until_the_end(
    phone: Client,
    confirmed: Arc<AtomicUsize>,
    enough: Arc<Notify>,
) -> (Vec<Answer>, Option<Uuid>) {
    let mut answers = Vec::new();
    loop {
        let id = Uuid::now_v7();
        let put = phone
            .put(&format!("/referrals/{id}"), &concern_report())
            .header("if-none-match", "*");
        match put.attempt().await {
            Ok(answer) => {
                answers.push(answer.expect(201));
                if confirmed.fetch_add(1, Ordering::Relaxed) + 1 == ENOUGH {
                    enough.notify_one();
                }
            }
            Err(_cut) => return (answers, Some(id)),
        }
    }
}

const ENOUGH: usize = 40;

on_both_databases! {
    async fn between_any_two_steps_nothing_is_lost(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, Utc::now()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let server = home.start_process(program()).await;
        let mut shown = server.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        let mut server = kill(&home, server).await;
        assert_eq!(server.by(Persona::Outreach).look(&shown).await.expect(200).etag(), shown.etag());

        // The receiver opens it: also the look is kept.
        shown = server.by(Persona::ChildWelfare).look(&shown).await.expect(200);
        let seen = shown.json()["handoff"]["receipts"]["seen"].clone();
        assert!(seen.is_string());
        for step in steps() {
            server = kill(&home, server).await;
            let vakten = server.by(Persona::ChildWelfare);
            assert_eq!(vakten.look(&shown).await.expect(200).etag(), shown.etag(), "before {}", step.action);
            shown = vakten.act(&shown, step.action, step.input).await.expect(200);
            server = kill(&home, server).await;
            let now = server.by(Persona::Outreach).look(&shown).await.expect(200);
            assert_eq!(now.etag(), shown.etag(), "after {}", step.action);
            assert_eq!(now.json()["handoff"]["state"], step.state);
            assert_eq!(now.json()["custodian"]["slug"], step.holder);
            assert_eq!(now.json()["handoff"]["receipts"]["seen"], seen);
        }
        let log = timeline(&server.by(Persona::Outreach), &shown).await;
        assert_eq!(taken(&log), ["send", "acknowledge", "accept", "complete"]);
        assert!(running_clocks(&server.by(Persona::Outreach).look(&shown).await.expect(200).json()).is_empty());
        server.kill().await;
        later(&home, &clock).await;
        assert_eq!(told(&sink, "barnevernvakten").len(), 1);
        assert_eq!(told(&sink, "uteseksjonen").len(), 3);
        reconciled(&home);
    }

    async fn a_lost_answer_is_asked_for_again(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, Utc::now()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let mut server = home.start_process(program()).await;
        let key = Uuid::now_v7().to_string();
        let post = |server: &Process<'_>| {
            server.by(Persona::Outreach).post("/referrals", &concern_report()).idempotency_key(&key)
        };
        let first = post(&server).await.expect(201);
        server = kill(&home, server).await;
        let again = post(&server).await.expect(201);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.body, first.body);
        server.kill().await;
        later(&home, &clock).await;
        assert_eq!(told(&sink, "barnevernvakten").len(), 1);
        reconciled(&home);
    }

    async fn in_the_middle_of_many_what_was_confirmed_is_there(kind: DatabaseKind) {
        const PHONES: usize = 8;
        const ROUNDS: usize = 3;
        let (mut home, clock) = Home::with_clock(kind, Utc::now()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let mut server = home.start_process(program()).await;
        let (mut confirmed, mut unknown) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (count, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
            let mut phones = JoinSet::new();
            for _ in 0..PHONES {
                let phone = server.by(Persona::Outreach);
                phones.spawn(reports_until_the_end(phone, Arc::clone(&count), Arc::clone(&enough)));
            }
            tokio::time::timeout(Duration::from_secs(60), enough.notified()).await.unwrap();
            server = kill(&home, server).await;
            while let Some(phone) = phones.join_next().await {
                let (answers, under_way) = phone.unwrap();
                confirmed.extend(answers);
                unknown.extend(under_way);
            }
        }
        assert!(confirmed.len() >= ENOUGH * ROUNDS);
        let outreach = server.by(Persona::Outreach);
        for answer in &confirmed {
            let now = outreach.get(&path(answer)).await.expect(200);
            assert_eq!((now.etag(), now.json()["person"].clone()), (answer.etag(), answer.json()["person"].clone()));
            assert!(!running_clocks(&now.json()).is_empty());
        }
        // Nobody knows of the others; the phones ask again, and then each is there once.
        for id in &unknown {
            let place = format!("/referrals/{id}");
            let again = outreach.put(&place, &concern_report()).header("if-none-match", "*").await;
            assert!([201, 412].contains(&again.status), "{}", again.text());
            outreach.get(&place).await.expect(200);
        }
        let all = confirmed.len() + unknown.len();
        let stored = home.database().number("SELECT count(*) FROM referrals").await;
        assert_eq!(stored, i64::try_from(all).unwrap());
        server.kill().await;
        later(&home, &clock).await;
        assert_eq!(told(&sink, "barnevernvakten").len(), all, "the receiver is told of each");
        reconciled(&home);
    }
}
