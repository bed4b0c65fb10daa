//! The decision: a command and a context in, events and notices or a refusal out.
//!
//! Refusals come in a fixed order, so that nobody learns more than they may: whether the referral exists for this person,
//! then whose turn it is, then whether it can be done now, then what was said.
//!
//! A decision is built by applying each event as it is recorded, so the state it yields *is* the replay of its log.

mod consent;
mod deadline;
mod disclose;
mod dispute;
mod glass;
mod input;
mod legs;
mod migrate;
mod relay;
mod rules;
mod undo;

use chrono::{DateTime, Utc};

pub use deadline::{Firing, fire};
pub use glass::{glass_step, glass_unreviewed};
pub use migrate::{Effect, Images, Moving, NoImage, migrate};
pub use relay::{Before, Decision, NoticeIntent, Writing, acting};
pub(crate) use relay::{Scribe, addressees, by, holder_of};
pub use undo::UNDO_WITHIN;

use crate::agency::{AgencyId, AttachmentId};
use crate::command::{Command, Context, DraftTerms, LegalBasis, NewReferral};
use crate::definition::{Definition, Party, Transition};
use crate::event::{Fact, Terms};
use crate::policy::{self, Actor, Operation, Permit, Verdict};
use crate::referral::Referral;
use crate::refusal::{Refusal, Rule};
use crate::vocabulary::{Action, Code, HandoffState, Language, Notice};
use input::Input;
use relay::Relay;

/// An action that this person may take now; its input is still to be given.
#[derive(Debug, Clone, Copy)]
pub struct Admitted<'d> {
    /// The transition.
    pub transition: &'d Transition,
    /// For whom the person would act.
    pub permit: Permit,
}

/// Whether `actor` may take `action` on `referral` now: party and state, not yet the input.
///
/// # Errors
/// [`Refusal`] with a rule of the kind hidden, party or state.
pub fn admit<'d>(
    definition: &'d Definition,
    referral: &Referral,
    action: Action,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Admitted<'d>, Refusal> {
    let permit = policy::permit(actor, Operation::Transition(action), referral).map_err(|verdict| match verdict {
        Verdict::Hidden => Refusal::not_found(),
        Verdict::Forbidden | Verdict::Allowed => not_yours(definition, action),
    })?;
    let over = referral.state.is_end() && !matches!(action, Action::Reopen | Action::Undo);
    let transition = referral
        .current_handoff()
        .and_then(|current| definition.transition(action, &current.step))
        .filter(|_| !over)
        .ok_or_else(|| not_now(definition, referral, action))?;
    dispute::admit(referral, action)?;
    consent::admit(referral, action)?;
    if action == Action::Undo {
        undo::admit(definition, referral, actor, now)?;
    }
    if !transition.roles.contains(&permit.role()) {
        return Err(not_yours(definition, action));
    }
    Ok(Admitted { transition, permit })
}

/// Everything that `actor` may do with `referral` now, in the definition's order.
#[must_use]
pub fn available<'d>(
    definition: &'d Definition,
    referral: &Referral,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Vec<Admitted<'d>> {
    let mut seen = Vec::new();
    for transition in &definition.transitions {
        if seen
            .iter()
            .all(|admitted: &Admitted<'_>| admitted.transition.action != transition.action)
            && let Ok(admitted) = admit(definition, referral, transition.action, actor, now)
        {
            seen.push(admitted);
        }
    }
    seen
}

/// Decides a command.
///
/// # Errors
/// [`Refusal`], in the order of the module's description.
pub fn decide(
    definition: &Definition,
    referral: &Referral,
    command: &Command,
    context: &Context<'_>,
) -> Result<Decision, Refusal> {
    let Admitted { transition, permit } = admit(definition, referral, command.action, context.actor, context.now)?;
    let mut input = Input::read(transition, command, permit, context)?;
    let mut relay = Relay::resume(definition, context, permit, referral.clone());
    let note = command.note.as_deref().map(|note| relay.scribe.write("note", note));
    input.texts.extend(note.map(|id| ("note".to_owned(), id)));
    for (field, text) in std::mem::take(&mut input.free_texts) {
        let id = relay.scribe.write(&field, &text);
        input.texts.insert(field, id);
    }
    let current = relay.current_handoff()?;
    match transition.action {
        Action::Send => legs::send_draft(&mut relay, transition, &current, &input)?,
        Action::Forward => legs::forward(&mut relay, transition, &current, input)?,
        Action::HandOff => legs::next(&mut relay, transition, &input)?,
        Action::Revoke => relay.record(Fact::Revoked { texts: input.texts }),
        Action::Dispute => dispute::dispute(&mut relay, input.texts)?,
        Action::Allocate => dispute::allocate(&mut relay, &current, input)?,
        Action::Undo => undo::undo(&mut relay, referral)?,
        Action::Acknowledge
        | Action::RequestInfo
        | Action::AnswerInfo
        | Action::Accept
        | Action::Decline
        | Action::ReturnWithAdvice
        | Action::Withdraw
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
        | Action::AcceptReturn
        | Action::RefuseReturn
        | Action::ReportFound
        | Action::RequestWithdrawal
        | Action::RequestTakeover
        | Action::MarkError
        | Action::WithdrawConsent
        | Action::Reopen => legs::advance(&mut relay, transition, &current, input),
    }
    relay.notify(transition, referral.current_handoff());
    Ok(relay.finish())
}

