//! Addresses of a unit's own systems, which are told what the unit's mailbox is told, and what became of each telling.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Value};
use stafett_workflow::agency::{AgencyId, UserId};
use stafett_workflow::telling;
use stafett_workflow::vocabulary::{Language, Notice, Urgency};
use uuid::Uuid;

use crate::connect::{Db, Handle, Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::page::Page;
use crate::referrals::{placeholder, placeholders};

/// An address that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub agency: AgencyId,
    /// Where it lies.
    pub url: String,
    /// Of what it is told; empty: of everything that the unit's mailbox is told.
    pub notices: Vec<Notice>,
    /// Whether it leads to whoever is on call, and is told of emergencies only.
    pub on_call: bool,
    /// Which secret signs, counted from 1.
    pub generation: u32,
    /// Since when that one does.
    pub rotated_at: DateTime<Utc>,
    /// Who entered it.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Since when nothing arrives there.
    pub failing_since: Option<DateTime<Utc>>,
    /// Since when it is told no more, and why.
    pub disabled: Option<(DateTime<Utc>, String)>,
    /// Counts changes.
    pub version: u32,
}

/// What became of one telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, which the receiver sees too.
    pub id: Uuid,
    /// Of which notice.
    pub notice_id: Uuid,
    /// What was told.
    pub notice: Option<Notice>,
    /// Of which referral.
    pub reference: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, while it waits.
    pub next_attempt_at: DateTime<Utc>,
    /// What the receiver answered last.
    pub status_code: Option<u16>,
    /// Why it did not arrive.
    pub last_error: Option<String>,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When it arrived.
    pub sent_at: Option<DateTime<Utc>>,
}

/// A telling that is due, leased to the caller.
#[derive(Debug, Clone)]
pub struct Due {
    /// Its id.
    pub id: Uuid,
    /// The lease.
    pub token: Uuid,
    /// To which address.
    pub webhook: Uuid,
    /// Where it lies.
    pub url: String,
    /// Which secret signs.
    pub generation: u32,
    /// Since when that one does.
    pub rotated_at: DateTime<Utc>,
    /// What is told.
    pub notice: Notice,
    /// Of which referral.
    pub referral: Option<Uuid>,
    /// Of which hand-off.
    pub handoff: Option<Uuid>,
    /// Its short name.
    pub reference: String,
    /// How urgent it is.
    pub urgency: Urgency,
    /// The deadline that is told.
    pub due_at: Option<DateTime<Utc>>,
    /// The unit's language.
    pub language: Language,
    /// Attempts before this one.
    pub attempts: u32,
    /// When the notice was given.
    pub created_at: DateTime<Utc>,
}

/// After so long without one arrival an address is told no more.
pub const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(5);

/// The addresses of these agencies.
///
/// # Errors
/// When the database does not answer.
pub async fn of_agencies(on: &impl Handle, agencies: &[AgencyId]) -> Result<Vec<Webhook>, StoreError> {
    if agencies.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = Vec::new();
    let list = placeholders(agencies, &mut values);
    let sql = format!("SELECT * FROM webhooks WHERE agency_id IN ({list}) ORDER BY agency_id, id");
    read(on, &sql, values).await
}

/// All addresses.
///
/// # Errors
/// When the database does not answer.
pub async fn all(on: &impl Handle) -> Result<Vec<Webhook>, StoreError> {
    read(on, "SELECT * FROM webhooks ORDER BY agency_id, id", Vec::new()).await
}

/// One address.
///
/// # Errors
/// When the database does not answer.
pub async fn find(on: &impl Handle, id: Uuid) -> Result<Option<Webhook>, StoreError> {
    Ok(read(on, "SELECT * FROM webhooks WHERE id = $1", vec![id.into()])
        .await?
        .pop())
}

