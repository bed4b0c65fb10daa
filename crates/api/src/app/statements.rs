//! The signed statements that are made of every day by themselves: one for each two agencies that have handed something to each
//! other on it. What was not done while the server was away is done when it is back, each day once.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Europe::Oslo;
use stafett_store::handed_over::{self, HandedOver, Which};
use stafett_store::statements::{self, Kept, Place};
use stafett_store::{Db, Page, Tx, agencies};
use stafett_workflow::Refusal;
use stafett_workflow::agency::AgencyId;
use stafett_workflow::policy::{Scope, SystemTask};
use uuid::Uuid;

use super::AppError;
use super::engine::Engine;
use super::reconciliation::{ON_ITS_WAY, Statement, named};
use super::referrals::view::Names;
use super::reports::period::midnight;
use crate::auth::token::Tokens;

/// What a signed statement says that it is.
pub const KIND: &str = "stafett-statement+jwt";

const BATCH: u32 = 500;

/// Makes the statements of every day that ended a quarter of an hour ago or earlier and is not done. An installation that has
/// never made one begins with yesterday. Tells how many were made.
///
/// # Errors
/// The store's; when the key does not sign.
pub async fn catch_up(db: &Db, tokens: &Tokens, now: DateTime<Utc>) -> Result<u64, AppError> {
    let one = Days::new(1);
    // Not at midnight: what was sent in the last second of the day may be on its way into the database still.
    let yesterday = (now - ON_ITS_WAY)
        .with_timezone(&Oslo)
        .date_naive()
        .checked_sub_days(one);
    let last = statements::last_day(db).await?;
    let mut next = last.map_or(yesterday, |last| last.checked_add_days(one));
    let mut made = 0;
    while let Some(day) = next.filter(|day| yesterday.is_some_and(|yesterday| *day <= yesterday)) {
        made += make(db, tokens, day, now).await?;
        next = day.checked_add_days(one);
    }
    Ok(made)
}

/// Makes those of one day, in one commit.
async fn make(db: &Db, tokens: &Tokens, day: NaiveDate, now: DateTime<Utc>) -> Result<u64, AppError> {
    let tx = db.write_tx().await?;
    if !statements::begin_day(&tx, day, now).await? {
        // Another process was faster.
        tx.rollback().await?;
        return Ok(0);
    }
    let pairs = pairs(&tx, day).await?;
    let names = agencies::names(&tx, pairs.keys().flatten().copied()).await?;
    let mut kept = Vec::with_capacity(pairs.len());
    for (between, rows) in pairs {
        let slug = |agency: AgencyId| names.get(&agency).map(|name| name.slug.clone()).unwrap_or_default();
        let statement = Statement::of(between.map(|agency| (agency, slug(agency))), day, now, &rows);
        kept.push(Kept {
            id: Uuid::now_v7(),
            between,
            day,
            handoffs: u32::try_from(statement.handoffs.len()).unwrap_or(u32::MAX),
            unaccounted: u32::try_from(statement.unaccounted()).unwrap_or(u32::MAX),
            signed: tokens.sign(KIND, &statement).map_err(AppError::internal)?,
            key: tokens.public_key(),
            counts: statement.counts,
            made_at: now,
        });
    }
    statements::keep(&tx, day, &kept).await?;
    tx.commit().await?;
    Ok(kept.len() as u64)
}

/// What was handed over on a day, by the two who did.
async fn pairs(tx: &Tx, day: NaiveDate) -> Result<BTreeMap<[AgencyId; 2], Vec<HandedOver>>, AppError> {
    let tomorrow = day.checked_add_days(Days::new(1)).and_then(midnight);
    let (Some(from), Some(until)) = (midnight(day), tomorrow) else {
        return Ok(BTreeMap::new());
    };
    let which = Which {
        scope: &Scope::for_system(SystemTask::Reconcile),
        with: None,
        from,
        until,
    };
    let (mut pairs, mut after) = (BTreeMap::<_, Vec<_>>::new(), None);
    loop {
        let page = handed_over::list(tx, &which, after, BATCH).await?;
        for row in page.items {
            let mut between = [row.sender, row.receiver];
            between.sort();
            if between[0] != between[1] {
                pairs.entry(between).or_default().push(row);
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(pairs),
        }
    }
}

/// A page of statements, with what agencies are called.
pub struct Listed {
    /// The statements.
    pub page: Page<Kept, Place>,
    /// What agencies are called.
    pub names: Names,
}

/// The statements of the agencies within `scope`, the newest day first.
///
/// # Errors
/// Hidden, when there is no such other agency; the store's.
pub async fn list(
    engine: &Engine,
    scope: &Scope,
    with: Option<&str>,
    days: [Option<NaiveDate>; 2],
    after: Option<Place>,
    limit: u32,
) -> Result<Listed, AppError> {
    let with = match with {
        Some(name) => Some(named(&engine.db, name).await?.id),
        None => None,
    };
    let [from, to] = days;
    let which = statements::Which { scope, with, from, to };
    let page = statements::list(&engine.db, &which, after, limit).await?;
    let names = Names::load(&engine.db, page.items.iter().flat_map(|kept| kept.between), []).await?;
    Ok(Listed { page, names })
}

/// One statement.
///
/// # Errors
/// Hidden; the store's.
pub async fn read(engine: &Engine, scope: &Scope, id: Uuid) -> Result<(Kept, Names), AppError> {
    let kept = statements::find(&engine.db, scope, id)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let names = Names::load(&engine.db, kept.between, []).await?;
    Ok((kept, names))
}
