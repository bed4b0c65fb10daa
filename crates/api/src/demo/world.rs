//! The synthetic Oslo: agencies, services and people, read from `demo/oslo.toml`.
//!
//! What comes out has been checked: every name is known, every mailbox lies where no mail arrives, and nobody has two
//! accounts. A fault is a slip in the file that ships with the program, and is told with the place to look.

mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeZone, Utc};
use serde::Deserialize;
use stafett_workflow::agency::{Agencies, AgencyFacts, AgencyId, UserId};
use stafett_workflow::calendar::OpeningHours;
use stafett_workflow::policy::{Actor, Membership};
use stafett_workflow::routing::{Directory, Offer, Unit};
use stafett_workflow::vocabulary::{AgencyKind, Language, Need, Role, Text};
use uuid::Uuid;

use file::{File, named};

use super::DemoError;
use super::dice::Dice;

const FILE: &str = "oslo.toml";
const SOURCE: &str = include_str!("../../demo/oslo.toml");

/// The seed of the ids of agencies and people: they are the same in every demo, whatever happens in it.
const SEED: u64 = 0;

/// The agencies and their people.
#[derive(Debug, Clone)]
pub struct World {
    /// The agencies, parents before their units.
    pub agencies: Vec<Agency>,
    /// Everybody who works there, and those who watch.
    pub people: Vec<Staff>,
    /// Whom a visitor can be.
    pub personas: Personas<String>,
}

/// One agency or unit.
#[derive(Debug, Clone)]
pub struct Agency {
    /// What the relay must know.
    pub facts: AgencyFacts,
    /// Its name.
    pub name: String,
    /// The agency that it is a unit of.
    pub parent: Option<AgencyId>,
    /// The municipality that it serves.
    pub municipality: Option<String>,
    /// The district that it serves.
    pub district: Option<String>,
    /// What else it serves: districts, and whole municipalities.
    pub also_serves: Vec<String>,
    /// The language of its mails.
    pub language: Language,
    /// Where its mails go: nowhere, for the domain is reserved.
    pub mailbox: String,
    /// When it is open.
    pub hours: OpeningHours,
    /// Who takes for it while it is closed.
    pub out_of_hours: Option<AgencyId>,
    /// What it offers.
    pub services: Vec<Service>,
}

/// Something that an agency offers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Which need it meets.
    pub need: Need,
    /// What it is called.
    pub title: Text,
    /// From which age.
    #[serde(default)]
    pub min_age: Option<u8>,
    /// Up to which age.
    #[serde(default)]
    pub max_age: Option<u8>,
    /// What it is.
    #[serde(default)]
    pub description: Option<Text>,
}

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Their account.
    pub id: UserId,
    /// What they sign in with.
    pub username: String,
    /// What they are called.
    pub name: String,
    /// What they are, and where.
    pub membership: Membership,
}

/// Something for each persona, in the order and under the names of the API.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Personas<T> {
    /// A caseworker at Uteseksjonen.
    pub outreach: T,
    /// A caseworker at Barnevernvakten.
    pub child_welfare: T,
    /// A caseworker at Bydel Grünerløkka.
    pub district: T,
    /// The lead of Barnevernvakten.
    pub lead: T,
    /// An auditor.
    pub auditor: T,
    /// The municipality's coordinator.
    pub coordinator: T,
    /// A system administrator.
    pub admin: T,
}

impl<T> Personas<T> {
    /// The same for something else.
    ///
    /// # Errors
    /// The first that `turn` gives.
    pub fn try_map<U, E>(self, mut turn: impl FnMut(T) -> Result<U, E>) -> Result<Personas<U>, E> {
        Ok(Personas {
            outreach: turn(self.outreach)?,
            child_welfare: turn(self.child_welfare)?,
            district: turn(self.district)?,
            lead: turn(self.lead)?,
            auditor: turn(self.auditor)?,
            coordinator: turn(self.coordinator)?,
            admin: turn(self.admin)?,
        })
    }

    /// All of them, each under its name.
    #[must_use]
    pub fn each(&self) -> [(&'static str, &T); 7] {
        [
            ("outreach", &self.outreach),
            ("childWelfare", &self.child_welfare),
            ("district", &self.district),
            ("lead", &self.lead),
            ("auditor", &self.auditor),
            ("coordinator", &self.coordinator),
            ("admin", &self.admin),
        ]
    }
}

impl World {
    /// Reads the file that is built into the program.
    ///
    /// # Errors
    /// [`DemoError::Data`] when something in it does not fit; a test makes sure that all does.
    pub fn load() -> Result<Self, DemoError> {
        Self::parse(SOURCE)
    }

    pub(super) fn parse(source: &str) -> Result<Self, DemoError> {
        let file: File = toml::from_str(source).map_err(|error| wrong(error.to_string().trim_end()))?;
        let mut agencies: Vec<Agency> = Vec::with_capacity(file.agencies.len());
        let mut people = Vec::new();
        for written in &file.agencies {
            if agencies.iter().any(|known| known.facts.slug == written.slug) {
                return Err(wrong(format!("the agency {} stands twice", written.slug)));
            }
            let agency = file.agency(written, &agencies)?;
            for (role, names) in &written.staff {
                people.extend(
                    names
                        .iter()
                        .map(|name| Staff::new(&username_of(name), name, Some(&agency), *role)),
                );
            }
            agencies.push(agency);
        }
        let personas = file.personas.try_map(|persona| {
            let agency = persona
                .agency
                .as_deref()
                .map(|slug| named(&agencies, slug))
                .transpose()?;
            people.push(Staff::new(&persona.username, &persona.name, agency, persona.role));
            Ok::<_, DemoError>(persona.username)
        })?;
        let world = Self {
            agencies,
            people,
            personas,
        };
        world.check()?;
        Ok(world)
    }

