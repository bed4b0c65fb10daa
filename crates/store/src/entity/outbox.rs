//! One notice to one recipient.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub referral_id: Option<Uuid>,
    pub handoff_id: Option<Uuid>,
    pub event_id: Option<Uuid>,
    pub case_id: Option<Uuid>,
    pub case_event_id: Option<Uuid>,
    pub agreement_id: Option<Uuid>,
    pub notice: String,
    pub agency_id: Uuid,
    pub user_id: Option<Uuid>,
    pub due_at: Option<DateTimeUtc>,
    pub status: String,
    pub attempts: i32,
    pub next_attempt_at: DateTimeUtc,
    pub lease_token: Option<Uuid>,
    pub lease_until: Option<DateTimeUtc>,
    pub last_error: Option<String>,
    pub server_reply: Option<String>,
    pub created_at: DateTimeUtc,
    pub sent_at: Option<DateTimeUtc>,
    pub because: Option<String>,
    pub instead_of_id: Option<Uuid>,
    pub channel: String,
    pub round: i32,
    pub bounced_at: Option<DateTimeUtc>,
    pub bounce: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
