//! A second way from the log to the figures. It reads the facts by itself and knows neither [`crate::evolve`](mod@crate::evolve) nor any
//! table, so that a figure on which both ways agree is not wrong because one function is.
//!
//! It notes of a referral only what figures are made of: who sent each leg to whom, when it was sent, answered and over, and which
//! limits ran.

use chrono::{DateTime, Utc};

use crate::agency::{AgencyId, ClockId, HandoffId};
use crate::event::{Event, Fact, Snapshot};
use crate::referral::{Clock, WorkflowKey};
use crate::vocabulary::{Answer, HandoffState, Urgency};

/// What one log tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// The definition on which it runs.
    pub workflow: WorkflowKey,
    /// How urgent.
    pub urgency: Urgency,
    /// Who wrote it.
    pub originator: AgencyId,
    /// Who holds the baton.
    pub holder: AgencyId,
    /// The municipality that decides, once the services have disagreed.
    pub coordinator: Option<AgencyId>,
    /// Whether its custodian closed it.
    pub revoked: bool,
    /// The legs in their order.
    pub legs: Vec<Leg>,
    /// Every limit that ever ran.
    pub limits: Vec<Limit>,
}

/// One leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Its id.
    pub id: HandoffId,
    /// Who sends.
    pub sender: AgencyId,
    /// To whom.
    pub receiver: Option<AgencyId>,
    /// Where it stands.
    pub state: HandoffState,
    /// When it was sent.
    pub sent: Option<DateTime<Utc>>,
    /// When it was accepted, declined, returned or forwarded.
    pub decided: Option<DateTime<Utc>>,
    /// When it was over.
    pub ended: Option<DateTime<Utc>>,
}

/// A limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The clock's id.
    pub id: ClockId,
    /// On which leg.
    pub leg: HandoffId,
    /// Its name in the definition.
    pub name: String,
    /// From when it counts.
    pub started: DateTime<Utc>,
    /// When it is up.
    pub due: DateTime<Utc>,
    /// Whether what it waited for has happened.
    pub stopped: bool,
    /// Whether it stands still.
    pub paused: bool,
}

impl Leg {
    fn draft(id: HandoffId, sender: AgencyId, receiver: Option<AgencyId>) -> Self {
        Self {
            id,
            sender,
            receiver,
            state: HandoffState::Draft,
            sent: None,
            decided: None,
            ended: None,
        }
    }

    fn comes_to(&mut self, state: HandoffState, at: DateTime<Utc>) {
        self.state = state;
        if state == HandoffState::Sent {
            self.sent = self.sent.or(Some(at));
        }
        if matches!(
            state,
            HandoffState::Accepted
                | HandoffState::Declined
                | HandoffState::ReturnedWithAdvice
                | HandoffState::Forwarded
        ) {
            self.decided = self.decided.or(Some(at));
        }
        self.ended = state.is_end().then(|| self.ended.unwrap_or(at));
    }

    /// Whether it counts as handed off: sent, and not laid in somebody's hands by a decision on who is responsible.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.sent
            .is_some_and(|sent| self.decided.is_none_or(|decided| decided > sent))
    }

    /// When the first answer came: a decision, or an end by the receiver without one, as advice is.
    #[must_use]
    pub fn answered(&self) -> Option<DateTime<Utc>> {
        let at_once = matches!(self.state, HandoffState::Completed | HandoffState::EndedEarly);
        self.decided.or(self.ended.filter(|_| at_once))
    }

    /// What came back first.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match (self.answered(), self.ended) {
            (None, None) => Answer::Unanswered,
            (None, Some(_)) => Answer::Withdrawn,
            (Some(_), ended) => match self.state {
                HandoffState::Declined if ended == self.decided => Answer::Declined,
                HandoffState::ReturnedWithAdvice if ended == self.decided => Answer::Returned,
                HandoffState::Forwarded if ended == self.decided => Answer::Forwarded,
                HandoffState::Draft
                | HandoffState::Sent
                | HandoffState::Acknowledged
                | HandoffState::InfoRequested
                | HandoffState::Accepted
                | HandoffState::InProgress
                | HandoffState::OnHold
                | HandoffState::Declined
                | HandoffState::ReturnedWithAdvice
                | HandoffState::Forwarded
                | HandoffState::Withdrawn
                | HandoffState::EndedEarly
                | HandoffState::Completed
                | HandoffState::EnteredInError => Answer::Accepted,
            },
        }
    }

    /// Whether its receiver has taken it and still has, or has brought it to its end.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        match self.state {
            HandoffState::Completed => true,
            HandoffState::Accepted | HandoffState::InProgress | HandoffState::OnHold => self.decided.is_some(),
            HandoffState::Draft
            | HandoffState::Sent
            | HandoffState::Acknowledged
            | HandoffState::InfoRequested
            | HandoffState::Declined
            | HandoffState::ReturnedWithAdvice
            | HandoffState::Forwarded
            | HandoffState::Withdrawn
            | HandoffState::EndedEarly
            | HandoffState::EnteredInError => false,
        }
    }

    /// Whether what was told with it was not meant for its receiver.
    #[must_use]
    pub const fn is_taken_back(&self) -> bool {
        matches!(self.state, HandoffState::Withdrawn | HandoffState::EnteredInError)
    }
}

