//! What a client is told of a referral.

mod clock;
mod handoff;
mod row;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use stafett_store::agencies::AgencyName;
use stafett_workflow::agency::AgencyId;
use stafett_workflow::definition;
use stafett_workflow::disclosure::Field;
use stafett_workflow::person::Person;
use stafett_workflow::referral::WorkflowKey;
use stafett_workflow::vocabulary::{Code, Language, Need, ReferralState, Urgency};
use utoipa::ToSchema;
use uuid::Uuid;

use super::input::{IdentifierIn, InformedIn, PersonIn, WhereaboutsIn};
use crate::app::persons::Duplicate;
use crate::app::referrals::View;
use crate::app::referrals::view::Names;
use crate::http::schema;
use handoff::{HandoffOut, handoff};

pub use clock::ClockAgreement;
pub use handoff::WithheldOut;
pub use row::{ReferralRow, rows};

/// A referral with everything that this caller may know of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferralOut {
    id: Uuid,
    /// The short name that people say on the phone.
    #[schema(example = "K7QF-2M")]
    reference: String,
    workflow: WorkflowOut,
    #[schema(schema_with = schema::referral_state)]
    state: ReferralState,
    #[schema(schema_with = schema::urgency)]
    urgency: Urgency,
    /// Who wrote it.
    originator: AgencyOut,
    /// Who holds the baton: must act now, or answers for it.
    custodian: AgencyOut,
    /// The municipality that decides, once the services have disagreed about who is responsible.
    coordinator: Option<AgencyOut>,
    /// Since when they disagree; null while they do not.
    disputed_since: Option<DateTime<Utc>>,
    /// Once everything told of the youth is erased: when, and so in words.
    erased: Option<ErasedOut>,
    /// The youth, as far as the caller may know; null for an anonymous consultation, and once erased.
    person: Option<PersonIn>,
    /// What the law keeps from this caller, whether or not there is anything: codes of the list `disclosure-field`.
    #[schema(value_type = Vec<String>, example = json!(["identity-number"]))]
    not_shown: Vec<Field>,
    #[schema(schema_with = schema::needs)]
    needs: Vec<Need>,
    summary: Option<String>,
    informed: Option<InformedIn>,
    /// The referral that it grew out of; null also when the caller may not know of that one.
    parent_id: Option<Uuid>,
    /// The case in which it lies.
    case: Option<CaseRef>,
    /// The current hand-off.
    handoff: Option<HandoffOut>,
    /// Every hand-off, in order.
    handoffs: Vec<HandoffOut>,
    /// What this caller may do now.
    actions: Vec<ActionOut>,
    /// When the first running clock is up.
    next_due_at: Option<DateTime<Utc>>,
    /// Whether a running clock is past its limit.
    overdue: bool,
    /// Counts decisions; the ETag.
    version: u32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
    /// What the writer should look at; only in the answer to a new referral.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<WarningOut>,
}

/// A case by its names.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseRef {
    id: Uuid,
    #[schema(example = "S-K7QF-2N")]
    reference: String,
}

/// Something to look at. It refuses nothing.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WarningOut {
    /// `likely-duplicate`: a referral that the caller may see is probably about the same youth.
    #[schema(example = "likely-duplicate")]
    code: &'static str,
    title: &'static str,
    referral: ReferralRef,
}

/// A referral by its names.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferralRef {
    id: Uuid,
    #[schema(example = "K7QF-2M")]
    reference: String,
}

impl ReferralRef {
    /// By its names.
    #[must_use]
    pub const fn new(id: Uuid, reference: String) -> Self {
        Self { id, reference }
    }

    /// The short name.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }
}

impl WarningOut {
    /// A likely duplicate.
    #[must_use]
    pub fn of(duplicate: &Duplicate, language: Language) -> Self {
        Self {
            code: "likely-duplicate",
            title: match language {
                Language::Nb => "Sannsynligvis samme ungdom som i en annen formidling",
                Language::En => "Probably the same youth as in another referral",
            },
            referral: ReferralRef {
                id: duplicate.id.0,
                reference: duplicate.reference.to_string(),
            },
        }
    }
}

/// That what was told is no longer here.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErasedOut {
    at: DateTime<Utc>,
    #[schema(example = "Slettet for godt")]
    text: &'static str,
}

/// What was written, or that it is erased.
pub(in crate::http) fn in_words(text: Option<&str>, language: Language) -> String {
    text.unwrap_or_else(|| erased(language)).to_owned()
}

const fn erased(language: Language) -> &'static str {
    match language {
        Language::Nb => "Slettet for godt",
        Language::En => "Erased for good",
    }
}

/// Which definition it runs on.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowOut {
    #[schema(example = "concern-report")]
    id: String,
    version: u16,
    title: String,
}

