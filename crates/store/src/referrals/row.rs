//! Between rows and the relay's values.

use sea_orm::ActiveValue::Set;
use stafett_workflow::agency::{AgencyId, AgreementId, ClockId, HandoffId, ReferralId, TextId, UserId};
use stafett_workflow::event::Terms;
use stafett_workflow::reference::Reference;
use stafett_workflow::referral::{Clock, Handoff, LastStep, Referral, Times, WorkflowKey};

use crate::entity::{clock, handoff, referral};
use crate::error::StoreError;
use crate::map::{self, micros};

/// One referral from its rows; hand-offs and clocks in their order.
pub(super) fn assemble(
    row: &referral::Model,
    handoffs: Vec<handoff::Model>,
    clocks: Vec<clock::Model>,
) -> Result<Referral, StoreError> {
    let name = format!("referral {}", row.id);
    let count: usize = map::count(&name, "handoff_count", row.handoff_count)?;
    if count != handoffs.len() {
        return Err(StoreError::corrupt(
            name,
            "handoff_count is not the number of its hand-offs",
        ));
    }
    Ok(Referral {
        id: ReferralId(row.id),
        reference: reference(row)?,
        workflow: workflow(row)?,
        state: map::code(&name, "state", &row.state)?,
        originator: AgencyId(row.originator_id),
        custodian: AgencyId(row.custodian_id),
        urgency: map::code(&name, "urgency", &row.urgency)?,
        handoffs: handoffs.into_iter().map(to_handoff).collect::<Result<_, _>>()?,
        clocks: clocks.into_iter().map(to_clock).collect::<Result<_, _>>()?,
        version: map::count(&name, "version", row.version)?,
        event_seq: map::count(&name, "event_seq", row.event_seq)?,
        closed_at: row.closed_at,
        coordinator: row.coordinator_id.map(AgencyId),
        disputed_since: row.disputed_since,
        last: last_step(&name, row)?,
    })
}

fn last_step(name: &str, row: &referral::Model) -> Result<Option<LastStep>, StoreError> {
    match (&row.last_action, row.last_by, row.last_at, row.last_version) {
        (Some(action), Some(by), Some(at), Some(version)) => Ok(Some(LastStep {
            action: map::code(name, "last_action", action)?,
            by: UserId(by),
            at,
            version: map::count(name, "last_version", version)?,
        })),
        (None, None, None, None) => Ok(None),
        _ => Err(StoreError::corrupt(name, "its last step is incomplete")),
    }
}

pub(super) fn reference(row: &referral::Model) -> Result<Reference, StoreError> {
    row.reference
        .parse()
        .map_err(|_not_a_reference| StoreError::corrupt(format_args!("referral {}", row.id), "reference is not one"))
}

pub(super) fn workflow(row: &referral::Model) -> Result<WorkflowKey, StoreError> {
    let version = map::count(
        format_args!("referral {}", row.id),
        "workflow_version",
        row.workflow_version,
    )?;
    Ok(WorkflowKey {
        id: row.workflow_id.clone(),
        version,
    })
}

pub(super) fn to_handoff(row: handoff::Model) -> Result<Handoff, StoreError> {
    let name = format!("hand-off {}", row.id);
    Ok(Handoff {
        id: HandoffId(row.id),
        state: map::code(&name, "state", &row.state)?,
        step: row.step,
        sender: AgencyId(row.sender_id),
        terms: Terms {
            receiver: row.receiver_id.map(AgencyId),
            basis: map::optional_code(&name, "basis_code", row.basis_code.as_deref())?,
            basis_text: row.basis_text_id.map(TextId),
            covers: row
                .covers
                .map(|covers| map::json(&name, "covers", covers))
                .transpose()?,
        },
        assignee: row.assignee_id.map(UserId),
        forwarded_by: row.forwarded_by.map(AgencyId),
        successor: row.successor_id.map(HandoffId),
        times: Times {
            created: Some(row.created_at),
            sent: row.sent_at,
            seen: row.seen_at,
            acknowledged: row.acknowledged_at,
            decided: row.decided_at,
            ended: row.ended_at,
        },
        code: row.code,
        resumes_to: row.resumes_to,
        marks: map::json(&name, "marks", row.marks)?,
    })
}

