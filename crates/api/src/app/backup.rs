//! A backup of everything but the keys: the database as of one instant, and the files that it names, sealed under a key of its own
//! that the first master key wraps. What was erased before it was made is in no backup; what was erased afterwards is gone from it
//! when that master key is destroyed.

pub mod archive;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stafett_store::attachments::ObjectId;
use stafett_store::copy::{CopyError, Restoring, Shape, Sink, Turn};
use stafett_store::{Db, StoreError, audit, instance, sessions};
use stafett_vault::MasterKeys;
use uuid::Uuid;

use crate::files::{Files, FilesError};
use archive::{ArchiveError, Piece, Reader, Writer};

/// What the pieces are of.
const MANIFEST: &str = "manifest";
const DATABASE: &str = "database/";
const FILE: &str = "file/";
/// So much of a file is a piece.
const PIECE: usize = 1 << 20;

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store of files.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The backup's file.
    #[error("the backup cannot be used: {0}")]
    Archive(#[from] ArchiveError),
    /// What is in it is not what this program writes.
    #[error("the backup cannot be used: {0}")]
    Contents(String),
}

impl From<io::Error> for BackupError {
    fn from(error: io::Error) -> Self {
        Self::Archive(ArchiveError::Io(error))
    }
}

impl From<CopyError> for BackupError {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Store(error) => Self::Store(error),
            CopyError::Bytes(error) => Self::from(error),
        }
    }
}

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// By which version.
    pub program: String,
    /// The master keys under which the database keeps its keys.
    pub master_keys: Vec<String>,
    /// What the database had.
    pub shape: Shape,
}

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Bytes by stream of the database.
    pub streams: BTreeMap<String, u64>,
    /// Bytes by file.
    pub files: BTreeMap<Uuid, u64>,
    /// Files that were taken away while it was made.
    pub missing: Vec<Uuid>,
}

/// Makes a backup while the servers run, in a folder in which it is our turn.
///
/// # Errors
/// [`BackupError`]; what was written until then is no backup. The keys must be those of the database.
pub async fn make<W: Write>(
    db: &Db,
    files: &Files,
    keys: &MasterKeys,
    (scratch, turn): (&Path, &Turn),
    now: DateTime<Utc>,
    to: W,
) -> Result<W, BackupError> {
    // Sealed under other keys than the database's it would look like one and open nothing.
    db.unlock(keys.clone()).await?;
    let in_use = db.master_keys_in_use().await?;
    let writer = Writer::begin(to, keys, Uuid::now_v7())?;
    let mut taking = Taking {
        writer,
        at: now,
        master_keys: in_use.iter().map(ToString::to_string).collect(),
    };
    let shape = db.copy_out(scratch, turn, &mut taking).await?;
    let mut writer = taking.writer;
    for object in shape.objects() {
        // Whoever took it away meanwhile has taken it away.
        let Some(bytes) = files.bytes(object).await? else {
            continue;
        };
        for piece in bytes.chunks(PIECE) {
            writer.piece(&format!("{FILE}{}", object.0), piece)?;
        }
    }
    Ok(writer.finish()?)
}

struct Taking<W> {
    writer: Writer<W>,
    at: DateTime<Utc>,
    master_keys: Vec<String>,
}

impl<W: Write> Sink for Taking<W> {
    fn shape(&mut self, shape: &Shape) -> io::Result<()> {
        let manifest = Manifest {
            at: self.at,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            master_keys: self.master_keys.clone(),
            shape: shape.clone(),
        };
        let manifest = serde_json::to_vec(&manifest)?;
        self.writer.piece(MANIFEST, &manifest).map_err(io::Error::other)
    }

    fn piece(&mut self, stream: &str, bytes: &[u8]) -> io::Result<()> {
        self.writer
            .piece(&format!("{DATABASE}{stream}"), bytes)
            .map_err(io::Error::other)
    }
}

/// Reads a backup to its end: whether each piece is what was written, all are there, and the keys open what is in it.
///
/// # Errors
/// [`BackupError`].
pub fn verify(from: impl BufRead, keys: &MasterKeys) -> Result<Contents, BackupError> {
    let mut pieces = Pieces::begin(from, keys)?;
    let manifest = pieces.manifest()?;
    let lacks = |name: &&String| !keys.ids().any(|key| key.as_str() == name.as_str());
    if let Some(missing) = manifest.master_keys.iter().find(lacks) {
        return Err(BackupError::Contents(format!(
            "what is sealed in it needs the master key `{missing}` too; put that among the keys"
        )));
    }
    let (mut streams, mut files) = (BTreeMap::new(), BTreeMap::new());
    while let Some(piece) = pieces.next()? {
        let size = piece.bytes().len() as u64;
        if let Some(stream) = piece.name().strip_prefix(DATABASE) {
            *streams.entry(stream.to_owned()).or_insert(0) += size;
        } else {
            *files.entry(object(piece.name())?.0).or_insert(0) += size;
        }
    }
    let promised: BTreeSet<_> = manifest.shape.streams.iter().map(|stream| &stream.name).collect();
    if !streams.keys().eq(promised) {
        return Err(BackupError::Contents("it lacks a part of the database".to_owned()));
    }
    let named: BTreeSet<_> = manifest.shape.objects.iter().copied().collect();
    if files.keys().any(|file| !named.contains(file)) {
        return Err(BackupError::Contents(
            "it has a file that the database does not name".to_owned(),
        ));
    }
    let missing = named.into_iter().filter(|object| !files.contains_key(object)).collect();
    Ok(Contents {
        manifest,
        streams,
        files,
        missing,
    })
}

