//! Insight: everything about one youth that an agency may see, for the youth to have (GDPR article 15).
//!
//! Which referrals are about the same youth: the one that is asked about, those that have the same identity number, and those
//! of the same case. A name alone is no proof, and whoever gets a stranger's file has got more than insight. Each is read by
//! the same use cases as on any other day, within the scope of the lead who asks.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;
use stafett_store::looks::Unseen;
use stafett_store::persons::{self, KeyKind};
use stafett_store::referrals::{self, Name, Record};
use stafett_store::{audit, cases};
use stafett_workflow::Refusal;
use stafett_workflow::agency::{CaseId, ReferralId, UserId};
use stafett_workflow::disclosure::Field;
use stafett_workflow::look::{LookedAt, StatedReason};
use stafett_workflow::policy::{self, Actor, Operation, Permit, Scope, Verdict};
use stafett_workflow::reference::CaseReference;
use stafett_workflow::refusal::Rule;
use stafett_workflow::vocabulary::Role;

use super::AppError;
use super::cases::timeline as case_timeline;
use super::cases::{Name as CaseName, timeline::Timeline as CaseTimeline};
use super::engine::Engine;
use super::looks::Viewing;
use super::referrals::attachment::{self, Listed};
use super::referrals::reading::{reading, retain_known};
use super::referrals::timeline::{self, Timeline};
use super::referrals::{Asker, View};

/// Nobody has so many; whoever has must be asked about one by one.
const MOST: u32 = 200;

/// Everything about one youth.
pub struct Dossier {
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Referrals about them, the oldest first.
    pub referrals: Vec<Part>,
    /// Cases about them.
    pub cases: Vec<CasePart>,
}

/// One referral with all that belongs to it.
pub struct Part {
    /// The referral.
    pub view: View,
    /// What has happened, with the words in it.
    pub timeline: Timeline,
    /// Its files.
    pub files: Listed,
}

/// One case.
pub struct CasePart {
    /// Its id.
    pub id: CaseId,
    /// Its short name.
    pub reference: CaseReference,
    /// What has happened, with the reasons in it.
    pub timeline: CaseTimeline,
}

/// Gathers it for a lead, and writes down that it was done before anything leaves.
///
/// # Errors
/// Hidden, not a lead, or shut out; [`AppError::Erased`]; the store's.
pub async fn of_lead(engine: &Engine, asker: Asker<'_>, name: Name) -> Result<Dossier, AppError> {
    // What somebody else's role of the same person opens, is not the lead's to hand out.
    let leading = Actor {
        memberships: asker
            .actor
            .memberships
            .iter()
            .copied()
            .filter(|held| held.role == Role::Lead)
            .collect(),
        ..asker.actor.clone()
    };
    let scope = policy::scope(asker.actor, Operation::ReadInsight)?;
    let record = find(engine, &scope, name).await?;
    let permit =
        policy::permit(asker.actor, Operation::ReadInsight, record.referral()).map_err(|verdict| match verdict {
            Verdict::Hidden => Refusal::not_found(),
            Verdict::Forbidden | Verdict::Allowed => Refusal::new(
                Rule::NotYours,
                "Innsyn gis av en leder for en enhet som deltar.",
                "Insight is given by a lead of an agency that takes part.",
            ),
        })?;
    let scope = policy::scope(&leading, Operation::ReadInsight)?;
    let asker = Asker {
        actor: &leading,
        ..asker
    };
    gather(engine, asker, &scope, &record, Some(&permit)).await
}

/// Gathers everything that there is, for whoever runs the installation: `by` says so, for a reason, and both stand in the
/// access log, they in the audit trail as well.
///
/// # Errors
/// Hidden, when there is none; [`AppError::Erased`]; the store's.
pub async fn of_operator(engine: &Engine, by: UserId, reason: &StatedReason, name: Name) -> Result<Dossier, AppError> {
    let all = Scope::for_system(policy::SystemTask::Insight);
    let record = find(engine, &all, name).await?;
    let mut agencies = Vec::new();
    for same in about_the_same(engine, &all, &record).await? {
        agencies.extend(same.referral().parties());
    }
    let everybody = Actor::of_operator(by, agencies);
    let scope = policy::scope(&everybody, Operation::ReadInsight)?;
    let asker = Asker {
        actor: &everybody,
        request_id: None,
        reason: Some(reason),
    };
    gather(engine, asker, &scope, &record, None).await
}

