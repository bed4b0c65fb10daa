//! What happens in the demo, read from `demo/scenario.toml` and `demo/situations.nb.toml`.
//!
//! A story says who does what after how long; a situation says what a youth is in. Stories and situations are paired
//! when they are played, so a few dozen of each make a year of referrals in which no two are alike.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, de};
use stafett_workflow::content::Informed;
use stafett_workflow::definition::{Definition, Library};
use stafett_workflow::identifier::{Identifier, IdentifierKind};
use stafett_workflow::vocabulary::{
    Action, AddressProtection, AgencyKind, ConsentGiver, LegalBasisCode, Need, PersonFlag, Urgency,
};

use super::DemoError;
use super::world::{Agency, World};

const STORIES: (&str, &str) = ("scenario.toml", include_str!("../../demo/scenario.toml"));
const SITUATIONS: (&str, &str) = ("situations.nb.toml", include_str!("../../demo/situations.nb.toml"));

/// Everything that can happen.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The seed of all chance.
    pub seed: u64,
    /// How many referrals there are when nobody says otherwise.
    pub referrals: u32,
    /// Over how long they are spread.
    pub period: Period,
    /// How busy each month is, January first, against the busiest.
    pub months: [f64; 12],
    /// Where the young are staying.
    pub places: Vec<Place>,
    /// Those who have a number.
    pub identified: Identified,
    /// Who they are.
    pub people: People,
    /// What happens, in the order in which it is played.
    pub stories: Vec<Story>,
    /// What the young are in.
    #[serde(skip)]
    pub situations: Vec<Situation>,
    /// What is written on the way, several wordings under each name.
    #[serde(skip)]
    pub phrases: BTreeMap<String, Vec<String>>,
}

/// Over how many days referrals are spread.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    days_per_referral: f64,
    shortest: f64,
    longest: f64,
}

impl Period {
    /// The days for so many referrals.
    #[must_use]
    pub fn days(&self, referrals: u32) -> f64 {
        (f64::from(referrals) * self.days_per_referral).clamp(self.shortest, self.longest)
    }
}

/// Where somebody may be staying.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The municipality.
    pub municipality: String,
    /// The district.
    pub district: Option<String>,
    /// How many stay there, against the others.
    #[serde(default)]
    pub weight: u32,
}

/// Numbers that belong to nobody.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identified {
    /// How many of those whose age fits have one, from 0 to 1.
    pub share: f64,
    /// The numbers.
    pub numbers: Vec<Number>,
}

/// One number.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    r#type: IdentifierKind,
    value: String,
    /// The day of birth that goes with it, which the number itself does not tell for sure.
    pub born: NaiveDate,
}

impl Number {
    /// The number as one that may be stored.
    ///
    /// # Errors
    /// [`DemoError::Data`] when it is none.
    pub fn identifier(&self) -> Result<Identifier, DemoError> {
        Identifier::parse(self.r#type, &self.value).map_err(|error| wrong(STORIES.0, error.to_string()))
    }
}

/// Who the young are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// What they are called.
    pub aliases: Vec<String>,
    /// What they speak, each as often as it stands here.
    pub languages: Vec<String>,
}

/// What a youth is in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Situation {
    /// Its id.
    pub id: String,
    /// The workflow that it calls for.
    pub workflow: String,
    /// Who may notice it.
    pub senders: Vec<Whom>,
    /// Who should take it.
    pub receiver: Whom,
    /// Who should when that one does not.
    pub next: Whom,
    /// The youngest and the oldest, in years.
    pub ages: (u8, u8),
    /// What they need.
    pub needs: Vec<Need>,
    /// How urgent it is.
    pub urgency: Urgency,
    /// What is particular.
    #[serde(default)]
    pub flags: Vec<PersonFlag>,
    /// Where it happens, when not anywhere: district codes.
    #[serde(default)]
    pub places: Vec<String>,
    /// What they speak, when not anything.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Address protection.
    pub protection: Option<AddressProtection>,
    /// What has happened.
    pub summary: String,
    /// Why it may be told.
    pub basis: Basis,
    /// Who of the family knows.
    pub informed: Informed,
}

/// Why it may be told. The age that belongs to a consent is the youth's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// The basis.
    pub code: LegalBasisCode,
    /// Why it applies.
    pub reason: String,
    /// Who consented to what.
    pub consent: Option<Consented>,
}

/// Who consented to what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consented {
    /// Who.
    pub by: ConsentGiver,
    /// To what.
    pub scope: String,
}

/// An agency, by its slug or by what it is for the youth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// The district or municipality where the youth is staying.
    Local,
    /// The child welfare there.
    LocalChildWelfare,
    /// A district or municipality where the youth is not.
    Elsewhere,
    /// The child welfare there.
    ElsewhereChildWelfare,
    /// This one.
    Named(String),
}

