//! What every use case about referrals works with.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use stafett_notify::Bell;
use stafett_store::Db;
use stafett_workflow::calendar::Calendar;
use stafett_workflow::definition::{Definition, Library};
use stafett_workflow::identifier::InstanceKind;
use stafett_workflow::referral::WorkflowKey;

use super::AppError;
use crate::blind_index::BlindIndex;
use crate::clock::Clock;

/// The database, the definitions and the time. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// Where referrals are kept.
    pub db: Db,
    /// Every definition that may be in use.
    pub library: Library,
    /// Working days and holidays.
    pub calendar: Calendar,
    /// The one clock.
    pub clock: Arc<dyn Clock>,
    /// Whether real people may be entered.
    pub instance: InstanceKind,
    /// By which a youth is found again.
    pub index: BlindIndex,
    /// Wakes the dispatcher after a commit.
    pub bell: Bell,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// Now, truncated to microseconds.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The definition that a stored referral runs on.
    ///
    /// # Errors
    /// [`AppError::Internal`] when this server does not have it: an older server beside a newer one.
    pub fn definition(&self, key: &WorkflowKey) -> Result<Arc<Definition>, AppError> {
        self.library
            .get(key)
            .cloned()
            .ok_or_else(|| AppError::internal(format!("the definition {} version {} is missing", key.id, key.version)))
    }
}
