//! Free texts: reasons, questions, answers, messages. They may tell something about a person, so they stand apart from the
//! log, which only names them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use stafett_workflow::agency::{AgencyId, HandoffId, TextId, UserId};
use stafett_workflow::person::Person;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::text;
use crate::error::StoreError;
use crate::looks::Sight;
use crate::page::Page;
use crate::referrals::Record;
use crate::{idempotency, vault};

/// What stood before a correction of who somebody is.
const PERSON_BEFORE: &str = "person-before";

/// A free text as it was written.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredText {
    /// Its id, which an event of the log names.
    pub id: TextId,
    /// What it is: the input's field, `legal-basis`, `note` or `message`.
    pub kind: String,
    /// What it says; nothing once it is erased.
    pub body: Option<String>,
    /// To which hand-off it belongs.
    pub handoff: Option<HandoffId>,
    /// Who wrote it.
    pub author: Option<UserId>,
    /// For which agency.
    pub agency: Option<AgencyId>,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl std::fmt::Debug for StoredText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredText")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Those texts of a referral that have one of these ids, in the order in which they were written; none to whoever does not look
/// by right.
///
/// # Errors
/// When the database does not answer.
pub async fn by_ids<'a>(
    on: &impl Handle,
    record: &Record,
    ids: &[TextId],
    by: impl Into<Sight<'a>>,
) -> Result<Vec<StoredText>, StoreError> {
    if ids.is_empty() || !by.into().opens(record.referral().id) {
        return Ok(Vec::new());
    }
    let rows = of(record)
        .filter(text::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .order_by_asc(text::Column::CreatedAt)
        .order_by_asc(text::Column::Id)
        .all(&on.executor())
        .await?;
    opened(on, record, rows).await
}

/// A page of a referral's texts of some kinds, the oldest first, after the text `after`. An `after` that is not one of the
/// referral's texts yields nothing, and so does a look that is not in the log.
///
/// # Errors
/// When the database does not answer.
pub async fn page<'a>(
    on: &impl Handle,
    record: &Record,
    kinds: &[&str],
    after: Option<TextId>,
    limit: u32,
    by: impl Into<Sight<'a>>,
) -> Result<Page<StoredText, TextId>, StoreError> {
    if !by.into().opens(record.referral().id) {
        return Ok(Page {
            items: Vec::new(),
            next: None,
        });
    }
    let mut select = of(record).filter(text::Column::Kind.is_in(kinds.iter().copied()));
    if let Some(after) = after {
        let Some(last) = of(record)
            .filter(text::Column::Id.eq(after.0))
            .one(&on.executor())
            .await?
        else {
            return Ok(Page {
                items: Vec::new(),
                next: None,
            });
        };
        select = select.filter(
            sea_orm::Condition::any()
                .add(text::Column::CreatedAt.gt(last.created_at))
                .add(
                    sea_orm::Condition::all()
                        .add(text::Column::CreatedAt.eq(last.created_at))
                        .add(text::Column::Id.gt(last.id)),
                ),
        );
    }
    let rows = select
        .order_by_asc(text::Column::CreatedAt)
        .order_by_asc(text::Column::Id)
        .limit(u64::from(limit) + 1)
        .all(&on.executor())
        .await?;
    Ok(Page::cut(opened(on, record, rows).await?, limit, |last| last.id))
}

/// Takes the place where somebody stays out of what is kept beside what stands now: answers for those who ask again, and what
/// stood before a correction. For whoever is strictly confidential from now on.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_place(tx: &Tx, record: &Record) -> Result<(), StoreError> {
    idempotency::forget_about(tx, record).await?;
    let rows = of(record)
        .filter(text::Column::Kind.eq(PERSON_BEFORE))
        .all(&tx.executor())
        .await?;
    for before in opened(tx, record, rows).await? {
        let Some(body) = before.body else { continue };
        let id = before.id.0;
        let unread = |_quotes_the_value| StoreError::corrupt(format_args!("text {id}"), "it is no person");
        let person: Person = serde_json::from_str(&body).map_err(unread)?;
        let person = Person {
            whereabouts: None,
            ..person
        };
        let body = serde_json::to_string(&person).map_err(unread)?;
        let row = text::ActiveModel {
            id: Set(id),
            sealed: Set(record.key().seal_text(id, &body)?),
            key_id: Set(Some(record.owner())),
            ..Default::default()
        };
        tx.written().texts(std::slice::from_ref(&row));
        text::Entity::update(row).exec(&tx.executor()).await?;
    }
    Ok(())
}

fn of(record: &Record) -> sea_orm::Select<text::Entity> {
    text::Entity::find().filter(text::Column::ReferralId.eq(record.referral().id.0))
}

/// The rows in words. They lie under the record's key, but for those that were sealed anew after the record was read.
async fn opened(on: &impl Handle, record: &Record, rows: Vec<text::Model>) -> Result<Vec<StoredText>, StoreError> {
    let others: BTreeSet<_> = rows
        .iter()
        .filter_map(|row| row.key_id)
        .filter(|owner| *owner != record.owner())
        .collect();
    let mut keys = vault::open_all(on, others).await?;
    keys.push(record.key().clone());
    rows.into_iter()
        .map(|row| {
            let key = keys.iter().find(|key| Some(key.owner()) == row.key_id);
            let key = key.ok_or_else(|| StoreError::corrupt(format_args!("text {}", row.id), "its key is missing"))?;
            Ok(StoredText {
                id: TextId(row.id),
                body: key.open_text(row.id, &row.sealed)?,
                kind: row.kind,
                handoff: row.handoff_id.map(HandoffId),
                author: row.author_id.map(UserId),
                agency: row.author_agency_id.map(AgencyId),
                created_at: row.created_at,
            })
        })
        .collect()
}
