//! That a patrol came by an arena.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outreach_patrol_arenas")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub patrol_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub arena_id: Uuid,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
