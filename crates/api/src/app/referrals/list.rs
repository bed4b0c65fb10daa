//! The work lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use stafett_store::referrals::{self, Cursor, Line, Record, ReferralQuery};
use stafett_store::{Page, events, snoozes};
use stafett_workflow::agency::{AgencyId, ReferralId, UserId};
use stafett_workflow::definition::Definition;
use stafett_workflow::insight::{Insight, Past};
use stafett_workflow::policy::Scope;
use stafett_workflow::referral::WorkflowKey;

use super::view::Names;
use crate::app::AppError;
use crate::app::engine::Engine;

/// One page of a work list.
pub struct Listed {
    /// The lines.
    pub lines: Vec<Line>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
    /// What agencies and people are called.
    pub names: Names,
    /// Whose referrals are in it because the reader stands in for them.
    pub standing_in: Vec<(UserId, AgencyId)>,
    /// What the reader has put aside, and when each comes back at the latest.
    pub snoozed: BTreeMap<ReferralId, DateTime<Utc>>,
    /// When it was looked at.
    pub now: DateTime<Utc>,
}

/// A page of referrals within the query's scope, for `reader`.
///
/// # Errors
/// The store's.
pub async fn list(engine: &Engine, query: &ReferralQuery, reader: UserId) -> Result<Listed, AppError> {
    let page = referrals::list(&engine.db, query).await?;
    let shown = page.items.iter().map(|line| line.id);
    Ok(Listed {
        standing_in: query.standing_in.clone(),
        snoozed: snoozes::waking(&engine.db, reader, shown, engine.now()).await?,
        ..listed(engine, &query.scope, page).await?
    })
}

/// A page with its names, each line as the people within `scope` may know it.
///
/// # Errors
/// The store's; [`AppError::Internal`] when a log is not its referral's.
pub(super) async fn listed(engine: &Engine, scope: &Scope, mut page: Page<Line, Cursor>) -> Result<Listed, AppError> {
    reduce(engine, scope, &mut page.items).await?;
    let agencies = page.items.iter().flat_map(agencies_in);
    let people = page.items.iter().filter_map(|line| line.handoff.assignee);
    let names = Names::load(&engine.db, agencies, people).await?;
    Ok(Listed {
        lines: page.items,
        next: page.next,
        names,
        standing_in: Vec::new(),
        snoozed: BTreeMap::new(),
        now: engine.now(),
    })
}

/// Most lines are shown whole, which shows on the line itself; the others are looked up together.
async fn reduce(engine: &Engine, scope: &Scope, lines: &mut [Line]) -> Result<(), AppError> {
    let is_ours = |agency: AgencyId| scope.agencies().contains(&agency);
    let has_part = |line: &Line| {
        let asked =
            line.handoff.is_open() && line.handoff.is_sent() && line.handoff.terms.receiver.is_some_and(is_ours);
        asked
            || [line.originator, line.custodian, line.handoff.sender]
                .into_iter()
                .any(is_ours)
    };
    let doubtful: Vec<ReferralId> = lines
        .iter()
        .filter(|line| !has_part(line))
        .map(|line| line.id)
        .collect();
    if doubtful.is_empty() {
        return Ok(());
    }
    let records = referrals::several(&engine.db, scope, &doubtful).await?;
    let parts: Vec<(&Record, Past)> = records
        .iter()
        .filter_map(|record| match Insight::of(record.referral(), scope.agencies()) {
            Insight::Whole => None,
            Insight::Past(past) => Some((record, past)),
        })
        .collect();
    let mut logs = events::logs(&engine.db, parts.iter().map(|(record, _)| *record)).await?;
    for (record, past) in parts {
        let log = logs.remove(&record.referral().id).unwrap_or_default();
        let then = past.referral(record.referral(), &log).map_err(AppError::internal)?;
        if let Some(line) = lines.iter_mut().find(|line| line.id == then.id)
            && let Some(leg) = then.current_handoff()
        {
            line.handoff = leg.clone();
            (line.state, line.custodian, line.version) = (then.state, then.custodian, then.version);
            (line.closed_at, line.next_due) = (then.closed_at, None);
            line.updated_at = past.log(&log).last().map_or(line.created_at, |event| event.at);
        }
    }
    Ok(())
}

fn agencies_in(line: &Line) -> Vec<AgencyId> {
    let handoff = &line.handoff;
    [line.originator, line.custodian, handoff.sender]
        .into_iter()
        .chain(handoff.terms.receiver)
        .collect()
}

/// The definition of a line, for its title; a page has few different ones.
#[must_use]
pub fn definition<'a>(engine: &'a Engine, key: &WorkflowKey) -> Option<&'a Arc<Definition>> {
    engine.library.get(key)
}
