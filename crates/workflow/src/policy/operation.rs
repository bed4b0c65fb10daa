//! What can be asked of the API, named once: the policy, the permissions page and the OpenAPI document all go by this list.

use super::Relation;
use crate::vocabulary::{Action, CaseAction, Code};

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
    /// Who has looked at one referral.
    ReadAccessLog,
    /// The files of one referral.
    ReadAttachments,
    /// Add one, and take one's own away again.
    ChangeAttachments,
    /// Forbid that what was told is erased, and lift that again.
    HoldReferral,
    /// Erase for good what was told.
    EraseReferral,
    /// Everything about one youth, for them to have.
    ReadInsight,
    /// What will be erased.
    ReadDueErasures,
    /// How long an agency keeps.
    ReadRetention,
    /// Say so.
    ManageRetention,
    /// Put a referral aside in one's own inbox for a while, and take it out again.
    SnoozeReferral,
    /// Take an action.
    Transition(Action),
    /// How long answers take, which way hand-offs go, and what nobody takes.
    ReadReports,
    /// The hand-offs and referrals behind such a figure, and what is late at this moment, which is a list already.
    ListReported,
    /// The addresses of an agency's own systems, and what they were told.
    ManageWebhooks,
    /// Whether what one agency sent is what the other has.
    ReadReconciliation,
    /// What changes, as it changes.
    ReadEvents,
    /// Notices that have not arrived.
    ReadIncidents,
    /// Take a notice that has not arrived in hand, and send it again.
    TakeIncident,
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
    /// Definitions of one's own: propose them, and answer what another has proposed.
    ManageDefinitions,
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
    /// At what the people of an agency have looked, and judging it.
    ReviewLooks,
    /// Open a referral that is not one's own, in an emergency.
    BreakGlass,
    /// Agree to that, and review it.
    ReviewGlass,
    /// That another agency follows the same youth, and who it is.
    SettleHints,
    /// The outreach register of one's own agency.
    ReadOutreach,
    /// Enter something there, correct it, and take it back.
    KeepOutreach,
    /// What the register adds up to.
    ReadOutreachReport,
    /// What the sealed log is: its newest checkpoint, its keys, and that an older checkpoint is its beginning.
    ReadCheckpoint,
    /// The entries of the sealed log, and that one stands in it.
    ReadAuditEntries,
    /// That what one's own agency has done with one referral stands in the sealed log.
    ReadReferralProof,
    /// Say by which key an agency witnesses the sealed log.
    ManageWitness,
    /// Hand in what a witness has signed.
    CosignCheckpoint,
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
            Self::ReadAttachments,
            Self::ChangeAttachments,
            Self::HoldReferral,
            Self::EraseReferral,
            Self::ReadInsight,
            Self::ReadAccessLog,
            Self::SnoozeReferral,
            Self::ReadReferralProof,
        ];
        all.extend(Action::ALL.iter().copied().map(Self::Transition));
        all.extend([
            Self::ReadReports,
            Self::ListReported,
            Self::ManageWebhooks,
            Self::ReadReconciliation,
            Self::ReadEvents,
            Self::ReadIncidents,
            Self::TakeIncident,
            Self::ReadRouting,
            Self::ReportCapacity,
            Self::TransitionMany,
            Self::ChangeMe,
            Self::CreateAgency,
            Self::SetUpAgency,
            Self::ReadStaff,
            Self::ManageStaff,
            Self::ReadAgreements,
            Self::ManageAgreements,
            Self::ManageDefinitions,
            Self::ReadDeputies,
            Self::ManageDeputies,
            Self::ReadRetention,
            Self::ManageRetention,
            Self::ReadDueErasures,
            Self::SearchReferrals,
            Self::RectifyPerson,
            Self::OpenCase,
            Self::ListCases,
            Self::ReadCase,
            Self::ReadCaseTimeline,
            Self::ReviewLooks,
            Self::BreakGlass,
            Self::ReviewGlass,
            Self::SettleHints,
            Self::ReadOutreach,
            Self::KeepOutreach,
            Self::ReadOutreachReport,
            Self::ReadCheckpoint,
            Self::ReadAuditEntries,
            Self::ManageWitness,
            Self::CosignCheckpoint,
        ]);
        all.extend(CaseAction::ALL.iter().copied().map(Self::ChangeCase));
        all
    }

    /// The ids that this operation has in the OpenAPI document.
    #[must_use]
    pub const fn operation_ids(self) -> &'static [&'static str] {
        match self {
            Self::ReadMe => &["getMe", "getMyNotifications", "listMySessions"],
            Self::ReadDirectory => &[
                "listAgencies",
                "getAgency",
                "listAgencyServices",
                "getAgencyCapacity",
                "getAgencyCalendar",
            ],
            Self::ReadWorkflows => &[
                "listWorkflows",
                "getWorkflow",
                "getWorkflowChecks",
                "getWorkflowDiagram",
                "listLegalRules",
            ],
            Self::CreateReferral => &["createReferral", "putReferral"],
            Self::ListReferrals => &["listReferrals"],
            Self::ReadReferral => &["getReferral"],
            Self::EditDraft => &["editReferral"],
            Self::ReadTimeline => &["getReferralTimeline", "getReferralTimeSpent"],
            Self::ReadMessages => &["listReferralMessages"],
            Self::PostMessage => &["postReferralMessage"],
            Self::ReadAccessLog => &["getReferralAccessLog"],
            Self::ReadAttachments => &["listReferralAttachments", "getReferralAttachment"],
            Self::ChangeAttachments => &[
                "addReferralAttachment",
                "putReferralAttachment",
                "removeReferralAttachment",
            ],
            Self::HoldReferral => &["getReferralHold", "putReferralHold", "deleteReferralHold"],
            Self::EraseReferral => &["eraseReferral"],
            Self::ReadInsight => &["getReferralInsight"],
            Self::ReadDueErasures => &["listDueErasures"],
            Self::ReadRetention => &["getAgencyRetention"],
            Self::ManageRetention => &["putAgencyRetention"],
            Self::SnoozeReferral => &["putReferralSnooze", "deleteReferralSnooze"],
            Self::Transition(_) => &["transitionReferral"],
            Self::ReadReports => &["getResponseTimesReport", "getFlowReport", "getCoverageReport"],
            Self::ListReported => &[
                "listResponseTimesReferrals",
                "getResponseTimesChart",
                "getOverdueReport",
                "listOverdueReferrals",
                "getAgeingReport",
                "listAgeingReferrals",
                "getAgreementStatement",
                "listAgreementStatementReferrals",
                "listFlowReferrals",
                "listFlowDisputes",
                "listFlowRounds",
                "listFlowRepeats",
                "listCoverageReferrals",
                "listCoverageUnmet",
            ],
            Self::ManageWebhooks => &[
                "listWebhooks",
                "createWebhook",
                "getWebhook",
                "changeWebhook",
                "deleteWebhook",
                "listWebhookDeliveries",
                "replayWebhookDelivery",
            ],
            Self::ReadReconciliation => &[
                "getReconciliation",
                "getReconciliationStatement",
                "listReconciliationStatements",
                "readReconciliationStatement",
            ],
            Self::ReadEvents => &["streamEvents"],
            Self::ReadIncidents => &["listIncidents", "getIncident"],
            Self::TakeIncident => &["takeIncident", "retryIncident"],
            Self::ReadRouting => &["suggestReceivers", "getRouting"],
            Self::ReportCapacity => &["putAgencyCapacity"],
            Self::TransitionMany => &["transitionReferrals"],
            Self::ChangeMe => &["changeMe", "putMyNotifications", "endMySession", "endMySessions"],
            Self::CreateAgency => &["createAgency"],
            Self::SetUpAgency => &[
                "changeAgency",
                "createAgencyService",
                "changeAgencyService",
                "deleteAgencyService",
                "getAgencyMailboxes",
                "putAgencyMailboxes",
                "testAgencyMailbox",
                "putAgencyCalendar",
            ],
            Self::ReadStaff => &["listAgencyUsers", "getAgencyUser"],
            Self::ManageStaff => &["createAgencyUser", "changeAgencyUser", "removeAgencyUser"],
            Self::ReadAgreements => &["listAgencyAgreements", "getAgencyAgreement"],
            Self::ManageAgreements => &["proposeAgencyAgreement", "changeAgencyAgreement"],
            Self::ManageDefinitions => &[
                "listWorkflowProposals",
                "getWorkflowProposal",
                "proposeWorkflow",
                "answerWorkflowProposal",
            ],
            Self::ReadDeputies => &["listAgencyDeputies"],
            Self::ManageDeputies => &["createAgencyDeputy", "deleteAgencyDeputy"],
            Self::SearchReferrals => &["searchReferrals"],
            Self::RectifyPerson => &["rectifyReferralPerson"],
            Self::OpenCase => &["openCase"],
            Self::ListCases => &["listCases"],
            Self::ReadCase => &["getCase"],
            Self::ReadCaseTimeline => &["getCaseTimeline"],
            Self::ReviewLooks => &["listAgencyAccessLog", "getAgencyLook", "acknowledgeLook"],
            Self::BreakGlass => &["breakGlass", "listBreakGlass"],
            Self::ReviewGlass => &["listAgencyBreakGlass", "decideBreakGlass", "reviewBreakGlass"],
            Self::SettleHints => &["listAgencyDuplicateHints", "askDuplicateHint", "answerDuplicateHint"],
            Self::ReadOutreach => &[
                "listOutreachPatrols",
                "getOutreachPatrol",
                "listOutreachContacts",
                "getOutreachContact",
                "listOutreachArenas",
                "getOutreachArena",
            ],
            Self::KeepOutreach => &[
                "createOutreachPatrol",
                "putOutreachPatrol",
                "withdrawOutreachPatrol",
                "createOutreachContact",
                "putOutreachContact",
                "withdrawOutreachContact",
                "createOutreachArena",
                "putOutreachArena",
                "withdrawOutreachArena",
            ],
            Self::ReadOutreachReport => &["getOutreachReport"],
            Self::ReadCheckpoint => &["getAuditCheckpoint", "getAuditKeys", "getAuditConsistencyProof"],
            Self::ReadAuditEntries => &["listAuditEntries", "getAuditInclusionProof"],
            Self::ReadReferralProof => &["getReferralProof"],
            Self::ManageWitness => &["putAgencyWitness", "deleteAgencyWitness"],
            Self::CosignCheckpoint => &["cosignAuditCheckpoint"],
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
            | Self::ReadAttachments
            | Self::ChangeAttachments
            | Self::HoldReferral
            | Self::EraseReferral
            | Self::ReadInsight
            | Self::ReadAccessLog
            | Self::SnoozeReferral
            | Self::ReadReferralProof
            | Self::RectifyPerson
            | Self::Transition(_) => true,
            Self::ReadMe
            | Self::ReadDirectory
            | Self::ReadWorkflows
            | Self::CreateReferral
            | Self::ListReferrals
            | Self::ReadReports
            | Self::ListReported
            | Self::ManageWebhooks
            | Self::ReadReconciliation
            | Self::ReadEvents
            | Self::ReadIncidents
            | Self::TakeIncident
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
            | Self::ManageDefinitions
            | Self::ReadDeputies
            | Self::ManageDeputies
            | Self::ReadRetention
            | Self::ManageRetention
            | Self::ReadDueErasures
            | Self::SearchReferrals
            | Self::OpenCase
            | Self::ListCases
            | Self::ReadCase
            | Self::ReadCaseTimeline
            | Self::ChangeCase(_)
            | Self::ReviewLooks
            | Self::BreakGlass
            | Self::ReviewGlass
            | Self::SettleHints
            | Self::ReadOutreach
            | Self::KeepOutreach
            | Self::ReadOutreachReport
            | Self::ReadCheckpoint
            | Self::ReadAuditEntries
            | Self::ManageWitness
            | Self::CosignCheckpoint => false,
        }
    }

    /// Whether it looks at one referral and changes nothing.
    #[must_use]
    pub const fn reads_referral(self) -> bool {
        matches!(
            self,
            Self::ReadReferral
                | Self::ReadTimeline
                | Self::ReadAttachments
                | Self::ReadMessages
                | Self::ReadAccessLog
                | Self::ReadReferralProof
        )
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
