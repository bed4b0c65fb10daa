//! The figures in plain sentences, made of nothing but the figures.

use stafett_workflow::outreach::{Acquaintance, Sex};
use stafett_workflow::vocabulary::{Language, Text};

use super::{Pair, Report};
use crate::app::reports::figures::Figure;

/// What the report says, in a few sentences.
#[must_use]
pub fn summary(report: &Report, language: Language) -> String {
    let sentences = [
        Some(met(report)),
        compared(report.persons),
        share(report),
        clients(report),
        missing(report),
        most(report),
    ];
    let sentences = sentences.iter().flatten();
    sentences
        .map(|sentence| sentence.in_language(language))
        .collect::<Vec<_>>()
        .join(" ")
}

fn met(report: &Report) -> Text {
    let patrols = report.patrols.now.unwrap_or(0);
    let walks = Text::new(
        if patrols == 1 {
            "patrulje".to_owned()
        } else {
            "patruljer".to_owned()
        },
        if patrols == 1 {
            "patrol".to_owned()
        } else {
            "patrols".to_owned()
        },
    );
    let new = report
        .acquaintances
        .iter()
        .find(|(code, _)| *code == Acquaintance::New)
        .and_then(|(_, pair)| pair.now);
    let persons = figure(report.persons.now);
    let first = new.map_or_else(
        || Text::new("", ""),
        |new| {
            Text::new(
                format!(", {new} av dem for første gang"),
                format!(", {new} of them for the first time"),
            )
        },
    );
    Text::new(
        format!("{patrols} {} møtte {} personer{}.", walks.nb, persons.nb, first.nb),
        format!("{patrols} {} met {} persons{}.", walks.en, persons.en, first.en),
    )
}

fn compared(persons: Pair) -> Option<Text> {
    let (now, before) = (persons.now?, persons.before?);
    if before == 0 {
        return Some(Text::new(
            "Samme tid året før er det ikke ført noe.",
            "Nothing was entered for the same time of the year before.",
        ));
    }
    let difference = now.abs_diff(before);
    Some(match now.cmp(&before) {
        std::cmp::Ordering::Less => Text::new(
            format!("Det er {difference} færre enn i samme tid året før ({before})."),
            format!("That is {difference} fewer than in the same time of the year before ({before})."),
        ),
        std::cmp::Ordering::Equal => Text::new(
            "Det er like mange som i samme tid året før.",
            "That is as many as in the same time of the year before.",
        ),
        std::cmp::Ordering::Greater => Text::new(
            format!("Det er {difference} flere enn i samme tid året før ({before})."),
            format!("That is {difference} more than in the same time of the year before ({before})."),
        ),
    })
}

fn share(report: &Report) -> Option<Text> {
    let whole = report.persons.now.filter(|whole| *whole > 0)?;
    let men = report.sexes.iter().find(|(code, _)| *code == Sex::Male)?.1.now?;
    let percent = percent(men, whole);
    Some(Text::new(
        format!("{percent} prosent var gutter eller menn."),
        format!("{percent} per cent were boys or men."),
    ))
}

fn clients(report: &Report) -> Option<Text> {
    let clients = report.clients.now?;
    Some(Text::new(
        format!("{clients} ble klienter."),
        format!("{clients} became clients."),
    ))
}

fn missing(report: &Report) -> Option<Text> {
    let met = report.missing.now?;
    let sent = report.lookouts.map_or(0, |[now, _]| now.sent);
    Some(Text::new(
        format!(
            "{} savnede mindreårige: {met} truffet ute, {sent} varslet gjennom formidlinger.",
            met + sent
        ),
        format!(
            "{} missing minors: {met} met on patrol, {sent} notified by referrals.",
            met + sent
        ),
    ))
}

fn most(report: &Report) -> Option<Text> {
    let first = report.arenas.first().filter(|arena| arena.persons > 0)?;
    Some(Text::new(
        format!("Flest ble møtt på arenaen {} ({}).", first.name, first.persons),
        format!("Most were met at the arena {} ({}).", first.name, first.persons),
    ))
}

/// A figure, or that it is hidden.
fn figure(figure: Figure) -> Text {
    figure.map_or_else(
        || Text::new("noen få (tallet er skjult)", "a few (the figure is hidden)"),
        |figure| Text::new(figure.to_string(), figure.to_string()),
    )
}

/// To the whole per cent, halves upwards.
const fn percent(part: u64, whole: u64) -> u64 {
    (part.saturating_mul(200).saturating_add(whole)) / whole.saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_to_whole_per_cent() {
        assert_eq!(
            (percent(1, 3), percent(2, 3), percent(1, 200), percent(6, 10)),
            (33, 67, 1, 60)
        );
    }
}
