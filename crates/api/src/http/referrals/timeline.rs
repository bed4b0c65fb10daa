//! `GET /referrals/{id}/timeline`: who, for which agency, what, when, and how the clock stood then.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use stafett_workflow::event::{Fact, Told};
use stafett_workflow::vocabulary::{Code, Language};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::output::{AgencyOut, PersonRef, in_words};
use super::receipts::MailOut;
use super::{examples, name};
use crate::app::engine::Engine;
use crate::app::referrals::timeline::{self, Entry, Timeline};
use crate::auth::permission::{ReadTimeline, Scoped};
use crate::http::extract::Speaks;
use crate::http::paging::Page;
use crate::problem::Problem;

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_referral_timeline);
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct EntryOut {
    id: Uuid,
    /// Its place in the log, from 1.
    seq: u32,
    /// The referral's version after it.
    version: u32,
    at: DateTime<Utc>,
    /// What kind of fact: `created`, `moved`, `baton-passed`, `clock-armed` and so on.
    kind: &'static str,
    /// What happened, in words.
    title: String,
    /// The action, when somebody took one.
    action: Option<String>,
    /// Who did it.
    actor: Option<ActorOut>,
    handoff_id: Option<Uuid>,
    /// The codes that were given.
    codes: BTreeMap<String, String>,
    /// The texts that were given.
    texts: BTreeMap<String, String>,
    /// Who held the baton after it.
    custodian: AgencyOut,
    /// The limit that was up next after it.
    clock: Option<NextClockOut>,
    /// Who was told of it, and how far each notice has come.
    told: Vec<MailOut>,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ActorOut {
    user: PersonRef,
    agency: AgencyOut,
    role: String,
}

/// The limit that was up next.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NextClockOut {
    id: String,
    title: String,
    due_at: DateTime<Utc>,
    /// How long it had left then, in seconds; negative when it was missed.
    remaining_seconds: i64,
}

/// Read the timeline
///
/// The whole log of the referral, the oldest first, with the words that belong to it.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "getReferralTimeline",
    params(
        ("id" = String, Path, description = "Id or reference", example = "K7QF-2M")
    ),
    responses((status = 200, description = "Everything that has happened", body = Page<EntryOut>, example = json!({
        "items": [{
            "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0002",
            "seq": 2, "version": 1,
            "at": "2026-11-24T00:45:00Z",
            "kind": "moved", "title": "Sendt", "action": "send",
            "actor": {
                "user": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b01", "name": "Kari Nordby" },
                "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00", "slug": "uteseksjonen", "name": "Uteseksjonen" },
                "role": "worker"
            },
            "handoffId": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001",
            "codes": {}, "texts": {},
            "custodian": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00", "slug": "uteseksjonen", "name": "Uteseksjonen" },
            "clock": { "id": "review", "title": "Gjennomgang av meldingen", "dueAt": "2026-11-24T01:45:00Z", "remainingSeconds": 3600 },
            "told": [examples::told()]
        }],
        "nextCursor": null
    })))
)]
#[get("/referrals/{id}/timeline")]
async fn get_referral_timeline(
    request: HttpRequest,
    path: web::Path<String>,
    may: Scoped<ReadTimeline>,
    language: Speaks,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let timeline = timeline::timeline(&engine, may.asker(), &may.scope, name(&path)?).await?;
    let items: Vec<_> = timeline
        .entries
        .iter()
        .map(|entry| EntryOut::of(entry, &timeline, language.0))
        .collect();
    Ok(Page::at(items, None).respond(&request))
}

impl EntryOut {
    pub(in crate::http) fn of(entry: &Entry, timeline: &Timeline, language: Language) -> Self {
        let event = &entry.event;
        let names = &timeline.names;
        let codes = match &event.fact {
            Fact::Moved { codes, .. } | Fact::Noted { codes, .. } => codes.clone(),
            _ => BTreeMap::new(),
        };
        Self {
            id: event.id,
            seq: event.seq,
            version: event.version,
            at: event.at,
            kind: event.fact.kind(),
            title: title(&event.fact, entry.clock.as_deref(), timeline, language),
            action: event.fact.action().map(|action| action.to_string()),
            actor: event.by.map(|by| ActorOut {
                user: PersonRef::of(by.user, names),
                agency: AgencyOut::of(by.agency, names),
                role: by.role.to_string(),
            }),
            handoff_id: event.fact.handoff().map(|handoff| handoff.0),
            codes,
            texts: entry
                .texts
                .iter()
                .map(|(field, text)| (field.clone(), in_words(text.as_deref(), language)))
                .collect(),
            custodian: AgencyOut::of(entry.custodian, names),
            clock: entry.next_clock.as_ref().map(|clock| NextClockOut {
                id: clock.name.clone(),
                title: clock_title(&clock.name, timeline, language),
                due_at: clock.due_at,
                remaining_seconds: (clock.due_at - event.at).num_seconds(),
            }),
            told: entry
                .told
                .iter()
                .map(|receipt| MailOut::of(receipt, names, language))
                .collect(),
        }
    }
}

