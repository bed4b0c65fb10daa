//! The state of a whole log in three lines: C2SP `tlog-checkpoint`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::note::{Note, NoteError, Signer, Verifier};
use crate::tree::{Hash, Head};

/// Which log, how many entries, and the root over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log, which is also that of the key that signs for it.
    pub origin: String,
    /// The tree.
    pub head: Head,
}

/// Why a text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is no note at all.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Its text is not origin, size and root.
    #[error("the note is no checkpoint: it must have an origin, a size and a root, each on a line")]
    Form,
}

impl Checkpoint {
    /// The note in which the log's key signs it.
    #[must_use]
    pub fn signed(&self, by: &Signer) -> Note {
        let text = self.to_string();
        let signatures = vec![by.sign(&text, 0)];
        Note { text, signatures }
    }
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.head.size, self.head.root)
    }
}

/// Lines after the third are the log's own affair and are passed over.
impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::Form);
        };
        let number: u64 = size.parse().map_err(|_rejected| CheckpointError::Form)?;
        let root = Hash::from_base64(root).ok_or(CheckpointError::Form)?;
        // Neither "+5" nor "05" is a size, and the last line ends.
        if origin.is_empty() || number.to_string() != size || !text.ends_with('\n') {
            return Err(CheckpointError::Form);
        }
        Ok(Self {
            origin: origin.to_owned(),
            head: Head { size: number, root },
        })
    }
}

/// A checkpoint with its note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// The note that says it.
    pub note: Note,
}

impl SignedCheckpoint {
    /// Whether the log's own key, one of these, has signed it.
    #[must_use]
    pub fn is_signed_by(&self, keys: &[Verifier]) -> bool {
        let own: Vec<_> = keys
            .iter()
            .filter(|key| key.name() == self.checkpoint.origin)
            .cloned()
            .collect();
        self.note.is_signed_by(&own)
    }

    /// How many of these witnesses have signed it, each counted once, by its key and not by its name.
    #[must_use]
    pub fn witnesses(&self, known: &[Verifier]) -> usize {
        let has_signed = |key: &&Verifier| {
            self.note
                .signatures
                .iter()
                .any(|signature| key.is_named_by(signature) && key.checks(&self.note.text, signature).is_some())
        };
        let keys: BTreeSet<_> = known.iter().filter(has_signed).map(Verifier::public).collect();
        keys.len()
    }
}

impl FromStr for SignedCheckpoint {
    type Err = CheckpointError;

    fn from_str(note: &str) -> Result<Self, CheckpointError> {
        let note: Note = note.parse()?;
        let checkpoint = note.text.parse()?;
        Ok(Self { checkpoint, note })
    }
}
