//! What every use case about referrals works with.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use stafett_notify::Bell;
use stafett_store::Db;
use stafett_store::looks::Looks;
use stafett_workflow::calendar::Calendar;
use stafett_workflow::definition::{Definition, Library};
use stafett_workflow::disclosure;
use stafett_workflow::glass::GlassLimits;
use stafett_workflow::identifier::InstanceKind;
use stafett_workflow::referral::WorkflowKey;
use stafett_workflow::routing::Table;

use super::AppError;
use super::setup::webhooks::HookKeys;
use crate::blind_index::BlindIndex;
use crate::clock::Clock;

/// The routing table in force, and how long a reported capacity counts.
#[derive(Debug)]
pub struct Routing {
    /// The table.
    pub table: Table,
    /// After so long nobody counts on a reported capacity.
    pub capacity_holds: TimeDelta,
}

/// The database, the definitions and the time. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// Where referrals are kept.
    pub db: Db,
    /// Every definition that may be in use.
    pub library: Library,
    /// Who is sent to.
    pub routing: Arc<Routing>,
    /// What may flow to whom.
    pub disclosure: Arc<disclosure::Table>,
    /// Working days and holidays.
    pub calendar: Calendar,
    /// The one clock.
    pub clock: Arc<dyn Clock>,
    /// Whether real people may be entered.
    pub instance: InstanceKind,
    /// Writes down who looks at what is told of a youth, before it is shown.
    pub looks: Looks,
    /// How long a broken glass shows a referral, and by when it is reviewed.
    pub glass: GlassLimits,
    /// By which a youth is found again.
    pub index: BlindIndex,
    /// Wakes the dispatcher and the clocks after a commit.
    pub bell: Bells,
    /// By which webhooks are signed.
    pub hooks: HookKeys,
    /// Whether webhooks may lead to this machine.
    pub hooks_to_loopback: bool,
}

/// Wakes whoever works beside the requests. Ring after each commit.
#[derive(Debug, Clone, Default)]
pub struct Bells {
    /// The dispatcher: there may be a notice to send.
    pub mail: Bell,
    /// The clocks: one may have been armed that is the next to tell something.
    pub clocks: Bell,
    /// The janitor: there may be a file to delete.
    pub files: Bell,
    /// Those who look on: something may have changed.
    pub changes: Bell,
}

impl Bells {
    /// Rings for mails, clocks and those who look on, whom nearly every commit may concern.
    pub fn ring(&self) {
        self.mail.ring();
        self.clocks.ring();
        self.changes.ring();
    }
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
