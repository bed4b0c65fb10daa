//! Limits in working days, from the definition to the answer, with Saturdays counted and without.

use chrono::{DateTime, Utc};
use e2e::{Answer, Home, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::telling::{Acts, service_referral, with};

/// A clinic is asked at noon of a day, and decides at noon of another that there is a right to care.
async fn due(kind: e2e::DatabaseKind, saturdays: bool, asked: &str, granted: &str) -> (Value, Value) {
    let noon = |day: &str| -> DateTime<Utc> { format!("{day}T11:00:00Z").parse().unwrap() };
    let (mut home, time) = Home::with_clock(kind, noon(asked)).await;
    if saturdays {
        home.count_saturdays();
    }
    let app = home.start().await;
    let report = with(service_referral("bup-oslo"), "/workflow", json!("specialist-referral"));
    let report = with(
        with(report, "/sender", json!("barnevernvakten")),
        "/urgency",
        json!("routine"),
    );
    let report = with(report, "/needs", json!(["mental-health"]));
    let sent = app
        .by(Persona::ChildWelfare)
        .post("/referrals", &report)
        .await
        .expect(201);
    let right = clock(&sent, "right-assessment");
    time.set(noon(granted));
    let clinic = app.by(Persona::Outsider);
    let seen = clinic.look(&sent).await.expect(200);
    let taken = clinic.act(&seen, "accept", json!({})).await.expect(200);
    let wait = clock(&taken, "wait");
    app.finish().await;
    (right, wait)
}

fn clock(shown: &Answer, name: &str) -> Value {
    let clocks = shown.json()["handoff"]["clocks"].as_array().unwrap().clone();
    clocks.into_iter().find(|clock| clock["id"] == name).unwrap()["dueAt"].clone()
}

/// The end of a day in Oslo.
fn end_of(day: &str, summer: bool) -> Value {
    let hour = if summer { "21" } else { "22" };
    json!(format!("{day}T{hour}:59:59Z"))
}

on_both_databases! {
    /// Easter and May, when most days are none: ten working days from 23 March and from 6 May, and from before Christmas.
    async fn ten_and_sixty_five_working_days_end_where_the_calendar_says(kind: DatabaseKind) {
        let (right, wait) = due(kind, false, "2026-03-23", "2026-05-06").await;
        assert_eq!((right, wait), (end_of("2026-04-09", true), end_of("2026-08-07", true)));
        let (right, _) = due(kind, false, "2026-05-06", "2026-05-06").await;
        assert_eq!(right, end_of("2026-05-21", true));
        let (right, _) = due(kind, false, "2026-12-18", "2026-12-18").await;
        assert_eq!(right, end_of("2027-01-05", false));
    }

    async fn with_saturdays_counted_they_end_sooner(kind: DatabaseKind) {
        for (asked, ends, summer) in [
            ("2026-03-23", "2026-04-07", true), ("2026-05-06", "2026-05-19", true), ("2026-12-18", "2027-01-02", false),
        ] {
            let (right, _) = due(kind, true, asked, asked).await;
            assert_eq!(right, end_of(ends, summer), "{asked}");
        }
    }
}
