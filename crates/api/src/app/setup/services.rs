//! What an agency offers. A change of it is a change of the agency, whose version it raises.

use serde_json::json;
use stafett_store::Tx;
use stafett_store::agencies::{self as directory, Agency, Service};
use stafett_store::idempotency::Answer;
use stafett_workflow::Refusal;
use stafett_workflow::person::{check_line, check_text};
use stafett_workflow::policy::Operation;
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::{Need, Text};
use uuid::Uuid;

use super::{Authority, Note, Right, admitted, all_right, save};
use crate::app::engine::Engine;
use crate::app::referrals::{Answered, Repeatable, claim, keep, replayed};
use crate::app::{AppError, Precondition};

const LONGEST_TITLE: usize = 200;
const LONGEST_DESCRIPTION: usize = 2_000;

/// A change: `None` leaves as it is, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct ServicePatch {
    /// Which need it meets.
    pub need: Option<Need>,
    /// What it is called.
    pub title: Option<Text>,
    /// What it is.
    pub description: Option<Option<Text>>,
    /// From which age.
    pub min_age: Option<Option<u8>>,
    /// Up to which age.
    pub max_age: Option<Option<u8>>,
}

/// A service with the agency as it now stands.
pub type Offered = (Agency, Service);

/// Writes the answer out, so that it can be kept in the same transaction.
pub type Render<'a> = &'a (dyn Fn(&Offered) -> Answer + Sync);

/// Adds a service.
///
/// # Errors
/// Hidden, denied; the fields at fault; the errors of an idempotency key; the store's.
pub async fn add(
    engine: &Engine,
    authority: Authority<'_>,
    agency: &str,
    (need, title): (Need, Text),
    patch: ServicePatch,
    repeatable: Option<&Repeatable<'_>>,
    render: Render<'_>,
) -> Result<Answered<Offered>, AppError> {
    let tx = engine.db.write_tx().await?;
    let claimed = match authority {
        Authority::Operator => None,
        Authority::Person(asker) => match claim(&tx, engine, asker, repeatable).await? {
            Ok(claimed) => claimed,
            Err(answer) => return replayed(tx, answer).await,
        },
    };
    let (mut agency, right) = admitted(&tx, authority, Operation::SetUpAgency, agency, None).await?;
    let new = Service {
        id: Uuid::now_v7(),
        need,
        title,
        min_age: None,
        max_age: None,
        description: None,
    };
    let service = patch.apply(new)?;
    directory::insert_service(&tx, agency.id, &service).await?;
    save(&tx, &mut agency, engine.now()).await?;
    note(&tx, authority, right, "service-added", &agency, &service).await?;
    let offered = (agency, service);
    keep(&tx, engine, claimed, None, || render(&offered)).await?;
    tx.commit().await?;
    Ok(Answered::Now(offered))
}

/// Changes a service.
///
/// # Errors
/// Hidden, stale, denied; the fields at fault; the store's.
pub async fn change(
    engine: &Engine,
    authority: Authority<'_>,
    (agency, service): (&str, Uuid),
    precondition: &Precondition,
    patch: ServicePatch,
) -> Result<Offered, AppError> {
    let tx = engine.db.write_tx().await?;
    let (mut agency, right, service) = found(&tx, authority, (agency, service), precondition).await?;
    let service = patch.apply(service)?;
    directory::delete_service(&tx, agency.id, service.id).await?;
    directory::insert_service(&tx, agency.id, &service).await?;
    save(&tx, &mut agency, engine.now()).await?;
    note(&tx, authority, right, "service-changed", &agency, &service).await?;
    tx.commit().await?;
    Ok((agency, service))
}

/// Takes a service away. Referrals name needs, never services, so nothing is left dangling.
///
/// # Errors
/// Hidden, stale, denied; the store's.
pub async fn delete(
    engine: &Engine,
    authority: Authority<'_>,
    (agency, service): (&str, Uuid),
    precondition: &Precondition,
) -> Result<Agency, AppError> {
    let tx = engine.db.write_tx().await?;
    let (mut agency, right, service) = found(&tx, authority, (agency, service), precondition).await?;
    directory::delete_service(&tx, agency.id, service.id).await?;
    save(&tx, &mut agency, engine.now()).await?;
    note(&tx, authority, right, "service-deleted", &agency, &service).await?;
    tx.commit().await?;
    Ok(agency)
}

async fn found(
    tx: &Tx,
    authority: Authority<'_>,
    (agency, service): (&str, Uuid),
    precondition: &Precondition,
) -> Result<(Agency, Right, Service), AppError> {
    let agency = super::named(tx, agency).await?;
    let services = directory::services(tx, agency.id).await?;
    let service = services.into_iter().find(|known| known.id == service);
    let service = service.ok_or_else(Refusal::not_found)?;
    precondition.check_at(super::place_of(&agency), agency.version)?;
    let right = authority.over(Operation::SetUpAgency, &agency)?;
    Ok((agency, right, service))
}

async fn note(
    tx: &Tx,
    authority: Authority<'_>,
    right: Right,
    action: &str,
    agency: &Agency,
    service: &Service,
) -> Result<(), AppError> {
    let note = Note {
        action,
        kind: "service",
        object: service.id,
        agency,
        body: json!({ "version": agency.version, "need": service.need }),
    };
    authority.note(tx, right, note, agency.updated_at).await
}

impl ServicePatch {
    fn apply(self, service: Service) -> Result<Service, AppError> {
        let service = Service {
            id: service.id,
            need: self.need.unwrap_or(service.need),
            title: self.title.unwrap_or(service.title),
            description: self.description.unwrap_or(service.description),
            min_age: self.min_age.unwrap_or(service.min_age),
            max_age: self.max_age.unwrap_or(service.max_age),
        };
        let mut faults = Vec::new();
        faults.extend(check_line("/title/nb", &service.title.nb, LONGEST_TITLE));
        faults.extend(check_line("/title/en", &service.title.en, LONGEST_TITLE));
        if let Some(description) = &service.description {
            faults.extend(check_text("/description/nb", &description.nb, LONGEST_DESCRIPTION));
            faults.extend(check_text("/description/en", &description.en, LONGEST_DESCRIPTION));
        }
        if let (Some(min), Some(max)) = (service.min_age, service.max_age)
            && min > max
        {
            faults.push(FieldError::new(
                "/maxAge",
                "out-of-range",
                "Tilbudet er for ingen: øvre alder er under nedre.",
                "The service is for nobody: the upper age is below the lower.",
            ));
        }
        all_right(faults)?;
        Ok(service)
    }
}
