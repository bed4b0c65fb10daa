//! Limits that are missed and still run.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stafett_store::reports::{Overdue, OverdueQuery};
use stafett_workflow::definition::ClockRule;
use stafett_workflow::vocabulary::{Language, Urgency};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::format::{Format, cell, csv};
use super::{ReportWorkflow, called, examples, link, minutes, written};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::reports::overdue::{self, Asked, By, Listed, Position, Report, Row, USUAL};
use crate::app::reports::{Dimension, grouping};
use crate::auth::permission::{ListReported, Scoped};
use crate::http::extract::{Query, Speaks, instant_if_given};
use crate::http::paging::{Cursor, Limit, Page};
use crate::http::referrals::output::AgencyOut;
use crate::http::schema;
use crate::problem::Problem;

const LIST: &str = "/reports/overdue/referrals";

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_overdue_report).service(list_overdue_referrals);
}

/// Which missed limits to count, and how to group them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportQuery {
    /// One or more of `holder`, `clock`, `urgency`, with commas between them.
    #[param(example = "holder,clock")]
    group_by: Option<String>,
    /// Missed before this instant. Usually now.
    #[serde(default, deserialize_with = "instant_if_given")]
    due_before: Option<DateTime<Utc>>,
    /// With the baton at this agency, by slug or id.
    holder: Option<String>,
    /// On a hand-off to this agency, by slug or id.
    receiver: Option<String>,
    /// On this workflow, in any version.
    workflow: Option<String>,
    /// With this name in its definition.
    #[param(example = "review")]
    clock: Option<String>,
    /// With this urgency.
    #[param(schema_with = schema::urgency)]
    urgency: Option<Urgency>,
}

/// Which missed limits to list; the parameters are the report's.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Missed before this instant. Usually now.
    #[serde(default, deserialize_with = "instant_if_given")]
    due_before: Option<DateTime<Utc>>,
    /// With the baton at this agency, by slug or id.
    holder: Option<String>,
    /// On a hand-off to this agency, by slug or id.
    receiver: Option<String>,
    /// On this workflow, in any version.
    workflow: Option<String>,
    /// With this name in its definition.
    #[param(example = "review")]
    clock: Option<String>,
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

/// Missed limits, in groups.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OverdueReport {
    /// The instant before which the limits were up.
    as_of: DateTime<Utc>,
    /// By what the rows are grouped.
    group_by: Vec<&'static str>,
    rows: Vec<OverdueRow>,
}

/// One group.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OverdueRow {
    /// Who holds the baton; only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<AgencyOut>,
    /// Only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<OverdueClock>,
    /// Only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::urgency)]
    urgency: Option<Urgency>,
    /// How many limits are missed; a referral may miss several.
    count: usize,
    /// For how long the one is missed that is missed the longest.
    longest_minutes: f64,
    /// When that one was due.
    oldest_due_at: DateTime<Utc>,
    /// The list of exactly these limits, as long as nobody acts.
    list: String,
}

/// A limit by its workflow and name.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OverdueClock {
    #[schema(example = "review")]
    id: String,
    /// In the language of the caller.
    title: String,
    workflow: ReportWorkflow,
    /// The statute or standard.
    legal_ref: Option<String>,
}

/// One missed limit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OverdueItem {
    /// The referral's short name.
    #[schema(example = "K7QF-2M")]
    reference: String,
    /// The referral's id.
    id: Uuid,
    /// The hand-off's id.
    handoff: Uuid,
    /// Who holds the baton.
    holder: AgencyOut,
    /// To whom the hand-off was sent; null for a draft.
    receiver: Option<AgencyOut>,
    clock: OverdueClock,
    #[schema(schema_with = schema::urgency)]
    urgency: Urgency,
    started_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    /// For how long it is missed.
    minutes_overdue: f64,
}

/// Read missed limits
///
/// Every limit that is up and still runs, per holder of the baton and clock. A lead sees those on hand-offs that their
/// agencies sent or received, and on referrals whose baton they hold. Nobody is told across agencies: what is late at this moment is a
/// list of somebody's referrals.
#[utoipa::path(
    tag = "Reports",
    operation_id = "getOverdueReport",
    params(ReportQuery),
    responses(
        (status = 200, description = "The figures; as a table by `Accept: text/csv`", content(
            (OverdueReport = "application/json", example = json!(examples::overdue())),
            (String = "text/csv", example = json!(examples::OVERDUE_TABLE))
        )),
        (status = 403, description = "The caller leads no agency"),
        (status = 422, description = "An unknown grouping or filter; tells what is allowed")
    )
)]
#[get("/reports/overdue")]
async fn get_overdue_report(
    reader: Scoped<ListReported>,
    query: Query<ReportQuery>,
    format: Format,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let by = grouping::<By>(query.0.group_by.as_deref(), USUAL).map_err(|wrong| AppError::Fields(vec![wrong]))?;
    let question = overdue::question(&engine, reader.scope, &query.0.asked()).await?;
    let report = overdue::report(&engine, &question, &by).await?;
    let row = |row| OverdueRow::new(row, &report, &question, &engine, language.0);
    let rows: Vec<_> = report.rows.iter().map(row).collect();
    match format {
        Format::Json => Ok(HttpResponse::Ok().json(OverdueReport {
            as_of: report.now,
            group_by: by.into_iter().map(Dimension::as_str).collect(),
            rows,
        })),
        Format::Csv => {
            let cells = rows
                .into_iter()
                .zip(&report.rows)
                .map(|(row, of)| row.cells(called(&report.names, of.holder)));
            csv("overdue", HEADINGS, cells)
        }
    }
}

