//! The typed inputs of a transition: what must be said, checked against the definition, and offered as JSON Schema so
//! that no client needs to know the state machine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::vocabulary::{
    Code, ConclusionCode, DeclineCode, HoldCode, Language, LegalBasisCode, OutcomeCode, RegisterCode, Text,
};

/// The longest free text, in characters.
pub const TEXT_MAX: usize = 4_000;

/// A field that a definition declares once and its transitions ask for by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the input.
    pub name: String,
    /// Its type.
    pub kind: FieldType,
    /// Its label.
    pub title: Text,
    /// The code that stands when none is given.
    pub default: Option<String>,
}

/// The closed list of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FieldType {
    /// Free text, kept apart from the log.
    Text,
    /// A code of [`DeclineCode`].
    DeclineCode,
    /// A code of [`OutcomeCode`].
    Outcome,
    /// A code of [`HoldCode`].
    HoldCode,
    /// A code of [`RegisterCode`].
    RegisterCode,
    /// A code of [`ConclusionCode`].
    ConclusionCode,
    /// An agency, by slug or id.
    Agency,
    /// A person of the acting agency, by id, or `me`.
    Person,
    /// A legal basis with its reason.
    LegalBasis,
}

impl FieldType {
    /// The codes with their words, for a coded field.
    #[must_use]
    pub fn codes(self, language: Language) -> Option<Vec<(&'static str, &'static str)>> {
        fn list<C: Code>(language: Language) -> Vec<(&'static str, &'static str)> {
            C::ALL
                .iter()
                .map(|code| (code.as_str(), code.title(language)))
                .collect()
        }
        match self {
            Self::DeclineCode => Some(list::<DeclineCode>(language)),
            Self::Outcome => Some(list::<OutcomeCode>(language)),
            Self::HoldCode => Some(list::<HoldCode>(language)),
            Self::RegisterCode => Some(list::<RegisterCode>(language)),
            Self::ConclusionCode => Some(list::<ConclusionCode>(language)),
            Self::Text | Self::Agency | Self::Person | Self::LegalBasis => None,
        }
    }
}

/// A field as one transition asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputRule {
    /// The field.
    pub field: Field,
    /// When it must be given.
    pub required: Required,
}

/// When a field must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// Always.
    Always,
    /// When a coded field of the same input says `other`.
    WhenOther,
    /// Never.
    No,
}

/// The input of a transition as JSON Schema (draft 2020-12), with labels in one language.
#[must_use]
pub fn schema(rules: &[InputRule], language: Language) -> Value {
    let properties: Map<String, Value> = rules
        .iter()
        .map(|rule| (rule.field.name.clone(), property(&rule.field, language)))
        .collect();
    let required: Vec<&str> = rules
        .iter()
        .filter(|rule| rule.required == Required::Always && rule.field.default.is_none())
        .map(|rule| rule.field.name.as_str())
        .collect();
    let mut schema = json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false
    });
    if let Some(condition) = required_when_other(rules)
        && let Some(object) = schema.as_object_mut()
    {
        object.extend(condition);
    }
    schema
}

/// `if` a code says `other`, `then` the text is required.
fn required_when_other(rules: &[InputRule]) -> Option<Map<String, Value>> {
    let coded = rules
        .iter()
        .find(|rule| rule.field.kind.codes(Language::Nb).is_some())?;
    let texts: Vec<&str> = rules
        .iter()
        .filter(|rule| rule.required == Required::WhenOther)
        .map(|rule| rule.field.name.as_str())
        .collect();
    if texts.is_empty() {
        return None;
    }
    let code = coded.field.name.as_str();
    let mut condition = Map::new();
    condition.insert(
        "if".into(),
        json!({ "properties": { code: { "const": "other" } }, "required": [code] }),
    );
    condition.insert("then".into(), json!({ "required": texts }));
    Some(condition)
}

fn property(field: &Field, language: Language) -> Value {
    let title = field.title.in_language(language);
    match field.kind {
        FieldType::Text => json!({ "type": "string", "title": title, "minLength": 1, "maxLength": TEXT_MAX }),
        FieldType::DeclineCode
        | FieldType::Outcome
        | FieldType::HoldCode
        | FieldType::RegisterCode
        | FieldType::ConclusionCode => {
            let options: Vec<Value> = field
                .kind
                .codes(language)
                .unwrap_or_default()
                .into_iter()
                .map(|(code, words)| json!({ "const": code, "title": words }))
                .collect();
            let mut property = json!({ "type": "string", "title": title, "oneOf": options });
            if let (Some(default), Some(object)) = (&field.default, property.as_object_mut()) {
                object.insert("default".into(), json!(default));
            }
            property
        }
        FieldType::Agency => json!({ "type": "string", "title": title, "format": "agency" }),
        FieldType::Person => json!({ "type": "string", "title": title, "format": "person" }),
        FieldType::LegalBasis => json!({
            "type": "object", "title": title, "format": "legal-basis",
            "properties": {
                "code": { "type": "string", "enum": LegalBasisCode::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>() },
                "reason": { "type": "string", "minLength": 1, "maxLength": TEXT_MAX },
                "consent": {
                    "type": "object",
                    "properties": {
                        "by": { "type": "string", "enum": ["youth", "guardians"] },
                        "age": { "type": "integer", "minimum": 0, "maximum": 120 },
                        "scope": { "type": "string", "minLength": 1, "maxLength": TEXT_MAX }
                    },
                    "required": ["by", "age", "scope"], "additionalProperties": false
                }
            },
            "required": ["code", "reason"], "additionalProperties": false
        }),
    }
}
