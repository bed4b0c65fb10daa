//! A session has a row of its own: when it began, when it was renewed last, and when it ended.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{timestamp_with_time_zone, timestamp_with_time_zone_null, uuid};

use crate::table::{create_indexes, index, references, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What there are tokens of. A family that was revoked has ended; when, its newest token knows best.
const KNOWN: &str = "INSERT INTO sessions (id, user_id, began_at, renewed_at, ended_at) \
    SELECT family_id, user_id, min(created_at), max(created_at), \
    CASE WHEN count(*) = count(revoked_at) THEN max(revoked_at) END FROM refresh_tokens GROUP BY family_id, user_id";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(sessions()).await?;
        create_indexes(manager, [index("sessions", "user", &["user_id", "renewed_at"])]).await?;
        manager.get_connection().execute_unprepared(KNOWN).await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn sessions() -> TableCreateStatement {
    table("sessions")
        .col(uuid("user_id"))
        .col(timestamp_with_time_zone("began_at"))
        .col(timestamp_with_time_zone("renewed_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .foreign_key(&mut references("sessions", "user_id", "users"))
        .take()
}
