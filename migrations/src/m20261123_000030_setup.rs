//! What the set-up keeps: versions of accounts, passwords that were handed out, and what an agency says of itself
//! beside the directory.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, text_null, timestamp_with_time_zone_null, uuid, uuid_null};

use crate::table::{check, references};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            integer("version").default(1).to_owned(),
            timestamp_with_time_zone_null("password_expires_at"),
        ] {
            manager
                .alter_table(Table::alter().table("users").add_column(column).take())
                .await?;
        }
        manager.create_table(agency_settings()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// One row for each agency that has said anything of it; their versions are the agency's own.
fn agency_settings() -> TableCreateStatement {
    Table::create()
        .table("agency_settings")
        .col(uuid("agency_id").primary_key())
        .col(text_null("on_call"))
        .col(uuid_null("out_of_hours_id"))
        .foreign_key(&mut references("agency_settings", "agency_id", "agencies"))
        .foreign_key(&mut references("agency_settings", "out_of_hours_id", "agencies"))
        .check(check("agency_settings", "out_of_hours", "out_of_hours_id <> agency_id"))
        .take()
}
