//! Looking at one case.

use stafett_store::cases;
use stafett_workflow::Refusal;
use stafett_workflow::agency::CaseId;
use stafett_workflow::look::LookedAt;
use stafett_workflow::policy::Scope;

use super::{CaseView, Name};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::Viewing;
use crate::app::referrals::Asker;

/// What a name leads to.
pub enum Found {
    /// The case.
    Here(Box<CaseView>),
    /// The case into which it was merged.
    Elsewhere(CaseId),
}

/// One case as this person sees it.
///
/// # Errors
/// Hidden; the store's.
pub async fn read(engine: &Engine, asker: Asker<'_>, scope: &Scope, name: Name) -> Result<Found, AppError> {
    let record = cases::find(&engine.db, scope, name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    match record.case().merged_into {
        Some(into) => Ok(Found::Elsewhere(into)),
        None => {
            let viewing = Viewing::reading(engine, asker, LookedAt::Case);
            let view = CaseView::load(engine, &engine.db, &viewing, scope, &record).await?;
            Ok(Found::Here(Box::new(view)))
        }
    }
}
