//! A model checker goes through everything that two people, a third agency, the municipality and the clocks can do with a
//! referral in any order, on each profile, and holds the laws against each situation.
//!
//! The two act on what they have read, which the other may have changed since: what is stored is compared first, as the
//! store does it. A twin that does not compare must be caught, or the model proves nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests may panic"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, Utc};
use rstest::rstest;
use stafett_workflow::decide::{UNDO_WITHIN, available};
use stafett_workflow::vocabulary::{Action, HandoffState};
use stafett_workflow::{Decision, laws, replay};
use stateright::{Checker, Model, Property};
use support::{Logged, World};

/// Where everything stands: what is stored, and what each of the two has read.
#[derive(Debug, Clone)]
struct Situation {
    stored: Arc<Logged>,
    now: DateTime<Utc>,
    /// What the sender and the receiver have on the screen, when it is no longer what is stored.
    stale: [Option<Arc<Logged>>; 2],
    /// Whether everybody who had to hear of the last move did.
    heard: bool,
    /// What makes two situations the same: who stands where, not when or under which id.
    shape: String,
}

impl PartialEq for Situation {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape
    }
}

impl Eq for Situation {}

impl Hash for Situation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.shape.hash(state);
    }
}

/// What can happen next.
#[derive(Debug, Clone, PartialEq)]
enum Happening {
    /// Somebody acts on what they have read, perhaps naming an agency.
    Act(usize, Action, &'static str),
    /// One of the two reads it anew.
    Read(usize),
    /// Nobody acts until a clock tells somebody something.
    Wait,
}

struct Relay {
    world: Mutex<World>,
    start: DateTime<Utc>,
    people: [&'static str; 4],
    /// Whether what is stored is compared with what was read.
    compares: bool,
    /// Where one can go from each situation, for what must be able to happen in the end.
    edges: Mutex<HashMap<String, BTreeSet<String>>>,
    ends: Mutex<BTreeSet<String>>,
}

/// No more legs than this: the third is like the second.
const LEGS: usize = 2;

/// Nobody waits on when a limit was escalated so often: what comes then is like it.
const LEVELS: u8 = 2;

impl Relay {
    fn new(workflow: &str, receiver: &'static str, other: &'static str, compares: bool) -> Self {
        let mut world = World::new(workflow);
        world.subject.present = workflow != "advice-request";
        let people = [world.sender, receiver, other, "oslo-kommune"];
        Self {
            start: world.now,
            world: Mutex::new(world),
            people,
            compares,
            edges: Mutex::default(),
            ends: Mutex::default(),
        }
    }

    /// Who stands where. Of legs that are over it tells only how they ended, and of the last move only what can be taken back.
    fn shape(&self, situation: &Situation) -> String {
        let world = self.world.lock().unwrap();
        let referral = &situation.stored.referral;
        let leg = referral.handoffs.last().map(|leg| {
            (
                leg.step.as_str(),
                leg.terms.receiver.map_or("-", |id| world.slug(id)),
                leg.resumes_to.as_deref(),
                leg.marks.keys().collect::<Vec<_>>(),
            )
        });
        let clocks: BTreeMap<_, _> = referral
            .running_clocks()
            .map(|clock| (clock.name.as_str(), (clock.warned_at.is_some(), clock.level.min(2))))
            .collect();
        let undoable = |action| {
            let mut transitions = world.definition.transitions.iter();
            transitions.any(|transition| transition.action == action && transition.undo)
        };
        let last = referral
            .last
            .filter(|last| last.version == referral.version && undoable(last.action))
            .filter(|last| situation.now - last.at <= UNDO_WITHIN)
            .map(|last| (last.action, world.slug_of(last.by)));
        // How the legs before this one ended counts only while it can come back.
        let opened =
            last.is_some_and(|(action, _)| matches!(action, Action::Forward | Action::HandOff | Action::Allocate));
        let before = referral.handoffs.iter().rev().skip(1);
        let over: Vec<_> = before
            .map(|leg| if opened { leg.step.as_str() } else { "over" })
            .collect();
        let stale = situation.stale.each_ref().map(|view| {
            view.as_ref()
                .map(|logged| logged.referral.current_handoff().map(|current| current.step.as_str()))
        });
        format!(
            "{} {} {over:?} {leg:?} {clocks:?} {last:?} {} | {stale:?} | {}",
            referral.state,
            world.slug(referral.custodian),
            referral.disputed_since.is_some(),
            situation.heard
        )
    }

