//! The keys of the installation.

use std::fmt;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::data::DataKey;
use crate::error::VaultError;
use crate::seal::{self, KEY_LEN, Place};

/// The name of a master key: 1 to 32 small letters, digits and hyphens, such as `2026-11`. It is no secret.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(String);

impl KeyId {
    /// A name, when it is one.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let fits = (1..=32).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        fits.then(|| Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A data key as it is stored: wrapped under the master key of that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// Under which master key.
    pub under: KeyId,
    /// The wrapped key.
    pub bytes: Vec<u8>,
}

/// The master keys: one line for each, `id key`, the key being 32 random bytes in base64. The first wraps; the others are
/// former ones that still unwrap. Empty lines and those that begin with `#` are skipped.
///
/// ```
/// use stafett_vault::{DataKey, KeyId, MasterKeys};
///
/// let old = MasterKeys::fresh_line(&KeyId::new("2026-11").unwrap())?;
/// let new = MasterKeys::fresh_line(&KeyId::new("2027-05").unwrap())?;
/// let person = uuid::Uuid::from_u128(7);
/// let wrapped = MasterKeys::parse(&old)?.wrap(person, &DataKey::generate()?)?;
///
/// // The new key first: what the old one wrapped still opens, and is wrapped anew when there is time.
/// let both = MasterKeys::parse(&format!("{}\n{}", *new, *old))?;
/// let key = both.unwrap(person, &wrapped)?;
/// assert_eq!(both.wrap(person, &key)?.under, KeyId::new("2027-05").unwrap());
/// # Ok::<(), stafett_vault::VaultError>(())
/// ```
#[derive(Clone)]
pub struct MasterKeys {
    first: (KeyId, DataKey),
    former: Vec<(KeyId, DataKey)>,
}

impl MasterKeys {
    /// Reads the keys.
    ///
    /// # Errors
    /// [`VaultError::Format`], [`VaultError::Twice`] or [`VaultError::None`].
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        let mut keys: Vec<(KeyId, DataKey)> = Vec::new();
        let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        for (line, written) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let (id, key) = read(written).ok_or(VaultError::Format { line })?;
            if keys.iter().any(|(other, _)| *other == id) {
                return Err(VaultError::Twice { line });
            }
            keys.push((id, key));
        }
        let mut keys = keys.into_iter();
        let first = keys.next().ok_or(VaultError::None)?;
        Ok(Self {
            first,
            former: keys.collect(),
        })
    }

    /// A line with a fresh key of this name.
    ///
    /// # Errors
    /// [`VaultError::Random`].
    pub fn fresh_line(id: &KeyId) -> Result<Zeroizing<String>, VaultError> {
        let mut key = Zeroizing::new([0; KEY_LEN]);
        rand::fill(&mut *key).map_err(|_unspecified| VaultError::Random)?;
        let encoded = Zeroizing::new(STANDARD.encode(key.as_slice()));
        Ok(Zeroizing::new(format!("{id} {}", *encoded)))
    }

    /// The name of the key that wraps.
    #[must_use]
    pub const fn current(&self) -> &KeyId {
        &self.first.0
    }

    /// The names of all keys, the one that wraps first.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.all().map(|(id, _)| id)
    }

    /// Wraps the key of `owner` under the current master key.
    ///
    /// # Errors
    /// [`VaultError::Random`].
    pub fn wrap(&self, owner: Uuid, key: &DataKey) -> Result<Wrapped, VaultError> {
        let (id, master) = &self.first;
        let bytes = seal::seal(&master.0, place(owner), &*key.0).ok_or(VaultError::Random)?;
        Ok(Wrapped {
            under: id.clone(),
            bytes,
        })
    }

    /// The key of `owner` again.
    ///
    /// # Errors
    /// [`VaultError::Missing`] when its master key is not here, [`VaultError::Wrong`] when it does not open.
    pub fn unwrap(&self, owner: Uuid, wrapped: &Wrapped) -> Result<DataKey, VaultError> {
        let (id, master) = self
            .all()
            .find(|(id, _)| *id == wrapped.under)
            .ok_or_else(|| VaultError::Missing(wrapped.under.clone()))?;
        let wrong = || VaultError::Wrong(id.clone());
        let opened = seal::open(&master.0, place(owner), &wrapped.bytes).ok_or_else(wrong)?;
        let bytes: [u8; KEY_LEN] = opened.as_slice().try_into().map_err(|_length| wrong())?;
        Ok(DataKey(Zeroizing::new(bytes)))
    }

    fn all(&self) -> impl Iterator<Item = &(KeyId, DataKey)> {
        std::iter::once(&self.first).chain(&self.former)
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

/// A wrapped key opens for its owner only.
const fn place(owner: Uuid) -> Place {
    Place {
        table: "data_keys",
        column: "wrapped",
        row: owner,
    }
}

fn read(line: &str) -> Option<(KeyId, DataKey)> {
    let (id, key) = line.split_once(char::is_whitespace)?;
    let key = Zeroizing::new(STANDARD.decode(key.trim()).ok()?);
    let key: [u8; KEY_LEN] = key.as_slice().try_into().ok()?;
    Some((KeyId::new(id)?, DataKey(Zeroizing::new(key))))
}
