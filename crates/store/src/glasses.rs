//! Broken glasses, each with the reason that was given and what its review found, in words that lie sealed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, Value};
use stafett_workflow::agency::{AgencyId, ReferralId, TextId, UserId};
use stafett_workflow::event::By;
use stafett_workflow::glass::Glass;
use stafett_workflow::look::StatedReason;
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::{glass, text};
use crate::error::StoreError;
use crate::looks::Sight;
use crate::map::{self, micros, stored_count};
use crate::page::Page;
use crate::referrals::{Record, placeholder};
use crate::vault;

/// The kinds of texts that go with a glass; no field of an input has these names.
const REASON: &str = "glass-reason";
const NOTE: &str = "glass-note";

/// A glass as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredGlass {
    /// The glass.
    pub glass: Glass,
    /// Where the reason lies.
    pub reason: TextId,
    /// Where the reviewer's note lies.
    pub note: Option<TextId>,
}

/// Writes a glass with its reason, sealed under the key of whoever the referral tells of.
///
/// # Errors
/// [`StoreError::Erased`] when that is destroyed; when the database does not answer.
pub async fn insert(tx: &Tx, record: &Record, glass: &Glass, reason: &StatedReason) -> Result<StoredGlass, StoreError> {
    let reason = write(tx, record, REASON, reason.words(), glass.by, glass.asked_at).await?;
    let stored = StoredGlass {
        glass: glass.clone(),
        reason,
        note: None,
    };
    glass::Entity::insert(row(&stored)?)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(stored)
}

/// Stores what has come of a glass, in place of what was known.
///
/// # Errors
/// When the database does not answer.
pub async fn update(tx: &Tx, stored: &StoredGlass) -> Result<(), StoreError> {
    glass::Entity::update(row(stored)?).exec(&tx.executor()).await?;
    Ok(())
}

/// Writes what the reviewer says of it, sealed like the reason.
///
/// # Errors
/// As for [`insert`].
pub async fn note(tx: &Tx, record: &Record, words: &str, by: By, now: DateTime<Utc>) -> Result<TextId, StoreError> {
    write(tx, record, NOTE, words, by, now).await
}

async fn write(
    tx: &Tx,
    record: &Record,
    kind: &str,
    words: &str,
    by: By,
    now: DateTime<Utc>,
) -> Result<TextId, StoreError> {
    let id = Uuid::now_v7();
    let row = text::ActiveModel {
        id: Set(id),
        person_id: Set(None),
        referral_id: Set(Some(record.referral().id.0)),
        handoff_id: Set(None),
        kind: Set(kind.to_owned()),
        sealed: Set(record.key().seal_text(id, words)?),
        key_id: Set(Some(record.owner())),
        author_id: Set(Some(by.user.0)),
        author_agency_id: Set(Some(by.agency.0)),
        created_at: Set(micros(now)),
        case_id: Set(None),
    };
    tx.written().texts(std::slice::from_ref(&row));
    text::Entity::insert(row).exec_without_returning(&tx.executor()).await?;
    Ok(TextId(id))
}

/// The glasses that somebody has broken for this referral, the newest first.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn of_person(on: &impl Handle, user: UserId, name: crate::referrals::Name) -> Result<Vec<Glass>, StoreError> {
    let mut values: Vec<Value> = vec![user.0.into()];
    let named = match name {
        crate::referrals::Name::Id(id) => format!("r.id = {}", placeholder(id.0, &mut values)),
        crate::referrals::Name::Reference(reference) => {
            format!("r.reference = {}", placeholder(reference.to_string(), &mut values))
        }
    };
    let sql = format!(
        "SELECT g.* FROM glasses g JOIN referrals r ON r.id = g.referral_id WHERE g.user_id = $1 AND {named} \
         ORDER BY g.asked_at DESC, g.id DESC"
    );
    let rows = select(on, &sql, values).await?;
    Ok(rows.into_iter().map(|stored| stored.glass).collect())
}

