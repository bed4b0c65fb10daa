//! A line of the tally of a patrol.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outreach_contacts")]
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
    pub patrol_id: Uuid,
    pub arena_id: Uuid,
    pub acquaintance: String,
    pub age: String,
    pub sex: String,
    pub persons: i32,
    #[sea_orm(column_type = "JsonBinary")]
    pub needs: Json,
    pub outcome: String,
    pub clients: i32,
    pub missing: i32,
    pub referral_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
