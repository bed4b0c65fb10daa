//! A case as it stands; `body` is the whole of it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cases")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub reference: String,
    pub state: String,
    pub coordinator_id: Uuid,
    pub coordinator_person_id: Option<Uuid>,
    pub merged_into_id: Option<Uuid>,
    #[sea_orm(column_type = "JsonBinary")]
    pub body: Json,
    pub version: i32,
    pub event_seq: i32,
    pub opened_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub closed_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
