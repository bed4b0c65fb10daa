//! What the register of outreach teams adds up to.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_workflow::vocabulary::{Code, Language};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::format::{Format, cell, csv};
use super::{link, written};
use crate::app::engine::Engine;
use crate::app::reports::outreach::{self, AtArena, Month, Pair, Question, Report};
use crate::auth::permission::{ReadOutreachReport, Scoped};
use crate::http::extract::{Query, Speaks};
use crate::http::outreach::ArenaRef;
use crate::problem::Problem;

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_outreach_report);
}

/// Which time, and whose register.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportQuery {
    /// Patrols that began from then on: a date, which is a whole day in Oslo, or an instant. Without both ends it is this month; across
    /// agencies the first day of a third of a year that is over, usually the last one.
    #[param(example = "2026-10-01")]
    from: Option<String>,
    /// Until then: a date, which is still within, or an instant, which is not. Usually now.
    #[param(example = "2026-10-31")]
    to: Option<String>,
    /// In the register of this agency, by slug or id. Not across agencies.
    agency: Option<String>,
}

/// What the register adds up to, beside the same days of the year before.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OutreachReport {
    /// When it stood so.
    as_of: DateTime<Utc>,
    /// The first instant of the period.
    from: DateTime<Utc>,
    /// The first instant after it.
    to: DateTime<Utc>,
    /// The first instant of what it is held against.
    before_from: DateTime<Utc>,
    /// The first instant after that.
    before_to: DateTime<Utc>,
    /// Whether it goes across agencies: then small figures are masked, and there are neither arenas nor months.
    across_agencies: bool,
    /// The figures in plain sentences, in the language of the caller.
    summary: String,
    /// Patrols.
    patrols: ComparedOut,
    /// Persons met, each as often as they were met.
    persons: ComparedOut,
    /// Those who became clients.
    clients: ComparedOut,
    /// Missing minors who were met, and of whom there is no referral.
    missing: ComparedOut,
    /// Missing youth whom the agencies looked for by a notification. Null across agencies.
    notified: Option<NotifiedOut>,
    /// By whether they had been met before.
    acquaintances: Vec<PartOut>,
    /// By age.
    ages: Vec<PartOut>,
    /// By sex.
    sexes: Vec<PartOut>,
    /// By what it was about. Whoever needs two things is counted for both.
    needs: Vec<PartOut>,
    /// By what came of it.
    outcomes: Vec<PartOut>,
    /// By arena, the one where most were met first.
    arenas: Vec<AtArenaOut>,
    /// The twelve months up to the end of the period.
    months: Vec<MonthOut>,
}

/// A figure with the same of the year before.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutreachFigure)]
struct ComparedOut {
    /// In the period; null when it is masked.
    count: Option<u64>,
    /// A year earlier; null when it is masked.
    before: Option<u64>,
    /// Where the entries behind it are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<String>,
}

/// What was looked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutreachNotified)]
struct NotifiedOut {
    /// How many notifications were sent.
    sent: ComparedOut,
    /// How many of them are over, for the youth was found.
    found: ComparedOut,
}

/// A part of a breakdown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutreachPart)]
struct PartOut {
    #[schema(example = "16-17")]
    code: &'static str,
    /// In the language of the caller.
    title: &'static str,
    #[serde(flatten)]
    compared: ComparedOut,
}

/// An arena in the period.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutreachAtArena)]
struct AtArenaOut {
    arena: ArenaRef,
    patrols: u64,
    persons: u64,
    /// Met for the first time.
    new: u64,
    /// Where the lines behind it are listed.
    list: String,
}

/// A month.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutreachMonth)]
struct MonthOut {
    #[schema(example = "2026-10")]
    month: String,
    patrols: u64,
    persons: u64,
    /// Met for the first time.
    new: u64,
}

