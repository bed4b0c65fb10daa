//! What has happened to a case, as far as somebody may know; with what happened to those that were merged into it.

use std::collections::BTreeMap;

use stafett_store::cases;
use stafett_workflow::Refusal;
use stafett_workflow::agency::{AgencyId, CaseId, ReferralId, TextId};
use stafett_workflow::case::view::Eyes;
use stafett_workflow::case::{CaseEvent, CaseFact, Visibility};
use stafett_workflow::look::LookedAt;
use stafett_workflow::policy::Scope;
use uuid::Uuid;

use super::{Name, log_look, members};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::Viewing;
use crate::app::referrals::Asker;
use crate::app::referrals::view::Names;

/// One entry.
pub struct Entry {
    /// What it is called towards readers. The event's own id is not for showing: it is numbered with what is hidden.
    pub id: Uuid,
    /// In which log it stands: the case's own, or that of one merged into it.
    pub case: CaseId,
    /// What happened. Its number and version are not for showing: they count what is hidden too.
    pub event: CaseEvent,
    /// Whether it may be told who did it.
    pub by_known: bool,
    /// The reason that was given, for those who may read it.
    pub reason: Option<Reason>,
}

/// A reason in words; nothing once it is erased.
#[derive(Clone)]
pub struct Reason(pub Option<String>);

/// The entries, with the names in them.
pub struct Timeline {
    /// The oldest first.
    pub entries: Vec<Entry>,
    /// The references of the referrals that are seen whole.
    pub references: BTreeMap<ReferralId, String>,
    /// What agencies and people are called.
    pub names: Names,
}

/// The timeline of one case.
///
/// # Errors
/// Hidden; the store's.
pub async fn timeline(engine: &Engine, asker: Asker<'_>, scope: &Scope, name: Name) -> Result<Timeline, AppError> {
    let mut record = cases::find(&engine.db, scope, name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    while let Some(into) = record.case().merged_into {
        record = cases::find(&engine.db, scope, Name::Id(into))
            .await?
            .ok_or_else(Refusal::not_found)?;
    }
    let members = members(engine, &engine.db, &record).await?;
    let eyes = Eyes::new(record.case(), &members, scope.agencies()).ok_or_else(Refusal::not_found)?;
    let mut logs = cases::absorbed_logs(&engine.db, &record).await?;
    logs.push((record.case().id, cases::log(&engine.db, &record).await?));
    let mut reasons: Vec<TextId> = Vec::new();
    let mut told: Vec<(CaseId, CaseEvent, bool, Option<TextId>)> = Vec::new();
    for (case, log) in &logs {
        for event in log.iter().filter(|event| eyes.sees(*case, log, event)) {
            let reason = event.fact.reason().filter(|_| eyes.may_read_reason(log, event));
            reasons.extend(reason);
            told.push((*case, event.clone(), eyes.knows(event.by.agency), reason));
        }
    }
    let shown: Vec<ReferralId> = eyes.visible().iter().map(|(member, _)| member.referral.id).collect();
    let viewing = Viewing::reading(engine, asker, LookedAt::CaseTimeline);
    let logged = log_look(engine, &engine.db, &viewing, record.case(), &members, &shown).await?;
    told.sort_by_key(|(_, event, _, _)| (event.at, event.seq));
    let words: BTreeMap<TextId, Reason> = cases::reasons(&engine.db, &record, &reasons, &logged)
        .await?
        .into_iter()
        .map(|(id, words)| (id, Reason(words)))
        .collect();
    let agencies: Vec<AgencyId> = told.iter().flat_map(|(_, event, _, _)| agencies_in(event)).collect();
    let people = told.iter().flat_map(|(_, event, _, _)| {
        let person = match &event.fact {
            CaseFact::CoordinatorAssigned { person } => Some(*person),
            _ => None,
        };
        std::iter::once(event.by.user).chain(person)
    });
    let names = Names::load(&engine.db, agencies, people).await?;
    let references = eyes
        .visible()
        .iter()
        .filter(|(_, visibility)| *visibility == Visibility::Full)
        .map(|(member, _)| (member.referral.id, member.referral.reference.to_string()))
        .collect();
    let entries = told
        .into_iter()
        .map(|(case, event, by_known, reason)| Entry {
            id: engine.index.pseudonym("case-event", event.id),
            case,
            event,
            by_known,
            reason: reason.and_then(|id| words.get(&id).cloned()),
        })
        .collect();
    Ok(Timeline {
        entries,
        references,
        names,
    })
}

fn agencies_in(event: &CaseEvent) -> Vec<AgencyId> {
    let mut ids = vec![event.by.agency];
    match &event.fact {
        CaseFact::Opened { coordinator, .. } => ids.push(*coordinator),
        CaseFact::CoordinatorProposed { to, .. } => ids.push(*to),
        CaseFact::CoordinatorChanged { from, to, .. } => ids.extend([*from, *to]),
        _ => {}
    }
    ids
}
