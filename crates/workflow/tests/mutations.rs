//! Every way to break one property, in every definition that ships: each is refused for just that property, with a story.
//!
//! The mutations are systematic, not picked: each state, transition, limit, notice and guard in turn.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use std::collections::BTreeSet;

use stafett_workflow::Definition;
use stafett_workflow::definition::{
    Addressee, Eligibility, Escalation, Guard, Holder, OthersSee, Party, Property, State, Transition, builtin, diff,
};
use stafett_workflow::vocabulary::{Action, AgencyKind, HandoffState, LegalBasisCode, Role, Text};

/// A definition with one thing changed, and what that was.
struct Mutant {
    what: String,
    definition: Definition,
}

struct Mutants<'d> {
    origin: &'d Definition,
    all: Vec<Mutant>,
}

impl Mutants<'_> {
    fn add(&mut self, what: impl Into<String>, change: impl FnOnce(&mut Definition)) {
        let mut definition = self.origin.clone();
        change(&mut definition);
        assert_ne!(definition, *self.origin, "nothing was changed");
        let what = format!("{}: {}", self.origin.key.id, what.into());
        self.all.push(Mutant { what, definition });
    }
}

fn mutants(origin: &Definition, property: Property) -> Vec<Mutant> {
    let mut mutants = Mutants {
        origin,
        all: Vec::new(),
    };
    match property {
        Property::Names => names(&mut mutants),
        Property::Shape => shape(&mut mutants),
        Property::Eligibility => eligibility(&mut mutants),
        Property::Reachability => reachability(&mut mutants),
        Property::Custody => custody(&mut mutants),
        Property::Clocks => clocks(&mut mutants),
        Property::Actors => actors(&mut mutants),
        Property::Notices => notices(&mut mutants),
        Property::Reasons => reasons(&mut mutants),
        Property::Secrecy => secrecy(&mut mutants),
    }
    mutants.all
}

fn rename(definition: &mut Definition, from: &str, to: &str) {
    let swap = |id: &mut String| {
        if id == from {
            to.clone_into(id);
        }
    };
    definition.states.iter_mut().for_each(|state| swap(&mut state.id));
    for transition in &mut definition.transitions {
        transition.from.iter_mut().for_each(swap);
        transition.to.iter_mut().for_each(swap);
        transition.opens.iter_mut().for_each(swap);
    }
    for clock in &mut definition.clocks {
        clock.runs_in.iter_mut().for_each(swap);
        clock.pauses_in.iter_mut().for_each(swap);
    }
}

fn names(mutants: &mut Mutants<'_>) {
    mutants.add("no version", |definition| definition.key.version = 0);
    mutants.add("an id with a space", |definition| definition.key.id.push_str(" two"));
    mutants.add("no senders", |definition| definition.senders.clear());
    mutants.add("no receivers", |definition| definition.receivers.clear());
    mutants.add("no legal bases", |definition| definition.legal_bases.clear());
    for state in &mutants.origin.states {
        mutants.add(format!("{} in capitals", state.id), |definition| {
            rename(definition, &state.id, &state.id.to_uppercase());
        });
        mutants.add(format!("{} twice", state.id), |definition| {
            definition.states.push(state.clone())
        });
    }
    for clock in &mutants.origin.clocks {
        mutants.add(format!("the limit {} twice", clock.id), |definition| {
            let mut twin = clock.clone();
            twin.agreed = None; // so that no agreement means two
            definition.clocks.push(twin);
        });
    }
}

