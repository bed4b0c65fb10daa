//! Schemas of the engine's codes and values for the OpenAPI document. The engine itself knows nothing of it.

use stafett_workflow::vocabulary::{
    AddressProtection, AgencyKind, CapacityNote, CapacityStatus, CaseState, Code, ConsentGiver, CoverState,
    HandoffState, LegalBasisCode, Need, PersonFlag, ReferralState, ResidenceStatus, Urgency,
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
}

/// An object whose shape depends on the definition.
pub fn any_object() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Object))
        .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::FreeForm(true)))
        .build()
}
