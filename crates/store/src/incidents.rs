//! Notices that have not reached whom they were for. Each is somebody's task until a person has taken it, the mail has arrived
//! after all, or the receiver has answered without it; until then the leads of both sides are told again and again.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use stafett_workflow::agency::{AgencyId, CaseId, HandoffId, ReferralId, UserId};
use stafett_workflow::policy::Scope;
use stafett_workflow::vocabulary::{Notice, Urgency};
use uuid::Uuid;

use crate::connect::{Db, Handle, Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::outbox;
use crate::page::Page;
use crate::referrals::{placeholder, placeholders};

/// Why a notice has not arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The server refused it for good.
    Refused,
    /// There is no address, or none that a server could take.
    NoAddress,
    /// It came back after a server had taken it.
    Bounced,
    /// It has been tried for long and is tried still.
    Delayed,
    /// The notice itself cannot be understood.
    Unreadable,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Refused,
        Self::NoAddress,
        Self::Bounced,
        Self::Delayed,
        Self::Unreadable,
    ];

    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::NoAddress => "no-address",
            Self::Bounced => "bounced",
            Self::Delayed => "delayed",
            Self::Unreadable => "unreadable",
        }
    }

    /// From what the dispatcher wrote down: it begins with the sort of trouble.
    pub(crate) fn of_error(error: &str) -> Self {
        match error.split(':').next().unwrap_or_default() {
            "no-mailbox" | "bad-mailbox" => Self::NoAddress,
            "refused" => Self::Refused,
            _ => Self::Unreadable,
        }
    }

    fn parse(row: Uuid, stored: &str) -> Result<Self, StoreError> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == stored)
            .ok_or_else(|| StoreError::corrupt(format_args!("incident {row}"), "reason is none of the list"))
    }
}

/// Who has taken it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Who.
    pub by: UserId,
    /// For which agency.
    pub agency: AgencyId,
    /// When.
    pub at: DateTime<Utc>,
}

/// A notice that has not arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// The notice.
    pub id: Uuid,
    /// About which referral.
    pub referral: Option<ReferralId>,
    /// Or about which case.
    pub case: Option<CaseId>,
    /// About which hand-off.
    pub handoff: Option<HandoffId>,
    /// Its short name.
    pub reference: String,
    /// How urgent it is.
    pub urgency: Urgency,
    /// What was to be told; none when that itself cannot be understood.
    pub notice: Option<Notice>,
    /// Whom it was for.
    pub agency: AgencyId,
    /// Whether it was for one person there and not for the unit.
    pub to_person: bool,
    /// The other side of the hand-off.
    pub other: Option<AgencyId>,
    /// Why it has not arrived.
    pub reason: Reason,
    /// What the server said, as a code.
    pub code: Option<String>,
    /// Since when.
    pub opened_at: DateTime<Utc>,
    /// How often the leads were told.
    pub round: u32,
    /// When they are told again.
    pub next_notice_at: Option<DateTime<Utc>>,
    /// Who has taken it.
    pub taken: Option<Taken>,
    /// Since when it is over: the mail arrived, or was answered without.
    pub closed_at: Option<DateTime<Utc>>,
}

/// Which incidents a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that nobody has taken.
    Open,
    /// All.
    All,
}

/// Where a page begins.
pub type Place = (DateTime<Utc>, Uuid);

const COLUMNS: &str = "SELECT i.id, i.referral_id, i.case_id, o.handoff_id, COALESCE(r.reference, c.reference, '') AS reference, \
    COALESCE(r.urgency, 'routine') AS urgency, o.notice, i.agency_id, o.user_id, i.other_id, i.reason, i.code, i.opened_at, i.round, \
    i.next_notice_at, i.taken_by, i.taken_for, i.taken_at, i.closed_at FROM incidents i JOIN outbox o ON o.id = i.id \
    LEFT JOIN referrals r ON r.id = i.referral_id LEFT JOIN cases c ON c.id = i.case_id";

/// A page of the incidents that the people within `scope` must know of, the newest first, after `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    on: &impl Handle,
    scope: &Scope,
    which: Which,
    after: Option<Place>,
    limit: u32,
) -> Result<Page<Incident, Place>, StoreError> {
    let mut values = Vec::new();
    let mut conditions = vec![within(scope, &mut values)];
    if which == Which::Open {
        conditions.push("i.taken_at IS NULL AND i.closed_at IS NULL".to_owned());
    }
    if let Some((at, id)) = after {
        let (at, id) = (placeholder(micros(at), &mut values), placeholder(id, &mut values));
        conditions.push(format!("(i.opened_at, i.id) < ({at}, {id})"));
    }
    let limit_at = placeholder(i64::from(limit) + 1, &mut values);
    let sql = format!(
        "{COLUMNS} WHERE {} ORDER BY i.opened_at DESC, i.id DESC LIMIT {limit_at}",
        conditions.join(" AND ")
    );
    let found = read(on, &sql, values).await?;
    Ok(Page::cut(found, limit, |last| (last.opened_at, last.id)))
}

