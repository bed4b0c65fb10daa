//! How old what is under way is.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stafett_store::reports::{Waiting, WaitingQuery};
use stafett_workflow::vocabulary::{HandoffState, Language, Urgency};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::format::{Format, cell, csv};
use super::{ReportWorkflow, called, examples, link, minutes, written};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::reports::ageing::{self, Ages, Asked, BANDS, By, Listed, Position, Report, Row, USUAL};
use crate::app::reports::{Dimension, grouping};
use crate::auth::permission::{ListReported, Scoped};
use crate::http::extract::{Query, Speaks, instant_if_given};
use crate::http::paging::{Cursor, Limit, Page};
use crate::http::referrals::output::AgencyOut;
use crate::http::schema;
use crate::problem::Problem;

const LIST: &str = "/reports/ageing/referrals";

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_ageing_report).service(list_ageing_referrals);
}

/// Which referrals to count, and how to group them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportQuery {
    /// One or more of `receiver`, `state`, `holder`, `workflow`, `urgency`, with commas between them.
    #[param(example = "state,holder")]
    group_by: Option<String>,
    /// How old at this instant. Usually now.
    #[serde(default, deserialize_with = "instant_if_given")]
    as_of: Option<DateTime<Utc>>,
    /// On a leg to this agency, by slug or id.
    receiver: Option<String>,
    /// With the leg in this state.
    #[param(schema_with = schema::handoff_state)]
    state: Option<HandoffState>,
    /// With the baton at this agency, by slug or id.
    holder: Option<String>,
    /// On this workflow, in any version.
    workflow: Option<String>,
    /// With this urgency.
    #[param(schema_with = schema::urgency)]
    urgency: Option<Urgency>,
}

/// Which referrals to list; the parameters are the report's, and the age.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// How old at this instant. Usually now.
    #[serde(default, deserialize_with = "instant_if_given")]
    as_of: Option<DateTime<Utc>>,
    /// On a leg to this agency, by slug or id.
    receiver: Option<String>,
    /// With the leg in this state.
    #[param(schema_with = schema::handoff_state)]
    state: Option<HandoffState>,
    /// With the baton at this agency, by slug or id.
    holder: Option<String>,
    /// On this workflow, in any version.
    workflow: Option<String>,
    /// With this urgency.
    #[param(schema_with = schema::urgency)]
    urgency: Option<Urgency>,
    /// So many days old: one of `0-1`, `1-3`, `3-7`, `7-14`, `14-28`, `28-90`, `90-`, the second day not included.
    #[param(example = "7-14")]
    band: Option<String>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// Ages, in groups.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AgeingReport {
    /// The instant at which they were so old.
    as_of: DateTime<Utc>,
    /// By what the rows are grouped.
    group_by: Vec<&'static str>,
    rows: Vec<AgeingRow>,
    /// All of them together.
    total: AgesOut,
}

/// One group.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AgeingRow {
    /// To whom the leg was sent on which they are; only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    receiver: Option<AgencyOut>,
    /// Where that leg stands; only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::handoff_state)]
    state: Option<HandoffState>,
    /// Who has the baton; only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<AgencyOut>,
    /// Only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<ReportWorkflow>,
    /// Only when grouped by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::urgency)]
    urgency: Option<Urgency>,
    #[serde(flatten)]
    ages: AgesOut,
}

/// How many there are of which age.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AgesOut {
    /// How many referrals.
    count: usize,
    /// The same by age, the youngest first; all bands, also those with none.
    bands: Vec<BandOut>,
    /// How old the oldest is, in minutes; null when there is none.
    oldest_minutes: Option<f64>,
    /// The list of exactly these referrals, as long as nobody acts.
    list: String,
}

/// How many there are of one age.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BandOut {
    /// As a parameter of the list.
    #[schema(example = "7-14")]
    band: &'static str,
    /// From so many days of 24 hours on.
    from_days: u16,
    /// Until just before so many; null for the oldest.
    until_days: Option<u16>,
    count: usize,
    /// The list of exactly these referrals, as long as nobody acts.
    list: String,
}

