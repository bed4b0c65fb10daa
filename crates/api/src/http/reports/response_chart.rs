//! Response times week by week, with what stands out.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stafett_store::reports::SentQuery;
use stafett_workflow::vocabulary::Urgency;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::format::{Format, cell, csv};
use super::response_times::LIST;
use super::{examples, link, minutes, rounded, written};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::reports::Dimension as _;
use crate::app::reports::response_chart::{self, Chart, Interval, Point};
use crate::app::reports::response_times::{self, Asked};
use crate::auth::permission::{ListReported, Scoped};
use crate::http::extract::Query;
use crate::http::schema;
use crate::problem::Problem;

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_response_times_chart);
}

/// Which hand-offs, and how long an interval is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChartQuery {
    /// From the first whole interval that begins then or later: a date, which is a whole day in Oslo, or an instant. Usually a year
    /// before the end.
    #[param(example = "2026-01-01")]
    from: Option<String>,
    /// Until the last whole interval that is over by then: a date, which is still within, or an instant. Usually now.
    #[param(example = "2026-12-31")]
    to: Option<String>,
    /// `week`, from Monday to Sunday, which is usual, or `month`.
    #[param(example = "week")]
    interval: Option<String>,
    /// To this agency, by slug or id.
    receiver: Option<String>,
    /// On this workflow, in any version.
    workflow: Option<String>,
    /// With this urgency.
    #[param(schema_with = schema::urgency)]
    urgency: Option<Urgency>,
}

/// A control chart: what varies as it always does, and what stands out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ResponseTimesChart {
    /// The instant at which the unanswered were still unanswered.
    as_of: DateTime<Utc>,
    /// `week` or `month`.
    interval: &'static str,
    /// The mean of the points that the limits are made of; null when fewer than two are known.
    centre_minutes: Option<f64>,
    /// A point below it stands out; never less than nothing.
    lower_minutes: Option<f64>,
    /// A point above it stands out.
    upper_minutes: Option<f64>,
    /// Of how many points the limits are made: of the first twelve that are known.
    basis: usize,
    /// Whether they are made of fewer than twelve, so that little can be said yet.
    trial: bool,
    /// The oldest first; whole intervals that are over.
    points: Vec<ChartPoint>,
}

/// One interval.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChartPoint {
    /// Its first instant.
    from: DateTime<Utc>,
    /// The first instant after it.
    to: DateTime<Utc>,
    /// How many hand-offs were sent in it.
    count: u64,
    /// How many of them are answered.
    answered: u64,
    /// Within which time half are answered; null when nothing was sent, or the figure falls among the unanswered.
    median_minutes: Option<f64>,
    /// Answered after the limit, or not answered when it was up.
    late: u64,
    /// Why it stands out: `beyond-limit`, `one-side` (the seventh in a row on one side of the centre), `trend` (the seventh in a row that
    /// rises or falls), `near-limit` (the second of three near the same limit).
    signals: Vec<&'static str>,
    /// The list of exactly these hand-offs.
    list: String,
}

/// Read response times week by week
///
/// A control chart of the time within which half are answered: the limits within which it varies as it always does, from the first
/// twelve points, and which points stand out and why.
#[utoipa::path(
    tag = "Reports",
    operation_id = "getResponseTimesChart",
    params(ChartQuery),
    responses(
        (status = 200, description = "The chart; as a table by `Accept: text/csv`", content(
            (ResponseTimesChart = "application/json", example = json!(examples::response_chart())),
            (String = "text/csv", example = json!(examples::RESPONSE_CHART_TABLE))
        )),
        (status = 403, description = "The caller leads no agency"),
        (status = 422, description = "An impossible period, an unknown interval, or too many points; tells what is allowed")
    )
)]
#[get("/reports/response-times/chart")]
async fn get_response_times_chart(
    reader: Scoped<ListReported>,
    query: Query<ChartQuery>,
    format: Format,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let interval = Interval::parse(query.0.interval.as_deref()).map_err(|wrong| AppError::Fields(vec![wrong]))?;
    let question = response_times::question(&engine, reader.scope, &query.0.asked()).await?;
    let chart = response_chart::chart(&engine, &question, interval).await?;
    let points = chart.points.iter().map(|point| ChartPoint::new(point, &question));
    match format {
        Format::Json => Ok(HttpResponse::Ok().json(ResponseTimesChart::new(&chart, interval, points.collect()))),
        Format::Csv => csv("response-times-chart", HEADINGS, points.map(ChartPoint::cells)),
    }
}

impl ChartQuery {
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

impl ResponseTimesChart {
    fn new(chart: &Chart, interval: Interval, points: Vec<ChartPoint>) -> Self {
        let control = chart.control.as_ref();
        let told = |minutes: f64| rounded(minutes, 100.0);
        Self {
            as_of: chart.as_of,
            interval: interval.as_str(),
            centre_minutes: control.map(|control| told(control.centre)),
            lower_minutes: control.map(|control| told(control.lower)),
            upper_minutes: control.map(|control| told(control.upper)),
            basis: control.map_or(0, |control| control.basis),
            trial: control.is_none_or(|control| control.is_trial()),
            points,
        }
    }
}

const HEADINGS: [&str; 8] = [
    "from",
    "to",
    "count",
    "answered",
    "medianMinutes",
    "late",
    "signals",
    "list",
];

impl ChartPoint {
    fn new(point: &Point, question: &SentQuery) -> Self {
        let parameters = [
            ("from", Some(written(point.from))),
            ("to", Some(written(point.until))),
            ("receiver", question.receiver.map(|receiver| receiver.to_string())),
            ("workflow", question.workflow.clone()),
            ("urgency", question.urgency.map(|urgency| urgency.as_str().to_owned())),
        ];
        Self {
            from: point.from,
            to: point.until,
            count: point.figures.count.unwrap_or_default(),
            answered: point.figures.answered.unwrap_or_default(),
            median_minutes: point.figures.median.map(minutes),
            late: point.figures.late.unwrap_or_default(),
            signals: point.signals.iter().map(|signal| signal.as_str()).collect(),
            list: link(LIST, parameters),
        }
    }

    fn cells(self) -> [String; HEADINGS.len()] {
        [
            written(self.from),
            written(self.to),
            self.count.to_string(),
            self.answered.to_string(),
            cell(self.median_minutes),
            self.late.to_string(),
            self.signals.join(" "),
            self.list,
        ]
    }
}
