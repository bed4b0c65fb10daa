//! What happens in the demo, read from `demo/scenario.toml` and `demo/situations.nb.toml`.
//!
//! A story says who does what after how long; a situation says what a youth is in. Stories and situations are paired
//! when they are played, so a few dozen of each make a year of referrals in which no two are alike.

mod cases;
mod check;
mod delay;
#[cfg(test)]
mod tests;
mod whom;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};
use stafett_workflow::content::Informed;
use stafett_workflow::definition::Library;

use stafett_workflow::vocabulary::{
    Action, AddressProtection, ConsentGiver, LegalBasisCode, Need, PersonFlag, Urgency,
};

pub use cases::{Absence, CapacityReport, CaseFile, CaseReferral, CaseStep, CaseStory, often};
pub use delay::Delay;
pub use whom::Whom;

use super::DemoError;
use super::world::World;

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
    /// Which of it happens to one youth, and is coordinated.
    #[serde(default)]
    pub cases: Vec<CaseStory>,
    /// Who is away.
    #[serde(default)]
    pub absences: Vec<Absence>,
    /// Who has said how much room there is.
    #[serde(default)]
    pub capacity: Vec<CapacityReport>,
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

/// Who has a number.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identified {
    /// How many have one, from 0 to 1.
    pub share: f64,
    /// How many of these have a D-number, from 0 to 1.
    pub d_numbers: f64,
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
    /// Who may notice it, the usual one first.
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
    /// What they speak, when not anything.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Whether nobody is told who it is about.
    #[serde(default)]
    pub anonymous: bool,
    /// Whether it asks for more than one agency at once, so that it happens in cases only.
    #[serde(default)]
    pub only_in_cases: bool,
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
    /// Whether it happens in no emergency.
    #[serde(default)]
    pub calm: bool,
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
    /// By whom, where the workflow lets more than one party do it: the sender unless it is said.
    pub by: Option<By>,
    /// What the action asks for: text, or an @name.
    #[serde(default)]
    pub input: BTreeMap<String, String>,
}

/// A party to the hand-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// Whoever received it.
    Receiver,
    /// Whoever sent it on.
    Forwarder,
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
        scenario.check_cases(world)?;
        scenario.check_setting(world)?;
        Ok(scenario)
    }

    /// A story by its name.
    #[must_use]
    pub fn story(&self, name: &str) -> Option<&Story> {
        self.stories.iter().find(|story| story.name == name)
    }

    /// A situation by its id.
    #[must_use]
    pub fn situation(&self, id: &str) -> Option<&Situation> {
        self.situations.iter().find(|situation| situation.id == id)
    }

    /// The situations in which a story can happen by itself.
    pub fn fitting<'a>(&'a self, story: &'a Story) -> impl Iterator<Item = &'a Situation> {
        self.situations.iter().filter(|situation| {
            situation.workflow == story.workflow
                && !situation.only_in_cases
                && (story.situations.is_empty() || story.situations.contains(&situation.id))
                && (!story.misdirected || situation.receiver.misdirected().is_some())
                && (!story.calm || situation.urgency != Urgency::Emergency)
        })
    }
}

impl Place {
    /// Nowhere in particular: what a district code alone says.
    #[must_use]
    pub fn nowhere() -> Self {
        Self {
            municipality: String::new(),
            district: None,
            weight: 0,
        }
    }
}

fn read<T: de::DeserializeOwned>(file: &'static str, source: &str) -> Result<T, DemoError> {
    toml::from_str(source).map_err(|error| wrong(file, error.to_string().trim_end()))
}

fn wrong(file: &'static str, what: impl Into<String>) -> DemoError {
    DemoError::Data {
        file,
        what: what.into(),
    }
}
