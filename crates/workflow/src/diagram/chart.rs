//! What is drawn where: bands of steps, ends beside them, arrows between neighbours, and everything else as a line of text.

use std::collections::BTreeSet;

use super::words::{self, Band};
use crate::definition::{Definition, State};
use crate::vocabulary::{Action, Code, Language};

/// A step with the lines that stand in its box.
#[derive(Debug)]
pub(super) struct Step<'d> {
    pub(super) state: &'d State,
    /// Limits that run in it and not in its whole band.
    pub(super) clocks: Vec<String>,
    /// What can be done in it that no arrow shows.
    pub(super) jumps: Vec<String>,
}

/// Steps that stand together, the ends beside them, and what leads out.
#[derive(Debug)]
pub(super) struct Group<'d> {
    pub(super) band: Band,
    pub(super) steps: Vec<Step<'d>>,
    /// Limits that run in all of it.
    pub(super) clocks: Vec<String>,
    /// What can be done in all of it that no arrow shows.
    pub(super) jumps: Vec<String>,
    /// From one step to the one below it: the words beside the arrow, by the place of the upper one.
    pub(super) down: Vec<Option<String>>,
    /// To the first step of the next band: the words, and from which step; none: from the whole.
    pub(super) on: Option<(String, Option<usize>)>,
    pub(super) ends: Vec<End<'d>>,
}

/// A way for a hand-off to end, drawn beside a band.
#[derive(Debug)]
pub(super) struct End<'d> {
    pub(super) step: Step<'d>,
    /// What leads there from the band.
    pub(super) label: String,
    /// From which of its steps; empty: from all.
    pub(super) from: Vec<usize>,
}

/// The whole picture before it has measures.
#[derive(Debug)]
pub(super) struct Chart<'d> {
    pub(super) groups: Vec<Group<'d>>,
    /// What follows where a hand-off is over.
    pub(super) afterwards: Vec<String>,
}

/// One move of a hand-off, from however many steps.
struct Move<'d> {
    action: Action,
    from: Vec<&'d str>,
    to: &'d str,
}

impl<'d> Chart<'d> {
    pub(super) fn of(definition: &'d Definition, language: Language) -> Self {
        let order = by_distance(definition);
        let placed = |band: Band| -> Vec<&'d State> {
            let states = order.iter().filter_map(|id| definition.state(id));
            states.filter(|state| Band::of(state.core) == Some(band)).collect()
        };
        let bands: Vec<(Band, Vec<&State>)> = Band::ALL.into_iter().map(|band| (band, placed(band))).collect();
        let bands: Vec<_> = bands.into_iter().filter(|(_, states)| !states.is_empty()).collect();
        let mut moves = moves(definition);
        let mut groups = Vec::new();
        for (at, (band, states)) in bands.iter().enumerate() {
            let next = bands.get(at + 1).and_then(|(_, states)| states.first().copied());
            let others: Vec<&[&State]> = bands.iter().map(|(_, states)| states.as_slice()).collect();
            let ends = ends_of(definition, *band, &others, at);
            groups.push(group(definition, language, *band, states, &ends, next, &mut moves));
        }
        let afterwards = afterwards(definition, language, &mut moves);
        Self { groups, afterwards }
    }
}

/// The ids of the states, the nearest to the draft first.
fn by_distance(definition: &Definition) -> Vec<&str> {
    let mut order: Vec<&str> = definition
        .states
        .first()
        .map(|state| state.id.as_str())
        .into_iter()
        .collect();
    let mut at = 0;
    while let Some(id) = order.get(at).copied() {
        for transition in definition
            .transitions
            .iter()
            .filter(|one| one.from.iter().any(|from| from == id))
        {
            for to in transition.to.iter().chain(&transition.opens) {
                if !order.contains(&to.as_str()) {
                    order.push(to);
                }
            }
        }
        at += 1;
    }
    // A step that nothing leads to is drawn too: it is what somebody is looking for.
    let lost: Vec<&str> = definition
        .states
        .iter()
        .map(|state| state.id.as_str())
        .filter(|id| !order.contains(id))
        .collect();
    order.extend(lost);
    order
}

