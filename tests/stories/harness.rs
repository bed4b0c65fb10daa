//! The harness keeps its own promises: nothing is shared between stories, and nothing is left behind.

use std::{
    io::{BufRead, BufReader, ErrorKind},
    net::TcpStream,
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    str::FromStr,
    time::{Duration, Instant},
};

use e2e::{DatabaseKind, on_both_databases};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::PgConnectOptions;

on_both_databases! {
    async fn each_story_has_a_database_of_its_own(database: Database) {
        let other = e2e::Database::create(database.kind()).await;
        assert_ne!(database.url(), other.url());
        database.execute("CREATE TABLE mine (id integer)").await;
        other.execute("CREATE TABLE mine (id integer)").await;
        database.execute("INSERT INTO mine (id) VALUES (1)").await;
        assert_eq!(database.number("SELECT count(*) FROM mine").await, 1);
        assert_eq!(other.number("SELECT count(*) FROM mine").await, 0);
    }
}

#[tokio::test]
async fn postgres_is_durable() {
    let database = e2e::Database::create(DatabaseKind::Postgres).await;
    let durable = "SELECT count(*) FROM pg_settings WHERE setting = 'on' AND name IN ('fsync', 'synchronous_commit', 'full_page_writes')";
    assert_eq!(database.number(durable).await, 3);
}

#[test]
fn with_postgres_gives_the_status_of_its_command() {
    let status = with_postgres("test -n \"$TEST_POSTGRES_URL\" && exit 7")
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(7));
    let status = with_postgres("kill -TERM $$").status().unwrap();
    assert_eq!(status.code(), Some(143));
    let status = Command::new(env!("CARGO_BIN_EXE_with-postgres"))
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2), "no command is wrong usage");
}

#[test]
fn with_postgres_leaves_an_address_that_is_given() {
    let output = with_postgres("echo $TEST_POSTGRES_URL")
        .env("TEST_POSTGRES_URL", "postgres://elsewhere")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "postgres://elsewhere");
}

#[test]
fn with_postgres_passes_on_a_request_to_stop() {
    let mut run = Run::start();
    run.signal(Signal::TERM);
    assert_eq!(run.program.wait().unwrap().code(), Some(143));
    run.server_is_gone();
}

#[test]
fn the_server_goes_with_a_killed_run() {
    let mut run = Run::start();
    run.signal(Signal::KILL);
    assert_eq!(run.program.wait().unwrap().signal(), Some(9));
    run.server_is_gone();
}

/// `with-postgres` around a command that waits, and what it runs on.
struct Run {
    program: Child,
    /// Kept apart from the program, which would close it when it is waited for, and so end the command.
    _input: ChildStdin,
    folder: PathBuf,
    port: u16,
}

impl Run {
    fn start() -> Self {
        let mut program = with_postgres("echo \"$TEST_POSTGRES_URL\"; exec cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(program.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        let port = PgConnectOptions::from_str(url.trim()).unwrap().get_port();
        let input = program.stdin.take().unwrap();
        Self {
            program,
            _input: input,
            folder: folder_of_server(port),
            port,
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.program), signal).unwrap();
    }

    /// The watcher works beside us, so it may need a moment.
    fn server_is_gone(&self) {
        let patience = Instant::now() + Duration::from_secs(20);
        while self.folder.exists() {
            assert!(Instant::now() < patience, "{} is still there", self.folder.display());
            std::thread::yield_now();
        }
        let refused = TcpStream::connect(("127.0.0.1", self.port)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
}

fn with_postgres(script: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_with-postgres"));
    command.args(["sh", "-c", script]).env_remove("TEST_POSTGRES_URL");
    command
}

/// The folder of the server on this port, told by the lock file that each server writes.
fn folder_of_server(port: u16) -> PathBuf {
    let folders = std::fs::read_dir(std::env::temp_dir()).unwrap().filter_map(Result::ok);
    folders
        .map(|folder| folder.path())
        .find(|folder| {
            let lock = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
            lock.lines().nth(3) == Some(port.to_string().as_str())
        })
        .unwrap_or_else(|| panic!("no server on port {port} has left its lock file"))
}
