//! The language of definitions as JSON Schema, for editors that complete and check a TOML file while it is written.

use serde_json::Value;

use super::parse::RawDefinition;

/// The JSON Schema (2020-12) of a definition file. It knows the keys, codes and shapes; whether a referral could be lost is
/// for [`super::Definition::parse`] to say.
///
/// ```
/// let schema = stafett_workflow::definition::language_schema();
/// assert_eq!(schema["additionalProperties"], false);
/// assert!(schema["properties"]["clocks"]["description"].as_str().is_some());
/// ```
#[must_use]
pub fn language_schema() -> Value {
    let mut schema = schemars::schema_for!(RawDefinition);
    schema.insert("title".to_owned(), "Stafett workflow definition".into());
    schema.to_value()
}
