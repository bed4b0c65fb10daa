//! Cases: found within a scope, stored by a decision.
//!
//! **Architecture invariant:** no function here reads a case without a [`Scope`], and none writes one without a
//! [`CaseDecision`](stafett_workflow::case::CaseDecision). [`members`] reads referrals that the scope's people may not see:
//! without the youth and the story, and only for [`stafett_workflow::case::view`] to judge what is shown.

mod commit;
mod list;

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, Value};
use stafett_workflow::agency::{AgencyId, CaseId, ReferralId, TextId, UserId};
use stafett_workflow::case::{Case, CaseEvent};
use stafett_workflow::event::By;
use stafett_workflow::policy::Scope;
use stafett_workflow::reference::CaseReference;
use stafett_workflow::referral::Referral;
use stafett_workflow::vocabulary::Need;
use uuid::Uuid;

pub use commit::{Creation, Outcome, commit, commit_both, open};
pub use list::{CaseQuery, Coordinated, Cursor, list};

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::{case, case_event, text};
use crate::error::StoreError;
use crate::looks::Sight;
use crate::map;
use crate::referrals::{self, placeholder, placeholders};
use crate::vault;

/// What a case is called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// Its id.
    Id(CaseId),
    /// Its short name.
    Reference(CaseReference),
}

/// A case as it is stored. Only a finder makes one, so whoever holds it was let in by a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRecord {
    case: Case,
}

impl CaseRecord {
    /// The case.
    #[must_use]
    pub const fn case(&self) -> &Case {
        &self.case
    }
}

/// One referral of a case, as far as the case's rules must know it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMember {
    /// The relay's part.
    pub referral: Referral,
    /// What it is for.
    pub needs: Vec<Need>,
    /// Whether it is about somebody.
    pub about_somebody: bool,
}

/// One case, if it exists and lies within the scope; the caller cannot tell which of the two failed.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn find(on: &impl Handle, scope: &Scope, name: Name) -> Result<Option<CaseRecord>, StoreError> {
    let mut values = Vec::new();
    let Some(condition) = condition(scope, name, &mut values) else {
        return Ok(None);
    };
    let sql = format!("SELECT c.* FROM cases c WHERE {condition}");
    let row = case::Model::find_by_statement(on.statement(&sql, values))
        .one(&on.executor())
        .await?;
    row.as_ref().map(to_record).transpose()
}

/// The same, for a decision: whoever else wants to decide about this case waits until the transaction ends.
///
/// # Errors
/// As for [`find`]; [`StoreError::Busy`] when the other takes too long.
pub async fn lock(tx: &Tx, scope: &Scope, name: Name) -> Result<Option<CaseRecord>, StoreError> {
    if tx.backend() == DbBackend::Postgres {
        let mut values = Vec::new();
        let Some(condition) = condition(scope, name, &mut values) else {
            return Ok(None);
        };
        // A referral that gets a new party names the case meanwhile: that must not wait, or the two would wait for each
        // other.
        let sql = format!("SELECT c.id FROM cases c WHERE {condition} FOR NO KEY UPDATE");
        if tx.executor().query_one_raw(tx.statement(&sql, values)).await?.is_none() {
            return Ok(None);
        }
    }
    find(tx, scope, name).await
}

/// The referrals of a case, the hidden ones too: for the case's rules, which decide what is shown.
///
/// # Errors
/// As for [`find`].
pub async fn members(on: &impl Handle, record: &CaseRecord) -> Result<Vec<StoredMember>, StoreError> {
    let all = members_of(on, std::slice::from_ref(record)).await?;
    Ok(all.into_iter().map(|(_, member)| member).collect())
}

/// The same for several cases at once, each referral with the case in which it lies now.
///
/// # Errors
/// As for [`find`].
pub async fn members_of(on: &impl Handle, records: &[CaseRecord]) -> Result<Vec<(CaseId, StoredMember)>, StoreError> {
    let cases: Vec<Uuid> = records.iter().map(|record| record.case.id.0).collect();
    let found = referrals::of_cases(on, &cases).await?;
    Ok(found
        .into_iter()
        .map(|(case, referral, needs, about_somebody)| {
            let member = StoredMember {
                referral,
                needs,
                about_somebody,
            };
            (CaseId(case), member)
        })
        .collect())
}

/// The whole log, in order.
///
/// # Errors
/// As for [`find`].
pub async fn log(on: &impl Handle, record: &CaseRecord) -> Result<Vec<CaseEvent>, StoreError> {
    log_of(on, record.case.id).await
}

/// The logs of the cases that were merged into this one, each in order.
///
/// # Errors
/// As for [`find`].
pub async fn absorbed_logs(on: &impl Handle, record: &CaseRecord) -> Result<Vec<(CaseId, Vec<CaseEvent>)>, StoreError> {
    let mut logs = Vec::new();
    for strand in record.case.strands.iter().skip(1) {
        logs.push((strand.case, log_of(on, strand.case).await?));
    }
    Ok(logs)
}

pub(crate) async fn log_of(on: &impl Handle, case: CaseId) -> Result<Vec<CaseEvent>, StoreError> {
    let rows = case_event::Entity::find()
        .filter(case_event::Column::CaseId.eq(case.0))
        .order_by_asc(case_event::Column::Seq)
        .all(&on.executor())
        .await?;
    rows.into_iter().map(to_event).collect()
}

