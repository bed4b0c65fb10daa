//! Who may do what: one total function over role × relation × operation, and nothing else that decides it.
//!
//! [`verdict`] is the whole policy. [`scope`] and [`permit`] turn it into *values*: a store function that reads demands a
//! [`Scope`], one that writes demands a [`Permit`] or a [`crate::Decision`]; neither can be made outside this crate. The
//! committed matrix lists every answer of [`verdict`], so that a change of policy shows as a change of that file.

mod setup;

use crate::agency::{AgencyId, UserId};
use crate::case::CaseRelation;
use crate::referral::Referral;
use crate::vocabulary::{Action, CaseAction, Code, Language, Role};

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

    /// Whether this person takes and answers referrals in `agency`.
    #[must_use]
    pub fn does_casework_in(&self, agency: AgencyId) -> bool {
        self.memberships
            .iter()
            .any(|membership| membership.agency == Some(agency) && does_casework(membership.role))
    }
}

/// How an agency stands to one referral, now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// Sent the current hand-off, or is writing it.
    Sender,
    /// Was sent the current hand-off.
    Receiver,
    /// Holds the baton.
    Custodian,
    /// The municipality that decides who is responsible.
    Coordinator,
    /// Took part, and knows of it, but has nothing to do now.
    Participant,
    /// Has no part in it.
    Outsider,
}

impl Relation {
    /// All relations.
    pub const ALL: [Self; 6] = [
        Self::Sender,
        Self::Receiver,
        Self::Custodian,
        Self::Coordinator,
        Self::Participant,
        Self::Outsider,
    ];

    /// As written in the matrix.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Receiver => "receiver",
            Self::Custodian => "custodian",
            Self::Coordinator => "coordinator",
            Self::Participant => "participant",
            Self::Outsider => "outsider",
        }
    }

    /// How `agency` stands to `referral`: often in more than one way, so that a sender is also the custodian.
    #[must_use]
    pub fn all_of(agency: AgencyId, referral: &Referral) -> Vec<Self> {
        let mut relations = Vec::new();
        if let Some(current) = referral.current_handoff() {
            if current.sender == agency {
                relations.push(Self::Sender);
            }
            if current.is_sent() && current.terms.receiver == Some(agency) {
                relations.push(Self::Receiver);
            }
        }
        if referral.custodian == agency {
            relations.push(Self::Custodian);
        }
        if referral.coordinator == Some(agency) {
            relations.push(Self::Coordinator);
        }
        if relations.is_empty() {
            relations.push(if referral.knows(agency) {
                Self::Participant
            } else {
                Self::Outsider
            });
        }
        relations
    }
}

/// What can be asked of the API. Those about one referral are decided by role and relation, the others by role alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Who am I.
    ReadMe,
    /// The directory of agencies and services.
    ReadDirectory,
    /// The workflow definitions.
    ReadWorkflows,
    /// A new referral, as draft or sent at once.
    CreateReferral,
    /// The work lists.
    ListReferrals,
    /// One referral.
    ReadReferral,
    /// Change a draft.
    EditDraft,
    /// What has happened to one referral.
    ReadTimeline,
    /// Questions, answers and messages about one referral.
    ReadMessages,
    /// Write one.
    PostMessage,
    /// Put a referral aside in one's own inbox for a while, and take it out again.
    SnoozeReferral,
    /// Take an action.
    Transition(Action),
    /// Response times and overdue lists.
    ReadReports,
    /// Who to send to, and the table behind it.
    ReadRouting,
    /// Say whether an agency can take somebody in.
    ReportCapacity,
    /// The same action on several referrals, each decided for itself.
    TransitionMany,
    /// Change one's own account.
    ChangeMe,
    /// Enter an agency or a unit.
    CreateAgency,
    /// Change what an agency is, offers, and where its mail goes.
    SetUpAgency,
    /// Who works in an agency.
    ReadStaff,
    /// Give and take accounts and roles.
    ManageStaff,
    /// What agencies have agreed between them.
    ReadAgreements,
    /// Propose, approve and end agreements.
    ManageAgreements,
    /// Who stands in for whom.
    ReadDeputies,
    /// Say so.
    ManageDeputies,
    /// Look for referrals about one youth.
    SearchReferrals,
    /// Correct what was registered about the youth after sending.
    RectifyPerson,
    /// A new case.
    OpenCase,
    /// The cases that one takes part in.
    ListCases,
    /// One case.
    ReadCase,
    /// What has happened to one case.
    ReadCaseTimeline,
    /// Change a case.
    ChangeCase(CaseAction),
}