fn to_clock(row: clock::Model) -> Result<Clock, StoreError> {
    let name = format!("clock {}", row.id);
    Ok(Clock {
        id: ClockId(row.id),
        handoff: HandoffId(row.handoff_id),
        name: row.name,
        started_at: row.started_at,
        warn_at: row.warn_at,
        due_at: row.due_at,
        agreement: row.agreement_id.map(AgreementId),
        stopped_at: row.stopped_at,
        paused_at: row.paused_at,
        warned_at: row.warned_at,
        breached_at: row.breached_at,
        level: map::count(name, "level", row.level)?,
        next_fire_at: row.next_fire_at,
    })
}

pub(super) fn from_handoff(
    referral: ReferralId,
    ordinal: usize,
    handoff: &Handoff,
) -> Result<handoff::ActiveModel, StoreError> {
    let name = format!("hand-off {}", handoff.id);
    let times = handoff.times;
    let created = times
        .created
        .ok_or_else(|| StoreError::corrupt(&name, "it has no beginning"))?;
    Ok(handoff::ActiveModel {
        id: Set(handoff.id.0),
        referral_id: Set(referral.0),
        ordinal: Set(ordinal_of(&name, ordinal)?),
        state: Set(handoff.state.as_str().to_owned()),
        step: Set(handoff.step.clone()),
        sender_id: Set(handoff.sender.0),
        receiver_id: Set(handoff.terms.receiver.map(|receiver| receiver.0)),
        assignee_id: Set(handoff.assignee.map(|assignee| assignee.0)),
        forwarded_by: Set(handoff.forwarded_by.map(|agency| agency.0)),
        successor_id: Set(handoff.successor.map(|successor| successor.0)),
        basis_code: Set(handoff.terms.basis.map(|basis| basis.as_str().to_owned())),
        basis_text_id: Set(handoff.terms.basis_text.map(|text| text.0)),
        covers: Set(handoff
            .terms
            .covers
            .map(serde_json::to_value)
            .transpose()
            .map_err(|_unlikely| StoreError::corrupt(&name, "what its consent covers has no JSON form"))?),
        open: Set(handoff.is_open()),
        created_at: Set(micros(created)),
        sent_at: Set(times.sent.map(micros)),
        seen_at: Set(times.seen.map(micros)),
        acknowledged_at: Set(times.acknowledged.map(micros)),
        decided_at: Set(times.decided.map(micros)),
        ended_at: Set(times.ended.map(micros)),
        code: Set(handoff.code.clone()),
        resumes_to: Set(handoff.resumes_to.clone()),
        marks: Set(serde_json::to_value(&handoff.marks)
            .map_err(|_unlikely| StoreError::corrupt(&name, "its marks have no JSON form"))?),
    })
}

pub(super) fn from_clock(
    referral: ReferralId,
    ordinal: usize,
    clock: &Clock,
) -> Result<clock::ActiveModel, StoreError> {
    Ok(clock::ActiveModel {
        id: Set(clock.id.0),
        referral_id: Set(referral.0),
        handoff_id: Set(clock.handoff.0),
        ordinal: Set(ordinal_of(&format!("clock {}", clock.id), ordinal)?),
        name: Set(clock.name.clone()),
        started_at: Set(micros(clock.started_at)),
        warn_at: Set(micros(clock.warn_at)),
        due_at: Set(micros(clock.due_at)),
        stopped_at: Set(clock.stopped_at.map(micros)),
        paused_at: Set(clock.paused_at.map(micros)),
        warned_at: Set(clock.warned_at.map(micros)),
        breached_at: Set(clock.breached_at.map(micros)),
        level: Set(clock.level.into()),
        next_fire_at: Set(clock.next_fire_at.map(micros)),
        agreement_id: Set(clock.agreement.map(|agreement| agreement.0)),
    })
}

/// Ordinals count from 1.
fn ordinal_of(name: &str, place: usize) -> Result<i32, StoreError> {
    i32::try_from(place.saturating_add(1)).map_err(|_range| StoreError::corrupt(name, "ordinal is out of range"))
}
