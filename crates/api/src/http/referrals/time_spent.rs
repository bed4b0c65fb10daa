//! `GET /referrals/{id}/time-spent`: where the time of one referral went.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use stafett_workflow::time_spent::{Share, Stretch};
use stafett_workflow::vocabulary::{HandoffState, Language};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::name;
use super::output::AgencyOut;
use crate::app::engine::Engine;
use crate::app::referrals::time_spent::{self, Told};
use crate::auth::permission::{ReadTimeline, Scoped};
use crate::http::extract::Speaks;
use crate::http::reports::format::{Format, cell, csv};
use crate::http::reports::{called, minutes, written};
use crate::http::schema;
use crate::problem::Problem;

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_referral_time_spent);
}

/// Where the time of a referral went. All times are in minutes, to the hundredth.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct TimeSpentOut {
    /// The referral's short name.
    #[schema(example = "K7QF-2M")]
    reference: String,
    /// Until when it was looked at: now, or when the reader's part in it ended.
    as_of: DateTime<Utc>,
    /// When the first stretch began; null when no time has gone.
    from: Option<DateTime<Utc>>,
    /// When the last one ended, or until when it has run.
    to: Option<DateTime<Utc>>,
    /// Whether it is over; after the end no time is counted.
    over: bool,
    /// All of it by the wall clock: the stretches together.
    minutes: f64,
    /// The stretches in their order; each begins when the one before ends.
    stretches: Vec<StretchOut>,
    /// What of it was whose, whoever had most of it first.
    agencies: Vec<ShareOut>,
}

/// A stretch of time in which nothing changed about where the referral stood.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StretchOut {
    /// The number of the leg, from 1.
    leg: usize,
    /// The hand-off's id.
    handoff: Uuid,
    /// Who sent it, or was about to.
    sender: AgencyOut,
    /// To whom; null as long as it is a draft.
    receiver: Option<AgencyOut>,
    #[schema(schema_with = schema::handoff_state)]
    state: HandoffState,
    /// The name of the step, in the language of the caller.
    title: String,
    /// Whether the services disagreed about who is responsible.
    disputed: bool,
    /// Who had the baton.
    holder: AgencyOut,
    /// Who had to act; null while it was over.
    waits_for: Option<AgencyOut>,
    /// Whether whoever had the baton had to act: own time, and not waiting for another.
    own: bool,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    /// By the wall clock.
    minutes: f64,
    /// For how much of it whoever had to act was open, by the hours that they have now; null when they say none.
    open_minutes: Option<f64>,
    /// The entry of the timeline with which it began.
    event: Uuid,
}

/// What of the time was an agency's.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShareOut {
    agency: AgencyOut,
    /// It had the baton and had to act itself.
    own_minutes: f64,
    /// It had the baton and waited for another.
    waiting_minutes: f64,
    /// Another had the baton and waited for it.
    awaited_minutes: f64,
}

/// Read where the time went
///
/// How the time of the referral was spent, from the first word to the end or to now: which leg, in which state, who had the baton,
/// whom it waited for, by the wall clock and in opening hours. The stretches follow each other without a gap. Worked out from the log
/// that the timeline shows; whose part in it has ended is told of the time until then.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "getReferralTimeSpent",
    params(
        ("id" = String, Path, description = "Id or reference", example = "K7QF-2M")
    ),
    responses(
        (status = 200, description = "The time; its stretches as a table by `Accept: text/csv`", content(
            (TimeSpentOut = "application/json", example = json!(example())),
            (String = "text/csv", example = json!(TABLE))
        )),
        (status = 404, description = "There is none, or the caller may not know of it")
    )
)]
#[get("/referrals/{id}/time-spent")]
async fn get_referral_time_spent(
    path: web::Path<String>,
    may: Scoped<ReadTimeline>,
    format: Format,
    language: Speaks,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let told = time_spent::time_spent(&engine, may.asker(), &may.scope, name(&path)?).await?;
    let stretches = told.spent.stretches.iter();
    match format {
        Format::Json => Ok(HttpResponse::Ok().json(TimeSpentOut {
            as_of: told.as_of,
            from: told.spent.from(),
            to: told.spent.until(),
            over: told.spent.over,
            minutes: minutes(told.spent.wall()),
            stretches: stretches.map(|one| StretchOut::new(one, &told, language.0)).collect(),
            agencies: shares(&told),
            reference: told.reference,
        })),
        Format::Csv => csv(
            "time-spent",
            HEADINGS,
            stretches.map(|one| cells(one, &told, language.0)),
        ),
    }
}