impl Operation {
    /// Every operation, each action of a transition for itself.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::ReadMe,
            Self::ReadDirectory,
            Self::ReadWorkflows,
            Self::CreateReferral,
            Self::ListReferrals,
            Self::ReadReferral,
            Self::EditDraft,
            Self::ReadTimeline,
            Self::ReadMessages,
            Self::PostMessage,
            Self::SnoozeReferral,
        ];
        all.extend(Action::ALL.iter().copied().map(Self::Transition));
        all.extend([
            Self::ReadReports,
            Self::ReadRouting,
            Self::ReportCapacity,
            Self::TransitionMany,
            Self::ChangeMe,
            Self::CreateAgency,
            Self::SetUpAgency,
            Self::ReadStaff,
            Self::ManageStaff,
            Self::ReadDeputies,
            Self::ManageDeputies,
            Self::SearchReferrals,
            Self::RectifyPerson,
            Self::OpenCase,
            Self::ListCases,
            Self::ReadCase,
            Self::ReadCaseTimeline,
        ]);
        all.extend(CaseAction::ALL.iter().copied().map(Self::ChangeCase));
        all
    }

    /// The ids that this operation has in the OpenAPI document.
    #[must_use]
    pub const fn operation_ids(self) -> &'static [&'static str] {
        match self {
            Self::ReadMe => &["getMe"],
            Self::ReadDirectory => &[
                "listAgencies",
                "getAgency",
                "listAgencyServices",
                "getAgencyCapacity",
                "getAgencyCalendar",
            ],
            Self::ReadWorkflows => &["listWorkflows", "getWorkflow", "getWorkflowChecks", "listLegalRules"],
            Self::CreateReferral => &["createReferral", "putReferral"],
            Self::ListReferrals => &["listReferrals"],
            Self::ReadReferral => &["getReferral"],
            Self::EditDraft => &["editReferral"],
            Self::ReadTimeline => &["getReferralTimeline"],
            Self::ReadMessages => &["listReferralMessages"],
            Self::PostMessage => &["postReferralMessage"],
            Self::SnoozeReferral => &["putReferralSnooze", "deleteReferralSnooze"],
            Self::Transition(_) => &["transitionReferral"],
            Self::ReadReports => &[
                "getResponseTimesReport",
                "listResponseTimesReferrals",
                "getOverdueReport",
                "listOverdueReferrals",
            ],
            Self::ReadRouting => &["suggestReceivers", "getRouting"],
            Self::ReportCapacity => &["putAgencyCapacity"],
            Self::TransitionMany => &["transitionReferrals"],
            Self::ChangeMe => &["changeMe"],
            Self::CreateAgency => &["createAgency"],
            Self::SetUpAgency => &[
                "changeAgency",
                "createAgencyService",
                "changeAgencyService",
                "deleteAgencyService",
                "getAgencyMailboxes",
                "putAgencyMailboxes",
                "putAgencyCalendar",
            ],
            Self::ReadStaff => &["listAgencyUsers", "getAgencyUser"],
            Self::ManageStaff => &["createAgencyUser", "changeAgencyUser", "removeAgencyUser"],
            Self::ReadAgreements => &["listAgencyAgreements", "getAgencyAgreement"],
            Self::ManageAgreements => &["proposeAgencyAgreement", "changeAgencyAgreement"],
            Self::ReadDeputies => &["listAgencyDeputies"],
            Self::ManageDeputies => &["createAgencyDeputy", "deleteAgencyDeputy"],
            Self::SearchReferrals => &["searchReferrals"],
            Self::RectifyPerson => &["rectifyReferralPerson"],
            Self::OpenCase => &["openCase"],
            Self::ListCases => &["listCases"],
            Self::ReadCase => &["getCase"],
            Self::ReadCaseTimeline => &["getCaseTimeline"],
            Self::ChangeCase(action) => match action {
                CaseAction::ProposeCoordinator
                | CaseAction::AcceptCoordination
                | CaseAction::DeclineCoordination
                | CaseAction::AssignCoordinator
                | CaseAction::Close
                | CaseAction::Reopen => &["transitionCase"],
                CaseAction::ChangeNeeds => &["editCase"],
                CaseAction::AddReferral => &["addCaseReferral"],
                CaseAction::Merge => &["mergeCase"],
                CaseAction::Split => &["splitCase"],
            },
        }
    }

    /// Whether it is about one referral, so that the relation counts.
    #[must_use]
    pub const fn is_about_referral(self) -> bool {
        match self {
            Self::ReadReferral
            | Self::EditDraft
            | Self::ReadTimeline
            | Self::ReadMessages
            | Self::PostMessage
            | Self::SnoozeReferral
            | Self::RectifyPerson
            | Self::Transition(_) => true,
            Self::ReadMe
            | Self::ReadDirectory
            | Self::ReadWorkflows
            | Self::CreateReferral
            | Self::ListReferrals
            | Self::ReadReports
            | Self::ReadRouting
            | Self::ReportCapacity
            | Self::TransitionMany
            | Self::ChangeMe
            | Self::CreateAgency
            | Self::SetUpAgency
            | Self::ReadStaff
            | Self::ManageStaff
            | Self::ReadAgreements
            | Self::ManageAgreements
            | Self::ReadDeputies
            | Self::ManageDeputies
            | Self::SearchReferrals
            | Self::OpenCase
            | Self::ListCases
            | Self::ReadCase
            | Self::ReadCaseTimeline
            | Self::ChangeCase(_) => false,
        }
    }

    /// Whether it is about one case, so that the agency's relation to the case counts.
    #[must_use]
    pub const fn is_about_case(self) -> bool {
        matches!(self, Self::ReadCase | Self::ReadCaseTimeline | Self::ChangeCase(_))
    }

    /// The relations that make a difference to it.
    #[must_use]
    pub const fn relations(self) -> &'static [Relation] {
        if self.is_about_referral() {
            &Relation::ALL
        } else if self.is_about_case() {
            &[Relation::Coordinator, Relation::Participant, Relation::Outsider]
        } else {
            &[]
        }
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.operation_ids().join("/"))?;
        if let Self::Transition(action) = self {
            write!(f, ":{action}")
        } else if let Self::ChangeCase(action) = self {
            write!(f, ":{action}")
        } else {
            Ok(())
        }
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
        | Operation::ChangeMe => Verdict::Allowed,
        Operation::ReportCapacity => allowed_if(does_casework(role) || matches!(role, Role::AgencyAdmin)),
        Operation::CreateReferral | Operation::TransitionMany | Operation::SearchReferrals | Operation::OpenCase => {
            allowed_if(does_casework(role))
        }
        Operation::CreateAgency
        | Operation::SetUpAgency
        | Operation::ReadStaff
        | Operation::ManageStaff
        | Operation::ReadAgreements
        | Operation::ManageAgreements
        | Operation::ReadDeputies
        | Operation::ManageDeputies => allowed_if(setup::may(role, operation)),
        Operation::ListReferrals | Operation::ListCases => allowed_if(reads_cases(role)),
        Operation::ReadReports => allowed_if(matches!(role, Role::Lead | Role::Auditor | Role::Coordinator)),
        // Whoever may look may put it out of their own sight.
        Operation::ReadReferral | Operation::ReadTimeline | Operation::ReadMessages | Operation::SnoozeReferral => {
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
        Operation::EditDraft | Operation::PostMessage | Operation::RectifyPerson | Operation::Transition(_) => {
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
        Operation::PostMessage => matches!(relation, Relation::Sender | Relation::Receiver | Relation::Custodian),
        Operation::Transition(action) => match action {
            Action::Send
            | Action::AnswerInfo
            | Action::Withdraw
            | Action::RequestWithdrawal
            | Action::AcceptReturn
            | Action::RefuseReturn
            | Action::ReportFound
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
        | Operation::SnoozeReferral
        | Operation::ReadReports
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
        | Operation::ReadDeputies
        | Operation::ManageDeputies
        | Operation::SearchReferrals
        | Operation::OpenCase
        | Operation::ListCases
        | Operation::ReadCase
        | Operation::ReadCaseTimeline
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

/// What a reader may know of: the referrals of some agencies, or, for a few tasks, all. Only the policy makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    agencies: Option<Vec<AgencyId>>,
}

impl Scope {
    /// The agencies whose referrals are within; empty when [`Scope::is_all`].
    #[must_use]
    pub fn agencies(&self) -> &[AgencyId] {
        self.agencies.as_deref().unwrap_or_default()
    }

    /// Whether nothing is outside.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.agencies.is_none()
    }
}

/// The scope in which `actor` may carry out an operation that reads: the agencies where a role of theirs allows it.
///
/// # Errors
/// [`Verdict::Forbidden`] when no role of theirs allows it at all.
pub fn scope(actor: &Actor, operation: Operation) -> Result<Scope, Verdict> {
    // The relation is the list's to test: being in scope means taking part.
    let allowed = |membership: &&Membership| {
        verdict(membership.role, operation, Relation::Participant) == Verdict::Allowed
            || ((operation.is_about_referral() || operation.is_about_case()) && reads_cases(membership.role))
    };
    let mut agencies = Vec::new();
    let mut any = false;
    for membership in actor.memberships.iter().filter(allowed) {
        any = true;
        // Aggregates of the whole relay are for those who watch it; nobody reads single referrals that way.
        if operation == Operation::ReadReports && matches!(membership.role, Role::Auditor | Role::Coordinator) {
            return Ok(Scope { agencies: None });
        }
        agencies.extend(membership.agency);
    }
    agencies.sort_unstable();
    agencies.dedup();
    match any {
        true => Ok(Scope {
            agencies: Some(agencies),
        }),
        false if operation.is_about_referral() || operation.is_about_case() => Err(Verdict::Hidden),
        false => Err(Verdict::Forbidden),
    }
}

/// The tasks of the system itself that must see every referral. They run without a person behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemTask {
    /// Compare everything stored with the laws.
    Reconcile,
    /// Make the synthetic world of a demo.
    SeedDemo,
    /// Tell people of limits that draw near or are missed.
    RunClocks,
    /// Make the keys by which a youth is found again, for what was stored before there were any.
    IndexPersons,
}

