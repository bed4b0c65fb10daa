//! What those know whose part in a referral has ended, beside the fact that they know of it: lists go by that for them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text_null, uuid_null};

use crate::table::{create_indexes, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Null where their part has not ended. Of what was stored before, the server works it out from the logs at its first start.
        for column in [
            text_null("known_state"),
            uuid_null("known_custodian_id"),
            uuid_null("known_handoff_id"),
            text_null("known_handoff_state"),
        ] {
            manager
                .alter_table(Table::alter().table("parties").add_column(column).take())
                .await?;
        }
        let past = index("parties", "past", &["agency_id", "referral_id"])
            .and_where(Expr::col("known_state").is_not_null())
            .take();
        create_indexes(manager, [past]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
