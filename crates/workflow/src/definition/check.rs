//! What a definition must keep so that no referral can be lost on it.
//!
//! Each finding is one sentence about what would go wrong on the street, not about the file's grammar.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Addressee, ClockRule, Definition, Escalation, Holder, OthersSee, Party, Property, State, Transition};
use crate::law::{self, Validity};
use crate::policy::{Operation, Relation, Verdict, verdict};
use crate::vocabulary::{Action, HandoffState, LegalBasisCode, Role};

/// One thing that would go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// The name to point at in the file.
    pub(super) near: String,
    /// The story.
    pub(super) message: String,
}

/// Everything that is wrong, the most basic first.
pub(super) fn findings(definition: &Definition) -> Vec<Finding> {
    let found = |basic: bool| -> Vec<Finding> {
        let properties = Property::ALL
            .into_iter()
            .filter(|property| property.is_basic() == basic);
        properties.flat_map(|property| property.look(definition)).collect()
    };
    let basic = found(true);
    if basic.is_empty() { found(false) } else { basic } // the rest would only repeat it
}

fn finding(near: &str, message: String) -> Finding {
    Finding {
        near: near.to_owned(),
        message,
    }
}

pub(super) fn names(definition: &Definition, findings: &mut Vec<Finding>) {
    let kebab = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    if !kebab(&definition.key.id) || definition.key.version == 0 {
        findings.push(finding(
            &definition.key.id,
            "the id must be kebab-case and the version at least 1".into(),
        ));
    }
    let states: Vec<&String> = definition.states.iter().map(|state| &state.id).collect();
    let clocks: Vec<&String> = definition.clocks.iter().map(|clock| &clock.id).collect();
    for ids in [states, clocks] {
        let mut seen = BTreeSet::new();
        for id in ids {
            if !kebab(id) || !seen.insert(id) {
                findings.push(finding(
                    id,
                    format!("the name {id:?} must be kebab-case and stand once only"),
                ));
            }
        }
    }
    if definition.senders.is_empty() || definition.receivers.is_empty() || definition.legal_bases.is_empty() {
        findings.push(finding(
            "senders",
            "nobody could use it: name senders, receivers and legal bases".into(),
        ));
    }
}

/// Whom it is for.
pub(super) fn eligibility(definition: &Definition, findings: &mut Vec<Finding>) {
    let faults = definition.eligibility.faults();
    findings.extend(faults.into_iter().map(|(near, message)| finding(&near, message)));
}

/// Where a hand-off begins, and that each action has one meaning in each state.
pub(super) fn shape(definition: &Definition, findings: &mut Vec<Finding>) {
    if definition
        .states
        .first()
        .is_none_or(|state| state.core != HandoffState::Draft)
    {
        findings.push(finding(
            "states",
            "the first state must be the draft: a referral is written before it is sent".into(),
        ));
    }
    for (index, transition) in definition.transitions.iter().enumerate() {
        let action = transition.action;
        if let Some(state) = transition.from.iter().find(|from| {
            definition
                .transitions
                .iter()
                .skip(index + 1)
                .any(|other| other.action == action && other.from.contains(from))
        }) {
            findings.push(finding(
                action.as_str(),
                format!("in the state {state:?} the action {action} would lead to two places"),
            ));
        }
        let opens_next = matches!(action, Action::Forward | Action::HandOff);
        if opens_next != transition.opens.is_some() {
            findings.push(finding(
                action.as_str(),
                format!(
                    "{action}: exactly forward and hand-off open a next hand-off, and say with opens in which state"
                ),
            ));
        }
        let from: Vec<&State> = transition
            .from
            .iter()
            .filter_map(|from| definition.state(from))
            .collect();
        if from.is_empty() {
            findings.push(finding(action.as_str(), format!("{action}: say from which states")));
        }
        let lays_down = matches!(action, Action::HandOff | Action::Revoke | Action::Reopen);
        let anywhere = matches!(
            action,
            Action::Undo | Action::Dispute | Action::Allocate | Action::RequestTakeover
        );
        if let Some(state) = from.iter().find(|state| !anywhere && state.core.is_end() != lays_down) {
            findings.push(finding(
                action.as_str(),
                format!(
                    "{action}: exactly hand-off, revoke and reopen start where a hand-off is over, not {:?}",
                    state.id
                ),
            ));
        }
        if let Some(opens) = transition.opens.as_deref().and_then(|id| definition.state(id))
            && opens.core != HandoffState::Sent
        {
            findings.push(finding(
                &opens.id,
                format!("{action} must open the next hand-off as sent, or nobody would hear of it"),
            ));
        }
    }
}

