//! Builds a decision event by event, applying each as it is recorded.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::deadline;
use crate::agency::{AgencyId, AgreementId, ClockId, HandoffId, TextId};
use crate::agreement;
use crate::calendar::{Limit, LimitUnit, OpeningHours, local_date, warn_at};
use crate::command::{Context, LegalBasis, NewReferral};
use crate::definition::{Addressee, ClockRule, Definition, Escalation, Holder, Transition};
use crate::duty;
use crate::event::{By, Event, Fact, Terms};
use crate::evolve::{begin, evolve};
use crate::policy::Permit;
use crate::referral::{Clock, Handoff, Referral};
use crate::refusal::{Refusal, Rule};
use crate::vocabulary::{Action, HandoffState, Notice};

/// What was decided: the next state, the events that lead there, the texts they name, and who must be told. Only this
/// crate makes one, and the store writes nothing about a referral without one.
#[derive(Debug, Clone)]
pub struct Decision {
    before: Option<Before>,
    next: Referral,
    events: Vec<Event>,
    notices: Vec<NoticeIntent>,
    texts: Vec<Writing>,
    permit: Option<Permit>,
}

/// What the stored referral must still be for the decision to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// Its version.
    pub version: u32,
    /// How many events its log held.
    pub event_seq: u32,
}

/// Somebody must be told; it leaves the house after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeIntent {
    /// Whom.
    pub to: AgencyId,
    /// What.
    pub notice: Notice,
    /// About which hand-off.
    pub handoff: HandoffId,
    /// The event that gave rise to it.
    pub event: Uuid,
    /// The limit that is told, if one runs.
    pub due_at: Option<DateTime<Utc>>,
    /// As which link of an escalation chain they hear it, when a clock tells them.
    pub because: Option<Escalation>,
}

/// A free text to be kept apart from the log.
#[derive(Clone, PartialEq, Eq)]
pub struct Writing {
    /// Its id, named by an event.
    pub id: TextId,
    /// What it is: the input's field, `legal-basis`, `note` or `message`.
    pub kind: String,
    /// The text; may hold personal data.
    pub body: String,
}

impl std::fmt::Debug for Writing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writing")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Decision {
    /// What the stored referral must still be; `None` for a new one.
    #[must_use]
    pub const fn before(&self) -> Option<Before> {
        self.before
    }

    /// The referral after it.
    #[must_use]
    pub const fn next(&self) -> &Referral {
        &self.next
    }

    /// What happened, in order.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Who must be told.
    #[must_use]
    pub fn notices(&self) -> &[NoticeIntent] {
        &self.notices
    }

    /// The texts that the events name.
    #[must_use]
    pub fn texts(&self) -> &[Writing] {
        &self.texts
    }

    /// On whose authority; nobody's, when clocks fired by themselves.
    #[must_use]
    pub const fn permit(&self) -> Option<&Permit> {
        self.permit.as_ref()
    }

    /// What the clocks of a stored referral did by themselves.
    pub(super) fn of_clocks(before: Before, next: Referral, events: Vec<Event>, notices: Vec<NoticeIntent>) -> Self {
        Self {
            before: Some(before),
            next,
            events,
            notices,
            texts: Vec::new(),
            permit: None,
        }
    }
}

/// Derives ids and gathers texts.
pub(crate) struct Scribe {
    base: u128,
    texts: Vec<Writing>,
}

impl Scribe {
    /// The low 16 bits count what the decision creates; the rest of the UUIDv7 stays random.
    pub(crate) fn new(fresh: Uuid) -> Self {
        Self {
            base: fresh.as_u128() & !0xFFFF,
            texts: Vec::new(),
        }
    }

    pub(crate) fn id(&mut self) -> Uuid {
        self.base += 1;
        Uuid::from_u128(self.base)
    }

    pub(crate) fn write(&mut self, kind: &str, body: &str) -> TextId {
        let id = TextId(self.id());
        self.texts.push(Writing {
            id,
            kind: kind.to_owned(),
            body: body.to_owned(),
        });
        id
    }

    /// The texts that were written.
    pub(crate) fn into_texts(self) -> Vec<Writing> {
        self.texts
    }

    pub(super) fn write_basis(&mut self, basis: &LegalBasis) -> TextId {
        // A struct of strings and numbers always has a JSON form.
        let body = serde_json::to_string(basis).unwrap_or_default();
        self.write("legal-basis", &body)
    }
}

