//! The decisions about a case, in the order of refusal that referrals have: hidden, not theirs, not now, not right.
//!
//! **Somebody always coordinates.** A change of coordinator is offered, and takes effect when the other has accepted.
//!
//! A decision is judged by what its actor may see. Closing asks whether a referral is still active among those that the
//! coordinator may know of: an answer that counted hidden ones would tell of them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::event::CaseEvent;
use super::{Case, CaseRelation, Member};
use crate::agency::{Agencies, AgencyId, CaseId};
use crate::command::Colleague;
use crate::decide::{Before, Writing};
use crate::policy::{self, Actor, Operation, Permit, Verdict};
use crate::reference::CaseReference;
use crate::refusal::{Refusal, Rule};
use crate::vocabulary::{CaseAction, CaseState, Code, Language, Need, Notice};

pub use super::gather::{attach, change_needs, open};
pub use super::merge::{merge, split};
pub use super::transition::transition;

/// What a decision about a case is taken in.
#[derive(Debug, Clone, Copy)]
pub struct CaseContext<'a> {
    /// Now, truncated to microseconds.
    pub now: DateTime<Utc>,
    /// A fresh UUIDv7; the ids of all that the decision creates are derived from it.
    pub id: Uuid,
    /// Who asks.
    pub actor: &'a Actor,
    /// Whatever agencies the input names.
    pub agencies: &'a Agencies,
    /// The person whom the input names, if it names one.
    pub colleague: Option<&'a Colleague>,
}

/// A case about to be opened.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// Its id.
    pub id: CaseId,
    /// Its short name.
    pub reference: CaseReference,
    /// Who coordinates, by slug or id: one of the actor's agencies.
    pub coordinator: String,
    /// Needs beside those of the referrals.
    pub needs: Vec<Need>,
}

/// An action on a case with what it asks for.
#[derive(Debug, Clone)]
pub struct CaseCommand {
    /// What to do.
    pub action: CaseAction,
    /// To whom the coordination is offered, by slug or id.
    pub agency: Option<String>,
    /// Who coordinates in one's own agency: `me`, or an id.
    pub person: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// What was decided about a case. Only this crate makes one, and the store writes nothing about a case without one.
#[derive(Debug, Clone)]
pub struct CaseDecision {
    pub(super) before: Option<Before>,
    pub(super) next: Case,
    pub(super) events: Vec<CaseEvent>,
    pub(super) notices: Vec<CaseNotice>,
    pub(super) texts: Vec<Writing>,
    pub(super) permit: Permit,
}

/// Somebody must be told of something about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseNotice {
    /// Whom.
    pub to: AgencyId,
    /// What.
    pub notice: Notice,
    /// The event that gave rise to it.
    pub event: Uuid,
}

impl CaseDecision {
    /// What the stored case must still be; `None` for a new one.
    #[must_use]
    pub const fn before(&self) -> Option<Before> {
        self.before
    }

    /// The case after it.
    #[must_use]
    pub const fn next(&self) -> &Case {
        &self.next
    }

    /// What happened, in order.
    #[must_use]
    pub fn events(&self) -> &[CaseEvent] {
        &self.events
    }

    /// Who must be told.
    #[must_use]
    pub fn notices(&self) -> &[CaseNotice] {
        &self.notices
    }

    /// The texts that the events name.
    #[must_use]
    pub fn texts(&self) -> &[Writing] {
        &self.texts
    }

    /// On whose authority.
    #[must_use]
    pub const fn permit(&self) -> &Permit {
        &self.permit
    }
}

/// Whether `actor` may take `action` on `case` now: party and state, not yet the input.
///
/// # Errors
/// [`Refusal`] of the kind hidden, party or state.
pub fn admit(case: &Case, members: &[Member], action: CaseAction, actor: &Actor) -> Result<Permit, Refusal> {
    let answers = matches!(action, CaseAction::AcceptCoordination | CaseAction::DeclineCoordination);
    // Somebody of several agencies answers for the one that was asked.
    let asked = case
        .proposal
        .map(|proposal| proposal.to)
        .filter(|to| answers && actor.does_casework_in(*to));
    let permit = policy::permit_case(actor, Operation::ChangeCase(action), |agency| match asked {
        Some(asked) if asked != agency => CaseRelation::Outsider,
        Some(_) | None => case.standing(agency, members),
    })
    .map_err(|verdict| match verdict {
        Verdict::Hidden => Refusal::not_found(),
        Verdict::Forbidden | Verdict::Allowed => not_yours(action),
    })?;
    let offered = case.proposal.is_some_and(|proposal| proposal.to == permit.agency());
    let open = case.state == CaseState::Open;
    let now = match action {
        CaseAction::AcceptCoordination | CaseAction::DeclineCoordination => {
            if !offered {
                return Err(not_yours(action));
            }
            open
        }
        CaseAction::Reopen => case.state == CaseState::Closed,
        CaseAction::Split => open && case.strands.len() > 1,
        CaseAction::ProposeCoordinator
        | CaseAction::AssignCoordinator
        | CaseAction::Close
        | CaseAction::ChangeNeeds
        | CaseAction::AddReferral
        | CaseAction::Merge => open,
    };
    if !now {
        let (nb, en) = (case.state.title(Language::Nb), case.state.title(Language::En));
        return Err(Refusal::new(
            Rule::CaseNotOpen,
            format!(
                "«{}» kan ikke gjøres nå: saken er {nb}. Hva du kan gjøre nå, står på den.",
                action.title(Language::Nb)
            ),
            format!(
                "“{}” cannot be done now: the case is {en}. What you can do now stands on it.",
                action.title(Language::En)
            ),
        ));
    }
    Ok(permit)
}

/// Everything that `actor` may do with the case now.
#[must_use]
pub fn available(case: &Case, members: &[Member], actor: &Actor) -> Vec<CaseAction> {
    CaseAction::ALL
        .iter()
        .copied()
        .filter(|action| admit(case, members, *action, actor).is_ok())
        .collect()
}

pub(super) fn not_yours(action: CaseAction) -> Refusal {
    let (nb, en) = match action {
        CaseAction::ProposeCoordinator | CaseAction::AssignCoordinator | CaseAction::Close | CaseAction::Reopen => {
            ("den som koordinerer saken", "whoever coordinates the case")
        }
        CaseAction::AcceptCoordination | CaseAction::DeclineCoordination => {
            ("den som er bedt om å koordinere", "whoever was asked to coordinate")
        }
        CaseAction::ChangeNeeds | CaseAction::AddReferral => ("saksbehandlere", "caseworkers"),
        CaseAction::Merge | CaseAction::Split => (
            "en leder i en enhet som kjenner begge sakene",
            "a lead of an agency that knows both cases",
        ),
    };
    Refusal::new(
        Rule::NotYours,
        format!(
            "«{}» kan bare gjøres av {nb}. Hva du kan gjøre nå, står på saken.",
            action.title(Language::Nb)
        ),
        format!(
            "“{}” can be done only by {en}. What you can do now stands on the case.",
            action.title(Language::En)
        ),
    )
}
