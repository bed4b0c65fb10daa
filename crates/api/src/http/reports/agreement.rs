//! How an agreement was kept, month by month.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stafett_store::reports::Agreed;
use stafett_workflow::agency::AgreementId;
use stafett_workflow::agreement::Purpose;
use stafett_workflow::vocabulary::{Code, Language, Urgency};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::figures::FigureOut;
use super::format::{Format, cell, csv};
use super::{ReportWorkflow, called, examples, link, minutes, rounded, written};
use crate::app::engine::Engine;
use crate::app::reports::agreement::{self, Asked, Kept, Month, Position, Statement};
use crate::auth::permission::{ListReported, Scoped};
use crate::http::extract::{Query, Speaks, instant_if_given};
use crate::http::paging::{Cursor, Limit, Page};
use crate::http::referrals::output::AgencyOut;
use crate::http::schema;
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(get_agreement_statement)
        .service(list_agreement_statement_referrals);
}

/// Which limits to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Of hand-offs that were sent in this month, in Oslo.
    #[param(example = "2026-11")]
    month: Option<String>,
    /// For this; a code of the list `agreement-limit`. Without it, of each hand-off the first of its limits.
    #[param(value_type = Option<String>, example = "answer")]
    purpose: Option<Purpose>,
    /// Ended like this: `within`, `late`, `unanswered`, `overdue` or `withdrawn`. Only with a purpose.
    #[param(example = "late")]
    outcome: Option<String>,
    /// As they stood at this instant. Usually now.
    #[serde(default, deserialize_with = "instant_if_given")]
    as_of: Option<DateTime<Utc>>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// How one version of an agreement was kept.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AgreementStatement {
    /// The version's id.
    agreement: Uuid,
    /// How the agencies call it.
    #[schema(example = "2026/418")]
    reference: String,
    /// Which version it is, from 1.
    number: u32,
    /// Who sends.
    sender: AgencyOut,
    /// Who receives.
    receiver: AgencyOut,
    /// The instant at which the unanswered were still unanswered.
    as_of: DateTime<Utc>,
    /// Every month in which something could be sent under it, the oldest first.
    months: Vec<StatementMonth>,
}

/// One month.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StatementMonth {
    #[schema(example = "2026-11")]
    month: String,
    /// How many hand-offs that were sent in it fell under the agreement.
    handoffs: FigureOut,
    /// How the limits were kept, for each purpose that the agreement has.
    limits: Vec<StatementLimit>,
}

/// How the limits for one purpose were kept. `within`, `late`, `unanswered` and `withdrawn` together are all.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StatementLimit {
    /// A code of the list `agreement-limit`.
    #[schema(value_type = String, example = "answer")]
    purpose: Purpose,
    /// In the language of the caller.
    title: &'static str,
    /// How many limits ran.
    all: FigureOut,
    /// Over before the limit was up: by what it waited for, or because the hand-off ended otherwise.
    within: FigureOut,
    /// Done after it.
    late: FigureOut,
    /// Not done.
    unanswered: FigureOut,
    /// Of the unanswered, those whose limit is up.
    overdue: FigureOut,
    /// The hand-off was taken back, or was a mistake.
    withdrawn: FigureOut,
    /// Within which time half were done, in minutes by the wall clock, to the hundredth. Those that are not done count as waiting for
    /// longer than so far; null when the figure falls among them.
    median_minutes: Option<f64>,
    /// `within` of `within`, `late` and `overdue` together, from 0 to 1; null when there are none.
    share_within: Option<f64>,
}

/// One limit that the agreement set.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StatementItem {
    /// The referral's short name.
    #[schema(example = "K7QF-2M")]
    reference: String,
    /// The referral's id.
    id: Uuid,
    /// The hand-off's id.
    handoff: Uuid,
    workflow: ReportWorkflow,
    #[schema(schema_with = schema::urgency)]
    urgency: Urgency,
    /// What the limit is for; a code of the list `agreement-limit`.
    #[schema(value_type = Option<String>, example = "answer")]
    purpose: Option<Purpose>,
    sent_at: DateTime<Utc>,
    /// From when the limit counts.
    started_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    /// When it was done, or the hand-off was over.
    stopped_at: Option<DateTime<Utc>>,
    /// `within`, `late`, `waiting`, `overdue` or `withdrawn`.
    outcome: &'static str,
    /// From its beginning to when it was done, or so far.
    minutes: f64,
}