/// One incident within `scope`.
///
/// # Errors
/// When the database does not answer.
pub async fn find(on: &impl Handle, scope: &Scope, id: Uuid) -> Result<Option<Incident>, StoreError> {
    let mut values = Vec::new();
    let within = within(scope, &mut values);
    let id = placeholder(id, &mut values);
    let sql = format!("{COLUMNS} WHERE {within} AND i.id = {id}");
    Ok(read(on, &sql, values).await?.pop())
}

/// Somebody takes it: from now on nobody else is told. `false` when it has been taken or is over.
///
/// # Errors
/// When the database does not answer.
pub async fn take(tx: &Tx, incident: &Incident, taken: Taken) -> Result<bool, StoreError> {
    let sql = "UPDATE incidents SET taken_by = $2, taken_for = $3, taken_at = $4, next_notice_at = NULL \
               WHERE id = $1 AND taken_at IS NULL AND closed_at IS NULL";
    let values: [Value; 4] = [
        incident.id.into(),
        taken.by.0.into(),
        taken.agency.0.into(),
        micros(taken.at).into(),
    ];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

/// A notice has not arrived, for a reason that is new or has changed. Both sides' leads are told at once; a notice about an
/// incident makes none of its own, for the one that it tells of is open already, and neither does a copy, on which nobody depends.
pub(crate) async fn open(
    tx: &Tx,
    notice: Uuid,
    reason: &str,
    code: Option<&str>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let known = "UPDATE incidents SET reason = $2, code = $3 WHERE id = $1 AND closed_at IS NULL";
    let values: [Value; 3] = [notice.into(), reason.into(), code.map(str::to_owned).into()];
    let done = tx.executor().execute_raw(tx.statement(known, values.clone())).await?;
    if done.rows_affected() > 0 {
        return Ok(());
    }
    let new = "INSERT INTO incidents (id, referral_id, case_id, agency_id, other_id, reason, code, opened_at, round, next_notice_at) \
               SELECT o.id, o.referral_id, o.case_id, o.agency_id, \
               CASE WHEN h.receiver_id = o.agency_id THEN h.sender_id ELSE h.receiver_id END, $2, $3, $4, 0, $4 \
               FROM outbox o LEFT JOIN handoffs h ON h.id = o.handoff_id WHERE o.id = $1 AND o.notice <> 'undelivered' AND o.channel <> 'copy' \
               ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, code = excluded.code, opened_at = excluded.opened_at, \
               next_notice_at = excluded.next_notice_at, taken_by = NULL, taken_for = NULL, taken_at = NULL, closed_at = NULL";
    let [notice_value, reason, code] = values;
    let values = [notice_value, reason, code, micros(at).into()];
    let done = tx.executor().execute_raw(tx.statement(new, values)).await?;
    if done.rows_affected() == 0 {
        return Ok(());
    }
    let sql = format!("{COLUMNS} WHERE i.id = $1");
    match read(tx, &sql, vec![notice.into()]).await?.pop() {
        Some(incident) => tell(tx, &incident, at).await,
        None => Ok(()),
    }
}

/// These mails have arrived after all.
pub(crate) async fn delivered(tx: &Tx, notices: &BTreeSet<Uuid>, at: DateTime<Utc>) -> Result<(), StoreError> {
    if notices.is_empty() {
        return Ok(());
    }
    let mut values = vec![micros(at).into()];
    let listed = outbox::listed(notices, &mut values);
    let sql = format!(
        "UPDATE incidents SET closed_at = $1, next_notice_at = NULL WHERE closed_at IS NULL AND id IN ({listed})"
    );
    tx.executor().execute_raw(tx.statement(&sql, values)).await?;
    Ok(())
}

/// Opens an incident for what has been tried in vain for long, and tells again of those that nobody has taken. Tells how many
/// notices it has left in the outbox; of two processes that do this at once, one does each.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let mut told = 0;
    for id in delayed(db, now).await? {
        let tx = db.write_tx().await?;
        // Whatever was delivered meanwhile is none.
        if is_pending(&tx, id).await? {
            open(&tx, id, Reason::Delayed.as_str(), None, now).await?;
            told += 1;
        }
        tx.commit().await?;
    }
    let sql = format!(
        "{COLUMNS} WHERE i.next_notice_at IS NOT NULL AND i.next_notice_at <= $1 ORDER BY i.next_notice_at, i.id LIMIT 100"
    );
    for incident in read(db, &sql, vec![micros(now).into()]).await? {
        let tx = db.write_tx().await?;
        if is_answered(&tx, &incident).await? {
            delivered(&tx, &BTreeSet::from([incident.id]), now).await?;
        } else {
            tell(&tx, &incident, now).await?;
            told += 1;
        }
        tx.commit().await?;
    }
    Ok(told)
}

