//! A phone without coverage makes the id itself and repeats itself until it is answered. However often it does, there is
//! one referral, and whoever tries an id that is taken learns nothing.

use e2e::{Answer, Persona, SmtpSink, on_both_databases};
use serde_json::json;
use uuid::Uuid;

use crate::telling::{Acts, all_at_once, concern_report, count, footprint, service_referral, with};

/// A path that a phone makes.
fn own_path() -> String {
    format!("/referrals/{}", Uuid::now_v7())
}

/// All that an answer tells about the id that was tried.
fn told(answer: &Answer, path: &str) -> (u16, String, Vec<(String, String)>) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id", "connection"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    headers.sort();
    (answer.status, answer.text().replace(path, "/referrals/ID"), headers)
}

on_both_databases! {
    async fn a_phone_repeats_itself_and_there_is_one_referral(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, place) = (app.by(Persona::Outreach), own_path());
        let put = || outreach.put(&place, &concern_report()).header("if-none-match", "*");
        let first = put().await.expect(201);
        assert_eq!(first.header("location"), format!("/api/v1{place}"));
        assert_eq!(format!("/referrals/{}", first.json()["id"].as_str().unwrap()), place);
        assert_eq!(first.json()["handoff"]["state"], "sent");
        let before = footprint(&home).await;
        for _ in 0..3 {
            let again = put().await;
            let problem = again.problem(412, "already-stored");
            let stored = outreach.get(problem["current"].as_str().unwrap()).await.expect(200);
            assert_eq!(stored.json()["id"], first.json()["id"]);
            assert_eq!(again.etag(), stored.etag());
        }
        // Also after the receiver has moved it on.
        let moved = app.by(Persona::ChildWelfare).act(&first, "acknowledge", json!({})).await.expect(200);
        let again = put().await;
        again.problem(412, "already-stored");
        assert_eq!(again.etag(), moved.etag());
        assert_ne!(footprint(&home).await, before, "only the receiver's answer was written");
        home.outbox_is_drained().await;
        assert_eq!(sink.mails().len(), 2, "one to the receiver, one about the answer");
        assert_eq!(home.database().number("SELECT count(*) FROM referrals").await, 1);
        app.finish().await;
    }

    async fn a_taken_id_tells_nothing(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let vakten = app.by(Persona::ChildWelfare);
        let (foreign, own) = (own_path(), own_path());
        outreach.put(&foreign, &concern_report()).header("if-none-match", "*").await.expect(201);
        let by_district = with(service_referral("bup-oslo"), "/sender", json!("bydel-grunerlokka"));
        district.put(&own, &by_district).header("if-none-match", "*").await.expect(201);
        let before = footprint(&home).await;

        // The same sender with another body.
        let other = with(by_district, "/summary", json!("Noe annet"));
        let to_own = district.put(&own, &other).header("if-none-match", "*").await;
        let problem = to_own.problem(409, "conflict");
        assert!(problem.get("current").is_none() && problem.get("currentVersion").is_none(), "{problem:#}");
        assert!(to_own.header("etag").is_empty() && to_own.header("location").is_empty());
        // Another agency: word for word the same, whatever it sends.
        let to_foreign = district.put(&foreign, &other).header("if-none-match", "*").await;
        assert_eq!(told(&to_foreign, &foreign), told(&to_own, &own));
        // Somebody who may know of it, but did not write it.
        let by_vakten = with(with(concern_report(), "/sender", json!("barnevernvakten")),
            "/receiver", json!("barnevern-grunerlokka"));
        let to_received = vakten.put(&foreign, &by_vakten).header("if-none-match", "*").await;
        assert_eq!(told(&to_received, &foreign), told(&to_own, &own));
        assert_eq!(footprint(&home).await, before);
        app.finish().await;
    }

    async fn a_put_must_say_that_it_is_new(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let before = footprint(&home).await;
        outreach.put(&own_path(), &concern_report()).await.problem(428, "precondition-required");
        outreach
            .put(&own_path(), &concern_report())
            .if_match("\"1\"")
            .await
            .problem(428, "precondition-required");
        let not_of_time = ["/referrals/not-an-id".to_owned(), "/referrals/K7QF-2M".to_owned(),
            format!("/referrals/{}", Uuid::nil()), "/referrals/6f1c2f3e-8f55-4d3c-9c1f-0c9d5f1f6a00".to_owned()];
        for place in not_of_time {
            let answer = outreach.put(&place, &concern_report()).header("if-none-match", "*").await;
            answer.problem(422, "invalid-input");
        }
        assert_eq!(footprint(&home).await, before);
        app.finish().await;
    }

    async fn eight_phones_with_one_report_make_one(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        for round in 1..=4 {
            let place = own_path();
            let puts = (0..8).map(|_| outreach.put(&place, &concern_report()).header("if-none-match", "*"));
            let answers = all_at_once(puts.collect()).await;
            assert_eq!((count(&answers, 201), count(&answers, 412)), (1, 7), "{answers:#?}");
            for late in answers.iter().filter(|answer| answer.status == 412) {
                late.problem(412, "already-stored");
            }
            assert_eq!(home.database().number("SELECT count(*) FROM referrals").await, round);
        }
        home.outbox_is_drained().await;
        assert_eq!(sink.mails().len(), 4);
        assert_eq!(home.database().number("SELECT count(*) FROM persons").await, 4, "nobody is stored twice");
        app.finish().await;
    }
}