/// Every state can be reached, and from every state an end can be.
pub(super) fn reachability(definition: &Definition, findings: &mut Vec<Finding>) {
    let forward = closure(
        definition,
        |state| starts(definition).any(|start| start == state.id),
        |transition, reached| {
            if transition.from.iter().any(|from| reached.contains(from.as_str())) {
                targets(definition, transition).collect()
            } else {
                Vec::new()
            }
        },
    );
    // An undone leg is kept as a mistake, so that state needs no action of its own.
    let missing = |state: &&State| state.core != HandoffState::EnteredInError && !forward.contains(state.id.as_str());
    for state in definition.states.iter().filter(missing) {
        findings.push(finding(&state.id, format!("no path leads to the state {:?}", state.id)));
    }
    let backward = closure(
        definition,
        |state| state.core.is_end(),
        |transition, reached| {
            if targets(definition, transition).any(|to| reached.contains(to)) {
                transition.from.iter().map(String::as_str).collect()
            } else {
                Vec::new()
            }
        },
    );
    for state in definition
        .states
        .iter()
        .filter(|state| !backward.contains(state.id.as_str()))
    {
        findings.push(finding(
            &state.id,
            format!("a referral in the state {:?} could never come to an end", state.id),
        ));
    }
    if definition.step_of(HandoffState::EnteredInError).is_none() {
        findings.push(finding(
            "states",
            "a state for what was entered in error is missing".into(),
        ));
    }
}

/// Where a transition leads; one that resumes leads to wherever a hold can come from.
fn targets<'a>(definition: &'a Definition, transition: &'a Transition) -> impl Iterator<Item = &'a str> {
    let held = definition
        .transitions
        .iter()
        .filter(|hold| transition.resumes && hold.to.as_ref().is_some_and(|to| transition.from.contains(to)));
    let back = held.flat_map(|hold| hold.from.iter().map(String::as_str));
    transition
        .to
        .iter()
        .chain(&transition.opens)
        .map(String::as_str)
        .chain(back)
}

fn starts(definition: &Definition) -> impl Iterator<Item = &str> {
    definition.states.first().map(|state| state.id.as_str()).into_iter()
}

fn closure<'a>(
    definition: &'a Definition,
    seed: impl Fn(&State) -> bool,
    step: impl Fn(&'a Transition, &BTreeSet<&'a str>) -> Vec<&'a str>,
) -> BTreeSet<&'a str> {
    let mut reached: BTreeSet<&str> = definition
        .states
        .iter()
        .filter(|state| seed(state))
        .map(|state| state.id.as_str())
        .collect();
    loop {
        let before = reached.len();
        for transition in &definition.transitions {
            let next = step(transition, &reached);
            reached.extend(next);
        }
        if reached.len() == before {
            return reached;
        }
    }
}

/// In every state in which somebody must act, a limit runs and somebody hears when it is missed.
pub(super) fn clocks(definition: &Definition, findings: &mut Vec<Finding>) {
    for state in &definition.states {
        // These two close the referral. A forwarded hand-off counts again when its successor was a mistake.
        let at_rest = matches!(state.core, HandoffState::Completed | HandoffState::EnteredInError);
        let running: Vec<Validity> = definition
            .clocks
            .iter()
            .filter(|clock| clock.runs_in.contains(&state.id) && clock.met_by.is_empty())
            .map(|clock| clock.validity)
            .collect();
        let gap = law::first_gap(&running, Validity::default()).filter(|_| !at_rest);
        if let Some(day) = gap {
            let when = if day == NaiveDate::MIN {
                String::new()
            } else {
                format!(" on {day}")
            };
            findings.push(finding(
                &state.id,
                format!(
                    "a referral in the state {:?} would wait for ever: no clock runs there{when}",
                    state.id
                ),
            ));
        }
    }
    for clock in &definition.clocks {
        if clock.escalation.is_empty() {
            findings.push(finding(
                &clock.id,
                format!(
                    "nobody would hear that the limit {:?} was missed: name an escalation",
                    clock.id
                ),
            ));
        }
        chain(definition, clock, findings);
        if clock.legal_ref.is_some() && !clock.pauses_in.is_empty() {
            findings.push(finding(
                &clock.id,
                format!("the limit {:?} is the law's: no party can pause it", clock.id),
            ));
        }
        if let Some(legal_ref) = &clock.legal_ref
            && law::first_day_without_rule(legal_ref, clock.validity).is_some()
        {
            findings.push(finding(
                legal_ref,
                format!(
                    "the limit {:?} names {legal_ref}, which the register of legal rules does not have for all the time in \
                     which it counts",
                    clock.id
                ),
            ));
        }
        if clock.warn_percent == 0 || clock.warn_percent >= 100 {
            findings.push(finding(
                &clock.id,
                format!("the limit {:?} must warn after 1 to 99 percent of its time", clock.id),
            ));
        }
        if let Some(base) = &clock.counts_from
            && (base == &clock.id || definition.clock(base).is_none_or(|base| base.counts_from.is_some()))
        {
            findings.push(finding(
                &clock.id,
                format!(
                    "the limit {:?} must count from another limit with a start of its own",
                    clock.id
                ),
            ));
        }
    }
}

