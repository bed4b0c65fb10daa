//! What an agency says of itself beside the directory: where its urgent mail goes, and who stands in for it. A change
//! counts as a change of the agency, whose version it raises.

use std::collections::BTreeMap;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use stafett_workflow::agency::AgencyId;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::agency_settings::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;

/// The settings of one agency; those of one that has said nothing are empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The address of whoever is on call.
    pub on_call: Option<String>,
    /// Who stands in while it is closed.
    pub out_of_hours: Option<AgencyId>,
    /// Whether what can wait waits until it opens.
    pub quiet_hours: bool,
    /// Whether a mail that tells a deadline of its own carries it as a calendar entry.
    pub calendar_files: bool,
}

// Whatever is printed may land in a log, and a log has no addresses.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("out_of_hours", &self.out_of_hours)
            .finish_non_exhaustive()
    }
}

/// What an agency has said.
///
/// # Errors
/// When the database does not answer.
pub async fn of(on: &impl Handle, agency: AgencyId) -> Result<Settings, StoreError> {
    let row = Entity::find_by_id(agency.0).one(&on.executor()).await?;
    Ok(row.map(Settings::from).unwrap_or_default())
}

/// Who stands in for whom out of hours.
///
/// # Errors
/// When the database does not answer.
pub async fn out_of_hours(on: &impl Handle) -> Result<BTreeMap<AgencyId, AgencyId>, StoreError> {
    let rows = Entity::find()
        .filter(Column::OutOfHoursId.is_not_null())
        .all(&on.executor())
        .await?;
    let pairs = rows
        .into_iter()
        .filter_map(|row| Some((AgencyId(row.agency_id), AgencyId(row.out_of_hours_id?))));
    Ok(pairs.collect())
}

/// Keeps what it says from now on.
///
/// # Errors
/// When the database does not answer.
pub async fn put(tx: &Tx, agency: AgencyId, settings: &Settings) -> Result<(), StoreError> {
    let row = ActiveModel {
        agency_id: Set(agency.0),
        on_call: Set(settings.on_call.clone()),
        out_of_hours_id: Set(settings.out_of_hours.map(|unit| unit.0)),
        quiet_hours: Set(settings.quiet_hours),
        calendar_files: Set(settings.calendar_files),
    };
    let mut again = OnConflict::column(Column::AgencyId);
    again.update_columns([
        Column::OnCall,
        Column::OutOfHoursId,
        Column::QuietHours,
        Column::CalendarFiles,
    ]);
    Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

impl From<Model> for Settings {
    fn from(row: Model) -> Self {
        Self {
            on_call: row.on_call,
            out_of_hours: row.out_of_hours_id.map(AgencyId),
            quiet_hours: row.quiet_hours,
            calendar_files: row.calendar_files,
        }
    }
}
