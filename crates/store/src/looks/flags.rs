//! Which looks are unusual, and what a lead made of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, Value};
use stafett_workflow::agency::{AgencyId, ReferralId, UserId};
use stafett_workflow::look::unusual::UnusualRule;
use stafett_workflow::policy::Scope;
use uuid::Uuid;

use super::LookRow;
use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::{look, text};
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::referrals::{Record, placeholder};
use crate::vault;

/// The kind of text that a lead's note is.
const NOTE: &str = "look-note";

/// What a lead made of a look.
#[derive(Clone, PartialEq, Eq)]
pub struct Review {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// In words; nothing once they are erased.
    pub note: Option<String>,
}

// A note is written by a person, and may tell more than it should.
impl std::fmt::Debug for Review {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Review").field("by", &self.by).finish_non_exhaustive()
    }
}

/// Up to `limit` looks that nobody has judged, the oldest first; with an agency only those of its people.
///
/// # Errors
/// [`StoreError::Refused`] within a lesser scope than the system's; when the database does not answer.
pub async fn unjudged(
    on: &impl Handle,
    scope: &Scope,
    agency: Option<AgencyId>,
    limit: u32,
) -> Result<Vec<LookRow>, StoreError> {
    if !scope.is_all() {
        return Err(StoreError::Refused {
            rule: "only the system itself judges looks".to_owned(),
        });
    }
    let mut values: Vec<Value> = Vec::new();
    let of = match agency {
        Some(agency) => format!("AND l.agency_id = {}", placeholder(agency.0, &mut values)),
        None => String::new(),
    };
    let limit = placeholder(i64::from(limit), &mut values);
    let sql = format!("SELECT l.* FROM looks l WHERE l.judged_at IS NULL {of} ORDER BY l.at, l.id LIMIT {limit}");
    let rows = look::Model::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?;
    rows.into_iter().map(LookRow::try_from).collect()
}

/// Writes down that a look was judged, and by which rules it is unusual. `false` when another server was faster.
///
/// # Errors
/// When the database does not answer.
pub async fn judged(tx: &Tx, look: &LookRow, rules: &[UnusualRule], now: DateTime<Utc>) -> Result<bool, StoreError> {
    let sql = "UPDATE looks SET judged_at = $2 WHERE id = $1 AND judged_at IS NULL";
    let done = tx
        .executor()
        .execute_raw(tx.statement(sql, [look.id.into(), micros(now).into()]))
        .await?;
    if done.rows_affected() != 1 {
        return Ok(false);
    }
    for rule in rules {
        let sql = "INSERT INTO look_flags (look_id, rule, agency_id, at) VALUES ($1, $2, $3, $4)";
        let values = [
            look.id.into(),
            rule.as_str().into(),
            look.agency.0.into(),
            micros(look.at).into(),
        ];
        tx.executor().execute_raw(tx.statement(sql, values)).await?;
    }
    Ok(true)
}

