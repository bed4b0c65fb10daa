//! Where the time of one referral went, as far as the reader may know it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use stafett_store::events;
use stafett_store::referrals::Name;
use stafett_workflow::definition::Definition;
use stafett_workflow::insight::Insight;
use stafett_workflow::look::LookedAt;
use stafett_workflow::policy::Scope;
use stafett_workflow::time_spent::TimeSpent;

use super::view::Names;
use super::{Asker, read};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::Viewing;

/// The time of one referral.
pub struct Told {
    /// The referral's short name.
    pub reference: String,
    /// The time.
    pub spent: TimeSpent,
    /// The definition, for its names of steps.
    pub definition: Arc<Definition>,
    /// What agencies are called.
    pub names: Names,
    /// Until when it was looked at: now, or when the reader's part in it ended.
    pub as_of: DateTime<Utc>,
}

/// The time of one referral, leg by leg. Whose part in it has ended is told of the time until then; from whom it was taken back, of
/// their own legs alone.
///
/// # Errors
/// Hidden; the store's; [`AppError::Internal`] when the log does not begin with the creation or has a gap.
pub async fn time_spent(engine: &Engine, asker: Asker<'_>, scope: &Scope, name: Name) -> Result<Told, AppError> {
    let (record, glass) = read::find_or_behind(engine, asker, scope, name).await?;
    // It is the timeline, added up: who may see it, and that they did, are the same.
    let viewing = Viewing::reading(engine, asker, LookedAt::Timeline).through(glass);
    let look = viewing.begin(engine, &record).await?;
    let referral = record.referral();
    let definition = engine.definition(&referral.workflow)?;
    let log = events::log(&engine.db, &record).await?;
    let past = match Insight::of(referral, scope.agencies()) {
        Insight::Past(past) => Some(past),
        Insight::Whole => None,
    };
    let known = past.as_ref().map_or(log.as_slice(), |past| past.log(&log));
    let as_of = match (&past, known.last()) {
        (Some(_), Some(last)) => last.at,
        (Some(_), None) | (None, _) => engine.now(),
    };
    let (names, hours) = Names::load_with_hours(&engine.db, referral.parties(), []).await?;
    let mut spent = TimeSpent::of(referral.id, known, as_of, &hours)
        .map_err(|error| AppError::internal(format!("referral {}: {error}", referral.id)))?;
    if let Some(past) = past.filter(|past| !past.keeps()) {
        spent.stretches.retain(|stretch| past.sees_leg(stretch.place.handoff));
        // Numbers and ids count what is hidden from them too.
        let mut legs = Vec::new();
        for stretch in &mut spent.stretches {
            if legs.last() != Some(&stretch.place.handoff) {
                legs.push(stretch.place.handoff);
            }
            stretch.leg = legs.len();
            stretch.event = engine.index.pseudonym("event", stretch.event);
        }
    }
    look.logged().await?;
    Ok(Told {
        reference: referral.reference.to_string(),
        spent,
        definition,
        names,
        as_of,
    })
}
