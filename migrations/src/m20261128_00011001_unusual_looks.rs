//! Which looks are unusual, by which rule; and what a lead made of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, timestamp_with_time_zone, uuid};

use crate::table::{create_indexes, index, one_of, references};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(look_flags()).await?;
        manager.create_table(look_reviews()).await?;
        create_indexes(
            manager,
            [index("look_flags", "agency", &["agency_id", "at", "look_id"])],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// `agency_id` and `at` are the look's, so that a lead's list is one walk along an index.
fn look_flags() -> TableCreateStatement {
    Table::create()
        .table("look_flags")
        .col(uuid("look_id"))
        .col(text("rule"))
        .col(uuid("agency_id"))
        .col(timestamp_with_time_zone("at"))
        .primary_key(Index::create().name("look_flags_pkey").col("look_id").col("rule"))
        .foreign_key(&mut references("look_flags", "look_id", "looks"))
        .check(one_of(
            "look_flags",
            "rule",
            &["no-relation", "part-ended", "mass", "own-name", "outside-hours"],
        ))
        .take()
}

/// The note lies sealed in `texts`.
fn look_reviews() -> TableCreateStatement {
    Table::create()
        .table("look_reviews")
        .col(ColumnDef::new("look_id").uuid().not_null().primary_key())
        .col(uuid("reviewer_id"))
        .col(uuid("note_text_id"))
        .col(timestamp_with_time_zone("at"))
        .foreign_key(&mut references("look_reviews", "look_id", "looks"))
        .foreign_key(&mut references("look_reviews", "reviewer_id", "users"))
        .foreign_key(&mut references("look_reviews", "note_text_id", "texts"))
        .take()
}
