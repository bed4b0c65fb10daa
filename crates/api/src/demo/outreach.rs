//! Two years of nights in the demo's outreach register, by the figures of an outreach service in a city: in autumn 92 patrols a month
//! that meet 320, of them 38 for the first time; 376 in November; six of ten are boys or men. Nobody is named, so nobody is made up.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use chrono_tz::Europe::Oslo;
use stafett_store::outreach::{self, Kept};
use stafett_store::{StoreError, Tx};
use stafett_workflow::agency::{AgencyId, ArenaId, PatrolId, UserId};
use stafett_workflow::outreach::{Acquaintance, Arena, Contact, ContactOutcome, Entry, Patrol, Presence, Sex};
use stafett_workflow::vocabulary::{AgeBand, Need};

use super::dice::Dice;
use super::world::World;
use crate::app::reports::period::midnight;

/// Whose register it is.
const TEAM: &str = "uteseksjonen";
/// So many months stand in it, so that each of the last twelve has one to be held against.
const MONTHS: u32 = 24;
/// Patrols in a month of autumn.
const PATROLS: f64 = 92.0;
/// Persons met in a month of autumn, and in November.
const PERSONS: (f64, f64) = (320.0, 376.0);
/// Of them for the first time.
const NEW: f64 = 38.0;
/// Of them becoming clients: 718 in a year.
const CLIENTS: f64 = 60.0;
/// Of them missing minors of whom there is no referral.
const MISSING: f64 = 18.0;
/// The year before was a little quieter.
const QUIETER: f64 = 0.92;
/// How busy each month is, January first, autumn being 1.
const BUSY: [f64; 12] = [0.8, 0.8, 0.85, 0.9, 0.95, 0.85, 0.6, 0.85, 1.0, 1.0, 1.0, 1.0];

/// Name, district, problems, effort, what is missing, who is responsible, and who is there how often.
type Place = (
    &'static str,
    &'static str,
    &'static [Need],
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, u16)],
);

const PLACES: [Place; 6] = [
    (
        "Vaterland",
        "030116",
        &[Need::SubstanceUse, Need::Shelter, Need::Crime],
        "Patrulje hver kveld. Varmestue til klokken 22.",
        "Et sted å være om natten for dem under 18.",
        "bydel-gamle-oslo",
        &[("barnevernvakten", 4)],
    ),
    (
        "Oslo S",
        "030116",
        &[Need::Missing, Need::Exploitation, Need::Shelter],
        "Patrulje fire kvelder i uken, sammen med vekterne.",
        "En fast kontakt hos politiet på kveldstid.",
        "bydel-gamle-oslo",
        &[("barnevernvakten", 8)],
    ),
    (
        "Akerselva",
        "030102",
        &[Need::SubstanceUse, Need::MentalHealth],
        "Patrulje to kvelder i uken i sommerhalvåret.",
        "Lavterskel psykisk helsehjelp på kveldstid.",
        "bydel-grunerlokka",
        &[("bydel-grunerlokka", 6)],
    ),
    (
        "Grønland torg",
        "030101",
        &[Need::Crime, Need::SchoolWork],
        "Patrulje tre ettermiddager i uken.",
        "Noe å gjøre for dem som har sluttet på skolen.",
        "bydel-gamle-oslo",
        &[],
    ),
    (
        "Birkelunden",
        "030102",
        &[Need::Leisure, Need::SubstanceUse],
        "Ungdomsklubb to kvelder i uken.",
        "Klubben er stengt i helgene.",
        "bydel-grunerlokka",
        &[("bydel-grunerlokka", 8)],
    ),
    (
        "Karl Johans gate",
        "030116",
        &[Need::Violence, Need::SubstanceUse],
        "Patrulje i helgene, natt til lørdag og søndag.",
        "Voksne som blir der etter klokken ett.",
        "bydel-st-hanshaugen",
        &[],
    ),
];

/// One of ten: ages, as often as they are met.
const AGES: [(AgeBand, u32); 7] = [
    (AgeBand::From12, 8),
    (AgeBand::Fifteen, 16),
    (AgeBand::From16, 36),
    (AgeBand::From18, 28),
    (AgeBand::From23, 7),
    (AgeBand::Over25, 2),
    (AgeBand::Unknown, 3),
];

const OUTCOMES: [(ContactOutcome, u32); 4] = [
    (ContactOutcome::Talked, 62),
    (ContactOutcome::Informed, 24),
    (ContactOutcome::Followed, 6),
    (ContactOutcome::Referred, 8),
];

