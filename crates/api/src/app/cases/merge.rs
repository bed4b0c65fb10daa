//! Merging the two cases of a youth who was registered twice, and splitting them again.

use stafett_store::Tx;
use stafett_store::cases::{self, CaseRecord, Outcome};
use stafett_workflow::Refusal;
use stafett_workflow::agency::{Agencies, CaseId};
use stafett_workflow::case::CaseDecision;
use stafett_workflow::case::decide::{admit, merge as decide_merge, split as decide_split};
use stafett_workflow::policy::Scope;
use stafett_workflow::refusal::{FieldError, Rule};
use stafett_workflow::vocabulary::CaseAction;

use super::change::Target;
use super::{CaseView, NO_YOUTH, Name, Render, check_version, context, members, replayed_about};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::Viewing;
use crate::app::referrals::{Answered, Asker, Repeatable, claim, keep};

/// Which other case, and why.
pub struct Other {
    /// The case into which it is merged, or that leaves it again.
    pub name: Name,
    /// Why.
    pub reason: String,
}

/// Merges the target into another case, which is what comes back.
///
/// # Errors
/// Hidden, stale, not a lead of an agency that knows both, not open; the errors of an idempotency key; the store's.
pub async fn merge(
    engine: &Engine,
    asker: Asker<'_>,
    target: &Target<'_>,
    into: &Other,
    repeatable: Option<&Repeatable<'_>>,
    render: Render<'_>,
) -> Result<Answered<CaseView>, AppError> {
    let tx = engine.db.write_tx().await?;
    let claimed = match claim(&tx, engine, asker, repeatable).await? {
        Ok(claimed) => claimed,
        Err(answer) => return replayed_about(tx, engine, asker, target.scope, Some(target.name), answer).await,
    };
    let absorbed = cases::find(&tx, target.scope, target.name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let survivor = cases::find(&tx, target.scope, into.name).await?;
    let (absorbed, survivor) = lock_both(&tx, target.scope, absorbed.case().id, survivor).await?;
    if absorbed.case().merged_into.is_some() {
        return Err(merged_already());
    }
    let absorbed_members = check_version(engine, &tx, target.scope, &absorbed, target.precondition).await?;
    admit(absorbed.case(), &absorbed_members, CaseAction::Merge, asker.actor)?;
    let survivor = survivor.ok_or_else(|| Refusal::of_fields(vec![unknown_case("/into")]))?;
    let survivor_members = members(engine, &tx, &survivor).await?;
    let nobody = Agencies::default();
    let context = context(engine, asker.actor, &nobody, None);
    let decisions = decide_merge(
        (survivor.case(), &survivor_members),
        (absorbed.case(), &absorbed_members),
        &into.reason,
        &context,
    )?;
    let view = store(engine, &tx, asker, target.scope, decisions).await?;
    keep(&tx, engine, claimed, NO_YOUTH, || render(&view)).await?;
    tx.commit().await?;
    engine.bell.ring();
    Ok(Answered::Now(view))
}

/// Lets a case that was merged into the target stand by itself again; the target is what comes back.
///
/// # Errors
/// As for [`merge`].
pub async fn split(
    engine: &Engine,
    asker: Asker<'_>,
    target: &Target<'_>,
    off: &Other,
    repeatable: Option<&Repeatable<'_>>,
    render: Render<'_>,
) -> Result<Answered<CaseView>, AppError> {
    let tx = engine.db.write_tx().await?;
    let claimed = match claim(&tx, engine, asker, repeatable).await? {
        Ok(claimed) => claimed,
        Err(answer) => return replayed_about(tx, engine, asker, target.scope, Some(target.name), answer).await,
    };
    let survivor = cases::find(&tx, target.scope, target.name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let absorbed = cases::find(&tx, target.scope, off.name).await?;
    let (survivor, absorbed) = lock_both(&tx, target.scope, survivor.case().id, absorbed).await?;
    if survivor.case().merged_into.is_some() {
        return Err(merged_already());
    }
    let members = check_version(engine, &tx, target.scope, &survivor, target.precondition).await?;
    admit(survivor.case(), &members, CaseAction::Split, asker.actor)?;
    let absorbed = absorbed.ok_or_else(|| Refusal::of_fields(vec![unknown_case("/case")]))?;
    let nobody = Agencies::default();
    let context = context(engine, asker.actor, &nobody, None);
    let decisions = decide_split((survivor.case(), &members), absorbed.case(), &off.reason, &context)?;
    let view = store(engine, &tx, asker, target.scope, decisions).await?;
    keep(&tx, engine, claimed, NO_YOUTH, || render(&view)).await?;
    tx.commit().await?;
    engine.bell.ring();
    Ok(Answered::Now(view))
}

async fn store(
    engine: &Engine,
    tx: &Tx,
    asker: Asker<'_>,
    scope: &Scope,
    (survivor, other): (CaseDecision, CaseDecision),
) -> Result<CaseView, AppError> {
    match cases::commit_both(tx, &survivor, &other, asker.request_id).await? {
        Outcome::Stored(record) => CaseView::load(engine, tx, &Viewing::changing(tx, asker), scope, &record).await,
        Outcome::Stale | Outcome::InAnotherCase(_) => {
            Err(AppError::internal("a locked case was changed by somebody else"))
        }
    }
}

/// Both, locked in the order of their ids, so that two who merge them in opposite directions do not wait for each other.
async fn lock_both(
    tx: &Tx,
    scope: &Scope,
    first: CaseId,
    second: Option<CaseRecord>,
) -> Result<(CaseRecord, Option<CaseRecord>), AppError> {
    let second = second.map(|record| record.case().id);
    let mut ids: Vec<CaseId> = std::iter::once(first).chain(second).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut locked = Vec::with_capacity(2);
    for id in ids {
        locked.extend(cases::lock(tx, scope, Name::Id(id)).await?);
    }
    let of = |id: CaseId| locked.iter().find(|record| record.case().id == id).cloned();
    Ok((of(first).ok_or_else(Refusal::not_found)?, second.and_then(of)))
}

/// Whoever was let in to it may know where it went.
fn merged_already() -> AppError {
    Refusal::new(
        Rule::CaseNotOpen,
        "Saken er allerede slått sammen med en annen.",
        "The case has been merged with another already.",
    )
    .into()
}

fn unknown_case(pointer: &str) -> FieldError {
    FieldError::new(
        pointer,
        "unknown-case",
        "Det finnes ingen slik sak som du har tilgang til.",
        "There is no such case that you have access to.",
    )
}
