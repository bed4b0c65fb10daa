//! `/agencies/{agency}/users`: who works there, as what.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use serde::{Deserialize, Serialize};
use stafett_store::idempotency::Answer;
use stafett_workflow::policy::Operation;
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::{Language, Role};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::staff_output::{ChangedOut, MemberOut, changed, member};
use crate::app::engine::Engine;
use crate::app::referrals::Answered;
use crate::app::setup::precheck;
use crate::app::setup::staff::{self as setup, Changed, Member, MemberPatch, NewMember, StaffQuery};
use crate::app::sign_in::SignIn;
use crate::auth::permission::{ManageStaff, ReadStaff, Scoped};
use crate::http::BASE;
use crate::http::envelope::{Envelope, in_order, json as text};
use crate::http::extract::{Deferred, IfMatch, Query};
use crate::http::paging::{Cursor, Limit, Page};
use crate::http::referrals::input::given;
use crate::http::referrals::respond;
use crate::problem::{ErrorCode, Problem};

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_agency_users)
        .service(create_agency_user)
        .service(get_agency_user)
        .service(change_agency_user)
        .service(remove_agency_user);
}

/// Which people to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UsersQuery {
    /// With this in their name, username or address.
    q: Option<String>,
    /// With this role here.
    #[param(value_type = Option<String>, example = "worker")]
    role: Option<Role>,
    /// Who may sign in, or not.
    active: Option<bool>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// Somebody about to get an account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UserIn {
    /// What they will sign in with: one word, without regard to case.
    username: String,
    display_name: String,
    email: Option<String>,
    /// `nb` or `en`.
    #[serde(default)]
    #[schema(value_type = String)]
    language: Language,
    /// What they will be here: `worker`, `lead`, `agency-admin` or `integration`; the roles that reach across agencies are
    /// given by the system administrator.
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
}

/// A change of somebody: what is left out stays, null takes away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UserChange {
    display_name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// `nb` or `en`.
    #[schema(value_type = Option<String>)]
    language: Option<Language>,
    /// `false` closes the account: every session ends at once.
    active: Option<bool>,
    /// All that they are here from now on; at least one. To take them out, delete them.
    #[schema(value_type = Option<Vec<String>>)]
    roles: Option<Vec<Role>>,
    /// Hands out a new password, and ends every session.
    #[serde(default)]
    reset_password: bool,
}

/// List the people of an agency
///
/// For those who work there and for administrators; in the order of their names.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "listAgencyUsers",
    params(("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"), UsersQuery),
    responses(
        (status = 200, description = "A page of people", body = Page<MemberOut>,
            example = json!({ "items": [member()], "nextCursor": null })),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency")
    )
)]
#[get("/agencies/{agency}/users")]
async fn list_agency_users(
    request: HttpRequest,
    path: web::Path<String>,
    may: Scoped<ReadStaff>,
    query: Query<UsersQuery>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let after = query
        .0
        .cursor
        .as_ref()
        .map(Cursor::position::<(String, Uuid)>)
        .transpose()?;
    let query = StaffQuery {
        text: query.0.q,
        role: query.0.role,
        active: query.0.active,
        after,
        limit: query.0.limit.get().into(),
    };
    let page = setup::list(&engine, may.authority(), &path, &query).await?;
    let items = page.items.iter().map(MemberOut::of).collect();
    Ok(Page::new(items, page.next.as_ref().map(Cursor::after)).respond(&request))
}

/// Give somebody an account
///
/// With a password that is told once, good for three days, and must be changed at the first sign-in.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "createAgencyUser",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")
    ),
    request_body(content = UserIn, example = json!({
        "username": "siri.berg", "displayName": "Siri Berg", "email": "siri.berg@bydel.example", "roles": ["worker"]
    })),
    responses(
        (status = 201, description = "The account", body = ChangedOut, headers(("ETag" = String, description = "Its version")),
            example = json!(changed())),
        (status = 403, description = "Not the caller's agency, or a role that is not theirs to give"),
        (status = 404, description = "There is no such agency"),
        (status = 422, description = "Something is not right, such as a username that is taken")
    )
)]
#[post("/agencies/{agency}/users")]
async fn create_agency_user(
    path: web::Path<String>,
    may: Scoped<ManageStaff>,
    envelope: Envelope,
    engine: web::Data<Engine>,
    sign_in: web::Data<SignIn>,
    body: Deferred<UserIn>,
) -> Result<HttpResponse, Problem> {
    let body = body.and_then(|body| {
        some_role("/roles", &body.0.roles)?;
        Ok(body.0)
    });
    let earlier = precheck(&engine, may.authority(), Operation::ManageStaff, &path, None);
    let body = in_order(body, earlier).await?;
    let repeatable = envelope.repeatable(&body);
    let kept = |member: &Member| Answer {
        status: StatusCode::CREATED.as_u16(),
        etag: Some(format!("\"{}\"", member.user.version)),
        location: Some(format!("{BASE}/agencies/{}/users/{}", path.as_str(), member.user.id)),
        body: Some(text(&ChangedOut::without_password(member))),
    };
    let new = NewMember {
        username: body.username,
        display_name: body.display_name,
        email: body.email,
        language: body.language,
        roles: body.roles,
    };
    let done = setup::create(
        &engine,
        &sign_in.passwords,
        may.authority(),
        &path,
        new,
        repeatable.as_ref(),
        &kept,
    )
    .await?;
    Ok(match done {
        Answered::Now(changed) => respond(Answered::Now(changed), |changed: &Changed| Answer {
            body: Some(text(&ChangedOut::of(changed))),
            ..kept(&changed.member)
        }),
        Answered::Replayed(answer) => respond(Answered::<Member>::Replayed(answer), kept),
    })
}

