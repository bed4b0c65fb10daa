//! How long receivers take to answer, per receiver, workflow and urgency.
//!
//! What is counted are hand-offs, by when they were sent, except those that an allocation decision opened as accepted.
//! Each is in one of three ways:
//!
//! * *answered*: accepted, declined, returned or forwarded, or ended by the receiver without any of these, as advice is;
//! * *unanswered*: still waiting. It is counted, and its wait so far is part of every figure (see [`super::survival`]);
//! * *withdrawn*: taken back before it was answered. Its wait is known only as far as that.
//!
//! The answer is within its limit when it came before the first of the limits was up that run from the sending on. A
//! hand-off without an answer whose limit is up is late. One whose limit is not up yet, or was not when it was withdrawn,
//! is neither: nobody knows, and it is not in the share.
//!
//! A lead is told of what their agencies sent or received, every figure as it is. Whoever watches the whole relay is told of each
//! workflow for a third of a year that is over, as it stood when it was over: how many were sent, in time or late, and how long
//! it took. By receiver it would be [`super::flow`] once more, and what is masked in one table could be worked out from the other; so
//! of the answers, which are told there, nothing is told here.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use stafett_store::Page;
use stafett_store::reports::{self, AnswerLimits, FlowQuery, Sent, SentLine, SentQuery};
use stafett_workflow::agency::{AgencyId, HandoffId};
use stafett_workflow::agreement::Purpose;
use stafett_workflow::definition::{Definition, Library};
use stafett_workflow::policy::Scope;
use stafett_workflow::suppression::{LEAST, suppress};
use stafett_workflow::vocabulary::{HandoffState, Urgency};

use super::figures::Figure;
use super::flow;
use super::period::Period;
use super::survival::{Waits, share};
use super::{Dimension, agency, only_the_whole, unknown_name, workflow_ids};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;

/// What these figures can be grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// Who was to answer.
    Receiver,
    /// On which workflow, in any version.
    Workflow,
    /// How urgent it was.
    Urgency,
}

impl Dimension for By {
    const ALL: &'static [Self] = &[Self::Receiver, Self::Workflow, Self::Urgency];

    fn as_str(self) -> &'static str {
        match self {
            Self::Receiver => "receiver",
            Self::Workflow => "workflow",
            Self::Urgency => "urgency",
        }
    }
}

/// How the report is grouped when nobody says.
pub const USUAL: &[By] = &[By::Receiver, By::Workflow];

/// How it is grouped across agencies, always.
pub const ACROSS: &[By] = &[By::Workflow];

/// Which hand-offs somebody asks about, as they write it.
#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    /// From when.
    pub from: Option<&'a str>,
    /// Until when.
    pub to: Option<&'a str>,
    /// To whom, by slug or id.
    pub receiver: Option<&'a str>,
    /// On which workflow.
    pub workflow: Option<&'a str>,
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
    /// The instant at which the unanswered were still unanswered.
    pub as_of: DateTime<Utc>,
    /// Whether it goes across agencies, so that small figures are masked.
    pub across: bool,
}

/// One group with its figures.
#[derive(Debug, Clone)]
pub struct Row {
    /// Who was to answer, when grouped by it.
    pub receiver: Option<AgencyId>,
    /// On which workflow, when grouped by it.
    pub workflow: Option<String>,
    /// How urgent, when grouped by it.
    pub urgency: Option<Urgency>,
    /// The figures.
    pub figures: Figures,
}

/// What is told of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many hand-offs were sent.
    pub count: Figure,
    /// How many of them were answered.
    pub answered: Figure,
    /// How many still wait.
    pub unanswered: Figure,
    /// How many were taken back before they were answered.
    pub withdrawn: Figure,
    /// Within which time half of the answers come; `None` when that falls among the unanswered.
    pub median: Option<TimeDelta>,
    /// Within which time nine of ten come.
    pub p90: Option<TimeDelta>,
    /// Within which time half are acknowledged, by that action or by any answer.
    pub median_to_acknowledge: Option<TimeDelta>,
    /// How many were answered within their limit.
    pub within_limit: Figure,
    /// How many were answered after it, or were not when it was up.
    pub late: Figure,
}

impl Figures {
    /// The share within the limit; `None` when nobody knows of any yet, or may know.
    #[must_use]
    pub fn share_within_limit(&self) -> Option<f64> {
        let (within, late) = (
            usize::try_from(self.within_limit?).ok()?,
            usize::try_from(self.late?).ok()?,
        );
        let judged = within + late;
        (judged > 0).then(|| share(within, judged))
    }
}

/// The hand-offs behind a row.
#[derive(Debug)]
pub struct Listed {
    /// The hand-offs, the first sent first.
    pub lines: Vec<(SentLine, Wait)>,
    /// Where the next page begins.
    pub next: Option<Position>,
    /// What the agencies in the lines are called.
    pub names: Names,
}

/// Where the list goes on: after the hand-off that was sent at this time and has this id.
pub type Position = (DateTime<Utc>, HandoffId);

