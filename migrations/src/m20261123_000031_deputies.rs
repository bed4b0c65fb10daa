//! Who stands in for whom while they are away.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{timestamp_with_time_zone, uuid, uuid_null};

use crate::table::{check, create_indexes, index, references, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(deputies()).await?;
        let by_person = index("deputies", "person", &["agency_id", "user_id", "ends_at"]);
        let by_deputy = index("deputies", "deputy", &["deputy_id", "ends_at"]);
        create_indexes(manager, [by_person, by_deputy]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn deputies() -> TableCreateStatement {
    table("deputies")
        .col(uuid("agency_id"))
        .col(uuid("user_id"))
        .col(uuid("deputy_id"))
        .col(timestamp_with_time_zone("starts_at"))
        .col(timestamp_with_time_zone("ends_at"))
        .col(uuid_null("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut references("deputies", "agency_id", "agencies"))
        .foreign_key(&mut references("deputies", "user_id", "users"))
        .foreign_key(&mut references("deputies", "deputy_id", "users"))
        .check(check("deputies", "another", "deputy_id <> user_id"))
        .check(check("deputies", "order", "starts_at < ends_at"))
        .take()
}
