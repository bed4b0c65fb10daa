//! What a table must keep so that nothing flows unasked, and that nothing is left to chance.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::fields::{Field, Fields};
use super::flow::{Flow, Ground, Party, Way};
use super::table::{Rule, Table, turning_days};
use crate::definition::{Definition, Guard, Library};
use crate::law;
use crate::routing;
use crate::vocabulary::{Action, AgencyKind, Code, Text};

/// One thing that would go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The name to point at in the file.
    pub near: String,
    /// The story.
    pub message: Text,
}

/// What is wrong with a table by itself is told to whoever wrote the file, as the other faults of files are.
fn finding(near: &str, message: String) -> Finding {
    story(near, message.clone(), message)
}

fn story(near: &str, nb: String, en: String) -> Finding {
    Finding {
        near: near.to_owned(),
        message: Text::new(nb, en),
    }
}

/// Everything that is wrong with a table by itself, the most basic first.
pub(super) fn findings(table: &Table) -> Vec<Finding> {
    let mut found = names(table);
    if found.is_empty() {
        for day in turning_days(table) {
            found.extend(holes(table, day));
        }
        found.extend(idle(table));
    }
    found
}

fn names(table: &Table) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let rules = table.rules.iter().map(|rule| (&rule.id, &rule.legal_refs));
    let informed = table.informed.iter().map(|rule| (&rule.id, &rule.legal_refs));
    if table.version == 0 || table.id.is_empty() {
        found.push(finding(
            &table.id,
            "the id must be given and the version at least 1".into(),
        ));
    }
    for (id, legal_refs) in rules.chain(informed) {
        if !seen.insert(id) {
            found.push(finding(id, format!("the name {id:?} stands more than once")));
        }
        if legal_refs.is_empty() {
            found.push(finding(
                id,
                format!("{id:?} rests on nothing: name what it rests on in legal_refs"),
            ));
        }
        for legal_ref in legal_refs {
            if law::versions(legal_ref).next().is_none() {
                found.push(finding(
                    legal_ref,
                    format!("the register of legal rules knows nothing at {legal_ref:?} (`GET /legal-rules`)"),
                ));
            }
        }
    }
    found
}

/// Every way there can be.
fn ways() -> impl Iterator<Item = Way> {
    let parties = || {
        AgencyKind::ALL.iter().flat_map(|kind| {
            [false, true].map(|public_tasks| Party {
                kind: *kind,
                public_tasks,
            })
        })
    };
    AgencyKind::ALL.iter().flat_map(move |sender| {
        parties().flat_map(move |receiver| {
            Ground::ALL.iter().map(move |ground| Way {
                sender: Party {
                    kind: *sender,
                    public_tasks: false,
                },
                receiver,
                ground: *ground,
            })
        })
    })
}

fn say(way: &Way, field: Field) -> String {
    format!(
        "{field} from {} to {}{} on {}",
        way.sender.kind,
        way.receiver.kind,
        if way.receiver.public_tasks {
            " with public tasks"
        } else {
            ""
        },
        way.ground
    )
}

/// What no rule counts for, and what two rules say differently. One of a kind is enough to mend by.
fn holes(table: &Table, day: NaiveDate) -> Vec<Finding> {
    let holding: Vec<&Rule> = table.rules.iter().filter(|rule| rule.holds_on(day)).collect();
    let mut pairs = BTreeSet::new();
    let mut found = Vec::new();
    for way in ways() {
        for field in Field::ALL {
            let mut counting = holding.iter().filter(|rule| rule.admits(&way, *field));
            let Some(first) = counting.next() else {
                if found.is_empty() {
                    let what = say(&way, *field);
                    found.push(finding(
                        &table.id,
                        format!("from {day} no rule says whether this flows: {what}"),
                    ));
                }
                continue;
            };
            for other in counting.filter(|other| other.flow != first.flow) {
                if pairs.insert((&first.id, &other.id)) {
                    let (one, two, what) = (&first.id, &other.id, say(&way, *field));
                    found.push(finding(
                        two,
                        format!("{one:?} and {two:?} contradict each other from {day}: {what}"),
                    ));
                }
            }
        }
    }
    found
}

/// Rules that never count for anything.
fn idle(table: &Table) -> Vec<Finding> {
    let counts = |rule: &Rule| ways().any(|way| Field::ALL.iter().any(|field| rule.admits(&way, *field)));
    let idle = table.rules.iter().filter(|rule| !counts(rule));
    idle.map(|rule| finding(&rule.id, format!("{:?} counts for nothing", rule.id)))
        .collect()
}

/// What would go wrong between a table, the definitions and the routing: somebody would be told something without a basis that
/// admits it, or be sent to where nothing may flow.
#[must_use]
pub fn paths(table: &Table, library: &Library, routing: &routing::Table) -> Vec<Finding> {
    let mut found: Vec<Finding> = library
        .iter()
        .flat_map(|definition| of_definition(table, definition))
        .collect();
    for rule in routing.decisions.iter().flat_map(|decision| &decision.rules) {
        let Some(definition) = rule.way.workflow().and_then(|workflow| library.newest(workflow)) else {
            continue;
        };
        let Some(receiver) = routing.receiver(&rule.receiver) else {
            continue;
        };
        let senders = rule.when.senders.as_ref().unwrap_or(&definition.senders);
        for basis in &rule.legal_bases {
            for sender in senders.iter().filter(|sender| definition.senders.contains(sender)) {
                let some = receiver
                    .kinds
                    .iter()
                    .any(|kind| is_open(table, *sender, *kind, (*basis).into()));
                if !some {
                    found.push(story(
                        &rule.id,
                        format!(
                            "rutingens regel {:?} lar {sender} sende på {basis}, og på det kan ingenting flyte til {}",
                            rule.id, receiver.id
                        ),
                        format!(
                            "the routing's {:?} tells {sender} to send on {basis}, on which nothing may flow to {}",
                            rule.id, receiver.id
                        ),
                    ));
                }
            }
        }
    }
    found
}

