//! The register of outreach teams: patrols, the lines of their tallies, and arenas. Nobody is named in it.
//!
//! The three are kept alike, which is [`Kept`]: an entry is made once under an id that a phone may have made, corrected and
//! withdrawn by version, never deleted, and read only within a scope. What is written of an arena in words lies sealed in `texts`, under
//! the key of the house.

mod arenas;
mod contacts;
mod figures;
mod patrols;

use std::future::Future;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Value};
use stafett_workflow::agency::{AgencyId, ArenaId, PatrolId, UserId};
use stafett_workflow::outreach::{Entry, Head};
use stafett_workflow::policy::Scope;
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::map;
use crate::referrals::{placeholder, placeholders};
use crate::{idempotency, vault};

pub use arenas::{arena_names, arenas};
pub use contacts::{Met, Told, contacts, met};
pub use figures::{Line, Lookouts, Walk, each_line, each_walk, lookouts};
pub use patrols::{enter_all, patrols};

/// A kind of entry.
pub trait Kept: Sized + Send + Sync {
    /// The table.
    const TABLE: &'static str;

    /// The entry of this id, if it stands in the register of one of the scope's agencies.
    ///
    /// # Errors
    /// When the database does not answer.
    fn find(
        on: &impl Handle,
        scope: &Scope,
        id: Uuid,
    ) -> impl Future<Output = Result<Option<Entry<Self>>, StoreError>> + Send;

    /// Stores a new entry; `false` when its id is taken. `digest` is that of the request.
    ///
    /// # Errors
    /// When the database does not answer.
    fn insert(tx: &Tx, entry: &Entry<Self>, digest: &str) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Stores an entry whose version was one less than it says now. `false` when somebody else was faster.
    ///
    /// # Errors
    /// When the database does not answer.
    fn update(tx: &Tx, entry: &Entry<Self>) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Whether an entry was made by a request with this digest.
///
/// # Errors
/// When the database does not answer.
pub async fn was_made_by<T: Kept>(tx: &Tx, id: Uuid, digest: &str) -> Result<bool, StoreError> {
    let sql = format!("SELECT request_hash FROM {} WHERE id = $1", T::TABLE);
    let row = tx.executor().query_one_raw(tx.statement(&sql, [id.into()])).await?;
    let stored = row.map(|row| row.try_get::<String>("", "request_hash")).transpose()?;
    Ok(stored == Some(keyed(tx, digest).await?))
}

/// Which patrols or lines to list, the newest first.
#[derive(Debug, Clone)]
pub struct RegisterQuery {
    /// Within what.
    pub scope: Scope,
    /// In whose register.
    pub agency: Option<AgencyId>,
    /// Of patrols that began from then on.
    pub from: Option<DateTime<Utc>>,
    /// And before then.
    pub until: Option<DateTime<Utc>>,
    /// That came by there, or were met there.
    pub arena: Option<ArenaId>,
    /// Of this patrol.
    pub patrol: Option<PatrolId>,
    /// Those that were withdrawn instead of those that count.
    pub withdrawn: bool,
    /// After this place in the list.
    pub after: Option<(DateTime<Utc>, Uuid)>,
    /// At most so many.
    pub limit: u32,
}

async fn keyed(on: &impl Handle, digest: &str) -> Result<String, StoreError> {
    vault::keyed(on, idempotency::REQUEST, digest).await
}

/// As a condition on the column of whose register it is; nothing when no register is within.
fn within(scope: &Scope, column: &str, values: &mut Vec<Value>) -> Option<String> {
    if scope.is_all() {
        return Some("1 = 1".to_owned());
    }
    if scope.agencies().is_empty() {
        return None;
    }
    Some(format!("{column} IN ({})", placeholders(scope.agencies(), values)))
}

impl RegisterQuery {
    /// What a patrol `p` must be; nothing when no register is within.
    fn of_patrol(&self, values: &mut Vec<Value>) -> Option<Vec<String>> {
        let mut conditions = vec![within(&self.scope, "p.agency_id", values)?];
        if let Some(agency) = self.agency {
            conditions.push(format!("p.agency_id = {}", placeholder(agency.0, values)));
        }
        if let Some(from) = self.from {
            conditions.push(format!("p.began_at >= {}", placeholder(map::micros(from), values)));
        }
        if let Some(until) = self.until {
            conditions.push(format!("p.began_at < {}", placeholder(map::micros(until), values)));
        }
        if let Some(patrol) = self.patrol {
            conditions.push(format!("p.id = {}", placeholder(patrol.0, values)));
        }
        Some(conditions)
    }

    /// Where it goes on, by when the patrol began and the id of what is listed.
    fn beyond(&self, id: &str, values: &mut Vec<Value>) -> Option<String> {
        let (at, last) = self.after?;
        let (at, last) = (placeholder(map::micros(at), values), placeholder(last, values));
        Some(format!("(p.began_at, {id}) < ({at}, {last})"))
    }
}

/// The columns that every entry has.
struct HeadRow {
    id: Uuid,
    agency_id: Uuid,
    version: i32,
    entered_by: Uuid,
    entered_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
    withdrawn_at: Option<DateTime<Utc>>,
}

impl TryFrom<HeadRow> for Head {
    type Error = StoreError;

    fn try_from(row: HeadRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            agency: AgencyId(row.agency_id),
            version: map::count(format_args!("outreach entry {}", row.id), "version", row.version)?,
            entered_by: UserId(row.entered_by),
            entered_at: row.entered_at,
            changed_at: row.changed_at,
            withdrawn_at: row.withdrawn_at,
        })
    }
}

/// The head of a row of one of the tables.
macro_rules! head {
    ($row:expr) => {
        $crate::outreach::HeadRow {
            id: $row.id,
            agency_id: $row.agency_id,
            version: $row.version,
            entered_by: $row.entered_by,
            entered_at: $row.entered_at,
            changed_at: $row.changed_at,
            withdrawn_at: $row.withdrawn_at,
        }
    };
}
use head;

/// The version under which an entry lies until it is stored as it says now.
fn version_before(head: &Head) -> Result<i32, StoreError> {
    map::stored_count("outreach entry", "version", head.version.saturating_sub(1))
}
