//! The directory: agencies, their units and what they offer. It tells nothing about any youth, so whoever has signed in
//! may read it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, Condition, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde_json::Value;
use stafett_workflow::agency::{Agencies, AgencyFacts, AgencyId};
use stafett_workflow::calendar::OpeningHours;
use stafett_workflow::disclosure::Party;
use stafett_workflow::vocabulary::{AgencyKind, Language, Need, Text};
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::{agency, agency_area, service};
use crate::error::StoreError;
use crate::map;
use crate::page::Page;

/// An agency or a unit of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Agency {
    /// Its id.
    pub id: AgencyId,
    /// Its short name in addresses, kebab-case, unique.
    pub slug: String,
    /// Its own name.
    pub name: String,
    /// What kind it is.
    pub kind: AgencyKind,
    /// Its organisation number.
    pub orgnr: Option<String>,
    /// The agency that it is a unit of. It shares nothing but the name.
    pub parent: Option<AgencyId>,
    /// The municipality that it serves, as four digits.
    pub municipality: Option<String>,
    /// The district that it serves, as six digits.
    pub district: Option<String>,
    /// What else it serves, in order: districts, as six digits, and whole municipalities, as four.
    pub also_serves: Vec<String>,
    /// Whether it carries out tasks for a public body.
    pub public_tasks: bool,
    /// The language of its mails.
    pub language: Language,
    /// Where its mails go.
    pub mailbox: Option<String>,
    /// Its telephone.
    pub phone: Option<String>,
    /// When it is open, in the form of the API.
    pub opening_hours: Option<Value>,
    /// Whether it takes part now.
    pub active: bool,
    /// Counts changes, from 1; the ETag.
    pub version: u32,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

impl Agency {
    /// What the relay must know of it.
    #[must_use]
    pub fn facts(&self) -> AgencyFacts {
        AgencyFacts {
            id: self.id,
            slug: self.slug.clone(),
            kind: self.kind,
            public_tasks: self.public_tasks,
            active: self.active,
            hours: self.hours(),
        }
    }

    /// When it is open, if it says so in a form that can be read.
    #[must_use]
    pub fn hours(&self) -> Option<OpeningHours> {
        readable(self.id, self.opening_hours.clone())
    }
}

/// Something that an agency offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its id.
    pub id: Uuid,
    /// Which need it meets.
    pub need: Need,
    /// What it is called.
    pub title: Text,
    /// From which age, in whole years.
    pub min_age: Option<u8>,
    /// Up to and including which age.
    pub max_age: Option<u8>,
    /// What it is.
    pub description: Option<Text>,
}

/// How an agency is called in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyName {
    /// Its id.
    pub id: AgencyId,
    /// Its short name.
    pub slug: String,
    /// Its own name.
    pub name: String,
    /// What decides what it may be told; of a kind that this program does not know, nothing.
    pub party: Option<Party>,
}

