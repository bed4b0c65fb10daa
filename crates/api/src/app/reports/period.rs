//! The time that a report is about.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, SubsecRound, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Oslo;
use stafett_workflow::calendar::{EARLIEST, LATEST};
use stafett_workflow::refusal::FieldError;

/// A period is so long when nobody says where it begins.
const USUAL: Months = Months::new(12);

/// From an instant on, until just before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first instant within.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub until: DateTime<Utc>,
}

impl Period {
    /// Reads a period. Each end is a date, which is a whole day in Oslo and belongs to the period, or an instant by RFC 3339.
    /// Without an end it runs until now, which is still within, and without a beginning for a year.
    ///
    /// # Errors
    /// Whatever is not a time, or a beginning that does not come before the end.
    ///
    /// ```
    /// use stafett_api::app::reports::period::Period;
    ///
    /// let now = "2026-11-24T12:00:00Z".parse()?;
    /// let november = Period::parse(Some("2026-11-01"), Some("2026-11-30"), now).unwrap();
    /// assert_eq!(november.from.to_rfc3339(), "2026-10-31T23:00:00+00:00");
    /// assert_eq!(november.until.to_rfc3339(), "2026-11-30T23:00:00+00:00");
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    pub fn parse(from: Option<&str>, to: Option<&str>, now: DateTime<Utc>) -> Result<Self, Vec<FieldError>> {
        let read = |parameter, given: Option<&str>, end| {
            given
                .map(|given| instant(given, end).ok_or_else(|| not_a_time(parameter)))
                .transpose()
        };
        let (from, until) = match (read("?from", from, End::First), read("?to", to, End::Last)) {
            (Ok(from), Ok(until)) => (from, until),
            (from, until) => return Err([from.err(), until.err()].into_iter().flatten().collect()),
        };
        let from = from
            .or_else(|| until.unwrap_or(now).checked_sub_months(USUAL))
            .unwrap_or(EARLIEST);
        // What is sent at this very instant has been sent.
        let until = until.unwrap_or(now + TimeDelta::microseconds(1));
        if from < until {
            return Ok(Self { from, until });
        }
        Err(vec![FieldError::new(
            "?from",
            "impossible-period",
            "Perioden må begynne før den slutter; uten to slutter den nå.",
            "The period must begin before it ends; without to it ends now.",
        )])
    }
}

impl Period {
    /// Reads a third of a year that is over, the last one when nobody says which. Who sees across agencies is told of nothing else:
    /// periods that overlap could be subtracted from each other until one hand-off is left, and one that still runs would tell each
    /// day what is new.
    ///
    /// # Errors
    /// Whatever is no such third.
    ///
    /// ```
    /// use stafett_api::app::reports::period::Period;
    ///
    /// let now = "2026-11-24T12:00:00Z".parse()?;
    /// let summer = Period::third(None, None, now).unwrap();
    /// assert_eq!(summer, Period::third(Some("2026-05-01"), Some("2026-08-31"), now).unwrap());
    /// assert!(Period::third(Some("2026-05-02"), Some("2026-08-31"), now).is_err());
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    pub fn third(from: Option<&str>, to: Option<&str>, now: DateTime<Utc>) -> Result<Self, Vec<FieldError>> {
        let today = now.with_timezone(&Oslo).date_naive();
        let last = Self::third_before(today);
        if from.is_none() && to.is_none() {
            return last.ok_or_else(|| vec![not_a_third()]);
        }
        let asked = Self::parse(from, to, now)?;
        let day_after = asked.until.with_timezone(&Oslo).date_naive();
        let is_third = asked.until <= now && Self::third_before(day_after) == Some(asked);
        is_third.then_some(asked).ok_or_else(|| vec![not_a_third()])
    }