/// One referral that is under way.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AgeingItem {
    /// Its short name.
    #[schema(example = "K7QF-2M")]
    reference: String,
    id: Uuid,
    /// The leg on which it is.
    handoff: Uuid,
    /// Who sent that.
    sender: AgencyOut,
    /// To whom.
    receiver: AgencyOut,
    /// Who has the baton.
    holder: AgencyOut,
    workflow: ReportWorkflow,
    #[schema(schema_with = schema::urgency)]
    urgency: Urgency,
    /// Where the leg stands.
    #[schema(schema_with = schema::handoff_state)]
    state: HandoffState,
    /// Whether the services disagree about who is responsible.
    disputed: bool,
    /// When it was first sent to anybody.
    first_sent_at: DateTime<Utc>,
    /// When this leg was sent.
    sent_at: DateTime<Utc>,
    /// How old it is, since it was first sent.
    minutes: f64,
}

/// Read how old what is under way is
///
/// Every referral that has been sent and is not over, by age since it was first sent, per receiver, state or holder of the baton.
/// A lead sees those that their agencies wrote, whose leg they sent or received, or whose baton they hold. Nobody is told across
/// agencies: what is under way at this moment is a list of somebody's referrals.
#[utoipa::path(
    tag = "Reports",
    operation_id = "getAgeingReport",
    params(ReportQuery),
    responses(
        (status = 200, description = "The figures; as a table by `Accept: text/csv`", content(
            (AgeingReport = "application/json", example = json!(examples::ageing())),
            (String = "text/csv", example = json!(examples::AGEING_TABLE))
        )),
        (status = 403, description = "The caller leads no agency"),
        (status = 422, description = "An unknown grouping or filter; tells what is allowed")
    )
)]
#[get("/reports/ageing")]
async fn get_ageing_report(
    reader: Scoped<ListReported>,
    query: Query<ReportQuery>,
    format: Format,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let by = grouping::<By>(query.0.group_by.as_deref(), USUAL).map_err(|wrong| AppError::Fields(vec![wrong]))?;
    let question = ageing::question(&engine, reader.scope, &query.0.asked()).await?;
    let report = ageing::report(&engine, &question, &by).await?;
    match format {
        Format::Json => {
            let row = |row| AgeingRow::new(row, &report, &question, &engine, language.0);
            Ok(HttpResponse::Ok().json(AgeingReport {
                as_of: report.as_of,
                group_by: by.into_iter().map(Dimension::as_str).collect(),
                rows: report.rows.iter().map(row).collect(),
                total: AgesOut::new(&report.total, report.as_of, &question, None),
            }))
        }
        Format::Csv => {
            let cells = report
                .rows
                .iter()
                .map(|row| cells(row, &report, &question, &engine, language.0));
            csv("ageing", HEADINGS, cells)
        }
    }
}

/// List what is under way
///
/// Exactly those that a figure of the report counts, the oldest first.
#[utoipa::path(
    tag = "Reports",
    operation_id = "listAgeingReferrals",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of referrals", body = Page<AgeingItem>, example = json!({
            "items": [examples::ageing_item()],
            "nextCursor": null
        })),
        (status = 403, description = "The caller leads no agency")
    )
)]
#[get("/reports/ageing/referrals")]
async fn list_ageing_referrals(
    reader: Scoped<ListReported>,
    request: HttpRequest,
    query: Query<ListQuery>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let after = query.0.cursor.as_ref().map(Cursor::position::<Position>).transpose()?;
    let question = ageing::question(&engine, reader.scope, &query.0.asked()).await?;
    let listed = ageing::list(&engine, &question, after, query.0.limit.get().into()).await?;
    let items = listed
        .lines
        .iter()
        .map(|line| AgeingItem::new(line, &listed, &engine, language.0))
        .collect();
    Ok(Page::new(items, listed.next.as_ref().map(Cursor::after)).respond(&request))
}

impl ReportQuery {
    fn asked(&self) -> Asked<'_> {
        Asked {
            as_of: self.as_of,
            receiver: self.receiver.as_deref(),
            state: self.state,
            holder: self.holder.as_deref(),
            workflow: self.workflow.as_deref(),
            urgency: self.urgency,
            band: None,
        }
    }
}

impl ListQuery {
    fn asked(&self) -> Asked<'_> {
        Asked {
            as_of: self.as_of,
            receiver: self.receiver.as_deref(),
            state: self.state,
            holder: self.holder.as_deref(),
            workflow: self.workflow.as_deref(),
            urgency: self.urgency,
            band: self.band.as_deref(),
        }
    }
}

