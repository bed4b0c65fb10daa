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
use stafett_store::looks::{Logged, Row, Unseen};
use stafett_store::{Handle, Tx, referrals};
use stafett_workflow::Refusal;
use stafett_workflow::agency::{AgencyId, CaseId, ReferralId};
use stafett_workflow::case::decide::available;
use stafett_workflow::case::view::look;
use stafett_workflow::case::{Case, CaseContext, Member, Seen, Visibility};
use stafett_workflow::command::Colleague;
use stafett_workflow::content::Content;
use stafett_workflow::look::{Look, LookedAt};
use stafett_workflow::policy::{self, Actor, Operation, Scope};
use stafett_workflow::reference::CaseReference;
use stafett_workflow::refusal::{FieldError, Rule};
use stafett_workflow::vocabulary::CaseAction;
use uuid::Uuid;

pub use stafett_store::cases::Name;

use super::AppError;
use super::engine::Engine;
use super::looks::{Viewing, Words, is_strictly_confidential};
use super::persons::Duplicate;
use super::referrals::view::Names;
use super::referrals::{Answered, Asker, NewDraft};

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
    /// That they look, and it is in the log.
    pub logged: Logged,
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
    /// What the people of the scope's agencies see, once it is written down that one of them looks.
    ///
    /// # Errors
    /// Hidden; the store's.
    pub async fn load(
        engine: &Engine,
        on: &impl Handle,
        viewing: &Viewing<'_>,
        scope: &Scope,
        record: &CaseRecord,
    ) -> Result<Self, AppError> {
        let actor = viewing.actor();
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
        let named: Vec<ReferralId> = shown.iter().map(|(member, _)| member.referral.id).collect();
        let logged = log_look(engine, on, viewing, case, &members, &named).await?;
        let agencies = agencies_in(&seen, &shown);
        let names = Names::load(on, agencies, seen.coordinator_person).await?;
        Ok(Self {
            case: case.clone(),
            logged,
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

/// Writes down that somebody looks at a case, and at these referrals in it. Where one of them is about somebody who is strictly
/// confidential and they may open it, the look needs a reason, as opening it does.
pub(super) async fn log_look(
    engine: &Engine,
    on: &impl Handle,
    viewing: &Viewing<'_>,
    case: &Case,
    members: &[Member],
    shown: &[ReferralId],
) -> Result<Logged, AppError> {
    let permit = policy::permit_case(viewing.actor(), Operation::ReadCase, |agency| {
        case.standing(agency, members)
    })
    .map_err(|_hidden| Refusal::not_found())?;
    let scope = policy::scope(viewing.actor(), Operation::ReadReferral)?;
    // Those that may need a reason; with one, all, for it is kept with each.
    let records = match viewing.asker.reason {
        Some(_) => referrals::several(on, &scope, shown).await?,
        None => referrals::guarded(on, &scope, shown).await?,
    };
    for record in records.iter().filter(|record| is_strictly_confidential(record)) {
        viewing.demand_reason(engine, record).await?;
    }
    let row = |referral: Option<ReferralId>| {
        let look = Look::at_case(&permit, case.id, referral, viewing.at);
        let record = records.iter().find(|record| Some(record.referral().id) == referral);
        match record.filter(|record| record.erased_at().is_none()) {
            // Only what is sealed under the youth's own key may hold the reason.
            Some(record) => {
                let look = look.because(viewing.asker.reason.cloned());
                Row::at_referral(record, look, engine.now(), viewing.asker.request_id)
            }
            None => Ok(Row::new(look, engine.now(), viewing.asker.request_id)),
        }
    };
    let rows = match shown {
        [] => vec![row(None)?],
        shown => shown
            .iter()
            .map(|referral| row(Some(*referral)))
            .collect::<Result<_, _>>()?,
    };
    viewing.ledger.log(rows).await
}

/// What a repeated request about a case answers: what it was told the first time, as long as whoever asks may still know of the
/// case; and that they have looked at it again is written down.
pub(super) async fn replayed_about(
    tx: Tx,
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    name: Option<Name>,
    answer: Answer,
) -> Result<Answered<CaseView>, AppError> {
    tx.rollback().await?;
    let Some(mut name) = name else {
        return Ok(Answered::Replayed(answer));
    };
    loop {
        let record = cases::find(&engine.db, scope, name)
            .await?
            .ok_or_else(Refusal::not_found)?;
        if let Some(into) = record.case().merged_into {
            name = Name::Id(into);
            continue;
        }
        let viewing = Viewing::reading(engine, asker, LookedAt::Case).showing(Words::TheirOwn);
        CaseView::load(engine, &engine.db, &viewing, scope, &record).await?;
        return Ok(Answered::Replayed(answer));
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
    let Content { needs, .. } = record.content(Unseen::Decide).into_owned();
    to_member(
        engine,
        StoredMember {
            referral: record.referral().clone(),
            needs,
            about_somebody: record.is_about_somebody(),
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
