//! `/agencies/{agency}/duplicate-hints`: that somebody else follows the same youth, for leads.

use actix_web::{HttpRequest, HttpResponse, get, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_store::hints::StoredHint;
use stafett_workflow::look::StatedReason;
use stafett_workflow::refusal::Refusal;
use stafett_workflow::vocabulary::{Language, LegalBasisCode};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::extract::{Deferred, Query, Speaks};
use super::paging::{Cursor, Limit, Page};
use super::referrals::access_log::CodeOut;
use super::referrals::output::{AgencyOut, ReferralRef};
use crate::app::engine::Engine;
use crate::app::hints::{self, Listed};
use crate::app::setup;
use crate::auth::permission::{Scoped, SettleHints};
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_agency_duplicate_hints)
        .service(ask_duplicate_hint)
        .service(answer_duplicate_hint);
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HintParams {
    /// 1 to 100; usually 50.
    #[serde(default)]
    #[param(value_type = Option<u16>)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// That somebody else follows the same youth.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct HintOut {
    id: Uuid,
    /// The agency's own referral about the youth.
    referral: Option<ReferralRef>,
    state: CodeOut,
    found_at: DateTime<Utc>,
    /// Whether this agency asked; null while nobody has.
    asked_by_us: Option<bool>,
    asked_at: Option<DateTime<Utc>>,
    /// On which legal basis.
    basis: Option<CodeOut>,
    answered_at: Option<DateTime<Utc>>,
    /// Who the other is; null until that is revealed.
    other: Option<AgencyOut>,
}

/// On which basis one asks who the other is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QuestionIn {
    legal_basis: HintBasisIn,
}

/// A legal basis with its reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HintBasisIn {
    /// `consent`, `right-to-disclose`, `danger-to-life` or `necessity`; for child welfare also `order-to-disclose`, which needs no
    /// acceptance.
    #[schema(value_type = String, example = "consent")]
    code: LegalBasisCode,
    /// Why. Kept with the youth; the other side sees the code alone.
    #[schema(min_length = 10, max_length = 1_000)]
    reason: String,
}

/// Whether both may learn who the other is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplyIn {
    accepts: bool,
}

/// List duplicate hints
///
/// For leads, the newest first: that another agency holds a running referral about the same number, and has no part in ours, nor we
/// in theirs. Neither who it is nor anything that it has written is told. Youth with address protection give no hint.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "listAgencyDuplicateHints",
    params(("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten"), HintParams),
    responses(
        (status = 200, description = "A page", body = Page<HintOut>, example = json!({ "items": [example()], "nextCursor": null })),
        (status = 403, description = "Not a lead of the agency"),
        (status = 404, description = "There is no such agency")
    )
)]
#[get("/agencies/{agency}/duplicate-hints")]
async fn list_agency_duplicate_hints(
    request: HttpRequest,
    path: web::Path<String>,
    may: Scoped<SettleHints>,
    language: Speaks,
    engine: web::Data<Engine>,
    params: Query<HintParams>,
) -> Result<HttpResponse, Problem> {
    let after = params.0.cursor.as_ref().map(Cursor::position).transpose()?;
    let limit = u32::from(params.0.limit.get());
    let listed = hints::of_agency(&engine, may.asker(), &path, after, limit).await?;
    let items: Vec<_> = listed
        .hints
        .iter()
        .map(|stored| HintOut::of(stored, &listed, language.0))
        .collect();
    Ok(Page::new(items, listed.next.as_ref().map(Cursor::after)).respond(&request))
}

