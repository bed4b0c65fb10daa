//! How long what was told is kept, who forbids that it is erased, and what has been told of beforehand.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    integer, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{check, create_indexes, index, references, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(rules()).await?;
        manager.create_table(holds()).await?;
        manager.create_table(announced()).await?;
        create_indexes(
            manager,
            [
                index("retention_rules", "agency", &["agency_id"]),
                index("holds", "owner", &["owner_id"]),
            ],
        )
        .await?;
        // A hold from before there were reasons is an operator's, and counts as it did.
        let sql = "INSERT INTO holds (id, owner_id, set_at) SELECT owner_id, owner_id, held_at FROM data_keys \
                   WHERE held_at IS NOT NULL";
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Months after closing: an agency's, or without one the installation's; for one workflow, or without one for all.
fn rules() -> TableCreateStatement {
    table("retention_rules")
        .col(uuid_null("agency_id"))
        .col(text_null("workflow_id"))
        .col(integer("months"))
        .col(text("legal_ref"))
        .col(uuid_null("set_by"))
        .col(timestamp_with_time_zone("set_at"))
        .foreign_key(&mut references("retention_rules", "agency_id", "agencies"))
        .check(check("retention_rules", "months", "months BETWEEN 1 AND 1200"))
        .take()
}

/// Legal holds: an agency's, by way of one of its referrals, or without one an operator's. `data_keys.held_at` says since when
/// there is any.
fn holds() -> TableCreateStatement {
    table("holds")
        .col(uuid("owner_id"))
        .col(uuid_null("referral_id"))
        .col(uuid_null("agency_id"))
        .col(uuid_null("reason_text_id"))
        .col(uuid_null("set_by"))
        .col(timestamp_with_time_zone("set_at"))
        .col(uuid_null("lifted_by"))
        .col(timestamp_with_time_zone_null("lifted_at"))
        .foreign_key(&mut references("holds", "referral_id", "referrals"))
        .foreign_key(&mut references("holds", "agency_id", "agencies"))
        .foreign_key(&mut references("holds", "reason_text_id", "texts"))
        .check(check(
            "holds",
            "whose",
            "(agency_id IS NULL) = (referral_id IS NULL) AND (agency_id IS NULL) = (set_by IS NULL)",
        ))
        .take()
}

/// What stands in the lists of leads because it will be erased, since when, and on which day at the earliest.
fn announced() -> TableCreateStatement {
    Table::create()
        .table("announced_erasures")
        .col(ColumnDef::new("owner_id").uuid().not_null().primary_key())
        .col(timestamp_with_time_zone("due_at"))
        .col(timestamp_with_time_zone("announced_at"))
        .take()
}
