//! Notices on their way out. A row is written with the decision that gives rise to it and leaves the house afterwards:
//! lease (a short transaction), send (none), finish (a short one).
//!
//! Correctness never rests on the lease: it only keeps two dispatchers from the same work. Each lease has a token of its
//! own, and a row is finished only by whoever holds its present token.

mod finish;
mod lease;
mod recipients;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, Value};
use stafett_workflow::agency::{AgencyId, AgreementId, CaseId, HandoffId, ReferralId};
use stafett_workflow::decide::NoticeIntent;
use stafett_workflow::definition::Escalation;
use stafett_workflow::referral::Referral;
use stafett_workflow::telling;
use stafett_workflow::vocabulary::{Notice, Role, Urgency};
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::outbox;
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::page::Page;
use crate::referrals::Record;
use crate::webhooks::{self, Given};
use recipients::Reach;
pub(crate) use recipients::Reader;

pub(crate) use finish::listed;
pub use finish::{Sent, bounced, dead, retry, sent, sent_many};
pub use lease::{Due, lease};

/// Where a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It waits, or an attempt is under way.
    Pending,
    /// A server has taken it.
    Sent,
    /// It cannot be delivered; a person must see to it.
    Dead,
}

impl Status {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }

    fn parse(row: Uuid, stored: &str) -> Result<Self, StoreError> {
        match stored {
            "pending" => Ok(Self::Pending),
            "sent" => Ok(Self::Sent),
            "dead" => Ok(Self::Dead),
            _ => Err(StoreError::corrupt(
                format_args!("notice {row}"),
                "status is none of pending, sent, dead",
            )),
        }
    }
}

/// By which way a notice goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the mailbox of the unit.
    Unit,
    /// To a person's own mailbox.
    Person,
    /// To whoever is responsible, who wishes a copy of what the unit is told. Nobody depends on it.
    Copy,
    /// To whoever is on call.
    OnCall,
}

/// As it is stored where it is not to a mailbox.
const ON_CALL: &str = "on-call";
const COPY: &str = "copy";
const MAIL: &str = "mail";

/// A notice as it stands: what a receipt and the operator's list show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The row.
    pub id: Uuid,
    /// About which referral.
    pub referral: Option<ReferralId>,
    /// Or about which case.
    pub case: Option<CaseId>,
    /// Or about which agreement.
    pub agreement: Option<AgreementId>,
    /// About which hand-off.
    pub handoff: Option<HandoffId>,
    /// What is told.
    pub notice: Notice,
    /// The entry of the log that gave rise to it.
    pub event: Option<Uuid>,
    /// Which unit is told.
    pub agency: AgencyId,
    /// By which way.
    pub way: Way,
    /// Told again: how often before.
    pub round: u32,
    /// Where it stands.
    pub status: Status,
    /// How many attempts have begun.
    pub attempts: u32,
    /// When the next one may begin, while it waits.
    pub next_attempt_at: DateTime<Utc>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was queued.
    pub queued_at: DateTime<Utc>,
    /// When a server took it.
    pub sent_at: Option<DateTime<Utc>>,
    /// What the server said then.
    pub server_reply: Option<String>,
    /// When it came back after all.
    pub bounced_at: Option<DateTime<Utc>>,
    /// What was said then.
    pub bounce: Option<String>,
}

impl Receipt {
    /// Until when it waits for the unit to open, while nobody has tried to send it.
    #[must_use]
    pub fn held_until(&self) -> Option<DateTime<Utc>> {
        let waits = self.status == Status::Pending && self.attempts == 0 && self.next_attempt_at > self.queued_at;
        waits.then_some(self.next_attempt_at)
    }
}

/// How many notices stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting or under way.
    pub pending: u64,
    /// Taken by a server.
    pub sent: u64,
    /// For a person to see to.
    pub dead: u64,
    /// Since when the oldest one waits.
    pub oldest_pending: Option<DateTime<Utc>>,
}

/// Gives a notice that is dead or has come back another chance at `now`. `false` when it is neither.
///
/// # Errors
/// When the database does not answer.
pub async fn revive(tx: &Tx, id: Uuid, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let sql = "UPDATE outbox SET status = 'pending', next_attempt_at = $2, sent_at = NULL, server_reply = NULL, \
               bounced_at = NULL, bounce = NULL WHERE id = $1 AND (status = 'dead' OR bounced_at IS NOT NULL)";
    Ok(tx
        .executor()
        .execute_raw(tx.statement(sql, [id.into(), micros(now).into()]))
        .await?
        .rows_affected()
        == 1)
}

/// How many notices stand where. Walks the whole outbox: for reconciliation, not for a health check.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(on: &impl Handle) -> Result<Counts, StoreError> {
    let sql = "SELECT status, COUNT(*) AS number, MIN(created_at) AS oldest FROM outbox GROUP BY status";
    let mut counts = Counts::default();
    for row in on.executor().query_all_raw(on.statement(sql, [])).await? {
        let status = Status::parse(Uuid::nil(), &row.try_get::<String>("", "status")?)?;
        let number = u64::try_from(row.try_get::<i64>("", "number")?).unwrap_or_default();
        match status {
            Status::Pending => {
                counts.pending = number;
                counts.oldest_pending = row.try_get("", "oldest")?;
            }
            Status::Sent => counts.sent = number,
            Status::Dead => counts.dead = number,
        }
    }
    Ok(counts)
}

