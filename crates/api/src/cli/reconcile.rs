//! `stafett reconcile`.

use chrono::NaiveDate;
use clap::Args;
use serde::Serialize;
use stafett_workflow::policy::{Scope, SystemTask};

use super::output::{Format, table};
use super::{CliError, Common, Outcome, StartError};
use crate::app::AppError;
use crate::app::reconcile::{self, Counts, Depth, Report};
use crate::app::reconciliation::{self, Statement};
use crate::app::statements::KIND;
use crate::auth::keys::KeyRing;
use crate::auth::token::Tokens;
use crate::clock::{Clock, System};
use crate::files::Files;
use crate::workflow_library;

#[derive(Debug, Args)]
pub(super) struct Reconcile {
    /// Look at every step of every log besides: whether the laws held after it, and whether everybody heard of it
    #[arg(long)]
    deep: bool,
    /// Read every file as well, and hold it against its digest
    #[arg(long)]
    files: bool,
    /// Only what these two agencies handed to each other on one day, as a signed statement; exit status 2 when something is
    /// unaccounted for
    #[arg(long, num_args = 2, value_names = ["AGENCY", "AGENCY"], requires = "date")]
    between: Option<Vec<String>>,
    /// The day of the statement, in Oslo
    #[arg(long, requires = "between")]
    date: Option<NaiveDate>,
    #[command(flatten)]
    format: Format,
}

