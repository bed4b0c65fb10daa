//! What is told of a youth lies sealed: whoever has the disk, the logs or the mails reads nothing. And the keys: which are
//! needed, how one is replaced while people work, and what is left when one is destroyed.

use std::{collections::BTreeMap, fs, path::Path, process::Output};

use e2e::{Answer, App, Database, DatabaseKind, Home, Persona, on_both_databases, traces};
use serde_json::{Value, json};
use tokio::process::Command;
use uuid::Uuid;

use crate::{
    attachments,
    cases::{self, case_path, trafficking},
    duplicate_hints,
    telling::{Acts, concern_report, path, service_referral, timeline, with},
    webhooks,
};

pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_stafett-under-test"))
}

/// A command of the same program in the same home.
pub(crate) async fn stafett(home: &Home, arguments: &[&str]) -> Output {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .env_clear()
        .envs(home.variables())
        .current_dir(home.folder());
    command.output().await.unwrap()
}

pub(crate) async fn told(home: &Home, arguments: &[&str]) -> Value {
    let output = stafett(home, arguments).await;
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

pub(crate) fn line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim_end().to_owned()
}

fn keys_of(home: &Home) -> std::path::PathBuf {
    home.folder().join("master-keys")
}

/// Everything that the database says, table by table.
pub(crate) async fn content(database: &Database) -> BTreeMap<String, Vec<String>> {
    let tables = match database.kind() {
        DatabaseKind::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        DatabaseKind::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
    };
    let mut content = BTreeMap::new();
    for table in database.texts(tables).await {
        let rows = match database.kind() {
            DatabaseKind::Sqlite => {
                let columns = format!("SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}')");
                let columns = database.texts(&columns).await.join(" || '|' || ");
                format!("SELECT {columns} FROM {table} ORDER BY 1")
            }
            DatabaseKind::Postgres => format!("SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1"),
        };
        content.insert(table, database.texts(&rows).await);
    }
    content
}

/// A report that has a word of its own in each personal field, and these words.
pub(crate) fn planted() -> (Value, Vec<String>) {
    let mut words = Vec::new();
    let mut report = with(concern_report(), "/person/language", json!("prs"));
    for (field, name) in [
        ("/person/alias", "Alias"),
        ("/person/name", "Navn"),
        ("/legalBasis/reason", "Grunn"),
        ("/informed/reason", "Foresatte"),
        ("/summary", "Sammendrag"),
    ] {
        let word = traces::canary(name);
        report = with(report, field, json!(format!("Om {word} og mer")));
        words.push(word);
    }
    // A number has its own form; it is searched for as it is.
    words.push("17912099997".to_owned());
    (report, words)
}

pub(crate) struct Plants(pub(crate) Vec<String>);

impl Plants {
    pub(crate) fn plant(&mut self, name: &str) -> String {
        let word = traces::canary(name);
        self.0.push(word.clone());
        format!("Her står {word}.")
    }
}

/// From the street to the end, with something personal in everything that people can write.
pub(crate) async fn journey(
    by: &dyn Fn(Persona) -> e2e::Client,
    plants: &mut Plants,
    report: &Value,
) -> (Answer, Vec<Answer>) {
    let (outreach, vakten) = (by(Persona::Outreach), by(Persona::ChildWelfare));
    let key = Uuid::now_v7().to_string();
    let sent = outreach
        .post("/referrals", report)
        .idempotency_key(&key)
        .await
        .expect(201);
    let again = outreach
        .post("/referrals", report)
        .idempotency_key(&key)
        .await
        .expect(201);
    assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &sent.body));
    let asked = vakten
        .act(&sent, "request-info", json!({ "text": plants.plant("Spørsmål") }))
        .idempotency_key(&Uuid::now_v7().to_string())
        .await
        .expect(200);
    let answered = outreach
        .act(&asked, "answer-info", json!({ "text": plants.plant("Svar") }))
        .await
        .expect(200);
    let message = json!({ "text": plants.plant("Melding") });
    let messages = format!("{}/messages", path(&sent));
    vakten
        .post(&messages, &message)
        .idempotency_key(&Uuid::now_v7().to_string())
        .await
        .expect(201);
    let body = json!({ "action": "accept", "input": {}, "note": plants.plant("Notat") });
    let accepted = vakten
        .post(&format!("{}/transitions", path(&sent)), &body)
        .if_match(&answered.etag())
        .await
        .expect(200);
    let done = vakten
        .act(
            &accepted,
            "complete",
            json!({ "outcome": "service-delivered", "text": plants.plant("Utfall") }),
        )
        .await
        .expect(200);
    // Whoever may not read it is refused, in as many ways as there are.
    let lead = by(Persona::District);
    let mut refused = vec![
        lead.get(&path(&sent)).await,
        lead.get(&messages).await,
        lead.post(&messages, &message).await,
        outreach
            .post("/referrals", &with(report.clone(), "/colour", json!("red")))
            .await,
        outreach
            .post("/referrals", &with(report.clone(), "/receiver", json!("nobody")))
            .await,
        outreach
            .post("/referrals", &with(report.clone(), "/person/estimatedAge", json!(30)))
            .await,
        outreach.act(&sent, "accept", json!({})).await,
        vakten.act(&sent, "accept", json!({})).await,
    ];
    let other = outreach
        .post("/referrals", &with(report.clone(), "/urgency", json!("urgent")))
        .idempotency_key(&key);
    refused.push(other.await);
    for answer in &refused {
        assert!(answer.status >= 400, "{}", answer.text());
    }
    (done, refused)
}