/// Which agencies to list, in the order of their slugs.
#[derive(Debug, Clone, Default)]
pub struct AgencyQuery {
    /// Of one kind.
    pub kind: Option<AgencyKind>,
    /// Serving one municipality.
    pub municipality: Option<String>,
    /// Serving one district.
    pub district: Option<String>,
    /// Taking part now, or not.
    pub active: Option<bool>,
    /// Offering help with one need.
    pub need: Option<Need>,
    /// Offering something to somebody of this age, in whole years; with a need, against that.
    pub age: Option<u8>,
    /// Those after this slug.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// One agency, by its id or its slug.
///
/// # Errors
/// When the database does not answer.
pub async fn find(on: &impl Handle, name: &str) -> Result<Option<Agency>, StoreError> {
    if !map::is_name(name) {
        return Ok(None);
    }
    let row = by_name(name).one(&on.executor()).await?;
    Ok(with_areas(on, row.into_iter().collect()).await?.pop())
}

/// The agencies of these rows with what else they serve, in one query however many there are.
async fn with_areas(on: &impl Handle, rows: Vec<agency::Model>) -> Result<Vec<Agency>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let areas = agency_area::Entity::find()
        .filter(agency_area::Column::AgencyId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(agency_area::Column::Area)
        .all(&on.executor())
        .await?;
    let mut also: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for row in areas {
        also.entry(row.agency_id).or_default().push(row.area);
    }
    rows.into_iter()
        .map(|row| {
            let also_serves = also.remove(&row.id).unwrap_or_default();
            Ok(Agency {
                also_serves,
                ..Agency::try_from(row)?
            })
        })
        .collect()
}

fn by_name(name: &str) -> Select<agency::Entity> {
    match Uuid::parse_str(name) {
        Ok(id) => agency::Entity::find_by_id(id),
        Err(_not_an_id) => agency::Entity::find().filter(agency::Column::Slug.eq(name)),
    }
}

/// Keeps one agency as it is until the transaction ends, for whoever is about to change it or its people: whoever else wants
/// to, or is about to give it something, waits, and then sees what has been stored. To be called before anything is read.
///
/// # Errors
/// [`StoreError::Busy`] when another takes too long.
pub async fn lock(tx: &Tx, name: &str) -> Result<(), StoreError> {
    // On SQLite the transaction has the whole database to itself already.
    if tx.backend() == DbBackend::Postgres && map::is_name(name) {
        // Not the stronger lock, which would also hold up every new row that only names the agency.
        let query = by_name(name).lock(LockType::NoKeyUpdate);
        query.one(&tx.executor()).await?;
    }
    Ok(())
}

/// A page of the directory.
///
/// # Errors
/// When the database does not answer.
pub async fn list(on: &impl Handle, query: &AgencyQuery) -> Result<Page<Agency, String>, StoreError> {
    let mut select = agency::Entity::find()
        .order_by_asc(agency::Column::Slug)
        .limit(u64::from(query.limit) + 1);
    if let Some(kind) = query.kind {
        select = select.filter(agency::Column::Kind.eq(kind.as_str()));
    }
    let also = |area: Expr| {
        let serving = agency_area::Entity::find()
            .select_only()
            .column(agency_area::Column::AgencyId)
            .filter(area);
        agency::Column::Id.in_subquery(sea_orm::QueryTrait::into_query(serving))
    };
    if let Some(municipality) = &query.municipality {
        // Whoever serves a district of it serves somebody in it.
        let within = agency_area::Column::Area.starts_with(municipality);
        let own = agency::Column::Municipality.eq(municipality);
        select = select.filter(Condition::any().add(own).add(also(within)));
    }
    if let Some(district) = &query.district {
        let own = agency::Column::District.eq(district);
        let named = agency_area::Column::Area.eq(district);
        select = select.filter(Condition::any().add(own).add(also(named)));
    }
    if let Some(active) = query.active {
        select = select.filter(agency::Column::Active.eq(active));
    }
    if query.need.is_some() || query.age.is_some() {
        let mut offering = service::Entity::find().select_only().column(service::Column::AgencyId);
        if let Some(need) = query.need {
            offering = offering.filter(service::Column::Need.eq(need.as_str()));
        }
        if let Some(age) = query.age.map(i32::from) {
            let (from, to) = (service::Column::MinAge, service::Column::MaxAge);
            offering = offering
                .filter(Condition::any().add(from.is_null()).add(from.lte(age)))
                .filter(Condition::any().add(to.is_null()).add(to.gte(age)));
        }
        select = select.filter(agency::Column::Id.in_subquery(sea_orm::QueryTrait::into_query(offering)));
    }
    if let Some(after) = &query.after {
        select = select.filter(agency::Column::Slug.gt(after));
    }
    let rows = select.all(&on.executor()).await?;
    let agencies = with_areas(on, rows).await?;
    Ok(Page::cut(agencies, query.limit, |last| last.slug.clone()))
}

/// What an agency offers, in the order of the needs' codes.
///
/// # Errors
/// When the database does not answer.
pub async fn services(on: &impl Handle, id: AgencyId) -> Result<Vec<Service>, StoreError> {
    let rows = service::Entity::find()
        .filter(service::Column::AgencyId.eq(id.0))
        .order_by_asc(service::Column::Need)
        .order_by_asc(service::Column::Id)
        .all(&on.executor())
        .await?;
    rows.into_iter().map(Service::try_from).collect()
}

/// Every agency that takes part, with what it offers: what routing asks.
///
/// # Errors
/// When the database does not answer.
pub async fn with_services(on: &impl Handle) -> Result<Vec<(Agency, Vec<Service>)>, StoreError> {
    let agencies = agency::Entity::find()
        .filter(agency::Column::Active.eq(true))
        .order_by_asc(agency::Column::Slug)
        .all(&on.executor())
        .await?;
    let rows = service::Entity::find()
        .order_by_asc(service::Column::Need)
        .order_by_asc(service::Column::Id)
        .all(&on.executor())
        .await?;
    let mut services: BTreeMap<Uuid, Vec<Service>> = BTreeMap::new();
    for row in rows {
        services.entry(row.agency_id).or_default().push(Service::try_from(row)?);
    }
    let with_services = |agency: Agency| {
        let services = services.remove(&agency.id.0).unwrap_or_default();
        (agency, services)
    };
    Ok(with_areas(on, agencies).await?.into_iter().map(with_services).collect())
}

/// The facts that one decision needs: of the agencies with these ids, and of those that the caller named by slug or id.
/// A name that nobody has is simply not there.
///
/// # Errors
/// When the database does not answer.
pub async fn facts(on: &impl Handle, ids: &[AgencyId], names: &[&str]) -> Result<Agencies, StoreError> {
    told(concerned(ids, names).all(&on.executor()).await?)
}

/// The same for a decision that may give one of them something: none of them is closed before the transaction ends.
///
/// # Errors
/// As for [`facts`]; [`StoreError::Busy`] when another takes too long.
pub async fn hold(tx: &Tx, ids: &[AgencyId], names: &[&str]) -> Result<Agencies, StoreError> {
    let query = concerned(ids, names);
    let query = match tx.backend() {
        DbBackend::Postgres => query.lock_shared(),
        // The transaction has the whole database to itself already.
        _ => query,
    };
    told(query.all(&tx.executor()).await?)
}

fn concerned(ids: &[AgencyId], names: &[&str]) -> Select<agency::Entity> {
    let names: Vec<&str> = names.iter().copied().filter(|name| map::is_name(name)).collect();
    let named_ids = names.iter().filter_map(|name| Uuid::parse_str(name).ok());
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).chain(named_ids).collect();
    agency::Entity::find()
        .filter(
            Condition::any()
                .add(agency::Column::Id.is_in(ids))
                .add(agency::Column::Slug.is_in(names)),
        )
        // Whoever holds several takes them in the same order as everybody else.
        .order_by_asc(agency::Column::Id)
}

