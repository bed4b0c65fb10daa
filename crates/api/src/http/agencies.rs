//! `/agencies`: the directory. Where an agency's mail goes is not shown.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stafett_store::agencies::{AgencyQuery, Service};
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::{AgencyKind, Language, Need};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::extract::{Query, Speaks};
use super::paging::{Cursor, Limit, Page};
use super::referrals::output::AgencyOut;
use super::schema;
use crate::app::AppError;
use crate::app::directory::{self, Entry, Filter, ServicePosition};
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;
use crate::auth::permission::{ReadDirectory, Scoped};
use crate::problem::{Problem, field_code};

/// More nobody types to find a name.
const LONGEST_SEARCH: usize = 100;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_agencies)
        .service(list_agency_services)
        .service(get_agency);
}

/// Which agencies to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AgenciesQuery {
    /// Of this kind.
    #[param(schema_with = schema::agency_kind)]
    kind: Option<AgencyKind>,
    /// Serving this municipality, as four digits.
    #[param(example = "0301")]
    municipality: Option<String>,
    /// Serving this district, as six digits.
    #[param(example = "030102")]
    district: Option<String>,
    /// Offering help with this need.
    #[param(schema_with = schema::need)]
    need: Option<Need>,
    /// Offering something to somebody of this age, in whole years; with `need`, against that.
    #[param(minimum = 0, maximum = 120, example = 16)]
    age: Option<u8>,
    /// Taking part now, or not.
    active: Option<bool>,
    /// Somebody can be reached now, or not. Whose hours nobody has told is in neither list.
    open_now: Option<bool>,
    /// Words of the name.
    #[param(max_length = 100, example = "grünerløkka")]
    q: Option<String>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// An agency or a unit of one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AgencyEntry {
    id: Uuid,
    /// Its short name in addresses; stands wherever its id may.
    slug: String,
    name: String,
    #[schema(schema_with = schema::agency_kind)]
    kind: AgencyKind,
    /// Organisation number.
    orgnr: Option<String>,
    /// What it is a unit of. It shares nothing but the name.
    parent: Option<AgencyOut>,
    /// The municipality that it serves.
    municipality: Option<String>,
    /// The district that it serves.
    district: Option<String>,
    /// What else it serves: districts, six digits, and whole municipalities, four.
    also_serves: Vec<String>,
    /// Whether it carries out tasks for a public body, so that the duty to report binds it (bvl § 13-2).
    public_tasks: bool,
    phone: Option<String>,
    /// The language of its mails: `nb` or `en`.
    language: &'static str,
    /// `{"always": true}`, or spans for each weekday (`mon` to `sun`) and for public `holidays`, in Oslo's local time; a
    /// day that is not named is closed. Null when nobody has said.
    #[schema(schema_with = schema::any_object)]
    opening_hours: Option<serde_json::Value>,
    /// Whether somebody can be reached now; null when the hours are not known.
    open_now: Option<bool>,
    /// When somebody can be reached next; null when somebody can now, and when nobody knows.
    opens_at: Option<DateTime<Utc>>,
    /// Whether it takes part now: only then can anything be sent to it.
    active: bool,
    /// Counts changes; the ETag.
    version: u32,
}

/// Something that an agency offers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ServiceOut {
    id: Uuid,
    /// Which need it meets.
    #[schema(schema_with = schema::need)]
    need: Need,
    /// What it is called, in the language of the caller.
    title: String,
    /// What it is, in the language of the caller.
    description: Option<String>,
    /// From which age, in whole years.
    min_age: Option<u8>,
    /// Up to and including which age.
    max_age: Option<u8>,
}

/// List agencies
///
/// The directory, in the order of the slugs.
#[utoipa::path(
    tag = "Agencies",
    operation_id = "listAgencies",
    params(AgenciesQuery),
    responses((status = 200, description = "A page of agencies", body = Page<AgencyEntry>,
        example = json!({ "items": [example()], "nextCursor": null })))
)]
#[get("/agencies")]
async fn list_agencies(
    _reader: Scoped<ReadDirectory>,
    request: HttpRequest,
    query: Query<AgenciesQuery>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let page = directory::list(&engine, &query.0.parse()?).await?;
    let items = page
        .entries
        .into_iter()
        .map(|entry| AgencyEntry::new(entry, &page.names))
        .collect();
    Ok(Page::new(items, page.next.as_ref().map(Cursor::after)).respond(&request))
}

/// Read one agency
#[utoipa::path(
    tag = "Agencies",
    operation_id = "getAgency",
    params(("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten")),
    responses(
        (status = 200, description = "The agency", body = AgencyEntry,
            headers(("ETag" = String, description = "Its version")), example = json!(example())),
        (status = 404, description = "There is no such agency")
    )
)]
#[get("/agencies/{agency}")]
async fn get_agency(
    _reader: Scoped<ReadDirectory>,
    agency: web::Path<String>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let (entry, names) = directory::find(&engine, &agency).await?;
    let agency = AgencyEntry::new(entry, &names);
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, format!("\"{}\"", agency.version)))
        .json(agency))
}

