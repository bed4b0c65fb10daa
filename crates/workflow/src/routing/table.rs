//! What a routing table says.

use chrono::NaiveDate;
use serde::Deserialize;

use super::PlaceKind;
use crate::law::LegalRule;
use crate::vocabulary::{AgeBand, AgencyKind, LegalBasisCode, Need, ResidenceStatus, Text, Urgency};

/// A routing table that was read and found sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its id.
    pub id: String,
    /// Its version; a change of rules is a new one.
    pub version: u16,
    /// Its name.
    pub title: Text,
    /// The municipality that it is written for, as four digits.
    pub municipality: String,
    /// That municipality's name.
    pub municipality_name: String,
    /// That municipality's districts with services of their own.
    pub districts: Vec<District>,
    /// Its areas without services of their own, and who serves them.
    pub assigned: Vec<Assigned>,
    /// What the rules rest on: every wording that the register has of it.
    pub references: Vec<LegalRule>,
    /// What a rule can warn of.
    pub warnings: Vec<WarningText>,
    /// Whom a rule can name.
    pub receivers: Vec<ReceiverRule>,
    /// What belongs together: several receivers at once.
    pub together: Vec<TogetherText>,
    /// The decisions, in order.
    pub decisions: Vec<Decision>,
}

/// A district with services of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct District {
    /// Six digits.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// An area without services of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assigned {
    /// Six digits.
    pub district: String,
    /// What it is called.
    pub name: Text,
    /// The district that serves it, six digits.
    pub served_by: String,
    /// Whether this also serves whoever is in the municipality, nobody knows where.
    #[serde(default)]
    pub otherwise: bool,
}

/// Something to warn of, in words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarningText {
    /// Its id, which is its code in answers.
    pub id: String,
    /// The warning.
    pub text: Text,
}

/// Whom a rule names: a description that the directory answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverRule {
    /// Its id within the table.
    pub id: String,
    /// What it is, in words.
    pub title: Text,
    /// Of one of these kinds.
    pub kinds: Vec<AgencyKind>,
    /// Serving whom.
    pub reach: Reach,
    /// Only those that are open round the clock.
    #[serde(default)]
    pub round_the_clock: bool,
    /// Only those that offer what the youth needs, to their age.
    #[serde(default)]
    pub offering: bool,
    /// What to do when the directory has none. Without it nobody is missed: somebody else is asked.
    pub missing: Option<Text>,
}

/// Whom a receiver must serve to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// The district where the youth stays, or, outside the table's municipality, the municipality.
    Local,
    /// The whole municipality where the youth stays.
    Municipality,
    /// The municipality where the youth stays; where it has none, one that serves the whole country; else the table's own.
    Nearest,
}

impl Reach {
    /// As it is written in a table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Municipality => "municipality",
            Self::Nearest => "nearest",
        }
    }
}

/// Several receivers at once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TogetherText {
    /// Its id within the table.
    pub id: String,
    /// Why these belong together, and how.
    pub text: Text,
}

/// One question that the table settles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Its id within the table.
    pub id: String,
    /// What it settles.
    pub title: Text,
    /// Which of its rules count.
    pub hit: Hit,
    /// Asked only for a need for which no earlier decision found anybody to refer to.
    pub otherwise: bool,
    /// The rules, in order.
    pub rules: Vec<Rule>,
}

/// Which rules of a decision count (DMN's hit policy).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hit {
    /// The first that applies and whose receiver there is.
    First,
    /// All of those.
    Collect,
}

impl Hit {
    /// As it is written in a table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Collect => "collect",
        }
    }
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its id, unique in the table.
    pub id: String,
    /// When it applies.
    pub when: Conditions,
    /// To whom: the id of a [`ReceiverRule`].
    pub receiver: String,
    /// How.
    pub way: Way,
    /// On which legal bases, the one that fits best first.
    pub legal_bases: Vec<LegalBasisCode>,
    /// Why, in words that help at half past one at night.
    pub reason: Text,
    /// What to mind: ids of warnings.
    pub warnings: Vec<String>,
    /// What it rests on, as the register of legal rules names it. The rule holds on days on which all of it does.
    pub references: Vec<String>,
    /// What it belongs together with: the id of a [`TogetherText`].
    pub together: Option<String>,
}