impl Scope {
    /// The scope of a task of the system.
    #[must_use]
    pub const fn for_system(_task: SystemTask) -> Self {
        Self { agencies: None }
    }
}

/// A right to do one thing, now: who, for which agency, in which role. Only the policy makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    user: UserId,
    agency: AgencyId,
    role: Role,
    relation: Relation,
}

impl Permit {
    /// Who acts.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// For which agency.
    #[must_use]
    pub const fn agency(&self) -> AgencyId {
        self.agency
    }

    /// In which role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// How the agency stood to the referral.
    #[must_use]
    pub const fn relation(&self) -> Relation {
        self.relation
    }
}

/// Whether and for whom `actor` may carry out `operation` on `referral`. The first allowing membership counts.
///
/// # Errors
/// [`Verdict::Hidden`] when no membership may know of the referral, else [`Verdict::Forbidden`].
pub fn permit(actor: &Actor, operation: Operation, referral: &Referral) -> Result<Permit, Verdict> {
    let mut refusal = Verdict::Hidden;
    for membership in &actor.memberships {
        let Some(agency) = membership.agency else { continue };
        for relation in Relation::all_of(agency, referral) {
            match verdict(membership.role, operation, relation) {
                Verdict::Allowed => {
                    return Ok(Permit {
                        user: actor.user,
                        agency,
                        role: membership.role,
                        relation,
                    });
                }
                Verdict::Forbidden => refusal = Verdict::Forbidden,
                Verdict::Hidden => {}
            }
        }
    }
    Err(refusal)
}

