//! What is behind the figures about which way hand-offs go: for those whose agencies take part.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stafett_store::reports::{Dispute, FlowLine, ReferralLine, Standing};
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::{Answer, Code, Language, ReferralState, Urgency};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::figures::reason_title;
use super::{ReportWorkflow, examples, minutes};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;
use crate::app::reports::flow::{self, AfterDispute, AfterHandoff, AfterReferral, Asked};
use crate::auth::permission::{ListReported, Scoped};
use crate::http::extract::{Query, Speaks};
use crate::http::paging::{Cursor, Limit, Page};
use crate::http::referrals::output::AgencyOut;
use crate::http::schema;
use crate::problem::Problem;

/// Registers the operations.
pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_flow_referrals)
        .service(list_flow_disputes)
        .service(list_flow_rounds)
        .service(list_flow_repeats);
}

/// Which hand-offs to list; the parameters are the report's, and what came back.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HandoffsQuery {
    /// Sent from then on: a date, which is a whole day in Oslo, or an instant. Usually a year before the end.
    #[param(example = "2026-09-01")]
    from: Option<String>,
    /// Sent until then: a date, which is still within, or an instant, which is not. Usually now.
    #[param(example = "2026-12-31")]
    to: Option<String>,
    /// By this agency, by slug or id.
    sender: Option<String>,
    /// To this agency, by slug or id.
    receiver: Option<String>,
    /// On this workflow, in any version.
    workflow: Option<String>,
    /// With this urgency.
    #[param(schema_with = schema::urgency)]
    urgency: Option<Urgency>,
    /// One or more answers, with commas between them: `accepted`, `declined`, `returned-with-advice`, `forwarded`, `withdrawn`,
    /// `unanswered`.
    #[param(example = "declined")]
    answer: Option<String>,
    /// For the reason with this code.
    #[param(example = "no-capacity")]
    reason: Option<String>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// Which disagreements to list; the parameters are the report's, and whether they are over.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DisputesQuery {
    /// Begun from then on: a date, which is a whole day in Oslo, or an instant. Usually a year before the end.
    #[param(example = "2026-09-01")]
    from: Option<String>,
    /// Begun until then: a date, which is still within, or an instant, which is not. Usually now.
    #[param(example = "2026-12-31")]
    to: Option<String>,
    /// About a hand-off by this agency, by slug or id.
    sender: Option<String>,
    /// About a hand-off to this agency, by slug or id.
    receiver: Option<String>,
    /// On this workflow, in any version.
    workflow: Option<String>,
    /// With this urgency.
    #[param(schema_with = schema::urgency)]
    urgency: Option<Urgency>,
    /// Whether they are over; both when it is not said.
    #[param(inline)]
    standing: Option<StandingIn>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// Which referrals to list; the parameters are the report's.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReferralsQuery {
    /// With a hand-off that was sent from then on: a date, which is a whole day in Oslo, or an instant. Usually a year before the end.
    #[param(example = "2026-09-01")]
    from: Option<String>,
    /// With a hand-off that was sent until then: a date, which is still within, or an instant, which is not. Usually now.
    #[param(example = "2026-12-31")]
    to: Option<String>,
    /// By this agency, by slug or id.
    sender: Option<String>,
    /// To this agency, by slug or id.
    receiver: Option<String>,
    /// On this workflow, in any version.
    workflow: Option<String>,
    /// With this urgency.
    #[param(schema_with = schema::urgency)]
    urgency: Option<Urgency>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// Whether a disagreement is over.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum StandingIn {
    Settled,
    Running,
}

/// One hand-off behind a figure.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FlowItem {
    /// The referral's short name.
    #[schema(example = "K7QF-2M")]
    reference: String,
    /// The referral's id.
    id: Uuid,
    /// The hand-off's id; a referral that was handed off several times comes several times.
    handoff: Uuid,
    sender: AgencyOut,
    receiver: AgencyOut,
    workflow: ReportWorkflow,
    #[schema(schema_with = schema::urgency)]
    urgency: Urgency,
    sent_at: DateTime<Utc>,
    /// When the answer came, or it was taken back.
    answered_at: Option<DateTime<Utc>>,
    /// What came back first.
    #[schema(schema_with = schema::answer)]
    answer: Answer,
    /// Why, where there is a code for it.
    reason: Option<ReasonName>,
}

/// A reason by its code.
#[derive(Debug, Serialize, ToSchema)]
struct ReasonName {
    #[schema(example = "no-capacity")]
    code: String,
    /// In the language of the caller.
    title: String,
}

/// One disagreement.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DisputeItem {
    /// The referral's short name.
    #[schema(example = "K7QF-2M")]
    reference: String,
    /// The referral's id.
    id: Uuid,
    /// Who had sent the hand-off that it is about.
    sender: AgencyOut,
    /// To whom.
    receiver: AgencyOut,
    workflow: ReportWorkflow,
    #[schema(schema_with = schema::urgency)]
    urgency: Urgency,
    since: DateTime<Utc>,
    /// When it was decided who is responsible; null while it is not.
    settled_at: Option<DateTime<Utc>>,
    /// How long it lasted, or has lasted so far.
    minutes: f64,
}

