//! `stafett outbox`: notices that wait, and those that a person must see to.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use stafett_store::outbox::{self, Receipt, Status};
use stafett_store::{Db, audit};
use uuid::Uuid;

use super::output::Format;
use super::{CliError, Common, Outcome};
use crate::clock::{Clock, System};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List notices, the oldest first; exit status 2 when some are dead
    List(List),
    /// Give dead notices another chance; a running server takes them within a second
    Retry(Retry),
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
    agency: Uuid,
    attempts: u32,
    queued_at: DateTime<Utc>,
    next_attempt_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    last_error: Option<String>,
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
                    row.referral.or(row.case).map(|id| id.to_string()).unwrap_or_default(),
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

impl From<Receipt> for Row {
    fn from(receipt: Receipt) -> Self {
        Self {
            id: receipt.id,
            status: receipt.status.as_str(),
            notice: receipt.notice.as_str(),
            referral: receipt.referral.map(|referral| referral.0),
            case: receipt.case.map(|case| case.0),
            agency: receipt.agency.0,
            attempts: receipt.attempts,
            queued_at: receipt.queued_at,
            next_attempt_at: receipt.next_attempt_at,
            sent_at: receipt.sent_at,
            last_error: receipt.last_error,
        }
    }
}
