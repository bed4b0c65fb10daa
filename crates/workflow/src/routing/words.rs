//! What the router says of its own accord, beside the table's words.

use crate::vocabulary::{Code, Language, Need, Text};

use super::place::{Place, PlaceKind};

/// Something to mind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Its code: the table's, or one of the router's own.
    pub code: String,
    /// In words.
    pub text: Text,
}

impl Warning {
    fn new(code: &str, nb: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            text: Text::new(nb, en),
        }
    }
}

/// What to mind about the place.
pub(super) fn of_place(place: &Place) -> Option<Warning> {
    let by = place.served_by.as_deref().unwrap_or("?");
    match place.kind {
        PlaceKind::Unknown => Some(Warning::new(
            "whereabouts-unknown",
            format!("Ingen vet hvor den unge bor nå. Bydel {by} hjelper til det er klart. Spør hvor de sover i natt."),
            format!(
                "Nobody knows where the youth is staying. {by} helps until that is clear. Ask where they sleep tonight."
            ),
        )),
        PlaceKind::Assigned => Some(Warning::new(
            "served-by-another-district",
            format!(
                "{} har ikke egen bydelstjeneste. Bydel {by} har ansvaret.",
                capital(&place.name.nb)
            ),
            format!(
                "{} has no district service of its own. {by} is responsible.",
                capital(&place.name.en)
            ),
        )),
        PlaceKind::District | PlaceKind::OtherMunicipality => None,
    }
}

/// The age is not known.
pub(super) fn age_unknown() -> Warning {
    Warning::new(
        "age-unknown",
        "Alderen er ukjent. Tvilen skal komme barnet til gode: regn med at den unge kan være under 18.",
        "The age is unknown. The doubt is the child's: reckon with the youth being under 18.",
    )
}

/// The unit is closed.
pub(super) fn closed_now() -> Warning {
    Warning::new(
        "closed-now",
        "Stengt nå. Det du sender blir liggende til de åpner.",
        "Closed now. What you send lies there until they open.",
    )
}

/// Why one is suggested that takes for another.
pub(super) fn stands_in(closed: &str, stand_in: &str) -> Text {
    Text::new(
        format!("{closed} er stengt nå. {stand_in} tar imot for dem så lenge."),
        format!("{closed} is closed now. {stand_in} takes for them meanwhile."),
    )
}

/// Nobody has said when the unit is open.
pub(super) fn hours_unknown() -> Warning {
    Warning::new(
        "hours-unknown",
        "Åpningstiden er ikke lagt inn. Ring før du regner med svar.",
        "The opening hours are not known. Call before you count on an answer.",
    )
}

/// The unit has said that it is full.
pub(super) fn full() -> Warning {
    Warning::new(
        "full",
        "Har meldt fullt. Henvis likevel hvis behovet er der: svaret kommer med en frist.",
        "Has reported to be full. Refer all the same when the need is there: an answer comes with a deadline.",
    )
}

/// What the unit has said is too old to count.
pub(super) fn stale() -> Warning {
    Warning::new(
        "capacity-stale",
        "Kapasiteten er ikke oppdatert på lenge og regnes som ukjent.",
        "The capacity was not updated for long and counts as unknown.",
    )
}

/// The sender's kind may not use the workflow.
pub(super) fn no_legal_basis() -> Warning {
    Warning::new(
        "no-legal-basis",
        "Ingen av de vanlige rettsgrunnlagene dekker dette fra dere. Drøft anonymt, eller be om samtykke.",
        "None of the usual legal bases covers this from you. Consult anonymously, or ask for consent.",
    )
}

/// A need for which nobody was found.
pub(super) fn uncovered(need: Need, place: &Place) -> Text {
    Text::new(
        format!(
            "Katalogen har ingen mottaker for «{}» ved {}.",
            need.title(Language::Nb),
            place.name.nb
        ),
        format!(
            "The directory has no receiver for “{}” at {}.",
            need.title(Language::En),
            place.name.en
        ),
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
