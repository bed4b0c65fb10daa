//! Erasing what is told of somebody: it is gone wherever it stood, the history stays, and nothing is added any more.

use e2e::{Answer, Persona, on_both_databases, traces};
use serde_json::{Value, json};

use stafett_store::{
    referrals::{self, Name},
    retention,
    vault::{self, Why},
};
use stafett_workflow::{
    agency::ReferralId,
    policy::{Scope, SystemTask},
};

use crate::{
    cases::{self, case_path, trafficking},
    telling::{Acts, concern_report, id, path, timeline, with},
    vault::{Plants, journey, line, planted, stafett, told},
};

on_both_databases! {
    async fn what_is_erased_is_gone_and_its_history_stays(home: Home) {
        let app = home.start().await;
        let (report, words) = planted();
        let mut plants = Plants(words);
        let (done, _) = journey(&|persona| app.by(persona), &mut plants, &report).await;
        let kept = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        let outreach = app.by(Persona::Outreach);
        let reference = done.json()["reference"].as_str().unwrap().to_owned();
        // How far each notice has come stands in it too, and nothing of that shall change below.
        home.outbox_is_drained().await;
        let log = timeline(&outreach, &done).await;

        let refused = stafett(&home, &["vault", "erase", "--referral", kept.json()["reference"].as_str().unwrap(), "--yes"]).await;
        assert!(line(&refused).contains("is not closed yet"), "{}", line(&refused));
        told(&home, &["vault", "hold", "--referral", &reference]).await;
        let refused = stafett(&home, &["vault", "erase", "--referral", &reference, "--yes"]).await;
        assert!(line(&refused).contains("a legal hold"), "{}", line(&refused));
        told(&home, &["vault", "release", "--referral", &reference]).await;
        told(&home, &["vault", "erase", "--referral", &reference, "--json"]).await;
        assert_eq!(outreach.look(&done).await.expect(200).json()["erased"], Value::Null, "only foreseen");
        let erased = told(&home, &["vault", "erase", "--referral", &reference, "--yes", "--json"]).await;
        assert_eq!(erased["referrals"], json!([reference]));
        let refused = stafett(&home, &["vault", "erase", "--referral", &reference, "--yes"]).await;
        assert!(line(&refused).contains("already"), "{}", line(&refused));

        let shown = outreach.look(&done).header("accept-language", "en").await.expect(200);
        assert_eq!(shown.etag(), done.etag());
        assert_eq!((&shown.json()["erased"]["text"], &shown.json()["person"], &shown.json()["summary"]),
            (&json!("Erased for good"), &Value::Null, &Value::Null));
        let after = timeline(&outreach, &done).await;
        let looked = outreach.get(&format!("{}/access-log", path(&done))).await.expect(200).json();
        assert!(!looked["items"].as_array().unwrap().is_empty(), "that somebody looked stays");
        let bare = |log: &[Value]| log.iter().map(|entry| {
            let mut entry = entry.clone();
            entry["texts"] = Value::Null;
            entry
        }).collect::<Vec<_>>();
        assert_eq!(bare(&after), bare(&log), "the history is what it was");
        let all = [
            shown.text(),
            serde_json::to_string(&after).unwrap(),
            outreach.get(&format!("{}/messages", path(&done))).await.expect(200).text(),
        ].concat();
        assert_eq!(traces::found_in(all.as_bytes(), &plants.0), [""; 0]);
        assert!(all.matches("Erased for good").count() > 3, "{all}");
        let again = app.by(Persona::ChildWelfare).act(&done, "reopen", json!({ "reason": "Kom tilbake" })).await;
        again.problem(409, "erased");
        assert_eq!(outreach.look(&kept).await.expect(200).json()["person"], kept.json()["person"], "others stay");
        app.finish().await;
        let reconciled = told(&home, &["reconcile", "--json"]).await;
        assert_eq!(reconciled["findings"], json!([]));
        let rows = home.database().number("SELECT count(*) FROM audit WHERE action = 'erase' AND object_kind = 'person'").await;
        assert_eq!(rows, 1);
    }

    /// A server that is killed between destroying a key and wiping it leaves that to whoever comes next.
    async fn what_was_destroyed_and_not_wiped_is_remembered(home: Home) {
        let app = home.start().await;
        let report = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        let vakten = app.by(Persona::ChildWelfare);
        let taken = vakten.act(&report, "accept", json!({})).await.expect(200);
        vakten.act(&taken, "complete", json!({ "outcome": "service-delivered" })).await.expect(200);
        app.finish().await;
        let db = home.unlocked().await;
        let name = Name::Id(ReferralId(id(&report.json()).parse().unwrap()));
        let record = referrals::find(&db, &Scope::for_system(SystemTask::Reconcile), name).await.unwrap().unwrap();
        let why = Why { reason: "test", permit: None, request_id: None };
        let left = "SELECT count(*) FROM instance WHERE key = 'keys-unwiped'";
        let (owner, now) = (vault::owner_of(&record), chrono::Utc::now());
        let announce = async || {
            let tx = db.write_tx().await.unwrap();
            retention::announce(&tx, owner, now, now).await.unwrap();
            tx.commit().await.unwrap();
            home.database().number("SELECT count(*) FROM announced_erasures").await
        };
        assert_eq!(announce().await, 1);
        vault::erase_only(&db, owner, why, now).await.unwrap().unwrap();
        // Whoever looked before it was erased puts it into no list afterwards.
        assert_eq!(announce().await, 0);
        assert_eq!(home.database().number(left).await, 1);
        vault::wipe(&db).await.unwrap();
        assert_eq!(home.database().number(left).await, 0);
        vault::wipe(&db).await.unwrap();
        db.close().await.unwrap();
    }

    async fn the_reasons_of_a_case_go_with_the_last_of_its_referrals(home: Home) {
        let app = home.start().await;
        let (outreach, vakten, district) =
            (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::District));
        let mut plants = Plants(Vec::new());
        let alias = traces::canary("Alias");
        let body = with(with(trafficking(), "/needs", json!([])), "/person", json!({ "alias": alias, "estimatedAge": 16 }));
        let opened = outreach.post("/cases", &body).idempotency_key("open").await.expect(201);
        let report = cases::referral(&outreach, &opened, "concern-report").await;
        let word = cases::referral(&outreach, &opened, "notification").await;
        let done = json!({ "outcome": "service-delivered" });
        let taken = vakten.act(&report, "accept", json!({})).idempotency_key("take").await.expect(200);
        vakten.act(&taken, "complete", done.clone()).await.expect(200);
        let noted = district.act(&word, "acknowledge", json!({})).await.expect(200);
        district.act(&noted, "complete", done).await.expect(200);
        let name = |answer: &Answer| answer.json()["reference"].as_str().unwrap().to_owned();
        let (first, last) = (name(&report), name(&word));
        let erase = ["vault", "erase", "--yes", "--json", "--referral"];
        told(&home, &[&erase[..], &[&first]].concat()).await;
        let refused = stafett(&home, &[&erase[..], &[&last]].concat()).await;
        assert!(line(&refused).contains(&name(&opened)) && line(&refused).contains("not closed"), "{}", line(&refused));
        let now = cases::look(&outreach, &opened).await.expect(200);
        let reason = plants.plant("Ferdig");
        let closed = cases::act(&outreach, &now, "close", json!({ "reason": reason })).idempotency_key("close").await.expect(200);
        let log = format!("{}/timeline", case_path(&opened));
        assert!(outreach.get(&log).await.expect(200).text().contains(&plants.0[0]));
        told(&home, &[&erase[..], &[&last]].concat()).await;
        let after = outreach.get(&log).header("accept-language", "en").await.expect(200);
        assert_eq!(traces::found_in(&after.body, &plants.0), [""; 0]);
        assert!(after.text().contains("Erased for good"), "{}", after.text());

        // Nothing is added, nobody is found, and no answer that was kept tells it once more.
        cases::act(&outreach, &closed, "reopen", json!({ "reason": "Hun er tilbake" })).await.problem(409, "erased");
        let right = json!({ "person": { "alias": "En annen" }, "reason": "Feil navn" });
        let seen = outreach.look(&report).await.expect(200);
        outreach.post(&format!("{}/person", path(&report)), &right).if_match(&seen.etag()).await.problem(409, "erased");
        let attach = json!({ "coordinator": "uteseksjonen", "attach": [first] });
        outreach.post("/cases", &attach).await.problem(409, "erased");
        let found = outreach.post("/referrals/search", &json!({ "alias": alias })).await.expect(200);
        assert_eq!(found.json()["items"], json!([]));
        let unwarned = with(concern_report(), "/person", json!({ "alias": alias, "estimatedAge": 16 }));
        assert_eq!(outreach.post("/referrals", &unwarned).await.expect(201).json().get("warnings"), None);
        vakten.act(&report, "accept", json!({})).idempotency_key("take").await.problem(409, "erased");
        let again = outreach.post("/cases", &body).idempotency_key("open").await.expect(201);
        assert_eq!((again.header("idempotent-replayed"), again.json()["id"].clone()), ("true", opened.json()["id"].clone()));
        app.finish().await;
        let reconciled = told(&home, &["reconcile", "--json"]).await;
        assert_eq!(reconciled["findings"], json!([]));
        let rows = home.database().number("SELECT count(*) FROM audit WHERE action = 'erase' AND object_kind = 'case'").await;
        assert_eq!(rows, 1);
    }
}
