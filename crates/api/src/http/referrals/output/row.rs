//! A row of a work list.

use chrono::{DateTime, Utc};
use serde::Serialize;
use stafett_store::referrals::Line;
use stafett_workflow::referral::WorkflowKey;
use stafett_workflow::vocabulary::{HandoffState, ReferralState, Urgency};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{AgencyOut, PersonRef, WorkflowOut, workflow};
use crate::app::referrals::list::Listed;
use crate::http::schema;

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
pub(super) struct RowHandoff {
    id: Uuid,
    #[schema(schema_with = schema::handoff_state)]
    state: HandoffState,
    sender: AgencyOut,
    receiver: Option<AgencyOut>,
    assignee: Option<PersonRef>,
    sent_at: Option<DateTime<Utc>>,
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
