//! What a clock has told, when it tells next, and why somebody hears of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, text_null, timestamp_with_time_zone_null};

use crate::table::{check, create_indexes, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite adds no two at once.
        let clocks = [
            timestamp_with_time_zone_null("warned_at"),
            timestamp_with_time_zone_null("breached_at"),
            level(),
            timestamp_with_time_zone_null("next_fire_at"),
        ];
        for column in clocks {
            manager
                .alter_table(Table::alter().table("clocks").add_column(column).take())
                .await?;
        }
        manager
            .alter_table(Table::alter().table("outbox").add_column(text_null("because")).take())
            .await?;
        // Nothing has been told yet, so what runs warns next; what is overdue already is told of at the first start.
        let wind = "UPDATE clocks SET next_fire_at = warn_at WHERE stopped_at IS NULL AND paused_at IS NULL";
        manager.get_connection().execute_unprepared(wind).await?;
        let next = index("clocks", "next_fire", &["next_fire_at", "referral_id"])
            .and_where(Expr::col("next_fire_at").is_not_null())
            .take();
        create_indexes(manager, [next]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn level() -> ColumnDef {
    let mut level = integer("level");
    level.default(0).check(check("clocks", "level", "level >= 0"));
    level
}
