//! Where the time of one referral went: stretch by stretch, who had the baton, whom it waited for, and for how long.
//!
//! It is worked out from the log alone. A stretch lasts as long as nothing of it changes: the leg, its step, who holds the baton,
//! and who must act. The baton and the wait are two things: what was sent and is not answered is still its sender's, and waits for
//! its receiver. So a holder has time of their own, in which they could have acted, and time in which they waited for others.
//!
//! The stretches follow each other without a gap: together they are the whole time from the first word to the end, or to now.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::agency::{AgencyId, HandoffId, ReferralId};
use crate::calendar::OpeningHours;
use crate::event::Event;
use crate::evolve::{ReplayError, begin, evolve};
use crate::referral::Referral;
use crate::vocabulary::HandoffState;

/// Where a referral stood for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The leg.
    pub handoff: HandoffId,
    /// Who sent it, or was about to.
    pub sender: AgencyId,
    /// To whom; nobody as long as it is a draft.
    pub receiver: Option<AgencyId>,
    /// The core state.
    pub state: HandoffState,
    /// The definition's step.
    pub step: String,
    /// Whether the services disagreed about who is responsible.
    pub disputed: bool,
    /// Who had the baton.
    pub holder: AgencyId,
    /// Who had to act; nobody while it was over.
    pub waits_for: Option<AgencyId>,
}

/// A stretch of time in which a referral stood in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The number of the leg, from 1, in the order in which they were written.
    pub leg: usize,
    /// Where it stood.
    pub place: Place,
    /// The event with which it began.
    pub event: Uuid,
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub until: DateTime<Utc>,
    /// For how long whoever had to act was open, by the hours that they have now; `None` when nobody had to, or they say no hours.
    pub open: Option<TimeDelta>,
}

/// The whole time of a referral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeSpent {
    /// The stretches in their order; each begins when the one before ends.
    pub stretches: Vec<Stretch>,
    /// Whether it is over; else the last stretch still runs.
    pub over: bool,
}

/// What of the time was an agency's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// It held the baton and had to act itself.
    pub own: TimeDelta,
    /// It held the baton and waited for another.
    pub waiting: TimeDelta,
    /// Another held the baton and waited for it.
    pub awaited: TimeDelta,
}

impl Place {
    fn of(referral: &Referral) -> Option<Self> {
        let leg = referral.current_handoff()?;
        Some(Self {
            handoff: leg.id,
            sender: leg.sender,
            receiver: leg.terms.receiver.filter(|_| leg.is_sent()),
            state: leg.state,
            step: leg.step.clone(),
            disputed: referral.disputed_since.is_some(),
            holder: referral.custodian,
            waits_for: waits_for(referral),
        })
    }

    /// Whether whoever had to act held the baton as well.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.waits_for == Some(self.holder)
    }
}

/// Who must act, as the referral stands; nobody once it is over.
#[must_use]
pub fn waits_for(referral: &Referral) -> Option<AgencyId> {
    if referral.state.is_end() {
        return None;
    }
    if referral.disputed_since.is_some() {
        return referral.coordinator;
    }
    let leg = referral.current_handoff()?;
    match leg.state {
        HandoffState::Draft | HandoffState::InfoRequested => Some(leg.sender),
        HandoffState::Sent | HandoffState::Acknowledged => leg.terms.receiver,
        HandoffState::Accepted
        | HandoffState::InProgress
        | HandoffState::OnHold
        | HandoffState::Declined
        | HandoffState::ReturnedWithAdvice
        | HandoffState::Forwarded
        | HandoffState::Withdrawn
        | HandoffState::EndedEarly
        | HandoffState::Completed
        | HandoffState::EnteredInError => Some(referral.custodian),
    }
}

impl Stretch {
    /// How long it lasted by the wall clock.
    #[must_use]
    pub fn wall(&self) -> TimeDelta {
        self.until - self.from
    }
}