fn told(rows: Vec<agency::Model>) -> Result<Agencies, StoreError> {
    let facts = rows
        .into_iter()
        .map(|row| Ok(Agency::try_from(row)?.facts()))
        .collect::<Result<_, StoreError>>()?;
    Ok(Agencies::new(facts))
}

/// How these agencies are called.
///
/// # Errors
/// When the database does not answer.
pub async fn names(
    on: &impl Handle,
    ids: impl IntoIterator<Item = AgencyId>,
) -> Result<BTreeMap<AgencyId, AgencyName>, StoreError> {
    Ok(names_and_hours(on, ids).await?.0)
}

/// How these agencies are called, and when they are open, as far as they say so.
///
/// # Errors
/// When the database does not answer.
pub async fn names_and_hours(
    on: &impl Handle,
    ids: impl IntoIterator<Item = AgencyId>,
) -> Result<(BTreeMap<AgencyId, AgencyName>, BTreeMap<AgencyId, OpeningHours>), StoreError> {
    let ids: Vec<Uuid> = ids.into_iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, String, String, String, bool, Option<Value>)> = agency::Entity::find()
        .select_only()
        .columns([
            agency::Column::Id,
            agency::Column::Slug,
            agency::Column::Name,
            agency::Column::Kind,
            agency::Column::PublicTasks,
            agency::Column::OpeningHours,
        ])
        .filter(agency::Column::Id.is_in(ids))
        .into_tuple()
        .all(&on.executor())
        .await?;
    let (mut names, mut open) = (BTreeMap::new(), BTreeMap::new());
    for (id, slug, name, kind, public_tasks, hours) in rows {
        let id = AgencyId(id);
        open.extend(readable(id, hours).map(|hours| (id, hours)));
        let party = kind.parse().ok().map(|kind| Party { kind, public_tasks });
        let named = AgencyName { id, slug, name, party };
        names.insert(id, named);
    }
    Ok((names, open))
}

/// Hours that cannot be read are unknown hours; the agency itself must still be found.
fn readable(id: AgencyId, hours: Option<Value>) -> Option<OpeningHours> {
    let hours = serde_json::from_value::<OpeningHours>(hours?);
    if hours.is_err() {
        tracing::warn!(agency.id = %id, "opening hours cannot be understood");
    }
    hours.ok()
}

/// Enters an agency.
///
/// # Errors
/// [`StoreError::Conflict`] when the slug is taken.
pub async fn insert(tx: &Tx, agency: &Agency) -> Result<(), StoreError> {
    agency::Entity::insert(row(agency)?)
        .exec_without_returning(&tx.executor())
        .await?;
    keep_areas(tx, agency).await
}

