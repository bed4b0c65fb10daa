//! A backup is all of it or none: made while people work, sealed, put back exactly, and refused when a bit of it is another.

use std::path::Path;
use std::process::Output;

use e2e::{Client, Database, DatabaseKind, Home, Persona, on_both_databases, traces};
use serde_json::{Value, json};
use stafett_store::copy::Turn;
use tempfile::TempDir;
use tokio::process::Command;

use crate::sessions::sign_in;
use crate::setup::hire;
use crate::telling::{concern_report, path, service_referral};
use crate::vault::{Plants, content, journey, line, planted, program, stafett, told};

/// Another machine with the keys of the first and nothing else.
struct Elsewhere<'a> {
    home: &'a Home,
    folder: TempDir,
    database: Database,
}

impl<'a> Elsewhere<'a> {
    async fn new(home: &'a Home) -> Self {
        let kind = home.database().kind();
        let database = Database::create(kind).await;
        let folder = tempfile::tempdir().unwrap();
        for key in ["log-key.pem", "master-keys", "signing-key.pem"] {
            std::fs::copy(home.folder().join(key), folder.path().join(key)).unwrap();
        }
        Self { home, folder, database }
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program());
        command
            .args(arguments)
            .env_clear()
            .envs(self.home.variables())
            .env("STAFETT_DATA_DIR", self.folder.path())
            .env("DATABASE_URL", self.database.url())
            .current_dir(self.home.folder());
        command.output().await.unwrap()
    }

    async fn told(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments).await;
        assert!(
            output.status.success(),
            "{arguments:?}: {}{}",
            line(&output),
            String::from_utf8_lossy(&output.stdout)
        );
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }
}

/// What a restore changes by design: nobody is signed in, and the trail says so.
fn same(
    before: &std::collections::BTreeMap<String, Vec<String>>,
    after: &std::collections::BTreeMap<String, Vec<String>>,
) {
    const BY_DESIGN: [&str; 5] = ["users", "sessions", "refresh_tokens", "audit", "seaql_migrations"];
    assert!(before.keys().eq(after.keys()));
    for (table, rows) in before.iter().filter(|(table, _)| !BY_DESIGN.contains(&table.as_str())) {
        assert_eq!(Some(rows), after.get(table), "{table}");
    }
    assert_eq!(before["users"].len(), after["users"].len());
    assert_eq!(before["audit"].len() + 1, after["audit"].len());
    assert!(
        before["audit"].iter().all(|row| after["audit"].contains(row)),
        "no row of the trail was lost"
    );
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let file = folder.join(name);
    std::fs::write(&file, bytes).unwrap();
    file.display().to_string()
}