    fn settled(&self, mut situation: Situation) -> Situation {
        situation.shape = self.shape(&situation);
        if situation.stored.referral.state.is_end() {
            self.ends.lock().unwrap().insert(situation.shape.clone());
        }
        situation
    }

    /// What is stored after a decision, if it holds against what is stored by then.
    fn commit(&self, before: &Situation, decision: &Decision, by: Option<usize>) -> Option<Situation> {
        let stored = &before.stored.referral;
        let read = decision.before().unwrap();
        if self.compares && (read.version, read.event_seq) != (stored.version, stored.event_seq) {
            return None;
        }
        let mut stale = before.stale.clone();
        for (place, view) in stale.iter_mut().enumerate() {
            if by == Some(place) {
                *view = None;
            } else if by.is_some() {
                *view = Some(Arc::clone(&before.stored));
            }
        }
        let now = self.world.lock().unwrap().now;
        Some(Situation {
            stored: Arc::new(before.stored.then(decision)),
            stale,
            heard: heard(before, decision),
            now,
            shape: String::new(),
        })
    }

    fn view(situation: &Situation, person: usize) -> &Arc<Logged> {
        let stale = situation.stale.get(person).and_then(Option::as_ref);
        stale.unwrap_or(&situation.stored)
    }
}

/// Whoever loses or gets the baton hears of it, and the sender of each end, unless it is they who act.
fn heard(before: &Situation, decision: &Decision) -> bool {
    let (before, after) = (&before.stored.referral, decision.next());
    let actor = decision.permit().map(|permit| permit.agency());
    let told = |agency| actor == Some(agency) || decision.notices().iter().any(|notice| notice.to == agency);
    let moved = before.custodian == after.custodian || (told(before.custodian) && told(after.custodian));
    let ended = before
        .open_handoff()
        .filter(|open| after.handoff(open.id).is_none_or(|leg| !leg.is_open()))
        .is_none_or(|open| told(open.sender));
    moved && ended
}

impl Model for Relay {
    type State = Situation;
    type Action = Happening;

    fn init_states(&self) -> Vec<Situation> {
        // Whoever retraces a path begins at the same time again. The lock is given back before the situation is looked at, which takes it again.
        let (decision, now) = {
            let mut world = self.world.lock().unwrap();
            world.now = self.start;
            let new = world.new_referral(self.people[1], false);
            (world.create(&new).unwrap(), world.now)
        };
        vec![self.settled(Situation {
            stored: Arc::new(Logged::new(&decision)),
            now,
            stale: [None, None],
            heard: true,
            shape: String::new(),
        })]
    }

    fn actions(&self, situation: &Situation, actions: &mut Vec<Happening>) {
        let world = self.world.lock().unwrap();
        for (place, slug) in self.people.into_iter().enumerate() {
            let view = Self::view(situation, place);
            let actor = world.actor(slug);
            for admitted in available(&world.definition, &view.referral, &actor, situation.now) {
                let action = admitted.transition.action;
                let full = view.referral.handoffs.len() >= LEGS;
                let opens = matches!(action, Action::Forward | Action::HandOff);
                let named: &[&str] = match action {
                    Action::Allocate if full => &self.people[..2],
                    Action::Allocate => &self.people[..3],
                    _ if opens && full => &[],
                    _ if opens => &self.people[2..3],
                    _ => &self.people[1..2],
                };
                actions.extend(named.iter().map(|name| Happening::Act(place, action, name)));
            }
            if situation.stale.get(place).is_some_and(Option::is_some) {
                actions.push(Happening::Read(place));
            }
        }
        let clocks = &situation.stored.referral.clocks;
        if !clocks.iter().any(|clock| clock.is_running() && clock.level >= LEVELS) {
            actions.push(Happening::Wait);
        }
    }

