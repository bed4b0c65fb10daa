//! What reconciliation reads beside the referrals themselves: everything that must agree with them. Each thing is read
//! for many referrals at once, and what one of them cannot tell does not hide the others.

pub mod cases;
pub mod setup;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, Value};
use stafett_workflow::agency::{AgencyId, AgreementId, HandoffId, ReferralId};
use stafett_workflow::agreement::Agreement;
use stafett_workflow::event::Event;
use stafett_workflow::policy::Scope;
use uuid::Uuid;

use crate::agreements;
use crate::connect::Handle;
use crate::entity::event;
use crate::error::StoreError;
use crate::events;
use crate::map::never;
use crate::referrals::{Known, Record, placeholder, within};
use crate::vault::OwnerKey;

/// What stands beside one referral.
#[derive(Debug)]
pub struct Beside {
    /// Its log, or why it cannot be read.
    pub log: Result<Vec<Event>, StoreError>,
    /// Whom the outbox tells of which hand-off.
    pub told: BTreeSet<(HandoffId, AgencyId)>,
    /// Whom it tells because of which event.
    pub told_because: BTreeSet<(Uuid, AgencyId)>,
    /// The agreements that its clocks name.
    pub agreements: BTreeMap<AgreementId, Agreement>,
    /// Who may know of it, and whether they are listed as having sent it.
    pub parties: BTreeMap<AgencyId, bool>,
    /// What is noted of those whose part has ended.
    pub known: BTreeMap<AgencyId, Known>,
    /// In whose inbox it is listed.
    pub inbox: Option<AgencyId>,
    /// By which deadline it is listed.
    pub next_due: Option<DateTime<Utc>>,
    /// What is wrong with the seals of its texts.
    pub unsealed: Vec<String>,
}

/// Up to `limit` ids of referrals within the scope, in their order, after the id `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn ids(
    on: &impl Handle,
    scope: &Scope,
    after: Option<ReferralId>,
    limit: u32,
) -> Result<Vec<ReferralId>, StoreError> {
    let mut values: Vec<Value> = vec![after.map_or(Uuid::nil(), |after| after.0).into()];
    let Some(within) = within(scope, &mut values) else {
        return Ok(Vec::new());
    };
    let limit = placeholder(i64::from(limit), &mut values);
    let sql = format!("SELECT r.id FROM referrals r WHERE r.id > $1 AND {within} ORDER BY r.id LIMIT {limit}");
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    rows.iter().map(|row| Ok(ReferralId(row.try_get("", "id")?))).collect()
}

