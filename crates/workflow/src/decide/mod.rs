//! The decision: a command and a context in, events and notices or a refusal out.
//!
//! Refusals come in a fixed order, so that nobody learns more than they may: whether the referral exists for this person,
//! then whose turn it is, then whether it can be done now, then what was said.
//!
//! A decision is built by applying each event as it is recorded, so the state it yields *is* the replay of its log.

mod input;
mod relay;
mod rules;

pub(crate) use relay::holder_of;
pub use relay::{Before, Decision, NoticeIntent, Writing};

use crate::command::{Command, Context, DraftTerms, LegalBasis, NewReferral};
use crate::definition::{Definition, Party, Transition};
use crate::event::{Fact, Terms};
use crate::policy::{self, Actor, Operation, Permit, Verdict};
use crate::referral::{Handoff, Referral};
use crate::refusal::{Refusal, Rule};
use crate::vocabulary::{Action, Code, HandoffState, Language};
use input::Input;
use relay::{Relay, Scribe};
use rules::Leg;

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
) -> Result<Admitted<'d>, Refusal> {
    let permit = policy::permit(actor, Operation::Transition(action), referral).map_err(|verdict| match verdict {
        Verdict::Hidden => Refusal::not_found(),
        Verdict::Forbidden | Verdict::Allowed => not_yours(definition, action),
    })?;
    let step = referral.open_handoff().map(|open| open.step.as_str());
    let transition = definition
        .transition(action, step)
        .filter(|_| !referral.state.is_end())
        .ok_or_else(|| not_now(definition, referral, action))?;
    if !transition.roles.contains(&permit.role()) {
        return Err(not_yours(definition, action));
    }
    Ok(Admitted { transition, permit })
}

