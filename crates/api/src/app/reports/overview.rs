//! Every figure of one agency for one period, as its lead would be told them: response times, ages, missed limits, flow and coverage.
//!
//! Each figure has a name of three parts: the report, of which group, and which figure of it. So they can be printed as a table,
//! written as rows, and held against the same figures counted anew; see [`super::recount`].

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use stafett_store::agencies::{self, Agency};
use stafett_store::reports::{FlowQuery, OverdueQuery, SentQuery, WaitingQuery};
use stafett_workflow::agency::{AgencyId, UserId};
use stafett_workflow::policy::{self, Actor, Operation, Scope};
use stafett_workflow::routing::takers::Part;
use stafett_workflow::vocabulary::{Answer, Code};
use uuid::Uuid;

use super::ageing::Band;
use super::figures::Answers;
use super::response_chart::{self, Interval};
use super::{ageing, coverage, flow, overdue, response_times};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;

/// What is asked of the reports: the same for both ways of counting.
#[derive(Debug, Clone)]
pub struct Questions {
    /// The agency.
    pub agency: Agency,
    /// What its lead may know of.
    pub scope: Scope,
    /// Which hand-offs the response times are of.
    pub sent: SentQuery,
    /// The same for the flow and for coverage.
    pub flow: FlowQuery,
    /// What is under way.
    pub waiting: WaitingQuery,
    /// Which limits are missed.
    pub overdue: OverdueQuery,
}

/// The figures.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Each by its name.
    pub figures: BTreeMap<FigureName, Value>,
    /// Response times interval by interval, the oldest first.
    pub course: Vec<Interim>,
    /// How long each of them is.
    pub interval: Interval,
    /// When it stood so.
    pub as_of: DateTime<Utc>,
}

/// The response times of one interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interim {
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// How many hand-offs were sent in it.
    pub count: u64,
    /// Within which time half of them are answered, in minutes.
    pub median: Option<f64>,
}

/// Which figure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FigureName {
    /// Of which report.
    pub report: &'static str,
    /// Of which group: the slugs of agencies, and codes.
    pub of: String,
    /// Which figure.
    pub figure: String,
}

/// What a figure says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// So many.
    Count(u64),
    /// So long, in minutes to the hundredth; nobody knows yet when there is none.
    Minutes(Option<f64>),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Minutes(Some(minutes)) => write!(f, "{minutes}"),
            Self::Minutes(None) => f.write_str("unknown"),
        }
    }
}

/// The reports, in the order in which they are told.
pub const REPORTS: [&str; 5] = ["response-times", "ageing", "overdue", "flow", "coverage"];

/// Figures as they are gathered. What is none is left out, so that both ways name the same.
#[derive(Debug, Default)]
pub(super) struct Gathered(BTreeMap<FigureName, Value>);

impl Gathered {
    pub(super) fn count(&mut self, report: &'static str, of: &str, figure: &str, count: u64) {
        if count > 0 {
            self.0.insert(name(report, of, figure), Value::Count(count));
        }
    }

    pub(super) fn minutes(&mut self, report: &'static str, of: &str, figure: &str, length: Option<TimeDelta>) {
        let minutes = length.map(|length| (length.as_seconds_f64() / 60.0 * 100.0).round() / 100.0);
        self.0.insert(name(report, of, figure), Value::Minutes(minutes));
    }

    pub(super) fn done(self) -> BTreeMap<FigureName, Value> {
        self.0
    }
}

fn name(report: &'static str, of: &str, figure: &str) -> FigureName {
    FigureName {
        report,
        of: of.to_owned(),
        figure: figure.to_owned(),
    }
}

