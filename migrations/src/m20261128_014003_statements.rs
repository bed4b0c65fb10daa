//! The signed statements that are made of every day, and which days are done.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{date, integer, json_binary, text, timestamp_with_time_zone, uuid};

use crate::table::{check, create_indexes, index, references, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(days()).await?;
        manager.create_table(statements()).await?;
        create_indexes(manager, indexes()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn days() -> TableCreateStatement {
    table("statement_days")
        .col(date("day"))
        .col(integer("statements"))
        .col(timestamp_with_time_zone("made_at"))
        .take()
}

/// What two agencies handed to each other on one day. `signed` is the whole of it with the signature, `key` the public key to
/// check it by: an installation that replaces its key can still show by which one it signed.
fn statements() -> TableCreateStatement {
    table("statements")
        .col(uuid("one_id"))
        .col(uuid("other_id"))
        .col(date("day"))
        .col(integer("handoffs"))
        .col(integer("unaccounted"))
        .col(json_binary("counts"))
        .col(text("signed"))
        .col(json_binary("key"))
        .col(timestamp_with_time_zone("made_at"))
        .foreign_key(&mut references("statements", "one_id", "agencies"))
        .foreign_key(&mut references("statements", "other_id", "agencies"))
        .check(check("statements", "two", "one_id <> other_id"))
        .check(check(
            "statements",
            "numbers",
            "handoffs >= 1 AND unaccounted >= 0 AND unaccounted <= handoffs",
        ))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        unique("statement_days", "day", &["day"]),
        unique("statements", "pair", &["day", "one_id", "other_id"]),
        index("statements", "one", &["one_id", "day", "id"]),
        index("statements", "other", &["other_id", "day", "id"]),
    ]
}
