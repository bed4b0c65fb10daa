//! Cases: several referrals about one youth, one file for each thing that people do with them.
//!
//! Every answer is made of a [`Seen`]: what the core says that this person sees. Nothing else about a case leaves this
//! module.

pub mod add;
pub mod change;
pub mod list;
pub mod merge;
pub mod open;
pub mod read;
pub mod timeline;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use stafett_store::cases::{self, CaseRecord, StoredMember};
use stafett_store::idempotency::Answer;
use stafett_store::{Handle, Tx};
use stafett_workflow::Refusal;
use stafett_workflow::agency::{AgencyId, CaseId, ReferralId};
use stafett_workflow::case::decide::available;
use stafett_workflow::case::view::look;
use stafett_workflow::case::{Case, CaseContext, Member, Seen, Visibility};
use stafett_workflow::command::Colleague;
use stafett_workflow::content::Content;
use stafett_workflow::policy::{Actor, Scope};
use stafett_workflow::reference::CaseReference;
use stafett_workflow::refusal::{FieldError, Rule};
use stafett_workflow::vocabulary::CaseAction;
use uuid::Uuid;

pub use stafett_store::cases::Name;

use super::AppError;
use super::engine::Engine;
use super::persons::Duplicate;
use super::referrals::view::Names;
use super::referrals::{Asker, NewDraft};

/// The name in an address: an id, or a reference as people write it down.
#[must_use]
pub fn parse_name(name: &str) -> Option<Name> {
    match Uuid::parse_str(name) {
        Ok(id) => Some(Name::Id(CaseId(id))),
        Err(_not_an_id) => name.parse::<CaseReference>().ok().map(Name::Reference),
    }
}

/// A case as one person sees it, with the names in it.
pub struct CaseView {
    /// The case itself; only what `seen` says of it may be shown.
    pub case: Case,
    /// What they see.
    pub seen: Seen,
    /// The referrals that they see, whole as the case's rules know them; how much of each is shown, says the visibility.
    pub members: Vec<(Member, Visibility)>,
    /// What agencies and people are called.
    pub names: Names,
    /// What they may do now.
    pub actions: Vec<CaseAction>,
    /// Referrals that are probably about the same youth; found as a referral is written.
    pub warnings: Vec<Duplicate>,
    /// The referral that was added just now.
    pub added: Option<ReferralId>,
    /// When it was looked at.
    pub now: DateTime<Utc>,
}

/// Of whom the answers about a case tell: it names referrals, agencies and needs, but nothing that somebody wrote.
const NO_YOUTH: Option<&stafett_store::referrals::Record> = None;

/// Turns a view into the answer as it is written out, so that it can be kept in the same transaction.
pub type Render<'a> = &'a (dyn Fn(&CaseView) -> Answer + Sync);

impl CaseView {
    /// What the people of the scope's agencies see.
    ///
    /// # Errors
    /// Hidden; the store's.
    pub async fn load(
        engine: &Engine,
        on: &impl Handle,
        actor: &Actor,
        scope: &Scope,
        record: &CaseRecord,
    ) -> Result<Self, AppError> {
        let members = members(engine, on, record).await?;
        let log = cases::log(on, record).await?;
        let case = record.case();
        let seen = look(case, &log, &members, scope.agencies()).ok_or_else(Refusal::not_found)?;
        let actions = available(case, &members, actor);
        let shown: Vec<(Member, Visibility)> = seen
            .referrals
            .iter()
            .filter_map(|shown| {
                let member = members.iter().find(|member| member.referral.id == shown.referral)?;
                Some((member.clone(), shown.visibility))
            })
            .collect();
        let agencies = agencies_in(&seen, &shown);
        let names = Names::load(on, agencies, seen.coordinator_person).await?;
        Ok(Self {
            case: case.clone(),
            seen,
            members: shown,
            names,
            actions,
            warnings: Vec::new(),
            added: None,
            now: engine.now(),
        })
    }
}

/// The referrals of a case, with what their definitions let others see. One whose definition this server lacks shows
/// nothing.
pub(crate) async fn members(engine: &Engine, on: &impl Handle, record: &CaseRecord) -> Result<Vec<Member>, AppError> {
    let stored = cases::members(on, record).await?;
    Ok(stored.into_iter().map(|member| to_member(engine, member)).collect())
}

pub(super) fn to_member(engine: &Engine, stored: StoredMember) -> Member {
    let others_see = engine
        .library
        .get(&stored.referral.workflow)
        .map(|definition| definition.others_see)
        .unwrap_or_default();
    Member {
        referral: stored.referral,
        needs: stored.needs,
        others_see,
        about_somebody: stored.about_somebody,
    }
}

