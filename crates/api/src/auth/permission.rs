//! The permission in a handler's signature.
//!
//! A handler that takes [`Scoped<ListReferrals>`](Scoped) runs only for somebody whom the policy allows that operation,
//! and gets the scope that its query must stay within. Whoever reads the signature sees the right that it asks for, and a
//! test tries every operation in every role.

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use percent_encoding::percent_decode;
use stafett_workflow::look::StatedReason;
use stafett_workflow::policy::{self, Operation, Scope};
use stafett_workflow::vocabulary::{Action, CaseAction};

use super::session::Caller;
use crate::app::referrals::Asker;
use crate::app::setup::Authority;
use crate::problem::{ErrorCode, Problem};
use crate::telemetry;

/// An operation of the policy as a type.
pub trait Permission: 'static {
    /// The operation.
    const OPERATION: Operation;
}

/// Declares a type for each operation.
macro_rules! permissions {
    ($($(#[$meta:meta])* $name:ident => $operation:expr;)+) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Permission for $name {
                const OPERATION: Operation = $operation;
            }
        )+
    };
}

permissions! {
    /// Who am I.
    ReadMe => Operation::ReadMe;
    /// The directory.
    ReadDirectory => Operation::ReadDirectory;
    /// The definitions.
    ReadWorkflows => Operation::ReadWorkflows;
    /// A new referral.
    CreateReferral => Operation::CreateReferral;
    /// The work lists.
    ListReferrals => Operation::ListReferrals;
    /// One referral.
    ReadReferral => Operation::ReadReferral;
    /// Change a draft.
    EditDraft => Operation::EditDraft;
    /// What has happened.
    ReadTimeline => Operation::ReadTimeline;
    /// Read messages.
    ReadMessages => Operation::ReadMessages;
    /// Write one.
    PostMessage => Operation::PostMessage;
    /// Its files.
    ReadAttachments => Operation::ReadAttachments;
    /// Add one, or take one away.
    ChangeAttachments => Operation::ChangeAttachments;
    /// Who has looked.
    ReadAccessLog => Operation::ReadAccessLog;
    /// At what the people of an agency have looked.
    ReviewLooks => Operation::ReviewLooks;
    /// Forbid that what was told is erased.
    HoldReferral => Operation::HoldReferral;
    /// Erase it.
    EraseReferral => Operation::EraseReferral;
    /// Everything about one youth.
    ReadInsight => Operation::ReadInsight;
    /// What will be erased.
    ReadDueErasures => Operation::ReadDueErasures;
    /// How long an agency keeps.
    ReadRetention => Operation::ReadRetention;
    /// Say so.
    ManageRetention => Operation::ManageRetention;
    /// Open a referral in an emergency.
    BreakGlass => Operation::BreakGlass;
    /// Answer for that.
    ReviewGlass => Operation::ReviewGlass;
    /// That another agency follows the same youth.
    SettleHints => Operation::SettleHints;
    /// Put a referral aside in one's own inbox.
    SnoozeReferral => Operation::SnoozeReferral;
    /// Take an action. Which one stands in the body; until then, it is about finding the referral, which asks the same of
    /// every action.
    TransitionReferral => Operation::Transition(Action::Acknowledge);
    /// Look for referrals about one youth.
    SearchReferrals => Operation::SearchReferrals;
    /// Correct what is registered about the youth.
    RectifyPerson => Operation::RectifyPerson;
    /// A new case.
    OpenCase => Operation::OpenCase;
    /// The cases that one takes part in.
    ListCases => Operation::ListCases;
    /// One case.
    ReadCase => Operation::ReadCase;
    /// What has happened to it.
    ReadCaseTimeline => Operation::ReadCaseTimeline;
    /// Other needs.
    EditCase => Operation::ChangeCase(CaseAction::ChangeNeeds);
    /// One more referral.
    AddCaseReferral => Operation::ChangeCase(CaseAction::AddReferral);
    /// Take an action on a case. As with referrals, which one stands in the body.
    TransitionCase => Operation::ChangeCase(CaseAction::AcceptCoordination);
    /// Merge two cases.
    MergeCase => Operation::ChangeCase(CaseAction::Merge);
    /// Split them again.
    SplitCase => Operation::ChangeCase(CaseAction::Split);
    /// Figures.
    ReadReports => Operation::ReadReports;
    /// What is behind them.
    ListReported => Operation::ListReported;
    /// The addresses of units' own systems.
    ManageWebhooks => Operation::ManageWebhooks;
    /// Whether what one agency sent is what the other has.
    ReadReconciliation => Operation::ReadReconciliation;
    /// What changes, as it changes.
    ReadEvents => Operation::ReadEvents;
    /// Notices that have not arrived.
    ReadIncidents => Operation::ReadIncidents;
    /// Take one in hand.
    TakeIncident => Operation::TakeIncident;
    /// Who to send to.
    ReadRouting => Operation::ReadRouting;
    /// Whether an agency can take somebody in.
    ReportCapacity => Operation::ReportCapacity;
    /// The same action on several referrals.
    TransitionMany => Operation::TransitionMany;
    /// One's own account.
    ChangeMe => Operation::ChangeMe;
    /// Enter an agency or a unit.
    CreateAgency => Operation::CreateAgency;
    /// Change an agency.
    SetUpAgency => Operation::SetUpAgency;
    /// Who works there.
    ReadStaff => Operation::ReadStaff;
    /// Accounts and roles.
    ManageStaff => Operation::ManageStaff;
    /// Agreements between agencies.
    ReadAgreements => Operation::ReadAgreements;
    /// Propose, approve and end them.
    ManageAgreements => Operation::ManageAgreements;
    /// Definitions of one's own.
    ManageDefinitions => Operation::ManageDefinitions;
    /// The outreach register.
    ReadOutreach => Operation::ReadOutreach;
    /// Enter something there, correct it, take it back.
    KeepOutreach => Operation::KeepOutreach;
    /// What it adds up to.
    ReadOutreachReport => Operation::ReadOutreachReport;
    /// Who stands in for whom.
    ReadDeputies => Operation::ReadDeputies;
    /// Say so.
    ManageDeputies => Operation::ManageDeputies;
    /// What the sealed log is.
    ReadCheckpoint => Operation::ReadCheckpoint;
    /// Its entries.
    ReadAuditEntries => Operation::ReadAuditEntries;
    /// What one's own agency has done with a referral.
    ReadReferralProof => Operation::ReadReferralProof;
    /// By which key an agency witnesses it.
    ManageWitness => Operation::ManageWitness;
    /// What a witness has signed.
    CosignCheckpoint => Operation::CosignCheckpoint;
}

