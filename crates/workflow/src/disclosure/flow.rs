//! Between whom something flows, and how.

use serde::Deserialize;

use crate::agency::AgencyFacts;
use crate::vocabulary::{AgencyKind, LegalBasisCode, codes};

/// Whether something flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// The receiver sees it.
    Flows,
    /// The receiver sees it as far as the consent covers it.
    WithinScope,
    /// It stays with the sender, who is told so beforehand.
    Withheld,
    /// Nothing is sent as long as it is in it.
    Refused,
}

codes! {
    /// Why somebody may come to know something: a legal basis, or that they must decide who is responsible.
    Ground, "disclosure-ground" {
        Consent = "consent", "samtykke", "consent";
        DutyToReport = "duty-to-report", "meldeplikt", "duty to report";
        OrderToDisclose = "order-to-disclose", "pålegg", "order to disclose";
        RightToDisclose = "right-to-disclose", "opplysningsrett", "right to disclose";
        DangerToLife = "danger-to-life", "fare for liv og helse", "danger to life and health";
        DutyToAvert = "duty-to-avert", "avvergingsplikt", "duty to avert";
        Necessity = "necessity", "nødrett", "necessity";
        AnonymousConsultation = "anonymous-consultation", "anonymisert drøfting", "anonymous consultation";
        Allocation = "allocation", "avgjørelse av ansvar", "deciding who is responsible";
    }
}

impl From<LegalBasisCode> for Ground {
    fn from(basis: LegalBasisCode) -> Self {
        match basis {
            LegalBasisCode::Consent => Self::Consent,
            LegalBasisCode::DutyToReport => Self::DutyToReport,
            LegalBasisCode::OrderToDisclose => Self::OrderToDisclose,
            LegalBasisCode::RightToDisclose => Self::RightToDisclose,
            LegalBasisCode::DangerToLife => Self::DangerToLife,
            LegalBasisCode::DutyToAvert => Self::DutyToAvert,
            LegalBasisCode::Necessity => Self::Necessity,
            LegalBasisCode::AnonymousConsultation => Self::AnonymousConsultation,
        }
    }
}

/// What the rules must know of an agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party {
    /// Its kind.
    pub kind: AgencyKind,
    /// Whether it carries out tasks for a public body.
    pub public_tasks: bool,
}

impl From<&AgencyFacts> for Party {
    fn from(facts: &AgencyFacts) -> Self {
        Self {
            kind: facts.kind,
            public_tasks: facts.public_tasks,
        }
    }
}

/// From whom to whom, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// Who tells.
    pub sender: Party,
    /// Who is told.
    pub receiver: Party,
    /// Why they may be.
    pub ground: Ground,
}
