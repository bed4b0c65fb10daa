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
    /// When it can be reached next, if it cannot now.
    pub opens_at: Option<DateTime<Utc>>,
}

/// What a list of the directory is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// By what the database knows.
    pub query: AgencyQuery,
    /// Whether somebody can be reached now; hours that nobody has told are neither.
    pub open_now: Option<bool>,
    /// Words of the name, however they are written.
    pub words: Option<String>,
}

/// How many agencies are read at once when more must be known of them than the database can say.
const BATCH: u32 = 200;

/// A page of the directory.
///
/// # Errors
/// The store's.
pub async fn list(engine: &Engine, filter: &Filter) -> Result<Listed, AppError> {
    let now = engine.now();
    let narrowed = filter.open_now.is_some() || filter.words.is_some();
    let mut query = filter.query.clone();
    if narrowed {
        query.limit = BATCH;
    }
    let wanted = usize::try_from(filter.query.limit).unwrap_or(usize::MAX);
    let mut entries: Vec<Entry> = Vec::new();
    let next = loop {
        let page = agencies::list(&engine.db, &query).await?;
        let fitting = page.items.into_iter().map(|agency| Entry::new(agency, now));
        entries.extend(fitting.filter(|entry| filter.admits(entry)));
        if entries.len() > wanted {
            entries.truncate(wanted);
            break entries.last().map(|entry| entry.agency.slug.clone());
        }
        match page.next {
            Some(next) if narrowed => query.after = Some(next),
            next => break next,
        }
    };
    let names = Names::load(&engine.db, entries.iter().filter_map(|entry| entry.agency.parent), []).await?;
    Ok(Listed { entries, next, names })
}

impl Filter {
    /// What the database cannot say: hours follow from a calendar, and letters from two alphabets of case.
    fn admits(&self, entry: &Entry) -> bool {
        let open = self.open_now.is_none_or(|wanted| entry.open_now == Some(wanted));
        let text = format!("{} {}", entry.agency.name, entry.agency.slug).to_lowercase();
        let said = self.words.as_deref().unwrap_or_default().to_lowercase();
        open && said.split_whitespace().all(|word| text.contains(word))
    }
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
        let hours = Self::hours_of(&agency);
        let open_now = hours.as_ref().map(|hours| agency.active && hours.is_open(now));
        let closed = hours.as_ref().filter(|_| agency.active && open_now == Some(false));
        let opens_at = closed.and_then(|hours| hours.next_opening(now));
        Self {
            agency,
            hours,
            open_now,
            opens_at,
        }
    }

    /// When an agency can be reached, if that is known.
    #[must_use]
    pub fn hours_of(agency: &Agency) -> Option<OpeningHours> {
        agency.hours()
    }
}
