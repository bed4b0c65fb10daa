//! What an outreach team writes down of a night: that it walked, how many it met where, and what there is in each of its arenas.
//!
//! Nobody is named here. A contact is a line of a tally: so many, of one age band and sex, met for the first time or known before.
//! What must be told of somebody belongs into a referral, which the line may name by its id and no more.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use crate::agency::{AgencyId, ArenaId, PatrolId, ReferralId, UserId};
use crate::person::{check_line, check_text};
use crate::refusal::FieldError;
use crate::vocabulary::{AgeBand, Need, codes};

/// So many go on one patrol at most.
pub const MOST_WORKERS: u16 = 50;
/// So many stand in one line of a tally at most.
pub const MOST_PERSONS: u16 = 500;
/// So many arenas one patrol comes to at most, and so many agencies work in one.
pub const MOST_NAMED: usize = 30;
/// So often in a month an agency is in an arena at most.
pub const MOST_TIMES: u16 = 200;
/// The longest name of an arena, in characters.
pub const LONGEST_NAME: usize = 80;
/// The longest text about an arena, in characters. Short on purpose: it is about a place.
pub const LONGEST_TEXT: usize = 500;
/// What is older is a slip in the year: periods that were told long ago would change.
const OLDEST: TimeDelta = TimeDelta::days(3 * 366);
/// A patrol ends within so long: whoever forgot to end it must look at the clock again.
const LONGEST_PATROL: TimeDelta = TimeDelta::hours(24);
/// A phone's clock may be ahead by so much.
const AHEAD: TimeDelta = TimeDelta::hours(1);

codes! {
    /// Whether the team had met somebody before.
    Acquaintance, "acquaintance" {
        New = "new", "nye", "new";
        Known = "known", "kjente", "known before";
    }
}

codes! {
    /// Sex, as somebody on the street takes it or is told.
    Sex, "sex" {
        Female = "female", "jenter og kvinner", "girls and women";
        Male = "male", "gutter og menn", "boys and men";
        Other = "other", "annet", "other";
        Unknown = "unknown", "ukjent kjønn", "unknown sex";
    }
}

codes! {
    /// What came of a contact; with several, the one that reaches furthest.
    ContactOutcome, "contact-outcome" {
        Talked = "talked", "samtale", "a talk";
        Informed = "informed", "ga informasjon", "given information";
        Followed = "followed", "fulgt et sted", "gone with somewhere";
        Referred = "referred", "formidlet videre", "referred";
    }
}

/// What the register knows of each of its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its id, which its writer's phone may have made.
    pub id: Uuid,
    /// Whose register it stands in.
    pub agency: AgencyId,
    /// Counts its changes, from 1.
    pub version: u32,
    /// Who wrote it.
    pub entered_by: UserId,
    /// When it was stored.
    pub entered_at: DateTime<Utc>,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
    /// Since when it does not count; it is kept, and correcting it makes it count again.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<T> {
    /// What every entry has.
    pub head: Head,
    /// What it says.
    pub of: T,
}

impl<T> Entry<T> {
    /// A new one.
    #[must_use]
    pub const fn new(id: Uuid, agency: AgencyId, by: UserId, now: DateTime<Utc>, of: T) -> Self {
        let head = Head {
            id,
            agency,
            version: 1,
            entered_by: by,
            entered_at: now,
            changed_at: now,
            withdrawn_at: None,
        };
        Self { head, of }
    }

    /// It, saying something else; one that was withdrawn counts again.
    #[must_use]
    pub fn corrected(&self, of: T, now: DateTime<Utc>) -> Self {
        let head = Head {
            withdrawn_at: None,
            ..self.head.changed(now)
        };
        Self { head, of }
    }

    /// It, not counting any more.
    #[must_use]
    pub fn withdrawn(self, now: DateTime<Utc>) -> Self {
        let head = Head {
            withdrawn_at: self.head.withdrawn_at.or(Some(now)),
            ..self.head.changed(now)
        };
        Self { head, ..self }
    }
}

impl Head {
    const fn changed(self, now: DateTime<Utc>) -> Self {
        Self {
            version: self.version.saturating_add(1),
            changed_at: now,
            ..self
        }
    }
}

/// A walk of the team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patrol {
    /// When it began; in which month it counts follows from this, in Oslo.
    pub from: DateTime<Utc>,
    /// When it ended; nothing while it goes on.
    pub until: Option<DateTime<Utc>>,
    /// Where it came by.
    pub arenas: Vec<ArenaId>,
    /// How many walked.
    pub workers: u16,
}

/// A line of the tally of one patrol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// On which patrol.
    pub patrol: PatrolId,
    /// Where.
    pub arena: ArenaId,
    /// Whether the team had met them before.
    pub acquaintance: Acquaintance,
    /// How old they were, about.
    pub age: AgeBand,
    /// Their sex.
    pub sex: Sex,
    /// How many. Whoever is met on three nights is counted three times.
    pub persons: u16,
    /// What it was about.
    pub needs: Vec<Need>,
    /// What came of it.
    pub outcome: ContactOutcome,
    /// How many of them became clients by it.
    pub clients: u16,
    /// How many of them were minors whom somebody was looking for, and of whom there is no referral.
    pub missing: u16,
    /// The referral that came of it.
    pub referral: Option<ReferralId>,
}