/// When somebody of an agency looked at which referral between two instants, the first not included and the last included; each
/// with the look's id, in their order.
///
/// # Errors
/// When the database does not answer.
pub async fn of_person(
    on: &impl Handle,
    (agency, user): (AgencyId, UserId),
    (after, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<(Uuid, DateTime<Utc>, ReferralId)>, StoreError> {
    let sql = "SELECT l.id, l.at, l.referral_id FROM looks l WHERE l.agency_id = $1 AND l.user_id = $2 AND l.at > $3 AND l.at <= $4 \
               AND l.referral_id IS NOT NULL AND l.looked_at NOT IN ('change', 'duplicate') ORDER BY l.at, l.id";
    let values = [
        agency.0.into(),
        user.0.into(),
        micros(after).into(),
        micros(until).into(),
    ];
    let rows = on.executor().query_all_raw(on.statement(sql, values)).await?;
    rows.iter()
        .map(|row| {
            let referral = ReferralId(row.try_get("", "referral_id")?);
            Ok((row.try_get("", "id")?, row.try_get("", "at")?, referral))
        })
        .collect()
}

/// By which rules each of these looks is unusual.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn flags(on: &impl Handle, looks: &[LookRow]) -> Result<BTreeMap<Uuid, Vec<UnusualRule>>, StoreError> {
    let mut values: Vec<Value> = Vec::new();
    let ids: Vec<_> = looks.iter().map(|look| placeholder(look.id, &mut values)).collect();
    let mut flags: BTreeMap<Uuid, Vec<UnusualRule>> = BTreeMap::new();
    if ids.is_empty() {
        return Ok(flags);
    }
    let sql = format!(
        "SELECT look_id, rule FROM look_flags WHERE look_id IN ({})",
        ids.join(", ")
    );
    for row in on.executor().query_all_raw(on.statement(&sql, values)).await? {
        let look: Uuid = row.try_get("", "look_id")?;
        let rule: String = row.try_get("", "rule")?;
        let rule = map::code(format_args!("look {look}"), "rule", &rule)?;
        flags.entry(look).or_default().push(rule);
    }
    for rules in flags.values_mut() {
        rules.sort_unstable();
    }
    Ok(flags)
}

/// What leads made of these looks.
///
/// # Errors
/// As for [`flags`].
pub async fn reviews(on: &impl Handle, looks: &[LookRow]) -> Result<BTreeMap<Uuid, Review>, StoreError> {
    let mut values: Vec<Value> = Vec::new();
    let ids: Vec<_> = looks.iter().map(|look| placeholder(look.id, &mut values)).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!(
        "SELECT v.look_id, v.reviewer_id, v.at, t.id, t.sealed, t.key_id FROM look_reviews v JOIN texts t ON t.id = v.note_text_id \
         WHERE v.look_id IN ({})",
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
            let (text, owner): (Uuid, Option<Uuid>) = (row.try_get("", "id")?, row.try_get("", "key_id")?);
            let key = keys.iter().find(|key| Some(key.owner()) == owner);
            let key = key.ok_or_else(|| StoreError::corrupt(format_args!("text {text}"), "its key is missing"))?;
            let review = Review {
                by: UserId(row.try_get("", "reviewer_id")?),
                at: row.try_get("", "at")?,
                note: key.open_text(text, &row.try_get::<Vec<u8>>("", "sealed")?)?,
            };
            Ok((row.try_get("", "look_id")?, review))
        })
        .collect()
}

/// One look of an agency's people.
///
/// # Errors
/// As for [`flags`].
pub async fn find(on: &impl Handle, agency: AgencyId, id: Uuid) -> Result<Option<LookRow>, StoreError> {
    let sql = "SELECT l.* FROM looks l WHERE l.id = $1 AND l.agency_id = $2";
    let row = look::Model::find_by_statement(on.statement(sql, [id.into(), agency.0.into()]))
        .one(&on.executor())
        .await?;
    row.map(LookRow::try_from).transpose()
}

/// Writes down what a lead made of a look. The note is sealed under the youth's key where there is one. `false` when somebody
/// had done so already.
///
/// # Errors
/// When the database does not answer.
pub async fn review(
    tx: &Tx,
    look: &LookRow,
    about: Option<&Record>,
    by: UserId,
    note: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let house;
    let key = match about.filter(|record| record.erased_at().is_none()) {
        Some(record) => record.key(),
        None => {
            house = vault::house(tx).await?;
            &house
        }
    };
    let id = Uuid::now_v7();
    let row = text::ActiveModel {
        id: Set(id),
        person_id: Set(None),
        referral_id: Set(about.map(|record| record.referral().id.0)),
        handoff_id: Set(None),
        kind: Set(NOTE.to_owned()),
        sealed: Set(key.seal_text(id, note)?),
        key_id: Set(Some(key.owner())),
        author_id: Set(Some(by.0)),
        author_agency_id: Set(Some(look.agency.0)),
        created_at: Set(micros(now)),
        case_id: Set(None),
    };
    text::Entity::insert(row).exec_without_returning(&tx.executor()).await?;
    let sql = "INSERT INTO look_reviews (look_id, reviewer_id, note_text_id, at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (look_id) DO NOTHING";
    let values = [look.id.into(), by.0.into(), id.into(), micros(now).into()];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}
