//! `GET /me`: who am I, where, as what.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use stafett_store::{Db, agencies};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::auth::session::Caller;
use crate::problem::Problem;

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_me);
}

/// The person behind the token.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Me {
    id: Uuid,
    username: String,
    display_name: String,
    email: Option<String>,
    /// `nb` or `en`: the language of answers unless the request asks for another.
    language: &'static str,
    /// Where this person works, and as what.
    agencies: Vec<MyAgency>,
    /// Roles that are held in no agency.
    roles: Vec<&'static str>,
}

/// One agency of a person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MyAgency {
    id: Uuid,
    slug: String,
    name: String,
    /// `worker`, `lead`, `agency-admin`, `integration`, `coordinator`, `auditor` or `system-admin`.
    roles: Vec<&'static str>,
}

/// Who am I, in which agencies, with which roles.
#[utoipa::path(
    tag = "Me",
    operation_id = "getMe",
    responses((status = 200, description = "The person behind the token", body = Me, example = json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b01",
        "username": "kari",
        "displayName": "Kari Nordby",
        "email": "kari@uteseksjonen.example",
        "language": "nb",
        "agencies": [{
            "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00",
            "slug": "uteseksjonen",
            "name": "Uteseksjonen",
            "roles": ["worker"]
        }],
        "roles": []
    })))
)]
#[get("/me")]
async fn get_me(caller: Caller, db: web::Data<Db>) -> Result<HttpResponse, Problem> {
    let names = agencies::names(db.get_ref(), caller.actor.agencies()).await?;
    let mut by_agency: BTreeMap<_, Vec<&'static str>> = BTreeMap::new();
    let mut roles = Vec::new();
    for membership in &caller.actor.memberships {
        match membership.agency {
            Some(agency) => by_agency.entry(agency).or_default().push(membership.role.as_str()),
            None => roles.push(membership.role.as_str()),
        }
    }
    let mut agencies: Vec<_> = names
        .into_values()
        .map(|name| MyAgency {
            roles: by_agency.remove(&name.id).unwrap_or_default(),
            id: name.id.0,
            slug: name.slug,
            name: name.name,
        })
        .collect();
    agencies.sort_by(|one, other| one.slug.cmp(&other.slug));
    let user = &caller.user;
    Ok(HttpResponse::Ok().json(Me {
        id: user.id.0,
        username: user.username.clone(),
        display_name: user.display_name.clone(),
        email: user.email.clone(),
        language: user.language.as_str(),
        agencies,
        roles,
    }))
}
