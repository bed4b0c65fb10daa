//! What may flow: from which sender to which receiver, on which legal basis, field by field.
//!
//! The rules are a [`Table`], data beside the definitions: read, found total and free of contradictions, and held against
//! every path of every definition and every rule of the routing ([`check::paths`]) before anything starts. One function
//! answers with it what somebody may know of a referral ([`Table::reading`]), and the answer is the only way to what was told of the youth:
//! [`Reading::disclose`] makes a [`Disclosed`], and nothing else does.
//!
//! A reader knows what they wrote, and what reached them along the legs of the relay: of what the sender of a leg knew, the part
//! that the leg's legal basis lets flow, as far as a consent covers it. So nobody passes on what they were not told.

pub mod check;
mod fields;
mod flow;
mod known;
mod table;

pub use fields::{Field, Fields, given};
pub use flow::{Flow, Ground, Party, Way};
pub use known::{Disclosed, Reading};
pub use table::{InformedRule, Rule, Table, Whom, builtin};
