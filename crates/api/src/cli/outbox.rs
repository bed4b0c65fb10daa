//! `stafett outbox`: notices that wait, and those that a person must see to.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use stafett_notify::report;
use stafett_store::outbox::{self, Receipt, Status};
use stafett_store::{Db, audit, digests};
use uuid::Uuid;

use super::output::Format;
use super::{CliError, Common, Outcome};
use crate::clock::{Clock, System};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List notices, the oldest first; exit status 2 when some are dead
    List(List),
    /// Give dead notices, or one that came back, another chance; a running server takes them within a second
    Retry(Retry),
    /// Read a report of an undeliverable mail, for the mail server to call; anything else changes nothing
    Bounce(Bounce),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Which ones
    #[arg(long, default_value = "dead")]
    status: Which,
    /// How many at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Retry {
    /// Which one
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    id: Option<Uuid>,
    /// All that are dead
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Bounce {
    /// The mail as it came; standard input when none is named
    file: Option<PathBuf>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Which {
    Pending,
    Sent,
    Dead,
}

impl From<Which> for Status {
    fn from(which: Which) -> Self {
        match which {
            Which::Pending => Self::Pending,
            Which::Sent => Self::Sent,
            Which::Dead => Self::Dead,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: Uuid,
    status: &'static str,
    notice: &'static str,
    referral: Option<Uuid>,
    case: Option<Uuid>,
    agreement: Option<Uuid>,
    agency: Uuid,
    attempts: u32,
    queued_at: DateTime<Utc>,
    next_attempt_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    bounced_at: Option<DateTime<Utc>>,
    last_error: Option<String>,
}

#[derive(Serialize)]
struct Reported {
    /// The notice whose mail came back, if the mail was a report of one.
    notice: Option<Uuid>,
    /// Whether it was news.
    changed: bool,
}

#[derive(Serialize)]
struct Revived {
    revived: Vec<Uuid>,
}

impl Command {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let (_config, db) = common.database().await?;
        let outcome = match self {
            Self::List(list) => list.run(&db).await?,
            Self::Retry(retry) => retry.run(&db).await?,
            Self::Bounce(bounce) => bounce.run(&db).await?,
        };
        db.close().await?;
        Ok(outcome)
    }
}

impl List {
    async fn run(self, db: &Db) -> Result<Outcome, CliError> {
        let status = Status::from(self.status);
        let page = outbox::list(db, status, None, self.limit).await?;
        let rows: Vec<_> = page.items.into_iter().map(Row::from).collect();
        self.format.rows(
            &rows,
            ["ID", "NOTICE", "ABOUT", "ATTEMPTS", "QUEUED", "LAST ERROR"],
            |row| {
                [
                    row.id.to_string(),
                    row.notice.to_owned(),
                    row.referral
                        .or(row.case)
                        .or(row.agreement)
                        .map(|id| id.to_string())
                        .unwrap_or_default(),
                    row.attempts.to_string(),
                    row.queued_at.format("%Y-%m-%d %H:%M:%SZ").to_string(),
                    row.last_error.clone().unwrap_or_default(),
                ]
            },
        );
        Ok(if status == Status::Dead && !rows.is_empty() {
            Outcome::Findings
        } else {
            Outcome::Fine
        })
    }
}

impl Retry {
    async fn run(self, db: &Db) -> Result<Outcome, CliError> {
        let ids = match self.id {
            Some(id) => vec![id],
            None => outbox::list(db, Status::Dead, None, 10_000)
                .await?
                .items
                .iter()
                .map(|row| row.id)
                .collect(),
        };
        let mut revived = Vec::new();
        let tx = db.write_tx().await?;
        for id in ids {
            if outbox::revive(&tx, id, System.now()).await? {
                let entry = audit::Entry {
                    at: System.now(),
                    actor: None,
                    agency: None,
                    role: None,
                    action: "notice-revived",
                    object_kind: "notice",
                    object: Some(id),
                    request_id: None,
                    body: serde_json::json!({}),
                };
                audit::record(&tx, &entry).await?;
                revived.push(id);
            }
        }
        tx.commit().await?;
        if let (Some(id), true) = (self.id, revived.is_empty()) {
            return Err(CliError::Failed(format!(
                "{id} is no dead notice; see `stafett outbox list`"
            )));
        }
        self.format.one(&Revived { revived }, |answer| {
            format!("{} will be tried again", answer.revived.len())
        });
        Ok(Outcome::Fine)
    }
}

/// The longest report that is read; the rest of a mail says nothing more.
const LONGEST_REPORT: u64 = 1024 * 1024;

impl Bounce {
    async fn run(self, db: &Db) -> Result<Outcome, CliError> {
        let mut mail = Vec::new();
        let read = match &self.file {
            Some(path) => File::open(path).and_then(|file| file.take(LONGEST_REPORT).read_to_end(&mut mail)),
            None => std::io::stdin().take(LONGEST_REPORT).read_to_end(&mut mail),
        };
        read.map_err(|error| CliError::Failed(format!("the mail cannot be read: {error}")))?;
        let mut reported = Reported {
            notice: None,
            changed: false,
        };
        if let Some(returned) = report::read(&mail) {
            let (now, tx) = (System.now(), db.write_tx().await?);
            reported.notice = Some(returned.notice);
            reported.changed = outbox::bounced(&tx, returned.notice, &returned.code, &returned.remark, now).await?
                || digests::bounced(&tx, returned.notice, now).await?;
            tx.commit().await?;
        }
        self.format.one(&reported, |reported| match reported.notice {
            Some(notice) if reported.changed => format!("{notice} came back; whoever answers for it is told"),
            Some(notice) => format!("{notice} has come back already, or was never sent from here"),
            None => "no report of an undeliverable mail; nothing changed".to_owned(),
        });
        Ok(Outcome::Fine)
    }
}

impl From<Receipt> for Row {
    fn from(receipt: Receipt) -> Self {
        Self {
            id: receipt.id,
            status: receipt.status.as_str(),
            notice: receipt.notice.as_str(),
            referral: receipt.referral.map(|referral| referral.0),
            case: receipt.case.map(|case| case.0),
            agreement: receipt.agreement.map(|agreement| agreement.0),
            agency: receipt.agency.0,
            attempts: receipt.attempts,
            queued_at: receipt.queued_at,
            next_attempt_at: receipt.next_attempt_at,
            sent_at: receipt.sent_at,
            bounced_at: receipt.bounced_at,
            last_error: receipt.bounce.or(receipt.last_error),
        }
    }
}
