//! Which way hand-offs go: who sends to whom, what comes back and why, disagreements, and referrals that are sent round.
//!
//! What is counted are the same hand-offs as in [`super::response_times`], each by its first answer.
//!
//! A lead is told of what their agencies sent or received, every figure as it is, with the list behind it. Whoever watches the
//! whole relay sees across agencies: one table, of senders and receivers, for a third of a year that is over, as it stood when it
//! was over, with small figures masked (see [`stafett_workflow::suppression`]) and no lists. What cannot be asked differently
//! cannot be asked twice and subtracted.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use stafett_store::Page;
use stafett_store::reports::{self, Dispute, FlowLine, FlowQuery, ReferralLine, Standing};
use stafett_workflow::agency::{AgencyId, HandoffId, ReferralId};
use stafett_workflow::policy::Scope;
use stafett_workflow::vocabulary::{Answer, Need, Urgency};
use uuid::Uuid;

use super::figures::{Answers, Figure, Tally, masked, masked_alone, masked_parts};
use super::period::Period;
use super::{Dimension, agency, not_too_many, only_the_whole, unknown_name, workflow_ids};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;

/// What these figures can be grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// Who sent.
    Sender,
    /// To whom.
    Receiver,
    /// On which workflow, in any version.
    Workflow,
    /// How urgent it was.
    Urgency,
}

impl Dimension for By {
    const ALL: &'static [Self] = &[Self::Sender, Self::Receiver, Self::Workflow, Self::Urgency];

    fn as_str(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Receiver => "receiver",
            Self::Workflow => "workflow",
            Self::Urgency => "urgency",
        }
    }
}

/// How the report is grouped when nobody says.
pub const USUAL: &[By] = &[By::Sender, By::Receiver];

/// Which hand-offs somebody asks about, as they write it.
#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    /// From when.
    pub from: Option<&'a str>,
    /// Until when.
    pub to: Option<&'a str>,
    /// By whom, by slug or id.
    pub sender: Option<&'a str>,
    /// To whom, by slug or id.
    pub receiver: Option<&'a str>,
    /// On which workflow.
    pub workflow: Option<&'a str>,
    /// How urgent.
    pub urgency: Option<Urgency>,
    /// About which need.
    pub need: Option<Need>,
}

/// The figures.
#[derive(Debug)]
pub struct Report {
    /// A row for each group that has something in it.
    pub rows: Vec<Row>,
    /// All of them together.
    pub total: Answers,
    /// The reasons of all of them together.
    pub reasons: Vec<Reason>,
    /// Disagreements about who is responsible.
    pub disputes: Disputes,
    /// Referrals that were sent round.
    pub rounds: Figure,
    /// Referrals about a youth who had been referred before.
    pub repeats: Figure,
    /// What the agencies in the rows are called.
    pub names: Names,
    /// When it stood so.
    pub as_of: DateTime<Utc>,
    /// Whether it goes across agencies, so that small figures are masked.
    pub across: bool,
}

/// One group with its figures.
#[derive(Debug, Clone)]
pub struct Row {
    /// Who sent, when grouped by it.
    pub sender: Option<AgencyId>,
    /// To whom, when grouped by it.
    pub receiver: Option<AgencyId>,
    /// On which workflow, when grouped by it.
    pub workflow: Option<String>,
    /// How urgent, when grouped by it.
    pub urgency: Option<Urgency>,
    /// What came back.
    pub answers: Answers,
    /// For which reasons, where they have codes; none across agencies.
    pub reasons: Vec<Reason>,
}

/// How many came back for a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What came back.
    pub answer: Answer,
    /// The code.
    pub code: String,
    /// How many.
    pub count: Figure,
}

/// Disagreements that began in the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disputes {
    /// How many.
    pub count: Figure,
    /// How many of them are over.
    pub settled: Figure,
    /// How many are not.
    pub running: Figure,
    /// How long half of those that are over lasted at most.
    pub median: Option<TimeDelta>,
    /// How long the longest of all has lasted; not told across agencies, for it is one of them.
    pub longest: Option<TimeDelta>,
}

/// A page of a list, and what the agencies in it are called.
#[derive(Debug)]
pub struct Listed<T, Position> {
    /// The lines.
    pub lines: Vec<T>,
    /// Where the next page begins.
    pub next: Option<Position>,
    /// What the agencies in the lines are called.
    pub names: Names,
    /// When it was looked at.
    pub now: DateTime<Utc>,
}

/// Where a list of hand-offs goes on.
pub type AfterHandoff = (DateTime<Utc>, HandoffId);
/// Where a list of referrals goes on.
pub type AfterReferral = (DateTime<Utc>, ReferralId);
/// Where a list of disagreements goes on.
pub type AfterDispute = (DateTime<Utc>, Uuid);

