//! The state of one referral: its hand-offs, its clocks and who holds the baton.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::agency::{AgencyId, AgreementId, ClockId, HandoffId, ReferralId, UserId};
use crate::event::Terms;
use crate::insight::Insight;
use crate::reference::Reference;
use crate::vocabulary::{Action, HandoffState, ReferralState, Urgency};

/// Which definition a referral runs on: a running hand-off stays on the version that it started with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WorkflowKey {
    /// The definition's id, kebab-case.
    pub id: String,
    /// Its version, from 1.
    pub version: u16,
}

/// One need of one youth on its way to whoever can help. Its content and the person are not here: the relay does not
/// need to know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referral {
    /// Its id.
    pub id: ReferralId,
    /// The short name that people say on the phone.
    pub reference: Reference,
    /// The definition on which it runs.
    pub workflow: WorkflowKey,
    /// Derived from the hand-offs.
    pub state: ReferralState,
    /// Who wrote it; a baton that is dropped comes back here.
    pub originator: AgencyId,
    /// Who must act now or answer for it; after the end, who held it last.
    pub custodian: AgencyId,
    /// How urgent.
    pub urgency: Urgency,
    /// The legs in their order; the last is the current one.
    pub handoffs: Vec<Handoff>,
    /// Every limit that ever ran, in the order in which it was armed.
    pub clocks: Vec<Clock>,
    /// Counts decisions, from 1; the ETag.
    pub version: u32,
    /// How many events the log holds.
    pub event_seq: u32,
    /// When the end came.
    pub closed_at: Option<DateTime<Utc>>,
    /// The municipality that decides who is responsible, once the services have disagreed.
    pub coordinator: Option<AgencyId>,
    /// When they began to disagree, while they do.
    pub disputed_since: Option<DateTime<Utc>>,
    /// The last thing that somebody did, which they may undo for a while.
    pub last: Option<LastStep>,
}

/// The last thing that somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastStep {
    /// What.
    pub action: Action,
    /// Who.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// The version that it made.
    pub version: u32,
}

/// One attempt to pass the baton to one agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handoff {
    /// Its id.
    pub id: HandoffId,
    /// The core state.
    pub state: HandoffState,
    /// The definition's step, which has that core state.
    pub step: String,
    /// Who sends.
    pub sender: AgencyId,
    /// To whom and on what basis.
    pub terms: Terms,
    /// Who in the receiving agency is responsible.
    pub assignee: Option<UserId>,
    /// The agency that sent it on, when it is a forwarded one.
    pub forwarded_by: Option<AgencyId>,
    /// The hand-off that followed, when this one was forwarded.
    pub successor: Option<HandoffId>,
    /// When each thing happened first.
    pub times: Times,
    /// The code with which it ended: of the decline or of the outcome.
    pub code: Option<String>,
    /// The step to which it resumes, while it is on hold.
    pub resumes_to: Option<String>,
    /// What was done last without moving it, by action: a feedback given, a withdrawal asked for.
    pub marks: BTreeMap<Action, DateTime<Utc>>,
}

/// When things happened to a hand-off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Times {
    /// Written.
    pub created: Option<DateTime<Utc>>,
    /// Sent, and stored with the receiver: the same commit.
    pub sent: Option<DateTime<Utc>>,
    /// First opened by somebody of the receiver.
    pub seen: Option<DateTime<Utc>>,
    /// Acknowledged, by that action or by any later answer.
    pub acknowledged: Option<DateTime<Utc>>,
    /// Accepted, declined, returned or forwarded.
    pub decided: Option<DateTime<Utc>>,
    /// Over.
    pub ended: Option<DateTime<Utc>>,
}

