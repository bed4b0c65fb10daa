//! What is told of broken glasses: to who broke them, and to those whose referral it is.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use stafett_store::glasses::{self, StoredGlass};
use stafett_store::looks::Logged;
use stafett_store::{Handle, Page, as_the_system, referrals};
use stafett_workflow::agency::{AgencyId, ReferralId, TextId};
use stafett_workflow::look::LookedAt;
use stafett_workflow::policy::{self, Operation, Scope, SystemTask};
use stafett_workflow::reference::Reference;
use stafett_workflow::vocabulary::Role;
use uuid::Uuid;

use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::Viewing;
use crate::app::referrals::Asker;
use crate::app::referrals::view::Names;
use crate::app::setup::named;

/// One glass with its referral's reference: whoever broke it has named the referral, or the youth.
pub struct Concern {
    /// The glass.
    pub stored: StoredGlass,
    /// What the referral is called.
    pub reference: Option<Reference>,
    /// When it was looked at.
    pub now: DateTime<Utc>,
}

/// Several, with what is told of them.
pub struct Listed {
    /// The glasses, the newest first.
    pub glasses: Vec<StoredGlass>,
    /// Where the next page begins.
    pub next: Option<(DateTime<Utc>, Uuid)>,
    /// What the referrals are called, as far as it may be told.
    pub references: BTreeMap<ReferralId, Reference>,
    /// Reasons and notes.
    pub words: BTreeMap<TextId, Option<String>>,
    /// What agencies and people are called.
    pub names: Names,
    /// When it was looked at.
    pub now: DateTime<Utc>,
}

/// One glass for who broke it.
pub(super) async fn concern(engine: &Engine, on: &impl Handle, stored: StoredGlass) -> Result<Concern, AppError> {
    let scope = Scope::for_system(SystemTask::BreakGlass);
    let references = referrals::references(on, &scope, &[stored.glass.referral]).await?;
    Ok(Concern {
        reference: references.get(&stored.glass.referral).copied(),
        stored,
        now: engine.now(),
    })
}

/// What whoever asks has broken themselves, the newest fifty: that they did, and what became of it. It shows no words.
///
/// # Errors
/// The store's.
pub async fn own(engine: &Engine, asker: Asker<'_>) -> Result<Listed, AppError> {
    const MOST: u32 = 50;
    let glasses = glasses::by_person(&engine.db, asker.actor.user, MOST).await?;
    let page = Page {
        items: glasses,
        next: None,
    };
    listed(engine, page, &Scope::for_system(SystemTask::BreakGlass), None).await
}

/// What concerns an agency, for its leads: glasses before what it sends or holds, and those that its own people broke. Of the
/// latter it learns no reference, for it has no part in the referral.
///
/// # Errors
/// Hidden, denied; the store's.
pub async fn of_agency(
    engine: &Engine,
    asker: Asker<'_>,
    agency: &str,
    unreviewed: bool,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u32,
) -> Result<(AgencyId, Listed), AppError> {
    let agency = named(&engine.db, agency).await?;
    policy::permit_setup(asker.actor, Operation::ReviewGlass, agency.id, agency.parent)?;
    let page = glasses::of_agency(&engine.db, agency.id, unreviewed, after, limit).await?;
    let scope = policy::scope(asker.actor, Operation::ReadReferral)?;
    let ids: Vec<ReferralId> = page.items.iter().map(|stored| stored.glass.referral).collect();
    let records = referrals::several(&engine.db, &scope, &ids).await?;
    let viewing = Viewing::reading(engine, asker, LookedAt::BreakGlass);
    let mut rows = Vec::with_capacity(records.len());
    for record in &records {
        if policy::permit(asker.actor, Operation::ReadReferral, record.referral()).is_ok() {
            match viewing.row(engine, record).await {
                Ok(row) => rows.push(row),
                // Without a reason of their own they see that there is one, and not its words.
                Err(AppError::ReasonMissing) => {}
                Err(error) => return Err(error),
            }
        }
    }
    let logged = viewing.ledger.log(rows).await?;
    Ok((agency.id, listed(engine, page, &scope, Some(logged)).await?))
}

/// With the reasons and notes where it is written down that they are looked at: they may tell of the youth.
async fn listed(
    engine: &Engine,
    page: Page<StoredGlass, (DateTime<Utc>, Uuid)>,
    scope: &Scope,
    logged: Option<Logged>,
) -> Result<Listed, AppError> {
    let Page { items: glasses, next } = page;
    let ids: Vec<ReferralId> = glasses.iter().map(|stored| stored.glass.referral).collect();
    let references = referrals::references(&engine.db, scope, &ids).await?;
    let agencies = glasses.iter().map(|stored| stored.glass.by.agency);
    let people = glasses.iter().flat_map(|stored| {
        let glass = &stored.glass;
        std::iter::once(glass.by.user)
            .chain(glass.second.map(|(by, ..)| by))
            .chain(glass.reviewed.map(|(by, ..)| by))
    });
    // Words about a referral are for those who take part in it, and for who wrote them.
    let known: Vec<StoredGlass> = glasses
        .iter()
        .filter(|stored| references.contains_key(&stored.glass.referral))
        .cloned()
        .collect();
    let words = match logged {
        // Also when the glass is shut again.
        Some(logged) => as_the_system(SystemTask::BreakGlass, glasses::words(&engine.db, &known, &logged)).await?,
        None => Default::default(),
    };
    Ok(Listed {
        words,
        names: Names::load(&engine.db, agencies, people).await?,
        references,
        glasses,
        next,
        now: engine.now(),
    })
}

/// The role in which leads act.
pub(super) const LEAD: Role = Role::Lead;
