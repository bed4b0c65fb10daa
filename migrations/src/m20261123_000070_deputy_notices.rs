//! A notice to a person who is away goes to whoever stands in.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::uuid_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Whom the recipient stands in for; what was queued before names its own recipient.
        let column = uuid_null("instead_of_id");
        manager
            .alter_table(Table::alter().table("outbox").add_column(column).take())
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
