//! Storing a decision about a case: all of it in the caller's transaction, or nothing.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value};
use serde_json::json;
use stafett_workflow::agency::ReferralId;
use stafett_workflow::case::{Case, CaseDecision, CaseFact};
use stafett_workflow::vocabulary::CaseState;
use uuid::Uuid;

use super::{CaseRecord, ids_of};
use crate::audit;
use crate::connect::{Tx, sealed::Handle as _};
use crate::entity::{case, case_event, outbox, text};
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::outbox::Status;
use crate::referrals::placeholder;
use crate::vault;

/// What came of storing a new case.
#[derive(Debug)]
#[must_use = "only one of these has stored anything"]
pub enum Creation {
    /// It is stored, as this.
    Stored(CaseRecord),
    /// A case with this reference exists already; nothing was stored. Draw another and decide again.
    ReferenceTaken,
    /// This referral lies in a case already. The transaction must not be committed.
    InAnotherCase(ReferralId),
}

/// What came of storing a decision about a case.
#[derive(Debug)]
#[must_use = "only one of these has stored anything"]
pub enum Outcome {
    /// It is stored, as this.
    Stored(CaseRecord),
    /// Somebody has decided something else since the case was read; nothing was stored.
    Stale,
    /// This referral lies in a case already. The transaction must not be committed.
    InAnotherCase(ReferralId),
}

/// Stores a new case with its log, reasons, parties, notices and audit entry.
///
/// # Errors
/// [`StoreError::Refused`] when the schema does not take it, or the decision is not about a new case.
pub async fn open(tx: &Tx, decision: &CaseDecision, request_id: Option<&str>) -> Result<Creation, StoreError> {
    if decision.before().is_some() {
        return Err(refused("a decision about a stored case makes no new one"));
    }
    let at = moment(decision)?;
    let case = decision.next();
    let row = case::ActiveModel {
        id: Set(case.id.0),
        reference: Set(case.reference.to_string()),
        opened_at: Set(micros(case.opened_at)),
        ..moving(case, at)?
    };
    let inserted = case::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&tx.executor())
        .await?;
    if inserted == 0 {
        return Ok(Creation::ReferenceTaken);
    }
    append(tx, decision, at, request_id).await?;
    if let Some(referral) = attach(tx, decision).await? {
        return Ok(Creation::InAnotherCase(referral));
    }
    refresh_parties(tx, case).await?;
    Ok(Creation::Stored(CaseRecord { case: case.clone() }))
}

/// Stores a decision about one case, provided that it still is what the decision was taken on.
///
/// # Errors
/// [`StoreError::Refused`] when the schema does not take it, or the decision is about a new case.
pub async fn commit(tx: &Tx, decision: &CaseDecision, request_id: Option<&str>) -> Result<Outcome, StoreError> {
    let at = moment(decision)?;
    if !advance(tx, decision, at).await? {
        return Ok(Outcome::Stale);
    }
    append(tx, decision, at, request_id).await?;
    if let Some(referral) = attach(tx, decision).await? {
        return Ok(Outcome::InAnotherCase(referral));
    }
    refresh_parties(tx, decision.next()).await?;
    Ok(Outcome::Stored(CaseRecord {
        case: decision.next().clone(),
    }))
}

/// Stores a merge or a split: the surviving case first, and the referrals go where they belong.
///
/// # Errors
/// As for [`commit`].
pub async fn commit_both(
    tx: &Tx,
    survivor: &CaseDecision,
    other: &CaseDecision,
    request_id: Option<&str>,
) -> Result<Outcome, StoreError> {
    for decision in [survivor, other] {
        let at = moment(decision)?;
        if !advance(tx, decision, at).await? {
            return Ok(Outcome::Stale);
        }
        append(tx, decision, at, request_id).await?;
    }
    let home = match other.next().merged_into {
        Some(into) => into,
        None => other.next().id,
    };
    let mut values: Vec<Value> = vec![home.0.into()];
    let ids: Vec<_> = ids_of(other.next())
        .into_iter()
        .map(|id| placeholder(id, &mut values))
        .collect();
    if !ids.is_empty() {
        let sql = format!("UPDATE referrals SET case_id = $1 WHERE id IN ({})", ids.join(", "));
        tx.executor().execute_raw(tx.statement(&sql, values)).await?;
    }
    refresh_parties(tx, other.next()).await?;
    refresh_parties(tx, survivor.next()).await?;
    // Referrals that go may leave behind only such as are erased.
    let homes = [survivor.next().id.0, other.next().id.0];
    vault::erase_finished_cases(tx, &homes, moment(survivor)?).await?;
    Ok(Outcome::Stored(CaseRecord {
        case: survivor.next().clone(),
    }))
}

