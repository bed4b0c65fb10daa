//! Forbidding that somebody is erased, and erasing them: what a lead decides about one referral.
//!
//! Both are about all that was told of the youth, in every referral under the same key. A hold of one agency binds all. No
//! agency erases what another has written or read: where others take part, it is the operator's to do.

use chrono::{DateTime, Utc};
use stafett_store::referrals::{self, Name, Record};
use stafett_store::vault::holds::{self, LegalHold};
use stafett_store::vault::{self, NotErased, Why};
use stafett_store::{Handle, retention};
use stafett_workflow::Refusal;
use stafett_workflow::definition::TEXT_MAX;
use stafett_workflow::look::LookedAt;
use stafett_workflow::person::check_text;
use stafett_workflow::policy::{self, Actor, Operation, Permit, Scope, Verdict};
use stafett_workflow::refusal::{FieldError, Rule};
use stafett_workflow::vocabulary::{ReferralState, Role};

use super::view::Names;
use super::{Asker, read};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::Viewing;

/// Why somebody is erased before their time. Codes, for a text could tell what is to be forgotten.
pub const REASONS: [&str; 4] = ["asked-for", "unlawful", "wrong-person", "no-longer-needed"];

/// The holds on what one referral tells, as somebody may know them.
pub struct Held {
    /// The holds that stand, the oldest first, with the reason where it is their own agency's.
    pub holds: Vec<(LegalHold, Option<String>)>,
    /// What agencies and people are called.
    pub names: Names,
}

/// The holds that stand.
///
/// # Errors
/// Hidden, or not a lead; the store's.
pub async fn holds(engine: &Engine, asker: Asker<'_>, scope: &Scope, name: Name) -> Result<Held, AppError> {
    let record = read::find(engine, scope, name).await?;
    permit(asker.actor, Operation::HoldReferral, &record)?;
    let viewing = Viewing::reading(engine, asker, LookedAt::Referral);
    shown(engine, &engine.db, &viewing, &record).await
}