/// A page of the glasses that concern an agency: as sender or holder, or because its own people broke them. The newest first,
/// after the glass `after`; with `unreviewed` only those that await a review.
///
/// # Errors
/// As for [`of_person`].
pub async fn of_agency(
    on: &impl Handle,
    agency: AgencyId,
    unreviewed: bool,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u32,
) -> Result<Page<StoredGlass, (DateTime<Utc>, Uuid)>, StoreError> {
    let mut values: Vec<Value> = vec![agency.0.into()];
    let mut conditions = String::from("(g.sender_id = $1 OR g.holder_id = $1 OR g.agency_id = $1)");
    if unreviewed {
        conditions.push_str(" AND g.next_notice_at IS NOT NULL");
    }
    if let Some((at, id)) = after {
        let (at, id) = (placeholder(micros(at), &mut values), placeholder(id, &mut values));
        conditions.push_str(&format!(" AND (g.asked_at, g.id) < ({at}, {id})"));
    }
    let rows = placeholder(i64::from(limit) + 1, &mut values);
    let sql = format!("SELECT g.* FROM glasses g WHERE {conditions} ORDER BY g.asked_at DESC, g.id DESC LIMIT {rows}");
    let found = select(on, &sql, values).await?;
    Ok(Page::cut(found, limit, |last| (last.glass.asked_at, last.glass.id)))
}

/// The glasses that somebody has broken, the newest first, at most `limit`.
///
/// # Errors
/// As for [`of_person`].
pub async fn by_person(on: &impl Handle, user: UserId, limit: u32) -> Result<Vec<StoredGlass>, StoreError> {
    let sql = "SELECT g.* FROM glasses g WHERE g.user_id = $1 ORDER BY g.asked_at DESC, g.id DESC LIMIT $2";
    select(on, sql, vec![user.0.into(), i64::from(limit).into()]).await
}

/// One glass that concerns an agency.
///
/// # Errors
/// As for [`of_person`].
pub async fn find(on: &impl Handle, agency: AgencyId, id: Uuid) -> Result<Option<StoredGlass>, StoreError> {
    let sql = "SELECT g.* FROM glasses g WHERE g.id = $1 \
               AND (g.sender_id = $2 OR g.holder_id = $2 OR g.agency_id = $2)";
    Ok(select(on, sql, vec![id.into(), agency.0.into()]).await?.pop())
}

/// One glass, for the task that tells of reviews; its referral is locked by then.
///
/// # Errors
/// As for [`of_person`].
pub async fn by_id(on: &impl Handle, id: Uuid) -> Result<Option<StoredGlass>, StoreError> {
    let sql = "SELECT g.* FROM glasses g WHERE g.id = $1";
    Ok(select(on, sql, vec![id.into()]).await?.pop())
}

/// Up to `limit` glasses whose review has something to tell at `now`, each with its referral.
///
/// # Errors
/// When the database does not answer.
pub async fn due(on: &impl Handle, now: DateTime<Utc>, limit: u32) -> Result<Vec<(Uuid, ReferralId)>, StoreError> {
    let sql = "SELECT id, referral_id FROM glasses WHERE next_notice_at IS NOT NULL AND next_notice_at < $1 \
               ORDER BY next_notice_at, id LIMIT $2";
    let rows = on
        .executor()
        .query_all_raw(on.statement(sql, [micros(now).into(), i64::from(limit).into()]))
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "id")?, ReferralId(row.try_get("", "referral_id")?))))
        .collect()
}

/// When the next one has something to tell that has nothing yet at `now`.
///
/// # Errors
/// When the database does not answer.
pub async fn next(on: &impl Handle, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let sql = "SELECT next_notice_at FROM glasses WHERE next_notice_at >= $1 ORDER BY next_notice_at LIMIT 1";
    let row = on
        .executor()
        .query_one_raw(on.statement(sql, [micros(now).into()]))
        .await?;
    row.map(|row| Ok(row.try_get("", "next_notice_at")?)).transpose()
}

