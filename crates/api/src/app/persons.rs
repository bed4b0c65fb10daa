//! Finding a youth again: keys for what is stored, and likely duplicates as a warning.
//!
//! A warning names only referrals that the reader may see anyhow. It never refuses anything: whether two referrals are about
//! the same youth is for a person to judge.

use chrono::TimeDelta;
use stafett_store::looks::Unseen;
use stafett_store::persons::{self, KeyKind};
use stafett_store::referrals::{self, Record};
use stafett_store::{StoreError, Tx};
use stafett_workflow::agency::ReferralId;
use stafett_workflow::look::LookedAt;
use stafett_workflow::person::{Person, Whereabouts};
use stafett_workflow::policy::{self, Operation, Scope, SystemTask};
use stafett_workflow::reference::Reference;

use super::AppError;
use super::engine::Engine;
use super::looks::Viewing;
use super::referrals::Asker;
use super::referrals::reading::retain_known;
use super::referrals::search::field_of;
use super::referrals::view::as_known_together;

/// A name is common, so it counts for so long only.
const ALIAS_COUNTS: TimeDelta = TimeDelta::days(30);
/// Who has more than these has another problem than one more referral.
const MOST: u32 = 10;
/// So many are keyed in one transaction.
const BATCH: u32 = 500;

/// A referral that is probably about the same youth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duplicate {
    /// Its id.
    pub id: ReferralId,
    /// Its short name.
    pub reference: Reference,
}

/// The referrals that whoever asks may see and that are probably about the same youth as `record`, the newest first: by the same
/// number, or by the same name, about the same age and a place that fits, within a month.
///
/// # Errors
/// The store's.
pub async fn likely_duplicates(
    engine: &Engine,
    tx: &Tx,
    asker: Asker<'_>,
    record: &Record,
) -> Result<Vec<Duplicate>, AppError> {
    let Some(person) = record.person(Unseen::Compare) else {
        return Ok(Vec::new());
    };
    let scope = policy::scope(asker.actor, Operation::ReadReferral)?;
    let id = record.referral().id;
    let mut found: Vec<Record> = Vec::new();
    for key in engine.index.of_person(person) {
        let since = match key.kind {
            KeyKind::Identifier => None,
            KeyKind::Alias => Some(record.created_at() - ALIAS_COUNTS),
        };
        let alike = persons::alike(tx, &scope, &key, id, since, MOST).await?;
        // A correction that came after their part had ended is not theirs to find somebody by.
        let mut alike = as_known_together(tx, &scope, alike).await?;
        retain_known(engine, tx, &mut alike, scope.agencies(), field_of(key.kind)).await?;
        let fits = |other: &Record| {
            let is_it = |other: &Person| key.kind == KeyKind::Identifier || may_be_the_same(person, other);
            other.person(Unseen::Compare).is_some_and(is_it)
        };
        found.extend(alike.into_iter().filter(fits));
    }
    found.sort_by_key(|record| std::cmp::Reverse((record.created_at(), record.referral().id)));
    found.dedup_by_key(|record| record.referral().id);
    if !found.is_empty() {
        // That it is probably the same youth tells something of them.
        let viewing = Viewing {
            at: LookedAt::Duplicate,
            ..Viewing::changing(tx, asker)
        };
        let named: Vec<ReferralId> = found.iter().map(|record| record.referral().id).collect();
        viewing.log_hits(engine, &named).await?;
    }
    Ok(found
        .iter()
        .map(|record| Duplicate {
            id: record.referral().id,
            reference: record.referral().reference,
        })
        .collect())
}

/// Makes the keys for what was stored before there were any. Tells for how many.
///
/// # Errors
/// The store's.
pub async fn key_all(engine: &Engine) -> Result<u64, StoreError> {
    let scope = Scope::for_system(SystemTask::IndexPersons);
    let mut keyed = 0;
    loop {
        let batch = persons::unkeyed(&engine.db, &scope, BATCH).await?;
        if batch.is_empty() {
            return Ok(keyed);
        }
        let tx = engine.db.write_tx().await?;
        for unkeyed in &batch {
            let keys = unkeyed.person.as_ref().map(|person| engine.index.of_person(person));
            persons::key(&tx, unkeyed, &keys.unwrap_or_default()).await?;
            keyed += 1;
        }
        tx.commit().await?;
    }
}

/// Says how well each address is guarded that was stored before that was said. Tells of how many.
///
/// # Errors
/// The store's.
pub async fn mark_all(engine: &Engine) -> Result<u64, StoreError> {
    let scope = Scope::for_system(SystemTask::IndexPersons);
    let mut marked = 0;
    loop {
        let batch = referrals::unmarked(&engine.db, &scope, BATCH).await?;
        if batch.is_empty() {
            return Ok(marked);
        }
        let tx = engine.db.write_tx().await?;
        for id in &batch {
            referrals::mark(&tx, &scope, *id).await?;
            marked += 1;
        }
        tx.commit().await?;
    }
}

/// Two with the same name. A number that differs settles it; an age that nobody has guessed says nothing for it.
fn may_be_the_same(one: &Person, other: &Person) -> bool {
    let numbers_differ = match (&one.identifier, &other.identifier) {
        (Some(one), Some(other)) => one.kind() == other.kind() && one != other,
        (None, _) | (_, None) => false,
    };
    let ages_fit = match (one.estimated_age, other.estimated_age) {
        (Some(one), Some(other)) => one.abs_diff(other) <= 1,
        (None, _) | (_, None) => false,
    };
    !numbers_differ && ages_fit && places_fit(one.whereabouts.as_ref(), other.whereabouts.as_ref())
}

/// A place that nobody knows may be any.
fn places_fit(one: Option<&Whereabouts>, other: Option<&Whereabouts>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return true;
    };
    let districts = match (&one.district, &other.district) {
        (Some(one), Some(other)) => one == other,
        (None, _) | (_, None) => true,
    };
    one.municipality == other.municipality && districts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(age: Option<u8>, municipality: Option<&str>, district: Option<&str>) -> Person {
        Person {
            alias: Some("K.".to_owned()),
            estimated_age: age,
            whereabouts: municipality.map(|municipality| Whereabouts {
                municipality: municipality.to_owned(),
                district: district.map(str::to_owned),
            }),
            ..Person::default()
        }
    }

    #[test]
    fn a_name_counts_with_an_age_and_a_place_that_fit() {
        let here = person(Some(16), Some("0301"), Some("030102"));
        let same = |other: &Person| may_be_the_same(&here, other) && may_be_the_same(other, &here);
        assert!(same(&person(Some(17), Some("0301"), None)));
        assert!(same(&person(Some(15), None, None)));
        assert!(!same(&person(Some(18), Some("0301"), None)));
        assert!(!same(&person(None, Some("0301"), None)));
        assert!(!same(&person(Some(16), Some("3201"), None)));
        assert!(!same(&person(Some(16), Some("0301"), Some("030116"))));
    }
}
