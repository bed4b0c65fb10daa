//! Reconciliation: a whole world agrees, and each planted fault is found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use e2e::{App, Database, DatabaseKind, Home, Persona, on_both_databases};
use serde_json::{Value, json};
use stafett_api::app::reconcile::{self, Report};
use stafett_workflow::definition::builtin;

async fn send(app: &App<'_>) -> Value {
    let body = json!({
        "workflow": "service-referral", "sender": "uteseksjonen", "receiver": "bydel-grunerlokka",
        "person": { "alias": "K.", "estimatedAge": 16, "whereabouts": { "municipality": "0301" } },
        "needs": ["shelter"], "urgency": "routine",
        "legalBasis": { "code": "right-to-disclose", "reason": "Trenger hjelp" },
        "summary": "Trenger et sted å sove", "send": true
    });
    app.by(Persona::Outreach)
        .post("/referrals", &body)
        .await
        .expect(201)
        .json()
}

async fn act(app: &App<'_>, by: Persona, referral: &Value, action: &str, input: Value) -> Value {
    let path = format!("/referrals/{}/transitions", referral["id"].as_str().unwrap());
    let etag = format!("\"{}\"", referral["version"]);
    let body = json!({ "action": action, "input": input });
    app.by(by).post(&path, &body).if_match(&etag).await.expect(200).json()
}

/// Declined by one, sent to the next.
async fn declined_and_sent_anew(app: &App<'_>) -> Value {
    let referral = send(app).await;
    let reason = json!({ "code": "outside-district", "reason": "Bor på Sagene" });
    let referral = act(app, Persona::District, &referral, "decline", reason).await;
    let basis = json!({ "code": "right-to-disclose", "reason": "Trenger hjelp" });
    let next = json!({ "receiver": "bup-oslo", "legalBasis": basis });
    act(app, Persona::Outreach, &referral, "hand-off", next).await
}

async fn accepted(app: &App<'_>) -> Value {
    act(app, Persona::District, &send(app).await, "accept", json!({})).await
}

async fn completed(app: &App<'_>) -> Value {
    let referral = accepted(app).await;
    act(
        app,
        Persona::District,
        &referral,
        "complete",
        json!({ "outcome": "service-delivered" }),
    )
    .await
}

async fn reconciled(home: &Home) -> Report {
    let db = home.unlocked().await;
    let report = reconcile::run(&db, &builtin().unwrap()).await.unwrap();
    db.close().await.unwrap();
    report
}

/// What is there of each referral that is wrong.
fn broken(report: &Report) -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut broken: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for finding in &report.findings {
        broken
            .entry(finding.referral.to_string())
            .or_default()
            .insert(finding.rule.as_str());
    }
    broken
}

/// The schema refuses most of what follows, so it has to look away: a disk that fails asks nobody.
async fn unguard(database: &Database) {
    let drop = |table: &str, rules: &[&str]| {
        let drops = rules
            .iter()
            .map(|rule| format!("DROP CONSTRAINT {table}_{rule}"))
            .collect::<Vec<_>>();
        format!("ALTER TABLE {table} {};", drops.join(", "))
    };
    database.execute("DROP INDEX handoffs_one_open_key").await;
    if database.kind() == DatabaseKind::Postgres {
        let statements = [
            drop("handoffs", &["open_check", "ended_check", "terms_check"]),
            drop(
                "referrals",
                &["custodian_id_fkey", "closed_check", "no_clock_after_end_check"],
            ),
            drop("outbox", &["event_id_fkey"]),
        ];
        database.execute(&statements.concat()).await;
    }
}

/// Runs `statement` with `{id}` standing for the id of the referral.
async fn spoil(database: &Database, referral: &Value, statement: &str) {
    let reference = referral["reference"].as_str().unwrap();
    let statement = statement.replace(
        "{id}",
        &format!("(SELECT id FROM referrals WHERE reference = '{reference}')"),
    );
    let look_away = match database.kind() {
        DatabaseKind::Sqlite => "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;",
        DatabaseKind::Postgres => "",
    };
    database.execute(&format!("{look_away} {statement}")).await;
}

