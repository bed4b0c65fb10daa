//! The command line as people and scripts meet it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {}{}", self.out, self.err))
    }

    fn fine(self) -> Self {
        assert_eq!(self.status, 0, "{}{}", self.out, self.err);
        self
    }
}

/// A process that sees nothing of this one's environment and lives in a folder of its own.
fn stafett(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stafett"));
    command.env_clear().current_dir(dir).args(args);
    command
}

fn run_with(dir: &Path, args: &[&str], variables: &[(&str, &str)], stdin: &str) -> Ran {
    let mut child = stafett(dir, args)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may be gone before anything is written.
    let _may_be_gone = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran {
        status: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

fn run(dir: &Path, args: &[&str]) -> Ran {
    run_with(dir, args, &[], "")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn help() {
    let dir = folder();
    let commands: &[&[&str]] = &[
        &[],
        &["serve"],
        &["demo"],
        &["migrate"],
        &["check"],
        &["config"],
        &["config", "dump"],
        &["config", "explain"],
        &["token"],
        &["agency"],
        &["agency", "list"],
        &["agency", "add"],
        &["agency", "set"],
        &["user"],
        &["user", "list"],
        &["user", "add"],
        &["user", "set"],
        &["user", "set-password"],
        &["user", "grant"],
        &["user", "withdraw"],
        &["workflow"],
        &["workflow", "list"],
        &["workflow", "show"],
        &["workflow", "check"],
        &["workflow", "diagram"],
        &["workflow", "diff"],
        &["workflow", "migrate"],
        &["workflow", "simulate"],
        &["outbox"],
        &["outbox", "list"],
        &["outbox", "retry"],
        &["mail"],
        &["mail", "preview"],
        &["mail", "test"],
        &["reconcile"],
        &["report"],
        &["health"],
        &["openapi"],
        &["completions"],
    ];
    for command in commands {
        let help = run(dir.path(), &[command, &["--help"][..]].concat()).fine();
        let name = ["help", &command.join("_")]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join("_");
        insta::assert_snapshot!(name, help.out);
    }
}

#[test]
fn wrong_usage_is_2_and_a_failure_is_1_each_in_one_sentence_that_says_what_to_do() {
    let dir = folder();
    assert_eq!(run(dir.path(), &[]).status, 2);
    assert_eq!(run(dir.path(), &["no-such-command"]).status, 2);
    std::fs::write(dir.path().join("stafett.toml"), "[server]\nlsten = '127.0.0.1:1'\n").unwrap();
    let ran = run(dir.path(), &["config", "dump"]);
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.err,
        "stafett: stafett.toml, line 2: the key `server.lsten` is not a setting; did you mean `server.listen` \
         (STAFETT_SERVER__LISTEN)?\n"
    );
    std::fs::remove_file(dir.path().join("stafett.toml")).unwrap();
    let ran = run_with(
        dir.path(),
        &["migrate"],
        &[("DATABASE_URL", "mysql://u:hush@host/db")],
        "",
    );
    assert_eq!(ran.status, 1);
    assert!(
        ran.err.starts_with("stafett: ") && ran.err.lines().count() == 1 && !ran.err.contains("hush"),
        "{}",
        ran.err
    );
    let ran = run(dir.path(), &["token", "kari"]);
    assert_eq!(
        (ran.status, ran.err.contains("stafett migrate")),
        (1, true),
        "{}",
        ran.err
    );
}

#[test]
fn settings_are_dumped_and_explained_without_secrets() {
    let dir = folder();
    let variables = [
        ("DATABASE_URL", "postgres://u:hush@host/db"),
        ("STAFETT_MAIL__SMTP_USER", "u"),
        ("STAFETT_MAIL__SMTP_PASSWORD", "hush"),
    ];
    for args in [
        &["config", "dump"][..],
        &["config", "explain"],
        &["config", "dump", "--json"],
        &["config", "explain", "--json"],
    ] {
        let ran = run_with(dir.path(), args, &variables, "").fine();
        assert!(
            !ran.out.contains("hush") && ran.out.contains("environment variable DATABASE_URL"),
            "{}",
            ran.out
        );
    }
    insta::assert_snapshot!("config_explain", run(dir.path(), &["config", "explain"]).fine().out);
}

#[test]
fn an_operator_sets_up_a_house_from_nothing() {
    let dir = folder();
    let stafett = |args: &[&str]| run(dir.path(), args);
    assert_eq!(stafett(&["migrate", "--dry-run"]).status, 2, "findings");
    let applied = stafett(&["migrate", "--json"]).fine().json();
    assert!(!applied["applied"].as_array().unwrap().is_empty() && applied["pending"].as_array().unwrap().is_empty());

    let added = [
        "agency",
        "add",
        "uteseksjonen",
        "--name",
        "Uteseksjonen",
        "--kind",
        "outreach",
        "--public-tasks",
        "true",
        "--json",
    ];
    assert_eq!(stafett(&added).fine().json()["version"], 1);
    assert_eq!(stafett(&added).status, 1, "the short name is taken");
    let changed = stafett(&[
        "agency",
        "set",
        "uteseksjonen",
        "--mailbox",
        "post@ute.example",
        "--json",
    ])
    .fine()
    .json();
    assert_eq!(
        (&changed["version"], &changed["mailbox"], &changed["publicTasks"]),
        (&2.into(), &"post@ute.example".into(), &true.into())
    );
    assert_eq!(stafett(&["agency", "set", "uteseksjonen", "--orgnr", "12"]).status, 2);
    assert_eq!(stafett(&["agency", "set", "nobody", "--phone", "1"]).status, 1);
    assert_eq!(
        stafett(&["agency", "list", "--json"])
            .fine()
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let kari = [
        "user",
        "add",
        "Kari",
        "--name",
        "Kari Nordby",
        "--role",
        "worker",
        "--agency",
        "uteseksjonen",
        "--json",
    ];
    assert_eq!(stafett(&kari).fine().json()["username"], "kari");
    assert_eq!(stafett(&kari).status, 1, "the name is taken");
    assert_eq!(
        stafett(&["user", "add", "rot", "--name", "Rot", "--role", "worker"]).status,
        2,
        "a worker works somewhere"
    );
    assert_eq!(
        run_with(dir.path(), &["user", "set-password", "kari"], &[], "kort\n").status,
        1
    );
    run_with(
        dir.path(),
        &["user", "set-password", "kari"],
        &[],
        "riktig hest batteri stift\n",
    )
    .fine();
    stafett(&["user", "grant", "kari", "lead", "--agency", "uteseksjonen"]).fine();
    let people = stafett(&["user", "list", "uteseksjonen", "--json"]).fine().json();
    let held = |role: &str| serde_json::json!({ "role": role, "agency": "uteseksjonen" });
    assert_eq!(people[0]["roles"], serde_json::json!([held("worker"), held("lead")]));
    assert_eq!(stafett(&["user", "list", "--json"]).fine().json(), people);
    stafett(&["user", "withdraw", "kari", "lead", "--agency", "uteseksjonen"]).fine();
    assert_eq!(
        stafett(&["user", "withdraw", "kari", "lead", "--agency", "uteseksjonen"]).status,
        1
    );

    let token = stafett(&["token", "kari", "--ttl", "1h", "--json"]).fine().json();
    assert_eq!(
        (
            &token["expiresIn"],
            token["accessToken"].as_str().unwrap().split('.').count()
        ),
        (&3_600.into(), 3)
    );
    stafett(&["user", "set", "kari", "--active", "false"]).fine();
    assert_eq!(stafett(&["token", "kari"]).status, 1, "the account is closed");

    let checks = stafett(&["check", "--json"]).fine().json();
    assert!(
        checks.as_array().unwrap().iter().all(|line| line["ok"] == true),
        "{checks}"
    );
    assert_eq!(
        stafett(&["outbox", "list", "--json"]).fine().json(),
        serde_json::json!([])
    );
    assert_eq!(
        stafett(&["outbox", "retry", "--all", "--json"]).fine().json()["revived"],
        serde_json::json!([])
    );
    assert_eq!(
        stafett(&["outbox", "retry", "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b01"]).status,
        1
    );
    assert_eq!(stafett(&["outbox", "retry"]).status, 2);
}

#[test]
fn a_broken_setting_is_a_finding_of_check() {
    let dir = folder();
    let ran = run_with(
        dir.path(),
        &["check", "--json"],
        &[("STAFETT_AUTH__ACCESS_TTL", "soon")],
        "",
    );
    assert_eq!((ran.status, &ran.json()[0]["ok"]), (2, &false.into()));
    let smtp = [("STAFETT_MAIL__SMTP_URL", "smtp://127.0.0.1:1")];
    let ran = run_with(dir.path(), &["check", "--json"], &smtp, "");
    let failed: Vec<_> = ran
        .json()
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["ok"] == false)
        .cloned()
        .collect();
    assert_eq!(
        (ran.status, failed.len(), &failed[0]["check"]),
        (2, 1, &"mail".into()),
        "{}",
        ran.out
    );
}

#[test]
fn a_broken_key_of_the_log_is_a_finding_of_check() {
    let dir = folder();
    std::fs::create_dir(dir.path().join("stafett-data")).unwrap();
    std::fs::write(dir.path().join("stafett-data/log-key.pem"), "no key").unwrap();
    let ran = run(dir.path(), &["check", "--json"]);
    let lines = ran.json();
    let failed: Vec<_> = lines
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["ok"] == false)
        .collect();
    assert_eq!(
        (ran.status, failed.len(), &failed[0]["check"]),
        (2, 1, &"log key".into()),
        "{}",
        ran.out
    );
}

#[test]
fn a_broken_routing_table_stops_the_start_with_one_sentence() {
    let dir = folder();
    let oslo = include_str!("../../workflow/routing/oslo.toml");
    let broken = oslo.replacen("\"bvl § 15-3\"", "\"bvl § 99-9\"", 1);
    std::fs::write(dir.path().join("good.toml"), oslo).unwrap();
    std::fs::write(dir.path().join("broken.toml"), broken).unwrap();
    for (file, said) in [
        ("broken.toml", "knows nothing at \"bvl § 99-9\""),
        ("missing.toml", "cannot be read"),
    ] {
        let table = [("STAFETT_ROUTING__TABLE", file)];
        let ran = run_with(dir.path(), &["serve", "--listen", "127.0.0.1:0"], &table, "");
        assert_eq!(ran.status, 1, "{}", ran.err);
        let sentence = ran.err.lines().last().unwrap();
        assert!(sentence.contains(file) && sentence.contains(said), "{}", ran.err);
        let checked = run_with(dir.path(), &["check", "--json"], &table, "");
        let checked = (checked.status, checked.json());
        let line = checked
            .1
            .as_array()
            .unwrap()
            .iter()
            .find(|line| line["check"] == "routing")
            .unwrap();
        assert_eq!((checked.0, &line["ok"]), (2, &false.into()));
        assert!(line["detail"].as_str().unwrap().contains(said), "{line}");
    }
    let good = run_with(
        dir.path(),
        &["check", "--json"],
        &[("STAFETT_ROUTING__TABLE", "good.toml")],
        "",
    );
    let line = good
        .json()
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["check"] == "routing")
        .unwrap()
        .clone();
    assert_eq!((good.status, &line["ok"]), (0, &true.into()), "{line}");
    assert!(line["detail"].as_str().unwrap().contains("good.toml"), "{line}");
}

