//! `POST /referrals/search`: look for referrals about one youth. A body, because no name or number ever stands in an address.

use actix_web::{HttpResponse, post, web};
use serde::Deserialize;
use stafett_store::referrals::{Cursor as Place, Sort};
use stafett_workflow::identifier::InstanceKind;
use stafett_workflow::refusal::{FieldError, Refusal};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::examples;
use super::input::IdentifierIn;
use super::output::{self, ReferralRow};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::list;
use crate::app::referrals::search::{self, By};
use crate::auth::permission::{Scoped, SearchReferrals};
use crate::http::extract::{Json, Speaks};
use crate::http::paging::{Limit, Page};
use crate::problem::Problem;

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(search_referrals);
}

/// By what to look: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SearchIn {
    /// A number, exactly.
    identifier: Option<IdentifierIn>,
    /// What somebody is called; capitals, spaces and points do not count.
    #[schema(example = "K.", max_length = 200)]
    alias: Option<String>,
    /// 1 to 100; usually 50.
    #[serde(default)]
    #[schema(value_type = Option<u16>)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Look for a youth
///
/// The referrals that the caller may see anyhow and that are about somebody with this number or this name, the newest first.
/// Every search is written down. Whoever has address protection is not found.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "searchReferrals",
    request_body(content = SearchIn, example = json!({ "alias": "K." })),
    responses(
        (status = 200, description = "A page", body = Page<ReferralRow>, example = json!(examples::page())),
        (status = 422, description = "Neither or both of the two")
    )
)]
#[post("/referrals/search")]
async fn search_referrals(
    may: Scoped<SearchReferrals>,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Json<SearchIn>,
) -> Result<HttpResponse, Problem> {
    let limit = u32::from(body.0.limit.get());
    let after: Option<Place> = body
        .0
        .cursor
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|_not_ours| AppError::Cursor)?;
    if after.is_some_and(|after| after.sort() != Sort::Created) {
        return Err(AppError::Cursor.into());
    }
    let by = body.0.parse(engine.instance)?;
    let listed = search::search(&engine, may.asker(), &may.scope, &by, after, limit).await?;
    let title = |key: &_| {
        list::definition(&engine, key)
            .map(|found| found.title.in_language(language.0).to_owned())
            .unwrap_or_default()
    };
    let rows = output::rows(&listed, title);
    // The next page is asked for with the same body and this cursor, so there is no link to it.
    Ok(HttpResponse::Ok().json(Page::at(rows, listed.next.map(|place| place.to_string()))))
}

impl SearchIn {
    fn parse(self, instance: InstanceKind) -> Result<By, Problem> {
        let identifier = match self.identifier {
            None => None,
            Some(identifier) => identifier.parse(instance).map_err(|mut fault| {
                fault.pointer = fault.pointer.replacen("/person", "", 1);
                Problem::from(Refusal::of_fields(vec![fault]))
            })?,
        };
        match (identifier, self.alias) {
            (Some(identifier), None) => Ok(By::Identifier(identifier)),
            (None, Some(alias)) => Ok(By::Alias(alias)),
            (Some(_), Some(_)) | (None, None) => Err(Refusal::of_fields(vec![FieldError::new(
                "/identifier",
                "one-of",
                "Søk enten på nummer eller på kallenavn.",
                "Search either by number or by alias.",
            )])
            .into()),
        }
    }
}
