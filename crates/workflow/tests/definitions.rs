//! A definition that could lose a referral is refused, with the place and the story.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use rstest::rstest;
use stafett_workflow::Definition;
use stafett_workflow::definition::{builtin, schema};
use stafett_workflow::vocabulary::{Action, Language};

const SERVICE: &str = include_str!("../definitions/service-referral.toml");

fn refused(from: &str, to: &str) -> String {
    assert!(SERVICE.contains(from), "the definition has changed: {from}");
    Definition::parse("mine.toml", &SERVICE.replacen(from, to, 1))
        .unwrap_err()
        .to_string()
}

#[rstest]
#[case::grammar("version = 1", "version = ", "mine.toml:4:")]
#[case::unknown_key("version = 1", "version = 1\ncolour = \"red\"", "unknown field `colour`")]
#[case::unknown_state("to = \"acknowledged\"", "to = \"aknowledged\"", "there is no state \"aknowledged\"")]
#[case::unknown_field("input = [\"advice\"]", "input = [\"advise\"]", "there is no field \"advise\"")]
#[case::no_core(
    "id = \"sent\"\ntitle",
    "id = \"posted\"\ntitle",
    "the state posted is not one of the core states"
)]
#[case::unreachable(
    "to = \"info-requested\"",
    "to = \"acknowledged\"",
    "no path leads to the state \"info-requested\""
)]
#[case::no_clock(
    "runs_in = [\"accepted\"]",
    "runs_in = [\"sent\"]",
    "a referral in the state \"accepted\" would wait for ever"
)]
#[case::nobody_hears_of_breach(
    "escalation = [\"holder-unit\", \"holder-lead\"]",
    "escalation = []",
    "nobody would hear that the limit \"send\" was missed"
)]
#[case::wrong_party(
    "action = \"accept\"\nfrom = [\"sent\", \"acknowledged\", \"info-requested\"]\nto = \"accepted\"\nparty = \"receiver\"",
    "action = \"accept\"\nfrom = [\"sent\", \"acknowledged\", \"info-requested\"]\nto = \"accepted\"\nparty = \"sender\"",
    "nobody could accept"
)]
#[case::untold_receiver(
    "notices = { receiver = \"new-referral\" }",
    "",
    "the receiver would not hear of the referral"
)]
#[case::untold_sender(
    "notices = { sender = \"declined\" }",
    "",
    "the sender would never hear what became of the referral"
)]
#[case::no_reason(
    "input = [\"decline-code\", \"reason\"]",
    "input = [\"reason\"]",
    "nobody could tell later why"
)]
#[case::two_places(
    "action = \"start\"\nfrom = [\"accepted\"]",
    "action = \"acknowledge\"\nfrom = [\"accepted\", \"sent\"]",
    "would lead to two places"
)]
fn a_broken_definition_is_refused(#[case] from: &str, #[case] to: &str, #[case] story: &str) {
    let error = refused(from, to);
    assert!(error.starts_with("mine.toml:") && error.contains(story), "{error}");
    assert!(!error.contains('\n'), "one sentence: {error}");
}

#[test]
fn a_state_without_a_way_to_an_end_is_a_trap() {
    // Three ways lead out of in-progress; only without all three is it a trap.
    let mut trap = SERVICE.to_owned();
    for (from, to) in [
        (
            "from = [\"accepted\", \"in-progress\"]\nto = \"on-hold\"",
            "from = [\"accepted\"]\nto = \"on-hold\"",
        ),
        (
            "from = [\"accepted\", \"in-progress\"]\nto = \"completed\"",
            "from = [\"accepted\"]\nto = \"completed\"",
        ),
        (
            "from = [\"accepted\", \"in-progress\", \"on-hold\"]\nto = \"ended-early\"",
            "from = [\"accepted\", \"on-hold\"]\nto = \"ended-early\"",
        ),
    ] {
        assert!(Definition::parse("mine.toml", &trap).is_ok());
        assert!(trap.contains(from), "the definition has changed: {from}");
        trap = trap.replacen(from, to, 1);
    }
    let error = Definition::parse("mine.toml", &trap).unwrap_err().to_string();
    assert!(error.contains("\"in-progress\" could never come to an end"), "{error}");
}

#[test]
fn every_action_offers_its_input_as_json_schema() {
    for definition in builtin().unwrap().iter() {
        for transition in &definition.transitions {
            let schema = schema(&transition.input, Language::Nb);
            assert_eq!(schema["additionalProperties"], false, "{}", transition.action);
        }
    }
    let library = builtin().unwrap();
    let service = library.newest("service-referral").unwrap();
    insta::assert_json_snapshot!(
        "decline",
        schema(&service.any_transition(Action::Decline).unwrap().input, Language::Nb)
    );
    insta::assert_json_snapshot!(
        "complete",
        schema(&service.any_transition(Action::Complete).unwrap().input, Language::En)
    );
}
