//! Reading whole referrals: one row, its hand-offs, its clocks.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QueryResult, Value,
};
use stafett_workflow::agency::{ReferralId, UserId};
use stafett_workflow::content::Content;
use stafett_workflow::policy::Scope;
use stafett_workflow::reference::Reference;
use stafett_workflow::referral::Referral;
use stafett_workflow::vocabulary::Need;
use uuid::Uuid;

use super::{Name, Record, placeholder, row, within};
use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::{clock, handoff, referral};
use crate::error::StoreError;
use crate::map;
use crate::vault::{KeyRow, Vault};

const SELECT: &str = "SELECT r.*, d.sealed AS person_sealed, t.sealed AS content_sealed, k.owner_id, k.wrapped, \
                      k.master_key, k.destroyed_at FROM referrals r JOIN texts t ON t.id = r.content_id \
                      LEFT JOIN data_keys k ON k.owner_id = t.key_id LEFT JOIN persons d ON d.id = r.person_id";

/// One referral, if it exists and lies within the scope; the caller cannot tell which of the two failed.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn find(on: &impl Handle, scope: &Scope, name: Name) -> Result<Option<Record>, StoreError> {
    let mut values = Vec::new();
    let Some(condition) = condition(scope, name, &mut values) else {
        return Ok(None);
    };
    let row = on
        .executor()
        .query_one_raw(on.statement(&format!("{SELECT} WHERE {condition}"), values))
        .await?;
    Ok(complete(on, row.into_iter().collect()).await?.pop())
}

/// Those of these referrals that lie within the scope, in no order.
///
/// # Errors
/// As for [`find`].
pub async fn several(on: &impl Handle, scope: &Scope, ids: &[ReferralId]) -> Result<Vec<Record>, StoreError> {
    let mut values = Vec::new();
    let Some(within) = within(scope, &mut values).filter(|_| !ids.is_empty()) else {
        return Ok(Vec::new());
    };
    let named: Vec<String> = ids.iter().map(|id| placeholder(id.0, &mut values)).collect();
    let sql = format!("{SELECT} WHERE r.id IN ({}) AND {within}", named.join(", "));
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    complete(on, rows).await
}