fn shape(mutants: &mut Mutants<'_>) {
    mutants.add("the draft comes last", |definition| definition.states.rotate_left(1));
    for (at, transition) in mutants.origin.transitions.iter().enumerate() {
        let action = transition.action;
        mutants.add(format!("{action} twice"), |definition| {
            definition.transitions.push(transition.clone())
        });
        mutants.add(format!("{action} from nowhere"), |definition| {
            definition.transitions[at].from.clear()
        });
        for from in &transition.from {
            mutants.add(format!("{action} from {from} leads to two places"), |definition| {
                let mut other = transition.clone();
                other.from = vec![from.clone()];
                definition.transitions.push(other);
            });
        }
        if transition.opens.is_some() {
            mutants.add(format!("{action} opens nothing"), |definition| {
                definition.transitions[at].opens = None
            });
            mutants.add(format!("{action} opens a draft"), |definition| {
                definition.transitions[at].opens = Some(definition.states[0].id.clone());
            });
        } else {
            mutants.add(format!("{action} opens a leg"), |definition| {
                definition.transitions[at].opens = Some("sent".into());
            });
        }
        if matches!(action, Action::Send | Action::Forward) {
            mutants.add(format!("{action} leads nowhere"), |definition| {
                definition.transitions[at].to = None
            });
        }
        if matches!(
            action,
            Action::HandOff | Action::Revoke | Action::Dispute | Action::Allocate | Action::Undo
        ) {
            mutants.add(format!("{action} says a place"), |definition| {
                definition.transitions[at].to = Some("completed".into());
            });
        }
    }
}

fn eligibility(mutants: &mut Mutants<'_>) {
    let mut with = |what: &str, eligibility: Eligibility| {
        mutants.add(what, |definition| definition.eligibility = eligibility);
    };
    with(
        "older than the oldest",
        Eligibility {
            min_age: Some(26),
            max_age: Some(25),
            ..Eligibility::default()
        },
    );
    with(
        "no such municipality",
        Eligibility {
            municipalities: vec!["Oslo".into()],
            ..Eligibility::default()
        },
    );
    with(
        "no such district",
        Eligibility {
            districts: vec!["0301".into()],
            ..Eligibility::default()
        },
    );
    with(
        "unknown residence",
        Eligibility {
            residence: vec![stafett_workflow::vocabulary::ResidenceStatus::Unknown],
            ..Eligibility::default()
        },
    );
}

/// A step like another, with another name.
fn twin(definition: &Definition, of: &State, id: &str) -> State {
    assert!(definition.state(id).is_none());
    State {
        id: id.to_owned(),
        title: Text::new(format!("{} (kopi)", of.title.nb), format!("{} (copy)", of.title.en)),
        ..of.clone()
    }
}

/// Whatever can be done, runs or stands still in one step also does in another.
fn as_in(definition: &mut Definition, model: &str, id: &str) {
    for transition in &mut definition.transitions {
        if transition.from.iter().any(|from| from == model) {
            transition.from.push(id.to_owned());
        }
    }
    for clock in &mut definition.clocks {
        if clock.runs_in.iter().any(|state| state == model) {
            clock.runs_in.push(id.to_owned());
        }
    }
}

fn reachability(mutants: &mut Mutants<'_>) {
    for state in &mutants.origin.states {
        if state.core != HandoffState::EnteredInError {
            mutants.add(format!("an island beside {}", state.id), |definition| {
                let island = twin(definition, state, "island");
                as_in(definition, &state.id, &island.id);
                definition.states.push(island);
            });
        }
        // From every step that is taken one may fall into a trap: two steps that lead to each other.
        if state.core.is_taken() {
            mutants.add(format!("a trap behind {}", state.id), |definition| {
                let (one, two) = (twin(definition, state, "trap-one"), twin(definition, state, "trap-two"));
                for (action, from, to) in [
                    (Action::AnswerInfo, &state.id, &one.id),
                    (Action::Start, &one.id, &two.id),
                    (Action::Acknowledge, &two.id, &one.id),
                ] {
                    let model = definition.any_transition(Action::Complete).unwrap().clone();
                    definition.transitions.push(Transition {
                        action,
                        from: vec![from.clone()],
                        to: Some(to.clone()),
                        input: Vec::new(),
                        ..model
                    });
                }
                for trap in [one, two] {
                    let mut clock = definition.clock("send").unwrap().clone();
                    clock.id.clone_from(&trap.id);
                    clock.runs_in = vec![trap.id.clone()];
                    clock.escalation = vec![Escalation::ReceiverUnit];
                    definition.clocks.push(clock);
                    definition.states.push(trap);
                }
            });
        }
    }
    mutants.add("nothing can be a mistake", |definition| {
        definition
            .states
            .retain(|state| state.core != HandoffState::EnteredInError);
        definition
            .transitions
            .retain(|transition| transition.to.as_deref() != Some("entered-in-error"));
        for transition in &mut definition.transitions {
            transition.from.retain(|from| from != "entered-in-error");
        }
    });
    // Whoever lays it down must be able to where every hand-off has ended.
    let laid_down = mutants.origin.any_transition(Action::Revoke).unwrap().from.clone();
    for from in laid_down {
        mutants.add(format!("nobody can go on from {from}"), |definition| {
            for transition in &mut definition.transitions {
                if matches!(transition.action, Action::Revoke | Action::HandOff) {
                    transition.from.retain(|state| *state != from);
                }
            }
        });
    }
}