/// A decision in the making.
pub(super) struct Relay<'a> {
    definition: &'a Definition,
    context: &'a Context<'a>,
    permit: Option<Permit>,
    before: Option<Before>,
    version: u32,
    referral: Referral,
    events: Vec<Event>,
    notices: Vec<NoticeIntent>,
    pub(super) scribe: Scribe,
}

impl<'a> Relay<'a> {
    /// A new referral, written but not sent.
    pub(super) fn begin(
        definition: &'a Definition,
        context: &'a Context<'a>,
        permit: Permit,
        new: &NewReferral,
        terms: Terms,
        mut scribe: Scribe,
    ) -> Result<Self, Refusal> {
        let fact = Fact::Created {
            reference: new.reference,
            workflow: definition.key.clone(),
            originator: permit.agency(),
            urgency: new.draft.urgency,
            handoff: HandoffId(scribe.id()),
            step: definition
                .states
                .first()
                .map(|state| state.id.clone())
                .unwrap_or_default(),
            terms,
        };
        let event = Event {
            id: scribe.id(),
            seq: 1,
            version: 1,
            at: context.now,
            by: Some(by(permit)),
            fact,
        };
        let referral = begin(new.id, &event).ok_or_else(no_handoff)?;
        Ok(Self {
            definition,
            context,
            permit: Some(permit),
            before: None,
            version: 1,
            referral,
            events: vec![event],
            notices: Vec::new(),
            scribe,
        })
    }

    /// The next version of a referral.
    pub(super) fn resume(
        definition: &'a Definition,
        context: &'a Context<'a>,
        permit: Permit,
        referral: Referral,
    ) -> Self {
        Self {
            permit: Some(permit),
            ..Self::by_itself(definition, context, referral)
        }
    }

    /// The next version of a referral, which nobody who takes part has decided.
    pub(super) fn by_itself(definition: &'a Definition, context: &'a Context<'a>, referral: Referral) -> Self {
        let before = Before {
            version: referral.version,
            event_seq: referral.event_seq,
        };
        Self {
            definition,
            context,
            permit: None,
            before: Some(before),
            version: referral.version + 1,
            referral,
            events: Vec::new(),
            notices: Vec::new(),
            scribe: Scribe::new(context.id),
        }
    }

    /// The same version of a referral, with something noted beside it.
    pub(super) fn annotate(
        definition: &'a Definition,
        context: &'a Context<'a>,
        permit: Permit,
        referral: Referral,
    ) -> Self {
        let version = referral.version;
        Self {
            version,
            ..Self::resume(definition, context, permit, referral)
        }
    }

    pub(super) const fn referral(&self) -> &Referral {
        &self.referral
    }

    pub(super) const fn context(&self) -> &'a Context<'a> {
        self.context
    }