fn title(fact: &Fact, clock: Option<&str>, timeline: &Timeline, language: Language) -> String {
    let name = |id| timeline.names.agency(id).map_or("", |agency| agency.name.as_str());
    let step = |id: &str| {
        timeline
            .definition
            .state(id)
            .map_or_else(String::new, |state| state.title.in_language(language).to_owned())
    };
    let words = |nb: &str, en: &str| match language {
        Language::Nb => nb.to_owned(),
        Language::En => en.to_owned(),
    };
    let about = clock.map_or_else(String::new, |clock| clock_title(clock, timeline, language));
    let told = |to: &Told| format!("{} ({})", to.link.title(language), name(to.agency));
    match fact {
        Fact::Created { .. } => words("Skrevet", "Written"),
        Fact::Edited { .. } => words("Kladden endret", "Draft changed"),
        Fact::TermsSettled { .. } => words("Mottaker og grunnlag fastsatt", "Receiver and basis settled"),
        Fact::Opened { terms, .. } => {
            let to = terms.receiver.map(name).unwrap_or_default();
            words(&format!("Sendt til {to}"), &format!("Sent to {to}"))
        }
        Fact::Moved { step: to, .. } => step(to),
        Fact::BatonPassed { to, .. } => words(
            &format!("Stafettpinnen er hos {}", name(*to)),
            &format!("The baton is with {}", name(*to)),
        ),
        Fact::Assigned { assignee, .. } => {
            let who = timeline.names.person(*assignee).unwrap_or_default();
            words(&format!("Tildelt {who}"), &format!("Assigned to {who}"))
        }
        Fact::ClockArmed { clock } => {
            let agreement = clock.agreement.and_then(|id| timeline.agreements.get(&id));
            let clock = clock_title(&clock.name, timeline, language);
            match agreement.map(|agreement| &agreement.reference) {
                None => words(&format!("Fristen løper: {clock}"), &format!("The clock runs: {clock}")),
                Some(reference) => words(
                    &format!("Fristen løper: {clock} (avtale {reference})"),
                    &format!("The clock runs: {clock} (agreement {reference})"),
                ),
            }
        }
        Fact::ClockPaused { .. } => words("En frist står stille", "A clock stands still"),
        Fact::ClockResumed { .. } => words("En frist løper igjen", "A clock runs again"),
        Fact::ClockWarned { to, .. } => words(
            &format!("Fristen nærmer seg: {about} – beskjed til {}", told(to)),
            &format!("Deadline near: {about} – told {}", told(to)),
        ),
        Fact::ClockBreached { to, .. } => words(
            &format!("Fristen er brutt: {about} – beskjed til {}", told(to)),
            &format!("Deadline missed: {about} – told {}", told(to)),
        ),
        Fact::ClockEscalated { to, .. } => words(
            &format!("Fristen er fortsatt brutt: {about} – meldt videre til {}", told(to)),
            &format!("Deadline still missed: {about} – passed on to {}", told(to)),
        ),
        Fact::ClockReminded { to, .. } => words(
            &format!("Fristen er fortsatt brutt: {about} – purring til {}", told(to)),
            &format!("Deadline still missed: {about} – reminded {}", told(to)),
        ),
        Fact::Noted { action, .. } => action.title(language).to_owned(),
        Fact::Disputed { .. } => words("Uenighet om ansvaret", "The allocation is disputed"),
        Fact::Allocated { custodian, .. } => words(
            &format!("Ansvaret er lagt til {}", name(*custodian)),
            &format!("{} was found responsible", name(*custodian)),
        ),
        Fact::Restored { .. } => words("Siste handling angret", "The last action was undone"),
        Fact::ClockStopped { .. } => words("En frist stanset", "A clock stopped"),
        Fact::Revoked { .. } => stafett_workflow::vocabulary::ReferralState::Revoked
            .title(language)
            .to_owned(),
        Fact::PersonRectified { .. } => words(
            "Opplysninger om den unge er rettet",
            "What is registered about the youth was corrected",
        ),
        Fact::Migrated { workflow, .. } => words(
            &format!("Går nå etter versjon {} av arbeidsflyten", workflow.version),
            &format!("Runs on version {} of the workflow from here on", workflow.version),
        ),
        Fact::MessagePosted { .. } => words("Melding", "Message"),
        Fact::Glass { step, .. } => step.title(language).to_owned(),
        Fact::AttachmentAdded { .. } => words("Fil lagt til", "File added"),
        Fact::AttachmentRemoved { .. } => words("Fil tatt bort", "File taken away"),
        Fact::Seen { .. } => words("Åpnet av mottaker", "Opened by the receiver"),
    }
}

fn clock_title(id: &str, timeline: &Timeline, language: Language) -> String {
    timeline
        .definition
        .clock(id)
        .map_or_else(String::new, |clock| clock.title.in_language(language).to_owned())
}
