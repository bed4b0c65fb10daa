//! Files that belong to referrals. What is in them lies outside, in a store of objects, each sealed under a key of its own;
//! that key and the file's name lie here, sealed under the key of whoever the referral tells of.
//!
//! An object has three states. It is `writing` from before its first byte until a file names it, `kept` from that commit on,
//! and `unwanted` when its file is taken away or erased, or when nobody finished writing. Only what is `unwanted` is ever
//! deleted, and only what is `writing` can become `kept`: of a file that is stored late and a janitor that comes early, one
//! finds the row changed and gives up.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Deserialize, Serialize};
use stafett_vault::{DataKey, Place};
use stafett_workflow::agency::{AgencyId, AttachmentId, UserId};
use uuid::Uuid;

use crate::connect::{Db, Handle, Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::idempotency;
use crate::looks::Sight;
use crate::map::micros;
use crate::referrals::{Record, placeholder};
use crate::vault::{self, OwnerKey};

/// What the digest of a received file is keyed as.
const RECEIVED: &str = "attachment";

/// An object in the store of objects: its name there tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId(pub Uuid);

/// What is told of a file, sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// What it is called.
    pub name: String,
}

// A file's name must never reach a log.
impl std::fmt::Debug for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Label")
    }
}

/// A file on its way into the database; its object is written.
#[derive(Debug)]
pub struct NewAttachment<'a> {
    /// Its id.
    pub id: AttachmentId,
    /// Where its content lies.
    pub object: Written,
    /// Under which key.
    pub key: &'a DataKey,
    /// What it is called.
    pub label: &'a Label,
    /// What it is, of the closed list of those that are taken.
    pub media_type: &'a str,
    /// How many bytes its reader gets.
    pub size: u64,
    /// A digest of what was sent, by which a repeated request is recognised.
    pub received: &'a str,
    /// Who added it.
    pub author: UserId,
    /// For which agency.
    pub agency: AgencyId,
    /// When.
    pub at: DateTime<Utc>,
}

/// An object that has been written whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its name.
    pub id: ObjectId,
    /// How many bytes it has there.
    pub size: u64,
    /// SHA-256 of these, in hexadecimal. They are sealed, so the digest tells nothing.
    pub digest: String,
}

/// A file as it is stored.
#[derive(Clone)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// What it is called; nothing once it is taken away or erased.
    pub label: Option<Label>,
    /// What it is.
    pub media_type: String,
    /// How many bytes its reader gets.
    pub size: u64,
    /// Who added it.
    pub author: UserId,
    /// For which agency.
    pub agency: AgencyId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was taken away, if it was.
    pub removed_at: Option<DateTime<Utc>>,
    content: Option<(ObjectId, Option<DataKey>)>,
    received: String,
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attachment")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Attachment {
    /// Whether there is anything in it: it was neither taken away nor erased.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.content.is_some()
    }

    /// Where its content lies and under which key; nothing once it is taken away or erased, and to whoever does not look by
    /// right.
    #[must_use]
    pub fn content(&self) -> Option<(ObjectId, &DataKey)> {
        let (object, key) = self.content.as_ref()?;
        Some((*object, key.as_ref()?))
    }

    /// Whether a request with this digest made it.
    ///
    /// # Errors
    /// When the vault is locked.
    pub async fn was_made_by(&self, on: &impl Handle, received: &str) -> Result<bool, StoreError> {
        Ok(vault::keyed(on, RECEIVED, received).await? == self.received)
    }
}

/// The key of a file is bound to its row.
const fn key_place(row: Uuid) -> Place {
    Place {
        table: "attachments",
        column: "file_key",
        row,
    }
}

const fn label_place(row: Uuid) -> Place {
    Place {
        table: "attachments",
        column: "sealed",
        row,
    }
}

/// Where the content of a file lies, as the seals of its parts have it.
#[must_use]
pub const fn content_place(id: AttachmentId) -> Place {
    Place {
        table: "attachments",
        column: "content",
        row: id.0,
    }
}

/// Says that an object will be written now.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(tx: &Tx, object: ObjectId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let sql = "INSERT INTO objects (id, state, since) VALUES ($1, 'writing', $2)";
    let values = [object.0.into(), micros(now).into()];
    tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(())
}