fn custody(mutants: &mut Mutants<'_>) {
    for (at, state) in mutants.origin.states.iter().enumerate() {
        let wrong: &[Holder] = match state.core {
            HandoffState::Completed | HandoffState::EnteredInError => &[],
            core if core.is_taken() => &[Holder::Sender, Holder::Originator],
            core if core.is_end() => &[Holder::Receiver],
            _ => &[Holder::Receiver, Holder::Originator],
        };
        for holder in wrong {
            mutants.add(format!("the baton in {} is with {holder:?}", state.id), |definition| {
                definition.states[at].holder = *holder;
            });
        }
    }
    for (at, transition) in mutants.origin.transitions.iter().enumerate() {
        let core = |id: &String| mutants.origin.state(id).unwrap().core;
        let untaken = |id: &String| !core(id).is_end() && !core(id).is_taken();
        if transition.to.as_ref().map(core).is_some_and(HandoffState::is_taken) && transition.from.iter().any(untaken) {
            for party in [
                Party::Sender,
                Party::Custodian,
                Party::Either,
                Party::Earlier,
                Party::Coordinator,
            ] {
                mutants.add(format!("{} by {party:?}", transition.action), |definition| {
                    definition.transitions[at].party = party;
                });
            }
        }
    }
}

fn clocks(mutants: &mut Mutants<'_>) {
    for state in &mutants.origin.states {
        if matches!(state.core, HandoffState::Completed | HandoffState::EnteredInError) {
            continue;
        }
        mutants.add(format!("no limit in {}", state.id), |definition| {
            for clock in &mut definition.clocks {
                clock.runs_in.retain(|id| *id != state.id);
            }
        });
        mutants.add(format!("no limit in {} from 2030", state.id), |definition| {
            for clock in &mut definition.clocks {
                if clock.runs_in.contains(&state.id) {
                    clock.validity.to = "2029-12-31".parse().ok();
                }
            }
        });
    }
    for (at, clock) in mutants.origin.clocks.iter().enumerate() {
        let id = &clock.id;
        mutants.add(format!("nobody hears of {id}"), |definition| {
            definition.clocks[at].escalation.clear()
        });
        mutants.add(format!("{id} tells the first twice"), |definition| {
            let first = definition.clocks[at].escalation[0];
            definition.clocks[at].escalation.push(first);
        });
        mutants.add(format!("{id} warns when it is too late"), |definition| {
            definition.clocks[at].warn_percent = 100
        });
        mutants.add(format!("{id} never counts"), |definition| {
            (definition.clocks[at].limit, definition.clocks[at].agreed) = (None, None);
        });
        mutants.add(format!("{id} counts from itself"), |definition| {
            definition.clocks[at].counts_from = Some(definition.clocks[at].id.clone());
        });
        mutants.add(format!("{id} is of no law"), |definition| {
            (definition.clocks[at].legal_ref, definition.clocks[at].agreed) = (Some("ingen lov § 1".into()), None);
        });
        if !clock.while_disputed {
            mutants.add(format!("only a municipality hears of {id}"), |definition| {
                definition.clocks[at].escalation = vec![Escalation::Coordinator];
            });
        }
        if clock.legal_ref.is_some() {
            mutants.add(format!("{id} is the law's and pauses"), |definition| {
                definition.clocks[at].pauses_in = vec![definition.states[0].id.clone()];
            });
        }
        if clock.runs_in.iter().any(|state| state == "draft") {
            mutants.add(format!("{id} calls a receiver who does not know"), |definition| {
                definition.clocks[at].escalation.push(Escalation::ReceiverUnit);
            });
        }
    }
}

