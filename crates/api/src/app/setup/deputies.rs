//! Who stands in for whom. While an absence runs, the deputy's own list shows the absent person's referrals as well, and whoever
//! assigns to the absent one is told who stands in. What is assigned stays assigned: a deputy helps, and owns nothing.

use chrono::{DateTime, Utc};
use serde_json::json;
use stafett_store::agencies::Agency;
use stafett_store::deputies::{self, Deputy};
use stafett_store::idempotency::Answer;
use stafett_store::users;
use stafett_store::{Handle, Tx};
use stafett_workflow::Refusal;
use stafett_workflow::agency::{AgencyId, UserId};
use stafett_workflow::policy::{Operation, Verdict};
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::Role;
use uuid::Uuid;

use super::{Authority, Note, Right, admitted, all_right, named};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;
use crate::app::referrals::{Answered, Repeatable, claim, keep, replayed};

/// An absence as somebody writes it.
#[derive(Debug, Clone)]
pub struct NewDeputy {
    /// Who is away, by id or username.
    pub user: String,
    /// Who stands in, by id or username.
    pub deputy: String,
    /// From when on.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
}

/// An absence with what its people are called.
pub type Told = (Deputy, Names);

/// Writes the answer out, so that it can be kept in the same transaction.
pub type Render<'a> = &'a (dyn Fn(&Told) -> Answer + Sync);

/// The absences of an agency that have not ended.
///
/// # Errors
/// Hidden, denied; the store's.
pub async fn list(engine: &Engine, authority: Authority<'_>, agency: &str) -> Result<(Vec<Deputy>, Names), AppError> {
    let agency = named(&engine.db, agency).await?;
    authority.over(Operation::ReadDeputies, &agency)?;
    let absences = deputies::of_agency(&engine.db, agency.id, engine.now()).await?;
    let people = absences.iter().flat_map(|absence| [absence.user, absence.deputy]);
    let names = Names::load(&engine.db, [], people).await?;
    Ok((absences, names))
}

/// Says who stands in. Everybody says so of themselves; a lead or an administrator of anybody.
///
/// # Errors
/// Hidden, denied; the fields at fault; the errors of an idempotency key; the store's.
pub async fn create(
    engine: &Engine,
    authority: Authority<'_>,
    agency: &str,
    new: &NewDeputy,
    repeatable: Option<&Repeatable<'_>>,
    render: Render<'_>,
) -> Result<Answered<Told>, AppError> {
    let tx = engine.db.write_tx().await?;
    let claimed = match authority {
        Authority::Operator => None,
        Authority::Person(asker) => match claim(&tx, engine, asker, repeatable).await? {
            Ok(claimed) => claimed,
            Err(answer) => return replayed(tx, answer).await,
        },
    };
    let (agency, right) = admitted(&tx, authority, Operation::ManageDeputies, agency, None).await?;
    let (user, deputy) = (
        colleague(&tx, &agency, &new.user).await?,
        colleague(&tx, &agency, &new.deputy).await?,
    );
    their_own(right, user)?;
    let running = deputies::of_agency(&tx, agency.id, engine.now()).await?;
    let absence = Deputy {
        id: Uuid::now_v7(),
        agency: agency.id,
        user: user.ok_or_else(|| AppError::Fields(vec![unknown("/user")]))?,
        deputy: deputy.ok_or_else(|| AppError::Fields(vec![unknown("/deputy")]))?,
        starts_at: new.from,
        ends_at: new.to,
        created_by: authority.user(),
        created_at: engine.now(),
    };
    all_right(faults(&absence, &running, engine.now()))?;
    deputies::insert(&tx, &absence).await?;
    note(&tx, authority, right, "deputy-added", &agency, &absence, engine.now()).await?;
    let names = Names::load(&tx, [], [absence.user, absence.deputy]).await?;
    let told = (absence, names);
    keep(&tx, engine, claimed, None, || render(&told)).await?;
    tx.commit().await?;
    Ok(Answered::Now(told))
}

