//! How long receivers take to answer.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stafett_store::reports::{SentLine, SentQuery};
use stafett_workflow::vocabulary::{Language, Urgency};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::figures::cell_of;
use super::format::{Format, cell, csv};
use super::{ReportWorkflow, called, examples, link, minutes, rounded, written};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;
use crate::app::reports::response_times::{self, ACROSS, Asked, By, Position, Report, Row, USUAL, Wait};
use crate::app::reports::{Dimension, grouping};
use crate::auth::permission::{ListReported, ReadReports, Scoped};
use crate::http::extract::{Query, Speaks};
use crate::http::paging::{Cursor, Limit, Page};
use crate::http::referrals::output::AgencyOut;
use crate::http::schema;
use crate::problem::Problem;

pub(super) const LIST: &str = "/reports/response-times/referrals";

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(get_response_times_report)
        .service(list_response_times_referrals);
}

/// Which hand-offs to count, and how to group them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportQuery {
    /// Sent from then on: a date, which is a whole day in Oslo, or an instant. Usually a year before the end; across
    /// agencies the first day of a third of a year that is over, usually of the last one.
    #[param(example = "2026-09-01")]
    from: Option<String>,
    /// Sent until then: a date, which is still within, or an instant, which is not. Usually now; across agencies the
    /// last day of that third.
    #[param(example = "2026-12-31")]
    to: Option<String>,
    /// One or more of `receiver`, `workflow`, `urgency`, with commas between them. Across agencies only `workflow`.
    #[param(example = "receiver,workflow")]
    group_by: Option<String>,
    /// To this agency, by slug or id. Not across agencies.
    receiver: Option<String>,
    /// On this workflow, in any version. Not across agencies.
    workflow: Option<String>,
    /// With this urgency. Not across agencies.
    #[param(schema_with = schema::urgency)]
    urgency: Option<Urgency>,
}

/// Which hand-offs to list; the parameters are the report's.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Sent from then on: a date, which is a whole day in Oslo, or an instant. Usually a year before the end.
    #[param(example = "2026-09-01")]
    from: Option<String>,
    /// Sent until then: a date, which is still within, or an instant, which is not. Usually now.
    #[param(example = "2026-12-31")]
    to: Option<String>,
    /// To this agency, by slug or id.
    receiver: Option<String>,
    /// On this workflow, in any version.
    workflow: Option<String>,
    /// With this urgency.
    #[param(schema_with = schema::urgency)]
    urgency: Option<Urgency>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// Response times, in groups.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ResponseTimesReport {
    /// The instant at which the unanswered were still unanswered.
    as_of: DateTime<Utc>,
    /// The first instant of the period.
    from: DateTime<Utc>,
    /// The first instant after it.
    to: DateTime<Utc>,
    /// Whether this goes across agencies: then it is of a third of a year that is over, by workflow, with small figures masked and no
    /// lists.
    across_agencies: bool,
    /// By what the rows are grouped.
    group_by: Vec<&'static str>,
    rows: Vec<ResponseTimesRow>,
}

/// One group. All times are in minutes, to the hundredth, by the wall clock.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ResponseTimesRow {
    /// Who was to answer; only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    receiver: Option<AgencyOut>,
    /// Only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<ReportWorkflow>,
    /// Only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::urgency)]
    urgency: Option<Urgency>,
    /// How many hand-offs were sent: answered, unanswered and withdrawn together. Null where it is masked, as across agencies small
    /// figures are, and those from which they could be worked out; the other figures likewise.
    count: Option<u64>,
    /// Accepted, declined, returned or forwarded; or ended by the receiver without any of these, as advice is. Null across agencies, where the flow report tells of it; likewise the next two.
    answered: Option<u64>,
    /// Still waiting.
    unanswered: Option<u64>,
    /// Taken back before they were answered.
    withdrawn: Option<u64>,
    /// Within which time half are answered. Those without an answer count as waiting for longer than so far
    /// (Kaplan and Meier's estimate); null when the figure falls among them.
    median_minutes: Option<f64>,
    /// Within which time nine of ten are answered; likewise.
    p90_minutes: Option<f64>,
    /// Within which time half are acknowledged, by that action or by any answer; likewise.
    median_minutes_to_acknowledge: Option<f64>,
    /// Answered before the limit for the answer was up.
    within_limit: Option<u64>,
    /// Answered after it, or not answered when it was up.
    late: Option<u64>,
    /// `withinLimit` of the two together, from 0 to 1: whoever waits within the limit is not counted yet. Null when there
    /// are none.
    share_within_limit: Option<f64>,
    /// The list of exactly these hand-offs; null across agencies.
    list: Option<String>,
}

