//! One leg of the relay, as a client is told of it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use stafett_store::outbox::{Receipt, Status, Way};
use stafett_workflow::disclosure::Field;
use stafett_workflow::referral::Handoff;
use stafett_workflow::vocabulary::{Action, Code, HandoffState, Language, LegalBasisCode, Notice};
use utoipa::ToSchema;
use uuid::Uuid;

use super::clock::{ClockOut, clocks};
use super::{AgencyOut, PersonRef};
use crate::app::referrals::View;
use crate::app::referrals::reading::KeptBack;
use crate::http::referrals::input::ConsentIn;
use crate::http::referrals::receipts::MailOut;
use crate::http::schema;

/// A colleague who stands in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeputyRef {
    id: Uuid,
    name: String,
    /// Until when.
    until: DateTime<Utc>,
}

/// One attempt to pass the baton.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct HandoffOut {
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
    /// What does not reach the receiver on this basis; in a draft, what would not.
    withheld: Vec<WithheldOut>,
    /// Since when the consent on which it rests is taken back.
    consent_withdrawn_at: Option<DateTime<Utc>>,
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
pub(super) struct StepOut {
    id: String,
    title: String,
}

/// A legal basis with its statute.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LegalBasisOut {
    #[schema(schema_with = schema::legal_basis)]
    code: LegalBasisCode,
    title: String,
    #[schema(example = "bvl § 13-2; hpl § 33; sosialtjl § 45")]
    legal_ref: String,
    reason: Option<String>,
    consent: Option<ConsentIn>,
}

/// A piece of what was told that does not reach the receiver.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WithheldOut {
    #[schema(value_type = String, example = "identity-number")]
    field: Field,
    title: &'static str,
    /// Why.
    reason: String,
    #[schema(example = "popplyl § 12")]
    legal_ref: Option<String>,
}

impl WithheldOut {
    /// In one language.
    #[must_use]
    pub fn of(kept: &KeptBack, language: Language) -> Self {
        Self {
            field: kept.field,
            title: kept.field.title(language),
            reason: kept.reason.in_language(language).to_owned(),
            legal_ref: kept.legal_ref.clone(),
        }
    }
}

/// How far the hand-off has come: sent is not received.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReceiptsOut {
    /// Stored with the receiver, for good.
    stored: Option<DateTime<Utc>>,
    /// The mail to the receiver was queued: in the same commit.
    queued: Option<DateTime<Utc>>,
    /// The receiver's mail server took it.
    mailed: Option<DateTime<Utc>>,
    /// The mail could not be delivered or came back; a person must see to it.
    undeliverable: bool,
    /// When the mail came back after a server had taken it.
    bounced: Option<DateTime<Utc>>,
    /// What the receiver's mail server said; never an address.
    server_reply: Option<String>,
    /// Somebody of the receiver opened it.
    seen: Option<DateTime<Utc>>,
    acknowledged: Option<DateTime<Utc>>,
    /// Accepted, declined, returned or forwarded.
    decided: Option<DateTime<Utc>>,
    /// Everybody who was told of this hand-off, in order, and how far each notice has come. Once one's own part has ended: those
    /// to one's own agency.
    recipients: Vec<MailOut>,
}

pub(super) fn handoff(view: &View, handoff: &Handoff, language: Language) -> HandoffOut {
    let referral = view.referral();
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
        withheld: view
            .kept_back
            .get(&handoff.id)
            .into_iter()
            .flatten()
            .map(|kept| WithheldOut::of(kept, language))
            .collect(),
        consent_withdrawn_at: handoff
            .marks
            .get(&Action::WithdrawConsent)
            .copied()
            .filter(|_| handoff.consent_withdrawn()),
        clocks: clocks(view, referral, handoff.id, language),
        receipts: receipts(view, handoff, language),
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
            covers: consent.covers.map(|covers| covers.iter().collect()),
        }),
    }
}

/// The ladder of the notice that brought the hand-off to its receiver.
fn receipts(view: &View, handoff: &Handoff, language: Language) -> ReceiptsOut {
    let to_receiver = |receipt: &&Receipt| {
        receipt.handoff == Some(handoff.id)
            && Some(receipt.agency) == handoff.terms.receiver
            && receipt.way == Way::Unit
            && matches!(receipt.notice, Notice::NewReferral | Notice::ForwardedToYou)
    };
    let notice = view.receipts.iter().find(to_receiver);
    ReceiptsOut {
        stored: handoff.times.sent,
        queued: notice.map(|notice| notice.queued_at),
        mailed: notice.and_then(|notice| notice.sent_at),
        undeliverable: notice.is_some_and(|notice| notice.status == Status::Dead || notice.bounced_at.is_some()),
        bounced: notice.and_then(|notice| notice.bounced_at),
        server_reply: notice.and_then(|notice| MailOut::of(notice, &view.names, language).reply()),
        seen: handoff.times.seen,
        acknowledged: handoff.times.acknowledged,
        decided: handoff.times.decided,
        recipients: view
            .told
            .iter()
            .filter(|receipt| receipt.handoff == Some(handoff.id))
            .map(|receipt| MailOut::of(receipt, &view.names, language))
            .collect(),
    }
}