impl Limit {
    fn of(clock: &Clock) -> Self {
        Self {
            id: clock.id,
            leg: clock.handoff,
            name: clock.name.clone(),
            started: clock.started_at,
            due: clock.due_at,
            stopped: clock.stopped_at.is_some(),
            paused: clock.paused_at.is_some(),
        }
    }

    /// Whether it runs.
    #[must_use]
    pub const fn runs(&self) -> bool {
        !self.stopped && !self.paused
    }
}

impl Course {
    /// What a log tells; `None` when it does not begin with the creation.
    #[must_use]
    pub fn of(log: &[Event]) -> Option<Self> {
        let (first, rest) = log.split_first()?;
        let Fact::Created {
            workflow,
            originator,
            urgency,
            handoff,
            terms,
            ..
        } = &first.fact
        else {
            return None;
        };
        let mut course = Self {
            workflow: workflow.clone(),
            urgency: *urgency,
            originator: *originator,
            holder: *originator,
            coordinator: None,
            revoked: false,
            legs: vec![Leg::draft(*handoff, *originator, terms.receiver)],
            limits: Vec::new(),
        };
        for event in rest {
            course.note(event);
        }
        Some(course)
    }

    fn note(&mut self, event: &Event) {
        match &event.fact {
            Fact::Edited {
                handoff,
                urgency,
                terms,
            } => {
                self.urgency = *urgency;
                self.leg_mut(*handoff, |leg| leg.receiver = terms.receiver);
            }
            Fact::TermsSettled { handoff, terms } => self.leg_mut(*handoff, |leg| leg.receiver = terms.receiver),
            Fact::Opened {
                handoff,
                sender,
                state,
                terms,
                ..
            } => {
                let mut leg = Leg::draft(*handoff, *sender, terms.receiver);
                leg.sent = Some(event.at);
                leg.comes_to(*state, event.at);
                self.legs.push(leg);
            }
            Fact::Moved { handoff, state, .. } => self.leg_mut(*handoff, |leg| leg.comes_to(*state, event.at)),
            Fact::BatonPassed { to, .. } => self.holder = *to,
            Fact::ClockArmed { clock } => self.limits.push(Limit::of(clock)),
            Fact::ClockStopped { clock } => self.limit_mut(*clock, |limit| limit.stopped = true),
            Fact::ClockPaused { clock } => self.limit_mut(*clock, |limit| limit.paused = true),
            Fact::ClockResumed { clock, due_at, .. } => self.limit_mut(*clock, |limit| {
                limit.paused = false;
                limit.due = *due_at;
            }),
            Fact::Disputed { coordinator, .. } => self.coordinator = Some(*coordinator),
            Fact::Restored { relay, .. } => self.restore(relay),
            Fact::Revoked { .. } => self.revoked = true,
            Fact::Migrated { workflow, steps } => {
                self.workflow = workflow.clone();
                for step in steps {
                    self.leg_mut(step.handoff, |leg| leg.state = step.state);
                }
            }
            Fact::Created { .. }
            | Fact::Assigned { .. }
            | Fact::Noted { .. }
            | Fact::ClockWarned { .. }
            | Fact::ClockBreached { .. }
            | Fact::ClockEscalated { .. }
            | Fact::ClockReminded { .. }
            | Fact::Allocated { .. }
            | Fact::MessagePosted { .. }
            | Fact::AttachmentAdded { .. }
            | Fact::AttachmentRemoved { .. }
            | Fact::PersonRectified { .. }
            | Fact::Glass { .. }
            | Fact::Seen { .. } => {}
        }
    }

