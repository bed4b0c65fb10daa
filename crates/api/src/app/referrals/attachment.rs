//! The files of a referral: added, listed, read, taken away again.
//!
//! A file is written before anything says that it exists: its object, sealed piece by piece, is with the store for good when
//! the transaction begins that names it. Whoever gives up in between leaves an object that nobody names, and the janitor takes
//! it away.

use std::collections::BTreeSet;

use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use stafett_store::attachments::{self, Attachment, Label, NewAttachment, ObjectId, Written};
use stafett_store::idempotency::Answer;
use stafett_store::looks::Unseen;
use stafett_store::referrals::{self, Name, Outcome, Record};
use stafett_store::{Tx, events};
use stafett_vault::DataKey;
use stafett_workflow::Refusal;
use stafett_workflow::agency::{AgencyId, AttachmentId};
use stafett_workflow::decide::{add_attachment, admit_attachment, remove_attachment};
use stafett_workflow::disclosure::Field;
use stafett_workflow::event::{Event, Fact};
use stafett_workflow::insight::Insight;
use stafett_workflow::look::LookedAt;
use stafett_workflow::policy::{Actor, Scope};
use uuid::Uuid;

use super::facts::Facts;
use super::message::is_own;
use super::reading::reading;
use super::view::Names;
use super::{Answered, Asker, Repeatable, claim, keep, read, replayed_about};
use crate::app::engine::Engine;
use crate::app::looks::Viewing;
use crate::app::{AppError, IdempotencyKey};
use crate::files::sealed::Writer;
use crate::files::{FileFault, FileKind, Files, FilesError, name::harmless};

/// So many files a referral may have.
const MOST: usize = 50;
/// So long after a notice the other side needs no other one: three pictures in a row are one mail.
const HEARD_FOR: TimeDelta = TimeDelta::minutes(15);
/// So much of a file tells what it is.
const BEGINNING: usize = 8 * 1024;

/// By which door a file comes in.
#[derive(Debug)]
pub enum Door<'a> {
    /// The server makes the id; the client may have given a key, and the path that its digest depends on.
    Post(Option<(&'a IdempotencyKey, &'a str)>),
    /// The client made it.
    Put(AttachmentId),
}

/// A file on its way in: what it says of itself, and its bytes.
pub struct Upload<S> {
    /// What it is called, as it was sent.
    pub name: String,
    /// What it says that it is.
    pub kind: FileKind,
    /// Its bytes.
    pub body: S,
}

/// All files of a referral as somebody may know them.
pub struct Listed {
    /// The files, the oldest first, those that were taken away as well.
    pub files: Vec<Attachment>,
    /// What agencies and people are called.
    pub names: Names,
    /// Whether this person may add one now.
    pub may_add: bool,
    /// Those that this person may take away.
    pub removable: BTreeSet<AttachmentId>,
}

/// A file to be read.
pub struct Opened {
    /// What it is called, and what it is.
    pub file: Attachment,
    /// Its bytes.
    pub content: BoxStream<'static, Result<Bytes, FilesError>>,
}

/// The files of a referral, the oldest first.
///
/// # Errors
/// Hidden; the store's.
pub async fn list(engine: &Engine, asker: Asker<'_>, scope: &Scope, name: Name) -> Result<Listed, AppError> {
    let actor = asker.actor;
    let record = read::find(engine, scope, name).await?;
    // What a file is called may tell of the youth already.
    let viewing = Viewing::reading(engine, asker, LookedAt::Attachment);
    let look = viewing.begin(engine, &record).await?;
    let known = known(engine, scope, &record).await?;
    let logged = look.logged().await?;
    let mut files = attachments::list(&engine.db, &record, &logged).await?;
    files.retain(|file| known.contains(&file.id));
    let may_add = admit_attachment(record.referral(), actor).is_ok() && record.erased_at().is_none();
    let removable = files
        .iter()
        .filter(|file| may_add && file.is_kept() && actor.does_casework_in(file.agency))
        .map(|file| file.id)
        .collect();
    let agencies = files.iter().map(|file| file.agency);
    let people = files.iter().map(|file| file.author);
    let names = Names::load(&engine.db, agencies, people).await?;
    Ok(Listed {
        files,
        names,
        may_add,
        removable,
    })
}

