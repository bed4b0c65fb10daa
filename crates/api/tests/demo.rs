//! The demo as a script meets it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

struct Demo {
    program: Child,
    out: BufReader<ChildStdout>,
    ready: Value,
}

impl Demo {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_stafett"))
            .args(["demo", "--json", "--port", "0"])
            .args(args)
            .env_clear()
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(program.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no line of JSON: {line}"));
        Self { program, out, ready }
    }

    /// What it said after it was ready.
    fn stop(mut self) -> String {
        let stopped = Command::new("kill").arg(self.program.id().to_string()).status();
        assert!(stopped.unwrap().success());
        assert!(self.program.wait().unwrap().success());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        rest
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _gone_already = self.program.kill();
        let _status = self.program.wait();
    }
}

/// How many referrals lie in a folder's demo, by the note that it keeps of itself.
fn referrals(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stafett"));
    let output = command
        .args(["demo", "--port", "0"])
        .args(args)
        .env_clear()
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut program = output.unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    program.kill().unwrap();
    program.wait().unwrap();
    line.split(" and ")
        .nth(1)
        .unwrap_or_default()
        .split(" in ")
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_script_is_told_all_in_one_line_and_stops_it_by_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path(), &["--referrals", "3"]);
    assert!(demo.ready["url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    let tokens = demo.ready["tokens"].as_object().unwrap();
    let names: Vec<_> = tokens.keys().map(String::as_str).collect();
    let mut expected = [
        "outreach",
        "childWelfare",
        "district",
        "lead",
        "auditor",
        "coordinator",
        "admin",
    ];
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert!(
        tokens
            .values()
            .all(|token| token.as_str().unwrap().split('.').count() == 3)
    );
    let mail = folder.path().join("stafett-data/demo/mail");
    assert_eq!(
        Path::new(demo.ready["mailDir"].as_str().unwrap()),
        mail.canonicalize().unwrap()
    );
    assert_eq!(demo.stop(), "", "one line and no more");
}

#[test]
fn a_second_start_finds_what_is_there_and_a_reset_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(referrals(folder.path(), &["--referrals", "3"]), "3 referrals");
    assert_eq!(referrals(folder.path(), &["--referrals", "4"]), "3 referrals");
    assert_eq!(
        referrals(folder.path(), &["--referrals", "4", "--reset"]),
        "4 referrals"
    );
}

#[test]
fn real_lives_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut production = Command::new(env!("CARGO_BIN_EXE_stafett"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data", "real"])
        .env_clear()
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(production.stderr.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains("listening on")));
    production.kill().unwrap();
    production.wait().unwrap();
    for args in [&["--data", "real"][..], &["--data", "real", "--reset"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_stafett"))
            .args(["demo", "--port", "0"])
            .args(args)
            .env_clear()
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("not a demo's"), "{said}");
        assert!(output.stdout.is_empty());
    }
}
