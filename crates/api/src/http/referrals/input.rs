//! What a client says when it writes a referral.

use serde::{Deserialize, Deserializer, Serialize};
use stafett_workflow::command::{Consent, LegalBasis};
use stafett_workflow::content::{Content, Informed};
use stafett_workflow::disclosure::Field;
use stafett_workflow::identifier::{Identifier, IdentifierKind, InstanceKind};
use stafett_workflow::person::{Person, Protection, Whereabouts};
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::{
    AddressProtection, ConsentGiver, Language, LegalBasisCode, Need, PersonFlag, ResidenceStatus, Urgency,
};
use utoipa::ToSchema;

use crate::app::referrals::create::unknown_parent;
use crate::app::referrals::{NewDraft, Patch, parse_name};
use crate::http::schema;

/// A referral as it is written. Everything but the workflow, the sender and the urgency may still be missing in a draft;
/// what must be there to send it is told all at once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReferralIn {
    /// The workflow's id; the newest version is taken.
    #[schema(example = "concern-report")]
    pub workflow: String,
    /// One of the caller's agencies, by slug or id.
    #[schema(example = "uteseksjonen")]
    pub sender: String,
    /// The receiver, by slug or id.
    #[schema(example = "barnevernvakten")]
    pub receiver: Option<String>,
    /// The youth, as far as known.
    pub person: Option<PersonIn>,
    /// What the youth needs.
    #[serde(default)]
    #[schema(schema_with = schema::needs)]
    pub needs: Vec<Need>,
    /// How soon somebody must act.
    #[schema(schema_with = schema::urgency)]
    pub urgency: Urgency,
    /// Why the sender may tell the receiver.
    pub legal_basis: Option<LegalBasisIn>,
    /// Who of the family has been told.
    pub informed: Option<InformedIn>,
    /// What has happened.
    #[schema(max_length = 20_000)]
    pub summary: Option<String>,
    /// The referral that this one grew out of, by id or reference: a request for advice that became more, or a new need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Whether to send at once.
    #[serde(default)]
    pub send: bool,
}

/// A youth, as far as known: unknown is normal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonIn {
    /// What they are called; often all there is.
    #[schema(example = "K.", max_length = 200)]
    pub alias: Option<String>,
    /// The name, when it is known.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// Age in whole years, often a guess.
    #[schema(example = 16, minimum = 0, maximum = 120)]
    pub estimated_age: Option<u8>,
    /// A number, only when it is needed.
    pub identifier: Option<IdentifierIn>,
    /// Where they are staying.
    pub whereabouts: Option<WhereaboutsIn>,
    /// By which right they are in the country; unknown is normal.
    #[schema(schema_with = schema::nullable::residence_status)]
    pub residence_status: Option<ResidenceStatus>,
    /// What is particular.
    #[serde(default)]
    #[schema(schema_with = schema::person_flags)]
    pub flags: Vec<PersonFlag>,
    /// The language they speak best.
    #[schema(example = "nb")]
    pub language: Option<String>,
    /// Whether an interpreter is needed.
    #[serde(default)]
    pub interpreter: bool,
    /// Address protection.
    #[serde(default = "no_protection")]
    #[schema(schema_with = schema::address_protection)]
    pub address_protection: AddressProtection,
}

/// An identity number with its kind: `fnr`, `d-number`, `h-number`, `fh-number`, `duf` or `none`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentifierIn {
    /// Its kind.
    #[serde(rename = "type")]
    #[schema(example = "fnr")]
    pub kind: String,
    /// The digits.
    #[schema(example = "17912099997")]
    pub value: Option<String>,
}

impl std::fmt::Debug for IdentifierIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdentifierIn")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Where somebody is staying.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WhereaboutsIn {
    /// Municipality number; Oslo is 0301.
    #[schema(example = "0301")]
    pub municipality: String,
    /// District number.
    #[schema(example = "030116")]
    pub district: Option<String>,
}

/// A legal basis with its reason, and the consent when it is one.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LegalBasisIn {
    /// The basis.
    #[schema(schema_with = schema::legal_basis)]
    pub code: LegalBasisCode,
    /// Why it applies here.
    #[schema(max_length = 4_000)]
    pub reason: String,
    /// Who consented to what.
    pub consent: Option<ConsentIn>,
}

/// A consent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentIn {
    /// Who gave it.
    #[schema(schema_with = schema::consent_giver)]
    pub by: ConsentGiver,
    /// How old the youth was.
    #[schema(example = 16)]
    pub age: u8,
    /// To what.
    #[schema(max_length = 4_000)]
    pub scope: String,
    /// To telling what, as codes of the list `disclosure-field`: what is not among them stays with the sender. Needs, the reason and
    /// who has been told always go along. Left out, the consent covers all that the legal basis lets flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, example = json!(["alias", "age", "summary", "messages"]))]
    pub covers: Option<Vec<Field>>,
}

/// Who has been told.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InformedIn {
    /// Whether the youth knows.
    pub youth: bool,
    /// Whether the guardians know.
    pub guardians: bool,
    /// Why somebody does not.
    #[schema(max_length = 4_000)]
    pub reason: Option<String>,
}