/// One file with what is in it.
///
/// # Errors
/// Hidden, which is also said of a file that was taken away; [`AppError::Erased`]; the store's.
pub async fn open(
    engine: &Engine,
    files: &Files,
    asker: Asker<'_>,
    scope: &Scope,
    name: Name,
    id: AttachmentId,
) -> Result<Opened, AppError> {
    let record = read::find(engine, scope, name).await?;
    if !known(engine, scope, &record).await?.contains(&id) {
        return Err(Refusal::not_found().into());
    }
    let viewing = Viewing::reading(engine, asker, LookedAt::Attachment);
    let logged = viewing.begin(engine, &record).await?.logged().await?;
    let file = attachments::find(&engine.db, &record, id, &logged)
        .await?
        .filter(|file| file.removed_at.is_none())
        .ok_or_else(Refusal::not_found)?;
    let (object, key) = file.content().ok_or(AppError::Erased)?;
    let content = files.read(object, key.clone(), attachments::content_place(id)).await?;
    Ok(Opened { file, content })
}

/// Refuses as [`add`] would before it looks at the file.
///
/// # Errors
/// Hidden, not a party, or erased; the store's.
pub async fn precheck(engine: &Engine, actor: &Actor, scope: &Scope, name: Name) -> Result<Record, AppError> {
    let record = read::find(engine, scope, name).await?;
    admit_attachment(record.referral(), actor)?;
    match record.erased_at() {
        None => Ok(record),
        Some(_) => Err(AppError::Erased),
    }
}

/// Adds a file.
///
/// # Errors
/// Hidden, not a party, erased; [`AppError::File`] when it is not taken; for a `PUT` [`AppError::AttachmentStored`] and
/// [`AppError::Taken`]; the errors of an idempotency key; those of the stores.
#[expect(
    clippy::too_many_arguments,
    reason = "who, where, what and how it is answered, each of its own kind"
)]
pub async fn add<S, E>(
    engine: &Engine,
    files: &Files,
    asker: Asker<'_>,
    scope: &Scope,
    name: Name,
    door: Door<'_>,
    upload: Upload<S>,
    render: &(dyn Fn(&Attachment, &Names, &Record) -> Answer + Sync),
) -> Result<Answered<(Attachment, Names, Record)>, AppError>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Into<AppError>,
{
    let record = precheck(engine, asker.actor, scope, name).await?;
    let mut body = Body::new(upload.body, files.largest());
    let id = match door {
        Door::Post(_) => AttachmentId(Uuid::now_v7()),
        Door::Put(id) => id,
    };
    if matches!(door, Door::Put(_)) && attachments::is_taken(&engine.db, id).await? {
        return Err(already_there(engine, asker.actor, &record, id, body).await?);
    }
    let beginning = body.beginning().await?;
    upload.kind.recognise(&beginning)?;
    let key = DataKey::generate().map_err(stafett_store::StoreError::from)?;
    let object = ObjectId(Uuid::new_v4());
    let tx = engine.db.write_tx().await?;
    attachments::begin(&tx, object, engine.now()).await?;
    tx.commit().await?;
    let writer = files.writer(object, &key, attachments::content_place(id));
    let done = match write(files, upload.kind, &mut body, writer).await {
        Ok((written, size)) => {
            let label = Label {
                name: harmless(&upload.name, upload.kind),
            };
            let new = Stored {
                id,
                written,
                key: &key,
                label: &label,
                kind: upload.kind,
                size,
                received: &body.digest(),
            };
            name_it(engine, asker, scope, name, &door, new, render).await
        }
        Err(error) => Err(error),
    };
    if !matches!(done, Ok(Answered::Now(_))) {
        // Else it is found in a day.
        let tx = engine.db.write_tx().await?;
        attachments::give_up(&tx, object, engine.now()).await?;
        tx.commit().await?;
        engine.bell.files.ring();
    }
    done
}

