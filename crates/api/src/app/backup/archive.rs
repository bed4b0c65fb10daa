//! The file of a backup: pieces, each with a name, sealed one by one in an order that cannot be changed.
//!
//! A line says what it is, one says under which master key its own key lies, and then come the pieces: four bytes of length and a
//! sealed part. Number and end are sealed with each, so that a piece that is left out, put in, moved, repeated or changed does not
//! open, and a file that is cut off has no end.

use std::io::{self, BufRead, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use stafett_vault::{DataKey, KeyId, MasterKeys, Opened, Part, Place, VaultError, Wrapped};
use uuid::Uuid;

/// What a file begins with.
const MAGIC: &str = "stafett backup 1\n";
/// No line of the beginning is longer, and no sealed piece.
const LONGEST_LINE: u64 = 4_096;
const LONGEST_PIECE: u32 = 64 << 20;

/// Why a file is no backup that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It begins with something else.
    #[error("it is no backup of this program")]
    Form,
    /// It ends too soon.
    #[error("it is cut off after {pieces} pieces")]
    Cut {
        /// So many came before.
        pieces: u32,
    },
    /// A piece does not open.
    #[error("it was changed: piece {piece} does not open")]
    Changed {
        /// Which, from 0.
        piece: u32,
    },
    /// Its key does not open.
    #[error("its key does not open: {0}")]
    Key(VaultError),
    /// More than can be told apart.
    #[error("it is too large")]
    TooLarge,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beginning {
    id: Uuid,
    key: String,
    wrapped: String,
}

/// One piece, opened.
#[derive(Debug)]
pub struct Piece {
    opened: Opened,
    name: usize,
}

impl Piece {
    /// What it is a piece of.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = self.opened.get(..self.name).unwrap_or_default();
        std::str::from_utf8(name).unwrap_or_default()
    }

    /// What is in it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.opened.get(self.name + 1..).unwrap_or_default()
    }
}

const fn part(id: Uuid, number: u32, last: bool) -> Part {
    let place = Place {
        table: "backup",
        column: "piece",
        row: id,
    };
    Part { place, number, last }
}

/// Writes a backup.
pub struct Writer<W> {
    to: W,
    id: Uuid,
    key: DataKey,
    number: u32,
}

impl<W: Write> Writer<W> {
    /// Begins, under a key of its own that the first master key wraps.
    ///
    /// # Errors
    /// [`ArchiveError`].
    pub fn begin(mut to: W, keys: &MasterKeys, id: Uuid) -> Result<Self, ArchiveError> {
        let key = DataKey::generate().map_err(ArchiveError::Key)?;
        let wrapped = keys.wrap(id, &key).map_err(ArchiveError::Key)?;
        let beginning = Beginning {
            id,
            key: wrapped.under.to_string(),
            wrapped: STANDARD.encode(wrapped.bytes),
        };
        to.write_all(MAGIC.as_bytes())?;
        serde_json::to_writer(&mut to, &beginning).map_err(io::Error::from)?;
        to.write_all(b"\n")?;
        let number = 0;
        Ok(Self { to, id, key, number })
    }

    /// Adds a piece. No name has a zero byte.
    ///
    /// # Errors
    /// [`ArchiveError`].
    pub fn piece(&mut self, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.add(name, bytes, false)
    }

    /// Ends the backup, and gives back where it was written to.
    ///
    /// # Errors
    /// [`ArchiveError`].
    pub fn finish(mut self) -> Result<W, ArchiveError> {
        self.add("", &[], true)?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn add(&mut self, name: &str, bytes: &[u8], last: bool) -> Result<(), ArchiveError> {
        let plain = zeroize::Zeroizing::new([name.as_bytes(), &[0], bytes].concat());
        let sealed = self
            .key
            .seal_part(part(self.id, self.number, last), &plain)
            .map_err(ArchiveError::Key)?;
        let length = u32::try_from(sealed.len())
            .ok()
            .filter(|length| *length <= LONGEST_PIECE);
        self.to
            .write_all(&length.ok_or(ArchiveError::TooLarge)?.to_be_bytes())?;
        self.to.write_all(&sealed)?;
        self.number = self.number.checked_add(1).ok_or(ArchiveError::TooLarge)?;
        Ok(())
    }
}

/// Reads a backup.
pub struct Reader<R> {
    from: R,
    id: Uuid,
    key: DataKey,
    number: u32,
    ended: bool,
}

impl<R: BufRead> Reader<R> {
    /// Reads the beginning.
    ///
    /// # Errors
    /// [`ArchiveError`].
    pub fn begin(mut from: R, keys: &MasterKeys) -> Result<Self, ArchiveError> {
        let mut magic = vec![0; MAGIC.len()];
        from.read_exact(&mut magic).map_err(|_short| ArchiveError::Form)?;
        if magic != MAGIC.as_bytes() {
            return Err(ArchiveError::Form);
        }
        let mut line = Vec::new();
        (&mut from).take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        let read: Option<Beginning> = serde_json::from_slice(&line).ok();
        let beginning = read.ok_or(ArchiveError::Form)?;
        let wrapped = Wrapped {
            under: KeyId::new(&beginning.key).ok_or(ArchiveError::Form)?,
            bytes: STANDARD
                .decode(beginning.wrapped)
                .map_err(|_rejected| ArchiveError::Form)?,
        };
        let key = keys.unwrap(beginning.id, &wrapped).map_err(ArchiveError::Key)?;
        Ok(Self {
            from,
            id: beginning.id,
            key,
            number: 0,
            ended: false,
        })
    }

