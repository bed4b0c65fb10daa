//! A database from before the vault: what lies open in it is sealed and wiped, however often that is interrupted.

use e2e::{Database, DatabaseKind, Home, Persona, on_both_databases, traces};
use serde_json::json;
use tokio::process::Command;

use crate::{
    cases::{self, case_path},
    telling::{Acts, concern_report},
    vault::{program, told},
};

on_both_databases! {
    async fn what_lay_open_is_sealed_and_wiped_however_often_it_is_killed(home: Home) {
        const ROWS: usize = 1500;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let sent = outreach.post("/referrals", &concern_report()).idempotency_key("k").await.expect(201);
        let case = json!({ "coordinator": "uteseksjonen", "attach": [sent.json()["reference"]] });
        let case = outreach.post("/cases", &case).await.expect(201);
        let proposal = json!({ "agency": "barnevernvakten", "reason": "De kjenner henne" });
        cases::act(&outreach, &case, "propose-coordinator", proposal).await.expect(200);
        app.finish().await;
        let words: Vec<String> = ["Person", "Innhold", "Tekst", "Rester"].map(traces::canary).to_vec();
        undo_the_vault(home.database(), &words, ROWS).await;
        let look = async |home: &Home| {
            let folder = home.database().folders().await.remove(0);
            traces::found_below(&folder, &words)
        };
        assert_eq!(home.database().number("SELECT count(*) FROM texts WHERE kind = 'note'").await, ROWS as i64);
        assert_ne!(look(&home).await, [""; 0], "the old database shows its words");
        let mut kills = 0;
        loop {
            let mut migrating = Command::new(program()).arg("migrate").env_clear().envs(home.variables())
                .current_dir(home.folder()).kill_on_drop(true).spawn().unwrap();
            let open = "SELECT count(*) FROM texts WHERE length(sealed) = 0";
            let halfway = async {
                // Before the first step there is no column to ask for.
                let step = "SELECT count(*) FROM seaql_migrations WHERE version = 'm20261123_000050_vault'";
                while home.database().number(step).await == 0 || home.database().number(open).await as usize + 1 > ROWS - kills * 400 {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                () = halfway, if kills < 2 => {
                    migrating.kill().await.unwrap();
                    kills += 1;
                    assert!(home.database().number(open).await > 0, "killed too late to tell anything");
                }
                ended = migrating.wait() => {
                    assert!(ended.unwrap().success());
                    break;
                }
            }
        }
        assert_eq!(kills, 2);
        assert_eq!(look(&home).await, [""; 0], "nothing is left in the files");
        for (kind, keys) in [("person", 1), ("case", 1), ("referral", 0), ("house", 1)] {
            let sql = format!("SELECT count(*) FROM data_keys WHERE owner_kind = '{kind}'");
            assert_eq!(home.database().number(&sql).await, keys, "{kind}");
        }
        let bare = "SELECT (SELECT count(*) FROM referrals WHERE creation_digest = 'bare') \
                    + (SELECT count(*) FROM idempotency WHERE request_hash = 'bare')";
        assert_eq!(home.database().number(bare).await, 0, "digests of requests are keyed");
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let now = outreach.look(&sent).await.expect(200).json();
        assert_eq!((&now["person"]["alias"], &now["summary"]), (&json!(words[0]), &json!(words[1])));
        assert!(outreach.get(&format!("{}/timeline", case_path(&case))).await.expect(200).text().contains(&words[2]));
        // Digests that another key made are made anew, so that the youth is found.
        let found = outreach.post("/referrals/search", &json!({ "alias": words[0] })).await.expect(200);
        assert_eq!(crate::telling::ids(&found.json()), [crate::telling::id(&sent.json())]);
        app.finish().await;
        assert_eq!(told(&home, &["reconcile", "--json"]).await["findings"], json!([]));
    }
}

/// Makes the database one from before the vault, with `words` lying open in it, and many rows to seal.
async fn undo_the_vault(database: &Database, words: &[String], rows: usize) {
    let (person, content, text, rest) = (&words[0], &words[1], &words[2], &words[3]);
    let basis = json!({ "code": "duty-to-report", "reason": text });
    let (json_type, id) = match database.kind() {
        DatabaseKind::Sqlite => ("text", "randomblob(16)"),
        DatabaseKind::Postgres => ("jsonb", "gen_random_uuid()"),
    };
    let open = format!(
        "ALTER TABLE persons ADD COLUMN details {json_type} NOT NULL DEFAULT '{{}}';
         ALTER TABLE texts ADD COLUMN body text NOT NULL DEFAULT '';"
    );
    let fill = format!(
        "UPDATE persons SET details = '{{\"alias\": \"{person}\"}}';
         UPDATE texts SET body = '{text}';
         UPDATE texts SET body = '{{\"summary\": \"{content}\"}}' WHERE kind = 'content';
         UPDATE texts SET body = '{basis}' WHERE kind = 'legal-basis';
         UPDATE referrals SET creation_digest = 'bare';
         UPDATE idempotency SET request_hash = 'bare';
         UPDATE instance SET value = 'another' WHERE key = 'index-key';
         UPDATE person_keys SET digest = 'of another key';
         INSERT INTO texts (id, person_id, referral_id, kind, body, created_at)
           WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {rows})
           SELECT {id}, person_id, referral_id, 'note', '{text}', created_at FROM c, (SELECT * FROM texts WHERE kind = 'content') t;
         INSERT INTO texts (id, kind, body, created_at)
           WITH RECURSIVE c(n) AS (SELECT 90001 UNION ALL SELECT n + 1 FROM c WHERE n < 90200)
           SELECT {id}, 'note', '{rest}', created_at FROM c, (SELECT * FROM texts WHERE kind = 'content') t;
         DELETE FROM texts WHERE body = '{rest}';"
    );
    let close = "ALTER TABLE persons DROP COLUMN sealed;
         ALTER TABLE texts DROP COLUMN sealed;
         ALTER TABLE texts DROP COLUMN key_id;
         DROP TABLE data_keys;
         DELETE FROM seaql_migrations WHERE version IN ('m20261123_000050_vault', 'm20261123_000051_sealed');";
    // PostgreSQL alters no table in the transaction that has written to it.
    for statements in [open.as_str(), &fill, close] {
        database.execute(statements).await;
    }
}
