//! The processes beside the measuring one: the server under test and the mail server that it delivers to.
//!
//! Both are this program again, under another name: what is measured is the product as this build holds it.

use std::env;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::error::Error;

/// The word after which this program is `stafett`.
pub(crate) const SERVER: &str = "serve";
/// The word after which this program takes mails and throws them away when it ends.
pub(crate) const MAIL_SINK: &str = "mail-sink";
/// The word after which it counts them.
pub(crate) const DRAIN_SINK: &str = "drain-sink";

const PATIENCE: Duration = Duration::from_secs(30);

/// A running process; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// What it said: where it listens.
    pub(crate) address: String,
    /// What else it says, where somebody asks.
    said: Option<Lines<BufReader<ChildStdout>>>,
}

impl Process {
    /// Starts `stafett serve` on the database at `url`, with its usual settings but for these variables.
    pub(crate) async fn server(folder: &Path, url: &str, smtp: &str, but: &[(&str, &str)]) -> Result<Self, Error> {
        let mut command = this(SERVER)?;
        command
            .env("STAFETT_DATA_DIR", folder)
            .env("STAFETT_SERVER__LISTEN", "127.0.0.1:0")
            .env("STAFETT_MAIL__SMTP_URL", smtp)
            .env("DATABASE_URL", url)
            .envs(but.iter().copied())
            .current_dir(folder)
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Error::system("start the server"))?;
        let Some(said) = child.stderr.take() else {
            return Err(Error::Setup("the server's log is missing".to_owned()));
        };
        let mut log = BufReader::new(said).lines();
        let address = tokio::time::timeout(PATIENCE, until_it_listens(&mut log)).await;
        let address = address.map_err(|_elapsed| Error::Setup("the server does not start".to_owned()))??;
        let mut rest = log.into_inner();
        // Read on, or the server would block on a full pipe.
        tokio::spawn(async move {
            let mut waste = vec![0; 64 * 1024];
            while rest.read(&mut waste).await.is_ok_and(|length| length > 0) {}
        });
        Ok(Self {
            child,
            address,
            said: None,
        })
    }

    /// Starts a mail server that keeps what it gets.
    pub(crate) async fn mail_sink() -> Result<Self, Error> {
        Self::sink(MAIL_SINK).await
    }

    /// Starts one that counts.
    pub(crate) async fn drain_sink() -> Result<Self, Error> {
        Self::sink(DRAIN_SINK).await
    }

    async fn sink(word: &str) -> Result<Self, Error> {
        let mut command = this(word)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(Error::system("start the mail server"))?;
        let mut said = child.stdout.take().map(|said| BufReader::new(said).lines());
        let line = match &mut said {
            Some(lines) => lines.next_line().await.map_err(Error::system("hear the mail server"))?,
            None => None,
        };
        let address = line.ok_or_else(|| Error::Setup("the mail server does not start".to_owned()))?;
        Ok(Self { child, address, said })
    }

    /// How many mails the counting server has taken, and how many different ones.
    pub(crate) async fn taken(&mut self) -> Result<(u64, u64), Error> {
        let heard = Error::system("ask the mail server");
        let silent = || Error::Setup("the mail server says nothing".to_owned());
        let (Some(ask), Some(said)) = (&mut self.child.stdin, &mut self.said) else {
            return Err(silent());
        };
        let line = async {
            ask.write_all(b"?\n").await?;
            ask.flush().await?;
            said.next_line().await
        };
        let line = line.await.map_err(heard)?.ok_or_else(silent)?;
        let (taken, different) = line.split_once(' ').ok_or_else(silent)?;
        let number = |text: &str| text.parse().map_err(|_no_number| silent());
        Ok((number(taken)?, number(different)?))
    }

    /// The most memory that it has held, in MiB, where the system tells.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kib / 1024)
    }

    /// Ends it and waits until it has.
    pub(crate) async fn end(mut self) -> Result<(), Error> {
        self.child.kill().await.map_err(Error::system("end a process"))
    }
}

fn this(word: &str) -> Result<Command, Error> {
    let program = env::current_exe().map_err(Error::system("find this program"))?;
    let mut command = Command::new(program);
    // Settings of whoever measures must not steer what is measured.
    command
        .arg(word)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    Ok(command)
}

async fn until_it_listens(log: &mut Lines<impl AsyncBufRead + Unpin>) -> Result<String, Error> {
    let mut said = String::new();
    while let Some(line) = log.next_line().await.map_err(Error::system("read the server's log"))? {
        let address = line
            .strip_prefix("stafett: listening on ")
            .and_then(|rest| rest.split_once(','));
        if let Some((address, _)) = address {
            return Ok(address.to_owned());
        }
        said.push_str(&line);
        said.push('\n');
    }
    Err(Error::Program {
        program: "stafett serve",
        said,
    })
}
