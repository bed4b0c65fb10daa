//! Looking at one case.

use stafett_store::cases;
use stafett_workflow::Refusal;
use stafett_workflow::agency::CaseId;
use stafett_workflow::policy::{Actor, Scope};

use super::{CaseView, Name};
use crate::app::AppError;
use crate::app::engine::Engine;

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
pub async fn read(engine: &Engine, actor: &Actor, scope: &Scope, name: Name) -> Result<Found, AppError> {
    let record = cases::find(&engine.db, scope, name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    match record.case().merged_into {
        Some(into) => Ok(Found::Elsewhere(into)),
        None => {
            let view = CaseView::load(engine, &engine.db, actor, scope, &record).await?;
            Ok(Found::Here(Box::new(view)))
        }
    }
}
