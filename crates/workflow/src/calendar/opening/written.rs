//! Opening hours as they are written in JSON, and the rules that make them opening hours.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Day, Hours, OpeningHours, Span, Week};
use crate::calendar::CalendarError;
use crate::refusal::FieldError;
use crate::vocabulary::Language;

/// More single dates than a year has days would be a mistake.
const MOST_DATES: usize = 400;

/// The fields that hold spans.
const DAYS: [&str; 8] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holidays"];

/// A full day in minutes.
const MIDNIGHT: u16 = 24 * 60;

/// A span as written: when it opens and when it closes, `HH:MM`.
type WrittenSpan = (String, String);

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Written {
    #[serde(skip_serializing_if = "is_false")]
    always: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mon: Vec<WrittenSpan>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tue: Vec<WrittenSpan>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    wed: Vec<WrittenSpan>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thu: Vec<WrittenSpan>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fri: Vec<WrittenSpan>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sat: Vec<WrittenSpan>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sun: Vec<WrittenSpan>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    holidays: Vec<WrittenSpan>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    dates: BTreeMap<String, Vec<WrittenSpan>>,
}

impl TryFrom<Written> for OpeningHours {
    type Error = CalendarError;

    fn try_from(written: Written) -> Result<Self, CalendarError> {
        let week = Week {
            mon: day("mon", &written.mon)?,
            tue: day("tue", &written.tue)?,
            wed: day("wed", &written.wed)?,
            thu: day("thu", &written.thu)?,
            fri: day("fri", &written.fri)?,
            sat: day("sat", &written.sat)?,
            sun: day("sun", &written.sun)?,
            holidays: day("holidays", &written.holidays)?,
            dates: dates(&written.dates)?,
        };
        if !written.always {
            return Ok(Self(Hours::Weekly(Box::new(week))));
        }
        if week == Week::default() {
            Ok(Self(Hours::Always))
        } else {
            Err(CalendarError::AlwaysWithHours)
        }
    }
}

impl From<OpeningHours> for Written {
    fn from(hours: OpeningHours) -> Self {
        let week = match hours.0 {
            Hours::Always => {
                return Self {
                    always: true,
                    ..Self::default()
                };
            }
            Hours::Weekly(week) => week,
        };
        Self {
            always: false,
            mon: write(&week.mon),
            tue: write(&week.tue),
            wed: write(&week.wed),
            thu: write(&week.thu),
            fri: write(&week.fri),
            sat: write(&week.sat),
            sun: write(&week.sun),
            holidays: write(&week.holidays),
            dates: week
                .dates
                .iter()
                .map(|(date, day)| (date.to_string(), write(day)))
                .collect(),
        }
    }
}

/// Reads hours part by part, so that the fault has a place.
pub(super) fn read(written: &Value) -> Result<OpeningHours, FieldError> {
    let Value::Object(fields) = written else {
        return Err(wrong_type(""));
    };
    for (name, value) in fields {
        match name.as_str() {
            "always" if value.is_boolean() => {}
            "dates" => {
                let Value::Object(listed) = value else {
                    return Err(wrong_type("/dates"));
                };
                for (date, value) in listed {
                    let pointer = format!("/dates/{}", date.replace('~', "~0").replace('/', "~1"));
                    let spans = spans(&pointer, value)?;
                    dates(&BTreeMap::from([(date.clone(), spans)])).map_err(|fault| at(&pointer, &fault))?;
                }
            }
            name if DAYS.contains(&name) => {
                let pointer = format!("/{name}");
                let spans = spans(&pointer, value)?;
                day(name, &spans).map_err(|fault| at(&pointer, &fault))?;
            }
            "always" => return Err(wrong_type("/always")),
            _ => {
                return Err(FieldError::new(
                    format!("/{name}"),
                    "unknown-field",
                    format!("Finnes ikke. Disse finnes: always, {}, dates.", DAYS.join(", ")),
                    format!("Does not exist. These do: always, {}, dates.", DAYS.join(", ")),
                ));
            }
        }
    }
    whole(fields)
}

/// What only shows when all parts are there.
fn whole(fields: &Map<String, Value>) -> Result<OpeningHours, FieldError> {
    let written: Written = serde_json::from_value(Value::Object(fields.clone())).map_err(|_shape| wrong_type(""))?;
    let pointer = if written.always { "/always" } else { "/dates" };
    OpeningHours::try_from(written).map_err(|fault| at(pointer, &fault))
}

fn spans(pointer: &str, value: &Value) -> Result<Vec<WrittenSpan>, FieldError> {
    serde_json::from_value(value.clone()).map_err(|_shape| wrong_type(pointer))
}

fn at(pointer: &str, fault: &CalendarError) -> FieldError {
    FieldError::new(
        pointer,
        "invalid-value",
        fault.text(Language::Nb),
        fault.text(Language::En),
    )
}

fn wrong_type(pointer: &str) -> FieldError {
    FieldError::new(
        pointer,
        "wrong-type",
        "Skriv åpningstider som {\"mon\": [[\"08:00\", \"15:30\"]], …} eller {\"always\": true}.",
        "Write opening hours as {\"mon\": [[\"08:00\", \"15:30\"]], …} or {\"always\": true}.",
    )
}

fn dates(written: &BTreeMap<String, Vec<WrittenSpan>>) -> Result<BTreeMap<NaiveDate, Day>, CalendarError> {
    if written.len() > MOST_DATES {
        return Err(CalendarError::TooManyDates);
    }
    let read = written.iter().map(|(name, spans)| {
        let date = name.parse::<NaiveDate>().ok().filter(|date| date.to_string() == *name);
        let date = date.ok_or_else(|| CalendarError::Date {
            found: name.chars().take(20).collect(),
        })?;
        Ok((date, day(name, spans)?))
    });
    read.collect()
}

fn day(name: &str, written: &[WrittenSpan]) -> Result<Day, CalendarError> {
    let mut spans = Day::with_capacity(written.len());
    for (opens, closes) in written {
        let span = Span {
            opens: minute(opens)?,
            closes: minute(closes)?,
        };
        if span.opens >= span.closes {
            return Err(CalendarError::ClosesBeforeOpening { day: name.to_owned() });
        }
        if spans.last().is_some_and(|before: &Span| before.closes > span.opens) {
            return Err(CalendarError::Overlap { day: name.to_owned() });
        }
        spans.push(span);
    }
    Ok(spans)
}

/// `HH:MM` as minutes after midnight. Two digits each, so that hours sort and read alike everywhere.
fn minute(text: &str) -> Result<u16, CalendarError> {
    let refused = || CalendarError::TimeOfDay {
        found: text.chars().take(20).collect(),
    };
    let &[h1, h2, b':', m1, m2] = text.as_bytes() else {
        return Err(refused());
    };
    let two_digits = |tens: u8, ones: u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| 10 * u16::from(tens - b'0') + u16::from(ones - b'0'))
    };
    match two_digits(h1, h2).zip(two_digits(m1, m2)) {
        Some((hour, minute)) if minute < 60 && 60 * hour + minute <= MIDNIGHT => Ok(60 * hour + minute),
        _ => Err(refused()),
    }
}

fn write(day: &Day) -> Vec<WrittenSpan> {
    let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    day.iter().map(|span| (time(span.opens), time(span.closes))).collect()
}

fn is_false(value: &bool) -> bool {
    !value
}
