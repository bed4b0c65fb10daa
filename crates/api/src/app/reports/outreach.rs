//! What the register of an outreach team adds up to in a month, a third of a year, or any time, beside the same days of the year before.
//!
//! A team sees its own figures as they are. Whoever watches the whole sees, across all teams, a third of a year that is over, with small
//! figures masked, and neither arenas nor months: a place with one visitor is a person. Each breakdown is a row with its sum, and
//! no two are crossed.

mod words;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use chrono_tz::Europe::Oslo;
use stafett_store::outreach::{self, Line, Lookouts};
use stafett_workflow::agency::{AgencyId, ArenaId, PatrolId};
use stafett_workflow::outreach::{Acquaintance, ContactOutcome, Sex};
use stafett_workflow::policy::Scope;
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::{AgeBand, Code, Need};

use super::agency;
use super::figures::{Figure, masked_alone, masked_parts};
use super::period::{Period, midnight};
use crate::app::AppError;
use crate::app::engine::Engine;

pub use words::summary;

/// So many months stand in the curve.
const CURVE: u32 = 12;

/// Which figures somebody asks for.
#[derive(Debug, Clone)]
pub struct Question {
    scope: Scope,
    /// In the register of which agency; of all that are within when nobody says.
    pub agency: Option<AgencyId>,
    /// Of which time.
    pub period: Period,
}

/// A figure, and the same of the year before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pair {
    /// In the period.
    pub now: Figure,
    /// A year earlier.
    pub before: Figure,
}

/// One arena in the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtArena {
    /// Which.
    pub arena: ArenaId,
    /// What it is called.
    pub name: String,
    /// How many patrols came by.
    pub patrols: u64,
    /// How many were met there.
    pub persons: u64,
    /// How many of them for the first time.
    pub new: u64,
}

/// One month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Month {
    /// Its first day.
    pub first: NaiveDate,
    /// How many patrols.
    pub patrols: u64,
    /// How many were met.
    pub persons: u64,
    /// How many of them for the first time.
    pub new: u64,
}

/// The figures.
#[derive(Debug)]
pub struct Report {
    /// When it stood so.
    pub as_of: DateTime<Utc>,
    /// Of which time.
    pub period: Period,
    /// Held against which.
    pub before: Period,
    /// Whether it goes across agencies, so that small figures are masked.
    pub across: bool,
    /// Patrols. The team's own work, and so never masked.
    pub patrols: Pair,
    /// Persons met, each as often as they were met.
    pub persons: Pair,
    /// Those who became clients.
    pub clients: Pair,
    /// Missing minors who were met and of whom there is no referral.
    pub missing: Pair,
    /// By whether they had been met before.
    pub acquaintances: Vec<(Acquaintance, Pair)>,
    /// By age.
    pub ages: Vec<(AgeBand, Pair)>,
    /// By sex.
    pub sexes: Vec<(Sex, Pair)>,
    /// By what it was about; whoever needs two things is counted for both.
    pub needs: Vec<(Need, Pair)>,
    /// By what came of it.
    pub outcomes: Vec<(ContactOutcome, Pair)>,
    /// By arena, the one where most were met first; none across agencies.
    pub arenas: Vec<AtArena>,
    /// The months up to the end of the period; none across agencies.
    pub months: Vec<Month>,
    /// Missing youth whom the agencies looked for by a referral that the reader may see, now and a year earlier; nothing across agencies.
    pub lookouts: Option<[Lookouts; 2]>,
}

/// Which figures those are, within `scope`.
///
/// # Errors
/// The parameters that are not valid, or that nobody may ask for across agencies; the store's.
pub async fn question(
    engine: &Engine,
    scope: Scope,
    (from, to): (Option<&str>, Option<&str>),
    name: Option<&str>,
) -> Result<Question, AppError> {
    let period = match scope.is_all() {
        true => Period::third(from, to, engine.now()),
        false => Period::month(from, to, engine.now()),
    };
    let mut wrong = period.as_ref().err().cloned().unwrap_or_default();
    wrong.extend((scope.is_all() && name.is_some()).then(only_all_teams));
    let (Ok(period), true) = (period, wrong.is_empty()) else {
        return Err(AppError::Fields(wrong));
    };
    Ok(Question {
        agency: agency(engine, "agency", name).await?,
        scope,
        period,
    })
}

fn only_all_teams() -> FieldError {
    FieldError::new(
        "?agency",
        "not-across-agencies",
        "På tvers av enheter gis bare tall for alle oppsøkende tjenester samlet.",
        "Across agencies figures are given for all outreach services together only.",
    )
}

/// What was counted in one time.
#[derive(Debug, Default)]
struct Sums {
    patrols: BTreeSet<PatrolId>,
    persons: u64,
    clients: u64,
    missing: u64,
    acquaintances: BTreeMap<Acquaintance, u64>,
    ages: BTreeMap<AgeBand, u64>,
    sexes: BTreeMap<Sex, u64>,
    needs: BTreeMap<Need, u64>,
    outcomes: BTreeMap<ContactOutcome, u64>,
}

