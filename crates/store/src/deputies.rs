//! Who stands in for whom while they are away: in one agency, from one time to another.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use stafett_workflow::agency::{AgencyId, UserId};
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::deputy::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::map::micros;

/// One absence and who stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deputy {
    /// Its id.
    pub id: Uuid,
    /// Where.
    pub agency: AgencyId,
    /// Who is away.
    pub user: UserId,
    /// Who stands in.
    pub deputy: UserId,
    /// From when on.
    pub starts_at: DateTime<Utc>,
    /// Until when, that instant not included.
    pub ends_at: DateTime<Utc>,
    /// Who said so.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// The absences in an agency that have not ended at `now`, in the order in which they begin.
///
/// # Errors
/// When the database does not answer.
pub async fn of_agency(on: &impl Handle, agency: AgencyId, now: DateTime<Utc>) -> Result<Vec<Deputy>, StoreError> {
    let rows = Entity::find()
        .filter(Column::AgencyId.eq(agency.0))
        .filter(Column::EndsAt.gt(micros(now)))
        .order_by_asc(Column::StartsAt)
        .order_by_asc(Column::Id)
        .all(&on.executor())
        .await?;
    Ok(rows.into_iter().map(Deputy::from).collect())
}

/// Who stands in for somebody in an agency at `now`.
///
/// # Errors
/// When the database does not answer.
pub async fn standing_in(
    on: &impl Handle,
    agency: AgencyId,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Option<Deputy>, StoreError> {
    let row = Entity::find()
        .filter(Column::AgencyId.eq(agency.0))
        .filter(Column::UserId.eq(user.0))
        .filter(Column::StartsAt.lte(micros(now)))
        .filter(Column::EndsAt.gt(micros(now)))
        .order_by_asc(Column::Id)
        .one(&on.executor())
        .await?;
    Ok(row.map(Deputy::from))
}

/// Whom somebody stands in for at `now`, and where.
///
/// # Errors
/// When the database does not answer.
pub async fn covered_by(on: &impl Handle, deputy: UserId, now: DateTime<Utc>) -> Result<Vec<Deputy>, StoreError> {
    let rows = Entity::find()
        .filter(Column::DeputyId.eq(deputy.0))
        .filter(Column::StartsAt.lte(micros(now)))
        .filter(Column::EndsAt.gt(micros(now)))
        .order_by_asc(Column::Id)
        .all(&on.executor())
        .await?;
    Ok(rows.into_iter().map(Deputy::from).collect())
}

/// Notes an absence.
///
/// # Errors
/// [`StoreError::Refused`] when somebody would stand in for themselves, or it ends before it begins.
pub async fn insert(tx: &Tx, deputy: &Deputy) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(deputy.id),
        agency_id: Set(deputy.agency.0),
        user_id: Set(deputy.user.0),
        deputy_id: Set(deputy.deputy.0),
        starts_at: Set(micros(deputy.starts_at)),
        ends_at: Set(micros(deputy.ends_at)),
        created_by: Set(deputy.created_by.map(|user| user.0)),
        created_at: Set(micros(deputy.created_at)),
    };
    Entity::insert(row).exec_without_returning(&tx.executor()).await?;
    Ok(())
}

/// Takes an absence back. `false` when there is none with this id.
///
/// # Errors
/// When the database does not answer.
pub async fn delete(tx: &Tx, id: Uuid) -> Result<bool, StoreError> {
    let done = Entity::delete_by_id(id).exec(&tx.executor()).await?;
    Ok(done.rows_affected == 1)
}

impl From<Model> for Deputy {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            agency: AgencyId(row.agency_id),
            user: UserId(row.user_id),
            deputy: UserId(row.deputy_id),
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            created_by: row.created_by.map(UserId),
            created_at: row.created_at,
        }
    }
}
