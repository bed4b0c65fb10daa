//! The key of one owner, and what it seals.

use std::fmt;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, QueryResult};
use stafett_vault::{DataKey, Opened, Place, Wrapped};
use uuid::Uuid;

use super::{Vault, key_id};
use crate::attachments;
use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::micros;

/// What owns a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnerKind {
    /// Somebody that referrals tell of.
    Person,
    /// A referral that tells of nobody in particular.
    Referral,
    /// A case: the reasons that people give in it tell of its youth, and of no referral alone.
    Case,
}

impl OwnerKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Referral => "referral",
            Self::Case => "case",
        }
    }
}

/// An owner's key for as long as somebody works with what it seals.
#[derive(Clone)]
pub(crate) struct OwnerKey {
    owner: Uuid,
    state: State,
}

#[derive(Clone)]
enum State {
    Whole(DataKey),
    Destroyed(DateTime<Utc>),
}

// Two are the same when they are the same owner's and both still open: keys themselves are never compared.
impl PartialEq for OwnerKey {
    fn eq(&self, other: &Self) -> bool {
        self.owner == other.owner && self.destroyed_at() == other.destroyed_at()
    }
}

impl fmt::Debug for OwnerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnerKey of {}", self.owner)
    }
}

impl OwnerKey {
    /// A fresh key, not stored yet.
    pub(crate) fn generate(owner: Uuid) -> Result<Self, StoreError> {
        Ok(Self {
            owner,
            state: State::Whole(DataKey::generate()?),
        })
    }

    /// Whose it is.
    pub(crate) const fn owner(&self) -> Uuid {
        self.owner
    }

    /// When it was destroyed, if it was.
    pub(crate) const fn destroyed_at(&self) -> Option<DateTime<Utc>> {
        match self.state {
            State::Whole(_) => None,
            State::Destroyed(at) => Some(at),
        }
    }

    pub(crate) fn data_key(&self) -> Result<&DataKey, StoreError> {
        match &self.state {
            State::Whole(key) => Ok(key),
            State::Destroyed(_) => Err(StoreError::Erased),
        }
    }

    /// A text on its way into the database.
    pub(crate) fn seal_text(&self, id: Uuid, body: &str) -> Result<Vec<u8>, StoreError> {
        Ok(self.data_key()?.seal(of_text(id), body.as_bytes())?)
    }

    /// A text again; nothing when it is erased.
    pub(crate) fn open_text(&self, id: Uuid, sealed: &[u8]) -> Result<Option<String>, StoreError> {
        let Some(opened) = self.open(of_text(id), sealed)? else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&opened)
            .map_err(|_quotes_the_value| StoreError::corrupt(format_args!("text {id}"), "it is no text"))?;
        Ok(Some(text.to_owned()))
    }

    /// A person on their way into the database.
    pub(crate) fn seal_person(&self, id: Uuid, person: &impl serde::Serialize) -> Result<Vec<u8>, StoreError> {
        let form = serde_json::to_vec(person)
            .map_err(|_quotes_the_value| StoreError::corrupt("person", "it has no JSON form"))?;
        let form = Opened::new(form);
        Ok(self.data_key()?.seal(of_person(id), &form)?)
    }

    /// A person again; nothing when they are erased.
    pub(crate) fn open_person<T: serde::de::DeserializeOwned>(
        &self,
        id: Uuid,
        sealed: &[u8],
    ) -> Result<Option<T>, StoreError> {
        let Some(opened) = self.open(of_person(id), sealed)? else {
            return Ok(None);
        };
        serde_json::from_slice(&opened)
            .map(Some)
            .map_err(|_quotes_the_value| StoreError::corrupt(format_args!("person {id}"), "it does not have its form"))
    }

    fn open(&self, place: Place, sealed: &[u8]) -> Result<Option<Opened>, StoreError> {
        match &self.state {
            State::Whole(key) => Ok(Some(key.open(place, sealed)?)),
            State::Destroyed(_) => Ok(None),
        }
    }
}

const fn of_text(row: Uuid) -> Place {
    Place {
        table: "texts",
        column: "sealed",
        row,
    }
}

const fn of_person(row: Uuid) -> Place {
    Place {
        table: "persons",
        column: "sealed",
        row,
    }
}

/// A key as its row has it.
pub(crate) struct KeyRow {
    owner: Uuid,
    wrapped: Option<Wrapped>,
    destroyed_at: Option<DateTime<Utc>>,
}

impl KeyRow {
    /// The columns of `data_keys` that [`KeyRow::read`] wants, of the table `k`.
    pub(crate) const COLUMNS: &str = "k.owner_id, k.wrapped, k.master_key, k.destroyed_at";

