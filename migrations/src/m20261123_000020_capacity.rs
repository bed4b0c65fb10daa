//! What units say of their capacity. Reports are added and never changed, so that one can see later what was known when.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, integer_null, text, text_null, timestamp_with_time_zone, uuid};

use crate::table::{check, create_indexes, index, one_of, references, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(capacity_reports()).await?;
        create_indexes(
            manager,
            [
                unique("capacity_reports", "number", &["agency_id", "number"]),
                index("capacity_reports", "need", &["agency_id", "need", "number"]),
            ],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// The reports of an agency are numbered from 1 without doubles: the number of the newest is the version.
fn capacity_reports() -> TableCreateStatement {
    table("capacity_reports")
        .col(uuid("agency_id"))
        .col(integer("number"))
        .col(text_null("need"))
        .col(text("status"))
        .col(integer_null("free"))
        .col(text_null("note"))
        .col(uuid("reported_by"))
        .col(timestamp_with_time_zone("reported_at"))
        .foreign_key(&mut references("capacity_reports", "agency_id", "agencies"))
        .foreign_key(&mut references("capacity_reports", "reported_by", "users"))
        .check(check("capacity_reports", "number", "number >= 1"))
        .check(check("capacity_reports", "free", "free >= 0 AND free <= 9999"))
        .check(check(
            "capacity_reports",
            "full",
            "(free = 0 AND status = 'full') OR (free > 0 AND status <> 'full') OR free IS NULL",
        ))
        .check(one_of("capacity_reports", "status", &["open", "limited", "full"]))
        .take()
}