impl Whom {
    /// The right kind in the wrong place, where there is one.
    #[must_use]
    pub const fn misdirected(&self) -> Option<Self> {
        match self {
            Self::Local => Some(Self::Elsewhere),
            Self::LocalChildWelfare => Some(Self::ElsewhereChildWelfare),
            Self::Elsewhere | Self::ElsewhereChildWelfare | Self::Named(_) => None,
        }
    }

    /// Whether `agency` is meant, for somebody who is staying at `place`.
    #[must_use]
    pub fn means(&self, agency: &Agency, place: &Place) -> bool {
        let kinds: &[AgencyKind] = match self {
            Self::Named(slug) => return agency.facts.slug == *slug,
            Self::Local | Self::Elsewhere if place.district.is_some() => &[AgencyKind::District],
            Self::Local | Self::Elsewhere => &[AgencyKind::District, AgencyKind::Municipality],
            Self::LocalChildWelfare | Self::ElsewhereChildWelfare => &[AgencyKind::ChildWelfare],
        };
        // Those without a district of their own in Oslo serve the whole city, and are nobody's local office.
        let serves_a_place = agency.district.is_some() || agency.municipality.as_deref() != Some("0301");
        let here = agency.municipality.as_ref() == Some(&place.municipality) && agency.district == place.district;
        let wanted_here = matches!(self, Self::Local | Self::LocalChildWelfare);
        kinds.contains(&agency.facts.kind) && serves_a_place && here == wanted_here
    }
}

impl<'de> Deserialize<'de> for Whom {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Ok(match text.as_str() {
            "local" => Self::Local,
            "local-child-welfare" => Self::LocalChildWelfare,
            "elsewhere" => Self::Elsewhere,
            "elsewhere-child-welfare" => Self::ElsewhereChildWelfare,
            _ => Self::Named(text),
        })
    }
}

/// Who does what after how long.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// What it is called.
    pub name: String,
    /// Its workflow.
    pub workflow: String,
    /// Whether it begins as a draft or is sent at once.
    #[serde(default)]
    pub starts: Start,
    /// Only with one of these situations.
    #[serde(default)]
    pub situations: Vec<String>,
    /// Only for those who are staying in this district.
    pub place: Option<String>,
    /// Whether it goes to the wrong place first.
    #[serde(default)]
    pub misdirected: bool,
    /// What happens, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// In which step of the workflow it ends.
    pub ends_in: String,
    /// How long ago the last step was, when somebody's turn it is now.
    pub rest: Option<Delay>,
    /// How often it happens once every story has happened.
    #[serde(default)]
    pub weight: u32,
}

/// How a story begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// It is written and waits.
    Draft,
    /// It is sent at once.
    #[default]
    Sent,
}

/// One thing that somebody does.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What.
    #[serde(rename = "do")]
    pub deed: Deed,
    /// After how long.
    pub after: Delay,
    /// What the action asks for: text, or an @name.
    #[serde(default)]
    pub input: BTreeMap<String, String>,
}

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Writes a message.
    Message,
    /// Opens it to read.
    Look,
    /// Takes an action.
    Take(Action),
}

impl<'de> Deserialize<'de> for Deed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match String::deserialize(from)?.as_str() {
            "message" => Ok(Self::Message),
            "look" => Ok(Self::Look),
            action => action.parse().map(Self::Take).map_err(de::Error::custom),
        }
    }
}

/// How long something takes: from the one to the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Delay {
    /// A share of what is left of the running limit; above 1 is late.
    Share(f64, f64),
    /// Hours.
    Hours(f64, f64),
}

impl Delay {
    /// Whether it ends after the limit that it is counted in.
    #[must_use]
    pub fn is_late(&self) -> bool {
        matches!(self, Self::Share(low, _) if *low > 1.0)
    }
}

impl std::str::FromStr for Delay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not how long something takes; write it as 20%..60% or 10m..3h");
        let (low, high) = text.split_once("..").ok_or_else(wrong)?;
        let (low, high) = (Amount::parse(low).ok_or_else(wrong)?, Amount::parse(high).ok_or_else(wrong)?);
        let delay = match (low, high) {
            (Amount::Share(low), Amount::Share(high)) if low <= high => Self::Share(low, high),
            (Amount::Hours(low), Amount::Hours(high)) if low <= high => Self::Hours(low, high),
            _ => return Err(wrong()),
        };
        match delay {
            Self::Share(low, high) if low <= 1.0 && high >= 1.0 => Err(format!("`{text}` is both in time and late")),
            _ => Ok(delay),
        }
    }
}

