//! Notices that have not arrived: who sees them, who takes them, and how they are sent again.

use serde_json::json;
use stafett_store::incidents::{self, Incident, Place, Taken, Which};
use stafett_store::{Page, Tx, audit, outbox};
use stafett_workflow::Refusal;
use stafett_workflow::agency::AgencyId;
use stafett_workflow::policy::Scope;
use uuid::Uuid;

use super::AppError;
use super::engine::Engine;
use super::referrals::Asker;
use super::referrals::view::Names;

/// A page of incidents with what their agencies and people are called.
pub type Listed = (Page<Incident, Place>, Names);

/// Those that concern the agencies within `scope`, the newest first.
///
/// # Errors
/// The store's.
pub async fn list(
    engine: &Engine,
    scope: &Scope,
    which: Which,
    after: Option<Place>,
    limit: u32,
) -> Result<Listed, AppError> {
    let page = incidents::list(&engine.db, scope, which, after, limit).await?;
    let names = names(engine, &page.items).await?;
    Ok((page, names))
}

/// One of them.
///
/// # Errors
/// Hidden; the store's.
pub async fn read(engine: &Engine, scope: &Scope, id: Uuid) -> Result<(Incident, Names), AppError> {
    let found = incidents::find(&engine.db, scope, id).await?;
    let incident = found.ok_or_else(Refusal::not_found)?;
    let names = names(engine, std::slice::from_ref(&incident)).await?;
    Ok((incident, names))
}

/// Somebody takes it: they see to it that whoever it was for is told. Nobody else is reminded from now on.
///
/// # Errors
/// Hidden; [`AppError::InHand`] when somebody else was faster; the store's.
pub async fn take(engine: &Engine, asker: Asker<'_>, scope: &Scope, id: Uuid) -> Result<(Incident, Names), AppError> {
    let tx = engine.db.write_tx().await?;
    let incident = incidents::find(&tx, scope, id).await?.ok_or_else(Refusal::not_found)?;
    let agency = side(scope, &incident).ok_or_else(Refusal::not_found)?;
    let user = asker.actor.user;
    // Whoever asks again has what they asked for.
    let is_theirs = incident.taken.is_some_and(|taken| taken.by == user) && incident.closed_at.is_none();
    if !is_theirs {
        let taken = Taken {
            by: user,
            agency,
            at: engine.now(),
        };
        if !incidents::take(&tx, &incident, taken).await? {
            return Err(AppError::InHand);
        }
        note(engine, &tx, asker, agency, "incident-taken", &incident).await?;
    }
    tx.commit().await?;
    read(engine, scope, id).await
}

/// Sends the mail again, for instance once its address has been corrected. What is being tried anyway is tried on.
///
/// # Errors
/// Hidden; [`AppError::InHand`] when there is nothing to send again; the store's.
pub async fn retry(engine: &Engine, asker: Asker<'_>, scope: &Scope, id: Uuid) -> Result<(Incident, Names), AppError> {
    let tx = engine.db.write_tx().await?;
    let incident = incidents::find(&tx, scope, id).await?.ok_or_else(Refusal::not_found)?;
    let agency = side(scope, &incident).ok_or_else(Refusal::not_found)?;
    if !outbox::revive(&tx, incident.id, engine.now()).await? {
        return Err(AppError::InHand);
    }
    note(engine, &tx, asker, agency, "notice-revived", &incident).await?;
    tx.commit().await?;
    engine.bell.mail.ring();
    read(engine, scope, id).await
}

/// For which of the asker's agencies: the one that it was for, else the other side.
fn side(scope: &Scope, incident: &Incident) -> Option<AgencyId> {
    let own = |agency: &AgencyId| scope.agencies().contains(agency);
    std::iter::once(incident.agency).chain(incident.other).find(own)
}

async fn note(
    engine: &Engine,
    tx: &Tx,
    asker: Asker<'_>,
    agency: AgencyId,
    action: &str,
    incident: &Incident,
) -> Result<(), AppError> {
    let entry = audit::Entry {
        at: engine.now(),
        actor: Some(asker.actor.user),
        agency: Some(agency),
        role: None,
        action,
        object_kind: "notice",
        object: Some(incident.id),
        request_id: asker.request_id,
        body: json!({ "reason": incident.reason.as_str(), "round": incident.round }),
    };
    Ok(audit::record(tx, &entry).await?)
}

async fn names(engine: &Engine, incidents: &[Incident]) -> Result<Names, AppError> {
    let agencies = incidents.iter().flat_map(|incident| {
        let taken = incident.taken.map(|taken| taken.agency);
        std::iter::once(incident.agency).chain(incident.other).chain(taken)
    });
    let people = incidents.iter().filter_map(|incident| Some(incident.taken?.by));
    Ok(Names::load(&engine.db, agencies, people).await?)
}
