//! Our side: so many connections, each asking again as soon as it has been answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::error::Error;
use crate::figures::Sample;
use crate::http::Connection;
use crate::operation::{Operation, Original};

/// What a slice has to do.
#[derive(Debug)]
pub(crate) struct Task<'a> {
    /// Where.
    pub(crate) address: &'a str,
    /// As whom.
    pub(crate) token: &'a str,
    /// What.
    pub(crate) operation: Operation,
    /// About copies of what.
    pub(crate) original: &'a Original,
    /// Over how many connections.
    pub(crate) connections: usize,
    /// For how long.
    pub(crate) time: Duration,
    /// With which rows: from, and before which one to stop.
    pub(crate) rows: (u64, u64),
}

/// What a slice has done.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// Every answer; each was the right one.
    pub(crate) samples: Vec<Sample>,
    /// The first row that nobody has touched.
    pub(crate) next_row: u64,
}

/// Runs one slice. The first wrong answer ends it.
pub(crate) async fn run(task: &Task<'_>) -> Result<Done, Error> {
    let mut connections = Vec::new();
    for _ in 0..task.connections {
        connections.push(Connection::open(task.address, task.token).await?);
    }
    let (first, end) = task.rows;
    let rows = Rows {
        next: Arc::new(AtomicU64::new(first)),
        first,
        end,
        any: !task.operation.uses_up_rows(),
    };
    let start = Instant::now();
    let mut clients = JoinSet::new();
    for (client, connection) in connections.into_iter().enumerate() {
        let client = Client {
            client,
            operation: task.operation,
            original: task.original.clone(),
            start,
            until: start + task.time,
        };
        clients.spawn(client.ask(connection, rows.clone()));
    }
    let mut samples = Vec::new();
    while let Some(ended) = clients.join_next().await {
        let ended = ended.map_err(|error| Error::Setup(format!("a client ended early: {error}")))?;
        samples.extend(ended?);
    }
    Ok(Done {
        samples,
        next_row: rows.next.load(Ordering::Relaxed).min(end),
    })
}

/// Hands out rows: each once, or in turn when they are not used up.
#[derive(Debug, Clone)]
struct Rows {
    next: Arc<AtomicU64>,
    first: u64,
    end: u64,
    any: bool,
}

impl Rows {
    fn take(&self) -> Option<u64> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if self.any {
            // Scattered, as pgbench's random numbers are: 7919 is prime, so that every row comes up.
            let span = self.end.saturating_sub(self.first).max(1);
            return Some(self.first + number.wrapping_mul(7_919) % span);
        }
        (number < self.end).then_some(number)
    }
}

struct Client {
    client: usize,
    operation: Operation,
    original: Original,
    start: Instant,
    until: Instant,
}

impl Client {
    async fn ask(self, mut connection: Connection, rows: Rows) -> Result<Vec<Sample>, Error> {
        let mut samples = Vec::new();
        while Instant::now() < self.until {
            let Some(row) = rows.take() else { break };
            let call = self.operation.call(row, &self.original);
            let asked = Instant::now();
            let answer = connection.send(call).await?;
            let latency = micros(asked.elapsed());
            let done = micros(self.start.elapsed());
            self.operation.check(row, &self.original, &answer)?;
            samples.push(Sample {
                client: self.client,
                done,
                latency,
            });
        }
        Ok(samples)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