/// A statement with its signature.
#[derive(Serialize)]
struct Signed {
    statement: Statement,
    unaccounted: u64,
    signed: String,
    key: serde_json::Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    referrals: u64,
    cases: u64,
    events: u64,
    handoffs: Handoffs,
    notices: Notices,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Handoffs {
    sent: u64,
    open: u64,
    ended: u64,
    acknowledged: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notices {
    pending: u64,
    sent: u64,
    dead: u64,
    /// Not arrived, and nobody has taken it in hand.
    waiting_for_somebody: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    referral: Option<String>,
    case: Option<String>,
    agency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    reference: Option<String>,
    law: &'static str,
    words: &'static str,
    detail: Option<String>,
}

impl Reconcile {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        if let (Some(between), Some(date)) = (&self.between, self.date) {
            return self.state(common, between, date).await;
        }
        let (config, db) = common.unlocked_database().await?;
        let library = workflow_library::stored(&db).await?;
        let files = Files::open(&config).map_err(StartError::from)?;
        let depth = if self.deep { Depth::EveryStep } else { Depth::Stored };
        let mut report = reconcile::walk(&db, &library, depth).await?;
        report.files = reconcile::files::walk(&db, &files, self.files).await?;
        db.close().await?;
        let outcome = if report.agrees() {
            Outcome::Fine
        } else {
            Outcome::Findings
        };
        self.format.one(&Answer::from(report), words);
        Ok(outcome)
    }

    async fn state(&self, common: &Common, between: &[String], date: NaiveDate) -> Result<Outcome, CliError> {
        let (config, db) = common.unlocked_database().await?;
        let [one, other] = between else {
            return Err(CliError::Failed("name two agencies".to_owned()));
        };
        let scope = Scope::for_system(SystemTask::Reconcile);
        let statement = reconciliation::statement(&db, &scope, [one, other], date, System.now()).await;
        db.close().await?;
        let statement = statement.map_err(|error| match error {
            AppError::Refused(_) => CliError::Failed(format!("there are no two agencies {one} and {other}")),
            error => error.into(),
        })?;
        let tokens = Tokens::new(KeyRing::load(&config)?, &config.auth);
        let signed = tokens
            .sign(KIND, &statement)
            .map_err(|error| CliError::Failed(format!("the statement cannot be signed: {error}")))?;
        let signed = Signed {
            unaccounted: statement.unaccounted(),
            statement,
            signed,
            key: tokens.public_key(),
        };
        self.format.one(&signed, in_words);
        Ok(match signed.unaccounted {
            0 => Outcome::Fine,
            _ => Outcome::Findings,
        })
    }
}

fn in_words(signed: &Signed) -> String {
    let statement = &signed.statement;
    let rows = statement.handoffs.iter().map(|line| {
        [
            line.reference.clone(),
            line.sender.clone(),
            line.receiver.clone(),
            line.sent_at.format("%Y-%m-%d %H:%M:%SZ").to_string(),
            line.standing.as_str().to_owned(),
        ]
    });
    let rows = table(["REFERENCE", "SENDER", "RECEIVER", "SENT", "STANDING"], rows);
    let verdict = match signed.unaccounted {
        0 => "Everything is accounted for.".to_owned(),
        number => format!("{number} unaccounted for."),
    };
    format!("{rows}\n\n{verdict}\n\n{}", signed.signed)
}

impl From<Report> for Answer {
    fn from(
        Report {
            counts,
            findings,
            cases: case_findings,
            setup,
            files,
        }: Report,
    ) -> Self {
        let Counts {
            referrals,
            cases,
            events,
            sent,
            open,
            ended,
            acknowledged,
            ..
        } = counts;
        let findings = findings.into_iter().map(|finding| Finding {
            referral: Some(finding.referral.to_string()),
            case: None,
            agency: None,
            file: None,
            reference: finding.reference.map(|reference| reference.to_string()),
            law: finding.rule.as_str(),
            words: finding.rule.words(),
            detail: finding.detail,
        });
        let of_cases = case_findings.into_iter().map(|finding| Finding {
            referral: None,
            case: Some(finding.case.to_string()),
            agency: None,
            file: None,
            reference: finding.reference.map(|reference| reference.to_string()),
            law: finding.rule.as_str(),
            words: finding.rule.words(),
            detail: None,
        });
        let of_agencies = setup.into_iter().map(|finding| Finding {
            referral: None,
            case: None,
            agency: Some(finding.agency.to_string()),
            file: None,
            reference: None,
            law: finding.rule.as_str(),
            words: finding.rule.words(),
            detail: finding.detail,
        });
        let of_files = files.into_iter().map(|finding| Finding {
            referral: None,
            case: None,
            agency: None,
            file: Some(finding.object),
            reference: None,
            law: finding.rule.as_str(),
            words: finding.rule.words(),
            detail: finding.detail,
        });
        Self {
            referrals,
            cases,
            events,
            handoffs: Handoffs {
                sent,
                open,
                ended,
                acknowledged,
            },
            notices: Notices {
                pending: counts.notices_pending,
                sent: counts.notices_sent,
                dead: counts.notices_dead,
                waiting_for_somebody: counts.incidents_open,
            },
            findings: findings.chain(of_cases).chain(of_agencies).chain(of_files).collect(),
        }
    }
}

fn words(answer: &Answer) -> String {
    let (handoffs, notices) = (&answer.handoffs, &answer.notices);
    let counts = table(
        ["", "COUNT", "OF WHICH"],
        [
            [
                "referrals".to_owned(),
                answer.referrals.to_string(),
                format!("{} events", answer.events),
            ],
            ["cases".to_owned(), answer.cases.to_string(), String::new()],
            [
                "hand-offs sent".to_owned(),
                handoffs.sent.to_string(),
                format!(
                    "{} open, {} ended, {} acknowledged",
                    handoffs.open, handoffs.ended, handoffs.acknowledged
                ),
            ],
            [
                "notices".to_owned(),
                (notices.pending + notices.sent + notices.dead).to_string(),
                format!(
                    "{} pending, {} sent, {} dead",
                    notices.pending, notices.sent, notices.dead
                ),
            ],
        ],
    );
    if answer.findings.is_empty() {
        return format!("{counts}\n\nEverything agrees.");
    }
    let rows = answer.findings.iter().map(|finding| {
        let id = finding
            .referral
            .as_ref()
            .or(finding.case.as_ref())
            .or(finding.agency.as_ref())
            .or(finding.file.as_ref());
        let name = finding.reference.as_ref().or(id);
        [
            name.cloned().unwrap_or_default(),
            finding.words.to_owned(),
            finding.detail.clone().unwrap_or_default(),
        ]
    });
    let findings = table(["WHICH", "BROKEN", "DETAIL"], rows);
    let number = answer.findings.len();
    format!(
        "{counts}\n\n{findings}\n\n{number} {} wrong.",
        if number == 1 { "thing is" } else { "things are" }
    )
}

#[cfg(test)]
mod tests {
    use stafett_workflow::agency::ReferralId;
    use uuid::Uuid;

    use super::*;
    use crate::app::reconcile::Rule;

    #[test]
    fn the_table_tells_what_the_json_tells() {
        let counts = Counts {
            referrals: 2,
            events: 9,
            sent: 2,
            open: 1,
            ended: 1,
            notices_sent: 3,
            ..Counts::default()
        };
        let fine = words(&Answer::from(Report {
            counts,
            findings: Vec::new(),
            cases: Vec::new(),
            setup: Vec::new(),
            files: Vec::new(),
        }));
        let finding = reconcile::Finding {
            referral: ReferralId(Uuid::from_u128(7)),
            reference: None,
            rule: Rule::ReceiverWasTold,
            detail: Some("hand-off 8".to_owned()),
        };
        let wrong = words(&Answer::from(Report {
            counts,
            findings: vec![finding],
            cases: Vec::new(),
            setup: Vec::new(),
            files: Vec::new(),
        }));
        insta::assert_snapshot!(format!("{fine}\n---\n{wrong}"));
    }
}
