//! What a client is told of a case: what the core says that they see, and nothing else.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use stafett_workflow::case::{Member, NeedCover, Visibility};
use stafett_workflow::definition::TEXT_MAX;
use stafett_workflow::vocabulary::{
    CaseAction, CaseState, Code, CoverState, HandoffState, Language, Need, ReferralState, Urgency,
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::cases::list::{Listed, Row};
use crate::app::cases::{CaseView, references};
use crate::http::referrals::output::{AgencyOut, PersonRef, ReferralRef, WarningOut};
use crate::http::schema;

/// A case with everything that this caller may know of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseOut {
    id: Uuid,
    /// The short name that people say on the phone.
    #[schema(example = "S-K7QF-2N")]
    reference: String,
    #[schema(schema_with = schema::case_state)]
    state: CaseState,
    /// How the caller's agency stands to it: `coordinator` or `participant`.
    #[schema(example = "coordinator")]
    relation: &'static str,
    /// Who coordinates; null for whoever knows the case only through a merge.
    coordinator: Option<AgencyOut>,
    /// Who does so there.
    coordinator_person: Option<PersonRef>,
    /// To whom the coordination was offered, for the two whom it concerns.
    proposal: Option<ProposalOut>,
    /// Who has taken which need, and what nobody has.
    needs: Vec<NeedOut>,
    /// How many needs somebody must be found for.
    uncovered: usize,
    /// The referrals, as far as the caller sees them.
    referrals: Vec<CaseMemberOut>,
    /// Who takes part, as far as the caller may know.
    participants: Vec<ParticipantOut>,
    /// What this caller may do now.
    actions: Vec<CaseActionOut>,
    /// Counts the decisions that the caller may know of; the ETag.
    version: u32,
    opened_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
    /// What the writer should look at; only when a referral was written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<WarningOut>,
}

/// The coordination, offered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProposalOut {
    to: AgencyOut,
    by: AgencyOut,
    at: DateTime<Utc>,
}

/// One need and who has taken it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NeedOut {
    #[schema(schema_with = schema::need)]
    need: Need,
    title: &'static str,
    /// `taken`, `waiting`, `came-back`, `met`, `ended` or `nobody`.
    #[schema(schema_with = schema::cover_state)]
    cover: CoverState,
    cover_title: &'static str,
    /// By which referral, when the caller sees it whole.
    referral: Option<ReferralRef>,
    /// Who has taken it, whose answer is awaited, or to whom it came back.
    agency: Option<AgencyOut>,
    since: Option<DateTime<Utc>>,
    /// Until when somebody must act.
    until: Option<DateTime<Utc>>,
}

/// One referral of the case.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CaseMemberOut {
    /// `full`, or `custody`: then it has no name, for it cannot be opened.
    #[schema(example = "full")]
    visibility: &'static str,
    referral: Option<ReferralRef>,
    workflow: Option<String>,
    #[schema(schema_with = schema::needs)]
    needs: Vec<Need>,
    #[schema(schema_with = schema::referral_state)]
    state: ReferralState,
    /// The state of the current hand-off.
    #[schema(value_type = Option<String>)]
    handoff_state: Option<HandoffState>,
    #[schema(value_type = Option<String>)]
    urgency: Option<Urgency>,
    receiver: Option<AgencyOut>,
    /// Who has the baton.
    custodian: AgencyOut,
    next_due_at: Option<DateTime<Utc>>,
    overdue: bool,
}

/// An agency that takes part.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ParticipantOut {
    agency: AgencyOut,
    /// `coordinator`, `sender`, `receiver`, `custodian`, `participant`.
    relations: Vec<&'static str>,
}

/// Something that the caller may do now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CaseActionOut {
    #[schema(example = "close")]
    action: &'static str,
    title: &'static str,
    /// With which request.
    #[schema(example = "POST /cases/{id}/transitions")]
    request: &'static str,
    /// What must be said, as JSON Schema: the `input` of a transition, else the body.
    #[schema(schema_with = schema::any_object)]
    input: Value,
}

/// A row of the list. Nothing in it tells of the youth.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseRow {
    id: Uuid,
    #[schema(example = "S-K7QF-2N")]
    reference: String,
    #[schema(schema_with = schema::case_state)]
    state: CaseState,
    #[schema(example = "participant")]
    relation: &'static str,
    coordinator: Option<AgencyOut>,
    coordinator_person: Option<PersonRef>,
    /// How many referrals the caller sees.
    referrals: usize,
    /// How many of these have not ended.
    active: usize,
    /// How many needs nobody has, as far as the caller sees.
    uncovered: usize,
    /// When the first limit of these referrals is up.
    next_due_at: Option<DateTime<Utc>>,
    overdue: bool,
    opened_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
}

impl CaseOut {
    /// What `view` tells in one language.
    #[must_use]
    pub fn of(view: &CaseView, language: Language) -> Self {
        let agency = |id| AgencyOut::of(id, &view.names);
        let seen = &view.seen;
        Self {
            id: view.case.id.0,
            reference: view.case.reference.to_string(),
            state: view.case.state,
            relation: seen.relation.relation().as_str(),
            coordinator: seen.coordinator.map(agency),
            coordinator_person: seen.coordinator_person.map(|person| PersonRef::of(person, &view.names)),
            proposal: seen.proposal.map(|proposal| ProposalOut {
                to: agency(proposal.to),
                by: agency(proposal.by),
                at: proposal.at,
            }),
            needs: seen.needs.iter().map(|cover| need(view, cover, language)).collect(),
            uncovered: seen.needs.iter().filter(|need| need.state.is_uncovered()).count(),
            referrals: view
                .members
                .iter()
                .map(|(member, visibility)| member_out(view, member, *visibility))
                .collect(),
            participants: seen
                .participants
                .iter()
                .map(|(id, relations)| ParticipantOut {
                    agency: agency(*id),
                    relations: relations.iter().map(|relation| relation.as_str()).collect(),
                })
                .collect(),
            actions: view
                .actions
                .iter()
                .map(|action| action_out(*action, language))
                .collect(),
            version: seen.version,
            opened_at: view.case.opened_at,
            updated_at: seen.updated_at,
            closed_at: view.case.closed_at,
            warnings: view
                .warnings
                .iter()
                .map(|duplicate| WarningOut::of(duplicate, language))
                .collect(),
        }
    }
}