/// Takes a file away for good. Comes back with what is left of it: that it was there.
///
/// # Errors
/// Hidden, which is also said of a file that is gone already; not added by an agency of theirs; the store's.
pub async fn remove(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    name: Name,
    id: AttachmentId,
) -> Result<(Attachment, Names), AppError> {
    let seen = read::find(engine, scope, name).await?;
    if !known(engine, scope, &seen).await?.contains(&id) {
        return Err(Refusal::not_found().into());
    }
    let tx = engine.db.write_tx().await?;
    let record = referrals::lock(&tx, scope, name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let file = attachments::find(&tx, &record, id, Unseen::Decide)
        .await?
        .filter(|file| file.removed_at.is_none())
        .ok_or_else(Refusal::not_found)?;
    if !file.is_kept() {
        return Err(AppError::Erased);
    }
    let definition = engine.definition(&record.referral().workflow)?;
    let facts = Facts::of(&record);
    let context = facts.context(engine, asker.actor);
    let decision = remove_attachment(&definition, record.referral(), id, file.agency, &context)?;
    attachments::remove(&tx, &record, id, context.now).await?;
    let left = attachments::find(&tx, &record, id, Unseen::Decide)
        .await?
        .ok_or_else(|| AppError::internal("a file that was taken away left no trace"))?;
    let names = Names::load(&tx, [left.agency], [left.author]).await?;
    let Outcome::Stored(_) = referrals::commit(&tx, record, &decision, asker.request_id).await? else {
        return Err(AppError::internal("a locked referral was changed by somebody else"));
    };
    tx.commit().await?;
    engine.bell.files.ring();
    Ok((left, names))
}

/// The files of which somebody may know: those that the log names, as far as they may know the log, and as far as files flow to
/// them; their own in any case.
async fn known(engine: &Engine, scope: &Scope, record: &Record) -> Result<BTreeSet<AttachmentId>, AppError> {
    let log = events::log(&engine.db, record).await?;
    let known: &[Event] = match Insight::of(record.referral(), scope.agencies()) {
        Insight::Whole => &log,
        Insight::Past(past) if past.keeps() => past.log(&log),
        Insight::Past(_) => &[],
    };
    let shown = reading(engine, &engine.db, record.referral(), scope.agencies()).await?;
    Ok(known
        .iter()
        .filter(|event| shown.shows(Field::Attachments) || is_own(event, scope))
        .filter_map(|event| match event.fact {
            Fact::AttachmentAdded { attachment } => Some(attachment),
            _ => None,
        })
        .collect())
}

/// 412 only when the same agency stored the same bytes under this id here; whatever else lies there is nobody's business.
async fn already_there<S, E>(
    engine: &Engine,
    actor: &Actor,
    record: &Record,
    id: AttachmentId,
    mut body: Body<S>,
) -> Result<AppError, AppError>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Into<AppError>,
{
    while body.next().await?.is_some() {}
    let stored = attachments::find(&engine.db, record, id, Unseen::Decide)
        .await?
        .filter(|file| actor.does_casework_in(file.agency));
    Ok(match stored {
        Some(file) if file.was_made_by(&engine.db, &body.digest()).await? => AppError::AttachmentStored {
            referral: record.referral().id,
            attachment: id,
        },
        _ => AppError::Taken,
    })
}

/// Looks through the file and writes its object. Comes back with it and with how many bytes a reader gets.
async fn write<S, E>(
    files: &Files,
    kind: FileKind,
    body: &mut Body<S>,
    mut writer: Writer<'_>,
) -> Result<(Written, u64), AppError>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Into<AppError>,
{
    let mut size = 0;
    if kind.is_judged_whole() {
        let _room = files.room().await;
        let mut whole = Vec::new();
        while let Some(bytes) = body.next().await? {
            whole.extend_from_slice(&bytes);
        }
        let judged = tokio::task::spawn_blocking(move || kind.cleaned(whole.into()));
        let clean = judged.await.map_err(AppError::internal)??;
        writer.push(&clean).await?;
        size += clean.len() as u64;
        return Ok((writer.finish().await?, size));
    }
    loop {
        match body.next().await {
            Ok(Some(bytes)) => {
                size += bytes.len() as u64;
                writer.push(&bytes).await?;
            }
            Ok(None) => return Ok((writer.finish().await?, size)),
            Err(error) => {
                writer.abort().await;
                return Err(error);
            }
        }
    }
}

struct Stored<'a> {
    id: AttachmentId,
    written: Written,
    key: &'a DataKey,
    label: &'a Label,
    kind: FileKind,
    size: u64,
    received: &'a str,
}

/// The one transaction that makes a written object the referral's file.
async fn name_it(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    name: Name,
    door: &Door<'_>,
    new: Stored<'_>,
    render: &(dyn Fn(&Attachment, &Names, &Record) -> Answer + Sync),
) -> Result<Answered<(Attachment, Names, Record)>, AppError> {
    let tx = engine.db.write_tx().await?;
    let hash = |place: &str| format!("{place} {} {} {}", new.kind.media_type(), new.label.name, new.received);
    let request = match door {
        Door::Post(Some((key, place))) => Some((*key, hex::encode(Sha256::digest(hash(place))))),
        _ => None,
    };
    let repeatable = request.as_ref().map(|(key, hash)| Repeatable {
        key,
        request_hash: hash.clone(),
    });
    let claimed = match claim(&tx, engine, asker, repeatable.as_ref()).await? {
        Ok(claimed) => claimed,
        Err(answer) => return replayed_about(tx, engine, asker, scope, Some(name), answer).await,
    };
    let (file, record) = commit(engine, &tx, asker, scope, name, &new).await?;
    let names = Names::load(&tx, [file.agency], [file.author]).await?;
    keep(&tx, engine, claimed, Some(&record), || render(&file, &names, &record)).await?;
    tx.commit().await?;
    engine.bell.ring();
    Ok(Answered::Now((file, names, record)))
}

