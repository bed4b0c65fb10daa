//! Whether everybody gets an answer: every combination of age, place, need, residence, urgency, hour and sender.
//!
//! The space has tens of millions of combinations. It is compressed, not sampled: ages fall into classes between the
//! boundaries that the law and the services draw; residence, urgency, sender and hour become one bit each of a word,
//! which a rule covers at once. So the proof is exhaustive and takes milliseconds.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::check::senders;
use super::directory::{Directory, Unit};
use super::place::Place;
use super::table::{Conditions, ReceiverRule, Rule, Table, Way, among};
use crate::calendar::OpeningHours;
use crate::person::Whereabouts;
use crate::vocabulary::{AgeBand, AgencyKind, Code, Language, Need, ResidenceStatus, Text, Urgency};

/// What the proof found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totality {
    /// How many combinations were proven, each age in whole years for itself.
    pub combinations: u64,
    /// Where nobody would be found.
    pub gaps: Vec<Gap>,
}

/// Combinations for which there is no receiver, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The places.
    pub places: Vec<Text>,
    /// The ages: from and to, both included; none: unknown.
    pub ages: Vec<Option<(u8, u8)>>,
    /// The needs.
    pub needs: Vec<Need>,
    /// The residence statuses; empty when it is all of them.
    pub residence: Vec<ResidenceStatus>,
    /// The urgencies; empty when it is all of them.
    pub urgencies: Vec<Urgency>,
    /// The senders; empty when it is all of them.
    pub senders: Vec<AgencyKind>,
    /// Only at some hours of the week.
    pub at_some_hours: bool,
    /// Only where the directory knows nobody at all: a municipality that nobody has entered. No table can fill it.
    pub outside_directory: bool,
}

/// Nobody is older in this reckoning: everybody over 25 is shown another way.
const OLDEST: u8 = 120;

/// A class of ages, both included; none: unknown.
type Ages = Option<(u8, u8)>;

/// How many residence statuses there are.
const RESIDENCES: usize = ResidenceStatus::ALL.len();

/// How many urgencies there are.
const URGENCIES: usize = Urgency::ALL.len();

/// Proves the table against a directory, with the rules that hold on a day; or lists the gaps.
#[must_use]
pub fn totality(table: &Table, directory: &Directory, on: NaiveDate) -> Totality {
    let space = Space::new(table);
    let rules: Vec<(&Rule, &ReceiverRule, Bits)> = table
        .decisions
        .iter()
        .flat_map(|decision| &decision.rules)
        .filter(|rule| table.holds(rule, on))
        .filter_map(|rule| Some((rule, table.receiver(&rule.receiver)?, space.of(&rule.when))))
        // A user organisation is a tip, no receiver.
        .filter(|(rule, receiver, _)| rule.way != Way::Contact || receiver.kinds != [AgencyKind::UserOrganisation])
        .collect();
    let ages = age_classes(directory);
    let mut holes: BTreeMap<Hole, Vec<Need>> = BTreeMap::new();
    let mut feasible_hours = Vec::new();
    let mut combinations = 0;
    let places = every_place(table, directory);
    let names: Vec<Text> = places.iter().map(|place| place.name.clone()).collect();
    for (place_at, place) in places.iter().enumerate() {
        let feasible = space.feasible(table, directory, place);
        feasible_hours.push(space.hours(&feasible));
        combinations += feasible.count() * u64::from(OLDEST + 2) * Need::ALL.len() as u64;
        let serving: Vec<Vec<&Unit>> = rules
            .iter()
            .map(|(_, receiver, _)| directory.serving(table, receiver, place))
            .collect();
        for need in Need::ALL {
            let mut ages_by_bits: BTreeMap<Bits, Vec<Ages>> = BTreeMap::new();
            for class in &ages {
                let age = class.map(|(from, _)| from);
                let mut open = feasible.clone();
                for ((rule, receiver, covers), units) in rules.iter().zip(&serving) {
                    let when = &rule.when;
                    let applies = among(when.ages.as_ref(), &AgeBand::of(age))
                        && among(when.needs.as_ref(), need)
                        && among(when.places.as_ref(), &place.kind);
                    let found = || {
                        units
                            .iter()
                            .any(|unit| !receiver.offering || unit.offers(*need, age).next().is_some())
                    };
                    if applies && found() {
                        open.remove(covers);
                    }
                }
                if !open.is_empty() {
                    ages_by_bits.entry(open).or_default().push(*class);
                }
            }
            for (bits, ages) in ages_by_bits {
                let hole = Hole {
                    place: place_at,
                    bits,
                    ages: joined(ages),
                };
                holes.entry(hole).or_default().push(*need);
            }
        }
    }
    Totality {
        combinations,
        gaps: space.gaps(holes, &names, &feasible_hours),
    }
}

