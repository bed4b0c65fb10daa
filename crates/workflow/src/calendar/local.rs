//! Oslo's local time: from instants to dates and back, also in the nights when the clock is changed.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Oslo;

/// The first instant that is reckoned with: 1 January of the year 1, UTC.
pub const EARLIEST: DateTime<Utc> = at_seconds(-62_135_596_800, DateTime::<Utc>::MIN_UTC);

/// The last instant that is reckoned with: the last second of the year 9999, UTC. Beyond it RFC 3339 has no way to write one.
pub const LATEST: DateTime<Utc> = at_seconds(253_402_300_799, DateTime::<Utc>::MAX_UTC);

/// The date that a calendar on an Oslo wall shows.
#[must_use]
pub fn local_date(at: DateTime<Utc>) -> NaiveDate {
    local(at).date()
}

/// The time that a clock on an Oslo wall shows.
#[must_use]
pub fn local_time(at: DateTime<Utc>) -> NaiveTime {
    local(at).time()
}

/// The last second of a local date.
pub(super) fn end_of_day(date: NaiveDate) -> DateTime<Utc> {
    let evening = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or(NaiveTime::MIN);
    instants(date.and_time(evening)).last().map_or(LATEST, clamp)
}

/// The instants at which an Oslo clock shows a date and time, in order: one as a rule, two in the hour that comes twice
/// in October. A time in the hour that is skipped in March is taken for the instant of the skip, when the clock first shows
/// something later.
pub(super) fn instants(local: NaiveDateTime) -> impl DoubleEndedIterator<Item = DateTime<Utc>> {
    let (one, two) = match Oslo.from_local_datetime(&local) {
        LocalResult::Single(at) => (Some(at.to_utc()), None),
        LocalResult::Ambiguous(early, late) => (Some(early.to_utc()), Some(late.to_utc())),
        LocalResult::None => (after_gap(local), None),
    };
    [one, two].into_iter().flatten()
}

/// Draws an instant in to where dates can be reckoned with.
pub(super) fn clamp(at: DateTime<Utc>) -> DateTime<Utc> {
    at.clamp(EARLIEST, LATEST)
}

/// How far an Oslo clock is ahead of UTC at an instant.
pub(super) fn ahead(at: DateTime<Utc>) -> TimeDelta {
    local(at) - clamp(at).naive_utc()
}

fn local(at: DateTime<Utc>) -> NaiveDateTime {
    clamp(at).with_timezone(&Oslo).naive_local()
}

/// The end of the skipped hour in which a local time lies. Clocks are put forward at whole minutes, so the first whole
/// minute that exists is it.
fn after_gap(local: NaiveDateTime) -> Option<DateTime<Utc>> {
    (1..=180)
        .filter_map(|minutes| local.checked_add_signed(TimeDelta::minutes(minutes)))
        .find_map(|later| Oslo.from_local_datetime(&later).earliest())
        .map(|at| at.to_utc())
}

const fn at_seconds(seconds: i64, otherwise: DateTime<Utc>) -> DateTime<Utc> {
    match DateTime::from_timestamp(seconds, 0) {
        Some(at) => at,
        None => otherwise,
    }
}
