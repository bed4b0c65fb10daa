//! When the services disagree about who is responsible, the municipality decides (bvl § 15-8 and the mirror duties of the
//! other welfare acts). Until it has, the baton stays where it is and the law's clocks run on.

use std::collections::BTreeMap;

use super::input::Input;
use super::relay::Relay;
use super::rules;
use crate::agency::{AgencyId, TextId};
use crate::event::{Fact, Terms};
use crate::referral::{Handoff, Referral};
use crate::refusal::{FieldError, Refusal, Rule};
use crate::vocabulary::{Action, HandoffState};

/// Whether the dispute, or its absence, allows the action.
pub(super) fn admit(referral: &Referral, action: Action) -> Result<(), Refusal> {
    match (referral.disputed_since.is_some(), action) {
        // What informs the decision goes on; so does whatever keeps a child safe without moving the baton.
        (true, Action::Allocate | Action::RequestInfo | Action::AnswerInfo | Action::Assign | Action::GiveFeedback) => {
            Ok(())
        }
        // A consent can be taken back at any time.
        (true, Action::Undo | Action::WithdrawConsent) => Ok(()),
        (true, _) => Err(Refusal::new(
            Rule::Disputed,
            "Ansvaret er ikke avgjort. Kommunens koordinator må avgjøre det først. Skriv en melding om noe haster.",
            "The allocation is disputed. The municipality's coordinator must decide it first. Write a message if something is urgent.",
        )),
        (false, Action::Allocate) => Err(Refusal::new(
            Rule::ActionNotAllowedNow,
            "Ingen har meldt uenighet om ansvaret, så det er ingenting å avgjøre. Avsender eller mottaker må melde den først.",
            "Nobody disputes the allocation, so there is nothing to decide. The sender or the receiver must dispute it first.",
        )),
        (false, _) => Ok(()),
    }
}

/// Either side asks for a decision.
pub(super) fn dispute(relay: &mut Relay<'_>, texts: BTreeMap<String, TextId>) -> Result<(), Refusal> {
    let coordinator = relay.context().coordinator.ok_or_else(|| {
        Refusal::new(
            Rule::NoCoordinator,
            "Ingen kommune med koordinator er satt opp for oppholdsstedet, eller flere enn en. Ring kommunen, og be systemadministratoren rette katalogen.",
            "No municipality with a coordinator is set up for the place of stay, or more than one. Call the municipality, and ask the system administrator to correct the directory.",
        )
    })?;
    relay.record(Fact::Disputed { coordinator, texts });
    Ok(())
}

/// The municipality names who is responsible; the baton goes there at once.
pub(super) fn allocate(relay: &mut Relay<'_>, current: &Handoff, input: Input) -> Result<(), Refusal> {
    let custodian = input
        .agency
        .ok_or_else(|| Refusal::of_fields(vec![FieldError::required("/input/custodian")]))?;
    rules::may_hold(relay, current, custodian, "/input/custodian")?;
    relay.record(Fact::Allocated {
        custodian,
        texts: input.texts,
    });
    if custodian == relay.referral().custodian && (current.state.is_taken() || current.state.is_end()) {
        return Ok(()); // it is there already
    }
    let taken = relay
        .definition()
        .step_of(HandoffState::Accepted)
        .map(|step| step.id.clone())
        .unwrap_or_default();
    if current.is_open() && current.terms.receiver == Some(custodian) {
        relay.go(current.id, Action::Allocate, &taken, BTreeMap::new(), BTreeMap::new());
    } else if custodian == current.sender {
        give_back(relay, current);
    } else {
        hand_over(relay, current, custodian, &taken);
    }
    Ok(())
}

/// The sender was right to have it: the hand-off is over, and the search for the next receiver begins.
fn give_back(relay: &mut Relay<'_>, current: &Handoff) {
    if let Some(step) = relay
        .definition()
        .step_of(HandoffState::Withdrawn)
        .map(|step| step.id.clone())
    {
        relay.go(current.id, Action::Allocate, &step, BTreeMap::new(), BTreeMap::new());
    }
}

/// A third agency is responsible: it takes over on the terms on which the last one had it.
fn hand_over(relay: &mut Relay<'_>, current: &Handoff, custodian: AgencyId, taken: &str) {
    let terms = Terms {
        receiver: Some(custodian),
        ..current.terms.clone()
    };
    let forwarded_from = current.is_open().then_some(current.id);
    if forwarded_from.is_some()
        && let Some(step) = relay
            .definition()
            .step_of(HandoffState::Forwarded)
            .map(|step| step.id.clone())
    {
        relay.go(current.id, Action::Allocate, &step, BTreeMap::new(), BTreeMap::new());
    }
    relay.open(forwarded_from, current.sender, taken, terms);
}
