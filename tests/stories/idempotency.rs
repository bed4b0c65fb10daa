//! An answer gets lost on the way, and the client asks again: with the same key, it is done once and answered alike.

use chrono::{TimeDelta, Utc};
use e2e::{Answer, Home, Persona, SmtpSink, mailbox, on_both_databases};
use serde_json::json;
use uuid::Uuid;

use crate::telling::{
    Acts, PERSONAL, all_at_once, concern_report, footprint, id, impersonal_rows, path, service_referral, taken,
    timeline, with,
};

/// The second answer is the first one, word for word, and says that it is.
#[track_caller]
fn replays(second: &Answer, first: &Answer) {
    assert_eq!((second.status, &second.body), (first.status, &first.body));
    for header in ["etag", "location", "content-type"] {
        assert_eq!(second.header(header), first.header(header), "{header}");
    }
    assert_eq!(
        (
            first.header("idempotent-replayed"),
            second.header("idempotent-replayed")
        ),
        ("", "true")
    );
}

fn new_key() -> String {
    Uuid::now_v7().to_string()
}

on_both_databases! {
    async fn a_new_referral_is_written_once(home: Home) {
        let app = home.start().await;
        let (outreach, key) = (app.by(Persona::Outreach), new_key());
        let post = || outreach.post("/referrals", &concern_report()).idempotency_key(&key);
        let first = post().await.expect(201);
        let stored = footprint(&home).await;
        for _ in 0..3 {
            replays(&post().await, &first);
        }
        // What has happened since does not change what was answered then.
        app.by(Persona::ChildWelfare).act(&first, "acknowledge", json!({})).await.expect(200);
        replays(&post().await, &first);
        assert_ne!(footprint(&home).await, stored, "the receiver's answer was written");
        assert_eq!(home.database().number("SELECT count(*) FROM referrals").await, 1);
        // Without the key it is another referral.
        let other = outreach.post("/referrals", &concern_report()).await.expect(201);
        assert_ne!(id(&other.json()), id(&first.json()));
        app.finish().await;
    }

    async fn an_action_is_taken_once(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let key = new_key();
        let accept = || vakten.act(&sent, "accept", json!({})).idempotency_key(&key);
        let first = accept().await.expect(200);
        let stored = footprint(&home).await;
        for _ in 0..3 {
            // By now the version is another one, but this was asked, and answered, before.
            replays(&accept().await, &first);
        }
        assert_eq!(footprint(&home).await, stored);
        vakten.act(&sent, "accept", json!({})).await.problem(412, "stale-version");
        assert_eq!(taken(&timeline(&vakten, &sent).await), ["send", "accept"]);
        app.finish().await;
    }

    async fn a_message_is_written_once(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, key) = (app.by(Persona::Outreach), new_key());
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let messages = format!("{}/messages", path(&sent));
        let say = || outreach.post(&messages, &json!({ "text": "Hun er ved trikkestallen" })).idempotency_key(&key);
        let first = say().await.expect(201);
        for _ in 0..3 {
            replays(&say().await, &first);
        }
        let said = outreach.get(&messages).await.expect(200).json();
        assert_eq!(said["items"].as_array().unwrap().len(), 1);
        home.outbox_is_drained().await;
        assert_eq!(sink.mails().len(), 2, "one of the report, one of the message");
        app.finish().await;
    }

    async fn a_key_belongs_to_one_request_of_one_person(home: Home) {
        let app = home.start().await;
        let (outreach, district, key) = (app.by(Persona::Outreach), app.by(Persona::District), new_key());
        let first = outreach.post("/referrals", &concern_report()).idempotency_key(&key).await.expect(201);
        let before = footprint(&home).await;
        let other = with(concern_report(), "/urgency", json!("urgent"));
        let reused = outreach.post("/referrals", &other).idempotency_key(&key).await;
        reused.problem(422, "idempotency-key-reused");
        // Nor for something else altogether, or for the same words about something else.
        let withdraw = outreach.act(&first, "withdraw", json!({ "reason": "Feil" })).idempotency_key(&key).await;
        withdraw.problem(422, "idempotency-key-reused");
        let message = outreach.post(&format!("{}/messages", path(&first)), &json!({ "text": "Hei" }));
        message.idempotency_key(&key).await.problem(422, "idempotency-key-reused");
        assert_eq!(footprint(&home).await, before);

        // The same key of somebody else is another key.
        let theirs = with(service_referral("bup-oslo"), "/sender", json!("bydel-grunerlokka"));
        let second = district.post("/referrals", &theirs).idempotency_key(&key).await.expect(201);
        assert_eq!(second.header("idempotent-replayed"), "");
        assert_ne!(id(&second.json()), id(&first.json()));
        replays(&district.post("/referrals", &theirs).idempotency_key(&key).await, &second);
        replays(&outreach.post("/referrals", &concern_report()).idempotency_key(&key).await, &first);

        for wrong in ["", " ", "two words", &"k".repeat(256)] {
            let answer = outreach.post("/referrals", &concern_report()).idempotency_key(wrong).await;
            answer.problem(400, "malformed-request");
        }
        app.finish().await;
    }

    async fn a_refusal_uses_no_key_up(home: Home) {
        let app = home.start().await;
        let (outreach, key) = (app.by(Persona::Outreach), new_key());
        let before = footprint(&home).await;
        let wrong = with(concern_report(), "/receiver", json!("bup-oslo"));
        for _ in 0..2 {
            let refused = outreach.post("/referrals", &wrong).idempotency_key(&key).await;
            refused.problem(422, "receiver-not-admitted");
        }
        assert_eq!(footprint(&home).await, before);
        outreach.post("/referrals", &concern_report()).idempotency_key(&key).await.expect(201);
        app.finish().await;
    }

    async fn eight_at_once_with_one_key_do_it_once(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, key) = (app.by(Persona::Outreach), new_key());
        let vakten = app.by(Persona::ChildWelfare);
        let posts = (0..8).map(|_| outreach.post("/referrals", &concern_report()).idempotency_key(&key));
        let sent = once(&all_at_once(posts.collect()).await, 201);
        assert_eq!(home.database().number("SELECT count(*) FROM referrals").await, 1);

        let key = new_key();
        let accepts = (0..8).map(|_| vakten.act(&sent, "accept", json!({})).idempotency_key(&key));
        once(&all_at_once(accepts.collect()).await, 200);
        assert_eq!(taken(&timeline(&vakten, &sent).await), ["send", "accept"]);

        let (key, messages) = (new_key(), format!("{}/messages", path(&sent)));
        let says = (0..8).map(|_| vakten.post(&messages, &json!({ "text": "Vi kommer" })).idempotency_key(&key));
        once(&all_at_once(says.collect()).await, 201);
        let said = vakten.get(&messages).await.expect(200).json();
        assert_eq!(said["items"].as_array().unwrap().len(), 1);
        home.outbox_is_drained().await;
        let mut to: Vec<_> = sink.mails().iter().flat_map(|mail| mail.to.clone()).collect();
        to.sort();
        assert_eq!(to, ["barnevernvakten", "uteseksjonen", "uteseksjonen"].map(mailbox));
        app.finish().await;
    }

    async fn an_answer_is_kept_for_thirty_days(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, Utc::now()).await;
        let app = home.start().await;
        let (outreach, key) = (app.by(Persona::Outreach), new_key());
        let post = || outreach.post("/referrals", &concern_report()).idempotency_key(&key);
        let first = post().await.expect(201);
        clock.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
        replays(&post().await, &first);
        clock.advance(TimeDelta::days(1));
        let anew = post().await.expect(201);
        assert_eq!(anew.header("idempotent-replayed"), "");
        assert_ne!(id(&anew.json()), id(&first.json()));
        app.finish().await;
    }

    async fn what_is_kept_for_repeats_tells_nothing_of_the_youth(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let sent = outreach.post("/referrals", &concern_report()).idempotency_key(&new_key()).await.expect(201);
        let question = json!({ "text": "Er Kråka ruset nå?" });
        let asked = vakten.act(&sent, "request-info", question).idempotency_key(&new_key()).await.expect(200);
        let message = json!({ "text": "Mormor er på vei til Vaterland" });
        let messages = format!("{}/messages", path(&asked));
        vakten.post(&messages, &message).idempotency_key(&new_key()).await.expect(201);
        let rows = impersonal_rows(home.database()).await;
        assert_eq!(rows.iter().filter(|row| row.starts_with("idempotency:")).count(), 3);
        for row in rows {
            for words in PERSONAL {
                assert!(!row.contains(words), "«{words}» stands in {row}");
            }
        }
        app.finish().await;
    }
}

/// One of the answers is the first; the others are that one again.
#[track_caller]
fn once(answers: &[Answer], status: u16) -> Answer {
    let firsts: Vec<_> = answers
        .iter()
        .filter(|answer| answer.header("idempotent-replayed").is_empty())
        .collect();
    assert_eq!(firsts.len(), 1, "{answers:#?}");
    let first = firsts[0].clone().expect(status);
    for again in answers
        .iter()
        .filter(|answer| !answer.header("idempotent-replayed").is_empty())
    {
        replays(again, &first);
    }
    first
}
