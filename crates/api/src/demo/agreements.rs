//! What agencies of the demo have agreed: one agreement in force, and one that waits for the lead of Barnevernvakten, whom a
//! visitor can be. Both begin as the demo begins, so they say nothing about what was played before.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use stafett_workflow::agency::{AgencyId, AgreementId};
use stafett_workflow::agreement::{Agreement, Status, Word};
use stafett_workflow::calendar::local_date;
use stafett_workflow::law::Validity;
use stafett_workflow::vocabulary::Role;

use super::DemoError;
use super::world::{World, stable_id};

/// All of them, made at `at`.
pub(super) fn made(world: &World, at: DateTime<Utc>) -> Result<Vec<Agreement>, DemoError> {
    let between = |reference: &str, [sender, receiver]: [&str; 2], limits: Value, approved: bool| {
        let (sender, receiver) = (lead(world, sender, at)?, lead(world, receiver, at)?);
        Some(Agreement {
            id: AgreementId(stable_id(&format!("agreement {reference}"))),
            number: 1,
            revision: if approved { 2 } else { 1 },
            sender: sender.agency,
            receiver: receiver.agency,
            reference: reference.to_owned(),
            limits: serde_json::from_value(limits).ok()?,
            validity: Validity {
                from: Some(local_date(at)),
                to: None,
            },
            status: if approved { Status::Approved } else { Status::Proposed },
            proposed: sender,
            answered: approved.then_some(receiver),
            ended: None,
        })
    };
    let in_force = json!({
        "acknowledge": { "emergency": "1 hour", "urgent": "4 hours", "routine": "1 working day" },
        "answer": { "urgent": "24 hours", "routine": "5 working days" },
        "answer-question": { "urgent": "8 opening hours", "routine": "3 working days" }
    });
    let waiting = json!({
        "acknowledge": { "emergency": "1 hour", "urgent": "2 hours", "routine": "24 hours" },
        "first-contact": { "urgent": "2 days", "routine": "3 working days" }
    });
    [
        between("2026/418", ["bydel-grunerlokka", "barnevernvakten"], in_force, true),
        between("2026/502", ["uteseksjonen", "barnevernvakten"], waiting, false),
    ]
    .into_iter()
    .collect::<Option<Vec<_>>>()
    .ok_or_else(|| DemoError::Data {
        file: "agreements.rs",
        what: "an agreement names an agency without a lead".to_owned(),
    })
}

/// The word of the lead of an agency.
fn lead(world: &World, slug: &str, at: DateTime<Utc>) -> Option<Word> {
    let agency: AgencyId = world.agency(slug)?.facts.id;
    let lead = world
        .people
        .iter()
        .find(|person| person.membership.agency == Some(agency) && person.membership.role == Role::Lead)?;
    Some(Word {
        user: lead.id,
        agency,
        at,
    })
}