/// How one hand-off stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Its way.
    pub status: Status,
    /// From the sending to the answer; without one, as far as the wait is known.
    pub length: TimeDelta,
    /// Whether the limit was missed; `None` when nobody knows yet, or no limit runs.
    pub late: Option<bool>,
}

/// In which way a hand-off is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Accepted, declined, returned or forwarded, or ended by the receiver without any of these.
    Answered,
    /// Still waiting.
    Unanswered,
    /// Taken back before it was answered.
    Withdrawn,
}

impl Status {
    /// As it stands in an answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unanswered => "unanswered",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Wait {
    /// How `sent` stands at `now`.
    #[must_use]
    pub fn of(sent: &Sent, now: DateTime<Utc>) -> Self {
        let (status, known_until) = match (sent.decided_at, sent.ended_at) {
            (Some(decided), _) => (Status::Answered, decided),
            (None, Some(ended)) => (Status::Withdrawn, ended),
            (None, None) => (Status::Unanswered, now),
        };
        let late = sent.due_at.and_then(|due| match known_until > due {
            true => Some(true),
            false => (status == Status::Answered).then_some(false),
        });
        Self {
            status,
            length: known_until - sent.sent_at,
            late,
        }
    }
}

/// Which hand-offs that are, within `scope`.
///
/// # Errors
/// The parameters that are not valid; the store's.
pub async fn question(engine: &Engine, scope: Scope, asked: &Asked<'_>) -> Result<SentQuery, AppError> {
    let across = scope.is_all();
    let mut wrong = Vec::new();
    let period = match across {
        true => Period::third(asked.from, asked.to, engine.now()),
        false => Period::parse(asked.from, asked.to, engine.now()),
    };
    let period = period.map_err(|errors| wrong.extend(errors)).ok();
    wrong.extend(unknown_name(
        "workflow",
        "unknown-workflow",
        asked.workflow,
        &workflow_ids(&engine.library),
    ));
    let narrower = [
        ("receiver", asked.receiver.is_some()),
        ("workflow", asked.workflow.is_some()),
        ("urgency", asked.urgency.is_some()),
    ];
    let narrower = narrower.into_iter().filter(|(_, given)| across && *given);
    wrong.extend(narrower.map(|(parameter, _)| only_the_whole(parameter, ACROSS)));
    let (Some(period), true) = (period, wrong.is_empty()) else {
        return Err(AppError::Fields(wrong));
    };
    Ok(SentQuery {
        scope,
        from: period.from,
        until: period.until,
        receiver: agency(engine, "receiver", asked.receiver).await?,
        workflow: asked.workflow.map(str::to_owned),
        urgency: asked.urgency,
        limits: answer_limits(&engine.library),
        as_of: across.then_some(period.until),
    })
}

/// The figures of these hand-offs in groups.
///
/// # Errors
/// A grouping that nobody may ask for across agencies; the store's.
pub async fn report(engine: &Engine, query: &SentQuery, by: &BTreeSet<By>) -> Result<Report, AppError> {
    let across = query.scope.is_all();
    if across && !by.iter().eq(ACROSS) {
        return Err(AppError::Fields(vec![only_the_whole("groupBy", ACROSS)]));
    }
    let as_of = query.as_of.unwrap_or_else(|| engine.now());
    let mut groups: BTreeMap<_, Tally> = BTreeMap::new();
    reports::each_sent(&engine.db, query, |sent| {
        let wait = Wait::of(&sent, as_of);
        let acknowledged = sent.acknowledged_at.map(|at| at - sent.sent_at);
        let group = (
            by.contains(&By::Receiver).then_some(sent.receiver),
            by.contains(&By::Workflow).then_some(sent.workflow),
            by.contains(&By::Urgency).then_some(sent.urgency),
        );
        groups.entry(group).or_default().add(wait, acknowledged);
    })
    .await?;
    let names = Names::load(&engine.db, groups.keys().filter_map(|(receiver, ..)| *receiver), []).await?;
    let figures = match across {
        true => masked(engine, query, groups.values()).await?,
        false => groups.values().cloned().map(Tally::figures).collect(),
    };
    let rows = groups
        .into_keys()
        .zip(figures)
        .map(|((receiver, workflow, urgency), figures)| Row {
            receiver,
            workflow,
            urgency,
            figures,
        });
    let mut rows: Vec<_> = rows.collect();
    // Within one agency they stay as they are: by workflow, then by urgency.
    rows.sort_by_key(|row| {
        row.receiver
            .and_then(|id| names.agency(id))
            .map(|name| name.slug.clone())
    });
    Ok(Report {
        rows,
        names,
        as_of,
        across,
    })
}