/// Ask who the other is
///
/// On a legal basis. The other side's leads see that somebody asks, and on which basis, and accept or refuse. After a refusal either
/// side may ask again.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "askDuplicateHint",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "barnevernvakten"),
        ("hint" = Uuid, Path, description = "The hint's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fb001")
    ),
    request_body(content = QuestionIn, example = json!({
        "legalBasis": { "code": "consent", "reason": "Ungdommen ønsker at de som hjelper, snakker sammen" }
    })),
    responses(
        (status = 200, description = "As it now stands", body = HintOut, example = json!(example())),
        (status = 403, description = "Not a lead of the agency"),
        (status = 404, description = "There is no such hint"),
        (status = 409, description = "Asked or revealed already"),
        (status = 422, description = "The basis gives no right to know")
    )
)]
#[put("/agencies/{agency}/duplicate-hints/{hint}/question")]
async fn ask_duplicate_hint(
    path: web::Path<(String, String)>,
    may: Scoped<SettleHints>,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Deferred<QuestionIn>,
) -> Result<HttpResponse, Problem> {
    let id = hint_id(&engine, &path.0, &path.1).await?;
    let basis = body?.0.legal_basis;
    let reason =
        StatedReason::parse(&basis.reason, "/legalBasis/reason").map_err(|fault| Refusal::of_fields(vec![fault]))?;
    let listed = hints::ask(&engine, may.asker(), &path.0, id, basis.code, &reason).await?;
    one(&listed, language.0)
}

/// Answer whether both may know
///
/// By a lead of the side that was asked. With `true` each side learns which agency the other is, and nothing more.
#[utoipa::path(
    tag = "Set-up",
    operation_id = "answerDuplicateHint",
    params(
        ("agency" = String, Path, description = "Its slug or its id", example = "uteseksjonen"),
        ("hint" = Uuid, Path, description = "The hint's id", example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1fb001")
    ),
    request_body(content = ReplyIn, example = json!({ "accepts": true })),
    responses(
        (status = 200, description = "As it now stands", body = HintOut, example = json!(example())),
        (status = 403, description = "Not a lead of the agency"),
        (status = 404, description = "There is no such hint"),
        (status = 409, description = "Nobody has asked, it is theirs to wait, or it is settled")
    )
)]
#[put("/agencies/{agency}/duplicate-hints/{hint}/answer")]
async fn answer_duplicate_hint(
    path: web::Path<(String, String)>,
    may: Scoped<SettleHints>,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Deferred<ReplyIn>,
) -> Result<HttpResponse, Problem> {
    let id = hint_id(&engine, &path.0, &path.1).await?;
    let accepts = body?.0.accepts;
    let listed = hints::answer(&engine, may.asker(), &path.0, id, accepts).await?;
    one(&listed, language.0)
}

/// The id in the path. An agency that does not exist is told before a broken body is.
async fn hint_id(engine: &Engine, agency: &str, id: &str) -> Result<Uuid, Problem> {
    setup::named(&engine.db, agency).await?;
    Uuid::parse_str(id).map_err(|_not_an_id| Problem::not_found())
}

fn one(listed: &Listed, language: Language) -> Result<HttpResponse, Problem> {
    let stored = listed.hints.first().ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().json(HintOut::of(stored, listed, language)))
}

impl HintOut {
    fn of(stored: &StoredHint, listed: &Listed, language: Language) -> Self {
        let hint = &stored.hint;
        let own = hint.own(listed.agency).and_then(|side| {
            let reference = listed.references.get(&side.referral)?;
            Some(ReferralRef::new(side.referral.0, reference.to_string()))
        });
        Self {
            id: hint.id,
            referral: own,
            state: CodeOut::of(hint.state(), language),
            found_at: hint.found_at,
            asked_by_us: hint.asked.map(|asked| asked.agency == listed.agency),
            asked_at: hint.asked.map(|asked| asked.at),
            basis: hint.asked.map(|asked| CodeOut::of(asked.basis, language)),
            answered_at: hint.answered.map(|(_, at, _)| at),
            other: hint
                .other(listed.agency)
                .map(|other| AgencyOut::of(other, &listed.names)),
        }
    }
}

fn example() -> Value {
    json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1fb001",
        "referral": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001", "reference": "K7QF-2M" },
        "state": { "code": "asked", "title": "noen har spurt" },
        "foundAt": "2026-11-24T08:00:00Z",
        "askedByUs": false,
        "askedAt": "2026-11-24T09:30:00Z",
        "basis": { "code": "consent", "title": "samtykke" },
        "answeredAt": null,
        "other": null
    })
}
