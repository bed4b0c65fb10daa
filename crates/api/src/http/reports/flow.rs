//! Which way hand-offs go.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stafett_store::reports::FlowQuery;
use stafett_workflow::vocabulary::{Answer, Language, Urgency};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::figures::{ANSWER_HEADINGS, AnswersOut, FigureOut, ReasonOut, written_answers};
use super::format::{Format, cell, csv};
use super::{ReportWorkflow, called, examples, flow_lists, link, minutes, written};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::reports::flow::{self, Asked, By, Report, Row, USUAL};
use crate::app::reports::{Dimension, grouping};
use crate::auth::permission::{ReadReports, Scoped};
use crate::http::extract::{Query, Speaks};
use crate::http::referrals::output::AgencyOut;
use crate::http::schema;
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_flow_report).configure(flow_lists::configure);
}

/// Which hand-offs to count, and how to group them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportQuery {
    /// Sent from then on: a date, which is a whole day in Oslo, or an instant. Usually a year before the end; across agencies the
    /// first day of a third of a year that is over, usually the last one.
    #[param(example = "2026-09-01")]
    from: Option<String>,
    /// Sent until then: a date, which is still within, or an instant, which is not. Usually now; across agencies the last day of
    /// that third.
    #[param(example = "2026-12-31")]
    to: Option<String>,
    /// One or more of `sender`, `receiver`, `workflow`, `urgency`, with commas between them; across agencies the first two.
    #[param(example = "sender,receiver")]
    group_by: Option<String>,
    /// By this agency, by slug or id. Like those below not across agencies.
    sender: Option<String>,
    /// To this agency, by slug or id.
    receiver: Option<String>,
    /// On this workflow, in any version.
    workflow: Option<String>,
    /// With this urgency.
    #[param(schema_with = schema::urgency)]
    urgency: Option<Urgency>,
}

/// Who sends to whom, and what comes back.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FlowReport {
    /// When it stood so.
    as_of: DateTime<Utc>,
    /// The first instant of the period.
    from: DateTime<Utc>,
    /// The first instant after it.
    to: DateTime<Utc>,
    /// By what the rows are grouped.
    group_by: Vec<&'static str>,
    /// Whether it goes across agencies: then small figures are masked, and none has a list.
    across_agencies: bool,
    rows: Vec<FlowRow>,
    /// All of it together.
    total: AnswersOut,
    /// The reasons of all of it together.
    reasons: Vec<ReasonOut>,
    disputes: DisputesOut,
    /// Referrals with three hand-offs or more: the same youth's need sent round. Of those that one may know whole.
    rounds: FigureOut,
    /// Referrals about a youth whom the same agency had referred before, outside of one case, by identity number.
    repeats: FigureOut,
}

/// One group.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FlowRow {
    /// Who sent; only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<AgencyOut>,
    /// To whom; only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    receiver: Option<AgencyOut>,
    /// Only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<ReportWorkflow>,
    /// Only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::urgency)]
    urgency: Option<Urgency>,
    #[serde(flatten)]
    answers: AnswersOut,
    /// Why they came back, where there is a code for it. None across agencies.
    reasons: Vec<ReasonOut>,
}

/// Disagreements about who is responsible, by when they began. Of referrals that one may know whole.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DisputesOut {
    #[serde(flatten)]
    all: FigureOut,
    /// Those that are over.
    settled: FigureOut,
    /// Those that are not.
    running: FigureOut,
    /// Half of those that are over lasted no longer. In minutes; null when none is over, or it is masked.
    median_minutes: Option<f64>,
    /// The longest of all, as far as it has come. Null when there are none, and across agencies.
    longest_minutes: Option<f64>,
}

/// Read which way hand-offs go
///
/// A matrix of senders and receivers: how many were sent, what came back first and for which reasons, with rates and what they are
/// shares of; disagreements and how long they lasted; referrals that were sent round, or that repeat earlier ones. A lead sees what
/// their agencies sent or received. An auditor or coordinator sees across agencies: one third of a year that is over, as it stood
/// when it was over, with figures under three masked, and those from which they could be worked out.
#[utoipa::path(
    tag = "Reports",
    operation_id = "getFlowReport",
    params(ReportQuery),
    responses(
        (status = 200, description = "The figures; as a table by `Accept: text/csv`", content(
            (FlowReport = "application/json", example = json!(examples::flow())),
            (String = "text/csv", example = json!(examples::FLOW_TABLE))
        )),
        (status = 403, description = "The caller is neither lead nor auditor nor coordinator"),
        (status = 422, description = "An impossible period, an unknown grouping, or too many groups; tells what is allowed")
    )
)]
#[get("/reports/flow")]
async fn get_flow_report(
    reader: Scoped<ReadReports>,
    query: Query<ReportQuery>,
    format: Format,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let by = grouping::<By>(query.0.group_by.as_deref(), USUAL).map_err(|wrong| AppError::Fields(vec![wrong]))?;
    let question = flow::question(&engine, reader.scope, &query.0.asked()).await?;
    let report = flow::report(&engine, &question, &by).await?;
    let lists = Lists {
        question: &question,
        across: report.across,
    };
    let row = |row| FlowRow::new(row, &report, &lists, &engine, language.0);
    let rows: Vec<_> = report.rows.iter().map(row).collect();
    match format {
        Format::Json => Ok(HttpResponse::Ok().json(FlowReport {
            as_of: report.as_of,
            from: question.from,
            to: question.until,
            group_by: by.into_iter().map(Dimension::as_str).collect(),
            across_agencies: report.across,
            rows,
            total: AnswersOut::new(&report.total, |answers| lists.of_row(None, answers, None)),
            reasons: lists.reasons(None, &report.reasons, language.0),
            disputes: DisputesOut::new(&report, &lists),
            rounds: FigureOut::new(report.rounds, lists.of("/reports/flow/rounds", [])),
            repeats: FigureOut::new(report.repeats, lists.of("/reports/flow/repeats", [])),
        })),
        Format::Csv => {
            let cells = rows.iter().zip(&report.rows).map(|(row, of)| row.cells(of, &report));
            csv("flow", HEADINGS, cells)
        }
    }
}

