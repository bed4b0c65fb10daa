//! Who can open what: one key for each person, wrapped under the installation's master keys.
//!
//! * [`Db::unlock`] gives a database its master keys, having tried them on what is there. Without, everything works that
//!   tells nothing of anybody: the directory, lists, the outbox.
//! * An owner is a person, or a referral that tells of nobody in particular; every text of a referral is sealed under its
//!   owner's key. A case has a key for the reasons that people give in it. Then there is the house itself, for answers that
//!   tell of no youth, for the blind index, and for digests of requests.
//! * [`rewrap`] wraps everything under the first master key; [`erase`] destroys an owner's key and with it whatever was
//!   told; [`hold`] forbids that for a while.
//!
//! A key is unwrapped where a record is read, lives as long as the record, and is cleared from memory with it. There is no
//! cache: unwrapping takes microseconds, and what is not kept cannot be stolen.

mod erase;
pub mod holds;
mod migrate;
mod owner;
mod rewrap;

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use stafett_vault::{BlindIndex, DataKey, KeyId, MasterKeys, VaultError, Wrapped};
use uuid::Uuid;

pub(crate) use erase::erase_finished_cases;
pub use erase::{Erasure, Hold, NotErased, Owner, Why, erase, erase_only, erased, foresee, hold, owner_of, wipe};
pub(crate) use migrate::{empty_log, key_digests, rewrite, scrub, seal_the_rest, seal_what_lies_open};
pub(crate) use owner::{KeyRow, OwnerKey, OwnerKind, insert, of_case, open_all, remove, reseal};
pub use rewrap::{KeyUse, Rewrapped, rewrap, status};

use crate::connect::{Db, Handle, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::micros;

/// The owner of the house's own key. No random or time-ordered id looks like this.
const HOUSE: Uuid = Uuid::from_u128(1);

/// The master keys of an unlocked database, and the house's own key. Nobody outside sees into it.
#[derive(Debug)]
pub struct Vault {
    pub(crate) masters: MasterKeys,
    house: OnceLock<OwnerKey>,
}

/// Where a [`Db`] and its transactions find the vault once it is open.
pub(crate) type Slot = Arc<OnceLock<Vault>>;

impl Db {
    /// Gives the database its master keys, after they have opened a key of each kind that it holds. Writes nothing.
    ///
    /// # Errors
    /// [`StoreError::Vault`] when a master key is missing or wrong; the database stays locked then.
    pub async fn unlock(&self, masters: MasterKeys) -> Result<(), StoreError> {
        let vault = Vault {
            masters,
            house: OnceLock::new(),
        };
        if self.has_vault().await? {
            vault.verify(self).await?;
        }
        // Whoever was first has shown the same keys, or others that open the same.
        let _unlocked_already = self.slot().set(vault);
        Ok(())
    }

    /// The names of the master keys under which this database keeps its keys; none in a new one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn master_keys_in_use(&self) -> Result<Vec<KeyId>, StoreError> {
        if !self.has_vault().await? {
            return Ok(Vec::new());
        }
        in_use(self).await
    }

    /// Makes the house's own key if there is none yet, or finds the one that is there.
    ///
    /// # Errors
    /// [`StoreError::Vault`] when the one that is there does not open.
    pub async fn establish_vault(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        if self.vault_without_house().await? {
            let tx = self.write_tx().await?;
            establish(&tx, self.slot(), now).await?;
            tx.commit().await?;
        }
        house(self).await.map(drop)
    }

    async fn vault_without_house(&self) -> Result<bool, StoreError> {
        let sql = "SELECT owner_id FROM data_keys WHERE owner_id = $1";
        let found = self
            .executor()
            .query_one_raw(self.statement(sql, [HOUSE.into()]))
            .await?;
        Ok(found.is_none())
    }

    /// The index that finds equal values without storing them. Its key is the house's, the same for ever.
    ///
    /// # Errors
    /// When the vault is locked or the database does not answer.
    pub async fn blind_index(&self) -> Result<BlindIndex, StoreError> {
        blind_index(self).await
    }
}

