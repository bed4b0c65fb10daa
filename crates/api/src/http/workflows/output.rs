//! A definition as a client is told of it.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use stafett_workflow::agreement::Purpose;
use stafett_workflow::calendar::{Limit, LimitUnit};
use stafett_workflow::definition::{
    self, Addressee, ClockRule, Definition, Escalation, Guard, Holder, LimitByUrgency, Party, Proof, State, Transition,
};
use stafett_workflow::vocabulary::{
    Action, AgencyKind, Code, HandoffState, Language, LegalBasisCode, Notice, ResidenceStatus, Role,
};
use utoipa::ToSchema;

use crate::http::schema;

/// A definition in a sentence.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkflowSummary {
    #[schema(example = "concern-report")]
    id: String,
    version: u16,
    title: String,
    /// What it is for.
    summary: String,
}

/// A whole definition, its words in the language of the caller.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowDefinition {
    #[schema(example = "concern-report")]
    id: String,
    version: u16,
    title: String,
    /// What it is for.
    summary: String,
    /// Kinds of agencies that may send.
    senders: Vec<WorkflowCode>,
    /// Kinds of agencies that may receive.
    receivers: Vec<WorkflowCode>,
    /// For whom it is.
    eligibility: WorkflowEligibility,
    /// Which legal bases it admits.
    legal_bases: Vec<WorkflowBasis>,
    /// The states, the first being where a hand-off is written.
    states: Vec<WorkflowState>,
    /// What leads from one to the next.
    transitions: Vec<WorkflowTransition>,
    /// The limits.
    clocks: Vec<WorkflowClock>,
}

/// One property that a definition was looked at for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkflowCheck {
    /// Its code.
    #[schema(example = "reachability")]
    property: &'static str,
    /// What must hold, in a sentence.
    statement: String,
    /// Whether it does.
    holds: bool,
    /// What would go wrong, a story each: the shortest way there, and what happens then; empty where it holds.
    findings: Vec<String>,
}

impl WorkflowCheck {
    pub(super) fn of(proof: Proof, language: Language) -> Self {
        Self {
            property: proof.property.as_str(),
            statement: proof.property.statement().in_language(language).to_owned(),
            holds: proof.findings.is_empty(),
            findings: proof
                .findings
                .iter()
                .map(|story| story.in_language(language).to_owned())
                .collect(),
        }
    }
}

/// A code with its words.
#[derive(Debug, Serialize, ToSchema)]
struct WorkflowCode {
    code: &'static str,
    title: &'static str,
}

/// For whom: ages in whole years, both included, null being no bound; lists that are empty admit everybody.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowEligibility {
    min_age: Option<u8>,
    max_age: Option<u8>,
    /// Staying in one of these municipalities, as four digits,
    municipalities: Vec<String>,
    /// or in one of these districts, as six.
    districts: Vec<String>,
    #[schema(schema_with = schema::residence_statuses)]
    residence: Vec<ResidenceStatus>,
}

/// A legal basis with its statutes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowBasis {
    #[schema(schema_with = schema::legal_basis)]
    code: LegalBasisCode,
    title: &'static str,
    #[schema(example = "bvl § 13-2; hpl § 33; sosialtjl § 45")]
    legal_ref: &'static str,
}

/// One step of a hand-off.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowState {
    #[schema(example = "screening")]
    id: String,
    /// The state that everybody understands.
    #[schema(schema_with = schema::handoff_state)]
    core: HandoffState,
    title: String,
    /// Who holds the baton: `sender`, `receiver` or `originator`.
    #[schema(value_type = String, example = "receiver")]
    holder: Holder,
    /// The limits that run here.
    clocks: Vec<String>,
}