/// Says that nobody will finish an object.
///
/// # Errors
/// When the database does not answer.
pub async fn give_up(tx: &Tx, object: ObjectId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let sql = "UPDATE objects SET state = 'unwanted', since = $2 WHERE id = $1 AND state = 'writing'";
    let values = [object.0.into(), micros(now).into()];
    tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(())
}

/// Stores a file whose object is written. `false`, and nothing stored, when the id is taken.
///
/// # Errors
/// [`StoreError::Refused`] when the janitor has taken the object away meanwhile; [`StoreError::Erased`].
pub async fn keep(tx: &Tx, record: &Record, new: &NewAttachment<'_>) -> Result<bool, StoreError> {
    let size = |bytes: u64| i64::try_from(bytes).map_err(|_range| StoreError::corrupt("attachment", "it is too large"));
    let sql = "UPDATE objects SET state = 'kept', size = $2, digest = $3 WHERE id = $1 AND state = 'writing'";
    let values = [
        new.object.id.0.into(),
        size(new.object.size)?.into(),
        new.object.digest.as_str().into(),
    ];
    let kept = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    if kept.rows_affected() != 1 {
        return Err(StoreError::Refused {
            rule: "an object is written once, and in time".to_owned(),
        });
    }
    let label =
        serde_json::to_vec(new.label).map_err(|_quotes| StoreError::corrupt("attachment", "it has no label"))?;
    let own = record.key().data_key()?;
    let sql = "INSERT INTO attachments (id, referral_id, object_id, key_id, file_key, sealed, media_type, size, received_digest, \
               author_id, author_agency_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
               ON CONFLICT (id) DO NOTHING";
    let values = [
        new.id.0.into(),
        record.referral().id.0.into(),
        new.object.id.0.into(),
        record.owner().into(),
        own.seal_key(key_place(new.id.0), new.key)?.into(),
        own.seal(label_place(new.id.0), &label)?.into(),
        new.media_type.into(),
        size(new.size)?.into(),
        vault::keyed(tx, RECEIVED, new.received).await?.into(),
        new.author.0.into(),
        new.agency.0.into(),
        micros(new.at).into(),
    ];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

const COLUMNS: &str = "id, object_id, key_id, file_key, sealed, media_type, size, received_digest, author_id, \
                       author_agency_id, created_at, removed_at";

/// One file of a referral; without its name and what is in it to whoever does not look by right.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn find<'a>(
    on: &impl Handle,
    record: &Record,
    id: AttachmentId,
    by: impl Into<Sight<'a>>,
) -> Result<Option<Attachment>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM attachments WHERE referral_id = $1 AND id = $2");
    let values = [record.referral().id.0.into(), id.0.into()];
    let row = on.executor().query_one_raw(on.statement(&sql, values)).await?;
    Ok(opened(on, record, row.into_iter().collect(), by.into()).await?.pop())
}

/// All files of a referral, in the order in which they were added; those that were taken away as well.
///
/// # Errors
/// As for [`find`].
pub async fn list<'a>(
    on: &impl Handle,
    record: &Record,
    by: impl Into<Sight<'a>>,
) -> Result<Vec<Attachment>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM attachments WHERE referral_id = $1 ORDER BY created_at, id");
    let rows = on
        .executor()
        .query_all_raw(on.statement(&sql, [record.referral().id.0.into()]))
        .await?;
    opened(on, record, rows, by.into()).await
}

/// Whether a file with this id exists anywhere. What it is, is nobody's business.
///
/// # Errors
/// When the database does not answer.
pub async fn is_taken(on: &impl Handle, id: AttachmentId) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM attachments WHERE id = $1";
    let row = on.executor().query_one_raw(on.statement(sql, [id.0.into()])).await?;
    Ok(row.is_some())
}

/// Takes a file away for good: its name and its key go now, its object when the janitor comes.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(tx: &Tx, record: &Record, id: AttachmentId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let values = [record.referral().id.0.into(), id.0.into(), micros(now).into()];
    let sql = "UPDATE objects SET state = 'unwanted', since = $3 WHERE id IN \
               (SELECT object_id FROM attachments WHERE referral_id = $1 AND id = $2)";
    tx.executor().execute_raw(tx.statement(sql, values.clone())).await?;
    // What was answered when it was added names it.
    idempotency::forget_about(tx, record).await?;
    let sql = "UPDATE attachments SET object_id = NULL, file_key = NULL, sealed = NULL, removed_at = $3 \
               WHERE referral_id = $1 AND id = $2";
    tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(())
}

