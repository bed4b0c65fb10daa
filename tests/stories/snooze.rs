//! Somebody puts a referral aside in their own inbox. Nobody else sees it, its clocks run, and whatever happens brings it back.

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Answer, Client, Home, Persona, Request, on_both_databases};
use reqwest::Method;
use serde_json::{Value, json};

use crate::telling::{Acts, path, service_referral, timeline, with};

fn monday() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn put_aside(who: &Client, shown: &Answer, until: DateTime<Utc>) -> Request {
    who.put(&format!("{}/snooze", path(shown)), &json!({ "until": until }))
}

fn take_out(who: &Client, shown: &Answer) -> Request {
    who.request(Method::DELETE, &format!("{}/snooze", path(shown)))
}

/// The references in the inbox, and until when each is put aside.
async fn inbox(who: &Client, filter: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    // Page by page, so that no page counts what it does not show.
    let mut next = format!("/referrals?box=inbox&limit=1{filter}");
    loop {
        let page = who.get(&next).await.expect(200).json();
        for row in page["items"].as_array().unwrap() {
            found.push((
                row["reference"].as_str().unwrap().to_owned(),
                row["snoozedUntil"].clone(),
            ));
        }
        match page["nextCursor"].as_str() {
            Some(cursor) => next = format!("/referrals?box=inbox&limit=1{filter}&cursor={cursor}"),
            None => return found,
        }
    }
}

async fn names(who: &Client, filter: &str) -> Vec<String> {
    inbox(who, filter).await.into_iter().map(|(name, _)| name).collect()
}

fn name(shown: &Answer) -> String {
    shown.json()["reference"].as_str().unwrap().to_owned()
}

