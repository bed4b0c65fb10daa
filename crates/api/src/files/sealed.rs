//! An object: the parts of one file, each sealed and bound to its place in it, one after the other.
//!
//! A part has 64 KiB of the file, the last one what is left. Each is sealed as *this file's part n*, the last one also as the
//! last, so that an object that was cut, spliced or swapped does not open.

use actix_web::web::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;
use object_store::buffered::BufWriter;
use sha2::{Digest, Sha256};
use stafett_store::attachments::{ObjectId, Written};
use stafett_vault::{DataKey, OVERHEAD, Part, Place};
use tokio::io::AsyncWriteExt as _;

use super::{Files, FilesError};

/// Bytes of the file in one part.
const PART: usize = 64 * 1024;
/// So much is gathered before something is sent to the store; S3 takes no smaller pieces.
const GATHERED: usize = 5 * 1024 * 1024;

/// An object in the making.
pub struct Writer<'a> {
    key: &'a DataKey,
    place: Place,
    object: ObjectId,
    out: BufWriter,
    part: Vec<u8>,
    number: u32,
    size: u64,
    hash: Sha256,
}

impl Files {
    /// Begins to write an object, under this key and for this place.
    pub fn writer<'a>(&self, object: ObjectId, key: &'a DataKey, place: Place) -> Writer<'a> {
        let path = self.path(object);
        let out = BufWriter::with_capacity(self.store.clone(), path, GATHERED).with_max_concurrency(1);
        Writer {
            key,
            place,
            object,
            out,
            part: Vec::with_capacity(PART),
            number: 0,
            size: 0,
            hash: Sha256::new(),
        }
    }

    /// The content of an object, part by part. A part that does not open ends it with an error: who reads has then got less
    /// than they were promised.
    ///
    /// # Errors
    /// When the store does not answer or lacks the object.
    pub async fn read(
        &self,
        object: ObjectId,
        key: DataKey,
        place: Place,
    ) -> Result<BoxStream<'static, Result<Bytes, FilesError>>, FilesError> {
        let got = self.store.get(&self.path(object)).await?;
        let reader = Reader {
            total: got.meta.size,
            source: got.into_stream().map_err(FilesError::from).boxed(),
            key,
            place,
            kept: Vec::new(),
            read: 0,
            number: 0,
        };
        Ok(stream::try_unfold(reader, |mut reader| async move {
            Ok(reader.next().await?.map(|part| (part, reader)))
        })
        .boxed())
    }
}

impl Writer<'_> {
    /// Adds bytes.
    ///
    /// # Errors
    /// When the store does not take them.
    pub async fn push(&mut self, mut bytes: &[u8]) -> Result<(), FilesError> {
        while !bytes.is_empty() {
            // A full part is sealed only once it is known not to be the last.
            if self.part.len() == PART {
                self.flush(false).await?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(PART - self.part.len()));
            self.part.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Writes the last part. When this returns, the store has it for good.
    ///
    /// # Errors
    /// When the store does not take it.
    pub async fn finish(mut self) -> Result<Written, FilesError> {
        self.flush(true).await?;
        self.out.shutdown().await.map_err(from_io)?;
        Ok(Written {
            id: self.object,
            size: self.size,
            digest: hex::encode(self.hash.finalize()),
        })
    }

    /// Leaves it: what was sent is taken back.
    pub async fn abort(mut self) {
        // What is left then, the janitor finds.
        let _as_well_as_it_goes = self.out.abort().await;
    }

    async fn flush(&mut self, last: bool) -> Result<(), FilesError> {
        let part = Part {
            place: self.place,
            number: self.number,
            last,
        };
        let sealed = self.key.seal_part(part, &self.part)?;
        self.hash.update(&sealed);
        self.size += sealed.len() as u64;
        self.number = self.number.saturating_add(1);
        self.part.clear();
        self.out.put(sealed.into()).await?;
        Ok(())
    }
}

fn from_io(error: std::io::Error) -> FilesError {
    FilesError::Store(object_store::Error::Generic {
        store: "files",
        source: Box::new(error),
    })
}

struct Reader {
    source: BoxStream<'static, Result<Bytes, FilesError>>,
    total: u64,
    key: DataKey,
    place: Place,
    kept: Vec<u8>,
    read: u64,
    number: u32,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Bytes>, FilesError> {
        let left = self.total - self.read;
        if left == 0 {
            return Ok(None);
        }
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(PART + OVERHEAD);
        while self.kept.len() < wanted {
            match self.source.try_next().await? {
                Some(bytes) => self.kept.extend_from_slice(&bytes),
                None => return Err(FilesError::Cut),
            }
        }
        let rest = self.kept.split_off(wanted);
        let sealed = std::mem::replace(&mut self.kept, rest);
        self.read += wanted as u64;
        let part = Part {
            place: self.place,
            number: self.number,
            last: self.read == self.total,
        };
        let opened = self.key.open_part(part, &sealed)?;
        self.number = self.number.saturating_add(1);
        Ok(Some(Bytes::copy_from_slice(&opened)))
    }
}

/// Reads a stream of bytes to its end.
///
/// # Errors
/// The stream's.
pub async fn whole<E>(mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin) -> Result<Vec<u8>, E> {
    let mut bytes = Vec::new();
    while let Some(part) = stream.next().await {
        bytes.extend_from_slice(&part?);
    }
    Ok(bytes)
}
