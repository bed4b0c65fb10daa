//! Who knows what of a referral, by the legs along which it came to them.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::fields::{Field, Fields};
use super::flow::{Ground, Party, Way};
use super::table::Table;
use crate::agency::AgencyId;
use crate::calendar::local_date;
use crate::content::Content;
use crate::person::Person;
use crate::referral::Referral;

/// What somebody may know of one referral. Only a [`Table`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    fields: Fields,
}

/// What was told of a youth and their situation, as far as somebody may know it. Nothing of it gets out of the house in any other
/// form, and only [`Reading::disclose`] makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Disclosed {
    person: Option<Person>,
    content: Content,
    reading: Reading,
}

// What it holds must never reach a log.
impl std::fmt::Debug for Disclosed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Disclosed")
            .field("reading", &self.reading)
            .finish_non_exhaustive()
    }
}

impl Table {
    /// What the people of `readers` may know of a referral: what one of these agencies wrote or was told. `party` says what is
    /// known of an agency; whoever it does not know is told nothing.
    #[must_use]
    pub fn reading(
        &self,
        referral: &Referral,
        readers: &[AgencyId],
        party: impl Fn(AgencyId) -> Option<Party>,
    ) -> Reading {
        let known = self.known(referral, party);
        let fields = readers
            .iter()
            .filter_map(|reader| known.get(reader))
            .fold(Fields::NONE, |all, fields| all.or(*fields));
        Reading { fields }
    }

    /// What the people of `reader` may know who have broken the glass and have no part in it: what flows to avert a danger.
    #[must_use]
    pub fn reading_in_danger(
        &self,
        referral: &Referral,
        reader: AgencyId,
        day: NaiveDate,
        party: impl Fn(AgencyId) -> Option<Party>,
    ) -> Reading {
        let fields = match (party(referral.originator), party(reader)) {
            (Some(sender), Some(receiver)) => {
                let way = Way {
                    sender,
                    receiver,
                    ground: Ground::DangerToLife,
                };
                self.flows(&way, None, day)
            }
            _ => Fields::NONE,
        };
        Reading { fields }
    }

    /// What each agency that has a part in it knows.
    #[must_use]
    pub fn known(&self, referral: &Referral, party: impl Fn(AgencyId) -> Option<Party>) -> BTreeMap<AgencyId, Fields> {
        let mut known = BTreeMap::from([(referral.originator, Fields::all())]);
        let mut told = |to: AgencyId, from: AgencyId, ground: Ground, covers: Option<Fields>, day| {
            let told = match (party(from), party(to), known.get(&from)) {
                (Some(sender), Some(receiver), Some(knows)) => {
                    let way = Way {
                        sender,
                        receiver,
                        ground,
                    };
                    self.flows(&way, covers, day).and(*knows)
                }
                _ => Fields::NONE,
            };
            let before = known.entry(to).or_default();
            *before = before.or(told);
        };
        for leg in &referral.handoffs {
            if let (Some(sent), Some(receiver), Some(basis)) = (leg.times.sent, leg.terms.receiver, leg.terms.basis) {
                told(receiver, leg.sender, basis.into(), leg.terms.covers, local_date(sent));
            }
        }
        let last = referral.handoffs.iter().filter_map(|leg| leg.times.sent).max();
        if let (Some(coordinator), Some(last)) = (referral.coordinator, last) {
            told(
                coordinator,
                referral.originator,
                Ground::Allocation,
                None,
                local_date(last),
            );
        }
        known
    }
}

impl Reading {
    /// Whether a piece of it is theirs to know.
    #[must_use]
    pub const fn shows(self, field: Field) -> bool {
        self.fields.has(field)
    }

    /// All that is theirs to know.
    #[must_use]
    pub const fn fields(self) -> Fields {
        self.fields
    }

    /// What is kept from them by rule, whether or not there is anything.
    #[must_use]
    pub fn kept_back(self) -> Fields {
        Fields::all().without(self.fields)
    }

    /// Of what was told, that which they may know.
    #[must_use]
    pub fn disclose(self, person: Option<&Person>, content: &Content) -> Disclosed {
        Disclosed {
            person: person.and_then(|person| self.person(person)),
            content: Content {
                needs: match self.shows(Field::Needs) {
                    true => content.needs.clone(),
                    false => Vec::new(),
                },
                summary: content.summary.clone().filter(|_| self.shows(Field::Summary)),
                informed: content.informed.clone().filter(|_| self.shows(Field::Informed)),
            },
            reading: self,
        }
    }

    /// What somebody wrote, if it is theirs to know.
    #[must_use]
    pub fn words<T>(self, field: Field, words: T) -> Option<T> {
        self.shows(field).then_some(words)
    }

    /// That an address is protected is told to whoever is told anything of the person: they must know to guard it.
    fn person(self, person: &Person) -> Option<Person> {
        if self.fields.and(of_person()).is_empty() {
            return None;
        }
        let shows = |field| self.shows(field);
        Some(Person {
            alias: person.alias.clone().filter(|_| shows(Field::Alias)),
            name: person.name.clone().filter(|_| shows(Field::Name)),
            estimated_age: person.estimated_age.filter(|_| shows(Field::Age)),
            identifier: person.identifier.clone().filter(|_| shows(Field::IdentityNumber)),
            whereabouts: person.whereabouts.clone().filter(|_| shows(Field::Whereabouts)),
            residence_status: person.residence_status.filter(|_| shows(Field::ResidenceStatus)),
            flags: match shows(Field::Flags) {
                true => person.flags.clone(),
                false => Vec::new(),
            },
            language: person.language.clone().filter(|_| shows(Field::Language)),
            interpreter: person.interpreter && shows(Field::Language),
            address_protection: person.address_protection,
        })
    }

    /// A correction by somebody who does not see all of it: what is kept from them stays as it was.
    #[must_use]
    pub fn corrected(self, before: &Person, corrected: Person) -> Person {
        let keep = |field| !self.shows(field);
        Person {
            alias: if keep(Field::Alias) {
                before.alias.clone()
            } else {
                corrected.alias
            },
            name: if keep(Field::Name) {
                before.name.clone()
            } else {
                corrected.name
            },
            estimated_age: if keep(Field::Age) {
                before.estimated_age
            } else {
                corrected.estimated_age
            },
            identifier: match keep(Field::IdentityNumber) {
                true => before.identifier.clone(),
                false => corrected.identifier,
            },
            whereabouts: match keep(Field::Whereabouts) {
                true => before.whereabouts.clone(),
                false => corrected.whereabouts,
            },
            residence_status: match keep(Field::ResidenceStatus) {
                true => before.residence_status,
                false => corrected.residence_status,
            },
            flags: if keep(Field::Flags) {
                before.flags.clone()
            } else {
                corrected.flags
            },
            language: if keep(Field::Language) {
                before.language.clone()
            } else {
                corrected.language
            },
            interpreter: if keep(Field::Language) {
                before.interpreter
            } else {
                corrected.interpreter
            },
            address_protection: corrected.address_protection,
        }
    }
}

fn of_person() -> Fields {
    [
        Field::IdentityNumber,
        Field::Name,
        Field::Alias,
        Field::Age,
        Field::Whereabouts,
        Field::ResidenceStatus,
        Field::Flags,
        Field::Language,
    ]
    .into_iter()
    .collect()
}

impl Disclosed {
    /// The youth, if there is one of whom they may know anything.
    #[must_use]
    pub const fn person(&self) -> Option<&Person> {
        self.person.as_ref()
    }

    /// The situation.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// What they may know.
    #[must_use]
    pub const fn reading(&self) -> Reading {
        self.reading
    }
}
