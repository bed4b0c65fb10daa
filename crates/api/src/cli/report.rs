//! `stafett report`: the figures of an agency, and whether they are what the logs say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;
use stafett_store::agencies::{self, AgencyQuery};
use stafett_workflow::calendar::local_date;
use stafett_workflow::vocabulary::{Answer, Code};

use super::output::{self, table};
use super::{CliError, Common, Outcome};
use crate::app::engine::Engine;
use crate::app::reports::Dimension;
use crate::app::reports::ageing::BANDS;
use crate::app::reports::overview::{self, FigureName, Overview, Questions, REPORTS, Value};
use crate::app::reports::recount::{self, Difference};
use crate::clock::{Clock, Manual, System};
use crate::server;

/// So often the two ways are tried before they are said to differ: somebody may have acted between them.
const TRIES: usize = 3;

#[derive(Debug, Args)]
pub(super) struct Report {
    /// Whose, by slug or id: what its lead would be told
    #[arg(long, value_name = "AGENCY", required_unless_present = "verify")]
    agency: Option<String>,
    /// Hand-offs that were sent from then on: a date, or an instant [default: a year before the end]
    #[arg(long, value_name = "WHEN")]
    from: Option<String>,
    /// Hand-offs that were sent until then: a date, which is still within, or an instant [default: now]
    #[arg(long, value_name = "WHEN")]
    to: Option<String>,
    /// Count the figures anew from the logs instead, of one agency or of all; exit status 2 when any differ
    #[arg(long)]
    verify: bool,
    /// Print JSON instead of tables
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print a figure a line as CSV
    #[arg(long)]
    csv: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    agency: &'a str,
    name: &'a str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    as_of: DateTime<Utc>,
    /// `week` or `month`.
    interval: &'static str,
    course: Vec<Interval>,
    figures: Vec<Figure<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Interval {
    from: DateTime<Utc>,
    sent: u64,
    median_minutes: Option<f64>,
}

#[derive(Serialize)]
struct Figure<'a> {
    #[serde(flatten)]
    name: &'a FigureName,
    value: Value,
}

#[derive(Serialize)]
struct Verified {
    agency: String,
    /// How many figures were held against each other.
    figures: usize,
    /// From how many logs they were counted.
    referrals: u64,
    differences: Vec<Differs>,
}

#[derive(Serialize)]
struct Differs {
    #[serde(flatten)]
    name: FigureName,
    told: Option<Value>,
    counted: Option<Value>,
}

impl Report {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let (config, db) = common.unlocked_database().await?;
        // All figures are of one instant: what is counted first and last must not differ by the time between.
        let engine = server::engine(&config, &db, Arc::new(Manual::at(System.now()))).await?;
        let outcome = match self.verify {
            true => self.verify(&engine).await,
            false => self.print(&engine).await,
        };
        db.close().await?;
        outcome
    }

    async fn print(&self, engine: &Engine) -> Result<Outcome, CliError> {
        let agency = self.agency.as_deref().unwrap_or_default();
        let questions = self.questions(engine, agency).await?;
        let overview = overview::overview(engine, &questions).await?;
        match (self.json, self.csv) {
            (true, _) => output::json(&told(&questions, &overview)),
            (_, true) => output::text(&rows(&questions, &overview)?),
            (false, false) => output::text(&words(&questions, &overview)),
        }
        Ok(Outcome::Fine)
    }

    async fn verify(&self, engine: &Engine) -> Result<Outcome, CliError> {
        let agencies = match &self.agency {
            Some(agency) => vec![agency.clone()],
            None => every(engine).await?,
        };
        let mut verified = Vec::with_capacity(agencies.len());
        for agency in agencies {
            verified.push(self.verify_one(engine, &agency).await?);
        }
        let outcome = match verified.iter().all(|one| one.differences.is_empty()) {
            true => Outcome::Fine,
            false => Outcome::Findings,
        };
        match (self.json, self.csv) {
            (true, _) => output::json(&verified),
            (_, true) => output::text(&differing_rows(&verified)?),
            (false, false) => output::text(&verdict(&verified)),
        }
        Ok(outcome)
    }

    async fn verify_one(&self, engine: &Engine, agency: &str) -> Result<Verified, CliError> {
        let questions = self.questions(engine, agency).await?;
        let mut tries = TRIES;
        loop {
            let overview = overview::overview(engine, &questions).await?;
            let counted = recount::recount(engine, &questions).await?;
            let differences = recount::differences(&overview.figures, &counted.figures);
            tries -= 1;
            if differences.is_empty() || tries == 0 {
                let named: BTreeSet<_> = overview.figures.keys().chain(counted.figures.keys()).collect();
                return Ok(Verified {
                    agency: questions.agency.slug,
                    figures: named.len(),
                    referrals: counted.referrals,
                    differences: differences.into_iter().map(Differs::from).collect(),
                });
            }
        }
    }

    async fn questions(&self, engine: &Engine, agency: &str) -> Result<Questions, CliError> {
        Ok(overview::questions(engine, agency, self.from.as_deref(), self.to.as_deref()).await?)
    }
}

