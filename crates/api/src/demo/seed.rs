//! Stores the demo: everything in one transaction, in the order in which it happened.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stafett_store::referrals::{self, Creation, Outcome, Particulars, Record};
use stafett_store::users::User;
use stafett_store::{
    Db, StoreError, Tx, agencies, agreements, capacity, cases, deputies, instance, outbox, settings, users,
};
use stafett_workflow::Decision;
use stafett_workflow::calendar::Calendar;
use stafett_workflow::definition::builtin;
use stafett_workflow::disclosure;
use stafett_workflow::routing::Capacity;
use stafett_workflow::vocabulary::Language;

use super::play::{Happened, Move, Played, PlayedCase, Player, happened_at};
use super::scenario::Scenario;
use super::world::{Agency, Staff, World, stable_id};
use super::{DemoError, PASSWORD, Progress};
use crate::auth::password::Passwords;

/// What the instance says of itself.
pub(super) const KIND: &str = "kind";
pub(super) const DEMO: &str = "demo";

/// What a database was furnished with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Furnished {
    /// How many referrals.
    pub referrals: u32,
    /// Up to when they were played.
    pub at: DateTime<Utc>,
}

/// Makes the demo in an empty database, or finds the one that is there. `calendar` and `referrals` count only for a new one; `told` hears
/// how far it has come.
///
/// # Errors
/// [`DemoError::NotADemo`] when the database is somebody's; nothing is changed then.
pub async fn furnish(
    db: &Db,
    calendar: Calendar,
    now: DateTime<Utc>,
    referrals: Option<u32>,
    told: &(dyn Fn(Progress) + Sync),
) -> Result<Furnished, DemoError> {
    if let Some(found) = find(db).await? {
        return Ok(found);
    }
    let library = builtin()?;
    let disclosure = disclosure::builtin()?;
    let world = World::load()?;
    let scenario = Scenario::load(&world, &library)?;
    let furnished = Furnished {
        referrals: referrals.unwrap_or(scenario.referrals),
        at: now,
    };
    let played =
        Player::new(&world, &library, &disclosure, &scenario, calendar, now).play(furnished.referrals, told)?;
    // One hash for all: nobody is protected by a password that stands in the documentation.
    let password = Passwords::new()?.hash(SecretString::from(PASSWORD)).await?;
    let tx = db.write_tx().await?;
    if instance::establish(&tx, KIND, DEMO).await? != DEMO {
        return Err(DemoError::NotADemo);
    }
    let note = serde_json::to_string(&furnished).unwrap_or_default();
    if instance::establish(&tx, DEMO, &note).await? != note {
        // Another process was faster; what it has made is as good.
        tx.rollback().await?;
        return Ok(find(db).await?.unwrap_or(furnished));
    }
    directory(&tx, &world, &password).await.map_err(|error| match error {
        StoreError::Conflict { .. } => DemoError::NotEmpty,
        other => other.into(),
    })?;
    for agreement in super::agreements::made(&world, now)? {
        agreements::insert(&tx, &agreement).await?;
    }
    setting(&tx, &world, &scenario, now).await?;
    super::outreach::keep(&tx, &world, scenario.seed, now).await?;
    relay(&tx, &played, told).await?;
    outbox::mark_all_sent(&tx).await?;
    tx.commit().await?;
    Ok(furnished)
}

/// The demo that is there. A database that somebody has prepared for real work is nobody's to furnish or to take away, also
/// before its first start has said what it is.
pub(super) async fn find(db: &Db) -> Result<Option<Furnished>, DemoError> {
    match instance::get(db, KIND).await?.as_deref() {
        None if instance::is_untouched(db).await? => return Ok(None),
        None => return Err(DemoError::NotADemo),
        Some(DEMO) => {}
        Some(_) => return Err(DemoError::NotADemo),
    }
    let note = instance::get(db, DEMO).await?;
    Ok(note.and_then(|note| serde_json::from_str(&note).ok()))
}

async fn directory(tx: &Tx, world: &World, password: &str) -> Result<(), StoreError> {
    let since = World::since();
    for agency in &world.agencies {
        agencies::insert(tx, &row_of_agency(agency, since)).await?;
        agencies::replace_services(tx, agency.facts.id, &rows_of_services(agency)).await?;
        let said = settings::Settings {
            on_call: None,
            out_of_hours: agency.out_of_hours,
            ..settings::Settings::default()
        };
        if agency.out_of_hours.is_some() {
            settings::put(tx, agency.facts.id, &said).await?;
        }
    }
    for person in &world.people {
        users::insert(tx, &row_of_person(person, since), Some(password)).await?;
        users::grant(tx, person.id, person.membership).await?;
    }
    Ok(())
}

fn row_of_agency(agency: &Agency, since: DateTime<Utc>) -> agencies::Agency {
    agencies::Agency {
        id: agency.facts.id,
        slug: agency.facts.slug.clone(),
        name: agency.name.clone(),
        kind: agency.facts.kind,
        orgnr: None,
        parent: agency.parent,
        municipality: agency.municipality.clone(),
        district: agency.district.clone(),
        also_serves: agency.also_serves.clone(),
        public_tasks: agency.facts.public_tasks,
        language: agency.language,
        mailbox: Some(agency.mailbox.clone()),
        phone: None,
        opening_hours: serde_json::to_value(&agency.hours).ok(),
        active: true,
        version: 1,
        created_at: since,
        updated_at: since,
    }
}

fn rows_of_services(agency: &Agency) -> Vec<agencies::Service> {
    let row = |service: &super::world::Service| agencies::Service {
        id: stable_id(&format!("service {} of {}", service.need, agency.facts.slug)),
        need: service.need,
        title: service.title.clone(),
        min_age: service.min_age,
        max_age: service.max_age,
        description: service.description.clone(),
    };
    agency.services.iter().map(row).collect()
}