/// Two cases about one youth, merged and split again, with something personal in everything that people can write there; a
/// correction, a search, and several forwarded at once. Comes back with what those read who may, and with the word that was
/// only searched for.
async fn gathered(by: &dyn Fn(Persona) -> e2e::Client, plants: &mut Plants) -> (String, String) {
    let (outreach, vakten, lead, district) = (
        by(Persona::Outreach),
        by(Persona::ChildWelfare),
        by(Persona::Lead),
        by(Persona::District),
    );
    let key = || Uuid::now_v7().to_string();
    let mut opened = Vec::new();
    for _ in 0..2 {
        let mut body = trafficking();
        for (field, name) in [
            ("/person/alias", "Kallenavn"),
            ("/person/name", "Fulltnavn"),
            ("/referrals/0/summary", "Bekymring"),
            ("/referrals/0/legalBasis/reason", "Plikt"),
            ("/referrals/1/summary", "Varsel"),
            ("/referrals/1/legalBasis/reason", "Avverge"),
        ] {
            body = with(body, field, json!(plants.plant(name)));
        }
        opened.push(outreach.post("/cases", &body).idempotency_key(&key()).await.expect(201));
    }
    let (one, two) = (&opened[0], &opened[1]);
    let place = |case: &Answer, what: &str| format!("{}/{what}", case_path(case));
    let asked = cases::act(
        &outreach,
        one,
        "propose-coordinator",
        json!({ "agency": "barnevernvakten", "reason": plants.plant("Samordning") }),
    );
    asked.idempotency_key(&key()).await.expect(200);
    let theirs = cases::look(&vakten, one).await.expect(200);
    let no = json!({ "reason": plants.plant("Avslag") });
    cases::act(&vakten, &theirs, "decline-coordination", no)
        .await
        .expect(200);
    let merge = json!({ "into": two.json()["reference"], "reason": plants.plant("Samme") });
    let seen = cases::look(&lead, one).await.expect(200);
    let merged = lead.post(&place(one, "merge"), &merge).if_match(&seen.etag());
    let merged = merged.idempotency_key(&key()).await.expect(200);
    let split = json!({ "case": one.json()["id"], "reason": plants.plant("Søstre") });
    lead.post(&place(two, "split"), &split)
        .if_match(&merged.etag())
        .await
        .expect(200);
    // What was registered wrong is corrected, and the youth is looked for.
    let report = cases::referral(&outreach, one, "concern-report").await;
    let mut told = vec![report.text()];
    let (alias, searched) = (plants.plant("Rettet"), traces::canary("Søkt"));
    let right = json!({ "person": { "alias": alias, "estimatedAge": 15 }, "reason": plants.plant("Retting") });
    outreach
        .post(&format!("{}/person", path(&report)), &right)
        .if_match(&report.etag())
        .idempotency_key(&key())
        .await
        .expect(200);
    for (alias, hits) in [(&alias, 1), (&searched, 0)] {
        let found = outreach.post("/referrals/search", &json!({ "alias": alias })).await;
        assert_eq!(found.expect(200).json()["items"].as_array().unwrap().len(), hits);
    }
    // Several at once, of which one is refused.
    let forwarded = outreach
        .post("/referrals", &service_referral("bydel-grunerlokka"))
        .await
        .expect(201);
    let items = json!([
        { "id": forwarded.json()["id"], "version": 1 },
        { "id": report.json()["id"], "version": 1 },
    ]);
    let forward = json!({
        "action": "forward",
        "input": { "receiver": "bup-oslo", "reason": plants.plant("Videre") },
        "items": items
    });
    let verdicts = district.post("/referrals/bulk", &forward).idempotency_key(&key()).await;
    assert_eq!(verdicts.json()["done"], 1, "{}", verdicts.text());
    for case in &opened {
        for client in [&outreach, &vakten, &lead] {
            told.push(client.get(&place(case, "timeline")).await.expect(200).text());
        }
        for workflow in ["concern-report", "notification"] {
            let referral = cases::referral(&outreach, case, workflow).await;
            told.push(referral.text());
            told.push(Value::from(timeline(&outreach, &referral).await).to_string());
        }
    }
    told.push(Value::from(timeline(&outreach, &forwarded).await).to_string());
    (told.concat(), searched)
}

