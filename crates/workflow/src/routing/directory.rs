//! The agencies that there are, as the router must know them.

use chrono::{DateTime, Utc};

use super::place::Place;
use super::table::{Reach, ReceiverRule, Table};
use crate::agency::AgencyId;
use crate::calendar::OpeningHours;
use crate::vocabulary::{AgencyKind, CapacityNote, CapacityStatus, Need, Text};

/// Every agency that takes part, in the order of their slugs.
#[derive(Debug, Clone, Default)]
pub struct Directory(Vec<Unit>);

/// An agency or a unit of one.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Its id.
    pub id: AgencyId,
    /// Its short name.
    pub slug: String,
    /// Its own name.
    pub name: String,
    /// Its kind.
    pub kind: AgencyKind,
    /// Whether it carries out tasks for a public body.
    pub public_tasks: bool,
    /// The municipality that it serves, four digits; none: the whole country.
    pub municipality: Option<String>,
    /// The district that it serves, six digits; none: the whole municipality.
    pub district: Option<String>,
    /// What else it serves: districts, six digits, and whole municipalities, four.
    pub also_serves: Vec<String>,
    /// When it can be reached, if anybody has said.
    pub hours: Option<OpeningHours>,
    /// Who stands in while it is closed, if it has said so.
    pub out_of_hours: Option<AgencyId>,
    /// What it offers.
    pub offers: Vec<Offer>,
    /// What it has said of its capacity, the newest for each need and for all of it.
    pub capacity: Vec<Capacity>,
}

/// Something that an agency offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Which need it meets.
    pub need: Need,
    /// What it is called.
    pub title: Text,
    /// From which age, in whole years.
    pub min_age: Option<u8>,
    /// Up to and including which age.
    pub max_age: Option<u8>,
}

/// What a unit has said of its capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// For which need; none: for all of it.
    pub need: Option<Need>,
    /// Whether it can take somebody in.
    pub status: CapacityStatus,
    /// How many places are free, when it counts them.
    pub free: Option<u16>,
    /// What it adds.
    pub note: Option<CapacityNote>,
    /// When it said so.
    pub reported_at: DateTime<Utc>,
}

impl Offer {
    /// Whether it is for somebody of this age, if known.
    #[must_use]
    pub fn admits(&self, age: Option<u8>) -> bool {
        age.is_none_or(|age| self.min_age.is_none_or(|min| age >= min) && self.max_age.is_none_or(|max| age <= max))
    }
}

impl Unit {
    /// What it offers against a need at an age.
    pub fn offers(&self, need: Need, age: Option<u8>) -> impl Iterator<Item = &Offer> {
        self.offers
            .iter()
            .filter(move |offer| offer.need == need && offer.admits(age))
    }

    /// What it has said last that concerns one of these needs: of the need itself before of all of it.
    #[must_use]
    pub fn capacity_for(&self, needs: &[Need]) -> Option<&Capacity> {
        let of = |wanted: Option<Need>| self.capacity.iter().find(|capacity| capacity.need == wanted);
        needs.iter().find_map(|need| of(Some(*need))).or_else(|| of(None))
    }

    /// Whether it serves this district by its name, not only the municipality around it.
    fn serves_district(&self, code: &str) -> bool {
        self.district.as_deref() == Some(code) || self.also_serves.iter().any(|area| area == code)
    }

    /// Whether it serves a whole municipality.
    fn serves_municipality(&self, code: &str) -> bool {
        (self.municipality.as_deref() == Some(code) && self.district.is_none())
            || self.also_serves.iter().any(|area| area == code)
    }

    fn is_open(&self, at: DateTime<Utc>) -> bool {
        self.hours.as_ref().is_some_and(|hours| hours.is_open(at))
    }

    fn answers(&self, rule: &ReceiverRule) -> bool {
        rule.kinds.contains(&self.kind)
            && (!rule.round_the_clock || self.hours.as_ref().is_some_and(OpeningHours::is_always))
    }
}

impl Directory {
    /// A directory of these agencies; those that do not take part are left out before.
    #[must_use]
    pub fn new(mut units: Vec<Unit>) -> Self {
        units.sort_by(|one, other| one.slug.cmp(&other.slug));
        Self(units)
    }

    /// All agencies, in the order of their slugs.
    #[must_use]
    pub fn units(&self) -> &[Unit] {
        &self.0
    }

    /// Who takes for a unit that is closed at a time: whoever it has named, if they are open then.
    #[must_use]
    pub(super) fn stands_in(&self, closed: &Unit, at: DateTime<Utc>) -> Option<&Unit> {
        let known_closed = closed.hours.as_ref().is_some_and(|hours| !hours.is_open(at));
        let named = closed.out_of_hours.filter(|_| known_closed)?;
        self.0.iter().find(|unit| unit.id == named && unit.is_open(at))
    }

    /// Those that a receiver of the table means at a place, whatever they offer.
    #[must_use]
    pub(super) fn serving(&self, table: &Table, rule: &ReceiverRule, place: &Place) -> Vec<&Unit> {
        let those = |fits: &dyn Fn(&Unit) -> bool| -> Vec<&Unit> {
            self.0.iter().filter(|unit| unit.answers(rule) && fits(unit)).collect()
        };
        let whole = |unit: &Unit| unit.serves_municipality(&place.municipality);
        let district = |unit: &Unit| place.district.as_deref().is_some_and(|code| unit.serves_district(code));
        match rule.reach {
            Reach::Local if place.district.is_some() => those(&district),
            Reach::Local | Reach::Municipality => those(&whole),
            Reach::Nearest => {
                let mut found = those(&|unit| whole(unit) || district(unit));
                if found.is_empty() {
                    found = those(&|unit| unit.municipality.is_none());
                }
                if found.is_empty() {
                    found = those(&|unit| unit.serves_municipality(&table.municipality));
                }
                found
            }
        }
    }

    /// Those that a receiver of the table means, for a need and an age.
    #[must_use]
    pub(super) fn resolve(
        &self,
        table: &Table,
        rule: &ReceiverRule,
        place: &Place,
        need: Need,
        age: Option<u8>,
    ) -> Vec<&Unit> {
        let mut units = self.serving(table, rule, place);
        units.retain(|unit| !rule.offering || unit.offers(need, age).next().is_some());
        units
    }

    /// Whether somebody whom a receiver of the table means can be reached.
    #[must_use]
    pub(super) fn is_open(&self, table: &Table, rule: &ReceiverRule, place: &Place, at: DateTime<Utc>) -> bool {
        self.serving(table, rule, place).iter().any(|unit| unit.is_open(at))
    }
}