async fn commit(
    engine: &Engine,
    tx: &Tx,
    asker: Asker<'_>,
    scope: &Scope,
    name: Name,
    new: &Stored<'_>,
) -> Result<(Attachment, Record), AppError> {
    let record = referrals::lock(tx, scope, name).await?.ok_or_else(Refusal::not_found)?;
    if record.erased_at().is_some() {
        return Err(AppError::Erased);
    }
    let there = attachments::list(tx, &record, Unseen::Decide).await?;
    if there.iter().filter(|file| file.is_kept()).count() >= MOST {
        return Err(AppError::TooManyFiles(MOST));
    }
    let definition = engine.definition(&record.referral().workflow)?;
    let facts = Facts::of(&record);
    let context = facts.context(engine, asker.actor);
    let permit = admit_attachment(record.referral(), asker.actor)?;
    let heard = heard(&events::log(tx, &record).await?, permit.agency(), context.now);
    let decision = add_attachment(&definition, record.referral(), new.id, heard, &context)?;
    let attachment = NewAttachment {
        id: new.id,
        object: new.written.clone(),
        key: new.key,
        label: new.label,
        media_type: new.kind.media_type(),
        size: new.size,
        received: new.received,
        author: permit.user(),
        agency: permit.agency(),
        at: context.now,
    };
    if !attachments::keep(tx, &record, &attachment).await? {
        return Err(AppError::Taken);
    }
    let Outcome::Stored(record) = referrals::commit(tx, record, &decision, asker.request_id).await? else {
        return Err(AppError::internal("a locked referral was changed by somebody else"));
    };
    // Whoever has just sent it is told what they sent.
    let file = attachments::find(tx, &record, new.id, Unseen::Decide)
        .await?
        .ok_or_else(|| AppError::internal("a file that was stored is not there"))?;
    Ok((file, *record))
}

/// Whether the other side has just had a notice of what `agency` did.
fn heard(log: &[Event], agency: AgencyId, now: chrono::DateTime<chrono::Utc>) -> bool {
    let mut told = None;
    for event in log
        .iter()
        .filter(|event| event.by.is_some_and(|by| by.agency == agency))
    {
        let quiet = told.is_none_or(|told| event.at - told > HEARD_FOR);
        match event.fact {
            Fact::Moved { .. } | Fact::Opened { .. } | Fact::MessagePosted { .. } => told = Some(event.at),
            Fact::AttachmentAdded { .. } if quiet => told = Some(event.at),
            _ => {}
        }
    }
    told.is_some_and(|told| now - told <= HEARD_FOR)
}

/// The bytes of a file as they come, counted and digested.
struct Body<S> {
    source: S,
    held: Option<Bytes>,
    left: u64,
    ended: bool,
    hash: Sha256,
}

impl<S, E> Body<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Into<AppError>,
{
    fn new(source: S, largest: u64) -> Self {
        Self {
            source,
            held: None,
            left: largest,
            ended: false,
            hash: Sha256::new(),
        }
    }

    /// Enough of the beginning to tell what it is; it comes again with the rest.
    async fn beginning(&mut self) -> Result<Bytes, AppError> {
        let mut beginning = Vec::new();
        while beginning.len() < BEGINNING {
            match self.receive().await? {
                Some(bytes) => beginning.extend_from_slice(&bytes),
                None => break,
            }
        }
        if beginning.is_empty() {
            return Err(FileFault::Empty.into());
        }
        let beginning = Bytes::from(beginning);
        self.held = Some(beginning.clone());
        Ok(beginning)
    }

    async fn next(&mut self) -> Result<Option<Bytes>, AppError> {
        match self.held.take() {
            Some(bytes) => Ok(Some(bytes)),
            None => self.receive().await,
        }
    }

    async fn receive(&mut self) -> Result<Option<Bytes>, AppError> {
        // Not every stream may be asked again once it has ended.
        if self.ended {
            return Ok(None);
        }
        let Some(bytes) = self.source.next().await else {
            self.ended = true;
            return Ok(None);
        };
        let bytes = bytes.map_err(Into::into)?;
        self.left = self
            .left
            .checked_sub(bytes.len() as u64)
            .ok_or(AppError::File(FileFault::TooLarge))?;
        self.hash.update(&bytes);
        Ok(Some(bytes))
    }

    /// SHA-256 of what has come so far.
    fn digest(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }
}