/// Forbids it, for a reason.
///
/// # Errors
/// Hidden, not a lead, a draft, erased; no reason; the store's.
pub async fn hold(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    name: Name,
    reason: &str,
) -> Result<Held, AppError> {
    let tx = engine.db.write_tx().await?;
    let record = referrals::lock(&tx, scope, name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let permit = permit(asker.actor, Operation::HoldReferral, &record)?;
    if record.erased_at().is_some() {
        return Err(AppError::Erased);
    }
    if record.referral().state == ReferralState::Draft {
        return Err(Refusal::new(
            Rule::ActionNotAllowedNow,
            "En kladd slettes ikke av seg selv. Send den først.",
            "A draft is not erased by itself. Send it first.",
        )
        .into());
    }
    if let Some(fault) = check_text("/reason", reason, TEXT_MAX) {
        return Err(Refusal::of_fields(vec![fault]).into());
    }
    holds::set(&tx, &record, &permit, reason, asker.request_id, engine.now()).await?;
    let held = shown(engine, &tx, &Viewing::changing(&tx, asker), &record).await?;
    tx.commit().await?;
    Ok(held)
}

/// Lifts the hold of the agency for which the caller acts. Where there is none, nothing happens.
///
/// # Errors
/// Hidden, not a lead; the store's.
pub async fn release(engine: &Engine, asker: Asker<'_>, scope: &Scope, name: Name) -> Result<Held, AppError> {
    let tx = engine.db.write_tx().await?;
    let record = referrals::lock(&tx, scope, name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let permit = permit(asker.actor, Operation::HoldReferral, &record)?;
    holds::lift(&tx, &record, &permit, asker.request_id, engine.now()).await?;
    let held = shown(engine, &tx, &Viewing::changing(&tx, asker), &record).await?;
    tx.commit().await?;
    Ok(held)
}

/// What was erased.
#[derive(Debug)]
pub struct Erased {
    /// The references of the referrals that told of them.
    pub referrals: Vec<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Refuses as [`erase`] would before it looks at the reason.
///
/// # Errors
/// Hidden, or not a lead; the store's.
pub async fn precheck(
    engine: &Engine,
    actor: &Actor,
    scope: &Scope,
    name: Name,
    operation: Operation,
) -> Result<(), AppError> {
    let record = read::find(engine, scope, name).await?;
    permit(actor, operation, &record).map(drop)
}

/// Erases for good all that was told of the youth, when nobody but the caller's own agency has had a part in it.
///
/// # Errors
/// Hidden, not a lead; [`AppError::OthersTakePart`], [`AppError::LegalHold`], [`AppError::StillOpen`], [`AppError::Erased`]; no
/// such reason; the store's.
pub async fn erase(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    name: Name,
    reason: &str,
) -> Result<Erased, AppError> {
    let record = read::find(engine, scope, name).await?;
    let permit = permit(asker.actor, Operation::EraseReferral, &record)?;
    let known = REASONS.contains(&reason);
    if !known {
        let all = REASONS.join(", ");
        return Err(AppError::Fields(vec![FieldError::new(
            "/reason",
            "unknown-code",
            format!("Skal være en av: {all}."),
            format!("Must be one of: {all}."),
        )]));
    }
    let owner = vault::owner_of(&record);
    let leads = |agency| {
        asker
            .actor
            .memberships
            .iter()
            .any(|held| held.role == Role::Lead && held.agency == Some(agency))
    };
    if retention::parties(&engine.db, owner)
        .await?
        .into_iter()
        .any(|agency| !leads(agency))
    {
        return Err(AppError::OthersTakePart);
    }
    let why = Why {
        reason,
        permit: Some(&permit),
        request_id: asker.request_id,
    };
    let done = vault::erase(&engine.db, owner, why, engine.now()).await?;
    engine.bell.files.ring();
    match done {
        Ok(done) => Ok(Erased {
            referrals: done.referrals,
            at: done.at,
        }),
        Err(NotErased::Held { .. } | NotErased::HeldByAgency { .. }) => Err(AppError::LegalHold),
        Err(NotErased::Open { references }) => Err(AppError::StillOpen(references)),
        Err(NotErased::Already { .. }) => Err(AppError::Erased),
        Err(NotErased::Unknown) => Err(Refusal::not_found().into()),
    }
}

fn permit(actor: &Actor, operation: Operation, record: &Record) -> Result<Permit, AppError> {
    policy::permit(actor, operation, record.referral()).map_err(|verdict| match verdict {
        Verdict::Hidden => Refusal::not_found().into(),
        Verdict::Forbidden | Verdict::Allowed => Refusal::new(
            Rule::NotYours,
            "Dette avgjør en leder for en enhet som deltar.",
            "This is for a lead of an agency that takes part.",
        )
        .into(),
    })
}

async fn shown(engine: &Engine, on: &impl Handle, viewing: &Viewing<'_>, record: &Record) -> Result<Held, AppError> {
    let logged = viewing.log(engine, record).await?;
    let actor = viewing.actor();
    let standing = holds::standing(on, record).await?;
    // A reason is its own agency's; that there is a hold, all must know.
    let own: Vec<LegalHold> = standing
        .iter()
        .filter(|hold| hold.agency.is_some_and(|agency| actor.does_casework_in(agency)))
        .cloned()
        .collect();
    let words = holds::reasons(on, record, &own, &logged).await?;
    let names = Names::load(
        on,
        standing.iter().filter_map(|hold| hold.agency),
        standing.iter().filter_map(|hold| hold.set_by),
    )
    .await?;
    let with_words = |hold: LegalHold| {
        let text = words.iter().find(|text| Some(text.id) == hold.reason);
        let text = text.and_then(|text| text.body.clone());
        (hold, text)
    };
    Ok(Held {
        holds: standing.into_iter().map(with_words).collect(),
        names,
    })
}
