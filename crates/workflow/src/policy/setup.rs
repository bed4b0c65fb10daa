//! Who may set up an agency: its facts, its people, its agreements, its deputies.
//!
//! [`super::verdict`] says which roles may at all; this file adds *where*. An administrator's word holds in the agency of the
//! role and in its units, nowhere else. Whoever runs the installation may set up every agency, but makes no agreement for
//! it and names nobody's deputy: those are the agencies' own affairs.

use super::{Actor, Operation, Relation, Verdict, verdict};
use crate::agency::{AgencyId, UserId};
use crate::vocabulary::Role;

/// A right to set up one agency, now: who, and in which role. Only the policy makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetupPermit {
    user: UserId,
    agency: AgencyId,
    role: Role,
}

impl SetupPermit {
    /// Who acts.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// Which agency is set up.
    #[must_use]
    pub const fn agency(&self) -> AgencyId {
        self.agency
    }

    /// In which role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Whether a role may be given or taken with this permit. Roles that reach across agencies are given only by whoever runs
    /// the installation, so that nobody climbs by way of an agency.
    #[must_use]
    pub const fn may_give(&self, role: Role) -> bool {
        match role {
            Role::Worker | Role::Lead | Role::AgencyAdmin | Role::Integration => true,
            Role::Coordinator | Role::Auditor | Role::SystemAdmin => matches!(self.role, Role::SystemAdmin),
        }
    }
}

/// Whether `actor` may carry out `operation`, which sets something up, on `agency`, a unit of `parent`. The strongest role
/// of theirs that allows it counts.
///
/// # Errors
/// [`Verdict::Forbidden`] when no role of theirs allows it there.
pub fn permit_setup(
    actor: &Actor,
    operation: Operation,
    agency: AgencyId,
    parent: Option<AgencyId>,
) -> Result<SetupPermit, Verdict> {
    let reaches = |role: Role, held_in: Option<AgencyId>| match role {
        Role::SystemAdmin => true,
        Role::AgencyAdmin => {
            held_in == Some(agency) || (held_in.is_some() && held_in == parent && reaches_down(operation))
        }
        Role::Worker | Role::Lead | Role::Integration | Role::Coordinator | Role::Auditor => held_in == Some(agency),
    };
    let allowing = actor.memberships.iter().filter(|membership| {
        verdict(membership.role, operation, Relation::Outsider) == Verdict::Allowed
            && reaches(membership.role, membership.agency)
    });
    allowing
        .map(|membership| membership.role)
        .max_by_key(|role| strength(*role))
        .map(|role| SetupPermit {
            user: actor.user,
            agency,
            role,
        })
        .ok_or(Verdict::Forbidden)
}

/// Which roles may do it in an agency where they are held.
pub(super) const fn may(role: Role, operation: Operation) -> bool {
    match operation {
        Operation::CreateAgency | Operation::SetUpAgency | Operation::ManageStaff | Operation::ManageWebhooks => {
            matches!(role, Role::AgencyAdmin | Role::SystemAdmin)
        }
        // Whoever assigns must know to whom.
        Operation::ReadStaff => !matches!(role, Role::Auditor),
        Operation::ReadAgreements => true,
        Operation::ManageAgreements => matches!(role, Role::Lead | Role::AgencyAdmin),
        Operation::ReadDeputies => !matches!(role, Role::Auditor | Role::SystemAdmin),
        Operation::ManageDeputies => matches!(role, Role::Worker | Role::Lead | Role::AgencyAdmin),
        Operation::ReadRetention => matches!(role, Role::Lead | Role::AgencyAdmin | Role::SystemAdmin),
        // What is kept for how long is the agency's own affair; nobody else makes it shorter.
        Operation::ManageRetention => matches!(role, Role::Lead | Role::AgencyAdmin),
        // A witness stands against whoever runs the installation, so that one names none.
        Operation::ManageWitness => matches!(role, Role::AgencyAdmin),
        // Whoever leads answers for who looked; nobody else needs to know what colleagues read.
        Operation::ReviewLooks | Operation::ReviewGlass | Operation::SettleHints => matches!(role, Role::Lead),
        Operation::ReadMe
        | Operation::ReadDirectory
        | Operation::ReadWorkflows
        | Operation::CreateReferral
        | Operation::ListReferrals
        | Operation::ReadReferral
        | Operation::EditDraft
        | Operation::ReadTimeline
        | Operation::ReadMessages
        | Operation::PostMessage
        | Operation::ReadAttachments
        | Operation::ChangeAttachments
        | Operation::HoldReferral
        | Operation::EraseReferral
        | Operation::ReadInsight
        | Operation::ReadDueErasures
        | Operation::ReadAccessLog
        | Operation::BreakGlass
        | Operation::SnoozeReferral
        | Operation::Transition(_)
        | Operation::ReadReports
        | Operation::ListReported
        | Operation::ReadReconciliation
        | Operation::ReadEvents
        | Operation::ReadIncidents
        | Operation::TakeIncident
        | Operation::ReadRouting
        | Operation::ReportCapacity
        | Operation::ManageDefinitions
        | Operation::SearchReferrals
        | Operation::RectifyPerson
        | Operation::OpenCase
        | Operation::ListCases
        | Operation::ReadCase
        | Operation::ReadCaseTimeline
        | Operation::ChangeCase(_)
        | Operation::TransitionMany
        | Operation::ReadOutreach
        | Operation::KeepOutreach
        | Operation::ReadOutreachReport
        | Operation::ReadCheckpoint
        | Operation::ReadAuditEntries
        | Operation::ReadReferralProof
        | Operation::CosignCheckpoint
        | Operation::ChangeMe => false,
    }
}

