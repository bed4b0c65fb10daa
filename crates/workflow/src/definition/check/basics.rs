//! What the rest rests on: names, one meaning for each action, and somebody whom it is for.

use std::collections::BTreeSet;

use super::super::{State, Transition};
use super::{Findings, MOST_CLOCKS, MOST_STATES, MOST_TRANSITIONS, Near};
use crate::vocabulary::{Action, Code, HandoffState, Language, Text};

pub(super) fn names(findings: &mut Findings<'_>) {
    let definition = findings.definition;
    if !is_kebab(&definition.key.id) || definition.key.version == 0 {
        findings.add(
            Near::Word(definition.key.id.clone()),
            "Navnet må være små bokstaver, sifre og bindestrek, og versjonen minst 1.",
            "The id must be kebab-case and the version at least 1.",
        );
    }
    let states: Vec<&String> = definition.states.iter().map(|state| &state.id).collect();
    let clocks: Vec<&String> = definition.clocks.iter().map(|clock| &clock.id).collect();
    let near_state: fn(usize) -> Near = Near::State;
    let lists = [(states, near_state), (clocks, Near::Clock)];
    for (ids, near) in lists {
        let mut seen = BTreeSet::new();
        for (at, id) in ids.into_iter().enumerate() {
            if !is_kebab(id) || !seen.insert(id) {
                findings.add(
                    near(at),
                    format!("Navnet {id:?} må være små bokstaver, sifre og bindestrek, og stå bare ett sted."),
                    format!("The name {id:?} must be kebab-case and stand once only."),
                );
            }
        }
    }
    if definition.senders.is_empty() || definition.receivers.is_empty() || definition.legal_bases.is_empty() {
        findings.add(
            Near::Word("senders".into()),
            "Ingen kunne bruke den: nevn avsendere, mottakere og rettsgrunnlag.",
            "Nobody could use it: name senders, receivers and legal bases.",
        );
    }
    let sizes = [
        (definition.states.len(), MOST_STATES),
        (definition.transitions.len(), MOST_TRANSITIONS),
        (definition.clocks.len(), MOST_CLOCKS),
    ];
    if sizes.iter().any(|(size, most)| size > most) {
        findings.add(
            Near::Top,
            format!("Ingen kan lese så mye høyt: høyst {MOST_STATES} steg, {MOST_TRANSITIONS} overganger og {MOST_CLOCKS} frister."),
            format!("Nobody could read so much aloud: at most {MOST_STATES} steps, {MOST_TRANSITIONS} transitions and {MOST_CLOCKS} limits."),
        );
    }
}

fn is_kebab(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.chars().all(letter)
}

/// Whom it is for.
pub(super) fn eligibility(findings: &mut Findings<'_>) {
    for (near, Text { nb, en }) in findings.definition.eligibility.faults() {
        findings.add(Near::Word(near), nb, en);
    }
}

/// Where a hand-off begins, and that each action has one meaning in each state.
pub(super) fn shape(findings: &mut Findings<'_>) {
    let definition = findings.definition;
    if definition
        .states
        .first()
        .is_none_or(|state| state.core != HandoffState::Draft)
    {
        findings.add(
            Near::Word("states".into()),
            "Det første steget må være kladden: en formidling skrives før den sendes.",
            "The first state must be the draft: a referral is written before it is sent.",
        );
    }
    two_places(findings);
    for (at, transition) in definition.transitions.iter().enumerate() {
        leads_where_it_says(findings, at, transition);
    }
}

/// The same action from the same state leads to one place.
fn two_places(findings: &mut Findings<'_>) {
    let graph = findings.graph;
    for (at, state) in findings.definition.states.iter().enumerate() {
        let mut seen: Vec<Action> = Vec::new();
        for (_, transition) in graph.leaving(at) {
            let action = transition.action;
            if seen.contains(&action) {
                let Text { nb, en } = &state.title;
                let (nb_does, en_does) = (action.title(Language::Nb), action.title(Language::En));
                let later = |other: &Transition| other.action == action && other.from.contains(&state.id);
                let near = findings.definition.transitions.iter().rposition(later).unwrap_or(0);
                findings.at_state(
                    at,
                    Near::Transition(near),
                    &format!("I «{nb}» fører «{nb_does}» til to steder på én gang."),
                    &format!("In “{en}” the action “{en_does}” leads to two places at once."),
                );
            }
            seen.push(action);
        }
    }
}

fn leads_where_it_says(findings: &mut Findings<'_>, at: usize, transition: &Transition) {
    let definition = findings.definition;
    let action = transition.action;
    let (nb, en) = (action.title(Language::Nb), action.title(Language::En));
    let near = || Near::Transition(at);
    let opens_next = matches!(action, Action::Forward | Action::HandOff);
    if opens_next != transition.opens.is_some() {
        findings.add(
            near(),
            format!("«{nb}»: bare å sende videre og å overlevere på nytt åpner en ny overlevering, og de sier med opens i hvilket steg."),
            format!("“{en}”: exactly forward and hand-off open a next hand-off, and say with opens in which state."),
        );
    }
    let from: Vec<&State> = transition
        .from
        .iter()
        .filter_map(|from| definition.state(from))
        .collect();
    if from.is_empty() {
        findings.add(
            near(),
            format!("«{nb}» kan ingen steder gjøres: si fra hvilke steg."),
            format!("“{en}” can be done nowhere: say from which states."),
        );
    }
    let lays_down = matches!(action, Action::HandOff | Action::Revoke | Action::Reopen);
    let anywhere = matches!(
        action,
        Action::Undo | Action::Dispute | Action::Allocate | Action::RequestTakeover
    );
    if let Some(state) = from.iter().find(|state| !anywhere && state.core.is_end() != lays_down) {
        findings.add(
            near(),
            format!("«{nb}» i «{}»: der en overlevering er over, kan man overlevere på nytt, avslutte eller gjenåpne, og ellers ingenting.", state.title.nb),
            format!("“{en}” in “{}”: where a hand-off is over, one can hand off anew, revoke or reopen, and nothing else.", state.title.en),
        );
    }
    let core = |id: &Option<String>| id.as_ref().and_then(|id| definition.state(id)).map(|state| state.core);
    if core(&transition.opens).is_some_and(|core| core != HandoffState::Sent) {
        findings.add(
            near(),
            format!("«{nb}» må åpne den neste overleveringen som sendt, ellers hører ingen om den."),
            format!("“{en}” must open the next hand-off as sent, or nobody would hear of it."),
        );
    }
    let to = core(&transition.to);
    // These have their effect by themselves, wherever they say that they lead.
    let by_itself = matches!(
        action,
        Action::HandOff | Action::Revoke | Action::Dispute | Action::Allocate | Action::Undo
    );
    let wrong = if action == Action::Send {
        to != Some(HandoffState::Sent)
    } else if action == Action::Forward {
        to != Some(HandoffState::Forwarded)
    } else {
        to.is_some() && (by_itself || transition.resumes)
    };
    if wrong {
        findings.add(
            near(),
            format!("«{nb}» fører ikke dit det står: send fører til sendt, send videre til videresendt, og det som virker av seg selv, sier ikke hvor."),
            format!("“{en}” does not lead where it says: send leads to sent, forward to forwarded, and what works by itself says no place."),
        );
    }
}
