//! What is particular to a line of a tally: the referral that may have come of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use stafett_store::referrals;
use stafett_workflow::Refusal;
use stafett_workflow::agency::{ArenaId, PatrolId, ReferralId};
use stafett_workflow::outreach::Contact;
use stafett_workflow::policy::{self, Operation};
use stafett_workflow::reference::Reference;
use stafett_workflow::refusal::FieldError;

use super::Record;
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::{Asker, Name};

impl Record for Contact {
    const KIND: &'static str = "outreach-contact";
    const PLACE: &'static str = "outreach/contacts";

    fn faults(&self, _now: DateTime<Utc>) -> Vec<FieldError> {
        Self::faults(self)
    }

    fn arenas(&self) -> Vec<(String, ArenaId)> {
        vec![("/tally/arena".to_owned(), self.arena)]
    }

    fn patrol(&self) -> Option<PatrolId> {
        Some(self.patrol)
    }

    fn referral(&self) -> Option<ReferralId> {
        self.referral
    }

    fn correcting(self, stored: &Self, seen: &BTreeMap<ReferralId, Reference>) -> Self {
        let hidden = stored.referral.filter(|referral| !seen.contains_key(referral));
        let referral = match self.outcome == stored.outcome {
            true => self.referral.or(hidden),
            false => self.referral,
        };
        Self { referral, ..self }
    }
}

/// The referral of this name, which is one that whoever writes may know of; whether others exist is nobody's business.
///
/// # Errors
/// A field at fault, at `pointer`; the store's.
pub async fn referral(
    engine: &Engine,
    asker: Asker<'_>,
    name: Option<Name>,
    pointer: &str,
) -> Result<Option<ReferralId>, AppError> {
    let Some(name) = name else { return Ok(None) };
    let scope = policy::scope(asker.actor, Operation::ReadReferral)?;
    let found = referrals::find(&engine.db, &scope, name).await?;
    found
        .map(|record| Some(record.referral().id))
        .ok_or_else(|| Refusal::of_fields(vec![unknown_referral(pointer)]).into())
}

/// A referral that the writer does not know of.
#[must_use]
pub fn unknown_referral(pointer: &str) -> FieldError {
    FieldError::new(
        pointer,
        "unknown-referral",
        "Det finnes ingen slik formidling som du har tilgang til.",
        "There is no such referral that you have access to.",
    )
}
