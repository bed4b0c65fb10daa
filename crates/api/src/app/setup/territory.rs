//! Whom an agency serves: a municipality, a district of it, or, with neither, the whole country. It leads youths to an agency and
//! makes a municipality the one that decides, so nobody gives it to themselves.

use stafett_store::Tx;
use stafett_store::agencies::{self as directory, Agency, AgencyQuery};
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::AgencyKind;

use crate::app::AppError;

/// What the administrator of `parent` has not said of a new unit is as in the agency above: to say nothing would be the whole
/// municipality, or the whole country.
pub(super) fn inherit(parent: &Agency, unit: &mut Agency) {
    if unit.municipality.is_none() {
        unit.municipality.clone_from(&parent.municipality);
    }
    if unit.district.is_none() && unit.municipality == parent.municipality {
        unit.district.clone_from(&parent.district);
    }
}

/// The fields by which a unit serves somebody whom the agency above does not serve.
pub(super) fn outside(parent: &Agency, unit: &Agency) -> Vec<&'static str> {
    let municipality = parent.municipality.is_some() && unit.municipality != parent.municipality;
    let district = parent.district.is_some() && unit.district != parent.district;
    let fields = [("/municipality", municipality), ("/district", district)];
    fields
        .into_iter()
        .filter_map(|(field, is_outside)| is_outside.then_some(field))
        .collect()
}

/// What is wrong when another municipality is responsible for the same place already: nobody could tell which of the two
/// decides when services disagree.
pub(super) async fn not_alone(tx: &Tx, agency: &Agency) -> Result<Option<FieldError>, AppError> {
    let (AgencyKind::Municipality, true, Some(municipality)) = (agency.kind, agency.active, &agency.municipality)
    else {
        return Ok(None);
    };
    let query = AgencyQuery {
        kind: Some(AgencyKind::Municipality),
        municipality: Some(municipality.clone()),
        active: Some(true),
        limit: 2,
        ..AgencyQuery::default()
    };
    let others = directory::list(tx, &query).await?.items;
    Ok(others.iter().any(|other| other.id != agency.id).then(|| {
        FieldError::new(
            "/municipality",
            "taken",
            "En annen aktiv kommune i katalogen har dette kommunenummeret. Bare en kan avgjøre uenighet om ansvaret.",
            "Another active municipality in the directory has this number. Only one can decide when services disagree.",
        )
    }))
}
