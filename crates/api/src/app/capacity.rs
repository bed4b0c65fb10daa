//! What a unit says of its capacity.

use chrono::{DateTime, Utc};
use serde_json::json;
use stafett_store::capacity::{self, Reported};
use stafett_store::{agencies, audit};
use stafett_workflow::Refusal;
use stafett_workflow::agency::AgencyId;
use stafett_workflow::policy::Scope;
use stafett_workflow::refusal::Rule;
use stafett_workflow::routing::Capacity;

use super::engine::Engine;
use super::referrals::Asker;
use super::{AppError, Precondition};

/// What an agency has said, and how old that is.
#[derive(Debug)]
pub struct Told {
    /// Which agency.
    pub agency: AgencyId,
    /// Its short name.
    pub slug: String,
    /// What counts, and the version.
    pub reported: Reported,
    /// Now.
    pub now: DateTime<Utc>,
}

/// What an agency has said.
///
/// # Errors
/// Hidden, when there is no such agency; the store's.
pub async fn read(engine: &Engine, name: &str) -> Result<Told, AppError> {
    let agency = agencies::find(&engine.db, name).await?.ok_or_else(Refusal::not_found)?;
    Ok(Told {
        reported: capacity::of(&engine.db, agency.id).await?,
        agency: agency.id,
        slug: agency.slug,
        now: engine.now(),
    })
}

/// Whether somebody may report for an agency in the version that they know: all that can be refused before the report itself.
///
/// # Errors
/// Hidden, stale, not theirs; the store's.
pub async fn precheck(engine: &Engine, name: &str, scope: &Scope, version: &Precondition) -> Result<Told, AppError> {
    let told = read(engine, name).await?;
    version.check_at(place(&told.slug), told.reported.version)?;
    if scope.agencies().contains(&told.agency) {
        return Ok(told);
    }
    Err(Refusal::new(
        Rule::NotYours,
        "Bare de som jobber i enheten kan si fra om kapasiteten.",
        "Only those who work in the agency can report its capacity.",
    )
    .into())
}

/// Stores a report.
///
/// # Errors
/// Those of [`precheck`]; stale, when somebody was faster.
pub async fn report(
    engine: &Engine,
    asker: Asker<'_>,
    name: &str,
    scope: &Scope,
    version: &Precondition,
    report: Capacity,
) -> Result<Told, AppError> {
    let told = precheck(engine, name, scope, version).await?;
    let tx = engine.db.write_tx().await?;
    if !capacity::add(&tx, told.agency, told.reported.version, asker.actor.user, &report).await? {
        tx.rollback().await?;
        let current = capacity::of(&engine.db, told.agency).await?.version;
        return Err(AppError::StaleAt {
            place: place(&told.slug),
            current,
        });
    }
    let entry = audit::Entry {
        at: report.reported_at,
        actor: Some(asker.actor.user),
        agency: Some(told.agency),
        role: None,
        action: "report-capacity",
        object_kind: "agency",
        object: Some(told.agency.0),
        request_id: asker.request_id,
        body: json!({ "need": report.need, "status": report.status, "version": told.reported.version + 1 }),
    };
    audit::record(&tx, &entry).await?;
    tx.commit().await?;
    read(engine, name).await
}

fn place(slug: &str) -> String {
    format!("agencies/{slug}/capacity")
}
