//! Referrals: found within a scope, stored by a decision.
//!
//! **Architecture invariant:** no function here reads a referral without a [`Scope`], and none writes one without a
//! [`Decision`](stafett_workflow::Decision). Both can only be made by the policy and the relay, so a forgotten check is a
//! program that does not compile.

mod commit;
mod cursor;
mod duties;
mod known;
mod list;
mod load;
mod parts;
mod protection;
mod row;
mod search;

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use stafett_workflow::agency::{AgencyId, ReferralId, UserId};
use stafett_workflow::content::Content;
use stafett_workflow::event::Event;
use stafett_workflow::insight::Past;
use stafett_workflow::person::{Person, Subject};
use stafett_workflow::policy::Scope;
use stafett_workflow::reference::Reference;
use stafett_workflow::referral::Referral;
use uuid::Uuid;

use crate::connect::Handle;
use crate::error::StoreError;
use crate::looks::Sight;
use crate::vault::{self, OwnerKey};

pub use commit::{Creation, Outcome, Particulars, commit, create, edit, rectify};
pub use cursor::{Cursor, NotACursor};
pub use duties::{Held, assigned_to, held_by};
pub use known::{Known, known, note_known};
pub(crate) use list::reference_pattern;
pub use list::{Line, ReferralBox, ReferralQuery, Snoozed, Sort, list};
pub(crate) use load::of_cases;
pub use load::{find, guarded, is_within, lock, references, several, sweep};
pub use protection::{mark, unmarked};
pub use search::search;

/// What the digest of the request that made a referral is keyed as.
pub(crate) const CREATION: &str = "creation";

/// What a referral is called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// Its id.
    Id(ReferralId),
    /// Its short name.
    Reference(Reference),
}

/// A referral as it is stored, with what the relay itself need not know. Only a finder makes one, so whoever holds it was
/// let in by a scope; what belongs to it (events, texts, receipts) is read with it.
#[derive(Clone, PartialEq)]
pub struct Record {
    referral: Referral,
    person_id: Option<Uuid>,
    person: Option<Person>,
    key: OwnerKey,
    content_id: Uuid,
    content: Content,
    parent: Option<ReferralId>,
    creation_digest: String,
    created_by: UserId,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

// The person and the content must never reach a log.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("referral", &self.referral.id)
            .finish_non_exhaustive()
    }
}

impl Record {
    /// The relay's part.
    #[must_use]
    pub const fn referral(&self) -> &Referral {
        &self.referral
    }

    /// The youth, unless the referral is about nobody in particular; nobody to whoever does not look by right.
    #[must_use]
    pub fn person<'a>(&self, by: impl Into<Sight<'a>>) -> Option<&Person> {
        self.person.as_ref().filter(|_| by.into().opens(self.referral.id))
    }

    /// Whether it is about somebody.
    #[must_use]
    pub const fn is_about_somebody(&self) -> bool {
        self.person.is_some()
    }

    /// When all that was told was erased; there is no youth then, and no content.
    #[must_use]
    pub const fn erased_at(&self) -> Option<DateTime<Utc>> {
        self.key.destroyed_at()
    }

    /// Whose key seals what it tells.
    pub(crate) const fn owner(&self) -> Uuid {
        self.key.owner()
    }

    pub(crate) const fn key(&self) -> &OwnerKey {
        &self.key
    }

    /// What the relay's rules must know of the youth.
    #[must_use]
    pub fn subject(&self) -> Subject {
        self.person.as_ref().map(Person::subject).unwrap_or_default()
    }

    /// What the sender tells; nothing to whoever does not look by right.
    #[must_use]
    pub fn content<'a>(&self, by: impl Into<Sight<'a>>) -> Cow<'_, Content> {
        match by.into().opens(self.referral.id) {
            true => Cow::Borrowed(&self.content),
            false => Cow::Owned(Content::default()),
        }
    }

    /// What a reader sees of it whose part has ended: `then` is the referral as they may know it. What hangs on the record, such
    /// as events and texts, is not cut by this.
    #[must_use]
    pub fn reduced(self, past: &Past, then: Referral, log: &[Event]) -> Self {
        let until = past.log(log).last().map(|event| event.at);
        let content = match past.keeps() {
            true => self.content,
            false => Content::default(),
        };
        Self {
            updated_at: until.unwrap_or(self.created_at),
            referral: then,
            person: self.person.filter(|_| past.person_stands(log)),
            content,
            parent: self.parent.filter(|_| past.keeps()),
            ..self
        }
    }

    /// The row that holds the youth, if there is one.
    pub(crate) const fn person_id(&self) -> Option<Uuid> {
        self.person_id
    }

    /// The referral that this one grew out of.
    #[must_use]
    pub const fn parent(&self) -> Option<ReferralId> {
        self.parent
    }

    /// Whether a request with this digest made it, by which a repeated request is recognised.
    ///
    /// # Errors
    /// When the vault is locked.
    pub async fn was_made_by(&self, on: &impl Handle, digest: &str) -> Result<bool, StoreError> {
        Ok(vault::keyed(on, CREATION, digest).await? == self.creation_digest)
    }

    /// Who wrote it.
    #[must_use]
    pub const fn created_by(&self) -> UserId {
        self.created_by
    }

    /// When it was written.
    #[must_use]
    pub const fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// When anything about it was stored last.
    #[must_use]
    pub const fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }
}

