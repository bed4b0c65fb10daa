//! `/routing`: who to send to. A question tells of a situation, never of a person: no name and no number is accepted.

mod output;
mod table;

use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stafett_workflow::person::Whereabouts;
use stafett_workflow::refusal::{FieldError, Refusal};
use stafett_workflow::routing::{Question, Sender};
use stafett_workflow::vocabulary::{AgencyKind, Need, ResidenceStatus, Urgency};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::extract::{Deferred, Speaks, instant_if_given};
use super::referrals::input::WhereaboutsIn;
use super::schema;
use crate::app::engine::Engine;
use crate::app::routing::{self, Asking};
use crate::auth::permission::{ReadRouting, Scoped};
use crate::problem::{Problem, field_code};
pub use output::Suggestions;
pub use table::RoutingTable;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config.service(suggest_receivers).service(get_routing);
}

/// A situation, as far as it is known.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RoutingQuestion {
    /// Age in whole years, often a guess; null when nobody knows.
    #[schema(example = 16, minimum = 0, maximum = 120)]
    age: Option<u8>,
    /// Where the youth stays; null when nobody knows.
    whereabouts: Option<WhereaboutsIn>,
    /// What they need, at least one.
    #[schema(schema_with = schema::needs)]
    needs: Vec<Need>,
    /// How soon somebody must act.
    #[schema(schema_with = schema::urgency)]
    urgency: Urgency,
    /// When it would be sent; null: now.
    #[serde(default, deserialize_with = "instant_if_given")]
    at: Option<DateTime<Utc>>,
    /// By which right they are in the country; null: unknown.
    #[schema(schema_with = schema::residence_status)]
    residence_status: Option<ResidenceStatus>,
    /// Who would send, by slug or id; null: the caller's own agency.
    #[schema(example = "uteseksjonen")]
    sender: Option<String>,
    /// Or what kind of agency would, when it is not one of the directory.
    #[schema(schema_with = schema::agency_kind)]
    sender_kind: Option<AgencyKind>,
    /// Only receivers on this workflow.
    #[schema(example = "concern-report")]
    workflow: Option<String>,
}

/// Ask who to send to
///
/// Receivers in order, each with why, on which workflow and legal basis, until when, whether somebody is there, and what to
/// mind. What the directory lacks is told by name with what to do instead: an empty list never comes alone. The same question
/// always gets the same answer; nothing is stored.
#[utoipa::path(
    tag = "Routing",
    operation_id = "suggestReceivers",
    request_body(content = RoutingQuestion, example = json!({
        "age": 16,
        "whereabouts": { "municipality": "0301", "district": "030102" },
        "needs": ["shelter"],
        "urgency": "emergency",
        "at": "2026-11-25T00:30:00Z"
    })),
    responses(
        (status = 200, description = "Receivers in order", body = Suggestions, example = json!(output::example())),
        (status = 422, description = "An unknown field, code, agency or workflow; or no need")
    )
)]
#[post("/routing/suggestions")]
async fn suggest_receivers(
    may: Scoped<ReadRouting>,
    engine: web::Data<Engine>,
    language: Speaks,
    body: Deferred<RoutingQuestion>,
) -> Result<HttpResponse, Problem> {
    let (asking, question) = body?.0.parse(engine.now())?;
    let (at, urgency) = (question.at, question.urgency);
    let answer = routing::ask(&engine, &may.caller.actor, &asking, question).await?;
    Ok(HttpResponse::Ok().json(Suggestions::of(&answer, &engine.routing.table, at, urgency, language.0)))
}

/// Read the routing table
///
/// The rules in force with their words, what they rest on, and whom they leave out with the directory of now.
#[utoipa::path(
    tag = "Routing",
    operation_id = "getRouting",
    responses((status = 200, description = "The table", body = RoutingTable, example = json!(table::example())))
)]
#[get("/routing")]
async fn get_routing(
    _may: Scoped<ReadRouting>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let totality = routing::gaps(&engine).await?;
    let table = RoutingTable::of(&engine.routing.table, &totality, language.0);
    Ok(HttpResponse::Ok().json(table))
}

impl RoutingQuestion {
    fn parse(self, now: DateTime<Utc>) -> Result<(Asking, Question), Refusal> {
        let mut faults = Vec::new();
        let stays = self.whereabouts.map(|stays| Whereabouts {
            municipality: stays.municipality,
            district: stays.district,
        });
        faults.extend(stays.iter().flat_map(|stays| stays.check("/whereabouts")));
        if self.age.is_some_and(|age| age > 120) {
            faults.push(FieldError::new(
                "/age",
                "out-of-range",
                "Alderen må være fra 0 til 120 år.",
                "The age must be 0 to 120 years.",
            ));
        }
        if self.needs.is_empty() {
            faults.push(FieldError::required("/needs"));
        }
        if self.sender.is_some() && self.sender_kind.is_some() {
            faults.push(FieldError::new(
                "/senderKind",
                field_code::INVALID_VALUE,
                "Oppgi enten enheten eller hva slags enhet det er, ikke begge.",
                "Give either the agency or its kind, not both.",
            ));
        }
        if !faults.is_empty() {
            return Err(Refusal::of_fields(faults));
        }
        let asking = match (self.sender, self.sender_kind) {
            (Some(agency), _) => Asking::Agency(agency),
            (None, Some(kind)) => Asking::Kind(kind),
            (None, None) => Asking::Mine,
        };
        let mut needs = Vec::new();
        for need in self.needs {
            if !needs.contains(&need) {
                needs.push(need);
            }
        }
        let question = Question {
            age: self.age,
            stays,
            needs,
            urgency: self.urgency,
            at: self.at.unwrap_or(now),
            residence: self.residence_status.unwrap_or(ResidenceStatus::Unknown),
            // Found by the use case, which knows the directory.
            sender: Sender {
                kind: AgencyKind::Outreach,
                public_tasks: false,
                agency: None,
            },
            workflow: self.workflow,
        };
        Ok((asking, question))
    }
}
