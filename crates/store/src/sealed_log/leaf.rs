//! Rows in the form in which they are hashed. A form that has been sealed once is for ever: a change of it is a new `v`.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use stafett_ledger::canonical::canonical;

use crate::entity::{audit, case_event, event};
use crate::map::micros;

/// A row of the audit trail.
pub(super) fn of_row(row: &audit::Model) -> String {
    canonical(&json!({
        "v": 1,
        "id": row.id,
        "at": time(row.at),
        "actor": row.actor_id,
        "agency": row.agency_id,
        "role": row.role,
        "action": row.action,
        "objectKind": row.object_kind,
        "object": row.object_id,
        "request": row.request_id,
        "body": row.body,
        "written": row.written,
    }))
}

/// An entry of a referral's log.
pub(super) fn of_event(row: &event::Model) -> Value {
    json!({
        "id": row.id,
        "referral": row.referral_id,
        "seq": row.seq,
        "version": row.version,
        "handoff": row.handoff_id,
        "kind": row.kind,
        "body": row.body,
        "at": time(row.at),
        "actor": row.actor_id,
        "agency": row.actor_agency_id,
        "role": row.actor_role,
    })
}

/// An entry of a case's log.
pub(super) fn of_case_event(row: &case_event::Model) -> Value {
    json!({
        "id": row.id,
        "case": row.case_id,
        "seq": row.seq,
        "version": row.version,
        "kind": row.kind,
        "body": row.body,
        "at": time(row.at),
        "actor": row.actor_id,
        "agency": row.actor_agency_id,
        "role": row.actor_role,
    })
}

/// A time, always with its six decimals.
fn time(at: DateTime<Utc>) -> String {
    micros(at).to_rfc3339_opts(SecondsFormat::Micros, true)
}