on_both_databases! {
    async fn it_comes_back_exactly_and_nobody_is_signed_in(home: Home) {
        let app = home.start().await;
        let (report, words) = planted();
        let mut plants = Plants(words);
        let (done, _) = journey(&|persona| app.by(persona), &mut plants, &report).await;
        let file = crate::attachments::add(&app.by(Persona::Outreach), &done, "text/plain", "Kråka.txt", plants.plant("Fil").as_bytes()).await.expect(201);
        hire(&app, &app.by(Persona::Admin), "uteseksjonen", "kari", &["worker"]).await;
        let (phone, pair) = sign_in(&app, "kari").await;
        let got = app.by(Persona::Outreach).get(&format!("{}/attachments/{}", path(&done), file.json()["id"].as_str().unwrap())).await.expect(200).text();
        home.outbox_is_drained().await;
        home.seal().await;
        // People go on working.
        let made = told(&home, &["backup", "night", "--json"]).await;
        assert!(made["bytes"].as_u64().unwrap() > 10_000, "{made}");
        phone.get("/me").await.expect(200);
        app.finish().await;
        let before = content(home.database()).await;
        let sealed = std::fs::read(home.folder().join("night")).unwrap();
        assert_eq!(traces::found_in(&sealed, &plants.0), [""; 0], "not even what is open in the database stands open in it");
        assert!(!String::from_utf8_lossy(&sealed).contains("uteseksjonen"));

        let elsewhere = Elsewhere::new(&home).await;
        let tried = elsewhere.told(&["restore", "night", "--verify", "--json"]).await;
        assert_eq!((&tried["files"], &tried["missing"]), (&json!(1), &json!([])));
        let restored = elsewhere.told(&["restore", "night", "--json"]).await;
        assert_eq!((&restored["findings"], &restored["log"]["findings"]), (&json!(0), &json!(0)), "{restored}");
        assert!(restored["sessionsEnded"].as_u64().unwrap() >= 1);
        same(&before, &content(&elsewhere.database).await);
        let deep = elsewhere.told(&["reconcile", "--deep", "--files", "--json"]).await;
        assert_eq!(deep["findings"], json!([]));

        // It is served as it was, and whoever was signed in then is not. Nor does a token fit that was signed after the backup, when
        // somebody had changed their password once more.
        home.database().execute("UPDATE users SET session_epoch = session_epoch + 1").await;
        let later = told(&home, &["token", Persona::Outreach.username(), "--json"]).await;
        // Nor whoever signs in before a restore that was killed has been looked after: the next to open it does that.
        let early = elsewhere.told(&["token", Persona::Outreach.username(), "--json"]).await;
        elsewhere.database.execute("INSERT INTO instance (key, value) VALUES ('restored', 'some time')").await;
        let moved = [("STAFETT_DATA_DIR", elsewhere.folder.path().to_str().unwrap()), ("DATABASE_URL", &elsewhere.database.url())];
        let server = home.start_process_with(program(), &moved).await;
        let anybody = Client::nobody(server.url());
        anybody.with_token(pair["accessToken"].as_str().unwrap()).get("/me").await.problem(401, "invalid-token");
        server.by(Persona::Outreach).get("/me").await.problem(401, "invalid-token");
        anybody.with_token(later["accessToken"].as_str().unwrap()).get("/me").await.problem(401, "invalid-token");
        anybody.with_token(early["accessToken"].as_str().unwrap()).get("/me").await.problem(401, "invalid-token");
        assert_eq!(elsewhere.database.number("SELECT count(*) FROM instance WHERE key = 'restored'").await, 0);
        let token = elsewhere.told(&["token", Persona::Outreach.username(), "--json"]).await;
        let again = anybody.with_token(token["accessToken"].as_str().unwrap());
        assert_eq!(again.get(&path(&done)).await.expect(200).json()["summary"], done.json()["summary"]);
        let file = again.get(&format!("{}/attachments/{}", path(&done), file.json()["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(file.text(), got);
        server.stop().await;
    }

    async fn what_is_not_whole_or_not_ours_is_refused_and_nothing_is_touched(home: Home) {
        let app = home.start().await;
        app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        home.outbox_is_drained().await;
        home.seal().await;
        app.finish().await;
        told(&home, &["backup", "night"]).await;
        let again = stafett(&home, &["backup", "night"]).await;
        assert!(line(&again).ends_with("night is there already"), "{}", line(&again));
        let whole = std::fs::read(home.folder().join("night")).unwrap();
        let elsewhere = Elsewhere::new(&home).await;
        let mut changed = whole.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        for (name, bytes, why) in [
            ("changed", changed.as_slice(), "it was changed: piece "),
            ("cut", &whole[..whole.len() - 1], "it is cut off after "),
            ("longer", &[whole.as_slice(), b"\0"].concat(), "it was changed: piece "),
            ("other", b"PK\x03\x04 and so on, and on, and on", "it is no backup of this program"),
        ] {
            let file = write(home.folder(), name, bytes);
            for arguments in [vec!["restore", &file, "--verify"], vec!["restore", &file]] {
                let refused = elsewhere.run(&arguments).await;
                assert_eq!(refused.status.code(), Some(1));
                assert!(line(&refused).contains(why), "{name}: {}", line(&refused));
            }
        }
        assert!(is_empty(&elsewhere.database).await, "nothing was touched");
        // Over what is there nothing is ever put.
        let before = content(home.database()).await;
        let refused = stafett(&home, &["restore", "night"]).await;
        assert_eq!(refused.status.code(), Some(1));
        assert!(line(&refused).contains("empty"), "{}", line(&refused));
        assert_eq!(content(home.database()).await, before);
        // Without the key it was made with nobody opens it.
        let key = told(&home, &["vault", "key", "--id", "another", "--json"]).await;
        let other = write(home.folder(), "other-keys", key["line"].as_str().unwrap().as_bytes());
        let output = with_keys(&home, &other, &["restore", "night", "--verify"]).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(line(&output).contains("its key does not open"), "{}", line(&output));
        assert!(elsewhere.told(&["restore", "night", "--json"]).await["findings"] == json!(0), "the whole one is taken");
    }

    async fn nothing_is_made_twice_at_once_or_under_other_keys_and_nothing_open_is_left(home: Home) {
        let app = home.start().await;
        app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        home.outbox_is_drained().await;
        app.finish().await;
        let left = home.folder().join("copy-in-progress.db");
        // What those left who were killed: an open copy, which a start takes away as well, and half a file.
        std::fs::write(&left, "names of staff").unwrap();
        home.start_process(program()).await.stop().await;
        assert!(!left.exists());
        std::fs::write(&left, "names of staff").unwrap();
        std::fs::write(home.folder().join("night.unfinished"), "half").unwrap();
        let turn = Turn::take(home.folder()).unwrap().unwrap();
        let refused = stafett(&home, &["backup", "night"]).await;
        assert!(line(&refused).contains("another backup is being made"), "{}", line(&refused));
        drop(turn);
        // Keys that are not the database's.
        let fresh = told(&home, &["vault", "key", "--id", "another", "--json"]).await;
        let fresh = fresh["line"].as_str().unwrap();
        let other = write(home.folder(), "other-keys", fresh.as_bytes());
        let refused = with_keys(&home, &other, &["backup", "night"]).await;
        assert_eq!(refused.status.code(), Some(1), "{}", line(&refused));
        assert!(!home.folder().join("night").exists());
        // A new key wraps the backup, and the former one still what is in it: both are demanded before anything is touched.
        let former = std::fs::read_to_string(home.folder().join("master-keys")).unwrap();
        let both = write(home.folder(), "both-keys", format!("{fresh}\n{former}").as_bytes());
        let made = with_keys(&home, &both, &["backup", "night"]).await;
        assert!(made.status.success(), "{}", line(&made));
        assert!(!left.exists() && !home.folder().join("night.unfinished").exists());
        let lacking = with_keys(&home, &other, &["restore", "night", "--verify"]).await;
        assert!(line(&lacking).contains("needs the master key `first` too"), "{}", line(&lacking));
        // Nothing was sealed yet, and that is no finding.
        let elsewhere = Elsewhere::new(&home).await;
        if home.database().kind() == DatabaseKind::Sqlite {
            let file = elsewhere.database.url().trim_start_matches("sqlite:").split('?').next().unwrap().to_owned();
            for left in [".restoring", ".restoring-journal", ".restoring-wal"] {
                std::fs::write(format!("{file}{left}"), "of another restore").unwrap();
            }
        }
        std::fs::copy(&both, elsewhere.folder.path().join("master-keys")).unwrap();
        let restored = elsewhere.told(&["restore", "night", "--json"]).await;
        assert_eq!((&restored["log"], &restored["findings"], &restored["notChecked"]), (&Value::Null, &json!(0), &json!([])));
    }

    async fn who_was_erased_since_is_erased_again(home: Home) {
        let app = home.start().await;
        let (report, words) = planted();
        let mut plants = Plants(words);
        let (done, _) = journey(&|persona| app.by(persona), &mut plants, &report).await;
        let open = app.by(Persona::Outreach).post("/referrals", &service_referral("bup-oslo")).await.expect(201).json();
        home.outbox_is_drained().await;
        home.seal().await;
        told(&home, &["backup", "night"]).await;
        let reference = done.json()["reference"].as_str().unwrap().to_owned();
        told(&home, &["vault", "erase", "--referral", &reference, "--yes"]).await;
        app.finish().await;
        let list = stafett(&home, &["vault", "erased"]).await;
        let id = match home.database().kind() {
            DatabaseKind::Sqlite => "hex(COALESCE(person_id, id))",
            DatabaseKind::Postgres => "COALESCE(person_id, id)::text",
        };
        let reference = open["reference"].as_str().unwrap().replace('-', "");
        let open = home.database().texts(&format!("SELECT {id} FROM referrals WHERE replace(reference, '-', '') = '{reference}'")).await;
        let list = [list.stdout, format!("{} erased since\n", open[0]).into_bytes()].concat();
        let list = write(home.folder(), "erased", &list);
        let elsewhere = Elsewhere::new(&home).await;
        let wrong = write(home.folder(), "no-list", b"somebody\n");
        let refused = elsewhere.run(&["restore", "night", "--erased", &wrong]).await;
        assert!(line(&refused).contains("line 1"), "{}", line(&refused));
        assert!(is_empty(&elsewhere.database).await, "a list that cannot be read is told before anything is done");
        let restored = elsewhere.run(&["restore", "night", "--erased", &list, "--json"]).await;
        assert_eq!(restored.status.code(), Some(2), "somebody must see to the other: {}", line(&restored));
        let restored: Value = serde_json::from_slice(&restored.stdout).unwrap();
        assert_eq!((restored["erased"].as_array().unwrap().len(), restored["notErased"].as_array().unwrap().len()), (1, 1), "{restored}");
        assert!(restored["notErased"][0]["why"].as_str().unwrap().contains("not closed yet"));
        let keys = elsewhere.database.number("SELECT count(*) FROM data_keys WHERE destroyed_at IS NOT NULL").await;
        assert!(keys >= 1);
    }
}

/// The same command with another file of master keys.
async fn with_keys(home: &Home, keys: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .env_clear()
        .envs(home.variables())
        .env("STAFETT_VAULT__MASTER_KEYS_FILE", keys)
        .current_dir(home.folder());
    command.output().await.unwrap()
}

async fn is_empty(database: &Database) -> bool {
    match database.kind() {
        DatabaseKind::Sqlite => {
            !Path::new(database.url().trim_start_matches("sqlite:").split('?').next().unwrap()).exists()
        }
        DatabaseKind::Postgres => {
            let sql = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
            database.number(sql).await == 0
        }
    }
}
