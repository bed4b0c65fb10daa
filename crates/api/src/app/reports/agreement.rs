//! The statement of an agreement: month by month, how many hand-offs fell under it, and how the limits that it set were kept.
//!
//! A hand-off falls under a version of an agreement when that version set at least one of its limits. It belongs to the month in
//! which it was sent, in Oslo. Each limit ended in one of four ways: what it waited for was done *within* it or *late*, it is
//! still *unanswered*, or the hand-off was *withdrawn*. Of the unanswered those are told besides whose limit is up.
//!
//! It is told to those who lead one of the two parties, every figure as it is: both see these hand-offs whole.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Months, NaiveDate, SubsecRound, TimeDelta, Utc};
use stafett_store::reports::{self, Agreed, AgreedQuery, AnswerLimits, Outcome};
use stafett_store::{Page, agencies, agreements};
use stafett_workflow::Refusal;
use stafett_workflow::agency::{AgreementId, ClockId, HandoffId};
use stafett_workflow::agreement::{Agreement, Purpose};
use stafett_workflow::calendar::local_date;
use stafett_workflow::definition::Library;
use stafett_workflow::policy::Scope;
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::Code;

use super::period::midnight;
use super::survival::{Waits, share};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;

/// The figures of one version of an agreement.
#[derive(Debug)]
pub struct Statement {
    /// The version.
    pub agreement: Agreement,
    /// Every month in which something could be sent under it, the oldest first.
    pub months: Vec<Month>,
    /// What the two are called.
    pub names: Names,
    /// When it stood so.
    pub as_of: DateTime<Utc>,
}

/// One month.
#[derive(Debug)]
pub struct Month {
    /// Its first day.
    pub first: NaiveDate,
    /// How many hand-offs that were sent in it fell under the agreement.
    pub handoffs: usize,
    /// The figures of each purpose for which the agreement has a limit.
    pub limits: Vec<(Purpose, Kept)>,
}

/// How limits for one purpose were kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// How many ran.
    pub count: usize,
    /// Over before the limit was up: by what it waited for, or because the hand-off ended otherwise.
    pub within: usize,
    /// Done after it.
    pub late: usize,
    /// Not done.
    pub unanswered: usize,
    /// Of these, those whose limit is up.
    pub overdue: usize,
    /// Taken back before it was done.
    pub withdrawn: usize,
    /// Within which time half were done, those that are not counted as waiting for longer than so far; `None` when it falls among
    /// them.
    pub median: Option<TimeDelta>,
}

impl Kept {
    /// The share that was done in time, of those of which one knows; `None` when one knows of none.
    #[must_use]
    pub fn share_within(&self) -> Option<f64> {
        let judged = self.within + self.late + self.overdue;
        (judged > 0).then(|| share(self.within, judged))
    }
}

/// Which limits somebody asks about, as they write it.
#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    /// Of hand-offs that were sent in this month, as `2026-11`.
    pub month: Option<&'a str>,
    /// For what.
    pub purpose: Option<Purpose>,
    /// Ended how.
    pub outcome: Option<&'a str>,
    /// As they stood then.
    pub as_of: Option<DateTime<Utc>>,
}

/// The limits behind a figure.
#[derive(Debug)]
pub struct Listed {
    /// The limits, each with what it is for, the first begun first.
    pub lines: Vec<(Agreed, Option<Purpose>)>,
    /// Where the next page begins.
    pub next: Option<Position>,
    /// When they stood so.
    pub as_of: DateTime<Utc>,
}

/// Where the list goes on: after the limit that began at this time and has this id.
pub type Position = (DateTime<Utc>, ClockId);

/// The ways in which a list can be narrowed, as they are written.
const OUTCOMES: [(&str, &[Outcome]); 5] = [
    ("within", &[Outcome::Within]),
    ("late", &[Outcome::Late]),
    ("unanswered", &[Outcome::Waiting, Outcome::Overdue]),
    ("overdue", &[Outcome::Overdue]),
    ("withdrawn", &[Outcome::Withdrawn]),
];