/// What one gap is before places are put together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Hole {
    place: usize,
    bits: Bits,
    ages: Vec<Ages>,
}

/// A set of combinations of residence, urgency, sender and hour.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Bits(Vec<u64>);

impl Bits {
    fn remove(&mut self, other: &Self) {
        for (word, gone) in self.0.iter_mut().zip(&other.0) {
            *word &= !gone;
        }
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }
}

/// One combination behind one bit.
struct Combination {
    residence: ResidenceStatus,
    urgency: Urgency,
    sender: AgencyKind,
    /// Which of the receivers that rules ask about are open, a bit each.
    open: usize,
}

/// The combinations in the order of their bits.
struct Space<'t> {
    combinations: Vec<Combination>,
    /// Receivers whose hours some rule asks about.
    asked: Vec<&'t str>,
}

impl<'t> Space<'t> {
    fn new(table: &'t Table) -> Self {
        let rules = table.decisions.iter().flat_map(|decision| &decision.rules);
        let mut asked: Vec<&str> = rules
            .flat_map(|rule| [rule.when.open.as_deref(), rule.when.closed.as_deref()])
            .flatten()
            .collect();
        asked.sort_unstable();
        asked.dedup();
        let mut combinations = Vec::with_capacity((RESIDENCES * URGENCIES * 10) << asked.len());
        for open in 0..1_usize << asked.len() {
            for sender in senders() {
                for urgency in Urgency::ALL {
                    combinations.extend(ResidenceStatus::ALL.iter().map(|residence| Combination {
                        residence: *residence,
                        urgency: *urgency,
                        sender: *sender,
                        open,
                    }));
                }
            }
        }
        Self { combinations, asked }
    }

    fn bits(&self, fits: impl Fn(&Combination) -> bool) -> Bits {
        let mut words = vec![0_u64; self.combinations.len().div_ceil(64)];
        for (at, combination) in self.combinations.iter().enumerate() {
            if let Some(word) = words.get_mut(at / 64)
                && fits(combination)
            {
                *word |= 1 << (at % 64);
            }
        }
        Bits(words)
    }

    /// What a rule covers.
    fn of(&self, when: &Conditions) -> Bits {
        let at = |id: &Option<String>| {
            id.as_ref()
                .and_then(|id| self.asked.iter().position(|asked| asked == id))
        };
        let (open, closed) = (at(&when.open), at(&when.closed));
        self.bits(|combination| {
            among(when.residence.as_ref(), &combination.residence)
                && among(when.urgencies.as_ref(), &combination.urgency)
                && among(when.senders.as_ref(), &combination.sender)
                && open.is_none_or(|at| combination.open >> at & 1 == 1)
                && closed.is_none_or(|at| combination.open >> at & 1 == 0)
        })
    }

