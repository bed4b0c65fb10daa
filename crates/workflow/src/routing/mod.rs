//! Who to send to: from a youth's situation to receivers in order.
//!
//! A routing table is data (`routing/oslo.toml`): an ordered list of decisions, each with rules in order. A rule's
//! conditions come from a closed vocabulary (age band, where the youth stays, need, residence status, urgency, the
//! sender's kind, and whether a receiver is open); there is no expression language. In the words of DMN each decision has
//! the hit policy *first* (the first rule that applies and finds a receiver) or *collect* (all that do), and the table as
//! a whole collects the hits of its decisions in *rule order*. Ties go by order, and in the end by the agency's slug, so
//! the same question always gets the same answer.
//!
//! * [`table`]: what a table says; [`Table::parse`] reads one and refuses what could send somebody astray.
//! * [`directory`]: the agencies that there are, as the router must know them.
//! * [`place`]: from a municipality and a district to whoever serves them.
//! * [`suggest()`]: the question and its answer.
//! * [`totality()`]: for **every** combination of age, place, need, residence, urgency, hour and sender there is a receiver, or the gap
//!   is listed by name.
//! * [`takers`]: who may take whom, as a map of needs and ages.
//!
//! Nothing here asks who the youth is: no name, no number.

mod basis;
mod builtin;
mod check;
pub mod directory;
mod parse;
pub mod place;
mod suggest;
pub mod table;
pub mod takers;
#[cfg(test)]
mod tests;
pub mod totality;
mod words;

pub use builtin::{builtin, builtin_source};
pub use directory::{Capacity, Directory, Offer, Unit};
pub use place::{Place, PlaceKind};
pub use suggest::{
    Answer, Basis, CapacityNow, ClockAhead, Missing, Question, Sender, Suggestion, Together, World, suggest,
};
pub use table::{Conditions, Decision, Hit, ReceiverRule, Rule, Table, Way};
pub use totality::{Gap, Totality, totality};
pub use words::Warning;