    pub(crate) fn read(row: &QueryResult) -> Result<Self, StoreError> {
        let owner: Option<Uuid> = row.try_get("", "owner_id")?;
        let owner = owner.ok_or_else(|| StoreError::corrupt("sealed row", "its key is missing"))?;
        let (bytes, master): (Option<Vec<u8>>, Option<String>) =
            (row.try_get("", "wrapped")?, row.try_get("", "master_key")?);
        let wrapped = match (bytes, master) {
            (Some(bytes), Some(master)) => Some(Wrapped {
                under: key_id(&master)?,
                bytes,
            }),
            _ => None,
        };
        Ok(Self {
            owner,
            wrapped,
            destroyed_at: row.try_get("", "destroyed_at")?,
        })
    }

    pub(crate) fn open(&self, vault: &Vault) -> Result<OwnerKey, StoreError> {
        let state = match (&self.wrapped, self.destroyed_at) {
            (Some(wrapped), _) => State::Whole(vault.masters.unwrap(self.owner, wrapped)?),
            (None, Some(at)) => State::Destroyed(at),
            (None, None) => {
                return Err(StoreError::corrupt(
                    format_args!("key of {}", self.owner),
                    "it is neither there nor destroyed",
                ));
            }
        };
        Ok(OwnerKey {
            owner: self.owner,
            state,
        })
    }
}

/// Stores a fresh key, wrapped; `false` when its owner has one already.
pub(crate) async fn insert(tx: &Tx, key: &OwnerKey, kind: OwnerKind, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let wrapped = tx.vault()?.masters.wrap(key.owner, key.data_key()?)?;
    let sql = "INSERT INTO data_keys (owner_id, owner_kind, wrapped, master_key, created_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (owner_id) DO NOTHING";
    let values = [
        key.owner.into(),
        kind.as_str().into(),
        wrapped.bytes.into(),
        wrapped.under.as_str().into(),
        micros(now).into(),
    ];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

/// The key of a case, which is made when the first reason is given in it. Its caller holds the case.
pub(crate) async fn of_case(tx: &Tx, case: Uuid, now: DateTime<Utc>) -> Result<OwnerKey, StoreError> {
    if let Some(key) = open_all(tx, [case]).await?.pop() {
        return Ok(key);
    }
    let key = OwnerKey::generate(case)?;
    insert(tx, &key, OwnerKind::Case, now).await?;
    Ok(key)
}

/// Takes a key away that seals nothing any more.
pub(crate) async fn remove(tx: &Tx, owner: Uuid) -> Result<(), StoreError> {
    let sql = "DELETE FROM data_keys WHERE owner_id = $1";
    tx.executor().execute_raw(tx.statement(sql, [owner.into()])).await?;
    Ok(())
}

/// Seals a referral's texts and the names of its files anew, from one owner's key to another's: who or what it tells of has changed.
pub(crate) async fn reseal(tx: &Tx, referral: Uuid, from: &OwnerKey, to: &OwnerKey) -> Result<(), StoreError> {
    let sql = "SELECT id, sealed FROM texts WHERE referral_id = $1 AND key_id = $2";
    let rows = tx
        .executor()
        .query_all_raw(tx.statement(sql, [referral.into(), from.owner.into()]))
        .await?;
    for row in rows {
        let id: Uuid = row.try_get("", "id")?;
        let sealed: Vec<u8> = row.try_get("", "sealed")?;
        let Some(body) = from.open(of_text(id), &sealed)? else {
            continue;
        };
        let sealed = to.data_key()?.seal(of_text(id), &body)?;
        tx.written().text(id, &sealed);
        let values = [sealed.into(), to.owner.into(), id.into()];
        let sql = "UPDATE texts SET sealed = $1, key_id = $2 WHERE id = $3";
        tx.executor().execute_raw(tx.statement(sql, values)).await?;
    }
    attachments::reseal(tx, referral, from, to).await
}

/// The keys of some owners, opened.
pub(crate) async fn open_all(
    on: &impl Handle,
    owners: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<OwnerKey>, StoreError> {
    let values: Vec<sea_orm::Value> = owners.into_iter().map(Into::into).collect();
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<_> = (1..=values.len()).map(|place| format!("${place}")).collect();
    let sql = format!(
        "SELECT {} FROM data_keys k WHERE k.owner_id IN ({})",
        KeyRow::COLUMNS,
        list.join(", ")
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    let vault = on.vault()?;
    rows.iter().map(|row| KeyRow::read(row)?.open(vault)).collect()
}
