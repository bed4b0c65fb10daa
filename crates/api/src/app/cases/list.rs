//! The cases that one takes part in.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use stafett_store::cases::{self, CaseQuery, CaseRecord, Cursor};
use stafett_workflow::agency::CaseId;
use stafett_workflow::case::view::look;
use stafett_workflow::case::{Case, Member, Seen};
use stafett_workflow::vocabulary::CoverState;

use super::to_member;
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;

/// So many cases are looked at in one go when a filter needs a look at each.
const BATCH: u32 = 100;

/// One page of cases.
pub struct Listed {
    /// The cases, each as it is seen.
    pub rows: Vec<Row>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
    /// What agencies and people are called.
    pub names: Names,
    /// When it was looked at.
    pub now: DateTime<Utc>,
}

/// One case of a page.
pub struct Row {
    /// The case itself; only what `seen` says of it may be shown.
    pub case: Case,
    /// What is seen of it.
    pub seen: Seen,
    /// How many of its referrals that are seen have not ended.
    pub active: usize,
    /// When the first limit of these is up.
    pub next_due: Option<DateTime<Utc>>,
}

impl Row {
    /// How many needs nobody has, as far as is seen.
    #[must_use]
    pub fn uncovered(&self) -> usize {
        let open = |state: CoverState| state.is_uncovered();
        self.seen.needs.iter().filter(|need| open(need.state)).count()
    }
}

/// A page of cases within the query's scope; with `uncovered` only those with, or without, a need that nobody has. Which
/// those are depends on who looks, so the filter looks at each case as they see it.
///
/// # Errors
/// The store's.
pub async fn list(engine: &Engine, query: &CaseQuery, uncovered: Option<bool>) -> Result<Listed, AppError> {
    let wanted = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let mut rows: Vec<(CaseRecord, Row)> = Vec::new();
    let mut after = query.after;
    loop {
        let batch = CaseQuery {
            after,
            limit: if uncovered.is_some() { BATCH } else { query.limit },
            ..query.clone()
        };
        let page = cases::list(&engine.db, &batch).await?;
        after = page.next;
        for (record, row) in look_at(engine, query, page.items).await? {
            if uncovered.is_none_or(|uncovered| uncovered == (row.uncovered() > 0)) {
                rows.push((record, row));
            }
        }
        if after.is_none() || rows.len() > wanted || uncovered.is_none() {
            break;
        }
    }
    let more = rows.len() > wanted || (uncovered.is_none() && after.is_some());
    rows.truncate(wanted);
    let next = rows.last().filter(|_| more).map(|(record, _)| Cursor::after(record));
    let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    let agencies = rows.iter().filter_map(|row| row.seen.coordinator);
    let people = rows.iter().filter_map(|row| row.seen.coordinator_person);
    let names = Names::load(&engine.db, agencies, people).await?;
    Ok(Listed {
        rows,
        next,
        names,
        now: engine.now(),
    })
}

async fn look_at(
    engine: &Engine,
    query: &CaseQuery,
    records: Vec<CaseRecord>,
) -> Result<Vec<(CaseRecord, Row)>, AppError> {
    let mut members: HashMap<CaseId, Vec<Member>> = HashMap::new();
    for (case, member) in cases::members_of(&engine.db, &records).await? {
        members.entry(case).or_default().push(to_member(engine, member));
    }
    let mut rows = Vec::with_capacity(records.len());
    for record in records {
        let members = members.remove(&record.case().id).unwrap_or_default();
        // Rows tell no version, so the log is not needed; one who may not see it is on no page.
        let Some(seen) = look(record.case(), &[], &members, query.scope.agencies()) else {
            continue;
        };
        let visible = |member: &&Member| seen.referrals.iter().any(|shown| shown.referral == member.referral.id);
        let active = members
            .iter()
            .filter(visible)
            .filter(|member| !member.referral.state.is_end())
            .count();
        let next_due = members
            .iter()
            .filter(visible)
            .filter_map(|member| member.referral.next_due())
            .min();
        let row = Row {
            case: record.case().clone(),
            seen,
            active,
            next_due,
        };
        rows.push((record, row));
    }
    Ok(rows)
}