/// Read how an agreement was kept
///
/// Month by month: how many hand-offs fell under this version of it, and for each purpose how many of its limits were kept, how many
/// were late, and how many are not answered. For those who lead one of the two parties.
#[utoipa::path(
    tag = "Reports",
    operation_id = "getAgreementStatement",
    params(
        ("agency" = String, Path, description = "A party that the caller leads, by slug or id", example = "bydel-grunerlokka"),
        ("agreement" = Uuid, Path, description = "The agreement's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001")
    ),
    responses(
        (status = 200, description = "The figures; as a table by `Accept: text/csv`", content(
            (AgreementStatement = "application/json", example = json!(examples::agreement_statement())),
            (String = "text/csv", example = json!(examples::AGREEMENT_STATEMENT_TABLE))
        )),
        (status = 403, description = "The caller leads no agency"),
        (status = 404, description = "The caller does not lead such an agency, or it has no such agreement")
    )
)]
#[get("/agencies/{agency}/agreements/{agreement}/statement")]
async fn get_agreement_statement(
    path: web::Path<(String, String)>,
    reader: Scoped<ListReported>,
    format: Format,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let statement = agreement::statement(&engine, reader.scope, &path.0, id(&path.1)?).await?;
    match format {
        Format::Json => Ok(HttpResponse::Ok().json(AgreementStatement::new(&statement, &path.0, language.0))),
        Format::Csv => {
            let rows = statement
                .months
                .iter()
                .flat_map(|month| month.limits.iter().map(move |limit| (month, limit)));
            let cells =
                rows.map(|(month, (purpose, kept))| cells(&statement, &path.0, month, (*purpose, kept), language.0));
            csv("agreement", HEADINGS, cells)
        }
    }
}

/// List the limits behind a figure of an agreement
///
/// Exactly those that a figure of the statement counts, the first begun first.
#[utoipa::path(
    tag = "Reports",
    operation_id = "listAgreementStatementReferrals",
    params(
        ("agency" = String, Path, description = "A party that the caller leads, by slug or id", example = "bydel-grunerlokka"),
        ("agreement" = Uuid, Path, description = "The agreement's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001"),
        ListQuery
    ),
    responses(
        (status = 200, description = "A page of limits", body = Page<StatementItem>, example = json!({
            "items": [examples::agreement_statement_item()],
            "nextCursor": null
        })),
        (status = 403, description = "The caller leads no agency"),
        (status = 404, description = "The caller does not lead such an agency, or it has no such agreement"),
        (status = 422, description = "What is asked for is not possible; tells what is allowed")
    )
)]
#[get("/agencies/{agency}/agreements/{agreement}/statement/referrals")]
async fn list_agreement_statement_referrals(
    path: web::Path<(String, String)>,
    reader: Scoped<ListReported>,
    request: HttpRequest,
    query: Query<ListQuery>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let query = query.0;
    let after = query.cursor.as_ref().map(Cursor::position::<Position>).transpose()?;
    let asked = Asked {
        month: query.month.as_deref(),
        purpose: query.purpose,
        outcome: query.outcome.as_deref(),
        as_of: query.as_of,
    };
    let of = (path.0.as_str(), id(&path.1)?);
    let listed = agreement::list(&engine, reader.scope, of, &asked, after, query.limit.get().into()).await?;
    let item = |(line, purpose): &(Agreed, Option<Purpose>)| {
        StatementItem::new(line, *purpose, listed.as_of, &engine, language.0)
    };
    let items = listed.lines.iter().map(item).collect();
    Ok(Page::new(items, listed.next.as_ref().map(Cursor::after)).respond(&request))
}

fn id(written: &str) -> Result<AgreementId, Problem> {
    let id = Uuid::parse_str(written).map_err(|_not_an_id| Problem::not_found())?;
    Ok(AgreementId(id))
}

