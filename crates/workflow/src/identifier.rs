//! Numbers that name a person or an organisation, parsed once and valid ever after.
//!
//! A value of [`Identifier`] has passed every rule of its kind: length, digits, date and check digits. Nothing else is
//! read out of it. **Sex and century are never inferred**: the digits that used to carry them are given up when the
//! series run short, so an age taken from a number may be wrong by a hundred years. Ask for the birth date instead.
//!
//! **Architecture invariant:** no number leaves this module except by [`Identifier::value`] and serialisation. Errors
//! name the broken rule and never the number, and `Debug` prints neither.
//!
//! National identity numbers and D-numbers are those of *folkeregisterloven* § 2-2; the rule of their first check digit is
//! wider for numbers that are issued from 1 January 2032, and both rules are accepted.

mod error;
mod organisation;
mod rules;
mod serde_impl;
#[cfg(test)]
mod tests;

use std::fmt;

pub use error::IdentifierError;
pub use organisation::OrganisationNumber;

use crate::vocabulary::{Language, codes};

codes! {
    /// Which register, and so which rules, a person's number comes from.
    IdentifierKind, "identifier-type" {
        Fnr = "fnr", "fødselsnummer", "national identity number";
        DNumber = "d-number", "D-nummer", "D-number";
        HNumber = "h-number", "H-nummer", "H-number";
        FhNumber = "fh-number", "felles hjelpenummer", "FH-number";
        Duf = "duf", "DUF-nummer", "DUF number";
    }
}

impl IdentifierKind {
    /// How many digits a number of this kind has.
    #[must_use]
    pub const fn digits(self) -> u8 {
        match self {
            Self::Fnr | Self::DNumber | Self::HNumber | Self::FhNumber => 11,
            Self::Duf => 12,
        }
    }

    /// Whether equal numbers mean the same person everywhere. An H-number is local to the hospital that gave it, so two
    /// equal ones may be two youths: it must never join records.
    #[must_use]
    pub const fn is_join_key(self) -> bool {
        match self {
            Self::Fnr | Self::DNumber | Self::FhNumber | Self::Duf => true,
            Self::HNumber => false,
        }
    }
}

/// What kind of installation this is: one that people play with, or one that holds real lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InstanceKind {
    /// Holds synthetic persons only and refuses numbers that may belong to somebody.
    Demo,
    /// Holds real persons only and refuses numbers that belong to nobody.
    Production,
}

/// Whose test series a synthetic number comes from. The month tells: a series adds its own offset to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Synthetic {
    /// Tenor, the population register's own test population: month + 80.
    Tenor,
    /// NAV's test persons: month + 40.
    Nav,
    /// Other test populations: month + 65.
    Other,
}

/// Which check-digit rule a number obeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckRule {
    /// Both check digits fit exactly: every number issued before 2032, and some of those issued later.
    Original,
    /// The first check digit fits only by the wider rule for numbers issued from 1 January 2032.
    From2032,
}

/// Something about an accepted number that a person should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentifierWarning {
    /// A DUF number's check digits do not fit. The rule is known from public code and not from the agency, so this is
    /// a reason to look again and no reason to turn a youth's referral away.
    DufCheckDigits,
}

impl IdentifierWarning {
    /// The stable code of this warning.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::DufCheckDigits => "duf-check-digits",
        }
    }

    /// The words for the person who typed the number.
    #[must_use]
    pub const fn text(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::DufCheckDigits, Language::Nb) => "Kontrollsifrene i DUF-nummeret stemmer ikke. Se etter skrivefeil.",
            (Self::DufCheckDigits, Language::En) => "The check digits of the DUF number do not fit. Look for a slip.",
        }
    }
}

/// A person's number that has passed every rule of its kind.
///
/// ```
/// use stafett_workflow::identifier::{Identifier, IdentifierError, IdentifierKind, InstanceKind};
///
/// let number = Identifier::parse(IdentifierKind::Fnr, "179120 99997")?;
/// assert_eq!(number.value(), "17912099997");
/// assert!(number.admissible(InstanceKind::Demo).is_ok());
/// assert!(number.admissible(InstanceKind::Production).is_err());
///
/// let refused = Identifier::parse(IdentifierKind::Fnr, "17912099998");
/// assert_eq!(refused, Err(IdentifierError::SecondCheckDigit));
/// # Ok::<(), IdentifierError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identifier {
    kind: IdentifierKind,
    value: String,
}

