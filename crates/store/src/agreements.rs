//! What agencies have agreed between them. A row is one version; it is answered and ended, and never rewritten otherwise.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use stafett_workflow::agency::{AgencyId, AgreementId, UserId};
use stafett_workflow::agreement::{Agreement, Status, Word};
use stafett_workflow::law::Validity;
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::agreement::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::map;
use crate::page::Page;

/// Which agreements of an agency to list, the newest first.
#[derive(Debug, Clone, Copy)]
pub struct AgreementQuery {
    /// On either side.
    pub agency: AgencyId,
    /// Standing like this.
    pub status: Option<Status>,
    /// Those before this one.
    pub after: Option<AgreementId>,
    /// At most so many.
    pub limit: u32,
}

/// A page of the agreements of one agency.
///
/// # Errors
/// When the database does not answer.
pub async fn list(on: &impl Handle, query: &AgreementQuery) -> Result<Page<Agreement, AgreementId>, StoreError> {
    let agency = query.agency.0;
    let mut select = Entity::find()
        .filter(
            Condition::any()
                .add(Column::SenderId.eq(agency))
                .add(Column::ReceiverId.eq(agency)),
        )
        .order_by_desc(Column::Id)
        .limit(u64::from(query.limit) + 1);
    if let Some(status) = query.status {
        select = select.filter(Column::Status.eq(status.as_str()));
    }
    if let Some(after) = query.after {
        select = select.filter(Column::Id.lt(after.0));
    }
    let agreements = read(select.all(&on.executor()).await?)?;
    Ok(Page::cut(agreements, query.limit, |last| last.id))
}

/// One version.
///
/// # Errors
/// When the database does not answer.
pub async fn find(on: &impl Handle, id: AgreementId) -> Result<Option<Agreement>, StoreError> {
    let row = Entity::find_by_id(id.0).one(&on.executor()).await?;
    row.map(Agreement::try_from).transpose()
}

/// These versions, in no order.
///
/// # Errors
/// When the database does not answer.
pub async fn by_ids(
    on: &impl Handle,
    ids: impl IntoIterator<Item = AgreementId>,
) -> Result<BTreeMap<AgreementId, Agreement>, StoreError> {
    let ids: Vec<Uuid> = ids.into_iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = Entity::find().filter(Column::Id.is_in(ids)).all(&on.executor()).await?;
    let agreements = read(rows)?;
    Ok(agreements
        .into_iter()
        .map(|agreement| (agreement.id, agreement))
        .collect())
}

/// Everything between two agencies in one direction, the oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn between(on: &impl Handle, sender: AgencyId, receiver: AgencyId) -> Result<Vec<Agreement>, StoreError> {
    let rows = Entity::find()
        .filter(Column::SenderId.eq(sender.0))
        .filter(Column::ReceiverId.eq(receiver.0))
        .order_by_asc(Column::Number)
        .all(&on.executor())
        .await?;
    read(rows)
}

/// What has been approved among these agencies, in force or not: what a decision chooses from.
///
/// # Errors
/// When the database does not answer.
pub async fn approved_among(
    on: &impl Handle,
    agencies: impl IntoIterator<Item = AgencyId>,
) -> Result<Vec<Agreement>, StoreError> {
    let ids: Vec<Uuid> = agencies.into_iter().map(|agency| agency.0).collect();
    if ids.len() < 2 {
        return Ok(Vec::new());
    }
    let approved = [Status::Approved, Status::Ended].map(Status::as_str);
    let rows = Entity::find()
        .filter(Column::SenderId.is_in(ids.iter().copied()))
        .filter(Column::ReceiverId.is_in(ids))
        .filter(Column::Status.is_in(approved))
        .order_by_asc(Column::Number)
        .all(&on.executor())
        .await?;
    read(rows)
}

