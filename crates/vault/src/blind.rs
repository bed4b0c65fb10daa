//! Finding equal values without storing them.

use std::fmt;

use aws_lc_rs::hmac;

use crate::data::DataKey;

const DERIVED_FOR: &[u8] = b"stafett/1/blind-index";

/// A keyed index: equal values give equal digests, and without the key a digest tells nothing, not even by trying every
/// number that there is.
///
/// ```
/// use stafett_vault::{BlindIndex, DataKey};
///
/// let index = BlindIndex::new(&DataKey::generate()?);
/// assert_eq!(index.digest("fnr", "17912099997"), index.digest("fnr", "17912099997"));
/// assert_ne!(index.digest("fnr", "17912099997"), index.digest("duf", "17912099997"));
/// # Ok::<(), stafett_vault::VaultError>(())
/// ```
#[derive(Clone)]
pub struct BlindIndex(hmac::Key);

impl BlindIndex {
    /// The index under a key of its own, which must be kept: another one finds nothing of what was indexed before.
    #[must_use]
    pub fn new(key: &DataKey) -> Self {
        // One that is derived, for the key itself may seal.
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &*key.0), DERIVED_FOR);
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// What stands for `value`, which the caller has brought into one form; `kind` keeps unlike things apart.
    #[must_use]
    pub fn digest(&self, kind: &str, value: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(kind.as_bytes());
        context.update(&[0]);
        context.update(value.as_bytes());
        context.sign().as_ref().to_vec()
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex")
    }
}
