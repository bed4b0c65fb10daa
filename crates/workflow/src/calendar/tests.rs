//! The vectors of the field, and the laws that hold for every instant.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Europe::Oslo;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::vocabulary::Language;

const WEEKDAYS: Calendar = Calendar { saturdays_count: false };
const WITH_SATURDAYS: Calendar = Calendar { saturdays_count: true };

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// An instant by what an Oslo clock shows.
fn oslo(text: &str) -> DateTime<Utc> {
    Oslo.from_local_datetime(&text.parse().unwrap())
        .single()
        .unwrap()
        .to_utc()
}

fn end_of(day: &str) -> DateTime<Utc> {
    oslo(&format!("{day}T23:59:59"))
}

fn limit(text: &str) -> Limit {
    text.parse().unwrap()
}

// Barnevernsloven §§ 2-1, 13-3 and 2-2, for a concern report received on 24 November 2026.
#[rstest]
#[case("1 week", "2026-12-01")]
#[case("3 weeks", "2026-12-15")]
fn a_concern_report_is_reviewed_and_answered_in_time(#[case] text: &str, #[case] due: &str) {
    for received in ["2026-11-24T00:00:00", "2026-11-24T14:05:00", "2026-11-24T23:59:59"] {
        assert_eq!(limit(text).due(oslo(received), WEEKDAYS), end_of(due), "{received}");
    }
}

#[rstest]
#[case("3 months", "2027-03-01")]
#[case("6 months", "2027-06-01")]
fn the_investigation_runs_from_the_expiry_of_the_week_of_review(#[case] text: &str, #[case] due: &str) {
    let reviewed = limit("1 week").due(oslo("2026-11-24T14:05:00"), WEEKDAYS);
    assert_eq!(limit(text).due(reviewed, WEEKDAYS), end_of(due));
}

#[rstest]
#[case("10 working days", "2026-03-23", "2026-04-09", "2026-04-07")]
#[case("10 working days", "2026-05-06", "2026-05-21", "2026-05-19")]
#[case("10 working days", "2026-12-18", "2027-01-05", "2027-01-02")]
fn working_days_skip_weekends_and_holidays(
    #[case] text: &str,
    #[case] from: &str,
    #[case] due: &str,
    #[case] with_saturdays: &str,
) {
    let from = oslo(&format!("{from}T09:30:00"));
    assert_eq!(limit(text).due(from, WEEKDAYS), end_of(due));
    assert_eq!(limit(text).due(from, WITH_SATURDAYS), end_of(with_saturdays));
}

#[test]
fn the_longest_wait_of_the_young_in_specialist_health() {
    assert_eq!(
        limit("65 working days").due(oslo("2026-05-06T12:00:00"), WEEKDAYS),
        end_of("2026-08-07")
    );
}

