//! Opening hours as they are written in JSON, and the rules that make them opening hours.

use serde::{Deserialize, Serialize};

use super::{Day, Hours, OpeningHours, Span, Week};
use crate::calendar::CalendarError;

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
        }
    }
}

fn day(name: &'static str, written: &[WrittenSpan]) -> Result<Day, CalendarError> {
    let mut spans = Day::with_capacity(written.len());
    for (opens, closes) in written {
        let span = Span {
            opens: minute(opens)?,
            closes: minute(closes)?,
        };
        if span.opens >= span.closes {
            return Err(CalendarError::ClosesBeforeOpening { day: name });
        }
        if spans.last().is_some_and(|before: &Span| before.closes > span.opens) {
            return Err(CalendarError::Overlap { day: name });
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
