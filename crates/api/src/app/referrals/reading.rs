//! What somebody may know of what was told: the disclosure table applied to a stored referral.

use std::collections::BTreeMap;

use stafett_store::referrals::Record;
use stafett_store::{Handle, agencies};
use stafett_workflow::agency::{AgencyId, HandoffId};
use stafett_workflow::calendar::local_date;
use stafett_workflow::disclosure::{Field, Party, Reading, Rule, Way};
use stafett_workflow::policy::Permit;
use stafett_workflow::referral::{Handoff, Referral};
use stafett_workflow::vocabulary::Text;

use super::view::Names;
use crate::app::AppError;
use crate::app::engine::Engine;

/// A piece that does not reach the receiver of a leg, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptBack {
    /// Which.
    pub field: Field,
    /// Why, in words.
    pub reason: Text,
    /// What that rests on, as the register of legal rules names it.
    pub legal_ref: Option<String>,
}

/// What the people of `readers` may know of a referral that they may see.
///
/// # Errors
/// When the database does not answer.
pub async fn reading(
    engine: &Engine,
    on: &impl Handle,
    referral: &Referral,
    readers: &[AgencyId],
) -> Result<Reading, AppError> {
    let facts = agencies::facts(on, &referral.parties(), &[]).await?;
    let party = |agency| facts.by_id(agency).map(Party::from);
    Ok(engine.disclosure.reading(referral, readers, party))
}

/// The same for whoever may have come to it by breaking the glass: `glass` is the right that this gave.
///
/// # Errors
/// When the database does not answer.
pub async fn reading_or_behind(
    engine: &Engine,
    on: &impl Handle,
    referral: &Referral,
    readers: &[AgencyId],
    glass: Option<&Permit>,
) -> Result<Reading, AppError> {
    let Some(permit) = glass else {
        return reading(engine, on, referral, readers).await;
    };
    let facts = agencies::facts(on, &[referral.originator, permit.agency()], &[]).await?;
    let party = |agency| facts.by_id(agency).map(Party::from);
    let today = local_date(engine.now());
    Ok(engine
        .disclosure
        .reading_in_danger(referral, permit.agency(), today, party))
}

/// Of these records, those of which the people of `readers` may know `field`. What they may not know is no way to find it.
///
/// # Errors
/// When the database does not answer.
pub async fn retain_known(
    engine: &Engine,
    on: &impl Handle,
    records: &mut Vec<Record>,
    readers: &[AgencyId],
    field: Field,
) -> Result<(), AppError> {
    let parties: Vec<AgencyId> = records.iter().flat_map(|record| record.referral().parties()).collect();
    let facts = agencies::facts(on, &parties, &[]).await?;
    let party = |agency| facts.by_id(agency).map(Party::from);
    records.retain(|record| {
        let reading = engine.disclosure.reading(record.referral(), readers, party);
        reading.shows(field)
    });
    Ok(())
}

/// The same with names that are loaded already.
#[must_use]
pub fn reading_with(engine: &Engine, referral: &Referral, readers: &[AgencyId], names: &Names) -> Reading {
    engine
        .disclosure
        .reading(referral, readers, |agency| names.party(agency))
}

/// What does not reach the receiver of each leg; of a draft, what would not.
#[must_use]
pub fn kept_back(engine: &Engine, referral: &Referral, names: &Names) -> BTreeMap<HandoffId, Vec<KeptBack>> {
    let of = |leg: &Handoff| {
        let way = Way {
            sender: names.party(leg.sender)?,
            receiver: names.party(leg.terms.receiver?)?,
            ground: leg.terms.basis?.into(),
        };
        let day = local_date(leg.times.sent.unwrap_or_else(|| engine.now()));
        let kept = engine.disclosure.kept_back(way, leg.terms.covers, day);
        Some((
            leg.id,
            kept.filter_map(|(field, rule)| Some(told(field, rule?))).collect(),
        ))
    };
    referral.handoffs.iter().filter_map(of).collect()
}

/// One of them in words.
#[must_use]
pub fn told(field: Field, rule: &Rule) -> KeptBack {
    KeptBack {
        field,
        reason: rule.text.clone(),
        legal_ref: rule.legal_refs.first().cloned(),
    }
}