/// What leads from one state to the next.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowTransition {
    #[schema(value_type = String, example = "accept")]
    action: Action,
    title: &'static str,
    /// From which states of the current hand-off.
    from: Vec<String>,
    /// To which state; null: it stays where it is.
    to: Option<String>,
    /// Whether it leads back to where the hand-off was before it was put on hold.
    resumes: bool,
    /// Whether whoever did it may undo it for a while.
    undo: bool,
    /// In which state the next hand-off begins, when one is opened.
    opens: Option<String>,
    /// By whom: `sender`, `receiver`, `custodian`, `either`, `earlier` or `coordinator`.
    #[schema(value_type = String, example = "receiver")]
    party: Party,
    /// In which roles there.
    roles: Vec<WorkflowCode>,
    /// What must be said, as JSON Schema.
    #[schema(schema_with = schema::any_object)]
    input: Value,
    /// What must hold besides: `receiver-admitted`, `basis-covers`, `eligible`, `person-given`, `content-given`.
    #[schema(value_type = Vec<String>)]
    guards: Vec<Guard>,
    /// Who is told by mail.
    notices: Vec<WorkflowNotice>,
}

/// Whom a transition tells, and what.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowNotice {
    /// `sender`, `receiver`, `next-receiver` or `originator`.
    #[schema(value_type = String, example = "sender")]
    to: Addressee,
    #[schema(value_type = String, example = "accepted")]
    notice: Notice,
    title: &'static str,
}

/// A limit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowClock {
    #[schema(example = "review")]
    id: String,
    title: String,
    /// How long, for each urgency; null where it runs only when the agencies have agreed on a limit.
    limit: Option<WorkflowLimits>,
    /// What the limit of an agreement is called that takes its place; a code of the list `agreement-limit`.
    #[schema(value_type = Option<String>)]
    agreed: Option<Purpose>,
    /// It runs from the first of these states until the last is left.
    runs_in: Vec<String>,
    /// In these states it stands still.
    pauses_in: Vec<String>,
    /// These actions fulfil it.
    #[schema(value_type = Vec<String>)]
    met_by: Vec<Action>,
    /// Whether it runs while the services disagree about who is responsible.
    while_disputed: bool,
    /// It counts from when this other limit is up, not from its own start.
    counts_from: Option<String>,
    /// When to warn, in percent of the way.
    warn_percent: u8,
    /// The statute or standard.
    legal_ref: Option<String>,
    /// The first day on which it is armed; null: from the start.
    valid_from: Option<NaiveDate>,
    /// The last day on which it is armed; null: without end.
    valid_to: Option<NaiveDate>,
    /// Who hears of a breach, in this order; the first is warned too. Codes of the list `escalation`.
    #[schema(value_type = Vec<String>)]
    escalation: Vec<Escalation>,
    /// How long after one of them the next one hears.
    escalate_every: WorkflowLimits,
    /// How long after the last one that one is told again, and again.
    remind_every: WorkflowLimits,
}

/// A limit for each urgency.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowLimits {
    emergency: WorkflowLimit,
    urgent: WorkflowLimit,
    routine: WorkflowLimit,
}

/// How long somebody has. Hours are exact; the others end with the local day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkflowLimit {
    amount: u16,
    /// `hours`, `days`, `weeks`, `months` or `working-days`.
    unit: &'static str,
    /// The same in words.
    #[schema(example = "1 uke")]
    text: String,
}

impl WorkflowSummary {
    pub(super) fn new(definition: &Definition, language: Language) -> Self {
        Self {
            id: definition.key.id.clone(),
            version: definition.key.version,
            title: definition.title.in_language(language).to_owned(),
            summary: definition.summary.in_language(language).to_owned(),
        }
    }
}