    /// What can happen at a place: whoever is always open is never closed, whoever is not there never open.
    fn feasible(&self, table: &Table, directory: &Directory, place: &Place) -> Bits {
        let hours: Vec<(bool, bool)> = self
            .asked
            .iter()
            .map(|id| {
                let serving = table.receiver(id).map(|rule| directory.serving(table, rule, place));
                let mut hours = serving.iter().flatten().filter_map(|unit| unit.hours.as_ref());
                let always = hours.clone().any(OpeningHours::is_always);
                (hours.next().is_some(), !always)
            })
            .collect();
        self.bits(|combination| {
            hours
                .iter()
                .enumerate()
                .all(|(at, (may_open, may_close))| match combination.open >> at & 1 {
                    1 => *may_open,
                    _ => *may_close,
                })
        })
    }

    /// Which hours some of these combinations are at, told apart by who is open.
    fn hours(&self, bits: &Bits) -> BTreeSet<usize> {
        let of = |(at, combination): (usize, &Combination)| bits.has(at).then_some(combination.open);
        self.combinations.iter().enumerate().filter_map(of).collect()
    }

    /// Puts together what differs in the place only, and names it.
    fn gaps(&self, holes: BTreeMap<Hole, Vec<Need>>, names: &[Text], feasible: &[BTreeSet<usize>]) -> Vec<Gap> {
        let mut by_story: BTreeMap<(Vec<Ages>, Vec<Need>, Bits), Vec<usize>> = BTreeMap::new();
        for (hole, needs) in holes {
            by_story
                .entry((hole.ages, needs, hole.bits))
                .or_default()
                .push(hole.place);
        }
        let mut gaps: Vec<(Vec<usize>, Gap)> = by_story
            .into_iter()
            .map(|((ages, needs, bits), places)| {
                let left = || {
                    (0..self.combinations.len())
                        .filter(|at| bits.has(*at))
                        .filter_map(|at| self.combinations.get(at))
                };
                let everywhere = places.iter().all(|at| feasible.get(*at) == Some(&self.hours(&bits)));
                let gap = Gap {
                    places: places.iter().filter_map(|at| names.get(*at).cloned()).collect(),
                    ages,
                    needs,
                    residence: narrowed(ResidenceStatus::ALL, |one| left().any(|left| left.residence == *one)),
                    urgencies: narrowed(Urgency::ALL, |one| left().any(|left| left.urgency == *one)),
                    senders: narrowed(&senders().copied().collect::<Vec<_>>(), |one| {
                        left().any(|left| left.sender == *one)
                    }),
                    at_some_hours: !everywhere,
                    outside_directory: places
                        .iter()
                        .all(|at| names.get(*at).is_some_and(|name| *name == nowhere())),
                };
                (places, gap)
            })
            .collect();
        gaps.sort_by(|one, other| one.0.cmp(&other.0));
        gaps.into_iter().map(|(_, gap)| gap).collect()
    }
}

/// Those that fit; none when all do.
fn narrowed<T: Copy>(all: &[T], fits: impl Fn(&T) -> bool) -> Vec<T> {
    let fitting: Vec<T> = all.iter().copied().filter(|one| fits(one)).collect();
    if fitting.len() == all.len() {
        Vec::new()
    } else {
        fitting
    }
}

/// What stands for every municipality that nobody has entered.
fn nowhere() -> Text {
    Text::new(
        "en kommune som ikke er i katalogen",
        "a municipality that is not in the directory",
    )
}

/// Every place that differs from the others: each district and area, the municipality without one, each municipality that
/// the directory knows, one that it does not know, and nowhere.
pub(super) fn every_place(table: &Table, directory: &Directory) -> Vec<Place> {
    let at = |municipality: &str, district: Option<&String>| {
        table.place(Some(&Whereabouts {
            municipality: municipality.to_owned(),
            district: district.cloned(),
        }))
    };
    let areas = table.districts.iter().map(|district| &district.code);
    let areas = areas.chain(table.assigned.iter().map(|assigned| &assigned.district));
    let mut places: Vec<Place> = areas.map(|code| at(&table.municipality, Some(code))).collect();
    places.push(at(&table.municipality, None));
    let known = directory.units().iter().filter_map(|unit| unit.municipality.as_deref());
    let mut known: Vec<&str> = known.filter(|number| *number != table.municipality).collect();
    known.sort_unstable();
    known.dedup();
    places.extend(known.into_iter().map(|number| at(number, None)));
    places.push(Place {
        name: nowhere(),
        ..at("", None)
    });
    places.push(table.place(None));
    places
}