fn actors(mutants: &mut Mutants<'_>) {
    for (at, transition) in mutants.origin.transitions.iter().enumerate() {
        mutants.add(format!("{} by an auditor", transition.action), |definition| {
            definition.transitions[at].roles = vec![Role::Auditor];
        });
        mutants.add(format!("{} by nobody", transition.action), |definition| {
            definition.transitions[at].roles.clear();
        });
    }
    for action in [Action::HandOff, Action::Allocate, Action::Dispute] {
        if mutants.origin.any_transition(action).is_some() {
            mutants.add(format!("without {action}"), |definition| {
                definition.transitions.retain(|transition| transition.action != action);
            });
        }
    }
    if mutants.origin.key.id != "advice-request" {
        mutants.add("to a user organisation", |definition| {
            definition.receivers.push(AgencyKind::UserOrganisation)
        });
        mutants.add("on anonymity about somebody", |definition| {
            definition.legal_bases = vec![LegalBasisCode::AnonymousConsultation];
        });
    }
    if let Some(decides) = mutants
        .origin
        .transitions
        .iter()
        .position(|one| one.action == Action::Allocate)
    {
        for from in mutants.origin.transitions[decides].from.clone() {
            mutants.add(format!("nobody decides in {from}"), |definition| {
                definition.transitions[decides].from.retain(|state| *state != from);
            });
        }
    }
}

fn notices(mutants: &mut Mutants<'_>) {
    for (at, transition) in mutants.origin.transitions.iter().enumerate() {
        let core = |id: &String| mutants.origin.state(id).unwrap().core;
        let holder = |id: &String| mutants.origin.state(id).unwrap().holder;
        let to = transition.to.as_ref();
        let own = match transition.party {
            Party::Sender => Some(Addressee::Sender),
            Party::Receiver => Some(Addressee::Receiver),
            _ => None,
        };
        // What the walk asks for besides: who loses or gets the baton hears of it, and the sender hears of each end.
        let moves = to.is_some_and(|to| transition.from.iter().any(|from| holder(from) != holder(to)));
        let ends = to.is_some_and(|to| core(to).is_end());
        let anywhere = matches!(
            transition.action,
            Action::Allocate | Action::Undo | Action::Dispute | Action::Revoke
        );
        for (place, rule) in transition.notices.iter().enumerate() {
            let needed = Some(rule.to) != own
                && (moves || ends || anywhere && (rule.to == Addressee::Coordinator || transition.action != Action::Dispute)
                    || to.is_some_and(|to| core(to) == HandoffState::Sent)
                    || rule.to == Addressee::NextReceiver)
                // The originator is told apart from the sender only where the baton goes back to it.
                && (rule.to != Addressee::Sender || moves || ends || anywhere);
            if needed {
                mutants.add(
                    format!("{} does not tell {:?}", transition.action, rule.to),
                    |definition| {
                        definition.transitions[at].notices.remove(place);
                    },
                );
            }
        }
    }
}