/// Writes a new referral, and sends it at once if asked to.
///
/// # Errors
/// [`Refusal`]: the sender is not one of the actor's agencies, or something in the draft is not right.
pub fn create(definition: &Definition, new: &NewReferral, context: &Context<'_>) -> Result<Decision, Refusal> {
    let unknown = || Refusal::of_fields(vec![rules::unknown_agency("/sender")]);
    let sender = context.agencies.by_name(&new.sender).ok_or_else(unknown)?;
    let permit = policy::permit_create(context.actor, sender.id).map_err(|_verdict| {
        Refusal::new(
            Rule::NotYours,
            "Du kan bare sende på vegne av en enhet der du er saksbehandler. Velg din egen enhet som avsender.",
            "You can send only on behalf of an agency in which you do casework. Choose your own agency as the sender.",
        )
    })?;
    rules::sender_admitted(definition, sender)?;
    let mut scribe = Scribe::new(context.id);
    let terms = draft_terms(&mut scribe, context, &new.draft)?;
    let mut relay = Relay::begin(definition, context, permit, new, terms, scribe)?;
    if new.send {
        let draft = relay.current_handoff()?;
        let transition = definition
            .transition(Action::Send, &draft.step)
            .ok_or_else(|| not_now(definition, relay.referral(), Action::Send))?;
        legs::send(
            &mut relay,
            transition,
            &draft,
            draft.terms.clone(),
            new.draft.basis.as_ref(),
            "",
        )?;
        relay.notify(transition, Some(&draft));
    }
    Ok(relay.finish())
}

/// Changes a draft.
///
/// # Errors
/// [`Refusal`]: hidden, not the sender's, no longer a draft, or something in it is not right.
pub fn edit(
    definition: &Definition,
    referral: &Referral,
    draft: &DraftTerms,
    context: &Context<'_>,
) -> Result<Decision, Refusal> {
    let permit = admit_edit(referral, context.actor)?;
    let mut relay = Relay::resume(definition, context, permit, referral.clone());
    let terms = draft_terms(&mut relay.scribe, context, draft)?;
    let handoff = relay.current_handoff()?.id;
    relay.record(Fact::Edited {
        handoff,
        urgency: draft.urgency,
        terms,
    });
    // A draft that is only worded better has no more time, and its clock has not forgotten whom it has warned.
    if draft.urgency != referral.urgency {
        relay.rearm(handoff);
    }
    Ok(relay.finish())
}

/// Whether `actor` may change `referral` as a draft now.
///
/// # Errors
/// [`Refusal`]: hidden, not the sender's, or no longer a draft.
pub fn admit_edit(referral: &Referral, actor: &Actor) -> Result<Permit, Refusal> {
    let permit = policy::permit(actor, Operation::EditDraft, referral).map_err(|verdict| match verdict {
        Verdict::Hidden => Refusal::not_found(),
        Verdict::Forbidden | Verdict::Allowed => Refusal::new(
            Rule::NotYours,
            "Bare avsender kan endre kladden. Be dem om det.",
            "Only the sender can change the draft. Ask them to.",
        ),
    })?;
    if referral
        .open_handoff()
        .is_none_or(|open| open.state != HandoffState::Draft)
    {
        return Err(Refusal::new(
            Rule::NotADraft,
            "Den er allerede sendt og kan ikke endres. Send en melding i stedet.",
            "It has been sent and cannot be changed. Write a message instead.",
        ));
    }
    Ok(permit)
}

/// Writes a message to the other party; nothing moves.
///
/// # Errors
/// [`Refusal`]: hidden, or not a party to the current hand-off.
pub fn post_message(
    definition: &Definition,
    referral: &Referral,
    text: &str,
    context: &Context<'_>,
) -> Result<Decision, Refusal> {
    let permit = admit_message(referral, context.actor)?;
    if let Some(fault) = crate::person::check_text("/text", text, crate::definition::TEXT_MAX) {
        return Err(Refusal::of_fields(vec![fault]));
    }
    let mut relay = Relay::annotate(definition, context, permit, referral.clone());
    let text = relay.scribe.write("message", text);
    relay.record(Fact::MessagePosted { text });
    relay.notify_message();
    Ok(relay.finish())
}