/// Ages between which neither the law nor any service draws a line, and the unknown age.
fn age_classes(directory: &Directory) -> Vec<Ages> {
    let mut starts: Vec<u8> = (1..=OLDEST)
        .filter(|age| AgeBand::of(Some(*age)) != AgeBand::of(Some(age - 1)))
        .collect();
    for offer in directory.units().iter().flat_map(|unit| &unit.offers) {
        starts.extend(offer.min_age);
        starts.extend(offer.max_age.and_then(|last| last.checked_add(1)));
    }
    starts.push(0);
    starts.retain(|age| *age <= OLDEST);
    starts.sort_unstable();
    starts.dedup();
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([OLDEST]);
    let classes: Vec<_> = starts.iter().copied().zip(ends).map(Some).collect();
    classes.into_iter().chain([None]).collect()
}

/// The ages of a band, in whole years; the unknown one is of none.
pub(super) fn every_age(band: AgeBand) -> Vec<Option<u8>> {
    (0..=OLDEST)
        .map(Some)
        .chain([None])
        .filter(|age| AgeBand::of(*age) == band)
        .collect()
}

/// Neighbouring classes as one.
fn joined(classes: Vec<Ages>) -> Vec<Ages> {
    let mut joined: Vec<Ages> = Vec::new();
    for class in classes {
        match (joined.last_mut(), class) {
            (Some(Some((_, end))), Some((from, to))) if *end + 1 == from => *end = to,
            _ => joined.push(class),
        }
    }
    joined
}

impl Gap {
    /// The gap as a sentence.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let nb = language == Language::Nb;
        let say = |nb_words: &str, en_words: &str| if nb { nb_words.to_owned() } else { en_words.to_owned() };
        let or = say(" eller ", " or ");
        let list = |parts: Vec<String>| parts.join(", ");
        let places: Vec<&str> = self.places.iter().map(|place| place.in_language(language)).collect();
        let ages = self.ages.iter().map(|age| match age {
            None => say("ukjent alder", "of unknown age"),
            Some((from, OLDEST)) => format!("{from}+"),
            Some((from, to)) if from == to => from.to_string(),
            Some((from, to)) => format!("{from}–{to}"),
        });
        let needs = if self.needs.len() == Need::ALL.len() {
            say("uansett behov", "whatever the need")
        } else {
            let words: Vec<_> = self.needs.iter().map(|need| need.title(language).to_owned()).collect();
            format!("{} {}", say("med behov for", "in need of"), words.join(&or))
        };
        let mut more = Vec::new();
        let titles = |words: Vec<&str>| words.join(&or);
        if !self.residence.is_empty() {
            more.push(titles(self.residence.iter().map(|one| one.title(language)).collect()));
        }
        if !self.urgencies.is_empty() {
            more.push(titles(self.urgencies.iter().map(|one| one.title(language)).collect()));
        }
        if !self.senders.is_empty() {
            let words = titles(self.senders.iter().map(|one| one.title(language)).collect());
            more.push(format!("{} {words}", say("fra", "from")));
        }
        if self.at_some_hours {
            more.push(say("til noen tider av uka", "at some hours of the week"));
        }
        let more = if more.is_empty() {
            String::new()
        } else {
            format!(" ({})", list(more))
        };
        let (who, at, nobody) = (
            say("Alder", "Aged"),
            say("ved", "at"),
            say("ingen mottaker", "no receiver"),
        );
        format!(
            "{who} {} {needs}, {at} {}{more}: {nobody}",
            list(ages.collect()),
            places.join(&or)
        )
    }
}
