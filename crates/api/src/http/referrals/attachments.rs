//! `/referrals/{id}/attachments`: files.
//!
//! A file is the body of its request as it is, with its media type in `Content-Type` and its name in `Content-Disposition`; no
//! name stands in an address. It leaves as a download that no browser shows or runs.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    self, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue, HeaderValue,
};
use actix_web::web::Bytes;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, delete, get, post, put, web};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt};
use serde::Serialize;
use stafett_store::attachments::Attachment;
use stafett_store::idempotency::Answer;
use stafett_store::referrals::Record;
use stafett_workflow::agency::AttachmentId;
use stafett_workflow::vocabulary::Text;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::output::{AgencyOut, PersonRef};
use super::{name, respond};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::attachment::{self, Door, Upload};
use crate::app::referrals::view::Names;
use crate::auth::permission::{ChangeAttachments, ReadAttachments, Scoped};
use crate::files::{FileFault, FileKind, Files};
use crate::http::envelope::json;
use crate::http::extract::{IfAbsent, idempotency_key};
use crate::problem::{ErrorCode, Problem};

/// How long the next bytes of a file may take. A phone on a bad line needs a while; who takes longer begins anew.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a whole file may take.
const WHOLE: Duration = Duration::from_secs(900);

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_referral_attachments)
        .service(add_referral_attachment)
        .service(put_referral_attachment)
        .service(get_referral_attachment)
        .service(remove_referral_attachment);
}

/// The files of a referral, and what may be added.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AttachmentsOut {
    items: Vec<AttachmentOut>,
    /// Always null: a referral has at most 50 files, and they come in one page.
    next_cursor: Option<String>,
    /// Whether the caller may add a file now.
    may_add: bool,
    /// The media types that are taken.
    media_types: Vec<&'static str>,
    /// How many bytes a file may have.
    largest: u64,
}

/// A file.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct AttachmentOut {
    id: Uuid,
    /// What it is called; null once it is taken away or erased.
    name: Option<String>,
    #[schema(example = "image/jpeg")]
    media_type: String,
    /// How many bytes it has.
    size: u64,
    at: DateTime<Utc>,
    author: PersonRef,
    agency: AgencyOut,
    /// `kept`, `removed` or `erased`; only what is kept can be read.
    #[schema(example = "kept")]
    state: &'static str,
    /// When it was taken away.
    removed_at: Option<DateTime<Utc>>,
    /// Whether the caller may take it away.
    removable: bool,
}

impl AttachmentOut {
    pub(in crate::http) fn of(file: &Attachment, names: &Names, removable: bool) -> Self {
        let state = match (file.removed_at, file.is_kept()) {
            (Some(_), _) => "removed",
            (None, true) => "kept",
            (None, false) => "erased",
        };
        Self {
            id: file.id.0,
            name: file.label.as_ref().map(|label| label.name.clone()),
            media_type: file.media_type.clone(),
            size: file.size,
            at: file.created_at,
            author: PersonRef::of(file.author, names),
            agency: AgencyOut::of(file.agency, names),
            state,
            removed_at: file.removed_at,
            removable,
        }
    }
}

/// List files
///
/// Everything that was added to the referral, the oldest first, also what was taken away again, then without its name. And
/// whether the caller may add a file, of which types, and how large.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "listReferralAttachments",
    params(("id" = String, Path, description = "Id or reference", example = "K7QF-2M")),
    responses(
        (status = 200, description = "The files", body = AttachmentsOut, example = json!({
            "items": [example()], "nextCursor": null, "mayAdd": true,
            "mediaTypes": ["image/jpeg", "image/png", "image/webp", "application/pdf", "text/plain"], "largest": 20_971_520
        })),
        (status = 404, description = "Nothing here that the caller may know of")
    )
)]
#[get("/referrals/{id}/attachments")]
async fn list_referral_attachments(
    path: web::Path<String>,
    may: Scoped<ReadAttachments>,
    engine: web::Data<Engine>,
    files: web::Data<Files>,
) -> Result<HttpResponse, Problem> {
    let listed = attachment::list(&engine, may.asker(), &may.scope, name(&path)?).await?;
    let item = |file: &Attachment| AttachmentOut::of(file, &listed.names, listed.removable.contains(&file.id));
    Ok(HttpResponse::Ok().json(AttachmentsOut {
        items: listed.files.iter().map(item).collect(),
        next_cursor: None,
        may_add: listed.may_add,
        media_types: FileKind::ALL.map(FileKind::media_type).to_vec(),
        largest: files.largest(),
    }))
}

