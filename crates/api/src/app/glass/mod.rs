//! Break-glass: opening a referral that is not one's own, in an emergency.
//!
//! It is found by its exact reference or by the youth's exact number, in a request that says why; nothing else in the API tells
//! that it exists, before, while or after the glass is broken. What the glass shows is what a party would read: the referral,
//! its timeline and its messages, and nothing can be changed through it.

mod answer;
mod breaking;
mod review;
mod sweep;

pub use answer::{Concern, Listed, of_agency, own};
pub use breaking::{ByWhat, Render, Request, break_glass};
pub use review::{Verdict, decide, review};
pub use sweep::sweep;

use stafett_store::glasses;
use stafett_store::referrals::{self, Name, Record};
use stafett_workflow::policy::{self, Permit};

use super::AppError;
use super::engine::Engine;
use super::referrals::Asker;

/// The referral behind a glass that whoever asks has broken and that is open now. The time of the request counts: once it is over
/// there is nothing here, as for anybody else.
///
/// # Errors
/// The store's.
pub async fn behind(engine: &Engine, asker: Asker<'_>, name: Name) -> Result<Option<(Record, Permit)>, AppError> {
    let glasses = glasses::of_person(&engine.db, asker.actor.user, name).await?;
    for glass in glasses {
        let Some((permit, scope)) = policy::permit_through_glass(asker.actor, &glass, engine.now()) else {
            continue;
        };
        if let Some(record) = referrals::find(&engine.db, &scope, Name::Id(glass.referral)).await? {
            return Ok(Some((record, permit)));
        }
    }
    Ok(None)
}
