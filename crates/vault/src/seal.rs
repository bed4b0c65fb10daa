//! The seal itself: a nonce, a ciphertext and a tag, bound to the place where they lie.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use uuid::Uuid;
use zeroize::Zeroizing;

/// What a seal begins with, should there ever be another kind.
const VERSION: u8 = 1;
/// Bytes of an AES-256 key.
pub(crate) const KEY_LEN: usize = 32;

/// What was sealed, opened; its memory is cleared when it goes.
pub type Opened = Zeroizing<Vec<u8>>;

/// Where a sealed value lies: table, column and row. The value opens only there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's id.
    pub row: Uuid,
}

impl Place {
    /// The bytes that are authenticated; the parts cannot run into each other, for no name has a slash.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("stafett/{VERSION}/{}/{}/", self.table, self.column).into_bytes();
        bytes.extend_from_slice(self.row.as_bytes());
        bytes
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} of {}", self.table, self.column, self.row)
    }
}

/// A part of something that is too large to be sealed in one piece: where it lies, its number from 0, and whether it is the
/// last. Bound to all three, parts cannot be left out, moved or cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Where the whole lies.
    pub place: Place,
    /// Its number, from 0.
    pub number: u32,
    /// Whether nothing comes after it.
    pub last: bool,
}

impl Part {
    /// What is authenticated of a place has one length, so that no whole value can pass for a part.
    fn bytes(self) -> Vec<u8> {
        let mut bytes = self.place.bytes();
        bytes.extend_from_slice(&self.number.to_be_bytes());
        bytes.push(u8::from(self.last));
        bytes
    }
}

/// How many bytes a seal adds.
pub const OVERHEAD: usize = 1 + NONCE_LEN + TAG_LEN;

/// Bytes of an authentication tag.
const TAG_LEN: usize = 16;

/// What a seal is bound to.
pub(crate) trait Bound {
    /// The bytes that are authenticated with the value.
    fn authenticated(&self) -> Vec<u8>;
}

impl Bound for Place {
    fn authenticated(&self) -> Vec<u8> {
        self.bytes()
    }
}

impl Bound for Part {
    fn authenticated(&self) -> Vec<u8> {
        self.bytes()
    }
}

/// Seals `plain`; nothing when the system gives no random numbers.
pub(crate) fn seal(key: &[u8; KEY_LEN], place: impl Bound, plain: &[u8]) -> Option<Vec<u8>> {
    let cipher = RandomizedNonceKey::new(&AES_256_GCM_SIV, key).ok()?;
    let mut in_out = Zeroizing::new(plain.to_vec());
    let nonce = cipher
        .seal_in_place_append_tag(Aad::from(place.authenticated()), &mut *in_out)
        .ok()?;
    let mut sealed = Vec::with_capacity(1 + NONCE_LEN + in_out.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(nonce.as_ref());
    sealed.extend_from_slice(&in_out);
    Some(sealed)
}

/// Opens what [`seal`] sealed there; nothing when it was changed or moved, or the key is another.
pub(crate) fn open(key: &[u8; KEY_LEN], place: impl Bound, sealed: &[u8]) -> Option<Opened> {
    let (&VERSION, rest) = sealed.split_first()? else {
        return None;
    };
    let (nonce, ciphertext) = rest.split_at_checked(NONCE_LEN)?;
    let cipher = RandomizedNonceKey::new(&AES_256_GCM_SIV, key).ok()?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut in_out = Zeroizing::new(ciphertext.to_vec());
    let length = cipher
        .open_in_place(nonce, Aad::from(place.authenticated()), &mut in_out)
        .ok()?
        .len();
    in_out.truncate(length);
    Some(in_out)
}
