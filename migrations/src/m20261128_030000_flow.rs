//! Where the reports on the flow begin: hand-offs by when they were sent, all of them and each sender's, and disagreements by
//! when they began.

use sea_orm_migration::prelude::*;

use crate::table::{create_indexes, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sent = Expr::col("sent_at").is_not_null();
        let indexes = [
            index("handoffs", "sent", &["sent_at", "id"])
                .and_where(sent.clone())
                .take(),
            index("handoffs", "sender", &["sender_id", "sent_at"])
                .and_where(sent)
                .take(),
            index("events", "disputed", &["at", "id"])
                .and_where(Expr::cust("kind = 'disputed'"))
                .take(),
        ];
        create_indexes(manager, indexes).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