    /// The next piece; none when the backup has ended as it should.
    ///
    /// # Errors
    /// [`ArchiveError`].
    pub fn next_piece(&mut self) -> Result<Option<Piece>, ArchiveError> {
        if self.ended {
            return Ok(None);
        }
        let number = self.number;
        let cut = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => ArchiveError::Cut { pieces: number },
            _ => ArchiveError::Io(error),
        };
        let mut length = [0; 4];
        self.from.read_exact(&mut length).map_err(cut)?;
        let length = u32::from_be_bytes(length);
        if length > LONGEST_PIECE {
            return Err(ArchiveError::Changed { piece: number });
        }
        let mut sealed = Vec::new();
        // Memory only for what is there.
        (&mut self.from).take(length.into()).read_to_end(&mut sealed)?;
        if sealed.len() < usize::try_from(length).unwrap_or(usize::MAX) {
            return Err(ArchiveError::Cut { pieces: number });
        }
        let opened = self.key.open_part(part(self.id, number, false), &sealed);
        self.number = number.checked_add(1).ok_or(ArchiveError::TooLarge)?;
        if let Ok(opened) = opened {
            let name = opened.iter().position(|byte| *byte == 0);
            return Ok(Some(Piece {
                name: name.ok_or(ArchiveError::Form)?,
                opened,
            }));
        }
        let changed = |_rejected| ArchiveError::Changed { piece: number };
        self.key
            .open_part(part(self.id, number, true), &sealed)
            .map_err(changed)?;
        self.ended = true;
        match self.from.read(&mut [0])? {
            0 => Ok(None),
            _ => Err(ArchiveError::Changed { piece: number + 1 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(name: &str) -> MasterKeys {
        MasterKeys::parse(&MasterKeys::fresh_line(&KeyId::new(name).unwrap()).unwrap()).unwrap()
    }

    fn written(keys: &MasterKeys) -> Vec<u8> {
        let mut writer = Writer::begin(Vec::new(), keys, Uuid::from_u128(7)).unwrap();
        for number in 0..4_u8 {
            writer.piece("database", &[number; 100]).unwrap();
        }
        writer.finish().unwrap()
    }

    fn read(file: &[u8], keys: &MasterKeys) -> Result<usize, ArchiveError> {
        let mut reader = Reader::begin(file, keys)?;
        let mut pieces = 0;
        while let Some(piece) = reader.next_piece()? {
            assert_eq!(
                (piece.name(), piece.bytes()),
                ("database", [pieces as u8; 100].as_slice())
            );
            pieces += 1;
        }
        assert!(reader.next_piece().unwrap().is_none());
        Ok(pieces)
    }

    #[test]
    fn what_was_written_is_read() {
        let keys = keys("a");
        assert_eq!(read(&written(&keys), &keys).unwrap(), 4);
    }

    #[test]
    fn no_byte_can_be_changed_taken_away_or_added() {
        let keys = keys("a");
        let file = written(&keys);
        for place in 0..file.len() {
            let mut changed = file.clone();
            changed[place] ^= 1;
            assert!(read(&changed, &keys).is_err(), "byte {place} changed");
            assert!(read(&file[..place], &keys).is_err(), "cut after {place}");
        }
        assert!(matches!(
            read(&[file.as_slice(), b"x"].concat(), &keys),
            Err(ArchiveError::Changed { piece: 5 })
        ));
    }

    #[test]
    fn pieces_stay_in_their_order_and_their_file() {
        let keys = keys("a");
        let (file, other) = (written(&keys), written(&keys));
        let length = 4 + 100 + "database".len() + 1 + stafett_vault::OVERHEAD;
        let last = 4 + 1 + stafett_vault::OVERHEAD;
        let begin = file.len() - last - 4 * length;
        let piece = |of: &[u8], number: usize| of[begin + number * length..begin + (number + 1) * length].to_vec();
        let swapped = [
            &file[..begin],
            &piece(&file, 1),
            &piece(&file, 0),
            &file[begin + 2 * length..],
        ]
        .concat();
        assert!(matches!(read(&swapped, &keys), Err(ArchiveError::Changed { piece: 0 })));
        let missing = [&file[..begin + length], &file[begin + 2 * length..]].concat();
        assert!(matches!(read(&missing, &keys), Err(ArchiveError::Changed { piece: 1 })));
        let mixed = [&file[..begin], &piece(&other, 0), &file[begin + length..]].concat();
        assert!(matches!(read(&mixed, &keys), Err(ArchiveError::Changed { piece: 0 })));
        let early = [&file[..begin + 2 * length], &file[begin + 4 * length..]].concat();
        assert!(matches!(read(&early, &keys), Err(ArchiveError::Changed { piece: 2 })));
    }

    #[test]
    fn another_master_key_is_named_when_it_is_missing() {
        let file = written(&keys("a"));
        assert!(matches!(
            read(&file, &keys("b")),
            Err(ArchiveError::Key(VaultError::Missing(_)))
        ));
        assert!(matches!(
            read(&file, &keys("a")),
            Err(ArchiveError::Key(VaultError::Wrong(_)))
        ));
        assert!(matches!(read(b"PK", &keys("a")), Err(ArchiveError::Form)));
    }
}