fn moves(definition: &Definition) -> Vec<Move<'_>> {
    let mut moves: Vec<Move<'_>> = Vec::new();
    for transition in &definition.transitions {
        let to = if transition.action == Action::HandOff {
            transition.opens.as_deref()
        } else if transition.resumes {
            Some("")
        } else {
            transition.to.as_deref()
        };
        let Some(to) = to else { continue };
        let from = transition
            .from
            .iter()
            .map(String::as_str)
            .filter(|from| *from != to)
            .collect();
        moves.push(Move {
            action: transition.action,
            from,
            to,
        });
    }
    moves
}

/// The ends that stand beside a band: those to which most of its steps lead, of two bands that are alike the first.
fn ends_of<'d>(definition: &'d Definition, band: Band, bands: &[&[&State]], at: usize) -> Vec<&'d State> {
    let sources = |end: &State, states: &[&State]| {
        let leads = |state: &&&State| {
            definition.transitions.iter().any(|transition| {
                transition.to.as_deref() == Some(end.id.as_str()) && transition.from.contains(&state.id)
            })
        };
        states.iter().filter(leads).count()
    };
    let beside = |end: &&State| {
        let mut best = (0, 0);
        for (place, states) in bands.iter().enumerate() {
            let count = sources(end, states);
            if count > best.1 {
                best = (place, count);
            }
        }
        best.0 == at
    };
    debug_assert!(
        bands
            .get(at)
            .is_none_or(|states| states.iter().all(|state| Band::of(state.core) == Some(band)))
    );
    let over = definition.states.iter().filter(|state| Band::of(state.core).is_none());
    over.filter(beside).collect()
}