fn refused(rule: &str) -> StoreError {
    StoreError::Refused { rule: rule.to_owned() }
}

fn moment(decision: &CaseDecision) -> Result<DateTime<Utc>, StoreError> {
    decision
        .events()
        .last()
        .map(|event| event.at)
        .ok_or_else(|| refused("a decision without an event changes nothing"))
}

/// The columns that a decision may change.
fn moving(case: &Case, at: DateTime<Utc>) -> Result<case::ActiveModel, StoreError> {
    let name = format!("case {}", case.id);
    Ok(case::ActiveModel {
        state: Set(case.state.as_str().to_owned()),
        coordinator_id: Set(case.coordinator.0),
        coordinator_person_id: Set(case.coordinator_person.map(|person| person.0)),
        merged_into_id: Set(case.merged_into.map(|into| into.0)),
        body: Set(map::to_json(&name, case)?),
        version: Set(map::stored_count(&name, "version", case.version)?),
        event_seq: Set(map::stored_count(&name, "event_seq", case.event_seq)?),
        updated_at: Set(micros(at)),
        closed_at: Set(case.closed_at.map(micros)),
        ..Default::default()
    })
}

/// The compare-and-set.
async fn advance(tx: &Tx, decision: &CaseDecision, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let before = decision
        .before()
        .ok_or_else(|| refused("a decision about a new case changes none"))?;
    let case = decision.next();
    let name = format!("case {}", case.id);
    let done = case::Entity::update_many()
        .set(moving(case, at)?)
        .filter(case::Column::Id.eq(case.id.0))
        .filter(case::Column::Version.eq(map::stored_count(&name, "version", before.version)?))
        .filter(case::Column::EventSeq.eq(map::stored_count(&name, "event_seq", before.event_seq)?))
        .exec(&tx.executor())
        .await?;
    Ok(done.rows_affected == 1)
}

/// The log, the reasons, the notices, the audit entry.
async fn append(
    tx: &Tx,
    decision: &CaseDecision,
    at: DateTime<Utc>,
    request_id: Option<&str>,
) -> Result<(), StoreError> {
    let case = decision.next().id;
    let permit = decision.permit();
    reasons(tx, decision, at).await?;
    let mut events = Vec::with_capacity(decision.events().len());
    for event in decision.events() {
        let name = format!("event {}", event.id);
        events.push(case_event::ActiveModel {
            id: Set(event.id),
            case_id: Set(case.0),
            seq: Set(map::stored_count(&name, "seq", event.seq)?),
            version: Set(map::stored_count(&name, "version", event.version)?),
            kind: Set(event.fact.kind().to_owned()),
            body: Set(map::to_json(&name, &event.fact)?),
            at: Set(micros(event.at)),
            actor_id: Set(event.by.user.0),
            actor_agency_id: Set(event.by.agency.0),
            actor_role: Set(event.by.role.as_str().to_owned()),
        });
    }
    tx.written().case_events(&events)?;
    case_event::Entity::insert_many(events)
        .exec_without_returning(&tx.executor())
        .await?;
    enqueue(tx, decision, at).await?;
    let kinds: Vec<_> = decision.events().iter().map(|event| event.fact.kind()).collect();
    let entry = audit::Entry {
        at,
        actor: Some(permit.user()),
        agency: Some(permit.agency()),
        role: Some(permit.role()),
        action: kinds.first().copied().unwrap_or("change"),
        object_kind: "case",
        object: Some(case.0),
        request_id,
        body: json!({ "version": decision.next().version, "events": kinds }),
    };
    audit::record(tx, &entry).await
}