/// The statement of one version of an agreement, for those who lead one of its parties.
///
/// # Errors
/// Hidden: no such agency or agreement, or not one that the reader leads; the store's.
pub async fn statement(
    engine: &Engine,
    scope: Scope,
    agency: &str,
    agreement: AgreementId,
) -> Result<Statement, AppError> {
    let agreement = found(engine, &scope, agency, agreement).await?;
    let as_of = engine.now();
    let query = whole(scope, &agreement, as_of);
    let names = Names::load(&engine.db, [agreement.sender, agreement.receiver], []).await?;
    let mut handoffs: BTreeMap<NaiveDate, BTreeSet<HandoffId>> = BTreeMap::new();
    let mut tallies: BTreeMap<(NaiveDate, Purpose), Tally> = BTreeMap::new();
    // Of each hand-off every limit; which of them is the first tells nothing here.
    let every = AgreedQuery {
        limits: Some(agreed_limits(&engine.library, None)),
        ..query
    };
    reports::each_agreed(&engine.db, &every, |agreed| {
        let month = month_of(agreed.sent_at);
        handoffs.entry(month).or_default().insert(agreed.handoff);
        if let Some(purpose) = purpose(&engine.library, &agreed) {
            tallies.entry((month, purpose)).or_default().add(&agreed, as_of);
        }
    })
    .await?;
    let purposes: BTreeSet<Purpose> = agreement.limits.iter().map(|(purpose, ..)| purpose).collect();
    let months = months(&agreement, as_of).into_iter().map(|first| Month {
        first,
        handoffs: handoffs.get(&first).map_or(0, BTreeSet::len),
        limits: purposes
            .iter()
            .map(|purpose| (*purpose, tallies.remove(&(first, *purpose)).unwrap_or_default().kept()))
            .collect(),
    });
    Ok(Statement {
        months: months.collect(),
        agreement,
        names,
        as_of,
    })
}

/// A page of the limits behind a figure; without a purpose of each hand-off one.
///
/// # Errors
/// Hidden, as for [`statement`]; the parameters that are not valid; the store's.
pub async fn list(
    engine: &Engine,
    scope: Scope,
    (agency, agreement): (&str, AgreementId),
    asked: &Asked<'_>,
    after: Option<Position>,
    limit: u32,
) -> Result<Listed, AppError> {
    let agreement = found(engine, &scope, agency, agreement).await?;
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
    let month = asked.month.map(|month| parse_month(month).ok_or_else(not_a_month));
    let month = month.transpose().map_err(|error| wrong.push(error)).ok().flatten();
    let outcomes = outcomes(asked).map_err(|error| wrong.push(error)).unwrap_or_default();
    if !wrong.is_empty() {
        return Err(AppError::Fields(wrong));
    }
    let query = AgreedQuery {
        from: month.and_then(midnight),
        until: month
            .and_then(|first| first.checked_add_months(Months::new(1)))
            .and_then(midnight),
        limits: asked
            .purpose
            .map(|purpose| agreed_limits(&engine.library, Some(purpose))),
        outcomes: outcomes.to_vec(),
        ..whole(scope, &agreement, as_of)
    };
    let Page { items, next } = reports::agreed_page(&engine.db, &query, after, limit).await?;
    let with_purpose = |agreed: Agreed| {
        let purpose = purpose(&engine.library, &agreed);
        (agreed, purpose)
    };
    Ok(Listed {
        lines: items.into_iter().map(with_purpose).collect(),
        next,
        as_of,
    })
}

/// One that an agency which the reader leads has a part in; whatever others have agreed does not exist here.
async fn found(engine: &Engine, scope: &Scope, agency: &str, id: AgreementId) -> Result<Agreement, AppError> {
    let agency = agencies::find(&engine.db, agency)
        .await?
        .filter(|agency| scope.agencies().contains(&agency.id))
        .ok_or_else(Refusal::not_found)?;
    let agreement = agreements::find(&engine.db, id).await?;
    Ok(agreement
        .filter(|agreement| agreement.is_party(agency.id))
        .ok_or_else(Refusal::not_found)?)
}

fn whole(scope: Scope, agreement: &Agreement, as_of: DateTime<Utc>) -> AgreedQuery {
    AgreedQuery {
        scope,
        agreement: agreement.id,
        sender: agreement.sender,
        receiver: agreement.receiver,
        from: None,
        until: None,
        limits: None,
        outcomes: Vec::new(),
        as_of,
    }
}

/// In each definition, the clocks that an agreement can set for a purpose, or for any.
fn agreed_limits(library: &Library, purpose: Option<Purpose>) -> Vec<AnswerLimits> {
    let set = |agreed: Option<Purpose>| agreed.is_some_and(|agreed| purpose.is_none_or(|purpose| agreed == purpose));
    let limits = library.iter().map(|definition| AnswerLimits {
        workflow: definition.key.clone(),
        clocks: definition
            .clocks
            .iter()
            .filter(|rule| set(rule.agreed))
            .map(|rule| rule.id.clone())
            .collect(),
    });
    limits.collect()
}

/// What a limit is for.
fn purpose(library: &Library, agreed: &Agreed) -> Option<Purpose> {
    library.get(&agreed.workflow)?.clock(&agreed.clock)?.agreed
}

