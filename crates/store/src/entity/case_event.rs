//! One entry of a case's log.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "case_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub case_id: Uuid,
    pub seq: i32,
    pub version: i32,
    pub kind: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub body: Json,
    pub at: DateTimeUtc,
    pub actor_id: Uuid,
    pub actor_agency_id: Uuid,
    pub actor_role: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
