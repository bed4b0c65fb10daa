//! Who coordinates a case, and whether there is anything left to coordinate.

use uuid::Uuid;

use super::decide::{CaseCommand, CaseContext, CaseDecision, admit, not_yours};
use super::event::CaseFact;
use super::file::File;
use super::view::Eyes;
use super::{Case, CaseRelation, Member};
use crate::agency::{AgencyId, UserId};
use crate::policy::Permit;
use crate::referral::Handoff;
use crate::refusal::{FieldError, Refusal, Rule};
use crate::vocabulary::{CaseAction, Notice};

/// Decides an action about who coordinates, or whether there is anything left to coordinate.
///
/// # Errors
/// [`Refusal`], in the order of the module's description.
pub fn transition(
    case: &Case,
    members: &[Member],
    command: &CaseCommand,
    context: &CaseContext<'_>,
) -> Result<CaseDecision, Refusal> {
    let permit = admit(case, members, command.action, context.actor)?;
    if command.action == CaseAction::Close {
        nothing_active(case, members, permit)?;
    }
    let mut file = File::resume(case, permit, context);
    match command.action {
        CaseAction::ProposeCoordinator => {
            only(command, true, false)?;
            let to = proposed(case, members, command, permit, context)?;
            let reason = file.optional_reason(command)?;
            file.record(CaseFact::CoordinatorProposed { to, reason });
            file.tell(to, Notice::CoordinatorProposed);
        }
        CaseAction::AcceptCoordination => {
            only(command, false, true)?;
            let person = person(command, permit, context)?.unwrap_or_else(|| permit.user());
            let from = case.coordinator;
            file.record(CaseFact::CoordinatorChanged {
                from,
                to: permit.agency(),
                person: Some(person),
            });
            file.tell(from, Notice::CoordinationAccepted);
        }
        CaseAction::DeclineCoordination => {
            only(command, false, false)?;
            let reason = file.reason(command)?;
            file.record(CaseFact::CoordinationDeclined { reason });
            file.tell(case.coordinator, Notice::CoordinationDeclined);
        }
        CaseAction::AssignCoordinator => {
            only(command, false, true)?;
            let person = person(command, permit, context)?
                .ok_or_else(|| Refusal::of_fields(vec![FieldError::required("/input/person")]))?;
            file.record(CaseFact::CoordinatorAssigned { person });
        }
        CaseAction::Close => {
            only(command, false, false)?;
            let reason = file.reason(command)?;
            file.record(CaseFact::Closed { reason });
            for to in case.participants(members) {
                file.tell(to, Notice::CaseClosed);
            }
        }
        CaseAction::Reopen => {
            only(command, false, false)?;
            let reason = file.reason(command)?;
            file.record(CaseFact::Reopened { reason });
        }
        CaseAction::ChangeNeeds | CaseAction::AddReferral | CaseAction::Merge | CaseAction::Split => {
            return Err(not_yours(command.action));
        }
    }
    Ok(file.finish())
}

/// Among those referrals that the coordinator may know of.
fn nothing_active(case: &Case, members: &[Member], permit: Permit) -> Result<(), Refusal> {
    let coordinator = [permit.agency()];
    let active = Eyes::new(case, members, &coordinator).is_some_and(|eyes| {
        eyes.visible()
            .iter()
            .any(|(member, _)| !member.referral.state.is_end() && member.referral.handoffs.iter().any(Handoff::is_sent))
    });
    if active {
        return Err(Refusal::new(
            Rule::CaseStillActive,
            "En formidling i saken er ikke avsluttet. Saken kan avsluttes når alle er det.",
            "A referral of the case has not ended. The case can be closed when all have.",
        ));
    }
    Ok(())
}

/// Only somebody who takes part can be asked, and only one of whom the coordinator knows that they do.
fn proposed(
    case: &Case,
    members: &[Member],
    command: &CaseCommand,
    permit: Permit,
    context: &CaseContext<'_>,
) -> Result<AgencyId, Refusal> {
    let pointer = "/input/agency";
    let fault = |code, nb: &str, en: &str| Refusal::of_fields(vec![FieldError::new(pointer, code, nb, en)]);
    let name = command
        .agency
        .as_deref()
        .ok_or_else(|| Refusal::of_fields(vec![FieldError::required(pointer)]))?;
    let viewer = [permit.agency()];
    let eyes = Eyes::new(case, members, &viewer).ok_or_else(Refusal::not_found)?;
    let agency = context
        .agencies
        .by_name(name)
        .filter(|agency| agency.active && eyes.knows(agency.id))
        .filter(|agency| case.standing(agency.id, members) != CaseRelation::Outsider)
        .ok_or_else(|| {
            fault(
                "not-a-participant",
                "Velg en enhet som deltar i saken.",
                "Choose an agency that takes part in the case.",
            )
        })?;
    if agency.id == case.coordinator {
        return Err(fault(
            "coordinates-already",
            "Enheten koordinerer allerede.",
            "The agency coordinates already.",
        ));
    }
    Ok(agency.id)
}

fn person(command: &CaseCommand, permit: Permit, context: &CaseContext<'_>) -> Result<Option<UserId>, Refusal> {
    let Some(name) = command.person.as_deref() else {
        return Ok(None);
    };
    if name == "me" {
        return Ok(Some(permit.user()));
    }
    let user = Uuid::parse_str(name).ok().map(UserId);
    context
        .colleague
        .filter(|colleague| Some(colleague.user) == user && colleague.agencies.contains(&permit.agency()))
        .map(|colleague| Some(colleague.user))
        .ok_or_else(|| {
            Refusal::of_fields(vec![FieldError::new(
                "/input/person",
                "not-a-colleague",
                "Velg en saksbehandler i deres egen enhet.",
                "Choose a caseworker of your own agency.",
            )])
        })
}

/// What an action does not ask for is refused, not ignored.
fn only(command: &CaseCommand, agency: bool, person: bool) -> Result<(), Refusal> {
    let reason = !matches!(
        command.action,
        CaseAction::AcceptCoordination | CaseAction::AssignCoordinator
    );
    let given = [
        ("agency", command.agency.is_some() && !agency),
        ("person", command.person.is_some() && !person),
        ("reason", command.reason.is_some() && !reason),
    ];
    let faults: Vec<FieldError> = given
        .into_iter()
        .filter(|(_, unasked)| *unasked)
        .map(|(field, _)| {
            FieldError::new(
                format!("/input/{field}"),
                "unknown-field",
                "Handlingen tar ikke dette feltet.",
                "The action does not take this field.",
            )
        })
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Refusal::of_fields(faults))
    }
}
