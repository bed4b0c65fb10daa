//! Setting up: agencies and what they offer, people and what they are, mail, calendars, agreements, deputies.
//!
//! The API and the command line come in by the same doors. Whoever runs the machine may do all of it, which is what
//! [`Authority::Operator`] says; everybody else shows what the policy lets them. Each change is one transaction with an
//! entry in the audit trail that holds codes, ids and versions, never a name or an address.

pub mod accounts;
pub mod agencies;
pub mod agreements;
pub mod calendar;
pub mod deputies;
pub mod mailboxes;
pub mod me;
pub mod notifications;
pub mod retention;
pub mod services;
pub mod staff;
mod staff_rules;
mod territory;
pub mod webhooks;

use chrono::{DateTime, Utc};
use serde_json::Value;
use stafett_store::agencies::{self as directory, Agency};
use stafett_store::{Db, Handle, Tx, audit};
use stafett_workflow::Refusal;
use stafett_workflow::agency::{AgencyId, UserId};
use stafett_workflow::policy::{self, Operation, SetupPermit};
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::Role;
use uuid::Uuid;

use super::referrals::Asker;
use super::{AppError, Precondition};
use crate::app::engine::Engine;

/// On whose word something is set up.
#[derive(Debug, Clone, Copy)]
pub enum Authority<'a> {
    /// Whoever runs the machine, at its command line.
    Operator,
    /// Somebody who has signed in.
    Person(Asker<'a>),
}

/// A right that has been shown for one agency.
#[derive(Debug, Clone, Copy)]
pub enum Right {
    /// Of whoever runs the machine.
    Operator,
    /// Of a person.
    Person(SetupPermit),
}

impl Right {
    /// Whether it reaches across agencies.
    #[must_use]
    pub fn is_of_installation(&self) -> bool {
        match self {
            Self::Operator => true,
            Self::Person(permit) => permit.role() == Role::SystemAdmin,
        }
    }

    /// Whether this role may be given and taken with it.
    #[must_use]
    pub const fn may_give(&self, role: Role) -> bool {
        match self {
            Self::Operator => true,
            Self::Person(permit) => permit.may_give(role),
        }
    }
}

impl<'a> Authority<'a> {
    /// The right to set `agency` up.
    ///
    /// # Errors
    /// Denied by the policy.
    pub fn over(&self, operation: Operation, agency: &Agency) -> Result<Right, AppError> {
        match self {
            Self::Operator => Ok(Right::Operator),
            Self::Person(asker) => {
                let permit = policy::permit_setup(asker.actor, operation, agency.id, agency.parent)?;
                Ok(Right::Person(permit))
            }
        }
    }

    /// Who it is, unless it is nobody in particular.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::Operator => None,
            Self::Person(asker) => Some(asker.actor.user),
        }
    }

    fn request_id(&self) -> Option<&'a str> {
        match self {
            Self::Operator => None,
            Self::Person(asker) => asker.request_id,
        }
    }

    /// Writes down what was done.
    async fn note(&self, tx: &Tx, right: Right, note: Note<'_>, now: DateTime<Utc>) -> Result<(), AppError> {
        let entry = audit::Entry {
            at: now,
            actor: self.user(),
            agency: Some(note.agency.id),
            role: match right {
                Right::Operator => None,
                Right::Person(permit) => Some(permit.role()),
            },
            action: note.action,
            object_kind: note.kind,
            object: Some(note.object),
            request_id: self.request_id(),
            body: note.body,
        };
        Ok(audit::record(tx, &entry).await?)
    }
}

/// What was done to what.
struct Note<'n> {
    action: &'n str,
    kind: &'n str,
    object: Uuid,
    agency: &'n Agency,
    body: Value,
}

/// An agency that must be there.
///
/// # Errors
/// Hidden, when there is none; the store's.
pub async fn named(on: &impl Handle, name: &str) -> Result<Agency, AppError> {
    Ok(directory::find(on, name).await?.ok_or_else(Refusal::not_found)?)
}

/// The agency of a change: found, in the version that the caller believes it to be, and theirs to set up.
async fn admitted(
    on: &impl Handle,
    authority: Authority<'_>,
    operation: Operation,
    name: &str,
    precondition: Option<&Precondition>,
) -> Result<(Agency, Right), AppError> {
    let agency = named(on, name).await?;
    if let Some(precondition) = precondition {
        precondition.check_at(place_of(&agency), agency.version)?;
    }
    let right = authority.over(operation, &agency)?;
    Ok((agency, right))
}

/// What was done to an agency, for the audit trail.
pub(in crate::app) struct Change {
    /// In one word, kebab-case.
    pub(in crate::app) action: &'static str,
    /// What else proves it.
    pub(in crate::app) body: Value,
}

/// Changes something of an agency that lies beside it, and raises its version.
///
/// # Errors
/// Hidden, stale, denied; what `what` refuses; the store's.
pub(in crate::app) async fn change(
    db: &Db,
    authority: Authority<'_>,
    operation: Operation,
    name: &str,
    (precondition, now): (&Precondition, DateTime<Utc>),
    what: impl AsyncFnOnce(&Tx, AgencyId) -> Result<Change, AppError>,
) -> Result<Agency, AppError> {
    let tx = db.write_tx().await?;
    let (mut agency, right) = admitted(&tx, authority, operation, name, Some(precondition)).await?;
    let Change { action, body } = what(&tx, agency.id).await?;
    save(&tx, &mut agency, now).await?;
    let note = Note {
        action,
        kind: "agency",
        object: agency.id.0,
        agency: &agency,
        body,
    };
    authority.note(&tx, right, note, now).await?;
    tx.commit().await?;
    Ok(agency)
}

/// Refuses as a change would before it looks at the input, so that a broken body tells nobody more than they may know.
///
/// # Errors
/// Hidden, stale, denied; the store's.
pub async fn precheck(
    engine: &Engine,
    authority: Authority<'_>,
    operation: Operation,
    name: &str,
    precondition: Option<&Precondition>,
) -> Result<(), AppError> {
    admitted(&engine.db, authority, operation, name, precondition)
        .await
        .map(drop)
}

/// Raises the version of an agency that has been changed, in whatever part of it.
async fn save(tx: &Tx, agency: &mut Agency, now: DateTime<Utc>) -> Result<(), AppError> {
    agency.version += 1;
    agency.updated_at = now;
    if directory::update(tx, agency).await? {
        return Ok(());
    }
    // On PostgreSQL two may have read the same version; the second finds that the first was faster.
    Err(AppError::StaleAt {
        place: place_of(agency),
        current: agency.version,
    })
}

/// Where the agency is found.
fn place_of(agency: &Agency) -> String {
    format!("agencies/{}", agency.slug)
}

/// `Ok` when nothing is wrong.
fn all_right(faults: Vec<FieldError>) -> Result<(), AppError> {
    match faults.is_empty() {
        true => Ok(()),
        false => Err(AppError::Fields(faults)),
    }
}

/// A value that is taken already.
fn taken(pointer: &str) -> FieldError {
    FieldError::new(
        pointer,
        "taken",
        "Er allerede i bruk. Velg noe annet.",
        "Is in use already. Choose another.",
    )
}