/// What is asked about one agency, by its slug or id. Nobody in particular asks: whoever runs the machine sees what its lead would.
///
/// # Errors
/// No such agency; an impossible period; the store's.
pub async fn questions(
    engine: &Engine,
    agency: &str,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<Questions, AppError> {
    let id = super::agency(engine, "agency", Some(agency)).await?;
    let found = agencies::find(&engine.db, agency).await?;
    let (Some(id), Some(agency)) = (id, found) else {
        return Err(AppError::internal("an agency was lost on the way"));
    };
    let lead = Actor::of_operator(UserId(Uuid::nil()), [id]);
    let scope = policy::scope(&lead, Operation::ListReported)?;
    let of_sent = response_times::Asked {
        from,
        to,
        ..response_times::Asked::default()
    };
    let of_flow = flow::Asked {
        from,
        to,
        ..flow::Asked::default()
    };
    Ok(Questions {
        sent: response_times::question(engine, scope.clone(), &of_sent).await?,
        flow: flow::question(engine, scope.clone(), &of_flow).await?,
        waiting: ageing::question(engine, scope.clone(), &ageing::Asked::default()).await?,
        overdue: overdue::question(engine, scope.clone(), &overdue::Asked::default()).await?,
        agency,
        scope,
    })
}

/// The figures as the reports tell them.
///
/// # Errors
/// The store's.
pub async fn overview(engine: &Engine, questions: &Questions) -> Result<Overview, AppError> {
    let mut gathered = Gathered::default();
    times(engine, questions, &mut gathered).await?;
    ages(engine, questions, &mut gathered).await?;
    limits(engine, questions, &mut gathered).await?;
    flows(engine, questions, &mut gathered).await?;
    needs(engine, questions, &mut gathered).await?;
    let interval = interval(questions);
    let chart = response_chart::chart(engine, &questions.sent, interval).await?;
    let course = chart.points.into_iter().map(|point| Interim {
        from: point.from,
        count: point.figures.count.unwrap_or(0),
        median: point.figures.median.map(|median| median.as_seconds_f64() / 60.0),
    });
    Ok(Overview {
        figures: gathered.done(),
        course: course.collect(),
        interval,
        as_of: engine.now(),
    })
}

/// Weeks for half a year at most, else months.
fn interval(questions: &Questions) -> Interval {
    match questions.sent.until - questions.sent.from > TimeDelta::days(190) {
        true => Interval::Month,
        false => Interval::Week,
    }
}

pub(super) fn slug(names: &Names, agency: AgencyId) -> String {
    names
        .agency(agency)
        .map_or_else(|| agency.to_string(), |name| name.slug.clone())
}

/// How the group of a pair of agencies is called.
pub(super) fn pair(names: &Names, sender: AgencyId, receiver: AgencyId) -> String {
    format!("{} -> {}", slug(names, sender), slug(names, receiver))
}

/// How the group of a holder and a limit is called.
pub(super) fn limit_of(names: &Names, holder: AgencyId, workflow: &str, clock: &str) -> String {
    format!("{}: {workflow}/{clock}", slug(names, holder))
}

/// How a band of ages is called among the figures: a spreadsheet takes no bare `1-3` for what it is.
pub(super) fn days(band: &Band) -> String {
    format!("days {}", band.name)
}

async fn times(engine: &Engine, questions: &Questions, gathered: &mut Gathered) -> Result<(), AppError> {
    let by = [response_times::By::Receiver].into();
    let report = response_times::report(engine, &questions.sent, &by).await?;
    for row in &report.rows {
        let Some(receiver) = row.receiver else { continue };
        let of = slug(&report.names, receiver);
        let figures = &row.figures;
        for (figure, count) in [
            ("sent", figures.count),
            ("answered", figures.answered),
            ("unanswered", figures.unanswered),
            ("withdrawn", figures.withdrawn),
            ("within-limit", figures.within_limit),
            ("late", figures.late),
        ] {
            gathered.count(REPORTS[0], &of, figure, count.unwrap_or(0));
        }
        gathered.minutes(REPORTS[0], &of, "median", figures.median);
        gathered.minutes(REPORTS[0], &of, "p90", figures.p90);
    }
    Ok(())
}

async fn ages(engine: &Engine, questions: &Questions, gathered: &mut Gathered) -> Result<(), AppError> {
    let by = [ageing::By::Receiver].into();
    let report = ageing::report(engine, &questions.waiting, &by).await?;
    for row in &report.rows {
        let Some(receiver) = row.receiver else { continue };
        let of = slug(&report.names, receiver);
        for (band, count) in ageing::BANDS.iter().zip(row.ages.bands) {
            gathered.count(REPORTS[1], &of, &days(band), whole(count));
        }
    }
    Ok(())
}

async fn limits(engine: &Engine, questions: &Questions, gathered: &mut Gathered) -> Result<(), AppError> {
    let by = overdue::USUAL.iter().copied().collect();
    let report = overdue::report(engine, &questions.overdue, &by).await?;
    for row in &report.rows {
        let (Some(holder), Some(clock)) = (row.holder, &row.clock) else {
            continue;
        };
        let of = limit_of(&report.names, holder, &clock.workflow, &clock.clock);
        gathered.count(REPORTS[2], &of, "missed", whole(row.count));
    }
    Ok(())
}

async fn flows(engine: &Engine, questions: &Questions, gathered: &mut Gathered) -> Result<(), AppError> {
    let by = flow::USUAL.iter().copied().collect();
    let report = flow::report(engine, &questions.flow, &by).await?;
    for row in &report.rows {
        let (Some(sender), Some(receiver)) = (row.sender, row.receiver) else {
            continue;
        };
        let of = pair(&report.names, sender, receiver);
        gathered.count(REPORTS[3], &of, "sent", row.answers.sent.unwrap_or(0));
        answers(REPORTS[3], &of, &row.answers, gathered);
    }
    Ok(())
}

async fn needs(engine: &Engine, questions: &Questions, gathered: &mut Gathered) -> Result<(), AppError> {
    let report = coverage::report(engine, &questions.flow, &Part::default()).await?;
    for row in &report.rows {
        let of = row.need.as_str();
        answers(REPORTS[4], of, &row.answers, gathered);
        gathered.count(REPORTS[4], of, "unmet", row.unmet.unwrap_or(0));
    }
    Ok(())
}

fn answers(report: &'static str, of: &str, answers: &Answers, gathered: &mut Gathered) {
    for answer in Answer::ALL {
        gathered.count(report, of, answer.as_str(), answers.of(*answer).unwrap_or(0));
    }
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
