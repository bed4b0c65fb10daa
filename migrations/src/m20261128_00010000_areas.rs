//! The places that an agency serves beside its own: more districts, or whole municipalities.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, uuid};

use crate::table::{check, create_indexes, index, references};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // What agencies serve already stands in their own row and stays there: nothing is to be moved.
        manager.create_table(areas()).await?;
        create_indexes(manager, [index("agency_areas", "area", &["area", "agency_id"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// `area` is the number of a municipality, four digits, or of a district, six.
fn areas() -> TableCreateStatement {
    Table::create()
        .table("agency_areas")
        .col(uuid("agency_id"))
        .col(text("area"))
        .primary_key(Index::create().name("agency_areas_pkey").col("agency_id").col("area"))
        .foreign_key(&mut references("agency_areas", "agency_id", "agencies"))
        .check(check("agency_areas", "area", "length(area) IN (4, 6)"))
        .take()
}
