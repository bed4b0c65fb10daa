//! A workflow as data.
//!
//! A definition is a TOML file that a caseworker's lead can read aloud: who may send to whom, on what legal basis, through
//! which states, who holds the baton in each, and which limit runs. [`Definition::parse`] reads one and refuses what
//! could lose a referral, with the place and the reason in words.
//!
//! A definition is identified by its id and version; a running hand-off stays on the version that it started with, so a
//! published version is never changed: a new one is written beside it.

mod builtin;
mod check;
mod diff;
mod eligibility;
mod input;
mod parse;
mod proof;
mod schema;

use std::num::NonZeroU16;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use builtin::{Library, builtin};
pub use diff::{Change, Concerns, diff};
pub use eligibility::{Eligibility, Outside, Why};
pub use input::{Field, FieldType, InputRule, Required, TEXT_MAX, schema};
pub use parse::DefinitionError;
pub(crate) use parse::Place;
pub use proof::{Proof, Property};
pub use schema::language_schema;

pub use crate::vocabulary::Escalation;

use crate::agreement::Purpose;
use crate::calendar::{Limit, LimitUnit};
use crate::law::Validity;
use crate::referral::WorkflowKey;
use crate::vocabulary::{Action, AgencyKind, HandoffState, LegalBasisCode, Notice, Role, Text, Urgency};

/// A workflow that was read and found sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its id and version.
    pub key: WorkflowKey,
    /// Its name.
    pub title: Text,
    /// What it is for, in a sentence.
    pub summary: Text,
    /// Kinds of agencies that may send.
    pub senders: Vec<AgencyKind>,
    /// Kinds of agencies that may receive.
    pub receivers: Vec<AgencyKind>,
    /// For whom.
    pub eligibility: Eligibility,
    /// Which legal bases it admits.
    pub legal_bases: Vec<LegalBasisCode>,
    /// The states, the first being where a hand-off is written.
    pub states: Vec<State>,
    /// What leads from one to the next.
    pub transitions: Vec<Transition>,
    /// The limits.
    pub clocks: Vec<ClockRule>,
    /// What the others see of it when it lies in a case.
    pub others_see: OthersSee,
}

/// What agencies that take part in a case, but not in this referral of it, see of the referral.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OthersSee {
    /// Need, state, who has the baton, and until when.
    Custody,
    /// Not even that it exists.
    #[default]
    Nothing,
}

/// Who holds the baton in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// Whoever sent the hand-off.
    Sender,
    /// Whoever received it.
    Receiver,
    /// Whoever wrote the referral.
    Originator,
}

/// Who takes an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// Whoever sent the hand-off.
    Sender,
    /// Whoever received it.
    Receiver,
    /// Whoever holds the baton.
    Custodian,
    /// Either side.
    Either,
    /// Whoever took part earlier, or sent it.
    Earlier,
    /// The municipality that decides who is responsible.
    Coordinator,
}

/// Whom a notice goes to. An agency that is several of these hears once, of what concerns it most: in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Addressee {
    /// Whoever wrote the referral.
    Originator,
    /// Whoever sent the hand-off.
    Sender,
    /// Whoever received it.
    Receiver,
    /// Whoever received the hand-off that follows.
    NextReceiver,
    /// The municipality that decides who is responsible.
    Coordinator,
}

/// One step of a hand-off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The step's id within this definition.
    pub id: String,
    /// The core state that everybody understands.
    pub core: HandoffState,
    /// Its name.
    pub title: Text,
    /// Who holds the baton.
    pub holder: Holder,
}

/// What leads from one state to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// What is done.
    pub action: Action,
    /// In which states of the current hand-off.
    pub from: Vec<String>,
    /// To which state; none: the state stays.
    pub to: Option<String>,
    /// Whether it leads back to where the hand-off was before it was put on hold.
    pub resumes: bool,
    /// Whether who did it may undo it, until the next action and for [`crate::decide::UNDO_WITHIN`].
    pub undo: bool,
    /// In which state the hand-off that follows begins, when one is opened.
    pub opens: Option<String>,
    /// By whom.
    pub party: Party,
    /// By which roles there.
    pub roles: Vec<Role>,
    /// What must be said.
    pub input: Vec<InputRule>,
    /// What must hold besides.
    pub guards: Vec<Guard>,
    /// Who is told.
    pub notices: Vec<NoticeRule>,
}

/// The closed vocabulary of conditions; there is no expression language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// The receiver takes part, is of an admitted kind and is another agency.
    ReceiverAdmitted,
    /// The legal basis is admitted, reasoned, and covers the youth's age and the receiver.
    BasisCovers,
    /// The youth is of an eligible age, stays where the workflow serves, and has a residence status that it takes.
    Eligible,
    /// It is said whom it is about.
    PersonGiven,
    /// It is said what has happened.
    ContentGiven,
}

