//! The keys under which personal data lies sealed, and room for the seals.
//!
//! What lies open until now stays beside it for a moment: the store seals it, which needs keys that no migration has, and
//! the next migration takes the open columns away.
//!
//! `texts.key_id` and `persons.id` name the owner of a key without a foreign key: it would ask for an index that every
//! written text pays for, and reconciliation holds the two against each other.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{blob_null, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::table::{check, one_of};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(data_keys()).await?;
        let (bytes, empty, uuid) = match manager.get_database_backend() {
            DbBackend::Postgres => ("bytea", "''", "uuid"),
            _sqlite => ("blob", "x''", "uuid_text"),
        };
        // Nothing that was sealed is empty: what is empty has yet to be sealed.
        for sql in [
            format!(r#"ALTER TABLE "persons" ADD COLUMN "sealed" {bytes} NOT NULL DEFAULT {empty}"#),
            format!(r#"ALTER TABLE "texts" ADD COLUMN "sealed" {bytes} NOT NULL DEFAULT {empty}"#),
            format!(r#"ALTER TABLE "texts" ADD COLUMN "key_id" {uuid}"#),
        ] {
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            // The planner's samples of a column outlive what is taken from them: a destroyed key must not be one.
            let sql = r#"ALTER TABLE "data_keys" ALTER COLUMN "wrapped" SET STATISTICS 0"#;
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// One key for each owner, wrapped under a master key; without its bytes once it is destroyed. `held_at` says since when a
/// legal hold forbids that.
fn data_keys() -> TableCreateStatement {
    Table::create()
        .table("data_keys")
        .col(ColumnDef::new("owner_id").uuid().not_null().primary_key())
        .col(text("owner_kind"))
        .col(blob_null("wrapped"))
        .col(text_null("master_key"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("held_at"))
        .col(timestamp_with_time_zone_null("destroyed_at"))
        .check(one_of(
            "data_keys",
            "owner_kind",
            &["person", "referral", "case", "house"],
        ))
        .check(check(
            "data_keys",
            "destroyed",
            "(wrapped IS NULL) = (master_key IS NULL) AND (wrapped IS NULL) = (destroyed_at IS NOT NULL)",
        ))
        .check(check("data_keys", "held", "held_at IS NULL OR destroyed_at IS NULL"))
        .check(check(
            "data_keys",
            "house",
            "owner_kind <> 'house' OR destroyed_at IS NULL",
        ))
        .take()
}
