//! What can go wrong with keys and seals.

use crate::master::KeyId;
use crate::seal::Place;

/// Why a key could not be used or a value not be opened. Never tells a key or a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The text with the master keys is not one.
    #[error(
        "line {line} of the master keys is not `id key` with 32 random bytes in base64; make one with `stafett vault key`"
    )]
    Format {
        /// From 1.
        line: usize,
    },
    /// Two master keys have one id.
    #[error("line {line} of the master keys has an id that stands above already; each key needs its own")]
    Twice {
        /// From 1.
        line: usize,
    },
    /// There is no master key.
    #[error("there is no master key; make one with `stafett vault key`")]
    None,
    /// What was wrapped names a master key that is not here.
    #[error("the master key {0} is missing; add its line to the master keys")]
    Missing(KeyId),
    /// A wrapped key does not open with the master key of that id.
    #[error("the master key {0} is not the one that was used; restore the right one")]
    Wrong(KeyId),
    /// A sealed value does not open where it lies.
    #[error("what is sealed in {0} does not open: it was changed or moved, or belongs to another key")]
    Sealed(Place),
    /// The operating system gave no random numbers.
    #[error("the operating system gives no random numbers, so nothing can be sealed")]
    Random,
}