    pub(super) const fn definition(&self) -> &'a Definition {
        self.definition
    }

    pub(super) fn current_handoff(&self) -> Result<Handoff, Refusal> {
        self.referral.current_handoff().cloned().ok_or_else(no_handoff)
    }

    pub(super) fn record(&mut self, fact: Fact) {
        let event = Event {
            id: self.scribe.id(),
            seq: self.referral.event_seq + 1,
            version: self.version,
            at: self.context.now,
            by: self.permit.map(by),
            fact,
        };
        self.referral = evolve(self.referral.clone(), &event);
        self.events.push(event);
    }

    /// Moves a hand-off to a step, and the baton with it.
    pub(super) fn go(
        &mut self,
        handoff: HandoffId,
        action: Action,
        step: &str,
        codes: BTreeMap<String, String>,
        texts: BTreeMap<String, TextId>,
    ) {
        let Some(state) = self.definition.state(step) else {
            return;
        };
        self.record(Fact::Moved {
            handoff,
            action,
            step: state.id.clone(),
            state: state.core,
            codes,
            texts,
        });
        self.pass_baton(state.holder);
    }

    /// Opens the next leg.
    pub(super) fn open(&mut self, forwarded_from: Option<HandoffId>, sender: AgencyId, step: &str, terms: Terms) {
        let Some(state) = self.definition.state(step) else {
            return;
        };
        let handoff = HandoffId(self.scribe.id());
        self.record(Fact::Opened {
            handoff,
            forwarded_from,
            sender,
            step: state.id.clone(),
            state: state.core,
            terms,
        });
        self.pass_baton(state.holder);
    }

    /// Gives the baton to whoever the step of the leg that counts says.
    pub(super) fn settle_baton(&mut self) {
        let current = self
            .referral
            .current_handoff()
            .and_then(|current| self.definition.state(&current.step));
        if let Some(state) = current {
            self.pass_baton(state.holder);
        }
    }

    /// Gives the baton to whoever the current step says.
    pub(super) fn pass_baton(&mut self, holder: Holder) {
        let Some(handoff) = self.referral.current_handoff() else {
            return;
        };
        let to = holder_of(holder, handoff, &self.referral);
        let from = self.referral.custodian;
        if to != from {
            self.record(Fact::BatonPassed { from, to });
        }
    }

    /// Stops what runs on the hand-off, so that it is armed anew for what has changed.
    pub(super) fn rearm(&mut self, handoff: HandoffId) {
        let running: Vec<ClockId> = self
            .referral
            .running_clocks()
            .filter(|clock| clock.handoff == handoff)
            .map(|clock| clock.id)
            .collect();
        for clock in running {
            self.record(Fact::ClockStopped { clock });
        }
    }

    /// Whoever the transition tells, except the agency that acts; each agency hears once.
    pub(super) fn notify(&mut self, transition: &Transition, before: Option<&Handoff>) {
        for (to, notice, handoff) in addressees(&self.referral, before, transition) {
            self.tell(to, notice, handoff);
        }
    }

    /// The other party to the current hand-off hears of a message.
    pub(super) fn notify_message(&mut self) {
        let Some(current) = self.referral.current_handoff().cloned() else {
            return;
        };
        let others = [
            Some(current.sender),
            current.terms.receiver.filter(|_| current.is_sent()),
        ];
        for to in others.into_iter().flatten() {
            if !self.referral.is_open_to(to) {
                continue;
            }
            self.tell(to, Notice::Message, current.id);
        }
    }

    /// Everybody who may still know what comes hears of it.
    pub(super) fn notify_parties(&mut self, notice: Notice) {
        let Some(current) = self.referral.current_handoff().map(|current| current.id) else {
            return;
        };
        for to in self.referral.parties() {
            if !self.referral.is_open_to(to) {
                continue;
            }
            self.tell(to, notice, current);
        }
    }

    fn tell(&mut self, to: AgencyId, notice: Notice, handoff: HandoffId) {
        if self.permit.map(|permit| permit.agency()) == Some(to) || self.notices.iter().any(|told| told.to == to) {
            return;
        }
        let Some(event) = self.cause() else { return };
        self.notices.push(NoticeIntent {
            to,
            notice,
            handoff,
            event,
            due_at: None,
            because: None,
        });
    }

    /// The entry of the log that gives rise to what is told: what somebody did, not what came of it.
    fn cause(&self) -> Option<Uuid> {
        let is_done = |event: &&Event| !matches!(event.fact, Fact::BatonPassed { .. } | Fact::Assigned { .. });
        let done = self.events.iter().rfind(is_done).or(self.events.last());
        done.map(|event| event.id)
    }

    /// An agency's leads hear of it, whoever else does.
    pub(super) fn tell_leads(&mut self, to: AgencyId, notice: Notice, because: Escalation) {
        let handoff = self.referral.current_handoff().map(|current| current.id);
        let (Some(handoff), Some(event)) = (handoff, self.cause()) else {
            return;
        };
        self.notices.push(NoticeIntent {
            to,
            notice,
            handoff,
            event,
            due_at: None,
            because: Some(because),
        });
    }

    /// Arms and stops what the new state asks for, and closes the decision.
    pub(super) fn finish(mut self) -> Decision {
        self.settle_clocks();
        let due_at = self.referral.next_due();
        for notice in &mut self.notices {
            notice.due_at = due_at;
        }
        Decision {
            before: self.before,
            next: self.referral,
            events: self.events,
            notices: self.notices,
            texts: self.scribe.texts,
            permit: self.permit,
        }
    }

    fn settle_clocks(&mut self) {
        let current = self
            .referral
            .current_handoff()
            .filter(|_| !self.referral.state.is_end())
            .cloned();
        let alive: Vec<Clock> = self
            .referral
            .clocks
            .iter()
            .filter(|clock| clock.stopped_at.is_none())
            .cloned()
            .collect();
        for clock in alive {
            let pace = current
                .as_ref()
                .map_or(Pace::Stop, |current| self.pace(&clock.name, clock.handoff, current));
            match pace {
                Pace::Run if clock.is_paused() => self.resume_clock(&clock),
                Pace::Pause if clock.is_running() => self.record(Fact::ClockPaused { clock: clock.id }),
                Pace::Stop => self.record(Fact::ClockStopped { clock: clock.id }),
                Pace::Run | Pace::Pause => {}
            }
        }
        let Some(current) = current else { return };
        let today = local_date(self.context.now);
        for rule in self
            .definition
            .clocks
            .iter()
            .filter(|rule| rule.validity.holds_on(today))
        {
            let exists = self
                .referral
                .clocks
                .iter()
                .any(|clock| clock.stopped_at.is_none() && clock.handoff == current.id && clock.name == rule.id);
            if !exists
                && self.pace(&rule.id, current.id, &current) == Pace::Run
                && let Some(clock) = self.arm(rule, &current)
            {
                self.record(Fact::ClockArmed { clock });
            }
        }
    }

    /// What a clock does while the hand-off that counts is where it is.
    fn pace(&self, name: &str, handoff: HandoffId, current: &Handoff) -> Pace {
        let Some(rule) = self.definition.clock(name).filter(|_| handoff == current.id) else {
            return Pace::Stop;
        };
        let met = duty::is_met(rule, &self.referral, current.id);
        let disputed = rule.while_disputed && self.referral.disputed_since.is_some();
        if disputed || (!met && rule.runs_in.contains(&current.step)) {
            Pace::Run
        } else if !met && rule.pauses_in.contains(&current.step) {
            Pace::Pause
        } else {
            Pace::Stop
        }
    }

    /// What stood still is added at the end.
    fn resume_clock(&mut self, clock: &Clock) {
        let stood = clock
            .paused_at
            .map_or_else(TimeDelta::zero, |since| self.context.now - since);
        let (now, calendar) = (self.context.now, *self.context.calendar);
        let rule = self.definition.clock(&clock.name);
        let later = |at: DateTime<Utc>| {
            rule.and_then(|rule| self.later_in_hours(rule, clock, at))
                .unwrap_or(at + stood)
        };
        let resumed = Clock {
            warn_at: later(clock.warn_at),
            due_at: later(clock.due_at),
            ..clock.clone()
        };
        let next_fire_at = rule.map(|rule| deadline::next_fire_at(rule, &self.referral, &resumed, now, calendar));
        self.record(Fact::ClockResumed {
            clock: clock.id,
            warn_at: resumed.warn_at,
            due_at: resumed.due_at,
            next_fire_at,
        });
    }

    /// When a limit of opening hours would now come to an instant: what was left of them when it was paused is left now.
    fn later_in_hours(&self, rule: &ClockRule, clock: &Clock, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let paused_at = clock.paused_at?;
        let handoff = self.referral.handoff(clock.handoff)?;
        let (limit, _) = self.limit(rule, handoff)?;
        if limit.unit() != LimitUnit::OpeningHours || at <= paused_at {
            return None;
        }
        let hours = self.hours(rule, handoff)?;
        hours.after_open(self.context.now, hours.open_between(paused_at, at))
    }

    /// How long a clock has on a hand-off, and which agreement says so, if one does: that which was in force when it was sent.
    fn limit(&self, rule: &ClockRule, handoff: &Handoff) -> Option<(Limit, Option<AgreementId>)> {
        let urgency = self.referral.urgency;
        let agreed = || {
            let (receiver, sent) = (handoff.terms.receiver?, handoff.times.sent?);
            let agreement = agreement::applying(self.context.agreements, handoff.sender, receiver, sent)?;
            let limit = agreement.limits.get(rule.agreed?, urgency)?;
            Some((limit, Some(agreement.id)))
        };
        let own = || rule.limit.as_ref().map(|limit| (*limit.of(urgency), None));
        agreed().or_else(own)
    }

    /// When the agency is open that must act before a clock is up: the first that is called.
    fn hours(&self, rule: &ClockRule, handoff: &Handoff) -> Option<&'a OpeningHours> {
        let agency = acting(rule, handoff, self.referral.custodian)?;
        self.context.agencies.by_id(agency)?.hours.as_ref()
    }

    /// The same duty under the law, as it was armed first: nobody gets more time because the referral moves. An agreement
    /// counts for each leg anew.
    fn begun_before(&self, rule: &ClockRule, handoff: &Handoff) -> Option<Clock> {
        duty::begun(self.definition, rule, &self.referral, handoff).cloned()
    }

    fn arm(&mut self, rule: &ClockRule, handoff: &Handoff) -> Option<Clock> {
        if let Some(begun) = self.begun_before(rule, handoff) {
            return Some(Clock {
                id: ClockId(self.scribe.id()),
                handoff: handoff.id,
                stopped_at: None,
                // Who is told is new, so it tells anew.
                agreement: None,
                warned_at: None,
                breached_at: None,
                level: 0,
                next_fire_at: Some(begun.warn_at),
                ..begun
            });
        }
        let written_at = handoff.times.created.filter(|_| handoff.state == HandoffState::Draft);
        let started_at = written_at.unwrap_or(self.context.now);
        let base = rule.counts_from.as_ref().and_then(|base| {
            self.referral
                .clocks
                .iter()
                .rev()
                .find(|clock| clock.handoff == handoff.id && clock.name == *base)
        });
        let from = base.map_or(started_at, |base| base.due_at);
        let (limit, agreement) = self.limit(rule, handoff)?;
        let hours = self.hours(rule, handoff);
        let due_at = limit.due_in(from, *self.context.calendar, hours);
        let counted = hours.filter(|_| limit.unit() == LimitUnit::OpeningHours);
        let warn_at = counted
            .and_then(|hours| hours.after_open(from, hours.open_between(from, due_at) * rule.warn_percent.into() / 100))
            .unwrap_or_else(|| warn_at(started_at, due_at, rule.warn_percent));
        Some(Clock {
            id: ClockId(self.scribe.id()),
            handoff: handoff.id,
            name: rule.id.clone(),
            started_at,
            warn_at,
            due_at,
            agreement,
            stopped_at: None,
            paused_at: None,
            warned_at: None,
            breached_at: None,
            level: 0,
            next_fire_at: Some(warn_at),
        })
    }
}

