//! Organisation numbers of the Central Coordinating Register for Legal Entities.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{IdentifierError, rules};

/// An organisation number: nine digits, the last of which checks the others. Public, so it prints.
///
/// ```
/// use stafett_workflow::identifier::OrganisationNumber;
///
/// let number: OrganisationNumber = "991 825 827".parse()?;
/// assert_eq!(number.to_string(), "991825827");
/// # Ok::<(), stafett_workflow::identifier::IdentifierError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrganisationNumber(u32);

impl OrganisationNumber {
    /// Reads an organisation number; spaces between the digits are dropped.
    ///
    /// # Errors
    /// The first rule that the number breaks.
    pub fn parse(value: &str) -> Result<Self, IdentifierError> {
        let digits = rules::digits::<9>(value)?;
        let [a, b, c, d, e, f, g, h, check] = digits;
        if rules::organisation_check_digit([a, b, c, d, e, f, g, h]) != Some(check) {
            return Err(IdentifierError::FirstCheckDigit);
        }
        Ok(Self(
            digits
                .into_iter()
                .fold(0, |number, digit| 10 * number + u32::from(digit)),
        ))
    }
}

impl FromStr for OrganisationNumber {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        Self::parse(text)
    }
}

impl fmt::Display for OrganisationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:09}", self.0)
    }
}

impl Serialize for OrganisationNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OrganisationNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
