//! `POST /referrals/{id}/person`: correct what was registered about the youth, after sending.

use actix_web::{HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use stafett_workflow::identifier::InstanceKind;
use stafett_workflow::refusal::Refusal;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::input::PersonIn;
use super::output::ReferralOut;
use super::{examples, name, respond, shown};
use crate::app::engine::Engine;
use crate::app::referrals::View;
use crate::app::referrals::person::{self, Correction};
use crate::app::referrals::transition::Target;
use crate::auth::permission::{RectifyPerson, Scoped};
use crate::http::envelope::{Envelope, in_order};
use crate::http::extract::{Deferred, Speaks};
use crate::problem::Problem;

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(rectify_referral_person);
}

/// What is right instead, and why.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CorrectionIn {
    /// The youth as they should have been registered, whole: what is left out is not known.
    person: PersonIn,
    /// Why it is corrected.
    #[schema(max_length = 4_000)]
    reason: String,
}

/// Correct what is registered about the youth
///
/// For the sender and whoever holds the baton, after sending. What stood before is kept, the timeline tells that something
/// was corrected, by whom and why, and every agency that has received the referral is told. A draft is changed instead.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "rectifyReferralPerson",
    params(
        ("id" = String, Path, description = "Id or reference", example = "K7QF-2M"),
        ("If-Match" = String, Header, description = "The version that is corrected", example = "\"1\""),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")
    ),
    request_body(content = CorrectionIn, example = json!({
        "person": { "alias": "K.", "estimatedAge": 17 }, "reason": "Hun fyller 17 i år, ikke 16."
    })),
    responses(
        (status = 200, description = "The referral as it now stands", body = ReferralOut, example = json!(examples::referral())),
        (status = 403, description = "Neither the sender nor whoever holds the baton"),
        (status = 409, description = "It has not been sent: change the draft"),
        (status = 412, description = "Somebody has changed it meanwhile"),
        (status = 428, description = "`If-Match` is missing")
    )
)]
#[post("/referrals/{id}/person")]
async fn rectify_referral_person(
    path: web::Path<String>,
    may: Scoped<RectifyPerson>,
    envelope: Envelope,
    language: Speaks,
    engine: web::Data<Engine>,
    body: Deferred<CorrectionIn>,
) -> Result<HttpResponse, Problem> {
    let target = Target {
        name: name(&path)?,
        scope: &may.scope,
        precondition: &envelope.precondition,
    };
    let parsed = body.and_then(|body| Ok((envelope.repeatable(&body.0), body.0.parse(engine.instance)?)));
    let earlier = person::precheck(&engine, &may.caller.actor, &target);
    let (repeatable, correction) = in_order(parsed, earlier).await?;
    let render = |view: &View| shown(view, language.0);
    let done = person::rectify(&engine, may.asker(), &target, &correction, repeatable.as_ref(), &render).await?;
    Ok(respond(done, render))
}

impl CorrectionIn {
    fn parse(self, instance: InstanceKind) -> Result<Correction, Problem> {
        let mut faults = Vec::new();
        let person = self.person.parse(instance, &mut faults);
        if !faults.is_empty() {
            return Err(Refusal::of_fields(faults).into());
        }
        Ok(Correction {
            person,
            reason: self.reason,
        })
    }
}
