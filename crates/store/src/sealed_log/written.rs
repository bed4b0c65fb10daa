//! What a transaction has written that its next row of the audit trail is to prove.

use std::collections::BTreeMap;

use sea_orm::ActiveValue::Set;
use sea_orm::TryIntoModel as _;
use serde_json::{Value, json};
use stafett_ledger::canonical::canonical;
use stafett_ledger::tree::fingerprint;
use uuid::Uuid;

use super::leaf;
use crate::entity::{case_event, event, text};
use crate::error::StoreError;

/// The logs that are proved, as rows of the trail name them.
pub(super) const REFERRAL: &str = "referral";
pub(super) const CASE: &str = "case";
/// The tables of what lies sealed, as rows of the trail name them.
pub(super) const TEXTS: &str = "texts";
pub(super) const PERSONS: &str = "persons";

/// Entries of logs, and what was sealed.
#[derive(Debug, Default)]
pub(crate) struct Written {
    events: Vec<Value>,
    /// By table and row the hash of the ciphertext; none for what was taken away.
    seals: BTreeMap<(&'static str, Uuid), Option<String>>,
}

impl Written {
    /// Entries of referrals' logs.
    pub(crate) fn referral_events(&mut self, rows: &[event::ActiveModel]) -> Result<(), StoreError> {
        let rows = rows
            .iter()
            .map(|row| {
                let row = row.clone().try_into_model()?;
                Ok((row.referral_id, row.seq, leaf::of_event(&row)))
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        self.entries(REFERRAL, rows);
        Ok(())
    }

    /// Entries of cases' logs.
    pub(crate) fn case_events(&mut self, rows: &[case_event::ActiveModel]) -> Result<(), StoreError> {
        let rows = rows
            .iter()
            .map(|row| {
                let row = row.clone().try_into_model()?;
                Ok((row.case_id, row.seq, leaf::of_case_event(&row)))
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        self.entries(CASE, rows);
        Ok(())
    }

    /// Entries of one log, in their order.
    fn entries(&mut self, log: &str, rows: Vec<(Uuid, i32, Value)>) {
        let (Some((of, from, _)), Some((_, to, _))) = (rows.first(), rows.last()) else {
            return;
        };
        let events = json!({ "log": log, "of": of, "from": from, "to": to });
        let hash = of_events(rows.iter().map(|(.., event)| event));
        self.events.push(with_hash(events, Some(hash)));
    }

    /// Texts that were sealed.
    pub(crate) fn texts(&mut self, rows: &[text::ActiveModel]) {
        for row in rows {
            if let (Set(id), Set(sealed)) = (&row.id, &row.sealed) {
                self.text(*id, sealed);
            }
        }
    }

    /// One text that was sealed, or sealed anew.
    pub(crate) fn text(&mut self, id: Uuid, sealed: &[u8]) {
        self.seals.insert((TEXTS, id), Some(fingerprint(sealed)));
    }

    /// A text was taken away.
    pub(crate) fn text_taken_away(&mut self, id: Uuid) {
        self.seals.insert((TEXTS, id), None);
    }

    /// Who somebody is was sealed, or sealed anew.
    pub(crate) fn person(&mut self, id: Uuid, sealed: &[u8]) {
        self.seals.insert((PERSONS, id), Some(fingerprint(sealed)));
    }

    /// A draft tells of nobody any more.
    pub(crate) fn person_taken_away(&mut self, id: Uuid) {
        self.seals.insert((PERSONS, id), None);
    }

    /// What was written is taken back in the same transaction.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// All of it, once; none when there is nothing.
    pub(crate) fn take(&mut self) -> Option<Value> {
        let Self { events, seals } = std::mem::take(self);
        if events.is_empty() && seals.is_empty() {
            return None;
        }
        let seals: Vec<_> = seals
            .into_iter()
            .map(|((table, id), hash)| with_hash(json!({ "in": table, "id": id }), hash))
            .collect();
        Some(json!({ "events": events, "seals": seals }))
    }
}

fn with_hash(mut what: Value, hash: Option<String>) -> Value {
    if let Some(members) = what.as_object_mut() {
        members.insert("sha256".to_owned(), json!(hash));
    }
    what
}

/// The hash over entries of a log that lie beside each other.
pub(super) fn of_events<'a>(events: impl Iterator<Item = &'a Value>) -> String {
    let lines: Vec<_> = events.map(canonical).collect();
    fingerprint(lines.join("\n").as_bytes())
}
