//! What people have put aside in their own inbox, and until when.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, timestamp_with_time_zone, uuid};

use crate::table::{check, create_indexes, references, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(snoozes()).await?;
        let once = unique("snoozes", "person_referral", &["user_id", "referral_id"]);
        create_indexes(manager, [once]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn snoozes() -> TableCreateStatement {
    table("snoozes")
        .col(uuid("user_id"))
        .col(uuid("referral_id"))
        .col(integer("event_seq"))
        .col(timestamp_with_time_zone("until"))
        .col(timestamp_with_time_zone("wakes_at"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut references("snoozes", "user_id", "users"))
        .foreign_key(&mut references("snoozes", "referral_id", "referrals"))
        .check(check("snoozes", "order", "created_at < wakes_at AND wakes_at <= until"))
        .check(check("snoozes", "event_seq", "event_seq > 0"))
        .take()
}