/// The reasons, sealed under the case's own key: they tell of its youth, and outlive each of its referrals.
async fn reasons(tx: &Tx, decision: &CaseDecision, at: DateTime<Utc>) -> Result<(), StoreError> {
    if decision.texts().is_empty() {
        return Ok(());
    }
    let (case, permit) = (decision.next().id, decision.permit());
    let key = vault::of_case(tx, case.0, at).await?;
    let mut rows = Vec::with_capacity(decision.texts().len());
    for writing in decision.texts() {
        rows.push(text::ActiveModel {
            id: Set(writing.id.0),
            person_id: Set(None),
            referral_id: Set(None),
            handoff_id: Set(None),
            case_id: Set(Some(case.0)),
            kind: Set(writing.kind.clone()),
            sealed: Set(key.seal_text(writing.id.0, &writing.body)?),
            key_id: Set(Some(key.owner())),
            author_id: Set(Some(permit.user().0)),
            author_agency_id: Set(Some(permit.agency().0)),
            created_at: Set(micros(at)),
        });
    }
    tx.written().texts(&rows);
    text::Entity::insert_many(rows)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

async fn enqueue(tx: &Tx, decision: &CaseDecision, at: DateTime<Utc>) -> Result<(), StoreError> {
    if decision.notices().is_empty() {
        return Ok(());
    }
    let rows = decision.notices().iter().map(|notice| outbox::ActiveModel {
        id: Set(Uuid::now_v7()),
        referral_id: Set(None),
        event_id: Set(None),
        case_id: Set(Some(decision.next().id.0)),
        case_event_id: Set(Some(notice.event)),
        notice: Set(notice.notice.as_str().to_owned()),
        agency_id: Set(notice.to.0),
        status: Set(Status::Pending.as_str().to_owned()),
        attempts: Set(0),
        next_attempt_at: Set(micros(at)),
        created_at: Set(micros(at)),
        agreement_id: NotSet,
        handoff_id: NotSet,
        user_id: NotSet,
        due_at: NotSet,
        because: NotSet,
        instead_of_id: NotSet,
        lease_token: NotSet,
        lease_until: NotSet,
        last_error: NotSet,
        server_reply: NotSet,
        sent_at: NotSet,
        channel: NotSet,
        round: NotSet,
        bounced_at: NotSet,
        bounce: NotSet,
    });
    outbox::Entity::insert_many(rows)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

/// Puts the referrals into the case; tells the first that lies in one already.
async fn attach(tx: &Tx, decision: &CaseDecision) -> Result<Option<ReferralId>, StoreError> {
    for event in decision.events() {
        let CaseFact::ReferralAttached { referral } = &event.fact else {
            continue;
        };
        let sql = "UPDATE referrals SET case_id = $1 WHERE id = $2 AND case_id IS NULL";
        let values = [decision.next().id.0.into(), referral.0.into()];
        let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
        if done.rows_affected() == 0 {
            return Ok(Some(*referral));
        }
    }
    Ok(None)
}

/// Who may know of a case: whoever has coordinated it or what was merged into it, and the parties of its referrals.
async fn refresh_parties(tx: &Tx, case: &Case) -> Result<(), StoreError> {
    // What was merged away keeps those who knew of it: its old address leads them on.
    if case.state != CaseState::Merged {
        let sql = "DELETE FROM case_parties WHERE case_id = $1";
        tx.executor().execute_raw(tx.statement(sql, [case.id.0.into()])).await?;
    }
    let mut values: Vec<Value> = vec![case.id.0.into(), micros(case.opened_at).into()];
    let coordinators = case
        .strands
        .iter()
        .flat_map(|strand| &strand.coordinators)
        .map(|agency| format!("SELECT {} AS agency_id", placeholder(agency.0, &mut values)))
        .collect::<Vec<_>>();
    let referrals: Vec<_> = ids_of(case)
        .into_iter()
        .map(|id| placeholder(id, &mut values))
        .collect();
    let mut sources = coordinators;
    if !referrals.is_empty() {
        sources.push(format!(
            "SELECT agency_id FROM parties WHERE referral_id IN ({})",
            referrals.join(", ")
        ));
    }
    let sql = format!(
        "INSERT INTO case_parties (agency_id, case_id, opened_at) SELECT known.agency_id, $1, $2 FROM ({}) known \
         WHERE 1 = 1 ON CONFLICT (agency_id, case_id) DO NOTHING",
        sources.join(" UNION ")
    );
    tx.executor().execute_raw(tx.statement(&sql, values)).await?;
    Ok(())
}
