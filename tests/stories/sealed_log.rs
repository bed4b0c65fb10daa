//! The log proves itself: what was done can be shown to have been done, and whatever is changed afterwards is found, with its place.

use std::pin::pin;
use std::task::Poll;

use chrono::{TimeDelta, Utc};
use e2e::{Answer, App, Client, DatabaseKind, Home, Persona, on_both_databases};
use serde_json::{Value, json};
use stafett_api::app::sealed_log;
use stafett_api::auth::log_keys::LogKeys;
use stafett_ledger::checkpoint::SignedCheckpoint;
use stafett_ledger::export::Demands;
use stafett_ledger::note::{Kind, Signer, Verifier};
use stafett_ledger::tree::{Hash, extends, includes};
use stafett_store::sealed_log as stored;
use stafett_store::{Db, audit};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::setup::hire;
use crate::telling::{Acts, PERSONAL, concern_report, path, with};
use crate::vault::{line, program, stafett, told};

async fn checkpoint(client: &Client) -> SignedCheckpoint {
    let note = client.get("/audit/checkpoint").await.expect(200);
    assert!(note.header("content-type").starts_with("text/plain"));
    note.text().parse().unwrap()
}

fn hashes(proof: &Value) -> Vec<Hash> {
    let list = proof.as_array().unwrap();
    list.iter()
        .map(|hash| Hash::from_base64(hash.as_str().unwrap()).unwrap())
        .collect()
}

/// Whether an entry stands in what a checkpoint is over, for somebody who has nothing but the two.
fn stands(entry: &Value, checkpoint: &SignedCheckpoint) -> bool {
    let head = checkpoint.checkpoint.head;
    let leaf = Hash::of_leaf(entry["leaf"].as_str().unwrap().as_bytes());
    assert_eq!(entry["hash"], json!(leaf.to_string()));
    assert_eq!(entry["size"], json!(head.size));
    includes(
        head.root,
        head.size,
        entry["index"].as_u64().unwrap(),
        leaf,
        &hashes(&entry["proof"]),
    )
}

fn demands(keys: &LogKeys) -> Demands {
    Demands {
        keys: keys.accepted().to_vec(),
        ..Demands::default()
    }
}

/// What is wrong in the database: kind and number of each finding, and what it says of rewritten logs and seals.
async fn wrong(home: &Home, demands: &Demands) -> Vec<(String, u64)> {
    let db = home.unlocked().await;
    let checked = sealed_log::check(&db, demands, |_, _, _| {}).await.unwrap();
    db.close().await.unwrap();
    let of_log = checked
        .report
        .findings
        .iter()
        .map(|one| (one.kind.as_str().to_owned(), one.from));
    let of_others = checked.rewritten.iter().map(|one| (one.what.clone(), one.number));
    of_log.chain(of_others).collect()
}

/// A report that is taken, sealed.
async fn sealed_report(home: &Home, app: &App<'_>) -> (Answer, LogKeys) {
    let report = app
        .by(Persona::Outreach)
        .post("/referrals", &concern_report())
        .await
        .expect(201);
    app.by(Persona::ChildWelfare)
        .act(&report, "accept", json!({ "assignee": "me" }))
        .await
        .expect(200);
    home.outbox_is_drained().await;
    (report, home.seal().await)
}

