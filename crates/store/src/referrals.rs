//! Referrals: found within a scope, stored by a decision.
//!
//! **Architecture invariant:** no function here reads a referral without a [`Scope`], and none writes one without a
//! [`Decision`](stafett_workflow::Decision). Both can only be made by the policy and the relay, so a forgotten check is a
//! program that does not compile.

mod commit;
mod cursor;
mod duties;
mod list;
mod load;
mod parts;
mod row;
mod search;

use std::fmt;

use chrono::{DateTime, Utc};
use stafett_workflow::agency::{AgencyId, ReferralId, UserId};
use stafett_workflow::content::Content;
use stafett_workflow::person::{Person, Subject};
use stafett_workflow::policy::Scope;
use stafett_workflow::reference::Reference;
use stafett_workflow::referral::Referral;
use uuid::Uuid;

pub use commit::{Creation, Outcome, Particulars, commit, create, edit, rectify};
pub use cursor::{Cursor, NotACursor};
pub use duties::{Held, assigned_to, held_by};
pub(crate) use list::reference_pattern;
pub use list::{Line, ReferralBox, ReferralQuery, Snoozed, Sort, list};
pub(crate) use load::of_cases;
pub use load::{find, lock, sweep};
pub use search::search;

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

    /// The youth, unless the referral is about nobody in particular.
    #[must_use]
    pub const fn person(&self) -> Option<&Person> {
        self.person.as_ref()
    }

    /// What the relay's rules must know of the youth.
    #[must_use]
    pub fn subject(&self) -> Subject {
        self.person.as_ref().map(Person::subject).unwrap_or_default()
    }

    /// What the sender tells.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.content
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

    /// The digest of the request that made it, by which a repeated request is recognised.
    #[must_use]
    pub fn creation_digest(&self) -> &str {
        &self.creation_digest
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
    if scope.agencies().is_empty() {
        return None;
    }
    let agencies = placeholders(scope.agencies(), values);
    Some(format!(
        "EXISTS (SELECT 1 FROM parties p WHERE p.referral_id = r.id AND p.agency_id IN ({agencies}))"
    ))
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
