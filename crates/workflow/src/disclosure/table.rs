//! What a table says, and how it is read.

use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use serde::Deserialize;

use super::check;
use super::fields::{Field, Fields};
use super::flow::{Flow, Ground, Way};
use crate::definition::{DefinitionError, Place};
use crate::law::{self, Validity};
use crate::vocabulary::{AgencyKind, Text};

const SOURCE: &str = include_str!("../../disclosure/norway.toml");

/// A table that was read and found sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its id.
    pub id: String,
    /// Its version; a change of rules is a new one.
    pub version: u16,
    /// Its name.
    pub title: Text,
    /// The first day on which it says something.
    pub valid_from: NaiveDate,
    /// The rules.
    pub rules: Vec<Rule>,
    /// Who must be told of a referral, or why they are not.
    pub informed: Vec<InformedRule>,
}

/// One rule: for whom it counts and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id, unique in the table.
    pub id: String,
    senders: Option<Vec<AgencyKind>>,
    #[serde(default)]
    but_senders: Vec<AgencyKind>,
    receivers: Option<Vec<AgencyKind>>,
    #[serde(default)]
    but_receivers: Vec<AgencyKind>,
    /// Only receivers that do, or do not, carry out tasks for a public body.
    public_tasks: Option<bool>,
    grounds: Option<Vec<Ground>>,
    fields: Option<Vec<Field>>,
    #[serde(default)]
    but_fields: Vec<Field>,
    /// What it says.
    pub flow: Flow,
    /// What it rests on, as the register of legal rules names it.
    pub legal_refs: Vec<String>,
    /// Why, in words for the sender.
    pub text: Text,
}

/// Somebody must be told of a referral, or the sender says why they are not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InformedRule {
    /// Its id, unique in the table.
    pub id: String,
    /// Who.
    pub who: Whom,
    /// From which age, in whole years.
    #[serde(default)]
    pub min_age: u8,
    /// Up to and including which age.
    pub max_age: u8,
    /// Towards which receivers.
    pub receivers: Vec<AgencyKind>,
    /// What it rests on, as the register of legal rules names it.
    pub legal_refs: Vec<String>,
    /// What is asked for, in words for the sender.
    pub text: Text,
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whom {
    /// The youth.
    Youth,
    /// The guardians.
    Guardians,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    id: String,
    version: u16,
    title: Text,
    #[serde(deserialize_with = "law::date")]
    valid_from: Option<NaiveDate>,
    rules: Vec<Rule>,
    #[serde(default)]
    informed: Vec<InformedRule>,
}

impl Table {
    /// Reads a table and refuses one that leaves something open or contradicts itself.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place in `source`; `file` only names it.
    ///
    /// ```
    /// use stafett_workflow::disclosure::Table;
    ///
    /// let error = Table::parse("mine.toml", "id = \"mine\"\nverzion = 1").unwrap_err();
    /// assert!(error.to_string().starts_with("mine.toml:2:1: unknown field `verzion`"));
    /// ```
    pub fn parse(file: &str, source: &str) -> Result<Self, DefinitionError> {
        let place = Place { file, source };
        let raw: RawTable = toml::from_str(source)
            .map_err(|error| place.error(error.span().map_or(0, |span| span.start), error.message()))?;
        let table = Self {
            id: raw.id,
            version: raw.version,
            title: raw.title,
            valid_from: raw.valid_from.unwrap_or(NaiveDate::MIN),
            rules: raw.rules,
            informed: raw.informed,
        };
        match check::findings(&table).into_iter().next() {
            None => Ok(table),
            Some(finding) => Err(place.error(place.find(&finding.near), &finding.message.en)),
        }
    }

    /// The rule that counts for a field on a day: what it says, and why. None counts before the table's first day.
    #[must_use]
    pub fn rule(&self, way: &Way, field: Field, day: NaiveDate) -> Option<&Rule> {
        self.rules
            .iter()
            .find(|rule| rule.admits(way, field) && rule.holds_on(day))
    }