/// One referral.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportedReferral {
    /// Its short name.
    #[schema(example = "K7QF-2M")]
    reference: String,
    id: Uuid,
    workflow: ReportWorkflow,
    #[schema(schema_with = schema::urgency)]
    urgency: Urgency,
    #[schema(schema_with = schema::referral_state)]
    state: ReferralState,
    /// Who holds the baton.
    holder: AgencyOut,
    created_at: DateTime<Utc>,
    /// How often it had been handed off by the end of the period.
    handoffs: u64,
}

/// List the hand-offs behind a flow
///
/// Exactly those that a figure of the report counts, the first sent first.
#[utoipa::path(
    tag = "Reports",
    operation_id = "listFlowReferrals",
    params(HandoffsQuery),
    responses(
        (status = 200, description = "A page of hand-offs", body = Page<FlowItem>, example = json!({
            "items": [examples::flow_item()],
            "nextCursor": null
        })),
        (status = 403, description = "The caller is no lead")
    )
)]
#[get("/reports/flow/referrals")]
async fn list_flow_referrals(
    reader: Scoped<ListReported>,
    request: HttpRequest,
    query: Query<HandoffsQuery>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let query = query.0;
    let after = query
        .cursor
        .as_ref()
        .map(Cursor::position::<AfterHandoff>)
        .transpose()?;
    let answers = answers(query.answer.as_deref()).map_err(|wrong| AppError::Fields(vec![wrong]))?;
    let asked = Asked {
        from: query.from.as_deref(),
        to: query.to.as_deref(),
        sender: query.sender.as_deref(),
        receiver: query.receiver.as_deref(),
        workflow: query.workflow.as_deref(),
        urgency: query.urgency,
        need: None,
    };
    let question = flow::question(&engine, reader.scope, &asked).await?;
    let narrower = (answers.as_slice(), query.reason.as_deref());
    let listed = flow::referrals(&engine, &question, narrower, after, query.limit.get().into()).await?;
    let item = |line| FlowItem::new(line, &listed.names, &engine, language.0);
    let items = listed.lines.iter().map(item).collect();
    Ok(Page::new(items, listed.next.as_ref().map(Cursor::after)).respond(&request))
}

/// List disagreements
///
/// Exactly those that the report counts, the first to begin first.
#[utoipa::path(
    tag = "Reports",
    operation_id = "listFlowDisputes",
    params(DisputesQuery),
    responses(
        (status = 200, description = "A page of disagreements", body = Page<DisputeItem>, example = json!({
            "items": [examples::dispute_item()],
            "nextCursor": null
        })),
        (status = 403, description = "The caller is no lead")
    )
)]
#[get("/reports/flow/disputes")]
async fn list_flow_disputes(
    reader: Scoped<ListReported>,
    request: HttpRequest,
    query: Query<DisputesQuery>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let query = query.0;
    let after = query
        .cursor
        .as_ref()
        .map(Cursor::position::<AfterDispute>)
        .transpose()?;
    let asked = Asked {
        from: query.from.as_deref(),
        to: query.to.as_deref(),
        sender: query.sender.as_deref(),
        receiver: query.receiver.as_deref(),
        workflow: query.workflow.as_deref(),
        urgency: query.urgency,
        need: None,
    };
    let standing = query.standing.map(|standing| match standing {
        StandingIn::Settled => Standing::Settled,
        StandingIn::Running => Standing::Running,
    });
    let question = flow::question(&engine, reader.scope, &asked).await?;
    let listed = flow::disputes(&engine, &question, standing, after, query.limit.get().into()).await?;
    let item = |line| DisputeItem::new(line, &listed.names, listed.now, &engine, language.0);
    let items = listed.lines.iter().map(item).collect();
    Ok(Page::new(items, listed.next.as_ref().map(Cursor::after)).respond(&request))
}

/// List referrals that were sent round
///
/// Exactly those that the report counts, with three hand-offs or more, the first written first.
#[utoipa::path(
    tag = "Reports",
    operation_id = "listFlowRounds",
    params(ReferralsQuery),
    responses(
        (status = 200, description = "A page of referrals", body = Page<ReportedReferral>, example = json!({
            "items": [examples::reported_referral()],
            "nextCursor": null
        })),
        (status = 403, description = "The caller is no lead")
    )
)]
#[get("/reports/flow/rounds")]
async fn list_flow_rounds(
    reader: Scoped<ListReported>,
    request: HttpRequest,
    query: Query<ReferralsQuery>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let after = query
        .0
        .cursor
        .as_ref()
        .map(Cursor::position::<AfterReferral>)
        .transpose()?;
    let question = flow::question(&engine, reader.scope, &query.0.asked()).await?;
    let listed = flow::rounds(&engine, &question, after, query.0.limit.get().into()).await?;
    let item = |line| ReportedReferral::new(line, &listed.names, &engine, language.0);
    let items = listed.lines.iter().map(item).collect();
    Ok(Page::new(items, listed.next.as_ref().map(Cursor::after)).respond(&request))
}

