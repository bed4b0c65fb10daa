//! The work lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use stafett_store::referrals::{self, Cursor, Line, ReferralQuery};
use stafett_store::{Page, snoozes};
use stafett_workflow::agency::{AgencyId, ReferralId, UserId};
use stafett_workflow::definition::Definition;
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
        ..listed(engine, page).await?
    })
}

/// A page with its names.
///
/// # Errors
/// The store's.
pub(super) async fn listed(engine: &Engine, page: Page<Line, Cursor>) -> Result<Listed, AppError> {
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
