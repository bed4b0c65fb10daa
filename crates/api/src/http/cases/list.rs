//! `GET /cases`: the cases that one takes part in.

use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Deserialize;
use stafett_store::agencies;
use stafett_store::cases::{CaseQuery, Coordinated, Cursor as Place};
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::{CaseState, Code};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::examples;
use super::output::{self, CaseRow};
use crate::app::AppError;
use crate::app::cases::list;
use crate::app::engine::Engine;
use crate::auth::permission::{ListCases, Scoped};
use crate::http::extract::Query;
use crate::http::paging::{Limit, Page};
use crate::problem::{ErrorCode, Problem};

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_cases);
}

/// Which cases to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// `open`, `closed` or `merged`, separated by commas; usually open and closed.
    #[param(example = "open")]
    state: Option<String>,
    /// `me`: those that the caller coordinates. Or one of the caller's agencies, by slug or id: those that it coordinates.
    coordinator: Option<String>,
    /// Only those with (or without) a need that nobody has, as far as the caller sees.
    uncovered: Option<bool>,
    /// The beginning of a reference.
    q: Option<String>,
    /// 1 to 100; usually 50.
    #[serde(default)]
    #[param(value_type = Option<u16>)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// List cases
///
/// The newest first. A row counts only what the caller sees, and holds nothing of the youth.
#[utoipa::path(
    tag = "Cases",
    operation_id = "listCases",
    params(ListParams),
    responses((status = 200, description = "A page", body = Page<CaseRow>, example = json!(examples::page())))
)]
#[get("/cases")]
async fn list_cases(
    request: HttpRequest,
    may: Scoped<ListCases>,
    engine: web::Data<Engine>,
    params: Query<ListParams>,
) -> Result<HttpResponse, Problem> {
    let uncovered = params.0.uncovered;
    let query = params.0.into_query(&engine, &may).await?;
    let listed = list::list(&engine, &query, uncovered).await?;
    let next = listed.next.map(|place| place.to_string());
    Ok(Page::at(output::rows(&listed), next).respond(&request))
}

impl ListParams {
    async fn into_query(self, engine: &Engine, may: &Scoped<ListCases>) -> Result<CaseQuery, Problem> {
        let after: Option<Place> = self
            .cursor
            .map(|cursor| cursor.parse())
            .transpose()
            .map_err(|_not_ours| AppError::Cursor)?;
        let coordinator = match self.coordinator.as_deref() {
            None => None,
            Some("me") => Some(Coordinated::Person(may.caller.actor.user)),
            Some(name) => {
                let found = agencies::find(&engine.db, name).await?;
                // Whom others coordinate for is theirs to tell.
                let own = found.filter(|agency| may.scope.agencies().contains(&agency.id));
                let own = own.ok_or_else(|| {
                    wrong(
                        "coordinator",
                        "unknown-agency",
                        "Velg me, eller en av dine egne enheter.",
                        "Choose me, or one of your own agencies.",
                    )
                })?;
                Some(Coordinated::Agency(own.id))
            }
        };
        Ok(CaseQuery {
            scope: may.scope.clone(),
            states: states(self.state.as_deref())?,
            coordinator,
            reference: self.q,
            after,
            limit: u32::from(self.limit.get()),
        })
    }
}

fn states(given: Option<&str>) -> Result<Vec<CaseState>, Problem> {
    given
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|code| !code.is_empty())
        .map(|code| {
            code.parse().map_err(|_unknown| {
                let allowed = CaseState::ALL
                    .iter()
                    .map(|state| state.as_str())
                    .collect::<Vec<_>>()
                    .join(", ");
                wrong(
                    "state",
                    "unknown-code",
                    &format!("Velg blant: {allowed}."),
                    &format!("Choose among: {allowed}."),
                )
            })
        })
        .collect()
}

fn wrong(name: &str, code: &'static str, nb: &str, en: &str) -> Problem {
    Problem::field(
        ErrorCode::InvalidInput,
        FieldError::new(format!("?{name}"), code, nb, en),
    )
}
