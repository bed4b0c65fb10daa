//! Who may do what: one total function over role × relation × operation, and nothing else that decides it.
//!
//! [`verdict`] is the whole policy. [`scope`] and [`permit`] turn it into *values*: a store function that reads demands a
//! [`Scope`], one that writes demands a [`Permit`] or a [`crate::Decision`]; neither can be made outside this crate. The
//! committed matrix lists every answer of [`verdict`], so that a change of policy shows as a change of that file.

mod authority;
mod operation;
mod relation;
mod setup;

use crate::agency::{AgencyId, UserId};
use crate::vocabulary::{Action, CaseAction, Code, Language, Role};

pub use authority::{
    Permit, Scope, SystemTask, in_circle, permit, permit_break_glass, permit_case, permit_create, permit_open_case,
    permit_register, permit_search, permit_through_glass, scope,
};
pub use operation::Operation;
pub use relation::Relation;
pub use setup::{SetupPermit, permit_setup};

/// Somebody who has signed in, with what the database says of them at this request.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// The language in which they are answered.
    pub language: Language,
    /// What they are, and where.
    pub memberships: Vec<Membership>,
}

/// One role of one person; across-agency roles may lack an agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The agency in which the role is held.
    pub agency: Option<AgencyId>,
    /// The role.
    pub role: Role,
}

impl Actor {
    /// The agencies in which this person has a role, each once.
    #[must_use]
    pub fn agencies(&self) -> Vec<AgencyId> {
        let mut agencies: Vec<_> = self
            .memberships
            .iter()
            .filter_map(|membership| membership.agency)
            .collect();
        agencies.sort_unstable();
        agencies.dedup();
        agencies
    }

    /// Whoever runs the machine, seeing what somebody would who leads each of these agencies: only for what is gathered at the
    /// command line, on the word of `user`, who stands in the log.
    #[must_use]
    pub fn of_operator(user: UserId, agencies: impl IntoIterator<Item = AgencyId>) -> Self {
        let lead = |agency| Membership {
            agency: Some(agency),
            role: Role::Lead,
        };
        Self {
            user,
            language: Language::default(),
            memberships: agencies.into_iter().map(lead).collect(),
        }
    }

    /// Whether this person takes and answers referrals in `agency`.
    #[must_use]
    pub fn does_casework_in(&self, agency: AgencyId) -> bool {
        self.memberships
            .iter()
            .any(|membership| membership.agency == Some(agency) && does_casework(membership.role))
    }
}

/// The policy's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Allowed,
    /// They may know of it but not do this: 403.
    Forbidden,
    /// They may not know that it exists: 404.
    Hidden,
}

impl Verdict {
    /// As written in the matrix.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Forbidden => "forbidden",
            Self::Hidden => "hidden",
        }
    }
}

/// The whole policy. `relation` counts only for operations about one referral.
#[must_use]
pub const fn verdict(role: Role, operation: Operation, relation: Relation) -> Verdict {
    match operation {
        Operation::ReadMe
        | Operation::ReadDirectory
        | Operation::ReadWorkflows
        | Operation::ReadRouting
        | Operation::ReadCheckpoint
        | Operation::ChangeMe => Verdict::Allowed,
        // Who did what is told to those who watch over the house; hashes are told to everybody.
        Operation::ReadAuditEntries => allowed_if(matches!(role, Role::Auditor | Role::SystemAdmin)),
        Operation::CosignCheckpoint => allowed_if(matches!(role, Role::AgencyAdmin | Role::Integration)),
        Operation::ReportCapacity => allowed_if(does_casework(role) || matches!(role, Role::AgencyAdmin)),
        Operation::CreateReferral | Operation::TransitionMany | Operation::SearchReferrals | Operation::OpenCase => {
            allowed_if(does_casework(role))
        }
        Operation::ReadOutreach | Operation::KeepOutreach => allowed_if(keeps_register(role)),
        Operation::ReadOutreachReport => {
            allowed_if(keeps_register(role) || matches!(role, Role::Auditor | Role::Coordinator))
        }
        // Somebody answers for it by name: no machine.
        Operation::BreakGlass => allowed_if(matches!(role, Role::Worker | Role::Lead)),
        Operation::CreateAgency
        | Operation::SetUpAgency
        | Operation::ReadStaff
        | Operation::ManageStaff
        | Operation::ReadAgreements
        | Operation::ManageAgreements
        | Operation::ReadDeputies
        | Operation::ManageDeputies
        | Operation::ManageWebhooks
        | Operation::ReviewLooks
        | Operation::ReviewGlass
        | Operation::SettleHints
        | Operation::ManageWitness
        | Operation::ReadRetention
        | Operation::ManageRetention => allowed_if(setup::may(role, operation)),
        // Who watches the whole relay is told figures, and nobody's referrals.
        Operation::ReadDueErasures | Operation::ListReported => allowed_if(matches!(role, Role::Lead)),
        Operation::ManageDefinitions => allowed_if(matches!(role, Role::SystemAdmin)),
        Operation::ListReferrals | Operation::ListCases | Operation::ReadEvents => allowed_if(reads_cases(role)),
        Operation::ReadIncidents | Operation::TakeIncident | Operation::ReadReconciliation => {
            allowed_if(does_casework(role))
        }
        Operation::ReadReports => allowed_if(matches!(role, Role::Lead | Role::Auditor | Role::Coordinator)),
        // Whoever may look may put it out of their own sight.
        Operation::ReadReferral
        | Operation::ReadTimeline
        | Operation::ReadMessages
        | Operation::ReadAttachments
        | Operation::ReadAccessLog
        | Operation::ReadReferralProof
        | Operation::SnoozeReferral => {
            if !reads_cases(role) || matches!(relation, Relation::Outsider) {
                Verdict::Hidden
            } else {
                Verdict::Allowed
            }
        }
        Operation::ReadCase | Operation::ReadCaseTimeline => {
            if !reads_cases(role) || matches!(relation, Relation::Outsider) {
                Verdict::Hidden
            } else {
                Verdict::Allowed
            }
        }
        Operation::ChangeCase(action) => {
            if !reads_cases(role) || matches!(relation, Relation::Outsider) {
                return Verdict::Hidden;
            }
            allowed_if(may_change_case(role, action, relation))
        }
        Operation::EditDraft
        | Operation::PostMessage
        | Operation::ChangeAttachments
        | Operation::HoldReferral
        | Operation::EraseReferral
        | Operation::ReadInsight
        | Operation::RectifyPerson
        | Operation::Transition(_) => {
            if !reads_cases(role) || matches!(relation, Relation::Outsider) {
                return Verdict::Hidden;
            }
            allowed_if(may_change(role, operation, relation))
        }
    }
}

