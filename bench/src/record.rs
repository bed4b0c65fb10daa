//! A recorder between the server and PostgreSQL: it passes everything on and notes which statements were run.
//!
//! What pgbench repeats is recorded, never written by hand: when the store changes its SQL, the raw side changes with it.

mod wire;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;
use uuid::Uuid;

pub(crate) use wire::{Statement, Value};

use crate::error::Error;

/// A running recorder.
#[derive(Debug)]
pub(crate) struct Recorder {
    url: String,
    tape: Tape,
    accepting: JoinHandle<()>,
}

type Tape = Arc<Mutex<Vec<Heard>>>;

/// A statement and the connection that it came over.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    connection: usize,
    /// The statement.
    pub(crate) statement: Statement,
}

/// The first transaction on the tape in which `id` was bound, from its beginning to its end.
pub(crate) fn transaction_about(tape: &[Heard], id: Uuid) -> Option<Vec<Statement>> {
    let mut open: BTreeMap<usize, Vec<Statement>> = BTreeMap::new();
    for Heard { connection, statement } in tape {
        match statement.sql.as_str() {
            "BEGIN" => drop(open.insert(*connection, vec![statement.clone()])),
            "COMMIT" => {
                let mut whole = open.remove(connection).unwrap_or_default();
                if whole
                    .iter()
                    .flat_map(|statement| &statement.values)
                    .any(|value| value.bytes.as_deref() == Some(id.as_bytes()))
                {
                    whole.push(statement.clone());
                    return Some(whole);
                }
            }
            _ => {
                if let Some(statements) = open.get_mut(connection) {
                    statements.push(statement.clone());
                }
            }
        }
    }
    None
}

impl Recorder {
    /// Listens in front of the database at `url`.
    pub(crate) async fn start(url: &str) -> Result<Self, Error> {
        let refused = || Error::Setup("the database address cannot be read".to_owned());
        let mut address = Url::parse(url).map_err(|_not_shown_for_it_holds_a_password| refused())?;
        let behind = (
            address.host_str().ok_or_else(refused)?.to_owned(),
            address.port().unwrap_or(5432),
        );
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .map_err(Error::system("listen as a recorder"))?;
        let port = listener
            .local_addr()
            .map_err(Error::system("listen as a recorder"))?
            .port();
        address.set_host(Some("127.0.0.1")).map_err(|_unlikely| refused())?;
        address.set_port(Some(port)).map_err(|()| refused())?;
        // What is encrypted cannot be listened to.
        address.query_pairs_mut().append_pair("sslmode", "disable");
        let tape = Tape::default();
        let accepting = tokio::spawn(accept(listener, behind, Arc::clone(&tape)));
        Ok(Self {
            url: address.to_string(),
            tape,
            accepting,
        })
    }

    /// The address that leads through it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What has been run since the last call, in order.
    pub(crate) fn take(&self) -> Vec<Heard> {
        std::mem::take(&mut *self.tape.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, behind: (String, u16), tape: Tape) {
    let mut connection = 0;
    while let Ok((client, _)) = listener.accept().await {
        let Ok(server) = TcpStream::connect(&behind).await else {
            continue;
        };
        connection += 1;
        // A connection that breaks ends here; whoever waits for its answer hears of that.
        tokio::spawn(pass(client, server, connection, Arc::clone(&tape)));
    }
}

async fn pass(client: TcpStream, server: TcpStream, connection: usize, tape: Tape) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers = tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
    let mut listener = wire::Listener::default();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = from_client.read(&mut buffer).await?;
        let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        let Some(statements) = listener.hear(bytes) else { break };
        // Noted before it is passed on, so that a statement is on the tape when its answer comes.
        let heard = statements.into_iter().map(|statement| Heard { connection, statement });
        tape.lock().unwrap_or_else(PoisonError::into_inner).extend(heard);
        to_server.write_all(bytes).await?;
    }
    answers.abort();
    Ok(())
}
