//! What was looked at before a definition may be used, in words that a lead can read.

use super::Definition;
use super::check;
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
    /// The baton is with exactly the one who has taken it.
    Custody,
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
    /// What would go wrong, a story each: the shortest way there, and what happens then.
    pub findings: Vec<Text>,
}

impl Property {
    /// All of them, the most basic first.
    pub const ALL: [Self; 10] = [
        Self::Names,
        Self::Shape,
        Self::Eligibility,
        Self::Reachability,
        Self::Custody,
        Self::Clocks,
        Self::Actors,
        Self::Notices,
        Self::Reasons,
        Self::Secrecy,
    ];

    /// What rests on what: where one of a layer does not hold, those below it would only repeat that.
    pub(super) const LAYERS: [&'static [Self]; 3] = [
        &[Self::Names, Self::Shape, Self::Eligibility],
        &[Self::Reachability, Self::Custody],
        &[Self::Clocks, Self::Actors, Self::Notices, Self::Reasons, Self::Secrecy],
    ];

    /// As it is written for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Shape => "shape",
            Self::Eligibility => "eligibility",
            Self::Reachability => "reachability",
            Self::Custody => "custody",
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
            Self::Custody => (
                "Stafettpinnen er hos én: hos avsender til mottaker har tatt den, og hos den som tok den, til den er gitt tilbake eller fullført.",
                "The baton is with one: with the sender until the receiver has taken it, and with whoever took it until it is given back or completed.",
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
                "Ingen får lese om den unge uten et rettsgrunnlag, og andre som følger den unge, får ikke vite at noen har meldt etter meldeplikten.",
                "Nobody reads about the youth without a legal basis, and others who follow the youth do not learn that somebody has reported by duty.",
            ),
        };
        Text::new(nb, en)
    }
}

impl Definition {
    /// Looks at every property anew. What was read by [`Definition::parse`] has no findings.
    #[must_use]
    pub fn proofs(&self) -> Vec<Proof> {
        let proof = |property: Property| Proof {
            property,
            findings: check::look(property, self)
                .into_iter()
                .map(|found| found.story)
                .collect(),
        };
        Property::ALL.into_iter().map(proof).collect()
    }

    /// The properties for which it would be refused, each once; none when it may be used. A property that rests on one that
    /// does not hold is not looked at.
    #[must_use]
    pub fn broken(&self) -> Vec<Property> {
        let mut broken: Vec<Property> = Vec::new();
        for (property, _) in check::findings(self) {
            if !broken.contains(&property) {
                broken.push(property);
            }
        }
        broken
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
