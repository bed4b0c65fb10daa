//! A small Oslo: the agencies and people that the stories need, and no more.

use chrono::{DateTime, Utc};
use stafett_store::{
    Tx,
    agencies::{self, Agency},
    users::{self, User},
};
use stafett_workflow::{
    agency::{AgencyId, UserId},
    policy::Membership,
    vocabulary::{AgencyKind, Language, Role},
};
use uuid::Uuid;

/// Somebody a story may speak as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Persona {
    /// A caseworker of the outreach service.
    Outreach,
    /// A caseworker of the emergency child welfare service.
    ChildWelfare,
    /// Another caseworker there.
    Colleague,
    /// The lead there.
    Lead,
    /// A caseworker of a city district.
    District,
    /// A caseworker of that district's child welfare service.
    DistrictChildWelfare,
    /// A caseworker of the immigration directorate.
    Immigration,
    /// A caseworker of an agency that has no part in the story.
    Outsider,
    /// The municipality's coordinator.
    Coordinator,
    /// Looks at everything and changes nothing.
    Auditor,
    /// Runs the installation.
    Admin,
}

impl Persona {
    /// Everybody.
    pub const ALL: [Self; 11] = [
        Self::Outreach,
        Self::ChildWelfare,
        Self::Colleague,
        Self::Lead,
        Self::District,
        Self::DistrictChildWelfare,
        Self::Immigration,
        Self::Outsider,
        Self::Coordinator,
        Self::Auditor,
        Self::Admin,
    ];

    /// What they sign in with.
    #[must_use]
    pub const fn username(self) -> &'static str {
        match self {
            Self::Outreach => "outreach",
            Self::ChildWelfare => "child-welfare",
            Self::Colleague => "colleague",
            Self::Lead => "lead",
            Self::District => "district",
            Self::DistrictChildWelfare => "district-child-welfare",
            Self::Immigration => "immigration",
            Self::Outsider => "outsider",
            Self::Coordinator => "coordinator",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }

    /// The slug of the agency where they work.
    #[must_use]
    pub const fn agency(self) -> Option<&'static str> {
        match self {
            Self::Outreach => Some("uteseksjonen"),
            Self::ChildWelfare | Self::Colleague | Self::Lead => Some("barnevernvakten"),
            Self::District => Some("bydel-grunerlokka"),
            Self::DistrictChildWelfare => Some("barnevern-grunerlokka"),
            Self::Immigration => Some("udi"),
            Self::Outsider => Some("bup-oslo"),
            Self::Coordinator => Some("oslo-kommune"),
            Self::Auditor | Self::Admin => None,
        }
    }

    const fn role(self) -> Role {
        match self {
            Self::Outreach
            | Self::ChildWelfare
            | Self::Colleague
            | Self::District
            | Self::DistrictChildWelfare
            | Self::Immigration
            | Self::Outsider => Role::Worker,
            Self::Lead => Role::Lead,
            Self::Coordinator => Role::Coordinator,
            Self::Auditor => Role::Auditor,
            Self::Admin => Role::SystemAdmin,
        }
    }
}

/// Where the mails of an agency go.
#[must_use]
pub fn mailbox(slug: &str) -> String {
    format!("post@{slug}.test")
}

const AGENCIES: [(&str, &str, AgencyKind, Option<&str>); 7] = [
    ("oslo-kommune", "Oslo kommune", AgencyKind::Municipality, None),
    ("uteseksjonen", "Uteseksjonen", AgencyKind::Outreach, None),
    ("barnevernvakten", "Barnevernvakten", AgencyKind::ChildWelfare, None),
    (
        "bydel-grunerlokka",
        "Bydel Grünerløkka",
        AgencyKind::District,
        Some("030102"),
    ),
    (
        "barnevern-grunerlokka",
        "Barneverntjenesten Grünerløkka",
        AgencyKind::ChildWelfare,
        Some("030102"),
    ),
    ("bup-oslo", "BUP Oslo", AgencyKind::SpecialistHealth, None),
    ("udi", "Utlendingsdirektoratet", AgencyKind::Immigration, None),
];

/// Writes the agencies and people, and says who has which id.
pub(crate) async fn build(tx: &Tx, now: DateTime<Utc>) -> Vec<(Persona, UserId)> {
    let mut ids = Vec::new();
    for (slug, name, kind, district) in AGENCIES {
        let agency = agency(slug, name, kind, district, now);
        agencies::insert(tx, &agency).await.unwrap();
        ids.push((slug, agency.id));
    }
    let id_of = |slug: &str| ids.iter().find(|(known, _)| *known == slug).map(|(_, id)| *id).unwrap();
    let mut people = Vec::new();
    for persona in Persona::ALL {
        let user = person(persona, now);
        users::insert(tx, &user, None).await.unwrap();
        let membership = Membership {
            agency: persona.agency().map(id_of),
            role: persona.role(),
        };
        users::grant(tx, user.id, membership).await.unwrap();
        people.push((persona, user.id));
    }
    people
}

fn agency(slug: &str, name: &str, kind: AgencyKind, district: Option<&str>, now: DateTime<Utc>) -> Agency {
    Agency {
        id: AgencyId(Uuid::now_v7()),
        slug: slug.to_owned(),
        name: name.to_owned(),
        kind,
        orgnr: None,
        parent: None,
        // Immigration is the state's, and serves the whole country.
        municipality: (kind != AgencyKind::Immigration).then(|| "0301".to_owned()),
        district: district.map(str::to_owned),
        also_serves: Vec::new(),
        public_tasks: true,
        language: Language::Nb,
        mailbox: Some(mailbox(slug)),
        phone: None,
        opening_hours: None,
        active: true,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

fn person(persona: Persona, now: DateTime<Utc>) -> User {
    User {
        id: UserId(Uuid::now_v7()),
        username: persona.username().to_owned(),
        display_name: format!("{persona:?} Testesen"),
        email: Some(format!("{}@stafett.test", persona.username())),
        language: Language::En,
        session_epoch: 0,
        active: true,
        version: 1,
        password_expires_at: None,
        created_at: now,
        updated_at: now,
    }
}
