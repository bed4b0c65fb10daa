//! Weekly opening hours, as data that an agency keeps itself.

#[cfg(test)]
mod tests;
mod written;

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc, Weekday};
use serde::{Deserialize, Serialize};

use self::written::Written;
use super::{is_public_holiday, local};
use crate::refusal::FieldError;

/// How many days ahead an opening is looked for. Whoever is open at all is so within a year: even hours on public
/// holidays only.
const HORIZON: u64 = 366;

/// When an agency can be reached: round the clock, or by weekly hours in Oslo's local time.
///
/// As data: `{"always": true}`, or a list of spans for each weekday, `mon` to `sun`, and for public holidays,
/// `holidays`. A day without spans is closed; on a public holiday the spans of `holidays` stand in for the weekday's.
/// On single dates, `dates`, other spans stand in for whatever day it is: none on a day off, some on an extra day.
/// A span begins at its first time and ends just before its second, at most `24:00`.
///
/// ```
/// use stafett_workflow::calendar::OpeningHours;
///
/// let hours: OpeningHours = serde_json::from_str(r#"{"mon": [["08:00", "15:30"]], "tue": [["08:00", "15:30"]]}"#)?;
/// let monday_evening = "2026-11-23T18:00:00Z".parse()?;
/// assert!(!hours.is_open(monday_evening));
/// let tuesday_morning = "2026-11-24T07:00:00Z".parse()?; // 08:00 in Oslo
/// assert_eq!(hours.next_opening(monday_evening), Some(tuesday_morning));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct OpeningHours(Hours);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Hours {
    Always,
    Weekly(Box<Week>),
}

impl Default for Hours {
    fn default() -> Self {
        Self::Weekly(Box::default())
    }
}

/// The spans of one day, in order and apart.
type Day = Vec<Span>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Week {
    mon: Day,
    tue: Day,
    wed: Day,
    thu: Day,
    fri: Day,
    sat: Day,
    sun: Day,
    holidays: Day,
    dates: BTreeMap<NaiveDate, Day>,
}

/// Minutes after local midnight, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Span {
    opens: u16,
    closes: u16,
}

impl OpeningHours {
    /// Round the clock, every day, public holidays as well: what child welfare must offer by *barnevernsloven* § 15-3.
    #[must_use]
    pub const fn always() -> Self {
        Self(Hours::Always)
    }

    /// Reads hours that somebody has written, with a pointer to what is wrong.
    ///
    /// ```
    /// use stafett_workflow::calendar::OpeningHours;
    ///
    /// let written = serde_json::json!({ "mon": [["08:00", "15:30"]], "dates": { "2026-12-24": [["15:00", "08:00"]] } });
    /// assert_eq!(OpeningHours::read(&written).unwrap_err().pointer, "/dates/2026-12-24");
    /// ```
    ///
    /// # Errors
    /// The first fault.
    pub fn read(written: &serde_json::Value) -> Result<Self, FieldError> {
        written::read(written)
    }

    /// Whether it is open round the clock.
    #[must_use]
    pub const fn is_always(&self) -> bool {
        matches!(self.0, Hours::Always)
    }

    /// Whether somebody can be reached at an instant.
    #[must_use]
    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        let now = local::local_time(at);
        let minute = 60 * now.hour() + now.minute();
        match &self.0 {
            Hours::Always => true,
            Hours::Weekly(week) => {
                let spans = week.on(local::local_date(at)).iter();
                spans
                    .map(|span| u32::from(span.opens)..u32::from(span.closes))
                    .any(|span| span.contains(&minute))
            }
        }
    }

    /// The first instant from `at` on, `at` included, at which somebody can be reached; `None` when nobody can within a year.
    #[must_use]
    pub fn next_opening(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let at = local::clamp(at);
        if self.is_open(at) {
            return Some(at);
        }
        let Hours::Weekly(week) = &self.0 else { return Some(at) };
        let today = local::local_date(at);
        (0..=HORIZON)
            .filter_map(|ahead| today.checked_add_days(Days::new(ahead)))
            .find_map(|date| {
                let openings = week.on(date).iter().flat_map(|span| span.openings(date));
                // When the clock is put back an hour begins anew, and with it perhaps a span that had ended. That is at
                // 01:00 UTC; on every other day the instant lies within a span or outside, and changes nothing.
                let clock_change = date.and_hms_opt(1, 0, 0).map(|change| change.and_utc());
                openings
                    .chain(clock_change)
                    .filter(|&opening| opening >= at && self.is_open(opening))
                    .min()
            })
    }
}

