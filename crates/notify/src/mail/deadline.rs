//! A deadline in words: on the wall clock in Oslo, where the agencies are.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Europe::Oslo;
use stafett_workflow::vocabulary::Language;

/// A deadline and the day on which it is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    due: NaiveDateTime,
    told: NaiveDateTime,
}

impl Deadline {
    pub(crate) fn new(due_at: DateTime<Utc>, told_at: DateTime<Utc>) -> Self {
        Self {
            due: due_at.with_timezone(&Oslo).naive_local(),
            told: told_at.with_timezone(&Oslo).naive_local(),
        }
    }

    /// For a subject: without the date while the weekday says enough.
    pub(crate) fn short(self, language: Language) -> String {
        let (day, clock) = self.day_and_clock();
        let days_ahead = (day.date() - self.told.date()).num_days();
        if (0..=6).contains(&days_ahead) {
            format!("{} {clock}", weekday(day, language))
        } else {
            self.long(language)
        }
    }

    /// For a text: always with the date, and with the year when it is another one.
    pub(crate) fn long(self, language: Language) -> String {
        let (day, clock) = self.day_and_clock();
        let weekday = weekday(day, language);
        let year = if day.year() == self.told.year() {
            String::new()
        } else {
            format!(" {}", day.year())
        };
        match language {
            Language::Nb => format!("{weekday} {}. {}{year} kl. {clock}", day.day(), month(day, language)),
            Language::En => format!("{weekday} {} {}{year} at {clock}", day.day(), month(day, language)),
        }
    }

    /// A deadline at midnight is the end of the day before: nobody reads "Saturday 00:00" as Friday night.
    fn day_and_clock(self) -> (NaiveDateTime, String) {
        if self.due.time() == NaiveTime::MIN {
            (self.due - TimeDelta::days(1), "24:00".to_owned())
        } else {
            (self.due, self.due.format("%H:%M").to_string())
        }
    }
}

/// A day as such.
pub(crate) fn day(day: NaiveDate, language: Language) -> String {
    let at_midnight = day.and_time(NaiveTime::MIN);
    let (weekday, month) = (weekday(at_midnight, language), month(at_midnight, language));
    match language {
        Language::Nb => format!("{weekday} {}. {month}", day.day()),
        Language::En => format!("{weekday} {} {month}", day.day()),
    }
}

fn weekday(day: NaiveDateTime, language: Language) -> &'static str {
    let names = match language {
        Language::Nb => ["man", "tir", "ons", "tor", "fre", "lør", "søn"],
        Language::En => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    };
    nth(names, day.weekday().num_days_from_monday())
}

fn month(day: NaiveDateTime, language: Language) -> &'static str {
    let names = match language {
        Language::Nb => [
            "jan.", "feb.", "mars", "april", "mai", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "des.",
        ],
        Language::En => [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ],
    };
    nth(names, day.month0())
}

fn nth<const N: usize>(names: [&'static str; N], nth: u32) -> &'static str {
    usize::try_from(nth)
        .ok()
        .and_then(|nth| names.get(nth).copied())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(due: &str, told: &str) -> [String; 4] {
        let deadline = Deadline::new(due.parse().unwrap(), told.parse().unwrap());
        [Language::Nb, Language::En]
            .map(|l| [deadline.short(l), deadline.long(l)])
            .concat()
            .try_into()
            .unwrap()
    }

    #[test]
    fn a_deadline_stands_on_the_wall_clock_in_oslo() {
        assert_eq!(
            words("2026-11-27T13:00:00Z", "2026-11-24T09:00:00Z"),
            [
                "fre 14:00",
                "fre 27. nov. kl. 14:00",
                "Fri 14:00",
                "Fri 27 Nov at 14:00"
            ]
        );
        assert_eq!(
            words("2026-07-01T10:05:59Z", "2026-06-29T09:00:00Z")[1],
            "ons 1. juli kl. 12:05"
        );
    }

    #[test]
    fn a_deadline_at_midnight_is_the_end_of_the_day_before() {
        assert_eq!(
            words("2026-12-01T23:00:00Z", "2026-11-24T09:00:00Z"),
            [
                "tir 1. des. kl. 24:00",
                "tir 1. des. kl. 24:00",
                "Tue 1 Dec at 24:00",
                "Tue 1 Dec at 24:00"
            ]
        );
        assert_eq!(
            words("2026-11-26T22:59:59.999999Z", "2026-11-24T09:00:00Z")[0],
            "tor 23:59"
        );
        assert_eq!(words("2026-11-30T23:00:00Z", "2026-11-24T09:00:00Z")[0], "man 24:00");
    }

    #[test]
    fn a_weekday_alone_is_never_next_weeks_or_past() {
        assert_eq!(words("2026-11-24T13:00:00Z", "2026-11-24T09:00:00Z")[0], "tir 14:00");
        assert_eq!(words("2026-11-30T13:00:00Z", "2026-11-24T09:00:00Z")[0], "man 14:00");
        assert_eq!(
            words("2026-12-01T13:00:00Z", "2026-11-24T09:00:00Z")[0],
            "tir 1. des. kl. 14:00"
        );
        assert_eq!(
            words("2026-11-23T13:00:00Z", "2026-11-24T09:00:00Z")[0],
            "man 23. nov. kl. 14:00"
        );
    }

    #[test]
    fn another_year_is_named() {
        let words = words("2027-03-01T22:59:59Z", "2026-12-01T09:00:00Z");
        assert_eq!(
            (words[1].as_str(), words[3].as_str()),
            ("man 1. mars 2027 kl. 23:59", "Mon 1 Mar 2027 at 23:59")
        );
    }
}
