//! How long people take.

use serde::{Deserialize, Deserializer, de};

/// How long something takes: from the one to the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Delay {
    /// A share of what is left of the running limit; above 1 is late.
    Share(f64, f64),
    /// Hours.
    Hours(f64, f64),
}

impl Delay {
    /// Whether it ends after the limit that it is counted in.
    #[must_use]
    pub fn is_late(&self) -> bool {
        matches!(self, Self::Share(low, _) if *low > 1.0)
    }
}

impl std::str::FromStr for Delay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not how long something takes; write it as 20%..60% or 10m..3h");
        let (low, high) = text.split_once("..").ok_or_else(wrong)?;
        let (low, high) = (
            Amount::parse(low).ok_or_else(wrong)?,
            Amount::parse(high).ok_or_else(wrong)?,
        );
        let delay = match (low, high) {
            (Amount::Share(low), Amount::Share(high)) if low <= high => Self::Share(low, high),
            (Amount::Hours(low), Amount::Hours(high)) if low <= high => Self::Hours(low, high),
            _ => return Err(wrong()),
        };
        match delay {
            Self::Share(low, high) if low <= 1.0 && high >= 1.0 => Err(format!("`{text}` is both in time and late")),
            _ => Ok(delay),
        }
    }
}

impl<'de> Deserialize<'de> for Delay {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

enum Amount {
    Share(f64),
    Hours(f64),
}

impl Amount {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let number = f64::from(digits.parse::<u16>().ok()?);
        match text.strip_prefix(digits)? {
            "%" => Some(Self::Share(number / 100.0)),
            "m" => Some(Self::Hours(number / 60.0)),
            "h" => Some(Self::Hours(number)),
            "d" => Some(Self::Hours(number * 24.0)),
            _ => None,
        }
    }
}
