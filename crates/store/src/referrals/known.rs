//! What those know whose part in a referral has ended, kept beside the fact that they know of it: so that lists find and order it
//! for them by that, and not by how the referral stands now.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, Value};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::decide::Decision;
use stafett_workflow::event::{Event, Fact};
use stafett_workflow::insight::Insight;
use stafett_workflow::referral::Referral;
use stafett_workflow::vocabulary::HandoffState;
use uuid::Uuid;

use super::{Record, placeholder, placeholders};
use crate::connect::{Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::events;

/// What an agency knows whose part has ended: where the referral stood, who had the baton, and the leg that it saw last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The state, as a code.
    pub state: String,
    /// Who had the baton.
    pub custodian: Uuid,
    /// The leg.
    pub handoff: Uuid,
    /// Where that stood, as a code: of one that was sent on, the successor has gone on since.
    pub handoff_state: String,
}

/// What those of a referral's parties know whose part has ended, by its log.
///
/// # Errors
/// [`StoreError::Corrupt`] when the log is not the referral's.
pub fn known(referral: &Referral, log: &[Event]) -> Result<BTreeMap<AgencyId, Known>, StoreError> {
    let mut known = BTreeMap::new();
    for agency in referral.parties() {
        let Insight::Past(past) = Insight::of(referral, &[agency]) else {
            continue;
        };
        let then = past
            .referral(referral, log)
            .map_err(|error| StoreError::corrupt(format_args!("referral {}", referral.id), error.to_string()))?;
        if let Some(leg) = then.current_handoff() {
            let entry = Known {
                state: then.state.as_str().to_owned(),
                custodian: then.custodian.0,
                handoff: leg.id.0,
                handoff_state: leg.state.as_str().to_owned(),
            };
            known.insert(agency, entry);
        }
    }
    Ok(known)
}

/// Notes it, if a decision can have ended or renewed somebody's part.
pub(super) async fn note_after(tx: &Tx, record: &Record, decision: &Decision) -> Result<(), StoreError> {
    let turns = |fact: &Fact| match fact {
        Fact::Opened { .. } | Fact::Restored { .. } | Fact::Disputed { .. } | Fact::Allocated { .. } => true,
        Fact::Moved { state, .. } => matches!(
            state,
            HandoffState::Withdrawn
                | HandoffState::EnteredInError
                | HandoffState::Forwarded
                | HandoffState::Sent
                | HandoffState::Accepted
        ),
        _ => false,
    };
    if decision.before().is_none() || !decision.events().iter().any(|event| turns(&event.fact)) {
        return Ok(());
    }
    note_known(tx, record).await
}

/// Notes it, whatever has happened.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn note_known(tx: &Tx, record: &Record) -> Result<(), StoreError> {
    let referral = record.referral();
    let is_past = |agency: &AgencyId| !Insight::of(referral, &[*agency]).is_whole();
    let (past, whole): (Vec<_>, Vec<_>) = referral.parties().into_iter().partition(is_past);
    let mut values: Vec<Value> = vec![referral.id.0.into()];
    if !whole.is_empty() {
        let whole = placeholders(&whole, &mut values);
        let sql = format!(
            "UPDATE parties SET known_state = NULL, known_custodian_id = NULL, known_handoff_id = NULL, \
             known_handoff_state = NULL \
             WHERE referral_id = $1 AND known_state IS NOT NULL AND agency_id IN ({whole})"
        );
        tx.executor().execute_raw(tx.statement(&sql, values)).await?;
    }
    if past.is_empty() {
        return Ok(());
    }
    let log = events::log(tx, record).await?;
    for (agency, known) in known(referral, &log)? {
        let sql = "UPDATE parties SET known_state = $3, known_custodian_id = $4, known_handoff_id = $5, \
                   known_handoff_state = $6 \
                   WHERE agency_id = $1 AND referral_id = $2";
        let values: [Value; 6] = [
            agency.0.into(),
            referral.id.0.into(),
            known.state.into(),
            known.custodian.into(),
            known.handoff.into(),
            known.handoff_state.into(),
        ];
        tx.executor().execute_raw(tx.statement(sql, values)).await?;
    }
    Ok(())
}

/// The condition under which the party `p` of a referral is one whose part has ended, and no other agency of the scope sees it
/// whole.
pub(super) fn none_sees_it_whole(scope: &[AgencyId], values: &mut Vec<Value>) -> String {
    let agencies: Vec<_> = scope.iter().map(|agency| placeholder(agency.0, values)).collect();
    format!(
        "NOT EXISTS (SELECT 1 FROM parties q WHERE q.referral_id = p.referral_id AND q.known_state IS NULL \
         AND q.agency_id IN ({}))",
        agencies.join(", ")
    )
}
