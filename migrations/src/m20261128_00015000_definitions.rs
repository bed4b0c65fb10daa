//! Definitions of one's own: those that somebody proposes and another person approves, and those of a folder, each kept as it
//! was when it was taken into use.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid_null};

use crate::table::{check, create_indexes, index, one_of, references, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(definitions()).await?;
        // What was refused or taken back leaves its version free.
        let mut once = unique("definitions", "version", &["workflow_id", "version"]);
        once.and_where(Expr::cust("standing IN ('proposed', 'in-use')"));
        create_indexes(manager, [once, index("definitions", "standing", &["standing", "id"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Nobody is named where a folder brought it.
fn definitions() -> TableCreateStatement {
    table("definitions")
        .col(text("workflow_id"))
        .col(integer("version"))
        .col(text("source"))
        .col(text("standing"))
        .col(uuid_null("proposed_by"))
        .col(timestamp_with_time_zone("proposed_at"))
        .col(uuid_null("answered_by"))
        .col(timestamp_with_time_zone_null("answered_at"))
        .foreign_key(&mut references("definitions", "proposed_by", "users"))
        .foreign_key(&mut references("definitions", "answered_by", "users"))
        .check(check("definitions", "workflow", "workflow_id <> '' AND version >= 1"))
        .check(one_of("definitions", "standing", &["proposed", "in-use", "rejected", "withdrawn"]))
        .check(check(
            "definitions",
            "answered",
            "(standing = 'proposed') = (answered_at IS NULL) AND (answered_by IS NOT NULL) = (answered_at IS NOT NULL AND proposed_by IS NOT NULL)",
        ))
        // Nobody approves what they have proposed themselves.
        .check(check(
            "definitions",
            "two_people",
            "standing <> 'in-use' OR proposed_by IS NULL OR proposed_by <> answered_by",
        ))
        .take()
}
