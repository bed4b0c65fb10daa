//! The synthetic Oslo: agencies, services and people, read from `demo/oslo.toml`.
//!
//! What comes out has been checked: every name is known, every mailbox lies where no mail arrives, and nobody has two
//! accounts. A fault is a slip in the file that ships with the program, and is told with the place to look.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeZone, Utc};
use serde::Deserialize;
use stafett_workflow::agency::{Agencies, AgencyFacts, AgencyId, UserId};
use stafett_workflow::calendar::OpeningHours;
use stafett_workflow::policy::{Actor, Membership};
use stafett_workflow::vocabulary::{AgencyKind, Language, Need, Role, Text};
use uuid::Uuid;

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
    /// The language of its mails.
    pub language: Language,
    /// Where its mails go: nowhere, for the domain is reserved.
    pub mailbox: String,
    /// When it is open.
    pub hours: OpeningHours,
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
                people.extend(names.iter().map(|name| Staff::new(&username_of(name), name, Some(&agency), *role)));
            }
            agencies.push(agency);
        }
        let personas = file.personas.try_map(|persona| {
            let agency = persona.agency.as_deref().map(|slug| named(&agencies, slug)).transpose()?;
            people.push(Staff::new(&persona.username, &persona.name, agency, persona.role));
            Ok::<_, DemoError>(persona.username)
        })?;
        let world = Self { agencies, people, personas };
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
        self.people.iter().filter(move |person| person.actor().does_casework_in(agency))
    }

    /// What the relay must know of all agencies.
    #[must_use]
    pub fn facts(&self) -> Agencies {
        Agencies::new(self.agencies.iter().map(|agency| agency.facts.clone()).collect())
    }

    /// Since when there has been this world.
    #[must_use]
    pub fn since() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2025, 1, 6, 8, 0, 0).single().unwrap_or(DateTime::UNIX_EPOCH)
    }

    fn check(&self) -> Result<(), DemoError> {
        let mut usernames = BTreeSet::new();
        for person in &self.people {
            let plain = person.username.bytes().all(|byte| byte.is_ascii_lowercase() || b".-".contains(&byte));
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
            if !agency.services.iter().all(|service| service.min_age <= service.max_age || service.max_age.is_none()) {
                return Err(wrong(format!("a service of {slug} is for nobody: min_age is above max_age")));
            }
            if agency.facts.kind != AgencyKind::UserOrganisation && self.caseworkers(agency.facts.id).next().is_none() {
                return Err(wrong(format!("nobody at {slug} can take a referral; add a worker or a lead")));
            }
        }
        Ok(())
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
            membership: Membership { agency: agency.map(|agency| agency.facts.id), role },
        }
    }

    /// As the policy sees them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { user: self.id, language: Language::Nb, memberships: vec![self.membership] }
    }
}

/// An id that is the same in every demo.
pub(super) fn stable_id(purpose: &str) -> Uuid {
    Dice::seeded(SEED, purpose).uuid(World::since())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    hours: BTreeMap<String, OpeningHours>,
    models: BTreeMap<String, Model>,
    agencies: Vec<Written>,
    personas: Personas<Persona>,
}

/// What agencies of one kind have in common.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    kind: AgencyKind,
    hours: String,
    #[serde(default)]
    services: Vec<Service>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    slug: String,
    name: String,
    like: Option<String>,
    kind: Option<AgencyKind>,
    hours: Option<String>,
    parent: Option<String>,
    municipality: Option<String>,
    district: Option<String>,
    public_tasks: Option<bool>,
    #[serde(default)]
    language: Language,
    #[serde(default)]
    services: Vec<Service>,
    #[serde(default)]
    staff: BTreeMap<Role, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Persona {
    username: String,
    name: String,
    agency: Option<String>,
    role: Role,
}

impl File {
    fn agency(&self, written: &Written, known: &[Agency]) -> Result<Agency, DemoError> {
        let slug = &written.slug;
        let model = match &written.like {
            Some(like) => Some(self.models.get(like).ok_or_else(|| wrong(format!("{slug} is like {like}, which is no model")))?),
            None => None,
        };
        let kind = written.kind.or(model.map(|model| model.kind));
        let kind = kind.ok_or_else(|| wrong(format!("{slug} has neither kind nor like")))?;
        let hours = written.hours.as_deref().or(model.map(|model| model.hours.as_str()));
        let hours = hours.and_then(|name| self.hours.get(name));
        let services = match model {
            Some(model) if written.services.is_empty() => &model.services,
            _ => &written.services,
        };
        let non_profit = matches!(kind, AgencyKind::Ngo | AgencyKind::UserOrganisation);
        if non_profit != written.public_tasks.is_some() {
            return Err(wrong(format!("{slug}: public_tasks must be said of organisations, and of them only")));
        }
        Ok(Agency {
            facts: AgencyFacts {
                id: Agency::id(slug),
                slug: slug.clone(),
                kind,
                public_tasks: written.public_tasks.unwrap_or(true),
                active: true,
            },
            name: written.name.clone(),
            parent: written.parent.as_deref().map(|parent| Ok::<_, DemoError>(named(known, parent)?.facts.id)).transpose()?,
            municipality: written.municipality.clone(),
            district: written.district.clone(),
            language: written.language,
            mailbox: format!("post@{slug}.example"),
            hours: hours.cloned().ok_or_else(|| wrong(format!("{slug} has no opening hours; see [hours]")))?,
            services: services.clone(),
        })
    }
}

