//! `GET /referrals/{id}/insight`: everything about one youth that the caller's agency may see, as JSON or as a document to read.
//!
//! The JSON is made of the very answers that the API gives on other days; the document is the same in words.

use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use chrono_tz::Europe::Oslo;
use serde::Serialize;
use serde_json::Value;
use stafett_workflow::vocabulary::{Code, HandoffState, Language, Need, ReferralState, Urgency};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::cases::timeline::CaseEntryOut;
use super::referrals::attachments::AttachmentOut;
use super::referrals::output::ReferralOut;
use super::referrals::timeline::EntryOut;
use crate::app::engine::Engine;
use crate::app::insight::{self, Dossier};
use crate::app::referrals::parse_name;
use crate::auth::permission::{ReadInsight, Scoped};
use crate::http::extract::Speaks;
use crate::pdf::{self, Block, PdfError};
use crate::problem::{ErrorCode, Problem};

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_referral_insight);
}

/// Everything about one youth.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InsightOut {
    /// When it was made.
    made_at: DateTime<Utc>,
    /// What is not in it, and who else may have something.
    notes: Vec<String>,
    /// The referrals about them, the oldest first.
    referrals: Vec<PartOut>,
    /// The cases about them.
    cases: Vec<CasePartOut>,
}

/// One referral with all that belongs to it.
#[derive(Debug, Serialize, ToSchema)]
struct PartOut {
    referral: ReferralOut,
    timeline: Vec<EntryOut>,
    attachments: Vec<AttachmentOut>,
}

/// One case.
#[derive(Debug, Serialize, ToSchema)]
struct CasePartOut {
    reference: String,
    timeline: Vec<CaseEntryOut>,
}

/// Give insight
///
/// Everything about the youth that the caller's agency may see: every referral with the same identity number or in the same
/// case, who got what on which basis, all that was written, a list of the files. As JSON, or with `Accept: application/pdf` as a
/// document. It is written to the audit trail. What others have told in confidence, or tells of others, is for the lead to
/// look through before it is handed out.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "getReferralInsight",
    params(("id" = String, Path, description = "Id or reference", example = "K7QF-2M")),
    responses(
        (status = 200, description = "Everything, as JSON or PDF", body = InsightOut, example = json!({
            "madeAt": "2026-11-24T09:00:00Z", "notes": ["Filene selv er ikke med."], "referrals": [], "cases": []
        })),
        (status = 403, description = "For leads"),
        (status = 404, description = "Nothing here that the caller may know of"),
        (status = 406, description = "Neither JSON nor PDF is wanted"),
        (status = 409, description = "What was told is erased")
    )
)]
#[get("/referrals/{id}/insight")]
async fn get_referral_insight(
    request: HttpRequest,
    path: web::Path<String>,
    may: Scoped<ReadInsight>,
    language: Speaks,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let as_pdf = wants_pdf(request.headers()).ok_or_else(|| Problem::new(ErrorCode::NotAcceptable))?;
    let name = parse_name(&path).ok_or_else(Problem::not_found)?;
    let dossier = insight::of_lead(&engine, may.asker(), name).await?;
    let told = InsightOut::of(&dossier, language.0);
    if !as_pdf {
        return Ok(HttpResponse::Ok().json(told));
    }
    let document = document(&told, language.0).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"innsyn.pdf\""))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'; sandbox",
        ))
        .insert_header(header::ContentEncoding::Identity)
        .body(document))
}

/// `Some(true)` for a document, `Some(false)` for JSON, nothing when it is to be neither.
fn wants_pdf(headers: &HeaderMap) -> Option<bool> {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let Some(accept) = accept else { return Some(false) };
    let kinds = accept
        .split(',')
        .filter_map(|kind| kind.split(';').next())
        .map(str::trim);
    for kind in kinds {
        match kind {
            "application/pdf" => return Some(true),
            "application/json" | "application/*" | "*/*" => return Some(false),
            _ => {}
        }
    }
    None
}

