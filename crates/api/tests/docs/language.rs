//! `reference/workflow-definition.md` and `how-to/add-a-workflow.md`: the language of definitions.

use serde::de::DeserializeOwned;
use stafett_workflow::Definition;
use stafett_workflow::definition::{Addressee, Escalation, FieldType, Guard, Holder, Party};

use crate::page::{first_column, read};

const REFERENCE: &str = "docs/reference/workflow-definition.md";

/// The whole definition in a page: its first TOML block that begins with an id.
fn definition_in(page: &str) -> String {
    let text = read(page);
    let block = text.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block);
    block.into_iter().find(|block| block.starts_with("id = ")).unwrap_or_else(|| panic!("{page} has no definition")).to_owned()
}

#[test]
fn the_definition_on_each_page_is_sound() {
    for page in [REFERENCE, "docs/how-to/add-a-workflow.md"] {
        Definition::parse(page, &definition_in(page)).unwrap();
    }
}

#[test]
fn the_page_of_the_language_has_every_key_and_no_other() {
    let page = read(REFERENCE);
    let example = definition_in(REFERENCE);
    for (heading, table) in [
        ("## The file", ""),
        ("## Eligibility", "[eligibility]\n"),
        ("## Fields", "[fields.receiver]\n"),
        ("## States", "[[states]]\n"),
        ("## Transitions", "[[transitions]]\n"),
        ("## Clocks", "[[clocks]]\n"),
    ] {
        let broken = match table {
            "" => format!("no_such_key = 1\n{example}"),
            table => example.replacen(table, &format!("{table}no_such_key = 1\n"), 1),
        };
        let error = Definition::parse("page", &broken).unwrap_err().to_string();
        assert!(error.contains("unknown field `no_such_key`"), "{heading}: {error}");
        same(heading, first_column(&page, heading), expected(&error));
    }
}

#[test]
fn the_page_of_the_language_has_every_word_and_no_other() {
    let page = read(REFERENCE);
    same("holder", first_column(&page, "### Holders"), words::<Holder>());
    same("party", first_column(&page, "### Parties"), words::<Party>());
    same("guard", first_column(&page, "### Guards"), words::<Guard>());
    same("addressee", first_column(&page, "### Addressees"), words::<Addressee>());
    same("escalation", first_column(&page, "### Escalation"), words::<Escalation>());
    same("type", first_column(&page, "### Types"), words::<FieldType>());
}

fn same(what: &str, mut told: Vec<String>, mut known: Vec<String>) {
    told.sort_unstable();
    known.sort_unstable();
    assert_eq!(told, known, "{what}: the page and the language differ");
}

/// All words of an enum, as its own refusal of another word lists them.
fn words<T: DeserializeOwned>() -> Vec<String> {
    let error = serde_json::from_str::<T>("\"no such word\"").err().unwrap().to_string();
    expected(&error)
}

/// What stands in backticks behind "expected".
fn expected(error: &str) -> Vec<String> {
    let (_, list) = error.split_once("expected ").unwrap_or_else(|| panic!("{error}"));
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
