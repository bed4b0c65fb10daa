//! How well an address is guarded, beside the referral: it decides who within an agency may see it. That is all that is said
//! of the person outside of what is sealed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Null: what was stored before. It is guarded like the best guarded until the next start has looked at the person.
        let column = text_null("protection")
            .check(Expr::cust(
                "protection IN ('none', 'confidential', 'strictly-confidential')",
            ))
            .take();
        manager
            .alter_table(Table::alter().table("referrals").add_column(column).take())
            .await?;
        // Whoever is about nobody is guarded by nothing.
        manager
            .get_connection()
            .execute_unprepared("UPDATE referrals SET protection = 'none' WHERE person_id IS NULL")
            .await
            .map(drop)
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
