//! A definition that could lose a referral is refused, with the place and the story.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use rstest::rstest;
use stafett_workflow::Definition;
use stafett_workflow::definition::{builtin, language_schema, schema};
use stafett_workflow::vocabulary::{Action, Language};

mod support;
use support::World;

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
    "No way leads to “Information requested”: no referral ever gets there."
)]
#[case::no_clock(
    "runs_in = [\"accepted\"]",
    "runs_in = [\"sent\"]",
    "In “Accepted” no clock runs: it could wait there for ever."
)]
#[case::nobody_hears_of_breach(
    "escalation = [\"holder-unit\", \"holder-lead\"]",
    "escalation = []",
    "The limit “Send the draft” is missed, and nobody hears of it"
)]
#[case::wrong_party(
    "action = \"accept\"\nfrom = [\"sent\", \"acknowledged\", \"info-requested\"]\nto = \"accepted\"\nparty = \"receiver\"",
    "action = \"accept\"\nfrom = [\"sent\", \"acknowledged\", \"info-requested\"]\nto = \"accepted\"\nparty = \"sender\"",
    "Now the receiver has the baton without having taken it: it was the sender who put it there."
)]
#[case::untold_receiver(
    "notices = { receiver = \"new-referral\" }",
    "",
    "The sender writes a referral and sends it. The receiver does not hear that anything has come."
)]
#[case::untold_sender(
    "notices = { sender = \"declined\" }",
    "",
    "The receiver declines it. The sender never hears what became of it."
)]
#[case::no_reason(
    "input = [\"decline-code\", \"reason\"]",
    "input = [\"reason\"]",
    "Nobody can count later why: ask for a coded reason."
)]
#[case::two_places(
    "action = \"start\"\nfrom = [\"accepted\"]",
    "action = \"acknowledge\"\nfrom = [\"accepted\", \"sent\"]",
    "In “Sent” the action “Acknowledge” leads to two places at once."
)]
#[case::unknown_rule(
    "legal_ref = \"bvl § 15-8\"",
    "legal_ref = \"bvl § 15-88\"",
    "The limit “Decide who is responsible” names bvl § 15-88, which the register of legal rules does not have"
)]
#[case::rule_not_yet(
    "legal_ref = \"bvl § 15-8\"",
    "legal_ref = \"bvl § 15-8\"\nvalid_from = 2022-12-31",
    "for all the time in which it counts"
)]
#[case::time_without_limit(
    "runs_in = [\"accepted\"]",
    "runs_in = [\"accepted\"]\nvalid_to = 2027-03-31",
    "From 2027-04-01 no clock runs in “Accepted”: it could wait there for ever."
)]
#[case::no_limit(
    "limit = \"1 week\"\nagreed = \"first-contact\"",
    "agreed = \"first-contact\"",
    "In “Accepted” no clock runs: it could wait there for ever."
)]
#[case::never_runs(
    "agreed = \"acknowledge\"\n",
    "",
    "The clock “Acknowledge” would never run: give it a limit"
)]
#[case::the_law_is_not_agreed_upon(
    "agreed = \"answer\"",
    "agreed = \"answer\"\nlegal_ref = \"bvl § 2-1\"",
    "The limit “Answer the referral” is the law's: no agreement can loosen it"
)]
#[case::agreed_twice(
    "agreed = \"first-contact\"",
    "agreed = \"answer\"",
    "An agreement's limit answer would mean several clocks"
)]
#[case::agreed_before_it_is_sent(
    "limit = \"24 hours\"\nruns_in = [\"draft\"]",
    "limit = \"24 hours\"\nagreed = \"answer\"\nruns_in = [\"draft\"]",
    "An agreement counts from when something is sent"
)]
#[case::nobodys_hours(
    "limit = \"24 hours\"\nruns_in = [\"draft\"]",
    "limit = \"8 opening hours\"\nruns_in = [\"draft\"]",
    "The limit “Send the draft” counts opening hours where nobody may have been sent anything"
)]
#[case::hours_of_the_law(
    "limit = { emergency = \"24 hours\", urgent = \"1 week\", routine = \"1 week\" }\nwhile_disputed = true",
    "limit = { emergency = \"24 hours\", urgent = \"1 week\", routine = \"40 opening hours\" }\nwhile_disputed = true",
    "The limit “Decide who is responsible” is the law's, which runs also while an agency is closed"
)]
#[case::a_chain_behind_a_closed_door(
    "escalate_every = { emergency = \"1 hour\", urgent",
    "escalate_every = { emergency = \"1 opening hour\", urgent",
    "cannot wait for opening hours: a unit that never opens"
)]
#[case::no_date(
    "runs_in = [\"accepted\"]",
    "runs_in = [\"accepted\"]\nvalid_to = \"next year\"",
    "mine.toml:"
)]
fn a_broken_definition_is_refused(#[case] from: &str, #[case] to: &str, #[case] story: &str) {
    let error = refused(from, to);
    assert!(error.starts_with("mine.toml:") && error.contains(story), "{error}");
    assert!(!error.contains('\n'), "one line: {error}");
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
    assert!(
        error.contains("From “In progress” there is no way to an end"),
        "{error}"
    );
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

#[test]
fn the_schema_takes_what_ships_and_refuses_slips() {
    let validator = jsonschema::validator_for(&language_schema()).unwrap();
    let json = |source: &str| -> serde_json::Value {
        // As an editor sees a TOML date: a string.
        let dated: toml::Value = toml::from_str(source).unwrap();
        fn plain(value: toml::Value) -> serde_json::Value {
            match value {
                toml::Value::Datetime(date) => date.to_string().into(),
                toml::Value::Array(items) => items.into_iter().map(plain).collect(),
                toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, plain(value))).collect(),
                other => serde_json::to_value(other).unwrap(),
            }
        }
        plain(dated)
    };
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/definitions")).unwrap() {
        let path = file.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        if let Err(error) = validator.validate(&json(&source)) {
            panic!("{}: {} at {}", path.display(), error, error.instance_path());
        }
    }
    for (from, to) in [
        ("version = 1", "version = 0"),
        ("version = 1", "version = 1\ncolour = \"red\""),
        ("action = \"accept\"", "action = \"akcept\""),
        ("limit = \"24 hours\"", "limit = \"24 fortnights\""),
        ("warn_percent = 50", "warn_percent = 100"),
        ("id = \"send\"", "id = \"Send\""),
        ("holder = \"sender\"", "holder = \"nobody\""),
    ] {
        assert!(SERVICE.contains(from), "the definition has changed: {from}");
        assert!(!validator.is_valid(&json(&SERVICE.replacen(from, to, 1))), "{to}");
    }
}

