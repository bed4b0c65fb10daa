//! The youth, as far as the sender knows: unknown is normal.
//!
//! Everything here is personal data. It lies in one place of the store and nowhere else.

use serde::{Deserialize, Serialize};

use crate::disclosure::{Field, Fields};
use crate::identifier::Identifier;
use crate::refusal::FieldError;
use crate::vocabulary::{AddressProtection, PersonFlag, ResidenceStatus};

/// The longest alias or name, in characters.
pub const NAME_MAX: usize = 200;

/// One youth. [`Person::check`] holds for every value that is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// What they are called on the street; often all there is.
    pub alias: Option<String>,
    /// The name, when it is known.
    pub name: Option<String>,
    /// Age in whole years, often a guess.
    pub estimated_age: Option<u8>,
    /// A number that identifies them for sure; only when it is needed.
    pub identifier: Option<Identifier>,
    /// Where they are staying, which is what makes a municipality responsible (bvl § 15-4).
    pub whereabouts: Option<Whereabouts>,
    /// By which right they are in the country, if anybody knows. What was written before there was this reads as unknown.
    #[serde(default)]
    pub residence_status: Option<ResidenceStatus>,
    /// What is particular.
    #[serde(default)]
    pub flags: Vec<PersonFlag>,
    /// The language they speak best, as a tag of RFC 5646.
    pub language: Option<String>,
    /// Whether an interpreter is needed.
    #[serde(default)]
    pub interpreter: bool,
    /// Address protection; see [`AddressProtection`].
    #[serde(default)]
    pub address_protection: Protection,
}

/// [`AddressProtection`] with `none` as its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Protection(pub AddressProtection);

impl Default for Protection {
    fn default() -> Self {
        Self(AddressProtection::None)
    }
}

/// Where somebody is staying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Whereabouts {
    /// Municipality number, four digits; Oslo is 0301.
    pub municipality: String,
    /// District number, six digits that begin with the municipality's.
    pub district: Option<String>,
}

/// What the relay's rules must know of the youth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Subject {
    /// Whether there is a person at all: an anonymous consultation has none.
    pub present: bool,
    /// Age in whole years, if known.
    pub age: Option<u8>,
    /// Where they are staying: the municipality's number, if known.
    pub municipality: Option<AreaNumber>,
    /// And the district's.
    pub district: Option<AreaNumber>,
    /// By which right they are in the country, if known.
    pub residence: Option<ResidenceStatus>,
    /// What is told of them.
    pub given: Fields,
}

/// The number of a municipality (four digits) or a district (six). It copies as cheaply as an age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AreaNumber {
    digits: u8,
    number: u32,
}

impl AreaNumber {
    /// Reads four or six digits; anything else is no area.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = match text.len() {
            4 => 4,
            6 => 6,
            _ => return None,
        };
        text.parse().ok().map(|number| Self { digits, number })
    }
}

impl std::fmt::Display for AreaNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:0width$}", self.number, width = usize::from(self.digits))
    }
}

impl Person {
    /// What the relay's rules must know.
    #[must_use]
    pub fn subject(&self) -> Subject {
        let stays = self.whereabouts.as_ref();
        Subject {
            present: true,
            age: self.estimated_age,
            municipality: stays.and_then(|stays| AreaNumber::parse(&stays.municipality)),
            district: stays.and_then(|stays| AreaNumber::parse(stays.district.as_deref()?)),
            residence: self
                .residence_status
                .filter(|status| *status != ResidenceStatus::Unknown),
            given: self.given(),
        }
    }

    /// Which pieces there are to tell of them.
    #[must_use]
    pub fn given(&self) -> Fields {
        let status = self
            .residence_status
            .filter(|status| *status != ResidenceStatus::Unknown);
        [
            (Field::IdentityNumber, self.identifier.is_some()),
            (Field::Name, self.name.is_some()),
            (Field::Alias, self.alias.is_some()),
            (Field::Age, self.estimated_age.is_some()),
            (Field::Whereabouts, self.whereabouts.is_some()),
            (Field::ResidenceStatus, status.is_some()),
            (Field::Flags, !self.flags.is_empty()),
            (Field::Language, self.language.is_some() || self.interpreter),
        ]
        .into_iter()
        .filter_map(|(field, given)| given.then_some(field))
        .collect()
    }

