//! The dispatcher's side: what is due, leased to whoever asks.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::definition::Escalation;
use stafett_workflow::vocabulary::{Language, Notice, Urgency};
use uuid::Uuid;

use super::finish;
use crate::connect::{Db, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::{self, micros};

/// How long a lease may be at most; whatever takes longer hangs.
const LONGEST_LEASE: Duration = Duration::from_secs(3600);

/// A notice that is due, leased to the caller.
#[derive(Clone)]
pub struct Due {
    /// The row; the same at every attempt.
    pub id: Uuid,
    /// The lease; whoever finishes the row must show it.
    pub token: Uuid,
    /// What is told.
    pub notice: Notice,
    /// About which referral, case or agreement.
    pub about: Uuid,
    /// Its short name; empty of an agreement, whose name is not for mails.
    pub reference: String,
    /// How urgent it is.
    pub urgency: Urgency,
    /// Which unit is told.
    pub agency: AgencyId,
    /// The unit's own name.
    pub agency_name: String,
    /// Where its mail goes; a unit may have none. A lead's own address, when the notice is for them.
    pub mailbox: Option<String>,
    /// The language that it reads, or its lead.
    pub language: Language,
    /// As which link of an escalation chain they hear it, when a clock tells them.
    pub because: Option<Escalation>,
    /// Whether the reader stands in for the person whom it was for.
    pub stands_in: bool,
    /// The deadline that is told, if one runs.
    pub due_at: Option<DateTime<Utc>>,
    /// How many attempts have begun before this one.
    pub attempts: u32,
    /// When the notice was given.
    pub created_at: DateTime<Utc>,
    /// Whether it goes to whoever is on call, besides the unit.
    pub on_call: bool,
    /// Whether it is a copy for whoever is responsible.
    pub copy: bool,
    /// Told again: how often before.
    pub round: u32,
    /// Whether the unit wishes the deadline as a calendar entry.
    pub calendar_file: bool,
}

// Whatever is printed may land in a log, and a log has no addresses.
impl std::fmt::Debug for Due {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Due")
            .field("id", &self.id)
            .field("notice", &self.notice)
            .finish_non_exhaustive()
    }
}

/// Leases up to `batch` notices that are due at `now`, for `span`, the longest waiting first. A lease that was not finished
/// in time comes free by itself.
///
/// # Errors
/// When the database does not answer; nothing is leased then, or it comes free by itself.
pub async fn lease(db: &Db, now: DateTime<Utc>, batch: u32, span: Duration) -> Result<Vec<Due>, StoreError> {
    // The outer conditions repeat the inner ones: PostgreSQL checks them again on a row that another dispatcher has
    // changed meanwhile. There each also steps around the rows that another is just taking, or all would queue for the
    // same ones; on SQLite one takes at a time.
    let free = "status = 'pending' AND next_attempt_at <= $3 AND (lease_until IS NULL OR lease_until <= $3)";
    let skip = if db.backend() == DbBackend::Postgres {
        "FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    let take = format!(
        "WITH due AS (SELECT id FROM outbox WHERE {free} ORDER BY next_attempt_at, id LIMIT $4 {skip}) \
         UPDATE outbox SET lease_token = $1, lease_until = $2, attempts = attempts + 1 \
         WHERE id IN (SELECT id FROM due) AND {free}"
    );
    let token = Uuid::now_v7();
    let now = micros(now);
    let until = now + chrono::TimeDelta::from_std(span.min(LONGEST_LEASE)).unwrap_or_default();
    let tx = db.write_tx().await?;
    let values = [token.into(), micros(until).into(), now.into(), i64::from(batch).into()];
    let taken = tx
        .executor()
        .execute_raw(tx.statement(&take, values))
        .await?
        .rows_affected();
    if taken == 0 {
        tx.rollback().await?;
        return Ok(Vec::new());
    }
    // A copy is a wish, and ends with the right to what it tells.
    let left = "DELETE FROM outbox WHERE lease_token = $1 AND channel = $2 AND NOT EXISTS (SELECT 1 FROM users u \
                JOIN memberships m ON m.user_id = u.id WHERE u.id = outbox.user_id AND u.active AND m.agency_id = outbox.agency_id)";
    tx.executor()
        .execute_raw(tx.statement(left, [token.into(), super::COPY.into()]))
        .await?;
    let sql = "SELECT o.id, o.notice, COALESCE(o.referral_id, o.case_id, o.agreement_id) AS about, COALESCE(r.reference, c.reference, '') AS reference, \
               COALESCE(r.urgency, 'routine') AS urgency, o.agency_id, a.name AS agency_name, \
               CASE WHEN o.channel = 'on-call' THEN s.on_call WHEN o.user_id IS NULL THEN a.mailbox ELSE u.email END AS mailbox, \
               CASE WHEN o.user_id IS NULL THEN a.language ELSE u.language END AS language, \
               o.because, o.instead_of_id, o.due_at, o.attempts, o.created_at, o.channel, o.round, \
               COALESCE(s.calendar_files, (1 = 0)) AS calendar_file FROM outbox o LEFT JOIN referrals r ON r.id = o.referral_id \
               LEFT JOIN cases c ON c.id = o.case_id LEFT JOIN agencies a ON a.id = o.agency_id \
               LEFT JOIN users u ON u.id = o.user_id LEFT JOIN agency_settings s ON s.agency_id = o.agency_id WHERE o.lease_token = $1 ORDER BY o.next_attempt_at, o.id";
    let rows = DueRow::find_by_statement(tx.statement(sql, [token.into()]))
        .all(&tx.executor())
        .await?;
    let mut due = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.id;
        match row.into_due(token) {
            Ok(row) => due.push(row),
            // One row that cannot be read must not keep the others from leaving; it becomes a task for a person.
            Err(error) => {
                tracing::error!(outbox.id = %id, %error, "a notice cannot be understood");
                finish::dead_within(&tx, id, token, now, "unreadable", &error.to_string()).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(due)
}

#[derive(FromQueryResult)]
struct DueRow {
    id: Uuid,
    notice: String,
    about: Uuid,
    reference: String,
    urgency: String,
    agency_id: Uuid,
    agency_name: Option<String>,
    mailbox: Option<String>,
    language: Option<String>,
    because: Option<String>,
    instead_of_id: Option<Uuid>,
    due_at: Option<DateTime<Utc>>,
    attempts: i32,
    created_at: DateTime<Utc>,
    channel: String,
    round: i32,
    calendar_file: bool,
}

impl DueRow {
    fn into_due(self, token: Uuid) -> Result<Due, StoreError> {
        let name = format!("notice {}", self.id);
        let (Some(agency_name), Some(language)) = (self.agency_name, self.language) else {
            return Err(StoreError::corrupt(name, "its agency does not exist"));
        };
        Ok(Due {
            id: self.id,
            token,
            notice: map::code(&name, "notice", &self.notice)?,
            about: self.about,
            reference: self.reference,
            urgency: map::code(&name, "urgency", &self.urgency)?,
            agency: AgencyId(self.agency_id),
            agency_name,
            mailbox: self.mailbox,
            language: map::language(&name, &language)?,
            because: map::optional_code(&name, "because", self.because.as_deref())?,
            stands_in: self.instead_of_id.is_some(),
            due_at: self.due_at,
            attempts: map::count(&name, "attempts", self.attempts.saturating_sub(1))?,
            created_at: self.created_at,
            on_call: self.channel == super::ON_CALL,
            copy: self.channel == super::COPY,
            round: map::count(&name, "round", self.round)?,
            calendar_file: self.calendar_file,
        })
    }
}
