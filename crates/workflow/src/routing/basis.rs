//! Which legal bases hold between whom, for what age: the law that decisions refuse by, told beforehand.

use crate::definition::Definition;
use crate::vocabulary::{AgencyKind, LegalBasisCode};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// Its kind.
    pub kind: AgencyKind,
    /// Whether it carries out tasks for a public body.
    pub public_tasks: bool,
    /// Which agency, when it is known: nobody refers to themselves.
    pub agency: Option<crate::agency::AgencyId>,
}

/// Whether a basis holds: admitted by the workflow, and, for the duty to report (bvl § 13-2), towards child welfare, for a
/// child or somebody who may be one, from a sender whom the duty binds.
pub(super) fn holds(
    basis: LegalBasisCode,
    definition: &Definition,
    sender: Sender,
    receiver: AgencyKind,
    age: Option<u8>,
) -> bool {
    if !definition.legal_bases.contains(&basis) {
        return false;
    }
    match basis {
        LegalBasisCode::DutyToReport => {
            let bound = sender.public_tasks || !matches!(sender.kind, AgencyKind::Ngo | AgencyKind::UserOrganisation);
            receiver == AgencyKind::ChildWelfare && age.is_none_or(|age| age < 18) && bound
        }
        LegalBasisCode::Consent
        | LegalBasisCode::OrderToDisclose
        | LegalBasisCode::RightToDisclose
        | LegalBasisCode::DangerToLife
        | LegalBasisCode::DutyToAvert
        | LegalBasisCode::Necessity
        | LegalBasisCode::AnonymousConsultation => true,
    }
}
