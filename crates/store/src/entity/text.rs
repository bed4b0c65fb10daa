//! A free text.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "texts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Option<Uuid>,
    pub referral_id: Option<Uuid>,
    pub handoff_id: Option<Uuid>,
    pub kind: String,
    pub sealed: Vec<u8>,
    pub key_id: Option<Uuid>,
    pub author_id: Option<Uuid>,
    pub author_agency_id: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub case_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
