//! Stores the demo: everything in one transaction, in the order in which it happened.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stafett_store::referrals::{self, Creation, Outcome, Particulars, Record};
use stafett_store::users::User;
use stafett_store::{Db, StoreError, Tx, agencies, agreements, instance, outbox, users};
use stafett_workflow::definition::builtin;
use stafett_workflow::vocabulary::Language;

use super::play::{Played, Player};
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

/// Makes the demo in an empty database, or finds the one that is there. `referrals` counts only for a new one; `told` hears
/// how far it has come.
///
/// # Errors
/// [`DemoError::NotADemo`] when the database is somebody's; nothing is changed then.
pub async fn furnish(
    db: &Db,
    now: DateTime<Utc>,
    referrals: Option<u32>,
    told: &(dyn Fn(Progress) + Sync),
) -> Result<Furnished, DemoError> {
    if let Some(found) = find(db).await? {
        return Ok(found);
    }
    let library = builtin()?;
    let world = World::load()?;
    let scenario = Scenario::load(&world, &library)?;
    let furnished = Furnished {
        referrals: referrals.unwrap_or(scenario.referrals),
        at: now,
    };
    let played = Player::new(&world, &library, &scenario, now).play(furnished.referrals, told)?;
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
    relay(&tx, &played, told).await?;
    outbox::mark_all_sent(&tx).await?;
    tx.commit().await?;
    Ok(furnished)
}

/// The demo that is there.
async fn find(db: &Db) -> Result<Option<Furnished>, DemoError> {
    match instance::get(db, KIND).await?.as_deref() {
        None => return Ok(None),
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

/// All referrals side by side, as they happened.
async fn relay(tx: &Tx, played: &[Played], told: &(dyn Fn(Progress) + Sync)) -> Result<(), DemoError> {
    let mut course: Vec<_> = played
        .iter()
        .enumerate()
        .flat_map(|(number, play)| play.decisions.iter().map(move |decision| (number, play, decision)))
        .filter_map(|(number, play, decision)| Some((decision.events().first()?.at, number, play, decision)))
        .collect();
    // Stable, so that what happened at the same time to one referral stays in its order.
    course.sort_by_key(|(at, number, ..)| (*at, *number));
    let of = u32::try_from(course.len()).unwrap_or(u32::MAX);
    let mut records: Vec<Option<Record>> = vec![None; played.len()];
    for (done, (_, number, play, decision)) in (0..).zip(course) {
        told(Progress::Storing { done, of });
        let Some(place) = records.get_mut(number) else { continue };
        *place = match place.take() {
            None => {
                let reference = decision.next().reference.to_string();
                let particulars = Particulars {
                    person: play.person.as_ref(),
                    content: &play.content,
                    parent: None,
                    digest: &hex::encode(Sha256::digest(reference)),
                };
                match referrals::create(tx, decision, &particulars, None).await? {
                    Creation::Stored(record) => Some(*record),
                    Creation::IdTaken | Creation::ReferenceTaken => return Err(DemoError::NotEmpty),
                }
            }
            Some(record) => match referrals::commit(tx, record, decision, None).await? {
                Outcome::Stored(record) => Some(*record),
                Outcome::Stale => return Err(DemoError::NotEmpty),
            },
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests;
