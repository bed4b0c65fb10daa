//! Broken glasses: who opened a referral that is not theirs, until when, and who has reviewed it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, boolean_null, integer, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null,
};

use crate::table::{check, create_indexes, index, one_of, references, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(glasses()).await?;
        create_indexes(manager, indexes()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Reason and note lie sealed in `texts`. `next_notice_at` says when it is told next that nobody has reviewed it; none once
/// somebody has.
fn glasses() -> TableCreateStatement {
    table("glasses")
        .col(uuid("referral_id"))
        .col(uuid("user_id"))
        .col(uuid("agency_id"))
        .col(text("role"))
        .col(uuid("sender_id"))
        .col(uuid("holder_id"))
        .col(uuid("reason_text_id"))
        .col(timestamp_with_time_zone("asked_at"))
        .col(boolean("needs_second"))
        .col(uuid_null("second_id"))
        .col(timestamp_with_time_zone_null("second_at"))
        .col(boolean_null("second_agrees"))
        .col(timestamp_with_time_zone_null("until"))
        .col(timestamp_with_time_zone("review_due_at"))
        .col(integer("told"))
        .col(timestamp_with_time_zone_null("next_notice_at"))
        .col(uuid_null("reviewer_id"))
        .col(timestamp_with_time_zone_null("reviewed_at"))
        .col(text_null("finding"))
        .col(uuid_null("note_text_id"))
        .foreign_key(&mut references("glasses", "referral_id", "referrals"))
        .foreign_key(&mut references("glasses", "user_id", "users"))
        .foreign_key(&mut references("glasses", "agency_id", "agencies"))
        .foreign_key(&mut references("glasses", "reason_text_id", "texts"))
        .check(one_of("glasses", "finding", &["justified", "not-justified"]))
        .check(check(
            "glasses",
            "second",
            "(second_id IS NULL) = (second_at IS NULL) AND (second_id IS NULL) = (second_agrees IS NULL)",
        ))
        .check(check(
            "glasses",
            "reviewed",
            "(reviewer_id IS NULL) = (reviewed_at IS NULL) AND (reviewer_id IS NULL) = (finding IS NULL)",
        ))
        .check(check(
            "glasses",
            "somebody_else",
            "(second_id IS NULL OR second_id <> user_id) AND (reviewer_id IS NULL OR reviewer_id <> user_id)",
        ))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("glasses", "user", &["user_id", "referral_id"]),
        index("glasses", "sender", &["sender_id", "asked_at"]),
        index("glasses", "holder", &["holder_id", "asked_at"]),
        index("glasses", "agency", &["agency_id", "asked_at"]),
        index("glasses", "notice", &["next_notice_at"])
            .and_where(Expr::col("next_notice_at").is_not_null())
            .take(),
    ]
}