/// Enters an address.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &Tx, webhook: &Webhook) -> Result<(), StoreError> {
    let sql = "INSERT INTO webhooks (id, agency_id, url, notices, on_call, generation, rotated_at, created_by, created_at, version) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let name = format!("webhook {}", webhook.id);
    let values: [Value; 10] = [
        webhook.id.into(),
        webhook.agency.0.into(),
        webhook.url.clone().into(),
        map::to_json(&name, &codes(&webhook.notices))?.into(),
        webhook.on_call.into(),
        map::stored_count(&name, "generation", webhook.generation)?.into(),
        micros(webhook.rotated_at).into(),
        webhook.created_by.map(|user| user.0).into(),
        micros(webhook.created_at).into(),
        map::stored_count(&name, "version", webhook.version)?.into(),
    ];
    tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(())
}

/// Keeps what has been changed of it, provided that it is what was read; its version is raised.
///
/// # Errors
/// When the database does not answer.
pub async fn update(tx: &Tx, webhook: &Webhook) -> Result<bool, StoreError> {
    let sql = "UPDATE webhooks SET url = $2, notices = $3, generation = $4, rotated_at = $5, failing_since = $6, disabled_at = $7, \
               disabled_because = $8, version = version + 1 WHERE id = $1 AND version = $9";
    let name = format!("webhook {}", webhook.id);
    let (since, because) = webhook.disabled.clone().unzip();
    let values: [Value; 9] = [
        webhook.id.into(),
        webhook.url.clone().into(),
        map::to_json(&name, &codes(&webhook.notices))?.into(),
        map::stored_count(&name, "generation", webhook.generation)?.into(),
        micros(webhook.rotated_at).into(),
        webhook.failing_since.map(micros).into(),
        since.map(micros).into(),
        because.into(),
        map::stored_count(&name, "version", webhook.version)?.into(),
    ];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

/// Takes an address out, with what is kept of its tellings.
///
/// # Errors
/// When the database does not answer.
pub async fn delete(tx: &Tx, id: Uuid) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM webhook_deliveries WHERE webhook_id = $1",
        "DELETE FROM webhooks WHERE id = $1",
    ] {
        tx.executor().execute_raw(tx.statement(sql, [id.into()])).await?;
    }
    Ok(())
}

/// What became of the tellings of one address, the newest first, after `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn deliveries(
    on: &impl Handle,
    webhook: Uuid,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u32,
) -> Result<Page<Delivery, (DateTime<Utc>, Uuid)>, StoreError> {
    let mut values: Vec<Value> = vec![webhook.into(), (i64::from(limit) + 1).into()];
    let mut beyond = "";
    if let Some((at, id)) = after {
        values.extend([micros(at).into(), id.into()]);
        beyond = "AND (d.created_at, d.id) < ($3, $4)";
    }
    let sql = format!(
        "SELECT d.id, d.notice_id, o.notice, COALESCE(r.reference, c.reference) AS reference, d.attempts, d.next_attempt_at, \
         d.status_code, d.last_error, d.created_at, d.sent_at FROM webhook_deliveries d JOIN outbox o ON o.id = d.notice_id \
         LEFT JOIN referrals r ON r.id = o.referral_id LEFT JOIN cases c ON c.id = o.case_id \
         WHERE d.webhook_id = $1 {beyond} ORDER BY d.created_at DESC, d.id DESC LIMIT $2"
    );
    let rows = DeliveryRow::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?;
    let found = rows
        .into_iter()
        .map(Delivery::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(found, limit, |last| (last.created_at, last.id)))
}