impl InsightOut {
    /// What `dossier` tells in one language.
    pub(crate) fn of(dossier: &Dossier, language: Language) -> Self {
        let referrals = dossier.referrals.iter().map(|part| PartOut {
            referral: ReferralOut::of(&part.view, language),
            timeline: part
                .timeline
                .entries
                .iter()
                .map(|entry| EntryOut::of(entry, &part.timeline, language))
                .collect(),
            attachments: part
                .files
                .files
                .iter()
                .map(|file| AttachmentOut::of(file, &part.files.names, false))
                .collect(),
        });
        let cases = dossier.cases.iter().map(|case| CasePartOut {
            reference: case.reference.to_string(),
            timeline: case
                .timeline
                .entries
                .iter()
                .map(|entry| CaseEntryOut::of(entry, &case.timeline, language))
                .collect(),
        });
        Self {
            made_at: dossier.made_at,
            notes: NOTES.iter().map(|(nb, en)| word(language, nb, en).to_owned()).collect(),
            referrals: referrals.collect(),
            cases: cases.collect(),
        }
    }
}

/// What whoever gets it must know.
const NOTES: [(&str, &str); 3] = [
    (
        "Dette er det enheten som gir innsyn, kan se. Andre enheter kan ha mer; spør dem som er nevnt.",
        "This is what the agency that gives insight can see. Other agencies may have more; ask those that are named.",
    ),
    (
        "Filene selv er ikke med, bare hva de heter. De lastes ned hver for seg.",
        "The files themselves are not in it, only what they are called. They are downloaded one by one.",
    ),
    (
        "Formidlinger uten fødselsnummer er bare med når de ligger i samme sak.",
        "Referrals without an identity number are in it only when they lie in the same case.",
    ),
];

/// The same as a document to read.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn document(told: &InsightOut, language: Language) -> Result<Vec<u8>, PdfError> {
    let title = word(language, "Innsyn i opplysninger", "Insight into what is registered");
    let mut blocks = vec![Block::Title(title.to_owned())];
    let made = word(language, "Laget", "Made");
    blocks.push(Block::Pair(made.to_owned(), local(told.made_at)));
    blocks.extend(told.notes.iter().cloned().map(Block::Paragraph));
    for part in &told.referrals {
        let value = serde_json::to_value(part).unwrap_or_default();
        referral(&value, language, &mut blocks);
    }
    for case in &told.cases {
        let value = serde_json::to_value(case).unwrap_or_default();
        blocks.push(Block::Chapter(format!(
            "{} {}",
            word(language, "Sak", "Case"),
            text(&value, "/reference")
        )));
        entries(&value, language, &mut blocks);
    }
    let page = |number: usize, of: usize| match language {
        Language::Nb => format!("{title} – side {number} av {of}"),
        Language::En => format!("{title} – page {number} of {of}"),
    };
    pdf::write(title, language.as_str(), &blocks, page)
}