    /// Reads a period as [`Period::parse`] does; without a beginning and an end it is the month that runs in Oslo, until now.
    ///
    /// # Errors
    /// As for [`Period::parse`].
    pub fn month(from: Option<&str>, to: Option<&str>, now: DateTime<Utc>) -> Result<Self, Vec<FieldError>> {
        if from.is_some() || to.is_some() {
            return Self::parse(from, to, now);
        }
        let first = now.with_timezone(&Oslo).date_naive().with_day(1);
        Self::parse(first.map(|first| first.to_string()).as_deref(), None, now)
    }

    /// The same days of the year before: what a figure is held against.
    ///
    /// ```
    /// use stafett_api::app::reports::period::Period;
    ///
    /// let now = "2026-11-24T12:00:00Z".parse()?;
    /// let october = Period::parse(Some("2026-10-01"), Some("2026-10-31"), now).unwrap();
    /// assert_eq!(october.year_before(), Period::parse(Some("2025-10-01"), Some("2025-10-31"), now).unwrap());
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    #[must_use]
    pub fn year_before(self) -> Self {
        Self {
            from: year_before(self.from),
            until: year_before(self.until),
        }
    }

    /// Whether an instant lies within.
    #[must_use]
    pub fn has(&self, at: DateTime<Utc>) -> bool {
        (self.from..self.until).contains(&at)
    }

    /// The third of a year that was over when this day began.
    fn third_before(day: NaiveDate) -> Option<Self> {
        let until = NaiveDate::from_ymd_opt(day.year(), 1 + day.month0() / 4 * 4, 1)?;
        let from = until.checked_sub_months(Months::new(4))?;
        Some(Self {
            from: midnight(from)?,
            until: midnight(until)?,
        })
    }
}