/// Tells the same again, under the same id. `false` when it is no telling of this address.
///
/// # Errors
/// When the database does not answer.
pub async fn replay(tx: &Tx, webhook: Uuid, id: Uuid, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let sql = "UPDATE webhook_deliveries SET status = 'pending', sent_at = NULL, next_attempt_at = $3 WHERE id = $1 AND webhook_id = $2";
    let values: [Value; 3] = [id.into(), webhook.into(), micros(now).into()];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

/// A notice on its way to a unit, as the addresses of the unit are told of it.
pub(crate) struct Given {
    pub(crate) row: Uuid,
    pub(crate) agency: AgencyId,
    pub(crate) notice: Notice,
}

/// Queues a telling for each address that wishes to hear of these notices.
pub(crate) async fn enqueue(tx: &Tx, given: &[Given], urgency: Urgency, at: DateTime<Utc>) -> Result<(), StoreError> {
    let mut agencies: Vec<_> = given.iter().map(|given| given.agency).collect();
    agencies.sort_unstable();
    agencies.dedup();
    let (mut rows, mut values) = (Vec::new(), vec![Value::from(micros(at))]);
    for webhook in of_agencies(tx, &agencies).await? {
        for given in given.iter().filter(|given| given.agency == webhook.agency) {
            let wished = match webhook.on_call {
                true => telling::reaches_on_call(given.notice, urgency),
                false => webhook.notices.is_empty() || webhook.notices.contains(&given.notice),
            };
            if !wished {
                continue;
            }
            let ids = [Uuid::now_v7(), webhook.id, given.row].map(|id| placeholder(id, &mut values));
            rows.push(format!("({}, 'pending', 0, $1, $1)", ids.join(", ")));
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO webhook_deliveries (id, webhook_id, notice_id, status, attempts, next_attempt_at, created_at) VALUES {}",
        rows.join(", ")
    );
    tx.executor().execute_raw(tx.statement(&sql, values)).await?;
    Ok(())
}

/// Leases up to `batch` tellings that are due at `now`, for `span`. Those of an address that is told no more wait.
///
/// # Errors
/// When the database does not answer.
pub async fn lease(db: &Db, now: DateTime<Utc>, batch: u32, span: Duration) -> Result<Vec<Due>, StoreError> {
    let free = "d.status = 'pending' AND d.next_attempt_at <= $3 AND (d.lease_until IS NULL OR d.lease_until <= $3)";
    let skip = match db.backend() {
        DbBackend::Postgres => "FOR UPDATE OF d SKIP LOCKED",
        _ => "",
    };
    let take = format!(
        "WITH due AS (SELECT d.id FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE {free} \
         AND w.disabled_at IS NULL ORDER BY d.next_attempt_at, d.id LIMIT $4 {skip}) \
         UPDATE webhook_deliveries AS d SET lease_token = $1, lease_until = $2, attempts = attempts + 1 \
         WHERE d.id IN (SELECT id FROM due) AND {free}"
    );
    let (token, now) = (Uuid::now_v7(), micros(now));
    let until = now + TimeDelta::from_std(span).unwrap_or_default();
    let tx = db.write_tx().await?;
    let values: [Value; 4] = [token.into(), micros(until).into(), now.into(), i64::from(batch).into()];
    let taken = tx.executor().execute_raw(tx.statement(&take, values)).await?;
    if taken.rows_affected() == 0 {
        tx.rollback().await?;
        return Ok(Vec::new());
    }
    let sql = "SELECT d.id, d.webhook_id, w.url, w.generation, w.rotated_at, o.notice, o.referral_id, o.handoff_id, \
               COALESCE(r.reference, c.reference) AS reference, COALESCE(r.urgency, 'routine') AS urgency, o.due_at, a.language, \
               d.attempts, o.created_at FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id \
               JOIN agencies a ON a.id = w.agency_id JOIN outbox o ON o.id = d.notice_id \
               LEFT JOIN referrals r ON r.id = o.referral_id LEFT JOIN cases c ON c.id = o.case_id \
               WHERE d.lease_token = $1 ORDER BY d.next_attempt_at, d.id";
    let rows = DueRow::find_by_statement(tx.statement(sql, [token.into()]))
        .all(&tx.executor())
        .await?;
    tx.commit().await?;
    rows.into_iter().map(|row| row.into_due(token)).collect()
}

/// It arrived. `false` when the lease was lost.
///
/// # Errors
/// When the database does not answer.
pub async fn arrived(db: &Db, due: &Due, code: u16, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let tx = db.write_tx().await?;
    let sql = "UPDATE webhook_deliveries SET status = 'sent', sent_at = $3, status_code = $4, last_error = NULL, lease_token = NULL, \
               lease_until = NULL WHERE id = $1 AND lease_token = $2 AND status = 'pending'";
    let values: [Value; 4] = [
        due.id.into(),
        due.token.into(),
        micros(now).into(),
        i32::from(code).into(),
    ];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    let well = "UPDATE webhooks SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL";
    tx.executor()
        .execute_raw(tx.statement(well, [due.webhook.into()]))
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected() == 1)
}

/// It did not arrive, and is tried again at `next`. An address at which nothing has arrived for long, or that says itself that it is
/// `gone`, is told no more. Tells whether that is so now.
///
/// # Errors
/// When the database does not answer.
pub async fn failed(
    db: &Db,
    due: &Due,
    code: Option<u16>,
    why: &str,
    now: DateTime<Utc>,
    next: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let tx = db.write_tx().await?;
    let why = map::remark(why);
    let sql = "UPDATE webhook_deliveries SET next_attempt_at = $3, status_code = $4, last_error = $5, lease_token = NULL, \
               lease_until = NULL WHERE id = $1 AND lease_token = $2 AND status = 'pending'";
    let values: [Value; 5] = [
        due.id.into(),
        due.token.into(),
        micros(next).into(),
        code.map(i32::from).into(),
        why.clone().into(),
    ];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    let mut given_up = false;
    if done.rows_affected() == 1 {
        let since = "UPDATE webhooks SET failing_since = COALESCE(failing_since, $2) WHERE id = $1";
        let values: [Value; 2] = [due.webhook.into(), micros(now).into()];
        tx.executor().execute_raw(tx.statement(since, values)).await?;
        let long_ago = match code {
            Some(410) => now,
            _ => now - GIVEN_UP_AFTER,
        };
        let enough = "UPDATE webhooks SET disabled_at = $2, disabled_because = $3, version = version + 1 \
                      WHERE id = $1 AND disabled_at IS NULL AND failing_since <= $4";
        let values: [Value; 4] = [
            due.webhook.into(),
            micros(now).into(),
            why.into(),
            micros(long_ago).into(),
        ];
        let done = tx.executor().execute_raw(tx.statement(enough, values)).await?;
        given_up = done.rows_affected() == 1;
        if given_up {
            tell_leads(&tx, due, now).await?;
        }
    }
    tx.commit().await?;
    Ok(given_up)
}

/// The unit's leads hear of it by mail, named after the last referral that was not told of; where nobody leads, the mailbox does.
async fn tell_leads(tx: &Tx, due: &Due, now: DateTime<Utc>) -> Result<(), StoreError> {
    let agency = "SELECT agency_id FROM webhooks WHERE id = $1";
    let row = tx
        .executor()
        .query_one_raw(tx.statement(agency, [due.webhook.into()]))
        .await?;
    let Some(row) = row else { return Ok(()) };
    let agency = AgencyId(row.try_get("", "agency_id")?);
    let mut readers: Vec<_> = crate::outbox::leads(tx, agency, now)
        .await?
        .into_iter()
        .map(|reader| (Some(reader.user.0), reader.instead_of.map(|away| away.0)))
        .collect();
    if readers.is_empty() {
        readers.push((None, None));
    }
    let sql = "INSERT INTO outbox (id, referral_id, handoff_id, event_id, case_id, case_event_id, notice, agency_id, user_id, \
               status, attempts, next_attempt_at, created_at, instead_of_id, channel, round) \
               SELECT $1, o.referral_id, o.handoff_id, o.event_id, o.case_id, o.case_event_id, 'webhook-disabled', $2, $3, \
               'pending', 0, $4, $4, $5, 'mail', 0 FROM outbox o JOIN webhook_deliveries d ON d.notice_id = o.id \
               WHERE d.id = $6 ON CONFLICT DO NOTHING";
    for (user, instead_of) in readers {
        let values: [Value; 6] = [
            Uuid::now_v7().into(),
            agency.0.into(),
            user.into(),
            micros(now).into(),
            instead_of.into(),
            due.id.into(),
        ];
        tx.executor().execute_raw(tx.statement(sql, values)).await?;
    }
    Ok(())
}

fn codes(notices: &[Notice]) -> Vec<&'static str> {
    notices.iter().map(|notice| notice.as_str()).collect()
}

