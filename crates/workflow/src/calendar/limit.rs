//! Limits: how long somebody has.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Calendar, CalendarError, LATEST, OpeningHours, local};
use crate::vocabulary::Language;

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitUnit {
    /// Exact hours, whatever the clocks do.
    Hours,
    /// Calendar days.
    Days,
    /// Calendar weeks: to the same-named day.
    Weeks,
    /// Calendar months: to the same-numbered day, or the month's last.
    Months,
    /// Working days by the installation's [`Calendar`].
    WorkingDays,
    /// Hours in which the unit that must act is open, by its own [`OpeningHours`].
    OpeningHours,
}

impl LimitUnit {
    /// The unit's word for one or several, as limits are written in definitions and in each language.
    const fn word(self, one: bool, language: Language) -> &'static str {
        match (language, self, one) {
            (Language::En, Self::Hours, true) => "hour",
            (Language::En, Self::Hours, false) => "hours",
            (Language::En, Self::Days, true) => "day",
            (Language::En, Self::Days, false) => "days",
            (Language::En, Self::Weeks, true) => "week",
            (Language::En, Self::Weeks, false) => "weeks",
            (Language::En, Self::Months, true) => "month",
            (Language::En, Self::Months, false) => "months",
            (Language::En, Self::WorkingDays, true) => "working day",
            (Language::En, Self::WorkingDays, false) => "working days",
            (Language::En, Self::OpeningHours, true) => "opening hour",
            (Language::En, Self::OpeningHours, false) => "opening hours",
            (Language::Nb, Self::Hours, true) => "time",
            (Language::Nb, Self::Hours, false) => "timer",
            (Language::Nb, Self::Days, true) => "dag",
            (Language::Nb, Self::Days, false) => "dager",
            (Language::Nb, Self::Weeks, true) => "uke",
            (Language::Nb, Self::Weeks, false) => "uker",
            (Language::Nb, Self::Months, true) => "måned",
            (Language::Nb, Self::Months, false) => "måneder",
            (Language::Nb, Self::WorkingDays, true) => "virkedag",
            (Language::Nb, Self::WorkingDays, false) => "virkedager",
            (Language::Nb, Self::OpeningHours, true) => "åpningstime",
            (Language::Nb, Self::OpeningHours, false) => "åpningstimer",
        }
    }
}

/// How long somebody has: an amount of at least one and its unit, written `24 hours`, `2 weeks`, `10 working days` or
/// `8 opening hours`.
///
/// The rules are those of *domstolloven* § 148: the day on which a limit starts is not counted, and weeks and months
/// end on the day with the same name or number, or on the month's last day where there is none. The rule of § 149, by
/// which a limit rolls over a weekend, is **not** applied: the limits of child welfare do not roll.
///
/// ```
/// use stafett_workflow::calendar::{Calendar, Limit};
///
/// let received = "2026-11-24T14:05:00Z".parse()?;
/// let review: Limit = "1 week".parse()?;
/// let due = review.due(received, Calendar::default());
/// assert_eq!(due.to_rfc3339(), "2026-12-01T22:59:59+00:00"); // 23:59:59 in Oslo
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit {
    amount: NonZeroU16,
    unit: LimitUnit,
}

impl Limit {
    /// A limit of so many units.
    #[must_use]
    pub const fn new(amount: NonZeroU16, unit: LimitUnit) -> Self {
        Self { amount, unit }
    }

    /// How many.
    #[must_use]
    pub const fn amount(self) -> u16 {
        self.amount.get()
    }

    /// Of what.
    #[must_use]
    pub const fn unit(self) -> LimitUnit {
        self.unit
    }

