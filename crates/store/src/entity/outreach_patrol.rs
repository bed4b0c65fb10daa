//! A walk of an outreach team.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outreach_patrols")]
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
    pub began_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    pub workers: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
