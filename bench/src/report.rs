//! What is told: a table for people, JSON for programs.

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use crate::figures::Summary;
use crate::stage::Recorded;

/// One operation at one number of connections.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    operation: &'static str,
    connections: usize,
    /// How many statements the raw side runs each time.
    statements: usize,
    ours: Summary,
    raw: Summary,
    /// Ours in a second by theirs.
    ratio: f64,
}

/// The whole run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// A build without optimisation says nothing.
    pub(crate) optimised: bool,
    /// What the database calls itself.
    pub(crate) postgresql: String,
    /// How many processors there are for everybody.
    pub(crate) processors: usize,
    /// How many prepared referrals.
    pub(crate) referrals: u64,
    /// How many statements recognise the caller, on our side only.
    pub(crate) session_statements: usize,
    /// The most memory of the server, where the system tells.
    pub(crate) server_peak_mib: Option<u64>,
    /// How many referrals were held against the laws at the end.
    pub(crate) verified: u64,
    /// How long it all took.
    pub(crate) seconds: u64,
    /// The figures.
    pub(crate) lines: Vec<Line>,
}

impl Line {
    pub(crate) fn new(recorded: &Recorded, connections: usize, ours: Summary, raw: Summary) -> Self {
        Self {
            operation: recorded.operation.name(),
            connections,
            statements: recorded.statements,
            ours,
            raw,
            ratio: ours.per_second / raw.per_second,
        }
    }

    /// For somebody who waits.
    pub(crate) fn brief(&self) -> String {
        format!(
            "{} at {}: {:.0} of {:.0} a second, ratio {:.2}",
            self.operation, self.connections, self.ours.per_second, self.raw.per_second, self.ratio
        )
    }
}

impl Report {
    /// For programs.
    pub(crate) fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let mut table = Table::new();
        table.load_preset(presets::ASCII_MARKDOWN);
        table.set_header([
            "",
            "conn.",
            "ours/s",
            "raw/s",
            "ratio",
            "p50 ms",
            "p99 ms",
            "raw p50",
            "raw p99",
            "statements",
        ]);
        for line in &self.lines {
            table.add_row([
                line.operation.to_owned(),
                line.connections.to_string(),
                format!("{:.0}", line.ours.per_second),
                format!("{:.0}", line.raw.per_second),
                format!("{:.2}", line.ratio),
                format!("{:.1}", line.ours.p50_ms),
                format!("{:.1}", line.ours.p99_ms),
                format!("{:.1}", line.raw.p50_ms),
                format!("{:.1}", line.raw.p99_ms),
                line.statements.to_string(),
            ]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let memory = self
            .server_peak_mib
            .map(|mib| format!(" The server held {mib} MiB at most."))
            .unwrap_or_default();
        format!(
            "{table}\n\n{}, {} processors for server, database and clients together, {} prepared referrals, fsync and \
             synchronous_commit on.\nOur side also runs {} statements to recognise the caller of each request.{memory}\n\
             Checked: every answer, both databases' counts, and all laws on {} referrals with their logs replayed. Took {} s.",
            self.postgresql, self.processors, self.referrals, self.session_statements, self.verified, self.seconds
        )
    }
}