/// Since when the longest waiting notice could have left, if any waits. One look into an index: for a health check.
///
/// # Errors
/// When the database does not answer.
pub async fn waiting_since(on: &impl Handle) -> Result<Option<DateTime<Utc>>, StoreError> {
    let sql = "SELECT next_attempt_at FROM outbox WHERE status = 'pending' ORDER BY next_attempt_at, id LIMIT 1";
    let row = on.executor().query_one_raw(on.statement(sql, [])).await?;
    row.map(|row| Ok(row.try_get("", "next_attempt_at")?)).transpose()
}

/// A page of the notices in one status, the oldest first, after the row `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    on: &impl Handle,
    status: Status,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u32,
) -> Result<Page<Receipt, (DateTime<Utc>, Uuid)>, StoreError> {
    let mut values: Vec<Value> = vec![status.as_str().into(), (i64::from(limit) + 1).into()];
    let mut beyond = "";
    if let Some((created_at, id)) = after {
        values.extend([created_at.into(), id.into()]);
        beyond = "AND (created_at, id) > ($3, $4)";
    }
    let sql = format!("SELECT * FROM outbox WHERE status = $1 {beyond} ORDER BY created_at, id LIMIT $2");
    let rows = outbox::Model::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?;
    let receipts = rows.into_iter().map(Receipt::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(receipts, limit, |last| (last.queued_at, last.id)))
}

/// The notices about one referral, the oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn receipts(on: &impl Handle, record: &Record) -> Result<Vec<Receipt>, StoreError> {
    let sql = "SELECT * FROM outbox WHERE referral_id = $1 ORDER BY created_at, id";
    let rows = outbox::Model::find_by_statement(on.statement(sql, [record.referral().id.0.into()]))
        .all(&on.executor())
        .await?;
    rows.into_iter().map(Receipt::try_from).collect()
}

/// Notes every waiting notice as sent at the moment when it was given: what a synthetic past needs, in which all mails have
/// long been read. Tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn mark_all_sent(tx: &Tx) -> Result<u64, StoreError> {
    let sql = "UPDATE outbox SET status = 'sent', sent_at = created_at, lease_token = NULL, lease_until = NULL \
               WHERE status = 'pending'";
    Ok(tx.executor().execute_raw(tx.statement(sql, [])).await?.rows_affected())
}

/// Queues one row for each recipient of a decision's notices, and one for whoever is on call in an emergency.
pub(crate) async fn enqueue(
    tx: &Tx,
    referral: &Referral,
    notices: &[NoticeIntent],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    if notices.is_empty() {
        return Ok(());
    }
    let reach = recipients::reach(tx, notices.iter().map(|notice| notice.to)).await?;
    let copies = recipients::copies(tx, referral, notices, at).await?;
    let mut rows = Vec::with_capacity(notices.len());
    let mut given = Vec::with_capacity(notices.len());
    for notice in notices {
        let first = rows.len();
        let to = Addressed {
            referral: referral.id,
            urgency: referral.urgency,
            notice,
            reach: reach.get(&notice.to),
            at,
        };
        let for_leads = notice.because.is_some_and(Escalation::is_lead);
        let leads = if for_leads {
            recipients::with_role(tx, notice.to, Role::Lead, at).await?
        } else {
            Vec::new()
        };
        let reads_mailbox =
            |other: &NoticeIntent| other.to == notice.to && !other.because.is_some_and(Escalation::is_lead);
        if leads.is_empty() && for_leads && notices.iter().any(reads_mailbox) {
            continue; // the unit's mailbox is told already
        }
        if leads.is_empty() {
            rows.push(to.row(None, MAIL));
            rows.extend(to.on_call().then(|| to.row(None, ON_CALL)));
        }
        let copy = copies.get(&notice.handoff).filter(|copy| {
            let knows = leads.iter().any(|lead| lead.user == copy.reader.user);
            copy.agency == notice.to && !for_leads && !knows
        });
        rows.extend(leads.into_iter().map(|reader| to.row(Some(reader), MAIL)));
        rows.extend(copy.map(|copy| to.row(Some(copy.reader), COPY)));
        if let Some(Set(row)) = rows.get(first).map(|row| row.id.clone()) {
            given.push(Given {
                row,
                agency: notice.to,
                notice: notice.notice,
            });
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    outbox::Entity::insert_many(rows)
        .exec_without_returning(&tx.executor())
        .await?;
    webhooks::enqueue(tx, &given, referral.urgency, at).await
}

/// One notice, and what is known of whom it is for.
struct Addressed<'a> {
    referral: ReferralId,
    urgency: Urgency,
    notice: &'a NoticeIntent,
    reach: Option<&'a Reach>,
    at: DateTime<Utc>,
}

impl Addressed<'_> {
    /// Whether somebody on call has an address besides the unit's and must hear of it.
    fn on_call(&self) -> bool {
        self.reach.is_some_and(|reach| reach.on_call) && telling::reaches_on_call(self.notice.notice, self.urgency)
    }

    /// A unit with quiet hours is told when it opens, where that silences no duty; a person is told at once.
    fn leaves_at(&self, reader: Option<Reader>, channel: &str) -> DateTime<Utc> {
        let hours = self.reach.and_then(|reach| reach.quiet.as_ref());
        match hours.filter(|_| reader.is_none() && channel == MAIL) {
            Some(hours) => telling::leaves_at(self.notice.notice, self.urgency, self.notice.due_at, self.at, hours),
            None => self.at,
        }
    }

    fn row(&self, reader: Option<Reader>, channel: &str) -> outbox::ActiveModel {
        let notice = self.notice;
        outbox::ActiveModel {
            referral_id: Set(Some(self.referral.0)),
            handoff_id: Set(Some(notice.handoff.0)),
            event_id: Set(Some(notice.event)),
            due_at: Set(notice.due_at.map(micros)),
            next_attempt_at: Set(micros(self.leaves_at(reader, channel))),
            because: Set(notice.because.map(|because| because.as_str().to_owned())),
            channel: Set(channel.to_owned()),
            ..blank(notice.notice, notice.to, reader, self.at)
        }
    }
}

