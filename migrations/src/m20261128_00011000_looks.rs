//! Who has looked at what is told of a youth, and why.
//!
//! Rows are only ever added. They name people, agencies, referrals and cases without foreign keys: to check one, PostgreSQL
//! locks the row that it names, and a look would wait for whoever is deciding about the referral just then. None of these rows
//! is ever deleted. They hold codes, ids and times: a reason that somebody wrote lies sealed in `texts`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::table::{check, create_indexes, index, one_of, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(looks()).await?;
        create_indexes(manager, indexes()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn looks() -> TableCreateStatement {
    table("looks")
        .col(timestamp_with_time_zone("at"))
        .col(uuid("user_id"))
        .col(uuid("agency_id"))
        .col(text("role"))
        .col(text("relation"))
        .col(boolean("part_ended"))
        .col(text("looked_at"))
        .col(text("why"))
        .col(uuid_null("referral_id"))
        .col(uuid_null("case_id"))
        .col(uuid_null("reason_text_id"))
        .col(text_null("request_id"))
        .col(timestamp_with_time_zone_null("judged_at"))
        .check(one_of("looks", "why", &["part", "reason", "break-glass"]))
        .check(check(
            "looks",
            "reason",
            "why <> 'reason' OR reason_text_id IS NOT NULL",
        ))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let is_not_null = |column: &'static str| Expr::col(column).is_not_null();
    vec![
        index("looks", "referral", &["referral_id", "at", "id"])
            .and_where(is_not_null("referral_id"))
            .take(),
        index("looks", "agency", &["agency_id", "at", "id"]),
        index("looks", "unjudged", &["at", "id"])
            .and_where(Expr::cust("judged_at IS NULL"))
            .take(),
    ]
}