/// The list behind a figure of a row, or of all of them: what the row is narrowed to, else what was asked for.
fn list(question: &WaitingQuery, row: Option<&Row>, band: Option<&'static str>) -> String {
    let receiver = row.and_then(|row| row.receiver).or(question.receiver);
    let state = row.and_then(|row| row.state).or(question.state);
    let holder = row.and_then(|row| row.holder).or(question.holder);
    let workflow = row.and_then(|row| row.workflow.as_ref()).or(question.workflow.as_ref());
    let urgency = row.and_then(|row| row.urgency).or(question.urgency);
    let parameters = [
        ("asOf", Some(written(question.as_of))),
        ("receiver", receiver.map(|agency| agency.to_string())),
        ("state", state.map(|state| state.to_string())),
        ("holder", holder.map(|agency| agency.to_string())),
        ("workflow", workflow.cloned()),
        ("urgency", urgency.map(|urgency| urgency.to_string())),
        ("band", band.map(str::to_owned)),
    ];
    link(LIST, parameters)
}

impl AgesOut {
    fn new(ages: &Ages, as_of: DateTime<Utc>, question: &WaitingQuery, row: Option<&Row>) -> Self {
        let band = |(band, count): (&ageing::Band, &usize)| BandOut {
            band: band.name,
            from_days: band.from,
            until_days: band.until,
            count: *count,
            list: list(question, row, Some(band.name)),
        };
        Self {
            count: ages.count(),
            bands: BANDS.iter().zip(&ages.bands).map(band).collect(),
            oldest_minutes: ages.oldest.map(|oldest| minutes(as_of - oldest)),
            list: list(question, row, None),
        }
    }
}

impl AgeingRow {
    fn new(row: &Row, report: &Report, question: &WaitingQuery, engine: &Engine, language: Language) -> Self {
        Self {
            receiver: row.receiver.map(|receiver| AgencyOut::of(receiver, &report.names)),
            state: row.state,
            holder: row.holder.map(|holder| AgencyOut::of(holder, &report.names)),
            workflow: row
                .workflow
                .as_deref()
                .map(|id| ReportWorkflow::of(id, &engine.library, language)),
            urgency: row.urgency,
            ages: AgesOut::new(&row.ages, report.as_of, question, Some(row)),
        }
    }
}

const HEADINGS: [&str; 18] = [
    "receiver",
    "receiverName",
    "state",
    "holder",
    "holderName",
    "workflow",
    "workflowTitle",
    "urgency",
    "count",
    "days0to1",
    "days1to3",
    "days3to7",
    "days7to14",
    "days14to28",
    "days28to90",
    "days90on",
    "oldestMinutes",
    "list",
];

fn cells(
    row: &Row,
    report: &Report,
    question: &WaitingQuery,
    engine: &Engine,
    language: Language,
) -> [String; HEADINGS.len()] {
    let [receiver, receiver_name] = called(&report.names, row.receiver);
    let [holder, holder_name] = called(&report.names, row.holder);
    let workflow = row
        .workflow
        .as_deref()
        .map(|id| ReportWorkflow::of(id, &engine.library, language));
    let (workflow, title) = workflow
        .map(|workflow| (workflow.id, workflow.title))
        .unwrap_or_default();
    let [first, second, third, fourth, fifth, sixth, last] = row.ages.bands.map(|count| count.to_string());
    [
        receiver,
        receiver_name,
        cell(row.state),
        holder,
        holder_name,
        workflow,
        title,
        cell(row.urgency),
        row.ages.count().to_string(),
        first,
        second,
        third,
        fourth,
        fifth,
        sixth,
        last,
        cell(row.ages.oldest.map(|oldest| minutes(report.as_of - oldest))),
        list(question, Some(row), None),
    ]
}

impl AgeingItem {
    fn new(line: &Waiting, listed: &Listed, engine: &Engine, language: Language) -> Self {
        let agency = |id| AgencyOut::of(id, &listed.names);
        Self {
            reference: line.reference.to_string(),
            id: line.id.0,
            handoff: line.handoff.0,
            sender: agency(line.sender),
            receiver: agency(line.receiver),
            holder: agency(line.holder),
            workflow: ReportWorkflow::of(&line.workflow, &engine.library, language),
            urgency: line.urgency,
            state: line.state,
            disputed: line.disputed,
            first_sent_at: line.first_sent_at,
            sent_at: line.sent_at,
            minutes: minutes(listed.as_of - line.first_sent_at),
        }
    }
}
