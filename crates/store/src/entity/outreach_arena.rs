//! A place where an outreach team meets young people.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outreach_arenas")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub agency_id: Uuid,
    pub version: i32,
    pub request_hash: String,
    pub entered_by: Uuid,
    pub entered_at: DateTimeUtc,
    pub changed_at: DateTimeUtc,
    pub withdrawn_at: Option<DateTimeUtc>,
    pub name: String,
    pub area: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub present: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub problems: Json,
    pub responsible_id: Option<Uuid>,
    pub effort_text_id: Option<Uuid>,
    pub missing_text_id: Option<Uuid>,
    pub reviewed_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
