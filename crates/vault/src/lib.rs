//! # The vault
//!
//! That a child is known to a service at all is confidential, so what is told of a youth lies sealed in the database, and
//! whoever steals a disk, a backup or a dump reads nothing. This crate holds the keys and the seals, and no database: what
//! is sealed where, the store decides.
//!
//! * [`MasterKeys`]: the few keys of the installation, read from a file or the environment. The first wraps, all unwrap; so
//!   a key is replaced without a pause by putting a new one first and wrapping anew what the old one wrapped.
//! * [`DataKey`]: one key for each person, and for each referral that tells of nobody. It seals every text about them, and is
//!   itself kept only wrapped. Destroying the wrapped key erases all that it sealed, in every copy at once, while the history
//!   of the referral, which holds no text, stays whole and provable.
//! * [`Part`]: a piece of something large, such as a file, which is sealed piece by piece under a key of its own.
//! * [`Place`]: where a sealed value lies. It is authenticated with the value, so that one that is moved to another row or
//!   column does not open.
//! * [`BlindIndex`]: finds equal values without storing them, for "is this number known here".
//!
//! All cryptography is aws-lc-rs: AES-256-GCM-SIV (RFC 8452), which keeps its promise should a random number ever repeat, and
//! HMAC-SHA-256. **Architecture invariant:** no key and no opened value implements `Debug` or `Display` with its content, and
//! an error says which key or place is concerned, never what was in it.

mod blind;
mod data;
mod error;
mod master;
mod seal;

pub use blind::BlindIndex;
pub use data::DataKey;
pub use error::VaultError;
pub use master::{KeyId, MasterKeys, Wrapped};
pub use seal::{OVERHEAD, Opened, Part, Place};
