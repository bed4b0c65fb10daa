//! Whom an agency serves: a municipality, a district of it, or, with neither, the whole country; and beside that more districts or
//! whole municipalities. It leads youths to an agency and makes a municipality the one that decides, so nobody gives it to
//! themselves.

use stafett_store::Tx;
use stafett_store::agencies::{self as directory, Agency, AgencyQuery};
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::AgencyKind;

use crate::app::AppError;

/// More places than this are a part of the country, not a territory.
const MOST: usize = 50;

/// What the administrator of `parent` has not said of a new unit is as in the agency above: to say nothing would be the whole
/// municipality, or the whole country.
pub(super) fn inherit(parent: &Agency, unit: &mut Agency) {
    let said_nothing = unit.municipality.is_none() && unit.also_serves.is_empty();
    if unit.municipality.is_none() {
        unit.municipality.clone_from(&parent.municipality);
    }
    if unit.district.is_none() && unit.municipality == parent.municipality {
        unit.district.clone_from(&parent.district);
    }
    if said_nothing {
        unit.also_serves.clone_from(&parent.also_serves);
    }
}

/// The places that an agency serves: its own and what else. Nothing when it serves the whole country.
fn places(agency: &Agency) -> impl Iterator<Item = &str> {
    let own = agency.district.as_deref().or(agency.municipality.as_deref());
    own.into_iter().chain(agency.also_serves.iter().map(String::as_str))
}

/// The fields by which a unit serves somebody whom the agency above does not serve.
pub(super) fn outside(parent: &Agency, unit: &Agency) -> Vec<&'static str> {
    if parent.municipality.is_none() {
        return Vec::new(); // the whole country
    }
    // A district's number begins with that of its municipality.
    let serves = |place: &str| places(parent).any(|known| place.starts_with(known));
    let near = |municipality: &str| places(parent).any(|known| known.starts_with(municipality));
    let municipality = unit.municipality.as_deref().is_none_or(|own| !near(own));
    let own = unit.district.as_deref().or(unit.municipality.as_deref());
    // Where the agency above serves a district, another municipality is another district too.
    let district = (!municipality || parent.district.is_some()) && own.is_some_and(|own| !serves(own));
    let also = unit.also_serves.iter().any(|place| !serves(place));
    let fields = [
        ("/municipality", municipality),
        ("/district", district),
        ("/alsoServes", also),
    ];
    fields
        .into_iter()
        .filter_map(|(field, is_outside)| is_outside.then_some(field))
        .collect()
}

/// What is wrong with what an agency serves beside its own, once that is known.
pub(super) fn also(agency: &Agency) -> Option<FieldError> {
    let pointer = "/alsoServes";
    let fault = |nb: &str, en: &str| Some(FieldError::new(pointer, "invalid-value", nb, en));
    let is_number = |place: &String| [4, 6].contains(&place.len()) && place.bytes().all(|byte| byte.is_ascii_digit());
    if agency.also_serves.is_empty() {
        return None;
    }
    if agency.also_serves.len() > MOST || !agency.also_serves.iter().all(is_number) {
        return fault(
            "Skriv bydeler med seks sifre og hele kommuner med fire, høyst 50.",
            "Write districts with six digits and whole municipalities with four, at most 50.",
        );
    }
    let Some(own) = agency.district.as_deref().or(agency.municipality.as_deref()) else {
        return fault(
            "En enhet uten kommune tar imot fra hele landet. Sett kommunen først.",
            "An agency without a municipality serves the whole country. Set its municipality first.",
        );
    };
    if agency.kind == AgencyKind::Municipality {
        return fault(
            "En kommune avgjør bare for seg selv. Legg stedene på tjenesten som tar imot.",
            "A municipality decides for itself only. Give the places to the service that receives.",
        );
    }
    // A place within another one that is served anyhow would only seem to say something.
    let within = |place: &String, other: &str| place.starts_with(other) && place != other;
    let twice = agency
        .also_serves
        .iter()
        .any(|place| place.starts_with(own) || agency.also_serves.iter().any(|other| within(place, other)));
    if twice {
        return fault(
            "Ett av stedene ligger i et annet som enheten alt tar imot fra. Ta det bort.",
            "One of the places lies within another that the agency serves already. Leave it out.",
        );
    }
    None
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
