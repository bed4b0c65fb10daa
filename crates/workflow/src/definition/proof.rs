//! What was looked at before a definition may be used, in words that a lead can read.

use super::Definition;
use super::check::{self, Finding};
use crate::vocabulary::Text;

/// One property that every definition in use has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// Each step and each limit has one name, and somebody can use the whole.
    Names,
    /// An action leads to one place.
    Shape,
    /// Whom it is for can be told.
    Eligibility,
    /// No step is a dead end, and none is out of reach.
    Reachability,
    /// A limit runs wherever somebody must act.
    Clocks,
    /// No action without somebody who may take it.
    Actors,
    /// Whoever is concerned hears of it.
    Notices,
    /// A no has a reason.
    Reasons,
    /// What the law keeps from others is kept from them.
    Secrecy,
}

/// What a look at one property found. Where nothing is wrong, it holds for every path through the definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The property.
    pub property: Property,
    /// What would go wrong, a sentence each.
    pub findings: Vec<String>,
}

impl Property {
    /// All of them, the most basic first.
    pub const ALL: [Self; 9] = [
        Self::Names,
        Self::Shape,
        Self::Eligibility,
        Self::Reachability,
        Self::Clocks,
        Self::Actors,
        Self::Notices,
        Self::Reasons,
        Self::Secrecy,
    ];

    /// As it is written for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Shape => "shape",
            Self::Eligibility => "eligibility",
            Self::Reachability => "reachability",
            Self::Clocks => "clocks",
            Self::Actors => "actors",
            Self::Notices => "notices",
            Self::Reasons => "reasons",
            Self::Secrecy => "secrecy",
        }
    }

    /// What must hold, in a sentence.
    #[must_use]
    pub fn statement(self) -> Text {
        let (nb, en) = match self {
            Self::Names => (
                "Hvert steg og hver frist har sitt eget navn, og noen kan sende, noen kan motta, på et rettsgrunnlag.",
                "Each step and each limit has a name of its own, and somebody can send, somebody receive, on a legal basis.",
            ),
            Self::Shape => (
                "Alt begynner med et utkast, og en handling fører fra hvert steg til ett sted.",
                "Everything begins with a draft, and from each step an action leads to one place.",
            ),
            Self::Eligibility => (
                "Kravene til alder og bosted kan oppfylles av noen.",
                "There are people who meet what it asks of age and place.",
            ),
            Self::Reachability => (
                "Hvert steg kan nås, og fra hvert steg går det en vei til en avslutning.",
                "Every step can be reached, and from every step there is a way to an end.",
            ),
            Self::Clocks => (
                "Der noen må handle, løper en frist. Oversittes den, får noen som kan gjøre noe, vite det. Lovens frister kan ingen stanse.",
                "Wherever somebody must act, a limit runs. When it is missed, somebody who can do something hears of it. Nobody can stop a limit of the law.",
            ),
            Self::Actors => (
                "Ingen handling står uten noen som kan ta den, og stafettpinnen kan alltid gis videre eller legges ned.",
                "No action is without somebody who may take it, and the baton can always be passed on or laid down.",
            ),
            Self::Notices => (
                "Den som får stafettpinnen, varsles, og avsenderen får alltid vite hvordan det gikk.",
                "Whoever gets the baton is told, and the sender always hears what became of it.",
            ),
            Self::Reasons => (
                "Den som sier nei, stiller i bero eller avslutter før tiden, oppgir en grunn som kan telles.",
                "Whoever says no, holds or ends early gives a reason that can be counted.",
            ),
            Self::Secrecy => (
                "Andre som følger den unge, får ikke vite at noen har meldt etter meldeplikten.",
                "Others who follow the youth do not learn that somebody has reported by duty.",
            ),
        };
        Text::new(nb, en)
    }

    pub(super) fn look(self, definition: &Definition) -> Vec<Finding> {
        let mut findings = Vec::new();
        match self {
            Self::Names => check::names(definition, &mut findings),
            Self::Shape => check::shape(definition, &mut findings),
            Self::Eligibility => check::eligibility(definition, &mut findings),
            Self::Reachability => check::reachability(definition, &mut findings),
            Self::Clocks => check::clocks(definition, &mut findings),
            Self::Actors => check::actors(definition, &mut findings),
            Self::Notices => check::notices(definition, &mut findings),
            Self::Reasons => check::reasons(definition, &mut findings),
            Self::Secrecy => check::secrecy(definition, &mut findings),
        }
        findings
    }

    /// Whether the others make no sense without it.
    pub(super) const fn is_basic(self) -> bool {
        matches!(self, Self::Names | Self::Shape | Self::Eligibility)
    }
}

impl Definition {
    /// Looks at every property anew. What was read by [`Definition::parse`] has no findings.
    #[must_use]
    pub fn proofs(&self) -> Vec<Proof> {
        let proof = |property: Property| Proof {
            property,
            findings: property.look(self).into_iter().map(|found| found.message).collect(),
        };
        Property::ALL.into_iter().map(proof).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::builtin;

    #[test]
    fn what_is_built_in_holds_in_every_way_and_a_broken_one_tells_in_which_not() {
        let library = builtin().unwrap();
        for definition in library.iter() {
            assert!(definition.proofs().iter().all(|proof| proof.findings.is_empty()));
        }
        let mut broken = (**library.iter().next().unwrap()).clone();
        for transition in &mut broken.transitions {
            transition.notices.clear();
        }
        let failed: Vec<_> = broken
            .proofs()
            .into_iter()
            .filter(|proof| !proof.findings.is_empty())
            .map(|proof| proof.property)
            .collect();
        assert_eq!(failed, [Property::Notices]);
    }
}
