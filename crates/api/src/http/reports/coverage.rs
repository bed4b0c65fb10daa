//! What nobody takes.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stafett_store::reports::{FlowQuery, Unmet};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::vocabulary::{AgeBand, Answer, Code, Language, Need, ResidenceStatus};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::figures::{ANSWER_HEADINGS, AnswersOut, FigureOut, ReasonOut, cell_of, written_answers};
use super::flow_lists::{FlowItem, ReportedReferral, answers};
use super::format::{Format, cell, csv};
use super::{called, examples, link, written};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::reports::coverage::{self, AfterUnmet, Report, Row};
use crate::app::reports::flow::{self, AfterHandoff, Asked};
use crate::auth::permission::{ListReported, ReadReports, Scoped};
use crate::http::extract::{Query, Speaks};
use crate::http::paging::{Cursor, Limit, Page};
use crate::http::referrals::output::AgencyOut;
use crate::http::schema;
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(get_coverage_report)
        .service(list_coverage_referrals)
        .service(list_coverage_unmet);
}

/// Which part of the map to look at.
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
    /// Only this need. Not across agencies.
    #[param(schema_with = schema::need)]
    need: Option<Need>,
    /// Who may take somebody who stays here: the number of a district, six digits, or of a municipality, four. It narrows nothing
    /// that was counted, for where a youth stays lies sealed.
    #[param(example = "030102")]
    area: Option<String>,
    /// Who may take somebody with this residence status. It narrows nothing that was counted either.
    #[param(schema_with = schema::residence_status)]
    residence: Option<ResidenceStatus>,
}

/// Which hand-offs to list; the parameters are the report's, and what came back.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HandoffsQuery {
    /// About this need.
    #[param(schema_with = schema::need)]
    need: Need,
    /// Sent from then on: a date, which is a whole day in Oslo, or an instant. Usually a year before the end.
    #[param(example = "2026-09-01")]
    from: Option<String>,
    /// Sent until then: a date, which is still within, or an instant, which is not. Usually now.
    #[param(example = "2026-12-31")]
    to: Option<String>,
    /// To this agency, by slug or id.
    receiver: Option<String>,
    /// One or more answers, with commas between them.
    #[param(example = "declined")]
    answer: Option<String>,
    /// For the reason with this code.
    #[param(example = "no-capacity")]
    reason: Option<String>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// Which referrals to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UnmetQuery {
    /// About this need; about any when it is not said.
    #[param(schema_with = schema::need)]
    need: Option<Need>,
    /// With a hand-off that was sent from then on: a date, which is a whole day in Oslo, or an instant. Usually a year before the end.
    #[param(example = "2026-09-01")]
    from: Option<String>,
    /// With a hand-off that was sent until then: a date, which is still within, or an instant, which is not. Usually now.
    #[param(example = "2026-12-31")]
    to: Option<String>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// For each need who may take it, who did, and what nobody has taken.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CoverageReport {
    /// When it stood so.
    as_of: DateTime<Utc>,
    /// The first instant of the period.
    from: DateTime<Utc>,
    /// The first instant after it.
    to: DateTime<Utc>,
    /// Whether it goes across agencies: then small figures are masked, and none has a list.
    across_agencies: bool,
    /// A row for each need; for leads those first that the most wait for.
    rows: Vec<CoverageRow>,
    /// The agencies that stand in `mayTake`, each once.
    agencies: Vec<AgencyOut>,
    /// Whom the routing table leaves out in this part of the map.
    nobody: Vec<LeftOutOut>,
}

/// One need. A hand-off about several needs counts for each of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CoverageRow {
    #[schema(schema_with = schema::need)]
    need: Need,
    /// In the language of the caller.
    title: &'static str,
    /// Who may take it by the routing table, by age.
    may_take: Vec<CoverageCell>,
    #[serde(flatten)]
    answers: AnswersOut,
    /// Who took it. None across agencies.
    taken_by: Vec<TakenBy>,
    /// Why it came back, where there is a code for it. None across agencies.
    reasons: Vec<ReasonOut>,
    /// Referrals that nobody has taken. Of those that one may know whole.
    unmet: FigureOut,
}

/// One need at one age.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CoverageCell {
    #[schema(schema_with = schema::age_band)]
    age: AgeBand,
    /// To whom the routing table refers somebody of this age in this part of the map, by slug; see `agencies` of the report.
    #[schema(example = json!(["barnevernvakten"]))]
    agencies: Vec<String>,
    /// Whether there is somebody of this age for whom it finds nobody; see `nobody`.
    leaves_out: bool,
}

/// Who took a need.
#[derive(Debug, Serialize, ToSchema)]
struct TakenBy {
    agency: AgencyOut,
    #[serde(flatten)]
    figure: FigureOut,
}