#[test]
fn opening_hours_of_nobody_are_hours() {
    let (limit, from) = (limit("8 opening hours"), oslo("2026-11-27T15:00:00"));
    let office: OpeningHours =
        serde_json::from_str(r#"{"mon":[["08:00","16:00"]],"fri":[["08:00","16:00"]]}"#).unwrap();
    assert_eq!(limit.due_in(from, WEEKDAYS, Some(&office)), oslo("2026-11-30T15:00:00"));
    let wall = oslo("2026-11-27T23:00:00");
    assert_eq!(limit.due(from, WEEKDAYS), wall);
    assert_eq!(limit.due_in(from, WEEKDAYS, None), wall);
    // A unit that never opens would otherwise have for ever.
    assert_eq!(limit.due_in(from, WEEKDAYS, Some(&OpeningHours::default())), wall);
    // Other units are not the unit's to open and close.
    let days = "3 working days".parse::<Limit>().unwrap();
    assert_eq!(days.due_in(from, WEEKDAYS, Some(&office)), days.due(from, WEEKDAYS));
}

#[rstest]
#[case("2027-01-31", "1 month", "2027-02-28")]
#[case("2028-01-31", "1 month", "2028-02-29")]
#[case("2026-11-30", "3 months", "2027-02-28")]
#[case("2027-02-28", "1 month", "2027-03-28")]
#[case("2026-12-31", "1 day", "2027-01-01")]
#[case("2026-11-22", "1 week", "2026-11-29")] // a Sunday, and it does not roll
#[case("2026-11-28", "1 working day", "2026-11-30")] // from a Saturday
fn ends_of_months_and_weekends(#[case] from: &str, #[case] text: &str, #[case] due: &str) {
    assert_eq!(
        limit(text).due(oslo(&format!("{from}T12:00:00")), WEEKDAYS),
        end_of(due)
    );
}

#[test]
fn the_local_day_decides_and_not_the_utc_day() {
    // Half past midnight on the 2nd in Oslo is still the 1st in UTC.
    assert_eq!(
        limit("1 day").due(utc("2026-07-01T22:30:00Z"), WEEKDAYS),
        end_of("2026-07-03")
    );
}

#[test]
fn hours_are_exact_through_the_nights_when_the_clock_is_changed() {
    let before_spring = oslo("2027-03-27T12:00:00");
    assert_eq!(
        limit("24 hours").due(before_spring, WEEKDAYS),
        oslo("2027-03-28T13:00:00")
    );
    assert_eq!(limit("1 day").due(before_spring, WEEKDAYS), utc("2027-03-28T21:59:59Z"));
    let before_autumn = oslo("2026-10-24T12:00:00");
    assert_eq!(
        limit("24 hours").due(before_autumn, WEEKDAYS),
        oslo("2026-10-25T11:00:00")
    );
    assert_eq!(limit("1 day").due(before_autumn, WEEKDAYS), utc("2026-10-25T22:59:59Z"));
}

#[test]
fn instants_out_of_reach_are_drawn_in() {
    for text in [
        "65535 hours",
        "65535 days",
        "65535 weeks",
        "65535 months",
        "65535 working days",
        "65535 opening hours",
    ] {
        assert_eq!(limit(text).due(DateTime::<Utc>::MAX_UTC, WEEKDAYS), LATEST, "{text}");
        assert!(limit(text).due(DateTime::<Utc>::MIN_UTC, WEEKDAYS) > EARLIEST, "{text}");
    }
    assert_eq!(EARLIEST.to_rfc3339(), "0001-01-01T00:00:00+00:00");
    assert_eq!(LATEST.to_rfc3339(), "9999-12-31T23:59:59+00:00");
    assert!(OpeningHours::default().next_opening(DateTime::<Utc>::MAX_UTC).is_none());
    assert_eq!(warn_at(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, 100), LATEST);
    assert!(warn_at(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, 50).year() == 5000);
}

#[rstest]
#[case("24 hours", "24 timer")]
#[case("1 hour", "1 time")]
#[case("2 weeks", "2 uker")]
#[case("10 working days", "10 virkedager")]
#[case("1 working day", "1 virkedag")]
#[case("3 months", "3 måneder")]
#[case("1 day", "1 dag")]
#[case("8 opening hours", "8 åpningstimer")]
#[case("1 opening hour", "1 åpningstime")]
fn limits_are_written_and_read(#[case] text: &str, #[case] norwegian: &str) {
    let limit = limit(text);
    assert_eq!(limit.to_string(), text);
    assert_eq!(limit.text(Language::En), text);
    assert_eq!(limit.text(Language::Nb), norwegian);
    let json = serde_json::to_string(&limit).unwrap();
    assert_eq!(json, format!("\"{text}\""));
    assert_eq!(serde_json::from_str::<Limit>(&json).unwrap(), limit);
}

#[rstest]
#[case("")]
#[case("2")]
#[case("weeks")]
#[case("0 days")]
#[case("-1 days")]
#[case("+1 day")]
#[case("1.5 hours")]
#[case("65536 days")]
#[case("2 fortnights")]
#[case("10 working")]
#[case("10 working hours")]
#[case("10 days more")]
fn what_is_no_limit_is_refused_in_both_languages(#[case] text: &str) {
    let refused = text.parse::<Limit>().unwrap_err();
    assert_eq!(refused, CalendarError::Limit { found: text.to_owned() });
    assert!(refused.text(Language::Nb).contains("ingen frist"));
    assert!(refused.to_string().contains("no limit"));
}

#[rstest]
#[case(2024, "2024-03-31")]
#[case(2025, "2025-04-20")]
#[case(2026, "2026-04-05")]
#[case(2027, "2027-03-28")]
#[case(2038, "2038-04-25")] // as late as it can be
#[case(2285, "2285-03-22")] // as early as it can be
fn easter(#[case] year: i32, #[case] sunday: &str) {
    assert_eq!(easter_sunday(year), Some(date(sunday)));
}

#[test]
fn the_holidays_of_2027_have_17_may_once() {
    let holidays = [
        "2027-01-01",
        "2027-03-25",
        "2027-03-26",
        "2027-03-28",
        "2027-03-29",
        "2027-05-01",
        "2027-05-06",
        "2027-05-16",
        "2027-05-17",
        "2027-12-25",
        "2027-12-26",
    ];
    assert_eq!(public_holidays(2027), holidays.map(date));
    assert_eq!(public_holidays(2026).len(), 12);
}

#[test]
fn holidays_are_the_same_by_year_and_by_date() {
    for year in [-1, 0, 4, 1900, 2000, 2026, 2027, 9999] {
        let holidays = public_holidays(year);
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        for date in first.iter_days().take_while(|date| date.year() == year) {
            assert_eq!(is_public_holiday(date), holidays.contains(&date), "{date}");
        }
    }
    assert!(!is_public_holiday(date("2026-12-24")), "the eves are no holidays");
    assert!(easter_sunday(i32::MAX).is_none());
}

#[test]
fn a_warning_comes_on_the_way() {
    let (start, due) = (utc("2026-11-24T08:00:00Z"), utc("2026-11-24T18:00:00Z"));
    assert_eq!(warn_at(start, due, 0), start);
    assert_eq!(warn_at(start, due, 75), utc("2026-11-24T15:30:00Z"));
    assert_eq!(warn_at(start, due, 100), due);
    assert_eq!(warn_at(start, due, 255), due);
    assert_eq!(warn_at(due, start, 50), start, "there is no way back");
    assert_eq!(warn_at(start, start, 50), start);
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    // 1990 to 2100, with the microseconds that are stored.
    (631_152_000_000_000..4_102_444_800_000_000_i64).prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap())
}

