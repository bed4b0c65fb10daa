//! # The schema
//!
//! One schema for SQLite and PostgreSQL, as migrations that only go forward. Each migration is frozen once released:
//! it writes its own lists of codes out in full and never imports an entity or the vocabulary, so that an old migration
//! keeps meaning what it meant. Tests of the store compare the lists with the vocabulary of today.
//!
//! The database holds the laws that must survive any bug above it:
//!
//! * every referral has exactly one custodian (`custodian_id NOT NULL`);
//! * at most one hand-off of a referral is open (a partial unique index), and open means not ended;
//! * the facts of a referral are numbered without doubles (`UNIQUE (referral_id, seq)`);
//! * a notice is enqueued once for each fact and recipient;
//! * personal data stands in `persons.sealed`, `texts.sealed` and `attachments.sealed` only, and nobody reads it there without a key.
//!
//! **Architecture invariant:** no column has a time default. There is one clock, it is the application's, and its times
//! are cut to microseconds: the database's own defaults are text that sorts differently on SQLite.

mod m20261122_000001_directory;
mod m20261122_000002_referrals;
mod m20261122_000003_delivery;
mod m20261123_000010_clock_service;
mod m20261123_000020_capacity;
mod m20261123_000030_setup;
mod m20261123_000031_deputies;
mod m20261123_000040_cases;
mod m20261123_000050_vault;
mod m20261123_000051_sealed;
mod m20261123_000060_agreements;
mod m20261123_000070_deputy_notices;
mod m20261123_000080_snoozes;
mod m20261128_00010000_areas;
mod m20261128_00010001_setup_notices;
mod m20261128_00010002_known_parts;
mod m20261128_00011000_looks;
mod m20261128_00011001_unusual_looks;
mod m20261128_00011002_break_glass;
mod m20261128_00011003_duplicate_hints;
mod m20261128_000130_consent_scope;
mod m20261128_000131_protection;
mod m20261128_00015000_definitions;
mod m20261128_012000_attachments;
mod m20261128_012001_retention;
mod m20261128_014000_receipts;
mod m20261128_014001_webhooks;
mod m20261128_014002_preferences;
mod m20261128_014003_statements;
mod m20261128_020000_sessions;
mod m20261128_030000_flow;
mod m20261129_040000_sealed_log;
mod m20261129_050000_outreach;
mod table;

use sea_orm_migration::prelude::MigrationTrait;
pub use sea_orm_migration::prelude::MigratorTrait;

/// The last migration before what lies open is sealed; see `stafett_store`.
pub const MAKES_ROOM_FOR_SEALS: &str = "m20261123_000050_vault";
/// The migration that takes away what lay open.
pub const TAKES_AWAY_WHAT_LAY_OPEN: &str = "m20261123_000051_sealed";

/// The migrations in their order.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

#[sea_orm_migration::async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_directory::Migration),
            Box::new(m20261122_000002_referrals::Migration),
            Box::new(m20261122_000003_delivery::Migration),
            Box::new(m20261123_000010_clock_service::Migration),
            Box::new(m20261123_000020_capacity::Migration),
            Box::new(m20261123_000030_setup::Migration),
            Box::new(m20261123_000031_deputies::Migration),
            Box::new(m20261123_000040_cases::Migration),
            Box::new(m20261123_000050_vault::Migration),
            Box::new(m20261123_000051_sealed::Migration),
            Box::new(m20261123_000060_agreements::Migration),
            Box::new(m20261123_000070_deputy_notices::Migration),
            Box::new(m20261123_000080_snoozes::Migration),
            Box::new(m20261128_00010000_areas::Migration),
            Box::new(m20261128_00010001_setup_notices::Migration),
            Box::new(m20261128_00010002_known_parts::Migration),
            Box::new(m20261128_00011000_looks::Migration),
            Box::new(m20261128_00011001_unusual_looks::Migration),
            Box::new(m20261128_00011002_break_glass::Migration),
            Box::new(m20261128_00011003_duplicate_hints::Migration),
            Box::new(m20261128_000130_consent_scope::Migration),
            Box::new(m20261128_000131_protection::Migration),
            Box::new(m20261128_00015000_definitions::Migration),
            Box::new(m20261128_012000_attachments::Migration),
            Box::new(m20261128_012001_retention::Migration),
            Box::new(m20261128_014000_receipts::Migration),
            Box::new(m20261128_014001_webhooks::Migration),
            Box::new(m20261128_014002_preferences::Migration),
            Box::new(m20261128_014003_statements::Migration),
            Box::new(m20261128_020000_sessions::Migration),
            Box::new(m20261128_030000_flow::Migration),
            Box::new(m20261129_040000_sealed_log::Migration),
            Box::new(m20261129_050000_outreach::Migration),
        ]
    }
}