    /// What is wrong with it, with pointers below `at`.
    #[must_use]
    pub fn check(&self, at: &str) -> Vec<FieldError> {
        let mut faults = Vec::new();
        for (name, value) in [("alias", &self.alias), ("name", &self.name)] {
            if let Some(value) = value {
                faults.extend(check_line(&format!("{at}/{name}"), value, NAME_MAX));
            }
        }
        if self.estimated_age.is_some_and(|age| age > 120) {
            faults.push(FieldError::new(
                format!("{at}/estimatedAge"),
                "out-of-range",
                "Alderen må være fra 0 til 120 år.",
                "The age must be 0 to 120 years.",
            ));
        }
        if let Some(language) = &self.language
            && !is_language_tag(language)
        {
            faults.push(FieldError::new(
                format!("{at}/language"),
                "invalid-language",
                "Skriv språket som kode, for eksempel nb, ar eller prs.",
                "Give the language as a code such as nb, ar or prs.",
            ));
        }
        if let Some(whereabouts) = &self.whereabouts {
            faults.extend(whereabouts.check(&format!("{at}/whereabouts")));
        }
        faults
    }

    /// The same person without what must never be stored: where a strictly confidential person is.
    #[must_use]
    pub fn without_protected_address(mut self) -> Self {
        if self.address_protection.0 == AddressProtection::StrictlyConfidential {
            self.whereabouts = None;
        }
        self
    }
}

impl Whereabouts {
    /// What is wrong with it, with pointers below `at`.
    #[must_use]
    pub fn check(&self, at: &str) -> Vec<FieldError> {
        let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
        let mut faults = Vec::new();
        if !digits(&self.municipality, 4) {
            faults.push(FieldError::new(
                format!("{at}/municipality"),
                "invalid-municipality",
                "Kommunenummeret har fire sifre, for eksempel 0301.",
                "A municipality number has four digits, such as 0301.",
            ));
        }
        if let Some(district) = &self.district
            && !(digits(district, 6) && district.starts_with(&self.municipality))
        {
            faults.push(FieldError::new(
                format!("{at}/district"),
                "invalid-district",
                "Bydelsnummeret har seks sifre og begynner med kommunenummeret, for eksempel 030102.",
                "A district number has six digits and begins with the municipality's, such as 030102.",
            ));
        }
        faults
    }
}

/// Whether a character is not seen and yet changes what is: a control character, or one that turns the direction of what
/// stands around it, so that a name reads as another. The marks that keyboards for Arabic and Hebrew put between letters turn
/// nothing else and are no harm.
#[must_use]
pub fn is_unseen_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Checks a text of one line.
pub fn check_line(pointer: &str, value: &str, max: usize) -> Option<FieldError> {
    if value.chars().any(is_unseen_control) {
        return Some(FieldError::new(
            pointer,
            "control-character",
            "Skriv på én linje, uten usynlige tegn.",
            "Write on one line, without invisible characters.",
        ));
    }
    check_text(pointer, value, max)
}

/// Checks a text of several lines.
pub fn check_text(pointer: &str, value: &str, max: usize) -> Option<FieldError> {
    if value.trim().is_empty() {
        return Some(FieldError::required(pointer));
    }
    if value.chars().count() > max {
        return Some(FieldError::new(
            pointer,
            "too-long",
            format!("Kan ha høyst {max} tegn."),
            format!("May have at most {max} characters."),
        ));
    }
    // U+0000 cannot be stored in PostgreSQL, and no keyboard makes it.
    value.contains('\0').then(|| {
        FieldError::new(
            pointer,
            "control-character",
            "Inneholder et ugyldig tegn.",
            "Holds an invalid character.",
        )
    })
}

fn is_language_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}
