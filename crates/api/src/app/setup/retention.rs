//! How long an agency keeps what was told, as it says itself; and what the installation says for those that say nothing.

use chrono::{DateTime, Utc};
use serde_json::json;
use stafett_store::agencies::Agency;
use stafett_store::{Db, audit, retention};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::definition::Library;
use stafett_workflow::policy::Operation;
use stafett_workflow::retention::{Rule, faults};
use uuid::Uuid;

use super::{Authority, Note, admitted, all_right, named, save};
use crate::app::{AppError, Precondition};

/// What an agency and the installation say.
#[derive(Debug)]
pub struct Kept {
    /// The agency.
    pub agency: Agency,
    /// Its own rules.
    pub own: Vec<Rule>,
    /// What counts where it says nothing.
    pub installation: Vec<Rule>,
}

/// What an agency has said.
///
/// # Errors
/// Hidden, denied; the store's.
pub async fn read(db: &Db, authority: Authority<'_>, agency: &str) -> Result<Kept, AppError> {
    let agency = named(db, agency).await?;
    authority.over(Operation::ReadRetention, &agency)?;
    Ok(Kept {
        own: retention::rules_of(db, Some(agency.id)).await?,
        installation: retention::rules_of(db, None).await?,
        agency,
    })
}

/// Says it from now on, in place of what it said before.
///
/// # Errors
/// Hidden, stale, denied; the fields at fault; the store's.
pub async fn put(
    db: &Db,
    library: &Library,
    authority: Authority<'_>,
    agency: &str,
    precondition: Option<&Precondition>,
    rules: &[Rule],
    now: DateTime<Utc>,
) -> Result<Kept, AppError> {
    let tx = db.write_tx().await?;
    let (mut agency, right) = admitted(&tx, authority, Operation::ManageRetention, agency, precondition).await?;
    all_right(faults(rules, |workflow| library.newest(workflow).is_some()))?;
    retention::put_rules(&tx, Some(agency.id), rules, authority.user(), now).await?;
    save(&tx, &mut agency, now).await?;
    let note = Note {
        action: "retention-changed",
        kind: "agency",
        object: agency.id.0,
        agency: &agency,
        body: json!({ "version": agency.version, "rules": told(rules) }),
    };
    authority.note(&tx, right, note, now).await?;
    let kept = Kept {
        own: retention::rules_of(&tx, Some(agency.id)).await?,
        installation: retention::rules_of(&tx, None).await?,
        agency,
    };
    tx.commit().await?;
    Ok(kept)
}

/// Says for the whole installation, at its command line, how long those keep that say nothing.
///
/// # Errors
/// The fields at fault; the store's.
pub async fn put_installation(db: &Db, library: &Library, rules: &[Rule], now: DateTime<Utc>) -> Result<(), AppError> {
    all_right(faults(rules, |workflow| library.newest(workflow).is_some()))?;
    let tx = db.write_tx().await?;
    retention::put_rules(&tx, None, rules, None, now).await?;
    let entry = audit::Entry {
        at: now,
        actor: None,
        agency: None,
        role: None,
        action: "retention-changed",
        object_kind: "installation",
        object: None::<Uuid>,
        request_id: None,
        body: json!({ "rules": told(rules) }),
    };
    audit::record(&tx, &entry).await?;
    Ok(tx.commit().await?)
}

/// `rules` with one more, in place of the one for the same workflow; or without it.
#[must_use]
pub fn changed(rules: Vec<Rule>, workflow: Option<&str>, rule: Option<Rule>) -> Vec<Rule> {
    let others = rules.into_iter().filter(|other| other.workflow.as_deref() != workflow);
    others.chain(rule).collect()
}

/// A rule of an agency, or of the installation.
#[must_use]
pub fn rule(agency: Option<AgencyId>, workflow: Option<String>, months: u16, legal_ref: String) -> Rule {
    Rule {
        agency,
        workflow,
        months,
        legal_ref,
    }
}

fn told(rules: &[Rule]) -> Vec<serde_json::Value> {
    rules
        .iter()
        .map(|rule| json!({ "workflow": rule.workflow, "months": rule.months, "legalRef": rule.legal_ref }))
        .collect()
}