/// Combinations that nobody takes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LeftOutOut {
    #[schema(schema_with = schema::needs)]
    needs: Vec<Need>,
    /// Which, as a sentence in the language of the caller.
    text: String,
    /// Whether it is so because the directory does not have the municipality.
    outside_directory: bool,
}

/// One referral that nobody has taken.
#[derive(Debug, Serialize, ToSchema)]
struct UnmetItem {
    #[serde(flatten)]
    referral: ReportedReferral,
    #[schema(schema_with = schema::needs)]
    needs: Vec<Need>,
    /// Whether somebody is asked who has not answered yet.
    waits: bool,
}

/// Read what nobody takes
///
/// For each need: who may take it by the routing table, at which age, and in which part of the map nobody may; who took it in
/// practice; for which reasons it was declined; and how many referrals about it nobody has taken. What is counted goes by need and
/// receiver alone: the age, the place and the residence status of a youth lie sealed, and nothing is opened to be counted.
#[utoipa::path(
    tag = "Reports",
    operation_id = "getCoverageReport",
    params(ReportQuery),
    responses(
        (status = 200, description = "The map; as a table by `Accept: text/csv`", content(
            (CoverageReport = "application/json", example = json!(examples::coverage())),
            (String = "text/csv", example = json!(examples::COVERAGE_TABLE))
        )),
        (status = 403, description = "The caller is neither lead nor auditor nor coordinator"),
        (status = 422, description = "An impossible period or an area that is none; tells what is allowed")
    )
)]
#[get("/reports/coverage")]
async fn get_coverage_report(
    reader: Scoped<ReadReports>,
    query: Query<ReportQuery>,
    format: Format,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let query = query.0;
    let part = coverage::part(query.area.as_deref(), query.residence)?;
    let asked = Asked {
        from: query.from.as_deref(),
        to: query.to.as_deref(),
        need: query.need,
        ..Asked::default()
    };
    let question = flow::question(&engine, reader.scope, &asked).await?;
    let report = coverage::report(&engine, &question, &part).await?;
    let row = |row| CoverageRow::new(row, &report, &question, language.0);
    let rows: Vec<_> = report.rows.iter().map(row).collect();
    match format {
        Format::Json => Ok(HttpResponse::Ok().json(CoverageReport {
            as_of: report.as_of,
            from: question.from,
            to: question.until,
            across_agencies: report.across,
            rows,
            agencies: takers(&report)
                .into_iter()
                .map(|agency| AgencyOut::of(agency, &report.names))
                .collect(),
            nobody: report
                .left_out
                .iter()
                .map(|left_out| LeftOutOut {
                    needs: left_out.needs.clone(),
                    text: match language.0 {
                        Language::Nb => left_out.nb.clone(),
                        Language::En => left_out.en.clone(),
                    },
                    outside_directory: left_out.outside_directory,
                })
                .collect(),
        })),
        Format::Csv => {
            let cells = rows.iter().zip(&report.rows).map(|(row, of)| row.cells(of, &report));
            csv("coverage", HEADINGS, cells)
        }
    }
}

/// List the hand-offs about a need
///
/// Exactly those that a figure of the report counts, the first sent first.
#[utoipa::path(
    tag = "Reports",
    operation_id = "listCoverageReferrals",
    params(HandoffsQuery),
    responses(
        (status = 200, description = "A page of hand-offs", body = Page<FlowItem>, example = json!({
            "items": [examples::flow_item()],
            "nextCursor": null
        })),
        (status = 403, description = "The caller is no lead")
    )
)]
#[get("/reports/coverage/referrals")]
async fn list_coverage_referrals(
    reader: Scoped<ListReported>,
    request: HttpRequest,
    query: Query<HandoffsQuery>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let query = query.0;
    let after = query
        .cursor
        .as_ref()
        .map(Cursor::position::<AfterHandoff>)
        .transpose()?;
    let answers = answers(query.answer.as_deref()).map_err(|wrong| AppError::Fields(vec![wrong]))?;
    let asked = Asked {
        from: query.from.as_deref(),
        to: query.to.as_deref(),
        receiver: query.receiver.as_deref(),
        need: Some(query.need),
        ..Asked::default()
    };
    let question = flow::question(&engine, reader.scope, &asked).await?;
    let narrower = (answers.as_slice(), query.reason.as_deref());
    let listed = flow::referrals(&engine, &question, narrower, after, query.limit.get().into()).await?;
    let item = |line| FlowItem::new(line, &listed.names, &engine, language.0);
    let items = listed.lines.iter().map(item).collect();
    Ok(Page::new(items, listed.next.as_ref().map(Cursor::after)).respond(&request))
}