/// After so long a mail that is still being tried becomes somebody's task, and after so long they are told again.
const fn patience(urgency: Urgency) -> (TimeDelta, TimeDelta) {
    match urgency {
        Urgency::Emergency => (TimeDelta::minutes(15), TimeDelta::hours(1)),
        Urgency::Urgent => (TimeDelta::hours(1), TimeDelta::hours(4)),
        Urgency::Routine => (TimeDelta::hours(4), TimeDelta::hours(24)),
    }
}

async fn delayed(db: &Db, now: DateTime<Utc>) -> Result<Vec<Uuid>, StoreError> {
    let before = |urgency| Value::from(micros(now - patience(urgency).0));
    let sql = "SELECT o.id FROM outbox o LEFT JOIN referrals r ON r.id = o.referral_id LEFT JOIN incidents i ON i.id = o.id \
               WHERE o.status = 'pending' AND o.last_error IS NOT NULL AND o.notice <> 'undelivered' AND o.channel <> 'copy' \
               AND (i.id IS NULL OR i.closed_at IS NOT NULL) \
               AND ((o.created_at <= $1 AND r.urgency = 'emergency') OR (o.created_at <= $2 AND r.urgency = 'urgent') \
               OR o.created_at <= $3) ORDER BY o.created_at LIMIT 100";
    let values = [
        before(Urgency::Emergency),
        before(Urgency::Urgent),
        before(Urgency::Routine),
    ];
    let rows = db.executor().query_all_raw(db.statement(sql, values)).await?;
    rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}

async fn is_pending(tx: &Tx, id: Uuid) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM outbox WHERE id = $1 AND status = 'pending'";
    let row = tx.executor().query_one_raw(tx.statement(sql, [id.into()])).await?;
    Ok(row.is_some())
}

/// Whether the receiver has taken the hand-off in hand without the mail that told of it.
async fn is_answered(tx: &Tx, incident: &Incident) -> Result<bool, StoreError> {
    if !matches!(incident.notice, Some(Notice::NewReferral | Notice::ForwardedToYou)) {
        return Ok(false);
    }
    let sql = "SELECT h.id FROM outbox o JOIN handoffs h ON h.id = o.handoff_id WHERE o.id = $1 AND h.state <> 'sent'";
    let row = tx
        .executor()
        .query_one_raw(tx.statement(sql, [incident.id.into()]))
        .await?;
    Ok(row.is_some())
}

/// Queues one notice for the leads of either side. Whoever did not get this mail at the unit's mailbox is not written to there.
async fn tell(tx: &Tx, incident: &Incident, at: DateTime<Utc>) -> Result<(), StoreError> {
    let (_, again) = patience(incident.urgency);
    let raised = "UPDATE incidents SET round = round + 1, next_notice_at = $3 WHERE id = $1 AND round = $2 AND taken_at IS NULL \
                  AND closed_at IS NULL";
    let round = map::stored_count(format_args!("incident {}", incident.id), "round", incident.round)?;
    let values: [Value; 3] = [incident.id.into(), round.into(), micros(at + again).into()];
    let done = tx.executor().execute_raw(tx.statement(raised, values)).await?;
    if done.rows_affected() == 0 {
        return Ok(()); // another process has told it
    }
    let copy = "INSERT INTO outbox (id, referral_id, handoff_id, event_id, case_id, case_event_id, notice, agency_id, user_id, \
                due_at, status, attempts, next_attempt_at, created_at, because, instead_of_id, channel, round) \
                SELECT $1, o.referral_id, o.handoff_id, o.event_id, o.case_id, o.case_event_id, 'undelivered', $2, $3, o.due_at, \
                'pending', 0, $4, $4, NULL, $5, 'mail', $6 FROM outbox o WHERE o.id = $7 AND o.agreement_id IS NULL ON CONFLICT DO NOTHING";
    let sides = std::iter::once(incident.agency).chain(incident.other);
    for side in sides {
        let mut readers: Vec<_> = outbox::leads(tx, side, at)
            .await?
            .into_iter()
            .map(|reader| (Some(reader.user.0), reader.instead_of.map(|away| away.0)))
            .collect();
        if readers.is_empty() && (side != incident.agency || incident.to_person) {
            readers.push((None, None));
        }
        for (user, instead_of) in readers {
            let values: [Value; 7] = [
                Uuid::now_v7().into(),
                side.0.into(),
                user.into(),
                micros(at).into(),
                instead_of.into(),
                (round + 1).into(),
                incident.id.into(),
            ];
            tx.executor().execute_raw(tx.statement(copy, values)).await?;
        }
    }
    Ok(())
}