/// The words of reasons and notes, for those whom the glasses concern, as far as it is in the log that they look at the referral;
/// without words once erased.
///
/// # Errors
/// As for [`of_person`].
pub async fn words<'a>(
    on: &impl Handle,
    glasses: &[StoredGlass],
    by: impl Into<Sight<'a>>,
) -> Result<BTreeMap<TextId, Option<String>>, StoreError> {
    let by = by.into();
    let mut values: Vec<Value> = Vec::new();
    let ids: Vec<_> = glasses
        .iter()
        .filter(|stored| by.opens(stored.glass.referral))
        .flat_map(|stored| std::iter::once(stored.reason).chain(stored.note))
        .map(|id| placeholder(id.0, &mut values))
        .collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!(
        "SELECT t.id, t.sealed, t.key_id FROM texts t WHERE t.id IN ({})",
        ids.join(", ")
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    let mut owners = BTreeSet::new();
    for row in &rows {
        owners.extend(row.try_get::<Option<Uuid>>("", "key_id")?);
    }
    let keys = vault::open_all(on, owners).await?;
    rows.iter()
        .map(|row| {
            let (id, owner): (Uuid, Option<Uuid>) = (row.try_get("", "id")?, row.try_get("", "key_id")?);
            let key = keys.iter().find(|key| Some(key.owner()) == owner);
            let key = key.ok_or_else(|| StoreError::corrupt(format_args!("text {id}"), "its key is missing"))?;
            Ok((TextId(id), key.open_text(id, &row.try_get::<Vec<u8>>("", "sealed")?)?))
        })
        .collect()
}

async fn select(on: &impl Handle, sql: &str, values: Vec<Value>) -> Result<Vec<StoredGlass>, StoreError> {
    let rows = glass::Model::find_by_statement(on.statement(sql, values))
        .all(&on.executor())
        .await?;
    rows.into_iter().map(StoredGlass::try_from).collect()
}

fn row(stored: &StoredGlass) -> Result<glass::ActiveModel, StoreError> {
    let glass = &stored.glass;
    let [sender, holder] = glass.owners;
    Ok(glass::ActiveModel {
        id: Set(glass.id),
        referral_id: Set(glass.referral.0),
        user_id: Set(glass.by.user.0),
        agency_id: Set(glass.by.agency.0),
        role: Set(glass.by.role.as_str().to_owned()),
        sender_id: Set(sender.0),
        holder_id: Set(holder.0),
        reason_text_id: Set(stored.reason.0),
        asked_at: Set(micros(glass.asked_at)),
        needs_second: Set(glass.needs_second),
        second_id: Set(glass.second.map(|(by, ..)| by.0)),
        second_at: Set(glass.second.map(|(_, at, _)| micros(at))),
        second_agrees: Set(glass.second.map(|(_, _, agrees)| agrees)),
        until: Set(glass.until.map(micros)),
        review_due_at: Set(micros(glass.review_due_at)),
        told: Set(stored_count("glass", "told", u32::from(glass.told))?),
        next_notice_at: Set(glass.next_notice_at().map(micros)),
        reviewer_id: Set(glass.reviewed.map(|(by, ..)| by.0)),
        reviewed_at: Set(glass.reviewed.map(|(_, at, _)| micros(at))),
        finding: Set(glass.reviewed.map(|(_, _, finding)| finding.as_str().to_owned())),
        note_text_id: Set(stored.note.map(|note| note.0)),
    })
}

impl TryFrom<glass::Model> for StoredGlass {
    type Error = StoreError;

    fn try_from(row: glass::Model) -> Result<Self, StoreError> {
        let name = format!("glass {}", row.id);
        let second = match (row.second_id, row.second_at, row.second_agrees) {
            (Some(by), Some(at), Some(agrees)) => Some((UserId(by), at, agrees)),
            _ => None,
        };
        let finding = map::optional_code(&name, "finding", row.finding.as_deref())?;
        let reviewed = match (row.reviewer_id, row.reviewed_at, finding) {
            (Some(by), Some(at), Some(finding)) => Some((UserId(by), at, finding)),
            _ => None,
        };
        Ok(Self {
            glass: Glass {
                id: row.id,
                referral: ReferralId(row.referral_id),
                by: By {
                    user: UserId(row.user_id),
                    agency: AgencyId(row.agency_id),
                    role: map::code(&name, "role", &row.role)?,
                },
                owners: [AgencyId(row.sender_id), AgencyId(row.holder_id)],
                asked_at: row.asked_at,
                needs_second: row.needs_second,
                second,
                until: row.until,
                review_due_at: row.review_due_at,
                told: map::count(&name, "told", row.told)?,
                reviewed,
            },
            reason: TextId(row.reason_text_id),
            note: row.note_text_id.map(TextId),
        })
    }
}