/// The rows of a page.
#[must_use]
pub fn rows(listed: &Listed) -> Vec<CaseRow> {
    listed.rows.iter().map(|row| row_out(row, listed)).collect()
}

fn row_out(row: &Row, listed: &Listed) -> CaseRow {
    CaseRow {
        id: row.case.id.0,
        reference: row.case.reference.to_string(),
        state: row.case.state,
        relation: row.seen.relation.relation().as_str(),
        coordinator: row.seen.coordinator.map(|id| AgencyOut::of(id, &listed.names)),
        coordinator_person: row
            .seen
            .coordinator_person
            .map(|person| PersonRef::of(person, &listed.names)),
        referrals: row.seen.referrals.len(),
        active: row.active,
        uncovered: row.uncovered(),
        next_due_at: row.next_due,
        overdue: row.next_due.is_some_and(|due| listed.now > due),
        opened_at: row.case.opened_at,
        closed_at: row.case.closed_at,
    }
}

fn need(view: &CaseView, cover: &NeedCover, language: Language) -> NeedOut {
    let references = references(view);
    NeedOut {
        need: cover.need,
        title: cover.need.title(language),
        cover: cover.state,
        cover_title: cover.state.title(language),
        referral: cover
            .referral
            .and_then(|id| Some(ReferralRef::new(id.0, references.get(&id)?.clone()))),
        agency: cover.agency.map(|id| AgencyOut::of(id, &view.names)),
        since: cover.since,
        until: cover.until,
    }
}

fn member_out(view: &CaseView, member: &Member, visibility: Visibility) -> CaseMemberOut {
    let referral = &member.referral;
    let full = visibility == Visibility::Full;
    let current = referral.current_handoff().filter(|_| full);
    CaseMemberOut {
        visibility: visibility.as_str(),
        referral: full.then(|| ReferralRef::new(referral.id.0, referral.reference.to_string())),
        workflow: full.then(|| referral.workflow.id.clone()),
        needs: member.needs.clone(),
        state: referral.state,
        handoff_state: current.map(|current| current.state),
        urgency: full.then_some(referral.urgency),
        receiver: current
            .and_then(|current| current.terms.receiver)
            .map(|id| AgencyOut::of(id, &view.names)),
        custodian: AgencyOut::of(referral.custodian, &view.names),
        next_due_at: referral.next_due(),
        overdue: referral.running_clocks().any(|clock| clock.is_overdue(view.now)),
    }
}

fn action_out(action: CaseAction, language: Language) -> CaseActionOut {
    let words = |nb: &str, en: &str| match language {
        Language::Nb => nb.to_owned(),
        Language::En => en.to_owned(),
    };
    let reason =
        || json!({ "type": "string", "title": words("Begrunnelse", "Reason"), "minLength": 1, "maxLength": TEXT_MAX });
    let person = || json!({ "type": "string", "title": words("Saksbehandler", "Caseworker"), "format": "person" });
    let agency = || json!({ "type": "string", "title": words("Enhet", "Agency"), "format": "agency" });
    let name = |nb: &str, en: &str| json!({ "type": "string", "title": words(nb, en), "minLength": 1 });
    let codes: Vec<&str> = Need::ALL.iter().map(|need| need.as_str()).collect();
    let needs = || json!({ "type": "array", "items": { "type": "string", "enum": codes } });
    let object = |properties: Value, required: &[&str]| json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    let transition = "POST /cases/{id}/transitions";
    let (request, input) = match action {
        CaseAction::ProposeCoordinator => (
            transition,
            object(json!({ "agency": agency(), "reason": reason() }), &["agency"]),
        ),
        CaseAction::AcceptCoordination => (transition, object(json!({ "person": person() }), &[])),
        CaseAction::AssignCoordinator => (transition, object(json!({ "person": person() }), &["person"])),
        CaseAction::DeclineCoordination | CaseAction::Close | CaseAction::Reopen => {
            (transition, object(json!({ "reason": reason() }), &["reason"]))
        }
        CaseAction::ChangeNeeds => (
            "PATCH /cases/{id}",
            object(json!({ "addNeeds": needs(), "removeNeeds": needs() }), &[]),
        ),
        // What a referral asks for stands in the document; this is the other way.
        CaseAction::AddReferral => (
            "POST /cases/{id}/referrals",
            json!({ "type": "object", "properties": { "attach": name("Formidling", "Referral") } }),
        ),
        CaseAction::Merge => (
            "POST /cases/{id}/merge",
            object(
                json!({ "into": name("Inn i saken", "Into the case"), "reason": reason() }),
                &["into", "reason"],
            ),
        ),
        CaseAction::Split => (
            "POST /cases/{id}/split",
            object(
                json!({ "case": name("Saken som skal ut", "The case that leaves"), "reason": reason() }),
                &["case", "reason"],
            ),
        ),
    };
    CaseActionOut {
        action: action.as_str(),
        title: action.title(language),
        request,
        input,
    }
}