#[test]
fn a_mail_can_be_seen_and_sent() {
    let dir = folder();
    let shown = run(dir.path(), &["mail", "preview", "--language", "en", "--json"])
        .fine()
        .json();
    assert!(shown["text"].as_str().unwrap().contains("K7QF-2M"), "{shown}");
    assert_eq!(run(dir.path(), &["mail", "preview", "--notice", "no-such"]).status, 2);
    run(dir.path(), &["mail", "test", "--to", "enhet@example.no"]).fine();
    assert_eq!(
        std::fs::read_dir(dir.path().join("stafett-data/mail")).unwrap().count(),
        1
    );
    assert_eq!(
        run(dir.path(), &["mail", "test", "--to", "a@b.no\r\nBcc: c@d.no"]).status,
        1
    );
}

#[test]
fn documents_for_other_programs_are_printed() {
    let dir = folder();
    assert_eq!(run(dir.path(), &["openapi"]).fine().json()["openapi"], "3.1.0");
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(dir.path(), &["completions", shell]).fine().out.contains("stafett"));
    }
}

#[test]
fn the_server_starts_on_nothing_answers_and_stops_when_asked() {
    let dir = folder();
    let mut server = stafett(dir.path(), &["serve", "--listen", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let line = lines.find(|line| line.starts_with("stafett: listening on ")).unwrap();
    let address = line
        .trim_start_matches("stafett: listening on ")
        .split(',')
        .next()
        .unwrap()
        .to_owned();
    let health = run(dir.path(), &["health", "--server", &address]).fine();
    assert_eq!(health.json()["status"], "ready");

    let second = run(dir.path(), &["serve", "--listen", &address]);
    assert_eq!(second.status, 1);
    assert!(
        second
            .err
            .lines()
            .any(|line| line.starts_with("stafett: cannot listen on")),
        "{}",
        second.err
    );

    let stop = Command::new("kill")
        .args(["-TERM", &server.id().to_string()])
        .status()
        .unwrap();
    assert!(stop.success());
    let log: Vec<_> = lines.collect();
    assert_eq!(server.wait().unwrap().code(), Some(0), "{log:#?}");
    assert_eq!(run(dir.path(), &["health", "--server", &address]).status, 1);
}

#[test]
fn workflows_are_listed_shown_and_checked() {
    let dir = folder();
    let listed = run(dir.path(), &["workflow", "list", "--json"]).fine().json();
    let concern = serde_json::json!({ "id": "concern-report", "version": 1, "title": "Bekymringsmelding" });
    assert!(listed.as_array().unwrap().contains(&concern), "{listed}");
    let listed = run(dir.path(), &["workflow", "list", "--language", "en"]).fine().out;
    assert!(
        listed
            .lines()
            .any(|line| line.split_whitespace().eq(["concern-report", "1", "Concern", "report"])),
        "{listed}"
    );
    let shown = run(dir.path(), &["workflow", "show", "concern-report", "--json"])
        .fine()
        .json();
    let review = shown["clocks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|clock| clock["id"] == "review");
    assert_eq!(review.unwrap()["limit"]["urgent"]["text"], "1 uke");
    let shown = run(dir.path(), &["workflow", "show", "concern-report", "1"]).fine().out;
    assert!(
        shown.starts_with("Bekymringsmelding (concern-report, version 1)\n"),
        "{shown}"
    );
    for unknown in [
        &["workflow", "show", "nothing"][..],
        &["workflow", "show", "concern-report", "9"],
    ] {
        let ran = run(dir.path(), unknown);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains("`stafett workflow list`"), "{}", ran.err);
    }

    assert!(
        run(dir.path(), &["workflow", "check"])
            .fine()
            .out
            .contains("concern-report version 1")
    );
    let source = include_str!("../../workflow/definitions/concern-report.toml");
    std::fs::write(dir.path().join("good.toml"), source).unwrap();
    // Sent on, and nobody is told.
    let deaf = source.replace("notices = { receiver = \"new-referral\" }\n", "");
    std::fs::write(dir.path().join("deaf.toml"), deaf).unwrap();
    std::fs::write(dir.path().join("wrong.toml"), "id = \"mine\"\nverzion = 1\n").unwrap();
    run(dir.path(), &["workflow", "check", "good.toml"]).fine();
    let ran = run(
        dir.path(),
        &[
            "workflow",
            "check",
            "--language",
            "en",
            "good.toml",
            "deaf.toml",
            "wrong.toml",
        ],
    );
    assert_eq!((ran.status, ran.err.as_str()), (2, ""));
    assert!(
        ran.out
            .contains("The sender writes a referral and sends it. The receiver does not hear"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("wrong.toml:2:1"), "{}", ran.out);
    let checked = run(dir.path(), &["workflow", "check", "--json", "good.toml", "wrong.toml"]).json();
    assert_eq!(
        (&checked[0]["ok"], &checked[0]["id"]),
        (&true.into(), &"concern-report".into())
    );
    assert_eq!((&checked[1]["ok"], &checked[1]["line"]), (&false.into(), &2.into()));
    let ran = run(dir.path(), &["workflow", "check", "missing.toml"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.err.starts_with("stafett: missing.toml cannot be read"),
        "{}",
        ran.err
    );
}

#[test]
fn an_empty_database_reconciles() {
    let dir = folder();
    let ran = run(dir.path(), &["reconcile"]);
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains("stafett migrate"), "{}", ran.err);
    run(dir.path(), &["migrate"]).fine();
    let told = run(dir.path(), &["reconcile", "--json"]).fine().json();
    assert_eq!(
        (&told["referrals"], &told["findings"]),
        (&0.into(), &serde_json::json!([]))
    );
    assert!(
        run(dir.path(), &["reconcile"])
            .fine()
            .out
            .ends_with("Everything agrees.\n")
    );
}
