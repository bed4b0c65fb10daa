//! Who may take somebody by the table: for each need and age, those whom some rule names wherever the youth stays.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::directory::{Directory, Unit};
use super::place::Place;
use super::table::{Table, Way, among};
use super::totality::{every_age, every_place, totality};
use crate::agency::AgencyId;
use crate::person::Whereabouts;
use crate::vocabulary::{AgeBand, Code, Language, Need, ResidenceStatus};

/// Which part of the map is looked at; nothing narrows it where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Only youth who stay here.
    pub stays: Option<Whereabouts>,
    /// Only youth with this residence status.
    pub residence: Option<ResidenceStatus>,
}

/// One need at one age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The need.
    pub need: Need,
    /// The age.
    pub age: AgeBand,
    /// To whom the table refers somebody, in the order of their slugs.
    pub takers: Vec<AgencyId>,
    /// Whether there is somebody for whom it finds nobody: at some place, with some status, at some hour, from some sender.
    pub leaves_out: bool,
}

/// The map, and in words whom the table leaves out in this part of it, by need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map {
    /// Every need at every age.
    pub cells: Vec<Cell>,
    /// Who is left out: the needs, the sentence in both languages, and whether the directory is to blame, which does not have the
    /// municipality.
    pub left_out: Vec<LeftOut>,
}

/// Combinations that nobody takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// With which needs.
    pub needs: Vec<Need>,
    /// In Norwegian.
    pub nb: String,
    /// In English.
    pub en: String,
    /// Only where the directory does not have the municipality.
    pub outside_directory: bool,
}

/// Who may take whom by the table, with the rules that hold on a day.
#[must_use]
pub fn map(table: &Table, directory: &Directory, on: NaiveDate, part: &Part) -> Map {
    let places: Vec<Place> = match &part.stays {
        Some(stays) => vec![table.place(Some(stays))],
        None => every_place(table, directory),
    };
    let rules: Vec<_> = table
        .decisions
        .iter()
        .flat_map(|decision| &decision.rules)
        .filter(|rule| matches!(rule.way, Way::Refer(_)) && table.holds(rule, on))
        .filter(|rule| {
            part.residence
                .is_none_or(|residence| among(rule.when.residence.as_ref(), &residence))
        })
        .filter_map(|rule| Some((rule, table.receiver(&rule.receiver)?)))
        .collect();
    let gaps: Vec<_> = totality(table, directory, on)
        .gaps
        .into_iter()
        .filter(|gap| {
            part.stays.is_none()
                || gap
                    .places
                    .iter()
                    .any(|name| places.iter().any(|place| place.name == *name))
        })
        .filter(|gap| {
            part.residence
                .is_none_or(|residence| gap.residence.is_empty() || gap.residence.contains(&residence))
        })
        .collect();
    let served: Vec<Vec<Vec<&Unit>>> = places
        .iter()
        .map(|place| {
            let of = |(_, receiver): &(_, &super::table::ReceiverRule)| directory.serving(table, receiver, place);
            rules.iter().map(of).collect()
        })
        .collect();
    let mut cells = Vec::with_capacity(Need::ALL.len() * AgeBand::ALL.len());
    for need in Need::ALL {
        for age in AgeBand::ALL {
            let ages = every_age(*age);
            let mut found: BTreeSet<(&str, AgencyId)> = BTreeSet::new();
            for (place, served) in places.iter().zip(&served) {
                for ((rule, receiver), units) in rules.iter().zip(served) {
                    let when = &rule.when;
                    let applies = among(when.ages.as_ref(), age)
                        && among(when.needs.as_ref(), need)
                        && among(when.places.as_ref(), &place.kind);
                    if !applies {
                        continue;
                    }
                    let takes = |unit: &&&Unit| {
                        !receiver.offering || ages.iter().any(|age| unit.offers(*need, *age).next().is_some())
                    };
                    found.extend(units.iter().filter(takes).map(|unit| (unit.slug.as_str(), unit.id)));
                }
            }
            let leaves_out = gaps.iter().any(|gap| {
                gap.needs.contains(need)
                    && gap.ages.iter().any(|class| match class {
                        None => *age == AgeBand::Unknown,
                        Some((from, to)) => ages.iter().flatten().any(|age| (from..=to).contains(&age)),
                    })
            });
            cells.push(Cell {
                need: *need,
                age: *age,
                takers: found.into_iter().map(|(_, id)| id).collect(),
                leaves_out,
            });
        }
    }
    let left_out = gaps.into_iter().map(|gap| LeftOut {
        nb: gap.text(Language::Nb),
        en: gap.text(Language::En),
        outside_directory: gap.outside_directory,
        needs: gap.needs,
    });
    Map {
        cells,
        left_out: left_out.collect(),
    }
}
