//! A broken glass.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "glasses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub referral_id: Uuid,
    pub user_id: Uuid,
    pub agency_id: Uuid,
    pub role: String,
    pub sender_id: Uuid,
    pub holder_id: Uuid,
    pub reason_text_id: Uuid,
    pub asked_at: DateTimeUtc,
    pub needs_second: bool,
    pub second_id: Option<Uuid>,
    pub second_at: Option<DateTimeUtc>,
    pub second_agrees: Option<bool>,
    pub until: Option<DateTimeUtc>,
    pub review_due_at: DateTimeUtc,
    pub told: i32,
    pub next_notice_at: Option<DateTimeUtc>,
    pub reviewer_id: Option<Uuid>,
    pub reviewed_at: Option<DateTimeUtc>,
    pub finding: Option<String>,
    pub note_text_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