/// A change of a draft, as a JSON merge patch (RFC 7396): what is left out stays, null takes away.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReferralPatch {
    /// The receiver, by slug or id.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub receiver: Option<Option<String>>,
    /// The youth.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<PersonIn>)]
    pub person: Option<Option<PersonIn>>,
    /// What the youth needs.
    #[serde(default)]
    #[schema(schema_with = schema::needs)]
    pub needs: Option<Vec<Need>>,
    /// How soon somebody must act.
    #[serde(default)]
    #[schema(schema_with = schema::urgency)]
    pub urgency: Option<Urgency>,
    /// Why the sender may tell the receiver.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<LegalBasisIn>)]
    pub legal_basis: Option<Option<LegalBasisIn>>,
    /// Who has been told.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<InformedIn>)]
    pub informed: Option<Option<InformedIn>>,
    /// What has happened.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub summary: Option<Option<String>>,
}

/// Keeps "null" apart from "not there".
pub(in crate::http) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

const fn no_protection() -> AddressProtection {
    AddressProtection::None
}

impl ReferralIn {
    /// The draft that the engine takes.
    ///
    /// # Errors
    /// Every field that is wrong by itself.
    pub fn parse(self, instance: InstanceKind) -> Result<NewDraft, Vec<FieldError>> {
        let mut faults = Vec::new();
        let person = self.person.map(|person| person.parse(instance, &mut faults));
        let content = Content {
            needs: distinct(self.needs),
            summary: self.summary,
            informed: self.informed.map(InformedIn::into_value),
        };
        faults.extend(content.check());
        let parent = self.parent.as_deref().map(parse_name);
        if parent == Some(None) {
            faults.push(unknown_parent());
        }
        let parent = parent.flatten();
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(NewDraft {
            workflow: self.workflow,
            sender: self.sender,
            receiver: self.receiver,
            person,
            content,
            urgency: self.urgency,
            basis: self.legal_basis.map(LegalBasisIn::into_value),
            parent,
            send: self.send,
        })
    }
}

impl ReferralPatch {
    /// The change that the engine takes.
    ///
    /// # Errors
    /// Every field that is wrong by itself.
    pub fn parse(self, instance: InstanceKind) -> Result<Patch, Vec<FieldError>> {
        let mut faults = Vec::new();
        let patch = Patch {
            receiver: self.receiver,
            person: self
                .person
                .map(|person| person.map(|person| person.parse(instance, &mut faults))),
            needs: self.needs.map(distinct),
            urgency: self.urgency,
            basis: self.legal_basis.map(|basis| basis.map(LegalBasisIn::into_value)),
            informed: self.informed.map(|informed| informed.map(InformedIn::into_value)),
            summary: self.summary,
        };
        if faults.is_empty() { Ok(patch) } else { Err(faults) }
    }
}

impl PersonIn {
    /// The youth that the engine takes; what is wrong is added to `faults`.
    pub fn parse(self, instance: InstanceKind, faults: &mut Vec<FieldError>) -> Person {
        let identifier = self.identifier.and_then(|identifier| match identifier.parse(instance) {
            Ok(parsed) => parsed,
            Err(fault) => {
                faults.push(fault);
                None
            }
        });
        let person = Person {
            alias: self.alias,
            name: self.name,
            estimated_age: self.estimated_age,
            identifier,
            whereabouts: self.whereabouts.map(|whereabouts| Whereabouts {
                municipality: whereabouts.municipality,
                district: whereabouts.district,
            }),
            residence_status: self.residence_status,
            flags: distinct(self.flags),
            language: self.language,
            interpreter: self.interpreter,
            address_protection: Protection(self.address_protection),
        };
        faults.extend(person.check("/person"));
        person.without_protected_address()
    }
}

impl IdentifierIn {
    /// Which rule failed is told, never the number.
    ///
    /// # Errors
    /// The fault, as one of the person's identifier.
    pub fn parse(self, instance: InstanceKind) -> Result<Option<Identifier>, FieldError> {
        if self.kind == "none" {
            return match self.value {
                None => Ok(None),
                Some(_) => Err(FieldError::new(
                    "/person/identifier/value",
                    "unexpected",
                    "Uten nummer skal verdien utelates.",
                    "Without a number, leave the value out.",
                )),
            };
        }
        let kind: IdentifierKind = self.kind.parse().map_err(|_unknown| {
            FieldError::new(
                "/person/identifier/type",
                "unknown-code",
                "Velg en av: fnr, d-number, h-number, fh-number, duf, none.",
                "Choose one of: fnr, d-number, h-number, fh-number, duf, none.",
            )
        })?;
        let value = self
            .value
            .ok_or_else(|| FieldError::required("/person/identifier/value"))?;
        let identifier = Identifier::parse(kind, &value)
            .and_then(|identifier| identifier.admissible(instance).map(|()| identifier))
            .map_err(|error| {
                let (nb, en) = (error.text(Language::Nb), error.text(Language::En));
                FieldError::new("/person/identifier/value", error.code(), nb, en)
            })?;
        Ok(Some(identifier))
    }
}

impl LegalBasisIn {
    /// The value that the engine takes.
    #[must_use]
    pub fn into_value(self) -> LegalBasis {
        let consent = self.consent.map(|consent| Consent {
            by: consent.by,
            age: consent.age,
            scope: consent.scope,
            covers: consent.covers.map(|covers| covers.into_iter().collect()),
        });
        LegalBasis {
            code: self.code,
            reason: self.reason,
            consent,
        }
    }
}

impl InformedIn {
    /// The value that the engine takes.
    #[must_use]
    pub fn into_value(self) -> Informed {
        Informed {
            youth: self.youth,
            guardians: self.guardians,
            reason: self.reason,
        }
    }
}

/// In order, each once.
#[must_use]
pub fn distinct<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list.dedup();
    list
}