/// A place where the team meets young people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arena {
    /// What it is called.
    pub name: String,
    /// In which municipality, four digits, or district, six. No closer.
    pub area: Option<String>,
    /// Who works there.
    pub present: Vec<Presence>,
    /// Which problems are seen there.
    pub problems: Vec<Need>,
    /// Which effort there is.
    pub effort: Option<String>,
    /// Who is responsible for it.
    pub responsible: Option<AgencyId>,
    /// What is missing.
    pub missing: Option<String>,
    /// When the team last thought all this over.
    pub reviewed_on: Option<NaiveDate>,
}

/// An agency that works in an arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    /// Which.
    pub agency: AgencyId,
    /// How often, in times a month.
    pub times_a_month: u16,
}

impl Patrol {
    /// What is wrong with it by itself.
    #[must_use]
    pub fn faults(&self, now: DateTime<Utc>) -> Vec<FieldError> {
        let mut faults = Vec::new();
        faults.extend(within("/workers", self.workers, 1, MOST_WORKERS));
        faults.extend(distinct("/arenas", &self.arenas, 1));
        if self.from > now + AHEAD {
            faults.push(FieldError::new(
                "/from",
                "in-the-future",
                "Patruljen kan ikke begynne i framtiden. Stemmer klokken på telefonen?",
                "The patrol cannot begin in the future. Is the phone's clock right?",
            ));
        }
        if self.from < now - OLDEST {
            faults.push(FieldError::new(
                "/from",
                "out-of-range",
                "Patruljen er for gammel til å føres: høyst tre år. Stemmer året?",
                "The patrol is too old to be entered: three years at most. Is the year right?",
            ));
        }
        let length = self.until.map(|until| until - self.from);
        if length.is_some_and(|length| length <= TimeDelta::zero() || length > LONGEST_PATROL) {
            faults.push(FieldError::new(
                "/until",
                "out-of-range",
                "Patruljen må slutte etter at den begynte, og innen et døgn.",
                "The patrol must end after it began, and within a day.",
            ));
        }
        faults
    }
}

impl Contact {
    /// What is wrong with it by itself; what it counts stands in `tally`.
    #[must_use]
    pub fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        faults.extend(within("/tally/persons", self.persons, 1, MOST_PERSONS));
        faults.extend(distinct("/tally/needs", &self.needs, 0));
        if (1..=MOST_PERSONS).contains(&self.persons) {
            faults.extend(within("/tally/clients", self.clients, 0, self.persons));
            faults.extend(within("/tally/missing", self.missing, 0, self.persons));
        }
        if self.missing > 0 && !self.age.may_be_child() {
            faults.push(FieldError::new(
                "/tally/missing",
                "not-a-minor",
                "Savnede mindreårige er under 18.",
                "Missing minors are under 18.",
            ));
        }
        if self.referral.is_some() && self.outcome != ContactOutcome::Referred {
            faults.push(FieldError::new(
                "/tally/referral",
                "not-referred",
                "En formidling hører til en kontakt som ble formidlet videre.",
                "A referral belongs to a contact that was referred.",
            ));
        }
        faults
    }
}

impl Arena {
    /// What is wrong with it by itself.
    #[must_use]
    pub fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        faults.extend(check_line("/name", &self.name, LONGEST_NAME));
        for (pointer, text) in [("/effort", &self.effort), ("/missing", &self.missing)] {
            faults.extend(text.as_deref().and_then(|text| check_text(pointer, text, LONGEST_TEXT)));
        }
        faults.extend(distinct("/problems", &self.problems, 0));
        let agencies: Vec<_> = self.present.iter().map(|presence| presence.agency).collect();
        faults.extend(distinct("/present", &agencies, 0));
        for (at, presence) in self.present.iter().enumerate() {
            faults.extend(within(
                &format!("/present/{at}/timesAMonth"),
                presence.times_a_month,
                1,
                MOST_TIMES,
            ));
        }
        if self.area.as_deref().is_some_and(|area| !is_area(area)) {
            faults.push(FieldError::new(
                "/area",
                "invalid-value",
                "Skal være nummeret til en bydel (seks sifre) eller en kommune (fire sifre).",
                "Must be the number of a district (six digits) or of a municipality (four digits).",
            ));
        }
        faults
    }
}

fn is_area(area: &str) -> bool {
    matches!(area.len(), 4 | 6) && area.bytes().all(|byte| byte.is_ascii_digit())
}

fn within(pointer: &str, number: u16, least: u16, most: u16) -> Option<FieldError> {
    (!(least..=most).contains(&number)).then(|| {
        FieldError::new(
            pointer,
            "out-of-range",
            format!("Skal være {least} til {most}."),
            format!("Must be {least} to {most}."),
        )
    })
}