/// Add a file
///
/// The body is the file itself, `Content-Type` says what it is, and `Content-Disposition` what it is called
/// (`attachment; filename*=UTF-8''…`). What is in it must be what it says. Pictures are kept without what the camera wrote
/// into them beside the picture. Nothing moves and no version changes; the other side hears of it by mail, unless they have
/// just heard of something else.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "addReferralAttachment",
    params(
        ("id" = String, Path, description = "Id or reference", example = "K7QF-2M"),
        ("Content-Disposition" = Option<String>, Header, description = "What the file is called", example = "attachment; filename*=UTF-8''rommet.jpg"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat the request with the same key, and it is done once")
    ),
    request_body(content = String, content_type = "application/octet-stream", description = "The file, under its own media type", example = json!("the bytes of the file")),
    responses(
        (status = 201, description = "Stored for good", body = AttachmentOut, example = json!(example())),
        (status = 403, description = "The caller is not a party now"),
        (status = 404, description = "Nothing here that the caller may know of"),
        (status = 409, description = "The referral has as many files as it may have"),
        (status = 413, description = "The file is too large"),
        (status = 415, description = "The type is none of those that are taken"),
        (status = 422, description = "The file is not what it says, is broken, or carries a program")
    )
)]
#[post("/referrals/{id}/attachments")]
async fn add_referral_attachment(
    request: HttpRequest,
    path: web::Path<String>,
    may: Scoped<ChangeAttachments>,
    engine: web::Data<Engine>,
    files: web::Data<Files>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (key, place) = (idempotency_key(request.headers())?, request.path().to_owned());
    let door = Door::Post(key.as_ref().map(|key| (key, place.as_str())));
    take_in(&request, &path, &may, &engine, &files, door, body).await
}

/// Add a file under an id of the client's own
///
/// How a phone sends a picture after days without coverage: however often it repeats this, there is one file. 412 tells that
/// exactly this has been stored already.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "putReferralAttachment",
    params(
        ("id" = String, Path, description = "Id or reference", example = "K7QF-2M"),
        ("attachment" = Uuid, Path, description = "A UUIDv7 that the client made"),
        ("If-None-Match" = String, Header, description = "Must be `*`: the file does not exist yet"),
        ("Content-Disposition" = Option<String>, Header, description = "What the file is called", example = "attachment; filename*=UTF-8''rommet.jpg")
    ),
    request_body(content = String, content_type = "application/octet-stream", description = "The file, under its own media type", example = json!("the bytes of the file")),
    responses(
        (status = 201, description = "Stored for good", body = AttachmentOut, example = json!(example())),
        (status = 403, description = "The caller is not a party now"),
        (status = 404, description = "Nothing here that the caller may know of"),
        (status = 409, description = "The id is taken, or the referral has as many files as it may have"),
        (status = 412, description = "The same agency has stored the same file under this id: nothing more to do"),
        (status = 413, description = "The file is too large"),
        (status = 415, description = "The type is none of those that are taken"),
        (status = 422, description = "The file is not what it says, is broken, or carries a program"),
        (status = 428, description = "`If-None-Match: *` is missing")
    )
)]
#[put("/referrals/{id}/attachments/{attachment}")]
async fn put_referral_attachment(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    may: Scoped<ChangeAttachments>,
    absent: IfAbsent,
    engine: web::Data<Engine>,
    files: web::Data<Files>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (referral, attachment) = path.into_inner();
    if !absent.0 {
        attachment::precheck(&engine, &may.caller.actor, &may.scope, name(&referral)?).await?;
        return Err(Problem::new(ErrorCode::PreconditionRequired).with_detail(Text::new(
            "Send If-None-Match: * for å legge til en ny fil under din egen id.",
            "Send If-None-Match: * to add a new file under an id of your own.",
        )));
    }
    let id = Uuid::parse_str(&attachment).ok().filter(|id| id.get_version_num() == 7);
    let Some(id) = id else {
        attachment::precheck(&engine, &may.caller.actor, &may.scope, name(&referral)?).await?;
        return Err(Problem::new(ErrorCode::InvalidInput).with_detail(Text::new(
            "Id-en i adressen skal være en UUID av versjon 7.",
            "The id in the address must be a UUID of version 7.",
        )));
    };
    let door = Door::Put(AttachmentId(id));
    take_in(&request, &referral, &may, &engine, &files, door, body).await
}

