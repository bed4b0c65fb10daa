//! One version of what two agencies have agreed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "agreements")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub number: i32,
    pub revision: i32,
    pub sender_id: Uuid,
    pub receiver_id: Uuid,
    pub reference: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub limits: Json,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    pub status: String,
    pub proposed_by: Uuid,
    pub proposed_agency_id: Uuid,
    pub proposed_at: DateTimeUtc,
    pub answered_by: Option<Uuid>,
    pub answered_agency_id: Option<Uuid>,
    pub answered_at: Option<DateTimeUtc>,
    pub ended_by: Option<Uuid>,
    pub ended_agency_id: Option<Uuid>,
    pub ended_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
