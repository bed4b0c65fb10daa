//! Limits that are missed and still run, per holder of the baton and clock.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use stafett_store::Page;
use stafett_store::reports::{self, Overdue, OverdueQuery};
use stafett_workflow::agency::{AgencyId, ClockId};
use stafett_workflow::definition::{ClockRule, Library};
use stafett_workflow::policy::Scope;
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::Urgency;

use super::{Dimension, agency, unknown_name, workflow_ids};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;

/// What missed limits can be grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// Who holds the baton.
    Holder,
    /// Which limit of which workflow, in any version.
    Clock,
    /// How urgent it is.
    Urgency,
}

impl Dimension for By {
    const ALL: &'static [Self] = &[Self::Holder, Self::Clock, Self::Urgency];

    fn as_str(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Clock => "clock",
            Self::Urgency => "urgency",
        }
    }
}

/// How the report is grouped when nobody says.
pub const USUAL: &[By] = &[By::Holder, By::Clock];

/// Which missed limits somebody asks about, as they write it.
#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    /// Missed before when.
    pub due_before: Option<DateTime<Utc>>,
    /// With the baton at whom, by slug or id.
    pub holder: Option<&'a str>,
    /// On hand-offs to whom, by slug or id.
    pub receiver: Option<&'a str>,
    /// On which workflow.
    pub workflow: Option<&'a str>,
    /// Which limit.
    pub clock: Option<&'a str>,
    /// How urgent.
    pub urgency: Option<Urgency>,
}

/// The figures.
#[derive(Debug)]
pub struct Report {
    /// A row for each group that has something in it.
    pub rows: Vec<Row>,
    /// What the agencies in the rows are called.
    pub names: Names,
    /// The instant up to which the limits are missed.
    pub now: DateTime<Utc>,
}

/// One group with its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Who holds the baton, when grouped by it.
    pub holder: Option<AgencyId>,
    /// Which limit, when grouped by it.
    pub clock: Option<ClockName>,
    /// How urgent, when grouped by it.
    pub urgency: Option<Urgency>,
    /// How many.
    pub count: usize,
    /// When the one was due that is missed the longest.
    pub oldest_due_at: DateTime<Utc>,
}

/// A limit by its workflow and its name there, whatever the version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockName {
    /// The workflow's id.
    pub workflow: String,
    /// The clock's id.
    pub clock: String,
}

impl ClockName {
    /// The rule in the newest version that has it.
    #[must_use]
    pub fn rule<'a>(&self, library: &'a Library) -> Option<&'a ClockRule> {
        let versions = library.iter().filter(|definition| definition.key.id == self.workflow);
        let having = versions.filter(|definition| definition.clock(&self.clock).is_some());
        having.max_by_key(|definition| definition.key.version)?.clock(&self.clock)
    }
}

impl Row {
    /// For how long the one is missed that is missed the longest.
    #[must_use]
    pub fn longest(&self, now: DateTime<Utc>) -> TimeDelta {
        now - self.oldest_due_at
    }
}

/// The missed limits behind a row.
#[derive(Debug)]
pub struct Listed {
    /// The limits, the longest missed first.
    pub lines: Vec<Overdue>,
    /// Where the next page begins.
    pub next: Option<Position>,
    /// What the agencies in the lines are called.
    pub names: Names,
    /// When it was looked at.
    pub now: DateTime<Utc>,
}

/// Where the list goes on: after the clock that was due at this time and has this id.
pub type Position = (DateTime<Utc>, ClockId);

