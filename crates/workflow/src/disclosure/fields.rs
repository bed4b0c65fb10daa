//! What is told of a youth, in the pieces in which it may flow or not.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::content::Outline;
use crate::person::Subject;
use crate::vocabulary::{Code, codes};

codes! {
    /// A piece of what is told.
    Field, "disclosure-field" {
        IdentityNumber = "identity-number", "identitetsnummer", "identity number";
        Name = "name", "navn", "name";
        Alias = "alias", "kallenavn", "alias";
        Age = "age", "alder", "age";
        Whereabouts = "whereabouts", "oppholdssted", "whereabouts";
        ResidenceStatus = "residence-status", "oppholdsgrunnlag", "residence status";
        Flags = "flags", "særlige forhold", "particular circumstances";
        Language = "language", "språk og tolk", "language and interpreter";
        Needs = "needs", "behov", "needs";
        Summary = "summary", "hva som har skjedd", "what has happened";
        Informed = "informed", "hvem som er orientert", "who has been told";
        Reason = "reason", "begrunnelsen for rettsgrunnlaget", "the reason for the legal basis";
        Messages = "messages", "meldinger og svar", "messages and answers";
        Attachments = "attachments", "vedlegg", "attachments";
    }
}

/// A set of them.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fields(u32);

impl Fields {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// All of them.
    #[must_use]
    pub fn all() -> Self {
        Field::ALL.iter().copied().collect()
    }

    /// Whether one is among them.
    #[must_use]
    pub const fn has(self, field: Field) -> bool {
        self.0 & bit(field) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that are not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Each of them, in the order of the list.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.iter().copied().filter(move |field| self.has(*field))
    }
}

const fn bit(field: Field) -> u32 {
    1 << field as u32
}

impl FromIterator<Field> for Fields {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        Self(fields.into_iter().fold(0, |set, field| set | bit(field)))
    }
}

impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter().map(Field::as_str)).finish()
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Field>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// What there is to tell: of the person, and of the situation. That a legal basis has its reason goes without saying.
#[must_use]
pub const fn given(subject: &Subject, outline: &Outline) -> Fields {
    let mut all = subject.given.0 | bit(Field::Reason);
    if outline.needs {
        all |= bit(Field::Needs);
    }
    if outline.summary {
        all |= bit(Field::Summary);
    }
    if outline.informed.is_some() {
        all |= bit(Field::Informed);
    }
    Fields(all)
}