/// What the administrator of an agency also does for its units. A unit makes its own agreements and knows its own people's
/// holidays. It also decides itself who works there: a unit shares nothing with the agency above, and whoever can hand out its
/// roles and passwords can read its referrals.
const fn reaches_down(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::CreateAgency | Operation::SetUpAgency | Operation::ReadStaff
    )
}

const fn strength(role: Role) -> u8 {
    match role {
        Role::SystemAdmin => 3,
        Role::AgencyAdmin => 2,
        Role::Lead => 1,
        Role::Worker | Role::Integration | Role::Coordinator | Role::Auditor => 0,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::policy::Membership;
    use crate::vocabulary::{Code, Language};

    const HERE: AgencyId = AgencyId(Uuid::from_u128(1));
    const PARENT: AgencyId = AgencyId(Uuid::from_u128(2));
    const ELSEWHERE: AgencyId = AgencyId(Uuid::from_u128(3));

    const SETUP: [Operation; 14] = [
        Operation::CreateAgency,
        Operation::SetUpAgency,
        Operation::ReadStaff,
        Operation::ManageStaff,
        Operation::ReadAgreements,
        Operation::ManageAgreements,
        Operation::ReadDeputies,
        Operation::ManageDeputies,
        Operation::ReviewLooks,
        Operation::ReadRetention,
        Operation::ManageRetention,
        Operation::ReviewGlass,
        Operation::SettleHints,
        Operation::ManageWitness,
    ];

    fn actor(memberships: &[(Role, Option<AgencyId>)]) -> Actor {
        Actor {
            user: UserId(Uuid::from_u128(9)),
            language: Language::Nb,
            memberships: memberships
                .iter()
                .map(|&(role, agency)| Membership { agency, role })
                .collect(),
        }
    }

    fn may_here(role: Role, held_in: Option<AgencyId>, operation: Operation) -> bool {
        permit_setup(&actor(&[(role, held_in)]), operation, HERE, Some(PARENT)).is_ok()
    }

    #[test]
    fn an_agencys_roles_count_in_that_agency_only() {
        for operation in SETUP {
            for role in Role::ALL.iter().copied().filter(|role| *role != Role::SystemAdmin) {
                assert!(!may_here(role, Some(ELSEWHERE), operation), "{role} {operation}");
                assert!(!may_here(role, None, operation), "{role} {operation}");
                assert_eq!(
                    may_here(role, Some(HERE), operation),
                    may(role, operation),
                    "{role} {operation}"
                );
            }
        }
    }

    #[test]
    fn an_administrator_sets_up_the_units_below_and_speaks_for_none_of_them() {
        let below: Vec<_> = SETUP
            .into_iter()
            .filter(|operation| may_here(Role::AgencyAdmin, Some(PARENT), *operation))
            .collect();
        assert_eq!(below, SETUP[..3]);
        for role in Role::ALL.iter().copied() {
            if !matches!(role, Role::AgencyAdmin | Role::SystemAdmin) {
                assert!(
                    SETUP
                        .into_iter()
                        .all(|operation| !may_here(role, Some(PARENT), operation)),
                    "{role}"
                );
            }
        }
    }

    #[test]
    fn nobody_gives_across_agencies_but_who_runs_the_installation() {
        let give = |role: Role, operator: Role| {
            let by = actor(&[(operator, Some(HERE))]);
            permit_setup(&by, Operation::ManageStaff, HERE, None).is_ok_and(|permit| permit.may_give(role))
        };
        for role in Role::ALL {
            assert!(give(*role, Role::SystemAdmin));
            let across = matches!(role, Role::Coordinator | Role::Auditor | Role::SystemAdmin);
            assert_eq!(give(*role, Role::AgencyAdmin), !across, "{role}");
            assert!(!give(*role, Role::Lead));
        }
    }

    #[test]
    fn the_strongest_role_counts() {
        let both = actor(&[
            (Role::Worker, Some(HERE)),
            (Role::AgencyAdmin, Some(HERE)),
            (Role::SystemAdmin, None),
        ]);
        let permit = permit_setup(&both, Operation::ReadStaff, HERE, None).unwrap();
        assert_eq!(
            (permit.role(), permit.user(), permit.agency()),
            (Role::SystemAdmin, both.user, HERE)
        );
    }
}