/// How somebody gets to a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// A referral on this workflow.
    Refer(String),
    /// The youth is shown the way; nothing about them is sent.
    Contact,
}

impl Way {
    /// The workflow, if there is one.
    #[must_use]
    pub fn workflow(&self) -> Option<&str> {
        match self {
            Self::Refer(workflow) => Some(workflow),
            Self::Contact => None,
        }
    }
}

/// When a rule applies: each list names what it admits, and a list that is not there admits everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// Ages.
    pub ages: Option<Vec<AgeBand>>,
    /// Needs.
    pub needs: Option<Vec<Need>>,
    /// Where the youth stays.
    pub places: Option<Vec<PlaceKind>>,
    /// Residence statuses.
    pub residence: Option<Vec<ResidenceStatus>>,
    /// Urgencies.
    pub urgencies: Option<Vec<Urgency>>,
    /// The sender's kind.
    pub senders: Option<Vec<AgencyKind>>,
    /// A receiver that must be open: the id of a [`ReceiverRule`].
    pub open: Option<String>,
    /// A receiver that must be closed, or not there.
    pub closed: Option<String>,
}

/// One combination of what conditions ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) age: AgeBand,
    pub(super) need: Need,
    pub(super) place: PlaceKind,
    pub(super) residence: ResidenceStatus,
    pub(super) urgency: Urgency,
    pub(super) sender: AgencyKind,
}

/// Whether a list admits a value.
pub(super) fn among<T: PartialEq>(list: Option<&Vec<T>>, value: &T) -> bool {
    list.is_none_or(|list| list.contains(value))
}

impl Conditions {
    /// Whether everything but the hour fits.
    pub(super) fn admit(&self, cell: &Cell) -> bool {
        among(self.ages.as_ref(), &cell.age)
            && among(self.needs.as_ref(), &cell.need)
            && among(self.places.as_ref(), &cell.place)
            && among(self.residence.as_ref(), &cell.residence)
            && among(self.urgencies.as_ref(), &cell.urgency)
            && among(self.senders.as_ref(), &cell.sender)
    }
}

impl Table {
    /// A receiver by its id.
    #[must_use]
    pub fn receiver(&self, id: &str) -> Option<&ReceiverRule> {
        self.receivers.iter().find(|receiver| receiver.id == id)
    }

    /// What stands at a reference, in every wording that it has had.
    pub fn cited<'t>(&'t self, legal_ref: &'t str) -> impl Iterator<Item = &'t LegalRule> {
        self.references.iter().filter(move |rule| rule.legal_ref == legal_ref)
    }

    /// A warning by its id.
    #[must_use]
    pub fn warning(&self, id: &str) -> Option<&WarningText> {
        self.warnings.iter().find(|warning| warning.id == id)
    }

    /// Whether everything that a rule rests on holds on a day.
    #[must_use]
    pub fn holds(&self, rule: &Rule, on: NaiveDate) -> bool {
        rule.references
            .iter()
            .all(|legal_ref| self.cited(legal_ref).any(|cited| cited.validity.holds_on(on)))
    }

    /// The same table with another district serving an area that has no services of its own. `false` when the table
    /// has no such area or no such district.
    pub fn assign(&mut self, area: &str, served_by: &str) -> bool {
        let known = self.districts.iter().any(|district| district.code == served_by);
        match self.assigned.iter_mut().find(|assigned| assigned.district == area) {
            Some(assigned) if known => {
                served_by.clone_into(&mut assigned.served_by);
                true
            }
            Some(_) | None => false,
        }
    }
}
