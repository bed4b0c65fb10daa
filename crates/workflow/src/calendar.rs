//! Limits, working days and opening hours: time as the statutes and the agencies count it.
//!
//! Instants are stored in UTC. Hours are exact; days, weeks, months and working days run in Oslo's local time to the
//! end of the local day, so that a limit means the same to everybody who reads it off a wall calendar.
//!
//! Nothing here reads a clock, and nothing panics: instants beyond the years 1 to 9999 are drawn in to [`EARLIEST`] and
//! [`LATEST`].

mod error;
mod holidays;
mod limit;
mod local;
mod opening;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};

pub use error::CalendarError;
pub use holidays::{easter_sunday, is_public_holiday, public_holidays};
pub use limit::{Limit, LimitUnit};
pub use local::{EARLIEST, LATEST, local_date, local_time};
pub use opening::OpeningHours;

/// Which days count as working days. Public holidays never do, nor do Sundays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Calendar {
    /// Whether Saturday is a working day. Statutes that speak of *virkedager* differ in practice, so each installation
    /// decides.
    pub saturdays_count: bool,
}

impl Calendar {
    /// Whether work is reckoned to be done on this local date.
    ///
    /// ```
    /// use stafett_workflow::calendar::Calendar;
    ///
    /// let whit_monday = "2027-05-17".parse()?;
    /// assert!(!Calendar::default().is_working_day(whit_monday));
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    #[must_use]
    pub fn is_working_day(self, date: NaiveDate) -> bool {
        let in_the_week = match date.weekday() {
            Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Fri => true,
            Weekday::Sat => self.saturdays_count,
            Weekday::Sun => false,
        };
        in_the_week && !is_public_holiday(date)
    }
}

/// The instant at which so many percent of the way from `start` to `due` have passed: when a clock warns before it runs
/// out. More than 100 counts as 100, and where nothing lies between the two, it is `due`.
///
/// ```
/// use stafett_workflow::calendar::warn_at;
///
/// let (start, due) = ("2026-11-24T08:00:00Z".parse()?, "2026-11-24T18:00:00Z".parse()?);
/// assert_eq!(warn_at(start, due, 75), "2026-11-24T15:30:00Z".parse::<chrono::DateTime<chrono::Utc>>()?);
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[must_use]
pub fn warn_at(start: DateTime<Utc>, due: DateTime<Utc>, percent: u8) -> DateTime<Utc> {
    let (start, due) = (local::clamp(start), local::clamp(due));
    let way = (due - start).num_microseconds().unwrap_or(i64::MAX);
    if way <= 0 || percent >= 100 {
        return due;
    }
    // In 128 bits, because the way in microseconds times a hundred may not fit in 64.
    let part = i128::from(way) * i128::from(percent) / 100;
    let part = i64::try_from(part).unwrap_or(i64::MAX);
    start
        .checked_add_signed(TimeDelta::microseconds(part))
        .map_or(due, local::clamp)
}
