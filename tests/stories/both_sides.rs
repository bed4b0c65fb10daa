//! Sender and receiver look at the same rows: what the one has sent the other has, or somebody can see that it is not so.

use std::{path::Path, process::Command};

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{
    Client, Home, PATIENCE, Persona, SmtpSink, on_both_databases,
    smtp::{Fault, Stage},
};
use serde_json::{Value, json};

use crate::telling::{Acts, concern_report, service_referral, with};

fn monday() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

async fn rows(client: &Client, query: &str) -> Vec<Value> {
    let listed = client.get(&format!("/reconciliation{query}")).await.expect(200).json();
    listed["items"].as_array().unwrap().clone()
}

fn standing(row: &Value) -> &str {
    row["standing"].as_str().unwrap()
}

/// The statement by the command line, with its exit status.
fn stafett(home: &Home, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = Command::new(Path::new(env!("CARGO_BIN_EXE_stafett-under-test")))
        .args(arguments)
        .env_clear()
        .env("STAFETT_DATA_DIR", home.folder())
        .env("DATABASE_URL", home.database().url())
        .current_dir(home.folder())
        .output()
        .unwrap();
    let told = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code(), told)
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
    async fn both_sides_see_the_same_and_nobody_else_sees_it(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, monday()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let report = with(concern_report(), "/urgency", json!("routine"));
        let first = outreach.post("/referrals", &report).await.expect(201);
        sink.wait_for(1, PATIENCE).await;
        home.outbox_is_drained().await;
        assert_eq!(standing(&rows(&outreach, "").await[0]), "mailed");
        vakten.look(&first).await.expect(200);
        assert_eq!(standing(&rows(&outreach, "").await[0]), "opened");
        vakten.act(&first, "acknowledge", json!({})).await.expect(200);
        // The fault below is for the next report, not for the mail that tells of this.
        home.outbox_is_drained().await;

        // One whose mail does not arrive is unaccounted for until somebody has it in hand.
        clock.advance(TimeDelta::minutes(1));
        sink.plan(Fault::Answer(Stage::RcptTo, 550), 1);
        outreach.post("/referrals", &report).await.expect(201);
        sink.wait_for_faults(PATIENCE).await;
        home.outbox_is_drained().await;
        let standings = async |client: &Client, query: &str| {
            rows(client, query).await.iter().map(|row| standing(row).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(standings(&outreach, "").await, ["acknowledged", "unaccounted"]);
        assert_eq!(rows(&outreach, "").await, rows(&vakten, "").await);
        assert_eq!(rows(&outreach, "?with=barnevernvakten").await, rows(&vakten, "?with=uteseksjonen").await);
        assert_eq!(rows(&outreach, "?with=bup-oslo").await, Vec::<Value>::new());
        assert_eq!(rows(&app.by(Persona::Outsider), "").await, Vec::<Value>::new());
        app.by(Persona::Auditor).get("/reconciliation").await.problem(403, "forbidden");
        outreach.get("/reconciliation?with=nowhere").await.problem(404, "not-found");
        outreach.get("/reconciliation?from=yesterday").await.problem(422, "invalid-input");

        // The day's statement, signed; the command says by its status that something is unaccounted for.
        let date = "date=2026-11-23";
        let statement = outreach.get(&format!("/reconciliation/statement?agency=uteseksjonen&with=barnevernvakten&{date}")).await.expect(200).json();
        assert_eq!((&statement["unaccounted"], statement["statement"]["handoffs"].as_array().unwrap().len()), (&json!(1), 2));
        let signed = statement["signed"].as_str().unwrap();
        assert_eq!(read(signed, &statement["key"]).unwrap(), statement["statement"]);
        let (head, rest) = signed.split_once('.').unwrap();
        let (body, signature) = rest.split_once('.').unwrap();
        let forged = body.chars().rev().collect::<String>();
        assert_eq!(read(&format!("{head}.{forged}.{signature}"), &statement["key"]), None);
        app.by_nobody().with_token(signed).get("/me").await.problem(401, "invalid-token");
        let outsider = app.by(Persona::Outsider);
        outsider.get(&format!("/reconciliation/statement?agency=uteseksjonen&with=barnevernvakten&{date}")).await.problem(404, "not-found");
        let between = ["reconcile", "--between", "uteseksjonen", "barnevernvakten", "--date", "2026-11-23", "--json"];
        let (status, told) = stafett(&home, &between);
        assert_eq!((status, &told["unaccounted"]), (Some(2), &json!(1)), "{told:#}");
        assert_eq!(read(told["signed"].as_str().unwrap(), &told["key"]).unwrap(), told["statement"]);

        let incident = vakten.get("/incidents").await.expect(200).json()["items"][0]["id"].clone();
        vakten.post(&format!("/incidents/{}/take", incident.as_str().unwrap()), &json!({})).await.expect(200);
        assert_eq!(standings(&outreach, "").await, ["acknowledged", "in-hand"]);
        assert_eq!(stafett(&home, &between).0, Some(0));
        app.finish().await;
    }

    async fn a_long_list_comes_in_pages(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        for _ in 0..5 {
            outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        }
        let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
        loop {
            let page = outreach.get(&format!("/reconciliation{query}")).await.expect(200).json();
            seen.extend(page["items"].as_array().unwrap().iter().map(|row| row["handoffId"].clone()));
            match page["nextCursor"].as_str() {
                Some(next) => query = format!("?limit=2&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen.len(), 5);
        seen.dedup();
        assert_eq!(seen.len(), 5);
        app.finish().await;
    }
}