/// Gives up the objects of all files under a key that is destroyed.
pub(crate) async fn erase(tx: &Tx, owner: Uuid, now: DateTime<Utc>) -> Result<(), StoreError> {
    let sql = "UPDATE objects SET state = 'unwanted', since = $2 WHERE id IN \
               (SELECT object_id FROM attachments WHERE key_id = $1)";
    let values = [owner.into(), micros(now).into()];
    tx.executor().execute_raw(tx.statement(sql, values)).await?;
    let sql = "UPDATE attachments SET object_id = NULL WHERE key_id = $1";
    tx.executor().execute_raw(tx.statement(sql, [owner.into()])).await?;
    Ok(())
}

/// Seals the names and keys of a referral's files anew, from one owner's key to another's. What is in them stays as it lies.
pub(crate) async fn reseal(tx: &Tx, referral: Uuid, from: &OwnerKey, to: &OwnerKey) -> Result<(), StoreError> {
    let sql = "SELECT id, file_key, sealed FROM attachments WHERE referral_id = $1 AND key_id = $2";
    let rows = tx
        .executor()
        .query_all_raw(tx.statement(sql, [referral.into(), from.owner().into()]))
        .await?;
    let (old, new) = (from.data_key()?, to.data_key()?);
    for row in rows {
        let id: Uuid = row.try_get("", "id")?;
        let (file_key, sealed): (Option<Vec<u8>>, Option<Vec<u8>>) =
            (row.try_get("", "file_key")?, row.try_get("", "sealed")?);
        let file_key = match file_key {
            Some(bytes) => Some(new.seal_key(key_place(id), &old.open_key(key_place(id), &bytes)?)?),
            None => None,
        };
        let sealed = match sealed {
            Some(bytes) => Some(new.seal(label_place(id), &old.open(label_place(id), &bytes)?)?),
            None => None,
        };
        let sql = "UPDATE attachments SET file_key = $1, sealed = $2, key_id = $3 WHERE id = $4";
        let values = [file_key.into(), sealed.into(), to.owner().into(), id.into()];
        tx.executor().execute_raw(tx.statement(sql, values)).await?;
    }
    Ok(())
}

/// Up to `limit` objects that are to be deleted, those among them that nobody finished since `before`.
///
/// # Errors
/// When the database does not answer.
pub async fn unwanted(db: &Db, before: DateTime<Utc>, limit: u32) -> Result<Vec<ObjectId>, StoreError> {
    let tx = db.write_tx().await?;
    let sql = "UPDATE objects SET state = 'unwanted' WHERE state = 'writing' AND since < $1";
    tx.executor()
        .execute_raw(tx.statement(sql, [micros(before).into()]))
        .await?;
    let sql = "SELECT id FROM objects WHERE state = 'unwanted' ORDER BY since, id LIMIT $1";
    let rows = tx
        .executor()
        .query_all_raw(tx.statement(sql, [i64::from(limit).into()]))
        .await?;
    tx.commit().await?;
    rows.iter().map(|row| Ok(ObjectId(row.try_get("", "id")?))).collect()
}

/// Forgets objects that are deleted. One that is kept after all stays, whatever anybody says.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &Tx, objects: &[ObjectId]) -> Result<(), StoreError> {
    for object in objects {
        let sql = "DELETE FROM objects WHERE id = $1 AND state = 'unwanted'";
        tx.executor().execute_raw(tx.statement(sql, [object.0.into()])).await?;
    }
    Ok(())
}

/// An object as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub id: ObjectId,
    /// Whether a file names it: what is there must be there whole.
    pub kept: bool,
    /// How many bytes it has.
    pub size: Option<u64>,
    /// SHA-256 of these.
    pub digest: Option<String>,
}

/// Up to `limit` objects in the order of their names, after `after`, for reconciliation.
///
/// # Errors
/// When the database does not answer.
pub async fn known(on: &impl Handle, after: Option<ObjectId>, limit: u32) -> Result<Vec<Known>, StoreError> {
    let sql = "SELECT id, state, size, digest FROM objects WHERE id > $1 ORDER BY id LIMIT $2";
    let values = [
        after.map_or(Uuid::nil(), |after| after.0).into(),
        i64::from(limit).into(),
    ];
    let rows = on.executor().query_all_raw(on.statement(sql, values)).await?;
    rows.iter()
        .map(|row| {
            let size: Option<i64> = row.try_get("", "size")?;
            Ok(Known {
                id: ObjectId(row.try_get("", "id")?),
                kept: row.try_get::<String>("", "state")? == "kept",
                size: size.and_then(|size| u64::try_from(size).ok()),
                digest: row.try_get("", "digest")?,
            })
        })
        .collect()
}

