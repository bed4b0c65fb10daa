//! `stafett reconcile`.

use clap::Args;
use serde::Serialize;
use stafett_workflow::definition;

use super::output::{Format, table};
use super::{CliError, Common, Outcome};
use crate::app::reconcile::{self, Counts, Report};

#[derive(Debug, Args)]
pub(super) struct Reconcile {
    #[command(flatten)]
    format: Format,
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
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    referral: Option<String>,
    case: Option<String>,
    agency: Option<String>,
    reference: Option<String>,
    law: &'static str,
    words: &'static str,
    detail: Option<String>,
}

impl Reconcile {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let library = definition::builtin().map_err(|error| CliError::Failed(error.to_string()))?;
        let (_, db) = common.unlocked_database().await?;
        let report = reconcile::run(&db, &library).await?;
        db.close().await?;
        let outcome = if report.agrees() {
            Outcome::Fine
        } else {
            Outcome::Findings
        };
        self.format.one(&Answer::from(report), words);
        Ok(outcome)
    }
}

impl From<Report> for Answer {
    fn from(
        Report {
            counts,
            findings,
            cases: case_findings,
            setup,
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
            reference: finding.reference.map(|reference| reference.to_string()),
            law: finding.rule.as_str(),
            words: finding.rule.words(),
            detail: finding.detail,
        });
        let of_cases = case_findings.into_iter().map(|finding| Finding {
            referral: None,
            case: Some(finding.case.to_string()),
            agency: None,
            reference: finding.reference.map(|reference| reference.to_string()),
            law: finding.rule.as_str(),
            words: finding.rule.words(),
            detail: None,
        });
        let of_agencies = setup.into_iter().map(|finding| Finding {
            referral: None,
            case: None,
            agency: Some(finding.agency.to_string()),
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
            },
            findings: findings.chain(of_cases).chain(of_agencies).collect(),
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
            .or(finding.agency.as_ref());
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
        }));
        insta::assert_snapshot!(format!("{fine}\n---\n{wrong}"));
    }
}