/// The leads of an agency who have an address of their own, and whoever stands in for those who are away.
pub(crate) async fn leads(tx: &Tx, agency: AgencyId, at: DateTime<Utc>) -> Result<Vec<Reader>, StoreError> {
    recipients::with_role(tx, agency, Role::Lead, at).await
}

/// Queues what the administrators of `to` are told of an agreement: each at their own address, where one is away whoever stands
/// in, and where nobody has an address, at the unit's mailbox.
///
/// # Errors
/// When the database does not answer.
pub async fn tell_of_agreement(
    tx: &Tx,
    agreement: AgreementId,
    notice: Notice,
    to: AgencyId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let administrators = recipients::with_role(tx, to, Role::AgencyAdmin, at).await?;
    let readers: Vec<Option<Reader>> = match administrators.is_empty() {
        true => vec![None],
        false => administrators.into_iter().map(Some).collect(),
    };
    let rows = readers.into_iter().map(|reader| outbox::ActiveModel {
        agreement_id: Set(Some(agreement.0)),
        ..blank(notice, to, reader, at)
    });
    outbox::Entity::insert_many(rows)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

/// A notice that waits, before it is said what it is about.
fn blank(notice: Notice, to: AgencyId, reader: Option<Reader>, at: DateTime<Utc>) -> outbox::ActiveModel {
    outbox::ActiveModel {
        id: Set(Uuid::now_v7()),
        referral_id: Set(None),
        handoff_id: Set(None),
        event_id: Set(None),
        case_id: Set(None),
        case_event_id: Set(None),
        agreement_id: Set(None),
        notice: Set(notice.as_str().to_owned()),
        agency_id: Set(to.0),
        user_id: Set(reader.map(|reader| reader.user.0)),
        due_at: Set(None),
        status: Set(Status::Pending.as_str().to_owned()),
        attempts: Set(0),
        next_attempt_at: Set(micros(at)),
        lease_token: NotSet,
        lease_until: NotSet,
        last_error: NotSet,
        server_reply: NotSet,
        created_at: Set(micros(at)),
        sent_at: NotSet,
        because: Set(None),
        instead_of_id: Set(reader.and_then(|reader| reader.instead_of).map(|away| away.0)),
        channel: Set(MAIL.to_owned()),
        round: Set(0),
        bounced_at: NotSet,
        bounce: NotSet,
    }
}

impl TryFrom<outbox::Model> for Receipt {
    type Error = StoreError;

    fn try_from(row: outbox::Model) -> Result<Self, StoreError> {
        let name = format!("notice {}", row.id);
        Ok(Self {
            id: row.id,
            referral: row.referral_id.map(ReferralId),
            case: row.case_id.map(CaseId),
            agreement: row.agreement_id.map(AgreementId),
            handoff: row.handoff_id.map(HandoffId),
            notice: map::code(&name, "notice", &row.notice)?,
            event: row.event_id.or(row.case_event_id),
            agency: AgencyId(row.agency_id),
            way: match row.user_id {
                _ if row.channel == ON_CALL => Way::OnCall,
                Some(_) if row.channel == COPY => Way::Copy,
                Some(_) => Way::Person,
                None => Way::Unit,
            },
            round: map::count(&name, "round", row.round)?,
            status: Status::parse(row.id, &row.status)?,
            attempts: map::count(&name, "attempts", row.attempts)?,
            next_attempt_at: row.next_attempt_at,
            last_error: row.last_error,
            queued_at: row.created_at,
            sent_at: row.sent_at,
            server_reply: row.server_reply,
            bounced_at: row.bounced_at,
            bounce: row.bounce,
        })
    }
}