on_both_databases! {
    async fn what_is_done_can_be_proved_without_us(home: Home) {
        let app = home.start().await;
        let (outreach, vakten, auditor) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::Auditor));
        let (report, keys) = sealed_report(&home, &app).await;
        let before = checkpoint(&outreach).await;
        assert!(before.is_signed_by(keys.accepted()));
        let told = outreach.get("/audit/keys").await.expect(200).json();
        assert_eq!(told["keys"], json!([keys.signer().verifier().to_string()]));

        // Each side proves what it has done, and cannot be told what the other has.
        let ours = vakten.get(&format!("{}/proof", path(&report))).await.expect(200).json();
        assert_eq!(ours["checkpoint"], json!(before.note.to_string()));
        let items = ours["items"].as_array().unwrap();
        let actions: Vec<Value> = items.iter().map(|one| serde_json::from_str::<Value>(one["leaf"].as_str().unwrap()).unwrap()["action"].clone()).collect();
        assert_eq!(actions, ["accept"]);
        assert!(items.iter().all(|one| stands(one, &before)));
        let theirs = outreach.get(&format!("{}/proof", path(&report))).await.expect(200).json();
        assert!(theirs["items"][0]["leaf"].as_str().unwrap().contains("\"action\":\"create\""), "{theirs}");
        // The control: of another entry the proof does not hold.
        let mut other = items[0].clone();
        other["index"] = json!(other["index"].as_u64().unwrap() + 1);
        assert!(!stands(&other, &before));

        // Later the log is longer, and what was shown is its beginning.
        outreach.post("/referrals", &concern_report()).await.expect(201);
        home.outbox_is_drained().await;
        home.seal().await;
        let after = checkpoint(&vakten).await;
        let (old, new) = (before.checkpoint.head, after.checkpoint.head);
        assert!(new.size > old.size);
        let proof = outreach.get(&format!("/audit/proofs/consistency?from={}", old.size)).await.expect(200).json();
        assert_eq!(proof["to"], json!(new.size));
        assert!(extends(old, new, &hashes(&proof["proof"])));
        for nothing in ["from=0", "from=100000", "from=1&to=100000"] {
            outreach.get(&format!("/audit/proofs/consistency?{nothing}")).await.problem(404, "not-found");
        }

        // The entries, to those who watch over the house; nothing of a youth is in them.
        let mut entries = Vec::new();
        let mut from = json!(0);
        while !from.is_null() {
            let page = auditor.get(&format!("/audit/entries?from={from}&limit=2")).await.expect(200).json();
            entries.extend(page["items"].as_array().unwrap().clone());
            from = page["next"].clone();
        }
        assert_eq!(entries.len() as u64, new.size);
        assert!(entries.iter().all(|entry| !PERSONAL.iter().any(|word| entry.to_string().contains(word))));
        let by_number = auditor.get(&format!("/audit/proofs/inclusion?index=0&size={}", old.size)).await.expect(200).json();
        assert!(stands(&by_number, &before));
        let row = serde_json::from_str::<Value>(entries[1]["leaf"].as_str().unwrap()).unwrap();
        let by_row = auditor.get(&format!("/audit/proofs/inclusion?entry={}", row["id"].as_str().unwrap())).await.expect(200).json();
        assert!(stands(&by_row, &after));
        for nothing in ["index=100000".to_owned(), format!("entry={}", Uuid::now_v7()), "size=1".to_owned()] {
            auditor.get(&format!("/audit/proofs/inclusion?{nothing}")).await.problem(404, "not-found");
        }
        for persona in [Persona::Outreach, Persona::Lead, Persona::Coordinator] {
            app.by(persona).get("/audit/entries").await.problem(403, "forbidden");
            app.by(persona).get("/audit/proofs/inclusion?index=0").await.problem(403, "forbidden");
        }
        app.by(Persona::Outsider).get(&format!("{}/proof", path(&report))).await.problem(404, "not-found");
        app.finish().await;
    }

    async fn whatever_is_changed_in_the_database_is_found_with_its_place(home: Home) {
        let app = home.start().await;
        let (_, keys) = sealed_report(&home, &app).await;
        app.finish().await;
        let demands = demands(&keys);
        assert_eq!(wrong(&home, &demands).await, [], "an honest database");
        let db = home.database();
        let taken = db.number("SELECT number FROM audit WHERE action = 'accept'").await.unsigned_abs();
        let created = db.number("SELECT number FROM audit WHERE action = 'create'").await.unsigned_abs();
        let kinds = async || wrong(&home, &demands).await;

        // A row of the trail says something else.
        db.execute("UPDATE audit SET action = 'decline' WHERE action = 'accept'").await;
        assert_eq!(kinds().await, [("edit".to_owned(), taken)]);
        db.execute("UPDATE audit SET action = 'accept' WHERE action = 'decline'").await;
        // Somebody adds one, and sees to it that nobody seals it.
        db.execute(
            "INSERT INTO audit (id, at, action, object_kind, body, number) SELECT a.actor_id, a.at, 'forge', 'referral', a.body, 1000000 \
             FROM audit a WHERE a.action = 'accept'",
        )
        .await;
        let found = kinds().await;
        assert!(found.len() == 1 && found[0].0.starts_with("a row of the audit trail"), "{found:?}");
        // Nor is it enough that something stands in the log under its number: no checkpoint goes so far.
        db.execute(
            "INSERT INTO log_leaves (number, audit_id, hash) SELECT 1000000, a.id, l.hash FROM audit a, log_leaves l \
             WHERE a.action = 'forge' AND l.number = 0",
        )
        .await;
        let found = kinds().await;
        assert!(found.len() == 1 && found[0].0.starts_with("a row of the audit trail"), "{found:?}");
        db.execute("DELETE FROM log_leaves WHERE number = 1000000").await;
        db.execute("DELETE FROM audit WHERE action = 'forge'").await;
        // An entry is added to the referral's own log, as if somebody had done something afterwards.
        db.execute(
            "INSERT INTO events (id, referral_id, seq, version, kind, body, at) SELECT e.referral_id, e.referral_id, \
             (SELECT MAX(m.seq) + 1 FROM events m), e.version, e.kind, e.body, e.at FROM events e WHERE e.kind = 'baton-passed'",
        )
        .await;
        let found = kinds().await;
        assert!(found.len() == 1 && found[0].0.contains("of which no row of the trail speaks"), "{found:?}");
        db.execute("DELETE FROM events WHERE id = referral_id").await;
        // An entry of the referral's own log does, and what was told.
        let event = "UPDATE events SET version = version + 100 WHERE kind = 'baton-passed'";
        db.execute(event).await;
        let found = kinds().await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0.contains("in the log of referral") && found[0].1 == taken, "{found:?}");
        db.execute(&event.replace("+ 100", "- 100")).await;
        db.execute("UPDATE texts SET sealed = persons.sealed FROM persons WHERE texts.kind = 'content'").await;
        let found = kinds().await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0.starts_with("what lies sealed in texts") && found[0].1 == created, "{found:?}");
    }

    async fn what_is_written_of_a_place_is_in_it_too(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let entered = outreach.post("/outreach/arenas", &crate::outreach::arena("Vaterland")).await.expect(201);
        let place = format!("/outreach/arenas/{}", entered.json()["id"].as_str().unwrap());
        let without = with(crate::outreach::arena("Vaterland"), "/effort", Value::Null);
        outreach.put(&place, &without).if_match(&entered.etag()).await.expect(200);
        app.finish().await;
        let keys = home.seal().await;
        let demands = demands(&keys);
        assert_eq!(wrong(&home, &demands).await, [], "what was taken away by right is not missing");
        let stored = "SELECT count(*) FROM texts WHERE kind = 'arena'";
        assert_eq!(home.database().number(stored).await, 1);
        let other = "UPDATE texts SET sealed = key_id WHERE kind = 'arena'";
        let bytes = match home.database().kind() {
            DatabaseKind::Sqlite => other.to_owned(),
            DatabaseKind::Postgres => other.replace("= key_id", "= uuid_send(key_id)"),
        };
        home.database().execute(&bytes).await;
        let found = wrong(&home, &demands).await;
        assert!(found.len() == 1 && found[0].0.starts_with("what lies sealed in texts"), "{found:?}");
    }

    async fn what_is_changed_for_good_is_found_too(home: Home) {
        let app = home.start().await;
        let (_, keys) = sealed_report(&home, &app).await;
        let kept = checkpoint(&app.by(Persona::Outreach)).await;
        app.finish().await;
        let taken = home.database().number("SELECT number FROM audit WHERE action = 'accept'").await.unsigned_abs();
        // Everything about it is taken away, also from the tree: what was signed does not fit any more.
        home.database().execute("DELETE FROM audit WHERE action = 'accept'").await;
        let found = wrong(&home, &demands(&keys)).await;
        assert_eq!(found[0], ("deletion".to_owned(), taken));
        assert!(found[1].0.ends_with("of which no row of the trail speaks") && found.len() == 2, "{found:?}");
        home.database().execute(&format!("DELETE FROM log_leaves WHERE number = {taken}")).await;
        let found = wrong(&home, &demands(&keys)).await;
        assert_eq!(found.len(), 2, "{found:?}");
        // Whoever has the key as well takes what was done away too, and begins a new log: only what others have kept tells.
        home.database().execute("DELETE FROM outbox; DELETE FROM events WHERE seq > 4").await;
        home.database()
            .execute(
                "DELETE FROM log_checkpoints; DELETE FROM log_nodes; DELETE FROM log_leaves; UPDATE audit SET number = NULL; \
                 UPDATE log_heads SET size = 0, peaks = NULL",
            )
            .await;
        home.seal().await;
        assert_eq!(wrong(&home, &demands(&keys)).await, [], "the control: with nothing kept nobody can know");
        let with_kept = Demands { kept: vec![kept], ..demands(&keys) };
        let found = wrong(&home, &with_kept).await;
        assert!(matches!(found[0].0.as_str(), "truncation" | "fork"), "{found:?}");
    }

    async fn the_command_line_tells_it_to_an_auditor(home: Home) {
        let app = home.start().await;
        let (_, keys) = sealed_report(&home, &app).await;
        let kept = app.by(Persona::Outreach).get("/audit/checkpoint").await.expect(200).text();
        std::fs::write(home.folder().join("kept"), &kept).unwrap();
        app.finish().await;
        told(&home, &["audit", "export", "log"]).await;
        let again = stafett(&home, &["audit", "export", "log"]).await;
        assert_eq!(again.status.code(), Some(1), "{}", line(&again));
        let key = keys.signer().verifier().to_string();
        assert_eq!(told(&home, &["audit", "keys", "--json"]).await, json!([key]));
        let fine = told(&home, &["audit", "verify", "log", "--key", &key, "--checkpoint", "kept", "--database", "--json"]).await;
        assert_eq!((&fine["findings"], &fine["unsealed"]), (&json!([]), &json!(0)));
        assert_eq!(fine["entries"], json!(home.database().number("SELECT count(*) FROM log_leaves").await));

        let honest = std::fs::read_to_string(home.folder().join("log")).unwrap();
        std::fs::write(home.folder().join("edited"), honest.replace("\"action\":\"accept\"", "\"action\":\"decline\"")).unwrap();
        let found = stafett(&home, &["audit", "verify", "edited", "--json"]).await;
        assert_eq!(found.status.code(), Some(2));
        let found: Value = serde_json::from_slice(&found.stdout).unwrap();
        let taken = home.database().number("SELECT number FROM audit WHERE action = 'accept'").await;
        assert_eq!(found["findings"].as_array().unwrap().len(), 1);
        assert_eq!((&found["findings"][0]["kind"], &found["findings"][0]["from"]), (&json!("edit"), &json!(taken)));
        assert_eq!(found["findings"][0]["line"], json!(taken + 2));
        // Against the database the honest file shows what was changed there afterwards.
        home.database().execute("UPDATE audit SET action = 'decline' WHERE action = 'accept'").await;
        let found = stafett(&home, &["audit", "verify", "log", "--database", "--json"]).await;
        assert_eq!(found.status.code(), Some(2), "{}", line(&found));
        for usage in [vec!["audit", "verify"], vec!["audit", "verify", "log", "--witnesses", "1"], vec!["audit", "verify", "log", "--key", "nonsense"]] {
            assert_eq!(stafett(&home, &usage).await.status.code(), Some(2), "{usage:?}");
        }
    }

    async fn agencies_witness(home: Home) {
        let app = home.start().await;
        let boss = hire(&app, &app.by(Persona::Admin), "barnevernvakten", "berit", &["agency-admin"]).await;
        let (_, keys) = sealed_report(&home, &app).await;
        let witness = Signer::from_seed("barnevernvakten.example.org/witness", Kind::Witness, &[5; 32]).unwrap();
        let body = json!({ "key": witness.verifier().to_string() });
        let place = "/agencies/barnevernvakten/witness";
        let etag = boss.get("/agencies/barnevernvakten").await.expect(200).etag();
        for persona in [Persona::Admin, Persona::Lead, Persona::Auditor] {
            app.by(persona).put(place, &body).if_match(&etag).await.problem(403, "forbidden");
        }
        boss.put(place, &body).await.problem(428, "precondition-required");
        let of_log = json!({ "key": keys.signer().verifier().to_string() });
        boss.put(place, &of_log).if_match(&etag).await.problem(422, "invalid-input");
        let named = boss.put(place, &body).if_match(&etag).await.expect(204);
        boss.put(place, &body).if_match(&named.etag()).await.problem(422, "invalid-input");
        // The same key under another name would make two witnesses of one; and a name stands on every note.
        let renamed = |name: &str| {
            let key = Verifier::new(name, Kind::Witness, *witness.verifier().public()).unwrap();
            json!({ "key": key.to_string() })
        };
        boss.put(place, &renamed("somebody.else/witness")).if_match(&named.etag()).await.problem(422, "invalid-input");
        for name in ["x".repeat(101), "a\u{202e}b".to_owned()] {
            let fresh = Verifier::new(&name, Kind::Witness, [7; 32]).unwrap();
            boss.put(place, &json!({ "key": fresh.to_string() })).if_match(&named.etag()).await.problem(422, "invalid-input");
        }
        assert_eq!(boss.get("/audit/keys").await.expect(200).json()["witnesses"][0]["key"], body["key"]);

        let newest = checkpoint(&boss).await;
        let size = newest.checkpoint.head.size;
        let now = Utc::now().timestamp().unsigned_abs();
        let cosign = |size: u64, text: &str, at: u64| {
            let signature = witness.sign(text, at).to_string();
            boss.post("/audit/checkpoint/cosignatures", &json!({ "size": size, "signature": signature }))
        };
        cosign(size, "another\ntext\n", now).await.problem(422, "invalid-input");
        cosign(size, &newest.note.text, now + 3_600).await.problem(422, "invalid-input");
        cosign(size + 1, &newest.note.text, now).await.problem(404, "not-found");
        let done = cosign(size, &newest.note.text, now).await.expect(200);
        cosign(size, &newest.note.text, now + 1).await.expect(200);
        let known = [witness.verifier().clone()];
        let shown: SignedCheckpoint = done.text().parse().unwrap();
        assert_eq!((newest.witnesses(&known), shown.witnesses(&known)), (0, 1));
        app.by(Persona::Outreach).post("/audit/checkpoint/cosignatures", &json!({ "size": size, "signature": "x" })).await.problem(403, "forbidden");

        // Whoever verifies may demand it, and what was signed stands when the agency witnesses no more.
        let etag = boss.get("/agencies/barnevernvakten").await.expect(200).etag();
        boss.request(reqwest::Method::DELETE, place).if_match(&etag).await.expect(204);
        cosign(size, &newest.note.text, now).await.problem(422, "invalid-input");
        app.finish().await;
        told(&home, &["audit", "export", "log"]).await;
        let key = witness.verifier().to_string();
        let fine = told(&home, &["audit", "verify", "log", "--witness", &key, "--witnesses", "1", "--json"]).await;
        assert_eq!((&fine["witnessed"], &fine["findings"]), (&json!(size), &json!([])));
        let stranger = Signer::from_seed("w", Kind::Witness, &[6; 32]).unwrap().verifier().to_string();
        let found = stafett(&home, &["audit", "verify", "log", "--witness", &stranger, "--witnesses", "1"]).await;
        assert_eq!(found.status.code(), Some(2));
    }

    async fn several_seal_while_people_write_and_nothing_is_left_out_or_counted_twice(home: Home) {
        let (one, two) = (home.start().await, home.start().await);
        let keys = home.seal().await;
        let mut writers = JoinSet::new();
        for nth in 0..24 {
            let app = if nth % 2 == 0 { &one } else { &two };
            let writing = app.by(Persona::Outreach).post("/referrals", &concern_report());
            writers.spawn(async move { writing.await.expect(201) });
        }
        let sealing = async {
            let dbs = [home.unlocked().await, home.unlocked().await];
            for _ in 0..40 {
                let (a, b) = tokio::join!(stored::seal(&dbs[0], keys.signer(), Utc::now()), stored::seal(&dbs[1], keys.signer(), Utc::now()));
                // Whoever has to wait for too long has done nothing.
                for sealed in [a, b] {
                    if let Err(error) = sealed {
                        assert!(error.is_transient(), "{error}");
                    }
                }
            }
            for db in dbs {
                db.close().await.unwrap();
            }
        };
        let (answers, ()) = tokio::join!(writers.join_all(), sealing);
        assert_eq!(answers.len(), 24);
        one.finish().await;
        two.finish().await;
        home.seal().await;
        assert_whole(&home, &keys).await;
    }

    /// Whoever seals may die between any two steps: what it had begun never happened, and the next one does it.
    async fn sealing_may_end_anywhere(home: Home) {
        let app = home.start().await;
        let keys = home.seal().await;
        app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        app.finish().await;
        let db = home.unlocked().await;
        let mut ends = 0;
        loop {
            let before = home.database().number("SELECT size FROM log_heads").await;
            let done = end_after(ends, stored::seal(&db, keys.signer(), Utc::now())).await;
            if done {
                break;
            }
            ends += 1;
            assert!(ends < 10_000);
            // It may have been committed, and nobody was told; or it never happened.
            let after = home.database().number("SELECT size FROM log_heads").await;
            if after != before {
                break;
            }
        }
        db.close().await.unwrap();
        assert!(ends > 0, "it was never ended before its end");
        home.seal().await;
        assert_whole(&home, &keys).await;
    }

    async fn servers_that_are_killed_leave_a_log_that_goes_on(home: Home) {
        let mut server = home.start_process(program()).await;
        for _ in 0..2 {
            server.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
            server.kill().await;
            home.seal().await;
            server = home.start_process(program()).await;
        }
        server.kill().await;
        let keys = home.seal().await;
        assert_whole(&home, &keys).await;
    }

    async fn a_row_that_is_committed_late_is_sealed_late_and_not_left_out(home: Home) {
        let app = home.start().await;
        let keys = home.seal().await;
        app.finish().await;
        let db = home.unlocked().await;
        let write = async |db: &Db, action: &str| {
            let tx = db.write_tx().await.unwrap();
            let entry = audit::Entry {
                at: Utc::now() - TimeDelta::hours(1),
                actor: None,
                agency: None,
                role: None,
                action,
                object_kind: "story",
                object: None,
                request_id: None,
                body: json!({}),
            };
            audit::record(&tx, &entry).await.unwrap();
            tx
        };
        let late = write(&db, "late").await;
        if home.database().kind() == DatabaseKind::Postgres {
            let soon = write(&db, "soon").await;
            soon.commit().await.unwrap();
            home.seal().await;
        }
        late.commit().await.unwrap();
        home.seal().await;
        db.close().await.unwrap();
        assert_whole(&home, &keys).await;
        let places = "SELECT action FROM audit WHERE object_kind = 'story' ORDER BY number";
        assert_eq!(home.database().texts(places).await.last().map(String::as_str), Some("late"));
    }

    async fn erasing_somebody_keeps_every_proof(home: Home) {
        let app = home.start().await;
        let (report, keys) = sealed_report(&home, &app).await;
        let vakten = app.by(Persona::ChildWelfare);
        let kept = checkpoint(&vakten).await;
        let place = format!("{}/proof", path(&report));
        let proved = vakten.get(&place).await.expect(200).json();
        let seen = vakten.look(&report).await.expect(200);
        let done = vakten.act(&seen, "complete", json!({ "outcome": "service-delivered" })).await.expect(200);
        app.finish().await;
        let reference = done.json()["reference"].as_str().unwrap().to_owned();
        told(&home, &["vault", "erase", "--referral", &reference, "--yes", "--json"]).await;
        home.seal().await;
        let with_kept = Demands { kept: vec![kept.clone()], ..demands(&keys) };
        assert_eq!(wrong(&home, &with_kept).await, []);
        assert!(proved["items"].as_array().unwrap().iter().all(|one| stands(one, &kept)));
        let erased = "SELECT count(*) FROM audit WHERE action = 'erase' AND number IS NOT NULL";
        assert_eq!(home.database().number(erased).await, 1, "that it was erased is sealed as well");
    }
}

/// Polls a future so many times and drops it. Tells whether it had ended by then.
async fn end_after<F: Future>(polls: u32, future: F) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if future.as_mut().poll(context).is_ready() {
            return Poll::Ready(true);
        }
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        Poll::Pending
    })
    .await
}

/// Every row has one number, the numbers have no gap, and all is what was sealed.
async fn assert_whole(home: &Home, keys: &LogKeys) {
    let rows = home.database().number("SELECT count(*) FROM audit").await;
    for sql in [
        "SELECT count(*) FROM log_leaves",
        "SELECT count(DISTINCT audit_id) FROM log_leaves",
        "SELECT max(number) + 1 FROM log_leaves",
        "SELECT size FROM log_heads",
        "SELECT max(size) FROM log_checkpoints",
        "SELECT count(*) FROM audit a JOIN log_leaves l ON l.audit_id = a.id AND l.number = a.number",
    ] {
        assert_eq!(home.database().number(sql).await, rows, "{sql}");
    }
    assert_eq!(wrong(home, &demands(keys)).await, []);
}