impl ReportQuery {
    fn asked(&self) -> Asked<'_> {
        Asked {
            from: self.from.as_deref(),
            to: self.to.as_deref(),
            sender: self.sender.as_deref(),
            receiver: self.receiver.as_deref(),
            workflow: self.workflow.as_deref(),
            urgency: self.urgency,
            need: None,
        }
    }
}

/// The addresses of the lists behind a report.
struct Lists<'a> {
    question: &'a FlowQuery,
    across: bool,
}

impl Lists<'_> {
    /// A list of what the report is about; none across agencies.
    fn of<const N: usize>(&self, path: &str, more: [(&'static str, Option<String>); N]) -> Option<String> {
        (!self.across).then(|| link(path, self.parameters(None).into_iter().chain(more)))
    }

    /// The hand-offs of a row, or of all, that had one of these answers.
    fn of_row(&self, row: Option<&Row>, answers: &[Answer], reason: Option<&str>) -> Option<String> {
        let more = [
            ("answer", written_answers(answers)),
            ("reason", reason.map(str::to_owned)),
        ];
        (!self.across).then(|| link("/reports/flow/referrals", self.parameters(row).into_iter().chain(more)))
    }

    fn reasons(&self, row: Option<&Row>, reasons: &[flow::Reason], language: Language) -> Vec<ReasonOut> {
        let reasons = reasons.iter().map(|reason| {
            let list = self.of_row(row, &[reason.answer], Some(&reason.code));
            ReasonOut::new(reason, list, language)
        });
        reasons.collect()
    }

    fn parameters(&self, row: Option<&Row>) -> [(&'static str, Option<String>); 6] {
        let question = self.question;
        let sender = row.and_then(|row| row.sender).or(question.sender);
        let receiver = row.and_then(|row| row.receiver).or(question.receiver);
        let workflow = row.and_then(|row| row.workflow.as_ref()).or(question.workflow.as_ref());
        let urgency = row.and_then(|row| row.urgency).or(question.urgency);
        [
            ("from", Some(written(question.from))),
            ("to", Some(written(question.until))),
            ("sender", sender.map(|sender| sender.to_string())),
            ("receiver", receiver.map(|receiver| receiver.to_string())),
            ("workflow", workflow.cloned()),
            ("urgency", urgency.map(|urgency| urgency.as_str().to_owned())),
        ]
    }
}

const HEADINGS: [&str; 20] = {
    let [
        sent,
        accepted,
        declined,
        returned,
        forwarded,
        withdrawn,
        unanswered,
        answered,
        accept,
        decline,
        back,
        forward,
    ] = ANSWER_HEADINGS;
    [
        "sender",
        "senderName",
        "receiver",
        "receiverName",
        "workflow",
        "workflowTitle",
        "urgency",
        sent,
        accepted,
        declined,
        returned,
        forwarded,
        withdrawn,
        unanswered,
        answered,
        accept,
        decline,
        back,
        forward,
        "list",
    ]
};

impl FlowRow {
    fn new(row: &Row, report: &Report, lists: &Lists<'_>, engine: &Engine, language: Language) -> Self {
        let named = |agency| AgencyOut::of(agency, &report.names);
        Self {
            sender: row.sender.map(named),
            receiver: row.receiver.map(named),
            workflow: row
                .workflow
                .as_deref()
                .map(|id| ReportWorkflow::of(id, &engine.library, language)),
            urgency: row.urgency,
            answers: AnswersOut::new(&row.answers, |answers| lists.of_row(Some(row), answers, None)),
            reasons: lists.reasons(Some(row), &row.reasons, language),
        }
    }

    fn cells(&self, of: &Row, report: &Report) -> [String; HEADINGS.len()] {
        let [sender, sender_name] = called(&report.names, of.sender);
        let [receiver, receiver_name] = called(&report.names, of.receiver);
        let workflow = self.workflow.as_ref();
        let [
            sent,
            accepted,
            declined,
            returned,
            forwarded,
            withdrawn,
            unanswered,
            answered,
            accept,
            decline,
            back,
            forward,
        ] = self.answers.cells();
        [
            sender,
            sender_name,
            receiver,
            receiver_name,
            cell(workflow.map(|workflow| &workflow.id)),
            cell(workflow.map(|workflow| &workflow.title)),
            cell(self.urgency.map(Urgency::as_str)),
            sent,
            accepted,
            declined,
            returned,
            forwarded,
            withdrawn,
            unanswered,
            answered,
            accept,
            decline,
            back,
            forward,
            cell(self.answers.sent.list()),
        ]
    }
}

impl DisputesOut {
    fn new(report: &Report, lists: &Lists<'_>) -> Self {
        let disputes = &report.disputes;
        let list =
            |standing: Option<&str>| lists.of("/reports/flow/disputes", [("standing", standing.map(str::to_owned))]);
        Self {
            all: FigureOut::new(disputes.count, list(None)),
            settled: FigureOut::new(disputes.settled, list(Some("settled"))),
            running: FigureOut::new(disputes.running, list(Some("running"))),
            median_minutes: disputes.median.map(minutes),
            longest_minutes: disputes.longest.map(minutes),
        }
    }
}