impl TimeSpent {
    /// The time of the referral that `log` tells, as it stands at `now`. Opening hours are those of `hours`.
    ///
    /// A clock that was set back on the way makes nothing shorter than nothing: what was noted earlier than what it follows counts as
    /// noted at the same instant.
    ///
    /// # Errors
    /// [`ReplayError`] when the log does not begin with the creation or has a gap.
    pub fn of(
        id: ReferralId,
        log: &[Event],
        now: DateTime<Utc>,
        hours: &BTreeMap<AgencyId, OpeningHours>,
    ) -> Result<Self, ReplayError> {
        let (first, rest) = log.split_first().ok_or(ReplayError::NoCreation)?;
        let mut referral = begin(id, first).ok_or(ReplayError::NoCreation)?;
        let mut course = Course::default();
        course.come(Place::of(&referral), first.id, first.at);
        for event in rest {
            let expected = referral.event_seq + 1;
            if event.seq != expected {
                return Err(ReplayError::Gap {
                    expected,
                    found: event.seq,
                });
            }
            referral = evolve(referral, event);
            course.come(Place::of(&referral), event.id, event.at);
        }
        let over = referral.state.is_end();
        // After the end no time is spent any more.
        let until = (!over).then_some(now);
        Ok(Self {
            stretches: course.end(until, hours),
            over,
        })
    }

    /// When it began; `None` when no time has gone.
    #[must_use]
    pub fn from(&self) -> Option<DateTime<Utc>> {
        self.stretches.first().map(|first| first.from)
    }

    /// Until when it lasted, or has lasted so far.
    #[must_use]
    pub fn until(&self) -> Option<DateTime<Utc>> {
        self.stretches.last().map(|last| last.until)
    }

    /// All of it by the wall clock.
    #[must_use]
    pub fn wall(&self) -> TimeDelta {
        self.stretches.iter().map(Stretch::wall).sum()
    }

    /// What of it was whose. `own` and `waiting` of all agencies together are the whole, but for the time in which it was over
    /// before it was taken up again.
    #[must_use]
    pub fn shares(&self) -> BTreeMap<AgencyId, Share> {
        let mut shares: BTreeMap<AgencyId, Share> = BTreeMap::new();
        for stretch in &self.stretches {
            let Some(waits_for) = stretch.place.waits_for else {
                continue;
            };
            let held = shares.entry(stretch.place.holder).or_default();
            if stretch.place.is_own() {
                held.own += stretch.wall();
            } else {
                held.waiting += stretch.wall();
                shares.entry(waits_for).or_default().awaited += stretch.wall();
            }
        }
        shares
    }
}

/// The way of a referral, as it is walked along the log.
#[derive(Default)]
struct Course {
    done: Vec<(Place, Uuid, DateTime<Utc>, DateTime<Utc>)>,
    here: Option<(Place, Uuid, DateTime<Utc>)>,
    /// The latest instant so far.
    latest: Option<DateTime<Utc>>,
    /// The legs in the order in which they came.
    legs: Vec<HandoffId>,
}

impl Course {
    fn come(&mut self, place: Option<Place>, event: Uuid, at: DateTime<Utc>) {
        let at = self.latest.map_or(at, |latest| latest.max(at));
        self.latest = Some(at);
        let Some(place) = place else { return };
        if !self.legs.contains(&place.handoff) {
            self.legs.push(place.handoff);
        }
        match self.here.take() {
            Some((here, begun_by, since)) if here == place => self.here = Some((here, begun_by, since)),
            Some((here, begun_by, since)) => {
                // What follows at the same instant belongs to what came first there.
                let event = if since == at { begun_by } else { event };
                self.leave(here, begun_by, since, at);
                self.here = Some(self.resumed(place, event, at));
            }
            None => self.here = Some((place, event, at)),
        }
    }

    fn leave(&mut self, place: Place, event: Uuid, from: DateTime<Utc>, until: DateTime<Utc>) {
        if from < until {
            self.done.push((place, event, from, until));
        }
    }

    /// Whoever comes back at once to where they were has never left.
    fn resumed(&mut self, place: Place, event: Uuid, at: DateTime<Utc>) -> (Place, Uuid, DateTime<Utc>) {
        match self
            .done
            .pop_if(|(before, _, _, until)| *before == place && *until == at)
        {
            Some((place, event, from, _)) => (place, event, from),
            None => (place, event, at),
        }
    }

    fn end(mut self, until: Option<DateTime<Utc>>, hours: &BTreeMap<AgencyId, OpeningHours>) -> Vec<Stretch> {
        if let (Some((place, event, since)), Some(until)) = (self.here.take(), until) {
            self.leave(place, event, since, until);
        }
        let legs = self.legs;
        let stretch = |(place, event, from, until): (Place, Uuid, DateTime<Utc>, DateTime<Utc>)| Stretch {
            leg: legs
                .iter()
                .position(|leg| *leg == place.handoff)
                .map_or(0, |nth| nth + 1),
            open: place
                .waits_for
                .and_then(|agency| hours.get(&agency))
                .map(|hours| hours.open_between(from, until)),
            place,
            event,
            from,
            until,
        };
        self.done.into_iter().map(stretch).collect()
    }
}
