//! While somebody is away a colleague stands in: sees what they have, and whoever gives them more is told.

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Home, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::telling::{Acts, id, service_referral};

fn start() -> DateTime<Utc> {
    "2026-11-24T08:00:00Z".parse().unwrap()
}

fn away(user: &str, deputy: &str, from: i64, to: i64) -> Value {
    let day = |days: i64| (start() + TimeDelta::days(days)).to_rfc3339();
    json!({ "user": user, "deputy": deputy, "from": day(from), "to": day(to) })
}

const PLACE: &str = "/agencies/barnevernvakten/deputies";

on_both_databases! {
    async fn a_deputy_sees_what_they_stand_in_for(ground: Home) {
        let (home, clock) = Home::with_clock(ground.database().kind(), start()).await;
        let app = home.start().await;
        let (one, other, lead) = (app.by(Persona::ChildWelfare), app.by(Persona::Colleague), app.by(Persona::Lead));
        let sent = app.by(Persona::Outreach).post("/referrals", &service_referral("barnevernvakten")).await.expect(201);
        let taken = one.act(&sent, "acknowledge", json!({})).await.expect(200);
        let taken = one.act(&taken, "assign", json!({ "person": "me" })).await.expect(200);
        assert_eq!(taken.json()["handoff"]["deputy"], Value::Null);
        let mine = async || other.get("/referrals?assignee=me").await.expect(200).json();
        assert_eq!(mine().await["items"], json!([]));

        let absence = one.post(PLACE, &away("child-welfare", "colleague", 1, 8)).idempotency_key("away").await.expect(201);
        let again = one.post(PLACE, &away("child-welfare", "colleague", 1, 8)).idempotency_key("away").await.expect(201);
        assert_eq!((&absence.body, again.header("idempotent-replayed")), (&again.body, "true"));
        assert_eq!((&absence.json()["running"], mine().await["items"].as_array().unwrap().len()), (&false.into(), 0));
        clock.advance(TimeDelta::days(2));
        let row = mine().await["items"][0].clone();
        assert_eq!((&row["reference"], &row["handoff"]["assignee"]["name"]), (&sent.json()["reference"], &"ChildWelfare Testesen".into()));
        assert_eq!(row["standingIn"], true);
        // Who gives them more is told who stands in.
        let absent = taken.json()["handoff"]["assignee"]["id"].clone();
        let given = lead.act(&taken, "assign", json!({ "person": absent })).await.expect(200).json();
        let told = &given["handoff"]["deputy"];
        assert_eq!((&told["name"], told["until"].is_string()), (&"Colleague Testesen".into(), true));
        let listed = lead.get(PLACE).await.expect(200).json();
        assert_eq!((&listed["items"][0]["running"], &listed["items"][0]["id"]), (&true.into(), &absence.json()["id"]));

        // The deputy goes too, and the lead stands in for both.
        lead.post(PLACE, &away("colleague", "lead", 0, 5)).await.expect(201);
        assert_eq!(lead.get("/referrals?assignee=me").await.expect(200).json()["items"].as_array().unwrap().len(), 1);
        clock.advance(TimeDelta::days(7));
        assert_eq!(mine().await["items"], json!([]), "and it is over by itself");
        assert_eq!(lead.get(PLACE).await.expect(200).json()["items"], json!([]));
        app.finish().await;
    }

    async fn an_absence_that_cannot_be_is_refused(ground: Home) {
        let (home, _clock) = Home::with_clock(ground.database().kind(), start()).await;
        let app = home.start().await;
        let (one, lead) = (app.by(Persona::ChildWelfare), app.by(Persona::Lead));
        lead.post(PLACE, &away("colleague", "lead", 1, 8)).await.expect(201);
        for (body, pointer, code) in [
            (away("child-welfare", "child-welfare", 1, 2), "/deputy", "invalid-value"),
            (away("child-welfare", "outreach", 1, 2), "/deputy", "unknown-person"),
            (away("child-welfare", "nobody", 1, 2), "/deputy", "unknown-person"),
            (away("outreach", "lead", 1, 2), "/user", "unknown-person"),
            (away("child-welfare", "lead", 2, 1), "/to", "out-of-range"),
            (away("child-welfare", "lead", -3, -1), "/to", "out-of-range"),
            (away("colleague", "child-welfare", 7, 9), "/from", "taken"),
            (away("lead", "colleague", 2, 3), "/deputy", "cycle"),
        ] {
            let refused = lead.post(PLACE, &body).await.problem(422, "invalid-input");
            assert_eq!((&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]), (&pointer.into(), &code.into()), "{body}");
        }
        // A ring of three; side by side in time there is none.
        lead.post(PLACE, &away("child-welfare", "colleague", 1, 8)).await.expect(201);
        lead.post(PLACE, &away("lead", "child-welfare", 3, 4)).await.problem(422, "invalid-input");
        lead.post(PLACE, &away("lead", "child-welfare", 8, 9)).await.expect(201);

        // Of somebody else only a lead or an administrator says so, and elsewhere nobody.
        one.post(PLACE, &away("colleague", "lead", 20, 21)).await.problem(403, "forbidden");
        let theirs = id(&lead.get(PLACE).await.expect(200).json()["items"][0]);
        let take_back = |client: &e2e::Client, id: &str| client.request(reqwest::Method::DELETE, &format!("{PLACE}/{id}"));
        take_back(&one, &theirs).await.problem(403, "forbidden");
        take_back(&one, "x").await.problem(404, "not-found");
        app.by(Persona::Outreach).post(PLACE, &away("outreach", "lead", 1, 2)).await.problem(403, "forbidden");
        app.by(Persona::Outreach).post(PLACE, &json!({})).await.problem(403, "forbidden");
        app.by(Persona::Outreach).get(PLACE).await.problem(403, "forbidden");
        app.by(Persona::Admin).post(PLACE, &away("lead", "colleague", 30, 31)).await.problem(403, "forbidden");
        lead.post(PLACE, &json!({ "user": "lead" })).await.problem(422, "invalid-input");
        take_back(&lead, &theirs).await.expect(200);
        take_back(&lead, &theirs).await.problem(404, "not-found");
        app.finish().await;
    }
}
