//! Schemas of the engine's codes and values for the OpenAPI document. The engine itself knows nothing of it.

use stafett_workflow::outreach::{Acquaintance, ContactOutcome, Sex};
use stafett_workflow::vocabulary::{
    AddressProtection, AgeBand, AgencyKind, Answer, CapacityNote, CapacityStatus, CaseState, Code, ConsentGiver,
    CoverState, HandoffState, LegalBasisCode, Need, PersonFlag, ReferralState, ResidenceStatus, Urgency,
};
use utoipa::openapi::schema::{Array, Object, ObjectBuilder, SchemaType, Type};

fn code<C: Code>() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(C::ALL.iter().map(|code| code.as_str())))
        .build()
}

/// Declares one schema function, and one for a list of it, for each closed list.
macro_rules! code_schemas {
    ($($one:ident, $many:ident => $code:ty;)+) => {
        $(
            /// One code.
            pub fn $one() -> Object {
                code::<$code>()
            }

            /// Several codes.
            pub fn $many() -> Array {
                Array::new($one())
            }
        )+
    };
}

code_schemas! {
    urgency, urgencies => Urgency;
    need, needs => Need;
    agency_kind, agency_kinds => AgencyKind;
    referral_state, referral_states => ReferralState;
    handoff_state, handoff_states => HandoffState;
    legal_basis, legal_bases => LegalBasisCode;
    consent_giver, consent_givers => ConsentGiver;
    person_flag, person_flags => PersonFlag;
    address_protection, address_protections => AddressProtection;
    residence_status, residence_statuses => ResidenceStatus;
    capacity_status, capacity_statuses => CapacityStatus;
    capacity_note, capacity_notes => CapacityNote;
    case_state, case_states => CaseState;
    cover_state, cover_states => CoverState;
    answer, answers => Answer;
    age_band, age_bands => AgeBand;
    acquaintance, acquaintances => Acquaintance;
    sex, sexes => Sex;
    contact_outcome, contact_outcomes => ContactOutcome;
}

/// The same where null is an answer as well.
pub mod nullable {
    use stafett_workflow::vocabulary::{AgencyKind, Code, Need, ResidenceStatus, Urgency};
    use utoipa::openapi::schema::{Array, Object, ObjectBuilder, SchemaType, Type};

    fn code<C: Code>() -> Object {
        let codes = C::ALL.iter().map(|code| serde_json::Value::from(code.as_str()));
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .enum_values(Some(codes.chain([serde_json::Value::Null])))
            .build()
    }

    fn several(one: Object) -> Array {
        let mut several = Array::new(one);
        several.schema_type = SchemaType::from_iter([Type::Array, Type::Null]);
        several
    }

    /// A residence status, or null.
    pub fn residence_status() -> Object {
        code::<ResidenceStatus>()
    }

    /// Residence statuses, or null.
    pub fn residence_statuses() -> Array {
        several(super::code::<ResidenceStatus>())
    }

    /// Needs, or null.
    pub fn needs() -> Array {
        several(super::code::<Need>())
    }

    /// Urgencies, or null.
    pub fn urgencies() -> Array {
        several(super::code::<Urgency>())
    }

    /// Kinds of agencies, or null.
    pub fn agency_kinds() -> Array {
        several(super::code::<AgencyKind>())
    }

    /// An object whose shape is told elsewhere, or null.
    pub fn any_object() -> Object {
        let mut object = super::any_object();
        object.schema_type = SchemaType::from_iter([Type::Object, Type::Null]);
        object
    }
}

/// An object whose shape depends on the definition.
pub fn any_object() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Object))
        .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::FreeForm(true)))
        .build()
}
