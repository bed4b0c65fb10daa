//! How old what is under way is: referrals that have been sent and are not over, by their age, per receiver.
//!
//! A referral is as old as the time since it was first sent to anybody: who is sent round begins anew with each agency, and waits
//! all the while. A day is 24 hours here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use stafett_store::Page;
use stafett_store::reports::{self, Waiting, WaitingQuery};
use stafett_workflow::agency::{AgencyId, ReferralId};
use stafett_workflow::policy::Scope;
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::{HandoffState, Urgency};

use super::{Dimension, agency, not_too_many, unknown_name, workflow_ids};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;

/// What ages can be grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// To whom the leg was sent on which it is.
    Receiver,
    /// Where that leg stands.
    State,
    /// Who holds the baton.
    Holder,
    /// On which workflow, in any version.
    Workflow,
    /// How urgent it is.
    Urgency,
}

impl Dimension for By {
    const ALL: &'static [Self] = &[Self::Receiver, Self::State, Self::Holder, Self::Workflow, Self::Urgency];

    fn as_str(self) -> &'static str {
        match self {
            Self::Receiver => "receiver",
            Self::State => "state",
            Self::Holder => "holder",
            Self::Workflow => "workflow",
            Self::Urgency => "urgency",
        }
    }
}

/// How the report is grouped when nobody says.
pub const USUAL: &[By] = &[By::Receiver];

/// An age, in whole days: from the first on, until just before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Band {
    /// As it is written in a query.
    pub name: &'static str,
    /// The first day within.
    pub from: u16,
    /// The first day after it; the oldest band has none.
    pub until: Option<u16>,
}

/// All of them, the youngest first. Together they are every age.
pub const BANDS: [Band; 7] = [
    Band::new("0-1", 0, Some(1)),
    Band::new("1-3", 1, Some(3)),
    Band::new("3-7", 3, Some(7)),
    Band::new("7-14", 7, Some(14)),
    Band::new("14-28", 14, Some(28)),
    Band::new("28-90", 28, Some(90)),
    Band::new("90-", 90, None),
];

impl Band {
    const fn new(name: &'static str, from: u16, until: Option<u16>) -> Self {
        Self { name, from, until }
    }

    /// Whether something of this age is in it.
    #[must_use]
    pub fn has(&self, age: TimeDelta) -> bool {
        let days = |days: u16| TimeDelta::days(days.into());
        age >= days(self.from) && self.until.is_none_or(|until| age < days(until))
    }
}

/// Which referrals somebody asks about, as they write it.
#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    /// How old at what time.
    pub as_of: Option<DateTime<Utc>>,
    /// On a leg to whom, by slug or id.
    pub receiver: Option<&'a str>,
    /// In which state.
    pub state: Option<HandoffState>,
    /// With the baton at whom, by slug or id.
    pub holder: Option<&'a str>,
    /// On which workflow.
    pub workflow: Option<&'a str>,
    /// How urgent.
    pub urgency: Option<Urgency>,
    /// How old.
    pub band: Option<&'a str>,
}

/// The figures.
#[derive(Debug)]
pub struct Report {
    /// A row for each group that has something in it.
    pub rows: Vec<Row>,
    /// All of them together.
    pub total: Ages,
    /// What the agencies in the rows are called.
    pub names: Names,
    /// The instant at which they were so old.
    pub as_of: DateTime<Utc>,
}

/// One group with its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// To whom, when grouped by it.
    pub receiver: Option<AgencyId>,
    /// In which state, when grouped by it.
    pub state: Option<HandoffState>,
    /// Who holds the baton, when grouped by it.
    pub holder: Option<AgencyId>,
    /// On which workflow, when grouped by it.
    pub workflow: Option<String>,
    /// How urgent, when grouped by it.
    pub urgency: Option<Urgency>,
    /// The figures.
    pub ages: Ages,
}

/// How many there are of which age.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ages {
    /// In each band, in the order of [`BANDS`].
    pub bands: [usize; BANDS.len()],
    /// When the oldest was first sent.
    pub oldest: Option<DateTime<Utc>>,
}

impl Ages {
    /// All of them.
    #[must_use]
    pub fn count(&self) -> usize {
        self.bands.iter().sum()
    }

    /// Counts one more that was first sent then.
    pub fn add(&mut self, first_sent: DateTime<Utc>, as_of: DateTime<Utc>) {
        let age = as_of - first_sent;
        for (count, band) in self.bands.iter_mut().zip(&BANDS) {
            *count += usize::from(band.has(age));
        }
        self.oldest = Some(self.oldest.map_or(first_sent, |oldest| oldest.min(first_sent)));
    }
}

/// The referrals behind a figure.
#[derive(Debug)]
pub struct Listed {
    /// The referrals, the oldest first.
    pub lines: Vec<Waiting>,
    /// Where the next page begins.
    pub next: Option<Position>,
    /// What the agencies in the lines are called.
    pub names: Names,
    /// The instant at which they were so old.
    pub as_of: DateTime<Utc>,
}

