//! # The relay
//!
//! Stafett is Norwegian for a relay race, and this crate is the race itself: who holds the baton, who may pass it, to
//! whom, on what legal basis and before when. It knows no database, no network and no clock; time, identity and facts
//! about agencies come in, a [`Decision`] or a [`Refusal`] comes out.
//!
//! A tour, in the order in which one reads:
//!
//! * [`vocabulary`]: every closed list of codes, with its words in Norwegian and English.
//! * [`definition`]: a workflow as data. A TOML file names the states, who holds the baton in each, the clocks that run
//!   there, and the transitions. [`definition::builtin`] lists those that ship.
//! * [`diagram`]: a definition as a picture, for people and for pages.
//! * [`referral`]: the state of one referral: its hand-offs, its clocks, its custodian.
//! * [`event`]: what has happened; a referral is nothing but the fold of its events.
//! * [`decide`](mod@decide) and [`evolve`](mod@evolve): the only two functions that move a referral. `decide` turns a
//!   command into events and notices, or refuses in words; `evolve` applies one event.
//! * [`duty`]: which limits of the law are one and the same, however often the referral moves, and whether they were kept.
//! * [`routing`]: who to send to. A decision table as data, a directory and a question in; receivers in order, each with its
//!   reason, out. Its checker proves that nobody is left without an answer, or lists the gaps by name.
//! * [`agreement`]: what two agencies have agreed about how soon the one answers the other. It sets the limits of clocks.
//! * [`case`]: several referrals about one youth, who coordinates them, and what each agency may see of the others' part.
//! * [`disclosure`]: what may flow to whom on which legal basis, as data, and the only way to what was told of the youth.
//! * [`insight`]: what a reader may know of a referral, which is less once their part in it has ended.
//! * [`glass`]: a referral that is not one's own, opened in an emergency, and who answers for that.
//! * [`hint`]: that two agencies follow the same youth, told to each without the other.
//! * [`outreach`]: what an outreach team writes down of a night: its patrols, how many it met, and its arenas. Nobody is named.
//! * [`recount`]: what a log tells of the figures, read by a second way that shares nothing with [`evolve`](mod@evolve).
//! * [`time_spent`]: where the time of one referral went, stretch by stretch.
//! * [`suppression`]: which figures are masked for those who see across agencies.
//! * [`look`]: who looked at what is told of a youth, and why.
//! * [`policy`]: who may do what, as one total function, and the only mint of [`policy::Scope`].
//! * [`calendar`], [`identifier`], [`reference`](mod@reference), [`person`], [`content`]: the field's values, parsed once and valid ever after.
//! * [`law`]: the rules of law behind limits and legal bases, each with the time in which it holds.
//! * [`history`]: what a whole log shows, step by step.
//! * [`laws`]: the laws that a stored referral must obey, as a function that names what is broken.
//!
//! **Architecture invariant:** nothing here reads a clock, draws a random number or does I/O. The list of allowed
//! dependencies lies beside this crate's manifest, and the build fails when it grows.
//!
//! **Architecture invariant:** a [`Decision`] can only be made by this crate, and the store writes nothing about a
//! referral without one. Whoever wants to move a baton must ask here.

#![warn(missing_docs)]
#![warn(clippy::wildcard_enum_match_arm)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test may panic"
    )
)]

pub mod agency;
pub mod agreement;
pub mod calendar;
pub mod case;
pub mod command;
pub mod content;
pub mod decide;
pub mod definition;
pub mod diagram;
pub mod disclosure;
pub mod duty;
pub mod event;
pub mod evolve;
pub mod glass;
pub mod hint;
pub mod history;
pub mod identifier;
pub mod insight;
pub mod law;
pub mod laws;
pub mod look;
pub mod outreach;
pub mod person;
pub mod policy;
pub mod recount;
pub mod reference;
pub mod referral;
pub mod refusal;
pub mod retention;
pub mod routing;
pub mod suppression;
pub mod telling;
pub mod time_spent;
pub mod vocabulary;

pub use command::{Command, Context, NewReferral};
pub use decide::{Decision, admit, create, decide, edit};
pub use definition::Definition;
pub use event::{Event, Fact};
pub use evolve::{evolve, replay};
pub use referral::{Handoff, Referral};
pub use refusal::Refusal;
