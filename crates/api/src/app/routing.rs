//! Who to send to. Nothing here knows whom it is about.

use std::collections::BTreeMap;

use stafett_store::agencies::{Agency, Service};
use stafett_store::capacity::Reported;
use stafett_store::{Handle, agencies, agreements, capacity, settings};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::agreement::Agreement;
use stafett_workflow::calendar::{Calendar, local_date};
use stafett_workflow::definition::Library;
use stafett_workflow::disclosure;
use stafett_workflow::policy::Actor;
use stafett_workflow::refusal::{FieldError, Refusal};
use stafett_workflow::routing::{Answer, Directory, Offer, Question, Sender, Totality, Unit, World, suggest, totality};
use stafett_workflow::vocabulary::AgencyKind;

use super::AppError;
use super::directory::Entry;
use super::engine::{Engine, Routing};

/// Who asks, as a caller says it.
#[derive(Debug, Clone)]
pub enum Asking {
    /// One of the agencies, by slug or id.
    Agency(String),
    /// Some agency of a kind.
    Kind(AgencyKind),
    /// The caller's own, the first by its slug in which they do casework; outreach when there is none.
    Mine,
}

/// Answers a question; the sender in it is filled in by `asking`.
///
/// # Errors
/// An unknown agency or workflow; the store's.
pub async fn ask(engine: &Engine, actor: &Actor, asking: &Asking, mut question: Question) -> Result<Answer, AppError> {
    let listed = agencies::with_services(&engine.db).await?;
    question.sender = sender(actor, asking, &listed)?;
    if let Some(workflow) = &question.workflow
        && engine.library.newest(workflow).is_none()
    {
        return Err(Refusal::of_fields(vec![unknown_workflow(&engine.library)]).into());
    }
    let directory = directory_of(
        listed,
        capacity::all(&engine.db).await?,
        &settings::out_of_hours(&engine.db).await?,
    );
    // What others have agreed does not exist for whoever works in neither.
    let own = |agency: &AgencyId| actor.agencies().contains(agency);
    let agreed = match question.sender.agency.filter(own) {
        Some(sender) => agreements::approved_of_sender(&engine.db, sender).await?,
        None => Vec::new(),
    };
    let world = world(
        &engine.routing,
        &directory,
        &engine.library,
        &engine.disclosure,
        engine.calendar,
        &agreed,
    );
    Ok(suggest(&world, &question))
}

/// Who is left out by the table in force, with the directory of now.
///
/// # Errors
/// The store's.
pub async fn gaps(engine: &Engine) -> Result<Totality, AppError> {
    let directory = directory(&engine.db).await?;
    Ok(totality(&engine.routing.table, &directory, local_date(engine.now())))
}

/// The agencies that take part, as the router must know them.
///
/// # Errors
/// The store's.
pub async fn directory(on: &impl Handle) -> Result<Directory, AppError> {
    Ok(directory_of(
        agencies::with_services(on).await?,
        capacity::all(on).await?,
        &settings::out_of_hours(on).await?,
    ))
}

/// What a question is asked in.
#[must_use]
pub fn world<'a>(
    routing: &'a Routing,
    directory: &'a Directory,
    library: &'a Library,
    disclosure: &'a disclosure::Table,
    calendar: Calendar,
    agreements: &'a [Agreement],
) -> World<'a> {
    World {
        table: &routing.table,
        directory,
        library,
        disclosure,
        calendar,
        agreements,
        capacity_holds: routing.capacity_holds,
    }
}

fn directory_of(
    listed: Vec<(Agency, Vec<Service>)>,
    mut reported: BTreeMap<AgencyId, Reported>,
    out_of_hours: &BTreeMap<AgencyId, AgencyId>,
) -> Directory {
    let units = listed.into_iter().map(|(agency, services)| {
        let capacity = reported.remove(&agency.id).unwrap_or_default().newest;
        Unit {
            id: agency.id,
            hours: Entry::hours_of(&agency),
            out_of_hours: out_of_hours.get(&agency.id).copied(),
            slug: agency.slug,
            name: agency.name,
            kind: agency.kind,
            public_tasks: agency.public_tasks,
            municipality: agency.municipality,
            district: agency.district,
            also_serves: agency.also_serves,
            offers: services.into_iter().map(offer).collect(),
            capacity,
        }
    });
    Directory::new(units.collect())
}

fn offer(service: Service) -> Offer {
    Offer {
        need: service.need,
        title: service.title,
        min_age: service.min_age,
        max_age: service.max_age,
    }
}

fn sender(actor: &Actor, asking: &Asking, listed: &[(Agency, Vec<Service>)]) -> Result<Sender, AppError> {
    let known = |agency: &Agency| Sender {
        kind: agency.kind,
        public_tasks: agency.public_tasks,
        agency: Some(agency.id),
    };
    let some = |kind| Sender {
        kind,
        public_tasks: false,
        agency: None,
    };
    let agencies = || listed.iter().map(|(agency, _)| agency);
    match asking {
        Asking::Kind(kind) => Ok(some(*kind)),
        Asking::Mine => Ok(agencies()
            .find(|agency| actor.does_casework_in(agency.id))
            .map_or_else(|| some(AgencyKind::Outreach), known)),
        Asking::Agency(name) => {
            let named = agencies().find(|agency| agency.slug == *name || agency.id.0.to_string() == *name);
            named.map(known).ok_or_else(|| {
                Refusal::of_fields(vec![FieldError::new(
                    "/sender",
                    "unknown-agency",
                    "Enheten finnes ikke. Velg en fra katalogen.",
                    "There is no such agency. Choose one from the directory.",
                )])
                .into()
            })
        }
    }
}

fn unknown_workflow(library: &Library) -> FieldError {
    let mut titles: Vec<_> = library.iter().map(|definition| definition.key.id.as_str()).collect();
    titles.dedup();
    let known = titles.join(", ");
    FieldError::new(
        "/workflow",
        "unknown-workflow",
        format!("Arbeidsflyten finnes ikke. Disse finnes: {known}."),
        format!("There is no such workflow. These exist: {known}."),
    )
}
