//! Who coordinates, whether there is anything left to coordinate, and which needs there are.

use stafett_store::cases::{self, Outcome};
use stafett_store::{agencies, users};
use stafett_workflow::Refusal;
use stafett_workflow::case::decide::{admit, change_needs, transition};
use stafett_workflow::case::{CaseCommand, CaseDecision};
use stafett_workflow::policy::{Actor, Scope};
use stafett_workflow::vocabulary::{CaseAction, Need};

use super::{CaseView, NO_YOUTH, Name, Render, already_in_a_case, check_version, context, lock, replayed_about};
use crate::app::engine::Engine;
use crate::app::looks::Viewing;
use crate::app::referrals::{Answered, Asker, Repeatable, claim, keep};
use crate::app::{AppError, Precondition};

/// Which case is changed, within what, in which version.
pub struct Target<'a> {
    /// Which.
    pub name: Name,
    /// Within what.
    pub scope: &'a Scope,
    /// In which version, as the caller sees it.
    pub precondition: &'a Precondition,
}

/// What to do.
pub enum Change {
    /// An action.
    Act(CaseCommand),
    /// Other needs.
    Needs {
        /// Those to register.
        add: Vec<Need>,
        /// Those to take away.
        remove: Vec<Need>,
    },
}

/// Changes a case.
///
/// # Errors
/// Hidden, stale, then the engine's refusals in its order; the errors of an idempotency key; the store's.
pub async fn change(
    engine: &Engine,
    asker: Asker<'_>,
    target: &Target<'_>,
    change: &Change,
    repeatable: Option<&Repeatable<'_>>,
    render: Render<'_>,
) -> Result<Answered<CaseView>, AppError> {
    let tx = engine.db.write_tx().await?;
    let claimed = match claim(&tx, engine, asker, repeatable).await? {
        Ok(claimed) => claimed,
        Err(answer) => return replayed_about(tx, engine, asker, target.scope, Some(target.name), answer).await,
    };
    let record = lock(&tx, target.scope, target.name).await?;
    let members = check_version(engine, &tx, target.scope, &record, target.precondition).await?;
    let case = record.case();
    let decision: CaseDecision = match change {
        Change::Act(command) => {
            let named: Vec<&str> = command.agency.as_deref().into_iter().collect();
            let agencies = agencies::facts(&tx, &[], &named).await?;
            let colleague = match command.person.as_deref().filter(|person| *person != "me") {
                Some(person) => users::colleague(&tx, person).await?,
                None => None,
            };
            let context = context(engine, asker.actor, &agencies, colleague.as_ref());
            transition(case, &members, command, &context)?
        }
        Change::Needs { add, remove } => {
            let nobody = stafett_workflow::agency::Agencies::default();
            let context = context(engine, asker.actor, &nobody, None);
            change_needs(case, &members, add, remove, &context)?
        }
    };
    let record = match cases::commit(&tx, &decision, asker.request_id).await? {
        Outcome::Stored(record) => record,
        Outcome::InAnotherCase(_) => return Err(already_in_a_case()),
        Outcome::Stale => return Err(AppError::internal("a locked case was changed by somebody else")),
    };
    let view = CaseView::load(engine, &tx, &Viewing::changing(&tx, asker), target.scope, &record).await?;
    keep(&tx, engine, claimed, NO_YOUTH, || render(&view)).await?;
    tx.commit().await?;
    engine.bell.ring();
    Ok(Answered::Now(view))
}

/// Refuses as [`change`] would before it looks at the input, as far as the action is known.
///
/// # Errors
/// Hidden or stale; with an action also not theirs or not now; the store's.
pub async fn precheck(
    engine: &Engine,
    actor: &Actor,
    target: &Target<'_>,
    action: Option<CaseAction>,
) -> Result<(), AppError> {
    let mut name = target.name;
    loop {
        let record = cases::find(&engine.db, target.scope, name)
            .await?
            .ok_or_else(Refusal::not_found)?;
        if let Some(into) = record.case().merged_into {
            name = Name::Id(into);
            continue;
        }
        let members = check_version(engine, &engine.db, target.scope, &record, target.precondition).await?;
        if let Some(action) = action {
            admit(record.case(), &members, action, actor)?;
        }
        return Ok(());
    }
}
