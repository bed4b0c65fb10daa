//! How a youth is found again: by keyed digests of what identifies them, never by the thing itself.
//!
//! The digests are made above, where the key is. Whoever has the database and not the key can tell neither whom a digest
//! means nor whether a number that they know is among them.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Value};
use stafett_workflow::agency::ReferralId;
use stafett_workflow::person::Person;
use stafett_workflow::policy::Scope;
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::micros;
use crate::referrals::{self, Record, placeholder, within};
use crate::vault::KeyRow;

/// What a digest is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// A number that identifies for sure.
    Identifier,
    /// What somebody is called.
    Alias,
}

impl KeyKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Alias => "alias",
        }
    }
}

/// One digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonKey {
    /// Of what.
    pub kind: KeyKind,
    /// The digest, in hexadecimal.
    pub digest: String,
}

/// Keeps the digests of the youth whom a referral is about, in place of those before.
///
/// # Errors
/// When the database does not answer.
pub async fn index(tx: &Tx, record: &Record, keys: &[PersonKey]) -> Result<(), StoreError> {
    match record.person_id() {
        Some(person) => keep(tx, person, keys).await,
        None => Ok(()),
    }
}

/// The newest referrals within the scope about somebody with this digest, at most `limit`, in no order; never `but`, and with `since`
/// only those written after it.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn alike(
    on: &impl Handle,
    scope: &Scope,
    key: &PersonKey,
    but: ReferralId,
    since: Option<DateTime<Utc>>,
    limit: u32,
) -> Result<Vec<Record>, StoreError> {
    let mut values: Vec<Value> = vec![key.kind.as_str().into(), key.digest.as_str().into(), but.0.into()];
    let Some(within) = within(scope, &mut values) else {
        return Ok(Vec::new());
    };
    let recent = match since {
        Some(since) => format!("AND r.created_at >= {}", placeholder(micros(since), &mut values)),
        None => String::new(),
    };
    let limit = placeholder(i64::from(limit), &mut values);
    let sql = format!(
        "SELECT r.id FROM person_keys k JOIN referrals r ON r.person_id = k.person_id \
         WHERE k.kind = $1 AND k.digest = $2 AND r.id <> $3 AND r.state <> 'entered-in-error' AND {within} {recent} \
         ORDER BY r.created_at DESC, r.id DESC LIMIT {limit}"
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    let ids = rows
        .iter()
        .map(|row| Ok(ReferralId(row.try_get("", "id")?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    referrals::several(on, scope, &ids).await
}

/// The newest referral about somebody with this digest that has been sent, one that runs before one that has ended. For breaking
/// the glass, and within the system's own scope only.
///
/// # Errors
/// [`StoreError::Refused`] within a lesser scope; when the database does not answer.
pub async fn newest(on: &impl Handle, scope: &Scope, key: &PersonKey) -> Result<Option<ReferralId>, StoreError> {
    if !scope.is_all() {
        return Err(StoreError::Refused {
            rule: "only the system itself looks for a youth everywhere".to_owned(),
        });
    }
    let sql = "SELECT r.id FROM person_keys k JOIN referrals r ON r.person_id = k.person_id \
               WHERE k.kind = $1 AND k.digest = $2 AND r.state <> 'draft' AND r.state <> 'entered-in-error' \
               ORDER BY CASE WHEN r.closed_at IS NULL THEN 0 ELSE 1 END, r.created_at DESC, r.id DESC LIMIT 1";
    let row = on.executor().query_one_raw(on.statement(sql, key.parts())).await?;
    row.map(|row| Ok(ReferralId(row.try_get("", "id")?))).transpose()
}

/// A youth without digests: stored before there were any, or before those of another key were forgotten.
#[derive(Clone)]
pub struct Unkeyed {
    /// The row.
    pub id: Uuid,
    /// What is known; nothing of somebody who is erased.
    pub person: Option<Person>,
}

// A person must never reach a log.
impl std::fmt::Debug for Unkeyed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unkeyed").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Up to `limit` of those whose digests have not been made yet, for the task of the system that makes them.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood; [`StoreError::Refused`] within a lesser scope.
pub async fn unkeyed(on: &impl Handle, scope: &Scope, limit: u32) -> Result<Vec<Unkeyed>, StoreError> {
    if !scope.is_all() {
        return Err(StoreError::Refused {
            rule: "only the system itself walks through all persons".to_owned(),
        });
    }
    let sql = format!(
        "SELECT p.id, p.sealed, {} FROM persons p LEFT JOIN data_keys k ON k.owner_id = p.id WHERE NOT p.keyed \
         ORDER BY p.id LIMIT $1",
        KeyRow::COLUMNS
    );
    let rows = on
        .executor()
        .query_all_raw(on.statement(&sql, [i64::from(limit).into()]))
        .await?;
    let vault = on.vault()?;
    rows.iter()
        .map(|row| {
            let id: Uuid = row.try_get("", "id")?;
            let key = KeyRow::read(row)?.open(vault)?;
            Ok(Unkeyed {
                id,
                person: key.open_person(id, &row.try_get::<Vec<u8>>("", "sealed")?)?,
            })
        })
        .collect()
}

/// Forgets all digests, which were made with another key: [`unkeyed`] then finds everybody.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_all(tx: &Tx) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM person_keys",
        "UPDATE persons SET keyed = FALSE WHERE keyed",
    ] {
        tx.executor().execute_raw(tx.statement(sql, [])).await?;
    }
    Ok(())
}

/// Keeps the digests of one of these.
///
/// # Errors
/// When the database does not answer.
pub async fn key(tx: &Tx, unkeyed: &Unkeyed, keys: &[PersonKey]) -> Result<(), StoreError> {
    keep(tx, unkeyed.id, keys).await
}

async fn keep(tx: &Tx, person: Uuid, keys: &[PersonKey]) -> Result<(), StoreError> {
    forget(tx, person).await?;
    for key in keys {
        let sql = "INSERT INTO person_keys (person_id, kind, digest) VALUES ($1, $2, $3)";
        let values = [person.into(), key.kind.as_str().into(), key.digest.as_str().into()];
        tx.executor().execute_raw(tx.statement(sql, values)).await?;
    }
    let sql = "UPDATE persons SET keyed = TRUE WHERE id = $1";
    tx.executor().execute_raw(tx.statement(sql, [person.into()])).await?;
    Ok(())
}

/// Forgets the digests of a person who is about to be removed, or to get new ones.
pub(crate) async fn forget(tx: &Tx, person: Uuid) -> Result<(), StoreError> {
    let sql = "DELETE FROM person_keys WHERE person_id = $1";
    tx.executor().execute_raw(tx.statement(sql, [person.into()])).await?;
    Ok(())
}

impl PersonKey {
    pub(crate) fn parts(&self) -> [Value; 2] {
        [self.kind.as_str().into(), self.digest.as_str().into()]
    }
}