async fn keep_areas(tx: &Tx, agency: &Agency) -> Result<(), StoreError> {
    agency_area::Entity::delete_many()
        .filter(agency_area::Column::AgencyId.eq(agency.id.0))
        .exec(&tx.executor())
        .await?;
    if agency.also_serves.is_empty() {
        return Ok(());
    }
    let rows = agency.also_serves.iter().map(|area| agency_area::ActiveModel {
        agency_id: Set(agency.id.0),
        area: Set(area.clone()),
    });
    agency_area::Entity::insert_many(rows)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

/// Changes an agency whose version was one less than it says now. `false` when somebody else was faster, or it is gone.
///
/// # Errors
/// [`StoreError::Conflict`] when the new slug is taken.
pub async fn update(tx: &Tx, agency: &Agency) -> Result<bool, StoreError> {
    let row = row(agency)?;
    let before = map::stored_count("agency", "version", agency.version.saturating_sub(1))?;
    let done = agency::Entity::update_many()
        .set(row)
        .filter(agency::Column::Id.eq(agency.id.0))
        .filter(agency::Column::Version.eq(before))
        .exec(&tx.executor())
        .await?;
    if done.rows_affected != 1 {
        return Ok(false);
    }
    keep_areas(tx, agency).await?;
    Ok(true)
}

/// Says what an agency offers from now on.
///
/// # Errors
/// When the database does not answer.
pub async fn replace_services(tx: &Tx, id: AgencyId, services: &[Service]) -> Result<(), StoreError> {
    service::Entity::delete_many()
        .filter(service::Column::AgencyId.eq(id.0))
        .exec(&tx.executor())
        .await?;
    if services.is_empty() {
        return Ok(());
    }
    let rows = services.iter().map(|service| service_row(id, service));
    service::Entity::insert_many(rows)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

/// Adds something that an agency offers.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_service(tx: &Tx, id: AgencyId, service: &Service) -> Result<(), StoreError> {
    service::Entity::insert(service_row(id, service))
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

/// Takes something away that an agency offers. `false` when it does not offer it.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_service(tx: &Tx, id: AgencyId, service: Uuid) -> Result<bool, StoreError> {
    let done = service::Entity::delete_many()
        .filter(service::Column::AgencyId.eq(id.0))
        .filter(service::Column::Id.eq(service))
        .exec(&tx.executor())
        .await?;
    Ok(done.rows_affected == 1)
}

fn service_row(id: AgencyId, service: &Service) -> service::ActiveModel {
    service::ActiveModel {
        id: Set(service.id),
        agency_id: Set(id.0),
        need: Set(service.need.as_str().to_owned()),
        title_nb: Set(service.title.nb.clone()),
        title_en: Set(service.title.en.clone()),
        min_age: Set(service.min_age.map(i32::from)),
        max_age: Set(service.max_age.map(i32::from)),
        description_nb: Set(service.description.as_ref().map(|text| text.nb.clone())),
        description_en: Set(service.description.as_ref().map(|text| text.en.clone())),
    }
}

fn row(agency: &Agency) -> Result<agency::ActiveModel, StoreError> {
    Ok(agency::ActiveModel {
        id: Set(agency.id.0),
        slug: Set(agency.slug.clone()),
        name: Set(agency.name.clone()),
        kind: Set(agency.kind.as_str().to_owned()),
        orgnr: Set(agency.orgnr.clone()),
        parent_id: Set(agency.parent.map(|parent| parent.0)),
        municipality: Set(agency.municipality.clone()),
        district: Set(agency.district.clone()),
        public_tasks: Set(agency.public_tasks),
        language: Set(agency.language.as_str().to_owned()),
        mailbox: Set(agency.mailbox.clone()),
        phone: Set(agency.phone.clone()),
        opening_hours: Set(agency.opening_hours.clone()),
        active: Set(agency.active),
        version: Set(map::stored_count("agency", "version", agency.version)?),
        created_at: Set(map::micros(agency.created_at)),
        updated_at: Set(map::micros(agency.updated_at)),
    })
}

impl TryFrom<agency::Model> for Agency {
    type Error = StoreError;

    fn try_from(row: agency::Model) -> Result<Self, StoreError> {
        let name = format!("agency {}", row.id);
        Ok(Self {
            id: AgencyId(row.id),
            kind: map::code(&name, "kind", &row.kind)?,
            language: map::language(&name, &row.language)?,
            version: map::count(&name, "version", row.version)?,
            slug: row.slug,
            name: row.name,
            orgnr: row.orgnr,
            parent: row.parent_id.map(AgencyId),
            municipality: row.municipality,
            district: row.district,
            also_serves: Vec::new(),
            public_tasks: row.public_tasks,
            mailbox: row.mailbox,
            phone: row.phone,
            opening_hours: row.opening_hours,
            active: row.active,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl TryFrom<service::Model> for Service {
    type Error = StoreError;

    fn try_from(row: service::Model) -> Result<Self, StoreError> {
        let name = format!("service {}", row.id);
        let age = |column, stored: Option<i32>| stored.map(|age| map::count(&name, column, age)).transpose();
        Ok(Self {
            id: row.id,
            need: map::code(&name, "need", &row.need)?,
            title: Text::new(row.title_nb, row.title_en),
            min_age: age("min_age", row.min_age)?,
            max_age: age("max_age", row.max_age)?,
            description: match (row.description_nb, row.description_en) {
                (Some(nb), Some(en)) => Some(Text::new(nb, en)),
                _ => None,
            },
        })
    }
}
