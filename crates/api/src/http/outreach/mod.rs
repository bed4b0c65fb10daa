//! `/outreach`: the register of an outreach team: patrols, the lines of their tallies, arenas.
//!
//! Each of the three is written in the same way. `POST` enters, with an `Idempotency-Key` if the client wishes; `PUT` with
//! `If-None-Match: *` enters under an id of the client's own, which is how a phone does it; `PUT` with `If-Match` corrects, and
//! `DELETE` with `If-Match` takes back. What is taken back is kept, and a correction makes it count again.

mod arenas;
mod contacts;
mod output;
mod patrols;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stafett_store::idempotency::Answer;
use stafett_store::outreach::RegisterQuery;
use stafett_workflow::agency::{AgencyId, ArenaId, PatrolId};
use stafett_workflow::policy::Scope;
use stafett_workflow::vocabulary::Text;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

pub(in crate::http) use output::ArenaRef;

use super::BASE;
use super::envelope::json as text;
use super::extract::{IfAbsent, IfMatch, instant_if_given};
use super::paging::{Cursor, Limit};
use super::referrals::write_out;
use crate::app::outreach::{Record, Shown};
use crate::app::{AppError, Precondition};
use crate::problem::{ErrorCode, Problem};

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .configure(patrols::configure)
        .configure(contacts::configure)
        .configure(arenas::configure);
}

/// Which patrols or lines to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RegisterParameters {
    /// In the register of this agency, by its id; usually all of the caller's.
    agency: Option<Uuid>,
    /// Of patrols that began from this instant on.
    #[serde(default, deserialize_with = "instant_if_given")]
    #[param(example = "2026-10-31T23:00:00Z")]
    from: Option<DateTime<Utc>>,
    /// Of patrols that began before this instant.
    #[serde(default, deserialize_with = "instant_if_given")]
    #[param(example = "2026-11-30T23:00:00Z")]
    to: Option<DateTime<Utc>>,
    /// At this arena, by its id.
    arena: Option<Uuid>,
    /// Of this patrol, by its id.
    patrol: Option<Uuid>,
    /// Those that were taken back instead of those that count.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    withdrawn: bool,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

impl RegisterParameters {
    fn within(&self, scope: Scope) -> Result<RegisterQuery, AppError> {
        Ok(RegisterQuery {
            scope,
            agency: self.agency.map(AgencyId),
            from: self.from,
            until: self.to,
            arena: self.arena.map(ArenaId),
            patrol: self.patrol.map(PatrolId),
            withdrawn: self.withdrawn,
            after: self.cursor.as_ref().map(Cursor::position).transpose()?,
            limit: self.limit.get().into(),
        })
    }
}

/// What a `PUT` is meant to do.
enum Put {
    /// Enter something that is not there yet.
    Enter,
    /// Correct what stands in this version.
    Correct(Precondition),
}

/// By the headers; without any it is neither.
fn put(absent: IfAbsent, version: IfMatch) -> Result<Put, Problem> {
    match (absent.0, version.0) {
        (true, _) => Ok(Put::Enter),
        (false, Precondition::Missing) => Err(Problem::new(ErrorCode::PreconditionRequired).with_detail(Text::new(
            "Send If-None-Match: * for å føre inn noe nytt under din egen id, eller If-Match med versjonen du retter.",
            "Send If-None-Match: * to enter something under an id of your own, or If-Match with the version that you correct.",
        ))),
        (false, version) => Ok(Put::Correct(version)),
    }
}

/// The id in an address; whatever cannot be one does not exist.
fn id(written: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(written).map_err(|_not_an_id| Problem::not_found())
}

/// An id that a client may make: sortable by time, as all ids are.
fn own_id(written: &str) -> Result<Uuid, Problem> {
    let id = Uuid::parse_str(written).ok().filter(|id| id.get_version_num() == 7);
    id.ok_or_else(|| {
        Problem::new(ErrorCode::InvalidInput).with_detail(Text::new(
            "Id-en i adressen skal være en UUID av versjon 7.",
            "The id in the address must be a UUID of version 7.",
        ))
    })
}

/// An entry as it stands.
fn stands<T: Record, O: Serialize>(shown: &Shown<T>, out: impl Fn(&Shown<T>) -> O) -> Answer {
    Answer {
        status: StatusCode::OK.as_u16(),
        etag: Some(format!("\"{}\"", shown.entry.head.version)),
        location: None,
        body: Some(text(&out(shown))),
    }
}

/// An entry that was made just now.
fn entered<T: Record, O: Serialize>(shown: &Shown<T>, out: impl Fn(&Shown<T>) -> O) -> Answer {
    Answer {
        status: StatusCode::CREATED.as_u16(),
        location: Some(format!("{BASE}/{}/{}", T::PLACE, shown.entry.head.id)),
        ..stands(shown, out)
    }
}

/// The answer with an entry as it stands.
fn respond<T: Record, O: Serialize>(shown: &Shown<T>, out: impl Fn(&Shown<T>) -> O) -> HttpResponse {
    write_out(&stands(shown, out))
}
