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
//! * personal data stands in `persons.details` and `texts.body` only.
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
mod m20261123_000080_snoozes;
mod table;

use sea_orm_migration::prelude::MigrationTrait;
pub use sea_orm_migration::prelude::MigratorTrait;

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
            Box::new(m20261123_000080_snoozes::Migration),
        ]
    }
}