/// Which hand-offs that are, within `scope`.
///
/// # Errors
/// The parameters that are not valid, or that nobody may ask for across agencies; the store's.
pub async fn question(engine: &Engine, scope: Scope, asked: &Asked<'_>) -> Result<FlowQuery, AppError> {
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
        ("sender", asked.sender.is_some()),
        ("receiver", asked.receiver.is_some()),
        ("workflow", asked.workflow.is_some()),
        ("urgency", asked.urgency.is_some()),
        ("need", asked.need.is_some()),
    ];
    let narrower = narrower.into_iter().filter(|(_, given)| across && *given);
    wrong.extend(narrower.map(|(parameter, _)| only_the_whole(parameter, USUAL)));
    let (Some(period), true) = (period, wrong.is_empty()) else {
        return Err(AppError::Fields(wrong));
    };
    Ok(FlowQuery {
        scope,
        from: period.from,
        until: period.until,
        as_of: across.then_some(period.until),
        sender: agency(engine, "sender", asked.sender).await?,
        receiver: agency(engine, "receiver", asked.receiver).await?,
        workflow: asked.workflow.map(str::to_owned),
        urgency: asked.urgency,
        need: asked.need,
    })
}

/// The figures of these hand-offs in groups.
///
/// # Errors
/// A grouping that nobody may ask for across agencies, or too many groups; the store's.
pub async fn report(engine: &Engine, query: &FlowQuery, by: &BTreeSet<By>) -> Result<Report, AppError> {
    let across = query.scope.is_all();
    if across && !by.iter().eq(USUAL) {
        return Err(AppError::Fields(vec![only_the_whole("groupBy", USUAL)]));
    }
    let now = engine.now();
    let mut groups: BTreeMap<_, (Tally, Reasons)> = BTreeMap::new();
    let mut all = (Tally::default(), Reasons::new());
    for alike in reports::flow(&engine.db, query).await? {
        let group = (
            by.contains(&By::Sender).then_some(alike.sender),
            by.contains(&By::Receiver).then_some(alike.receiver),
            by.contains(&By::Workflow).then_some(alike.workflow),
            by.contains(&By::Urgency).then_some(alike.urgency),
        );
        for (tally, reasons) in [groups.entry(group).or_default(), &mut all] {
            tally.add(alike.answer, alike.count);
            if let Some(code) = &alike.code {
                *reasons.entry((alike.answer, code.clone())).or_default() += alike.count;
            }
        }
    }
    not_too_many(groups.len())?;
    let disputes = reports::disputes(&engine.db, query).await?;
    let (rounds, repeats) = (
        reports::rounds(&engine.db, query).await?,
        reports::repeats(&engine.db, query).await?,
    );
    let agencies = groups
        .keys()
        .flat_map(|(sender, receiver, ..)| [*sender, *receiver])
        .flatten();
    let names = Names::load(&engine.db, agencies, []).await?;
    let tallies: Vec<Tally> = groups.values().map(|(tally, _)| tally.clone()).collect();
    let (answers, total) = match across {
        true => masked(&tallies),
        false => (tallies.iter().map(Tally::open).collect(), all.0.open()),
    };
    let reasons = match across {
        true => masked_reasons(&all.1, &total),
        false => open_reasons(&all.1),
    };
    let rows =
        groups
            .into_iter()
            .zip(answers)
            .map(|(((sender, receiver, workflow, urgency), (_, reasons)), answers)| Row {
                sender,
                receiver,
                workflow,
                urgency,
                answers,
                reasons: if across { Vec::new() } else { open_reasons(&reasons) },
            });
    let mut rows: Vec<_> = rows.collect();
    let slug = |agency: Option<AgencyId>| agency.and_then(|id| names.agency(id)).map(|name| name.slug.clone());
    rows.sort_by_key(|row| (slug(row.sender), slug(row.receiver)));
    let alone = |figure| if across { masked_alone(figure) } else { Some(figure) };
    Ok(Report {
        rows,
        total,
        reasons,
        disputes: Disputes::of(&disputes, query.as_of.unwrap_or(now), across),
        rounds: alone(rounds),
        repeats: alone(repeats),
        names,
        as_of: query.as_of.unwrap_or(now),
        across,
    })
}

/// All of these hand-offs together, as [`report`] tells them across agencies.
///
/// # Errors
/// The store's.
pub(super) async fn total(engine: &Engine, query: &FlowQuery) -> Result<Answers, AppError> {
    let mut pairs: BTreeMap<(AgencyId, AgencyId), Tally> = BTreeMap::new();
    for alike in reports::flow(&engine.db, query).await? {
        let pair = pairs.entry((alike.sender, alike.receiver)).or_default();
        pair.add(alike.answer, alike.count);
    }
    let (_, total) = masked(&pairs.into_values().collect::<Vec<_>>());
    Ok(total)
}

/// How many came back for which reason.
pub(super) type Reasons = BTreeMap<(Answer, String), u64>;