fn not_a_third() -> FieldError {
    FieldError::new(
        "?from",
        "impossible-period",
        "På tvers av enheter gis tall for en hel tredel av et år som er over: januar–april, mai–august eller september–desember, \
         for eksempel from=2026-05-01&to=2026-08-31.",
        "Across agencies figures are given for one whole third of a year that is over: January–April, May–August or \
         September–December, such as from=2026-05-01&to=2026-08-31.",
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    First,
    Last,
}

fn instant(given: &str, end: End) -> Option<DateTime<Utc>> {
    let instant = match NaiveDate::parse_from_str(given, "%Y-%m-%d") {
        Ok(date) if end == End::First => midnight(date)?,
        Ok(date) => midnight(date.checked_add_days(Days::new(1))?)?,
        Err(_not_a_date) => DateTime::parse_from_rfc3339(given).ok()?.to_utc().trunc_subsecs(6),
    };
    (EARLIEST..=LATEST).contains(&instant).then_some(instant)
}

/// The same time by the clocks of Oslo a year earlier; an hour later where there was no such time.
fn year_before(instant: DateTime<Utc>) -> DateTime<Utc> {
    let local = instant.with_timezone(&Oslo).naive_local();
    let before = local.checked_sub_months(USUAL).unwrap_or(local);
    let found = Oslo.from_local_datetime(&before).earliest();
    let found = found.or_else(|| Oslo.from_local_datetime(&(before + TimeDelta::hours(1))).earliest());
    found.map_or(instant, |found| found.to_utc())
}

/// The first instant of a day in Oslo.
pub(crate) fn midnight(date: NaiveDate) -> Option<DateTime<Utc>> {
    Oslo.from_local_datetime(&date.and_time(NaiveTime::MIN))
        .earliest()
        .map(|midnight| midnight.to_utc())
}

fn not_a_time(parameter: &str) -> FieldError {
    FieldError::new(
        parameter,
        "invalid-value",
        "Skal være en dato (2026-11-24, hele dagen) eller et tidspunkt (2026-11-24T12:00:00Z).",
        "Must be a date (2026-11-24, the whole day) or an instant (2026-11-24T12:00:00Z).",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(from: Option<&str>, to: Option<&str>) -> Result<[String; 2], Vec<String>> {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        Period::parse(from, to, now)
            .map(|period| [period.from, period.until].map(|instant| instant.to_rfc3339()))
            .map_err(|wrong| {
                wrong
                    .into_iter()
                    .map(|wrong| format!("{} {}", wrong.pointer, wrong.code))
                    .collect()
            })
    }

    fn times(from: &str, until: &str) -> Result<[String; 2], Vec<String>> {
        Ok([from, until].map(|time| format!("{time}+00:00")))
    }

    #[test]
    fn a_date_is_a_whole_day_in_oslo() {
        assert_eq!(
            parse(Some("2026-11-24"), Some("2026-11-24")),
            times("2026-11-23T23:00:00", "2026-11-24T23:00:00")
        );
        // Put forward on the 29th, so the day has 23 hours.
        assert_eq!(
            parse(Some("2026-03-29"), Some("2026-03-29")),
            times("2026-03-28T23:00:00", "2026-03-29T22:00:00")
        );
    }

    #[test]
    fn what_is_not_said_is_a_year_until_now() {
        assert_eq!(
            parse(None, None),
            times("2025-11-24T12:00:00", "2026-11-24T12:00:00.000001")
        );
        assert_eq!(
            parse(None, Some("2024-03-01T00:00:00+01:00")),
            times("2023-02-28T23:00:00", "2024-02-29T23:00:00")
        );
    }

    #[test]
    fn across_agencies_a_period_is_a_third_that_is_over() {
        let third = |from, to, now: &str| {
            Period::third(from, to, now.parse().unwrap())
                .map(|period| [period.from, period.until].map(|instant| instant.to_rfc3339()))
                .map_err(|wrong| wrong.into_iter().map(|wrong| wrong.code).collect::<Vec<_>>())
        };
        let times = |from: &str, until: &str| Ok([from, until].map(|time| format!("{time}:00:00+00:00")));
        let now = "2026-11-24T12:00:00Z";
        assert_eq!(third(None, None, now), times("2026-04-30T22", "2026-08-31T22"));
        assert_eq!(
            third(None, None, "2026-01-01T00:00:00Z"),
            times("2025-08-31T22", "2025-12-31T23")
        );
        let new_year = "2025-12-31T22:59:59Z";
        assert_eq!(third(None, None, new_year), times("2025-04-30T22", "2025-08-31T22"));
        assert_eq!(
            third(Some("2025-09-01"), Some("2025-12-31"), now),
            times("2025-08-31T22", "2025-12-31T23")
        );
        // Neither one that runs, nor a part of one, nor two, nor one that is put off by a second.
        for (from, to) in [
            ("2026-09-01", "2026-12-31"),
            ("2026-05-01", "2026-08-30"),
            ("2026-01-01", "2026-08-31"),
            ("2026-04-30T22:00:00Z", "2026-08-31T22:00:01Z"),
            ("2026-06-01", "2026-09-30"),
        ] {
            assert_eq!(
                third(Some(from), Some(to), now),
                Err(vec!["impossible-period"]),
                "{from} {to}"
            );
        }
        assert_eq!(third(Some("2026-05-01"), None, now), Err(vec!["impossible-period"]));
        assert_eq!(third(Some("x"), None, now), Err(vec!["invalid-value"]));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for wrong in [
            "yesterday",
            "",
            "2026-13-01",
            "2026-02-30",
            "24.11.2026",
            "2026-11-24T12:00:00",
            "+12026-01-01",
        ] {
            assert_eq!(
                parse(Some(wrong), None),
                Err(vec!["?from invalid-value".to_owned()]),
                "{wrong}"
            );
        }
        assert_eq!(
            parse(Some("x"), Some("y")),
            Err(vec!["?from invalid-value".to_owned(), "?to invalid-value".to_owned()])
        );
        let impossible = Err(vec!["?from impossible-period".to_owned()]);
        assert_eq!(parse(Some("2026-11-25"), Some("2026-11-24")), impossible);
        assert_eq!(parse(Some("2026-12-01"), None), impossible);
        assert_eq!(
            parse(Some("2026-11-24T12:00:00Z"), Some("2026-11-24T12:00:00Z")),
            impossible
        );
    }
}