/// Whom a transition tells what about which hand-off, once it has been taken: `before` counted until then.
pub(crate) fn addressees(
    after: &Referral,
    before: Option<&Handoff>,
    transition: &Transition,
) -> Vec<(AgencyId, Notice, HandoffId)> {
    let Some(now) = after.current_handoff() else {
        return Vec::new();
    };
    let about = before.unwrap_or(now);
    let receiver = after
        .handoff(about.id)
        .filter(|handoff| handoff.is_sent())
        .and_then(|handoff| handoff.terms.receiver);
    let tells = transition.notices.iter().filter_map(|rule| {
        let (to, handoff) = match rule.to {
            Addressee::Sender => (Some(about.sender), about.id),
            Addressee::Receiver => (receiver, about.id),
            Addressee::NextReceiver => (now.terms.receiver, now.id),
            Addressee::Coordinator => (after.coordinator, about.id),
            Addressee::Originator => (Some(after.originator), about.id),
        };
        to.map(|to| (to, rule.notice, handoff))
    });
    tells.collect()
}

/// The agency that must act before a clock is up: the first link of its chain.
#[must_use]
pub fn acting(rule: &ClockRule, handoff: &Handoff, custodian: AgencyId) -> Option<AgencyId> {
    match rule.escalation.first()? {
        Escalation::ReceiverUnit | Escalation::ReceiverLead => handoff.terms.receiver,
        Escalation::SenderUnit | Escalation::SenderLead => Some(handoff.sender),
        Escalation::HolderUnit | Escalation::HolderLead => Some(custodian),
        Escalation::Coordinator => None,
    }
}

/// What a clock does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Run,
    Pause,
    Stop,
}

/// Which agency a holder is.
pub(crate) fn holder_of(holder: Holder, handoff: &Handoff, referral: &Referral) -> AgencyId {
    match holder {
        Holder::Sender => handoff.sender,
        Holder::Receiver => handoff.terms.receiver.unwrap_or(handoff.sender),
        Holder::Originator => referral.originator,
    }
}

pub(crate) fn by(permit: Permit) -> By {
    By {
        user: permit.user(),
        agency: permit.agency(),
        role: permit.role(),
    }
}

fn no_handoff() -> Refusal {
    Refusal::new(
        Rule::ActionNotAllowedNow,
        "Ingen overlevering er åpen. Send formidlingen til en mottaker først.",
        "No hand-off is open. Send the referral to a receiver first.",
    )
}