fn outcomes(asked: &Asked<'_>) -> Result<&'static [Outcome], FieldError> {
    let Some(given) = asked.outcome else { return Ok(&[]) };
    let allowed = OUTCOMES.map(|(name, _)| name).join(", ");
    let found = OUTCOMES.iter().find(|(name, _)| *name == given);
    let (_, outcomes) = found.ok_or_else(|| {
        FieldError::new(
            "?outcome",
            "unknown-code",
            format!("Skal være en av: {allowed}."),
            format!("Must be one of: {allowed}."),
        )
    })?;
    // Of a hand-off with several limits nobody can say that it ended in one way.
    if asked.purpose.is_none() {
        let purposes: Vec<_> = Purpose::ALL.iter().map(|purpose| purpose.as_str()).collect();
        let purposes = purposes.join(", ");
        return Err(FieldError::new(
            "?purpose",
            "required",
            format!("Si også hva fristen er for: {purposes}."),
            format!("Say what the limit is for as well: {purposes}."),
        ));
    }
    Ok(outcomes)
}

fn parse_month(written: &str) -> Option<NaiveDate> {
    (written.len() == 7)
        .then(|| NaiveDate::parse_from_str(&format!("{written}-01"), "%Y-%m-%d").ok())
        .flatten()
}

fn not_a_month() -> FieldError {
    FieldError::new(
        "?month",
        "invalid-value",
        "Skal være en måned, for eksempel 2026-11.",
        "Must be a month, such as 2026-11.",
    )
}

fn month_of(at: DateTime<Utc>) -> NaiveDate {
    let day = local_date(at);
    day.with_day(1).unwrap_or(day)
}

/// Every month in which the version could have counted, until now.
fn months(agreement: &Agreement, now: DateTime<Utc>) -> Vec<NaiveDate> {
    let Some(approved) = agreement.answered.filter(|_| agreement.was_approved()) else {
        return Vec::new();
    };
    let first = agreement
        .validity
        .from
        .map_or(local_date(approved.at), |from| from.max(local_date(approved.at)));
    let ends = [agreement.validity.to, agreement.ended.map(|word| local_date(word.at))];
    let last = ends
        .into_iter()
        .flatten()
        .chain([local_date(now)])
        .min()
        .unwrap_or(first);
    let mut months = Vec::new();
    let mut next = first.with_day(1);
    while let Some(month) = next.filter(|month| *month <= last) {
        months.push(month);
        next = month.checked_add_months(Months::new(1));
    }
    months
}

#[derive(Default)]
struct Tally {
    by: BTreeMap<Outcome, usize>,
    waits: Waits,
}

impl Tally {
    fn add(&mut self, agreed: &Agreed, as_of: DateTime<Utc>) {
        *self.by.entry(agreed.outcome).or_default() += 1;
        let length = agreed.stopped_at.unwrap_or(as_of) - agreed.started_at;
        match agreed.outcome {
            Outcome::Within | Outcome::Late => self.waits.answered_after(length),
            Outcome::Waiting | Outcome::Overdue | Outcome::Withdrawn => self.waits.unanswered_for(length),
        }
    }

    fn kept(self) -> Kept {
        let of = |outcome: Outcome| self.by.get(&outcome).copied().unwrap_or(0);
        Kept {
            count: self.by.values().sum(),
            within: of(Outcome::Within),
            late: of(Outcome::Late),
            unanswered: of(Outcome::Waiting) + of(Outcome::Overdue),
            overdue: of(Outcome::Overdue),
            withdrawn: of(Outcome::Withdrawn),
            median: self.waits.survival().quantile(50),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_written_one_way() {
        assert_eq!(parse_month("2026-11"), NaiveDate::from_ymd_opt(2026, 11, 1));
        for wrong in ["2026", "2026-13", "2026-1", "26-11", "2026-11-01", "november", ""] {
            assert_eq!(parse_month(wrong), None, "{wrong}");
        }
        // Sent on the first by the clocks of Oslo.
        assert_eq!(
            month_of("2026-10-31T23:30:00Z".parse().unwrap()),
            NaiveDate::from_ymd_opt(2026, 11, 1).unwrap()
        );
    }

    #[test]
    fn of_several_limits_nobody_says_how_they_ended() {
        let asked = |purpose, outcome| {
            let asked = Asked {
                purpose,
                outcome: Some(outcome),
                ..Asked::default()
            };
            outcomes(&asked).map_err(|error| error.pointer)
        };
        assert_eq!(asked(None, "late"), Err("?purpose".to_owned()));
        assert_eq!(asked(Some(Purpose::Answer), "soon"), Err("?outcome".to_owned()));
        assert_eq!(
            asked(Some(Purpose::Answer), "unanswered"),
            Ok([Outcome::Waiting, Outcome::Overdue].as_slice())
        );
    }
}
