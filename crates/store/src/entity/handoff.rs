//! One attempt to pass the baton.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "handoffs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub referral_id: Uuid,
    pub ordinal: i32,
    pub state: String,
    pub step: String,
    pub sender_id: Uuid,
    pub receiver_id: Option<Uuid>,
    pub assignee_id: Option<Uuid>,
    pub forwarded_by: Option<Uuid>,
    pub successor_id: Option<Uuid>,
    pub basis_code: Option<String>,
    pub basis_text_id: Option<Uuid>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub covers: Option<Json>,
    pub open: bool,
    pub created_at: DateTimeUtc,
    pub sent_at: Option<DateTimeUtc>,
    pub seen_at: Option<DateTimeUtc>,
    pub acknowledged_at: Option<DateTimeUtc>,
    pub decided_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    pub code: Option<String>,
    pub resumes_to: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub marks: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