/// Stores the register, if the demo has the team.
///
/// # Errors
/// The store's.
pub(super) async fn keep(tx: &Tx, world: &World, seed: u64, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Some(team) = world.agency(TEAM).map(|agency| agency.facts.id) else {
        return Ok(());
    };
    let walkers: Vec<UserId> = world.caseworkers(team).map(|person| person.id).collect();
    let mut nights = Nights {
        team,
        walkers,
        arenas: Vec::new(),
        dice: Dice::seeded(seed, "outreach"),
        now,
    };
    nights.arenas = nights.places(tx, world).await?;
    let first = month_of(now)
        .checked_sub_months(Months::new(MONTHS))
        .unwrap_or_default();
    let mut entries = Vec::new();
    for past in 0..=MONTHS {
        let Some(month) = first.checked_add_months(Months::new(past)) else {
            continue;
        };
        let year = if past < MONTHS / 2 { QUIETER } else { 1.0 };
        entries.extend(nights.month(month, year));
    }
    outreach::enter_all(tx, &entries).await
}

/// What makes the nights.
struct Nights {
    team: AgencyId,
    walkers: Vec<UserId>,
    arenas: Vec<ArenaId>,
    dice: Dice,
    now: DateTime<Utc>,
}

/// What makes two persons of one night one line.
type Alike = (ArenaId, Acquaintance, AgeBand, Sex, Need, ContactOutcome, bool, bool);

impl Nights {
    async fn places(&mut self, tx: &Tx, world: &World) -> Result<Vec<ArenaId>, StoreError> {
        let since = self.now - TimeDelta::days(31 * i64::from(MONTHS + 1));
        let mut arenas = Vec::new();
        for (name, area, problems, effort, missing, responsible, present) in PLACES {
            let agency = |slug: &str| world.agency(slug).map(|agency| agency.facts.id);
            let present = present.iter().filter_map(|(slug, times_a_month)| {
                Some(Presence {
                    agency: agency(slug)?,
                    times_a_month: *times_a_month,
                })
            });
            let arena = Arena {
                name: name.to_owned(),
                area: Some(area.to_owned()),
                present: present.collect(),
                problems: problems.to_vec(),
                effort: Some(effort.to_owned()),
                responsible: agency(responsible),
                missing: Some(missing.to_owned()),
                reviewed_on: Some((self.now - TimeDelta::days(20)).date_naive()),
            };
            let id = self.dice.uuid(since);
            let Some(by) = self.walkers.first().copied() else {
                continue;
            };
            Arena::insert(tx, &Entry::new(id, self.team, by, since, arena), "").await?;
            arenas.push(ArenaId(id));
        }
        Ok(arenas)
    }

    /// The nights of a month, as far as it has come.
    fn month(&mut self, first: NaiveDate, year: f64) -> Vec<(Entry<Patrol>, Vec<Entry<Contact>>)> {
        let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
        let (Some(begins), Some(ends)) = (midnight(first), midnight(next)) else {
            return Vec::new();
        };
        let whole = (ends - begins).num_hours();
        let over = (self.now - begins).num_hours().clamp(0, whole);
        let busy = BUSY.get(first.month0() as usize).copied().unwrap_or(1.0) * year * (over as f64 / whole as f64);
        let persons = if first.month() == 11 { PERSONS.1 } else { PERSONS.0 };
        let of = |figure: f64| (figure * busy).round() as usize;
        let mut nights: Vec<_> = (0..of(PATROLS))
            .filter_map(|nth| self.patrol(begins, over, nth, of(PATROLS)))
            .collect();
        if nights.is_empty() {
            return Vec::new();
        }
        let mut met: Vec<BTreeMap<Alike, u16>> = vec![BTreeMap::new(); nights.len()];
        for nth in 0..of(persons) {
            let night = (self.dice.share() * nights.len() as f64) as usize;
            let Some((patrol, tally)) = nights.get(night).zip(met.get_mut(night)) else {
                continue;
            };
            let alike = self.somebody(&patrol.of, nth, [of(NEW), of(CLIENTS), of(MISSING)]);
            *tally.entry(alike).or_default() += 1;
        }
        let nights = nights.drain(..).zip(met);
        nights
            .map(|(patrol, tally)| {
                let lines = tally
                    .into_iter()
                    .map(|(alike, persons)| self.line(&patrol, alike, persons));
                let lines = lines.collect();
                (patrol, lines)
            })
            .collect()
    }