impl From<Difference> for Differs {
    fn from(difference: Difference) -> Self {
        Self {
            name: difference.name,
            told: difference.told,
            counted: difference.counted,
        }
    }
}

/// The slugs of all agencies.
async fn every(engine: &Engine) -> Result<Vec<String>, CliError> {
    let mut query = AgencyQuery {
        limit: 500,
        ..AgencyQuery::default()
    };
    let mut slugs = Vec::new();
    loop {
        let page = agencies::list(&engine.db, &query).await?;
        slugs.extend(page.items.into_iter().map(|agency| agency.slug));
        match page.next {
            Some(last) => query.after = Some(last),
            None => return Ok(slugs),
        }
    }
}

fn told<'a>(questions: &'a Questions, overview: &'a Overview) -> Told<'a> {
    Told {
        agency: &questions.agency.slug,
        name: &questions.agency.name,
        from: questions.sent.from,
        to: questions.sent.until,
        as_of: overview.as_of,
        interval: overview.interval.as_str(),
        course: overview
            .course
            .iter()
            .map(|interim| Interval {
                from: interim.from,
                sent: interim.count,
                median_minutes: interim.median.map(|median| (median * 100.0).round() / 100.0),
            })
            .collect(),
        figures: overview
            .figures
            .iter()
            .map(|(name, value)| Figure { name, value: *value })
            .collect(),
    }
}

fn rows(questions: &Questions, overview: &Overview) -> Result<String, CliError> {
    let agency = questions.agency.slug.as_str();
    let rows = overview
        .figures
        .iter()
        .map(|(name, value)| [agency, name.report, &name.of, &name.figure, &cell(Some(*value))].map(str::to_owned));
    csv(["agency", "report", "of", "figure", "value"], rows)
}

fn differing_rows(verified: &[Verified]) -> Result<String, CliError> {
    let rows = verified.iter().flat_map(|one| {
        one.differences.iter().map(move |differs| {
            let (told, counted) = (cell(differs.told), cell(differs.counted));
            let name = &differs.name;
            [
                one.agency.as_str(),
                name.report,
                &name.of,
                &name.figure,
                &told,
                &counted,
            ]
            .map(str::to_owned)
        })
    });
    csv(["agency", "report", "of", "figure", "told", "counted"], rows)
}

/// A figure nobody knows yet, and one that is none, have an empty cell.
fn cell(value: Option<Value>) -> String {
    match value {
        Some(Value::Count(count)) => count.to_string(),
        Some(Value::Minutes(Some(minutes))) => minutes.to_string(),
        Some(Value::Minutes(None)) | None => String::new(),
    }
}

