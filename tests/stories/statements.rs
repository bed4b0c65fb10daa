//! Each day is signed for once, by itself: for every two agencies that have handed something to each other on it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Client, Home, PATIENCE, Persona, on_both_databases};
use serde_json::{Value, json};
use stafett_api::app::statements;

use crate::telling::{Acts, PERSONAL, concern_report, service_referral, with};

const PLACE: &str = "/reconciliation/statements";

/// A Monday at ten in Oslo.
fn monday() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

async fn listed(client: &Client, query: &str) -> Vec<Value> {
    let page = client.get(&format!("{PLACE}{query}")).await.expect(200).json();
    page["items"].as_array().unwrap().clone()
}

fn days(statements: &[Value]) -> Vec<&str> {
    statements.iter().map(|one| one["date"].as_str().unwrap()).collect()
}

/// Waits until so many days are done.
async fn done(home: &Home, days: i64) {
    let all = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        while home.database().number("SELECT count(*) FROM statement_days").await < days {
            tick.tick().await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, all).await.is_ok(), "{days} days");
}

/// What a signed statement says, to somebody who has nothing but the key.
fn read(signed: &str, key: &Value) -> Option<Value> {
    let key = jsonwebtoken::DecodingKey::from_ed_components(key["x"].as_str()?).ok()?;
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    rules.required_spec_claims.clear();
    (rules.validate_exp, rules.validate_aud) = (false, false);
    Some(jsonwebtoken::decode::<Value>(signed, &key, &rules).ok()?.claims)
}

