//! Which rule a number broke, in words, and never the number.

use std::fmt;

use super::IdentifierKind;
use crate::vocabulary::{Code, Language};

/// Why a number was refused. Its `Display` is English; [`IdentifierError::text`] has both languages.
///
/// No variant can hold a digit of the number, so an error may be logged, mailed and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentifierError {
    /// Too few or too many digits.
    Length {
        /// How many there should be.
        expected: u8,
    },
    /// Something that is neither a digit nor a space.
    Digits,
    /// The first six digits are no date of any century, also when the offsets of the kind are taken off.
    Date,
    /// The number should start with 8 or 9.
    FirstDigit,
    /// The first check digit fits neither the original rule nor the one for numbers issued from 2032; for a number with
    /// one check digit, that one.
    FirstCheckDigit,
    /// The second check digit does not fit.
    SecondCheckDigit,
    /// A faultless number of another kind than was stated.
    WrongKind {
        /// The kind that was stated.
        stated: IdentifierKind,
        /// The kind that it is.
        found: IdentifierKind,
    },
    /// A demo installation was given a number that may belong to somebody.
    NotSynthetic,
    /// A production installation was given a number out of a test series.
    Synthetic,
}

impl IdentifierError {
    /// The stable code of this error, kebab-case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Length { .. } => "identifier-length",
            Self::Digits => "identifier-digits",
            Self::Date => "identifier-date",
            Self::FirstDigit => "identifier-first-digit",
            Self::FirstCheckDigit => "identifier-first-check-digit",
            Self::SecondCheckDigit => "identifier-second-check-digit",
            Self::WrongKind { .. } => "identifier-wrong-kind",
            Self::NotSynthetic => "identifier-not-synthetic",
            Self::Synthetic => "identifier-synthetic",
        }
    }

    /// Which rule was broken and what to do, for the person who typed the number.
    #[must_use]
    pub fn text(self, language: Language) -> String {
        match language {
            Language::Nb => self.norwegian(),
            Language::En => self.english(),
        }
    }

    fn norwegian(self) -> String {
        let text = match self {
            Self::Length { expected } => {
                return format!("Nummeret skal ha {} sifre.", in_words(expected, Language::Nb));
            }
            Self::Digits => "Nummeret skal bare ha sifre.",
            Self::Date => "Nummeret begynner ikke med en dato som finnes.",
            Self::FirstDigit => "Nummeret begynner ikke med et siffer som hører til denne typen.",
            Self::FirstCheckDigit => "Det første kontrollsifferet stemmer ikke. Se etter skrivefeil.",
            Self::SecondCheckDigit => "Det andre kontrollsifferet stemmer ikke. Se etter skrivefeil.",
            Self::WrongKind { stated, found } => {
                let (stated, found) = (stated.title(Language::Nb), found.title(Language::Nb));
                return format!("Dette er et {found}, ikke et {stated}. Velg riktig type.");
            }
            Self::NotSynthetic => {
                "Dette er en demo og tar bare syntetiske numre fra Tenor. Skriv aldri inn numre som kan tilhøre noen."
            }
            Self::Synthetic => "Dette er et syntetisk nummer til bruk i test. Det tilhører ingen.",
        };
        text.to_owned()
    }

    fn english(self) -> String {
        let text = match self {
            Self::Length { expected } => {
                return format!("The number must have {} digits.", in_words(expected, Language::En));
            }
            Self::Digits => "The number must have digits only.",
            Self::Date => "The number does not begin with a date that exists.",
            Self::FirstDigit => "The number does not begin with a digit that belongs to this kind.",
            Self::FirstCheckDigit => "The first check digit does not fit. Look for a slip.",
            Self::SecondCheckDigit => "The second check digit does not fit. Look for a slip.",
            Self::WrongKind { stated, found } => {
                let (stated, found) = (stated.title(Language::En), found.title(Language::En));
                return format!("This is another kind of number: {found}, not {stated}. Choose the right kind.");
            }
            Self::NotSynthetic => {
                "This is a demo and takes synthetic numbers of Tenor only. Never type a number that may belong to somebody."
            }
            Self::Synthetic => "This is a synthetic number for testing. It belongs to nobody.",
        };
        text.to_owned()
    }
}

impl fmt::Display for IdentifierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

impl std::error::Error for IdentifierError {}

/// The counts that occur, in words: then no digit can stand in any of these texts, and a test can say so outright.
const fn in_words(count: u8, language: Language) -> &'static str {
    match (count, language) {
        (9, Language::Nb) => "ni",
        (9, Language::En) => "nine",
        (11, Language::Nb) => "elleve",
        (11, Language::En) => "eleven",
        (12, Language::Nb) => "tolv",
        (12, Language::En) => "twelve",
        (_, Language::Nb) => "et annet antall",
        (_, Language::En) => "another count of",
    }
}