/// A caller who may carry out `P`, and within what.
#[derive(Debug)]
pub struct Scoped<P: Permission> {
    /// Who.
    pub caller: Caller,
    /// What their query must stay within.
    pub scope: Scope,
    request_id: Option<String>,
    reason: Option<StatedReason>,
    permission: PhantomData<P>,
}

impl<P: Permission> FromRequest for Scoped<P> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let scoped = Caller::of(request).and_then(|caller| {
            let scope = policy::scope(&caller.actor, P::OPERATION)?;
            Ok(Self {
                caller,
                scope,
                request_id: telemetry::request_id(request),
                reason: look_reason(request)?,
                permission: PhantomData,
            })
        });
        ready(scoped)
    }
}

/// `Look-Reason`, when it was sent: why somebody looks, as percent-encoded UTF-8, since it is words.
fn look_reason(request: &HttpRequest) -> Result<Option<StatedReason>, Problem> {
    let Some(value) = request.headers().get("look-reason") else {
        return Ok(None);
    };
    // What cannot be read is no reason, and is told so.
    let words = percent_decode(value.as_bytes()).decode_utf8().unwrap_or_default();
    let reason = StatedReason::parse(&words, "Look-Reason");
    reason
        .map(Some)
        .map_err(|fault| Problem::field(ErrorCode::InvalidInput, fault))
}

impl<P: Permission> Scoped<P> {
    /// Who asks, with the request as it stands in the logs.
    #[must_use]
    pub fn asker(&self) -> Asker<'_> {
        Asker {
            actor: &self.caller.actor,
            request_id: self.request_id.as_deref(),
            reason: self.reason.as_ref(),
        }
    }

    /// The same as somebody on whose word things are set up.
    #[must_use]
    pub fn authority(&self) -> Authority<'_> {
        Authority::Person(self.asker())
    }
}