impl OpeningHours {
    /// When it will have been open for so long, counted from `from`; `None` when it is not open within a year, now or
    /// later on the way.
    #[must_use]
    pub fn after_open(&self, from: DateTime<Utc>, open: TimeDelta) -> Option<DateTime<Utc>> {
        let from = local::clamp(from);
        let Hours::Weekly(week) = &self.0 else {
            return from.checked_add_signed(open).map(local::clamp);
        };
        let (mut left, mut closed_for) = (open, 0);
        for date in local::local_date(from).iter_days() {
            let before = left;
            for (opens, closes) in week.open_on(date) {
                let opens = opens.max(from);
                let here = (closes - opens).max(TimeDelta::zero());
                if left <= here {
                    return Some(local::clamp(opens + left));
                }
                left -= here;
            }
            closed_for = if left < before { 0 } else { closed_for + 1 };
            if closed_for > HORIZON {
                return None;
            }
        }
        None
    }

    /// For how long it is open between two instants; nothing when the second is not later.
    #[must_use]
    pub fn open_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        let (from, to) = (local::clamp(from), local::clamp(to));
        if to <= from {
            return TimeDelta::zero();
        }
        let Hours::Weekly(week) = &self.0 else { return to - from };
        let last = local::local_date(to);
        let days = local::local_date(from).iter_days().take_while(|date| *date <= last);
        let spans = days.flat_map(|date| week.open_on(date));
        spans
            .map(|(opens, closes)| (closes.min(to) - opens.max(from)).max(TimeDelta::zero()))
            .sum()
    }
}

impl Week {
    /// From when to when it is open on a date, in order. The clock is changed at 01:00 UTC if at all, so what lies before
    /// and after it is reckoned each by its own offset: the hour that comes twice is open twice, and the one that is skipped
    /// not at all.
    fn open_on(&self, date: NaiveDate) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let spans = self.on(date);
        let midnight = date.and_time(NaiveTime::MIN);
        let change = date.and_hms_opt(1, 0, 0).map(|change| change.and_utc());
        let (Some(change), false) = (change, spans.is_empty()) else {
            return Vec::new();
        };
        let before = local::ahead(change - TimeDelta::minutes(1));
        let after = local::ahead(change);
        let at = |minute: u16, ahead: TimeDelta| (midnight + TimeDelta::minutes(minute.into()) - ahead).and_utc();
        let early = spans
            .iter()
            .map(|span| (at(span.opens, before), at(span.closes, before).min(change)));
        let late = spans
            .iter()
            .map(|span| (at(span.opens, after).max(change), at(span.closes, after)));
        early.chain(late).filter(|(opens, closes)| opens < closes).collect()
    }

    fn on(&self, date: NaiveDate) -> &Day {
        if let Some(day) = self.dates.get(&date) {
            return day;
        }
        if is_public_holiday(date) {
            return &self.holidays;
        }
        match date.weekday() {
            Weekday::Mon => &self.mon,
            Weekday::Tue => &self.tue,
            Weekday::Wed => &self.wed,
            Weekday::Thu => &self.thu,
            Weekday::Fri => &self.fri,
            Weekday::Sat => &self.sat,
            Weekday::Sun => &self.sun,
        }
    }
}

impl Span {
    fn openings(self, date: NaiveDate) -> impl Iterator<Item = DateTime<Utc>> {
        let midnight = date.and_time(NaiveTime::MIN);
        let opening = midnight.checked_add_signed(TimeDelta::minutes(self.opens.into()));
        opening.into_iter().flat_map(local::instants)
    }
}
