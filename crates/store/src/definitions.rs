//! Workflow definitions of one's own. A version is written once: what has been taken into use is never changed or deleted,
//! for referrals run on it.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use stafett_workflow::agency::UserId;
use stafett_workflow::referral::WorkflowKey;
use uuid::Uuid;

use crate::Page;
use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::definition::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::map::{count, micros};

/// How a definition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Somebody wants it, and another person has not answered.
    Proposed,
    /// New referrals may run on it.
    InUse,
    /// The other person said no.
    Rejected,
    /// Whoever proposed it took it back.
    Withdrawn,
}

impl Standing {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::InUse => "in-use",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn read(text: &str) -> Option<Self> {
        [Self::Proposed, Self::InUse, Self::Rejected, Self::Withdrawn]
            .into_iter()
            .find(|standing| standing.as_str() == text)
    }
}

/// A definition as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: Uuid,
    /// Which workflow, which version.
    pub key: WorkflowKey,
    /// The whole file.
    pub source: String,
    /// How it stands.
    pub standing: Standing,
    /// Who proposed it; nobody, when a folder brought it.
    pub proposed_by: Option<UserId>,
    /// When.
    pub proposed_at: DateTime<Utc>,
    /// Who answered.
    pub answered_by: Option<UserId>,
    /// When.
    pub answered_at: Option<DateTime<Utc>>,
}

/// Keeps a definition. `false` when this version is proposed or in use already.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &Tx, kept: &Kept) -> Result<bool, StoreError> {
    let row = ActiveModel {
        id: Set(kept.id),
        workflow_id: Set(kept.key.id.clone()),
        version: Set(i32::from(kept.key.version)),
        source: Set(kept.source.clone()),
        standing: Set(kept.standing.as_str().to_owned()),
        proposed_by: Set(kept.proposed_by.map(|user| user.0)),
        proposed_at: Set(micros(kept.proposed_at)),
        answered_by: Set(kept.answered_by.map(|user| user.0)),
        answered_at: Set(kept.answered_at.map(micros)),
    };
    let inserted = Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(inserted == 1)
}

/// Answers a proposal. `false` when it has been answered.
///
/// # Errors
/// [`StoreError::Refused`] when it would be approved by whoever proposed it; when the database does not answer.
pub async fn answer(tx: &Tx, id: Uuid, standing: Standing, by: UserId, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let answered = ActiveModel {
        standing: Set(standing.as_str().to_owned()),
        answered_by: Set(Some(by.0)),
        answered_at: Set(Some(micros(at))),
        ..Default::default()
    };
    let done = Entity::update_many()
        .set(answered)
        .filter(Column::Id.eq(id))
        .filter(Column::Standing.eq(Standing::Proposed.as_str()))
        .exec(&tx.executor())
        .await?;
    Ok(done.rows_affected == 1)
}

/// One of them.
///
/// # Errors
/// When the database does not answer.
pub async fn find(on: &impl Handle, id: Uuid) -> Result<Option<Kept>, StoreError> {
    let row = Entity::find_by_id(id).one(&on.executor()).await?;
    row.map(Kept::try_from).transpose()
}

/// A page of them, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(on: &impl Handle, before: Option<Uuid>, limit: u32) -> Result<Page<Kept, Uuid>, StoreError> {
    let mut query = Entity::find().order_by_desc(Column::Id).limit(u64::from(limit) + 1);
    if let Some(before) = before {
        query = query.filter(Column::Id.lt(before));
    }
    let rows = query.all(&on.executor()).await?;
    let mut items = rows.into_iter().map(Kept::try_from).collect::<Result<Vec<_>, _>>()?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| last.id);
    Ok(Page { items, next })
}

/// Every version that is in use, the oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn in_use(on: &impl Handle) -> Result<Vec<Kept>, StoreError> {
    let rows = Entity::find()
        .filter(Column::Standing.eq(Standing::InUse.as_str()))
        .order_by_asc(Column::WorkflowId)
        .order_by_asc(Column::Version)
        .all(&on.executor())
        .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

impl TryFrom<Model> for Kept {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let name = format!("definition {}", row.id);
        let version = count(&name, "version", row.version)?;
        let unknown = || StoreError::corrupt(&name, "standing is none");
        Ok(Self {
            id: row.id,
            standing: Standing::read(&row.standing).ok_or_else(unknown)?,
            key: WorkflowKey {
                id: row.workflow_id.clone(),
                version,
            },
            source: row.source.clone(),
            proposed_by: row.proposed_by.map(UserId),
            proposed_at: row.proposed_at,
            answered_by: row.answered_by.map(UserId),
            answered_at: row.answered_at,
        })
    }
}