fn any_limit() -> impl Strategy<Value = Limit> {
    let unit = prop::sample::select(vec![
        LimitUnit::Hours,
        LimitUnit::Days,
        LimitUnit::Weeks,
        LimitUnit::Months,
        LimitUnit::WorkingDays,
    ]);
    (1..400_u16, unit).prop_map(|(amount, unit)| Limit::new(amount.try_into().unwrap(), unit))
}

fn any_limit_of_days() -> impl Strategy<Value = Limit> {
    any_limit().prop_filter("hours are exact", |limit| limit.unit() != LimitUnit::Hours)
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    any::<bool>().prop_map(|saturdays_count| Calendar { saturdays_count })
}

proptest! {
    #[test]
    fn due_comes_later(from in instant(), limit in any_limit(), calendar in any_calendar()) {
        prop_assert!(limit.due(from, calendar) > from);
    }

    #[test]
    fn who_starts_later_is_due_no_sooner(one in instant(), two in instant(), limit in any_limit(), calendar in any_calendar()) {
        let (early, late) = (one.min(two), one.max(two));
        prop_assert!(limit.due(early, calendar) <= limit.due(late, calendar));
    }

    #[test]
    fn who_starts_a_little_later_is_due_no_sooner(from in instant(), minutes in 0..5_000_i64, limit in any_limit(), calendar in any_calendar()) {
        let later = from + TimeDelta::minutes(minutes);
        prop_assert!(limit.due(from, calendar) <= limit.due(later, calendar));
    }

    #[test]
    fn all_but_hours_end_with_the_local_day(from in instant(), limit in any_limit_of_days(), calendar in any_calendar()) {
        let due = limit.due(from, calendar);
        prop_assert_eq!(local_time(due), chrono::NaiveTime::from_hms_opt(23, 59, 59).unwrap());
        prop_assert_eq!(local_date(due + TimeDelta::seconds(1)), local_date(due).succ_opt().unwrap());
    }

    #[test]
    fn working_days_end_on_a_working_day_and_are_counted_right(from in instant(), amount in 1..200_u16, calendar in any_calendar()) {
        let limit = Limit::new(amount.try_into().unwrap(), LimitUnit::WorkingDays);
        let (start, end) = (local_date(from), local_date(limit.due(from, calendar)));
        prop_assert!(!is_public_holiday(end));
        prop_assert_ne!(end.weekday(), Weekday::Sun);
        let worked = start.iter_days().skip(1).take_while(|&date| date <= end).filter(|&date| calendar.is_working_day(date));
        prop_assert_eq!(worked.count(), usize::from(amount));
    }

    #[test]
    fn limits_of_days_compose(from in instant(), one in 1..200_u16, two in 1..200_u16, calendar in any_calendar()) {
        for unit in [LimitUnit::Days, LimitUnit::Weeks, LimitUnit::WorkingDays] {
            let limit = |amount: u16| Limit::new(amount.try_into().unwrap(), unit);
            let in_two_steps = limit(two).due(limit(one).due(from, calendar), calendar);
            prop_assert_eq!(in_two_steps, limit(one + two).due(from, calendar));
        }
    }

    #[test]
    fn a_warning_lies_between_and_never_goes_back(one in instant(), two in instant(), percent in 0..=100_u8) {
        let (start, due) = (one.min(two), one.max(two));
        let warning = warn_at(start, due, percent);
        prop_assert!(start <= warning && warning <= due);
        prop_assert!(warning <= warn_at(start, due, percent + 1));
        prop_assert_eq!(warning.nanosecond() % 1_000, 0);
    }

    #[test]
    fn no_limit_and_no_instant_make_it_panic(seconds: i64, limit in any_limit(), calendar in any_calendar(), text: String) {
        if let Some(from) = DateTime::from_timestamp(seconds % 8_210_266_876_799, 999_999_999) {
            let due = limit.due(from, calendar);
            prop_assert!((EARLIEST..=LATEST).contains(&due));
            prop_assert!((EARLIEST..=LATEST).contains(&warn_at(from, due, 80)));
        }
        if let Ok(limit) = text.parse::<Limit>() {
            prop_assert_eq!(limit.to_string().parse(), Ok(limit));
        }
    }

    #[test]
    fn every_limit_is_read_as_it_is_written(limit in any_limit()) {
        prop_assert_eq!(limit.to_string().parse(), Ok(limit));
    }
}
