//! # The ledger
//!
//! The arithmetic of a log that proves itself. What was written can be shown to stand in it, what was shown once can be shown to
//! stand in it still, and whoever changes something afterwards is found. There is no database here, no clock and no chance:
//! which rows become entries, and when, the store decides.
//!
//! * [`tree`]: the Merkle tree of RFC 6962. [`tree::Edge`] grows it, [`tree::Proof`] is what shows that an entry, or an older
//!   tree, lies in it.
//! * [`note`]: text with signatures (C2SP `signed-note`), by Ed25519 keys whose name and id stand beside each signature.
//! * [`checkpoint`]: the state of the whole log in three lines (C2SP `tlog-checkpoint`), and the statements of witnesses about
//!   one (C2SP `tlog-cosignature`).
//! * [`canonical`]: the one form in which an entry is hashed.
//! * [`export`]: a log as a file, and the judge that holds one against signatures and older checkpoints and says what was
//!   changed in it, and where.
//!
//! **Architecture invariant:** an entry is judged by its bytes alone, so that nobody needs this program, its database or its
//! vocabulary to check a proof.

#![warn(missing_docs)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test may panic"
    )
)]

pub mod canonical;
pub mod checkpoint;
pub mod export;
pub mod note;
pub mod tree;