/// The same, also within a transaction.
///
/// # Errors
/// As for [`Db::blind_index`].
pub async fn blind_index(on: &impl Handle) -> Result<BlindIndex, StoreError> {
    let key = house(on).await?;
    Ok(BlindIndex::new(key.data_key()?))
}

/// What stands in the database for the digest of a request. The digest is made of what somebody wrote, and whoever guesses
/// that could make it too; under the house's key nobody can.
pub(crate) async fn keyed(on: &impl Handle, kind: &str, digest: &str) -> Result<String, StoreError> {
    keyed_under(&house(on).await?, kind, digest)
}

fn keyed_under(house: &OwnerKey, kind: &str, digest: &str) -> Result<String, StoreError> {
    let keyed = BlindIndex::new(house.data_key()?).digest(kind, digest);
    Ok(keyed.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Vault {
    /// Opens one key under each master key that is in use, so that a wrong one shows now and not in a year.
    async fn verify(&self, on: &impl Handle) -> Result<(), StoreError> {
        for id in in_use(on).await? {
            let sql = "SELECT owner_id, wrapped FROM data_keys WHERE master_key = $1 LIMIT 1";
            let row = on
                .executor()
                .query_one_raw(on.statement(sql, [id.as_str().into()]))
                .await?;
            let Some(row) = row else { continue };
            let wrapped = Wrapped {
                under: id,
                bytes: row.try_get("", "wrapped")?,
            };
            self.masters.unwrap(row.try_get("", "owner_id")?, &wrapped)?;
        }
        Ok(())
    }
}

/// The names of the master keys that wrap something.
async fn in_use(on: &impl Handle) -> Result<Vec<KeyId>, StoreError> {
    let sql = "SELECT DISTINCT master_key FROM data_keys WHERE master_key IS NOT NULL ORDER BY master_key";
    let rows = on.executor().query_all_raw(on.statement(sql, [])).await?;
    rows.iter()
        .map(|row| key_id(&row.try_get::<String>("", "master_key")?))
        .collect()
}

fn key_id(name: &str) -> Result<KeyId, StoreError> {
    KeyId::new(name).ok_or_else(|| StoreError::corrupt("data key", "its master key has no name"))
}

/// The house's own key: of answers that tell of no youth, and of the blind index.
pub(crate) async fn house(on: &(impl Handle + ?Sized)) -> Result<OwnerKey, StoreError> {
    let vault = on.vault()?;
    if let Some(key) = vault.house.get() {
        return Ok(key.clone());
    }
    let sql = "SELECT owner_id, wrapped, master_key, destroyed_at FROM data_keys WHERE owner_id = $1";
    let row = on.executor().query_one_raw(on.statement(sql, [HOUSE.into()])).await?;
    let row = row.ok_or_else(|| StoreError::corrupt("vault", "the house has no key"))?;
    let key = KeyRow::read(&row)?.open(vault)?;
    Ok(vault.house.get_or_init(|| key).clone())
}

/// Makes the house's own key, unless it is there.
async fn establish(on: &impl Handle, slot: &Slot, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Some(vault) = slot.get() else { return Err(locked()) };
    let wrapped = vault.masters.wrap(HOUSE, &DataKey::generate()?)?;
    let sql = "INSERT INTO data_keys (owner_id, owner_kind, wrapped, master_key, created_at) VALUES ($1, 'house', $2, $3, $4) \
               ON CONFLICT (owner_id) DO NOTHING";
    let values = [
        HOUSE.into(),
        wrapped.bytes.into(),
        wrapped.under.as_str().into(),
        micros(now).into(),
    ];
    on.executor().execute_raw(on.statement(sql, values)).await?;
    Ok(())
}

/// What a program learns that did not [unlock](Db::unlock) the database and asks for what is sealed in it.
pub(crate) fn locked() -> StoreError {
    StoreError::Setup("the vault is locked: this needs the master keys; see vault.master_keys_file".to_owned())
}

impl From<VaultError> for StoreError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Sealed(place) => Self::corrupt(place, "its seal does not open: it was changed or moved"),
            other => Self::Vault(other),
        }
    }
}

/// Finds the vault from wherever a query runs.
pub(crate) fn of(slot: &Slot) -> Result<&Vault, StoreError> {
    slot.get().ok_or_else(locked)
}
