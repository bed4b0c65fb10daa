//! What a reader may know of a referral: all of it, or what it was when their part in it ended.
//!
//! Whoever wrote it, sends it, holds the baton, decides who is responsible, is asked now or has ever taken it sees it whole. An
//! agency that was asked and did not take it has no business with what comes later:
//!
//! * whoever **declined, returned or sent it on** keeps what they had then, and sees nothing of what came after;
//! * from whom it was **taken back**, or who got it **by mistake**, sees that this happened, to their own hand-off, and when and
//!   by whom. What was told of the youth was not meant for them, so nothing of it is shown any more.
//!
//! The log says what there was then: a referral as somebody knew it is the replay of its beginning.

use chrono::{DateTime, Utc};

use crate::agency::{AgencyId, HandoffId};
use crate::event::{Event, Fact};
use crate::evolve::{ReplayError, replay};
use crate::referral::{Handoff, Referral};
use crate::vocabulary::HandoffState;

/// How much of a referral somebody may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Insight {
    /// All of it.
    Whole,
    /// What it was when their part ended.
    Past(Past),
}

/// What somebody may know whose part has ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Past {
    /// Whether they keep what they were told.
    keeps: bool,
    /// What happened later is not theirs to know.
    until: DateTime<Utc>,
    /// Nor is the decision by which this leg was opened, though it may have been taken at the same instant.
    before: Option<HandoffId>,
    /// The legs that were sent to them.
    legs: Vec<HandoffId>,
}

impl Insight {
    /// What the people of `agencies` may know; the most that one of them may. Whoever does not know of the referral at all is
    /// not asked about here: the scope has kept them out.
    #[must_use]
    pub fn of(referral: &Referral, agencies: &[AgencyId]) -> Self {
        let known: Vec<AgencyId> = agencies
            .iter()
            .copied()
            .filter(|agency| referral.knows(*agency))
            .collect();
        let mut best: Option<Past> = None;
        for agency in known {
            let Some(past) = past(referral, agency) else {
                return Self::Whole;
            };
            best = best.max(Some(past));
        }
        best.map_or(Self::Whole, Self::Past)
    }

    /// Whether it is the whole referral.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        matches!(self, Self::Whole)
    }
}

impl Past {
    /// Whether they keep what they were told of the youth and the need.
    #[must_use]
    pub const fn keeps(&self) -> bool {
        self.keeps
    }

    /// The beginning of the log, as far as they may know it.
    #[must_use]
    pub fn log<'a>(&self, log: &'a [Event]) -> &'a [Event] {
        let next = |event: &&Event| self.before.is_some() && event.fact.handoff() == self.before;
        let known = match log.iter().find(next) {
            Some(opened) => log.partition_point(|event| event.version < opened.version),
            None => match log
                .iter()
                .rfind(|event| event.at == self.until && self.is_theirs(&event.fact))
            {
                // A clock that was set back meanwhile does not make it later.
                Some(ending) => log.partition_point(|event| event.version <= ending.version),
                None => log.partition_point(|event| event.at <= self.until),
            },
        };
        log.get(..known).unwrap_or(log)
    }

    /// The referral as they may know it.
    ///
    /// # Errors
    /// [`ReplayError`] when the log is not the referral's.
    pub fn referral(&self, referral: &Referral, log: &[Event]) -> Result<Referral, ReplayError> {
        let mut then = replay(referral.id, self.log(log))?;
        if !self.keeps {
            then.handoffs.retain(|leg| self.legs.contains(&leg.id));
            then.clocks.retain(|clock| self.legs.contains(&clock.handoff));
            for leg in &mut then.handoffs {
                leg.terms.basis_text = None;
            }
        }
        Ok(then)
    }

    /// Whether an entry of the log up to then is theirs to see.
    #[must_use]
    pub fn sees(&self, fact: &Fact) -> bool {
        self.keeps || self.is_theirs(fact)
    }

    /// Whether a leg up to then is theirs to know of.
    #[must_use]
    pub fn sees_leg(&self, leg: HandoffId) -> bool {
        self.keeps || self.legs.contains(&leg)
    }

    fn is_theirs(&self, fact: &Fact) -> bool {
        fact.handoff().is_some_and(|leg| self.legs.contains(&leg))
    }

    /// Whether what is registered of the youth is what they were told: nobody has corrected it since.
    #[must_use]
    pub fn person_stands(&self, log: &[Event]) -> bool {
        let later = log.get(self.log(log).len()..).unwrap_or_default();
        let corrected = |event: &Event| matches!(event.fact, Fact::PersonRectified { .. });
        self.keeps && !later.iter().any(corrected)
    }
}

/// What an agency that knows of a referral may know if its part has ended; none if it may know all.
fn past(referral: &Referral, agency: AgencyId) -> Option<Past> {
    let stays = referral.originator == agency
        || referral.custodian == agency
        || referral.coordinator == Some(agency)
        || referral.handoffs.iter().any(|leg| leg.sender == agency);
    let own = || {
        referral
            .handoffs
            .iter()
            .enumerate()
            .filter(|(_, leg)| leg.is_sent() && leg.terms.receiver == Some(agency))
    };
    let ends: Option<Vec<End>> = own().map(|(place, leg)| end(referral, place, leg)).collect();
    let (keeps, until, before) = ends.filter(|_| !stays)?.into_iter().max()?;
    Some(Past {
        keeps,
        until,
        before,
        legs: own().map(|(_, leg)| leg.id).collect(),
    })
}

/// Whether somebody keeps what they were told, until when they know, and which leg was opened then.
type End = (bool, DateTime<Utc>, Option<HandoffId>);

/// The end of a receiver's part who did not take a leg; none while they are asked, and when they have taken it.
fn end(referral: &Referral, place: usize, leg: &Handoff) -> Option<End> {
    let ended = leg.times.ended?;
    if leg.times.decided.is_some_and(|decided| decided < ended) {
        return None;
    }
    match leg.state {
        HandoffState::Withdrawn | HandoffState::EnteredInError => Some((false, ended, None)),
        HandoffState::Forwarded => Some((true, ended, None)),
        // They are heard until the next one is asked: the two sides may still write to each other, or disagree.
        HandoffState::Declined | HandoffState::ReturnedWithAdvice => referral
            .handoffs
            .iter()
            .skip(place + 1)
            .find(|next| next.state != HandoffState::EnteredInError)
            .and_then(|next| {
                let opened = next.times.created? - chrono::TimeDelta::microseconds(1);
                Some((true, opened, Some(next.id)))
            }),
        HandoffState::Draft
        | HandoffState::Sent
        | HandoffState::Acknowledged
        | HandoffState::InfoRequested
        | HandoffState::Accepted
        | HandoffState::InProgress
        | HandoffState::OnHold
        | HandoffState::EndedEarly
        | HandoffState::Completed => None,
    }
}