/// Whether `actor` may write a message about `referral` now.
///
/// # Errors
/// [`Refusal`]: hidden, or not a party to the current hand-off.
pub fn admit_message(referral: &Referral, actor: &Actor) -> Result<Permit, Refusal> {
    let permit = policy::permit(actor, Operation::PostMessage, referral).map_err(|verdict| match verdict {
        Verdict::Hidden => Refusal::not_found(),
        Verdict::Forbidden | Verdict::Allowed => Refusal::new(
            Rule::NotYours,
            "Bare de som er part nå, kan skrive meldinger. Haster det, ring enheten som har stafettpinnen.",
            "Only those who are party to it now can write messages. If it is urgent, call whoever holds the baton.",
        ),
    })?;
    consent::admit_message(referral, &permit)?;
    Ok(permit)
}

/// Adds a file, which is stored already. `heard` says that the other side has just had notice of something: three pictures in
/// a row are one mail.
///
/// # Errors
/// [`Refusal`]: hidden, or not a party to the current hand-off.
pub fn add_attachment(
    definition: &Definition,
    referral: &Referral,
    attachment: AttachmentId,
    heard: bool,
    context: &Context<'_>,
) -> Result<Decision, Refusal> {
    let permit = admit_attachment(referral, context.actor)?;
    consent::admit_message(referral, &permit)?;
    let mut relay = Relay::annotate(definition, context, permit, referral.clone());
    relay.record(Fact::AttachmentAdded { attachment });
    if !heard {
        relay.notify_message();
    }
    Ok(relay.finish())
}

/// Takes a file away for good that an agency has added by mistake. Only those may who had added it, as long as they are party.
///
/// # Errors
/// [`Refusal`]: hidden, not a party to the current hand-off, or added by another agency.
pub fn remove_attachment(
    definition: &Definition,
    referral: &Referral,
    attachment: AttachmentId,
    added_by: AgencyId,
    context: &Context<'_>,
) -> Result<Decision, Refusal> {
    admit_attachment(referral, context.actor)?;
    let theirs = Actor {
        memberships: context
            .actor
            .memberships
            .iter()
            .copied()
            .filter(|held| held.agency == Some(added_by))
            .collect(),
        ..context.actor.clone()
    };
    let permit = policy::permit(&theirs, Operation::ChangeAttachments, referral).map_err(|_verdict| {
        Refusal::new(
            Rule::NotYours,
            "Bare de som la til filen kan ta den bort.",
            "Only those who added the file can take it away.",
        )
    })?;
    let mut relay = Relay::annotate(definition, context, permit, referral.clone());
    relay.record(Fact::AttachmentRemoved { attachment });
    Ok(relay.finish())
}

/// Whether `actor` may add files to `referral` now.
///
/// # Errors
/// [`Refusal`]: hidden, or not a party to the current hand-off.
pub fn admit_attachment(referral: &Referral, actor: &Actor) -> Result<Permit, Refusal> {
    policy::permit(actor, Operation::ChangeAttachments, referral).map_err(|verdict| match verdict {
        Verdict::Hidden => Refusal::not_found(),
        Verdict::Forbidden | Verdict::Allowed => Refusal::new(
            Rule::NotYours,
            "Bare de som er part nå kan legge til og ta bort filer.",
            "Only those who are party to it now can add and take away files.",
        ),
    })
}

/// Corrects what was registered about the youth, after sending. What stood before is kept as a text, the log names it, and
/// everybody who has received the referral is told.
///
/// # Errors
/// [`Refusal`]: hidden, not the sender's nor the custodian's, still a draft, or no reason.
pub fn rectify(
    definition: &Definition,
    referral: &Referral,
    before: &str,
    reason: &str,
    context: &Context<'_>,
) -> Result<Decision, Refusal> {
    let permit = admit_rectify(referral, context.actor)?;
    if let Some(fault) = crate::person::check_text("/reason", reason, crate::definition::TEXT_MAX) {
        return Err(Refusal::of_fields(vec![fault]));
    }
    let mut relay = Relay::resume(definition, context, permit, referral.clone());
    let reason = relay.scribe.write("reason", reason);
    let before = relay.scribe.write("person-before", before);
    relay.record(Fact::PersonRectified { reason, before });
    relay.notify_parties(Notice::PersonRectified);
    Ok(relay.finish())
}

