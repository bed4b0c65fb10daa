//! What a newcomer is told to type works as it stands there.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use e2e::{Database, on_both_databases};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_stafett-under-test");

on_both_databases! {
    async fn the_journeys_of_the_readme_can_be_typed(database: Database) {
        let said = type_all("README.md", &database);
        for line in [
            "is sent, the baton is with uteseksjonen, due ",
            "is acknowledged, the baton is with uteseksjonen, due ",
            "is accepted, the baton is with barnevernvakten, due ",
            "is completed, the baton is with barnevernvakten, no clock runs, version 4",
            "is declined, the baton is with uteseksjonen, due ",
            "is accepted, the baton is with bydel-grunerlokka, due ",
            "To: post@barnevernvakten.example",
            "\n201\n412\n412\n",
            r#""groupBy":["holder","clock"]"#,
            ",,concern-report,Concern report,",
            r#""code":"not-found""#,
        ] {
            assert!(said.contains(line), "{line:?} is missing:\n{said}");
        }
        let count = |wanted: &str| said.lines().filter(|line| line.trim() == wanted).count();
        assert_eq!((count("200"), count("412")), (1, 2 + 7), "of eight who accept at once one does:\n{said}");
        let mails_to_the_sender = said.lines().filter(|line| line.starts_with("stafett-data/") && line.ends_with(".eml")).count();
        assert_eq!(mails_to_the_sender, 3, "the sender was told of each step:\n{said}");
        let (_, mail) = said.split_once("To: post@barnevernvakten.example").unwrap();
        let mail = mail.split("is acknowledged").next().unwrap();
        assert!(!mail.contains("K.") && !mail.contains("Vaterland"), "a mail tells of nobody:\n{mail}");
    }

    async fn the_steps_of_the_tutorial_can_be_typed(database: Database) {
        let said = type_all("docs/tutorial/first-referral.md", &database);
        for line in [
            r#""displayName":"Ingrid Solvang""#,
            r#""pointer":"/input/receiver""#,
            r#""slug":"uteseksjonen","name":"Uteseksjonen"}"#,
            r#""slug":"barnevernvakten","name":"Barnevernvakten"}"#,
            r#""action":"accept","title":"Accept""#,
            r#""version":3,"createdAt""#,
            r#""title":"Opened by the receiver""#,
        ] {
            assert!(said.contains(line), "{line:?} is missing:\n{said}");
        }
        assert!(!said.contains(r#""action":"decline""#), "child welfare cannot decline a concern report:\n{said}");
    }
}

/// A demo as `make demo` starts it, but on a free port. Dropping it kills it.
struct Demo {
    program: Child,
    ready: Value,
}

impl Demo {
    fn start(folder: &Path, database: &Database) -> Self {
        let mut program = Command::new(PROGRAM)
            .args(["demo", "--json", "--port", "0", "--referrals", "120"])
            .env_clear()
            .env("DATABASE_URL", database.url())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(program.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("the demo is not ready: {line:?}"));
        Self { program, ready }
    }

    /// What the demo prints for people to paste.
    fn variables(&self) -> Vec<(&'static str, String)> {
        let token = |persona: &str| self.ready["tokens"][persona].as_str().unwrap().to_owned();
        vec![
            ("STAFETT", format!("{}/api/v1", self.ready["url"].as_str().unwrap())),
            ("OUTREACH", token("outreach")),
            ("CHILD_WELFARE", token("childWelfare")),
            ("DISTRICT", token("district")),
            ("LEAD", token("lead")),
        ]
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _gone_already = self.program.kill();
        let _status = self.program.wait();
    }
}

/// Types all blocks of a page's shell commands into one shell, in a folder where a demo runs, and tells what was printed.
fn type_all(page: &str, database: &Database) -> String {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path(), database);
    let mut script = String::from("set -o nounset -o pipefail\n");
    for block in blocks(page) {
        script.push_str(&block);
        // People read between two blocks; meanwhile the mails leave.
        script.push_str("until [ \"$(\"$PROGRAM\" outbox list --status pending --json)\" = '[]' ]; do :; done\n");
    }
    let output = Command::new("bash")
        .args(["-c", &script])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(demo.variables())
        .env("PROGRAM", PROGRAM)
        .env("DATABASE_URL", database.url())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("bash and curl are needed to type what {page} says: {error}"));
    let (said, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success() && complained.is_empty(),
        "{page}: {complained}\n{said}"
    );
    said.into_owned()
}

/// The blocks of shell commands on a page.
fn blocks(page: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{page}: {error}"));
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let blocks: Vec<String> = blocks.map(|(block, _)| block.to_owned()).collect();
    assert!(!blocks.is_empty(), "{page} has no commands");
    blocks
}
