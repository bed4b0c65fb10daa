//! The policy's answers as values: a [`Scope`] to read in, a [`Permit`] to do one thing. Nothing else makes either.

use chrono::{DateTime, Utc};

use super::{Actor, Membership, Operation, Relation, Verdict, reads_cases, verdict};
use crate::agency::{AgencyId, ReferralId, UserId};
use crate::case::CaseRelation;
use crate::glass::Glass;
use crate::insight::Insight;
use crate::referral::Referral;
use crate::vocabulary::{AddressProtection, AgencyKind, Role};

/// What a reader may know of: the referrals of some agencies, or, for a few tasks, all. Only the policy makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    agencies: Option<Vec<AgencyId>>,
    /// Who reads, for what not everybody of an agency may see.
    person: Option<UserId>,
    /// Where they may see all that the agency may.
    leads: Vec<AgencyId>,
    only: Option<ReferralId>,
}

impl Scope {
    /// The agencies whose referrals are within; empty when [`Scope::is_all`].
    #[must_use]
    pub fn agencies(&self) -> &[AgencyId] {
        self.agencies.as_deref().unwrap_or_default()
    }

    /// Who reads; nobody in particular for a task of the system.
    #[must_use]
    pub const fn person(&self) -> Option<UserId> {
        self.person
    }

    /// The agencies among them in which they see also what is kept to a [circle](super::in_circle).
    #[must_use]
    pub fn leads(&self) -> &[AgencyId] {
        &self.leads
    }

    /// Whether nothing is outside.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.agencies.is_none() && self.only.is_none()
    }

    /// The one referral to which it is narrowed, whoever takes part in it: that behind a broken glass.
    #[must_use]
    pub const fn only(&self) -> Option<ReferralId> {
        self.only
    }
}

/// The scope in which `actor` may carry out an operation that reads: the agencies where a role of theirs allows it.
///
/// # Errors
/// [`Verdict::Forbidden`] when no role of theirs allows it at all.
pub fn scope(actor: &Actor, operation: Operation) -> Result<Scope, Verdict> {
    // The relation is the list's to test: being in scope means taking part.
    let allowed = |membership: &&Membership| {
        verdict(membership.role, operation, Relation::Participant) == Verdict::Allowed
            || ((operation.is_about_referral() || operation.is_about_case()) && reads_cases(membership.role))
    };
    let (mut agencies, mut leads) = (Vec::new(), Vec::new());
    let mut any = false;
    for membership in actor.memberships.iter().filter(allowed) {
        any = true;
        // Aggregates of the whole relay are for those who watch it; nobody reads single referrals that way.
        let aggregates = matches!(operation, Operation::ReadReports | Operation::ReadOutreachReport);
        if aggregates && matches!(membership.role, Role::Auditor | Role::Coordinator) {
            return Ok(Scope::of_all());
        }
        agencies.extend(membership.agency);
        if matches!(membership.role, Role::Lead | Role::Coordinator) {
            leads.extend(membership.agency);
        }
    }
    for list in [&mut agencies, &mut leads] {
        list.sort_unstable();
        list.dedup();
    }
    match any {
        true => Ok(Scope {
            agencies: Some(agencies),
            person: Some(actor.user),
            leads,
            only: None,
        }),
        false if operation.is_about_referral() || operation.is_about_case() => Err(Verdict::Hidden),
        false => Err(Verdict::Forbidden),
    }
}

/// The tasks of the system itself that must see every referral. They run without a person behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemTask {
    /// Compare everything stored with the laws.
    Reconcile,
    /// Make the synthetic world of a demo.
    SeedDemo,
    /// Tell people of limits that draw near or are missed.
    RunClocks,
    /// Tell those who look on what has changed; each hears of what they may know.
    TellChanges,
    /// Move running referrals to another version of their workflow.
    MigrateReferrals,
    /// Find whose data is to be erased.
    Erase,
    /// Gather everything about one youth, on the word of whoever answers for the installation.
    Insight,
    /// Judge whether looks were unusual.
    JudgeLooks,
    /// Find a referral whose glass is broken, and tell those whose it is.
    BreakGlass,
    /// Find out that two agencies follow the same youth.
    FindHints,
    /// Make the keys by which a youth is found again, for what was stored before there were any.
    IndexPersons,
    /// Note what those know whose part has ended, for what was stored before that was noted.
    NoteParts,
}