/// List what an agency offers
///
/// And to whom; in the order of the needs' codes.
#[utoipa::path(
    tag = "Agencies",
    operation_id = "listAgencyServices",
    params(("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"), PageQuery),
    responses(
        (status = 200, description = "A page of services", body = Page<ServiceOut>, example = json!({
            "items": [{
                "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f7a10",
                "need": "housing",
                "title": "Boligkontoret for unge",
                "description": "Midlertidig botilbud, kommunal bolig og hjelp til å beholde den.",
                "minAge": 18,
                "maxAge": 25
            }],
            "nextCursor": null
        })),
        (status = 404, description = "There is no such agency")
    )
)]
#[get("/agencies/{agency}/services")]
async fn list_agency_services(
    _reader: Scoped<ReadDirectory>,
    request: HttpRequest,
    agency: web::Path<String>,
    query: Query<PageQuery>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let after = query
        .0
        .cursor
        .as_ref()
        .map(Cursor::position::<ServicePosition>)
        .transpose()?;
    let limit = usize::from(query.0.limit.get());
    let page = directory::services(&engine, &agency, after.as_ref(), limit).await?;
    let items = page
        .items
        .into_iter()
        .map(|service| ServiceOut::new(service, language.0))
        .collect();
    Ok(Page::new(items, page.next.as_ref().map(Cursor::after)).respond(&request))
}

impl AgenciesQuery {
    fn parse(self) -> Result<Filter, AppError> {
        let mut wrong = Vec::new();
        wrong.extend(digits("?municipality", self.municipality.as_deref(), 4));
        wrong.extend(digits("?district", self.district.as_deref(), 6));
        if self
            .q
            .as_ref()
            .is_some_and(|words| words.chars().count() > LONGEST_SEARCH)
        {
            wrong.push(FieldError::new(
                "?q",
                field_code::INVALID_VALUE,
                format!("Kan ha høyst {LONGEST_SEARCH} tegn."),
                format!("May have at most {LONGEST_SEARCH} characters."),
            ));
        }
        if !wrong.is_empty() {
            return Err(AppError::Fields(wrong));
        }
        let query = AgencyQuery {
            kind: self.kind,
            municipality: self.municipality,
            district: self.district,
            active: self.active,
            need: self.need,
            age: self.age,
            after: self.cursor.as_ref().map(Cursor::position::<String>).transpose()?,
            limit: self.limit.get().into(),
        };
        Ok(Filter {
            query,
            open_now: self.open_now,
            words: self.q,
        })
    }
}

/// What is wrong with a number by which nothing could be found.
fn digits(pointer: &str, given: Option<&str>, length: usize) -> Option<FieldError> {
    let is_number = |text: &str| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    (!given.is_none_or(is_number)).then(|| {
        let (nb, en) = (
            format!("Skal være {length} sifre."),
            format!("Must be {length} digits."),
        );
        FieldError::new(pointer, field_code::INVALID_VALUE, nb, en)
    })
}

impl AgencyEntry {
    pub(super) fn new(
        Entry {
            agency,
            hours,
            open_now,
            opens_at,
        }: Entry,
        names: &Names,
    ) -> Self {
        Self {
            id: agency.id.0,
            slug: agency.slug,
            name: agency.name,
            kind: agency.kind,
            orgnr: agency.orgnr,
            parent: agency.parent.map(|parent| AgencyOut::of(parent, names)),
            municipality: agency.municipality,
            district: agency.district,
            also_serves: agency.also_serves,
            public_tasks: agency.public_tasks,
            phone: agency.phone,
            language: agency.language.as_str(),
            // Spans of times always have a JSON form.
            opening_hours: hours.and_then(|hours| serde_json::to_value(hours).ok()),
            open_now,
            opens_at,
            active: agency.active,
            version: agency.version,
        }
    }
}

impl ServiceOut {
    fn new(service: Service, language: Language) -> Self {
        Self {
            id: service.id,
            need: service.need,
            title: service.title.in_language(language).to_owned(),
            description: service.description.map(|text| text.in_language(language).to_owned()),
            min_age: service.min_age,
            max_age: service.max_age,
        }
    }
}

pub(super) fn example() -> serde_json::Value {
    json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a02",
        "slug": "barnevernvakten",
        "name": "Barnevernvakten",
        "kind": "child-welfare",
        "orgnr": null,
        "parent": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01", "slug": "oslo-kommune", "name": "Oslo kommune" },
        "municipality": "0301",
        "district": null,
        "alsoServes": [],
        "publicTasks": true,
        "phone": null,
        "language": "nb",
        "openingHours": { "always": true },
        "openNow": true,
        "opensAt": null,
        "active": true,
        "version": 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_finds_nothing_is_refused() {
        for (given, wrong) in [
            (None, false),
            (Some("0301"), false),
            (Some("301"), true),
            (Some("Oslo"), true),
        ] {
            assert_eq!(digits("?municipality", given, 4).is_some(), wrong, "{given:?}");
        }
    }
}