/// The case with this name, or the one into which it was merged, to decide about it: others wait.
pub(super) async fn lock(tx: &Tx, scope: &Scope, name: Name) -> Result<CaseRecord, AppError> {
    let mut name = name;
    loop {
        let record = cases::lock(tx, scope, name).await?.ok_or_else(Refusal::not_found)?;
        match record.case().merged_into {
            Some(into) => name = Name::Id(into),
            None => return Ok(record),
        }
    }
}

/// A fresh context of a decision.
pub(super) fn context<'a>(
    engine: &Engine,
    actor: &'a Actor,
    agencies: &'a stafett_workflow::agency::Agencies,
    colleague: Option<&'a Colleague>,
) -> CaseContext<'a> {
    CaseContext {
        now: engine.now(),
        id: Uuid::now_v7(),
        actor,
        agencies,
        colleague,
    }
}

/// Whether the caller's version is the one that they see now.
pub(super) async fn check_version(
    engine: &Engine,
    on: &impl Handle,
    scope: &Scope,
    record: &CaseRecord,
    precondition: &super::Precondition,
) -> Result<Vec<Member>, AppError> {
    let members = members(engine, on, record).await?;
    let log = cases::log(on, record).await?;
    let seen = look(record.case(), &log, &members, scope.agencies()).ok_or_else(Refusal::not_found)?;
    precondition.check_case(record.case().id, seen.version)?;
    Ok(members)
}

/// Writes one new referral within the caller's transaction; what is wrong with it is told below `at`.
pub(super) async fn write_referral(
    engine: &Engine,
    tx: &Tx,
    asker: Asker<'_>,
    draft: &NewDraft,
    digest: &str,
    at: &str,
) -> Result<stafett_store::referrals::Record, AppError> {
    let id = ReferralId(Uuid::now_v7());
    match super::referrals::create::write(engine, tx, asker, draft, digest, id).await {
        Ok(Some(record)) => Ok(record),
        Ok(None) => Err(AppError::internal("a fresh id is taken")),
        Err(AppError::Refused(mut refusal)) => {
            for field in &mut refusal.fields {
                field.pointer.insert_str(0, at);
            }
            Err(refusal.into())
        }
        Err(other) => Err(other),
    }
}

/// One record as a member of a case.
pub(super) fn member_of(engine: &Engine, record: &stafett_store::referrals::Record) -> Member {
    let Content { needs, .. } = record.content();
    to_member(
        engine,
        StoredMember {
            referral: record.referral().clone(),
            needs: needs.clone(),
            about_somebody: record.person().is_some(),
        },
    )
}

/// It lies in a case already, which the caller knows: they have a part in it.
pub(super) fn already_in_a_case() -> AppError {
    Refusal::new(
        Rule::AlreadyInCase,
        "Formidlingen ligger allerede i en sak. Er det samme ungdom, kan en leder slå sakene sammen.",
        "The referral is in a case already. If it is the same youth, a lead can merge the cases.",
    )
    .into()
}

pub(crate) fn unknown_referral(pointer: String) -> FieldError {
    FieldError::new(
        pointer,
        "unknown-referral",
        "Det finnes ingen slik formidling som du har tilgang til.",
        "There is no such referral that you have access to.",
    )
}

fn agencies_in(seen: &Seen, shown: &[(Member, Visibility)]) -> Vec<AgencyId> {
    let mut ids: Vec<AgencyId> = seen.participants.iter().map(|(agency, _)| *agency).collect();
    ids.extend(seen.coordinator);
    ids.extend(seen.proposal.iter().flat_map(|proposal| [proposal.to, proposal.by]));
    ids.extend(seen.needs.iter().filter_map(|need| need.agency));
    ids.extend(shown.iter().map(|(member, _)| member.referral.custodian));
    ids.extend(
        shown
            .iter()
            .filter(|(_, visibility)| *visibility == Visibility::Full)
            .flat_map(|(member, _)| {
                let current = member.referral.current_handoff();
                current.and_then(|current| current.terms.receiver)
            }),
    );
    ids
}

/// The references of the referrals that are seen whole.
#[must_use]
pub fn references(view: &CaseView) -> BTreeMap<ReferralId, String> {
    view.members
        .iter()
        .filter(|(_, visibility)| *visibility == Visibility::Full)
        .map(|(member, _)| (member.referral.id, member.referral.reference.to_string()))
        .collect()
}
