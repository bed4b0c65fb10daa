//! What people wish to be mailed besides what their unit is told, and the daily digests that were made for them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, date, integer, json_binary, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null,
    uuid, uuid_null,
};

use crate::table::{check, create_indexes, index, one_of, references, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(preferences()).await?;
        manager.create_table(digests()).await?;
        create_indexes(manager, indexes()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// One row a person, by the person's id; who has none wishes nothing. `digest_ended` says why a digest ended that the person
/// has not ended in Stafett.
fn preferences() -> TableCreateStatement {
    table("preferences")
        .col(boolean("copies"))
        .col(boolean("digest"))
        .col(text_null("digest_ended"))
        .col(integer("version"))
        .col(timestamp_with_time_zone("updated_at"))
        .foreign_key(&mut references("preferences", "id", "users"))
        .check(one_of(
            "preferences",
            "digest_ended",
            &["unsubscribed", "undeliverable"],
        ))
        .check(check("preferences", "ended", "digest_ended IS NULL OR NOT digest"))
        .check(check("preferences", "version", "version >= 1"))
        .take()
}

/// One a person and day. What it tells is written down when it is made, so that it is the same mail at every attempt; it holds
/// references and deadlines, and nothing of anybody.
fn digests() -> TableCreateStatement {
    table("digests")
        .col(uuid("user_id"))
        .col(date("day"))
        .col(json_binary("content"))
        .col(text("status"))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone("next_attempt_at"))
        .col(uuid_null("lease_token"))
        .col(timestamp_with_time_zone_null("lease_until"))
        .col(text_null("last_error"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .foreign_key(&mut references("digests", "user_id", "users"))
        .check(one_of("digests", "status", &["empty", "pending", "sent", "dropped"]))
        .check(check("digests", "sent", "(status = 'sent') = (sent_at IS NOT NULL)"))
        .check(check(
            "digests",
            "lease",
            "(lease_token IS NULL) = (lease_until IS NULL)",
        ))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        unique("digests", "day", &["user_id", "day"]),
        index("digests", "due", &["next_attempt_at", "id"])
            .and_where(Expr::cust("status = 'pending'"))
            .take(),
    ]
}