/// Read what the outreach register adds up to
///
/// Patrols and persons by acquaintance, age, sex, need, outcome, arena and month, beside the same days of the year before. Those who
/// keep a register see their own as it is. An auditor or coordinator sees all teams together, for one third of a year that is over, with
/// figures under three masked, and those from which they could be worked out.
#[utoipa::path(
    tag = "Reports",
    operation_id = "getOutreachReport",
    params(ReportQuery),
    responses(
        (status = 200, description = "The figures; as a table by `Accept: text/csv`", content(
            (OutreachReport = "application/json", example = json!(example())),
            (String = "text/csv", example = json!(TABLE))
        )),
        (status = 403, description = "The caller keeps no register, and is neither auditor nor coordinator"),
        (status = 422, description = "An impossible period, or an agency across agencies")
    )
)]
#[get("/reports/outreach")]
async fn get_outreach_report(
    reader: Scoped<ReadOutreachReport>,
    query: Query<ReportQuery>,
    format: Format,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let asked = &query.0;
    let ends = (asked.from.as_deref(), asked.to.as_deref());
    let question = outreach::question(&engine, reader.scope, ends, asked.agency.as_deref()).await?;
    let report = outreach::report(&engine, &question).await?;
    match format {
        Format::Json => Ok(HttpResponse::Ok().json(OutreachReport::of(&report, &question, language.0))),
        Format::Csv => csv("outreach", HEADINGS, rows(&report, language.0)),
    }
}

impl OutreachReport {
    fn of(report: &Report, question: &Question, language: Language) -> Self {
        let list = |of: &str, arena: Option<String>| link(of, parameters(question, arena));
        let listed = |of: &str| (!report.across).then(|| list(of, None));
        let lines = "/outreach/contacts";
        Self {
            as_of: report.as_of,
            from: report.period.from,
            to: report.period.until,
            before_from: report.before.from,
            before_to: report.before.until,
            across_agencies: report.across,
            summary: outreach::summary(report, language),
            patrols: ComparedOut::of(report.patrols, listed("/outreach/patrols")),
            persons: ComparedOut::of(report.persons, listed(lines)),
            clients: ComparedOut::of(report.clients, None),
            missing: ComparedOut::of(report.missing, None),
            notified: report.lookouts.map(|[now, before]| NotifiedOut {
                sent: ComparedOut::of(pair(now.sent, before.sent), None),
                found: ComparedOut::of(pair(now.found, before.found), None),
            }),
            acquaintances: parts(&report.acquaintances, language),
            ages: parts(&report.ages, language),
            sexes: parts(&report.sexes, language),
            needs: parts(&report.needs, language),
            outcomes: parts(&report.outcomes, language),
            arenas: report
                .arenas
                .iter()
                .map(|at| AtArenaOut::of(at, list(lines, Some(at.arena.to_string()))))
                .collect(),
            months: report.months.iter().map(MonthOut::of).collect(),
        }
    }
}

