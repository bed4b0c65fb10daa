//! What leaves the house and what proves it: the outbox, the answers kept for repeats, the audit trail.
//!
//! Here too users and agencies are named without a foreign key, for the reason given with the referrals.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    integer, json_binary, small_integer_null, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null,
    uuid, uuid_null,
};

use crate::table::{check, create_indexes, index, one_of, references, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(outbox()).await?;
        manager.create_table(idempotency()).await?;
        manager.create_table(audit()).await?;
        create_indexes(manager, indexes()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// One row for each notice and recipient: a unit, or one person of it. `due_at` is the deadline that the mail tells.
fn outbox() -> TableCreateStatement {
    table("outbox")
        .col(uuid("referral_id"))
        .col(uuid_null("handoff_id"))
        .col(uuid("event_id"))
        .col(text("notice"))
        .col(uuid("agency_id"))
        .col(uuid_null("user_id"))
        .col(timestamp_with_time_zone_null("due_at"))
        .col(text("status"))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone("next_attempt_at"))
        .col(uuid_null("lease_token"))
        .col(timestamp_with_time_zone_null("lease_until"))
        .col(text_null("last_error"))
        .col(text_null("server_reply"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .foreign_key(&mut references("outbox", "referral_id", "referrals"))
        .foreign_key(&mut references("outbox", "event_id", "events"))
        .check(one_of("outbox", "status", &["pending", "sent", "dead"]))
        .check(check("outbox", "sent", "(status = 'sent') = (sent_at IS NOT NULL)"))
        .check(check(
            "outbox",
            "lease",
            "(lease_token IS NULL) = (lease_until IS NULL)",
        ))
        .check(check("outbox", "attempts", "attempts >= 0"))
        .take()
}

/// The first answer to a request that may come again. The answer's body may hold personal data and so is a text.
fn idempotency() -> TableCreateStatement {
    Table::create()
        .table("idempotency")
        .col(uuid("owner_id"))
        .col(text("key"))
        .col(text("request_hash"))
        .col(small_integer_null("status"))
        .col(text_null("etag"))
        .col(text_null("location"))
        .col(uuid_null("answer_text_id"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(Index::create().name("idempotency_pkey").col("owner_id").col("key"))
        .foreign_key(&mut references("idempotency", "answer_text_id", "texts"))
        .check(check("idempotency", "status", "status BETWEEN 200 AND 599"))
        .check(check("idempotency", "expiry", "created_at < expires_at"))
        .take()
}

/// Who did what to what, when; never anything about the youth.
fn audit() -> TableCreateStatement {
    table("audit")
        .col(timestamp_with_time_zone("at"))
        .col(uuid_null("actor_id"))
        .col(uuid_null("agency_id"))
        .col(text_null("role"))
        .col(text("action"))
        .col(text("object_kind"))
        .col(uuid_null("object_id"))
        .col(text_null("request_id"))
        .col(json_binary("body"))
        .check(check("audit", "action", "action <> '' AND object_kind <> ''"))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let is_null = |column: &'static str| Expr::col(column).is_null();
    let is_not_null = |column: &'static str| Expr::col(column).is_not_null();
    let pending = || Expr::cust("status = 'pending'");
    vec![
        // NULLs are distinct in a unique index, so a notice to a unit and one to a person need one each.
        unique("outbox", "unit", &["event_id", "notice", "agency_id"])
            .and_where(is_null("user_id"))
            .take(),
        unique("outbox", "person", &["event_id", "notice", "agency_id", "user_id"])
            .and_where(is_not_null("user_id"))
            .take(),
        index("outbox", "due", &["next_attempt_at", "id"])
            .and_where(pending())
            .take(),
        index("outbox", "lease", &["lease_token"])
            .and_where(is_not_null("lease_token"))
            .take(),
        index("outbox", "referral", &["referral_id", "created_at"]),
        index("outbox", "dead", &["created_at", "id"])
            .and_where(Expr::cust("status = 'dead'"))
            .take(),
        index("idempotency", "expiry", &["expires_at"]),
        index("audit", "at", &["at", "id"]),
        index("audit", "object", &["object_kind", "object_id", "at"]),
    ]
}