const HEADINGS: [&str; 13] = [
    "leg",
    "sender",
    "receiver",
    "state",
    "title",
    "disputed",
    "holder",
    "waitsFor",
    "own",
    "from",
    "to",
    "minutes",
    "openMinutes",
];

impl StretchOut {
    fn new(stretch: &Stretch, told: &Told, language: Language) -> Self {
        let place = &stretch.place;
        let agency = |id| AgencyOut::of(id, &told.names);
        Self {
            leg: stretch.leg,
            handoff: place.handoff.0,
            sender: agency(place.sender),
            receiver: place.receiver.map(agency),
            state: place.state,
            title: title(stretch, told, language),
            disputed: place.disputed,
            holder: agency(place.holder),
            waits_for: place.waits_for.map(agency),
            own: place.is_own(),
            from: stretch.from,
            to: stretch.until,
            minutes: minutes(stretch.wall()),
            open_minutes: stretch.open.map(minutes),
            event: stretch.event,
        }
    }
}

fn title(stretch: &Stretch, told: &Told, language: Language) -> String {
    let step = stretch.place.step.as_str();
    let state = told.definition.state(step);
    state.map_or(step, |state| state.title.in_language(language)).to_owned()
}

fn cells(stretch: &Stretch, told: &Told, language: Language) -> [String; HEADINGS.len()] {
    let place = &stretch.place;
    let slug = |agency| {
        let [slug, _name] = called(&told.names, agency);
        slug
    };
    [
        stretch.leg.to_string(),
        slug(Some(place.sender)),
        slug(place.receiver),
        place.state.to_string(),
        title(stretch, told, language),
        place.disputed.to_string(),
        slug(Some(place.holder)),
        slug(place.waits_for),
        place.is_own().to_string(),
        written(stretch.from),
        written(stretch.until),
        minutes(stretch.wall()).to_string(),
        cell(stretch.open.map(minutes)),
    ]
}

fn shares(told: &Told) -> Vec<ShareOut> {
    let mut shares: Vec<_> = told.spent.shares().into_iter().collect();
    let all = |share: &Share| -> TimeDelta { share.own + share.awaited };
    // What it had to do itself, with the baton or without it, is what a lead asks about first.
    shares.sort_by_key(|(_, share)| std::cmp::Reverse(all(share)));
    let shares = shares.into_iter().map(|(agency, share)| ShareOut {
        agency: AgencyOut::of(agency, &told.names),
        own_minutes: minutes(share.own),
        waiting_minutes: minutes(share.waiting),
        awaited_minutes: minutes(share.awaited),
    });
    shares.collect()
}

/// The same as a table.
const TABLE: &str = "leg,sender,receiver,state,title,disputed,holder,waitsFor,own,from,to,minutes,openMinutes\r\n\
    1,uteseksjonen,barnevernvakten,sent,Sendt,false,uteseksjonen,barnevernvakten,false,\
    2026-11-24T00:45:00Z,2026-11-24T03:15:00Z,150,150\r\n";

fn example() -> serde_json::Value {
    let agency = |slug: &str, name: &str, last: &str| serde_json::json!({ "id": format!("019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a{last}"), "slug": slug, "name": name });
    let outreach = || agency("uteseksjonen", "Uteseksjonen", "00");
    let welfare = || agency("barnevernvakten", "Barnevernvakten", "01");
    serde_json::json!({
        "reference": "K7QF-2M",
        "asOf": "2026-11-24T12:00:00Z",
        "from": "2026-11-24T00:45:00Z",
        "to": "2026-11-24T03:15:00Z",
        "over": true,
        "minutes": 150.0,
        "stretches": [{
            "leg": 1,
            "handoff": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001",
            "sender": outreach(),
            "receiver": welfare(),
            "state": "sent",
            "title": "Sendt",
            "disputed": false,
            "holder": outreach(),
            "waitsFor": welfare(),
            "own": false,
            "from": "2026-11-24T00:45:00Z",
            "to": "2026-11-24T03:15:00Z",
            "minutes": 150.0,
            "openMinutes": 150.0,
            "event": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0002"
        }],
        "agencies": [
            { "agency": welfare(), "ownMinutes": 0.0, "waitingMinutes": 0.0, "awaitedMinutes": 150.0 },
            { "agency": outreach(), "ownMinutes": 0.0, "waitingMinutes": 150.0, "awaitedMinutes": 0.0 }
        ]
    })
}