/// Read a file
///
/// As a download that no browser shows or runs. When it ends early, what is stored was damaged.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "getReferralAttachment",
    params(
        ("id" = String, Path, description = "Id or reference", example = "K7QF-2M"),
        ("attachment" = Uuid, Path, description = "The file")
    ),
    responses(
        (status = 200, description = "The file, under its own media type", body = String, content_type = "application/octet-stream", example = json!("the bytes of the file")),
        (status = 404, description = "Nothing here that the caller may know of, or taken away again"),
        (status = 409, description = "What was told is erased, and this with it")
    )
)]
#[get("/referrals/{id}/attachments/{attachment}")]
async fn get_referral_attachment(
    path: web::Path<(String, String)>,
    may: Scoped<ReadAttachments>,
    engine: web::Data<Engine>,
    files: web::Data<Files>,
) -> Result<HttpResponse, Problem> {
    let (referral, attachment) = path.into_inner();
    let (name, id) = (name(&referral)?, id(&attachment)?);
    let opened = attachment::open(&engine, &files, may.asker(), &may.scope, name, id).await?;
    let file = &opened.file;
    let called = file.label.as_ref().map_or("", |label| label.name.as_str());
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, media_type(file)))
        .insert_header(download(called))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox"),
        ))
        // Compressed on its way, a secret beside somebody's own words could be guessed by its length.
        .insert_header(header::ContentEncoding::Identity)
        .no_chunking(file.size);
    Ok(response.streaming(opened.content))
}

/// Take a file away
///
/// For good: what it was called and what was in it are destroyed, and the log keeps that it was there. Only the agency that
/// added it may, as long as it is a party.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "removeReferralAttachment",
    params(
        ("id" = String, Path, description = "Id or reference", example = "K7QF-2M"),
        ("attachment" = Uuid, Path, description = "The file")
    ),
    responses(
        (status = 200, description = "What is left of it", body = AttachmentOut, example = json!(removed_example())),
        (status = 403, description = "Added by somebody else, or the caller is not a party now"),
        (status = 404, description = "Nothing here that the caller may know of, or taken away already")
    )
)]
#[delete("/referrals/{id}/attachments/{attachment}")]
async fn remove_referral_attachment(
    path: web::Path<(String, String)>,
    may: Scoped<ChangeAttachments>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let (referral, attachment) = path.into_inner();
    let (left, names) =
        attachment::remove(&engine, may.asker(), &may.scope, name(&referral)?, id(&attachment)?).await?;
    Ok(HttpResponse::Ok().json(AttachmentOut::of(&left, &names, false)))
}

