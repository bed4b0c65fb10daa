//! Opening hours through weeks, holidays and the nights when the clock is changed.

use chrono::TimeZone;
use chrono_tz::Europe::Oslo;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::calendar::CalendarError;
use crate::vocabulary::Language;

fn hours(json: &str) -> OpeningHours {
    serde_json::from_str(json).unwrap()
}

fn oslo(text: &str) -> DateTime<Utc> {
    Oslo.from_local_datetime(&text.parse().unwrap())
        .single()
        .unwrap()
        .to_utc()
}

const OFFICE: &str = r#"{"mon":[["08:00","15:30"]],"tue":[["08:00","15:30"]],"wed":[["08:00","11:00"],["12:00","15:30"]],"thu":[["08:00","15:30"]],"fri":[["08:00","15:30"]]}"#;

#[rstest]
#[case("2026-11-23T07:59:59", false)]
#[case("2026-11-23T08:00:00", true)]
#[case("2026-11-23T15:29:59", true)]
#[case("2026-11-23T15:30:00", false)]
#[case("2026-11-25T11:30:00", false)] // closed for lunch on Wednesdays
#[case("2026-11-28T12:00:00", false)] // Saturday
#[case("2026-05-14T12:00:00", false)] // Ascension Day
fn an_office_keeps_its_hours(#[case] at: &str, #[case] open: bool) {
    assert_eq!(hours(OFFICE).is_open(oslo(at)), open);
}

#[rstest]
#[case("2026-11-23T09:00:00", "2026-11-23T09:00:00")]
#[case("2026-11-23T06:00:00", "2026-11-23T08:00:00")]
#[case("2026-11-25T11:00:00", "2026-11-25T12:00:00")]
#[case("2026-11-27T15:30:00", "2026-11-30T08:00:00")]
#[case("2026-04-01T16:00:00", "2026-04-07T08:00:00")] // over Easter
#[case("2026-12-24T16:00:00", "2026-12-28T08:00:00")] // Christmas Day and Boxing Day, then a Sunday
fn the_next_opening_is_found(#[case] at: &str, #[case] opens: &str) {
    assert_eq!(hours(OFFICE).next_opening(oslo(at)), Some(oslo(opens)));
}