/// A limit on one hand-off. That it is overdue is a fact that follows from the time, never a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Clock {
    /// Its id.
    pub id: ClockId,
    /// The hand-off.
    pub handoff: HandoffId,
    /// The rule's name in the definition.
    pub name: String,
    /// From when it counts.
    pub started_at: DateTime<Utc>,
    /// When to warn.
    pub warn_at: DateTime<Utc>,
    /// When it is up.
    pub due_at: DateTime<Utc>,
    /// The version of the agreement that sets its limit, when one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementId>,
    /// When what it waited for happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<DateTime<Utc>>,
    /// Since when it stands still, where the law lets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_at: Option<DateTime<Utc>>,
    /// When those who must act were warned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warned_at: Option<DateTime<Utc>>,
    /// When the first of its escalation chain was told that it was missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breached_at: Option<DateTime<Utc>>,
    /// How far along its escalation chain it has been told, counted in links from 1; 0 before the breach.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub level: u8,
    /// After which instant it tells somebody something; none while it does not run. It is set whenever the clock is armed, resumed or fires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_fire_at: Option<DateTime<Utc>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(level: &u8) -> bool {
    *level == 0
}

impl Clock {
    /// Whether it still runs. A missed limit runs on until somebody acts.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.stopped_at.is_none() && self.paused_at.is_none()
    }

    /// Whether it stands still, to run on later.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.stopped_at.is_none() && self.paused_at.is_some()
    }

    /// Sets what it fires next to what its state asks for when nothing has been said about that: nothing unless it runs, and
    /// the warning first. So logs from before clocks fired replay to clocks that do.
    pub(crate) fn wind(&mut self) {
        self.next_fire_at = match self.is_running() {
            true => self.next_fire_at.or(Some(self.warn_at)),
            false => None,
        };
    }

    /// Whether the limit was or is missed, seen from `now`.
    #[must_use]
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.stopped_at.or(self.paused_at).unwrap_or(now) > self.due_at
    }
}

impl Handoff {
    /// Whether the receiver has been told: everything but a draft, and a draft that was given up.
    #[must_use]
    pub const fn is_sent(&self) -> bool {
        self.times.sent.is_some()
    }

    /// Whether it is still on its way.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !self.state.is_end()
    }
}

impl Referral {
    /// The leg that counts now: the one that is on its way, else the last one that was not a mistake.
    #[must_use]
    pub fn current_handoff(&self) -> Option<&Handoff> {
        let last = || {
            self.handoffs
                .iter()
                .rev()
                .find(|handoff| handoff.state != HandoffState::EnteredInError)
        };
        self.open_handoff().or_else(last).or_else(|| self.handoffs.last())
    }

    /// The leg that is on its way; at most one is.
    #[must_use]
    pub fn open_handoff(&self) -> Option<&Handoff> {
        self.handoffs.iter().find(|handoff| handoff.is_open())
    }

    /// A leg by its id.
    #[must_use]
    pub fn handoff(&self, id: HandoffId) -> Option<&Handoff> {
        self.handoffs.iter().find(|handoff| handoff.id == id)
    }

    /// Whether an agency has had a part in it, and so knows of it. The receiver of a draft has not.
    #[must_use]
    pub fn knows(&self, agency: AgencyId) -> bool {
        self.originator == agency
            || self.custodian == agency
            || self.coordinator == Some(agency)
            || self.handoffs.iter().any(|handoff| {
                handoff.sender == agency || (handoff.is_sent() && handoff.terms.receiver == Some(agency))
            })
    }

    /// Whether an agency knows of it and may know all of it; see [`Insight`].
    #[must_use]
    pub fn is_open_to(&self, agency: AgencyId) -> bool {
        self.knows(agency) && Insight::of(self, &[agency]).is_whole()
    }

    /// The agencies that know of it, each once.
    #[must_use]
    pub fn parties(&self) -> Vec<AgencyId> {
        let mut parties = vec![self.originator, self.custodian];
        for handoff in &self.handoffs {
            parties.push(handoff.sender);
            parties.extend(handoff.terms.receiver.filter(|_| handoff.is_sent()));
        }
        parties.extend(self.coordinator);
        parties.sort_unstable();
        parties.dedup();
        parties
    }

    /// The limits that run now.
    pub fn running_clocks(&self) -> impl Iterator<Item = &Clock> {
        self.clocks.iter().filter(|clock| clock.is_running())
    }

    /// The first limit that will be up, if any runs.
    #[must_use]
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        self.running_clocks().map(|clock| clock.due_at).min()
    }

    /// After which instant a clock next tells somebody something.
    #[must_use]
    pub fn next_fire(&self) -> Option<DateTime<Utc>> {
        self.running_clocks().filter_map(|clock| clock.next_fire_at).min()
    }
}