async fn take_in(
    request: &HttpRequest,
    referral: &str,
    may: &Scoped<ChangeAttachments>,
    engine: &Engine,
    files: &Files,
    door: Door<'_>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let name = name(referral)?;
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let kind = FileKind::of_media_type(request.content_type());
    let called = called(request);
    let fault = match kind {
        None => Some(FileFault::KindNotTaken),
        Some(_) if announced.is_some_and(|length| length > files.largest()) => Some(FileFault::TooLarge),
        Some(_) => None,
    };
    let (Some(kind), None, Ok(called)) = (kind, fault, &called) else {
        // Whose it would have been comes first.
        attachment::precheck(engine, &may.caller.actor, &may.scope, name).await?;
        called?;
        return Err(AppError::File(fault.unwrap_or(FileFault::KindNotTaken)).into());
    };
    let render = |file: &Attachment, names: &Names, record: &Record| Answer {
        status: StatusCode::CREATED.as_u16(),
        etag: None,
        location: Some(format!(
            "{}/referrals/{}/attachments/{}",
            crate::http::BASE,
            record.referral().id,
            file.id
        )),
        body: Some(json(&AttachmentOut::of(file, names, true))),
    };
    let upload = Upload {
        name: called.clone(),
        kind,
        body: patient(body),
    };
    let done = attachment::add(engine, files, may.asker(), &may.scope, name, door, upload, &render);
    let late = |_elapsed| Problem::new(ErrorCode::RequestTimeout);
    let done = tokio::time::timeout(WHOLE, done).await.map_err(late)??;
    Ok(respond(done, |(file, names, record)| render(file, names, record)))
}

/// The bytes as they come, each lot in time.
fn patient(body: web::Payload) -> impl Stream<Item = Result<Bytes, AppError>> + Unpin {
    Box::pin(futures_util::stream::unfold(body, |mut body| async move {
        let next = match tokio::time::timeout(PATIENCE, body.next()).await {
            Err(_elapsed) => Err(AppError::Late),
            Ok(None) => return None,
            Ok(Some(bytes)) => bytes.map_err(|_broken| AppError::Broken),
        };
        Some((next, body))
    }))
}

/// What the file is called; nothing is a name as well.
fn called(request: &HttpRequest) -> Result<String, Problem> {
    let Some(value) = request.headers().get(header::CONTENT_DISPOSITION) else {
        return Ok(String::new());
    };
    let unread = || {
        Problem::new(ErrorCode::MalformedRequest).with_detail(Text::new(
            "Content-Disposition skal være attachment; filename*=UTF-8''navnet, prosentkodet.",
            "Content-Disposition must be attachment; filename*=UTF-8''the-name, percent-encoded.",
        ))
    };
    let said = ContentDisposition::from_raw(value).map_err(|_unread| unread())?;
    if let Some(extended) = said.get_filename_ext() {
        return String::from_utf8(extended.value.clone()).map_err(|_not_utf8| unread());
    }
    Ok(said.get_filename().unwrap_or_default().to_owned())
}

fn id(written: &str) -> Result<AttachmentId, Problem> {
    Uuid::parse_str(written)
        .map(AttachmentId)
        .map_err(|_not_one| Problem::not_found())
}

fn media_type(file: &Attachment) -> String {
    match file.media_type.as_str() {
        "text/plain" => "text/plain; charset=utf-8".to_owned(),
        other => other.to_owned(),
    }
}

/// A download under this name, for those who read only ASCII as well.
fn download(name: &str) -> ContentDisposition {
    let plain = |c: char| if c.is_ascii() && c != '%' { c } else { '_' };
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![
            DispositionParam::Filename(name.chars().map(plain).collect()),
            DispositionParam::FilenameExt(ExtendedValue {
                charset: Charset::Ext("UTF-8".to_owned()),
                language_tag: None,
                value: name.as_bytes().to_vec(),
            }),
        ],
    }
}

fn example() -> serde_json::Value {
    serde_json::json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0020",
        "name": "rommet.jpg",
        "mediaType": "image/jpeg",
        "size": 482_113,
        "at": "2026-11-24T01:12:00Z",
        "author": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b01", "name": "Kari Nordby" },
        "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00", "slug": "uteseksjonen", "name": "Uteseksjonen" },
        "state": "kept",
        "removedAt": null,
        "removable": true
    })
}

fn removed_example() -> serde_json::Value {
    let mut left = example();
    for (field, value) in [
        ("name", serde_json::Value::Null),
        ("state", "removed".into()),
        ("removedAt", "2026-11-24T01:20:00Z".into()),
        ("removable", false.into()),
    ] {
        if let Some(told) = left.as_object_mut() {
            told.insert(field.to_owned(), value);
        }
    }
    left
}
