//! Response times week by week or month by month, with what stands out of the usual: see [`super::control`].
//!
//! A point is the time within which half of the hand-offs of an interval are answered, the unanswered counted as everywhere (see
//! [`super::response_times`]). Intervals are whole: weeks from Monday, months, in Oslo; one that is not over yet is left out, for its
//! hand-offs have had no time to be answered.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use stafett_store::reports::{self, SentQuery};
use stafett_workflow::calendar::local_date;
use stafett_workflow::refusal::FieldError;

use super::Dimension;
use super::control::{self, Signal};
use super::period::midnight;
use super::response_times::{Figures, Tally, Wait};
use crate::app::AppError;
use crate::app::engine::Engine;

/// How long an interval is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interval {
    /// From Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
}

impl Dimension for Interval {
    const ALL: &'static [Self] = &[Self::Week, Self::Month];

    fn as_str(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

impl Interval {
    /// As it is written in a query; a week when nobody says.
    ///
    /// # Errors
    /// What is no interval; tells which there are.
    pub fn parse(given: Option<&str>) -> Result<Self, FieldError> {
        let Some(given) = given else { return Ok(Self::Week) };
        let found = Self::ALL.iter().copied().find(|interval| interval.as_str() == given);
        found.ok_or_else(|| {
            FieldError::new(
                "?interval",
                "unknown-grouping",
                "Skal være week eller month.",
                "Must be week or month.",
            )
        })
    }

    fn first_day(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Week => day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())),
            Self::Month => day.with_day(1),
        }
    }

    fn next(self, first: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Week => first.checked_add_days(Days::new(7)),
            Self::Month => first.checked_add_months(Months::new(1)),
        }
    }

    /// The whole intervals within a period, those that are over.
    fn within(
        self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let mut intervals = Vec::new();
        let mut first = self.first_day(local_date(from));
        while let Some((day, next)) = first.and_then(|day| Some((day, self.next(day)?))) {
            let (Some(begin), Some(end)) = (midnight(day), midnight(next)) else {
                break;
            };
            if end > until.min(now) {
                break;
            }
            if begin >= from {
                intervals.push((begin, end));
            }
            first = Some(next);
        }
        intervals
    }
}

/// So many points are shown at most: five years of weeks.
const MOST_POINTS: usize = 261;

/// The chart.
#[derive(Debug)]
pub struct Chart {
    /// Its points, the oldest first.
    pub points: Vec<Point>,
    /// The centre and its limits, in minutes; `None` when fewer than two points are known.
    pub control: Option<control::Chart>,
    /// The instant at which the unanswered were still unanswered.
    pub as_of: DateTime<Utc>,
}

/// One interval.
#[derive(Debug)]
pub struct Point {
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub until: DateTime<Utc>,
    /// The figures of what was sent in it.
    pub figures: Figures,
    /// Why it stands out, if it does.
    pub signals: BTreeSet<Signal>,
}

/// The chart of these hand-offs, interval by interval.
///
/// # Errors
/// When there are more points than anybody can look at; the store's.
pub async fn chart(engine: &Engine, query: &SentQuery, interval: Interval) -> Result<Chart, AppError> {
    let as_of = engine.now();
    let intervals = interval.within(query.from, query.until, as_of);
    if intervals.len() > MOST_POINTS {
        return Err(AppError::Fields(vec![too_many(intervals.len())]));
    }
    let mut tallies: Vec<Tally> = intervals.iter().map(|_| Tally::default()).collect();
    if let (Some((from, _)), Some((_, until))) = (intervals.first(), intervals.last()) {
        let whole = SentQuery {
            from: *from,
            until: *until,
            ..query.clone()
        };
        reports::each_sent(&engine.db, &whole, |sent| {
            let after = intervals.partition_point(|(begin, _)| *begin <= sent.sent_at);
            if let Some(tally) = after.checked_sub(1).and_then(|nth| tallies.get_mut(nth)) {
                tally.add(Wait::of(&sent, as_of), sent.acknowledged_at.map(|at| at - sent.sent_at));
            }
        })
        .await?;
    }
    let figures: Vec<Figures> = tallies.into_iter().map(Tally::figures).collect();
    let medians: Vec<_> = figures
        .iter()
        .map(|figures| figures.median.map(|median| median.as_seconds_f64() / 60.0))
        .collect();
    let control = control::Chart::of(&medians);
    let signals = control
        .as_ref()
        .map(|control| control.signals.clone())
        .unwrap_or_default();
    let signals = signals.into_iter().chain(std::iter::repeat(BTreeSet::new()));
    let points = intervals.into_iter().zip(figures).zip(signals);
    let points = points.map(|(((from, until), figures), signals)| Point {
        from,
        until,
        figures,
        signals,
    });
    Ok(Chart {
        points: points.collect(),
        control,
        as_of,
    })
}

fn too_many(points: usize) -> FieldError {
    FieldError::new(
        "?interval",
        "too-many-groups",
        format!(
            "Det blir {points} punkter; høyst {MOST_POINTS} vises. Spør måned for måned, eller om en kortere periode."
        ),
        format!(
            "That makes {points} points; at most {MOST_POINTS} are shown. Ask month by month, or about a shorter period."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(interval: Interval, from: &str, until: &str, now: &str) -> Vec<String> {
        let [from, until, now] = [from, until, now].map(|at| at.parse().unwrap());
        let intervals = interval.within(from, until, now);
        intervals
            .into_iter()
            .map(|(begin, _)| local_date(begin).to_string())
            .collect()
    }

    #[test]
    fn only_whole_intervals_that_are_over() {
        // From a Wednesday to a Wednesday: the weeks between, and not the one that runs.
        let weeks = within(
            Interval::Week,
            "2026-10-14T10:00:00Z",
            "2026-11-30T00:00:00Z",
            "2026-11-11T10:00:00Z",
        );
        assert_eq!(weeks, ["2026-10-19", "2026-10-26", "2026-11-02"]);
        let months = within(
            Interval::Month,
            "2025-12-31T23:00:00Z",
            "2026-04-01T00:00:00Z",
            "2026-11-11T10:00:00Z",
        );
        assert_eq!(months, ["2026-01-01", "2026-02-01", "2026-03-01"]);
        assert_eq!(
            within(
                Interval::Week,
                "2026-11-10T00:00:00Z",
                "2026-11-11T00:00:00Z",
                "2026-11-11T10:00:00Z"
            ),
            [""; 0]
        );
    }

    #[test]
    fn the_week_in_which_the_clocks_change_has_an_hour_more() {
        let [from, until] = ["2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z"].map(|at| at.parse().unwrap());
        assert_eq!(Interval::Week.within(from, until, until), [(from, until)]);
    }
}
