//! Takes away the columns in which personal data lay open, once all of it is sealed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for (table, column) in [("persons", "details"), ("texts", "body")] {
            let open = format!(r#"SELECT 1 AS found FROM "{table}" WHERE length("sealed") = 0 LIMIT 1"#);
            let open = Statement::from_string(manager.get_database_backend(), open);
            if connection.query_one_raw(open).await?.is_some() {
                return Err(DbErr::Migration(format!("{table} has rows that are not sealed yet")));
            }
            let sql = format!(r#"ALTER TABLE "{table}" DROP COLUMN "{column}""#);
            connection.execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