/// In every state in which a limit runs, its chain begins with somebody who can act there and ends with somebody who exists.
fn chain(definition: &Definition, clock: &ClockRule, findings: &mut Vec<Finding>) {
    let mut seen = Vec::new();
    for link in &clock.escalation {
        if seen.contains(&link) {
            findings.push(finding(
                &clock.id,
                format!("the limit {:?} would tell {link} twice: name each link once", clock.id),
            ));
        }
        seen.push(link);
    }
    // While they disagree a municipality is at it, for nobody can disagree where none is set up.
    let installed = |link: &&Escalation| **link != Escalation::Coordinator || clock.while_disputed;
    if !clock.escalation.is_empty() && !clock.escalation.iter().any(|link| installed(&link)) {
        findings.push(finding(
            &clock.id,
            format!(
                "nobody would hear that the limit {:?} was missed where no municipality is set up: name another link",
                clock.id
            ),
        ));
    }
    for state in clock.runs_in.iter().filter_map(|id| definition.state(id)) {
        // A draft was shown to nobody, and what was withdrawn may have been one.
        let may_be_unsent = matches!(state.core, HandoffState::Draft | HandoffState::Withdrawn);
        let receiver = |link: &Escalation| matches!(link, Escalation::ReceiverUnit | Escalation::ReceiverLead);
        if may_be_unsent && let Some(link) = clock.escalation.iter().find(|link| receiver(link)) {
            findings.push(finding(
                &clock.id,
                format!(
                    "in the state {:?} there may be no receiver yet: {link} of the limit {:?} would be nobody",
                    state.id, clock.id
                ),
            ));
        }
        if let Some(first) = clock.escalation.first()
            && !can_act(definition, state, *first, clock)
        {
            findings.push(finding(
                &clock.id,
                format!(
                    "in the state {:?} the limit {:?} would call {first} first, who can do nothing there",
                    state.id, clock.id
                ),
            ));
        }
    }
}

/// Whether an agency that is this link can do anything from this state that ends the clock's run, or meets it.
fn can_act(definition: &Definition, state: &State, link: Escalation, clock: &ClockRule) -> bool {
    let side = match link {
        Escalation::ReceiverUnit | Escalation::ReceiverLead => Holder::Receiver,
        Escalation::SenderUnit | Escalation::SenderLead => Holder::Sender,
        Escalation::HolderUnit | Escalation::HolderLead => state.holder,
        Escalation::Coordinator => return clock.while_disputed,
    };
    let acts = |party: Party| match party {
        Party::Sender => side == Holder::Sender,
        Party::Receiver => side == Holder::Receiver,
        Party::Either => side != Holder::Originator,
        Party::Custodian => side == state.holder,
        Party::Earlier | Party::Coordinator => false,
    };
    definition.transitions.iter().any(|transition| {
        let ends = transition.to.as_ref().is_some_and(|to| !clock.runs_in.contains(to))
            || transition.opens.is_some()
            || transition.resumes
            || clock.met_by.contains(&transition.action)
            || transition.action == Action::Revoke;
        ends && transition.from.contains(&state.id) && acts(transition.party)
    })
}