/// Reasons for looking, for breaking a glass and for asking who else follows a youth, and what leads write of them. Comes back with
/// what those read who may, and with the words that nobody reads again.
async fn accounted_for(
    by: &dyn Fn(Persona) -> e2e::Client,
    plants: &mut Plants,
    done: &Answer,
) -> (String, Vec<String>) {
    let (vakten, lead, clinic) = (by(Persona::ChildWelfare), by(Persona::Lead), by(Persona::Outsider));
    let mut unread = Plants(Vec::new());
    vakten
        .because(&unread.plant("Oppslagsgrunn"))
        .look(done)
        .await
        .expect(200);
    // One that is refused, with what it said.
    vakten.get(&path(done)).header("look-reason", "%00").await.expect(422);
    let broken =
        json!({ "referral": done.json()["reference"], "agency": "bup-oslo", "reason": plants.plant("Nødgrunn") });
    let glass = clinic
        .post("/break-glass", &broken)
        .idempotency_key(&Uuid::now_v7().to_string())
        .await
        .expect(201);
    clinic.look(done).await.expect(200);
    let review = json!({ "finding": "justified", "note": plants.plant("Gjennomgang") });
    let place = format!(
        "/agencies/barnevernvakten/break-glass/{}/review",
        glass.json()["id"].as_str().unwrap()
    );
    lead.put(&place, &review).await.expect(200);
    let mut told = vec![
        lead.get("/agencies/barnevernvakten/break-glass")
            .await
            .expect(200)
            .text(),
    ];
    // Whoever leads the clinic here accounts for its people's looks, and is asked about the youth whom both follow.
    let other = by(Persona::Coordinator);
    let unusual = other
        .get("/agencies/bup-oslo/access-log?flagged=open")
        .await
        .expect(200)
        .json();
    let look = unusual["items"][0]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{unusual:#}"));
    let note = json!({ "note": plants.plant("Oppslagsnotat") });
    let noted = other
        .put(&format!("/agencies/bup-oslo/access-log/{look}/acknowledgement"), &note)
        .await
        .expect(200);
    told.push(noted.text());
    let ours = by(Persona::Outreach)
        .post("/referrals", &concern_report())
        .await
        .expect(201);
    vakten.act(&ours, "accept", json!({})).await.expect(200);
    let theirs = with(service_referral("bup-oslo"), "/sender", json!("bydel-grunerlokka"));
    let theirs = by(Persona::District).post("/referrals", &theirs).await.expect(201);
    clinic.act(&theirs, "accept", json!({})).await.expect(200);
    let hints = lead
        .get("/agencies/barnevernvakten/duplicate-hints")
        .await
        .expect(200)
        .json();
    let hint = hints["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{hints:#}"));
    let question = json!({ "legalBasis": { "code": "consent", "reason": unread.plant("Hintgrunn") } });
    let asked = lead.put(
        &format!("/agencies/barnevernvakten/duplicate-hints/{hint}/question"),
        &question,
    );
    asked.await.expect(200);
    (told.concat(), unread.0)
}