/// Whether `actor` may correct what is registered about the youth now.
///
/// # Errors
/// [`Refusal`]: hidden, not the sender's nor the custodian's, or still a draft.
pub fn admit_rectify(referral: &Referral, actor: &Actor) -> Result<Permit, Refusal> {
    let permit = policy::permit(actor, Operation::RectifyPerson, referral).map_err(|verdict| match verdict {
        Verdict::Hidden => Refusal::not_found(),
        Verdict::Forbidden | Verdict::Allowed => Refusal::new(
            Rule::NotYours,
            "Bare avsender og den som har stafettpinnen, kan rette opplysninger om den unge. Skriv en melding til dem om hva som er feil.",
            "Only the sender and whoever holds the baton can correct what is registered about the youth. Write them a message about what is wrong.",
        ),
    })?;
    if !referral.handoffs.iter().any(crate::referral::Handoff::is_sent) {
        return Err(Refusal::new(
            Rule::ActionNotAllowedNow,
            "Den er ikke sendt ennå: endre kladden i stedet.",
            "It has not been sent yet: change the draft instead.",
        ));
    }
    Ok(permit)
}

/// Notes that somebody of the receiver has opened the hand-off; `None` when that is nothing new.
#[must_use]
pub fn note_seen(definition: &Definition, referral: &Referral, context: &Context<'_>) -> Option<Decision> {
    let open = referral
        .current_handoff()
        .filter(|handoff| handoff.is_sent() && handoff.times.seen.is_none())?;
    let permit = policy::permit(context.actor, Operation::ReadReferral, referral).ok()?;
    let receiver = open.terms.receiver?;
    if !context.actor.does_casework_in(receiver) {
        return None;
    }
    let mut relay = Relay::annotate(definition, context, permit, referral.clone());
    relay.record(Fact::Seen { handoff: open.id });
    Some(relay.finish())
}

/// What a draft says, checked as far as it goes.
fn draft_terms(scribe: &mut Scribe, context: &Context<'_>, draft: &DraftTerms) -> Result<Terms, Refusal> {
    let mut faults = draft
        .basis
        .as_ref()
        .map(|basis| basis.check("/legalBasis"))
        .unwrap_or_default();
    let receiver = draft.receiver.as_ref().and_then(|name| {
        let agency = context.agencies.by_name(name);
        if agency.is_none() {
            faults.push(rules::unknown_agency("/receiver"));
        }
        agency.map(|agency| agency.id)
    });
    if !faults.is_empty() {
        return Err(Refusal::of_fields(faults));
    }
    Ok(Terms {
        receiver,
        basis: draft.basis.as_ref().map(|basis| basis.code),
        basis_text: draft.basis.as_ref().map(|basis| scribe.write_basis(basis)),
        covers: draft.basis.as_ref().and_then(LegalBasis::covers),
    })
}

fn not_yours(definition: &Definition, action: Action) -> Refusal {
    let who = definition.any_transition(action).map(|transition| transition.party);
    let (nb, en) = match who {
        Some(Party::Sender) => ("avsender", "the sender"),
        Some(Party::Receiver) => ("mottaker", "the receiver"),
        Some(Party::Custodian) => ("den som har stafettpinnen", "whoever holds the baton"),
        Some(Party::Either) => ("avsender eller mottaker", "the sender or the receiver"),
        Some(Party::Earlier) => ("en som har deltatt før", "somebody who took part earlier"),
        Some(Party::Coordinator) => ("kommunens koordinator", "the municipality's coordinator"),
        None => ("ingen", "nobody"),
    };
    Refusal::new(
        Rule::NotYours,
        format!(
            "«{}» kan bare gjøres av {nb}. Hva du kan gjøre nå, står på formidlingen.",
            action.title(Language::Nb)
        ),
        format!(
            "“{}” can be done only by {en}. What you can do now stands on the referral.",
            action.title(Language::En)
        ),
    )
}

fn not_now(definition: &Definition, referral: &Referral, action: Action) -> Refusal {
    let (nb, en) = (action.title(Language::Nb), action.title(Language::En));
    if definition.any_transition(action).is_none() {
        return Refusal::new(
            Rule::ActionNotAllowedNow,
            format!(
                "«{nb}» finnes ikke i arbeidsflyten «{}». Hva du kan gjøre nå, står på formidlingen.",
                definition.title.nb
            ),
            format!(
                "“{en}” does not exist in the workflow “{}”. What you can do now stands on the referral.",
                definition.title.en
            ),
        );
    }
    let state = referral
        .current_handoff()
        .filter(|_| !referral.state.is_end())
        .and_then(|handoff| definition.state(&handoff.step))
        .map_or_else(
            || {
                (
                    referral.state.title(Language::Nb).to_owned(),
                    referral.state.title(Language::En).to_owned(),
                )
            },
            |state| (state.title.nb.to_lowercase(), state.title.en.to_lowercase()),
        );
    Refusal::new(
        Rule::ActionNotAllowedNow,
        format!(
            "«{nb}» kan ikke gjøres nå: formidlingen er {}. Hva du kan gjøre nå, står på den.",
            state.0
        ),
        format!(
            "“{en}” cannot be done now: the referral is {}. What you can do now stands on it.",
            state.1
        ),
    )
}
