//! What a client is told of a referral.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use stafett_store::agencies::AgencyName;
use stafett_store::outbox::{Receipt, Status};
use stafett_store::referrals::Line;
use stafett_workflow::agency::{AgencyId, HandoffId};
use stafett_workflow::definition;
use stafett_workflow::person::Person;
use stafett_workflow::referral::{Clock, Handoff, Referral, WorkflowKey};
use stafett_workflow::vocabulary::{
    Code, HandoffState, Language, LegalBasisCode, Need, Notice, ReferralState, Urgency,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::input::{ConsentIn, IdentifierIn, InformedIn, PersonIn, WhereaboutsIn};
use crate::app::persons::Duplicate;
use crate::app::referrals::View;
use crate::app::referrals::list::Listed;
use crate::app::referrals::view::Names;
use crate::http::schema;

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
    /// The youth; null for an anonymous consultation.
    person: Option<PersonIn>,
    #[schema(schema_with = schema::needs)]
    needs: Vec<Need>,
    summary: Option<String>,
    informed: Option<InformedIn>,
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

/// A colleague.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonRef {
    id: Uuid,
    name: String,
}

/// A colleague who stands in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeputyRef {
    id: Uuid,
    name: String,
    /// Until when.
    until: DateTime<Utc>,
}

/// One attempt to pass the baton.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HandoffOut {
    id: Uuid,
    #[schema(schema_with = schema::handoff_state)]
    state: HandoffState,
    /// The profile's own step.
    step: StepOut,
    sender: AgencyOut,
    receiver: Option<AgencyOut>,
    assignee: Option<PersonRef>,
    /// Who stands in for the person who is responsible, while they are away.
    deputy: Option<DeputyRef>,
    /// The agency that sent it on, when it is a forwarded one.
    forwarded_by: Option<AgencyOut>,
    /// The hand-off that followed, when this one was forwarded.
    successor_id: Option<Uuid>,
    legal_basis: Option<LegalBasisOut>,
    clocks: Vec<ClockOut>,
    receipts: ReceiptsOut,
    created_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    /// The code with which it ended: of the decline or of the outcome.
    code: Option<String>,
}

/// A step with its name.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepOut {
    id: String,
    title: String,
}

/// A legal basis with its statute.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LegalBasisOut {
    #[schema(schema_with = schema::legal_basis)]
    code: LegalBasisCode,
    title: String,
    #[schema(example = "bvl § 13-2; hpl § 33; sosialtjl § 45")]
    legal_ref: String,
    reason: Option<String>,
    consent: Option<ConsentIn>,
}

/// A limit.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClockOut {
    #[schema(example = "review")]
    id: String,
    title: String,
    started_at: DateTime<Utc>,
    warn_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    stopped_at: Option<DateTime<Utc>>,
    paused_at: Option<DateTime<Utc>>,
    /// `running`; `warned` when it draws near and `overdue` when it is missed, while it runs on; `paused`; `met` or `missed`
    /// when what it waited for has happened.
    status: &'static str,
    /// Whether the limit is or was missed.
    overdue: bool,
    /// When those who must act were warned.
    warned_at: Option<DateTime<Utc>>,
    /// When the first of the escalation chain was told that it was missed.
    breached_at: Option<DateTime<Utc>>,
    /// How many links of the escalation chain have been told.
    escalation_level: u8,
    /// After when it tells the next one; null while it does not run.
    next_notice_at: Option<DateTime<Utc>>,
    legal_ref: Option<String>,
}

/// How far the hand-off has come: sent is not received.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptsOut {
    /// Stored with the receiver, for good.
    stored: Option<DateTime<Utc>>,
    /// The mail to the receiver was queued: in the same commit.
    queued: Option<DateTime<Utc>>,
    /// The receiver's mail server took it.
    mailed: Option<DateTime<Utc>>,
    /// The mail could not be delivered; a person must see to it.
    undeliverable: bool,
    /// Somebody of the receiver opened it.
    seen: Option<DateTime<Utc>>,
    acknowledged: Option<DateTime<Utc>>,
    /// Accepted, declined, returned or forwarded.
    decided: Option<DateTime<Utc>>,
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