impl Scope {
    /// One agency's own outreach register, to hold an entry against what it names there.
    #[must_use]
    pub fn of_register(permit: &Permit) -> Self {
        Self {
            agencies: Some(vec![permit.agency]),
            person: Some(permit.user),
            leads: Vec::new(),
            only: None,
        }
    }

    /// The scope of a task of the system.
    #[must_use]
    pub const fn for_system(_task: SystemTask) -> Self {
        Self::of_all()
    }

    const fn of_all() -> Self {
        Self {
            agencies: None,
            person: None,
            leads: Vec::new(),
            only: None,
        }
    }
}

/// Whether somebody of an agency that may know of a referral is in the circle of those who may see it there. An address that is
/// protected makes it smaller: leads, whoever wrote it, and whoever is or was responsible for a leg of it; and as long as nobody
/// is responsible for what was sent to the agency, everybody who does casework, for somebody must take it.
#[must_use]
pub const fn in_circle(protection: AddressProtection, role: Role, own: bool, waits_for_somebody: bool) -> bool {
    match protection {
        AddressProtection::None => true,
        AddressProtection::Confidential | AddressProtection::StrictlyConfidential => {
            own || waits_for_somebody || matches!(role, Role::Lead | Role::Coordinator)
        }
    }
}

/// A right to do one thing, now: who, for which agency, in which role. Only the policy makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    user: UserId,
    agency: AgencyId,
    role: Role,
    relation: Relation,
}

impl Permit {
    /// Who acts.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// For which agency.
    #[must_use]
    pub const fn agency(&self) -> AgencyId {
        self.agency
    }

    /// In which role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// How the agency stood to the referral.
    #[must_use]
    pub const fn relation(&self) -> Relation {
        self.relation
    }
}

/// Whether and for whom `actor` may carry out `operation` on `referral`. The first allowing membership counts.
///
/// # Errors
/// [`Verdict::Hidden`] when no membership may know of the referral, else [`Verdict::Forbidden`].
pub fn permit(actor: &Actor, operation: Operation, referral: &Referral) -> Result<Permit, Verdict> {
    let mut refusal = Verdict::Hidden;
    for membership in &actor.memberships {
        let Some(agency) = membership.agency else { continue };
        let shut_out = shut_out(agency, referral) && !operation.reads_referral();
        for relation in Relation::all_of(agency, referral) {
            match verdict(membership.role, operation, relation) {
                Verdict::Allowed if shut_out => refusal = Verdict::Forbidden,
                Verdict::Allowed => {
                    return Ok(Permit {
                        user: actor.user,
                        agency,
                        role: membership.role,
                        relation,
                    });
                }
                Verdict::Forbidden => refusal = Verdict::Forbidden,
                Verdict::Hidden => {}
            }
        }
    }
    Err(refusal)
}

/// Whether the referral was taken back from an agency, or came to it by mistake: then it may look at that, and do nothing.
fn shut_out(agency: AgencyId, referral: &Referral) -> bool {
    match Insight::of(referral, &[agency]) {
        Insight::Whole => false,
        Insight::Past(past) => !past.keeps(),
    }
}

/// Whether and for whom `actor` may carry out `operation` on a case to which an agency stands as `standing` says. The first
/// allowing membership counts.
///
/// # Errors
/// [`Verdict::Hidden`] when no membership may know of the case, else [`Verdict::Forbidden`].
pub fn permit_case(
    actor: &Actor,
    operation: Operation,
    standing: impl Fn(AgencyId) -> CaseRelation,
) -> Result<Permit, Verdict> {
    let mut refusal = Verdict::Hidden;
    for membership in &actor.memberships {
        let Some(agency) = membership.agency else { continue };
        let relation = standing(agency).relation();
        match verdict(membership.role, operation, relation) {
            Verdict::Allowed => {
                return Ok(Permit {
                    user: actor.user,
                    agency,
                    role: membership.role,
                    relation,
                });
            }
            Verdict::Forbidden => refusal = Verdict::Forbidden,
            Verdict::Hidden => {}
        }
    }
    Err(refusal)
}

