//! What is wrong with a limit or with opening hours, in words.

use std::fmt;

use crate::vocabulary::{Language, Text};

/// Why a limit or a set of opening hours was refused. Its `Display` is English; [`CalendarError::text`] has both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalendarError {
    /// A limit that is not written as an amount and a unit.
    Limit {
        /// What stood there.
        found: String,
    },
    /// A time of day that is not written as `HH:MM` between `00:00` and `24:00`.
    TimeOfDay {
        /// What stood there.
        found: String,
    },
    /// Hours that close before they open, or at once.
    ClosesBeforeOpening {
        /// The day, as it is written in the data.
        day: String,
    },
    /// Hours on one day that overlap or stand out of order.
    Overlap {
        /// The day, as it is written in the data.
        day: String,
    },
    /// A key of the single dates that is no date.
    Date {
        /// What stood there.
        found: String,
    },
    /// More single dates than anybody keeps up with.
    TooManyDates,
    /// Round-the-clock opening together with hours.
    AlwaysWithHours,
}

impl CalendarError {
    /// Which rule was broken and what to write instead.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match language {
            Language::Nb => self.norwegian(),
            Language::En => self.english(),
        }
    }

    /// The same in both languages.
    pub(crate) fn texts(&self) -> Text {
        Text::new(self.norwegian(), self.english())
    }

    fn norwegian(&self) -> String {
        match self {
            Self::Limit { found } => format!(
                "«{found}» er ingen frist. Skriv et tall fra 1 til 65535 og en enhet: hours, days, weeks, months, working days eller opening hours, for eksempel «10 working days»."
            ),
            Self::TimeOfDay { found } => {
                format!("«{found}» er ikke noe klokkeslett. Skriv TT:MM, fra 00:00 til 24:00.")
            }
            Self::ClosesBeforeOpening { day } => format!(
                "Åpningstiden på «{day}» slutter før den begynner. Del en åpningstid som går over midnatt mellom to dager: til 24:00 og fra 00:00."
            ),
            Self::Overlap { day } => {
                format!("Åpningstidene på «{day}» overlapper eller står i feil rekkefølge. Skriv dem etter hverandre.")
            }
            Self::Date { found } => format!("«{found}» er ingen dato. Skriv ÅÅÅÅ-MM-DD, for eksempel «2026-12-24»."),
            Self::TooManyDates => "For mange enkeltdager. Ta bort dem som er over; høyst 400 kan stå.".to_owned(),
            Self::AlwaysWithHours => {
                "Døgnåpent (always) kan ikke ha åpningstider i tillegg. Ta bort det ene.".to_owned()
            }
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Limit { found } => format!(
                "\"{found}\" is no limit. Write a number from 1 to 65535 and a unit: hours, days, weeks, months, working days or opening hours, such as \"10 working days\"."
            ),
            Self::TimeOfDay { found } => {
                format!("\"{found}\" is no time of day. Write HH:MM, from 00:00 to 24:00.")
            }
            Self::ClosesBeforeOpening { day } => format!(
                "The hours on \"{day}\" end before they begin. Split hours that pass midnight between two days: until 24:00, and from 00:00."
            ),
            Self::Overlap { day } => {
                format!("The hours on \"{day}\" overlap or stand out of order. Write them one after the other.")
            }
            Self::Date { found } => format!("\"{found}\" is no date. Write YYYY-MM-DD, such as \"2026-12-24\"."),
            Self::TooManyDates => {
                "Too many single dates. Take away those that are over; at most 400 can stand.".to_owned()
            }
            Self::AlwaysWithHours => {
                "Round-the-clock opening (always) cannot have hours as well. Remove one of them.".to_owned()
            }
        }
    }
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

impl std::error::Error for CalendarError {}
