//! What a consent covers, in codes, beside the leg that rests on it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::json_binary_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Null: all that the legal basis lets flow, as for what was sent before there was a scope.
        let column = json_binary_null("covers");
        manager
            .alter_table(Table::alter().table("handoffs").add_column(column).take())
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
