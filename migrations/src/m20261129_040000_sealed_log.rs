//! The audit trail as a log that proves itself: what each transaction wrote, which number each row has in the log, the hashes of
//! the tree over them, and what was signed.
//!
//! A row of the trail gets its number from whoever seals it, not from whoever writes it, so that writers never wait. Rows from
//! before have none yet and are sealed in their order at the first start.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, json_binary_null, small_integer, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

use crate::table::{check, create_indexes, index, references, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [json_binary_null("written"), big_integer_null("number")] {
            manager
                .alter_table(Table::alter().table("audit").add_column(column).take())
                .await?;
        }
        for table in [heads(), leaves(), nodes(), checkpoints(), witnesses(), cosignatures()] {
            manager.create_table(table).await?;
        }
        create_indexes(manager, indexes()).await?;
        let sql = "INSERT INTO log_heads (id, size, peaks) VALUES (1, 0, NULL)";
        manager.get_connection().execute_unprepared(sql).await.map(drop)
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// One row: how many entries are sealed, and the right edge of the tree over them, none for an empty one.
fn heads() -> TableCreateStatement {
    Table::create()
        .table("log_heads")
        .col(ColumnDef::new("id").small_integer().not_null().primary_key())
        .col(big_integer("size"))
        .col(ColumnDef::new("peaks").blob().null())
        .check(check("log_heads", "one", "id = 1 AND size >= 0"))
        .check(check("log_heads", "peaks", "(peaks IS NULL) = (size = 0)"))
        .take()
}

/// The entries in their order: which row each is, and its hash.
fn leaves() -> TableCreateStatement {
    Table::create()
        .table("log_leaves")
        .col(ColumnDef::new("number").big_integer().not_null().primary_key())
        .col(uuid("audit_id"))
        .col(blob("hash"))
        .check(check("log_leaves", "number", "number >= 0"))
        .take()
}

/// The complete subtrees of more than one leaf.
fn nodes() -> TableCreateStatement {
    Table::create()
        .table("log_nodes")
        .col(small_integer("level"))
        .col(big_integer("place"))
        .col(blob("hash"))
        .primary_key(Index::create().col("level").col("place"))
        .check(check("log_nodes", "level", "level BETWEEN 1 AND 62 AND place >= 0"))
        .take()
}

/// What was signed: the note as it was, and its size for finding it.
fn checkpoints() -> TableCreateStatement {
    Table::create()
        .table("log_checkpoints")
        .col(ColumnDef::new("size").big_integer().not_null().primary_key())
        .col(text("note"))
        .col(timestamp_with_time_zone("sealed_at"))
        .check(check("log_checkpoints", "size", "size >= 1"))
        .take()
}

/// Keys by which agencies witness the log.
fn witnesses() -> TableCreateStatement {
    table("log_witnesses")
        .col(uuid("agency_id"))
        .col(text("key"))
        .col(uuid("registered_by"))
        .col(timestamp_with_time_zone("registered_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .foreign_key(&mut references("log_witnesses", "agency_id", "agencies"))
        .take()
}

/// What witnesses have signed: the line of the note.
fn cosignatures() -> TableCreateStatement {
    table("log_cosignatures")
        .col(big_integer("size"))
        .col(uuid("witness_id"))
        .col(text("line"))
        .col(timestamp_with_time_zone("signed_at"))
        .col(timestamp_with_time_zone("received_at"))
        .foreign_key(
            ForeignKey::create()
                .name("log_cosignatures_size_fkey")
                .from("log_cosignatures", "size")
                .to("log_checkpoints", "size"),
        )
        .foreign_key(&mut references("log_cosignatures", "witness_id", "log_witnesses"))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("audit", "unsealed", &["at", "id"])
            .and_where(Expr::col("number").is_null())
            .take(),
        unique("log_leaves", "row", &["audit_id"]),
        unique("log_witnesses", "agency", &["agency_id"])
            .and_where(Expr::col("ended_at").is_null())
            .take(),
        unique("log_witnesses", "key", &["key"]),
        unique("log_cosignatures", "once", &["size", "witness_id"]),
    ]
}