on_both_databases! {
    async fn a_word_planted_in_every_field_is_read_by_those_who_may_and_stands_nowhere_else(home: Home) {
        duplicate_hints::a_lead_for_the_clinic(&home).await;
        let loud = [("STAFETT_LOG__LEVEL", "trace"), ("STAFETT_WEBHOOKS__ALLOW_LOOPBACK", "true")];
        let server = home.start_process_with(program(), &loud).await;
        let system = webhooks::System::start().await;
        webhooks::entered(&server.by(Persona::Admin), &system.url, json!({})).await;
        let (report, words) = planted();
        let mut plants = Plants(words);
        let (done, refused) = journey(&|persona| server.by(persona), &mut plants, &report).await;
        let (gathered, searched) = gathered(&|persona| server.by(persona), &mut plants).await;
        let outreach = server.by(Persona::Outreach);
        let (name, content) = (plants.plant("Filnavn"), plants.plant("Filinnhold"));
        let file = attachments::add(&outreach, &done, "text/plain", &name, content.as_bytes()).await.expect(201);
        let lead = server.by(Persona::Lead);
        let hold = json!({ "reason": plants.plant("Bevaring") });
        lead.put(&format!("{}/hold", path(&done)), &hold).await.expect(200);
        let insight = format!("{}/insight", path(&done));
        lead.get(&insight).header("accept", "application/pdf").await.expect(200);
        let (accounted, unread) = accounted_for(&|persona| server.by(persona), &mut plants, &done).await;
        let mut words = plants.0;
        let shown = [
            accounted,
            lead.get(&format!("{}/hold", path(&done))).await.expect(200).text(),
            lead.get(&insight).await.expect(200).text(),
            outreach.get(&format!("{}/attachments", path(&done))).await.expect(200).text(),
            outreach.get(file.header("location")).await.expect(200).text(),
            gathered,
            outreach.get(&path(&done)).await.expect(200).text(),
            outreach.get(&format!("{}/timeline", path(&done))).await.expect(200).text(),
            outreach.get(&format!("{}/messages", path(&done))).await.expect(200).text(),
        ].concat();
        for word in &words {
            assert!(shown.contains(word), "{word} was lost: {shown}");
        }
        words.push(searched);
        words.extend(unread);
        let lists = outreach.get("/referrals?box=all").await.expect(200).text();
        let metrics = e2e::Client::nobody(server.url()).get(&format!("{}/metrics", server.url())).await.expect(200).text();
        home.outbox_is_drained().await;
        let day = chrono::Utc::now().format("%Y-%m-%d");
        let between = format!("agency=uteseksjonen&with=barnevernvakten&date={day}");
        let statement = outreach.get(&format!("/reconciliation/statement?{between}")).await.expect(200).text();
        let rows = outreach.get("/reconciliation?with=barnevernvakten").await.expect(200).text();
        let log = lead.get("/agencies/barnevernvakten/access-log").header("accept", "text/csv").await.expect(200).text();
        let heard = system.heard.borrow().iter().map(|heard| format!("{:?} {}", heard.headers, heard.body)).collect::<Vec<_>>();
        assert!(heard.len() > 3, "the unit's own system is told: {heard:#?}");
        let elsewhere = [("statement", statement), ("reconciliation", rows), ("access log", log), ("webhooks", heard.concat()), ("lists", lists), ("metrics", metrics), ("log", server.log())];
        for (place, text) in &elsewhere {
            assert_eq!(traces::found_in(text.as_bytes(), &words), [""; 0], "in {place}");
        }
        assert!(server.log().lines().count() > 100, "a log at trace level is long");
        for answer in refused {
            assert_eq!(traces::found_in(&answer.body, &words), [""; 0], "{}", answer.text());
        }
        assert_eq!(traces::found_below(home.folder(), &words), [""; 0], "mails and files");
        // Once while the server has its log open, once when it is gone.
        for folder in home.database().folders().await {
            assert_eq!(traces::found_below(&folder, &words), [""; 0]);
        }
        server.stop().await;
        for folder in home.database().folders().await {
            assert_eq!(traces::found_below(&folder, &words), [""; 0]);
        }

        let backup = tempfile::tempdir().unwrap();
        home.database().back_up(backup.path()).await;
        assert_eq!(traces::found_below(backup.path(), &words), [""; 0]);

        // The same search finds what lies open, there too.
        let control = &words[0];
        home.database().execute(&format!("INSERT INTO instance (key, value) VALUES ('control', '{control}')")).await;
        let folders = home.database().folders().await;
        let backup = tempfile::tempdir().unwrap();
        home.database().back_up(backup.path()).await;
        let in_backup = traces::found_below(backup.path(), &words);
        assert!(in_backup.iter().any(|found| found.contains(control)), "the search finds nothing in a backup");
        let found: Vec<_> = folders.iter().flat_map(|folder| traces::found_below(folder, &words)).collect();
        assert!(found.iter().any(|found| found.contains(control)), "the search finds nothing at all");
    }

    async fn a_missing_or_wrong_master_key_stops_the_start_and_touches_nothing(home: Home) {
        let app = home.start().await;
        app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        app.finish().await;
        let (file, before) = (keys_of(&home), content(home.database()).await);
        let right = fs::read_to_string(&file).unwrap();
        let sqlite = home.database().folders().await.remove(0).join("stafett.db");
        let bytes = (home.database().kind() == DatabaseKind::Sqlite).then(|| fs::read(&sqlite).unwrap());
        let wrong = |id: &str| format!("{id} BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n");
        let tries: [(Option<String>, &str); 4] = [
            (None, "the master keys are missing"),
            (Some(wrong("first")), "the master key first is not the one that was used"),
            (Some(wrong("second")), "the master key first is missing"),
            (Some("first hemmelig".to_owned()), "line 1 of the master keys is not"),
        ];
        for (keys, reason) in tries {
            match keys {
                Some(keys) => fs::write(&file, keys).unwrap(),
                None => fs::remove_file(&file).unwrap(),
            }
            for command in ["serve", "migrate", "reconcile"] {
                let refused = stafett(&home, &[command]).await;
                let words = line(&refused);
                assert_eq!(refused.status.code(), Some(1), "{command}: {words}");
                assert!(words.starts_with("stafett: ") && words.contains(reason), "{command}: {words}");
                assert!(words.lines().count() == 1 && !words.contains("hemmelig"), "{command}: {words}");
            }
            assert!(keys_of(&home).exists() || reason.contains("are missing"), "no second set is made");
        }
        assert_eq!(content(home.database()).await, before);
        assert_eq!(bytes, (home.database().kind() == DatabaseKind::Sqlite).then(|| fs::read(&sqlite).unwrap()));
        fs::write(&file, right).unwrap();
        home.start().await.finish().await;
    }

    async fn a_master_key_is_replaced_while_people_work(home: Home) {
        let file = keys_of(&home);
        let old = fs::read_to_string(&file).unwrap();
        let fresh = told(&home, &["vault", "key", "--id", "second", "--json"]).await;
        let fresh = fresh["line"].as_str().unwrap().to_owned();
        let write = |app: &App<'_>| app.by(Persona::Outreach).post("/referrals", &concern_report());
        let one = home.start().await;
        let mut written = vec![write(&one).await.expect(201)];
        // First every server learns the new key, then each wraps with it; one of two always answers.
        let mut servers = vec![one];
        for keys in [format!("{old}{fresh}\n"), format!("{fresh}\n{old}")] {
            fs::write(&file, keys).unwrap();
            let next = home.start().await;
            for server in servers.iter().chain([&next]) {
                written.push(write(server).await.expect(201));
                for referral in &written {
                    assert_eq!(server.by(Persona::Outreach).look(referral).await.expect(200).json()["person"],
                        referral.json()["person"]);
                }
            }
            servers.push(next);
            servers.remove(0).stop().await;
        }
        let status = told(&home, &["vault", "status", "--json"]).await;
        assert_eq!((&status[0]["id"], &status[1]["id"]), (&json!("second"), &json!("first")));
        let (new, former) = (status[0]["wraps"].as_u64().unwrap(), status[1]["wraps"].as_u64().unwrap());
        assert!(new >= 1 && former >= 3, "{status}");
        let done = told(&home, &["vault", "rewrap", "--json"]).await;
        assert_eq!(done["rewrapped"].as_u64(), Some(former));
        assert_eq!(told(&home, &["vault", "rewrap", "--json"]).await["rewrapped"], 0);
        // Nothing needs the old key any more, in a server that runs or in one that starts.
        let running = servers.remove(0);
        fs::write(&file, format!("{fresh}\n")).unwrap();
        let last = home.start().await;
        for server in [&running, &last] {
            for referral in &written {
                let now = server.by(Persona::Outreach).look(referral).await.expect(200);
                assert_eq!(now.json()["person"], referral.json()["person"]);
            }
        }
        running.stop().await;
        last.finish().await;
        let status = told(&home, &["vault", "status", "--json"]).await;
        assert_eq!((status.as_array().unwrap().len(), status[0]["wraps"].as_u64()), (1, Some(new + former)));
    }
}