/// An agency by its names.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgencyOut {
    id: Uuid,
    #[schema(example = "barnevernvakten")]
    slug: String,
    name: String,
}

impl AgencyOut {
    /// One whose names are known already.
    pub(crate) fn named(id: AgencyId, slug: &str, name: &str) -> Self {
        Self {
            id: id.0,
            slug: slug.to_owned(),
            name: name.to_owned(),
        }
    }
}

/// A colleague.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonRef {
    id: Uuid,
    name: String,
}

/// Something that the caller may do now.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActionOut {
    #[schema(example = "withdraw")]
    action: String,
    title: String,
    /// What must be said, as JSON Schema.
    #[schema(schema_with = schema::any_object)]
    input: Value,
}

impl AgencyOut {
    /// From the names that were loaded; an agency is never deleted, so its name is always among them.
    #[must_use]
    pub fn of(id: AgencyId, names: &Names) -> Self {
        match names.agency(id) {
            Some(AgencyName { id, slug, name, .. }) => Self {
                id: id.0,
                slug: slug.clone(),
                name: name.clone(),
            },
            None => Self {
                id: id.0,
                slug: String::new(),
                name: String::new(),
            },
        }
    }
}

impl PersonRef {
    /// What they are called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// From the names that were loaded.
    #[must_use]
    pub fn of(id: stafett_workflow::agency::UserId, names: &Names) -> Self {
        Self {
            id: id.0,
            name: names.person(id).unwrap_or_default().to_owned(),
        }
    }
}

impl ReferralOut {
    /// What `view` tells in one language.
    #[must_use]
    pub fn of(view: &View, language: Language) -> Self {
        let referral = view.referral();
        let content = view.disclosed.content();
        Self {
            id: referral.id.0,
            reference: referral.reference.to_string(),
            workflow: workflow(&referral.workflow, view.definition.title.in_language(language)),
            state: referral.state,
            urgency: referral.urgency,
            originator: AgencyOut::of(referral.originator, &view.names),
            custodian: AgencyOut::of(referral.custodian, &view.names),
            coordinator: referral
                .coordinator
                .map(|coordinator| AgencyOut::of(coordinator, &view.names)),
            disputed_since: referral.disputed_since,
            erased: view.erased_at().map(|at| ErasedOut {
                at,
                text: erased(language),
            }),
            person: view.disclosed.person().map(person),
            not_shown: view.disclosed.reading().kept_back().iter().collect(),
            needs: content.needs.clone(),
            summary: content.summary.clone(),
            informed: content.informed.as_ref().map(|informed| InformedIn {
                youth: informed.youth,
                guardians: informed.guardians,
                reason: informed.reason.clone(),
            }),
            parent_id: view.parent.map(|parent| parent.0),
            case: view.case.map(|(id, reference)| CaseRef {
                id: id.0,
                reference: reference.to_string(),
            }),
            handoff: referral
                .current_handoff()
                .map(|current| handoff(view, current, language)),
            handoffs: referral
                .handoffs
                .iter()
                .map(|one| handoff(view, one, language))
                .collect(),
            actions: actions(view, language),
            next_due_at: referral.next_due(),
            overdue: referral.running_clocks().any(|clock| clock.is_overdue(view.now)),
            version: referral.version,
            created_at: view.created_at(),
            updated_at: view.updated_at(),
            closed_at: referral.closed_at,
            warnings: view
                .warnings
                .iter()
                .map(|duplicate| WarningOut::of(duplicate, language))
                .collect(),
        }
    }
}

fn workflow(key: &WorkflowKey, title: &str) -> WorkflowOut {
    WorkflowOut {
        id: key.id.clone(),
        version: key.version,
        title: title.to_owned(),
    }
}

fn actions(view: &View, language: Language) -> Vec<ActionOut> {
    view.actions
        .iter()
        .map(|transition| ActionOut {
            action: transition.action.to_string(),
            title: transition.action.title(language).to_owned(),
            input: definition::schema(&transition.input, language),
        })
        .collect()
}

fn person(person: &Person) -> PersonIn {
    PersonIn {
        alias: person.alias.clone(),
        name: person.name.clone(),
        estimated_age: person.estimated_age,
        identifier: person.identifier.as_ref().map(|identifier| IdentifierIn {
            kind: identifier.kind().to_string(),
            value: Some(identifier.value().to_owned()),
        }),
        whereabouts: person.whereabouts.as_ref().map(|whereabouts| WhereaboutsIn {
            municipality: whereabouts.municipality.clone(),
            district: whereabouts.district.clone(),
        }),
        residence_status: person.residence_status,
        flags: person.flags.clone(),
        language: person.language.clone(),
        interpreter: person.interpreter,
        address_protection: person.address_protection.0,
    }
}