fn named<'a>(known: &'a [Agency], slug: &str) -> Result<&'a Agency, DemoError> {
    let found = known.iter().find(|agency| agency.facts.slug == slug);
    found.ok_or_else(|| wrong(format!("the agency {slug} is named before it is described, or not at all")))
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
    DemoError::Data { file: FILE, what: what.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_fits() {
        let world = World::load().unwrap();
        for slug in ["uteseksjonen", "barnevernvakten", "bydel-grunerlokka", "barnevern-grunerlokka", "bup-oslo", "udi"] {
            assert!(world.agency(slug).is_some(), "{slug}");
        }
        let of_kind = |kind| world.agencies.iter().filter(|agency| agency.facts.kind == kind).count();
        assert_eq!(of_kind(AgencyKind::District), 15);
        assert_eq!(of_kind(AgencyKind::ChildWelfare), 15 + 1 + 3);
        assert!(world.agency("barnevernvakten").unwrap().hours.is_always());
        assert!(world.agency("kirkens-bymisjon").unwrap().facts.public_tasks);
        assert!(!world.agency("varmestua-ung").unwrap().facts.public_tasks);
    }

    #[test]
    fn every_district_has_its_own_child_welfare_below_it() {
        let world = World::load().unwrap();
        let mut codes: Vec<_> = Vec::new();
        for district in world.agencies.iter().filter(|agency| agency.facts.kind == AgencyKind::District) {
            let name = district.facts.slug.strip_prefix("bydel-").unwrap();
            let child_welfare = world.agency(&format!("barnevern-{name}")).unwrap();
            assert_eq!(child_welfare.parent, Some(district.facts.id));
            assert_eq!(child_welfare.district, district.district);
            codes.extend(district.district.clone());
        }
        codes.sort();
        assert_eq!(codes, (1..=15).map(|number| format!("0301{number:02}")).collect::<Vec<_>>());
    }

    #[test]
    fn no_mail_can_reach_anybody() {
        for agency in World::load().unwrap().agencies {
            assert_eq!(agency.mailbox, format!("post@{}.example", agency.facts.slug));
        }
    }

    #[test]
    fn the_personas_are_who_they_are_said_to_be() {
        let world = World::load().unwrap();
        let expected = [
            (Some("uteseksjonen"), Role::Worker),
            (Some("barnevernvakten"), Role::Worker),
            (Some("bydel-grunerlokka"), Role::Worker),
            (Some("barnevernvakten"), Role::Lead),
            (None, Role::Auditor),
            (Some("oslo-kommune"), Role::Coordinator),
            (None, Role::SystemAdmin),
        ];
        for ((name, username), (slug, role)) in world.personas.each().into_iter().zip(expected) {
            let membership = world.person(username).unwrap().membership;
            let agency = membership.agency.and_then(|id| world.agency_by_id(id));
            assert_eq!((agency.map(|agency| agency.facts.slug.as_str()), membership.role), (slug, role), "{name}");
        }
    }

    #[test]
    fn ids_never_change() {
        let world = World::load().unwrap();
        let id = world.agency("uteseksjonen").unwrap().facts.id;
        assert_eq!(id, Agency::id("uteseksjonen"));
        let mut ids: Vec<_> = world.agencies.iter().map(|agency| agency.facts.id.0).collect();
        ids.extend(world.people.iter().map(|person| person.id.0));
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn slips_in_the_file_are_told() {
        let broken = |from: &str, to: &str| World::parse(&SOURCE.replacen(from, to, 1)).unwrap_err().to_string();
        for (from, to, said) in [
            ("slug = \"bup-oslo\"", "slug = \"udi\"", "stands twice"),
            ("hours = \"clinic\"", "hours = \"never\"", "no opening hours"),
            ("like = \"municipality\"", "like = \"country\"", "no model"),
            ("parent = \"oslo-kommune\"", "parent = \"osslo\"", "osslo"),
            ("kind = \"outreach\"", "kind = \"street\"", "street"),
            ("max_age = 25", "max_age = 2", "for nobody"),
            ("name = \"Ingrid Solvang\"", "nam = \"Ingrid Solvang\"", "nam"),
            ("public_tasks = true\n", "", "public_tasks"),
        ] {
            let message = broken(from, to);
            assert!(message.starts_with("demo/oslo.toml: ") && message.contains(said), "{from}: {message}");
        }
    }
}