pub(super) fn open_reasons(reasons: &Reasons) -> Vec<Reason> {
    let reasons = reasons.iter().map(|((answer, code), count)| Reason {
        answer: *answer,
        code: code.clone(),
        count: Some(*count),
    });
    reasons.collect()
}

/// The reasons of an answer are its parts: those without a code are one of them.
fn masked_reasons(reasons: &Reasons, total: &Answers) -> Vec<Reason> {
    let mut shown = Vec::new();
    let answers: BTreeSet<Answer> = reasons.keys().map(|(answer, _)| *answer).collect();
    for answer in answers {
        let coded: Vec<(&str, u64)> = reasons
            .iter()
            .filter(|((of, _), _)| *of == answer)
            .map(|((_, code), count)| (code.as_str(), *count))
            .collect();
        let mut parts: Vec<u64> = coded.iter().map(|(_, count)| *count).collect();
        let uncoded = total.of(answer).unwrap_or(0).saturating_sub(parts.iter().sum());
        parts.push(uncoded);
        let figures = masked_parts(total.of(answer), &parts).unwrap_or_default();
        shown.extend(coded.into_iter().zip(figures).map(|((code, _), count)| Reason {
            answer,
            code: code.to_owned(),
            count,
        }));
    }
    shown
}

impl Disputes {
    fn of(disputes: &[Dispute], now: DateTime<Utc>, across: bool) -> Self {
        let length = |dispute: &Dispute| dispute.settled_at.unwrap_or(now) - dispute.since;
        let mut over: Vec<TimeDelta> = disputes
            .iter()
            .filter(|dispute| dispute.settled_at.is_some())
            .map(length)
            .collect();
        over.sort_unstable();
        let (settled, count) = (number(over.len()), number(disputes.len()));
        let median = over.get(over.len().saturating_sub(1) / 2).copied();
        if !across {
            return Self {
                count: Some(count),
                settled: Some(settled),
                running: Some(count - settled),
                median,
                longest: disputes.iter().map(length).max(),
            };
        }
        let whole = masked_alone(count);
        let parts = masked_parts(whole, &[settled, count - settled]).unwrap_or_default();
        let mut parts = parts.into_iter();
        let settled = parts.next().flatten();
        Self {
            count: whole,
            settled,
            running: parts.next().flatten(),
            median: median.filter(|_| settled.is_some()),
            longest: None,
        }
    }
}

fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A page of these hand-offs that had one of these answers, for a reason.
///
/// # Errors
/// The store's.
pub async fn referrals(
    engine: &Engine,
    query: &FlowQuery,
    answers: (&[Answer], Option<&str>),
    after: Option<AfterHandoff>,
    limit: u32,
) -> Result<Listed<FlowLine, AfterHandoff>, AppError> {
    let page = reports::flow_page(&engine.db, query, answers, after, limit).await?;
    let agencies: Vec<_> = page
        .items
        .iter()
        .flat_map(|line| [line.sender, line.receiver])
        .collect();
    listed(engine, page, agencies).await
}

/// A page of the disagreements.
///
/// # Errors
/// The store's.
pub async fn disputes(
    engine: &Engine,
    query: &FlowQuery,
    standing: Option<Standing>,
    after: Option<AfterDispute>,
    limit: u32,
) -> Result<Listed<Dispute, AfterDispute>, AppError> {
    let page = reports::disputes_page(&engine.db, query, standing, after, limit).await?;
    let agencies: Vec<_> = page
        .items
        .iter()
        .flat_map(|line| [line.sender, line.receiver])
        .collect();
    listed(engine, page, agencies).await
}

/// A page of the referrals that were sent round.
///
/// # Errors
/// The store's.
pub async fn rounds(
    engine: &Engine,
    query: &FlowQuery,
    after: Option<AfterReferral>,
    limit: u32,
) -> Result<Listed<ReferralLine, AfterReferral>, AppError> {
    let page = reports::rounds_page(&engine.db, query, after, limit).await?;
    let agencies: Vec<_> = page.items.iter().map(|line| line.holder).collect();
    listed(engine, page, agencies).await
}

/// A page of the referrals about a youth who had been referred before.
///
/// # Errors
/// The store's.
pub async fn repeats(
    engine: &Engine,
    query: &FlowQuery,
    after: Option<AfterReferral>,
    limit: u32,
) -> Result<Listed<ReferralLine, AfterReferral>, AppError> {
    let page = reports::repeats_page(&engine.db, query, after, limit).await?;
    let agencies: Vec<_> = page.items.iter().map(|line| line.holder).collect();
    listed(engine, page, agencies).await
}

pub(super) async fn listed<T, P>(
    engine: &Engine,
    page: Page<T, P>,
    agencies: Vec<AgencyId>,
) -> Result<Listed<T, P>, AppError> {
    Ok(Listed {
        lines: page.items,
        next: page.next,
        names: Names::load(&engine.db, agencies, []).await?,
        now: engine.now(),
    })
}
