//! How long what was told is kept: the rules of agencies, what is due by them, and what has been announced.
//!
//! Which rule counts, the workflow crate says; here is what it must know. Nobody is erased by anything in here: that is
//! [`vault::erase`](crate::vault::erase) alone, which asks once more whether a hold or somebody's work forbids it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use stafett_workflow::agency::{AgencyId, ReferralId, UserId};
use stafett_workflow::policy::Scope;
use stafett_workflow::reference::Reference;
use stafett_workflow::retention::{Closed, Rule};
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::referrals::{placeholder, placeholders};
use crate::vault::Owner;

/// The rules of one agency, or of the installation, the one for all workflows first.
///
/// # Errors
/// When the database does not answer.
pub async fn rules_of(on: &impl Handle, agency: Option<AgencyId>) -> Result<Vec<Rule>, StoreError> {
    let mut values: Vec<Value> = Vec::new();
    let whose = match agency {
        Some(agency) => format!("agency_id = {}", placeholder(agency.0, &mut values)),
        None => "agency_id IS NULL".to_owned(),
    };
    select(on, &format!("WHERE {whose}"), values).await
}

/// All rules there are.
///
/// # Errors
/// When the database does not answer.
pub async fn rules(on: &impl Handle) -> Result<Vec<Rule>, StoreError> {
    select(on, "", Vec::new()).await
}

async fn select(on: &impl Handle, narrowed: &str, values: Vec<Value>) -> Result<Vec<Rule>, StoreError> {
    let sql = format!(
        "SELECT id, agency_id, workflow_id, months, legal_ref FROM retention_rules {narrowed} \
         ORDER BY agency_id, CASE WHEN workflow_id IS NULL THEN '' ELSE workflow_id END, id"
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    rows.iter()
        .map(|row| {
            let id: Uuid = row.try_get("", "id")?;
            let agency: Option<Uuid> = row.try_get("", "agency_id")?;
            Ok(Rule {
                agency: agency.map(AgencyId),
                workflow: row.try_get("", "workflow_id")?,
                months: map::count(
                    format_args!("retention rule {id}"),
                    "months",
                    row.try_get::<i32>("", "months")?,
                )?,
                legal_ref: row.try_get("", "legal_ref")?,
            })
        })
        .collect()
}

/// Keeps the rules of one agency, or of the installation, in place of those before.
///
/// # Errors
/// When the database does not answer.
pub async fn put_rules(
    tx: &Tx,
    agency: Option<AgencyId>,
    rules: &[Rule],
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut values: Vec<Value> = Vec::new();
    let whose = match agency {
        Some(agency) => format!("agency_id = {}", placeholder(agency.0, &mut values)),
        None => "agency_id IS NULL".to_owned(),
    };
    let sql = format!("DELETE FROM retention_rules WHERE {whose}");
    tx.executor().execute_raw(tx.statement(&sql, values)).await?;
    for rule in rules {
        let sql = "INSERT INTO retention_rules (id, agency_id, workflow_id, months, legal_ref, set_by, set_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values = [
            Uuid::now_v7().into(),
            agency.map(|agency| agency.0).into(),
            rule.workflow.clone().into(),
            i32::from(rule.months).into(),
            rule.legal_ref.as_str().into(),
            by.map(|by| by.0).into(),
            micros(now).into(),
        ];
        tx.executor().execute_raw(tx.statement(sql, values)).await?;
    }
    Ok(())
}

/// Somebody for whom nothing is open any more, with all that was told of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Whose key it is.
    pub owner: Owner,
    /// Their referrals.
    pub referrals: Vec<Closed>,
    /// When it was announced, if it was, and for which day.
    pub announced: Option<Announced>,
}

/// What stands in the lists of leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announced {
    /// For which day at the earliest.
    pub due_at: DateTime<Utc>,
    /// Since when.
    pub at: DateTime<Utc>,
}