/// All that a sender has agreed with whomever it sends to, in force or over: what a limit ahead may rest on.
///
/// # Errors
/// When the database does not answer.
pub async fn approved_of_sender(on: &impl Handle, sender: AgencyId) -> Result<Vec<Agreement>, StoreError> {
    let approved = [Status::Approved, Status::Ended].map(Status::as_str);
    let rows = Entity::find()
        .filter(Column::SenderId.eq(sender.0))
        .filter(Column::Status.is_in(approved))
        .order_by_asc(Column::Number)
        .all(&on.executor())
        .await?;
    read(rows)
}

/// Stores a new version.
///
/// # Errors
/// [`StoreError::Conflict`] when another one was proposed between the same two meanwhile.
pub async fn insert(tx: &Tx, agreement: &Agreement) -> Result<(), StoreError> {
    Entity::insert(row(agreement)?)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

/// Stores what was done with a version whose revision was one less than it says now. `false` when somebody else was faster.
///
/// # Errors
/// When the database does not answer.
pub async fn update(tx: &Tx, agreement: &Agreement) -> Result<bool, StoreError> {
    let before = map::stored_count("agreement", "revision", agreement.revision.saturating_sub(1))?;
    let done = Entity::update_many()
        .set(row(agreement)?)
        .filter(Column::Id.eq(agreement.id.0))
        .filter(Column::Revision.eq(before))
        .exec(&tx.executor())
        .await?;
    Ok(done.rows_affected == 1)
}

fn read(rows: Vec<Model>) -> Result<Vec<Agreement>, StoreError> {
    rows.into_iter().map(Agreement::try_from).collect()
}

fn row(agreement: &Agreement) -> Result<ActiveModel, StoreError> {
    let name = format!("agreement {}", agreement.id);
    let first = agreement
        .validity
        .from
        .ok_or_else(|| StoreError::corrupt(&name, "it has no first day"))?;
    let (answered, ended) = (agreement.answered, agreement.ended);
    Ok(ActiveModel {
        id: Set(agreement.id.0),
        number: Set(map::stored_count(&name, "number", agreement.number)?),
        revision: Set(map::stored_count(&name, "revision", agreement.revision)?),
        sender_id: Set(agreement.sender.0),
        receiver_id: Set(agreement.receiver.0),
        reference: Set(agreement.reference.clone()),
        limits: Set(map::to_json(&name, &agreement.limits)?),
        valid_from: Set(first),
        valid_to: Set(agreement.validity.to),
        status: Set(agreement.status.as_str().to_owned()),
        proposed_by: Set(agreement.proposed.user.0),
        proposed_agency_id: Set(agreement.proposed.agency.0),
        proposed_at: Set(map::micros(agreement.proposed.at)),
        answered_by: Set(answered.map(|word| word.user.0)),
        answered_agency_id: Set(answered.map(|word| word.agency.0)),
        answered_at: Set(answered.map(|word| map::micros(word.at))),
        ended_by: Set(ended.map(|word| word.user.0)),
        ended_agency_id: Set(ended.map(|word| word.agency.0)),
        ended_at: Set(ended.map(|word| map::micros(word.at))),
    })
}

fn word(user: Option<Uuid>, agency: Option<Uuid>, at: Option<DateTime<Utc>>) -> Option<Word> {
    Some(Word {
        user: UserId(user?),
        agency: AgencyId(agency?),
        at: at?,
    })
}

impl TryFrom<Model> for Agreement {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let name = format!("agreement {}", row.id);
        Ok(Self {
            id: AgreementId(row.id),
            number: map::count(&name, "number", row.number)?,
            revision: map::count(&name, "revision", row.revision)?,
            sender: AgencyId(row.sender_id),
            receiver: AgencyId(row.receiver_id),
            reference: row.reference,
            limits: map::json(&name, "limits", row.limits)?,
            validity: Validity {
                from: Some(row.valid_from),
                to: row.valid_to,
            },
            status: map::code(&name, "status", &row.status)?,
            proposed: Word {
                user: UserId(row.proposed_by),
                agency: AgencyId(row.proposed_agency_id),
                at: row.proposed_at,
            },
            answered: word(row.answered_by, row.answered_agency_id, row.answered_at),
            ended: word(row.ended_by, row.ended_agency_id, row.ended_at),
        })
    }
}