impl AgreementStatement {
    fn new(statement: &Statement, agency: &str, language: Language) -> Self {
        let agreement = &statement.agreement;
        let month = |month: &Month| StatementMonth {
            month: named(month),
            handoffs: figure(statement, agency, month, month.handoffs, None, None),
            limits: month
                .limits
                .iter()
                .map(|(purpose, kept)| StatementLimit::new(statement, agency, month, (*purpose, kept), language))
                .collect(),
        };
        Self {
            agreement: agreement.id.0,
            reference: agreement.reference.clone(),
            number: agreement.number,
            sender: AgencyOut::of(agreement.sender, &statement.names),
            receiver: AgencyOut::of(agreement.receiver, &statement.names),
            as_of: statement.as_of,
            months: statement.months.iter().map(month).collect(),
        }
    }
}

impl StatementLimit {
    fn new(
        statement: &Statement,
        agency: &str,
        month: &Month,
        (purpose, kept): (Purpose, &Kept),
        language: Language,
    ) -> Self {
        let of = |count, outcome| figure(statement, agency, month, count, Some(purpose), outcome);
        Self {
            purpose,
            title: purpose.title(language),
            all: of(kept.count, None),
            within: of(kept.within, Some("within")),
            late: of(kept.late, Some("late")),
            unanswered: of(kept.unanswered, Some("unanswered")),
            overdue: of(kept.overdue, Some("overdue")),
            withdrawn: of(kept.withdrawn, Some("withdrawn")),
            median_minutes: kept.median.map(minutes),
            share_within: kept.share_within().map(|share| rounded(share, 10_000.0)),
        }
    }
}

/// As it is written in a query.
fn named(month: &Month) -> String {
    month.first.format("%Y-%m").to_string()
}

fn figure(
    statement: &Statement,
    agency: &str,
    month: &Month,
    count: usize,
    purpose: Option<Purpose>,
    outcome: Option<&str>,
) -> FigureOut {
    let list = list(statement, agency, month, purpose, outcome);
    FigureOut::new(u64::try_from(count).ok(), Some(list))
}

fn list(statement: &Statement, agency: &str, month: &Month, purpose: Option<Purpose>, outcome: Option<&str>) -> String {
    let path = format!(
        "/agencies/{agency}/agreements/{}/statement/referrals",
        statement.agreement.id
    );
    let parameters = [
        ("month", Some(named(month))),
        ("purpose", purpose.map(|purpose| purpose.to_string())),
        ("outcome", outcome.map(str::to_owned)),
        ("asOf", Some(written(statement.as_of))),
    ];
    link(&path, parameters)
}

const HEADINGS: [&str; 15] = [
    "month",
    "sender",
    "receiver",
    "reference",
    "handoffs",
    "purpose",
    "title",
    "all",
    "within",
    "late",
    "unanswered",
    "overdue",
    "withdrawn",
    "medianMinutes",
    "list",
];

fn cells(
    statement: &Statement,
    agency: &str,
    month: &Month,
    (purpose, kept): (Purpose, &Kept),
    language: Language,
) -> [String; HEADINGS.len()] {
    let agreement = &statement.agreement;
    let [sender, _] = called(&statement.names, Some(agreement.sender));
    let [receiver, _] = called(&statement.names, Some(agreement.receiver));
    [
        named(month),
        sender,
        receiver,
        agreement.reference.clone(),
        month.handoffs.to_string(),
        purpose.to_string(),
        purpose.title(language).to_owned(),
        kept.count.to_string(),
        kept.within.to_string(),
        kept.late.to_string(),
        kept.unanswered.to_string(),
        kept.overdue.to_string(),
        kept.withdrawn.to_string(),
        cell(kept.median.map(minutes)),
        list(statement, agency, month, Some(purpose), None),
    ]
}

impl StatementItem {
    fn new(line: &Agreed, purpose: Option<Purpose>, as_of: DateTime<Utc>, engine: &Engine, language: Language) -> Self {
        Self {
            reference: line.reference.to_string(),
            id: line.referral.0,
            handoff: line.handoff.0,
            workflow: ReportWorkflow::of(&line.workflow.id, &engine.library, language),
            urgency: line.urgency,
            purpose,
            sent_at: line.sent_at,
            started_at: line.started_at,
            due_at: line.due_at,
            stopped_at: line.stopped_at,
            outcome: line.outcome.as_str(),
            minutes: minutes(line.stopped_at.unwrap_or(as_of) - line.started_at),
        }
    }
}