/// Which relation a change asks for. A definition may narrow this further, never widen it.
const fn may_change(role: Role, operation: Operation, relation: Relation) -> bool {
    if matches!(role, Role::Coordinator) {
        let decides = matches!(
            operation,
            Operation::PostMessage | Operation::Transition(Action::Allocate)
        );
        return decides && matches!(relation, Relation::Coordinator);
    }
    match operation {
        Operation::EditDraft => matches!(relation, Relation::Sender),
        Operation::RectifyPerson => matches!(relation, Relation::Sender | Relation::Custodian),
        Operation::PostMessage | Operation::ChangeAttachments => {
            matches!(relation, Relation::Sender | Relation::Receiver | Relation::Custodian)
        }
        // For what is kept of somebody, whoever leads an agency that takes part answers.
        Operation::HoldReferral | Operation::EraseReferral | Operation::ReadInsight => matches!(role, Role::Lead),
        Operation::Transition(action) => match action {
            Action::Send
            | Action::AnswerInfo
            | Action::Withdraw
            | Action::RequestWithdrawal
            | Action::AcceptReturn
            | Action::RefuseReturn
            | Action::ReportFound
            | Action::WithdrawConsent
            | Action::MarkError => matches!(relation, Relation::Sender),
            Action::Acknowledge
            | Action::RequestInfo
            | Action::Accept
            | Action::Decline
            | Action::ReturnWithAdvice
            | Action::Forward
            | Action::Start
            | Action::Complete
            | Action::EndEarly
            | Action::Assign
            | Action::Hold
            | Action::Resume
            | Action::GiveFeedback
            | Action::Dismiss
            | Action::Conclude
            | Action::RequestReturn
            | Action::Reopen => matches!(relation, Relation::Receiver),
            Action::HandOff | Action::Revoke => matches!(relation, Relation::Custodian),
            Action::Dispute => matches!(relation, Relation::Sender | Relation::Receiver | Relation::Custodian),
            // Whose it is, the log tells: who sent it on has no part in the new leg, yet may take that back.
            Action::Undo => !matches!(relation, Relation::Outsider | Relation::Coordinator),
            Action::RequestTakeover => matches!(relation, Relation::Sender | Relation::Participant),
            Action::Allocate => false, // the coordinator's alone
        },
        Operation::ReadMe
        | Operation::ReadDirectory
        | Operation::ReadWorkflows
        | Operation::CreateReferral
        | Operation::ListReferrals
        | Operation::ReadReferral
        | Operation::ReadTimeline
        | Operation::ReadMessages
        | Operation::ReadAttachments
        | Operation::ReadAccessLog
        | Operation::ReviewLooks
        | Operation::BreakGlass
        | Operation::ReviewGlass
        | Operation::SettleHints
        | Operation::ReadOutreach
        | Operation::KeepOutreach
        | Operation::ReadOutreachReport
        | Operation::SnoozeReferral
        | Operation::ReadReports
        | Operation::ListReported
        | Operation::ReadReconciliation
        | Operation::ReadEvents
        | Operation::ReadIncidents
        | Operation::TakeIncident
        | Operation::ReadRouting
        | Operation::ReportCapacity
        | Operation::TransitionMany
        | Operation::ChangeMe
        | Operation::CreateAgency
        | Operation::SetUpAgency
        | Operation::ReadStaff
        | Operation::ManageStaff
        | Operation::ReadAgreements
        | Operation::ManageAgreements
        | Operation::ManageDefinitions
        | Operation::ReadDeputies
        | Operation::ManageDeputies
        | Operation::ReadRetention
        | Operation::ManageRetention
        | Operation::ReadDueErasures
        | Operation::ManageWebhooks
        | Operation::SearchReferrals
        | Operation::OpenCase
        | Operation::ListCases
        | Operation::ReadCase
        | Operation::ReadCaseTimeline
        | Operation::ReadCheckpoint
        | Operation::ReadAuditEntries
        | Operation::ReadReferralProof
        | Operation::ManageWitness
        | Operation::CosignCheckpoint
        | Operation::ChangeCase(_) => false,
    }
}