#[test]
fn a_limit_is_armed_only_while_it_counts() {
    let both = SERVICE.replacen(
        "[[clocks]]\nid = \"answer\"",
        "[[clocks]]\nid = \"answer-old\"\ntitle = { nb = \"Svar\", en = \"Answer\" }\nlimit = \"1 week\"\n\
         runs_in = [\"sent\", \"acknowledged\", \"info-requested\"]\nvalid_to = 2027-06-30\nwarn_percent = 75\n\
         escalation = [\"holder-unit\"]\n\n[[clocks]]\nid = \"answer\"\nvalid_from = 2027-07-01",
        1,
    );
    let definition = Definition::parse("mine.toml", &both).unwrap();
    // The last second of June in Oslo, and the first of July.
    for (now, armed) in [
        ("2027-06-30T21:59:59Z", "answer-old"),
        ("2027-06-30T22:00:00Z", "answer"),
    ] {
        let mut world = World::new("service-referral");
        world.definition = std::sync::Arc::new(definition.clone());
        world.now = now.parse().unwrap();
        let new = world.new_referral("bydel-sagene", true);
        let decision = world.create(&new).unwrap();
        let referral = decision.next();
        let running: Vec<_> = referral.running_clocks().map(|clock| clock.name.as_str()).collect();
        assert_eq!(running, [armed], "{now}");
    }
}
