//! `/me/sessions`: where I am signed in, and how to end that from afar.

use actix_web::{HttpResponse, delete, get, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use stafett_store::sessions::{Open, SessionId};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::app::engine::Engine;
use crate::app::sessions;
use crate::app::sign_in::SignIn;
use crate::auth::permission::{ChangeMe, ReadMe, Scoped};
use crate::auth::session::Caller;
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_my_sessions)
        .service(end_my_session)
        .service(end_my_sessions);
}

/// Where I am signed in.
#[derive(Debug, Serialize, ToSchema)]
struct MySessions {
    /// The one renewed last first.
    items: Vec<MySession>,
}

/// One session: one browser, one phone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MySession {
    id: Uuid,
    /// When I signed in.
    began_at: DateTime<Utc>,
    /// When it was used last, to within the life of an access token.
    renewed_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    current: bool,
}

/// Where am I signed in
///
/// Sessions that can still be renewed. A token that an operator has made belongs to none and does not stand here.
#[utoipa::path(
    tag = "Me",
    operation_id = "listMySessions",
    responses((status = 200, description = "The open sessions", body = MySessions, example = json!({
        "items": [{
            "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6c01",
            "beganAt": "2026-11-22T20:15:00Z",
            "renewedAt": "2026-11-22T23:40:00Z",
            "current": true
        }]
    })))
)]
#[get("/me/sessions")]
async fn list_my_sessions(
    may: Scoped<ReadMe>,
    engine: web::Data<Engine>,
    sign_in: web::Data<SignIn>,
) -> Result<HttpResponse, Problem> {
    let open = sessions::list(&engine, &sign_in, may.asker()).await?;
    let items = open.iter().map(|session| MySession::of(session, &may.caller)).collect();
    Ok(HttpResponse::Ok().json(MySessions { items }))
}

/// End one of my sessions
///
/// For a phone that is lost: its tokens are good for nothing from this moment on.
#[utoipa::path(
    tag = "Me",
    operation_id = "endMySession",
    params(("id" = Uuid, Path, description = "Which", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6c01")),
    responses(
        (status = 204, description = "It has ended"),
        (status = 404, description = "I have no such session, or it has ended")
    )
)]
#[delete("/me/sessions/{id}")]
async fn end_my_session(
    may: Scoped<ChangeMe>,
    path: web::Path<String>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let id = Uuid::parse_str(&path).map_err(|_not_an_id| Problem::not_found())?;
    sessions::end(&engine, may.asker(), SessionId(id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sign out everywhere
///
/// Ends all my sessions and every token of mine, this one included.
#[utoipa::path(
    tag = "Me",
    operation_id = "endMySessions",
    responses((status = 204, description = "All have ended"))
)]
#[delete("/me/sessions")]
async fn end_my_sessions(may: Scoped<ChangeMe>, engine: web::Data<Engine>) -> Result<HttpResponse, Problem> {
    sessions::end_all(&engine, may.asker()).await?;
    Ok(HttpResponse::NoContent().finish())
}

impl MySession {
    fn of(session: &Open, caller: &Caller) -> Self {
        Self {
            id: session.id.0,
            began_at: session.began_at,
            renewed_at: session.renewed_at,
            current: caller.session == Some(session.id),
        }
    }
}
