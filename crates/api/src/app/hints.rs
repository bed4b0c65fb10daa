//! Hints that two agencies follow the same youth, for the leads of both; who the other is, is told only once that is settled.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;
use stafett_store::agencies::Agency;
use stafett_store::hints::{self, StoredHint};
use stafett_store::referrals::{self, Name};
use stafett_store::{Tx, audit};
use stafett_workflow::Refusal;
use stafett_workflow::agency::{AgencyId, ReferralId};
use stafett_workflow::hint::Hint;
use stafett_workflow::look::StatedReason;
use stafett_workflow::policy::{self, Operation, Scope, SystemTask};
use stafett_workflow::reference::Reference;
use stafett_workflow::vocabulary::{LegalBasisCode, Role};
use uuid::Uuid;

use super::AppError;
use super::engine::Engine;
use super::referrals::Asker;
use super::referrals::view::Names;
use super::setup::named;

/// So many pairs are looked for in one go.
const BATCH: u32 = 100;

/// Hints as the leads of one agency may know them.
pub struct Listed {
    /// Whose leads.
    pub agency: AgencyId,
    /// The hints, the newest first.
    pub hints: Vec<StoredHint>,
    /// Where the next page begins.
    pub next: Option<(DateTime<Utc>, Uuid)>,
    /// What the own referrals are called.
    pub references: BTreeMap<ReferralId, Reference>,
    /// What agencies that have been revealed are called.
    pub names: Names,
}

/// Finds hints that nobody has found yet. Tells how many.
///
/// # Errors
/// The store's.
pub async fn find(engine: &Engine) -> Result<u64, AppError> {
    let scope = Scope::for_system(SystemTask::FindHints);
    let mut all = 0;
    let pairs = hints::unfound(&engine.db, &scope, BATCH).await?;
    if pairs.is_empty() {
        return Ok(0);
    }
    let tx = engine.db.write_tx().await?;
    for sides in pairs {
        let hint = Hint {
            id: Uuid::now_v7(),
            sides,
            found_at: engine.now(),
            asked: None,
            answered: None,
        };
        all += u64::from(hints::insert(&tx, &hint).await?);
    }
    tx.commit().await?;
    Ok(all)
}

/// The hints that concern an agency, for its leads.
///
/// # Errors
/// Hidden, denied; the store's.
pub async fn of_agency(
    engine: &Engine,
    asker: Asker<'_>,
    agency: &str,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u32,
) -> Result<Listed, AppError> {
    let agency = named(&engine.db, agency).await?;
    policy::permit_setup(asker.actor, Operation::SettleHints, agency.id, agency.parent)?;
    find(engine).await?;
    let page = hints::of_agency(&engine.db, agency.id, after, limit).await?;
    told(engine, asker, agency.id, page.items, page.next).await
}

/// A lead asks who the other side is, on a legal basis.
///
/// # Errors
/// Hidden, denied, a basis that gives no right, asked or settled already; the store's.
pub async fn ask(
    engine: &Engine,
    asker: Asker<'_>,
    agency: &str,
    id: Uuid,
    basis: LegalBasisCode,
    reason: &StatedReason,
) -> Result<Listed, AppError> {
    let tx = engine.db.write_tx().await?;
    let (agency, known) = locked(&tx, asker, agency, id).await?;
    let (by, now) = (asker.actor.user, engine.now());
    let hint = known.hint.clone().ask(agency.id, agency.kind, by, basis, now)?;
    let own = hint.own(agency.id).ok_or_else(Refusal::not_found)?;
    let scope = Scope::for_system(SystemTask::FindHints);
    let record = referrals::find(&tx, &scope, Name::Id(own.referral))
        .await?
        .ok_or_else(Refusal::not_found)?;
    let reason = hints::reason(&tx, &record, reason, by, agency.id, now).await?;
    let stored = StoredHint {
        hint,
        reason: Some(reason),
    };
    save(engine, tx, asker, &agency, stored, "ask-hint").await
}

/// A lead of the other side accepts that both learn who they are, or refuses.
///
/// # Errors
/// Hidden, denied, nobody has asked, settled already; the store's.
pub async fn answer(
    engine: &Engine,
    asker: Asker<'_>,
    agency: &str,
    id: Uuid,
    accepts: bool,
) -> Result<Listed, AppError> {
    let tx = engine.db.write_tx().await?;
    let (agency, known) = locked(&tx, asker, agency, id).await?;
    let hint = known.hint.answer(agency.id, asker.actor.user, accepts, engine.now())?;
    let stored = StoredHint { hint, ..known };
    save(engine, tx, asker, &agency, stored, "answer-hint").await
}

async fn locked(tx: &Tx, asker: Asker<'_>, agency: &str, id: Uuid) -> Result<(Agency, StoredHint), AppError> {
    let agency = named(tx, agency).await?;
    policy::permit_setup(asker.actor, Operation::SettleHints, agency.id, agency.parent)?;
    let known = hints::lock(tx, agency.id, id).await?.ok_or_else(Refusal::not_found)?;
    Ok((agency, known))
}

async fn save(
    engine: &Engine,
    tx: Tx,
    asker: Asker<'_>,
    agency: &Agency,
    stored: StoredHint,
    action: &str,
) -> Result<Listed, AppError> {
    hints::update(&tx, &stored).await?;
    let entry = audit::Entry {
        at: engine.now(),
        actor: Some(asker.actor.user),
        agency: Some(agency.id),
        role: Some(Role::Lead),
        action,
        object_kind: "duplicate-hint",
        object: Some(stored.hint.id),
        request_id: asker.request_id,
        body: json!({
            "state": stored.hint.state().as_str(),
            "basis": stored.hint.asked.map(|asked| asked.basis.as_str()),
        }),
    };
    audit::record(&tx, &entry).await?;
    tx.commit().await?;
    told(engine, asker, agency.id, vec![stored], None).await
}

async fn told(
    engine: &Engine,
    asker: Asker<'_>,
    agency: AgencyId,
    hints: Vec<StoredHint>,
    next: Option<(DateTime<Utc>, Uuid)>,
) -> Result<Listed, AppError> {
    let scope = policy::scope(asker.actor, Operation::ReadReferral)?;
    let own: Vec<ReferralId> = hints
        .iter()
        .filter_map(|stored| stored.hint.own(agency))
        .map(|side| side.referral)
        .collect();
    let revealed = hints.iter().filter_map(|stored| stored.hint.other(agency));
    Ok(Listed {
        references: referrals::references(&engine.db, &scope, &own).await?,
        names: Names::load(&engine.db, revealed, []).await?,
        agency,
        hints,
        next,
    })
}