/// Everything that `actor` may do with `referral` now, in the definition's order.
#[must_use]
pub fn available<'d>(definition: &'d Definition, referral: &Referral, actor: &Actor) -> Vec<Admitted<'d>> {
    let mut seen = Vec::new();
    for transition in &definition.transitions {
        if seen
            .iter()
            .all(|admitted: &Admitted<'_>| admitted.transition.action != transition.action)
            && let Ok(admitted) = admit(definition, referral, transition.action, actor)
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
    let Admitted { transition, permit } = admit(definition, referral, command.action, context.actor)?;
    let mut input = Input::read(transition, command, permit, context)?;
    let mut relay = Relay::resume(definition, context, permit, referral.clone());
    let note = command.note.as_deref().map(|note| relay.scribe.write("note", note));
    input.texts.extend(note.map(|id| ("note".to_owned(), id)));
    for (field, text) in std::mem::take(&mut input.free_texts) {
        let id = relay.scribe.write(&field, &text);
        input.texts.insert(field, id);
    }
    match (&transition.opens, referral.open_handoff()) {
        (None, Some(open)) => advance(&mut relay, transition, open, input)?,
        (Some(opens), Some(open)) => forward(&mut relay, transition, open, opens, input)?,
        (Some(opens), None) => next_leg(&mut relay, transition, opens, input)?,
        (None, None) => relay.record(Fact::Revoked { texts: input.texts }),
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
            "Du kan bare sende på vegne av en enhet der du er saksbehandler.",
            "You can send only on behalf of an agency in which you do casework.",
        )
    })?;
    rules::sender_admitted(definition, sender)?;
    let mut scribe = Scribe::new(context.id);
    let terms = draft_terms(&mut scribe, context, &new.draft)?;
    let mut relay = Relay::begin(definition, context, permit, new, terms, scribe)?;
    if new.send {
        let transition = definition
            .transition(
                Action::Send,
                relay.referral().open_handoff().map(|open| open.step.as_str()),
            )
            .ok_or_else(|| not_now(definition, relay.referral(), Action::Send))?;
        let open = relay.open_handoff()?;
        send(
            &mut relay,
            transition,
            &open,
            open.terms.clone(),
            new.draft.basis.as_ref(),
            "",
        )?;
        relay.notify(transition, Some(&open));
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
    let handoff = relay.open_handoff()?.id;
    relay.record(Fact::Edited {
        handoff,
        urgency: draft.urgency,
        terms,
    });
    relay.rearm(handoff);
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
            "Bare avsender kan endre kladden.",
            "Only the sender can change the draft.",
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
    let permit = policy::permit(context.actor, Operation::PostMessage, referral).map_err(|verdict| match verdict {
        Verdict::Hidden => Refusal::not_found(),
        Verdict::Forbidden | Verdict::Allowed => Refusal::new(
            Rule::NotYours,
            "Bare de som er part nå kan skrive meldinger.",
            "Only those who are party to it now can write messages.",
        ),
    })?;
    if let Some(fault) = crate::person::check_text("/text", text, crate::definition::TEXT_MAX) {
        return Err(Refusal::of_fields(vec![fault]));
    }
    let mut relay = Relay::annotate(definition, context, permit, referral.clone());
    let text = relay.scribe.write("message", text);
    relay.record(Fact::MessagePosted { text });
    relay.notify_message();
    Ok(relay.finish())
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

/// An ordinary move of the open hand-off.
fn advance(relay: &mut Relay<'_>, transition: &Transition, open: &Handoff, input: Input) -> Result<(), Refusal> {
    if transition.action == Action::Send {
        let mut terms = open.terms.clone();
        if let Some(receiver) = input.receiver {
            terms.receiver = Some(receiver);
        }
        if let Some(basis) = &input.basis {
            terms.basis = Some(basis.code);
            terms.basis_text = Some(relay.scribe.write_basis(basis));
        }
        return send(relay, transition, open, terms, input.basis.as_ref(), "/input");
    }
    if transition.to.is_some() {
        relay.go(open.id, transition, input.codes, input.texts);
    }
    if let Some(assignee) = input.person {
        relay.record(Fact::Assigned {
            handoff: open.id,
            assignee,
        });
    }
    Ok(())
}

fn send(
    relay: &mut Relay<'_>,
    transition: &Transition,
    open: &Handoff,
    terms: Terms,
    basis: Option<&LegalBasis>,
    at: &str,
) -> Result<(), Refusal> {
    let leg = Leg {
        sender: open.sender,
        acting: open.sender,
        terms: &terms,
        basis,
        at,
    };
    rules::guards(transition, relay, &leg)?;
    if terms != open.terms {
        relay.record(Fact::TermsSettled {
            handoff: open.id,
            terms,
        });
    }
    relay.go(open.id, transition, Default::default(), Default::default());
    Ok(())
}

/// The receiver sends it on; the first sender keeps the baton until somebody accepts.
fn forward(
    relay: &mut Relay<'_>,
    transition: &Transition,
    open: &Handoff,
    opens: &str,
    input: Input,
) -> Result<(), Refusal> {
    let terms = Terms {
        receiver: input.receiver,
        ..open.terms.clone()
    };
    let acting = open.terms.receiver.unwrap_or(open.sender);
    let leg = Leg {
        sender: open.sender,
        acting,
        terms: &terms,
        basis: None,
        at: "/input",
    };
    rules::guards(transition, relay, &leg)?;
    relay.go(open.id, transition, input.codes, input.texts);
    relay.open(Some(open.id), open.sender, opens, terms);
    Ok(())
}

/// The custodian starts the next leg.
fn next_leg(relay: &mut Relay<'_>, transition: &Transition, opens: &str, input: Input) -> Result<(), Refusal> {
    let sender = relay.referral().custodian;
    let basis_text = input.basis.as_ref().map(|basis| relay.scribe.write_basis(basis));
    let terms = Terms {
        receiver: input.receiver,
        basis: input.basis.as_ref().map(|basis| basis.code),
        basis_text,
    };
    let leg = Leg {
        sender,
        acting: sender,
        terms: &terms,
        basis: input.basis.as_ref(),
        at: "/input",
    };
    rules::guards(transition, relay, &leg)?;
    relay.open(None, sender, opens, terms);
    Ok(())
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
    })
}

fn not_yours(definition: &Definition, action: Action) -> Refusal {
    let who = definition.any_transition(action).map(|transition| transition.party);
    let (nb, en) = match who {
        Some(Party::Sender) => ("avsender", "the sender"),
        Some(Party::Receiver) => ("mottaker", "the receiver"),
        Some(Party::Custodian) => ("den som har stafettpinnen", "whoever holds the baton"),
        None => ("ingen", "nobody"),
    };
    Refusal::new(
        Rule::NotYours,
        format!("«{}» kan bare gjøres av {nb}.", action.title(Language::Nb)),
        format!("“{}” can be done only by {en}.", action.title(Language::En)),
    )
}

fn not_now(definition: &Definition, referral: &Referral, action: Action) -> Refusal {
    let (nb, en) = (action.title(Language::Nb), action.title(Language::En));
    if definition.any_transition(action).is_none() {
        return Refusal::new(
            Rule::ActionNotAllowedNow,
            format!("«{nb}» finnes ikke i arbeidsflyten «{}».", definition.title.nb),
            format!("“{en}” does not exist in the workflow “{}”.", definition.title.en),
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
        format!("«{nb}» kan ikke gjøres nå: formidlingen er {}.", state.0),
        format!("“{en}” cannot be done now: the referral is {}.", state.1),
    )
}