/// What is told of these groups across agencies: no figure that is small or from which one could be worked out, with every sum in
/// sight, and no time that has fewer than three on either side, for it would be somebody's.
async fn masked(
    engine: &Engine,
    query: &SentQuery,
    groups: impl Iterator<Item = &Tally>,
) -> Result<Vec<Figures>, AppError> {
    let groups: Vec<&Tally> = groups.collect();
    // The sum of all of them is told there, unless it is masked.
    let whole = flow::total(engine, &whole_flow(query)).await?.sent;
    if whole.is_none() {
        return Ok(groups.iter().map(|_| Figures::default()).collect());
    }
    let table: Vec<Vec<u64>> = groups.iter().map(|tally| tally.judged()).collect();
    let masks = suppress(&table);
    let figures = groups.iter().enumerate().map(|(row, tally)| {
        let open = (*tally).clone().figures();
        let shown = |masked: bool, figure: Figure| figure.filter(|_| !masked);
        let count = shown(masks.row(row), open.count);
        let beyond = |percent: u64| count.is_some_and(|count| count * percent / 100 >= LEAST);
        Figures {
            count,
            within_limit: shown(masks.cell(row, 0), open.within_limit),
            late: shown(masks.cell(row, 1), open.late),
            median: open.median.filter(|_| beyond(50)),
            p90: open.p90.filter(|_| beyond(10)),
            median_to_acknowledge: open.median_to_acknowledge.filter(|_| beyond(50)),
            ..Figures::default()
        }
    });
    Ok(figures.collect())
}

/// The same hand-offs as the table of senders and receivers counts them.
fn whole_flow(query: &SentQuery) -> FlowQuery {
    FlowQuery {
        scope: query.scope.clone(),
        from: query.from,
        until: query.until,
        as_of: query.as_of,
        sender: None,
        receiver: None,
        workflow: None,
        urgency: None,
        need: None,
    }
}

/// A page of these hand-offs.
///
/// # Errors
/// The store's.
pub async fn list(engine: &Engine, query: &SentQuery, after: Option<Position>, limit: u32) -> Result<Listed, AppError> {
    let as_of = query.as_of.unwrap_or_else(|| engine.now());
    let Page { items, next } = reports::sent_page(&engine.db, query, after, limit).await?;
    let names = Names::load(&engine.db, items.iter().map(|line| line.sent.receiver), []).await?;
    let lines = items.into_iter().map(|line| {
        let wait = Wait::of(&line.sent, as_of);
        (line, wait)
    });
    Ok(Listed {
        lines: lines.collect(),
        next,
        names,
    })
}

/// In each definition, the clocks that run from the sending on.
fn answer_limits(library: &Library) -> Vec<AnswerLimits> {
    let is_sent = |definition: &Definition, step: &String| {
        definition
            .state(step)
            .is_some_and(|state| state.core == HandoffState::Sent)
    };
    let limits = library.iter().map(|definition| {
        let rules = definition
            .clocks
            .iter()
            // Where an acknowledgement is only agreed upon, it is no answer; where the law or the workflow asks for it, it is.
            .filter(|rule| rule.agreed != Some(Purpose::Acknowledge) || rule.limit.is_some())
            .filter(|rule| rule.runs_in.iter().any(|step| is_sent(definition, step)));
        AnswerLimits {
            workflow: definition.key.clone(),
            clocks: rules.map(|rule| rule.id.clone()).collect(),
        }
    });
    limits.collect()
}

/// A group as it is counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    answered: usize,
    unanswered: usize,
    withdrawn: usize,
    within_limit: usize,
    late: usize,
    to_decide: Waits,
    to_acknowledge: Waits,
}

impl Tally {
    pub(super) fn add(&mut self, wait: Wait, acknowledged: Option<TimeDelta>) {
        match wait.status {
            Status::Answered => self.answered += 1,
            Status::Unanswered => self.unanswered += 1,
            Status::Withdrawn => self.withdrawn += 1,
        }
        match wait.late {
            Some(true) => self.late += 1,
            Some(false) => self.within_limit += 1,
            None => {}
        }
        match wait.status {
            Status::Answered => self.to_decide.answered_after(wait.length),
            Status::Unanswered | Status::Withdrawn => self.to_decide.unanswered_for(wait.length),
        }
        match acknowledged {
            Some(after) => self.to_acknowledge.answered_after(after),
            None => self.to_acknowledge.unanswered_for(wait.length),
        }
    }

    /// In time, late, and of which nobody knows yet.
    fn judged(&self) -> Vec<u64> {
        let unknown = self.answered + self.unanswered + self.withdrawn - self.within_limit - self.late;
        [self.within_limit, self.late, unknown].map(whole_number).to_vec()
    }

    pub(super) fn figures(self) -> Figures {
        let to_decide = self.to_decide.survival();
        Figures {
            count: number(self.answered + self.unanswered + self.withdrawn),
            answered: number(self.answered),
            unanswered: number(self.unanswered),
            withdrawn: number(self.withdrawn),
            median: to_decide.quantile(50),
            p90: to_decide.quantile(90),
            median_to_acknowledge: self.to_acknowledge.survival().quantile(50),
            within_limit: number(self.within_limit),
            late: number(self.late),
        }
    }
}

fn number(count: usize) -> Figure {
    Some(whole_number(count))
}

fn whole_number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