/// What stands beside each of these referrals, in their order.
///
/// # Errors
/// When the database does not answer.
pub async fn beside(on: &impl Handle, records: &[Record]) -> Result<Vec<Beside>, StoreError> {
    let ids: Vec<Uuid> = records.iter().map(|record| record.referral().id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (mut logs, mut told) = (logs(on, &ids).await?, told(on, &ids).await?);
    let clocks = records.iter().flat_map(|record| &record.referral().clocks);
    let agreements = agreements::by_ids(on, clocks.filter_map(|clock| clock.agreement)).await?;
    let (mut parties, mut listed) = (parties(on, &ids).await?, listed(on, &ids).await?);
    let mut unsealed = unsealed(on, records, &ids).await?;
    let beside = |id| {
        let listed = listed.remove(&id);
        let told = told.remove(&id).unwrap_or_default();
        Beside {
            log: logs.remove(&id).unwrap_or_else(|| Ok(Vec::new())),
            told: told.handoffs,
            told_because: told.events,
            agreements: agreements.clone(),
            known: parties
                .get_mut(&id)
                .map(|noted| std::mem::take(&mut noted.known))
                .unwrap_or_default(),
            parties: parties.remove(&id).map(|noted| noted.sent).unwrap_or_default(),
            inbox: listed.as_ref().and_then(|listed| listed.receiver_id).map(AgencyId),
            unsealed: unsealed.remove(&id).unwrap_or_default(),
            next_due: listed.map(|listed| listed.next_due_at).filter(|due| *due < never()),
        }
    };
    Ok(ids.iter().copied().map(beside).collect())
}

/// Keys that seal nothing: their owner is neither a person, nor a referral that tells of nobody, nor a case in which
/// somebody gave a reason.
///
/// # Errors
/// When the database does not answer.
pub async fn keys_without_owner(on: &impl Handle) -> Result<Vec<Uuid>, StoreError> {
    let sql = "SELECT k.owner_id FROM data_keys k WHERE k.owner_kind <> 'house' \
               AND NOT EXISTS (SELECT 1 FROM persons p WHERE p.id = k.owner_id AND k.owner_kind = 'person') \
               AND NOT EXISTS (SELECT 1 FROM referrals r WHERE r.id = k.owner_id AND r.person_id IS NULL \
               AND k.owner_kind = 'referral') \
               AND NOT EXISTS (SELECT 1 FROM texts t WHERE t.case_id = k.owner_id AND k.owner_kind = 'case') \
               ORDER BY k.owner_id";
    let rows = on.executor().query_all_raw(on.statement(sql, [])).await?;
    rows.iter().map(|row| Ok(row.try_get("", "owner_id")?)).collect()
}

/// People who are erased and could still be found again by a number or a name.
///
/// # Errors
/// When the database does not answer.
pub async fn erased_but_indexed(on: &impl Handle) -> Result<Vec<Uuid>, StoreError> {
    let sql = "SELECT DISTINCT k.owner_id FROM data_keys k JOIN person_keys p ON p.person_id = k.owner_id \
               WHERE k.destroyed_at IS NOT NULL ORDER BY k.owner_id";
    let rows = on.executor().query_all_raw(on.statement(sql, [])).await?;
    rows.iter().map(|row| Ok(row.try_get("", "owner_id")?)).collect()
}

/// Texts that lie open, under another key than their referral's, or under one that does not open them.
async fn unsealed(
    on: &impl Handle,
    records: &[Record],
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<String>>, StoreError> {
    let (list, values) = list(ids);
    let sql = format!("SELECT id, referral_id, key_id, sealed FROM texts WHERE referral_id IN ({list}) ORDER BY id");
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    let keys: HashMap<Uuid, _> = records
        .iter()
        .map(|record| (record.referral().id.0, record.key()))
        .collect();
    let mut unsealed: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in rows {
        let (id, referral): (Uuid, Uuid) = (row.try_get("", "id")?, row.try_get("", "referral_id")?);
        let (owner, sealed): (Option<Uuid>, Vec<u8>) = (row.try_get("", "key_id")?, row.try_get("", "sealed")?);
        let Some(key) = keys.get(&referral) else { continue };
        unsealed
            .entry(referral)
            .or_default()
            .extend(fault(id, owner, &sealed, key));
    }
    Ok(unsealed)
}

/// What is wrong with the seal of a text that should lie under this key.
fn fault(text: Uuid, owner: Option<Uuid>, sealed: &[u8], key: &OwnerKey) -> Option<String> {
    match key.open_text(text, sealed) {
        _ if owner != Some(key.owner()) => Some(format!("text {text} lies under the key of another")),
        _ if sealed.is_empty() => Some(format!("text {text} is not sealed")),
        Err(error) => Some(error.to_string()),
        Ok(_) => None,
    }
}

/// Those of these agencies that do not exist.
///
/// # Errors
/// When the database does not answer.
pub async fn unknown_agencies(
    on: &impl Handle,
    ids: impl IntoIterator<Item = AgencyId>,
) -> Result<BTreeSet<AgencyId>, StoreError> {
    let asked: BTreeSet<AgencyId> = ids.into_iter().collect();
    let known: BTreeMap<_, _> = crate::agencies::names(on, asked.iter().copied()).await?;
    Ok(asked.into_iter().filter(|id| !known.contains_key(id)).collect())
}

async fn logs(on: &impl Handle, ids: &[Uuid]) -> Result<HashMap<Uuid, Result<Vec<Event>, StoreError>>, StoreError> {
    let rows = event::Entity::find()
        .filter(event::Column::ReferralId.is_in(ids.iter().copied()))
        .order_by_asc(event::Column::ReferralId)
        .order_by_asc(event::Column::Seq)
        .all(&on.executor())
        .await?;
    let mut logs: HashMap<Uuid, Result<Vec<Event>, StoreError>> = HashMap::new();
    for row in rows {
        let log = logs.entry(row.referral_id).or_insert_with(|| Ok(Vec::new()));
        match (events::to_event(row), log.as_mut()) {
            (Ok(event), Ok(events)) => events.push(event),
            (Err(unreadable), Ok(_)) => *log = Err(unreadable),
            (_, Err(_)) => {}
        }
    }
    Ok(logs)
}

/// Whom the outbox tells about one referral.
#[derive(Default)]
struct Told {
    handoffs: BTreeSet<(HandoffId, AgencyId)>,
    events: BTreeSet<(Uuid, AgencyId)>,
}

async fn told(on: &impl Handle, ids: &[Uuid]) -> Result<HashMap<Uuid, Told>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        referral_id: Uuid,
        handoff_id: Uuid,
        event_id: Option<Uuid>,
        agency_id: Uuid,
    }
    let (list, values) = list(ids);
    let sql = format!(
        "SELECT referral_id, handoff_id, event_id, agency_id FROM outbox WHERE referral_id IN ({list}) \
         AND handoff_id IS NOT NULL AND notice <> 'undelivered'"
    );
    let mut told: HashMap<_, Told> = HashMap::new();
    for row in Row::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?
    {
        let (told, agency) = (told.entry(row.referral_id).or_default(), AgencyId(row.agency_id));
        told.handoffs.insert((HandoffId(row.handoff_id), agency));
        told.events.extend(row.event_id.map(|event| (event, agency)));
    }
    Ok(told)
}

