//! Taking an action: one transaction from the look to the last line of the answer.

use stafett_store::referrals::{self, Outcome, Record};
use stafett_store::{Handle, Tx};
use stafett_workflow::insight::Insight;
use stafett_workflow::policy::{Actor, Scope};
use stafett_workflow::vocabulary::Action;
use stafett_workflow::{Command, Refusal, admit};

use super::facts::Facts;
use super::view::as_known;
use super::{Answered, Asker, Name, Render, Repeatable, View, claim, keep, replayed_about};
use crate::app::engine::Engine;
use crate::app::looks::Viewing;
use crate::app::{AppError, Precondition};

/// Which referral, and in which version the caller believes it to be.
pub struct Target<'a> {
    /// Which.
    pub name: Name,
    /// Within what.
    pub scope: &'a Scope,
    /// In which version.
    pub precondition: &'a Precondition,
}

/// Takes an action on a referral.
///
/// # Errors
/// Hidden, stale, then the engine's refusals in its order; the errors of an idempotency key; the store's.
pub async fn transition(
    engine: &Engine,
    asker: Asker<'_>,
    target: &Target<'_>,
    command: &Command,
    repeatable: Option<&Repeatable<'_>>,
    render: Render<'_>,
) -> Result<Answered<View>, AppError> {
    let tx = engine.db.write_tx().await?;
    let claimed = match claim(&tx, engine, asker, repeatable).await? {
        Ok(claimed) => claimed,
        Err(answer) => return replayed_about(tx, engine, asker, target.scope, Some(target.name), answer).await,
    };
    let record = find(&tx, target).await?;
    let record = carry_out(engine, &tx, asker, record, command).await?;
    let view = View::load(engine, &tx, &Viewing::changing(&tx, asker), record).await?;
    keep(&tx, engine, claimed, Some(&view.record), || render(&view)).await?;
    tx.commit().await?;
    engine.bell.ring();
    Ok(Answered::Now(view))
}

/// Refuses as [`transition`] would before it looks at the input, as far as `action` is known: so a broken body tells nothing
/// to whoever may not know, and nobody corrects what they could not send anyhow.
///
/// # Errors
/// Hidden or stale; with an action also not theirs or not now; the store's.
pub async fn precheck(
    engine: &Engine,
    actor: &Actor,
    target: &Target<'_>,
    action: Option<Action>,
) -> Result<(), AppError> {
    let record = referrals::find(&engine.db, target.scope, target.name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let referral = record.referral();
    target
        .precondition
        .check(referral.id, known_version(&engine.db, target.scope, &record).await?)?;
    if let Some(action) = action {
        let definition = engine.definition(&referral.workflow)?;
        admit(&definition, referral, action, actor, engine.now())?;
    }
    Ok(())
}

/// Decides and stores, within the caller's transaction.
///
/// # Errors
/// The engine's refusals; the store's.
pub async fn carry_out(
    engine: &Engine,
    tx: &Tx,
    asker: Asker<'_>,
    record: Record,
    command: &Command,
) -> Result<Record, AppError> {
    if record.erased_at().is_some() {
        return Err(AppError::Erased);
    }
    let referral = record.referral();
    let definition = engine.definition(&referral.workflow)?;
    let facts = Facts::for_command(tx, &record, command).await?;
    let context = facts.context(engine, asker.actor);
    let decision = stafett_workflow::decide(&definition, referral, command, &context)?;
    let (id, current) = (referral.id, referral.version + 1);
    match referrals::commit(tx, record, &decision, asker.request_id).await? {
        Outcome::Stored(record) => Ok(*record),
        Outcome::Stale => Err(AppError::Stale { referral: id, current }),
    }
}

pub(super) async fn find(tx: &Tx, target: &Target<'_>) -> Result<Record, AppError> {
    let record = referrals::lock(tx, target.scope, target.name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    target
        .precondition
        .check(record.referral().id, known_version(tx, target.scope, &record).await?)?;
    Ok(record)
}

/// The version that the people within `scope` know. Whose part has ended does not hear that others have gone on, and may still ask
/// for the referral on what they saw last.
async fn known_version(on: &impl Handle, scope: &Scope, record: &Record) -> Result<u32, AppError> {
    if Insight::of(record.referral(), scope.agencies()).is_whole() {
        return Ok(record.referral().version);
    }
    let (known, _past) = as_known(on, scope, record.clone()).await?;
    Ok(known.referral().version)
}
