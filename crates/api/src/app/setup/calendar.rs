//! When an agency can be reached, and who stands in when it cannot.

use serde_json::{Value, json};
use stafett_store::agencies::{self as directory, Agency};
use stafett_store::settings::{self, Settings};
use stafett_store::{Handle, Tx};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::calendar::OpeningHours;
use stafett_workflow::policy::Operation;
use stafett_workflow::refusal::FieldError;

use super::{Authority, Note, admitted, all_right, named, save};
use crate::app::directory::Entry;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;
use crate::app::{AppError, Precondition};

/// A calendar as somebody writes it.
#[derive(Debug, Clone)]
pub struct NewCalendar {
    /// The hours, not yet judged; `None` when nobody can say.
    pub hours: Option<Value>,
    /// Who stands in, by slug or id.
    pub out_of_hours: Option<String>,
}

/// The calendar of one agency.
#[derive(Debug)]
pub struct Kept {
    /// The agency with its hours.
    pub entry: Entry,
    /// Who stands in while it is closed.
    pub out_of_hours: Option<AgencyId>,
    /// What that one is called.
    pub names: Names,
}

/// When an agency can be reached.
///
/// # Errors
/// Hidden, when there is none; the store's.
pub async fn read(engine: &Engine, agency: &str) -> Result<Kept, AppError> {
    let agency = named(&engine.db, agency).await?;
    Kept::load(engine, &engine.db, agency).await
}

/// Says when it can be reached from now on.
///
/// # Errors
/// Hidden, stale, denied; the fields at fault; the store's.
pub async fn put(
    engine: &Engine,
    authority: Authority<'_>,
    agency: &str,
    precondition: &Precondition,
    new: NewCalendar,
) -> Result<Kept, AppError> {
    let tx = engine.db.write_tx().await?;
    let (mut agency, right) = admitted(&tx, authority, Operation::SetUpAgency, agency, Some(precondition)).await?;
    let mut faults = Vec::new();
    let hours = match new.hours.as_ref().map(OpeningHours::read).transpose() {
        Ok(hours) => hours,
        Err(fault) => {
            faults.push(FieldError {
                pointer: format!("/openingHours{}", fault.pointer),
                ..fault
            });
            None
        }
    };
    let stands_in = stand_in(&tx, &agency, new.out_of_hours.as_deref(), &mut faults).await?;
    all_right(faults)?;
    agency.opening_hours = hours
        .map(|hours| serde_json::to_value(hours).map_err(AppError::internal))
        .transpose()?;
    let settings = Settings {
        out_of_hours: stands_in,
        ..settings::of(&tx, agency.id).await?
    };
    settings::put(&tx, agency.id, &settings).await?;
    save(&tx, &mut agency, engine.now()).await?;
    let note = Note {
        action: "calendar-changed",
        kind: "agency",
        object: agency.id.0,
        agency: &agency,
        body: json!({ "version": agency.version, "openingHours": agency.opening_hours, "outOfHours": stands_in }),
    };
    authority.note(&tx, right, note, engine.now()).await?;
    let kept = Kept::load(engine, &tx, agency).await?;
    tx.commit().await?;
    Ok(kept)
}

/// The agency that stands in: another one, which takes part.
async fn stand_in(
    tx: &Tx,
    agency: &Agency,
    name: Option<&str>,
    faults: &mut Vec<FieldError>,
) -> Result<Option<AgencyId>, AppError> {
    let Some(name) = name else { return Ok(None) };
    let found = directory::find(tx, name).await?;
    let unit = found.filter(|unit| unit.active && unit.id != agency.id);
    if unit.is_none() {
        faults.push(FieldError::new(
            "/outOfHours",
            "unknown-agency",
            "Velg en annen enhet som er i bruk.",
            "Choose another agency that takes part.",
        ));
    }
    Ok(unit.map(|unit| unit.id))
}

impl Kept {
    async fn load(engine: &Engine, on: &impl Handle, agency: Agency) -> Result<Self, AppError> {
        let settings = settings::of(on, agency.id).await?;
        Ok(Self {
            names: Names::load(on, settings.out_of_hours, []).await?,
            out_of_hours: settings.out_of_hours,
            entry: Entry::new(agency, engine.now()),
        })
    }
}