/// List repeated referrals
///
/// Exactly those that the report counts, about a youth whom the same agency had referred before; the first written first. The
/// earlier ones are found by looking for the youth, which is logged.
#[utoipa::path(
    tag = "Reports",
    operation_id = "listFlowRepeats",
    params(ReferralsQuery),
    responses(
        (status = 200, description = "A page of referrals", body = Page<ReportedReferral>, example = json!({
            "items": [examples::reported_referral()],
            "nextCursor": null
        })),
        (status = 403, description = "The caller is no lead")
    )
)]
#[get("/reports/flow/repeats")]
async fn list_flow_repeats(
    reader: Scoped<ListReported>,
    request: HttpRequest,
    query: Query<ReferralsQuery>,
    engine: web::Data<Engine>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let after = query
        .0
        .cursor
        .as_ref()
        .map(Cursor::position::<AfterReferral>)
        .transpose()?;
    let question = flow::question(&engine, reader.scope, &query.0.asked()).await?;
    let listed = flow::repeats(&engine, &question, after, query.0.limit.get().into()).await?;
    let item = |line| ReportedReferral::new(line, &listed.names, &engine, language.0);
    let items = listed.lines.iter().map(item).collect();
    Ok(Page::new(items, listed.next.as_ref().map(Cursor::after)).respond(&request))
}

/// Answers with commas between them.
///
/// # Errors
/// When one is unknown or comes twice; tells which there are.
pub(super) fn answers(given: Option<&str>) -> Result<Vec<Answer>, FieldError> {
    let Some(given) = given else { return Ok(Vec::new()) };
    let mut chosen = BTreeSet::new();
    for name in given.split(',').map(str::trim) {
        let found = Answer::ALL.iter().find(|answer| answer.as_str() == name);
        if !found.is_some_and(|answer| chosen.insert(*answer)) {
            let known: Vec<_> = Answer::ALL.iter().map(|answer| answer.as_str()).collect();
            let known = known.join(", ");
            return Err(FieldError::new(
                "?answer",
                "unknown-code",
                format!("Skal være ett eller flere av: {known}, hvert én gang, med komma mellom."),
                format!("Must be one or more of: {known}, each once, with commas between them."),
            ));
        }
    }
    Ok(chosen.into_iter().collect())
}

impl ReferralsQuery {
    fn asked(&self) -> Asked<'_> {
        Asked {
            from: self.from.as_deref(),
            to: self.to.as_deref(),
            sender: self.sender.as_deref(),
            receiver: self.receiver.as_deref(),
            workflow: self.workflow.as_deref(),
            urgency: self.urgency,
            need: None,
        }
    }
}

impl FlowItem {
    pub(super) fn new(line: &FlowLine, names: &Names, engine: &Engine, language: Language) -> Self {
        Self {
            reference: line.reference.to_string(),
            id: line.referral.0,
            handoff: line.handoff.0,
            sender: AgencyOut::of(line.sender, names),
            receiver: AgencyOut::of(line.receiver, names),
            workflow: ReportWorkflow::of(&line.workflow, &engine.library, language),
            urgency: line.urgency,
            sent_at: line.sent_at,
            answered_at: line.answered_at,
            answer: line.answer,
            reason: line.code.as_ref().map(|code| ReasonName {
                code: code.clone(),
                title: reason_title(code, language),
            }),
        }
    }
}

impl DisputeItem {
    fn new(line: &Dispute, names: &Names, now: DateTime<Utc>, engine: &Engine, language: Language) -> Self {
        Self {
            reference: line.reference.to_string(),
            id: line.referral.0,
            sender: AgencyOut::of(line.sender, names),
            receiver: AgencyOut::of(line.receiver, names),
            workflow: ReportWorkflow::of(&line.workflow, &engine.library, language),
            urgency: line.urgency,
            since: line.since,
            settled_at: line.settled_at,
            minutes: minutes(line.settled_at.unwrap_or(now) - line.since),
        }
    }
}

impl ReportedReferral {
    pub(super) fn new(line: &ReferralLine, names: &Names, engine: &Engine, language: Language) -> Self {
        Self {
            reference: line.reference.to_string(),
            id: line.id.0,
            workflow: ReportWorkflow::of(&line.workflow, &engine.library, language),
            urgency: line.urgency,
            state: line.state,
            holder: AgencyOut::of(line.holder, names),
            created_at: line.created_at,
            handoffs: line.handoffs,
        }
    }
}
