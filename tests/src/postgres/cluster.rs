//! Starts and stops a throw-away PostgreSQL.

use std::{
    collections::VecDeque,
    env, fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
};

use tempfile::TempDir;
use uuid::Uuid;

use super::Error;

/// A running PostgreSQL with durability on, in a temporary folder, on a free port of 127.0.0.1.
///
/// It stops when this is dropped, and also when the process that holds it dies in any other way, `kill -9` included.
#[derive(Debug)]
pub struct Cluster {
    url: String,
    server: Child,
    lifeline: Option<ChildStdin>,
    _folder: TempDir,
}

/// The shell keeps a watcher beside the server. The watcher reads the pipe that we hold: when it closes, because we
/// closed it or because we are dead, the server is stopped and its folder removed. A death signal would do the same
/// only for the thread that asked for it. The watcher's patience has an end, for in a container without a proper first
/// process a dead server stays a zombie.
const GUARD: &str = r#"
folder=$1; shift
exec 3<&0
( read -r _ <&3
  kill -QUIT $$
  tries=200
  while kill -0 $$ && [ $tries -gt 0 ]; do sleep 0.05; tries=$((tries - 1)); done
  rm -rf "$folder"
) >/dev/null 2>&1 &
exec "$@" 3<&- </dev/null
"#;

const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    // The stories kill servers and count what is left: the database must keep what it acknowledged.
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "max_connections=400",
    "shared_buffers=64MB",
    "max_wal_senders=0",
    "wal_level=minimal",
    "autovacuum_naptime=5s",
    "timezone=UTC",
    "lc_messages=C",
];

const PORT_TRIES: usize = 5;

impl Cluster {
    /// Makes and starts a cluster and waits until it answers.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start.
    pub fn start() -> Result<Self, Error> {
        let programs = Programs::find()?;
        let user = Account::to_run_as()?;
        let folder = tempfile::Builder::new()
            .prefix("stafett-postgres-")
            .tempdir()
            .map_err(Error::system("make a folder for PostgreSQL"))?;
        user.own(folder.path())?;
        let password = Uuid::now_v7().simple().to_string();
        programs.initialise(&user, folder.path(), &password)?;

        let mut failure = None;
        for _ in 0..PORT_TRIES {
            let port = free_port()?;
            match programs.launch(&user, folder.path(), port) {
                Ok((server, lifeline)) => {
                    return Ok(Self {
                        url: format!("postgres://stafett:{password}@127.0.0.1:{port}/postgres"),
                        server,
                        lifeline: Some(lifeline),
                        _folder: folder,
                    });
                }
                // Somebody may have taken the port between our look and the server's.
                Err(Error::Failed { log, .. }) if log.contains("could not bind") => failure = Some(log),
                Err(other) => return Err(other),
            }
        }
        Err(Error::Failed {
            program: "postgres",
            log: failure.unwrap_or_default(),
        })
    }

    /// The address of its maintenance database, by a role that may do anything.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // Nothing sensible can be done about a server that is gone already.
        let _ = self.server.wait();
    }
}

/// A program that belongs to the server, such as `pg_dump`.
///
/// # Errors
/// [`Error::NotInstalled`].
pub(crate) fn program(name: &str) -> Result<PathBuf, Error> {
    Programs::find().map(|programs| programs.postgres.with_file_name(name))
}

struct Programs {
    initdb: PathBuf,
    postgres: PathBuf,
}

