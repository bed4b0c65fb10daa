//! What a decision adds in the tables beside the referral's own, each with as few statements as it can.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value};
use stafett_workflow::Decision;
use stafett_workflow::agency::{ClockId, HandoffId, TextId};
use stafett_workflow::event::Fact;
use stafett_workflow::vocabulary::HandoffState;

use super::{Record, placeholder, row};
use crate::connect::{Tx, sealed::Handle as _};
use crate::entity::{clock, event, handoff, text};
use crate::error::StoreError;
use crate::map::{self, micros};

/// The texts that the events name, each beside the hand-off that it belongs to.
pub(super) async fn texts(tx: &Tx, record: &Record, decision: &Decision, at: DateTime<Utc>) -> Result<(), StoreError> {
    if decision.texts().is_empty() {
        return Ok(());
    }
    let author = decision.permit();
    let homes = homes(decision);
    let current = decision.next().current_handoff().map(|handoff| handoff.id);
    let mut rows = Vec::with_capacity(decision.texts().len());
    for writing in decision.texts() {
        rows.push(text::ActiveModel {
            id: Set(writing.id.0),
            person_id: Set(record.person_id),
            referral_id: Set(Some(record.referral.id.0)),
            handoff_id: Set(homes.get(&writing.id).copied().or(current).map(|handoff| handoff.0)),
            kind: Set(writing.kind.clone()),
            sealed: Set(record.key().seal_text(writing.id.0, &writing.body)?),
            key_id: Set(Some(record.owner())),
            author_id: Set(author.map(|permit| permit.user().0)),
            author_agency_id: Set(author.map(|permit| permit.agency().0)),
            created_at: Set(micros(at)),
            case_id: NotSet,
        });
    }
    tx.written().texts(&rows);
    text::Entity::insert_many(rows)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

/// The hand-offs that the events are about: first those that were there, so that the one that ends makes room for the next.
pub(super) async fn handoffs(tx: &Tx, decision: &Decision) -> Result<(), StoreError> {
    let (mut new, mut changed) = (BTreeSet::new(), BTreeSet::new());
    for event in decision.events() {
        match &event.fact {
            Fact::Created { handoff, .. } => {
                new.insert(*handoff);
            }
            Fact::Opened {
                handoff,
                forwarded_from,
                ..
            } => {
                new.insert(*handoff);
                changed.extend(*forwarded_from);
            }
            // A clock is a row of its own.
            Fact::ClockArmed { .. } => {}
            Fact::Restored { relay, .. } => changed.extend(relay.handoffs.iter().map(|handoff| handoff.id)),
            Fact::Migrated { steps, .. } => changed.extend(steps.iter().map(|step| step.handoff)),
            other => changed.extend(other.handoff()),
        }
    }
    let referral = decision.next();
    let mut rows = Vec::new();
    // What ends comes first: the database takes no second open hand-off, not even for a moment.
    let mut in_order: Vec<_> = referral.handoffs.iter().enumerate().collect();
    in_order.sort_by_key(|(_, handoff)| handoff.is_open());
    for (place, handoff) in in_order {
        if new.contains(&handoff.id) {
            rows.push(row::from_handoff(referral.id, place, handoff)?);
        } else if changed.contains(&handoff.id) {
            let row = row::from_handoff(referral.id, place, handoff)?;
            let row = handoff::ActiveModel {
                id: NotSet,
                referral_id: NotSet,
                ordinal: NotSet,
                created_at: NotSet,
                ..row
            };
            handoff::Entity::update_many()
                .set(row)
                .filter(handoff::Column::Id.eq(handoff.id.0))
                .exec(&tx.executor())
                .await?;
        }
    }
    if !rows.is_empty() {
        handoff::Entity::insert_many(rows)
            .exec_without_returning(&tx.executor())
            .await?;
    }
    Ok(())
}

/// The clocks that the events change and arm, in this order: a rule may be armed anew on the same hand-off.
pub(super) async fn clocks(tx: &Tx, decision: &Decision) -> Result<(), StoreError> {
    let (mut armed, mut changed): (BTreeSet<ClockId>, BTreeSet<ClockId>) = Default::default();
    for event in decision.events() {
        match &event.fact {
            Fact::ClockArmed { clock } => {
                armed.insert(clock.id);
            }
            Fact::ClockStopped { clock } | Fact::ClockPaused { clock } | Fact::ClockResumed { clock, .. } => {
                changed.insert(*clock);
            }
            Fact::Restored { relay, .. } => changed.extend(relay.clocks.iter().map(|clock| clock.id)),
            other => changed.extend(other.fired().map(|(clock, ..)| clock)),
        }
    }
    let referral = decision.next();
    let mut rows = Vec::new();
    for (place, clock) in referral.clocks.iter().enumerate() {
        if armed.contains(&clock.id) {
            rows.push(row::from_clock(referral.id, place, clock)?);
        } else if changed.contains(&clock.id) {
            clock::Entity::update_many()
                .set(clock::ActiveModel {
                    warn_at: Set(micros(clock.warn_at)),
                    due_at: Set(micros(clock.due_at)),
                    stopped_at: Set(clock.stopped_at.map(micros)),
                    paused_at: Set(clock.paused_at.map(micros)),
                    warned_at: Set(clock.warned_at.map(micros)),
                    breached_at: Set(clock.breached_at.map(micros)),
                    level: Set(clock.level.into()),
                    next_fire_at: Set(clock.next_fire_at.map(micros)),
                    ..Default::default()
                })
                .filter(clock::Column::Id.eq(clock.id.0))
                .exec(&tx.executor())
                .await?;
        }
    }
    if !rows.is_empty() {
        clock::Entity::insert_many(rows)
            .exec_without_returning(&tx.executor())
            .await?;
    }
    Ok(())
}

/// The log.
pub(super) async fn events(tx: &Tx, decision: &Decision) -> Result<(), StoreError> {
    let referral = decision.next().id;
    let mut rows = Vec::with_capacity(decision.events().len());
    for event in decision.events() {
        let name = format!("event {}", event.id);
        rows.push(event::ActiveModel {
            id: Set(event.id),
            referral_id: Set(referral.0),
            seq: Set(map::stored_count(&name, "seq", event.seq)?),
            version: Set(map::stored_count(&name, "version", event.version)?),
            handoff_id: Set(event.fact.handoff().map(|handoff| handoff.0)),
            kind: Set(event.fact.kind().to_owned()),
            body: Set(map::to_json(&name, &event.fact)?),
            at: Set(micros(event.at)),
            actor_id: Set(event.by.map(|by| by.user.0)),
            actor_agency_id: Set(event.by.map(|by| by.agency.0)),
            actor_role: Set(event.by.map(|by| by.role.as_str().to_owned())),
        });
    }
    tx.written().referral_events(&rows)?;
    event::Entity::insert_many(rows)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

/// Who may know of it from now on. Only a hand-off that is written or sent, or a dispute, can bring somebody in.
pub(super) async fn parties(tx: &Tx, record: &Record, decision: &Decision) -> Result<(), StoreError> {
    let brings_in = |fact: &Fact| {
        matches!(
            fact,
            Fact::Created { .. }
                | Fact::Opened { .. }
                | Fact::Disputed { .. }
                | Fact::Moved {
                    state: HandoffState::Sent,
                    ..
                }
        )
    };
    if !decision.events().iter().any(|event| brings_in(&event.fact)) {
        return Ok(());
    }
    let referral = decision.next();
    let has_sent = |agency| {
        referral
            .handoffs
            .iter()
            .any(|handoff| handoff.is_sent() && handoff.sender == agency)
    };
    let mut values: Vec<Value> = Vec::new();
    let mut rows = Vec::new();
    for agency in referral.parties() {
        let agency_id = placeholder(agency.0, &mut values);
        let referral_id = placeholder(referral.id.0, &mut values);
        let created_at = placeholder(micros(record.created_at), &mut values);
        let sent = placeholder(has_sent(agency), &mut values);
        rows.push(format!("({agency_id}, {referral_id}, {created_at}, {sent})"));
    }
    let sql = format!(
        "INSERT INTO parties (agency_id, referral_id, created_at, sent) VALUES {} ON CONFLICT (agency_id, referral_id) \
         DO UPDATE SET sent = excluded.sent WHERE excluded.sent AND NOT parties.sent",
        rows.join(", ")
    );
    tx.executor().execute_raw(tx.statement(&sql, values)).await?;
    if decision.before().is_none() {
        return Ok(());
    }
    // Whoever comes to know of a referral knows of its case.
    let sql = "INSERT INTO case_parties (agency_id, case_id, opened_at) \
               SELECT p.agency_id, c.id, c.opened_at FROM parties p JOIN referrals r ON r.id = p.referral_id \
               JOIN cases c ON c.id = r.case_id WHERE p.referral_id = $1 ON CONFLICT (agency_id, case_id) DO NOTHING";
    tx.executor()
        .execute_raw(tx.statement(sql, [referral.id.0.into()]))
        .await?;
    Ok(())
}

/// Which hand-off each text belongs to; those not named here belong to the current one.
fn homes(decision: &Decision) -> BTreeMap<TextId, HandoffId> {
    let mut homes = BTreeMap::new();
    for event in decision.events() {
        match &event.fact {
            Fact::Created { handoff, terms, .. }
            | Fact::Edited { handoff, terms, .. }
            | Fact::Opened { handoff, terms, .. }
            | Fact::TermsSettled { handoff, terms } => homes.extend(terms.basis_text.map(|text| (text, *handoff))),
            Fact::Moved { handoff, texts, .. } | Fact::Noted { handoff, texts, .. } => {
                homes.extend(texts.values().map(|text| (*text, *handoff)))
            }
            _ => {}
        }
    }
    homes
}