/// Whether and for whom `actor` may carry out `operation` on a case to which an agency stands as `standing` says. The first
/// allowing membership counts.
///
/// # Errors
/// [`Verdict::Hidden`] when no membership may know of the case, else [`Verdict::Forbidden`].
pub fn permit_case(
    actor: &Actor,
    operation: Operation,
    standing: impl Fn(AgencyId) -> CaseRelation,
) -> Result<Permit, Verdict> {
    let mut refusal = Verdict::Hidden;
    for membership in &actor.memberships {
        let Some(agency) = membership.agency else { continue };
        let relation = standing(agency).relation();
        match verdict(membership.role, operation, relation) {
            Verdict::Allowed => {
                return Ok(Permit {
                    user: actor.user,
                    agency,
                    role: membership.role,
                    relation,
                });
            }
            Verdict::Forbidden => refusal = Verdict::Forbidden,
            Verdict::Hidden => {}
        }
    }
    Err(refusal)
}

/// Whether `actor` may open a case that `agency` coordinates.
///
/// # Errors
/// [`Verdict::Forbidden`] when no role of theirs in that agency allows it.
pub fn permit_open_case(actor: &Actor, agency: AgencyId) -> Result<Permit, Verdict> {
    actor
        .memberships
        .iter()
        .find(|membership| {
            membership.agency == Some(agency)
                && verdict(membership.role, Operation::OpenCase, Relation::Outsider) == Verdict::Allowed
        })
        .map(|membership| Permit {
            user: actor.user,
            agency,
            role: membership.role,
            relation: Relation::Coordinator,
        })
        .ok_or(Verdict::Forbidden)
}

/// Whether `actor` may create a referral that `sender` sends.
///
/// # Errors
/// [`Verdict::Forbidden`] when no role of theirs in that agency allows it.
pub fn permit_create(actor: &Actor, sender: AgencyId) -> Result<Permit, Verdict> {
    actor
        .memberships
        .iter()
        .find(|membership| {
            membership.agency == Some(sender)
                && verdict(membership.role, Operation::CreateReferral, Relation::Sender) == Verdict::Allowed
        })
        .map(|membership| Permit {
            user: actor.user,
            agency: sender,
            role: membership.role,
            relation: Relation::Sender,
        })
        .ok_or(Verdict::Forbidden)
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
