//! What clocks do by themselves: they warn, they tell that a limit was missed, and they go on telling, link by link along
//! the escalation chain, until a person has acted.
//!
//! * Before the limit is up, those who must act are **warned**: the first link of the chain.
//! * When it is missed, that first link is told. The second is told one spacing later, the third another, each once and in
//!   order, reckoned from when the limit was missed.
//! * When everybody has been told, the last is **reminded**, again and again.
//!
//! Whoever was away for days asks once and is up to date: a warning whose limit has been missed meanwhile is left out, every
//! link whose time has come is told once, and of the reminders there is one. Somebody who stands in several of these, for
//! several clocks of one referral, is told once, of the worst.
//!
//! Something is due when its instant has *passed*: at the instant itself a limit is still kept.
//!
//! Nobody is behind it, so the events have no author and the referral keeps its version: whoever has read it may act on
//! what they have seen.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::relay::{Before, Decision, NoticeIntent, Scribe};
use crate::agency::AgencyId;
use crate::calendar::Calendar;
use crate::definition::{ClockRule, Definition, Escalation};
use crate::event::{Event, Fact, Told};
use crate::evolve::evolve;
use crate::referral::{Clock, Handoff, Referral};
use crate::vocabulary::Notice;

/// What clocks must know that they cannot know by themselves.
#[derive(Debug, Clone, Copy)]
pub struct Firing<'a> {
    /// Now, truncated to microseconds.
    pub now: DateTime<Utc>,
    /// A fresh UUIDv7; the ids of all events are derived from it.
    pub id: Uuid,
    /// The municipality that decides when the services disagree, if one is set up.
    pub coordinator: Option<AgencyId>,
    /// Holidays and working days.
    pub calendar: &'a Calendar,
}

/// Everything that this referral's clocks have to tell by now; `None` when that is nothing.
///
/// ```
/// # use stafett_workflow::decide::{Firing, fire};
/// # fn show(definition: &stafett_workflow::Definition, referral: &stafett_workflow::Referral, firing: &Firing<'_>) {
/// if let Some(decision) = fire(definition, referral, firing) {
///     assert_eq!(decision.next().version, referral.version);
///     assert!(fire(definition, decision.next(), firing).is_none(), "told once");
/// }
/// # }
/// ```
#[must_use]
pub fn fire(definition: &Definition, referral: &Referral, firing: &Firing<'_>) -> Option<Decision> {
    let mut round = Round {
        firing,
        scribe: Scribe::new(firing.id),
        referral: referral.clone(),
        events: Vec::new(),
        notices: Vec::new(),
    };
    for clock in referral.running_clocks() {
        if let Some(rule) = definition.clock(&clock.name) {
            round.bring_up_to_date(rule, clock);
        }
    }
    let before = Before {
        version: referral.version,
        event_seq: referral.event_seq,
    };
    let Round {
        referral: next,
        events,
        notices,
        ..
    } = round;
    let notices = notices.into_iter().map(|(_, notice)| notice).collect();
    (!events.is_empty()).then(|| Decision::of_clocks(before, next, events, notices))
}

/// After which instant a running clock fires next, by what it has told so far.
pub(super) fn next_fire_at(
    rule: &ClockRule,
    referral: &Referral,
    clock: &Clock,
    now: DateTime<Utc>,
    calendar: Calendar,
) -> DateTime<Utc> {
    let told = usize::from(clock.level);
    if told == 0 {
        return if clock.warned_at.is_some() {
            clock.due_at
        } else {
            clock.warn_at
        };
    }
    if told < rule.escalation.len() {
        return turn_of(rule, referral, clock, told, calendar);
    }
    rule.remind_every.of(referral.urgency).due(now, calendar)
}

/// From when the link at `place`, counted from 0, may hear. A limit that was missed before the hand-off came here counts
/// from when it came: whoever has it now has had no time before.
fn turn_of(rule: &ClockRule, referral: &Referral, clock: &Clock, place: usize, calendar: Calendar) -> DateTime<Utc> {
    let came = referral.handoff(clock.handoff).and_then(|handoff| handoff.times.sent);
    let missed = came.map_or(clock.due_at, |came| came.max(clock.due_at));
    let spacing = rule.escalate_every.of(referral.urgency);
    (0..place).fold(missed, |from, _| spacing.due(from, calendar))
}

/// What a clock tells, from the least to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Telling {
    Warning,
    Reminder,
    Breach,
}

impl Telling {
    const fn notice(self) -> Notice {
        match self {
            Self::Warning => Notice::Warning,
            Self::Reminder => Notice::Reminder,
            Self::Breach => Notice::Breach,
        }
    }
}

/// One firing of one referral.
struct Round<'a> {
    firing: &'a Firing<'a>,
    scribe: Scribe,
    referral: Referral,
    events: Vec<Event>,
    notices: Vec<(Telling, NoticeIntent)>,
}

