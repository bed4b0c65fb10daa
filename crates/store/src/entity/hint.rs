//! A hint that two agencies follow the same youth.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "duplicate_hints")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub one_agency_id: Uuid,
    pub one_referral_id: Uuid,
    pub other_agency_id: Uuid,
    pub other_referral_id: Uuid,
    pub found_at: DateTimeUtc,
    pub asking_agency_id: Option<Uuid>,
    pub asked_by_id: Option<Uuid>,
    pub asked_at: Option<DateTimeUtc>,
    pub basis: Option<String>,
    pub reason_text_id: Option<Uuid>,
    pub answered_by_id: Option<Uuid>,
    pub answered_at: Option<DateTimeUtc>,
    pub accepted: Option<bool>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