fn referral(part: &Value, language: Language, blocks: &mut Vec<Block>) {
    let say = |nb: &'static str, en: &'static str| word(language, nb, en).to_owned();
    let it = part.get("referral").unwrap_or(&Value::Null);
    blocks.push(Block::Chapter(format!(
        "{} {}",
        text(it, "/workflow/title"),
        text(it, "/reference")
    )));
    let mut pair = |word: String, value: String| {
        if !value.is_empty() {
            blocks.push(Block::Pair(word, value));
        }
    };
    pair(say("Skrevet", "Written"), time(it, "/createdAt"));
    pair(say("Avsluttet", "Closed"), time(it, "/closedAt"));
    pair(say("Tilstand", "State"), coded::<ReferralState>(it, "/state", language));
    pair(say("Hastegrad", "Urgency"), coded::<Urgency>(it, "/urgency", language));
    pair(say("Skrevet av", "Written by"), text(it, "/originator/name"));
    pair(
        say("Stafettpinnen er hos", "The baton is with"),
        text(it, "/custodian/name"),
    );
    pair(say("Kallenavn", "Alias"), text(it, "/person/alias"));
    pair(say("Navn", "Name"), text(it, "/person/name"));
    pair(say("Anslått alder", "Estimated age"), text(it, "/person/estimatedAge"));
    pair(say("Nummer", "Number"), text(it, "/person/identifier/value"));
    pair(
        say("Kommune", "Municipality"),
        text(it, "/person/whereabouts/municipality"),
    );
    pair(say("Bydel", "District"), text(it, "/person/whereabouts/district"));
    pair(say("Språk", "Language"), text(it, "/person/language"));
    pair(say("Opphold", "Residence"), text(it, "/person/residenceStatus"));
    pair(say("Merket", "Marked"), listed(it, "/person/flags", str::to_owned));
    pair(
        say("Behov", "Needs"),
        listed(it, "/needs", |code| title_of::<Need>(code, language)),
    );
    pair(say("Hva som er fortalt", "What was told"), text(it, "/summary"));
    pair(say("Om informasjon", "On informing"), text(it, "/informed/reason"));
    blocks.push(Block::Heading(say(
        "Hvem har fått det, på hvilket grunnlag",
        "Who got it, on which basis",
    )));
    for leg in it.get("handoffs").and_then(Value::as_array).into_iter().flatten() {
        let receiver = text(leg, "/receiver/name");
        let basis = [text(leg, "/legalBasis/title"), text(leg, "/legalBasis/legalRef")];
        let basis: Vec<_> = basis.into_iter().filter(|part| !part.is_empty()).collect();
        let said = [
            basis.join(", "),
            text(leg, "/legalBasis/reason"),
            text(leg, "/legalBasis/consent/scope"),
        ];
        blocks.push(Block::Entry {
            when: time(leg, "/createdAt"),
            what: format!(
                "{} → {receiver}: {}",
                text(leg, "/sender/name"),
                coded::<HandoffState>(leg, "/state", language)
            ),
            said: said.into_iter().filter(|said| !said.is_empty()).collect(),
        });
    }
    blocks.push(Block::Heading(say("Hva som har skjedd", "What has happened")));
    entries(part, language, blocks);
    let files = part.get("attachments").and_then(Value::as_array);
    let Some(files) = files.filter(|files| !files.is_empty()) else {
        return;
    };
    blocks.push(Block::Heading(say("Filer", "Files")));
    for file in files {
        let name = match text(file, "/name") {
            name if name.is_empty() => say("Tatt bort igjen", "Taken away again"),
            name => name,
        };
        blocks.push(Block::Entry {
            when: time(file, "/at"),
            what: format!("{name} ({})", text(file, "/agency/name")),
            said: vec![format!("{}, {} B", text(file, "/mediaType"), text(file, "/size"))],
        });
    }
}

fn entries(of: &Value, language: Language, blocks: &mut Vec<Block>) {
    for entry in of.get("timeline").and_then(Value::as_array).into_iter().flatten() {
        let who = [text(entry, "/actor/user/name"), text(entry, "/actor/agency/name")];
        let who: Vec<_> = who.into_iter().filter(|part| !part.is_empty()).collect();
        let by = match who.as_slice() {
            [] => String::new(),
            who => format!(" – {}", who.join(", ")),
        };
        let mut said: Vec<String> = entry
            .get("texts")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(_, text)| text.as_str().map(str::to_owned))
            .collect();
        said.extend(Some(text(entry, "/reason")).filter(|reason| !reason.is_empty()));
        blocks.push(Block::Entry {
            when: time(entry, "/at"),
            what: format!("{}{by}", text(entry, "/title")),
            said,
        });
    }
    if of.get("timeline").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        blocks.push(Block::Paragraph(word(language, "Ingenting.", "Nothing.").to_owned()));
    }
}

fn word<'w>(language: Language, nb: &'w str, en: &'w str) -> &'w str {
    match language {
        Language::Nb => nb,
        Language::En => en,
    }
}

/// What stands there, as people read it; nothing when nothing does.
fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn time(value: &Value, pointer: &str) -> String {
    let written = text(value, pointer);
    written.parse::<DateTime<Utc>>().map_or(written, local)
}

/// As the clock on the wall shows it.
fn local(at: DateTime<Utc>) -> String {
    at.with_timezone(&Oslo).format("%d.%m.%Y %H:%M").to_string()
}

fn coded<C: Code + 'static>(value: &Value, pointer: &str, language: Language) -> String {
    title_of::<C>(&text(value, pointer), language)
}

fn title_of<C: Code + 'static>(code: &str, language: Language) -> String {
    C::ALL
        .iter()
        .find(|known| known.as_str() == code)
        .map_or_else(|| code.to_owned(), |known| known.title(language).to_owned())
}

fn listed(value: &Value, pointer: &str, title: impl Fn(&str) -> String) -> String {
    let items = value.pointer(pointer).and_then(Value::as_array);
    let items = items.into_iter().flatten().filter_map(Value::as_str);
    items.map(title).collect::<Vec<_>>().join(", ")
}
