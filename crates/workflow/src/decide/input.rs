//! Reads a transition's input against the definition. All faults are told at once.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::rules::unknown_agency;
use crate::agency::{AgencyId, TextId, UserId};
use crate::command::{Command, Context, LegalBasis};
use crate::definition::{FieldType, InputRule, Required, TEXT_MAX, Transition};
use crate::person::check_text;
use crate::policy::Permit;
use crate::refusal::{FieldError, Refusal};
use crate::vocabulary::Language;

/// What was said, valid.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) codes: BTreeMap<String, String>,
    /// Texts as given; they get ids when they are written.
    pub(super) free_texts: BTreeMap<String, String>,
    pub(super) texts: BTreeMap<String, TextId>,
    pub(super) agency: Option<AgencyId>,
    pub(super) person: Option<UserId>,
    pub(super) basis: Option<LegalBasis>,
}

impl Input {
    pub(super) fn read(
        transition: &Transition,
        command: &Command,
        permit: Permit,
        context: &Context<'_>,
    ) -> Result<Self, Refusal> {
        let mut input = Self::default();
        let mut faults = Vec::new();
        for name in command.input.keys() {
            if !transition.input.iter().any(|rule| rule.field.name == *name) {
                faults.push(unknown_field(name, &transition.input));
            }
        }
        for rule in &transition.input {
            let pointer = format!("/input/{}", rule.field.name);
            match given(&command.input, rule) {
                Some(value) => input.take(rule, &value, &pointer, permit, context, &mut faults),
                None if rule.required == Required::Always => faults.push(FieldError::required(pointer)),
                None => {}
            }
        }
        if let Some(note) = &command.note {
            faults.extend(check_text("/note", note, TEXT_MAX));
        }
        let other = input.codes.values().any(|code| code == "other");
        for rule in transition
            .input
            .iter()
            .filter(|rule| other && rule.required == Required::WhenOther)
        {
            if !input.free_texts.contains_key(&rule.field.name) {
                faults.push(FieldError::required(format!("/input/{}", rule.field.name)));
            }
        }
        if faults.is_empty() {
            Ok(input)
        } else {
            Err(Refusal::of_fields(faults))
        }
    }

    fn take(
        &mut self,
        rule: &InputRule,
        value: &Value,
        pointer: &str,
        permit: Permit,
        context: &Context<'_>,
        faults: &mut Vec<FieldError>,
    ) {
        let name = rule.field.name.clone();
        if rule.field.kind == FieldType::LegalBasis {
            match legal_basis(value, pointer) {
                Ok(basis) => self.basis = Some(basis),
                Err(wrong) => faults.extend(wrong),
            }
            return;
        }
        let Some(text) = value.as_str() else {
            faults.push(FieldError::new(
                pointer,
                "wrong-type",
                "Må være en tekst.",
                "Must be a string.",
            ));
            return;
        };
        match rule.field.kind {
            FieldType::Text => match check_text(pointer, text, TEXT_MAX) {
                Some(fault) => faults.push(fault),
                None => {
                    self.free_texts.insert(name, text.to_owned());
                }
            },
            FieldType::DeclineCode
            | FieldType::Outcome
            | FieldType::HoldCode
            | FieldType::RegisterCode
            | FieldType::ConclusionCode => {
                let codes = rule.field.kind.codes(Language::Nb).unwrap_or_default();
                if codes.iter().any(|(code, _)| *code == text) {
                    self.codes.insert(name, text.to_owned());
                } else {
                    let allowed = codes.iter().map(|(code, _)| *code).collect::<Vec<_>>().join(", ");
                    faults.push(FieldError::new(
                        pointer,
                        "unknown-code",
                        format!("Velg en av: {allowed}."),
                        format!("Choose one of: {allowed}."),
                    ));
                }
            }
            FieldType::Agency => match context.agencies.by_name(text) {
                Some(agency) => self.agency = Some(agency.id),
                None => faults.push(unknown_agency(pointer)),
            },
            FieldType::Person => match colleague(text, permit, context) {
                Some(user) => self.person = Some(user),
                None => faults.push(FieldError::new(
                    pointer,
                    "not-a-colleague",
                    "Velg en saksbehandler i deres egen enhet.",
                    "Choose a caseworker of your own agency.",
                )),
            },
            FieldType::LegalBasis => {} // taken above: it is an object
        }
    }
}

fn given(input: &Map<String, Value>, rule: &InputRule) -> Option<Value> {
    input
        .get(&rule.field.name)
        .filter(|value| !value.is_null())
        .cloned()
        .or_else(|| rule.field.default.clone().map(Value::from))
}

fn colleague(text: &str, permit: Permit, context: &Context<'_>) -> Option<UserId> {
    if text == "me" {
        return Some(permit.user());
    }
    let user = Uuid::parse_str(text).ok().map(UserId)?;
    let known = context.colleague.filter(|colleague| colleague.user == user)?;
    known.agencies.contains(&permit.agency()).then_some(user)
}

fn legal_basis(value: &Value, pointer: &str) -> Result<LegalBasis, Vec<FieldError>> {
    // What serde says of a fault may repeat the value, so it is not passed on.
    let Ok(basis) = serde_json::from_value::<LegalBasis>(value.clone()) else {
        return Err(vec![FieldError::new(
            pointer,
            "invalid-legal-basis",
            "Oppgi rettsgrunnlaget som code og reason, og ved samtykke consent med by, age og scope.",
            "Give the legal basis as code and reason, and for consent also consent with by, age and scope.",
        )]);
    };
    let faults = basis.check(pointer);
    if faults.is_empty() { Ok(basis) } else { Err(faults) }
}

fn unknown_field(name: &str, rules: &[InputRule]) -> FieldError {
    let allowed = rules
        .iter()
        .map(|rule| rule.field.name.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let pointer = format!("/input/{}", name.replace('~', "~0").replace('/', "~1"));
    if allowed.is_empty() {
        return FieldError::new(
            pointer,
            "unknown-field",
            "Handlingen tar ingen felt.",
            "The action takes no fields.",
        );
    }
    FieldError::new(
        pointer,
        "unknown-field",
        format!("Ukjent felt. Handlingen tar: {allowed}."),
        format!("Unknown field. The action takes: {allowed}."),
    )
}