impl<'de> Deserialize<'de> for Delay {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

enum Amount {
    Share(f64),
    Hours(f64),
}

impl Amount {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let number = f64::from(digits.parse::<u16>().ok()?);
        match text.strip_prefix(digits)? {
            "%" => Some(Self::Share(number / 100.0)),
            "m" => Some(Self::Hours(number / 60.0)),
            "h" => Some(Self::Hours(number)),
            "d" => Some(Self::Hours(number * 24.0)),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    situations: Vec<Situation>,
    phrases: BTreeMap<String, Vec<String>>,
}

impl Scenario {
    /// Reads the files that are built into the program.
    ///
    /// # Errors
    /// [`DemoError::Data`] when something in them does not fit; a test makes sure that all does.
    pub fn load(world: &World, library: &Library) -> Result<Self, DemoError> {
        Self::parse(STORIES.1, SITUATIONS.1, world, library)
    }

    fn parse(stories: &str, situations: &str, world: &World, library: &Library) -> Result<Self, DemoError> {
        let mut scenario: Self = read(STORIES.0, stories)?;
        let texts: Texts = read(SITUATIONS.0, situations)?;
        scenario.situations = texts.situations;
        scenario.phrases = texts.phrases;
        for situation in &scenario.situations {
            scenario.check_situation(situation, world, library)?;
        }
        for story in &scenario.stories {
            scenario.check_story(story, library)?;
        }
        let numbers = scenario.identified.numbers.iter();
        numbers.map(Number::identifier).collect::<Result<Vec<_>, _>>()?;
        Ok(scenario)
    }

    /// The situations in which a story can happen.
    pub fn fitting<'a>(&'a self, story: &'a Story) -> impl Iterator<Item = &'a Situation> {
        self.situations.iter().filter(|situation| {
            situation.workflow == story.workflow
                && (story.situations.is_empty() || story.situations.contains(&situation.id))
                && (!story.misdirected || situation.receiver.misdirected().is_some())
                && story.place.as_ref().is_none_or(|place| situation.places.is_empty() || situation.places.contains(place))
        })
    }

    fn check_situation(&self, situation: &Situation, world: &World, library: &Library) -> Result<(), DemoError> {
        let fault = |what: String| Err(wrong(SITUATIONS.0, format!("the situation {}: {what}", situation.id)));
        let Some(definition) = library.newest(&situation.workflow) else {
            return fault(format!("there is no workflow {}", situation.workflow));
        };
        if situation.ages.0 > situation.ages.1 {
            return fault("the youngest is older than the oldest".to_owned());
        }
        if situation.basis.consent.is_some() != (situation.basis.code == LegalBasisCode::Consent) {
            return fault("a consent belongs to the basis consent, and to it alone".to_owned());
        }
        let named = |whom: &Whom| matches!(whom, Whom::Named(_));
        for whom in situation.senders.iter().chain([&situation.receiver, &situation.next]).filter(|whom| named(whom)) {
            if !world.agencies.iter().any(|agency| whom.means(agency, &Place::nowhere())) {
                return fault(format!("{whom:?} is no agency"));
            }
        }
        let admitted = |whom: &Whom, kinds: &[AgencyKind]| {
            let places = self.places.iter();
            places.flat_map(|place| world.agencies.iter().filter(|agency| whom.means(agency, place)))
                .all(|agency| kinds.contains(&agency.facts.kind))
        };
        for sender in situation.senders.iter().filter(|sender| !admitted(sender, &definition.senders)) {
            return fault(format!("{sender:?} may not send this workflow"));
        }
        for receiver in [&situation.receiver, &situation.next] {
            if !admitted(receiver, &definition.receivers) {
                return fault(format!("{receiver:?} may not receive this workflow"));
            }
        }
        Ok(())
    }

    fn check_story(&self, story: &Story, library: &Library) -> Result<(), DemoError> {
        let fault = |what: String| Err(wrong(STORIES.0, format!("the story “{}”: {what}", story.name)));
        let Some(definition) = library.newest(&story.workflow) else {
            return fault(format!("there is no workflow {}", story.workflow));
        };
        if definition.state(&story.ends_in).is_none() {
            return fault(format!("the workflow has no step {}", story.ends_in));
        }
        if let Some(unknown) = story.situations.iter().find(|id| self.situations.iter().all(|known| known.id != **id)) {
            return fault(format!("there is no situation {unknown}"));
        }
        if self.fitting(story).next().is_none() {
            return fault("no situation fits".to_owned());
        }
        for step in &story.steps {
            if let Err(what) = self.check_step(step, definition) {
                return fault(what);
            }
        }
        Ok(())
    }

