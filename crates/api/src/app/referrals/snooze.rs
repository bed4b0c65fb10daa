//! Putting a referral aside in one's own inbox. Its clocks run, and whatever happens brings it back at once.
//!
//! It is how somebody has ordered their own desk: it changes nothing of the referral, stands in no log of it, and nobody
//! else sees it.

use chrono::{DateTime, TimeDelta, Utc};
use stafett_store::referrals::{self, Name};
use stafett_store::snoozes::{self, Snooze};
use stafett_workflow::Refusal;
use stafett_workflow::policy::{Actor, Scope};
use stafett_workflow::referral::Referral;
use stafett_workflow::refusal::FieldError;

use super::read;
use crate::app::AppError;
use crate::app::engine::Engine;

/// What is out of sight for longer is forgotten.
const LONGEST: TimeDelta = TimeDelta::days(90);

/// Refuses as [`put`] would before it looks at the time.
///
/// # Errors
/// Hidden; the store's.
pub async fn precheck(engine: &Engine, scope: &Scope, name: Name) -> Result<(), AppError> {
    read::find(engine, scope, name).await.map(drop)
}

/// Puts a referral aside until `until`, or until a clock of it has something to tell, if that is earlier.
///
/// # Errors
/// Hidden; a time that is past or too far; the store's.
pub async fn put(
    engine: &Engine,
    actor: &Actor,
    scope: &Scope,
    name: Name,
    until: DateTime<Utc>,
) -> Result<Snooze, AppError> {
    let tx = engine.db.write_tx().await?;
    let record = referrals::find(&tx, scope, name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let now = engine.now();
    if until <= now || until > now + LONGEST {
        return Err(AppError::Fields(vec![FieldError::new(
            "/until",
            "out-of-range",
            format!(
                "Velg et tidspunkt fram i tid, høyst {} dager fra nå.",
                LONGEST.num_days()
            ),
            format!("Choose a time to come, at most {} days from now.", LONGEST.num_days()),
        )]));
    }
    let snooze = Snooze {
        user: actor.user,
        until,
        wakes_at: wakes_at(record.referral(), until, now),
        created_at: now,
    };
    snoozes::forget_past(&tx, actor.user, now).await?;
    snoozes::put(&tx, &record, &snooze).await?;
    tx.commit().await?;
    Ok(snooze)
}

/// Takes it out again. Where it was not put aside, nothing happens.
///
/// # Errors
/// Hidden; the store's.
pub async fn delete(engine: &Engine, actor: &Actor, scope: &Scope, name: Name) -> Result<(), AppError> {
    let tx = engine.db.write_tx().await?;
    let record = referrals::find(&tx, scope, name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    snoozes::delete(&tx, &record, actor.user).await?;
    Ok(tx.commit().await?)
}

/// The next time at which a clock warns or is up, without a wait for the service that tells of it.
fn wakes_at(referral: &Referral, until: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let clocks = referral.running_clocks().filter_map(|clock| clock.next_fire_at);
    clocks.filter(|at| *at > now).fold(until, DateTime::min)
}