fn distinct<T: Ord>(pointer: &str, listed: &[T], least: usize) -> Option<FieldError> {
    let each: std::collections::BTreeSet<&T> = listed.iter().collect();
    if each.len() != listed.len() {
        return Some(FieldError::new(
            pointer,
            "repeated",
            "Noe er oppgitt to ganger.",
            "Something is given twice.",
        ));
    }
    (!(least..=MOST_NAMED).contains(&listed.len())).then(|| {
        FieldError::new(
            pointer,
            "out-of-range",
            format!("Oppgi {least} til {MOST_NAMED}."),
            format!("Give {least} to {MOST_NAMED}."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-24T23:00:00Z".parse().unwrap()
    }

    fn patrol() -> Patrol {
        Patrol {
            from: now() - TimeDelta::hours(4),
            until: Some(now()),
            arenas: vec![ArenaId(Uuid::nil())],
            workers: 2,
        }
    }

    fn contact() -> Contact {
        Contact {
            patrol: PatrolId(Uuid::nil()),
            arena: ArenaId(Uuid::nil()),
            acquaintance: Acquaintance::New,
            age: AgeBand::From16,
            sex: Sex::Female,
            persons: 3,
            needs: vec![Need::Shelter],
            outcome: ContactOutcome::Talked,
            clients: 1,
            missing: 1,
            referral: None,
        }
    }

    fn arena() -> Arena {
        Arena {
            name: "Vaterland".to_owned(),
            area: Some("030116".to_owned()),
            present: Vec::new(),
            problems: vec![Need::SubstanceUse],
            effort: Some("Varmestue til 22".to_owned()),
            responsible: None,
            missing: None,
            reviewed_on: None,
        }
    }

    fn pointers(faults: &[FieldError]) -> Vec<&str> {
        faults.iter().map(|fault| fault.pointer.as_str()).collect()
    }

    #[test]
    fn what_is_right_has_no_faults() {
        assert!(patrol().faults(now()).is_empty());
        assert!(contact().faults().is_empty());
        assert!(arena().faults().is_empty());
    }

    #[test]
    fn a_patrol_has_been_and_ends() {
        let later = Patrol {
            from: now() + TimeDelta::hours(2),
            until: None,
            ..patrol()
        };
        assert_eq!(pointers(&later.faults(now())), ["/from"]);
        for until in [patrol().from, patrol().from + TimeDelta::hours(25)] {
            let wrong = Patrol {
                until: Some(until),
                ..patrol()
            };
            assert_eq!(pointers(&wrong.faults(now())), ["/until"]);
        }
        let nowhere = Patrol {
            arenas: Vec::new(),
            workers: 0,
            ..patrol()
        };
        assert_eq!(pointers(&nowhere.faults(now())), ["/workers", "/arenas"]);
    }

    #[test]
    fn a_line_counts_nobody_twice_and_no_adult_as_a_missing_minor() {
        let more = Contact {
            clients: 4,
            missing: 4,
            ..contact()
        };
        assert_eq!(pointers(&more.faults()), ["/tally/clients", "/tally/missing"]);
        let adult = Contact {
            age: AgeBand::From18,
            ..contact()
        };
        assert_eq!(pointers(&adult.faults()), ["/tally/missing"]);
        let twice = Contact {
            needs: vec![Need::Shelter, Need::Shelter],
            ..contact()
        };
        assert_eq!(pointers(&twice.faults()), ["/tally/needs"]);
        let linked = Contact {
            referral: Some(ReferralId(Uuid::nil())),
            ..contact()
        };
        assert_eq!(pointers(&linked.faults()), ["/tally/referral"]);
    }

    #[test]
    fn an_arena_is_a_place_and_no_address() {
        for area in ["0301161", "Oslo", "03", ""] {
            let wrong = Arena {
                area: Some(area.to_owned()),
                ..arena()
            };
            assert_eq!(pointers(&wrong.faults()), ["/area"], "{area}");
        }
        let long = Arena {
            name: "x".repeat(LONGEST_NAME + 1),
            missing: Some("x".repeat(LONGEST_TEXT + 1)),
            ..arena()
        };
        assert_eq!(pointers(&long.faults()), ["/name", "/missing"]);
    }

    #[test]
    fn what_is_withdrawn_is_kept_and_counts_again_when_it_is_corrected() {
        let entered = Entry::new(
            Uuid::nil(),
            AgencyId(Uuid::nil()),
            UserId(Uuid::nil()),
            now(),
            contact(),
        );
        let later = now() + TimeDelta::minutes(1);
        let gone = entered.withdrawn(later);
        assert_eq!((gone.head.version, gone.head.withdrawn_at), (2, Some(later)));
        let back = gone.corrected(contact(), later);
        assert_eq!((back.head.version, back.head.withdrawn_at), (3, None));
        assert_eq!(back.head.entered_at, now());
    }
}
