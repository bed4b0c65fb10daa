//! The figures at the command line: what the reports say, and that the logs say the same.

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Home, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::setup::hire;
use crate::telling::{Acts, PERSONAL, concern_report, consent, service_referral};
use crate::vault::stafett;

const PERIOD: [&str; 4] = ["--from", "2026-01-01", "--to", "2030-01-01"];

async fn asked(home: &Home, more: &[&str]) -> (i32, String) {
    let arguments: Vec<&str> = ["report"]
        .into_iter()
        .chain(more.iter().copied())
        .chain(PERIOD)
        .collect();
    let output = stafett(home, &arguments).await;
    let out = String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
    assert!(!PERSONAL.iter().any(|word| out.contains(word)), "{out}");
    (output.status.code().unwrap(), out)
}

fn read(out: &str) -> Value {
    serde_json::from_str(out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

fn value<'v>(told: &'v Value, report: &str, of: &str, figure: &str) -> &'v Value {
    let found = told["figures"].as_array().unwrap().iter();
    let mut found = found.filter(|one| one["report"] == report && one["of"] == of && one["figure"] == figure);
    found.next().map_or(&Value::Null, |one| &one["value"])
}

on_both_databases! {
    async fn the_logs_say_what_the_reports_say_until_somebody_meddles(kind: DatabaseKind) {
        let start: DateTime<Utc> = "2026-03-02T08:00:00Z".parse().unwrap();
        let (home, clock) = Home::with_clock(kind, start).await;
        let app = home.start().await;
        crate::replay::walk(&app, &clock, 11, 120).await;
        let (outreach, district, clinic) = (app.by(Persona::Outreach), app.by(Persona::District), app.by(Persona::Outsider));
        // Sent round, taken back, undone, disputed, decided: what the walk may not have come to.
        let no = json!({ "code": "no-capacity", "reason": "Fullt" });
        for undone in [false, true] {
            let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
            clock.advance(TimeDelta::hours(5));
            let declined = district.act(&sent, "decline", no.clone()).await.expect(200);
            clock.advance(TimeDelta::minutes(5));
            if undone {
                district.act(&declined, "undo", json!({})).await.expect(200);
                continue;
            }
            let next = json!({ "receiver": "bup-oslo", "legalBasis": consent() });
            let again = outreach.act(&outreach.look(&declined).await.expect(200), "hand-off", next).await.expect(200);
            clock.advance(TimeDelta::days(2));
            clinic.act(&clinic.look(&again).await.expect(200), "accept", json!({})).await.expect(200);
        }
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        outreach.act(&sent, "withdraw", json!({ "reason": "Feil" })).await.expect(200);
        let disputed = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        clock.advance(TimeDelta::hours(5));
        let disputed = district.act(&disputed, "dispute", json!({ "reason": "Ikke vår" })).await.expect(200);
        let decided = json!({ "custodian": "bup-oslo", "reason": "Bor der" });
        let coordinator = app.by(Persona::Coordinator);
        coordinator.act(&coordinator.look(&disputed).await.expect(200), "allocate", decided).await.expect(200);
        outreach.post("/referrals", &concern_report()).await.expect(201);
        clock.advance(TimeDelta::days(3));
        let lead = hire(&app, &app.by(Persona::Admin), "uteseksjonen", "leder-ute", &["lead"]).await;
        let times = lead.get("/reports/response-times?groupBy=receiver&from=2026-01-01&to=2030-01-01").await.expect(200).json();
        app.finish().await;

        // The command says what the lead is told.
        let (status, out) = asked(&home, &["--agency", "uteseksjonen", "--json"]).await;
        assert_eq!(status, 0, "{out}");
        let told = read(&out);
        for row in times["rows"].as_array().unwrap() {
            let of = row["receiver"]["slug"].as_str().unwrap();
            assert_eq!(value(&told, "response-times", of, "sent"), &row["count"], "{of}");
            assert_eq!(value(&told, "response-times", of, "answered").as_u64().unwrap_or(0), row["answered"].as_u64().unwrap(), "{of}");
            assert_eq!(value(&told, "response-times", of, "median"), &row["medianMinutes"], "{of}");
        }
        assert!(value(&told, "flow", "uteseksjonen -> bydel-grunerlokka", "declined").as_u64().unwrap() > 0, "{out}");
        let (status, words) = asked(&home, &["--agency", "uteseksjonen"]).await;
        assert_eq!(status, 0, "{words}");
        for part in ["Uteseksjonen, sent 2026-01-01 to 2030-01-0", "Response times", "half within, by month", "Under way, by age in days", "Missed limits", "Flow", "Coverage", "▁"] {
            assert!(words.contains(part), "{part}: {words}");
        }
        let (status, table) = asked(&home, &["--agency", "uteseksjonen", "--csv"]).await;
        assert_eq!((status, table.lines().next()), (0, Some("agency,report,of,figure,value")), "{table}");
        assert_eq!(table.lines().count(), 1 + told["figures"].as_array().unwrap().len());

        let (status, out) = asked(&home, &["--verify", "--json"]).await;
        assert_eq!(status, 0, "{out}");
        let verified = read(&out);
        let of = |slug: &str| verified.as_array().unwrap().iter().find(|one| one["agency"] == slug).unwrap().clone();
        assert_eq!(verified.as_array().unwrap().len(), 7);
        assert!(of("uteseksjonen")["figures"].as_u64().unwrap() > 20 && of("uteseksjonen")["referrals"].as_u64().unwrap() > 5, "{out}");
        assert!(asked(&home, &["--verify", "--agency", "uteseksjonen"]).await.1.ends_with("all agree.\n"));

        // Somebody gives a hand-off another receiver, past the program: the log knows better.
        let meddled = "UPDATE handoffs SET receiver_id = (SELECT id FROM agencies WHERE slug = 'udi') WHERE id = \
                    (SELECT h.id FROM handoffs h JOIN agencies a ON a.id = h.receiver_id WHERE a.slug = 'bup-oslo' AND h.sent_at IS NOT NULL ORDER BY h.id LIMIT 1)";
        home.database().execute(meddled).await;
        let (status, out) = asked(&home, &["--verify", "--agency", "uteseksjonen", "--json"]).await;
        assert_eq!(status, 2, "{out}");
        let differences = read(&out)[0]["differences"].as_array().unwrap().clone();
        let named = |of: &str| differences.iter().any(|one| one["report"] == "flow" && one["of"] == of && one["figure"] == "sent");
        assert!(named("uteseksjonen -> udi") && named("uteseksjonen -> bup-oslo"), "{out}");
        let (status, words) = asked(&home, &["--verify", "--agency", "uteseksjonen"]).await;
        assert_eq!(status, 2);
        assert!(words.contains("uteseksjonen -> udi") && words.contains("counted"), "{words}");
        let (_, table) = asked(&home, &["--verify", "--csv"]).await;
        assert!(table.starts_with("agency,report,of,figure,told,counted\n") && table.contains("uteseksjonen,flow,uteseksjonen -> udi,sent,1,\n"), "{table}");
    }

    async fn what_cannot_be_asked_is_said(kind: DatabaseKind) {
        let (home, _clock) = Home::with_clock(kind, "2026-03-02T08:00:00Z".parse().unwrap()).await;
        for (arguments, says) in [
            (vec!["report"], "--agency"),
            (vec!["report", "--agency", "nobody"], "no such agency"),
            (vec!["report", "--agency", "udi", "--from", "soon"], "from: "),
            (vec!["report", "--agency", "udi", "--json", "--csv"], "cannot be used with"),
        ] {
            let output = stafett(&home, &arguments).await;
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
            assert!(error.contains(says), "{arguments:?}: {error}");
        }
        // Where nothing has happened there is nothing to differ.
        let empty = stafett(&home, &["report", "--agency", "udi"]).await;
        assert!(empty.status.success());
        assert!(String::from_utf8_lossy(&empty.stdout).contains("Missed limits\nnone"));
    }
}
