//! A server as a process of its own: the program as it is shipped, which a story may kill.

use std::{
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStderr, Command},
};

use crate::{Client, Home, Persona};

const PATIENCE: Duration = Duration::from_secs(30);

/// `stafett serve` in a [`Home`]. Dropping it kills it.
#[derive(Debug)]
pub struct Process<'h> {
    home: &'h Home,
    child: Child,
    url: String,
    log: Arc<Mutex<String>>,
}

impl<'h> Process<'h> {
    pub(crate) async fn start(home: &'h Home, program: &Path, variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(program)
            .arg("serve")
            .env_clear()
            .envs(home.variables())
            .envs(variables.iter().copied())
            .current_dir(home.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", program.display()));
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = tokio::time::timeout(PATIENCE, address(&mut log)).await.unwrap();
        // Read on, or the server would block on a full pipe.
        let heard = Arc::new(Mutex::new(String::new()));
        let ears = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok(Some(line)) = log.next_line().await {
                let mut heard = ears.lock().unwrap();
                heard.push_str(&line);
                heard.push('\n');
            }
        });
        Self {
            home,
            child,
            url: format!("http://{address}"),
            log: heard,
        }
    }

    /// Speaks to it as this persona.
    #[must_use]
    pub fn by(&self, persona: Persona) -> Client {
        Client::nobody(&self.url).with_token(self.home.token(persona))
    }

    /// Its address, without a path.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it has logged since it began to listen.
    ///
    /// # Panics
    /// When somebody panicked while listening.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// `kill -9`: it gets no chance to say or write anything more.
    ///
    /// # Panics
    /// When it is gone already.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Panics
    /// When it does not, or does not end well.
    pub async fn stop(mut self) {
        let id = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())).unwrap();
        kill_process(id, Signal::TERM).unwrap();
        let status = tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .unwrap()
            .unwrap();
        assert!(status.success(), "{status}");
    }
}

/// Where it listens, by the line that it says so with.
async fn address(log: &mut Lines<BufReader<ChildStderr>>) -> String {
    let mut said = String::new();
    while let Some(line) = log.next_line().await.unwrap() {
        let address = line
            .strip_prefix("stafett: listening on ")
            .and_then(|rest| rest.split_once(','))
            .map(|(address, _)| address.to_owned());
        if let Some(address) = address {
            return address;
        }
        said.push_str(&line);
        said.push('\n');
    }
    panic!("the server ended before it listened:\n{said}");
}