    /// Whether a field flows on a day. What no rule knows of is refused.
    #[must_use]
    pub fn flow(&self, way: &Way, field: Field, day: NaiveDate) -> Flow {
        self.rule(way, field, self.day(day))
            .map_or(Flow::Refused, |rule| rule.flow)
    }

    /// What flows on a day; `covers` is what a consent covers where it says so in codes.
    #[must_use]
    pub fn flows(&self, way: &Way, covers: Option<Fields>, day: NaiveDate) -> Fields {
        let flows = |field: &Field| match self.flow(way, *field, day) {
            Flow::Flows => true,
            Flow::WithinScope => covers.is_none_or(|covers| covers.has(*field)),
            Flow::Withheld | Flow::Refused => false,
        };
        Fields::all().iter().filter(flows).collect()
    }

    /// What does not flow on a day, each with the rule that says so.
    pub fn kept_back(
        &self,
        way: Way,
        covers: Option<Fields>,
        day: NaiveDate,
    ) -> impl Iterator<Item = (Field, Option<&Rule>)> {
        let flows = self.flows(&way, covers, day);
        Fields::all()
            .without(flows)
            .iter()
            .map(move |field| (field, self.rule(&way, field, self.day(day))))
    }

    /// Referrals from before the table's first day are judged by how it began.
    fn day(&self, day: NaiveDate) -> NaiveDate {
        day.max(self.valid_from)
    }
}

impl Rule {
    /// Whether it counts for a field between these two.
    pub(super) fn admits(&self, way: &Way, field: Field) -> bool {
        among(self.senders.as_ref(), &self.but_senders, &way.sender.kind)
            && among(self.receivers.as_ref(), &self.but_receivers, &way.receiver.kind)
            && self.public_tasks.is_none_or(|tasks| tasks == way.receiver.public_tasks)
            && among(self.grounds.as_ref(), &[], &way.ground)
            && among(self.fields.as_ref(), &self.but_fields, &field)
    }

    /// Whether all that it rests on holds on a day.
    #[must_use]
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.legal_refs
            .iter()
            .all(|legal_ref| law::rule_at(legal_ref, day).is_some())
    }
}

impl InformedRule {
    /// Whether it asks for something, for a youth of this age and this receiver. An unknown age asks for nothing: what nobody
    /// knows must not hold a report back.
    #[must_use]
    pub fn asks(&self, age: Option<u8>, receiver: AgencyKind, day: NaiveDate) -> bool {
        age.is_some_and(|age| (self.min_age..=self.max_age).contains(&age))
            && self.receivers.contains(&receiver)
            && self
                .legal_refs
                .iter()
                .all(|legal_ref| law::rule_at(legal_ref, day).is_some())
    }
}

fn among<T: PartialEq>(list: Option<&Vec<T>>, but: &[T], value: &T) -> bool {
    list.is_none_or(|list| list.contains(value)) && !but.contains(value)
}

/// The days from the table's first on which anything changes in what it rests on.
pub(super) fn turning_days(table: &Table) -> Vec<NaiveDate> {
    let refs = table.rules.iter().flat_map(|rule| &rule.legal_refs);
    let starts = refs.flat_map(|legal_ref| law::versions(legal_ref)).flat_map(|rule| {
        let Validity { from, to } = rule.validity;
        [from, to.and_then(|to| to.succ_opt())]
    });
    let mut days: Vec<NaiveDate> = starts.flatten().filter(|day| *day >= table.valid_from).collect();
    days.push(table.valid_from);
    days.sort_unstable();
    days.dedup();
    days
}

/// The table that ships with the product.
///
/// # Errors
/// What is wrong with it; a test makes sure that nothing is.
///
/// ```
/// assert_eq!(stafett_workflow::disclosure::builtin().unwrap().id, "norway");
/// ```
pub fn builtin() -> Result<Arc<Table>, DefinitionError> {
    static BUILTIN: LazyLock<Result<Arc<Table>, DefinitionError>> =
        LazyLock::new(|| Table::parse("norway.toml", SOURCE).map(Arc::new));
    BUILTIN.clone()
}