#[test]
fn round_the_clock_knows_no_holidays() {
    let always = hours(r#"{"always":true}"#);
    let christmas = oslo("2026-12-25T03:00:00");
    assert_eq!(always, OpeningHours::always());
    assert!(always.is_always() && always.is_open(christmas));
    assert_eq!(always.next_opening(christmas), Some(christmas));
}

#[test]
fn hours_of_their_own_on_holidays() {
    let out_of_hours = hours(r#"{"fri":[["15:30","24:00"]],"sat":[["00:00","24:00"]],"holidays":[["00:00","24:00"]]}"#);
    assert!(!out_of_hours.is_open(oslo("2026-11-27T12:00:00")), "an ordinary Friday");
    assert!(
        out_of_hours.is_open(oslo("2026-12-25T12:00:00")),
        "Christmas Day, a Friday"
    );
    assert!(out_of_hours.is_open(oslo("2026-11-27T23:59:59")));
    // Only on holidays: from May, nobody is there until Christmas.
    let holidays_only = hours(r#"{"holidays":[["10:00","12:00"]]}"#);
    assert_eq!(
        holidays_only.next_opening(oslo("2026-05-26T09:00:00")),
        Some(oslo("2026-12-25T10:00:00"))
    );
}

#[test]
fn who_is_never_open_has_no_next_opening() {
    for never in [
        OpeningHours::default(),
        hours("{}"),
        hours(r#"{"always":false,"mon":[]}"#),
    ] {
        assert!(!never.is_open(oslo("2026-11-23T12:00:00")));
        assert_eq!(never.next_opening(oslo("2026-11-23T12:00:00")), None);
    }
}

#[test]
fn in_spring_the_skipped_hour_opens_late_or_not_at_all() {
    // 28 March 2027 is Easter Sunday: the clock skips from 02:00 to 03:00, which is 01:00 UTC.
    let skip: DateTime<Utc> = "2027-03-28T01:00:00Z".parse().unwrap();
    let evening = oslo("2027-03-27T22:00:00");
    assert_eq!(
        hours(r#"{"holidays":[["02:30","05:00"]]}"#).next_opening(evening),
        Some(skip)
    );
    let within = hours(r#"{"holidays":[["02:15","02:45"]]}"#).next_opening(evening);
    assert_eq!(within, Some(oslo("2027-03-29T02:15:00")), "Easter Monday");
}

#[test]
fn in_autumn_the_doubled_hour_opens_twice() {
    // 25 October 2026, a Sunday: 02:00 to 03:00 comes twice, first from 00:00 UTC and again from 01:00 UTC.
    let utc = |time: &str| format!("2026-10-25T{time}:00Z").parse::<DateTime<Utc>>().unwrap();
    let early = hours(r#"{"sun":[["01:00","02:30"]]}"#);
    assert!(early.is_open(utc("00:29")) && !early.is_open(utc("00:30")) && early.is_open(utc("01:29")));
    assert_eq!(early.next_opening(utc("00:40")), Some(utc("01:00")));
    let late = hours(r#"{"sun":[["02:30","04:00"]]}"#);
    assert_eq!(late.next_opening(utc("00:10")), Some(utc("00:30")));
    assert_eq!(late.next_opening(utc("01:10")), Some(utc("01:30")));
}

#[rstest]
#[case(OFFICE)]
#[case(r#"{"always":true}"#)]
#[case("{}")]
#[case(r#"{"sat":[["00:00","24:00"]],"holidays":[["12:00","16:00"]]}"#)]
fn what_is_read_is_written_the_same(#[case] json: &str) {
    assert_eq!(serde_json::to_string(&hours(json)).unwrap(), json);
}

#[rstest]
#[case(r#"{"mon":[["8:00","15:30"]]}"#, "\"8:00\" is no time of day")]
#[case(r#"{"mon":[["08.00","15:30"]]}"#, "\"08.00\" is no time of day")]
#[case(r#"{"mon":[["08:60","15:30"]]}"#, "\"08:60\" is no time of day")]
#[case(r#"{"mon":[["08:00","24:01"]]}"#, "\"24:01\" is no time of day")]
#[case(r#"{"mon":[["ni:00","15:30"]]}"#, "\"ni:00\" is no time of day")]
#[case(r#"{"fri":[["18:00","02:00"]]}"#, "The hours on \"fri\" end before they begin")]
#[case(r#"{"fri":[["18:00","18:00"]]}"#, "The hours on \"fri\" end before they begin")]
#[case(r#"{"tue":[["08:00","12:00"],["11:59","14:00"]]}"#, "The hours on \"tue\" overlap")]
#[case(r#"{"tue":[["12:00","14:00"],["08:00","11:00"]]}"#, "The hours on \"tue\" overlap")]
#[case(r#"{"always":true,"mon":[["08:00","15:30"]]}"#, "Round-the-clock opening")]
#[case(r#"{"monday":[["08:00","15:30"]]}"#, "unknown field")]
#[case(r#"{"mon":[["08:00"]]}"#, "invalid length")]
fn what_are_no_opening_hours_is_told(#[case] json: &str, #[case] told: &str) {
    let error = serde_json::from_str::<OpeningHours>(json).unwrap_err().to_string();
    assert!(error.contains(told), "{error}");
}

#[test]
fn errors_speak_norwegian_too() {
    let errors = [
        CalendarError::TimeOfDay {
            found: "8:00".to_owned(),
        },
        CalendarError::ClosesBeforeOpening { day: "mon".to_owned() },
        CalendarError::Overlap { day: "mon".to_owned() },
        CalendarError::AlwaysWithHours,
    ];
    for error in errors {
        assert_ne!(error.text(Language::Nb), error.text(Language::En));
        assert_eq!(error.text(Language::En), error.to_string());
    }
}

fn any_hours() -> impl Strategy<Value = OpeningHours> {
    let day = prop::collection::btree_set(0..=96_u16, 0..5).prop_map(|quarters| {
        let quarters: Vec<u16> = quarters.into_iter().collect();
        quarters
            .chunks_exact(2)
            .map(|pair| Span {
                opens: 15 * pair[0],
                closes: 15 * pair[1],
            })
            .collect::<Day>()
    });
    prop::array::uniform8(day).prop_map(|[mon, tue, wed, thu, fri, sat, sun, holidays]| {
        OpeningHours(Hours::Weekly(Box::new(Week {
            mon,
            tue,
            wed,
            thu,
            fri,
            sat,
            sun,
            holidays,
            dates: BTreeMap::new(),
        })))
    })
}

proptest! {
    #[test]
    fn the_next_opening_is_the_first_quarter_that_is_open(hours in any_hours(), quarter in 0..200_000_i64) {
        // From 2026 over several years, holidays and changes of the clock.
        let at = DateTime::from_timestamp(1_767_225_600 + 900 * quarter, 0).unwrap();
        let quarters = (0..4 * 24 * 30).map(|ahead| at + TimeDelta::minutes(15 * ahead));
        let first = quarters.into_iter().find(|&later| hours.is_open(later));
        let found = hours.next_opening(at);
        match first {
            Some(_) => prop_assert_eq!(found, first),
            None => prop_assert!(found.is_none_or(|found| found >= at + TimeDelta::days(30))),
        }
    }

    #[test]
    fn the_next_opening_is_right_around_the_autumn_change(hours in any_hours(), quarter in 0..64_i64) {
        let at = DateTime::from_timestamp(1_792_872_000 + 900 * quarter, 0).unwrap();
        let first = (0..2_000).map(|ahead| at + TimeDelta::minutes(15 * ahead)).find(|&later| hours.is_open(later));
        if first.is_some() {
            prop_assert_eq!(hours.next_opening(at), first);
        }
    }

    #[test]
    fn written_hours_are_read_again(hours in any_hours()) {
        let json = serde_json::to_string(&hours).unwrap();
        prop_assert_eq!(serde_json::from_str::<OpeningHours>(&json).unwrap(), hours);
    }
}

#[rstest]
#[case("2026-12-24T09:00:00", true)] // a short Christmas Eve
#[case("2026-12-24T13:00:00", false)]
#[case("2026-12-30T09:00:00", false)] // a day off, a Wednesday
#[case("2026-12-26T10:00:00", true)] // an extra day, on a public holiday and a Saturday
#[case("2026-12-23T09:00:00", true)]
fn a_single_date_stands_in_for_whatever_day_it_is(#[case] at: &str, #[case] open: bool) {
    let mut written: serde_json::Value = serde_json::from_str(OFFICE).unwrap();
    written["dates"] = serde_json::json!({
        "2026-12-24": [["08:00", "12:00"]], "2026-12-26": [["10:00", "14:00"]], "2026-12-30": []
    });
    let hours = OpeningHours::read(&written).unwrap();
    assert_eq!(hours.is_open(oslo(at)), open);
    assert_eq!(
        serde_json::to_value(&hours).unwrap(),
        written,
        "and is written as it was read"
    );
    assert_eq!(
        hours.next_opening(oslo("2026-12-29T16:00:00")),
        Some(oslo("2026-12-31T08:00:00"))
    );
    assert_eq!(
        hours.next_opening(oslo("2026-12-24T12:00:00")),
        Some(oslo("2026-12-26T10:00:00"))
    );
}

#[rstest]
#[case(r#"[]"#, "", "wrong-type")]
#[case(r#"{"always": 1}"#, "/always", "wrong-type")]
#[case(r#"{"always": true, "mon": [["08:00", "15:00"]]}"#, "/always", "invalid-value")]
#[case(r#"{"always": true, "dates": {"2026-12-24": []}}"#, "/always", "invalid-value")]
#[case(r#"{"monday": []}"#, "/monday", "unknown-field")]
#[case(r#"{"mon": ["08:00", "15:00"]}"#, "/mon", "wrong-type")]
#[case(r#"{"mon": [["8:00", "15:00"]]}"#, "/mon", "invalid-value")]
#[case(r#"{"mon": [], "tue": [["15:00", "08:00"]]}"#, "/tue", "invalid-value")]
#[case(
    r#"{"holidays": [["08:00", "12:00"], ["11:00", "13:00"]]}"#,
    "/holidays",
    "invalid-value"
)]
#[case(r#"{"dates": []}"#, "/dates", "wrong-type")]
#[case(r#"{"dates": {"24.12.2026": []}}"#, "/dates/24.12.2026", "invalid-value")]
#[case(r#"{"dates": {"2026-02-30": []}}"#, "/dates/2026-02-30", "invalid-value")]
#[case(
    r#"{"dates": {"2026-12-24": [["12:00", "25:00"]]}}"#,
    "/dates/2026-12-24",
    "invalid-value"
)]
fn what_is_wrong_has_a_place(#[case] written: &str, #[case] pointer: &str, #[case] code: &str) {
    let fault = OpeningHours::read(&serde_json::from_str(written).unwrap()).unwrap_err();
    assert_eq!((fault.pointer.as_str(), fault.code), (pointer, code));
}

#[test]
fn nobody_keeps_up_with_more_dates_than_a_year_has() {
    let first: NaiveDate = "2026-01-01".parse().unwrap();
    let dates: serde_json::Map<_, _> = first
        .iter_days()
        .take(401)
        .map(|date| (date.to_string(), serde_json::json!([])))
        .collect();
    let fault = OpeningHours::read(&serde_json::json!({ "dates": dates })).unwrap_err();
    assert_eq!(fault.pointer, "/dates");
}

fn hours_of(amount: i64) -> TimeDelta {
    TimeDelta::hours(amount)
}

#[rstest]
#[case("2026-11-23T14:00:00", 3, "2026-11-24T09:30:00")] // an hour and a half today, the rest tomorrow
#[case("2026-11-23T08:00:00", 7, "2026-11-23T15:00:00")]
#[case("2026-11-23T20:00:00", 1, "2026-11-24T09:00:00")]
#[case("2026-11-25T10:00:00", 2, "2026-11-25T13:00:00")] // closed for lunch
#[case("2026-11-27T15:00:00", 1, "2026-11-30T08:30:00")] // over a weekend
#[case("2026-04-01T14:30:00", 2, "2026-04-07T09:00:00")] // over Easter
#[case("2026-11-23T08:00:00", 15, "2026-11-24T15:30:00")] // to the minute in which it closes
fn opening_hours_are_counted_while_it_is_open(#[case] from: &str, #[case] amount: i64, #[case] due: &str) {
    let office = hours(OFFICE);
    assert_eq!(office.after_open(oslo(from), hours_of(amount)), Some(oslo(due)));
    assert_eq!(office.open_between(oslo(from), oslo(due)), hours_of(amount));
}

#[test]
fn single_dates_count_as_they_say() {
    let office = hours(
        r#"{"mon":[["08:00","16:00"]],"tue":[["08:00","16:00"]],"dates":{"2026-11-23":[],"2026-11-22":[["10:00","12:00"]]}}"#,
    );
    let sunday = oslo("2026-11-22T11:00:00");
    assert_eq!(
        office.after_open(sunday, hours_of(2)),
        Some(oslo("2026-11-24T09:00:00"))
    );
}

#[test]
fn the_hour_that_comes_twice_is_open_twice_and_the_skipped_one_not_at_all() {
    let night = hours(r#"{"sun":[["00:00","06:00"]]}"#);
    let autumn = oslo("2026-10-25T00:00:00");
    assert_eq!(night.open_between(autumn, oslo("2026-10-25T23:00:00")), hours_of(7));
    assert_eq!(
        night.after_open(autumn, hours_of(3)),
        Some("2026-10-25T01:00:00Z".parse().unwrap())
    );
    assert_eq!(night.after_open(autumn, hours_of(4)), Some(oslo("2026-10-25T03:00:00")));
    let spring = oslo("2026-03-29T00:00:00");
    assert_eq!(night.open_between(spring, oslo("2026-03-29T23:00:00")), hours_of(5));
    assert_eq!(night.after_open(spring, hours_of(3)), Some(oslo("2026-03-29T04:00:00")));
    // Half of the hour that comes twice: both times, with a gap between them.
    let half = hours(r#"{"sun":[["02:00","02:30"]]}"#);
    assert_eq!(half.open_between(autumn, oslo("2026-10-25T23:00:00")), hours_of(1));
}

#[test]
fn a_door_that_stays_shut_gives_no_time() {
    let closed = OpeningHours::default();
    let from = oslo("2026-11-23T14:00:00");
    assert_eq!(closed.after_open(from, hours_of(1)), None);
    assert_eq!(
        closed.open_between(from, oslo("2027-11-23T14:00:00")),
        TimeDelta::zero()
    );
    // Open once more, and never again.
    let last = hours(r#"{"dates":{"2026-11-24":[["10:00","12:00"]]}}"#);
    assert_eq!(last.after_open(from, hours_of(2)), Some(oslo("2026-11-24T12:00:00")));
    assert_eq!(last.after_open(from, hours_of(3)), None);
}

#[test]
fn round_the_clock_counts_like_the_clock_on_the_wall() {
    let always = OpeningHours::always();
    let from = oslo("2026-10-24T12:00:00");
    assert_eq!(always.after_open(from, hours_of(24)), Some(oslo("2026-10-25T11:00:00")));
    assert_eq!(always.open_between(from, oslo("2026-10-25T11:00:00")), hours_of(24));
    assert_eq!(always.open_between(from, from), TimeDelta::zero());
}

proptest! {
    /// Minute by minute comes to the same.
    #[test]
    fn open_time_is_the_sum_of_open_minutes(day in 0_i64..1_500, minute in 0_i64..1_440, length in 0_i64..4_000) {
        let hours = hours(r#"{"mon":[["08:00","15:30"]],"wed":[["22:00","24:00"]],"sat":[["00:00","03:15"],["12:00","13:00"]],"sun":[["01:30","02:45"]],"holidays":[["10:00","11:00"]]}"#);
        let from = oslo("2026-01-01T00:00:00") + TimeDelta::days(day) + TimeDelta::minutes(minute);
        let to = from + TimeDelta::minutes(length);
        let minutes = (0..length).filter(|ahead| hours.is_open(from + TimeDelta::minutes(*ahead))).count();
        let open = hours.open_between(from, to);
        prop_assert_eq!(open, TimeDelta::minutes(minutes.try_into().unwrap()));
        if open > TimeDelta::zero() {
            let due = hours.after_open(from, open).unwrap();
            prop_assert!(due <= to);
            prop_assert_eq!(hours.open_between(from, due), open);
        }
    }
}
