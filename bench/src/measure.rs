//! The measurement: slices of both sides in turn, so that whatever the machine does besides meets both.

use std::time::Duration;

use crate::Options;
use crate::error::Error;
use crate::figures::{Figure, Sample, WARM_UP};
use crate::load;
use crate::operation::Operation;
use crate::pgbench::{self, Pgbench};
use crate::process::Process;
use crate::report::Line;
use crate::stage::{Recorded, Stage, outbox_is_drained};
use crate::verify::Confirmed;

/// The order of the slices: neither side always comes first.
const SLICES: [Side; 4] = [Side::Ours, Side::Raw, Side::Raw, Side::Ours];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    Raw,
}

/// Far above every prepared row: those that the raw side creates.
const FIRST_CREATED: u64 = 100_000_000;

/// Measures on a stage.
#[derive(Debug)]
pub(crate) struct Measurement<'a> {
    stage: &'a Stage,
    server: &'a Process,
    pgbench: Pgbench,
    slice: Duration,
    /// So many rows may each slice use up.
    quota: u64,
    /// The next rows to use up, ours and the raw side's.
    next: (u64, u64),
    next_created: u64,
    /// What our side has confirmed.
    pub(crate) ours: Confirmed,
    /// What the raw side has confirmed.
    pub(crate) raw: Confirmed,
}

impl<'a> Measurement<'a> {
    /// Ready to measure every operation as the options say.
    pub(crate) fn new(stage: &'a Stage, server: &'a Process, options: &Options) -> Result<Self, Error> {
        let users = Operation::ALL
            .iter()
            .filter(|operation| operation.uses_up_rows())
            .count()
            * options.connections.len();
        let slices = (users * SLICES.len() / 2) as u64;
        Ok(Self {
            stage,
            server,
            pgbench: Pgbench::find(&stage.raw_url, options.statements)?,
            slice: Duration::from_secs_f64(options.seconds / 2.0),
            quota: stage.rows / slices.max(1),
            next: (1, 1),
            next_created: FIRST_CREATED,
            ours: Confirmed::default(),
            raw: Confirmed::default(),
        })
    }

    /// Measures one operation.
    pub(crate) async fn run(&mut self, recorded: &Recorded, connections: usize) -> Result<Line, Error> {
        let (mut ours, mut raw) = (Figure::default(), Figure::default());
        // Until pgbench has told how fast it is, it is taken to be twice as fast as we are.
        let mut pace = 0.0;
        for side in SLICES {
            match side {
                Side::Ours => {
                    let samples = self.ours(recorded.operation, connections).await?;
                    ours.add(&samples, connections);
                    if pace == 0.0 {
                        pace = 2.0 * ours.summary().per_second;
                    }
                }
                Side::Raw => {
                    let samples = self.raw(recorded, connections, pace).await?;
                    raw.add(&samples, connections);
                    pace = raw.summary().per_second;
                }
            }
        }
        let (ours, raw) = (ours.summary(), raw.summary());
        if ours.counted == 0 || raw.counted == 0 {
            let name = recorded.operation.name();
            return Err(Error::Setup(format!(
                "{name} at {connections}: nothing to count; give it more --seconds or --referrals"
            )));
        }
        Ok(Line::new(recorded, connections, ours, raw))
    }

    async fn ours(&mut self, operation: Operation, connections: usize) -> Result<Vec<Sample>, Error> {
        let rows = if operation.uses_up_rows() {
            (self.next.0, self.next.0 + self.quota)
        } else {
            (1, self.stage.rows + 1)
        };
        let task = load::Task {
            address: &self.server.address,
            token: self.stage.home.token(operation.persona()),
            operation,
            original: &self.stage.original,
            connections,
            time: self.slice,
            rows,
        };
        let done = load::run(&task).await?;
        let confirmed = done.samples.len() as u64;
        match operation {
            Operation::Create => self.ours.created += confirmed,
            Operation::Accept | Operation::AcceptWithKey => {
                self.ours.accepted += confirmed;
                self.next.0 = done.next_row;
            }
            Operation::Read | Operation::Inbox => {}
        }
        if operation.sends_mail() {
            outbox_is_drained(&self.stage.home).await?;
        }
        Ok(done.samples)
    }

    async fn raw(&mut self, recorded: &Recorded, connections: usize, pace: f64) -> Result<Vec<Sample>, Error> {
        let operation = recorded.operation;
        let clients = connections as u64;
        let warm = WARM_UP as u64;
        let mut repetitions = (pace * self.slice.as_secs_f64()) as u64 / clients + warm;
        if operation.uses_up_rows() {
            repetitions = repetitions.min(self.quota / clients);
        }
        let repetitions = repetitions.max(2 * warm);
        let total = repetitions * clients;
        let first_row = if operation == Operation::Create {
            self.next_created
        } else {
            self.next.1
        };
        if operation.uses_up_rows() && first_row + total > self.stage.rows + 1 {
            return Err(Error::Setup(
                "there are too few rows for so many connections; give it more --referrals".to_owned(),
            ));
        }
        let script = &recorded.script;
        let task = pgbench::Task {
            script,
            clients: connections,
            repetitions,
            first_row,
            rows: self.stage.rows,
        };
        let samples = self.pgbench.run(&task).await?;
        match operation {
            Operation::Create => {
                self.raw.created += total;
                self.next_created += total;
            }
            Operation::Accept | Operation::AcceptWithKey => {
                self.raw.accepted += total;
                self.next.1 += total;
            }
            Operation::Read | Operation::Inbox => {}
        }
        Ok(samples)
    }
}
