//! Erasing what is told of somebody, and forbidding it for a while.
//!
//! It is an operator's act, at the command line of the installation: it cannot be taken back, and no agency may do it to
//! what others have written. It goes into the audit trail.

use chrono::{DateTime, Utc};
use stafett_store::referrals::{self, Name};
use stafett_store::vault::{self, Erasure, Hold, NotErased, Owner, Why};
use stafett_store::{Db, StoreError};
use stafett_workflow::policy::{Scope, SystemTask};
use uuid::Uuid;

/// Of whom.
#[derive(Debug, Clone, Copy)]
pub enum Whom {
    /// The owner of a key, by their id.
    Owner(Uuid),
    /// The youth of a referral, or the referral itself when it tells of nobody in particular.
    Referral(Name),
}

/// Who it was about, and what came of it.
pub type Outcome<T> = (Uuid, Result<T, NotErased>);

/// Erases.
///
/// # Errors
/// The store's.
pub async fn erase(db: &Db, whom: Whom, reason: &str, now: DateTime<Utc>) -> Result<Outcome<Erasure>, StoreError> {
    let Some(owner) = find(db, whom).await? else {
        return Ok(unknown());
    };
    let why = Why {
        reason,
        permit: None,
        request_id: None,
    };
    Ok((owner.0, vault::erase(db, owner, why, now).await?))
}

/// Erases many again who were erased before, and wipes what is left of their keys once. Tells who was erased, and of whom that could not
/// be done and why; whoever is erased already or not known is passed over. Nothing stops it half-way.
pub async fn erase_again(db: &Db, people: &[Uuid], now: DateTime<Utc>) -> (Vec<Uuid>, Vec<(Uuid, String)>) {
    let (mut erased, mut left) = (Vec::new(), Vec::new());
    for person in people {
        let why = Why {
            reason: "restored",
            permit: None,
            request_id: None,
        };
        let done = match find(db, Whom::Owner(*person)).await {
            Ok(Some(owner)) => vault::erase_only(db, owner, why, now).await,
            Ok(None) => continue,
            Err(error) => Err(error),
        };
        match done {
            Ok(Ok(_)) => erased.push(*person),
            Ok(Err(NotErased::Already { .. } | NotErased::Unknown)) => {}
            Ok(Err(why)) => left.push((*person, why.to_string())),
            Err(error) => left.push((*person, error.to_string())),
        }
    }
    if let Err(error) = vault::wipe(db).await {
        // It is remembered, and the next one who erases wipes it.
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "what is left of destroyed keys in the files is not wiped yet"
        );
    }
    (erased, left)
}

/// Tells what [`erase`] would do, and does nothing.
///
/// # Errors
/// The store's.
pub async fn foresee(db: &Db, whom: Whom) -> Result<Outcome<Erasure>, StoreError> {
    let Some(owner) = find(db, whom).await? else {
        return Ok(unknown());
    };
    Ok((owner.0, vault::foresee(db, owner).await?))
}

/// Sets or lifts a legal hold.
///
/// # Errors
/// The store's.
pub async fn hold(db: &Db, whom: Whom, hold: Hold, now: DateTime<Utc>) -> Result<Result<(), NotErased>, StoreError> {
    match find(db, whom).await? {
        Some(owner) => vault::hold(db, owner, hold, now).await,
        None => Ok(Err(NotErased::Unknown)),
    }
}

fn unknown<T>() -> Outcome<T> {
    (Uuid::nil(), Err(NotErased::Unknown))
}

async fn find(db: &Db, whom: Whom) -> Result<Option<Owner>, StoreError> {
    match whom {
        Whom::Owner(id) => Ok(Some(Owner(id))),
        Whom::Referral(name) => {
            let record = referrals::find(db, &Scope::for_system(SystemTask::Erase), name).await?;
            Ok(record.as_ref().map(vault::owner_of))
        }
    }
}