fn reasons(mutants: &mut Mutants<'_>) {
    let coded = |core: HandoffState| {
        matches!(
            core,
            HandoffState::Declined | HandoffState::EndedEarly | HandoffState::OnHold
        )
    };
    for (at, transition) in mutants.origin.transitions.iter().enumerate() {
        if transition
            .to
            .as_ref()
            .is_some_and(|to| coded(mutants.origin.state(to).unwrap().core))
        {
            mutants.add(format!("{} without a code", transition.action), |definition| {
                definition.transitions[at]
                    .input
                    .retain(|rule| rule.field.name != "code");
            });
        }
    }
    // Where nothing is refused so far, somebody adds a no without a reason.
    if mutants.all.is_empty() {
        mutants.add("a no without a reason", |definition| {
            let model = definition.state("withdrawn").unwrap().clone();
            let mut declined = twin(definition, &model, "declined");
            declined.core = HandoffState::Declined;
            as_in(definition, "withdrawn", "declined");
            definition.states.push(declined);
            let model = definition.any_transition(Action::Forward).unwrap().clone();
            definition.transitions.push(Transition {
                action: Action::Decline,
                to: Some("declined".into()),
                opens: None,
                input: Vec::new(),
                guards: Vec::new(),
                notices: model
                    .notices
                    .iter()
                    .copied()
                    .filter(|rule| rule.to == Addressee::Sender)
                    .collect(),
                ..model
            });
        });
    }
}

fn secrecy(mutants: &mut Mutants<'_>) {
    for (at, transition) in mutants.origin.transitions.iter().enumerate() {
        for guard in [Guard::BasisCovers, Guard::ReceiverAdmitted] {
            if transition.guards.contains(&guard) {
                mutants.add(format!("{} without {guard:?}", transition.action), |definition| {
                    definition.transitions[at].guards.retain(|other| *other != guard);
                });
            }
        }
    }
    if mutants.origin.legal_bases.contains(&LegalBasisCode::DutyToReport) {
        mutants.add("the others see a report", |definition| {
            definition.others_see = OthersSee::Custody
        });
    }
    mutants.add("a draft that is out without having been sent", |definition| {
        let model = definition.any_transition(Action::Withdraw).unwrap().clone();
        definition.transitions.push(Transition {
            action: Action::AnswerInfo,
            from: vec![definition.states[0].id.clone()],
            to: Some("sent".into()),
            ..model
        });
    });
}

#[test]
fn a_definition_with_one_property_broken_is_refused_for_just_that_property() {
    let library = builtin().unwrap();
    let mut wrong = Vec::new();
    for property in Property::ALL {
        let (mut refused, mut profiles) = (0, BTreeSet::new());
        let mut stories = BTreeSet::new();
        for origin in library.iter() {
            assert_eq!(origin.broken(), [], "{}", origin.key.id);
            for Mutant { what, definition } in mutants(origin, property) {
                // A broken definition has no names to tell it by; every other change is told to somebody, in both languages.
                if property != Property::Names {
                    let changes = diff(origin, &definition);
                    assert!(!changes.is_empty(), "{what}: nobody is told of the change");
                    assert!(
                        changes
                            .iter()
                            .all(|change| !change.text.nb.is_empty() && !change.text.en.is_empty())
                    );
                    assert!(diff(&definition, &definition).is_empty());
                }
                let broken = definition.broken();
                if broken == [property] {
                    refused += 1;
                    profiles.insert(&origin.key.id);
                } else {
                    wrong.push(format!("{property:?}, {what}: refused for {broken:?}"));
                }
                let proof = definition
                    .proofs()
                    .into_iter()
                    .find(|proof| proof.property == property)
                    .unwrap();
                stories.extend(
                    proof
                        .findings
                        .into_iter()
                        .map(|story| format!("{}\n{}\n", story.nb, story.en)),
                );
            }
        }
        assert_eq!(profiles.len(), 6, "{property:?} was broken in {profiles:?} only");
        assert!(refused >= 6, "{property:?}");
        let stories: Vec<_> = stories.into_iter().collect();
        insta::assert_snapshot!(format!("stories-{}", property.as_str()), stories.join("\n"));
    }
    assert!(wrong.is_empty(), "{} mutants\n{}", wrong.len(), wrong.join("\n"));
}
