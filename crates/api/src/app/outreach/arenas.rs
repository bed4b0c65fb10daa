//! What is particular to an arena: the agencies that it names.

use chrono::{DateTime, Utc};
use stafett_store::agencies;
use stafett_workflow::Refusal;
use stafett_workflow::agency::{AgencyId, ArenaId};
use stafett_workflow::outreach::{Arena, Presence};
use stafett_workflow::refusal::FieldError;

use super::Record;
use crate::app::AppError;
use crate::app::engine::Engine;

impl Record for Arena {
    const KIND: &'static str = "outreach-arena";
    const PLACE: &'static str = "outreach/arenas";

    fn faults(&self, _now: DateTime<Utc>) -> Vec<FieldError> {
        Self::faults(self)
    }

    fn arenas(&self) -> Vec<(String, ArenaId)> {
        Vec::new()
    }

    fn agencies(&self) -> Vec<AgencyId> {
        let present = self.present.iter().map(|presence| presence.agency);
        present.chain(self.responsible).collect()
    }
}

/// An arena with the agencies that it names by slug or id: who is responsible, and who is there how often in a month.
///
/// # Errors
/// The fields that name no agency; the store's.
pub async fn naming(
    engine: &Engine,
    arena: Arena,
    responsible: Option<&str>,
    present: &[(String, u16)],
) -> Result<Arena, AppError> {
    let names: Vec<&str> = present
        .iter()
        .map(|(name, _)| name.as_str())
        .chain(responsible)
        .collect();
    let known = agencies::facts(&engine.db, &[], &names).await?;
    let mut faults = Vec::new();
    let mut agency = |name: &str, pointer: String| {
        let found = known.by_name(name).map(|facts| facts.id);
        faults.extend(found.is_none().then(|| unknown_agency(pointer)));
        found
    };
    let responsible = responsible.and_then(|name| agency(name, "/responsible".to_owned()));
    let present: Vec<Presence> = present
        .iter()
        .enumerate()
        .filter_map(|(at, (name, times_a_month))| {
            agency(name, format!("/present/{at}/agency")).map(|agency| Presence {
                agency,
                times_a_month: *times_a_month,
            })
        })
        .collect();
    if !faults.is_empty() {
        return Err(Refusal::of_fields(faults).into());
    }
    Ok(Arena {
        responsible,
        present,
        ..arena
    })
}

fn unknown_agency(pointer: String) -> FieldError {
    FieldError::new(
        pointer,
        "unknown-agency",
        "Enheten finnes ikke. Bruk slug eller id fra katalogen.",
        "There is no such agency. Use a slug or an id of the directory.",
    )
}
