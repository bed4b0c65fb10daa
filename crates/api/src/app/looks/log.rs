//! Reading the log of looks. What it tells is who looked, when and why, and nothing of the youth: reading it is no look itself.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use stafett_store::agencies::Agency;
use stafett_store::looks::{self, Cursor, Flagged, LookQuery, LookRow, Review};
use stafett_store::referrals::{self, Name};
use stafett_store::texts::{self, StoredText};
use stafett_store::{Handle, Page, as_the_system};
use stafett_workflow::agency::{AgencyId, ReferralId, UserId};
use stafett_workflow::insight::Insight;
use stafett_workflow::look::unusual::UnusualRule;
use stafett_workflow::look::{LookedAt, StatedReason};
use stafett_workflow::policy::{self, Operation, Scope, SystemTask};
use stafett_workflow::reference::Reference;
use stafett_workflow::refusal::{Refusal, Rule};
use uuid::Uuid;

use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::Viewing;
use crate::app::looks::judge::judge;
use crate::app::referrals::view::Names;
use crate::app::referrals::{Asker, read};
use crate::app::setup::named;

/// A page of looks as somebody may know them.
pub struct Looked {
    /// The looks, the newest first.
    pub rows: Vec<Shown>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
    /// What agencies and people are called.
    pub names: Names,
}

/// One look as somebody may know it.
pub struct Shown {
    /// The look.
    pub row: LookRow,
    /// Whether it may be told who it was: of another agency only that somebody there looked.
    pub by_name: bool,
}

/// Who has looked at a referral. Whoever has a part in it sees the looks of their own people by name, and of the others' that
/// somebody of that agency looked; once their part has ended, those of their own people alone.
///
/// # Errors
/// Hidden; the store's.
pub async fn of_referral(
    engine: &Engine,
    scope: &Scope,
    name: Name,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Looked, AppError> {
    let record = read::find(engine, scope, name).await?;
    let ours = scope.agencies();
    let only_ours = match Insight::of(record.referral(), ours) {
        Insight::Whole => None,
        Insight::Past(_) => Some(ours),
    };
    let page = looks::of_referral(&engine.db, &record, only_ours, after, limit).await?;
    let is_ours = |agency: AgencyId| ours.contains(&agency);
    shown(&engine.db, page, is_ours).await
}

/// Which looks of an agency's people a lead asks for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this person.
    pub user: Option<UserId>,
    /// At this referral. One that the lead's agency has no part in yields nothing.
    pub referral: Option<Name>,
    /// From then on.
    pub from: Option<DateTime<Utc>>,
    /// Until then, that instant not included.
    pub to: Option<DateTime<Utc>>,
    /// Only those that a rule finds unusual.
    pub flagged: Option<Flagged>,
    /// After this place.
    pub after: Option<Cursor>,
    /// So many at most.
    pub limit: u32,
}

/// Looks of an agency's people, with what the referrals are called that they looked at.
pub struct OfAgency {
    /// Whose.
    pub agency: Agency,
    /// The looks.
    pub looked: Looked,
    /// What the referrals are called, as far as the agency may know of them.
    pub references: BTreeMap<ReferralId, Reference>,
    /// By which rules looks are unusual.
    pub flags: BTreeMap<Uuid, Vec<UnusualRule>>,
    /// What leads made of them.
    pub reviews: BTreeMap<Uuid, Review>,
}

/// At what the people of an agency have looked, for its leads.
///
/// # Errors
/// Hidden, denied; the store's.
pub async fn of_agency(engine: &Engine, asker: Asker<'_>, agency: &str, wanted: &Wanted) -> Result<OfAgency, AppError> {
    let agency = named(&engine.db, agency).await?;
    policy::permit_setup(asker.actor, Operation::ReviewLooks, agency.id, agency.parent)?;
    // A lead may read what the agency has a part in; of anything else even the reference is not theirs to know.
    let scope = policy::scope(asker.actor, Operation::ReadReferral)?;
    let referral = match wanted.referral {
        None => None,
        Some(Name::Id(id)) => Some(id),
        Some(name @ Name::Reference(_)) => match referrals::find(&engine.db, &scope, name).await? {
            Some(record) => Some(record.referral().id),
            None => return Ok(nothing(agency)),
        },
    };
    let query = LookQuery {
        agency: Some(agency.id),
        user: wanted.user,
        referral,
        from: wanted.from,
        to: wanted.to,
        flagged: wanted.flagged,
        after: wanted.after,
        limit: wanted.limit,
    };
    judge(engine, Some(agency.id)).await?;
    let page = looks::of_agency(&engine.db, &query).await?;
    let ids: BTreeSet<ReferralId> = page.items.iter().filter_map(|row| row.referral).collect();
    let ids: Vec<ReferralId> = ids.into_iter().collect();
    let references = referrals::references(&engine.db, &scope, &ids).await?;
    told(engine, agency, page, references).await
}

