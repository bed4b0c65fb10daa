//! Runs a command with a private PostgreSQL: `with-postgres cargo nextest run --workspace`.
//!
//! One cluster serves all test processes of the run, and the tables are made once for all of them. It stops with this program, however this program ends. An address
//! in `TEST_POSTGRES_URL` is left as it is and no cluster is started. The exit status is that of the command.
#![allow(clippy::print_stderr, reason = "a command-line program tells its troubles on stderr")]

use std::{
    env,
    ffi::OsString,
    io::{IsTerminal, stdin},
    os::unix::process::ExitStatusExt,
    process::{ExitCode, ExitStatus},
};

use e2e::{
    postgres::{Cluster, Database, URL_VARIABLE},
    sqlite_url, template,
};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
};

/// The database that stories on PostgreSQL copy.
const TABLES: &str = "stafett_tables";

fn main() -> ExitCode {
    let mut words = env::args_os().skip(1);
    let Some(program) = words.next() else {
        eprintln!("usage: with-postgres COMMAND [ARGUMENT …]");
        return ExitCode::from(2);
    };
    match run(program, words.collect()) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("with-postgres: {message}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn run(program: OsString, arguments: Vec<OsString>) -> Result<ExitCode, String> {
    let given = env::var(URL_VARIABLE).is_ok_and(|url| !url.is_empty());
    let cluster = if given {
        None
    } else {
        Some(Cluster::start().map_err(|error| error.to_string())?)
    };
    let mut command = Command::new(&program);
    command.args(arguments);
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("tables.db");
    template::make(&sqlite_url(&file)).await?;
    command.env(template::SQLITE_VARIABLE, &file);
    let mut tables = None;
    if let Some(cluster) = &cluster {
        command.env(URL_VARIABLE, cluster.url());
        let database = Database::named(TABLES, cluster)
            .await
            .map_err(|error| error.to_string())?;
        template::make(&database.url()).await?;
        command.env(template::POSTGRES_VARIABLE, TABLES);
        tables = Some(database);
    }
    // Heard from before there is a command to pass anything on to. Until now a signal simply ended us, and the cluster
    // with us.
    let mut signals = Signals::listen().map_err(|error| error.to_string())?;
    let mut child = command
        .spawn()
        .map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    let status = signals.pass_on_until_end_of(&mut child).await;
    drop(tables);
    Ok(ExitCode::from(code_of(status.map_err(|error| error.to_string())?)))
}

struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the command. A request to stop is passed on, and we stay until the command has ended: the database must
    /// outlive its users.
    async fn pass_on_until_end_of(&mut self, child: &mut Child) -> std::io::Result<ExitStatus> {
        // A terminal sends Ctrl-C to the command as well; passed on it would count twice, and the second one means
        // "at once".
        let from_terminal = stdin().is_terminal();
        loop {
            let passed_on = tokio::select! {
                status = child.wait() => return status,
                _ = self.interrupt.recv() => if from_terminal { continue } else { Signal::INT },
                _ = self.terminate.recv() => Signal::TERM,
                _ = self.hang_up.recv() => Signal::HUP,
            };
            if let Some(pid) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
                // It may have ended in this very moment.
                let _ = kill_process(pid, passed_on);
            }
        }
    }
}

/// The status as a shell would tell it: 128 and the signal when a signal ended the command.
fn code_of(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}