/// One hand-off behind the figures.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ResponseTimesItem {
    /// The referral's short name.
    #[schema(example = "K7QF-2M")]
    reference: String,
    /// The referral's id.
    id: Uuid,
    /// The hand-off's id; a referral that was handed off several times comes several times.
    handoff: Uuid,
    receiver: AgencyOut,
    workflow: ReportWorkflow,
    #[schema(schema_with = schema::urgency)]
    urgency: Urgency,
    /// `answered`, `unanswered` or `withdrawn`.
    status: &'static str,
    sent_at: DateTime<Utc>,
    acknowledged_at: Option<DateTime<Utc>>,
    decided_at: Option<DateTime<Utc>>,
    /// When the answer was due, if a limit runs for it.
    due_at: Option<DateTime<Utc>>,
    /// From the sending to the answer; without one, to the withdrawal or to now.
    minutes: f64,
    /// Whether the limit is or was missed.
    overdue: bool,
}

/// Read response times
///
/// Per receiver and workflow: how many were sent, how many still wait, how long answers take and how many come in time.
/// The unanswered are in every figure. A lead sees what their agencies sent or received. Who sees across agencies is told of each
/// workflow for a third of a year that is over, without any selection: how many were sent, in time or late, and how long it took.
#[utoipa::path(
    tag = "Reports",
    operation_id = "getResponseTimesReport",
    params(ReportQuery),
    responses(
        (status = 200, description = "The figures; as a table by `Accept: text/csv`", content(
            (ResponseTimesReport = "application/json", example = json!(examples::response_times())),
            (String = "text/csv", example = json!(examples::RESPONSE_TIMES_TABLE))
        )),
        (status = 403, description = "The caller is neither lead nor auditor nor coordinator"),
        (status = 422, description = "An impossible period or an unknown grouping; tells what is allowed")
    )
)]
#[get("/reports/response-times")]
async fn get_response_times_report(
    reader: Scoped<ReadReports>,
    query: Query<ReportQuery>,
    format: Format,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let usual = if reader.scope.is_all() { ACROSS } else { USUAL };
    let by = grouping::<By>(query.0.group_by.as_deref(), usual).map_err(|wrong| AppError::Fields(vec![wrong]))?;
    let question = response_times::question(&engine, reader.scope, &query.0.asked()).await?;
    let report = response_times::report(&engine, &question, &by).await?;
    let row = |row| ResponseTimesRow::new(row, &report, &question, &engine, language.0);
    let rows: Vec<_> = report.rows.iter().map(row).collect();
    match format {
        Format::Json => Ok(HttpResponse::Ok().json(ResponseTimesReport {
            as_of: report.as_of,
            from: question.from,
            to: question.until,
            across_agencies: report.across,
            group_by: by.into_iter().map(Dimension::as_str).collect(),
            rows,
        })),
        Format::Csv => {
            let cells = rows
                .into_iter()
                .zip(&report.rows)
                .map(|(row, of)| row.cells(called(&report.names, of.receiver)));
            csv("response-times", HEADINGS, cells)
        }
    }
}

/// List the hand-offs behind a response time
///
/// Exactly those that a row of the report counts, the first sent first.
#[utoipa::path(
    tag = "Reports",
    operation_id = "listResponseTimesReferrals",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of hand-offs", body = Page<ResponseTimesItem>, example = json!({
            "items": [examples::response_times_item()],
            "nextCursor": null
        })),
        (status = 403, description = "The caller leads no agency")
    )
)]
#[get("/reports/response-times/referrals")]
async fn list_response_times_referrals(
    reader: Scoped<ListReported>,
    request: HttpRequest,
    query: Query<ListQuery>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let after = query.0.cursor.as_ref().map(Cursor::position::<Position>).transpose()?;
    let question = response_times::question(&engine, reader.scope, &query.0.asked()).await?;
    let listed = response_times::list(&engine, &question, after, query.0.limit.get().into()).await?;
    let item =
        |(line, wait): &(SentLine, Wait)| ResponseTimesItem::new(line, *wait, &listed.names, &engine, language.0);
    let items = listed.lines.iter().map(item).collect();
    Ok(Page::new(items, listed.next.as_ref().map(Cursor::after)).respond(&request))
}