/// Who may know of one referral.
#[derive(Debug, Default)]
struct Noted {
    sent: BTreeMap<AgencyId, bool>,
    known: BTreeMap<AgencyId, Known>,
}

async fn parties(on: &impl Handle, ids: &[Uuid]) -> Result<HashMap<Uuid, Noted>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        referral_id: Uuid,
        agency_id: Uuid,
        sent: bool,
        known_state: Option<String>,
        known_custodian_id: Option<Uuid>,
        known_handoff_id: Option<Uuid>,
        known_handoff_state: Option<String>,
    }
    let (list, values) = list(ids);
    let sql = format!(
        "SELECT referral_id, agency_id, sent, known_state, known_custodian_id, known_handoff_id, known_handoff_state FROM parties \
         WHERE referral_id IN ({list})"
    );
    let mut parties: HashMap<Uuid, Noted> = HashMap::new();
    for row in Row::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?
    {
        let (noted, agency) = (parties.entry(row.referral_id).or_default(), AgencyId(row.agency_id));
        noted.sent.insert(agency, row.sent);
        if let (Some(state), Some(custodian), Some(handoff), Some(handoff_state)) = (
            row.known_state,
            row.known_custodian_id,
            row.known_handoff_id,
            row.known_handoff_state,
        ) {
            let known = Known {
                state,
                custodian,
                handoff,
                handoff_state,
            };
            noted.known.insert(agency, known);
        }
    }
    Ok(parties)
}

#[derive(FromQueryResult)]
struct ListedRow {
    id: Uuid,
    receiver_id: Option<Uuid>,
    next_due_at: DateTime<Utc>,
}

async fn listed(on: &impl Handle, ids: &[Uuid]) -> Result<HashMap<Uuid, ListedRow>, StoreError> {
    let (list, values) = list(ids);
    let sql = format!("SELECT id, receiver_id, next_due_at FROM referrals WHERE id IN ({list})");
    let rows = ListedRow::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

fn list(ids: &[Uuid]) -> (String, Vec<Value>) {
    let mut values = Vec::with_capacity(ids.len());
    let list: Vec<_> = ids.iter().map(|id| placeholder(*id, &mut values)).collect();
    (list.join(", "), values)
}
