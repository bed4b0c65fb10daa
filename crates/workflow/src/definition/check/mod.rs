//! What a definition must keep so that no referral can be lost on it.
//!
//! Each finding is a story about what would go wrong on the street, not about the file's grammar: the shortest way there, as
//! people would take it, and then what happens or fails to happen.

mod actors;
mod basics;
mod clocks;
mod graph;
mod notices;
mod reach;
mod secrecy;
mod story;

use super::Definition;
use super::proof::Property;
use crate::vocabulary::Text;
use graph::Graph;

pub(super) use graph::{MOST_CLOCKS, MOST_STATES, MOST_TRANSITIONS};

/// One thing that would go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// Where in the file.
    pub(super) near: Near,
    /// The story.
    pub(super) story: Text,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Near {
    /// A step, by its place in the list.
    State(usize),
    /// A transition, by its place in the list.
    Transition(usize),
    /// A limit, by its place in the list.
    Clock(usize),
    /// A word that stands in quotes.
    Word(String),
    /// The whole.
    Top,
}

/// Everything that is wrong. What rests on something that does not hold is not looked at: it would only repeat that.
pub(super) fn findings(definition: &Definition) -> Vec<(Property, Finding)> {
    for layer in Property::LAYERS {
        let found: Vec<_> = layer
            .iter()
            .flat_map(|property| look(*property, definition).into_iter().map(|found| (*property, found)))
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Looks at one property.
pub(super) fn look(property: Property, definition: &Definition) -> Vec<Finding> {
    let graph = Graph::of(definition);
    let mut findings = Findings {
        definition,
        graph: &graph,
        found: Vec::new(),
    };
    match property {
        Property::Names => basics::names(&mut findings),
        Property::Shape => basics::shape(&mut findings),
        Property::Eligibility => basics::eligibility(&mut findings),
        Property::Reachability => reach::reachability(&mut findings),
        Property::Custody => reach::custody(&mut findings),
        Property::Clocks => clocks::clocks(&mut findings),
        Property::Actors => actors::actors(&mut findings),
        Property::Notices => notices::notices(&mut findings),
        Property::Reasons => notices::reasons(&mut findings),
        Property::Secrecy => secrecy::secrecy(&mut findings),
    }
    findings.found
}

/// Gathers what is found about one property.
struct Findings<'d> {
    definition: &'d Definition,
    graph: &'d Graph<'d>,
    found: Vec<Finding>,
}

impl Findings<'_> {
    /// Something that is wrong wherever a referral stands.
    fn add(&mut self, near: Near, nb: impl Into<String>, en: impl Into<String>) {
        self.found.push(Finding {
            near,
            story: Text::new(nb, en),
        });
    }

    /// Something that is wrong once a referral has come to a step.
    fn at_state(&mut self, state: usize, near: Near, nb: &str, en: &str) {
        let story = story::at(self.graph, state, nb, en);
        self.found.push(Finding { near, story });
    }

    /// Something that is wrong when somebody takes a transition, told where it can first be taken.
    fn at_transition(&mut self, transition: usize, nb: &str, en: &str) {
        let story = story::after(self.graph, transition, nb, en);
        self.found.push(Finding {
            near: Near::Transition(transition),
            story,
        });
    }
}
