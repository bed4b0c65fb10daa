//! `stafett retention`: how long what was told is kept, and what is due to be erased.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;
use stafett_store::{Db, retention};
use stafett_workflow::policy::{Scope, SystemTask};
use stafett_workflow::retention::Rule;

use super::output::Format;
use super::{CliError, Common, Outcome};
use crate::app::retention::{self as rounds, Round};
use crate::app::setup::{Authority, retention as setup};
use crate::clock::{Clock, System};
use crate::config::Config;
use crate::files::{Files, janitor};
use crate::server::StartError;
use crate::workflow_library;

/// So many lines of the list are printed.
const MOST: u32 = 10_000;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the referrals of which all that was told will be erased, the earliest first
    List {
        #[command(flatten)]
        format: Format,
    },
    /// Announce what is due and erase what was announced for long enough; a running server does so every hour
    Run {
        /// Only tell what would be done
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        format: Format,
    },
    /// Show the rules of all agencies and of the installation
    Rules {
        #[command(flatten)]
        format: Format,
    },
    /// Say how long an agency keeps, or without --agency those that say nothing
    Set(Set),
    /// Take a rule away
    Unset(Unset),
}

/// Which rule.
#[derive(Debug, Args)]
struct Which {
    /// Whose: short name or id; without, the installation's
    #[arg(long)]
    agency: Option<String>,
    /// For this workflow only
    #[arg(long)]
    workflow: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Set {
    #[command(flatten)]
    which: Which,
    /// How many months after closing
    #[arg(long)]
    months: u16,
    /// On which ground: a section of a statute, or the archive's plan
    #[arg(long)]
    legal_ref: String,
}

#[derive(Debug, Args)]
pub(super) struct Unset {
    #[command(flatten)]
    which: Which,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DueLine {
    reference: String,
    workflow: String,
    closed_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    announced_at: DateTime<Utc>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleLine {
    agency: Option<String>,
    workflow: Option<String>,
    months: u16,
    legal_ref: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DoneOut {
    dry_run: bool,
    announced: u64,
    withdrawn: u64,
    erased: u64,
    without_rule: u64,
}

impl Command {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        match self {
            Self::Run { dry_run, format } => {
                let (config, db) = common.unlocked_database().await?;
                let done = go(&config, &db, dry_run, format).await;
                db.close().await?;
                done
            }
            other => {
                let (_config, db) = common.database().await?;
                let done = other.look_or_set(&db).await;
                db.close().await?;
                done
            }
        }
    }

    async fn look_or_set(self, db: &Db) -> Result<Outcome, CliError> {
        match self {
            Self::Run { .. } => {}
            Self::List { format } => {
                let scope = Scope::for_system(SystemTask::Erase);
                let lines: Vec<_> = retention::due(db, &scope, None, MOST)
                    .await?
                    .into_iter()
                    .map(DueLine::of)
                    .collect();
                format.rows(&lines, ["REFERRAL", "WORKFLOW", "CLOSED", "ERASED FROM"], |line| {
                    let day = |at: DateTime<Utc>| at.format("%Y-%m-%d").to_string();
                    [
                        line.reference.clone(),
                        line.workflow.clone(),
                        day(line.closed_at),
                        day(line.due_at),
                    ]
                });
            }
            Self::Rules { format } => {
                let rules = retention::rules(db).await?;
                let names = rounds::names(db, &rules).await?;
                let lines: Vec<_> = rules
                    .into_iter()
                    .map(|rule| RuleLine {
                        agency: rule.agency.map(|id| {
                            names
                                .get(&id)
                                .map_or_else(|| id.to_string(), |agency| agency.slug.clone())
                        }),
                        workflow: rule.workflow,
                        months: rule.months,
                        legal_ref: rule.legal_ref,
                    })
                    .collect();
                format.rows(&lines, ["WHOSE", "WORKFLOW", "MONTHS", "GROUND"], |line| {
                    [
                        line.agency.clone().unwrap_or_else(|| "the installation".to_owned()),
                        line.workflow.clone().unwrap_or_else(|| "all".to_owned()),
                        line.months.to_string(),
                        line.legal_ref.clone(),
                    ]
                });
            }
            Self::Set(set) => {
                let rule = setup::rule(None, set.which.workflow.clone(), set.months, set.legal_ref);
                change(db, &set.which, Some(rule)).await?;
            }
            Self::Unset(unset) => change(db, &unset.which, None).await?,
        }
        Ok(Outcome::Fine)
    }
}

async fn change(db: &Db, which: &Which, rule: Option<Rule>) -> Result<(), CliError> {
    let library = workflow_library::stored(db).await?;
    let now = System.now();
    let workflow = which.workflow.as_deref();
    match &which.agency {
        Some(agency) => {
            let before = setup::read(db, Authority::Operator, agency).await?.own;
            let rules = setup::changed(before, workflow, rule);
            setup::put(db, &library, Authority::Operator, agency, None, &rules, now).await?;
        }
        None => {
            let before = retention::rules_of(db, None).await?;
            setup::put_installation(db, &library, &setup::changed(before, workflow, rule), now).await?;
        }
    }
    Ok(())
}

async fn go(config: &Config, db: &Db, dry: bool, format: Format) -> Result<Outcome, CliError> {
    let how = Round {
        now: System.now(),
        calendar: config.calendar.calendar(),
        notice: config.retention.notice.delta(),
        dry,
    };
    let done = rounds::round(db, how).await?;
    if !dry && done.erased > 0 {
        let files = Files::open(config).map_err(StartError::from)?;
        let swept = janitor::sweep(db, &files, &System).await;
        swept
            .map_err(|error| CliError::Failed(format!("erased, but not yet the files ({error}); a server goes on")))?;
    }
    let out = DoneOut {
        dry_run: dry,
        announced: done.announced,
        withdrawn: done.withdrawn,
        erased: done.erased,
        without_rule: done.without_rule,
    };
    format.one(&out, |out| {
        let would = if out.dry_run { "would be " } else { "" };
        format!(
            "{} {would}announced, {} {would}withdrawn, {} {would}erased; {} kept, for somebody has no rule.",
            out.announced, out.withdrawn, out.erased, out.without_rule
        )
    });
    Ok(Outcome::Fine)
}

impl DueLine {
    fn of(due: retention::Due) -> Self {
        Self {
            reference: due.reference.to_string(),
            workflow: due.workflow,
            closed_at: due.closed_at,
            due_at: due.due_at,
            announced_at: due.announced_at,
        }
    }
}