impl Round<'_> {
    fn bring_up_to_date(&mut self, rule: &ClockRule, clock: &Clock) {
        let mut clock = clock.clone();
        let mut told_now = false;
        // Each time round tells one link more, or ends.
        for _ in 0..=rule.escalation.len() {
            let links = self.links(rule, &clock);
            let Some((telling, to)) = self.whose_turn(rule, &clock, &links, told_now) else {
                return;
            };
            let next_fire_at = self.after(rule, &clock, &links, telling, to);
            self.record(&clock, telling, to, next_fire_at);
            told_now = true;
            clock = match self.referral.clocks.iter().find(|same| same.id == clock.id) {
                Some(same) => same.clone(),
                None => return,
            };
        }
    }

    /// Who is to be told what by now, if anybody.
    fn whose_turn(&self, rule: &ClockRule, clock: &Clock, links: &[Told], told_now: bool) -> Option<(Telling, Told)> {
        let now = self.firing.now;
        clock.next_fire_at.filter(|at| *at < now)?;
        let next = links.iter().find(|told| told.level > clock.level).copied();
        let last = links.iter().rfind(|told| told.level <= clock.level).copied();
        if now <= clock.due_at {
            return next.map(|first| (Telling::Warning, first));
        }
        match next {
            Some(next) => {
                let turn = turn_of(
                    rule,
                    &self.referral,
                    clock,
                    usize::from(next.level) - 1,
                    *self.firing.calendar,
                );
                (clock.level == 0 || turn < now).then_some((Telling::Breach, next))
            }
            // Who was told a moment ago is not reminded now.
            None => last.filter(|_| !told_now).map(|last| (Telling::Reminder, last)),
        }
    }

    /// After which instant the clock fires next when it has told this.
    fn after(&self, rule: &ClockRule, clock: &Clock, links: &[Told], telling: Telling, to: Told) -> DateTime<Utc> {
        if telling == Telling::Warning {
            return clock.due_at;
        }
        let calendar = *self.firing.calendar;
        match links.iter().find(|told| told.level > to.level) {
            Some(next) => turn_of(rule, &self.referral, clock, usize::from(next.level) - 1, calendar),
            None => rule
                .remind_every
                .of(self.referral.urgency)
                .due(self.firing.now, calendar),
        }
    }

    fn record(&mut self, clock: &Clock, telling: Telling, to: Told, next_fire_at: DateTime<Utc>) {
        let id = clock.id;
        let fact = match (telling, clock.level) {
            (Telling::Warning, _) => Fact::ClockWarned {
                clock: id,
                to,
                next_fire_at,
            },
            (Telling::Breach, 0) => Fact::ClockBreached {
                clock: id,
                to,
                next_fire_at,
            },
            (Telling::Breach, _) => Fact::ClockEscalated {
                clock: id,
                to,
                next_fire_at,
            },
            (Telling::Reminder, _) => Fact::ClockReminded {
                clock: id,
                to,
                next_fire_at,
            },
        };
        let event = Event {
            id: self.scribe.id(),
            seq: self.referral.event_seq + 1,
            version: self.referral.version,
            at: self.firing.now,
            by: None,
            fact,
        };
        let notice = NoticeIntent {
            to: to.agency,
            notice: telling.notice(),
            handoff: clock.handoff,
            event: event.id,
            due_at: Some(clock.due_at),
            because: Some(to.link),
        };
        self.tell(telling, notice);
        self.referral = evolve(self.referral.clone(), &event);
        self.events.push(event);
    }

    /// Somebody who would hear of two clocks hears of the worse one, and of two that are alike of the first.
    fn tell(&mut self, telling: Telling, notice: NoticeIntent) {
        let mailbox = |told: &NoticeIntent| (told.to, told.because.is_some_and(Escalation::is_lead));
        match self
            .notices
            .iter_mut()
            .find(|(_, told)| mailbox(told) == mailbox(&notice))
        {
            Some(told) if telling > told.0 => *told = (telling, notice),
            Some(_) => {}
            None => self.notices.push((telling, notice)),
        }
    }

    /// The links of the chain that are somebody now. Whoever holds the baton is told where none is.
    fn links(&self, rule: &ClockRule, clock: &Clock) -> Vec<Told> {
        let handoff = self.referral.handoff(clock.handoff);
        let mut links: Vec<Told> = (1..=u8::MAX)
            .zip(&rule.escalation)
            .filter_map(|(level, link)| {
                let agency = self.agency(*link, handoff)?;
                Some(Told {
                    level,
                    link: *link,
                    agency,
                })
            })
            .collect();
        if links.is_empty() {
            links.push(Told {
                level: 1,
                link: Escalation::HolderUnit,
                agency: self.referral.custodian,
            });
        }
        links
    }

    fn agency(&self, link: Escalation, handoff: Option<&Handoff>) -> Option<AgencyId> {
        match link {
            // A receiver to whom nothing was sent does not know of it, and shall not from us.
            Escalation::ReceiverUnit | Escalation::ReceiverLead => {
                handoff.filter(|handoff| handoff.is_sent())?.terms.receiver
            }
            Escalation::SenderUnit | Escalation::SenderLead => Some(handoff?.sender),
            Escalation::HolderUnit | Escalation::HolderLead => Some(self.referral.custodian),
            Escalation::Coordinator => self.referral.coordinator.or(self.firing.coordinator),
        }
    }
}