on_both_databases! {
    async fn a_whole_world_agrees(home: Home) {
        let app = home.start().await;
        let draft = json!({ "workflow": "concern-report", "sender": "uteseksjonen", "urgency": "urgent" });
        app.by(Persona::Outreach).post("/referrals", &draft).await.expect(201);
        send(&app).await;
        declined_and_sent_anew(&app).await;
        completed(&app).await;
        let asked = send(&app).await;
        let asked = act(&app, Persona::District, &asked, "request-info", json!({ "text": "Hvor er hun?" })).await;
        app.by(Persona::District).get(&format!("/referrals/{}", asked["id"].as_str().unwrap())).await.expect(200);
        let withdrawn = act(&app, Persona::Outreach, &asked, "withdraw", json!({ "reason": "Funnet" })).await;
        act(&app, Persona::Outreach, &withdrawn, "revoke", json!({ "reason": "Funnet" })).await;
        app.finish().await;
        let report = reconciled(&home).await;
        assert_eq!(report.findings, []);
        let counts = report.counts;
        assert_eq!((counts.referrals, counts.sent, counts.open, counts.ended), (5, 5, 2, 3));
        assert_eq!(counts.acknowledged, 3);
        assert_eq!((counts.notices_pending, counts.notices_dead), (0, 0));
        assert!(counts.notices_sent >= counts.sent && counts.events > counts.sent);
    }

    async fn second_thoughts_and_disputes_agree_too(home: Home) {
        let app = home.start().await;
        let undo = json!({});
        // Forwarded by mistake, and taken back: the leg that was opened stays as a mistake.
        let forwarded = act(&app, Persona::District, &send(&app).await, "forward",
            json!({ "receiver": "bup-oslo", "reason": "Deres" })).await;
        let kept = act(&app, Persona::District, &forwarded, "undo", undo.clone()).await;
        act(&app, Persona::District, &kept, "accept", json!({})).await;
        // Completed, reopened, put on hold, and taken up again.
        let reopened = act(&app, Persona::District, &completed(&app).await, "reopen", json!({ "reason": "Kom tilbake" })).await;
        let held = act(&app, Persona::District, &reopened, "hold", json!({ "reason": "Venter på plass" })).await;
        act(&app, Persona::District, &held, "resume", json!({})).await;
        let held = act(&app, Persona::District, &accepted(&app).await, "hold", json!({ "reason": "Venter på plass" })).await;
        act(&app, Persona::District, &held, "end-early", json!({ "reason": "Flyttet" })).await;
        act(&app, Persona::Outreach, &send(&app).await, "mark-error", json!({ "reason": "Feil barn" })).await;
        // Disputed: still so; laid with the receiver, with the sender, with a third.
        let mut decided = Vec::new();
        for custodian in [None, Some("bydel-grunerlokka"), Some("uteseksjonen"), Some("bup-oslo")] {
            let disputed = act(&app, Persona::District, &send(&app).await, "dispute", json!({ "reason": "Ikke vårt" })).await;
            let Some(custodian) = custodian else { continue };
            let input = json!({ "custodian": custodian, "reason": "Der bor hun" });
            decided.push(act(&app, Persona::Coordinator, &disputed, "allocate", input).await["custodian"]["slug"].clone());
        }
        assert_eq!(decided, ["bydel-grunerlokka", "uteseksjonen", "bup-oslo"]);
        app.finish().await;
        let report = reconciled(&home).await;
        assert_eq!(report.findings, []);
        assert_eq!(report.counts.sent, report.counts.open + report.counts.ended);
    }

    async fn what_changes_meanwhile_is_no_fault(home: Home) {
        let app = home.start().await;
        let work = async {
            for _ in 0..15 {
                declined_and_sent_anew(&app).await;
                completed(&app).await;
            }
        };
        let watch = async {
            let mut walks = 0;
            loop {
                assert_eq!(reconciled(&home).await.findings, []);
                walks += 1;
                if walks >= 5 && reconciled(&home).await.counts.referrals == 30 {
                    break;
                }
            }
        };
        tokio::join!(work, watch);
        app.finish().await;
        assert_eq!(reconciled(&home).await.counts.sent, 45);
    }

    async fn each_planted_fault_is_found(home: Home) {
        let faults: &[(&str, &str)] = &[
            ("holder-is-custodian", "UPDATE referrals SET custodian_id = (SELECT id FROM agencies WHERE slug = 'bup-oslo') WHERE id = {id}"),
            ("clock-runs", "UPDATE clocks SET stopped_at = started_at WHERE referral_id = {id}"),
            ("unacknowledged-has-clock", "UPDATE clocks SET stopped_at = started_at WHERE referral_id = {id}"),
            ("state-follows", "UPDATE referrals SET state = 'on-hold' WHERE id = {id}"),
            ("step-is-known", "UPDATE handoffs SET step = 'nowhere' WHERE referral_id = {id}"),
            ("receiver-is-known", "UPDATE handoffs SET basis_code = NULL WHERE referral_id = {id}"),
            ("sent-is-open-or-ended", "UPDATE handoffs SET ended_at = sent_at WHERE referral_id = {id}"),
            ("agencies-exist", "UPDATE referrals SET custodian_id = id WHERE id = {id}"),
            ("log-replays", "UPDATE referrals SET version = version + 1 WHERE id = {id}"),
            ("log-replays", "DELETE FROM events WHERE seq = 2 AND referral_id = {id}"),
            ("log-replays", "UPDATE events SET body = '{}' WHERE seq = 2 AND referral_id = {id}"),
            ("log-replays", "DELETE FROM events WHERE referral_id = {id}"),
            ("readable", "UPDATE referrals SET needs = '\"shelter\"' WHERE id = {id}"),
            ("readable", "UPDATE referrals SET handoff_count = 2 WHERE id = {id}"),
            ("definition-exists", "UPDATE referrals SET workflow_version = 9 WHERE id = {id}"),
            ("receiver-was-told", "DELETE FROM outbox WHERE referral_id = {id}"),
            ("parties-agree", "DELETE FROM parties WHERE NOT sent AND referral_id = {id}"),
            ("parties-agree", "UPDATE parties SET sent = false WHERE referral_id = {id}"),
            ("words-are-sealed", "UPDATE texts SET sealed = (SELECT sealed FROM texts t WHERE t.kind = 'content' AND t.referral_id = {id}) WHERE kind = 'legal-basis' AND referral_id = {id}"),
            ("words-are-sealed", "UPDATE texts SET key_id = id WHERE kind = 'legal-basis' AND referral_id = {id}"),
            ("readable", "UPDATE texts SET key_id = NULL WHERE kind = 'content' AND referral_id = {id}"),
            ("readable", "DELETE FROM data_keys WHERE owner_id = (SELECT person_id FROM referrals WHERE id = {id})"),
            ("key-has-owner", "INSERT INTO data_keys (owner_id, owner_kind, wrapped, master_key, created_at) SELECT {id}, 'referral', wrapped, master_key, created_at FROM data_keys WHERE owner_kind = 'house'"),
            ("clock-is-wound", "UPDATE clocks SET next_fire_at = due_at WHERE referral_id = {id}"),
            ("clock-is-wound", "UPDATE clocks SET next_fire_at = NULL WHERE referral_id = {id}"),
            ("clock-is-wound", "UPDATE clocks SET level = 9 WHERE referral_id = {id}"),
            ("fires-in-turn", "UPDATE events SET kind = 'clock-breached', body = '{\"kind\": \"clock-breached\", \"clock\": \"019ab3f0-5c1e-7d20-9a55-0c9d5f1f0009\", \"to\": {\"level\": 1, \"link\": \"receiver-unit\", \"agency\": \"019ab3f0-5c1e-7d20-9a55-0c9d5f1f0008\"}, \"nextFireAt\": \"2026-11-24T09:00:00Z\"}' WHERE seq = 2 AND referral_id = {id}"),
            ("lists-agree", "UPDATE referrals SET receiver_id = NULL WHERE id = {id}"),
            ("lists-agree", "UPDATE referrals SET next_due_at = created_at WHERE id = {id}"),
        ];
        let app = home.start().await;
        let mut planted = vec![
            ("one-open-handoff", declined_and_sent_anew(&app).await,
             "UPDATE handoffs SET state = 'sent', step = 'sent', open = true, ended_at = NULL WHERE ordinal = 1 AND referral_id = {id}"),
            ("no-clock-after-end", completed(&app).await,
             "UPDATE clocks SET stopped_at = NULL WHERE ordinal = 1 AND referral_id = {id}"),
        ];
        for (law, statement) in faults {
            planted.push((law, send(&app).await, statement));
        }
        let sound = send(&app).await;
        app.finish().await;
        assert_eq!(reconciled(&home).await.findings, []);

        unguard(home.database()).await;
        for (_, referral, statement) in &planted {
            spoil(home.database(), referral, statement).await;
        }
        let report = reconciled(&home).await;
        assert_eq!(report.counts.referrals, planted.len() as u64 + 1);
        let broken = broken(&report);
        for (law, referral, statement) in &planted {
            let found = broken.get(referral["id"].as_str().unwrap());
            assert!(found.is_some_and(|found| found.contains(law)), "{law} by {statement}: {found:?}");
        }
        assert_eq!(broken.len(), planted.len());
        assert!(!broken.contains_key(sound["id"].as_str().unwrap()));
    }

    async fn whoever_is_erased_and_still_found_is_told(home: Home) {
        let app = home.start().await;
        let referral = send(&app).await;
        send(&app).await;
        app.finish().await;
        assert_eq!(reconciled(&home).await.findings, []);
        // A key that goes by itself leaves behind by what they are found again.
        spoil(home.database(), &referral, "UPDATE data_keys SET wrapped = NULL, master_key = NULL, destroyed_at = created_at \
            WHERE owner_id = (SELECT person_id FROM referrals WHERE id = {id})").await;
        let rules: Vec<_> = reconciled(&home).await.findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(rules, ["erased-is-not-found"]);
    }

    /// What clocks told, and by which agreement they ran, is held against what stands beside it.
    async fn each_fault_of_a_clock_that_told_is_found(ground: Home) {
        let (home, time) = Home::with_clock(ground.database().kind(), "2026-11-23T09:00:00Z".parse().unwrap()).await;
        let app = home.start().await;
        let faults: &[(&str, &str)] = &[
            ("clocks-were-heard", "DELETE FROM outbox WHERE notice = 'breach' AND referral_id = {id}"),
            ("fires-in-turn", "UPDATE events SET actor_id = id, actor_agency_id = id, actor_role = 'worker' WHERE kind = 'clock-breached' AND referral_id = {id}"),
            ("fires-in-turn", "UPDATE events SET at = (SELECT created_at FROM referrals WHERE id = {id}) WHERE kind = 'clock-breached' AND referral_id = {id}"),
            ("clock-is-wound", "UPDATE clocks SET breached_at = NULL WHERE breached_at IS NOT NULL AND referral_id = {id}"),
            ("clock-is-wound", "UPDATE clocks SET next_fire_at = breached_at WHERE breached_at IS NOT NULL AND referral_id = {id}"),
        ];
        crate::agreements::agree(&app, "2026-11-23", ["uteseksjonen", "bydel-grunerlokka"], json!({ "answer": { "routine": "2 working days" } })).await;
        let mut planted = Vec::new();
        for (law, statement) in faults {
            planted.push((law, send(&app).await, statement));
        }
        let sound = send(&app).await;
        assert_eq!(sound["handoff"]["clocks"][0]["agreement"]["reference"], "2026/418");
        time.advance(chrono::TimeDelta::days(4));
        crate::deadlines::fired_so_often(&home, 12).await;
        app.finish().await;
        assert_eq!(reconciled(&home).await.findings, []);
        unguard(home.database()).await;
        for (_, referral, statement) in &planted {
            spoil(home.database(), referral, statement).await;
        }
        let found = broken(&reconciled(&home).await);
        for (law, referral, statement) in &planted {
            let found = found.get(referral["id"].as_str().unwrap());
            assert!(found.is_some_and(|found| found.contains(*law)), "{law} by {statement}: {found:?}");
        }
        assert!(!found.contains_key(sound["id"].as_str().unwrap()));
        // All of them were sent under one agreement; it is moved to after they were.
        let later = "UPDATE agreements SET answered_at = '2026-11-24T09:00:00+00:00'";
        home.database().execute(later).await;
        let found = broken(&reconciled(&home).await);
        assert_eq!(found[sound["id"].as_str().unwrap()], BTreeSet::from(["agreement-holds"]));
    }

    async fn each_fault_of_what_agencies_keep_is_found(home: Home) {
        let app = home.start().await;
        let lead = app.by(Persona::Lead);
        let place = "/agencies/barnevernvakten";
        let mut etag = "\"0\"".to_owned();
        for status in ["open", "limited"] {
            let reported = lead.put(&format!("{place}/capacity"), &json!({ "status": status })).if_match(&etag).await.expect(200);
            etag = reported.etag();
        }
        let away = |from: &str, to: &str| json!({ "user": "child-welfare", "deputy": "colleague", "from": from, "to": to });
        lead.post(&format!("{place}/deputies"), &away("2099-01-01T08:00:00Z", "2099-01-08T08:00:00Z")).await.expect(201);
        lead.post(&format!("{place}/deputies"), &away("2099-02-01T08:00:00Z", "2099-02-08T08:00:00Z")).await.expect(201);
        crate::agreements::agree(&app, "2099-01-01", ["uteseksjonen", "barnevernvakten"], json!({ "answer": { "routine": "2 working days" } })).await;
        app.finish().await;
        assert!(reconciled(&home).await.agrees());
        if home.database().kind() == DatabaseKind::Postgres {
            home.database().execute("ALTER TABLE agreements DROP CONSTRAINT agreements_two_parties_check").await;
        }
        let look_away = match home.database().kind() {
            DatabaseKind::Sqlite => "PRAGMA ignore_check_constraints = ON;",
            DatabaseKind::Postgres => "",
        };
        for (rule, statement) in [
            ("capacity-is-told", "DELETE FROM capacity_reports WHERE number = 1"),
            ("one-stands-in", "UPDATE deputies SET ends_at = '2099-03-01T08:00:00+00:00' WHERE starts_at < '2099-01-15T00:00:00+00:00'"),
            ("two-have-agreed", "UPDATE agreements SET answered_by = proposed_by"),
        ] {
            home.database().execute(&format!("{look_away} {statement}")).await;
            let report = reconciled(&home).await;
            let found: BTreeSet<_> = report.setup.iter().map(|finding| finding.rule.as_str()).collect();
            assert!(found.contains(rule), "{rule} by {statement}: {found:?}");
        }
        assert_eq!(reconciled(&home).await.setup.len(), 4, "one report, two absences, one agreement");
    }

    async fn each_fault_of_a_case_is_found(home: Home) {
        let faults = [
            ("case-log-replays", "DELETE FROM case_events WHERE seq = 2 AND case_id = {id}"),
            ("case-log-replays", "UPDATE case_events SET version = version + 1 WHERE seq = 5 AND case_id = {id}"),
            ("case-readable", "UPDATE cases SET body = '{}' WHERE id = {id}"),
            ("referrals-lie-in-it", "UPDATE referrals SET case_id = NULL WHERE case_id = {id}"),
            ("case-parties-agree", "DELETE FROM case_parties WHERE agency_id <> (SELECT coordinator_id FROM cases c WHERE c.id = case_id) AND case_id = {id}"),
            ("case-parties-agree", "INSERT INTO case_parties (agency_id, case_id, opened_at) SELECT (SELECT id FROM agencies WHERE slug = 'bup-oslo'), c.id, c.opened_at FROM cases c WHERE c.id = {id}"),
            ("case-lists-agree", "UPDATE cases SET coordinator_person_id = NULL WHERE id = {id}"),
            ("case-lists-agree", "UPDATE cases SET version = version + 1 WHERE id = {id}"),
            ("case-words-are-sealed", "UPDATE texts SET key_id = id WHERE case_id = {id}"),
            ("case-words-are-sealed", "DELETE FROM data_keys WHERE owner_id = {id}"),
            ("case-erased-with-referrals", "UPDATE data_keys SET wrapped = NULL, master_key = NULL, destroyed_at = created_at WHERE owner_id IN (SELECT person_id FROM referrals WHERE case_id = {id})"),
        ];
        let app = home.start().await;
        let mut planted = Vec::new();
        for (law, statement) in &faults {
            let case = crate::cases::open(&app, &crate::cases::trafficking()).await;
            let proposal = json!({ "agency": "barnevernvakten", "reason": "De kjenner henne" });
            let case = crate::cases::act(&app.by(Persona::Outreach), &case, "propose-coordinator", proposal).await.expect(200);
            planted.push((law, case.json(), statement));
        }
        let sound = crate::cases::open(&app, &crate::cases::trafficking()).await.json();
        app.finish().await;
        let report = reconciled(&home).await;
        assert_eq!((report.cases, report.counts.cases), (Vec::new(), faults.len() as u64 + 1));
        let look_away = match home.database().kind() {
            DatabaseKind::Sqlite => "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;",
            DatabaseKind::Postgres => "",
        };
        for (_, case, statement) in &planted {
            let reference = case["reference"].as_str().unwrap();
            let statement = statement.replace("{id}", &format!("(SELECT id FROM cases WHERE reference = '{reference}')"));
            home.database().execute(&format!("{look_away} {statement}")).await;
        }
        let report = reconciled(&home).await;
        for (law, case, statement) in &planted {
            let found: Vec<_> = report.cases.iter().filter(|finding| case["id"] == finding.case.to_string()).collect();
            assert!(found.iter().any(|finding| finding.rule.as_str() == **law), "{law} by {statement}: {found:?}");
        }
        assert!(report.cases.iter().all(|finding| sound["id"] != finding.case.to_string()));
    }

    async fn the_command_tells_by_its_status(home: Home) {
        let program = Path::new(env!("CARGO_BIN_EXE_stafett-under-test"));
        let run = |json: &[&str]| {
            let output = Command::new(program)
                .arg("reconcile")
                .args(json)
                .env_clear()
                .env("STAFETT_DATA_DIR", home.folder())
                .env("DATABASE_URL", home.database().url())
                .current_dir(home.folder())
                .output()
                .unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stderr), "");
            (output.status.code(), String::from_utf8(output.stdout).unwrap())
        };
        let app = home.start().await;
        let referral = send(&app).await;
        app.finish().await;
        let (status, told) = run(&[]);
        assert_eq!(status, Some(0), "{told}");
        assert!(told.contains("Everything agrees."), "{told}");
        spoil(home.database(), &referral, "DELETE FROM outbox WHERE referral_id = {id}").await;
        let (status, told) = run(&["--json"]);
        assert_eq!(status, Some(2), "{told}");
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!((&told["referrals"], &told["handoffs"]["sent"], &told["handoffs"]["open"]), (&1.into(), &1.into(), &1.into()));
        assert_eq!(told["findings"].as_array().map(Vec::len), Some(1));
        assert_eq!((&told["findings"][0]["reference"], &told["findings"][0]["law"]), (&referral["reference"], &"receiver-was-told".into()));
        let (status, told) = run(&[]);
        assert_eq!(status, Some(2));
        assert!(told.contains(referral["reference"].as_str().unwrap()) && told.contains("Every receiver was told"), "{told}");
    }
}
