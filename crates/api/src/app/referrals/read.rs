//! Looking at one referral. The receiver's first look is noted in its log: the sender sees that it was opened.

use stafett_store::referrals::{self, Outcome, Record};
use stafett_workflow::Refusal;
use stafett_workflow::decide::note_seen;
use stafett_workflow::look::LookedAt;
use stafett_workflow::policy::{Actor, Permit, Scope};

use super::facts::Facts;
use super::{Asker, Name, View};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::glass;
use crate::app::looks::Viewing;

/// One referral as this person may see it.
///
/// # Errors
/// Hidden; the store's.
pub async fn read(engine: &Engine, asker: Asker<'_>, scope: &Scope, name: Name) -> Result<View, AppError> {
    let (record, glass) = find_or_behind(engine, asker, scope, name).await?;
    let viewing = Viewing::reading(engine, asker, LookedAt::Referral).through(glass);
    // Whoever is asked for a reason has seen nothing yet.
    viewing.demand_reason(engine, &record).await?;
    let record = if is_first_look(&record, asker.actor) {
        note(engine, asker, scope, name).await?
    } else {
        record
    };
    View::load(engine, &engine.db, &viewing, record).await
}

/// The record alone, for what belongs to it.
///
/// # Errors
/// Hidden; the store's.
pub(in crate::app) async fn find(engine: &Engine, scope: &Scope, name: Name) -> Result<Record, AppError> {
    let record = referrals::find(&engine.db, scope, name).await?;
    Ok(record.ok_or_else(Refusal::not_found)?)
}

/// The record, within the scope or behind a glass that whoever asks has broken; then with the right that this gives.
///
/// # Errors
/// Hidden; the store's.
pub(super) async fn find_or_behind(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    name: Name,
) -> Result<(Record, Option<Permit>), AppError> {
    if let Some(record) = referrals::find(&engine.db, scope, name).await? {
        return Ok((record, None));
    }
    let behind = glass::behind(engine, asker, name).await?;
    let (record, permit) = behind.ok_or_else(Refusal::not_found)?;
    Ok((record, Some(permit)))
}

fn is_first_look(record: &Record, actor: &Actor) -> bool {
    record.referral().current_handoff().is_some_and(|current| {
        current.is_sent()
            && current.times.seen.is_none()
            && current
                .terms
                .receiver
                .is_some_and(|receiver| actor.does_casework_in(receiver))
    })
}

/// Two may look at once; the lock lets one of them be the first.
async fn note(engine: &Engine, asker: Asker<'_>, scope: &Scope, name: Name) -> Result<Record, AppError> {
    let tx = engine.db.write_tx().await?;
    let record = referrals::lock(&tx, scope, name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let definition = engine.definition(&record.referral().workflow)?;
    let facts = Facts::of(&record);
    let context = facts.context(engine, asker.actor);
    let Some(decision) = note_seen(&definition, record.referral(), &context) else {
        return Ok(record);
    };
    let Outcome::Stored(record) = referrals::commit(&tx, record, &decision, asker.request_id).await? else {
        return Err(AppError::internal("a locked referral was changed by somebody else"));
    };
    tx.commit().await?;
    engine.bell.changes.ring();
    Ok(*record)
}