impl WorkflowDefinition {
    /// The definition in the words of one language.
    #[must_use]
    pub fn of(definition: &Definition, language: Language) -> Self {
        let kinds = |kinds: &[AgencyKind]| kinds.iter().map(|kind| WorkflowCode::of(*kind, language)).collect();
        let basis = |code: &LegalBasisCode| WorkflowBasis {
            code: *code,
            title: code.title(language),
            legal_ref: code.reference(),
        };
        let WorkflowSummary {
            id,
            version,
            title,
            summary,
        } = WorkflowSummary::new(definition, language);
        Self {
            id,
            version,
            title,
            summary,
            senders: kinds(&definition.senders),
            receivers: kinds(&definition.receivers),
            eligibility: WorkflowEligibility {
                min_age: definition.eligibility.min_age,
                max_age: definition.eligibility.max_age,
                municipalities: definition.eligibility.municipalities.clone(),
                districts: definition.eligibility.districts.clone(),
                residence: definition.eligibility.residence.clone(),
            },
            legal_bases: definition.legal_bases.iter().map(basis).collect(),
            states: definition
                .states
                .iter()
                .map(|state| WorkflowState::of(state, definition, language))
                .collect(),
            transitions: definition
                .transitions
                .iter()
                .map(|one| WorkflowTransition::of(one, language))
                .collect(),
            clocks: definition
                .clocks
                .iter()
                .map(|rule| WorkflowClock::of(rule, language))
                .collect(),
        }
    }
}

impl WorkflowCode {
    fn of<C: Code>(code: C, language: Language) -> Self {
        Self {
            code: code.as_str(),
            title: code.title(language),
        }
    }
}

impl WorkflowState {
    fn of(state: &State, definition: &Definition, language: Language) -> Self {
        let runs_here = definition
            .clocks
            .iter()
            .filter(|clock| clock.runs_in.contains(&state.id));
        Self {
            id: state.id.clone(),
            core: state.core,
            title: state.title.in_language(language).to_owned(),
            holder: state.holder,
            clocks: runs_here.map(|clock| clock.id.clone()).collect(),
        }
    }
}

impl WorkflowTransition {
    fn of(transition: &Transition, language: Language) -> Self {
        let notices = transition.notices.iter().map(|rule| WorkflowNotice {
            to: rule.to,
            notice: rule.notice,
            title: rule.notice.title(language),
        });
        Self {
            action: transition.action,
            title: transition.action.title(language),
            from: transition.from.clone(),
            to: transition.to.clone(),
            resumes: transition.resumes,
            undo: transition.undo,
            opens: transition.opens.clone(),
            party: transition.party,
            roles: transition
                .roles
                .iter()
                .map(|role: &Role| WorkflowCode::of(*role, language))
                .collect(),
            input: definition::schema(&transition.input, language),
            guards: transition.guards.clone(),
            notices: notices.collect(),
        }
    }
}

impl WorkflowClock {
    fn of(rule: &ClockRule, language: Language) -> Self {
        Self {
            id: rule.id.clone(),
            title: rule.title.in_language(language).to_owned(),
            limit: rule.limit.as_ref().map(|limit| WorkflowLimits::of(limit, language)),
            agreed: rule.agreed,
            runs_in: rule.runs_in.clone(),
            pauses_in: rule.pauses_in.clone(),
            met_by: rule.met_by.clone(),
            while_disputed: rule.while_disputed,
            counts_from: rule.counts_from.clone(),
            warn_percent: rule.warn_percent,
            legal_ref: rule.legal_ref.clone(),
            valid_from: rule.validity.from,
            valid_to: rule.validity.to,
            escalation: rule.escalation.clone(),
            escalate_every: WorkflowLimits::of(&rule.escalate_every, language),
            remind_every: WorkflowLimits::of(&rule.remind_every, language),
        }
    }
}

impl WorkflowLimits {
    fn of(limits: &LimitByUrgency, language: Language) -> Self {
        let limit = |limit: Limit| WorkflowLimit {
            amount: limit.amount(),
            unit: unit(limit.unit()),
            text: limit.text(language),
        };
        Self {
            emergency: limit(limits.emergency),
            urgent: limit(limits.urgent),
            routine: limit(limits.routine),
        }
    }
}

const fn unit(unit: LimitUnit) -> &'static str {
    match unit {
        LimitUnit::Hours => "hours",
        LimitUnit::Days => "days",
        LimitUnit::Weeks => "weeks",
        LimitUnit::Months => "months",
        LimitUnit::WorkingDays => "working-days",
        LimitUnit::OpeningHours => "opening-hours",
    }
}