/// Up to `limit` of those whose referrals are all closed, with no open case and no legal hold, after the owner `after` in the
/// order of their ids.
///
/// # Errors
/// When the database does not answer.
pub async fn finished(
    on: &impl Handle,
    after: Option<Owner>,
    limit: u32,
) -> Result<(Vec<Finished>, Option<Owner>), StoreError> {
    // Both kinds of owner by the one index that each has.
    let referrals = "(r.person_id = k.owner_id OR (r.id = k.owner_id AND r.person_id IS NULL))";
    let sql = format!(
        "SELECT k.owner_id FROM data_keys k WHERE k.owner_id > $1 AND k.owner_kind IN ('person', 'referral') \
         AND k.destroyed_at IS NULL AND k.held_at IS NULL \
         AND EXISTS (SELECT 1 FROM referrals r WHERE {referrals}) \
         AND NOT EXISTS (SELECT 1 FROM referrals r LEFT JOIN cases c ON c.id = r.case_id \
         WHERE {referrals} AND (r.closed_at IS NULL OR c.state = 'open')) ORDER BY k.owner_id LIMIT $2"
    );
    let after = after.map_or(Uuid::nil(), |after| after.0);
    let rows = on
        .executor()
        .query_all_raw(on.statement(&sql, [after.into(), i64::from(limit).into()]))
        .await?;
    let owners = rows
        .iter()
        .map(|row| Ok(row.try_get("", "owner_id")?))
        .collect::<Result<Vec<Uuid>, StoreError>>()?;
    let last = owners.last().copied().map(Owner);
    Ok((with_referrals(on, &owners).await?, last))
}

async fn with_referrals(on: &impl Handle, owners: &[Uuid]) -> Result<Vec<Finished>, StoreError> {
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = Vec::new();
    let list: Vec<_> = owners.iter().map(|owner| placeholder(*owner, &mut values)).collect();
    let list = list.join(", ");
    let sql = format!(
        "SELECT COALESCE(r.person_id, r.id) AS owner_id, r.id, r.workflow_id, r.closed_at, p.agency_id FROM referrals r \
         JOIN parties p ON p.referral_id = r.id WHERE r.person_id IN ({list}) \
         OR (r.person_id IS NULL AND r.id IN ({list})) ORDER BY r.id, p.agency_id"
    );
    let mut referrals: BTreeMap<(Uuid, Uuid), Closed> = BTreeMap::new();
    for row in on.executor().query_all_raw(on.statement(&sql, values.clone())).await? {
        let (owner, id): (Uuid, Uuid) = (row.try_get("", "owner_id")?, row.try_get("", "id")?);
        let closed: Option<DateTime<Utc>> = row.try_get("", "closed_at")?;
        let Some(at) = closed else { continue };
        let workflow: String = row.try_get("", "workflow_id")?;
        let entry = referrals.entry((owner, id)).or_insert_with(|| Closed {
            workflow,
            at,
            parties: Vec::new(),
        });
        entry.parties.push(AgencyId(row.try_get("", "agency_id")?));
    }
    let sql = format!("SELECT owner_id, due_at, announced_at FROM announced_erasures WHERE owner_id IN ({list})");
    let mut announced = BTreeMap::new();
    for row in on.executor().query_all_raw(on.statement(&sql, values)).await? {
        let said = Announced {
            due_at: row.try_get("", "due_at")?,
            at: row.try_get("", "announced_at")?,
        };
        announced.insert(row.try_get::<Uuid>("", "owner_id")?, said);
    }
    Ok(owners
        .iter()
        .map(|owner| Finished {
            owner: Owner(*owner),
            referrals: referrals
                .range((*owner, Uuid::nil())..=(*owner, Uuid::max()))
                .map(|(_, closed)| closed.clone())
                .collect(),
            announced: announced.get(owner).copied(),
        })
        .collect())
}

/// Puts an erasure into the lists of leads. One that stands there keeps its first day; one that was done, or forbidden, since
/// somebody looked is not put there any more.
///
/// # Errors
/// When the database does not answer.
pub async fn announce(tx: &Tx, owner: Owner, due: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), StoreError> {
    // Writes what stands there: that takes the row of the key, and waits for whoever destroys it.
    let hold =
        "UPDATE data_keys SET owner_kind = owner_kind WHERE owner_id = $1 AND destroyed_at IS NULL AND held_at IS NULL";
    let held = tx.executor().execute_raw(tx.statement(hold, [owner.0.into()])).await?;
    if held.rows_affected() == 0 {
        return Ok(());
    }
    let sql = "INSERT INTO announced_erasures (owner_id, due_at, announced_at) VALUES ($1, $2, $3) \
               ON CONFLICT (owner_id) DO UPDATE SET due_at = excluded.due_at";
    let values = [owner.0.into(), micros(due).into(), micros(now).into()];
    tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(())
}

/// Takes one out again: it is done, or not due any more.
///
/// # Errors
/// When the database does not answer.
pub async fn withdraw(tx: &Tx, owner: Owner) -> Result<(), StoreError> {
    let sql = "DELETE FROM announced_erasures WHERE owner_id = $1";
    tx.executor().execute_raw(tx.statement(sql, [owner.0.into()])).await?;
    Ok(())
}

