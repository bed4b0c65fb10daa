//! The legs of the relay: sent, moved along, sent on, started anew.

use std::collections::BTreeMap;

use super::input::Input;
use super::relay::Relay;
use super::rules::{self, Leg};
use crate::command::LegalBasis;
use crate::definition::Transition;
use crate::event::{Fact, Terms};
use crate::referral::Handoff;
use crate::refusal::Refusal;
use crate::vocabulary::Action;

/// A step of the current hand-off, or a remark that moves nothing.
pub(super) fn advance(relay: &mut Relay<'_>, transition: &Transition, current: &Handoff, input: Input) {
    let action = transition.action;
    let back = current.resumes_to.as_deref().filter(|_| transition.resumes);
    match back.or(transition.to.as_deref()) {
        Some(step) => {
            // That a duty of the law was done is a fact of its own: the hand-off may be opened again.
            if relay.definition().is_duty(action) {
                relay.record(Fact::Noted {
                    handoff: current.id,
                    action,
                    codes: BTreeMap::new(),
                    texts: BTreeMap::new(),
                });
            }
            relay.go(current.id, action, step, input.codes, input.texts);
            // What was entered in error is over, and so the baton is where the last real leg left it.
            relay.settle_baton();
        }
        None if action == Action::Assign => {}
        None => relay.record(Fact::Noted {
            handoff: current.id,
            action,
            codes: input.codes,
            texts: input.texts,
        }),
    }
    if let Some(assignee) = input.person {
        relay.record(Fact::Assigned {
            handoff: current.id,
            assignee,
        });
    }
}

/// Sends a draft, on the terms that it has or is given now.
pub(super) fn send_draft(
    relay: &mut Relay<'_>,
    transition: &Transition,
    draft: &Handoff,
    input: &Input,
) -> Result<(), Refusal> {
    let mut terms = draft.terms.clone();
    if let Some(receiver) = input.agency {
        terms.receiver = Some(receiver);
    }
    if let Some(basis) = &input.basis {
        terms.basis = Some(basis.code);
        terms.basis_text = Some(relay.scribe.write_basis(basis));
        terms.covers = basis.covers();
    }
    send(relay, transition, draft, terms, input.basis.as_ref(), "/input")
}

pub(super) fn send(
    relay: &mut Relay<'_>,
    transition: &Transition,
    draft: &Handoff,
    terms: Terms,
    basis: Option<&LegalBasis>,
    at: &str,
) -> Result<(), Refusal> {
    let leg = Leg {
        sender: draft.sender,
        acting: draft.sender,
        terms: &terms,
        basis,
        at,
    };
    rules::guards(transition, relay, &leg)?;
    if terms != draft.terms {
        relay.record(Fact::TermsSettled {
            handoff: draft.id,
            terms,
        });
    }
    let step = transition.to.as_deref().unwrap_or_default();
    relay.go(draft.id, transition.action, step, BTreeMap::new(), BTreeMap::new());
    Ok(())
}

/// The receiver sends it on; the first sender keeps the baton until somebody accepts.
pub(super) fn forward(
    relay: &mut Relay<'_>,
    transition: &Transition,
    current: &Handoff,
    input: Input,
) -> Result<(), Refusal> {
    let terms = Terms {
        receiver: input.agency,
        ..current.terms.clone()
    };
    let acting = current.terms.receiver.unwrap_or(current.sender);
    let leg = Leg {
        sender: current.sender,
        acting,
        terms: &terms,
        basis: None,
        at: "/input",
    };
    rules::guards(transition, relay, &leg)?;
    let step = transition.to.as_deref().unwrap_or_default();
    relay.go(current.id, transition.action, step, input.codes, input.texts);
    relay.open(
        Some(current.id),
        current.sender,
        transition.opens.as_deref().unwrap_or_default(),
        terms,
    );
    Ok(())
}

/// The custodian starts the next leg.
pub(super) fn next(relay: &mut Relay<'_>, transition: &Transition, input: &Input) -> Result<(), Refusal> {
    let sender = relay.referral().custodian;
    let basis_text = input.basis.as_ref().map(|basis| relay.scribe.write_basis(basis));
    let terms = Terms {
        receiver: input.agency,
        basis: input.basis.as_ref().map(|basis| basis.code),
        basis_text,
        covers: input.basis.as_ref().and_then(LegalBasis::covers),
    };
    let leg = Leg {
        sender,
        acting: sender,
        terms: &terms,
        basis: input.basis.as_ref(),
        at: "/input",
    };
    rules::guards(transition, relay, &leg)?;
    relay.open(None, sender, transition.opens.as_deref().unwrap_or_default(), terms);
    Ok(())
}