async fn read(on: &impl Handle, sql: &str, values: Vec<Value>) -> Result<Vec<Webhook>, StoreError> {
    let rows = Row::find_by_statement(on.statement(sql, values))
        .all(&on.executor())
        .await?;
    rows.into_iter().map(Webhook::try_from).collect()
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    agency_id: Uuid,
    url: String,
    notices: serde_json::Value,
    on_call: bool,
    generation: i32,
    rotated_at: DateTime<Utc>,
    created_by: Option<Uuid>,
    created_at: DateTime<Utc>,
    failing_since: Option<DateTime<Utc>>,
    disabled_at: Option<DateTime<Utc>>,
    disabled_because: Option<String>,
    version: i32,
}

impl TryFrom<Row> for Webhook {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let name = format!("webhook {}", row.id);
        let notices: Vec<String> = map::json(&name, "notices", row.notices)?;
        let notices = notices.iter().map(|notice| map::code(&name, "notices", notice));
        Ok(Self {
            id: row.id,
            agency: AgencyId(row.agency_id),
            url: row.url,
            notices: notices.collect::<Result<_, _>>()?,
            on_call: row.on_call,
            generation: map::count(&name, "generation", row.generation)?,
            rotated_at: row.rotated_at,
            created_by: row.created_by.map(UserId),
            created_at: row.created_at,
            failing_since: row.failing_since,
            disabled: row.disabled_at.zip(row.disabled_because),
            version: map::count(&name, "version", row.version)?,
        })
    }
}