impl Programs {
    fn find() -> Result<Self, Error> {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path)
            .map(|folder| resolve_link(&folder))
            .chain(debian_folders())
            .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
            .map(|folder| Self {
                initdb: folder.join("initdb"),
                postgres: folder.join("postgres"),
            })
            .ok_or(Error::NotInstalled)
    }

    fn initialise(&self, user: &Account, folder: &Path, password: &str) -> Result<(), Error> {
        let password_file = folder.join("password");
        fs::write(&password_file, password).map_err(Error::system("write the password of the test server"))?;
        user.own(&password_file)?;
        let mut command = Command::new(&self.initdb);
        command
            .arg("--pgdata")
            .arg(folder.join("data"))
            .args([
                "--username=stafett",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--no-instructions",
            ])
            // A plain password over loopback: SCRAM's thousands of rounds in an unoptimised build would cost more than
            // the tests do.
            .arg("--auth=password")
            .arg("--pwfile")
            .arg(&password_file);
        let output = user
            .run(&mut command, folder)
            .stdin(Stdio::null())
            .output()
            .map_err(Error::system("run initdb"))?;
        if output.status.success() {
            return Ok(());
        }
        let mut log = String::from_utf8_lossy(&output.stdout).into_owned();
        log.push_str(&String::from_utf8_lossy(&output.stderr));
        Err(Error::Failed { program: "initdb", log })
    }

    fn launch(&self, user: &Account, folder: &Path, port: u16) -> Result<(Child, ChildStdin), Error> {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", GUARD, "stafett-postgres"])
            .arg(folder)
            .arg(&self.postgres);
        command
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder)
            .args(["-p", &port.to_string()]);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        let mut server = user
            .run(&mut command, folder)
            // Ctrl-C in a terminal goes to the whole foreground group; the tests shall end before their database does.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Error::system("start postgres"))?;
        let lifeline = server.stdin.take();
        let log = server.stderr.take();
        let (Some(lifeline), Some(log)) = (lifeline, log) else {
            return Err(Error::Failed {
                program: "postgres",
                log: "its pipes are missing".to_owned(),
            });
        };
        match until_ready(log) {
            Ok(()) => Ok((server, lifeline)),
            Err(log) => {
                drop(lifeline);
                let _ = server.wait();
                Err(Error::Failed {
                    program: "postgres",
                    log,
                })
            }
        }
    }
}

/// Waits for the line that says the server is ready, and goes on reading so that the server never blocks on a full pipe.
fn until_ready(log: ChildStderr) -> Result<(), String> {
    const KEPT_LINES: usize = 50;
    let (ready, is_ready) = mpsc::channel();
    let lines = Arc::new(Mutex::new(VecDeque::new()));
    let kept = Arc::clone(&lines);
    thread::spawn(move || {
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            if line.contains("ready to accept connections") {
                // Nobody listens any more once the first such line has come.
                let _ = ready.send(());
            }
            let mut kept = kept.lock().unwrap();
            if kept.len() == KEPT_LINES {
                kept.pop_front();
            }
            kept.push_back(line);
        }
    });
    is_ready.recv().map_err(|_closed| {
        let lines = lines.lock().unwrap();
        lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    })
}

/// The account that PostgreSQL runs as: ours, or an unprivileged one when we are root.
struct Account {
    ids: Option<(u32, u32)>,
}

impl Account {
    fn to_run_as() -> Result<Self, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self { ids: None });
        }
        let accounts = fs::read_to_string("/etc/passwd").map_err(Error::system("read /etc/passwd"))?;
        let ids = ["postgres", "nobody"].iter().find_map(|name| ids_of(&accounts, name));
        ids.map(|ids| Self { ids: Some(ids) }).ok_or(Error::NoUnprivilegedUser)
    }

    fn own(&self, path: &Path) -> Result<(), Error> {
        if let Some((user, group)) = self.ids {
            std::os::unix::fs::chown(path, Some(user), Some(group))
                .map_err(Error::system("give the server its folder"))?;
        }
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(Error::system("close the server's folder"))
    }

    fn run<'c>(&self, command: &'c mut Command, folder: &Path) -> &'c mut Command {
        if let Some((user, group)) = self.ids {
            command.uid(user).gid(group);
        }
        // Our own folder may be closed to that account, and a PG… variable of the caller would steer the server.
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        command.current_dir(folder).env("LC_ALL", "C").env("HOME", folder)
    }
}

fn ids_of(accounts: &str, name: &str) -> Option<(u32, u32)> {
    let mut fields = accounts.lines().map(|line| line.split(':')).find_map(|mut fields| {
        let found = fields.next() == Some(name);
        found.then_some(fields)
    })?;
    let _password = fields.next()?;
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// A folder of links to the programs must be followed: the server finds its own files beside the program that was started.
fn resolve_link(folder: &Path) -> PathBuf {
    folder
        .join("initdb")
        .canonicalize()
        .ok()
        .and_then(|program| program.parent().map(Path::to_path_buf))
        .unwrap_or_else(|| folder.to_path_buf())
}

/// Debian keeps the server programs out of PATH, in a folder for each major version; the newest comes first.
fn debian_folders() -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(Error::system("find a free port"))?;
    listener
        .local_addr()
        .map(|address| address.port())
        .map_err(Error::system("find a free port"))
}