impl Sums {
    fn add(&mut self, line: &Line) {
        self.persons += line.persons;
        self.clients += line.clients;
        self.missing += line.missing;
        *self.acquaintances.entry(line.acquaintance).or_default() += line.persons;
        *self.ages.entry(line.age).or_default() += line.persons;
        *self.sexes.entry(line.sex).or_default() += line.persons;
        *self.outcomes.entry(line.outcome).or_default() += line.persons;
        for need in &line.needs {
            *self.needs.entry(*need).or_default() += line.persons;
        }
    }
}

/// What was counted in one place or one month.
#[derive(Debug, Default)]
struct Spot {
    patrols: BTreeSet<PatrolId>,
    persons: u64,
    new: u64,
}

impl Spot {
    fn add(&mut self, line: &Line) {
        self.persons += line.persons;
        if line.acquaintance == Acquaintance::New {
            self.new += line.persons;
        }
    }
}

/// The figures.
///
/// # Errors
/// The store's.
pub async fn report(engine: &Engine, question: &Question) -> Result<Report, AppError> {
    let (period, before) = (question.period, question.period.year_before());
    let across = question.scope.is_all();
    let first = curve(period).first().copied();
    let start = first
        .and_then(midnight)
        .map_or(before.from, |first| first.min(before.from));
    let asked = (&question.scope, question.agency, start, period.until);

    let (mut now, mut then) = (Sums::default(), Sums::default());
    let mut arenas: BTreeMap<ArenaId, Spot> = BTreeMap::new();
    let mut months: BTreeMap<NaiveDate, Spot> = BTreeMap::new();
    outreach::each_walk(&engine.db, asked, |walk| {
        if period.has(walk.at) {
            now.patrols.insert(walk.patrol);
            arenas.entry(walk.arena).or_default().patrols.insert(walk.patrol);
        }
        if before.has(walk.at) {
            then.patrols.insert(walk.patrol);
        }
        months.entry(month(walk.at)).or_default().patrols.insert(walk.patrol);
    })
    .await?;
    outreach::each_line(&engine.db, asked, |line| {
        if period.has(line.at) {
            now.add(line);
            arenas.entry(line.arena).or_default().add(line);
        }
        if before.has(line.at) {
            then.add(line);
        }
        months.entry(month(line.at)).or_default().add(line);
    })
    .await?;
    let figures = Figures {
        now: &now,
        then: &then,
        across,
    };
    let whole = figures.alone(|sums| sums.persons);
    Ok(Report {
        as_of: if across { period.until } else { engine.now() },
        period,
        before,
        across,
        patrols: Pair {
            now: Some(number(now.patrols.len())),
            before: Some(number(then.patrols.len())),
        },
        persons: whole,
        clients: figures.among(whole, |sums| sums.clients),
        missing: figures.among(whole, |sums| sums.missing),
        acquaintances: figures.parts(whole, |sums| &sums.acquaintances),
        ages: figures.parts(whole, |sums| &sums.ages),
        sexes: figures.parts(whole, |sums| &sums.sexes),
        needs: figures.needs(whole),
        outcomes: figures.parts(whole, |sums| &sums.outcomes),
        arenas: match across {
            true => Vec::new(),
            false => at_arenas(engine, arenas).await?,
        },
        months: match across {
            true => Vec::new(),
            false => curve(period)
                .into_iter()
                .map(|first| Month::of(first, months.get(&first)))
                .collect(),
        },
        lookouts: match across {
            true => None,
            false => Some(lookouts(engine, question, [period, before]).await?),
        },
    })
}

/// The sums of two times as they may be told.
struct Figures<'a> {
    now: &'a Sums,
    then: &'a Sums,
    across: bool,
}

impl Figures<'_> {
    fn alone(&self, of: impl Fn(&Sums) -> u64) -> Pair {
        let told = |figure| {
            if self.across {
                masked_alone(figure)
            } else {
                Some(figure)
            }
        };
        Pair {
            now: told(of(self.now)),
            before: told(of(self.then)),
        }
    }

    /// Some of the whole: with the others they are all of it.
    fn among(&self, whole: Pair, of: impl Fn(&Sums) -> u64) -> Pair {
        let told = |whole, sums: &Sums| {
            let some = of(sums);
            self.told(whole, &[some, sums.persons.saturating_sub(some)])
                .into_iter()
                .next()
                .flatten()
        };
        Pair {
            now: told(whole.now, self.now),
            before: told(whole.before, self.then),
        }
    }

    /// What the whole falls into.
    fn parts<C: Code + Ord>(&self, whole: Pair, of: impl Fn(&Sums) -> &BTreeMap<C, u64>) -> Vec<(C, Pair)> {
        let row = |sums: &Sums| -> Vec<u64> {
            C::ALL
                .iter()
                .map(|code| of(sums).get(code).copied().unwrap_or(0))
                .collect()
        };
        let now = self.told(whole.now, &row(self.now));
        let before = self.told(whole.before, &row(self.then));
        let pairs = now.into_iter().zip(before).map(|(now, before)| Pair { now, before });
        C::ALL.iter().copied().zip(pairs).collect()
    }

    /// What it was about. These do not add up to the whole, so each stands for itself.
    fn needs(&self, whole: Pair) -> Vec<(Need, Pair)> {
        let told = |need, whole: Figure, sums: &Sums| {
            let figure = sums.needs.get(&need).copied().unwrap_or(0);
            match self.across {
                true => whole.and_then(|_| masked_alone(figure)),
                false => Some(figure),
            }
        };
        let needs = Need::ALL.iter().map(|need| {
            let pair = Pair {
                now: told(*need, whole.now, self.now),
                before: told(*need, whole.before, self.then),
            };
            (*need, pair)
        });
        needs.collect()
    }

    fn told(&self, whole: Figure, parts: &[u64]) -> Vec<Figure> {
        match self.across {
            true => masked_parts(whole, parts).unwrap_or_else(|| vec![None; parts.len()]),
            false => parts.iter().copied().map(Some).collect(),
        }
    }
}