/// Which missed limits those are, within `scope`.
///
/// # Errors
/// The parameters that are not valid; the store's.
pub async fn question(engine: &Engine, scope: Scope, asked: &Asked<'_>) -> Result<OverdueQuery, AppError> {
    let now = engine.now();
    let due_before = asked.due_before.map_or(now, |instant| instant.trunc_subsecs(6));
    let mut wrong = Vec::new();
    if due_before > now {
        wrong.push(FieldError::new(
            "?dueBefore",
            "invalid-value",
            "Kan ikke ligge fram i tid: ingen frist er brutt før den er ute.",
            "Cannot lie ahead: no limit is missed before it is up.",
        ));
    }
    let workflows = workflow_ids(&engine.library);
    let known = clock_names(&engine.library, asked.workflow.filter(|id| workflows.contains(id)));
    wrong.extend(unknown_name("workflow", "unknown-workflow", asked.workflow, &workflows));
    wrong.extend(unknown_name("clock", "unknown-clock", asked.clock, &known));
    if !wrong.is_empty() {
        return Err(AppError::Fields(wrong));
    }
    Ok(OverdueQuery {
        scope,
        due_before,
        holder: agency(engine, "holder", asked.holder).await?,
        receiver: agency(engine, "receiver", asked.receiver).await?,
        workflow: asked.workflow.map(str::to_owned),
        clock: asked.clock.map(str::to_owned),
        urgency: asked.urgency,
    })
}

/// The figures of these limits in groups.
///
/// # Errors
/// The store's.
pub async fn report(engine: &Engine, query: &OverdueQuery, by: &BTreeSet<By>) -> Result<Report, AppError> {
    let mut groups: BTreeMap<_, (usize, DateTime<Utc>)> = BTreeMap::new();
    reports::each_overdue(&engine.db, query, |overdue| {
        let group = (
            by.contains(&By::Holder).then_some(overdue.holder),
            by.contains(&By::Clock).then(|| ClockName { workflow: overdue.workflow.id, clock: overdue.clock }),
            by.contains(&By::Urgency).then_some(overdue.urgency),
        );
        let (count, oldest) = groups.entry(group).or_insert((0, overdue.due_at));
        *count += 1;
        *oldest = overdue.due_at.min(*oldest);
    })
    .await?;
    let names = Names::load(&engine.db, groups.keys().filter_map(|(holder, ..)| *holder), []).await?;
    let row = |((holder, clock, urgency), (count, oldest_due_at))| Row { holder, clock, urgency, count, oldest_due_at };
    let mut rows: Vec<_> = groups.into_iter().map(row).collect();
    rows.sort_by_key(|row| row.holder.and_then(|id| names.agency(id)).map(|name| name.slug.clone()));
    Ok(Report { rows, names, now: query.due_before })
}

/// A page of these limits.
///
/// # Errors
/// The store's.
pub async fn list(
    engine: &Engine,
    query: &OverdueQuery,
    after: Option<Position>,
    limit: u32,
) -> Result<Listed, AppError> {
    let Page { items, next } = reports::overdue_page(&engine.db, query, after, limit).await?;
    let agencies = items.iter().flat_map(|overdue| [Some(overdue.holder), overdue.receiver]).flatten();
    let names = Names::load(&engine.db, agencies, []).await?;
    Ok(Listed { lines: items, next, names, now: engine.now() })
}

/// The names of all clocks, or of one workflow's.
fn clock_names<'a>(library: &'a Library, workflow: Option<&str>) -> BTreeSet<&'a str> {
    let definitions = library.iter().filter(|definition| workflow.is_none_or(|id| definition.key.id == id));
    definitions.flat_map(|definition| &definition.clocks).map(|rule| rule.id.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use stafett_workflow::definition::builtin;

    use super::*;

    #[test]
    fn a_clock_is_known_by_its_workflow() {
        let library = builtin().unwrap();
        let name = |workflow: &str, clock: &str| ClockName { workflow: workflow.to_owned(), clock: clock.to_owned() };
        let rule = name("concern-report", "review").rule(&library).unwrap();
        assert_eq!(rule.legal_ref.as_deref(), Some("bvl § 2-1"));
        assert!(name("service-referral", "review").rule(&library).is_none());
        assert!(clock_names(&library, None).contains("review"));
        assert!(!clock_names(&library, Some("service-referral")).contains("review"));
    }
}