/// The condition under which the referral `r` lies within a scope; `values` is what its placeholders stand for, and is
/// added to. `None` when nothing can.
pub(crate) fn within(scope: &Scope, values: &mut Vec<sea_orm::Value>) -> Option<String> {
    if scope.is_all() {
        return Some("1 = 1".to_owned());
    }
    if let Some(only) = scope.only() {
        return Some(format!("r.id = {}", placeholder(only.0, values)));
    }
    if scope.agencies().is_empty() {
        return None;
    }
    let agencies = placeholders(scope.agencies(), values);
    let circle = circle(scope, values);
    Some(format!(
        "EXISTS (SELECT 1 FROM parties p WHERE p.referral_id = r.id AND p.agency_id IN ({agencies})) AND {circle}"
    ))
}

/// The condition under which the referral `r`, of which an agency of the scope knows, is one that the person may see there:
/// [`stafett_workflow::policy::in_circle`], as the database knows it. What was not looked at yet is guarded like the rest.
pub(crate) fn circle(scope: &Scope, values: &mut Vec<sea_orm::Value>) -> String {
    let mut inside = vec!["r.protection = 'none'".to_owned()];
    if let Some(person) = scope.person() {
        let person = placeholder(person.0, values);
        inside.push(format!("r.created_by = {person}"));
        inside.push(format!(
            "EXISTS (SELECT 1 FROM handoffs own WHERE own.referral_id = r.id AND own.assignee_id = {person})"
        ));
    }
    if !scope.leads().is_empty() {
        let leads = placeholders(scope.leads(), values);
        inside.push(format!(
            "EXISTS (SELECT 1 FROM parties led WHERE led.referral_id = r.id AND led.agency_id IN ({leads}))"
        ));
    }
    let agencies = placeholders(scope.agencies(), values);
    inside.push(format!(
        "EXISTS (SELECT 1 FROM handoffs new WHERE new.referral_id = r.id AND new.open AND new.sent_at IS NOT NULL \
         AND new.assignee_id IS NULL AND new.receiver_id IN ({agencies}))"
    ));
    format!("({})", inside.join(" OR "))
}

/// `$n, $n+1, …` for a list of agencies.
pub(crate) fn placeholders(agencies: &[AgencyId], values: &mut Vec<sea_orm::Value>) -> String {
    agencies
        .iter()
        .map(|agency| placeholder(agency.0, values))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The next `$n`, standing for `value`.
pub(crate) fn placeholder(value: impl Into<sea_orm::Value>, values: &mut Vec<sea_orm::Value>) -> String {
    values.push(value.into());
    format!("${}", values.len())
}