/// List what nobody has taken
///
/// Exactly those referrals that the report counts, the most urgent first.
#[utoipa::path(
    tag = "Reports",
    operation_id = "listCoverageUnmet",
    params(UnmetQuery),
    responses(
        (status = 200, description = "A page of referrals", body = Page<UnmetItem>, example = json!({
            "items": [examples::unmet_item()],
            "nextCursor": null
        })),
        (status = 403, description = "The caller is no lead")
    )
)]
#[get("/reports/coverage/unmet")]
async fn list_coverage_unmet(
    reader: Scoped<ListReported>,
    request: HttpRequest,
    query: Query<UnmetQuery>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let query = query.0;
    let after = query.cursor.as_ref().map(Cursor::position::<AfterUnmet>).transpose()?;
    let asked = Asked {
        from: query.from.as_deref(),
        to: query.to.as_deref(),
        need: query.need,
        ..Asked::default()
    };
    let question = flow::question(&engine, reader.scope, &asked).await?;
    let listed = coverage::unmet(&engine, &question, after, query.limit.get().into()).await?;
    let item = |unmet: &Unmet| UnmetItem {
        referral: ReportedReferral::new(&unmet.line, &listed.names, &engine, language.0),
        needs: unmet.needs.clone(),
        waits: unmet.waits,
    };
    let items = listed.lines.iter().map(item).collect();
    Ok(Page::new(items, listed.next.as_ref().map(Cursor::after)).respond(&request))
}

const HEADINGS: [&str; 19] = {
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
        "need",
        "needTitle",
        "mayTake",
        "leavesOut",
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
        "takenBy",
        "unmet",
        "list",
    ]
};

/// Who may take something, each once.
fn takers(report: &Report) -> BTreeSet<AgencyId> {
    let cells = report.rows.iter().flat_map(|row| &row.cells);
    cells.flat_map(|cell| cell.takers.iter().copied()).collect()
}

fn slug(agency: AgencyId, report: &Report) -> String {
    let [slug, _name] = called(&report.names, Some(agency));
    slug
}

impl CoverageRow {
    fn new(row: &Row, report: &Report, question: &FlowQuery, language: Language) -> Self {
        let list = |path: &str, more: [(&'static str, Option<String>); 3]| {
            let period = [
                ("need", Some(row.need.as_str().to_owned())),
                ("from", Some(written(question.from))),
                ("to", Some(written(question.until))),
            ];
            (!report.across).then(|| link(path, period.into_iter().chain(more)))
        };
        let handoffs = |answers: &[Answer], receiver: Option<String>, reason: Option<&str>| {
            list(
                "/reports/coverage/referrals",
                [
                    ("answer", written_answers(answers)),
                    ("receiver", receiver),
                    ("reason", reason.map(str::to_owned)),
                ],
            )
        };
        let named = |agency| AgencyOut::of(agency, &report.names);
        let may_take = row.cells.iter().map(|cell| CoverageCell {
            age: cell.age,
            agencies: cell.takers.iter().map(|agency| slug(*agency, report)).collect(),
            leaves_out: cell.leaves_out,
        });
        let taken_by = row.taken_by.iter().map(|(agency, count)| TakenBy {
            agency: named(*agency),
            figure: FigureOut::new(*count, handoffs(&[Answer::Accepted], Some(agency.to_string()), None)),
        });
        let reasons = row.reasons.iter().map(|reason| {
            let list = handoffs(&[reason.answer], None, Some(&reason.code));
            ReasonOut::new(reason, list, language)
        });
        Self {
            need: row.need,
            title: row.need.title(language),
            may_take: may_take.collect(),
            answers: AnswersOut::new(&row.answers, |answers| handoffs(answers, None, None)),
            taken_by: taken_by.collect(),
            reasons: reasons.collect(),
            unmet: FigureOut::new(
                row.unmet,
                list(
                    "/reports/coverage/unmet",
                    [("answer", None), ("receiver", None), ("reason", None)],
                ),
            ),
        }
    }

    fn cells(&self, of: &Row, report: &Report) -> [String; HEADINGS.len()] {
        let may: BTreeSet<String> = of
            .cells
            .iter()
            .flat_map(|cell| cell.takers.iter().map(|agency| slug(*agency, report)))
            .collect();
        let leaves_out = of
            .cells
            .iter()
            .filter(|cell| cell.leaves_out)
            .map(|cell| cell.age.as_str());
        let taken_by = of
            .taken_by
            .iter()
            .map(|(agency, count)| format!("{} {}", slug(*agency, report), cell_of(*count)));
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
            self.need.as_str().to_owned(),
            self.title.to_owned(),
            may.into_iter().collect::<Vec<_>>().join(" "),
            leaves_out.collect::<Vec<_>>().join(" "),
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
            taken_by.collect::<Vec<_>>().join("; "),
            self.unmet.cell(),
            cell(self.answers.sent.list()),
        ]
    }
}
