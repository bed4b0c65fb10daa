//! `/me`: who am I, where, as what; and what I may change of it.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, patch, web};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use stafett_store::users::User;
use stafett_store::{Db, agencies};
use stafett_workflow::policy::Actor;
use stafett_workflow::vocabulary::Language;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::auth::{TokenAnswer, TrustedProxies, origin};
use super::extract::{Deferred, IfMatch};
use super::referrals::input::given;
use crate::app::engine::Engine;
use crate::app::referrals::Asker;
use crate::app::setup::me::{self as setup, MyPatch};
use crate::app::sign_in::SignIn;
use crate::auth::permission::{ChangeMe, Scoped};
use crate::auth::session::Caller;
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_me).service(change_me);
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
    /// Whether the password was handed out: another one comes before anything else.
    password_must_change: bool,
    /// Counts changes; the ETag.
    version: u32,
}

/// One agency of a person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MyAgency {
    id: Uuid,
    slug: String,
    name: String,
    /// Which kind of agency, a code of the list `agency-kind`; null when it takes part no more.
    #[schema(example = "outreach")]
    kind: Option<&'static str>,
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
            "kind": "outreach",
            "roles": ["worker"]
        }],
        "roles": [],
        "passwordMustChange": false,
        "version": 1
    })))
)]
#[get("/me")]
async fn get_me(caller: Caller, db: web::Data<Db>) -> Result<HttpResponse, Problem> {
    let me = Me::load(&db, &caller.actor, &caller.user).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, format!("\"{}\"", me.version)))
        .json(me))
}

/// A change of my account: what is left out stays, null takes away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MeChange {
    display_name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// `nb` or `en`.
    #[schema(value_type = Option<String>)]
    language: Option<Language>,
    /// Ends every session and begins a new one, whose tokens are in the answer.
    password: Option<PasswordChange>,
}

/// A new password for the one that I have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    /// The one that I have.
    #[schema(value_type = String, format = Password)]
    current: SecretString,
    /// The one that I want: 12 characters or more.
    #[schema(value_type = String, format = Password)]
    new: SecretString,
}

/// Me, and the tokens of a session that a new password has begun.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MeChanged {
    #[serde(flatten)]
    me: Me,
    /// Only after a change of the password: every other token has ended.
    session: Option<TokenAnswer>,
}

/// Change my account
///
/// What I am called, my address, my language, my password.
#[utoipa::path(
    tag = "Me",
    operation_id = "changeMe",
    params(("If-Match" = String, Header, description = "The version of `GET /me`", example = "\"1\"")),
    request_body(content = MeChange, examples(
        ("language" = (value = json!({ "language": "en" }))),
        ("password" = (value = json!({ "password": { "current": "k7qf-2m9x-bt4w-0ryh", "new": "riktig hest batteri stift" } })))
    )),
    responses(
        (status = 200, description = "As it now stands", body = MeChanged, headers(("ETag" = String, description = "Its version")),
            example = json!({
                "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b01",
                "username": "kari",
                "displayName": "Kari Nordby",
                "email": "kari@uteseksjonen.example",
                "language": "en",
                "agencies": [{
                    "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00",
                    "slug": "uteseksjonen",
                    "name": "Uteseksjonen",
                    "kind": "outreach",
                    "roles": ["worker"]
                }],
                "roles": [],
                "passwordMustChange": false,
                "version": 2,
                "session": null
            })),
        (status = 412, description = "The account was changed meanwhile"),
        (status = 422, description = "Something is not right, such as the current password"),
        (status = 428, description = "`If-Match` is missing"),
        (status = 429, description = "Too many attempts at the current password")
    )
)]
#[patch("/me")]
async fn change_me(
    request: HttpRequest,
    may: Scoped<ChangeMe>,
    version: IfMatch,
    engine: web::Data<Engine>,
    sign_in: web::Data<SignIn>,
    proxies: web::Data<TrustedProxies>,
    body: Deferred<MeChange>,
) -> Result<HttpResponse, Problem> {
    let caller = &may.caller;
    version.0.check_at("me".to_owned(), caller.user.version)?;
    let body = body?.0;
    let patch = MyPatch {
        display_name: body.display_name,
        email: body.email,
        language: body.language,
        password: body.password.map(|password| (password.current, password.new)),
    };
    let origin = origin(&request, &proxies);
    let asker = Asker::without_reason(&caller.actor, origin.request_id.as_deref());
    let (user, session) = setup::change(&engine, &sign_in, asker, &caller.user, &version.0, patch, &origin).await?;
    let changed = MeChanged {
        me: Me::load(&engine.db, &caller.actor, &user).await?,
        session: session.map(TokenAnswer::from),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, format!("\"{}\"", user.version)))
        .json(changed))
}

impl Me {
    async fn load(db: &Db, actor: &Actor, user: &User) -> Result<Self, Problem> {
        let names = agencies::names(db, actor.agencies()).await?;
        let mut by_agency: BTreeMap<_, Vec<&'static str>> = BTreeMap::new();
        let mut roles = Vec::new();
        for membership in &actor.memberships {
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
                kind: name.party.map(|party| party.kind.as_str()),
                slug: name.slug,
                name: name.name,
            })
            .collect();
        agencies.sort_by(|one, other| one.slug.cmp(&other.slug));
        Ok(Self {
            id: user.id.0,
            username: user.username.clone(),
            display_name: user.display_name.clone(),
            email: user.email.clone(),
            language: user.language.as_str(),
            agencies,
            roles,
            password_must_change: user.password_expires_at.is_some(),
            version: user.version,
        })
    }
}
