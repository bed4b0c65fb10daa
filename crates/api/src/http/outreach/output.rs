//! How entries are written out.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use stafett_workflow::agency::{ArenaId, PatrolId};
use stafett_workflow::outreach::{Acquaintance, Arena, Contact, ContactOutcome, Entry, Head, Patrol, Sex};
use stafett_workflow::vocabulary::{AgeBand, Need};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::outreach::Beside;
use crate::http::referrals::output::{AgencyOut, PersonRef};
use crate::http::schema;

/// What every entry has.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutreachEntry)]
pub(super) struct HeadOut {
    id: Uuid,
    /// Whose register it stands in.
    agency: AgencyOut,
    /// Counts its changes; the `ETag`.
    version: u32,
    entered_by: PersonRef,
    entered_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
    /// Since when it does not count; null while it does.
    withdrawn_at: Option<DateTime<Utc>>,
}

/// An arena by its name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutreachArenaRef)]
pub(in crate::http) struct ArenaRef {
    id: Uuid,
    #[schema(example = "Vaterland")]
    name: String,
}

/// A walk of the team.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutreachPatrol)]
pub(super) struct PatrolOut {
    #[serde(flatten)]
    head: HeadOut,
    /// When it began.
    from: DateTime<Utc>,
    /// When it ended; null while it goes on.
    until: Option<DateTime<Utc>>,
    /// Where it came by.
    arenas: Vec<ArenaRef>,
    /// How many walked.
    workers: u16,
    /// In how many lines its tally has been entered.
    contacts: u64,
    /// How many it met.
    persons: u64,
    /// How many of them for the first time.
    new: u64,
}

/// A line of a tally.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutreachContact)]
pub(super) struct ContactOut {
    #[serde(flatten)]
    head: HeadOut,
    /// On which patrol.
    patrol: Uuid,
    arena: ArenaRef,
    #[schema(schema_with = schema::acquaintance)]
    acquaintance: Acquaintance,
    #[schema(schema_with = schema::age_band)]
    age: AgeBand,
    #[schema(schema_with = schema::sex)]
    sex: Sex,
    /// How many.
    persons: u16,
    /// What it was about.
    #[schema(schema_with = schema::needs)]
    needs: Vec<Need>,
    #[schema(schema_with = schema::contact_outcome)]
    outcome: ContactOutcome,
    /// How many of them became clients.
    clients: u16,
    /// How many of them were minors whom somebody was looking for.
    missing: u16,
    /// The reference of the referral that came of it, to those who may know of it.
    referral: Option<String>,
}

/// A place where the team meets young people.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutreachArena)]
pub(super) struct ArenaOut {
    #[serde(flatten)]
    head: HeadOut,
    name: String,
    /// The number of a municipality or of a district.
    area: Option<String>,
    /// Who works there, and how often.
    present: Vec<PresenceOut>,
    /// Which problems are seen there.
    #[schema(schema_with = schema::needs)]
    problems: Vec<Need>,
    /// Which effort there is.
    effort: Option<String>,
    /// Who is responsible.
    responsible: Option<AgencyOut>,
    /// What is missing.
    missing: Option<String>,
    /// When the team last thought it over.
    reviewed_on: Option<NaiveDate>,
}

/// An agency that works in an arena.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutreachPresence)]
struct PresenceOut {
    agency: AgencyOut,
    /// How often in a month.
    times_a_month: u16,
}

impl HeadOut {
    fn of(head: &Head, beside: &Beside) -> Self {
        Self {
            id: head.id,
            agency: AgencyOut::of(head.agency, &beside.names),
            version: head.version,
            entered_by: PersonRef::of(head.entered_by, &beside.names),
            entered_at: head.entered_at,
            changed_at: head.changed_at,
            withdrawn_at: head.withdrawn_at,
        }
    }
}

impl ArenaRef {
    fn of(id: ArenaId, beside: &Beside) -> Self {
        Self::named(id, beside.arenas.get(&id).cloned().unwrap_or_default())
    }

    pub(in crate::http) const fn named(id: ArenaId, name: String) -> Self {
        Self { id: id.0, name }
    }
}

impl PatrolOut {
    pub(super) fn of(entry: &Entry<Patrol>, beside: &Beside) -> Self {
        let met = beside.met.get(&PatrolId(entry.head.id)).copied().unwrap_or_default();
        Self {
            head: HeadOut::of(&entry.head, beside),
            from: entry.of.from,
            until: entry.of.until,
            arenas: entry
                .of
                .arenas
                .iter()
                .map(|arena| ArenaRef::of(*arena, beside))
                .collect(),
            workers: entry.of.workers,
            contacts: met.lines,
            persons: met.persons,
            new: met.new,
        }
    }
}

impl ContactOut {
    pub(super) fn of(entry: &Entry<Contact>, beside: &Beside) -> Self {
        let contact = &entry.of;
        let referral = contact.referral.and_then(|referral| beside.referrals.get(&referral));
        Self {
            head: HeadOut::of(&entry.head, beside),
            patrol: contact.patrol.0,
            arena: ArenaRef::of(contact.arena, beside),
            acquaintance: contact.acquaintance,
            age: contact.age,
            sex: contact.sex,
            persons: contact.persons,
            needs: contact.needs.clone(),
            outcome: contact.outcome,
            clients: contact.clients,
            missing: contact.missing,
            referral: referral.map(ToString::to_string),
        }
    }
}

impl ArenaOut {
    pub(super) fn of(entry: &Entry<Arena>, beside: &Beside) -> Self {
        let arena = &entry.of;
        let present = arena.present.iter().map(|presence| PresenceOut {
            agency: AgencyOut::of(presence.agency, &beside.names),
            times_a_month: presence.times_a_month,
        });
        Self {
            head: HeadOut::of(&entry.head, beside),
            name: arena.name.clone(),
            area: arena.area.clone(),
            present: present.collect(),
            problems: arena.problems.clone(),
            effort: arena.effort.clone(),
            responsible: arena.responsible.map(|agency| AgencyOut::of(agency, &beside.names)),
            missing: arena.missing.clone(),
            reviewed_on: arena.reviewed_on,
        }
    }
}

/// An example with the head that every entry has.
pub(super) fn example(id: &str, of: Value) -> Value {
    let mut entry = json!({
        "id": id,
        "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00", "slug": "uteseksjonen", "name": "Uteseksjonen" },
        "version": 1,
        "enteredBy": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b01", "name": "Amina Ali" },
        "enteredAt": "2026-11-24T00:40:00Z",
        "changedAt": "2026-11-24T00:40:00Z",
        "withdrawnAt": null
    });
    if let (Some(entry), Value::Object(of)) = (entry.as_object_mut(), of) {
        entry.extend(of);
    }
    entry
}
