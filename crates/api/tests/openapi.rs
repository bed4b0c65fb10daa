//! The OpenAPI document is committed, so that a change of the contract shows as a change of a file; and it says nothing that
//! contradicts itself.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let served = stafett_api::http::openapi::document_json().unwrap();
    assert!(
        committed == served,
        "docs/reference/openapi.json is out of date; run `cargo run -- openapi > docs/reference/openapi.json`"
    );
}

fn document() -> Value {
    serde_json::from_str(&stafett_api::http::openapi::document_json().unwrap()).unwrap()
}

/// Every schema that has an example, with where that stands.
fn shown(document: &Value) -> Vec<(String, Value, Vec<Value>)> {
    let mut shown = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let mut bodies = vec![("request".to_owned(), &operation["requestBody"]["content"])];
            for (status, response) in operation["responses"].as_object().unwrap() {
                bodies.push((status.clone(), &response["content"]));
            }
            for (which, content) in bodies {
                for (media_type, media) in content.as_object().into_iter().flatten() {
                    let mut examples: Vec<Value> = media.get("example").cloned().into_iter().collect();
                    let named = media["examples"]
                        .as_object()
                        .into_iter()
                        .flat_map(|named| named.values());
                    examples.extend(named.map(|example| example["value"].clone()));
                    // Whatever is not JSON is shown as text, and a schema says little about it.
                    if media_type.ends_with("json") && media.get("schema").is_some() {
                        shown.push((format!("{method} {path} {which}"), media["schema"].clone(), examples));
                    }
                }
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let examples = parameter.get("example").cloned().into_iter().collect();
                let place = format!("{method} {path} ?{}", parameter["name"]);
                shown.push((place, parameter["schema"].clone(), examples));
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let single = schema.get("example").cloned();
        let several = schema["examples"].as_array().cloned().unwrap_or_default();
        shown.push((
            name.clone(),
            schema.clone(),
            single.into_iter().chain(several).collect(),
        ));
    }
    shown
}

#[test]
fn every_example_is_one_of_what_it_is_an_example_of() {
    let document = document();
    let (mut tried, mut wrong) = (0, Vec::new());
    for (place, schema, examples) in shown(&document) {
        if examples.is_empty() {
            continue;
        }
        // The schemas refer to each other by their place in the document.
        let whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": document["components"],
            "allOf": [schema],
        });
        let validator = jsonschema::validator_for(&whole).unwrap_or_else(|error| panic!("{place}: {error}"));
        for example in &examples {
            tried += 1;
            let faults = validator.iter_errors(example);
            wrong.extend(faults.map(|fault| format!("{place} at {:?}: {fault}", fault.instance_path().to_string())));
        }
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(wrong, Vec::<String>::new());
    let not_one = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"],
        "allOf": [{ "$ref": "#/components/schemas/Problem" }] });
    assert!(
        !jsonschema::is_valid(&not_one, &json!({ "status": "many" })),
        "the check can fail"
    );
}

/// Every source file below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The types of a file that become schemas, by the names that they get there.
fn schemas_of(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in source.match_indices("ToSchema") {
        // Only where it is derived: the attribute ends on its own line, and the type's name follows.
        let line = source[..at].rsplit('\n').next().unwrap();
        if !line.trim_start().starts_with("#[derive(") {
            continue;
        }
        let below = &source[at..];
        let declared = below.find("struct ").into_iter().chain(below.find("enum ")).min();
        let attributes = &below[..declared.unwrap()];
        let renamed = attributes.split("schema(as = ").nth(1);
        let name = renamed.unwrap_or_else(|| below[declared.unwrap()..].split_once(' ').unwrap().1);
        names.push(
            name.chars()
                .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                .collect(),
        );
    }
    names
}

/// The document holds schemas by name. Of two types with one name it shows one, and tells untruths about the other.
#[test]
fn no_two_things_share_a_schema_name() {
    assert_eq!(
        schemas_of(
            "#[derive(Debug, ToSchema)]\n#[schema(as = Other)]\nstruct One {\n#[derive(ToSchema)]\npub enum Two<T> {"
        ),
        ["Other", "Two"]
    );
    let mut files = Vec::new();
    sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut files);
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        for name in schemas_of(&std::fs::read_to_string(&file).unwrap()) {
            places.entry(name).or_default().push(file.display().to_string());
        }
    }
    assert!(places.len() > 80, "{}", places.len());
    let shared: Vec<_> = places.iter().filter(|(_, places)| places.len() > 1).collect();
    assert!(shared.is_empty(), "{shared:#?}");
    // And what is found in the sources is what stands in the document.
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let plain = schemas.keys().filter(|name| !name.contains('_'));
    let strange: Vec<_> = plain.filter(|name| !places.contains_key(*name)).collect();
    assert!(strange.is_empty(), "schemas from nowhere: {strange:?}");
}
