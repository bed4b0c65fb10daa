//! How long the checker takes. The bounds are those that people are promised; without optimisation there are ten times as
//! much. `cargo test --release -p stafett-workflow --test speed -- --nocapture` prints the figures.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests may panic, and this one tells"
)]

use std::time::{Duration, Instant};

use stafett_workflow::Definition;
use stafett_workflow::definition::builtin;
use stafett_workflow::routing::{self, Directory, totality};

fn within(what: &str, promised: Duration, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    let took = start.elapsed();
    println!("{what}: {:.1} ms", took.as_secs_f64() * 1000.0);
    let allowed = promised * if cfg!(debug_assertions) { 10 } else { 1 };
    assert!(took < allowed, "{what} took {took:?}, {allowed:?} was promised");
}

#[test]
fn what_ships_is_checked_in_a_tenth_of_a_second() {
    within(
        "the definitions that ship, read and checked",
        Duration::from_millis(100),
        || {
            assert_eq!(builtin().unwrap().iter().count(), 6);
        },
    );
}

#[test]
fn the_routing_table_is_proven_in_a_second() {
    let library = builtin().unwrap();
    let table = routing::builtin(&library).unwrap();
    let day = "2026-11-24".parse().unwrap();
    within(
        "the routing table over an empty directory",
        Duration::from_secs(1),
        || {
            let proof = totality(&table, &Directory::default(), day);
            println!("combinations: {}", proof.combinations);
            assert!(proof.combinations > 1_000_000);
            assert!(!proof.gaps.is_empty(), "nobody is there, and the gaps are named");
        },
    );
}

/// The service referral with its work divided into `steps` more steps, each of which leads on to ten others.
fn large(steps: usize) -> String {
    let mut source = include_str!("../definitions/service-referral.toml").to_owned();
    let step = |at: usize| format!("step-{}", at % steps);
    // Ten actions that the receiver may take from a step that is taken.
    let actions = [
        "acknowledge",
        "request-info",
        "answer-info",
        "start",
        "give-feedback",
        "dismiss",
        "conclude",
        "request-return",
        "refuse-return",
        "resume",
    ];
    for at in 0..steps {
        let id = step(at);
        source += &format!(
            "\n[[states]]\nid = \"{id}\"\ncore = \"in-progress\"\ntitle = {{ nb = \"Steg {at}\", en = \"Step {at}\" }}\nholder = \"receiver\"\n\
             \n[[clocks]]\nid = \"{id}\"\ntitle = {{ nb = \"Frist {at}\", en = \"Limit {at}\" }}\nlimit = \"1 week\"\nruns_in = [\"{id}\"]\n\
             warn_percent = 75\nescalation = [\"receiver-unit\", \"receiver-lead\"]\n"
        );
        for (way, action) in actions.iter().enumerate() {
            let party = if *action == "answer-info" || *action == "refuse-return" {
                "sender"
            } else {
                "receiver"
            };
            let to = step(at + 1 + way * way);
            source += &format!(
                "\n[[transitions]]\naction = \"{action}\"\nfrom = [\"{id}\"]\nto = \"{to}\"\nparty = \"{party}\"\n\
                 roles = [\"worker\", \"lead\", \"integration\"]\n"
            );
        }
        source += &format!(
            "\n[[transitions]]\naction = \"complete\"\nfrom = [\"{id}\"]\nto = \"completed\"\nparty = \"receiver\"\n\
             roles = [\"worker\", \"lead\", \"integration\"]\ninput = [\"outcome\"]\nnotices = {{ sender = \"completed\" }}\n"
        );
    }
    source.replacen(
        "action = \"start\"\nfrom = [\"accepted\"]\nto = \"in-progress\"",
        "action = \"start\"\nfrom = [\"accepted\"]\nto = \"step-0\"",
        1,
    ) + "\n[[transitions]]\naction = \"conclude\"\nfrom = [\"accepted\"]\nto = \"in-progress\"\nparty = \"receiver\"\n\
         roles = [\"worker\", \"lead\", \"integration\"]\n"
}

#[test]
fn a_large_definition_is_checked_in_a_second() {
    let source = large(186);
    let mut checked = None;
    within("a large definition, read and checked", Duration::from_secs(1), || {
        checked = Some(Definition::read("large.toml", &source));
    });
    let definition = checked.unwrap().unwrap();
    println!(
        "{} states, {} transitions",
        definition.states.len(),
        definition.transitions.len()
    );
    assert!(definition.states.len() >= 200 && definition.transitions.len() >= 2_000);
    // The same with everything wrong: as many findings, each with its story.
    let wrong = source.replace("limit = \"1 week\"\n", "limit = \"1 week\"\nvalid_to = 2026-12-31\n");
    within("the same with a finding for each state", Duration::from_secs(1), || {
        assert!(Definition::read("wrong.toml", &wrong).unwrap_err().len() > 180);
    });
}