/// Puts a backup into an empty database and its files into their store. The database is there only when all of it is; files come before,
/// under names that nothing else has. Verify the backup first, and [`settle`] afterwards.
///
/// # Errors
/// [`BackupError`]; the database has no row then.
pub async fn restore(
    from: impl BufRead,
    keys: &MasterKeys,
    url: &str,
    files: &Files,
    now: DateTime<Utc>,
) -> Result<(), BackupError> {
    let mut pieces = Pieces::begin(from, keys)?;
    let manifest = pieces.manifest()?;
    let mut restoring = Restoring::begin(url, &manifest.shape).await?;
    while let Some(name) = pieces.ahead() {
        if let Some(stream) = name.strip_prefix(DATABASE) {
            restoring.stream(stream, || pieces.more(&name)).await?;
        } else {
            let mut whole = Vec::new();
            while let Some(bytes) = pieces.more(&name)? {
                whole.extend_from_slice(&bytes);
            }
            files.put(object(&name)?, whole).await?;
        }
    }
    Ok(restoring.finish(&now.to_rfc3339()).await?)
}

/// After a restore, and after the tables were brought up to date: nobody is signed in as they were then, and the trail says that it
/// was restored. Does nothing in a database that was not, so every start of a server calls it.
///
/// # Errors
/// The store's.
pub async fn settle(db: &Db, now: DateTime<Utc>) -> Result<Option<u64>, StoreError> {
    let Some(at) = instance::get(db, stafett_store::copy::RESTORED).await? else {
        return Ok(None);
    };
    let tx = db.write_tx().await?;
    let ended = sessions::end_everybodys(&tx, now).await?;
    instance::take_away(&tx, stafett_store::copy::RESTORED, &at).await?;
    let entry = audit::Entry {
        at: now,
        actor: None,
        agency: None,
        role: None,
        action: "restore",
        object_kind: "database",
        object: None,
        request_id: None,
        body: serde_json::json!({ "restoredAt": at, "sessionsEnded": ended }),
    };
    audit::record(&tx, &entry).await?;
    tx.commit().await?;
    Ok(Some(ended))
}

fn object(name: &str) -> Result<ObjectId, BackupError> {
    let id = name.strip_prefix(FILE).and_then(|id| Uuid::parse_str(id).ok());
    id.map(ObjectId)
        .ok_or_else(|| BackupError::Contents("it has something that is no part of a backup".to_owned()))
}

/// The pieces of a backup, with one of them known before it is taken.
struct Pieces<R> {
    reader: Reader<R>,
    held: Option<Piece>,
}

impl<R: BufRead> Pieces<R> {
    fn begin(from: R, keys: &MasterKeys) -> Result<Self, BackupError> {
        let mut reader = Reader::begin(from, keys)?;
        let held = reader.next_piece()?;
        Ok(Self { reader, held })
    }

    fn next(&mut self) -> Result<Option<Piece>, ArchiveError> {
        match self.held.take() {
            None => Ok(None),
            held => {
                self.held = self.reader.next_piece()?;
                Ok(held)
            }
        }
    }

    /// What the next piece is of.
    fn ahead(&self) -> Option<String> {
        self.held.as_ref().map(|piece| piece.name().to_owned())
    }

    /// The next piece, if it is of this.
    fn more(&mut self, name: &str) -> io::Result<Option<Vec<u8>>> {
        if self.held.as_ref().is_none_or(|piece| piece.name() != name) {
            return Ok(None);
        }
        let piece = self.next().map_err(io::Error::other)?;
        Ok(piece.map(|piece| piece.bytes().to_vec()))
    }

    fn manifest(&mut self) -> Result<Manifest, BackupError> {
        let piece = self.next()?.filter(|piece| piece.name() == MANIFEST);
        let manifest = piece.and_then(|piece| serde_json::from_slice(piece.bytes()).ok());
        manifest.ok_or_else(|| BackupError::Contents("it does not say what it holds".to_owned()))
    }
}