fn row_of_person(person: &Staff, since: DateTime<Utc>) -> User {
    User {
        id: person.id,
        username: person.username.clone(),
        display_name: person.name.clone(),
        email: None,
        language: Language::Nb,
        session_epoch: 0,
        active: true,
        version: 1,
        password_expires_at: None,
        created_at: since,
        updated_at: since,
    }
}

/// Who is away, and how much room the units have said that they have.
async fn setting(tx: &Tx, world: &World, scenario: &Scenario, now: DateTime<Utc>) -> Result<(), StoreError> {
    for absence in &scenario.absences {
        let people = (world.person(&absence.user), world.person(&absence.deputy));
        let (Some(user), Some(deputy)) = people else { continue };
        let Some(agency) = user.membership.agency else { continue };
        let row = deputies::Deputy {
            id: stable_id(&format!("absence of {}", user.username)),
            agency,
            user: user.id,
            deputy: deputy.id,
            starts_at: now + TimeDelta::days(absence.days.0.into()),
            ends_at: now + TimeDelta::days(absence.days.1.into()),
            created_by: Some(user.id),
            created_at: now + TimeDelta::days(absence.days.0.into()),
        };
        deputies::insert(tx, &row).await?;
    }
    let mut reports: Vec<_> = scenario.capacity.iter().collect();
    reports.sort_by_key(|report| std::cmp::Reverse(report.hours_ago));
    let mut versions = std::collections::BTreeMap::new();
    for report in reports {
        let agency = world.agency(&report.agency);
        let by = agency.and_then(|agency| world.caseworkers(agency.facts.id).next());
        let (Some(agency), Some(by)) = (agency, by) else {
            continue;
        };
        let said = Capacity {
            need: report.need,
            status: report.status,
            free: report.free,
            note: report.note,
            reported_at: now - TimeDelta::hours(report.hours_ago.into()),
        };
        let version = versions.entry(agency.facts.id).or_insert(0);
        capacity::add(tx, agency.facts.id, *version, by.id, &said).await?;
        *version += 1;
    }
    Ok(())
}

/// One thing that was decided, about a referral or about a case.
#[derive(Clone, Copy)]
enum Entry<'p> {
    Referral(usize, &'p Played, &'p Decision),
    Case(&'p Move),
}

/// All referrals and cases side by side, as they happened.
async fn relay(tx: &Tx, happened: &Happened, told: &(dyn Fn(Progress) + Sync)) -> Result<(), DemoError> {
    let course = course(happened);
    let of = u32::try_from(course.len()).unwrap_or(u32::MAX);
    let mut records: Vec<Option<Record>> = vec![None; happened.referrals.len()];
    for (done, (_, entry)) in (0..).zip(course) {
        told(Progress::Storing { done, of });
        match entry {
            Entry::Case(decided) => coordinate(tx, decided).await?,
            Entry::Referral(number, play, decision) => {
                let Some(place) = records.get_mut(number) else { continue };
                *place = Some(hand_on(tx, place.take(), play, decision).await?);
            }
        }
    }
    Ok(())
}

/// Stable, so that what happened at the same time to one referral stays in its order; a case comes after its referrals.
fn course(happened: &Happened) -> Vec<(DateTime<Utc>, Entry<'_>)> {
    let of_referrals = happened.referrals.iter().enumerate().flat_map(|(number, play)| {
        let entries = play.decisions.iter();
        entries.map(move |decision| (happened_at(decision), Entry::Referral(number, play, decision)))
    });
    let of_cases = happened
        .cases
        .iter()
        .flat_map(|case: &PlayedCase| case.moves.iter().map(|decided| (decided.at(), Entry::Case(decided))));
    let mut course: Vec<_> = of_referrals
        .chain(of_cases)
        .filter_map(|(at, entry)| Some((at?, entry)))
        .collect();
    course.sort_by_key(|(at, _)| *at);
    course
}

async fn hand_on(tx: &Tx, before: Option<Record>, play: &Played, decision: &Decision) -> Result<Record, DemoError> {
    let Some(record) = before else {
        let reference = decision.next().reference.to_string();
        let particulars = Particulars {
            person: play.person.as_ref(),
            content: &play.content,
            parent: None,
            digest: &hex::encode(Sha256::digest(reference)),
        };
        return match referrals::create(tx, decision, &particulars, None).await? {
            Creation::Stored(record) => Ok(*record),
            Creation::IdTaken | Creation::ReferenceTaken => Err(DemoError::NotEmpty),
        };
    };
    match referrals::commit(tx, record, decision, None).await? {
        Outcome::Stored(record) => Ok(*record),
        Outcome::Stale => Err(DemoError::NotEmpty),
    }
}

async fn coordinate(tx: &Tx, decided: &Move) -> Result<(), DemoError> {
    let outcome = match decided {
        Move::One(decision) if decision.before().is_none() => match cases::open(tx, decision, None).await? {
            cases::Creation::Stored(_) => return Ok(()),
            cases::Creation::ReferenceTaken | cases::Creation::InAnotherCase(_) => return Err(DemoError::NotEmpty),
        },
        Move::One(decision) => cases::commit(tx, decision, None).await?,
        Move::Merge(kept, gone) => cases::commit_both(tx, kept, gone, None).await?,
    };
    match outcome {
        cases::Outcome::Stored(_) => Ok(()),
        cases::Outcome::Stale | cases::Outcome::InAnotherCase(_) => Err(DemoError::NotEmpty),
    }
}

#[cfg(test)]
mod tests;
