//! The key of one person.

use std::fmt;

use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::seal::{self, KEY_LEN, Opened, Part, Place};

/// The key that seals what is told of one person. It is kept wrapped; see [`crate::MasterKeys`].
///
/// ```
/// use stafett_vault::{DataKey, Place};
///
/// let key = DataKey::generate()?;
/// let place = Place { table: "texts", column: "body", row: uuid::Uuid::from_u128(1) };
/// let sealed = key.seal(place, "møtte en ung ved elva".as_bytes())?;
/// assert_eq!(&key.open(place, &sealed)?[..], "møtte en ung ved elva".as_bytes());
///
/// let elsewhere = Place { row: uuid::Uuid::from_u128(2), ..place };
/// assert!(key.open(elsewhere, &sealed).is_err());
/// # Ok::<(), stafett_vault::VaultError>(())
/// ```
#[derive(Clone)]
pub struct DataKey(pub(crate) Zeroizing<[u8; KEY_LEN]>);

impl DataKey {
    /// A fresh key.
    ///
    /// # Errors
    /// [`VaultError::Random`].
    pub fn generate() -> Result<Self, VaultError> {
        let mut key = Zeroizing::new([0; KEY_LEN]);
        rand::fill(&mut *key).map_err(|_unspecified| VaultError::Random)?;
        Ok(Self(key))
    }

    /// Seals `plain` for `place`. Each call yields other bytes.
    ///
    /// # Errors
    /// [`VaultError::Random`].
    pub fn seal(&self, place: Place, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        seal::seal(&self.0, place, plain).ok_or(VaultError::Random)
    }

    /// Opens what was sealed for `place`.
    ///
    /// # Errors
    /// [`VaultError::Sealed`] when it was changed or moved, or is another key's.
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<Opened, VaultError> {
        seal::open(&self.0, place, sealed).ok_or(VaultError::Sealed(place))
    }

    /// Seals one part of something large.
    ///
    /// # Errors
    /// [`VaultError::Random`].
    pub fn seal_part(&self, part: Part, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        seal::seal(&self.0, part, plain).ok_or(VaultError::Random)
    }

    /// Opens what was sealed as that part.
    ///
    /// # Errors
    /// [`VaultError::Sealed`] when it was changed, or is another part or another key's.
    pub fn open_part(&self, part: Part, sealed: &[u8]) -> Result<Opened, VaultError> {
        seal::open(&self.0, part, sealed).ok_or(VaultError::Sealed(part.place))
    }

    /// Seals another key under this one: that of a file under its owner's, so that who destroys the owner's has destroyed both.
    ///
    /// # Errors
    /// [`VaultError::Random`].
    pub fn seal_key(&self, place: Place, key: &Self) -> Result<Vec<u8>, VaultError> {
        self.seal(place, &*key.0)
    }

    /// The other key again.
    ///
    /// # Errors
    /// As for [`DataKey::open`].
    pub fn open_key(&self, place: Place, sealed: &[u8]) -> Result<Self, VaultError> {
        let opened = self.open(place, sealed)?;
        let bytes: [u8; KEY_LEN] = opened
            .as_slice()
            .try_into()
            .map_err(|_length| VaultError::Sealed(place))?;
        Ok(Self(Zeroizing::new(bytes)))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey")
    }
}