/// List missed limits
///
/// Exactly those that a row of the report counts, the longest missed first.
#[utoipa::path(
    tag = "Reports",
    operation_id = "listOverdueReferrals",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of missed limits", body = Page<OverdueItem>, example = json!({
            "items": [examples::overdue_item()],
            "nextCursor": null
        })),
        (status = 403, description = "The caller leads no agency")
    )
)]
#[get("/reports/overdue/referrals")]
async fn list_overdue_referrals(
    reader: Scoped<ListReported>,
    request: HttpRequest,
    query: Query<ListQuery>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let after = query.0.cursor.as_ref().map(Cursor::position::<Position>).transpose()?;
    let question = overdue::question(&engine, reader.scope, &query.0.asked()).await?;
    let listed = overdue::list(&engine, &question, after, query.0.limit.get().into()).await?;
    let items = listed
        .lines
        .iter()
        .map(|line| OverdueItem::new(line, &listed, &engine, language.0))
        .collect();
    Ok(Page::new(items, listed.next.as_ref().map(Cursor::after)).respond(&request))
}

impl ReportQuery {
    fn asked(&self) -> Asked<'_> {
        Asked {
            due_before: self.due_before,
            holder: self.holder.as_deref(),
            receiver: self.receiver.as_deref(),
            workflow: self.workflow.as_deref(),
            clock: self.clock.as_deref(),
            urgency: self.urgency,
        }
    }
}

impl ListQuery {
    fn asked(&self) -> Asked<'_> {
        Asked {
            due_before: self.due_before,
            holder: self.holder.as_deref(),
            receiver: self.receiver.as_deref(),
            workflow: self.workflow.as_deref(),
            clock: self.clock.as_deref(),
            urgency: self.urgency,
        }
    }
}

impl OverdueClock {
    fn new(workflow: &str, id: &str, rule: Option<&ClockRule>, engine: &Engine, language: Language) -> Self {
        Self {
            id: id.to_owned(),
            title: rule.map_or(id, |rule| rule.title.in_language(language)).to_owned(),
            workflow: ReportWorkflow::of(workflow, &engine.library, language),
            legal_ref: rule.and_then(|rule| rule.legal_ref.clone()),
        }
    }
}

const HEADINGS: [&str; 11] = [
    "holder",
    "holderName",
    "workflow",
    "clock",
    "clockTitle",
    "legalRef",
    "urgency",
    "count",
    "longestMinutes",
    "oldestDueAt",
    "list",
];

impl OverdueRow {
    fn new(row: &Row, report: &Report, question: &OverdueQuery, engine: &Engine, language: Language) -> Self {
        let (workflow, clock) = match &row.clock {
            Some(name) => (Some(name.workflow.clone()), Some(name.clock.clone())),
            None => (question.workflow.clone(), question.clock.clone()),
        };
        let parameters = [
            ("dueBefore", Some(written(question.due_before))),
            (
                "holder",
                row.holder.or(question.holder).map(|holder| holder.to_string()),
            ),
            ("receiver", question.receiver.map(|receiver| receiver.to_string())),
            ("workflow", workflow),
            ("clock", clock),
            (
                "urgency",
                row.urgency
                    .or(question.urgency)
                    .map(|urgency| urgency.as_str().to_owned()),
            ),
        ];
        Self {
            holder: row.holder.map(|holder| AgencyOut::of(holder, &report.names)),
            clock: row.clock.as_ref().map(|name| {
                OverdueClock::new(
                    &name.workflow,
                    &name.clock,
                    name.rule(&engine.library),
                    engine,
                    language,
                )
            }),
            urgency: row.urgency,
            count: row.count,
            longest_minutes: minutes(row.longest(report.now)),
            oldest_due_at: row.oldest_due_at,
            list: link(LIST, parameters),
        }
    }

    fn cells(self, [holder, name]: [String; 2]) -> [String; HEADINGS.len()] {
        let clock = self
            .clock
            .map(|clock| (clock.workflow.id, clock.id, clock.title, clock.legal_ref));
        let (workflow, clock, title, legal_ref) = clock.unwrap_or_default();
        [
            holder,
            name,
            workflow,
            clock,
            title,
            cell(legal_ref),
            cell(self.urgency.map(Urgency::as_str)),
            self.count.to_string(),
            self.longest_minutes.to_string(),
            written(self.oldest_due_at),
            self.list,
        ]
    }
}

impl OverdueItem {
    fn new(line: &Overdue, listed: &Listed, engine: &Engine, language: Language) -> Self {
        let definition = engine.library.get(&line.workflow);
        let rule = definition.and_then(|definition| definition.clock(&line.clock));
        Self {
            reference: line.reference.to_string(),
            id: line.referral.0,
            handoff: line.handoff.0,
            holder: AgencyOut::of(line.holder, &listed.names),
            receiver: line.receiver.map(|receiver| AgencyOut::of(receiver, &listed.names)),
            clock: OverdueClock::new(&line.workflow.id, &line.clock, rule, engine, language),
            urgency: line.urgency,
            started_at: line.started_at,
            due_at: line.due_at,
            minutes_overdue: minutes(listed.now - line.due_at),
        }
    }
}
