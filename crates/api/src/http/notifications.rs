//! `/me/notifications`: what I wish to be mailed besides what my unit is told.

use actix_web::http::header;
use actix_web::{HttpResponse, get, put, web};
use serde::{Deserialize, Serialize};
use stafett_store::preferences::{Ended, Preferences};
use stafett_store::users::User;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::envelope::in_order;
use super::extract::{Deferred, IfMatch};
use crate::app::engine::Engine;
use crate::app::setup::notifications::{self as setup, Wishes};
use crate::auth::permission::{ChangeMe, ReadMe, Scoped};
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_my_notifications).service(put_my_notifications);
}

/// What I wish to be mailed besides what my unit is told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NotificationsOut {
    /// Where it goes: my own address, which is part of my account.
    #[schema(example = "kari@uteseksjonen.example")]
    email: Option<String>,
    /// Whether I get a copy of what my unit is told of a hand-off for which I am responsible.
    copies: bool,
    /// Whether I am told every morning what waits.
    digest: bool,
    /// Why the digest has ended without my having said so here: `unsubscribed` by the link in one, or `undeliverable` at my address.
    #[schema(example = "unsubscribed")]
    digest_ended: Option<&'static str>,
    /// Counts changes; the ETag.
    version: u32,
}

/// What I wish from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NotificationsIn {
    /// A copy of what my unit is told of a hand-off for which I am responsible.
    copies: bool,
    /// Every morning what waits.
    digest: bool,
}

/// What I am mailed
///
/// My unit's mailbox is told first, and leads, whoever is on call and whoever a clock calls are told whatever stands here; this is
/// what I get besides.
#[utoipa::path(
    tag = "Me",
    operation_id = "getMyNotifications",
    responses((status = 200, description = "What I wish", body = NotificationsOut, headers(("ETag" = String, description = "Its version")),
        example = json!({ "email": "kari@uteseksjonen.example", "copies": true, "digest": false, "digestEnded": "unsubscribed", "version": 3 })))
)]
#[get("/me/notifications")]
async fn get_my_notifications(may: Scoped<ReadMe>, engine: web::Data<Engine>) -> Result<HttpResponse, Problem> {
    let user = &may.caller.user;
    Ok(shown(user, &setup::read(&engine, user).await?))
}

/// Say what I am mailed
///
/// Nothing that is a duty can be silenced here or anywhere. It needs an address of my own.
#[utoipa::path(
    tag = "Me",
    operation_id = "putMyNotifications",
    params(("If-Match" = String, Header, description = "The version of `GET /me/notifications`", example = "\"1\"")),
    request_body(content = NotificationsIn, example = json!({ "copies": true, "digest": true })),
    responses(
        (status = 200, description = "As it now stands", body = NotificationsOut, headers(("ETag" = String, description = "Its version")),
            example = json!({ "email": "kari@uteseksjonen.example", "copies": true, "digest": true, "digestEnded": null, "version": 2 })),
        (status = 412, description = "It was changed meanwhile, such as by the link in a digest"),
        (status = 422, description = "I have no address"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[put("/me/notifications")]
async fn put_my_notifications(
    may: Scoped<ChangeMe>,
    version: IfMatch,
    engine: web::Data<Engine>,
    body: Deferred<NotificationsIn>,
) -> Result<HttpResponse, Problem> {
    let user = &may.caller.user;
    let earlier = async {
        let kept = setup::read(&engine, user).await?;
        version.0.check_at("me/notifications".to_owned(), kept.version)
    };
    let body = in_order(body, earlier).await?.0;
    let wishes = Wishes {
        copies: body.copies,
        digest: body.digest,
    };
    let kept = setup::put(&engine, may.asker(), user, &version.0, wishes).await?;
    Ok(shown(user, &kept))
}

fn shown(user: &User, kept: &Preferences) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::ETAG, format!("\"{}\"", kept.version)))
        .json(NotificationsOut {
            email: user.email.clone(),
            copies: kept.copies,
            digest: kept.digest,
            digest_ended: kept.digest_ended.map(Ended::as_str),
            version: kept.version,
        })
}
