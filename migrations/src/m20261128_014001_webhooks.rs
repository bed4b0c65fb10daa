//! Whom a unit's own systems are told by, and what became of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, integer, integer_null, json_binary, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::table::{check, create_indexes, index, one_of, references, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(webhooks()).await?;
        manager.create_table(deliveries()).await?;
        create_indexes(manager, indexes()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// `generation` counts the secrets; the secret itself is made from it and stands nowhere.
fn webhooks() -> TableCreateStatement {
    table("webhooks")
        .col(uuid("agency_id"))
        .col(text("url"))
        .col(json_binary("notices"))
        .col(boolean("on_call"))
        .col(integer("generation"))
        .col(timestamp_with_time_zone("rotated_at"))
        .col(uuid_null("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("failing_since"))
        .col(timestamp_with_time_zone_null("disabled_at"))
        .col(text_null("disabled_because"))
        .col(integer("version"))
        .foreign_key(&mut references("webhooks", "agency_id", "agencies"))
        .check(check("webhooks", "counts", "generation >= 1 AND version >= 1"))
        .check(check(
            "webhooks",
            "disabled",
            "(disabled_at IS NULL) = (disabled_because IS NULL)",
        ))
        .take()
}

fn deliveries() -> TableCreateStatement {
    table("webhook_deliveries")
        .col(uuid("webhook_id"))
        .col(uuid("notice_id"))
        .col(text("status"))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone("next_attempt_at"))
        .col(uuid_null("lease_token"))
        .col(timestamp_with_time_zone_null("lease_until"))
        .col(integer_null("status_code"))
        .col(text_null("last_error"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .foreign_key(&mut references("webhook_deliveries", "webhook_id", "webhooks"))
        .foreign_key(&mut references("webhook_deliveries", "notice_id", "outbox"))
        .check(one_of("webhook_deliveries", "status", &["pending", "sent"]))
        .check(check(
            "webhook_deliveries",
            "sent",
            "(status = 'sent') = (sent_at IS NOT NULL)",
        ))
        .check(check(
            "webhook_deliveries",
            "lease",
            "(lease_token IS NULL) = (lease_until IS NULL)",
        ))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("webhooks", "agency", &["agency_id", "id"]),
        unique("webhook_deliveries", "notice", &["webhook_id", "notice_id"]),
        index("webhook_deliveries", "due", &["next_attempt_at", "id"])
            .and_where(Expr::cust("status = 'pending'"))
            .take(),
        index("webhook_deliveries", "list", &["webhook_id", "created_at", "id"]),
    ]
}