/// Where the list goes on: after the referral that was first sent at this time and has this id.
pub type Position = (DateTime<Utc>, ReferralId);

/// Which referrals those are, within `scope`.
///
/// # Errors
/// The parameters that are not valid; the store's.
pub async fn question(engine: &Engine, scope: Scope, asked: &Asked<'_>) -> Result<WaitingQuery, AppError> {
    let now = engine.now();
    let as_of = asked.as_of.map_or(now, |instant| instant.trunc_subsecs(6));
    let mut wrong = Vec::new();
    if as_of > now {
        wrong.push(FieldError::new(
            "?asOf",
            "invalid-value",
            "Kan ikke ligge fram i tid.",
            "Cannot lie ahead.",
        ));
    }
    wrong.extend(unknown_name(
        "workflow",
        "unknown-workflow",
        asked.workflow,
        &workflow_ids(&engine.library),
    ));
    let names = BANDS.iter().map(|band| band.name).collect();
    wrong.extend(unknown_name("band", "unknown-code", asked.band, &names));
    if !wrong.is_empty() {
        return Err(AppError::Fields(wrong));
    }
    let band = BANDS.iter().find(|band| Some(band.name) == asked.band);
    let before = |days: u16| as_of - TimeDelta::days(days.into());
    Ok(WaitingQuery {
        scope,
        as_of,
        by: band.map(|band| before(band.from)),
        after: band.and_then(|band| band.until).map(before),
        receiver: agency(engine, "receiver", asked.receiver).await?,
        holder: agency(engine, "holder", asked.holder).await?,
        state: asked.state,
        workflow: asked.workflow.map(str::to_owned),
        urgency: asked.urgency,
    })
}

/// The figures of these referrals in groups.
///
/// # Errors
/// Too many groups; the store's.
pub async fn report(engine: &Engine, query: &WaitingQuery, by: &BTreeSet<By>) -> Result<Report, AppError> {
    let mut groups: BTreeMap<_, Ages> = BTreeMap::new();
    let mut total = Ages::default();
    reports::each_waiting(&engine.db, query, |waiting| {
        let group = (
            by.contains(&By::Receiver).then_some(waiting.receiver),
            by.contains(&By::State).then_some(waiting.state),
            by.contains(&By::Holder).then_some(waiting.holder),
            by.contains(&By::Workflow).then_some(waiting.workflow),
            by.contains(&By::Urgency).then_some(waiting.urgency),
        );
        for ages in [groups.entry(group).or_default(), &mut total] {
            ages.add(waiting.first_sent_at, query.as_of);
        }
    })
    .await?;
    not_too_many(groups.len())?;
    let agencies = groups
        .keys()
        .flat_map(|(receiver, _, holder, ..)| [*receiver, *holder])
        .flatten();
    let names = Names::load(&engine.db, agencies, []).await?;
    let row = |((receiver, state, holder, workflow, urgency), ages)| Row {
        receiver,
        state,
        holder,
        workflow,
        urgency,
        ages,
    };
    let mut rows: Vec<_> = groups.into_iter().map(row).collect();
    let slug = |agency: Option<AgencyId>| agency.and_then(|id| names.agency(id)).map(|name| name.slug.clone());
    rows.sort_by_key(|row| (slug(row.receiver), row.state, slug(row.holder)));
    Ok(Report {
        rows,
        total,
        names,
        as_of: query.as_of,
    })
}

/// A page of these referrals.
///
/// # Errors
/// The store's.
pub async fn list(
    engine: &Engine,
    query: &WaitingQuery,
    after: Option<Position>,
    limit: u32,
) -> Result<Listed, AppError> {
    let Page { items, next } = reports::waiting_page(&engine.db, query, after, limit).await?;
    let agencies = items
        .iter()
        .flat_map(|waiting| [waiting.holder, waiting.sender, waiting.receiver]);
    let names = Names::load(&engine.db, agencies, []).await?;
    Ok(Listed {
        lines: items,
        next,
        names,
        as_of: query.as_of,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_age_is_in_one_band() {
        for minutes in (0..200_000).step_by(60) {
            let age = TimeDelta::minutes(minutes);
            assert_eq!(BANDS.iter().filter(|band| band.has(age)).count(), 1, "{age}");
        }
        for pair in BANDS.windows(2) {
            assert_eq!(pair[0].until, Some(pair[1].from));
        }
    }

    #[test]
    fn the_bands_of_a_group_are_all_of_it() {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let mut ages = Ages::default();
        for days in [0, 0, 1, 2, 6, 13, 27, 89, 90, 400] {
            ages.add(now - TimeDelta::days(days), now);
        }
        assert_eq!(ages.bands, [2, 2, 1, 1, 1, 1, 2]);
        assert_eq!((ages.count(), ages.oldest), (10, Some(now - TimeDelta::days(400))));
    }
}
