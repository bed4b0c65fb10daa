//! Whatever goes wrong with mails and servers: each hand-off is mailed to whoever has it now, or somebody is told that it could not
//! be; and no mail comes twice but where nobody can know whether it had come. The same books find a loss and a double that are
//! planted, or they would prove nothing.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{
    Client, Home, PATIENCE, Persona, SmtpSink, mailbox, on_both_databases,
    smtp::{Fault, Mail, Stage},
};
use serde_json::{Value, json};
use tokio::{sync::Notify, task::JoinSet};
use uuid::Uuid;

use crate::telling::{Acts, all_at_once, concern_report, service_referral, with};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_stafett-under-test"))
}

/// One whose limits are far away.
fn routine_report() -> Value {
    with(concern_report(), "/urgency", json!("routine"))
}

/// What was stored held against what was heard.
#[derive(Debug, PartialEq, Eq)]
struct Books {
    /// Hand-offs of which neither their receiver nor anybody who answers for it has heard.
    lost: Vec<String>,
    /// Hand-offs of which somebody was told that the receiver could not be.
    escalated: usize,
    /// Mails that came again.
    again: usize,
}

/// That a mail has not arrived.
fn is_word(subject: &str) -> bool {
    subject.contains("ikke levert") || subject.contains("not delivered")
}

/// Goes by what lies in the tables of hand-offs and agencies and by what the mail server has, and believes nothing that the outbox says
/// of itself.
async fn books(home: &Home, mails: &[Mail]) -> Books {
    let sent = "SELECT r.reference || ' ' || a.slug FROM handoffs h JOIN referrals r ON r.id = h.referral_id \
                JOIN agencies a ON a.id = h.receiver_id WHERE h.sent_at IS NOT NULL ORDER BY r.reference, h.ordinal";
    let heard: Vec<(String, &str)> = mails.iter().map(|mail| (mail.subject(), mail.to[0].as_str())).collect();
    let mut books = Books {
        lost: Vec::new(),
        escalated: 0,
        again: 0,
    };
    for row in home.database().texts(sent).await {
        let (reference, slug) = row.split_once(' ').unwrap();
        let of_it = || heard.iter().filter(|(subject, _)| subject.ends_with(reference));
        if of_it().any(|(subject, to)| *to == mailbox(slug) && !is_word(subject)) {
            continue;
        }
        match of_it().any(|(subject, _)| is_word(subject)) {
            true => books.escalated += 1,
            false => books.lost.push(row),
        }
    }
    let mut by_name: BTreeMap<String, &Mail> = BTreeMap::new();
    for mail in mails {
        if let Some(first) = by_name.insert(mail.message_id(), mail) {
            assert_eq!(
                (first.subject(), &first.to),
                (mail.subject(), &mail.to),
                "one name for two mails"
            );
            books.again += 1;
        }
    }
    books
}

/// The books find what is missing and what is too much, when somebody plants it.
async fn books_can_tell(home: &Home, mails: &[Mail]) {
    let honest = books(home, mails).await;
    let told = mails
        .iter()
        .position(|mail| mail.to == [mailbox("barnevernvakten")])
        .unwrap();
    let named = mails[told].subject();
    let reference = named.rsplit(' ').next().unwrap();
    let without: Vec<_> = mails
        .iter()
        .filter(|mail| !mail.subject().ends_with(reference))
        .cloned()
        .collect();
    let found = books(home, &without).await.lost;
    assert_eq!(found.len(), honest.lost.len() + 1, "a loss that is planted is found");
    let twice: Vec<_> = mails.iter().chain([&mails[told]]).cloned().collect();
    assert_eq!(
        books(home, &twice).await.again,
        honest.again + 1,
        "a double that is planted is found"
    );
}

async fn pending(home: &Home) -> i64 {
    home.database()
        .number("SELECT count(*) FROM outbox WHERE status = 'pending'")
        .await
}

/// So many requests are under way at the same time.
const AT_ONCE: usize = 10;

/// Sends so many, to three receivers in turn.
async fn many(by: &Client, number: usize) {
    let bodies = (0..number).map(|nth| match nth % 3 {
        0 => routine_report(),
        1 => service_referral("bydel-grunerlokka"),
        _ => service_referral("bup-oslo"),
    });
    let requests: Vec<_> = bodies.map(|body| by.post("/referrals", &body)).collect();
    let mut sent = 0;
    let mut requests = requests.into_iter().peekable();
    while requests.peek().is_some() {
        for answer in all_at_once(requests.by_ref().take(AT_ONCE).collect()).await {
            answer.expect(201);
            sent += 1;
        }
    }
    assert_eq!(sent, number);
}