/// The policy lets the named party take each action in some role.
pub(super) fn actors(definition: &Definition, findings: &mut Vec<Finding>) {
    for transition in &definition.transitions {
        let relations: &[Relation] = match transition.party {
            Party::Sender => &[Relation::Sender],
            Party::Receiver => &[Relation::Receiver],
            Party::Custodian => &[Relation::Custodian],
            Party::Either => &[Relation::Sender, Relation::Receiver],
            Party::Earlier => &[Relation::Sender, Relation::Participant],
            Party::Coordinator => &[Relation::Coordinator],
        };
        let operation = Operation::Transition(transition.action);
        let may = |role: &Role, relation: &Relation| verdict(*role, operation, *relation) == Verdict::Allowed;
        if !relations
            .iter()
            .all(|relation| transition.roles.iter().any(|role| may(role, relation)))
        {
            let action = transition.action;
            findings.push(finding(
                action.as_str(),
                format!("nobody could {action}: the policy lets no named role of that party do it"),
            ));
        }
    }
    let disputes = definition.any_transition(Action::Dispute).is_some();
    let decides = definition.any_transition(Action::Allocate).is_some();
    if disputes != decides || disputes != definition.clocks.iter().any(|clock| clock.while_disputed) {
        findings.push(finding(
            "dispute",
            "a dispute needs somebody who decides it (allocate) and a limit that runs meanwhile (while_disputed)"
                .into(),
        ));
    }
    for action in [Action::Send, Action::HandOff, Action::Revoke] {
        if definition.any_transition(action).is_none() {
            findings.push(finding(
                "transitions",
                format!("the action {action} is missing: a baton could not be passed on or laid down"),
            ));
        }
    }
}

/// Every move of the baton tells the other side, every end tells the sender, every new leg tells its receiver.
pub(super) fn notices(definition: &Definition, findings: &mut Vec<Finding>) {
    for transition in &definition.transitions {
        let tells = |to: Addressee| transition.notices.iter().any(|rule| rule.to == to);
        let action = transition.action;
        let before: Vec<&State> = transition
            .from
            .iter()
            .filter_map(|from| definition.state(from))
            .collect();
        let Some(after) = transition.to.as_deref().and_then(|to| definition.state(to)) else {
            if transition.opens.is_some() && !tells(Addressee::NextReceiver) {
                findings.push(finding(
                    action.as_str(),
                    format!("{action}: the next receiver would not hear of the referral"),
                ));
            }
            continue;
        };
        if after.core == HandoffState::Sent && !tells(Addressee::Receiver) {
            findings.push(finding(
                action.as_str(),
                format!("{action}: the receiver would not hear of the referral"),
            ));
        }
        let moves = before.iter().any(|state| state.holder != after.holder);
        let is_receivers = transition.party == Party::Receiver;
        if transition.party == Party::Sender && moves && !tells(Addressee::Receiver) {
            findings.push(finding(
                action.as_str(),
                format!("{action}: the receiver would lose the baton without hearing of it"),
            ));
        }
        if is_receivers && (moves || after.core.is_end()) && !tells(Addressee::Sender) {
            findings.push(finding(
                action.as_str(),
                format!("{action}: the sender would never hear what became of the referral"),
            ));
        }
        if after.holder == Holder::Originator && !tells(Addressee::Originator) {
            findings.push(finding(
                action.as_str(),
                format!("{action}: the originator would get the baton back without hearing of it"),
            ));
        }
        if transition.opens.is_some() && !tells(Addressee::NextReceiver) {
            findings.push(finding(
                action.as_str(),
                format!("{action}: the next receiver would not hear of the referral"),
            ));
        }
    }
}

/// A coded reason is demanded wherever the baton is refused or ended early.
pub(super) fn reasons(definition: &Definition, findings: &mut Vec<Finding>) {
    for transition in &definition.transitions {
        let Some(core) = transition
            .to
            .as_deref()
            .and_then(|to| definition.state(to))
            .map(|state| state.core)
        else {
            continue;
        };
        let coded = transition.input.iter().any(|rule| {
            rule.field.kind.codes(crate::vocabulary::Language::Nb).is_some()
                && (rule.required == super::Required::Always || rule.field.default.is_some())
        });
        if matches!(
            core,
            HandoffState::Declined | HandoffState::EndedEarly | HandoffState::OnHold
        ) && !coded
        {
            let action = transition.action;
            findings.push(finding(
                action.as_str(),
                format!("{action}: nobody could tell later why: ask for a coded reason"),
            ));
        }
    }
}

/// A report that the law makes a duty may be about the very people whom another agency works with.
pub(super) fn secrecy(definition: &Definition, findings: &mut Vec<Finding>) {
    if definition.others_see == OthersSee::Custody && definition.legal_bases.contains(&LegalBasisCode::DutyToReport) {
        findings.push(finding(
            "custody",
            "others_see = \"custody\" would tell the other agencies of a case that somebody has made a report by duty; \
             say others_see = \"nothing\""
                .into(),
        ));
    }
}
