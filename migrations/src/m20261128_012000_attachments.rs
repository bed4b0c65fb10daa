//! Files that belong to referrals. What they hold lies outside, in a store of objects; here is which object, under which key,
//! and sealed what it is called.
//!
//! Every object has a row before its first byte is written, and a file names its object in the same commit that makes it
//! `kept`. So nothing that a row names can ever count as left over.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob_null, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null,
    uuid, uuid_null,
};

use crate::table::{check, create_indexes, index, one_of, references, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(objects()).await?;
        manager.create_table(attachments()).await?;
        create_indexes(
            manager,
            [
                index("objects", "state", &["state", "since"]),
                index("attachments", "referral", &["referral_id", "created_at", "id"]),
                index("attachments", "key", &["key_id"]),
                unique("attachments", "object", &["object_id"]),
            ],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// What lies in the store of objects, by name. `writing` may never be finished; `unwanted` is to be deleted.
fn objects() -> TableCreateStatement {
    table("objects")
        .col(text("state"))
        .col(big_integer_null("size"))
        .col(text_null("digest"))
        .col(timestamp_with_time_zone("since"))
        .check(one_of("objects", "state", &["writing", "kept", "unwanted"]))
        .check(check(
            "objects",
            "whole",
            "state <> 'kept' OR (size IS NOT NULL AND digest IS NOT NULL)",
        ))
        .take()
}

/// A file; without its object, key and name once it is taken away, and without its object once it is erased.
fn attachments() -> TableCreateStatement {
    table("attachments")
        .col(uuid("referral_id"))
        .col(uuid_null("object_id"))
        .col(uuid("key_id"))
        .col(blob_null("file_key"))
        .col(blob_null("sealed"))
        .col(text("media_type"))
        .col(big_integer("size"))
        .col(text("received_digest"))
        .col(uuid("author_id"))
        .col(uuid("author_agency_id"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("removed_at"))
        .foreign_key(&mut references("attachments", "referral_id", "referrals"))
        .foreign_key(&mut references("attachments", "object_id", "objects"))
        .check(check("attachments", "size", "size > 0"))
        .check(check(
            "attachments",
            "sealed",
            "(file_key IS NULL) = (sealed IS NULL) AND (sealed IS NULL) = (removed_at IS NOT NULL)",
        ))
        .check(check(
            "attachments",
            "removed",
            "removed_at IS NULL OR object_id IS NULL",
        ))
        .take()
}
