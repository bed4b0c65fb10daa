//! What each operation's answer shows of a youth, decided for every operation of the document: one that is new fails the build's
//! tests until somebody has said so here, and a story asks each whether it is true.

/// What an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Something of a youth, or that somebody is one: it is in the access log before the answer leaves.
    Youth,
    /// No more than the caller wrote in this same request.
    OwnWords,
    /// Nothing of any youth.
    Nothing,
}

/// What the answer of an operation shows; `None` when nobody has decided.
#[must_use]
pub fn shows(operation: &str) -> Option<Shows> {
    Some(match operation {
        // One referral, what belongs to it, and what finds it by who the youth is.
        "createReferral"
        | "putReferral"
        | "getReferral"
        | "editReferral"
        | "transitionReferral"
        | "rectifyReferralPerson"
        | "getReferralTimeline"
        | "getReferralTimeSpent"
        | "listReferralMessages"
        | "listReferralAttachments"
        | "getReferralAttachment"
        | "getReferralHold"
        | "putReferralHold"
        | "deleteReferralHold"
        | "getReferralInsight"
        | "searchReferrals" => Shows::Youth,
        // A case names several referrals as one youth's.
        "getCase" | "getCaseTimeline" | "openCase" | "editCase" | "transitionCase" | "addCaseReferral"
        | "mergeCase" | "splitCase" => Shows::Youth,
        // The reason for which somebody looked, or broke a glass, tells of whom that was about.
        "listAgencyBreakGlass" | "getAgencyLook" => Shows::Youth,
        "postReferralMessage" | "addReferralAttachment" | "putReferralAttachment" | "removeReferralAttachment" => {
            Shows::OwnWords
        }
        // Lists, verdicts, figures and notices: references, agencies, codes and times.
        "listReferrals"
        | "listCases"
        | "transitionReferrals"
        | "putReferralSnooze"
        | "deleteReferralSnooze"
        | "getReferralAccessLog"
        | "getReferralProof"
        | "getAuditCheckpoint"
        | "getAuditKeys"
        | "getAuditConsistencyProof"
        | "listAuditEntries"
        | "getAuditInclusionProof"
        | "putAgencyWitness"
        | "deleteAgencyWitness"
        | "cosignAuditCheckpoint"
        | "listAgencyAccessLog"
        | "acknowledgeLook"
        | "eraseReferral"
        | "listDueErasures"
        | "breakGlass"
        | "decideBreakGlass"
        | "reviewBreakGlass"
        | "listAgencyDuplicateHints"
        | "askDuplicateHint"
        | "answerDuplicateHint"
        | "streamEvents"
        | "listIncidents"
        | "getIncident"
        | "takeIncident"
        | "retryIncident"
        | "getReconciliation"
        | "getReconciliationStatement"
        | "listReconciliationStatements"
        | "readReconciliationStatement"
        | "getResponseTimesReport"
        | "getResponseTimesChart"
        | "listResponseTimesReferrals"
        | "getOverdueReport"
        | "listOverdueReferrals"
        | "getAgeingReport"
        | "listAgeingReferrals"
        | "getAgreementStatement"
        | "listAgreementStatementReferrals"
        | "getFlowReport"
        | "listFlowReferrals"
        | "listFlowDisputes"
        | "listFlowRounds"
        | "listFlowRepeats"
        | "getCoverageReport"
        | "listCoverageReferrals"
        | "listCoverageUnmet"
        // The register of an outreach team names nobody; of a referral it shows its reference.
        | "listOutreachPatrols"
        | "createOutreachPatrol"
        | "getOutreachPatrol"
        | "putOutreachPatrol"
        | "withdrawOutreachPatrol"
        | "listOutreachContacts"
        | "createOutreachContact"
        | "getOutreachContact"
        | "putOutreachContact"
        | "withdrawOutreachContact"
        | "listOutreachArenas"
        | "createOutreachArena"
        | "getOutreachArena"
        | "putOutreachArena"
        | "withdrawOutreachArena"
        | "getOutreachReport"
        | "listWebhooks"
        | "createWebhook"
        | "getWebhook"
        | "changeWebhook"
        | "deleteWebhook"
        | "listWebhookDeliveries"
        | "replayWebhookDelivery" => Shows::Nothing,
        // Who works where, and by which rules.
        "createToken"
        | "getMe"
        | "signOut"
        | "listMySessions"
        | "endMySession"
        | "endMySessions"
        | "changeMe"
        | "getMyNotifications"
        | "putMyNotifications"
        | "listAgencies"
        | "createAgency"
        | "getAgency"
        | "changeAgency"
        | "listAgencyServices"
        | "createAgencyService"
        | "changeAgencyService"
        | "deleteAgencyService"
        | "getAgencyCalendar"
        | "putAgencyCalendar"
        | "getAgencyCapacity"
        | "putAgencyCapacity"
        | "getAgencyMailboxes"
        | "putAgencyMailboxes"
        | "testAgencyMailbox"
        | "listAgencyUsers"
        | "getAgencyUser"
        | "createAgencyUser"
        | "changeAgencyUser"
        | "removeAgencyUser"
        | "listAgencyAgreements"
        | "getAgencyAgreement"
        | "proposeAgencyAgreement"
        | "changeAgencyAgreement"
        | "listAgencyDeputies"
        | "createAgencyDeputy"
        | "deleteAgencyDeputy"
        | "getAgencyRetention"
        | "putAgencyRetention"
        | "suggestReceivers"
        | "getRouting"
        | "listLegalRules"
        | "listWorkflows"
        | "getWorkflow"
        | "getWorkflowChecks"
        | "getWorkflowDiagram"
        | "listWorkflowProposals"
        | "proposeWorkflow"
        | "getWorkflowProposal"
        | "answerWorkflowProposal"
        | "listBreakGlass" => Shows::Nothing,
        _ => return None,
    })
}