on_both_databases! {
    async fn out_of_ones_own_sight_and_of_nobody_elses(ground: Home) {
        let (home, clock) = Home::with_clock(ground.database().kind(), monday()).await;
        let app = home.start().await;
        let (outreach, one, other) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::Colleague));
        let body = with(service_referral("barnevernvakten"), "/urgency", json!("routine"));
        let sent = outreach.post("/referrals", &body).await.expect(201);
        let kept = outreach.post("/referrals", &body).await.expect(201);
        let before = one.look(&sent).await.expect(200);
        let log = timeline(&one, &sent).await;
        let audit = "SELECT count(*) FROM audit";
        let entries = home.database().number(audit).await;

        let until = monday() + TimeDelta::hours(5);
        let first = put_aside(&one, &sent, until).await.expect(200);
        assert_eq!(first.json(), json!({ "until": "2026-11-23T14:00:00Z", "wakesAt": "2026-11-23T14:00:00Z" }));
        assert_eq!(put_aside(&one, &sent, until).await.expect(200).json(), first.json());
        assert_eq!(names(&one, "&snoozed=false").await, [name(&kept)]);
        assert_eq!(inbox(&one, "&snoozed=true").await, [(name(&sent), json!("2026-11-23T14:00:00Z"))]);
        // Whoever does not ask sees everything, and so does everybody else.
        assert_eq!(names(&one, "").await.len(), 2);
        assert_eq!(names(&other, "&snoozed=false").await.len(), 2);
        assert!(inbox(&other, "").await.iter().all(|(_, until)| until.is_null()));
        assert_eq!(names(&other, "&snoozed=true").await, Vec::<String>::new());

        // It is no part of the referral.
        assert_eq!((one.look(&sent).await.expect(200).etag(), one.look(&sent).await.expect(200).json()), (before.etag(), before.json()));
        assert_eq!(timeline(&one, &sent).await, log);
        assert_eq!(home.database().number(audit).await, entries);

        // Taken out again, as often as one likes; and back by itself when it is time.
        let nothing = json!({ "until": null, "wakesAt": null });
        assert_eq!(take_out(&one, &sent).await.expect(200).json(), nothing);
        assert_eq!(take_out(&one, &sent).await.expect(200).json(), nothing);
        assert_eq!(names(&one, "&snoozed=false").await.len(), 2);
        put_aside(&one, &sent, until).await.expect(200);
        clock.advance(TimeDelta::hours(5) - TimeDelta::seconds(1));
        assert_eq!(names(&one, "&snoozed=false").await, [name(&kept)]);
        clock.advance(TimeDelta::seconds(1));
        assert_eq!(names(&one, "&snoozed=false").await.len(), 2);
        assert_eq!(names(&one, "&snoozed=true").await, Vec::<String>::new());
        // What is over is forgotten with the next that is put aside.
        put_aside(&one, &kept, until + TimeDelta::days(1)).await.expect(200);
        assert_eq!(home.database().number("SELECT count(*) FROM snoozes").await, 1);
        app.finish().await;
    }

    async fn whatever_happens_brings_it_back(ground: Home) {
        let (home, clock) = Home::with_clock(ground.database().kind(), monday()).await;
        let app = home.start().await;
        let (outreach, one, other) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::Colleague));
        let sent = outreach.post("/referrals", &service_referral("barnevernvakten")).await.expect(201);
        let seen = one.look(&sent).await.expect(200);
        let aside = async || names(&one, "&snoozed=true").await.len();
        let far = monday() + TimeDelta::days(60);

        // A clock of it: at the hour at which it warns, whether or not anybody has been told yet.
        let warns = seen.json()["handoff"]["clocks"].as_array().unwrap().iter()
            .map(|clock| clock["warnAt"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap()).min().unwrap();
        let kept = put_aside(&one, &sent, far).await.expect(200).json();
        assert_eq!(kept["wakesAt"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), warns);
        assert_eq!(kept["until"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), far);
        assert_eq!(aside().await, 1);
        clock.advance(warns - monday());
        assert_eq!(aside().await, 0);

        // A message, though no version changes with it.
        put_aside(&one, &sent, far).await.expect(200);
        outreach.post(&format!("{}/messages", path(&sent)), &json!({ "text": "Hun er her nå." })).await.expect(201);
        assert_eq!(aside().await, 0);

        // What a colleague does.
        put_aside(&one, &sent, far).await.expect(200);
        assert_eq!(aside().await, 1);
        let now = other.look(&sent).await.expect(200);
        other.act(&now, "acknowledge", json!({})).await.expect(200);
        assert_eq!(aside().await, 0);
        app.finish().await;
    }

    async fn what_cannot_be_put_aside(ground: Home) {
        let (home, _clock) = Home::with_clock(ground.database().kind(), monday()).await;
        let app = home.start().await;
        let one = app.by(Persona::ChildWelfare);
        let sent = app.by(Persona::Outreach).post("/referrals", &service_referral("barnevernvakten")).await.expect(201);
        for until in [monday(), monday() - TimeDelta::days(1), monday() + TimeDelta::days(91)] {
            let refused = put_aside(&one, &sent, until).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["pointer"], "/until");
        }
        let place = format!("{}/snooze", path(&sent));
        one.put(&place, &json!({ "until": "i morgen" })).await.problem(422, "invalid-input");
        one.put(&place, &json!({ "until": monday() + TimeDelta::days(1), "why": "" })).await.problem(422, "unknown-field");
        one.get("/referrals?snoozed=maybe").await.problem(422, "invalid-input");
        // Whoever may not know of it learns nothing, whatever they write.
        for stranger in [Persona::Outsider, Persona::Auditor, Persona::Admin] {
            put_aside(&app.by(stranger), &sent, monday()).await.problem(404, "not-found");
            take_out(&app.by(stranger), &sent).await.problem(404, "not-found");
        }
        app.by_nobody().put(&place, &json!({})).await.problem(401, "unauthenticated");
        assert_eq!(home.database().number("SELECT count(*) FROM snoozes").await, 0);
        app.finish().await;
    }
}