/// Takes the moves that arrows show, and writes the rest that begins here as lines.
fn group<'d>(
    definition: &'d Definition,
    language: Language,
    band: Band,
    states: &[&'d State],
    ends: &[&'d State],
    next: Option<&'d State>,
    moves: &mut [Move<'d>],
) -> Group<'d> {
    let place = |id: &str| states.iter().position(|state| state.id == id);
    let here = |one: &Move<'_>| -> Vec<usize> { one.from.iter().filter_map(|from| place(from)).collect() };
    let is_whole = |places: &[usize]| places.len() == states.len();
    let mut drawn_ends = Vec::new();
    for end in ends {
        let mut label = Vec::new();
        let mut from = BTreeSet::new();
        for one in moves.iter_mut().filter(|one| one.to == end.id) {
            let places = here(one);
            if !places.is_empty() {
                label.push(one.action.title(language));
                from.extend(places);
                one.from.retain(|from| place(from).is_none());
            }
        }
        let from: Vec<usize> = from.into_iter().collect();
        drawn_ends.push(End {
            step: step(definition, language, end, states),
            label: label.join(" / "),
            from: if is_whole(&from) && from.len() > 1 {
                Vec::new()
            } else {
                from
            },
        });
    }
    let mut down = vec![None; states.len()];
    for (at, below) in states.iter().enumerate().skip(1) {
        let above = states.get(at - 1).map(|state| state.id.as_str());
        let mut words: Vec<&str> = Vec::new();
        for one in moves.iter_mut().filter(|one| one.to == below.id) {
            if one.from.iter().any(|from| Some(*from) == above) {
                words.push(one.action.title(language));
                one.from.retain(|from| Some(*from) != above);
            }
        }
        if let Some(slot) = down.get_mut(at - 1).filter(|_| !words.is_empty()) {
            *slot = Some(words.join(" / "));
        }
    }
    let on = next.and_then(|next| on(next, states, language, moves));
    let mut steps: Vec<Step<'_>> = states
        .iter()
        .map(|state| step(definition, language, state, states))
        .collect();
    let mut jumps = Vec::new();
    for one in moves.iter_mut() {
        let places = here(one);
        if places.is_empty() {
            continue;
        }
        let line = jump(definition, language, one);
        if is_whole(&places) && places.len() > 1 {
            jumps.push(line);
        } else {
            for (at, step) in steps.iter_mut().enumerate() {
                if places.contains(&at) {
                    step.jumps.push(line.clone());
                }
            }
        }
        one.from.retain(|from| place(from).is_none());
    }
    Group {
        band,
        steps,
        clocks: clocks(definition, language, |runs_in| states.len() > 1 && all(runs_in, states)),
        jumps,
        down,
        on,
        ends: drawn_ends,
    }
}

/// What leads to the first step of the next band, from the whole or from the last step.
fn on(next: &State, states: &[&State], language: Language, moves: &mut [Move<'_>]) -> Option<(String, Option<usize>)> {
    let last = states.len() - 1;
    let place = |id: &str| states.iter().position(|state| state.id == id);
    let mut words = Vec::new();
    let mut whole = true;
    for one in moves.iter_mut().filter(|one| one.to == next.id) {
        let places: Vec<usize> = one.from.iter().filter_map(|from| place(from)).collect();
        if places.len() == states.len() || places == [last] {
            whole &= places.len() == states.len() && states.len() > 1;
            words.push(one.action.title(language));
            one.from.retain(|from| place(from).is_none());
        }
    }
    (!words.is_empty()).then(|| (words.join(" / "), (!whole).then_some(last)))
}

fn step<'d>(definition: &'d Definition, language: Language, state: &'d State, band: &[&State]) -> Step<'d> {
    let own = |runs_in: &[String]| {
        let shared = band.len() > 1 && band.iter().any(|other| other.id == state.id) && all(runs_in, band);
        runs_in.contains(&state.id) && !shared
    };
    Step {
        state,
        clocks: clocks(definition, language, own),
        jumps: Vec::new(),
    }
}

fn all(runs_in: &[String], states: &[&State]) -> bool {
    states.iter().all(|state| runs_in.contains(&state.id))
}

fn clocks(definition: &Definition, language: Language, runs: impl Fn(&[String]) -> bool) -> Vec<String> {
    let running = definition.clocks.iter().filter(|clock| runs(&clock.runs_in));
    running.map(|clock| words::clock(clock, language)).collect()
}

fn jump(definition: &Definition, language: Language, one: &Move<'_>) -> String {
    let to = definition
        .state(one.to)
        .map_or(words::where_it_was(language), |state| state.title.in_language(language));
    format!("{} → {to}", one.action.title(language))
}

/// What begins where a hand-off is over, a line for each action.
fn afterwards(definition: &Definition, language: Language, moves: &mut [Move<'_>]) -> Vec<String> {
    let titles = |ids: &[&str]| {
        let titles = ids
            .iter()
            .filter_map(|id| definition.state(id))
            .map(|state| state.title.in_language(language));
        titles.collect::<Vec<_>>().join(", ")
    };
    let mut lines: Vec<String> = moves
        .iter()
        .filter(|one| !one.from.is_empty())
        .map(|one| format!("{}: {}", titles(&one.from), jump(definition, language, one)))
        .collect();
    if let Some(revoke) = definition.any_transition(Action::Revoke) {
        let from: Vec<&str> = revoke.from.iter().map(String::as_str).collect();
        lines.push(format!("{}: {}", titles(&from), Action::Revoke.title(language)));
    }
    for transition in definition
        .transitions
        .iter()
        .filter(|one| one.action == Action::Forward)
    {
        if let Some(opens) = transition.opens.as_deref().and_then(|id| definition.state(id)) {
            let (to, action) = (opens.title.in_language(language), Action::Forward.title(language));
            lines.push(match language {
                Language::Nb => format!("{action}: hos neste mottaker begynner den i «{to}»"),
                Language::En => format!("{action}: with the next receiver it begins in “{to}”"),
            });
        }
    }
    lines
}