/// Whether what is asked for may flow at all, to some agency of the kind.
fn is_open(table: &Table, sender: AgencyKind, receiver: AgencyKind, ground: Ground) -> bool {
    let party = |kind, public_tasks| Party { kind, public_tasks };
    turning_days(table).into_iter().all(|day| {
        [false, true].into_iter().any(|public_tasks| {
            let way = Way {
                sender: party(sender, false),
                receiver: party(receiver, public_tasks),
                ground,
            };
            table.flow(&way, Field::Needs, day) != Flow::Refused
        })
    })
}

/// What would go wrong between a table and one definition.
#[must_use]
pub fn of_definition(table: &Table, definition: &Definition) -> Vec<Finding> {
    let id = &definition.key.id;
    let mut found = Vec::new();
    for transition in &definition.transitions {
        let tells = matches!(transition.action, Action::Send | Action::Forward | Action::HandOff);
        if tells && !transition.guards.contains(&Guard::BasisCovers) {
            found.push(story(
                id,
                format!(
                    "{id:?} lar {} gi noe videre uten å spørre om grunnlag: den mangler vakten basis-covers",
                    transition.action
                ),
                format!(
                    "{id:?} lets {} pass something on without asking for a basis: it lacks the guard basis-covers",
                    transition.action
                ),
            ));
        }
    }
    for sender in &definition.senders {
        for receiver in &definition.receivers {
            let some = definition
                .legal_bases
                .iter()
                .any(|basis| is_open(table, *sender, *receiver, (*basis).into()));
            if !some {
                found.push(story(
                    id,
                    format!(
                        "{id:?} lar {sender} sende til {receiver}, og dit kan ingenting flyte på noe av grunnlagene"
                    ),
                    format!("{id:?} lets {sender} send to {receiver}, to whom nothing may flow on any of its bases"),
                ));
            }
        }
    }
    for basis in &definition.legal_bases {
        let ground = Ground::from(*basis);
        let some = definition.senders.iter().any(|sender| {
            definition
                .receivers
                .iter()
                .any(|receiver| is_open(table, *sender, *receiver, ground))
        });
        if !some {
            found.push(story(
                id,
                format!("{id:?} godtar {basis}, og på det kan ingenting flyte til noen"),
                format!("{id:?} admits {basis}, on which nothing may flow to anybody"),
            ));
        }
    }
    found
}

/// All that a table says on a day, ways with the same answer on one line: what a person reads who reviews a change.
#[must_use]
pub fn listing(table: &Table, day: NaiveDate) -> String {
    // For each ground and answer, the receivers; for each of these, the senders.
    let mut answers: BTreeMap<(Ground, String), BTreeMap<String, Vec<AgencyKind>>> = BTreeMap::new();
    for way in ways() {
        let receiver = match way.receiver.public_tasks {
            true => format!("{}+", way.receiver.kind),
            false => way.receiver.kind.to_string(),
        };
        let answer = (way.ground, answer(table, &way, day));
        answers
            .entry(answer)
            .or_default()
            .entry(receiver)
            .or_default()
            .push(way.sender.kind);
    }
    let mut lines = vec!["A + marks receivers with public tasks.".to_owned()];
    for ((ground, answer), receivers) in answers {
        let mut by_senders: BTreeMap<Vec<AgencyKind>, Vec<String>> = BTreeMap::new();
        for (receiver, senders) in receivers {
            by_senders.entry(senders).or_default().push(receiver);
        }
        for (senders, receivers) in by_senders {
            let senders: Vec<&str> = senders.iter().map(|kind| kind.as_str()).collect();
            lines.push(format!(
                "\n{ground}\n  from {}\n  to {}\n{answer}",
                senders.join(", "),
                receivers.join(", ")
            ));
        }
    }
    lines.join("\n") + "\n"
}

fn answer(table: &Table, way: &Way, day: NaiveDate) -> String {
    let all = [
        (Flow::Flows, "flows"),
        (Flow::WithinScope, "within the consent's scope"),
        (Flow::Withheld, "withheld"),
        (Flow::Refused, "refused"),
    ];
    let lines = all.into_iter().filter_map(|(flow, name)| {
        let fields: Fields = Field::ALL
            .iter()
            .copied()
            .filter(|field| table.flow(way, *field, day) == flow)
            .collect();
        let list: Vec<&str> = fields.iter().map(Field::as_str).collect();
        (!fields.is_empty()).then(|| match fields == Fields::all() {
            true => format!("    {name}: everything"),
            false => format!("    {name}: {}", list.join(", ")),
        })
    });
    lines.collect::<Vec<_>>().join("\n")
}