fn parameters(question: &Question, arena: Option<String>) -> [(&'static str, Option<String>); 4] {
    [
        ("from", Some(written(question.period.from))),
        ("to", Some(written(question.period.until))),
        ("agency", question.agency.map(|agency| agency.to_string())),
        ("arena", arena),
    ]
}

const fn pair(now: u64, before: u64) -> Pair {
    Pair {
        now: Some(now),
        before: Some(before),
    }
}

fn parts<C: Code>(parts: &[(C, Pair)], language: Language) -> Vec<PartOut> {
    let parts = parts.iter().map(|(code, pair)| PartOut {
        code: code.as_str(),
        title: code.title(language),
        compared: ComparedOut::of(*pair, None),
    });
    parts.collect()
}

impl ComparedOut {
    const fn of(pair: Pair, list: Option<String>) -> Self {
        Self {
            count: pair.now,
            before: pair.before,
            list,
        }
    }
}

impl AtArenaOut {
    fn of(at: &AtArena, list: String) -> Self {
        Self {
            arena: ArenaRef::named(at.arena, at.name.clone()),
            patrols: at.patrols,
            persons: at.persons,
            new: at.new,
            list,
        }
    }
}

impl MonthOut {
    fn of(month: &Month) -> Self {
        Self {
            month: month.first.format("%Y-%m").to_string(),
            patrols: month.patrols,
            persons: month.persons,
            new: month.new,
        }
    }
}

const HEADINGS: [&str; 5] = ["part", "code", "title", "count", "before"];

/// Every figure in a line of its own; a masked one is an empty cell.
fn rows(report: &Report, language: Language) -> Vec<[String; 5]> {
    let row = |part: &str, code: &str, title: &str, pair: Pair| {
        [
            part.to_owned(),
            code.to_owned(),
            title.to_owned(),
            cell(pair.now),
            cell(pair.before),
        ]
    };
    let sums = [
        ("patrols", report.patrols),
        ("persons", report.persons),
        ("clients", report.clients),
        ("missing", report.missing),
    ];
    let mut rows: Vec<_> = sums.iter().map(|(part, pair)| row(part, "", "", *pair)).collect();
    if let Some([now, before]) = report.lookouts {
        rows.push(row("notified", "sent", "", pair(now.sent, before.sent)));
        rows.push(row("notified", "found", "", pair(now.found, before.found)));
    }
    let breakdowns = [
        ("acquaintance", parts(&report.acquaintances, language)),
        ("age", parts(&report.ages, language)),
        ("sex", parts(&report.sexes, language)),
        ("need", parts(&report.needs, language)),
        ("outcome", parts(&report.outcomes, language)),
    ];
    for (name, parts) in &breakdowns {
        rows.extend(parts.iter().map(|part| {
            let compared = &part.compared;
            let figures = Pair {
                now: compared.count,
                before: compared.before,
            };
            row(name, part.code, part.title, figures)
        }));
    }
    for at in &report.arenas {
        let id = at.arena.to_string();
        for (part, figure) in [
            ("arena-patrols", at.patrols),
            ("arena-persons", at.persons),
            ("arena-new", at.new),
        ] {
            rows.push([
                part.to_owned(),
                id.clone(),
                at.name.clone(),
                figure.to_string(),
                String::new(),
            ]);
        }
    }
    for month in &report.months {
        let code = month.first.format("%Y-%m").to_string();
        let figures = [
            ("month-patrols", month.patrols),
            ("month-persons", month.persons),
            ("month-new", month.new),
        ];
        for (part, figure) in figures {
            rows.push([
                part.to_owned(),
                code.clone(),
                String::new(),
                figure.to_string(),
                String::new(),
            ]);
        }
    }
    rows
}

const TABLE: &str =
    "part,code,title,count,before\r\npatrols,,,92,88\r\npersons,,,320,301\r\nage,16-17,16–17 år,121,110\r\n";

fn example() -> Value {
    let compared = |count: u64, before: u64| json!({ "count": count, "before": before });
    let part = |code: &str, title: &str, count: u64, before: u64| json!({ "code": code, "title": title, "count": count, "before": before });
    json!({
        "asOf": "2026-11-24T09:00:00Z",
        "from": "2026-09-30T22:00:00Z",
        "to": "2026-10-31T23:00:00Z",
        "beforeFrom": "2025-09-30T22:00:00Z",
        "beforeTo": "2025-10-31T23:00:00Z",
        "acrossAgencies": false,
        "summary": "92 patruljer møtte 320 personer, 38 av dem for første gang. Det er 19 flere enn i samme tid året før (301).",
        "patrols": {
            "count": 92, "before": 88,
            "list": "/api/v1/outreach/patrols?from=2026-09-30T22%3A00%3A00Z&to=2026-10-31T23%3A00%3A00Z"
        },
        "persons": {
            "count": 320, "before": 301,
            "list": "/api/v1/outreach/contacts?from=2026-09-30T22%3A00%3A00Z&to=2026-10-31T23%3A00%3A00Z"
        },
        "clients": compared(60, 55),
        "missing": compared(14, 12),
        "notified": { "sent": compared(6, 4), "found": compared(5, 4) },
        "acquaintances": [part("new", "nye", 38, 35), part("known", "kjente", 282, 266)],
        "ages": [part("16-17", "16–17 år", 121, 110)],
        "sexes": [part("male", "gutter og menn", 192, 181)],
        "needs": [part("substance-use", "rus", 140, 120)],
        "outcomes": [part("talked", "samtale", 201, 190)],
        "arenas": [{
            "arena": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1fa101", "name": "Vaterland" },
            "patrols": 31, "persons": 140, "new": 12,
            "list": "/api/v1/outreach/contacts?from=2026-09-30T22%3A00%3A00Z&to=2026-10-31T23%3A00%3A00Z&arena=019ab3f0-5c1e-7d20-9a55-0c9d5f1fa101"
        }],
        "months": [{ "month": "2026-10", "patrols": 92, "persons": 320, "new": 38 }]
    })
}