    /// An agency by its slug.
    #[must_use]
    pub fn agency(&self, slug: &str) -> Option<&Agency> {
        self.agencies.iter().find(|agency| agency.facts.slug == slug)
    }

    /// An agency by its id.
    #[must_use]
    pub fn agency_by_id(&self, id: AgencyId) -> Option<&Agency> {
        self.agencies.iter().find(|agency| agency.facts.id == id)
    }

    /// Somebody by what they sign in with.
    #[must_use]
    pub fn person(&self, username: &str) -> Option<&Staff> {
        self.people.iter().find(|person| person.username == username)
    }

    /// Those who take and answer referrals in an agency.
    pub fn caseworkers(&self, agency: AgencyId) -> impl Iterator<Item = &Staff> {
        self.people
            .iter()
            .filter(move |person| person.actor().does_casework_in(agency))
    }

    /// Those who decide for an agency when the services disagree.
    pub fn coordinators(&self, agency: AgencyId) -> impl Iterator<Item = &Staff> {
        let coordinator = Membership {
            agency: Some(agency),
            role: Role::Coordinator,
        };
        self.people
            .iter()
            .filter(move |person| person.membership == coordinator)
    }

    /// What the relay must know of all agencies.
    #[must_use]
    pub fn facts(&self) -> Agencies {
        Agencies::new(self.agencies.iter().map(|agency| agency.facts.clone()).collect())
    }

    /// The agencies as the router must know them.
    #[must_use]
    pub fn directory(&self) -> Directory {
        let units = self.agencies.iter().map(|agency| Unit {
            id: agency.facts.id,
            slug: agency.facts.slug.clone(),
            name: agency.name.clone(),
            kind: agency.facts.kind,
            public_tasks: agency.facts.public_tasks,
            municipality: agency.municipality.clone(),
            district: agency.district.clone(),
            also_serves: agency.also_serves.clone(),
            hours: Some(agency.hours.clone()),
            out_of_hours: agency.out_of_hours,
            offers: agency.services.iter().map(Service::offer).collect(),
            capacity: Vec::new(),
        });
        Directory::new(units.collect())
    }

    /// Since when there has been this world.
    #[must_use]
    pub fn since() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2025, 1, 6, 8, 0, 0)
            .single()
            .unwrap_or(DateTime::UNIX_EPOCH)
    }

    fn check(&self) -> Result<(), DemoError> {
        let mut usernames = BTreeSet::new();
        for person in &self.people {
            let plain = person
                .username
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || b".-".contains(&byte));
            if !plain {
                return Err(wrong(format!("{} is not a username", person.username)));
            }
            if !usernames.insert(&person.username) {
                return Err(wrong(format!("two people sign in as {}", person.username)));
            }
        }
        for agency in &self.agencies {
            let slug = &agency.facts.slug;
            if slug.is_empty() || !slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') {
                return Err(wrong(format!("{slug} is not a slug")));
            }
            if !agency
                .services
                .iter()
                .all(|service| service.min_age <= service.max_age || service.max_age.is_none())
            {
                return Err(wrong(format!(
                    "a service of {slug} is for nobody: min_age is above max_age"
                )));
            }
            if agency.facts.kind != AgencyKind::UserOrganisation && self.caseworkers(agency.facts.id).next().is_none() {
                return Err(wrong(format!(
                    "nobody at {slug} can take a referral; add a worker or a lead"
                )));
            }
        }
        Ok(())
    }
}

impl Service {
    fn offer(&self) -> Offer {
        Offer {
            need: self.need,
            title: self.title.clone(),
            min_age: self.min_age,
            max_age: self.max_age,
        }
    }
}

impl Agency {
    fn id(slug: &str) -> AgencyId {
        AgencyId(stable_id(&format!("agency {slug}")))
    }
}

impl Staff {
    fn new(username: &str, name: &str, agency: Option<&Agency>, role: Role) -> Self {
        Self {
            id: UserId(stable_id(&format!("user {username}"))),
            username: username.to_owned(),
            name: name.to_owned(),
            membership: Membership {
                agency: agency.map(|agency| agency.facts.id),
                role,
            },
        }
    }

    /// As the policy sees them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            user: self.id,
            language: Language::Nb,
            memberships: vec![self.membership],
        }
    }
}

/// An id that is the same in every demo.
pub(super) fn stable_id(purpose: &str) -> Uuid {
    Dice::seeded(SEED, purpose).uuid(World::since())
}

/// `Ole Kristian Sæther` signs in as `ole.kristian.saether`.
fn username_of(name: &str) -> String {
    let mut username = String::with_capacity(name.len());
    for letter in name.to_lowercase().chars() {
        match letter {
            'æ' => username.push_str("ae"),
            'ø' => username.push('o'),
            'å' => username.push('a'),
            'é' | 'è' => username.push('e'),
            ' ' => username.push('.'),
            plain => username.push(plain),
        }
    }
    username
}

fn wrong(what: impl Into<String>) -> DemoError {
    DemoError::Data {
        file: FILE,
        what: what.into(),
    }
}