/// What those who take part in a case may do with it. Whether the coordination was offered to them, the case tells.
const fn may_change_case(role: Role, action: CaseAction, relation: Relation) -> bool {
    if !does_casework(role) {
        return false;
    }
    match action {
        CaseAction::ProposeCoordinator | CaseAction::AssignCoordinator | CaseAction::Close | CaseAction::Reopen => {
            matches!(relation, Relation::Coordinator)
        }
        CaseAction::AcceptCoordination
        | CaseAction::DeclineCoordination
        | CaseAction::ChangeNeeds
        | CaseAction::AddReferral => true,
        CaseAction::Merge | CaseAction::Split => matches!(role, Role::Lead),
    }
}

/// Those who walk, and those who lead them; whether their agency is one that does, [`permit_register`] asks.
const fn keeps_register(role: Role) -> bool {
    matches!(role, Role::Worker | Role::Lead)
}

/// A coordinator reads what the municipality takes part in, and decides nothing but who is responsible.
const fn reads_cases(role: Role) -> bool {
    does_casework(role) || matches!(role, Role::Coordinator)
}

/// Administrators and auditors run the house; they do not read cases because of it.
const fn does_casework(role: Role) -> bool {
    match role {
        Role::Worker | Role::Lead | Role::Integration => true,
        Role::AgencyAdmin | Role::Coordinator | Role::Auditor | Role::SystemAdmin => false,
    }
}

const fn allowed_if(condition: bool) -> Verdict {
    if condition {
        Verdict::Allowed
    } else {
        Verdict::Forbidden
    }
}

/// The whole matrix as text, one line an answer: what the golden file holds.
#[must_use]
pub fn matrix() -> String {
    let mut lines = vec!["operation,role,relation,verdict".to_owned()];
    for operation in Operation::all() {
        for role in Role::ALL {
            for relation in operation.relations() {
                let answer = verdict(*role, operation, *relation).as_str();
                lines.push(format!("{operation},{role},{},{answer}", relation.as_str()));
            }
            if operation.relations().is_empty() {
                let answer = verdict(*role, operation, Relation::Outsider).as_str();
                lines.push(format!("{operation},{role},-,{answer}"));
            }
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::AddressProtection;

    #[test]
    fn the_matrix_is_the_committed_one() {
        insta::assert_snapshot!("matrix", matrix());
    }

    #[test]
    fn an_outsider_is_never_told_that_a_referral_exists() {
        for operation in Operation::all()
            .into_iter()
            .filter(|operation| !operation.relations().is_empty())
        {
            for role in Role::ALL {
                assert_eq!(
                    verdict(*role, operation, Relation::Outsider),
                    Verdict::Hidden,
                    "{operation} {role}"
                );
            }
        }
    }

    #[test]
    fn the_circle_of_a_protected_address_is_the_committed_one() {
        let mut lines = vec!["protection,role,own,waits for somebody,in circle".to_owned()];
        for protection in AddressProtection::ALL {
            for role in Role::ALL.iter().filter(|role| reads_cases(**role)) {
                for own in [false, true] {
                    for waits in [false, true] {
                        let inside = in_circle(*protection, *role, own, waits);
                        lines.push(format!("{protection},{role},{own},{waits},{inside}"));
                    }
                }
            }
        }
        insta::assert_snapshot!("circle", lines.join("\n"));
    }

    #[test]
    fn who_may_change_may_read() {
        for operation in Operation::all() {
            for role in Role::ALL {
                for relation in operation.relations() {
                    let read = match operation.is_about_case() {
                        true => Operation::ReadCase,
                        false => Operation::ReadReferral,
                    };
                    if verdict(*role, operation, *relation) == Verdict::Allowed {
                        assert_eq!(verdict(*role, read, *relation), Verdict::Allowed);
                    }
                }
            }
        }
    }
}
