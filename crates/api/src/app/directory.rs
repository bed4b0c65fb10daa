//! The directory: who there is, what they offer, and whether they are open. It tells nothing about any youth.

use chrono::{DateTime, Utc};
use stafett_store::agencies::{self, Agency, AgencyQuery, Service};
use stafett_store::{Handle, Page};
use stafett_workflow::Refusal;
use stafett_workflow::calendar::OpeningHours;
use uuid::Uuid;

use super::AppError;
use super::engine::Engine;
use super::referrals::view::Names;

/// A part of the directory.
#[derive(Debug)]
pub struct Listed {
    /// The agencies.
    pub entries: Vec<Entry>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// What the agencies are called that these are units of.
    pub names: Names,
}

/// An agency as the directory shows it.
#[derive(Debug)]
pub struct Entry {
    /// The agency.
    pub agency: Agency,
    /// When it can be reached, if that is known.
    pub hours: Option<OpeningHours>,
    /// Whether it can be reached now; unknown without hours.
    pub open_now: Option<bool>,
}

/// A page of the directory.
///
/// # Errors
/// The store's.
pub async fn list(engine: &Engine, query: &AgencyQuery) -> Result<Listed, AppError> {
    let page = agencies::list(&engine.db, query).await?;
    let names = Names::load(&engine.db, page.items.iter().filter_map(|agency| agency.parent), []).await?;
    let now = engine.now();
    let entries = page.items.into_iter().map(|agency| Entry::new(agency, now)).collect();
    Ok(Listed {
        entries,
        next: page.next,
        names,
    })
}

/// One agency, by its slug or its id, with what it is a unit of.
///
/// # Errors
/// Hidden, when there is none; the store's.
pub async fn find(engine: &Engine, name: &str) -> Result<(Entry, Names), AppError> {
    let agency = by_name(&engine.db, name).await?;
    let names = Names::load(&engine.db, agency.parent, []).await?;
    Ok((Entry::new(agency, engine.now()), names))
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
    /// The agency as the directory shows it at a time.
    #[must_use]
    pub fn new(agency: Agency, now: DateTime<Utc>) -> Self {
        let hours = agency.opening_hours.as_ref().and_then(|stored| {
            let hours = serde_json::from_value::<OpeningHours>(stored.clone());
            if hours.is_err() {
                // Hours that cannot be read are unknown hours; the agency itself must still be found.
                tracing::warn!(agency.id = %agency.id, "opening hours cannot be understood");
            }
            hours.ok()
        });
        let open_now = hours.as_ref().map(|hours| agency.active && hours.is_open(now));
        Self {
            agency,
            hours,
            open_now,
        }
    }
}
