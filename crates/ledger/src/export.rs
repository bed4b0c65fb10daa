//! A log as a file, and the judge of one.
//!
//! A file is lines. The first says what it is; then come entries, in their order, and after each batch the checkpoint that was
//! signed over all entries so far, with the hash of each entry of the batch:
//!
//! ```text
//! {"format":"stafett-sealed-log/1"}
//! {"entry":{…},"index":0}
//! {"entry":{…},"index":1}
//! {"checkpoint":"…","hashes":["…","…"]}
//! ```
//!
//! Each line is [canonical](crate::canonical), so that any changed byte is a finding. The hashes prove nothing by themselves:
//! they are held against the root that was signed, and once they agree with it they say which entry is not what it was.

mod align;
mod judge;

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::canonical::canonical;
use crate::tree::Hash;

pub use judge::{Demands, Finding, Judge, Kind, Report, judge};

/// What the first line says.
const FORMAT: &str = "stafett-sealed-log/1";
const ENTRY: &str = r#"{"entry":"#;
const INDEX: &str = r#","index":"#;

/// Writes the first line.
///
/// # Errors
/// Those of `to`.
pub fn begin(to: &mut impl Write) -> io::Result<()> {
    writeln!(to, "{}", first_line())
}

/// Writes an entry, given in its canonical form.
///
/// # Errors
/// Those of `to`.
pub fn entry(to: &mut impl Write, index: u64, leaf: &str) -> io::Result<()> {
    writeln!(to, "{ENTRY}{leaf}{INDEX}{index}}}")
}

/// Writes a checkpoint with the hashes of the entries since the one before.
///
/// # Errors
/// Those of `to`.
pub fn checkpoint(to: &mut impl Write, note: &str, hashes: &[Hash]) -> io::Result<()> {
    writeln!(to, "{}", checkpoint_line(note, hashes))
}

fn first_line() -> String {
    canonical(&json!({ "format": FORMAT }))
}

fn checkpoint_line(note: &str, hashes: &[Hash]) -> String {
    let hashes: Vec<_> = hashes.iter().map(Hash::to_string).collect();
    canonical(&json!({ "checkpoint": note, "hashes": hashes }))
}

/// A line of a file, as it is read.
#[derive(Debug, PartialEq, Eq)]
enum Line<'a> {
    Entry { index: u64, leaf: &'a str },
    Checkpoint { note: String, hashes: Vec<Hash> },
}

impl<'a> Line<'a> {
    /// None when it is neither, or not in its one form.
    fn read(line: &'a str) -> Option<Self> {
        match line.strip_prefix(ENTRY) {
            Some(rest) => {
                let (leaf, index) = rest.strip_suffix('}')?.rsplit_once(INDEX)?;
                let number: u64 = index.parse().ok()?;
                (number.to_string() == index).then_some(Self::Entry { index: number, leaf })
            }
            None => {
                let value: Value = serde_json::from_str(line).ok()?;
                let note = value.get("checkpoint")?.as_str()?.to_owned();
                let hashes = value.get("hashes")?.as_array()?;
                let hashes: Vec<_> = hashes
                    .iter()
                    .map(|hash| Hash::from_base64(hash.as_str()?))
                    .collect::<Option<_>>()?;
                (checkpoint_line(&note, &hashes) == line).then_some(Self::Checkpoint { note, hashes })
            }
        }
    }
}

/// The id that an entry says it has.
fn id_of(leaf: &str) -> Option<String> {
    let entry: Value = serde_json::from_str(leaf).ok()?;
    Some(entry.get("id")?.as_str()?.to_owned())
}