    fn restore(&mut self, relay: &Snapshot) {
        self.holder = relay.custodian;
        self.revoked = relay.revoked;
        self.legs = relay
            .handoffs
            .iter()
            .map(|handoff| Leg {
                id: handoff.id,
                sender: handoff.sender,
                receiver: handoff.terms.receiver,
                state: handoff.state,
                sent: handoff.times.sent,
                decided: handoff.times.decided,
                ended: handoff.times.ended,
            })
            .collect();
        self.limits = relay.clocks.iter().map(Limit::of).collect();
    }

    fn leg_mut(&mut self, id: HandoffId, change: impl FnOnce(&mut Leg)) {
        if let Some(leg) = self.legs.iter_mut().find(|leg| leg.id == id) {
            change(leg);
        }
    }

    fn limit_mut(&mut self, id: ClockId, change: impl FnOnce(&mut Limit)) {
        if let Some(limit) = self.limits.iter_mut().find(|limit| limit.id == id) {
            change(limit);
        }
    }

    /// A leg by its id.
    #[must_use]
    pub fn leg(&self, id: HandoffId) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.id == id)
    }

    /// The leg on which it is: the one that is not over, else the last that was no mistake, else the last.
    #[must_use]
    pub fn current(&self) -> Option<&Leg> {
        let running = self.legs.iter().find(|leg| !leg.state.is_end());
        let last = || self.legs.iter().rfind(|leg| leg.state != HandoffState::EnteredInError);
        running.or_else(last).or(self.legs.last())
    }

    /// Whether nothing more can happen.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let ended = |leg: &Leg| matches!(leg.state, HandoffState::Completed | HandoffState::EnteredInError);
        self.revoked || self.current().is_some_and(ended)
    }

    /// When it was first sent to anybody.
    #[must_use]
    pub fn first_sent(&self) -> Option<DateTime<Utc>> {
        self.legs.iter().filter_map(|leg| leg.sent).min()
    }

    /// Whether an agency has a part in it that has not ended: it knows all of it.
    #[must_use]
    pub fn is_whole_to(&self, agency: AgencyId) -> bool {
        let stays = self.originator == agency
            || self.holder == agency
            || self.coordinator == Some(agency)
            || self.legs.iter().any(|leg| leg.sender == agency);
        let mut asked = self
            .legs
            .iter()
            .enumerate()
            .filter(|(_, leg)| leg.sent.is_some() && leg.receiver == Some(agency));
        stays || asked.any(|(place, leg)| !self.has_lost_it(place, leg))
    }

    /// Whether the receiver of a leg that did not take it has nothing to do with what comes later.
    fn has_lost_it(&self, place: usize, leg: &Leg) -> bool {
        let Some(ended) = leg.ended else { return false };
        if leg.decided.is_some_and(|decided| decided < ended) {
            return false;
        }
        match leg.state {
            HandoffState::Withdrawn | HandoffState::EnteredInError | HandoffState::Forwarded => true,
            HandoffState::Declined | HandoffState::ReturnedWithAdvice => self
                .legs
                .iter()
                .skip(place + 1)
                .any(|next| next.state != HandoffState::EnteredInError),
            HandoffState::Draft
            | HandoffState::Sent
            | HandoffState::Acknowledged
            | HandoffState::InfoRequested
            | HandoffState::Accepted
            | HandoffState::InProgress
            | HandoffState::OnHold
            | HandoffState::EndedEarly
            | HandoffState::Completed => false,
        }
    }
}
