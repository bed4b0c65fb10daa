//! The directory: who there is, what they offer, and whether they are open. It tells nothing about any youth.

use chrono::{DateTime, Utc};
use stafett_store::agencies::{self, Agency, AgencyName, AgencyQuery, Service};
use stafett_store::{Handle, Page};
use stafett_workflow::Refusal;
use stafett_workflow::calendar::OpeningHours;
use stafett_workflow::vocabulary::Code;
use uuid::Uuid;

use super::AppError;
use super::engine::Engine;

/// An agency as the directory shows it.
#[derive(Debug)]
pub struct Entry {
    /// The agency.
    pub agency: Agency,
    /// What it is a unit of.
    pub parent: Option<AgencyName>,
    /// When it can be reached, if that is known.
    pub hours: Option<OpeningHours>,
    /// Whether it can be reached now; unknown without hours.
    pub open_now: Option<bool>,
}

/// A page of the directory.
///
/// # Errors
/// The store's.
pub async fn list(engine: &Engine, query: &AgencyQuery) -> Result<Page<Entry, String>, AppError> {
    let page = agencies::list(&engine.db, query).await?;
    let parents = agencies::names(&engine.db, page.items.iter().filter_map(|agency| agency.parent)).await?;
    let now = engine.now();
    Ok(page.map(|agency| {
        let parent = agency.parent.and_then(|parent| parents.get(&parent).cloned());
        Entry::new(agency, parent, now)
    }))
}

/// One agency, by its slug or its id.
///
/// # Errors
/// Hidden, when there is none; the store's.
pub async fn find(engine: &Engine, name: &str) -> Result<Entry, AppError> {
    let agency = by_name(&engine.db, name).await?;
    let parent = agencies::names(&engine.db, agency.parent).await?.into_values().next();
    Ok(Entry::new(agency, parent, engine.now()))
}

/// Where a list of services goes on: after this need's code and this service.
pub type ServicePosition = (String, Uuid);

/// A page of what an agency offers, in the order of the needs' codes.
///
/// # Errors
/// Hidden, when there is no such agency; the store's.
pub async fn services(
    engine: &Engine,
    name: &str,
    after: Option<&ServicePosition>,
    limit: usize,
) -> Result<Page<Service, ServicePosition>, AppError> {
    let agency = by_name(&engine.db, name).await?;
    let position = |service: &Service| (service.need.as_str().to_owned(), service.id);
    let mut services = agencies::services(&engine.db, agency.id).await?;
    services.retain(|service| after.is_none_or(|after| position(service) > *after));
    // Nobody offers so much that it is worth a query of its own for each page.
    let more = services.len() > limit;
    services.truncate(limit);
    let next = services.last().filter(|_| more).map(position);
    Ok(Page { items: services, next })
}

async fn by_name(on: &impl Handle, name: &str) -> Result<Agency, AppError> {
    Ok(agencies::find(on, name).await?.ok_or_else(Refusal::not_found)?)
}

impl Entry {
    fn new(agency: Agency, parent: Option<AgencyName>, now: DateTime<Utc>) -> Self {
        let hours = agency.opening_hours.as_ref().and_then(|stored| {
            let hours = serde_json::from_value::<OpeningHours>(stored.clone());
            if hours.is_err() {
                // Hours that cannot be read are unknown hours; the agency itself must still be found.
                tracing::warn!(agency.id = %agency.id, "opening hours cannot be understood");
            }
            hours.ok()
        });
        let open_now = hours.as_ref().map(|hours| agency.active && hours.is_open(now));
        Self { agency, parent, hours, open_now }
    }
}