impl Identifier {
    /// Reads a number of a stated kind. Spaces between the digits are dropped; anything else that is no digit is refused.
    ///
    /// # Errors
    /// The first rule that the number breaks. When it breaks the rules of its kind but is a faultless number of another
    /// kind, the error says so instead: [`IdentifierError::WrongKind`].
    pub fn parse(kind: IdentifierKind, value: &str) -> Result<Self, IdentifierError> {
        let digits = match kind {
            IdentifierKind::Duf => rules::digits::<12>(value)?.to_vec(),
            IdentifierKind::Fnr | IdentifierKind::DNumber | IdentifierKind::HNumber | IdentifierKind::FhNumber => {
                let digits = rules::digits::<11>(value)?;
                rules::check(kind, digits)?;
                digits.to_vec()
            }
        };
        Ok(Self {
            kind,
            value: digits.into_iter().map(|digit| char::from(b'0' + digit)).collect(),
        })
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> IdentifierKind {
        self.kind
    }

    /// The digits themselves, without spaces. Whoever calls this answers for where they end up.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The test series that the number comes from; `None` when it looks like a real person's. Only national identity
    /// numbers and D-numbers have such series.
    #[must_use]
    pub fn synthetic(&self) -> Option<Synthetic> {
        match self.kind {
            IdentifierKind::Fnr | IdentifierKind::DNumber => rules::series(self.eleven()?),
            IdentifierKind::HNumber | IdentifierKind::FhNumber | IdentifierKind::Duf => None,
        }
    }

    /// The birth day and month that the number carries, in that order; `None` for kinds that carry none.
    ///
    /// There is no year and no age, on purpose: the two year digits leave the century open.
    #[must_use]
    pub fn birth_day_and_month(&self) -> Option<(u8, u8)> {
        rules::day_and_month(self.kind, self.eleven()?)
    }

    /// Which check-digit rule the number obeys; `None` for DUF, whose check digits never refuse. Before 2032, a number
    /// that fits the wider rule only is a slip that the wider rule let through.
    #[must_use]
    pub fn check_rule(&self) -> Option<CheckRule> {
        Some(rules::check_rule(self.eleven()?))
    }

    /// What a person should look at, though the number was accepted.
    #[must_use]
    pub fn warnings(&self) -> Vec<IdentifierWarning> {
        let mut warnings = Vec::new();
        if self.kind == IdentifierKind::Duf && !rules::digits::<12>(&self.value).is_ok_and(rules::duf_check) {
            warnings.push(IdentifierWarning::DufCheckDigits);
        }
        warnings
    }

    /// Whether this kind of installation may hold the number.
    ///
    /// A demo takes national identity numbers and D-numbers of Tenor only, so that nobody's real number is typed into
    /// it; production takes no synthetic ones, so that no test person is mistaken for a youth. The other kinds have no
    /// test series that would tell the two apart, and pass.
    ///
    /// # Errors
    /// [`IdentifierError::NotSynthetic`] in a demo, [`IdentifierError::Synthetic`] in production.
    pub fn admissible(&self, instance: InstanceKind) -> Result<(), IdentifierError> {
        match (instance, self.kind) {
            (_, IdentifierKind::HNumber | IdentifierKind::FhNumber | IdentifierKind::Duf) => Ok(()),
            (InstanceKind::Demo, IdentifierKind::Fnr | IdentifierKind::DNumber) => match self.synthetic() {
                Some(Synthetic::Tenor) => Ok(()),
                Some(Synthetic::Nav | Synthetic::Other) | None => Err(IdentifierError::NotSynthetic),
            },
            (InstanceKind::Production, IdentifierKind::Fnr | IdentifierKind::DNumber) => match self.synthetic() {
                None => Ok(()),
                Some(_) => Err(IdentifierError::Synthetic),
            },
        }
    }

    fn eleven(&self) -> Option<[u8; 11]> {
        rules::digits::<11>(&self.value).ok()
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identifier")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
