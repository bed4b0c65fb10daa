//! A referral's log, for its timeline and for replay. It is written by decisions only and never changed.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use stafett_workflow::agency::{AgencyId, ReferralId, UserId};
use stafett_workflow::event::{By, Event};

use crate::connect::Handle;
use crate::entity::event;
use crate::error::StoreError;
use crate::map;
use crate::page::Page;
use crate::referrals::Record;

/// The whole log, in order.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn log(on: &impl Handle, record: &Record) -> Result<Vec<Event>, StoreError> {
    let rows = event::Entity::find()
        .filter(event::Column::ReferralId.eq(record.referral().id.0))
        .order_by_asc(event::Column::Seq)
        .all(&on.executor())
        .await?;
    rows.into_iter().map(to_event).collect()
}

/// The whole logs of several referrals, each in order.
///
/// # Errors
/// As for [`log`].
pub async fn logs<'a>(
    on: &impl Handle,
    records: impl IntoIterator<Item = &'a Record>,
) -> Result<BTreeMap<ReferralId, Vec<Event>>, StoreError> {
    let ids: Vec<_> = records.into_iter().map(|record| record.referral().id.0).collect();
    let mut logs: BTreeMap<ReferralId, Vec<Event>> = BTreeMap::new();
    if ids.is_empty() {
        return Ok(logs);
    }
    let rows = event::Entity::find()
        .filter(event::Column::ReferralId.is_in(ids))
        .order_by_asc(event::Column::ReferralId)
        .order_by_asc(event::Column::Seq)
        .all(&on.executor())
        .await?;
    for row in rows {
        logs.entry(ReferralId(row.referral_id))
            .or_default()
            .push(to_event(row)?);
    }
    Ok(logs)
}

/// A page of the log, after the entry with the number `after`.
///
/// # Errors
/// As for [`log`].
pub async fn page(on: &impl Handle, record: &Record, after: u32, limit: u32) -> Result<Page<Event, u32>, StoreError> {
    let rows = event::Entity::find()
        .filter(event::Column::ReferralId.eq(record.referral().id.0))
        .filter(event::Column::Seq.gt(i64::from(after)))
        .order_by_asc(event::Column::Seq)
        .limit(u64::from(limit) + 1)
        .all(&on.executor())
        .await?;
    let events = rows.into_iter().map(to_event).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(events, limit, |last| last.seq))
}

pub(crate) fn to_event(row: event::Model) -> Result<Event, StoreError> {
    let name = format!("event {}", row.id);
    let by = match (row.actor_id, row.actor_agency_id, row.actor_role) {
        (Some(user), Some(agency), Some(role)) => Some(By {
            user: UserId(user),
            agency: AgencyId(agency),
            role: map::code(&name, "actor_role", &role)?,
        }),
        (None, None, None) => None,
        _ => return Err(StoreError::corrupt(name, "its actor is incomplete")),
    };
    Ok(Event {
        id: row.id,
        seq: map::count(&name, "seq", row.seq)?,
        version: map::count(&name, "version", row.version)?,
        at: row.at,
        by,
        fact: map::json(&name, "body", row.body)?,
    })
}