/// Those reasons of a case, and of what was merged into it, that have one of these ids; without words once erased, and none to
/// whoever does not look by right.
///
/// # Errors
/// As for [`find`].
pub async fn reasons<'a>(
    on: &impl Handle,
    record: &CaseRecord,
    ids: &[TextId],
    by: impl Into<Sight<'a>>,
) -> Result<Vec<(TextId, Option<String>)>, StoreError> {
    if ids.is_empty() || !by.into().opens_case(record.case.id) {
        return Ok(Vec::new());
    }
    let cases: Vec<Uuid> = record.case.strands.iter().map(|strand| strand.case.0).collect();
    let rows = text::Entity::find()
        .filter(text::Column::CaseId.is_in(cases))
        .filter(text::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .all(&on.executor())
        .await?;
    let owners: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.key_id).collect();
    let keys = vault::open_all(on, owners).await?;
    rows.into_iter()
        .map(|row| {
            let key = keys.iter().find(|key| Some(key.owner()) == row.key_id);
            let key = key.ok_or_else(|| StoreError::corrupt(format_args!("text {}", row.id), "its key is missing"))?;
            Ok((TextId(row.id), key.open_text(row.id, &row.sealed)?))
        })
        .collect()
}

/// In which case a referral lies, for whoever was let in to the referral: taking part in it is taking part in the case.
///
/// # Errors
/// As for [`find`].
pub async fn of_referral(
    on: &impl Handle,
    record: &referrals::Record,
) -> Result<Option<(CaseId, CaseReference)>, StoreError> {
    let sql = "SELECT c.id, c.reference FROM cases c JOIN referrals r ON r.case_id = c.id WHERE r.id = $1";
    let row = on
        .executor()
        .query_one_raw(on.statement(sql, [record.referral().id.0.into()]))
        .await?;
    row.map(|row| {
        let (id, reference): (Uuid, String) = (row.try_get("", "id")?, row.try_get("", "reference")?);
        Ok((CaseId(id), parse_reference(id, &reference)?))
    })
    .transpose()
}

/// The condition under which the case `c` lies within a scope. `None` when nothing can.
pub(crate) fn within(scope: &Scope, values: &mut Vec<Value>) -> Option<String> {
    if scope.is_all() {
        return Some("1 = 1".to_owned());
    }
    if scope.agencies().is_empty() {
        return None;
    }
    let agencies = placeholders(scope.agencies(), values);
    Some(format!(
        "EXISTS (SELECT 1 FROM case_parties p WHERE p.case_id = c.id AND p.agency_id IN ({agencies}))"
    ))
}

fn condition(scope: &Scope, name: Name, values: &mut Vec<Value>) -> Option<String> {
    let named = match name {
        Name::Id(id) => format!("c.id = {}", placeholder(id.0, values)),
        Name::Reference(reference) => format!("c.reference = {}", placeholder(reference.to_string(), values)),
    };
    Some(format!("{named} AND {}", within(scope, values)?))
}

pub(crate) fn to_record(row: &case::Model) -> Result<CaseRecord, StoreError> {
    let case: Case = map::json(format_args!("case {}", row.id), "body", row.body.clone())?;
    Ok(CaseRecord { case })
}

fn parse_reference(id: Uuid, reference: &str) -> Result<CaseReference, StoreError> {
    reference
        .parse()
        .map_err(|_not_one| StoreError::corrupt(format_args!("case {id}"), "reference is not one"))
}

fn to_event(row: case_event::Model) -> Result<CaseEvent, StoreError> {
    let name = format!("event {}", row.id);
    Ok(CaseEvent {
        id: row.id,
        seq: map::count(&name, "seq", row.seq)?,
        version: map::count(&name, "version", row.version)?,
        at: row.at,
        by: By {
            user: UserId(row.actor_id),
            agency: AgencyId(row.actor_agency_id),
            role: map::code(&name, "actor_role", &row.actor_role)?,
        },
        fact: map::json(&name, "body", row.body)?,
    })
}

/// The ids of the referrals of a case, for a query.
pub(crate) fn ids_of(case: &Case) -> Vec<Uuid> {
    case.referrals().map(|ReferralId(id)| id).collect()
}

/// The referrals that lie in a case with one of these.
///
/// # Errors
/// When the database does not answer.
pub async fn beside(
    on: &impl Handle,
    referrals: &[stafett_workflow::agency::ReferralId],
) -> Result<Vec<stafett_workflow::agency::ReferralId>, StoreError> {
    if referrals.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = Vec::new();
    let list: Vec<_> = referrals
        .iter()
        .map(|id| crate::referrals::placeholder(id.0, &mut values))
        .collect();
    let sql = format!(
        "SELECT r.id FROM referrals r WHERE r.case_id IN (SELECT o.case_id FROM referrals o WHERE o.id IN ({})) ORDER BY r.id",
        list.join(", ")
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    rows.iter()
        .map(|row| Ok(stafett_workflow::agency::ReferralId(row.try_get("", "id")?)))
        .collect()
}