/// Takes an absence back, or ends it early.
///
/// # Errors
/// Hidden, denied; the store's.
pub async fn delete(engine: &Engine, authority: Authority<'_>, agency: &str, id: Uuid) -> Result<(), AppError> {
    let tx = engine.db.write_tx().await?;
    let agency = named(&tx, agency).await?;
    authority.over(Operation::ReadDeputies, &agency)?;
    let absences = deputies::of_agency(&tx, agency.id, engine.now()).await?;
    let absence = absences.into_iter().find(|absence| absence.id == id);
    let absence = absence.ok_or_else(Refusal::not_found)?;
    let right = authority.over(Operation::ManageDeputies, &agency)?;
    their_own(right, Some(absence.user))?;
    deputies::delete(&tx, absence.id).await?;
    note(&tx, authority, right, "deputy-deleted", &agency, &absence, engine.now()).await?;
    Ok(tx.commit().await?)
}

/// A worker speaks for themselves only.
fn their_own(right: Right, user: Option<UserId>) -> Result<(), AppError> {
    match right {
        Right::Person(permit) if permit.role() == Role::Worker && user != Some(permit.user()) => {
            Err(AppError::Denied(Verdict::Forbidden))
        }
        Right::Person(_) | Right::Operator => Ok(()),
    }
}

/// Somebody active who does casework there.
async fn colleague(on: &impl Handle, agency: &Agency, name: &str) -> Result<Option<UserId>, AppError> {
    let found = users::colleague(on, name).await?;
    Ok(found
        .filter(|found| found.agencies.contains(&agency.id))
        .map(|found| found.user))
}

/// What is wrong with an absence beside those that are known.
fn faults(absence: &Deputy, known: &[Deputy], now: DateTime<Utc>) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if absence.user == absence.deputy {
        faults.push(FieldError::new(
            "/deputy",
            "invalid-value",
            "Ingen er stedfortreder for seg selv. Velg en kollega.",
            "Nobody stands in for themselves. Choose a colleague.",
        ));
    }
    if absence.ends_at <= absence.starts_at || absence.ends_at <= now {
        faults.push(FieldError::new(
            "/to",
            "out-of-range",
            "Fraværet må slutte etter at det begynner, og etter nå.",
            "The absence must end after it begins, and after now.",
        ));
    }
    let overlaps = |other: &&Deputy| other.starts_at < absence.ends_at && absence.starts_at < other.ends_at;
    if known.iter().filter(overlaps).any(|other| other.user == absence.user) {
        faults.push(FieldError::new(
            "/from",
            "taken",
            "Personen har allerede en stedfortreder i dette tidsrommet. Slett det fraværet først.",
            "The person has a deputy in this time already. Delete that absence first.",
        ));
    }
    // A chain of absences at the same time must end at somebody who is there.
    let mut last = absence.deputy;
    for _ in 0..=known.len() {
        match known.iter().filter(overlaps).find(|other| other.user == last) {
            Some(next) if next.deputy == absence.user => {
                faults.push(FieldError::new(
                    "/deputy",
                    "cycle",
                    "Stedfortrederen er selv borte, og rekken ender hos den som er borte. Velg en annen.",
                    "The deputy is away too, and the chain ends at the person who is away. Choose another.",
                ));
                break;
            }
            Some(next) => last = next.deputy,
            None => break,
        }
    }
    faults
}

fn unknown(pointer: &str) -> FieldError {
    FieldError::new(
        pointer,
        "unknown-person",
        "Ingen aktiv saksbehandler i enheten heter dette.",
        "No active caseworker of the agency has this name.",
    )
}

async fn note(
    tx: &Tx,
    authority: Authority<'_>,
    right: Right,
    action: &str,
    agency: &Agency,
    absence: &Deputy,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let note = Note {
        action,
        kind: "deputy",
        object: absence.id,
        agency,
        body: json!({
            "user": absence.user,
            "deputy": absence.deputy,
            "from": absence.starts_at,
            "to": absence.ends_at,
        }),
    };
    authority.note(tx, right, note, now).await
}

/// For whom somebody stands in now, and where; also for those for whom the absent stand in.
///
/// # Errors
/// The store's.
pub async fn stands_in_for(
    on: &impl Handle,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<(UserId, AgencyId)>, AppError> {
    let mut covered: Vec<(UserId, AgencyId)> = Vec::new();
    let mut new: Vec<_> = deputies::covered_by(on, user, now).await?;
    while let Some(absence) = new.pop() {
        let whose = (absence.user, absence.agency);
        if covered.contains(&whose) || absence.user == user {
            continue;
        }
        covered.push(whose);
        let further = deputies::covered_by(on, absence.user, now).await?;
        new.extend(further.into_iter().filter(|further| further.agency == absence.agency));
    }
    Ok(covered)
}
