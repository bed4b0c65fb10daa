//! What units say of their capacity. A report is added and never changed; the newest for each need counts.

use std::collections::BTreeMap;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use stafett_workflow::agency::{AgencyId, UserId};
use stafett_workflow::routing::Capacity;
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::capacity::{Column, Entity, Model};
use crate::error::StoreError;
use crate::map;

/// What an agency has said, the newest for each need and for all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reported {
    /// How many reports there have been: the version of the whole.
    pub version: u32,
    /// The reports that count, by need, the one for all of it first.
    pub newest: Vec<Capacity>,
}

/// What one agency has said.
///
/// # Errors
/// When the database does not answer.
pub async fn of(on: &impl Handle, agency: AgencyId) -> Result<Reported, StoreError> {
    Ok(newest(on, Some(agency)).await?.remove(&agency).unwrap_or_default())
}

/// What all agencies have said.
///
/// # Errors
/// When the database does not answer.
pub async fn all(on: &impl Handle) -> Result<BTreeMap<AgencyId, Reported>, StoreError> {
    newest(on, None).await
}

/// Adds a report as the one that follows `version`. `false` when somebody else was faster.
///
/// # Errors
/// When the database does not answer.
pub async fn add(tx: &Tx, agency: AgencyId, version: u32, by: UserId, report: &Capacity) -> Result<bool, StoreError> {
    let row = crate::entity::capacity::ActiveModel {
        id: Set(Uuid::now_v7()),
        agency_id: Set(agency.0),
        number: Set(map::stored_count("capacity", "number", version.saturating_add(1))?),
        need: Set(report.need.map(|need| need.as_str().to_owned())),
        status: Set(report.status.as_str().to_owned()),
        free: Set(report.free.map(i32::from)),
        note: Set(report.note.map(|note| note.as_str().to_owned())),
        reported_by: Set(by.0),
        reported_at: Set(map::micros(report.reported_at)),
    };
    match Entity::insert(row).exec_without_returning(&tx.executor()).await {
        Ok(_) => Ok(true),
        Err(error) => match StoreError::from(error) {
            StoreError::Conflict { .. } => Ok(false),
            other => Err(other),
        },
    }
}

/// The newest report for each need of each agency: the one that no later one of the same need follows.
async fn newest(on: &impl Handle, agency: Option<AgencyId>) -> Result<BTreeMap<AgencyId, Reported>, StoreError> {
    let later = Alias::new("later");
    let of = |column: Column| Expr::col((later.clone(), column));
    let this = |column: Column| Expr::col((Alias::new("capacity_reports"), column));
    let same_need = of(Column::Need)
        .eq(this(Column::Need))
        .or(of(Column::Need).is_null().and(this(Column::Need).is_null()));
    let followed = Query::select()
        .expr(Expr::val(1))
        .from_as(Alias::new("capacity_reports"), later.clone())
        .and_where(of(Column::AgencyId).eq(this(Column::AgencyId)))
        .and_where(of(Column::Number).gt(this(Column::Number)))
        .and_where(same_need)
        .to_owned();
    let mut select = Entity::find()
        .filter(Expr::exists(followed).not())
        .order_by_asc(Column::AgencyId)
        .order_by_asc(Column::Number);
    if let Some(agency) = agency {
        select = select.filter(Column::AgencyId.eq(agency.0));
    }
    let mut all: BTreeMap<AgencyId, Reported> = BTreeMap::new();
    for row in select.all(&on.executor()).await? {
        let reported = all.entry(AgencyId(row.agency_id)).or_default();
        reported.version = map::count(format_args!("capacity {}", row.id), "number", row.number)?;
        reported.newest.push(Capacity::try_from(row)?);
    }
    for reported in all.values_mut() {
        reported.newest.sort_by_key(|report| report.need);
    }
    Ok(all)
}

impl TryFrom<Model> for Capacity {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let name = format!("capacity {}", row.id);
        Ok(Self {
            need: map::optional_code(&name, "need", row.need.as_deref())?,
            status: map::code(&name, "status", &row.status)?,
            free: row.free.map(|free| map::count(&name, "free", free)).transpose()?,
            note: map::optional_code(&name, "note", row.note.as_deref())?,
            reported_at: row.reported_at,
        })
    }
}