impl ReportQuery {
    fn asked(&self) -> Asked<'_> {
        Asked {
            from: self.from.as_deref(),
            to: self.to.as_deref(),
            receiver: self.receiver.as_deref(),
            workflow: self.workflow.as_deref(),
            urgency: self.urgency,
        }
    }
}

impl ListQuery {
    fn asked(&self) -> Asked<'_> {
        Asked {
            from: self.from.as_deref(),
            to: self.to.as_deref(),
            receiver: self.receiver.as_deref(),
            workflow: self.workflow.as_deref(),
            urgency: self.urgency,
        }
    }
}

const HEADINGS: [&str; 16] = [
    "receiver",
    "receiverName",
    "workflow",
    "workflowTitle",
    "urgency",
    "count",
    "answered",
    "unanswered",
    "withdrawn",
    "medianMinutes",
    "p90Minutes",
    "medianMinutesToAcknowledge",
    "withinLimit",
    "late",
    "shareWithinLimit",
    "list",
];

impl ResponseTimesRow {
    fn new(row: &Row, report: &Report, question: &SentQuery, engine: &Engine, language: Language) -> Self {
        let figures = &row.figures;
        let workflow = row.workflow.as_ref().or(question.workflow.as_ref());
        let urgency = row.urgency.or(question.urgency);
        Self {
            receiver: row.receiver.map(|receiver| AgencyOut::of(receiver, &report.names)),
            workflow: row
                .workflow
                .as_deref()
                .map(|id| ReportWorkflow::of(id, &engine.library, language)),
            urgency: row.urgency,
            count: figures.count,
            answered: figures.answered,
            unanswered: figures.unanswered,
            withdrawn: figures.withdrawn,
            median_minutes: figures.median.map(minutes),
            p90_minutes: figures.p90.map(minutes),
            median_minutes_to_acknowledge: figures.median_to_acknowledge.map(minutes),
            within_limit: figures.within_limit,
            late: figures.late,
            share_within_limit: figures.share_within_limit().map(|share| rounded(share, 10_000.0)),
            list: (!report.across).then(|| {
                let parameters = [
                    ("from", Some(written(question.from))),
                    ("to", Some(written(question.until))),
                    (
                        "receiver",
                        row.receiver.or(question.receiver).map(|receiver| receiver.to_string()),
                    ),
                    ("workflow", workflow.cloned()),
                    ("urgency", urgency.map(|urgency| urgency.as_str().to_owned())),
                ];
                link(LIST, parameters)
            }),
        }
    }

    fn cells(self, [receiver, name]: [String; 2]) -> [String; HEADINGS.len()] {
        let (workflow, title) = self
            .workflow
            .map(|workflow| (workflow.id, workflow.title))
            .unwrap_or_default();
        [
            receiver,
            name,
            workflow,
            title,
            cell(self.urgency.map(Urgency::as_str)),
            cell_of(self.count),
            cell_of(self.answered),
            cell_of(self.unanswered),
            cell_of(self.withdrawn),
            cell(self.median_minutes),
            cell(self.p90_minutes),
            cell(self.median_minutes_to_acknowledge),
            cell_of(self.within_limit),
            cell_of(self.late),
            cell(self.share_within_limit),
            cell(self.list),
        ]
    }
}

impl ResponseTimesItem {
    fn new(line: &SentLine, wait: Wait, names: &Names, engine: &Engine, language: Language) -> Self {
        let sent = &line.sent;
        Self {
            reference: line.reference.to_string(),
            id: line.referral.0,
            handoff: line.handoff.0,
            receiver: AgencyOut::of(sent.receiver, names),
            workflow: ReportWorkflow::of(&sent.workflow, &engine.library, language),
            urgency: sent.urgency,
            status: wait.status.as_str(),
            sent_at: sent.sent_at,
            acknowledged_at: sent.acknowledged_at,
            decided_at: sent.decided_at,
            due_at: sent.due_at,
            minutes: minutes(wait.length),
            overdue: wait.late == Some(true),
        }
    }
}