/// Read one of the people of an agency
#[utoipa::path(
    tag = "Set-up",
    operation_id = "getAgencyUser",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"),
        ("user" = String, Path, description = "Id or username", example = "siri.berg")
    ),
    responses(
        (status = 200, description = "Who it is", body = MemberOut, headers(("ETag" = String, description = "Its version")),
            example = json!(member())),
        (status = 403, description = "Not the caller's agency"),
        (status = 404, description = "There is no such agency, or nobody of this name in it")
    )
)]
#[get("/agencies/{agency}/users/{user}")]
async fn get_agency_user(
    path: web::Path<(String, String)>,
    may: Scoped<ReadStaff>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let member = setup::find(&engine, may.authority(), &path.0, &path.1).await?;
    Ok(with_version(member.user.version, &MemberOut::of(&member)))
}

/// Change somebody
///
/// Roles count from the next request on. Somebody who also works elsewhere keeps their account as it is: only the system
/// administrator changes that.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "changeAgencyUser",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"),
        ("user" = String, Path, description = "Id or username", example = "siri.berg"),
        ("If-Match" = String, Header, description = "The account's version", example = "\"1\"")
    ),
    request_body(content = UserChange, example = json!({ "roles": ["worker", "lead"], "resetPassword": true })),
    responses(
        (status = 200, description = "As it now stands", body = ChangedOut, headers(("ETag" = String, description = "Its version")),
            example = json!(changed())),
        (status = 403, description = "Not the caller's agency, or more than theirs to change"),
        (status = 404, description = "There is no such agency, or nobody of this name in it"),
        (status = 409, description = "Nobody would be left to administer"),
        (status = 412, description = "Somebody has changed it meanwhile"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[patch("/agencies/{agency}/users/{user}")]
async fn change_agency_user(
    path: web::Path<(String, String)>,
    may: Scoped<ManageStaff>,
    version: IfMatch,
    engine: web::Data<Engine>,
    sign_in: web::Data<SignIn>,
    body: Deferred<UserChange>,
) -> Result<HttpResponse, Problem> {
    let whom = (path.0.as_str(), path.1.as_str());
    let body = body.and_then(|body| {
        if let Some(roles) = &body.0.roles {
            some_role("/roles", roles)?;
        }
        Ok(body.0)
    });
    let earlier = setup::precheck(&engine, may.authority(), whom, &version.0);
    let body = in_order(body, earlier).await?;
    let patch = MemberPatch {
        display_name: body.display_name,
        email: body.email,
        language: body.language,
        active: body.active,
        roles: body.roles,
        reset_password: body.reset_password,
    };
    let changed = setup::change(&engine, &sign_in.passwords, may.authority(), whom, &version.0, patch).await?;
    Ok(with_version(changed.member.user.version, &ChangedOut::of(&changed)))
}

/// Take somebody out of an agency
///
/// They lose every role here at once. An account without any role left is closed; what they were responsible for stays with
/// the unit.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "removeAgencyUser",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "bydel-grunerlokka"),
        ("user" = String, Path, description = "Id or username", example = "siri.berg"),
        ("If-Match" = String, Header, description = "The account's version", example = "\"1\"")
    ),
    responses(
        (status = 200, description = "As it now stands", body = ChangedOut, example = json!(changed())),
        (status = 403, description = "Not the caller's agency, or a role that is not theirs to take"),
        (status = 404, description = "There is no such agency, or nobody of this name in it"),
        (status = 409, description = "Nobody would be left to administer")
    )
)]
#[delete("/agencies/{agency}/users/{user}")]
async fn remove_agency_user(
    path: web::Path<(String, String)>,
    may: Scoped<ManageStaff>,
    version: IfMatch,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let whom = (path.0.as_str(), path.1.as_str());
    let changed = setup::remove(&engine, may.authority(), whom, &version.0).await?;
    Ok(with_version(changed.member.user.version, &ChangedOut::of(&changed)))
}

fn with_version(version: u32, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::ETAG, format!("\"{version}\"")))
        .json(body)
}

/// Whoever works somewhere does so as something, and as each thing once.
fn some_role(pointer: &str, roles: &[Role]) -> Result<(), Problem> {
    let mut known = roles.to_vec();
    known.sort_unstable();
    known.dedup();
    if !roles.is_empty() && known.len() == roles.len() {
        return Ok(());
    }
    Err(Problem::field(
        ErrorCode::InvalidInput,
        FieldError::new(
            pointer,
            "invalid-value",
            "Skal ha minst én rolle, og hver rolle én gang. Fjern personen med DELETE.",
            "Must have at least one role, and each role once. To take somebody out, use DELETE.",
        ),
    ))
}
