//! The stories, one file each.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story that goes another way than told has failed"
)]

mod access_log;
mod ageing;
mod agreements;
mod attachments;
mod backup;
mod bad_input;
mod before_the_vault;
mod both_sides;
mod break_glass;
mod bulk;
mod burglary;
mod case_merge;
mod cases;
mod concern_report;
mod coverage;
mod deadlines;
mod deputies;
mod directory;
mod disclosure;
mod duplicate_hints;
mod eight_accepts;
mod erasure;
mod every_look;
mod flow;
mod harness;
mod heard;
mod idempotency;
mod keeping;
mod killed;
mod lists;
mod look_on;
mod mail_trouble;
mod mailbox_test;
mod matrix;
mod no_such_character;
mod nothing_unheard;
mod openapi;
mod order_of_refusal;
mod outreach;
mod outsider;
mod outsider_everywhere;
mod part_ended;
mod phone_put;
mod protection;
mod readme;
mod reconcile;
mod reconcile_deep;
mod replay;
mod report_command;
mod reports;
mod routing;
mod same_youth;
mod sealed_log;
mod second_wall;
mod service_referral;
mod sessions;
mod setup;
mod setup_at_once;
mod several_places;
mod snooze;
mod statements;
mod telling;
mod trafficking;
mod unusual_looks;
mod vault;
mod webhooks;
mod who_am_i;
mod wishes;
mod workflow_proposals;
mod working_days;
