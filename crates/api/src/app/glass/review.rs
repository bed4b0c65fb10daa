//! The second person's word, and the review.

use stafett_store::Tx;
use stafett_store::glasses::{self, StoredGlass};
use stafett_store::referrals::{self, Name, Outcome, Record};
use stafett_workflow::Refusal;
use stafett_workflow::decide::glass_step;
use stafett_workflow::event::By;
use stafett_workflow::glass::{Glass, GlassFinding, GlassStep};
use stafett_workflow::look::StatedReason;
use stafett_workflow::policy::{self, Operation, Permit, Scope, SystemTask};
use uuid::Uuid;

use super::answer::{Concern, LEAD, concern};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::Asker;
use crate::app::referrals::facts::Facts;
use crate::app::setup::named;

/// What a review says.
#[derive(Clone)]
pub struct Verdict {
    /// What was found.
    pub finding: GlassFinding,
    /// In words.
    pub note: StatedReason,
}

/// A second person agrees, or does not.
///
/// # Errors
/// Hidden, denied, not theirs, decided already; the store's.
pub async fn decide(
    engine: &Engine,
    asker: Asker<'_>,
    agency: &str,
    id: Uuid,
    agrees: bool,
) -> Result<Concern, AppError> {
    let step = match agrees {
        true => GlassStep::Approved,
        false => GlassStep::Refused,
    };
    carry_out(engine, asker, agency, id, step, None, |glass| {
        glass.decided(asker.actor, agrees, engine.glass, engine.now())
    })
    .await
}

/// A lead reviews it. Whatever was not justified ends at once.
///
/// # Errors
/// As for [`decide`].
pub async fn review(
    engine: &Engine,
    asker: Asker<'_>,
    agency: &str,
    id: Uuid,
    verdict: &Verdict,
) -> Result<Concern, AppError> {
    let note = Some(&verdict.note);
    carry_out(engine, asker, agency, id, GlassStep::Reviewed, note, |glass| {
        glass.reviewed(asker.actor, verdict.finding, engine.now())
    })
    .await
}

async fn carry_out(
    engine: &Engine,
    asker: Asker<'_>,
    agency: &str,
    id: Uuid,
    step: GlassStep,
    note: Option<&StatedReason>,
    change: impl FnOnce(Glass) -> Result<Glass, Refusal>,
) -> Result<Concern, AppError> {
    let tx = engine.db.write_tx().await?;
    let agency = named(&tx, agency).await?;
    policy::permit_setup(asker.actor, Operation::ReviewGlass, agency.id, agency.parent)?;
    let known = glasses::find(&tx, agency.id, id)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let scope = Scope::for_system(SystemTask::BreakGlass);
    let record = referrals::lock(&tx, &scope, Name::Id(known.glass.referral))
        .await?
        .ok_or_else(Refusal::not_found)?;
    // Read under the lock: of two who decide at once the second sees what the first has said.
    let known = glasses::find(&tx, agency.id, id)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let owner = known.glass.admit(asker.actor)?;
    let glass = change(known.glass.clone())?;
    let permit = policy::permit(asker.actor, Operation::ReadReferral, record.referral())?;
    let note = match note {
        Some(words) if record.erased_at().is_none() => {
            let by = By {
                user: asker.actor.user,
                agency: owner,
                role: LEAD,
            };
            Some(glasses::note(&tx, &record, words.words(), by, engine.now()).await?)
        }
        Some(_) | None => known.note,
    };
    let stored = StoredGlass {
        glass,
        reason: known.reason,
        note,
    };
    glasses::update(&tx, &stored).await?;
    log(engine, &tx, asker, record, permit, &stored.glass, step).await?;
    let concern = concern(engine, &tx, stored).await?;
    tx.commit().await?;
    engine.bell.ring();
    Ok(concern)
}

async fn log(
    engine: &Engine,
    tx: &Tx,
    asker: Asker<'_>,
    record: Record,
    permit: Permit,
    glass: &Glass,
    step: GlassStep,
) -> Result<(), AppError> {
    let definition = engine.definition(&record.referral().workflow)?;
    let facts = Facts::of(&record);
    let context = facts.context(engine, asker.actor);
    let decision = glass_step(&definition, record.referral(), &context, permit, glass, step);
    match referrals::commit(tx, record, &decision, asker.request_id).await? {
        Outcome::Stored(_) => Ok(()),
        Outcome::Stale => Err(AppError::internal("a locked referral was changed by somebody else")),
    }
}