/// A row of a work list: the least that one needs to choose. Nothing in it tells of the youth.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferralRow {
    id: Uuid,
    reference: String,
    workflow: WorkflowOut,
    #[schema(schema_with = schema::referral_state)]
    state: ReferralState,
    #[schema(schema_with = schema::urgency)]
    urgency: Urgency,
    custodian: AgencyOut,
    handoff: RowHandoff,
    next_due_at: Option<DateTime<Utc>>,
    overdue: bool,
    /// Whether it is here because the reader stands in for the person who is responsible.
    standing_in: bool,
    /// When it comes back at the latest, where the reader has put it aside.
    snoozed_until: Option<DateTime<Utc>>,
    version: u32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
}

/// The current hand-off of a row.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RowHandoff {
    id: Uuid,
    #[schema(schema_with = schema::handoff_state)]
    state: HandoffState,
    sender: AgencyOut,
    receiver: Option<AgencyOut>,
    assignee: Option<PersonRef>,
    sent_at: Option<DateTime<Utc>>,
}

impl AgencyOut {
    /// From the names that were loaded; an agency is never deleted, so its name is always among them.
    #[must_use]
    pub fn of(id: AgencyId, names: &Names) -> Self {
        match names.agency(id) {
            Some(AgencyName { id, slug, name }) => Self {
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
        let record = &view.record;
        let referral = record.referral();
        let content = record.content();
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
            person: record.person().map(person),
            needs: content.needs.clone(),
            summary: content.summary.clone(),
            informed: content.informed.as_ref().map(|informed| InformedIn {
                youth: informed.youth,
                guardians: informed.guardians,
                reason: informed.reason.clone(),
            }),
            parent_id: record.parent().map(|parent| parent.0),
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
            created_at: record.created_at(),
            updated_at: record.updated_at(),
            closed_at: referral.closed_at,
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
pub fn rows(listed: &Listed, title: impl Fn(&WorkflowKey) -> String) -> Vec<ReferralRow> {
    listed.lines.iter().map(|line| row(line, listed, &title)).collect()
}

fn row(line: &Line, listed: &Listed, title: &impl Fn(&WorkflowKey) -> String) -> ReferralRow {
    let names = &listed.names;
    ReferralRow {
        id: line.id.0,
        reference: line.reference.to_string(),
        workflow: workflow(&line.workflow, &title(&line.workflow)),
        state: line.state,
        urgency: line.urgency,
        custodian: AgencyOut::of(line.custodian, names),
        handoff: RowHandoff {
            id: line.handoff.id.0,
            state: line.handoff.state,
            sender: AgencyOut::of(line.handoff.sender, names),
            receiver: line
                .handoff
                .terms
                .receiver
                .map(|receiver| AgencyOut::of(receiver, names)),
            assignee: line.handoff.assignee.map(|assignee| PersonRef::of(assignee, names)),
            sent_at: line.handoff.times.sent,
        },
        next_due_at: line.next_due,
        overdue: line.next_due.is_some_and(|due| listed.now > due),
        standing_in: line
            .handoff
            .assignee
            .zip(line.handoff.terms.receiver)
            .is_some_and(|whose| listed.standing_in.contains(&whose)),
        snoozed_until: listed.snoozed.get(&line.id).copied(),
        version: line.version,
        created_at: line.created_at,
        updated_at: line.updated_at,
        closed_at: line.closed_at,
    }
}

fn workflow(key: &WorkflowKey, title: &str) -> WorkflowOut {
    WorkflowOut {
        id: key.id.clone(),
        version: key.version,
        title: title.to_owned(),
    }
}

fn handoff(view: &View, handoff: &Handoff, language: Language) -> HandoffOut {
    let referral = view.record.referral();
    let agency = |id| AgencyOut::of(id, &view.names);
    let step = view.definition.state(&handoff.step);
    HandoffOut {
        id: handoff.id.0,
        state: handoff.state,
        step: StepOut {
            id: handoff.step.clone(),
            title: step.map_or("", |step| step.title.in_language(language)).to_owned(),
        },
        sender: agency(handoff.sender),
        receiver: handoff.terms.receiver.map(agency),
        assignee: handoff.assignee.map(|assignee| PersonRef::of(assignee, &view.names)),
        deputy: deputy(view, handoff),
        forwarded_by: handoff.forwarded_by.map(agency),
        successor_id: handoff.successor.map(|successor| successor.0),
        legal_basis: handoff
            .terms
            .basis
            .map(|code| legal_basis(view, handoff, code, language)),
        clocks: clocks(view, referral, handoff.id, language),
        receipts: receipts(view, handoff),
        created_at: handoff.times.created,
        ended_at: handoff.times.ended,
        code: handoff.code.clone(),
    }
}

fn deputy(view: &View, handoff: &Handoff) -> Option<DeputyRef> {
    let absence = view.deputy.as_ref()?;
    let whose =
        handoff.is_open() && handoff.assignee == Some(absence.user) && handoff.terms.receiver == Some(absence.agency);
    whose.then(|| DeputyRef {
        id: absence.deputy.0,
        name: view.names.person(absence.deputy).unwrap_or_default().to_owned(),
        until: absence.ends_at,
    })
}

fn legal_basis(view: &View, handoff: &Handoff, code: LegalBasisCode, language: Language) -> LegalBasisOut {
    let text = handoff.terms.basis_text.and_then(|id| view.bases.get(&id));
    LegalBasisOut {
        code,
        title: code.title(language).to_owned(),
        legal_ref: code.reference().to_owned(),
        reason: text.map(|basis| basis.reason.clone()),
        consent: text.and_then(|basis| basis.consent.as_ref()).map(|consent| ConsentIn {
            by: consent.by,
            age: consent.age,
            scope: consent.scope.clone(),
        }),
    }
}

fn clocks(view: &View, referral: &Referral, handoff: HandoffId, language: Language) -> Vec<ClockOut> {
    let of = |clock: &&Clock| clock.handoff == handoff;
    referral
        .clocks
        .iter()
        .filter(of)
        .map(|clock| clock_out(view, clock, language))
        .collect()
}

fn clock_out(view: &View, clock: &Clock, language: Language) -> ClockOut {
    let rule = view.definition.clock(&clock.name);
    ClockOut {
        id: clock.name.clone(),
        title: rule.map_or("", |rule| rule.title.in_language(language)).to_owned(),
        started_at: clock.started_at,
        warn_at: clock.warn_at,
        due_at: clock.due_at,
        stopped_at: clock.stopped_at,
        paused_at: clock.paused_at,
        status: status(clock, view.now),
        overdue: clock.is_overdue(view.now),
        warned_at: clock.warned_at,
        breached_at: clock.breached_at,
        escalation_level: clock.level,
        next_notice_at: clock.next_fire_at,
        legal_ref: rule.and_then(|rule| rule.legal_ref.clone()),
    }
}

fn status(clock: &Clock, now: DateTime<Utc>) -> &'static str {
    match (clock.is_running(), clock.is_overdue(now)) {
        (true, true) => "overdue",
        (true, false) if now > clock.warn_at => "warned",
        (true, false) => "running",
        (false, _) if clock.is_paused() => "paused",
        (false, true) => "missed",
        (false, false) => "met",
    }
}

/// The ladder of the notice that brought the hand-off to its receiver.
fn receipts(view: &View, handoff: &Handoff) -> ReceiptsOut {
    let to_receiver = |receipt: &&Receipt| {
        receipt.handoff == Some(handoff.id)
            && Some(receipt.agency) == handoff.terms.receiver
            && matches!(receipt.notice, Notice::NewReferral | Notice::ForwardedToYou)
    };
    let notice = view.receipts.iter().find(to_receiver);
    ReceiptsOut {
        stored: handoff.times.sent,
        queued: notice.map(|notice| notice.queued_at),
        mailed: notice.and_then(|notice| notice.sent_at),
        undeliverable: notice.is_some_and(|notice| notice.status == Status::Dead),
        seen: handoff.times.seen,
        acknowledged: handoff.times.acknowledged,
        decided: handoff.times.decided,
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