/// Whether `actor` may open a case that `agency` coordinates.
///
/// # Errors
/// [`Verdict::Forbidden`] when no role of theirs in that agency allows it.
pub fn permit_open_case(actor: &Actor, agency: AgencyId) -> Result<Permit, Verdict> {
    actor
        .memberships
        .iter()
        .find(|membership| {
            membership.agency == Some(agency)
                && verdict(membership.role, Operation::OpenCase, Relation::Outsider) == Verdict::Allowed
        })
        .map(|membership| Permit {
            user: actor.user,
            agency,
            role: membership.role,
            relation: Relation::Coordinator,
        })
        .ok_or(Verdict::Forbidden)
}

/// Whether `actor` may look for a youth, and for which agency they then look: the first in which they may.
///
/// # Errors
/// [`Verdict::Forbidden`] when no role of theirs allows it.
pub fn permit_search(actor: &Actor) -> Result<Permit, Verdict> {
    actor
        .memberships
        .iter()
        .filter(|membership| {
            verdict(membership.role, Operation::SearchReferrals, Relation::Outsider) == Verdict::Allowed
        })
        .find_map(|membership| {
            Some(Permit {
                user: actor.user,
                agency: membership.agency?,
                role: membership.role,
                relation: Relation::Participant,
            })
        })
        .ok_or(Verdict::Forbidden)
}

/// Whether `actor` may break the glass for `agency`: they are a person who does casework there, and it has no part in the referral.
///
/// # Errors
/// [`Verdict::Forbidden`] when no role of theirs in that agency allows it.
pub fn permit_break_glass(actor: &Actor, agency: AgencyId) -> Result<Permit, Verdict> {
    actor
        .memberships
        .iter()
        .find(|membership| {
            membership.agency == Some(agency)
                && verdict(membership.role, Operation::BreakGlass, Relation::Outsider) == Verdict::Allowed
        })
        .map(|membership| Permit {
            user: actor.user,
            agency,
            role: membership.role,
            relation: Relation::Outsider,
        })
        .ok_or(Verdict::Forbidden)
}

/// What a broken glass lets `actor` read now: one referral, as long as it is open, and as long as they would still be let to
/// break it.
#[must_use]
pub fn permit_through_glass(actor: &Actor, glass: &Glass, now: DateTime<Utc>) -> Option<(Permit, Scope)> {
    if actor.user != glass.by.user || !glass.is_open(now) {
        return None;
    }
    let permit = permit_break_glass(actor, glass.by.agency).ok()?;
    let scope = Scope {
        agencies: Some(Vec::new()),
        person: Some(actor.user),
        leads: Vec::new(),
        only: Some(glass.referral),
    };
    Some((permit, scope))
}

/// Whether `actor` may keep the outreach register of an agency of this kind.
///
/// # Errors
/// [`Verdict::Forbidden`] when no role of theirs in that agency allows it, or it is no outreach service.
pub fn permit_register(actor: &Actor, agency: AgencyId, kind: AgencyKind) -> Result<Permit, Verdict> {
    actor
        .memberships
        .iter()
        .filter(|_| kind == AgencyKind::Outreach)
        .find(|membership| {
            membership.agency == Some(agency)
                && verdict(membership.role, Operation::KeepOutreach, Relation::Outsider) == Verdict::Allowed
        })
        .map(|membership| Permit {
            user: actor.user,
            agency,
            role: membership.role,
            relation: Relation::Participant,
        })
        .ok_or(Verdict::Forbidden)
}

/// Whether `actor` may create a referral that `sender` sends.
///
/// # Errors
/// [`Verdict::Forbidden`] when no role of theirs in that agency allows it.
pub fn permit_create(actor: &Actor, sender: AgencyId) -> Result<Permit, Verdict> {
    actor
        .memberships
        .iter()
        .find(|membership| {
            membership.agency == Some(sender)
                && verdict(membership.role, Operation::CreateReferral, Relation::Sender) == Verdict::Allowed
        })
        .map(|membership| Permit {
            user: actor.user,
            agency: sender,
            role: membership.role,
            relation: Relation::Sender,
        })
        .ok_or(Verdict::Forbidden)
}