/// Slugs, codes and numbers: nothing that people write, so no cell is a formula.
fn csv<const N: usize>(headings: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Result<String, CliError> {
    let failed = |error: &dyn std::error::Error| CliError::Failed(format!("the table cannot be written: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(headings).map_err(|error| failed(&error))?;
    for row in rows {
        writer.write_record(row).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// Everything for somebody to read.
fn words(questions: &Questions, overview: &Overview) -> String {
    let days = (local_date(questions.sent.from), local_date(questions.sent.until));
    let mut parts = vec![format!("{}, sent {} to {}", questions.agency.name, days.0, days.1)];
    let groups = grouped(&overview.figures);
    let of = |report: &str| groups.get(report).cloned().unwrap_or_default();
    parts.push(section("Response times", response_times(&of(REPORTS[0]))));
    parts.push(course(overview));
    parts.push(section("Under way, by age in days", ageing(&of(REPORTS[1]))));
    parts.push(section("Missed limits", missed(&of(REPORTS[2]))));
    parts.push(section("Flow", flow(&of(REPORTS[3]))));
    parts.push(section("Coverage", coverage(&of(REPORTS[4]))));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

/// The figures of one group by their names.
type Group<'a> = BTreeMap<&'a str, Value>;
/// The groups of one report by theirs.
type Groups<'a> = BTreeMap<&'a str, Group<'a>>;

fn grouped(figures: &BTreeMap<FigureName, Value>) -> BTreeMap<&str, Groups<'_>> {
    let mut grouped: BTreeMap<&str, Groups<'_>> = BTreeMap::new();
    for (name, value) in figures {
        let group = grouped.entry(name.report).or_default().entry(&name.of).or_default();
        group.insert(&name.figure, *value);
    }
    grouped
}

fn section(title: &str, table: Option<String>) -> String {
    format!("{title}\n{}", table.unwrap_or_else(|| "none".to_owned()))
}

fn figure(group: &Group<'_>, name: &str) -> String {
    match group.get(name) {
        None => "0".to_owned(),
        Some(Value::Count(count)) => count.to_string(),
        Some(Value::Minutes(Some(minutes))) => length(*minutes),
        Some(Value::Minutes(None)) => "unknown".to_owned(),
    }
}

/// The rows of a report, each with the figures that its columns name.
fn columns<const N: usize>(groups: &Groups<'_>, headings: [&str; N], names: [&str; N]) -> Option<String> {
    let row = |(of, group): (&&str, &Group<'_>)| {
        names.map(|name| match name {
            "" => (*of).to_owned(),
            name => figure(group, name),
        })
    };
    (!groups.is_empty()).then(|| table(headings, groups.iter().map(row)))
}

fn response_times(groups: &Groups<'_>) -> Option<String> {
    columns(
        groups,
        [
            "receiver",
            "sent",
            "answered",
            "unanswered",
            "withdrawn",
            "within limit",
            "late",
            "half within",
            "nine of ten within",
        ],
        [
            "",
            "sent",
            "answered",
            "unanswered",
            "withdrawn",
            "within-limit",
            "late",
            "median",
            "p90",
        ],
    )
}

fn missed(groups: &Groups<'_>) -> Option<String> {
    columns(groups, ["holder: limit", "missed"], ["", "missed"])
}

fn flow(groups: &Groups<'_>) -> Option<String> {
    let [accepted, declined, returned, forwarded, withdrawn, unanswered] = answers();
    columns(
        groups,
        [
            "sender -> receiver",
            "sent",
            "accepted",
            "declined",
            "returned",
            "forwarded",
            "withdrawn",
            "unanswered",
        ],
        [
            "", "sent", accepted, declined, returned, forwarded, withdrawn, unanswered,
        ],
    )
}

fn coverage(groups: &Groups<'_>) -> Option<String> {
    let [accepted, declined, returned, forwarded, withdrawn, unanswered] = answers();
    columns(
        groups,
        [
            "need",
            "accepted",
            "declined",
            "returned",
            "forwarded",
            "withdrawn",
            "unanswered",
            "nobody has taken",
        ],
        [
            "", accepted, declined, returned, forwarded, withdrawn, unanswered, "unmet",
        ],
    )
}

const fn all_answers() -> [Answer; 6] {
    [
        Answer::Accepted,
        Answer::Declined,
        Answer::Returned,
        Answer::Forwarded,
        Answer::Withdrawn,
        Answer::Unanswered,
    ]
}

fn answers() -> [&'static str; 6] {
    all_answers().map(Code::as_str)
}

/// Each row with its bands, their sum, and the bands as a sparkline.
fn ageing(groups: &Groups<'_>) -> Option<String> {
    let row = |(of, group): (&&str, &Group<'_>)| {
        let counts = BANDS.map(|band| match group.get(format!("days {}", band.name).as_str()) {
            Some(Value::Count(count)) => *count,
            Some(Value::Minutes(_)) | None => 0,
        });
        let [first, second, third, fourth, fifth, sixth, last] = counts.map(|count| count.to_string());
        let all: u64 = counts.iter().sum();
        [
            (*of).to_owned(),
            first,
            second,
            third,
            fourth,
            fifth,
            sixth,
            last,
            all.to_string(),
            sparkline(counts.map(|count| Some(number(count)))),
        ]
    };
    let [first, second, third, fourth, fifth, sixth, last] = BANDS.map(|band| band.name);
    let headings = [
        "receiver",
        first,
        second,
        third,
        fourth,
        fifth,
        sixth,
        last,
        "all",
        "young to old",
    ];
    (!groups.is_empty()).then(|| table(headings, groups.iter().map(row)))
}

/// How many were sent and how long answers took, interval by interval.
fn course(overview: &Overview) -> String {
    let [Some(first), Some(last)] = [overview.course.first(), overview.course.last()] else {
        return String::new();
    };
    let medians: Vec<_> = overview.course.iter().map(|interim| interim.median).collect();
    let known = || medians.iter().copied().flatten();
    let most = overview.course.iter().map(|interim| interim.count).max().unwrap_or(0);
    let highest = known().fold(0.0, f64::max);
    let sent = sparkline(overview.course.iter().map(|interim| Some(number(interim.count))));
    let half = sparkline(medians.iter().copied());
    let of = overview.interval.as_str();
    let days = (local_date(first.from), local_date(last.from));
    let rows = [
        [format!("sent by {of}"), sent, format!("at most {most}")],
        [
            format!("half within, by {of}"),
            half,
            match known().next() {
                Some(_) => format!("at most {}", length(highest)),
                None => "unknown".to_owned(),
            },
        ],
    ];
    table(["", &format!("{} to {}", days.0, days.1), ""], rows)
}

/// Eight heights, from nothing to the greatest; a point where one does not know.
fn sparkline(values: impl IntoIterator<Item = Option<f64>>) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let values: Vec<_> = values.into_iter().collect();
    let greatest = values.iter().copied().flatten().fold(0.0, f64::max);
    let height = |value: f64| {
        let steps = HEIGHTS.iter().zip(1_u8..);
        let reached = |nth: u8| greatest > 0.0 && value >= greatest * f64::from(nth - 1) / 8.0 && value > 0.0;
        let highest = steps.filter(|(_, nth)| *nth == 1 || reached(*nth)).last();
        highest.map_or(' ', |(height, _)| *height)
    };
    values.into_iter().map(|value| value.map_or('·', height)).collect()
}

fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// A length of time as people say it; in whole minutes, hours or days.
fn length(minutes: f64) -> String {
    match minutes {
        minutes if minutes < 60.0 => format!("{:.0} min", minutes.floor().max(1.0)),
        minutes if minutes < 2.0 * 1440.0 => format!("{:.0} h", (minutes / 60.0).floor()),
        minutes => format!("{:.0} days", (minutes / 1440.0).floor()),
    }
}

fn verdict(verified: &[Verified]) -> String {
    let figures: usize = verified.iter().map(|one| one.figures).sum();
    let (agencies, differing) = (
        verified.len(),
        verified.iter().map(|one| one.differences.len()).sum::<usize>(),
    );
    let counted = format!("{figures} figures of {agencies} agencies, counted anew from the logs");
    if differing == 0 {
        return format!("{counted}: all agree.");
    }
    let shown = |value: Option<Value>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
    let rows = verified.iter().flat_map(|one| {
        one.differences.iter().map(move |differs| {
            [
                one.agency.clone(),
                differs.name.report.to_owned(),
                differs.name.of.clone(),
                differs.name.figure.clone(),
                shown(differs.told),
                shown(differs.counted),
            ]
        })
    });
    let rows = table(["agency", "report", "of", "figure", "told", "counted"], rows);
    format!("{counted}: {differing} differ.\n\n{rows}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_has_eight_heights() {
        assert_eq!(sparkline((0..=8).map(|value| Some(f64::from(value)))), "▁▂▃▄▅▆▇██");
        assert_eq!(sparkline([Some(0.0), None, Some(3.0)]), "▁·█");
        assert_eq!(sparkline([Some(0.0), Some(0.0)]), "▁▁");
        assert_eq!(sparkline([]), "");
    }

    #[test]
    fn a_length_is_said_as_people_say_it() {
        let said: Vec<_> = [0.0, 25.5, 90.0, 2_879.0, 2_880.0, 10_000.0].map(length).into();
        assert_eq!(said, ["1 min", "25 min", "1 h", "47 h", "2 days", "6 days"]);
    }

    #[test]
    fn all_answers_are_in_the_table() {
        assert_eq!(all_answers().as_slice(), Answer::ALL);
    }
}