    fn next_state(&self, situation: &Situation, happening: Happening) -> Option<Situation> {
        let next = match happening {
            Happening::Read(place) => {
                let mut stale = situation.stale.clone();
                stale[place] = None;
                Situation {
                    stale,
                    ..situation.clone()
                }
            }
            Happening::Act(place, action, named) => {
                let view = Arc::clone(Self::view(situation, place));
                let decision = {
                    let mut world = self.world.lock().unwrap();
                    world.now = situation.now + Duration::minutes(1);
                    let input = world.input_for(action, named);
                    view.act(&mut world, self.people[place], action, input).ok()?
                };
                self.commit(situation, &decision, Some(place))?
            }
            Happening::Wait => {
                let due = situation.stored.referral.next_fire()?;
                let decision = {
                    let mut world = self.world.lock().unwrap();
                    world.now = due.max(situation.now) + Duration::microseconds(1);
                    world.fire(&situation.stored.referral)?
                };
                self.commit(situation, &decision, None)?
            }
        };
        let next = self.settled(next);
        let mut edges = self.edges.lock().unwrap();
        edges
            .entry(situation.shape.clone())
            .or_default()
            .insert(next.shape.clone());
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("no law is broken", |model: &Self, situation: &Situation| {
                let world = model.world.lock().unwrap();
                laws::broken(&world.definition, &situation.stored.referral).is_empty()
            }),
            Property::always("the log tells what is stored", |_, situation: &Situation| {
                let Logged { referral, log } = &*situation.stored;
                replay(referral.id, log).as_ref() == Ok(referral)
            }),
            Property::always("nothing is done twice", |_, situation: &Situation| {
                let log = &situation.stored.log;
                log.iter()
                    .enumerate()
                    .all(|(place, event)| event.seq as usize == place + 1)
            }),
            Property::always("clocks tell in their turn", |_, situation: &Situation| {
                laws::fires_in_turn(situation.stored.referral.id, &situation.stored.log)
            }),
            Property::always("whoever must hear hears", |_, situation: &Situation| situation.heard),
            Property::sometimes("somebody takes it", |_, situation: &Situation| {
                situation
                    .stored
                    .referral
                    .handoffs
                    .iter()
                    .any(|leg| leg.state.is_taken())
            }),
            Property::sometimes("it is completed", |_, situation: &Situation| {
                situation
                    .stored
                    .referral
                    .handoffs
                    .iter()
                    .any(|leg| leg.state == HandoffState::Completed)
            }),
            Property::sometimes("a limit is missed and escalated", |_, situation: &Situation| {
                situation.stored.referral.clocks.iter().any(|clock| clock.level >= 2)
            }),
        ]
    }
}

/// The situations from which no end can be reached.
fn hopeless(model: &Relay) -> Vec<String> {
    let (edges, ends) = (model.edges.lock().unwrap(), model.ends.lock().unwrap());
    let mut before: HashMap<&str, Vec<&str>> = HashMap::new();
    for (from, targets) in edges.iter() {
        for to in targets {
            before.entry(to).or_default().push(from);
        }
    }
    let mut good: BTreeSet<&str> = ends.iter().map(String::as_str).collect();
    let mut queue: Vec<&str> = good.iter().copied().collect();
    while let Some(at) = queue.pop() {
        for from in before.get(at).into_iter().flatten() {
            if good.insert(from) {
                queue.push(from);
            }
        }
    }
    edges
        .keys()
        .filter(|shape| !good.contains(shape.as_str()))
        .cloned()
        .collect()
}

#[rstest]
#[case::service("service-referral", "bydel-sagene", "bup-oslo", 10_000)]
#[case::concern("concern-report", "barnevernvakten", "barnevern-sagene", 11_000)]
#[case::specialist("specialist-referral", "bup-oslo", "tsb-oslo", 8_500)]
#[case::transfer("transfer", "bydel-sagene", "barnevern-sagene", 10_500)]
#[case::advice("advice-request", "bup-oslo", "barnevernvakten", 1_100)]
#[case::notification("notification", "oslo-politidistrikt", "udi", 250)]
fn nothing_that_can_happen_breaks_a_law(
    #[case] workflow: &str,
    #[case] receiver: &'static str,
    #[case] other: &'static str,
    #[case] at_least: usize,
) {
    let checker = Relay::new(workflow, receiver, other, true).checker().spawn_bfs().join();
    checker.assert_properties();
    let situations = checker.unique_state_count();
    assert_eq!(
        hopeless(checker.model()),
        Vec::<String>::new(),
        "an end can be reached from everywhere"
    );
    assert!(situations > at_least, "{workflow}: only {situations} situations");
    println!("{workflow}: {situations} situations, {} steps", checker.state_count());
}

#[test]
fn a_store_that_does_not_compare_is_caught() {
    let checker = Relay::new("notification", "oslo-politidistrikt", "udi", false)
        .checker()
        .spawn_bfs()
        .join();
    let caught = ["the log tells what is stored", "nothing is done twice"];
    assert!(
        caught.iter().any(|name| checker.discovery(name).is_some()),
        "the model does not see it"
    );
}