/// Takes out what is not due any more because something was opened again, held or erased. Tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn withdraw_outdated(tx: &Tx) -> Result<u64, StoreError> {
    let sql = "DELETE FROM announced_erasures WHERE EXISTS (SELECT 1 FROM data_keys k \
               WHERE k.owner_id = announced_erasures.owner_id AND (k.held_at IS NOT NULL OR k.destroyed_at IS NOT NULL)) \
               OR NOT EXISTS (SELECT 1 FROM data_keys k WHERE k.owner_id = announced_erasures.owner_id) \
               OR EXISTS (SELECT 1 FROM referrals r LEFT JOIN cases c ON c.id = r.case_id \
               WHERE (r.person_id = announced_erasures.owner_id OR (r.id = announced_erasures.owner_id AND r.person_id IS NULL)) \
               AND (r.closed_at IS NULL OR c.state = 'open'))";
    Ok(tx.executor().execute_raw(tx.statement(sql, [])).await?.rows_affected())
}

/// One line of a lead's list: a referral of theirs of which all that was told will be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The referral.
    pub referral: ReferralId,
    /// Its short name.
    pub reference: Reference,
    /// On which workflow it ran.
    pub workflow: String,
    /// When it was closed.
    pub closed_at: DateTime<Utc>,
    /// On which day at the earliest it is erased.
    pub due_at: DateTime<Utc>,
    /// Since when it stands in the list.
    pub announced_at: DateTime<Utc>,
}

/// Up to `limit` lines of the list within a scope, the earliest day first, after the one at `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn due(
    on: &impl Handle,
    scope: &Scope,
    after: Option<(DateTime<Utc>, ReferralId)>,
    limit: u32,
) -> Result<Vec<Due>, StoreError> {
    let mut values: Vec<Value> = Vec::new();
    let within = match (scope.is_all(), scope.agencies()) {
        (true, _) => "1 = 1".to_owned(),
        (false, []) => return Ok(Vec::new()),
        (false, agencies) => format!(
            "EXISTS (SELECT 1 FROM parties p WHERE p.referral_id = r.id AND p.agency_id IN ({}))",
            placeholders(agencies, &mut values)
        ),
    };
    let beyond = match after {
        Some((due, id)) => format!(
            "AND (a.due_at, r.id) > ({}, {})",
            placeholder(micros(due), &mut values),
            placeholder(id.0, &mut values)
        ),
        None => String::new(),
    };
    let limit = placeholder(i64::from(limit), &mut values);
    let sql = format!(
        "SELECT r.id, r.reference, r.workflow_id, r.closed_at, a.due_at, a.announced_at FROM announced_erasures a \
         JOIN referrals r ON (r.person_id = a.owner_id OR (r.id = a.owner_id AND r.person_id IS NULL)) \
         WHERE r.closed_at IS NOT NULL AND {within} {beyond} ORDER BY a.due_at, r.id LIMIT {limit}"
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    rows.iter().map(line).collect()
}

fn line(row: &QueryResult) -> Result<Due, StoreError> {
    let id: Uuid = row.try_get("", "id")?;
    let reference: String = row.try_get("", "reference")?;
    Ok(Due {
        referral: ReferralId(id),
        reference: reference
            .parse()
            .map_err(|_not_one| StoreError::corrupt(format_args!("referral {id}"), "reference is not one"))?,
        workflow: row.try_get("", "workflow_id")?,
        closed_at: row.try_get("", "closed_at")?,
        due_at: row.try_get("", "due_at")?,
        announced_at: row.try_get("", "announced_at")?,
    })
}

/// The agencies that have had a part in anything that was told of somebody.
///
/// # Errors
/// When the database does not answer.
pub async fn parties(on: &impl Handle, owner: Owner) -> Result<Vec<AgencyId>, StoreError> {
    let sql = "SELECT DISTINCT p.agency_id FROM parties p JOIN referrals r ON r.id = p.referral_id \
               WHERE r.person_id = $1 OR (r.id = $1 AND r.person_id IS NULL) ORDER BY p.agency_id";
    let rows = on.executor().query_all_raw(on.statement(sql, [owner.0.into()])).await?;
    rows.iter()
        .map(|row| Ok(AgencyId(row.try_get("", "agency_id")?)))
        .collect()
}