/// What the server said, as a code: three digits, or the enhanced one of RFC 3463 behind them.
pub(crate) fn code_in(error: &str) -> Option<String> {
    let is_digits = |word: &&str| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    error.split_whitespace().find(is_digits).map(str::to_owned)
}

/// Notices that are dead or came back without being anybody's task. What reconciliation must never find.
///
/// # Errors
/// When the database does not answer.
pub async fn forgotten(on: &impl Handle) -> Result<Vec<(Uuid, Option<ReferralId>)>, StoreError> {
    let sql = "SELECT o.id, o.referral_id FROM outbox o LEFT JOIN incidents i ON i.id = o.id \
               WHERE (o.status = 'dead' OR o.bounced_at IS NOT NULL) AND o.notice <> 'undelivered' AND o.channel <> 'copy' AND i.id IS NULL \
               ORDER BY o.created_at, o.id LIMIT 1000";
    let rows = on.executor().query_all_raw(on.statement(sql, [])).await?;
    rows.iter()
        .map(|row| {
            let referral: Option<Uuid> = row.try_get("", "referral_id")?;
            Ok((row.try_get("", "id")?, referral.map(ReferralId)))
        })
        .collect()
}

/// How many nobody has taken.
///
/// # Errors
/// When the database does not answer.
pub async fn open_count(on: &impl Handle) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) AS number FROM incidents WHERE taken_at IS NULL AND closed_at IS NULL";
    let row = on.executor().query_one_raw(on.statement(sql, [])).await?;
    let number: i64 = row.map_or(Ok(0), |row| row.try_get("", "number"))?;
    Ok(u64::try_from(number).unwrap_or_default())
}

fn within(scope: &Scope, values: &mut Vec<Value>) -> String {
    if scope.is_all() {
        return "1 = 1".to_owned();
    }
    if scope.agencies().is_empty() {
        return "1 = 0".to_owned();
    }
    let own = placeholders(scope.agencies(), values);
    let other = placeholders(scope.agencies(), values);
    format!("(i.agency_id IN ({own}) OR i.other_id IN ({other}))")
}

async fn read(on: &impl Handle, sql: &str, values: Vec<Value>) -> Result<Vec<Incident>, StoreError> {
    let rows = Row::find_by_statement(on.statement(sql, values))
        .all(&on.executor())
        .await?;
    rows.into_iter().map(Incident::try_from).collect()
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    referral_id: Option<Uuid>,
    case_id: Option<Uuid>,
    handoff_id: Option<Uuid>,
    reference: String,
    urgency: String,
    notice: String,
    agency_id: Uuid,
    user_id: Option<Uuid>,
    other_id: Option<Uuid>,
    reason: String,
    code: Option<String>,
    opened_at: DateTime<Utc>,
    round: i32,
    next_notice_at: Option<DateTime<Utc>>,
    taken_by: Option<Uuid>,
    taken_for: Option<Uuid>,
    taken_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Incident {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let name = format!("incident {}", row.id);
        let taken = row.taken_by.zip(row.taken_for).zip(row.taken_at);
        Ok(Self {
            id: row.id,
            referral: row.referral_id.map(ReferralId),
            case: row.case_id.map(CaseId),
            handoff: row.handoff_id.map(HandoffId),
            reference: row.reference,
            urgency: map::code(&name, "urgency", &row.urgency)?,
            notice: row.notice.parse().ok(),
            agency: AgencyId(row.agency_id),
            to_person: row.user_id.is_some(),
            other: row.other_id.map(AgencyId),
            reason: Reason::parse(row.id, &row.reason)?,
            code: row.code,
            opened_at: row.opened_at,
            round: map::count(&name, "round", row.round)?,
            next_notice_at: row.next_notice_at,
            taken: taken.map(|((by, agency), at)| Taken {
                by: UserId(by),
                agency: AgencyId(agency),
                at,
            }),
            closed_at: row.closed_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sort_of_trouble_tells_the_reason() {
        for (error, reason, code) in [
            ("no-mailbox: the unit has no mailbox", Reason::NoAddress, None),
            ("bad-mailbox: not an address", Reason::NoAddress, None),
            (
                "refused: at the recipient: 550 no such user",
                Reason::Refused,
                Some("550"),
            ),
            ("template: broken", Reason::Unreadable, None),
        ] {
            assert_eq!((Reason::of_error(error), code_in(error).as_deref()), (reason, code));
        }
    }

    #[test]
    fn the_more_it_hurries_the_sooner_somebody_is_told() {
        let [emergency, urgent, routine] = [Urgency::Emergency, Urgency::Urgent, Urgency::Routine].map(patience);
        assert!(emergency.0 < urgent.0 && urgent.0 < routine.0);
        assert!(emergency.1 < urgent.1 && urgent.1 < routine.1);
    }
}