#[derive(FromQueryResult)]
struct DeliveryRow {
    id: Uuid,
    notice_id: Uuid,
    notice: String,
    reference: String,
    attempts: i32,
    next_attempt_at: DateTime<Utc>,
    status_code: Option<i32>,
    last_error: Option<String>,
    created_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        let name = format!("webhook delivery {}", row.id);
        Ok(Self {
            id: row.id,
            notice_id: row.notice_id,
            notice: row.notice.parse().ok(),
            reference: row.reference,
            attempts: map::count(&name, "attempts", row.attempts)?,
            next_attempt_at: row.next_attempt_at,
            status_code: row
                .status_code
                .map(|code| map::count(&name, "status_code", code))
                .transpose()?,
            last_error: row.last_error,
            created_at: row.created_at,
            sent_at: row.sent_at,
        })
    }
}

#[derive(FromQueryResult)]
struct DueRow {
    id: Uuid,
    webhook_id: Uuid,
    url: String,
    generation: i32,
    rotated_at: DateTime<Utc>,
    notice: String,
    referral_id: Option<Uuid>,
    handoff_id: Option<Uuid>,
    reference: String,
    urgency: String,
    due_at: Option<DateTime<Utc>>,
    language: String,
    attempts: i32,
    created_at: DateTime<Utc>,
}

impl DueRow {
    fn into_due(self, token: Uuid) -> Result<Due, StoreError> {
        let name = format!("webhook delivery {}", self.id);
        Ok(Due {
            id: self.id,
            token,
            webhook: self.webhook_id,
            url: self.url,
            generation: map::count(&name, "generation", self.generation)?,
            rotated_at: self.rotated_at,
            notice: map::code(&name, "notice", &self.notice)?,
            referral: self.referral_id,
            handoff: self.handoff_id,
            reference: self.reference,
            urgency: map::code(&name, "urgency", &self.urgency)?,
            due_at: self.due_at,
            language: map::language(&name, &self.language)?,
            attempts: map::count(&name, "attempts", self.attempts.saturating_sub(1))?,
            created_at: self.created_at,
        })
    }
}