/// Whom a transition tells, and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeRule {
    /// To whom.
    pub to: Addressee,
    /// What.
    pub notice: Notice,
}

/// A limit: how long, while in which states, with which warning, and who hears of it when it is missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockRule {
    /// The rule's id within this definition.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// How long for each urgency; none: it runs only where the agencies have agreed on a limit.
    pub limit: Option<LimitByUrgency>,
    /// An agreement between the agencies sets the limit, where it says one for this. Never for a limit of the law.
    pub agreed: Option<Purpose>,
    /// It starts when a hand-off enters the first of these states and stops when it leaves the last.
    pub runs_in: Vec<String>,
    /// In these it stands still; only where the law lets one party pause it.
    pub pauses_in: Vec<String>,
    /// These actions fulfil it, wherever the hand-off stands then.
    pub met_by: Vec<Action>,
    /// It runs while the services disagree about who is responsible, wherever the hand-off stands.
    pub while_disputed: bool,
    /// It counts from when that other limit is up, not from its own start (bvl § 2-2: the investigation).
    pub counts_from: Option<String>,
    /// When to warn, in percent of the way.
    pub warn_percent: u8,
    /// The statute: a reference of [`crate::law`].
    pub legal_ref: Option<String>,
    /// When the limit counts; outside, it is not armed.
    pub validity: Validity,
    /// Who hears of a breach, in this order; the first is warned too.
    pub escalation: Vec<Escalation>,
    /// How long after one link of the chain the next one hears.
    pub escalate_every: LimitByUrgency,
    /// How long after the last link that one is told again, and again.
    pub remind_every: LimitByUrgency,
}

const TWELVE: NonZeroU16 = NonZeroU16::MIN.saturating_add(11);
const TWENTY_FOUR: NonZeroU16 = NonZeroU16::MIN.saturating_add(23);

/// A limit for each urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitByUrgency {
    /// When it is an emergency.
    pub emergency: Limit,
    /// When it is urgent.
    pub urgent: Limit,
    /// Otherwise.
    pub routine: Limit,
}

impl LimitByUrgency {
    /// The spacing of an escalation chain that names none: an hour, a day, a working day.
    pub const ESCALATE_EVERY: Self = Self {
        emergency: Limit::new(NonZeroU16::MIN, LimitUnit::Hours),
        urgent: Limit::new(TWENTY_FOUR, LimitUnit::Hours),
        routine: Limit::new(NonZeroU16::MIN, LimitUnit::WorkingDays),
    };

    /// How often the end of a chain is reminded when it says nothing of that: twice a day, daily, weekly.
    pub const REMIND_EVERY: Self = Self {
        emergency: Limit::new(TWELVE, LimitUnit::Hours),
        urgent: Limit::new(TWENTY_FOUR, LimitUnit::Hours),
        routine: Limit::new(NonZeroU16::MIN, LimitUnit::Weeks),
    };

    /// Whether one of the limits counts in this unit.
    #[must_use]
    pub fn counts(&self, unit: LimitUnit) -> bool {
        [self.emergency, self.urgent, self.routine]
            .iter()
            .any(|limit| limit.unit() == unit)
    }

    /// The limit for one urgency.
    #[must_use]
    pub const fn of(&self, urgency: Urgency) -> &Limit {
        match urgency {
            Urgency::Emergency => &self.emergency,
            Urgency::Urgent => &self.urgent,
            Urgency::Routine => &self.routine,
        }
    }
}

impl Definition {
    /// A state by its id.
    #[must_use]
    pub fn state(&self, id: &str) -> Option<&State> {
        self.states.iter().find(|state| state.id == id)
    }

    /// A clock rule by its id.
    #[must_use]
    pub fn clock(&self, id: &str) -> Option<&ClockRule> {
        self.clocks.iter().find(|clock| clock.id == id)
    }

    /// Whether an action is what a limit of the law waits for, wherever the hand-off stands.
    #[must_use]
    pub fn is_duty(&self, action: Action) -> bool {
        let names = |clock: &ClockRule| clock.legal_ref.is_some() && clock.met_by.contains(&action);
        self.clocks.iter().any(names)
    }

    /// The transition that `action` takes from `step`.
    #[must_use]
    pub fn transition(&self, action: Action, step: &str) -> Option<&Transition> {
        self.transitions
            .iter()
            .find(|transition| transition.action == action && transition.from.iter().any(|from| from == step))
    }

    /// The first step with this core state.
    #[must_use]
    pub fn step_of(&self, core: HandoffState) -> Option<&State> {
        self.states.iter().find(|state| state.core == core)
    }

    /// The first transition of `action`, from wherever.
    #[must_use]
    pub fn any_transition(&self, action: Action) -> Option<&Transition> {
        self.transitions.iter().find(|transition| transition.action == action)
    }
}