/// A page with what leads are told of it.
async fn told(
    engine: &Engine,
    agency: Agency,
    page: Page<LookRow, Cursor>,
    references: BTreeMap<ReferralId, Reference>,
) -> Result<OfAgency, AppError> {
    let flags = looks::flags(&engine.db, &page.items).await?;
    // What a lead wrote of their own people is theirs to read, also where their agency has no part in the referral.
    let reviews = as_the_system(SystemTask::JudgeLooks, looks::reviews(&engine.db, &page.items)).await?;
    let reviewers = reviews.values().map(|review| review.by);
    let people: BTreeSet<UserId> = page.items.iter().map(|row| row.user).chain(reviewers).collect();
    let names = Names::load(&engine.db, [agency.id], people).await?;
    Ok(OfAgency {
        looked: Looked {
            names,
            ..shown(&engine.db, page, |_| true).await?
        },
        agency,
        references,
        flags,
        reviews,
    })
}

/// One look by an agency's people, with the reason that they gave. That may tell of the youth: whoever reads it looks, too, and
/// reads none where their agency has no part.
///
/// # Errors
/// Hidden, denied; a reason is demanded; the store's.
pub async fn one(
    engine: &Engine,
    asker: Asker<'_>,
    agency: &str,
    id: Uuid,
) -> Result<(OfAgency, Option<StoredText>), AppError> {
    let agency = named(&engine.db, agency).await?;
    policy::permit_setup(asker.actor, Operation::ReviewLooks, agency.id, agency.parent)?;
    let look = looks::find(&engine.db, agency.id, id)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let scope = policy::scope(asker.actor, Operation::ReadReferral)?;
    let record = match look.referral {
        Some(referral) => referrals::find(&engine.db, &scope, Name::Id(referral)).await?,
        None => None,
    };
    let reason = match (&record, look.reason) {
        (Some(record), Some(text)) => {
            let viewing = Viewing::reading(engine, asker, LookedAt::Reason);
            let logged = viewing.log(engine, record).await?;
            texts::by_ids(&engine.db, record, &[text], &logged).await?.pop()
        }
        _ => None,
    };
    let references = record
        .iter()
        .map(|record| (record.referral().id, record.referral().reference));
    let references = references.collect();
    let page = Page {
        items: vec![look],
        next: None,
    };
    Ok((told(engine, agency, page, references).await?, reason))
}

/// A lead says what they made of an unusual look of one of their people. Once: what was said stays.
///
/// # Errors
/// Hidden, denied, their own look, said already; the store's.
pub async fn acknowledge(
    engine: &Engine,
    asker: Asker<'_>,
    agency: &str,
    id: Uuid,
    note: &StatedReason,
) -> Result<OfAgency, AppError> {
    // What is written is sealed under the key of a youth in whom the lead's agency may have no part.
    let tx = as_the_system(SystemTask::JudgeLooks, engine.db.write_tx()).await?;
    let agency = named(&tx, agency).await?;
    policy::permit_setup(asker.actor, Operation::ReviewLooks, agency.id, agency.parent)?;
    let look = looks::find(&tx, agency.id, id).await?.ok_or_else(Refusal::not_found)?;
    if look.user == asker.actor.user {
        return Err(own_look());
    }
    let system = Scope::for_system(SystemTask::JudgeLooks);
    let record = match look.referral {
        Some(referral) => referrals::find(&tx, &system, Name::Id(referral)).await?,
        None => None,
    };
    let (by, now) = (asker.actor.user, engine.now());
    if !looks::review(&tx, &look, record.as_ref(), by, note.words(), now).await? {
        return Err(AppError::Taken);
    }
    tx.commit().await?;
    let scope = policy::scope(asker.actor, Operation::ReadReferral)?;
    let ids: Vec<ReferralId> = look.referral.into_iter().collect();
    let references = referrals::references(&engine.db, &scope, &ids).await?;
    let page = Page {
        items: vec![look],
        next: None,
    };
    told(engine, agency, page, references).await
}

/// Nobody answers for what they did themselves.
fn own_look() -> AppError {
    Refusal::new(
        Rule::NotYours,
        "Du kan ikke gjennomgå dine egne oppslag. Be en annen leder gjøre det.",
        "You cannot acknowledge a look of your own. Ask another lead to do it.",
    )
    .into()
}

fn nothing(agency: Agency) -> OfAgency {
    OfAgency {
        agency,
        looked: Looked {
            rows: Vec::new(),
            next: None,
            names: Names::default(),
        },
        references: BTreeMap::new(),
        flags: BTreeMap::new(),
        reviews: BTreeMap::new(),
    }
}

/// A page with its names.
async fn shown(
    on: &impl Handle,
    page: Page<LookRow, Cursor>,
    by_name: impl Fn(AgencyId) -> bool,
) -> Result<Looked, AppError> {
    let agencies = page.items.iter().map(|row| row.agency);
    let people = page.items.iter().filter(|row| by_name(row.agency)).map(|row| row.user);
    let names = Names::load(on, agencies, people).await?;
    let rows = page
        .items
        .into_iter()
        .map(|row| Shown {
            by_name: by_name(row.agency),
            row,
        })
        .collect();
    Ok(Looked {
        rows,
        next: page.next,
        names,
    })
}