on_both_databases! {
    async fn a_day_is_signed_for_when_it_is_over_and_both_sides_have_it(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        done(&home, 1).await;
        let (outreach, vakten, district) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::District));
        let report = with(concern_report(), "/urgency", json!("routine"));
        let first = outreach.post("/referrals", &report).await.expect(201);
        vakten.act(&first, "acknowledge", json!({})).await.expect(200);
        outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        home.outbox_is_drained().await;
        assert_eq!(listed(&outreach, "").await, Vec::<Value>::new(), "the day is not over");

        // Until a quarter past, for what is on its way into the database still.
        let db = home.unlocked().await;
        for early in ["2026-11-23T22:59:59.999999Z", "2026-11-23T23:00:00Z", "2026-11-23T23:14:59.999999Z"] {
            assert_eq!(statements::catch_up(&db, &home.signer(), early.parse().unwrap()).await.unwrap(), 0, "{early}");
        }
        db.close().await.unwrap();
        assert_eq!(home.database().number("SELECT count(*) FROM statement_days").await, 1);
        clock.set("2026-11-23T23:15:00Z".parse().unwrap());
        done(&home, 2).await;
        let (ours, theirs) = (listed(&outreach, "").await, listed(&vakten, "").await);
        assert_eq!(days(&ours), ["2026-11-23", "2026-11-23"], "one for each pair");
        assert_eq!(days(&theirs), ["2026-11-23"]);
        assert_eq!(listed(&outreach, "?with=barnevernvakten").await, theirs);
        assert_eq!(listed(&district, "").await, listed(&outreach, "?with=bydel-grunerlokka").await);
        assert_eq!(listed(&outreach, "?from=2026-11-24").await, Vec::<Value>::new());
        assert_eq!(listed(&outreach, "?to=2026-11-22").await, Vec::<Value>::new());
        assert_eq!(listed(&app.by(Persona::Outsider), "").await, Vec::<Value>::new());

        // The same bytes for both, with a signature that holds without us.
        let place = format!("{PLACE}/{}", theirs[0]["id"].as_str().unwrap());
        let (one, other) = (outreach.get(&place).await.expect(200).json(), vakten.get(&place).await.expect(200).json());
        assert_eq!(one, other);
        let statement = read(one["signed"].as_str().unwrap(), &one["key"]).unwrap();
        assert_eq!(statement, one["statement"]);
        assert_eq!(statement["between"], json!(["barnevernvakten", "uteseksjonen"]));
        assert_eq!((&statement["handoffs"][0]["reference"], &statement["handoffs"][0]["standing"]), (&first.json()["reference"], &json!("acknowledged")));
        assert_eq!((&one["handoffs"], &one["unaccounted"], &one["counts"]), (&json!(1), &json!(0), &json!({ "acknowledged": 1 })));
        assert!(PERSONAL.iter().all(|word| !one.to_string().contains(word)));
        // The key comes from its own address, to whoever asks.
        let keys = reqwest::get(format!("{}/.well-known/jwks.json", app.url())).await.unwrap();
        assert_eq!(keys.headers()["content-type"], "application/jwk-set+json");
        let keys: Value = keys.json().await.unwrap();
        assert_eq!(read(one["signed"].as_str().unwrap(), &keys["keys"][0]).unwrap(), statement);
        assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
        assert!(keys["keys"][0].get("d").is_none(), "the private half stays here");
        // The control: what was changed after signing does not pass.
        let signed = one["signed"].as_str().unwrap();
        let (head, rest) = signed.split_once('.').unwrap();
        let (_, signature) = rest.split_once('.').unwrap();
        let whole = listed(&district, "").await[0]["id"].as_str().unwrap().to_owned();
        let another = district.get(&format!("{PLACE}/{whole}")).await.expect(200).json();
        let body = another["signed"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
        assert_eq!(read(&format!("{head}.{body}.{signature}"), &one["key"]), None);
        app.by(Persona::Outsider).get(&place).await.problem(404, "not-found");
        district.get(&place).await.problem(404, "not-found");
        outreach.get(&format!("{PLACE}/nothing")).await.problem(404, "not-found");
        for never in ["%2B99999-01-01", "-0001-01-01", "0000-12-31", "2026-02-30"] {
            for end in ["from", "to"] {
                outreach.get(&format!("{PLACE}?{end}={never}")).await.problem(422, "invalid-input");
            }
        }
        app.by(Persona::Auditor).get(PLACE).await.problem(403, "forbidden");

        // It says what was so then, whatever happens afterwards.
        vakten.act(&vakten.look(&first).await.expect(200), "accept", json!({})).await.expect(200);
        assert_eq!(outreach.get(&place).await.expect(200).json(), one);
        app.finish().await;
    }

    async fn days_off_are_caught_up_with_each_once(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        done(&home, 1).await;
        app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        app.finish().await;
        // Nobody is here for nine days, of which the night in which the clock is changed is none.
        clock.advance(TimeDelta::days(9));
        let (one, other) = (home.start().await, home.start().await);
        done(&home, 10).await;
        let again = one.by(Persona::Outreach);
        again.post("/referrals", &concern_report()).await.expect(201);
        clock.advance(TimeDelta::days(1));
        done(&home, 11).await;
        let ours = listed(&again, "").await;
        assert_eq!(days(&ours), ["2026-12-02", "2026-11-23"]);
        assert_eq!(listed(&again, "?limit=1").await.len(), 1);
        // Two processes did none twice, and left none out.
        for (sql, number) in [
            ("SELECT count(*) FROM statement_days", 11),
            ("SELECT count(DISTINCT day) FROM statement_days", 11),
            ("SELECT count(*) FROM statements", 2),
            ("SELECT sum(statements) FROM statement_days", 2),
        ] {
            assert_eq!(home.database().number(sql).await, number, "{sql}");
        }
        other.finish().await;
        one.finish().await;
    }

    /// A day has 25 hours in October and 23 in March; each hand-off is in the statement of one day.
    async fn every_hand_off_is_in_one_day_also_when_the_clock_is_changed(kind: DatabaseKind) {
        for (start, last) in [("2026-10-24T21:30:00Z", "2026-10-26T12:00:00Z"), ("2027-03-27T22:30:00Z", "2027-03-29T12:00:00Z")] {
            let (home, clock) = Home::with_clock(kind, start.parse().unwrap()).await;
            let app = home.start().await;
            done(&home, 1).await;
            // Half an hour before midnight in Oslo, and then every hour of the long or short day and of the next.
            for _ in 0..30 {
                app.by(Persona::Outreach).post("/referrals", &with(concern_report(), "/urgency", json!("routine"))).await.expect(201);
                clock.advance(TimeDelta::hours(1));
            }
            clock.set(last.parse().unwrap());
            clock.advance(TimeDelta::days(1));
            done(&home, 4).await;
            let sum = home.database().number("SELECT sum(handoffs) FROM statements").await;
            assert_eq!(sum, 30, "{start}");
            let hours = listed(&app.by(Persona::Outreach), "").await;
            let of_the_day: Vec<_> = hours.iter().map(|one| one["handoffs"].as_u64().unwrap()).collect();
            assert_eq!(of_the_day[1], if start.starts_with("2026") { 25 } else { 23 }, "{of_the_day:?}");
            app.finish().await;
        }
    }
}
