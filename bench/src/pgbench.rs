//! The raw side: pgbench with a recorded script, prepared statements and one transaction for each repetition.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;
use url::Url;

use crate::error::Error;
use crate::figures::Sample;

/// pgbench and the database that it runs on.
#[derive(Debug)]
pub(crate) struct Pgbench {
    program: PathBuf,
    url: String,
    password: String,
    threads: usize,
    /// Whether to tell what each statement takes.
    statements: bool,
}

/// What one slice has to do.
#[derive(Debug)]
pub(crate) struct Task<'a> {
    /// What each repetition runs.
    pub(crate) script: &'a str,
    /// How many clients.
    pub(crate) clients: usize,
    /// How often each of them.
    pub(crate) repetitions: u64,
    /// The first row that nobody has touched.
    pub(crate) first_row: u64,
    /// How many rows there are.
    pub(crate) rows: u64,
}

impl Pgbench {
    /// Finds the program, which comes with the server's.
    pub(crate) fn find(url: &str, statements: bool) -> Result<Self, Error> {
        let unreadable = || Error::Setup("the database address cannot be read".to_owned());
        let mut url = Url::parse(url).map_err(|_not_shown| unreadable())?;
        let password = url.password().unwrap_or_default().to_owned();
        // Whoever lists the processes should not see it. What else stands behind the address is for our own driver.
        url.set_password(None).map_err(|()| unreadable())?;
        url.set_query(None);
        let missing =
            || Error::Setup("pgbench is missing; on Debian it comes with `apt-get install postgresql`".to_owned());
        Ok(Self {
            program: program().ok_or_else(missing)?,
            url: url.to_string(),
            password,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            statements,
        })
    }

    /// Runs one slice. A repetition that fails fails the slice.
    pub(crate) async fn run(&self, task: &Task<'_>) -> Result<Vec<Sample>, Error> {
        let folder = TempDir::with_prefix("stafett-bench-").map_err(Error::system("make a folder for pgbench"))?;
        let script = folder.path().join("script.sql");
        fs::write(&script, task.script).map_err(Error::system("write a script for pgbench"))?;
        let mut command = Command::new(&self.program);
        command
            .args(["--no-vacuum", "--protocol=prepared", "--log", "--log-prefix=log"])
            .arg(format!("--file={}", script.display()))
            .arg(format!("--client={}", task.clients))
            .arg(format!("--jobs={}", self.threads.min(task.clients)))
            .arg(format!("--transactions={}", task.repetitions))
            .arg("--define=k=-1")
            .arg(format!("--define=base={}", task.first_row))
            .arg(format!("--define=clients={}", task.clients))
            .arg(format!("--define=rows={}", task.rows))
            .env("PGPASSWORD", &self.password)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if self.statements {
            command.arg("--report-per-command");
        }
        command.arg(&self.url);
        let output = command.output().await.map_err(Error::system("run pgbench"))?;
        if !output.status.success() {
            let said: String = String::from_utf8_lossy(&output.stderr).chars().take(2_000).collect();
            return Err(Error::Program {
                program: "pgbench",
                said,
            });
        }
        if self.statements {
            tell_statements(&String::from_utf8_lossy(&output.stdout));
        }
        let samples = read_logs(folder.path())?;
        let wanted = task.clients as u64 * task.repetitions;
        if samples.len() as u64 != wanted {
            return Err(Error::Void(format!(
                "pgbench has logged {} repetitions of {wanted}",
                samples.len()
            )));
        }
        Ok(samples)
    }
}

/// The mean milliseconds that each statement took, as pgbench tells them at the end.
fn tell_statements(said: &str) {
    let statements = said
        .lines()
        .skip_while(|line| !line.starts_with("statement latencies"))
        .skip(1);
    for line in statements.filter(|line| !line.contains("\\set")) {
        let beginning: String = line.chars().take(120).collect();
        eprintln!("{beginning}");
    }
}

fn read_logs(folder: &Path) -> Result<Vec<Sample>, Error> {
    let reading = "read pgbench's log";
    let mut samples = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::system(reading))? {
        let path = entry.map_err(Error::system(reading))?.path();
        if !path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("log."))
        {
            continue;
        }
        let log = fs::read_to_string(&path).map_err(Error::system(reading))?;
        for line in log.lines() {
            let unknown = || Error::Setup(format!("pgbench's log has a line of an unknown form: {line}"));
            samples.push(sample(line).ok_or_else(unknown)?);
        }
    }
    Ok(samples)
}

/// `client transaction latency script seconds microseconds`.
fn sample(line: &str) -> Option<Sample> {
    let mut fields = line.split(' ').map(str::parse::<u64>);
    let mut next = || fields.next()?.ok();
    let (client, _transaction, latency, _script) = (next()?, next()?, next()?, next()?);
    let done = next()? * 1_000_000 + next()?;
    Some(Sample {
        client: usize::try_from(client).ok()?,
        done,
        latency,
    })
}

/// On the path, or where Debian keeps the newest version.
fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path)
        .map(|folder| folder.join("pgbench"))
        .find(|program| program.is_file());
    on_path.or_else(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
        let found = versions.filter_map(|version| {
            let number: u32 = version.file_name().to_str()?.parse().ok()?;
            let program = version.path().join("bin/pgbench");
            program.is_file().then_some((number, program))
        });
        found.max().map(|(_, program)| program)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_log_is_read() {
        let sample = sample("3 17 1432 0 1795000000 250000").unwrap();
        assert_eq!(
            (sample.client, sample.done, sample.latency),
            (3, 1_795_000_000_250_000, 1_432)
        );
        assert!(super::sample("3 17 failed 0 1795000000 250000").is_none());
    }
}
