//! `GET /referrals/{id}/access-log`: who has looked, when, at what, why.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stafett_store::looks::Cursor as Place;
use stafett_workflow::vocabulary::{Code, Language};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::name;
use super::output::{AgencyOut, PersonRef};
use crate::app::engine::Engine;
use crate::app::looks::log::{self, Looked, Shown};
use crate::auth::permission::{ReadAccessLog, Scoped};
use crate::http::extract::{Query, Speaks};
use crate::http::paging::{Cursor, Limit, Page};
use crate::problem::Problem;

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_referral_access_log);
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LogParams {
    /// 1 to 100; usually 50.
    #[serde(default)]
    #[param(value_type = Option<u16>)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// One look.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LookOut {
    id: Uuid,
    at: DateTime<Utc>,
    /// Whose people looked.
    agency: AgencyOut,
    /// Who; null for people of other agencies.
    user: Option<PersonRef>,
    /// In which role; null for people of other agencies.
    role: Option<&'static str>,
    looked_at: CodeOut,
    why: CodeOut,
}

/// A code with its words.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct CodeOut {
    code: &'static str,
    title: &'static str,
}

impl CodeOut {
    /// In one language.
    pub(in crate::http) fn of(code: impl Code, language: Language) -> Self {
        Self {
            code: code.as_str(),
            title: code.title(language),
        }
    }

    /// The code.
    pub(in crate::http) const fn code(&self) -> &'static str {
        self.code
    }
}

/// Read who has looked
///
/// The newest first. The looks of one's own people by name; of another agency, that somebody there looked. An agency whose part
/// in the referral has ended sees the looks of its own people. A look is in this log before what was looked at has been shown.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "getReferralAccessLog",
    params(("id" = String, Path, description = "Id or reference", example = "K7QF-2M"), LogParams),
    responses(
        (status = 200, description = "A page", body = Page<LookOut>, example = json!({
            "items": [
                {
                    "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9c02", "at": "2026-11-24T01:02:00Z",
                    "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01", "slug": "barnevernvakten", "name": "Barnevernvakten" },
                    "user": null, "role": null,
                    "lookedAt": { "code": "referral", "title": "formidlingen" },
                    "why": { "code": "part", "title": "enheten har en del i det" }
                },
                {
                    "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f9c01", "at": "2026-11-24T00:45:00Z",
                    "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00", "slug": "uteseksjonen", "name": "Uteseksjonen" },
                    "user": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b01", "name": "Kari Nordby" }, "role": "worker",
                    "lookedAt": { "code": "change", "title": "formidlingen, ved en endring" },
                    "why": { "code": "part", "title": "enheten har en del i det" }
                }
            ],
            "nextCursor": null
        })),
        (status = 404, description = "Nothing here that the caller may know of")
    )
)]
#[get("/referrals/{id}/access-log")]
async fn get_referral_access_log(
    request: HttpRequest,
    path: web::Path<String>,
    may: Scoped<ReadAccessLog>,
    language: Speaks,
    engine: web::Data<Engine>,
    params: Query<LogParams>,
) -> Result<HttpResponse, Problem> {
    let after: Option<Place> = params.0.cursor.as_ref().map(Cursor::position).transpose()?;
    let limit = u32::from(params.0.limit.get());
    let looked = log::of_referral(&engine, &may.scope, name(&path)?, after, limit).await?;
    let items: Vec<_> = looked
        .rows
        .iter()
        .map(|shown| LookOut::of(shown, &looked, language.0))
        .collect();
    Ok(Page::new(items, looked.next.as_ref().map(Cursor::after)).respond(&request))
}

impl LookOut {
    fn of(shown: &Shown, looked: &Looked, language: Language) -> Self {
        let row = &shown.row;
        Self {
            id: row.id,
            at: row.at,
            agency: AgencyOut::of(row.agency, &looked.names),
            user: shown.by_name.then(|| PersonRef::of(row.user, &looked.names)),
            role: shown.by_name.then(|| row.role.as_str()),
            looked_at: CodeOut::of(row.looked_at, language),
            why: CodeOut::of(row.why, language),
        }
    }
}
