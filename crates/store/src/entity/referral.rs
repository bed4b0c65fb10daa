//! A referral as it stands.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "referrals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub reference: String,
    pub workflow_id: String,
    pub workflow_version: i32,
    pub state: String,
    pub originator_id: Uuid,
    pub custodian_id: Uuid,
    pub receiver_id: Option<Uuid>,
    pub person_id: Option<Uuid>,
    pub parent_id: Option<Uuid>,
    pub urgency: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub needs: Json,
    pub content_id: Uuid,
    pub handoff_count: i32,
    pub current_ordinal: i32,
    pub next_due_at: DateTimeUtc,
    pub coordinator_id: Option<Uuid>,
    pub disputed_since: Option<DateTimeUtc>,
    pub last_action: Option<String>,
    pub last_by: Option<Uuid>,
    pub last_at: Option<DateTimeUtc>,
    pub last_version: Option<i32>,
    pub version: i32,
    pub event_seq: i32,
    pub creation_digest: String,
    pub created_by: Uuid,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub closed_at: Option<DateTimeUtc>,
    pub case_id: Option<Uuid>,
    pub protection: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