/// Every sort of trouble, each several times, mixed by a rule that is the same each time.
fn troubles(seed: usize) -> Vec<Fault> {
    let all = [
        Fault::Answer(Stage::Hello, 421),
        Fault::Answer(Stage::MailFrom, 451),
        Fault::Answer(Stage::RcptTo, 450),
        Fault::Answer(Stage::RcptTo, 550),
        Fault::Answer(Stage::Data, 452),
        Fault::Answer(Stage::Verdict, 451),
        Fault::Answer(Stage::Verdict, 554),
        Fault::HangUp(Stage::Connect),
        Fault::HangUp(Stage::MailFrom),
        Fault::HangUp(Stage::Data),
        Fault::HangUpInContent,
        Fault::HangUp(Stage::Verdict),
        Fault::HangUpAfterAccepting,
        Fault::Drip(Stage::RcptTo),
        Fault::Drip(Stage::Verdict),
    ];
    // A step that has no divisor in common with the number of troubles meets each once a round.
    (0..all.len() * 2)
        .map(|nth| all[(nth * 7 + seed) % all.len()])
        .collect()
}

fn seed(number: usize) -> usize {
    number.wrapping_mul(2_654_435_761) >> 7
}

/// So often the server is killed; a run by hand may wish for more.
fn kills() -> usize {
    std::env::var("STORY_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(6)
}

/// Reports one after the other and answers some, until the server is gone. Tells what was confirmed.
async fn work_until_the_end(
    outreach: Client,
    vakten: Client,
    done: Arc<AtomicUsize>,
    enough: usize,
    ring: Arc<Notify>,
) -> Vec<Uuid> {
    let mut confirmed = Vec::new();
    loop {
        let id = Uuid::now_v7();
        let put = outreach
            .put(&format!("/referrals/{id}"), &routine_report())
            .header("if-none-match", "*");
        let Ok(sent) = put.attempt().await else {
            return confirmed;
        };
        confirmed.push(id);
        if done.fetch_add(1, Ordering::Relaxed) + 1 == enough {
            ring.notify_one();
        }
        if vakten
            .act(&sent.expect(201), "acknowledge", json!({}))
            .attempt()
            .await
            .is_err()
        {
            return confirmed;
        }
    }
}

on_both_databases! {
    async fn under_every_sort_of_trouble_at_once(kind: DatabaseKind) {
        const NUMBER: usize = 30;
        let (mut home, clock) = Home::with_clock(kind, Utc::now()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let planned = troubles(3);
        let cut_after = planned.iter().filter(|fault| **fault == Fault::HangUpAfterAccepting).count();
        for fault in planned {
            sink.plan(fault, 1);
        }
        many(&app.by(Persona::Outreach), NUMBER).await;
        // Some of it waits for the next attempt. The clock goes in steps that are shorter than a lease, which nothing outlives then.
        for _ in 0..40 {
            home.mail_rests().await;
            if pending(&home).await == 0 {
                break;
            }
            clock.advance(TimeDelta::seconds(40));
        }
        sink.wait_for_faults(PATIENCE).await;
        home.outbox_is_drained().await;
        let mails = sink.mails();
        let kept = books(&home, &mails).await;
        assert!(kept.escalated > 0, "some were refused for good");
        assert_eq!(kept.again, cut_after, "only what may have arrived comes again");
        books_can_tell(&home, &mails).await;
        // Where even the words about it were refused, they come again until somebody takes it.
        clock.advance(TimeDelta::hours(24));
        home.counts("SELECT count(*) FROM incidents WHERE closed_at IS NULL AND round < 2", 0).await;
        home.outbox_is_drained().await;
        let words = sink.mails().into_iter().skip(mails.len()).filter(|mail| is_word(&mail.subject()));
        let heard: Vec<_> = mails.into_iter().chain(words).collect();
        assert_eq!(books(&home, &heard).await.lost, Vec::<String>::new());
        app.finish().await;
    }

    async fn when_the_line_cannot_be_made_secret(kind: DatabaseKind) {
        for scheme in ["smtps", "smtp+starttls"] {
            let (mut home, clock) = Home::with_clock(kind, Utc::now()).await;
            let sink = SmtpSink::start().await;
            home.send_mail_by(scheme, &sink);
            let app = home.start().await;
            let outreach = app.by(Persona::Outreach);
            many(&outreach, 3).await;
            home.mail_rests().await;
            assert_eq!(sink.mails().len(), 0, "nothing leaves in the clear");
            let errors = home.database().texts("SELECT last_error FROM outbox WHERE status = 'pending'").await;
            assert_eq!(errors.iter().filter(|error| error.starts_with("insecure:")).count(), 3, "{errors:?}");
            // It is somebody's task before anybody wonders.
            clock.advance(TimeDelta::hours(5));
            let open = async {
                let mut tick = tokio::time::interval(Duration::from_millis(20));
                while home.database().number("SELECT count(*) FROM incidents WHERE reason = 'delayed'").await < 3 {
                    tick.tick().await;
                }
            };
            tokio::time::timeout(PATIENCE, open).await.unwrap();
            assert_eq!(books(&home, &sink.mails()).await.lost.len(), 3, "the books see that nobody has heard yet");
            app.stop().await;
            // Mended, everything arrives.
            home.send_mail_to(&sink);
            clock.advance(TimeDelta::hours(1));
            let app = home.start().await;
            app.finish().await;
            let kept = books(&home, &sink.mails()).await;
            assert_eq!((kept.lost, kept.again), (Vec::new(), 0));
        }
    }

    async fn after_days_off_with_a_server_that_was_down(kind: DatabaseKind) {
        // Among others over the night in which there is an hour more, and the one in which there is one less.
        for start in ["2026-10-23T10:00:00Z", "2027-03-26T10:00:00Z"] {
            let start: DateTime<Utc> = start.parse().unwrap();
            let (mut home, clock) = Home::with_clock(kind, start).await;
            let mut sink = SmtpSink::start().await;
            home.send_mail_to(&sink);
            sink.refuse_connections().await;
            let app = home.start().await;
            many(&app.by(Persona::Outreach), 9).await;
            home.mail_rests().await;
            app.stop().await;
            assert_eq!(books(&home, &sink.mails()).await.lost.len(), 9);
            clock.advance(TimeDelta::days(4));
            sink.accept_connections();
            let app = home.start().await;
            app.finish().await;
            let mails = sink.mails();
            let kept = books(&home, &mails).await;
            assert_eq!((kept.lost, kept.again), (Vec::new(), 0));
            books_can_tell(&home, &mails).await;
        }
    }

    async fn two_dispatchers_share_the_work_and_double_none(kind: DatabaseKind) {
        const NUMBER: usize = 60;
        // On SQLite one process serves a file.
        if kind == e2e::DatabaseKind::Sqlite {
            return;
        }
        let (mut home, _system) = Home::with_clock(kind, Utc::now()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let one = home.start_process(program()).await;
        let other = home.start_process(program()).await;
        let (by_one, by_other) = (one.by(Persona::Outreach), other.by(Persona::Outreach));
        tokio::join!(many(&by_one, NUMBER), many(&by_other, NUMBER));
        home.outbox_is_drained().await;
        let mails = sink.mails();
        assert_eq!(books(&home, &mails).await, Books { lost: Vec::new(), escalated: 0, again: 0 });
        assert!(mails.len() >= 2 * NUMBER);
        books_can_tell(&home, &mails).await;
        // The control: without what a dispatcher writes down, both send the same once more, under the same name.
        let forgotten = "UPDATE outbox SET status = 'pending', sent_at = NULL WHERE notice = 'new-referral'";
        home.database().execute(forgotten).await;
        home.outbox_is_drained().await;
        assert_eq!(books(&home, &sink.mails()).await.again, 2 * NUMBER);
        one.stop().await;
        other.stop().await;
    }

    async fn killed_again_and_again_under_load(kind: DatabaseKind) {
        const PHONES: usize = 4;
        let (mut home, clock) = Home::with_clock(kind, Utc::now()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let mut confirmed = Vec::new();
        for round in 0..kills() {
            let server = home.start_process(program()).await;
            // A different moment each time: after so many confirmations, with mails of before still on their way.
            let (done, ring) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
            let mut phones = JoinSet::new();
            for _ in 0..PHONES {
                let (outreach, vakten) = (server.by(Persona::Outreach), server.by(Persona::ChildWelfare));
                phones.spawn(work_until_the_end(outreach, vakten, Arc::clone(&done), 1 + seed(round) % 23, Arc::clone(&ring)));
            }
            tokio::time::timeout(PATIENCE, ring.notified()).await.unwrap();
            server.kill().await;
            while let Some(phone) = phones.join_next().await {
                confirmed.extend(phone.unwrap());
            }
        }
        // An hour later, when whatever a dead one had taken in hand has come free.
        clock.set(Utc::now() + TimeDelta::hours(1));
        let app = home.start().await;
        for id in &confirmed {
            app.by(Persona::Outreach).get(&format!("/referrals/{id}")).await.expect(200);
        }
        app.finish().await;
        let mails = sink.mails();
        let kept = books(&home, &mails).await;
        assert_eq!((kept.lost, kept.escalated), (Vec::new(), 0));
        // Only what was on its way when somebody was killed can come again.
        assert!(kept.again <= mails.len() / 3, "{} of {} mails came again", kept.again, mails.len());
        books_can_tell(&home, &mails).await;
        let stored = home.database().number("SELECT count(*) FROM referrals").await;
        assert!(stored >= i64::try_from(confirmed.len()).unwrap());
    }
}
