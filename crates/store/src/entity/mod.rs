//! One private file for each table: its row, as the database has it. Rows become values of the domain in `map` and in the
//! aggregates; nobody outside this crate sees one.

#![allow(unreachable_pub, reason = "the derive writes pub; the module is private")]

pub(crate) mod agency;
pub(crate) mod agency_area;
pub(crate) mod agency_settings;
pub(crate) mod agreement;
pub(crate) mod audit;
pub(crate) mod capacity;
pub(crate) mod case;
pub(crate) mod case_event;
pub(crate) mod clock;
pub(crate) mod definition;
pub(crate) mod deputy;
pub(crate) mod event;
pub(crate) mod glass;
pub(crate) mod handoff;
pub(crate) mod hint;
pub(crate) mod idempotency;
pub(crate) mod instance;
pub(crate) mod look;
pub(crate) mod membership;
pub(crate) mod outbox;
pub(crate) mod outreach_arena;
pub(crate) mod outreach_contact;
pub(crate) mod outreach_patrol;
pub(crate) mod outreach_patrol_arena;
pub(crate) mod person;
pub(crate) mod referral;
pub(crate) mod refresh_token;
pub(crate) mod service;
pub(crate) mod session;
pub(crate) mod snooze;
pub(crate) mod text;
pub(crate) mod user;