async fn find(engine: &Engine, scope: &Scope, name: Name) -> Result<Record, AppError> {
    let found = referrals::find(&engine.db, scope, name).await?;
    let record = found.ok_or_else(Refusal::not_found)?;
    match record.erased_at() {
        None => Ok(record),
        Some(_) => Err(AppError::Erased),
    }
}

async fn gather(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    record: &Record,
    permit: Option<&Permit>,
) -> Result<Dossier, AppError> {
    let made_at = engine.now();
    let records = about_the_same(engine, scope, record).await?;
    // All of them may be shown, or nothing is written down as if it had been.
    for record in &records {
        let viewing = Viewing::reading(engine, asker, LookedAt::Export);
        viewing.demand_reason(engine, record).await?;
    }
    note(engine, asker, record.referral().id, records.len(), permit, made_at).await?;
    let mut dossier = Dossier {
        made_at,
        referrals: Vec::with_capacity(records.len()),
        cases: Vec::new(),
    };
    let mut in_cases: BTreeMap<CaseId, CaseReference> = BTreeMap::new();
    for record in records {
        let name = Name::Id(record.referral().id);
        let timeline = timeline::timeline(engine, asker, scope, name).await?;
        let files = attachment::list(engine, asker, scope, name).await?;
        let mut view = View::load(
            engine,
            &engine.db,
            &Viewing::reading(engine, asker, LookedAt::Export),
            record,
        )
        .await?;
        view.actions = Vec::new(); // nobody acts on a document
        in_cases.extend(view.case);
        dossier.referrals.push(Part { view, timeline, files });
    }
    for (id, reference) in in_cases {
        let timeline = case_timeline::timeline(engine, asker, scope, CaseName::Id(id)).await?;
        dossier.cases.push(CasePart {
            id,
            reference,
            timeline,
        });
    }
    Ok(dossier)
}

/// The referrals within a scope that are about the same youth for sure, the oldest first.
async fn about_the_same(engine: &Engine, scope: &Scope, record: &Record) -> Result<Vec<Record>, AppError> {
    let own = record.referral().id;
    let mut all = BTreeMap::from([(own, record.clone())]);
    // A number that they may not know joins nothing for them.
    let knows = scope.is_all()
        || reading(engine, &engine.db, record.referral(), scope.agencies())
            .await?
            .shows(Field::IdentityNumber);
    if let Some(person) = record.person(Unseen::Compare).filter(|_| knows) {
        let keys = engine.index.of_person(person);
        for key in keys.iter().filter(|key| key.kind == KeyKind::Identifier) {
            let mut alike = persons::alike(&engine.db, scope, key, own, None, MOST).await?;
            if !scope.is_all() {
                retain_known(engine, &engine.db, &mut alike, scope.agencies(), Field::IdentityNumber).await?;
            }
            all.extend(alike.into_iter().map(|record| (record.referral().id, record)));
        }
    }
    let ids: Vec<ReferralId> = cases::beside(&engine.db, &all.keys().copied().collect::<Vec<_>>()).await?;
    for record in referrals::several(&engine.db, scope, &ids).await? {
        all.entry(record.referral().id).or_insert(record);
    }
    let mut records: Vec<Record> = all
        .into_values()
        .filter(|record| record.erased_at().is_none())
        .collect();
    records.sort_by_key(|record| (record.created_at(), record.referral().id));
    Ok(records)
}

async fn note(
    engine: &Engine,
    asker: Asker<'_>,
    referral: ReferralId,
    referrals: usize,
    permit: Option<&Permit>,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let tx = engine.db.write_tx().await?;
    let entry = audit::Entry {
        at: now,
        actor: Some(asker.actor.user),
        agency: permit.map(Permit::agency),
        role: permit.map(Permit::role),
        action: "insight",
        object_kind: "referral",
        object: Some(referral.0),
        request_id: asker.request_id,
        body: json!({ "referrals": referrals }),
    };
    audit::record(&tx, &entry).await?;
    Ok(tx.commit().await?)
}