    /// The last instant at which the limit is kept, when it starts at `from`. Opening hours count as hours; whoever knows
    /// when the unit is open asks [`Limit::due_in`].
    ///
    /// Limits compose: started at an instant that was itself due at the end of a day, a limit of days runs from that
    /// day. So an investigation that starts when the week of review expires is due three months after that week's last day.
    /// What would fall after the year 9999 is due at [`LATEST`].
    #[must_use]
    pub fn due(self, from: DateTime<Utc>, calendar: Calendar) -> DateTime<Utc> {
        let from = local::clamp(from);
        let amount = self.amount.get();
        let start = local::local_date(from);
        let end = match self.unit {
            LimitUnit::Hours | LimitUnit::OpeningHours => {
                return from
                    .checked_add_signed(TimeDelta::hours(amount.into()))
                    .map_or(LATEST, local::clamp);
            }
            LimitUnit::Days => start.checked_add_days(Days::new(amount.into())),
            LimitUnit::Weeks => start.checked_add_days(Days::new(7 * u64::from(amount))),
            LimitUnit::Months => start.checked_add_months(Months::new(amount.into())),
            LimitUnit::WorkingDays => add_working_days(start, amount, calendar),
        };
        end.map_or(LATEST, local::end_of_day)
    }

    /// The same for a unit that is open in these hours. Where nobody knows them, or they never come, opening hours count as
    /// hours: a limit that waits for a door that stays shut would never be up, and nobody would hear of it.
    ///
    /// ```
    /// use stafett_workflow::calendar::{Calendar, Limit, OpeningHours};
    ///
    /// let hours: OpeningHours = serde_json::from_str(r#"{"mon": [["08:00", "16:00"]], "tue": [["08:00", "16:00"]]}"#)?;
    /// let monday_afternoon = "2026-11-23T14:00:00Z".parse()?; // 15:00 in Oslo
    /// let limit: Limit = "4 opening hours".parse()?;
    /// let due = limit.due_in(monday_afternoon, Calendar::default(), Some(&hours));
    /// assert_eq!(due.to_rfc3339(), "2026-11-24T10:00:00+00:00"); // one hour on Monday, three on Tuesday
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn due_in(self, from: DateTime<Utc>, calendar: Calendar, hours: Option<&OpeningHours>) -> DateTime<Utc> {
        let open = TimeDelta::hours(self.amount().into());
        hours
            .filter(|_| self.unit == LimitUnit::OpeningHours)
            .and_then(|hours| hours.after_open(from, open))
            .unwrap_or_else(|| self.due(from, calendar))
    }

    /// The limit in words.
    #[must_use]
    pub fn text(self, language: Language) -> String {
        format!("{} {}", self.amount, self.unit.word(self.amount() == 1, language))
    }
}

impl fmt::Display for Limit {
    /// The limit as it is written in a definition.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::En))
    }
}

impl fmt::Debug for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Limit({self})")
    }
}

impl FromStr for Limit {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let refused = || CalendarError::Limit {
            found: text.chars().take(40).collect(),
        };
        let (amount, unit) = text.trim().split_once(char::is_whitespace).ok_or_else(refused)?;
        // `parse` would take "+5", which nobody means.
        if !amount.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refused());
        }
        let amount = amount.parse().ok().and_then(NonZeroU16::new).ok_or_else(refused)?;
        let unit = match unit.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["hour" | "hours"] => LimitUnit::Hours,
            ["day" | "days"] => LimitUnit::Days,
            ["week" | "weeks"] => LimitUnit::Weeks,
            ["month" | "months"] => LimitUnit::Months,
            ["working", "day" | "days"] => LimitUnit::WorkingDays,
            ["opening", "hour" | "hours"] => LimitUnit::OpeningHours,
            _ => return Err(refused()),
        };
        Ok(Self { amount, unit })
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl schemars::JsonSchema for Limit {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Limit".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "How long somebody has: an amount and a unit, such as \"24 hours\", \"10 working days\" or \"8 opening hours\".",
            "pattern": "^[0-9]+ +(hours?|days?|weeks?|months?|working days?|opening hours?)$"
        })
    }
}

fn add_working_days(start: NaiveDate, amount: u16, calendar: Calendar) -> Option<NaiveDate> {
    let days_ahead = start.iter_days().skip(1);
    days_ahead
        .filter(|&date| calendar.is_working_day(date))
        .nth(usize::from(amount) - 1)
}