    fn patrol(&mut self, begins: DateTime<Utc>, over: i64, nth: usize, of: usize) -> Option<Entry<Patrol>> {
        let days = (over / 24).max(1) as usize;
        let day = nth * days / of.max(1);
        let from =
            begins + TimeDelta::hours(24 * day as i64) + TimeDelta::minutes(self.dice.between(1_020.0, 1_290.0) as i64);
        let until = from + TimeDelta::minutes(self.dice.between(120.0, 270.0) as i64);
        if until > self.now {
            return None;
        }
        let mut arenas = vec![*self.dice.pick(&self.arenas)?];
        let second = *self.dice.pick(&self.arenas)?;
        if self.dice.share() < 0.4 && !arenas.contains(&second) {
            arenas.push(second);
        }
        let by = *self.dice.pick(&self.walkers)?;
        let id = self.dice.uuid(from);
        let patrol = Patrol {
            from,
            until: Some(until),
            arenas,
            workers: if self.dice.share() < 0.8 { 2 } else { 3 },
        };
        Some(Entry::new(id, self.team, by, until, patrol))
    }

    fn somebody(&mut self, patrol: &Patrol, nth: usize, [new, clients, missing]: [usize; 3]) -> Alike {
        let arena = self
            .dice
            .pick(&patrol.arenas)
            .copied()
            .unwrap_or(ArenaId(uuid::Uuid::nil()));
        let age = self
            .dice
            .weigh(&AGES, |(_, often)| *often)
            .map_or(AgeBand::Unknown, |(age, _)| *age);
        let outcome = self.dice.weigh(&OUTCOMES, |(_, often)| *often);
        let need = PLACES
            .get(self.arenas.iter().position(|known| *known == arena).unwrap_or_default())
            .and_then(|place| self.dice.pick(place.2).copied());
        let sex = match nth % 25 {
            0..15 => Sex::Male,
            15..24 => Sex::Female,
            _ => Sex::Unknown,
        };
        // Whoever is looked for is known, and a minor.
        let is_missing = (new + clients..new + clients + missing).contains(&nth);
        (
            arena,
            if nth < new {
                Acquaintance::New
            } else {
                Acquaintance::Known
            },
            if is_missing && !age.may_be_child() {
                AgeBand::From16
            } else {
                age
            },
            sex,
            if is_missing {
                Need::Missing
            } else {
                need.unwrap_or(Need::Guidance)
            },
            outcome.map_or(ContactOutcome::Talked, |(outcome, _)| *outcome),
            (new / 2..new / 2 + clients).contains(&nth),
            is_missing,
        )
    }

    fn line(&mut self, patrol: &Entry<Patrol>, alike: Alike, persons: u16) -> Entry<Contact> {
        let (arena, acquaintance, age, sex, need, outcome, became, looked_for) = alike;
        let contact = Contact {
            patrol: PatrolId(patrol.head.id),
            arena,
            acquaintance,
            age,
            sex,
            persons,
            needs: vec![need],
            outcome,
            clients: if became { persons } else { 0 },
            missing: if looked_for { persons } else { 0 },
            referral: None,
        };
        let at = patrol.head.entered_at;
        Entry::new(self.dice.uuid(at), self.team, patrol.head.entered_by, at, contact)
    }
}

fn month_of(now: DateTime<Utc>) -> NaiveDate {
    let today = now.with_timezone(&Oslo).date_naive();
    today.with_day(1).unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A month of autumn is what is known of one.
    #[test]
    fn a_november_has_the_figures_that_are_known() {
        let mut nights = Nights {
            team: AgencyId(uuid::Uuid::nil()),
            walkers: vec![UserId(uuid::Uuid::nil())],
            arenas: (0..6).map(|nth| ArenaId(uuid::Uuid::from_u128(nth))).collect(),
            dice: Dice::seeded(7, "outreach"),
            now: "2026-12-03T12:00:00Z".parse().unwrap(),
        };
        let november = nights.month("2026-11-01".parse().unwrap(), 1.0);
        assert_eq!(november.len(), 92);
        let lines: Vec<_> = november.iter().flat_map(|(_, lines)| lines).collect();
        let sum = |of: &dyn Fn(&Contact) -> u16| lines.iter().map(|line| u32::from(of(&line.of))).sum::<u32>();
        assert_eq!(sum(&|line| line.persons), 376);
        assert_eq!(
            sum(&|line| if line.acquaintance == Acquaintance::New {
                line.persons
            } else {
                0
            }),
            38
        );
        assert_eq!((sum(&|line| line.clients), sum(&|line| line.missing)), (60, 18));
        let men = sum(&|line| if line.sex == Sex::Male { line.persons } else { 0 });
        assert!((220..=232).contains(&men), "{men}");
        assert!(lines.iter().all(|line| line.of.faults().is_empty()));
        assert!(
            november
                .iter()
                .all(|(patrol, _)| patrol.of.faults(nights.now).is_empty())
        );
    }
}
