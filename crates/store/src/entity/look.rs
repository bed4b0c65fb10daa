//! Who looked at what.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "looks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: DateTimeUtc,
    pub user_id: Uuid,
    pub agency_id: Uuid,
    pub role: String,
    pub relation: String,
    pub part_ended: bool,
    pub looked_at: String,
    pub why: String,
    pub referral_id: Option<Uuid>,
    pub case_id: Option<Uuid>,
    pub reason_text_id: Option<Uuid>,
    pub request_id: Option<String>,
    pub judged_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