/// Whether an object is a file's, now.
///
/// # Errors
/// When the database does not answer.
pub async fn is_kept(on: &impl Handle, object: ObjectId) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM objects WHERE id = $1 AND state = 'kept'";
    let row = on
        .executor()
        .query_one_raw(on.statement(sql, [object.0.into()]))
        .await?;
    Ok(row.is_some())
}

/// Those of these objects that the database knows, for reconciliation.
///
/// # Errors
/// When the database does not answer.
pub async fn are_known(on: &impl Handle, objects: &[ObjectId]) -> Result<Vec<ObjectId>, StoreError> {
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = Vec::new();
    let list: Vec<_> = objects.iter().map(|id| placeholder(id.0, &mut values)).collect();
    let sql = format!("SELECT id FROM objects WHERE id IN ({})", list.join(", "));
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    rows.iter().map(|row| Ok(ObjectId(row.try_get("", "id")?))).collect()
}

/// Kept objects that no file names, and files that name an object which is not kept: what one commit does together.
///
/// # Errors
/// When the database does not answer.
pub async fn torn(on: &impl Handle) -> Result<Vec<Uuid>, StoreError> {
    let sql = "SELECT o.id FROM objects o LEFT JOIN attachments a ON a.object_id = o.id \
               WHERE (o.state = 'kept') <> (a.id IS NOT NULL) ORDER BY o.id";
    let rows = on.executor().query_all_raw(on.statement(sql, [])).await?;
    rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}

/// The rows in words. They lie under the record's key, but for those that were sealed anew after the record was read.
async fn opened(
    on: &impl Handle,
    record: &Record,
    rows: Vec<QueryResult>,
    by: Sight<'_>,
) -> Result<Vec<Attachment>, StoreError> {
    let mut attachments = Vec::with_capacity(rows.len());
    for row in rows {
        let owner: Uuid = row.try_get("", "key_id")?;
        let key = match owner == record.owner() {
            true => record.key().clone(),
            false => vault::open_all(on, [owner])
                .await?
                .pop()
                .ok_or_else(|| StoreError::corrupt("attachment", "its key is missing"))?,
        };
        let mut attachment = open(&row, &key)?;
        if !by.opens(record.referral().id) {
            attachment.label = None;
            attachment.content = attachment.content.map(|(object, _)| (object, None));
        }
        attachments.push(attachment);
    }
    Ok(attachments)
}

fn open(row: &QueryResult, key: &OwnerKey) -> Result<Attachment, StoreError> {
    let id: Uuid = row.try_get("", "id")?;
    let name = format!("attachment {id}");
    let object: Option<Uuid> = row.try_get("", "object_id")?;
    let (file_key, sealed): (Option<Vec<u8>>, Option<Vec<u8>>) =
        (row.try_get("", "file_key")?, row.try_get("", "sealed")?);
    let (label, file_key) = match (key.destroyed_at(), file_key, sealed) {
        (None, Some(file_key), Some(sealed)) => {
            let own = key.data_key()?;
            let label = own.open(label_place(id), &sealed)?;
            let label =
                serde_json::from_slice(&label).map_err(|_quotes| StoreError::corrupt(&name, "its label is not one"))?;
            (Some(label), Some(own.open_key(key_place(id), &file_key)?))
        }
        _ => (None, None),
    };
    let size: i64 = row.try_get("", "size")?;
    Ok(Attachment {
        id: AttachmentId(id),
        label,
        media_type: row.try_get("", "media_type")?,
        size: u64::try_from(size).map_err(|_negative| StoreError::corrupt(&name, "its size is not one"))?,
        author: UserId(row.try_get("", "author_id")?),
        agency: AgencyId(row.try_get("", "author_agency_id")?),
        created_at: row.try_get("", "created_at")?,
        removed_at: row.try_get("", "removed_at")?,
        content: object.map(ObjectId).map(|object| (object, file_key)),
        received: row.try_get("", "received_digest")?,
    })
}