impl Month {
    fn of(first: NaiveDate, spot: Option<&Spot>) -> Self {
        let empty = Self {
            first,
            ..Self::default()
        };
        spot.map_or(empty, |spot| Self {
            first,
            patrols: number(spot.patrols.len()),
            persons: spot.persons,
            new: spot.new,
        })
    }
}

async fn at_arenas(engine: &Engine, spots: BTreeMap<ArenaId, Spot>) -> Result<Vec<AtArena>, AppError> {
    let mut names = outreach::arena_names(&engine.db, spots.keys().copied()).await?;
    let mut arenas: Vec<_> = spots
        .into_iter()
        .map(|(arena, spot)| AtArena {
            arena,
            name: names.remove(&arena).map(|(_, name)| name).unwrap_or_default(),
            patrols: number(spot.patrols.len()),
            persons: spot.persons,
            new: spot.new,
        })
        .collect();
    arenas.sort_by(|one, other| (other.persons, &one.name).cmp(&(one.persons, &other.name)));
    Ok(arenas)
}

async fn lookouts(engine: &Engine, question: &Question, periods: [Period; 2]) -> Result<[Lookouts; 2], AppError> {
    let agencies = question.scope.agencies().iter().copied();
    let agencies: Vec<_> = agencies
        .filter(|agency| question.agency.is_none_or(|only| only == *agency))
        .collect();
    let mut found = [Lookouts::default(); 2];
    for (sum, period) in found.iter_mut().zip(periods) {
        for agency in &agencies {
            let of = outreach::lookouts(&engine.db, &question.scope, *agency, (period.from, period.until)).await?;
            sum.sent += of.sent;
            sum.found += of.found;
        }
    }
    Ok(found)
}

/// The first days of the months up to the end of a period.
fn curve(period: Period) -> Vec<NaiveDate> {
    let last = month(period.until - chrono::TimeDelta::microseconds(1));
    let back = (0..CURVE).rev();
    back.filter_map(|months| last.checked_sub_months(Months::new(months)))
        .collect()
}

/// The first day of the month in which an instant lies in Oslo.
fn month(at: DateTime<Utc>) -> NaiveDate {
    let day = at.with_timezone(&Oslo).date_naive();
    day.with_day(1).unwrap_or(day)
}

fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_ends_with_the_month_of_the_period() {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let third = Period::parse(Some("2026-05-01"), Some("2026-08-31"), now).unwrap();
        let months: Vec<_> = curve(third).into_iter().map(|first| first.to_string()).collect();
        assert_eq!(months.len(), 12);
        assert_eq!((months[0].as_str(), months[11].as_str()), ("2025-09-01", "2026-08-01"));
        // A night belongs to the month of Oslo and not to that of Greenwich.
        assert_eq!(month("2026-10-31T23:30:00Z".parse().unwrap()).to_string(), "2026-11-01");
    }

    #[test]
    fn across_agencies_a_small_part_takes_another_with_it() {
        let mut now = Sums {
            persons: 12,
            clients: 2,
            ..Sums::default()
        };
        now.sexes.extend([(Sex::Female, 5), (Sex::Male, 6), (Sex::Other, 1)]);
        let then = Sums::default();
        let figures = |across| Figures {
            now: &now,
            then: &then,
            across,
        };
        let masked = figures(true);
        let whole = masked.alone(|sums| sums.persons);
        let sexes = masked.parts(whole, |sums| &sums.sexes);
        assert_eq!(sexes.iter().filter(|(_, pair)| pair.now.is_none()).count(), 2);
        assert_eq!(masked.among(whole, |sums| sums.clients).now, None);
        let open = figures(false);
        assert_eq!(open.among(whole, |sums| sums.clients).now, Some(2));
        // Nothing is told of a whole that is masked itself.
        let tiny = Sums {
            persons: 2,
            ..Sums::default()
        };
        let masked = Figures {
            now: &tiny,
            then: &then,
            across: true,
        };
        let whole = masked.alone(|sums| sums.persons);
        assert_eq!((whole.now, whole.before), (None, Some(0)));
        assert!(masked.needs(whole).iter().all(|(_, pair)| pair.now.is_none()));
    }
}