/// Those of these referrals that lie within the scope and are about somebody who is strictly confidential, or about whom that is
/// not known yet.
///
/// # Errors
/// As for [`find`].
pub async fn guarded(on: &impl Handle, scope: &Scope, ids: &[ReferralId]) -> Result<Vec<Record>, StoreError> {
    let mut values = Vec::new();
    let Some(within) = within(scope, &mut values).filter(|_| !ids.is_empty()) else {
        return Ok(Vec::new());
    };
    let named: Vec<String> = ids.iter().map(|id| placeholder(id.0, &mut values)).collect();
    let sql = format!(
        "{SELECT} WHERE r.id IN ({}) AND (r.protection = 'strictly-confidential' OR r.protection IS NULL) AND {within}",
        named.join(", ")
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    complete(on, rows).await
}

/// What those of these referrals that lie within the scope are called.
///
/// # Errors
/// As for [`find`].
pub async fn references(
    on: &impl Handle,
    scope: &Scope,
    ids: &[ReferralId],
) -> Result<BTreeMap<ReferralId, Reference>, StoreError> {
    let mut values = Vec::new();
    let Some(within) = within(scope, &mut values).filter(|_| !ids.is_empty()) else {
        return Ok(BTreeMap::new());
    };
    let named: Vec<String> = ids.iter().map(|id| placeholder(id.0, &mut values)).collect();
    let sql = format!(
        "SELECT r.id, r.reference FROM referrals r WHERE r.id IN ({}) AND {within}",
        named.join(", ")
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    rows.iter()
        .map(|row| {
            let (id, reference): (Uuid, String) = (row.try_get("", "id")?, row.try_get("", "reference")?);
            let reference = reference
                .parse()
                .map_err(|_not_one| StoreError::corrupt(format_args!("referral {id}"), "reference is not one"))?;
            Ok((ReferralId(id), reference))
        })
        .collect()
}

/// Whether a referral exists and lies within the scope.
///
/// # Errors
/// When the database does not answer.
pub async fn is_within(on: &impl Handle, scope: &Scope, name: Name) -> Result<bool, StoreError> {
    let mut values = Vec::new();
    let Some(condition) = condition(scope, name, &mut values) else {
        return Ok(false);
    };
    let sql = format!("SELECT r.id FROM referrals r WHERE {condition}");
    let row = on.executor().query_one_raw(on.statement(&sql, values)).await?;
    Ok(row.is_some())
}

/// The same, for a decision: whoever else wants to decide about this referral waits until the transaction ends, and then
/// sees what it has stored.
///
/// # Errors
/// As for [`find`]; [`StoreError::Busy`] when the other takes too long.
pub async fn lock(tx: &Tx, scope: &Scope, name: Name) -> Result<Option<Record>, StoreError> {
    // On SQLite the transaction has the whole database to itself already. On PostgreSQL the lock comes first and alone: a
    // joined row that was read before the wait would be old beside a referral that was read after it.
    if tx.backend() == DbBackend::Postgres {
        let mut values = Vec::new();
        let Some(condition) = condition(scope, name, &mut values) else {
            return Ok(None);
        };
        let sql = format!("SELECT r.id FROM referrals r WHERE {condition} FOR UPDATE");
        if tx.executor().query_one_raw(tx.statement(&sql, values)).await?.is_none() {
            return Ok(None);
        }
    }
    find(tx, scope, name).await
}

/// Up to `limit` referrals within the scope in the order of their ids, after the id `after`: a walk through everything
/// stored, for reconciliation.
///
/// # Errors
/// As for [`find`].
pub async fn sweep(
    on: &impl Handle,
    scope: &Scope,
    after: Option<ReferralId>,
    limit: u32,
) -> Result<Vec<Record>, StoreError> {
    let mut values: Vec<Value> = vec![after.map_or(Uuid::nil(), |after| after.0).into()];
    let Some(within) = within(scope, &mut values) else {
        return Ok(Vec::new());
    };
    let limit = placeholder(i64::from(limit), &mut values);
    let sql = format!("{SELECT} WHERE r.id > $1 AND {within} ORDER BY r.id LIMIT {limit}");
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    complete(on, rows).await
}

/// The referrals of these cases, in the order of their ids, each with its case, its needs and whether it is about somebody.
pub(crate) async fn of_cases(
    on: &impl Handle,
    cases: &[Uuid],
) -> Result<Vec<(Uuid, Referral, Vec<Need>, bool)>, StoreError> {
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let rows = referral::Entity::find()
        .filter(referral::Column::CaseId.is_in(cases.iter().copied()))
        .order_by_asc(referral::Column::Id)
        .all(&on.executor())
        .await?;
    let (mut handoffs, mut clocks) = legs(on, rows.iter().map(|row| row.id).collect()).await?;
    rows.into_iter()
        .map(|row| {
            let name = format!("referral {}", row.id);
            let case = row
                .case_id
                .ok_or_else(|| StoreError::corrupt(&name, "it lies in no case"))?;
            let legs = handoffs.remove(&row.id).unwrap_or_default();
            let clocks = clocks.remove(&row.id).unwrap_or_default();
            let referral = row::assemble(&row, legs, clocks)?;
            Ok((
                case,
                referral,
                map::json(&name, "needs", row.needs)?,
                row.person_id.is_some(),
            ))
        })
        .collect()
}

/// The referral `r` with this name, within the scope. `None` when the scope is empty.
fn condition(scope: &Scope, name: Name, values: &mut Vec<Value>) -> Option<String> {
    let named = match name {
        Name::Id(id) => format!("r.id = {}", placeholder(id.0, values)),
        Name::Reference(reference) => format!("r.reference = {}", placeholder(reference.to_string(), values)),
    };
    Some(format!("{named} AND {}", within(scope, values)?))
}

/// Adds what lies in other tables, with one query each however many there are.
async fn complete(on: &impl Handle, rows: Vec<QueryResult>) -> Result<Vec<Record>, StoreError> {
    let heads = rows.iter().map(Head::try_from).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<Uuid> = heads.iter().map(|head| head.row.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (mut handoffs, mut clocks) = legs(on, ids).await?;
    let vault = on.vault()?;
    heads
        .into_iter()
        .map(|head| {
            let id = head.row.id;
            head.into_record(
                vault,
                handoffs.remove(&id).unwrap_or_default(),
                clocks.remove(&id).unwrap_or_default(),
            )
        })
        .collect()
}

type Legs = (HashMap<Uuid, Vec<handoff::Model>>, HashMap<Uuid, Vec<clock::Model>>);

/// The hand-offs and the clocks of these referrals.
async fn legs(on: &impl Handle, ids: Vec<Uuid>) -> Result<Legs, StoreError> {
    let mut handoffs: HashMap<Uuid, Vec<handoff::Model>> = HashMap::new();
    let found = handoff::Entity::find()
        .filter(handoff::Column::ReferralId.is_in(ids.iter().copied()))
        .order_by_asc(handoff::Column::Ordinal)
        .all(&on.executor())
        .await?;
    for row in found {
        handoffs.entry(row.referral_id).or_default().push(row);
    }
    let mut clocks: HashMap<Uuid, Vec<clock::Model>> = HashMap::new();
    let found = clock::Entity::find()
        .filter(clock::Column::ReferralId.is_in(ids))
        .order_by_asc(clock::Column::Ordinal)
        .all(&on.executor())
        .await?;
    for row in found {
        clocks.entry(row.referral_id).or_default().push(row);
    }
    Ok((handoffs, clocks))
}

/// What one row of the joined query holds.
struct Head {
    row: referral::Model,
    key: KeyRow,
    person: Option<Vec<u8>>,
    content: Vec<u8>,
}

impl TryFrom<&QueryResult> for Head {
    type Error = StoreError;

    fn try_from(result: &QueryResult) -> Result<Self, StoreError> {
        Ok(Self {
            row: referral::Model::from_query_result(result, "")?,
            key: KeyRow::read(result)?,
            person: result.try_get("", "person_sealed")?,
            content: result.try_get("", "content_sealed")?,
        })
    }
}

impl Head {
    fn into_record(
        self,
        vault: &Vault,
        handoffs: Vec<handoff::Model>,
        clocks: Vec<clock::Model>,
    ) -> Result<Record, StoreError> {
        let Self {
            row,
            key,
            person,
            content,
        } = self;
        let name = format!("referral {}", row.id);
        let key = key.open(vault)?;
        let content = match key.open_text(row.content_id, &content)? {
            Some(content) => serde_json::from_str(&content)
                .map_err(|_quotes_the_value| StoreError::corrupt(&name, "its content does not have its form"))?,
            None => Content::default(),
        };
        let person = match (row.person_id, person) {
            (Some(id), Some(sealed)) => key.open_person(id, &sealed)?,
            _ => None,
        };
        Ok(Record {
            referral: row::assemble(&row, handoffs, clocks)?,
            person_id: row.person_id,
            content_id: row.content_id,
            person,
            key,
            content: Content {
                needs: map::json(&name, "needs", row.needs)?,
                ..content
            },
            parent: row.parent_id.map(ReferralId),
            creation_digest: row.creation_digest,
            created_by: UserId(row.created_by),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