    fn check_step(&self, step: &Step, definition: &Definition) -> Result<(), String> {
        if let Deed::Take(action) = step.deed
            && definition.any_transition(action).is_none()
        {
            return Err(format!("the workflow has no action {action}"));
        }
        for name in step.input.values().filter_map(|value| value.strip_prefix('@')) {
            let known = matches!(name, "receiver" | "basis") || self.phrases.get(name).is_some_and(|all| !all.is_empty());
            if !known {
                return Err(format!("there is no phrase @{name}"));
            }
        }
        Ok(())
    }
}

impl Place {
    /// Nowhere in particular: what a district code alone says.
    #[must_use]
    pub fn nowhere() -> Self {
        Self { municipality: String::new(), district: None, weight: 0 }
    }
}

fn read<T: de::DeserializeOwned>(file: &'static str, source: &str) -> Result<T, DemoError> {
    toml::from_str(source).map_err(|error| wrong(file, error.to_string().trim_end()))
}

fn wrong(file: &'static str, what: impl Into<String>) -> DemoError {
    DemoError::Data { file, what: what.into() }
}

#[cfg(test)]
mod tests {
    use stafett_workflow::definition::builtin;
    use stafett_workflow::identifier::InstanceKind;

    use super::*;

    fn parse(stories: &str, situations: &str) -> Result<Scenario, DemoError> {
        Scenario::parse(stories, situations, &World::load().unwrap(), &builtin().unwrap())
    }

    #[test]
    fn the_files_fit() {
        let scenario = parse(STORIES.1, SITUATIONS.1).unwrap();
        assert!(scenario.situations.len() >= 25, "{}", scenario.situations.len());
        assert!(scenario.stories.len() <= usize::try_from(scenario.referrals).unwrap());
    }

    #[test]
    fn four_of_ten_are_from_outside_oslo() {
        let places = parse(STORIES.1, SITUATIONS.1).unwrap().places;
        let weight = |inside: bool| -> u32 {
            places.iter().filter(|place| (place.municipality == "0301") == inside).map(|place| place.weight).sum()
        };
        assert_eq!((weight(true), weight(false)), (60, 40));
    }

    #[test]
    fn every_place_has_its_offices() {
        let world = World::load().unwrap();
        for place in &parse(STORIES.1, SITUATIONS.1).unwrap().places {
            for whom in [Whom::Local, Whom::LocalChildWelfare] {
                let offices: Vec<_> = world.agencies.iter().filter(|agency| whom.means(agency, place)).collect();
                assert_eq!(offices.len(), 1, "{whom:?} at {place:?}: {offices:?}");
                let elsewhere = whom.misdirected().unwrap();
                assert!(world.agencies.iter().filter(|agency| elsewhere.means(agency, place)).count() > 2);
            }
        }
    }

    #[test]
    fn every_number_belongs_to_nobody() {
        for number in parse(STORIES.1, SITUATIONS.1).unwrap().identified.numbers {
            number.identifier().unwrap().admissible(InstanceKind::Demo).unwrap();
        }
    }

    #[test]
    fn how_long_something_takes() {
        assert_eq!("20%..60%".parse(), Ok(Delay::Share(0.2, 0.6)));
        assert_eq!("30m..2d".parse(), Ok(Delay::Hours(0.5, 48.0)));
        assert!("110%..120%".parse::<Delay>().unwrap().is_late());
        for wrong in ["", "5%", "5%..", "60%..20%", "5%..3h", "5..6", "90%..110%", "-1h..2h"] {
            assert!(wrong.parse::<Delay>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn slips_in_the_files_are_told() {
        for (from, to, said) in [
            ("ends_in = \"declined\"", "ends_in = \"refused\"", "no step refused"),
            ("workflow = \"concern-report\"", "workflow = \"concern\"", "no workflow concern"),
            ("@no-capacity", "@no-time", "no phrase @no-time"),
            ("do = \"acknowledge\"", "do = \"nod\"", "not a code"),
            ("situations = [\"sofa-to-sofa\"", "situations = [\"sofa\"", "no situation sofa"),
            ("05840399895", "05840399894", "check"),
        ] {
            let message = parse(&STORIES.1.replacen(from, to, 1), SITUATIONS.1).unwrap_err().to_string();
            assert!(message.starts_with("demo/scenario.toml: ") && message.contains(said), "{from}: {message}");
        }
        for (from, to, said) in [
            ("ages = [13, 15]", "ages = [15, 13]", "youngest"),
            ("receiver = \"udi\"", "receiver = \"uddi\"", "uddi"),
            ("receiver = \"barnevernvakten\"", "receiver = \"udi\"", "may not receive"),
            ("code = \"duty-to-report\"", "code = \"consent\"", "consent"),
        ] {
            let message = parse(STORIES.1, &SITUATIONS.1.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(message.starts_with("demo/situations.nb.toml: ") && message.contains(said), "{from}: {message}");
        }
    }
}
