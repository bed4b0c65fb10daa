//! What reconciliation reads of cases: each with everything that must agree with it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, EntityTrait, Value};
use stafett_workflow::agency::{AgencyId, CaseId, ReferralId};
use stafett_workflow::case::{Case, CaseEvent};
use stafett_workflow::policy::Scope;
use uuid::Uuid;

use super::fault;
use crate::cases;
use crate::connect::Handle;
use crate::entity::case;
use crate::error::StoreError;
use crate::referrals::placeholder;
use crate::vault::{self, OwnerKey};

/// One case with what stands beside it.
#[derive(Debug)]
pub struct CaseBeside {
    /// The case.
    pub case: Case,
    /// Its log.
    pub log: Vec<CaseEvent>,
    /// The referrals that lie in it.
    pub lying: BTreeSet<ReferralId>,
    /// Who may know of it.
    pub parties: BTreeSet<AgencyId>,
    /// Who should: whoever has coordinated, and the parties of its referrals.
    pub taking_part: BTreeSet<AgencyId>,
    /// Whether the columns by which lists find it say what the case says.
    pub listed: bool,
    /// What is wrong with the seals of its reasons.
    pub unsealed: Vec<String>,
    /// Whether its reasons are erased if all that its referrals told is.
    pub erased_with_its_referrals: bool,
}

/// Up to `limit` ids of cases within the scope, in their order, after the id `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn ids(
    on: &impl Handle,
    scope: &Scope,
    after: Option<CaseId>,
    limit: u32,
) -> Result<Vec<CaseId>, StoreError> {
    let mut values: Vec<Value> = vec![after.map_or(Uuid::nil(), |after| after.0).into()];
    let Some(within) = cases::within(scope, &mut values) else {
        return Ok(Vec::new());
    };
    let limit = placeholder(i64::from(limit), &mut values);
    let sql = format!("SELECT c.id FROM cases c WHERE c.id > $1 AND {within} ORDER BY c.id LIMIT {limit}");
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    rows.iter().map(|row| Ok(CaseId(row.try_get("", "id")?))).collect()
}

/// A case within the scope with what stands beside it; `None` when there is none.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn beside(on: &impl Handle, scope: &Scope, id: CaseId) -> Result<Option<CaseBeside>, StoreError> {
    let Some(record) = cases::find(on, scope, cases::Name::Id(id)).await? else {
        return Ok(None);
    };
    let Some(row) = case::Entity::find_by_id(id.0).one(&on.executor()).await? else {
        return Ok(None);
    };
    let case = record.case().clone();
    let own: Vec<Value> = vec![id.0.into()];
    let lying = uuids(on, "SELECT id FROM referrals WHERE case_id = $1", own.clone()).await?;
    let parties = uuids(on, "SELECT agency_id AS id FROM case_parties WHERE case_id = $1", own).await?;
    let mut values = Vec::new();
    let referrals: Vec<_> = cases::ids_of(&case)
        .into_iter()
        .map(|referral| placeholder(referral, &mut values))
        .collect();
    let strands = case.strands.iter();
    let mut taking_part: BTreeSet<AgencyId> = strands.flat_map(|strand| strand.coordinators.iter().copied()).collect();
    if !referrals.is_empty() {
        let sql = format!(
            "SELECT DISTINCT agency_id AS id FROM parties WHERE referral_id IN ({})",
            referrals.join(", ")
        );
        taking_part.extend(uuids(on, &sql, values).await?.into_iter().map(AgencyId));
    }
    let counts = (i64::from(row.version), i64::from(row.event_seq));
    let listed = row.id == case.id.0
        && row.reference == case.reference.to_string()
        && row.state == case.state.as_str()
        && row.coordinator_id == case.coordinator.0
        && row.coordinator_person_id == case.coordinator_person.map(|person| person.0)
        && row.merged_into_id == case.merged_into.map(|into| into.0)
        && counts == (i64::from(case.version), i64::from(case.event_seq))
        && (row.opened_at, row.closed_at) == (case.opened_at, case.closed_at);
    let key = vault::open_all(on, [id.0]).await?.pop();
    Ok(Some(CaseBeside {
        log: cases::log_of(on, id).await?,
        unsealed: unsealed(on, id, key.as_ref()).await?,
        erased_with_its_referrals: match &key {
            Some(key) if key.destroyed_at().is_none() => !all_erased(on, id).await?,
            _ => true,
        },
        case,
        lying: lying.into_iter().map(ReferralId).collect(),
        parties: parties.into_iter().map(AgencyId).collect(),
        taking_part,
        listed,
    }))
}

/// What is wrong with the seals of the reasons, which lie under the case's own key.
async fn unsealed(on: &impl Handle, id: CaseId, key: Option<&OwnerKey>) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT id, key_id, sealed FROM texts WHERE case_id = $1 ORDER BY id";
    let rows = on.executor().query_all_raw(on.statement(sql, [id.0.into()])).await?;
    let mut faults = Vec::new();
    for row in rows {
        let (text, owner): (Uuid, Option<Uuid>) = (row.try_get("", "id")?, row.try_get("", "key_id")?);
        match key {
            Some(key) => faults.extend(fault(text, owner, &row.try_get::<Vec<u8>>("", "sealed")?, key)),
            None => faults.push(format!("the key of text {text} is missing")),
        }
    }
    Ok(faults)
}

/// Whether the case, or that into which it was merged, has referrals and nothing is told in them any more.
async fn all_erased(on: &impl Handle, id: CaseId) -> Result<bool, StoreError> {
    let sql = "WITH RECURSIVE home (id, next) AS (SELECT id, merged_into_id FROM cases WHERE id = $1 \
               UNION SELECT c.id, c.merged_into_id FROM cases c JOIN home ON c.id = home.next) \
               SELECT r.id, k.destroyed_at FROM referrals r JOIN home ON home.id = r.case_id AND home.next IS NULL \
               LEFT JOIN data_keys k ON k.owner_id = COALESCE(r.person_id, r.id)";
    let rows = on.executor().query_all_raw(on.statement(sql, [id.0.into()])).await?;
    let mut all = !rows.is_empty();
    for row in rows {
        all &= row.try_get::<Option<DateTime<Utc>>>("", "destroyed_at")?.is_some();
    }
    Ok(all)
}

async fn uuids(on: &impl Handle, sql: &str, values: Vec<Value>) -> Result<Vec<Uuid>, StoreError> {
    let rows = on.executor().query_all_raw(on.statement(sql, values)).await?;
    rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}
