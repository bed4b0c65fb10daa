//! The definition as a graph: where a referral can stand, and the shortest way to each place.

use std::collections::HashMap;

use super::super::{Definition, State, Transition};
use crate::vocabulary::{Action, HandoffState};

/// More steps than this no lead can read aloud; the bounds keep the checker quick on any file whatsoever.
pub(in super::super) const MOST_STATES: usize = 500;
/// More transitions than this are not checked.
pub(in super::super) const MOST_TRANSITIONS: usize = 5_000;
/// More limits than this are not checked.
pub(in super::super) const MOST_CLOCKS: usize = 500;

/// Where a referral can stand: a step, and from where it was put on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Stand {
    state: usize,
    held_from: Option<usize>,
}

/// Every place that can be reached, and the step before it on a shortest way.
#[derive(Debug)]
pub(super) struct Graph<'d> {
    pub(super) definition: &'d Definition,
    states: HashMap<&'d str, usize>,
    /// The transitions that can be taken in each state.
    leaving: Vec<Vec<usize>>,
    /// Where a referral can stand, in the order in which it gets there first.
    stands: Vec<Stand>,
    /// How each of them is reached first: from where, and by which transition.
    reached_by: Vec<Option<(usize, usize)>>,
    /// Where one leads to from each.
    next: Vec<Vec<usize>>,
}

impl<'d> Graph<'d> {
    pub(super) fn of(definition: &'d Definition) -> Self {
        let mut states = HashMap::new();
        for (at, state) in definition.states.iter().enumerate() {
            states.entry(state.id.as_str()).or_insert(at);
        }
        let mut leaving = vec![Vec::new(); definition.states.len()];
        for (at, transition) in definition.transitions.iter().enumerate() {
            for from in &transition.from {
                if let Some(list) = states.get(from.as_str()).and_then(|from| leaving.get_mut(*from)) {
                    list.push(at);
                }
            }
        }
        let mut graph = Self {
            definition,
            states,
            leaving,
            stands: Vec::new(),
            reached_by: Vec::new(),
            next: Vec::new(),
        };
        graph.walk();
        graph
    }

    /// Breadth first, so that the first way to a place is a shortest one.
    fn walk(&mut self) {
        if self.definition.states.is_empty() {
            return;
        }
        let first = Stand {
            state: 0,
            held_from: None,
        };
        let mut known = HashMap::from([(first, 0)]);
        self.stands.push(first);
        self.reached_by.push(None);
        let mut at = 0;
        while let Some(stand) = self.stands.get(at).copied() {
            let mut next = Vec::new();
            for transition in self.leaving.get(stand.state).cloned().unwrap_or_default() {
                for to in self.targets(stand, transition) {
                    let place = *known.entry(to).or_insert_with(|| {
                        self.stands.push(to);
                        self.reached_by.push(Some((at, transition)));
                        self.stands.len() - 1
                    });
                    next.push(place);
                }
            }
            self.next.push(next);
            at += 1;
        }
    }

    /// Where a transition leads from here. Whoever resumes goes back to where it was put on hold.
    fn targets(&self, stand: Stand, transition: usize) -> Vec<Stand> {
        let Some(transition) = self.definition.transitions.get(transition) else {
            return Vec::new();
        };
        let back = stand.held_from.filter(|_| transition.resumes);
        let to = back.or_else(|| transition.to.as_deref().and_then(|id| self.index(id)));
        let moved = to.map(|state| Stand {
            state,
            held_from: self.is(state, HandoffState::OnHold).then_some(stand.state),
        });
        let opened = transition.opens.as_deref().and_then(|id| self.index(id));
        let opened = opened.map(|state| Stand { state, held_from: None });
        moved.into_iter().chain(opened).collect()
    }

    fn is(&self, state: usize, core: HandoffState) -> bool {
        self.state(state).is_some_and(|state| state.core == core)
    }

    pub(super) fn state(&self, at: usize) -> Option<&'d State> {
        self.definition.states.get(at)
    }

    pub(super) fn transition(&self, at: usize) -> Option<&'d Transition> {
        self.definition.transitions.get(at)
    }

    /// The place of a state in the definition's list.
    pub(super) fn index(&self, id: &str) -> Option<usize> {
        self.states.get(id).copied()
    }

    /// The transitions that can be taken in a state.
    pub(super) fn leaving(&self, state: usize) -> impl Iterator<Item = (usize, &'d Transition)> {
        let list = self.leaving.get(state).into_iter().flatten();
        list.filter_map(|at| Some((*at, self.transition(*at)?)))
    }

    /// How many transitions it takes to come to a state; none when nothing leads there.
    pub(super) fn distance(&self, state: usize) -> Option<usize> {
        Some(self.way(state)?.len())
    }

    /// A shortest way from the draft to a state, as the transitions that are taken; none when nothing leads there.
    pub(super) fn way(&self, state: usize) -> Option<Vec<usize>> {
        let mut at = self.stands.iter().position(|stand| stand.state == state)?;
        let mut way = Vec::new();
        while let Some((before, transition)) = self.reached_by.get(at).copied().flatten() {
            way.push(transition);
            at = before;
        }
        way.reverse();
        Some(way)
    }

    /// The states from which, as a referral can stand there, the race can never end: neither completed, nor found to be a
    /// mistake, nor laid down with a reason.
    pub(super) fn traps(&self) -> Vec<usize> {
        let ends = |stand: &Stand| {
            self.is(stand.state, HandoffState::Completed)
                || self.is(stand.state, HandoffState::EnteredInError)
                || self
                    .leaving(stand.state)
                    .any(|(_, transition)| transition.action == Action::Revoke)
        };
        let mut good: Vec<bool> = self.stands.iter().map(ends).collect();
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); self.stands.len()];
        for (at, next) in self.next.iter().enumerate() {
            for to in next {
                if let Some(list) = before.get_mut(*to) {
                    list.push(at);
                }
            }
        }
        let mut queue: Vec<usize> = (0..good.len()).filter(|at| good.get(*at) == Some(&true)).collect();
        while let Some(at) = queue.pop() {
            for from in before.get(at).cloned().unwrap_or_default() {
                if let Some(known) = good.get_mut(from).filter(|known| !**known) {
                    *known = true;
                    queue.push(from);
                }
            }
        }
        let mut traps: Vec<usize> = Vec::new();
        for (stand, _) in self.stands.iter().zip(good).filter(|(_, good)| !good) {
            if !traps.contains(&stand.state) {
                traps.push(stand.state);
            }
        }
        traps
    }
}
