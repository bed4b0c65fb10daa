//! Hints that two agencies follow the same youth.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean_null, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::table::{check, create_indexes, index, references, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(hints()).await?;
        create_indexes(
            manager,
            [
                unique("duplicate_hints", "pair", &["one_referral_id", "other_referral_id"]),
                index("duplicate_hints", "one", &["one_agency_id", "found_at"]),
                index("duplicate_hints", "other", &["other_agency_id", "found_at"]),
            ],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// The reason of whoever asks lies sealed in `texts`, with their own referral.
fn hints() -> TableCreateStatement {
    table("duplicate_hints")
        .col(uuid("one_agency_id"))
        .col(uuid("one_referral_id"))
        .col(uuid("other_agency_id"))
        .col(uuid("other_referral_id"))
        .col(timestamp_with_time_zone("found_at"))
        .col(uuid_null("asking_agency_id"))
        .col(uuid_null("asked_by_id"))
        .col(timestamp_with_time_zone_null("asked_at"))
        .col(text_null("basis"))
        .col(uuid_null("reason_text_id"))
        .col(uuid_null("answered_by_id"))
        .col(timestamp_with_time_zone_null("answered_at"))
        .col(boolean_null("accepted"))
        .foreign_key(&mut references("duplicate_hints", "one_referral_id", "referrals"))
        .foreign_key(&mut references("duplicate_hints", "other_referral_id", "referrals"))
        .foreign_key(&mut references("duplicate_hints", "one_agency_id", "agencies"))
        .foreign_key(&mut references("duplicate_hints", "other_agency_id", "agencies"))
        .check(check("duplicate_hints", "two", "one_agency_id <> other_agency_id"))
        .check(check(
            "duplicate_hints",
            "asked",
            "(asking_agency_id IS NULL) = (asked_at IS NULL) AND (asked_at IS NULL) = (basis IS NULL) \
             AND (answered_at IS NULL) = (accepted IS NULL) AND (answered_at IS NULL OR asked_at IS NOT NULL)",
        ))
        .take()
}
