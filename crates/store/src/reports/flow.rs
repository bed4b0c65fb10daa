//! Which way hand-offs go: who sends to whom, and what comes back.
//!
//! The counts are made by the database, a row for each combination of codes; a list shares the conditions of its count.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, QueryResult, Value};
use stafett_workflow::agency::{AgencyId, HandoffId, ReferralId};
use stafett_workflow::policy::Scope;
use stafett_workflow::reference::Reference;
use stafett_workflow::vocabulary::{Answer, Need, ReferralState, Urgency};
use uuid::Uuid;

use super::{beyond, filter, is_party, nothing, number, reference};
use crate::connect::Handle;
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::page::Page;
use crate::referrals::{placeholder, placeholders};

/// A referral that has been handed off so often has been sent round.
pub const ROUND: i64 = 3;

/// Which hand-offs to count: those that an agency of the scope has sent or received, sent in a period. One that an allocation
/// decision opened as accepted was never to be answered and is not among them.
#[derive(Debug, Clone)]
pub struct FlowQuery {
    /// What the reader may know of.
    pub scope: Scope,
    /// Sent at this time or later.
    pub from: DateTime<Utc>,
    /// Sent before this time.
    pub until: DateTime<Utc>,
    /// As they stood then; `None`: as they stand.
    pub as_of: Option<DateTime<Utc>>,
    /// By this agency.
    pub sender: Option<AgencyId>,
    /// To this agency.
    pub receiver: Option<AgencyId>,
    /// On this workflow, in any version.
    pub workflow: Option<String>,
    /// With this urgency.
    pub urgency: Option<Urgency>,
    /// About this need. Whoever asks by needs does not hear of what was taken back from them: it was not meant for them.
    pub need: Option<Need>,
}

/// So many hand-offs are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// By whom.
    pub sender: AgencyId,
    /// To whom.
    pub receiver: AgencyId,
    /// On which workflow.
    pub workflow: String,
    /// How urgent.
    pub urgency: Urgency,
    /// What came back.
    pub answer: Answer,
    /// For which reason, where it has a code.
    pub code: Option<String>,
    /// How many.
    pub count: u64,
}

/// One hand-off of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowLine {
    /// The referral.
    pub referral: ReferralId,
    /// Its short name.
    pub reference: Reference,
    /// The hand-off; a referral may come several times with different ones.
    pub handoff: HandoffId,
    /// By whom.
    pub sender: AgencyId,
    /// To whom.
    pub receiver: AgencyId,
    /// On which workflow.
    pub workflow: String,
    /// How urgent.
    pub urgency: Urgency,
    /// When.
    pub sent_at: DateTime<Utc>,
    /// When the answer came, or it was taken back.
    pub answered_at: Option<DateTime<Utc>>,
    /// What came back.
    pub answer: Answer,
    /// For which reason, where it has a code.
    pub code: Option<String>,
}

/// One referral of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralLine {
    /// Which.
    pub id: ReferralId,
    /// Its short name.
    pub reference: Reference,
    /// On which workflow.
    pub workflow: String,
    /// How urgent.
    pub urgency: Urgency,
    /// Where it stands.
    pub state: ReferralState,
    /// Who holds the baton.
    pub holder: AgencyId,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// How often it has been handed off.
    pub handoffs: u64,
}

/// How many hand-offs are alike in all that a report can be grouped by.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn flow(on: &impl Handle, query: &FlowQuery) -> Result<Vec<Alike>, StoreError> {
    let mut values = Vec::new();
    let Some(conditions) = conditions(query, &mut values) else {
        return Ok(Vec::new());
    };
    let (answer, code) = answer(query, &mut values);
    let sql = format!(
        "SELECT h.sender_id, h.receiver_id, r.workflow_id, r.urgency, {answer} AS answer, {code} AS code, COUNT(*) AS alike \
         FROM handoffs h JOIN referrals r ON r.id = h.referral_id WHERE {conditions} GROUP BY 1, 2, 3, 4, 5, 6"
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    rows.iter().map(Alike::try_from).collect()
}

/// A page of the hand-offs of the query that had one of these answers, or any if there are none, for a reason; the first sent
/// first.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn flow_page(
    on: &impl Handle,
    query: &FlowQuery,
    (answers, reason): (&[Answer], Option<&str>),
    after: Option<(DateTime<Utc>, HandoffId)>,
    limit: u32,
) -> Result<Page<FlowLine, (DateTime<Utc>, HandoffId)>, StoreError> {
    let mut values = Vec::new();
    let Some(mut conditions) = conditions(query, &mut values) else {
        return Ok(nothing());
    };
    let (answer, code) = answer(query, &mut values);
    if !answers.is_empty() {
        let any: Vec<_> = answers
            .iter()
            .map(|answer| placeholder(answer.as_str(), &mut values))
            .collect();
        conditions = format!("{conditions} AND {answer} IN ({})", any.join(", "));
    }
    if let Some(reason) = reason {
        conditions = format!("{conditions} AND {code} = {}", placeholder(reason, &mut values));
    }
    let beyond = beyond(("h.sent_at", "h.id"), after.map(|(at, id)| (at, id.0)), &mut values);
    let limit_value = placeholder(i64::from(limit) + 1, &mut values);
    let sql = format!(
        "SELECT h.id, h.referral_id, r.reference, h.sender_id, h.receiver_id, r.workflow_id, r.urgency, h.sent_at, \
         h.decided_at, h.ended_at, {answer} AS answer, {code} AS code \
         FROM handoffs h JOIN referrals r ON r.id = h.referral_id WHERE {conditions}{beyond} \
         ORDER BY h.sent_at, h.id LIMIT {limit_value}"
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    let lines = rows.iter().map(FlowLine::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(lines, limit, |last| (last.sent_at, last.handoff)))
}

/// Referrals of the query that have been sent round: [`ROUND`] hand-offs or more until its end. Only those that the reader may
/// know whole: who has no part in a referral any more does not know how often it went on.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn rounds(on: &impl Handle, query: &FlowQuery) -> Result<u64, StoreError> {
    let mut values = Vec::new();
    let Some(conditions) = sent_round(query, &mut values) else {
        return Ok(0);
    };
    count(
        on,
        &format!("SELECT COUNT(*) AS alike FROM referrals r WHERE {conditions}"),
        values,
    )
    .await
}

/// A page of them, the first written first.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn rounds_page(
    on: &impl Handle,
    query: &FlowQuery,
    after: Option<(DateTime<Utc>, ReferralId)>,
    limit: u32,
) -> Result<Page<ReferralLine, (DateTime<Utc>, ReferralId)>, StoreError> {
    let mut values = Vec::new();
    match sent_round(query, &mut values) {
        Some(conditions) => referrals_page(on, query, (conditions, values), after, limit).await,
        None => Ok(nothing()),
    }
}

/// Referrals of the query about a youth whom an agency of the scope had referred before, in another case or in none: by the keyed
/// digest of the identity number, which the agency knows that wrote both.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn repeats(on: &impl Handle, query: &FlowQuery) -> Result<u64, StoreError> {
    let mut values = Vec::new();
    let Some(conditions) = referred_before(query, &mut values) else {
        return Ok(0);
    };
    count(
        on,
        &format!("SELECT COUNT(*) AS alike FROM referrals r WHERE {conditions}"),
        values,
    )
    .await
}

/// A page of them, the first written first.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn repeats_page(
    on: &impl Handle,
    query: &FlowQuery,
    after: Option<(DateTime<Utc>, ReferralId)>,
    limit: u32,
) -> Result<Page<ReferralLine, (DateTime<Utc>, ReferralId)>, StoreError> {
    let mut values = Vec::new();
    match referred_before(query, &mut values) {
        Some(conditions) => referrals_page(on, query, (conditions, values), after, limit).await,
        None => Ok(nothing()),
    }
}

async fn referrals_page(
    on: &impl Handle,
    query: &FlowQuery,
    (conditions, mut values): (String, Vec<Value>),
    after: Option<(DateTime<Utc>, ReferralId)>,
    limit: u32,
) -> Result<Page<ReferralLine, (DateTime<Utc>, ReferralId)>, StoreError> {
    let legs = legs(query, &mut values);
    let beyond = beyond(("r.created_at", "r.id"), after.map(|(at, id)| (at, id.0)), &mut values);
    let limit_value = placeholder(i64::from(limit) + 1, &mut values);
    let sql = format!(
        "SELECT r.id, r.reference, r.workflow_id, r.urgency, r.state, r.custodian_id, r.created_at, {legs} AS alike \
         FROM referrals r WHERE {conditions}{beyond} ORDER BY r.created_at, r.id LIMIT {limit_value}"
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    let lines = rows.iter().map(ReferralLine::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(lines, limit, |last| (last.created_at, last.id)))
}

pub(super) async fn count(on: &impl Handle, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
    let row = on.executor().query_one_raw(on.statement(sql, values)).await?;
    row.map_or(Ok(0), |row| alike(&row))
}

pub(super) fn alike(row: &QueryResult) -> Result<u64, StoreError> {
    number("alike", row.try_get("", "alike")?)
}

/// How often the referral `r` had been handed off by the end of the period.
pub(super) fn legs(query: &FlowQuery, values: &mut Vec<Value>) -> String {
    format!(
        "(SELECT COUNT(*) FROM handoffs a WHERE a.referral_id = r.id AND a.sent_at < {} AND a.state <> 'entered-in-error')",
        placeholder(micros(query.until), values)
    )
}

fn sent_round(query: &FlowQuery, values: &mut Vec<Value>) -> Option<String> {
    let among = among(query, "", values)?;
    let whole = is_whole(&query.scope, values)?;
    let legs = legs(query, values);
    Some(format!("{among} AND {whole} AND {legs} >= {ROUND}"))
}

fn referred_before(query: &FlowQuery, values: &mut Vec<Value>) -> Option<String> {
    let among = among(query, "h.ordinal = 1 AND ", values)?;
    let wrote = |column: &str, values: &mut Vec<Value>| match query.scope.is_all() {
        true => "1 = 1".to_owned(),
        false => format!("{column} IN ({})", placeholders(query.scope.agencies(), values)),
    };
    let (this, that) = (wrote("r.originator_id", values), wrote("b.originator_id", values));
    Some(format!(
        "{among} AND {this} AND EXISTS (SELECT 1 FROM person_keys k \
         JOIN person_keys l ON l.digest = k.digest AND l.kind = k.kind JOIN referrals b ON b.person_id = l.person_id \
         WHERE k.person_id = r.person_id AND k.kind = 'identifier' AND b.id <> r.id AND b.created_at < r.created_at \
         AND {that} AND (r.case_id IS NULL OR b.case_id IS NULL OR r.case_id <> b.case_id) \
         AND EXISTS (SELECT 1 FROM handoffs s WHERE s.referral_id = b.id AND s.sent_at IS NOT NULL \
         AND s.state <> 'entered-in-error'))"
    ))
}

/// Whether a hand-off of the query is one of the referral `r`.
pub(super) fn among(query: &FlowQuery, narrower: &str, values: &mut Vec<Value>) -> Option<String> {
    let conditions = conditions(query, values)?;
    Some(format!(
        "r.id IN (SELECT h.referral_id FROM handoffs h JOIN referrals r ON r.id = h.referral_id WHERE {narrower}{conditions})"
    ))
}

/// Whether an agency of the scope may know the referral `r` whole.
pub(super) fn is_whole(scope: &Scope, values: &mut Vec<Value>) -> Option<String> {
    if scope.is_all() {
        return Some("1 = 1".to_owned());
    }
    let party = is_party(scope, &["p.agency_id"], values)?;
    Some(format!(
        "EXISTS (SELECT 1 FROM parties p WHERE p.referral_id = r.id AND {party} AND p.known_state IS NULL)"
    ))
}

/// What must hold of the hand-off `h` and its referral `r`. `None` when the scope is empty.
pub(super) fn conditions(query: &FlowQuery, values: &mut Vec<Value>) -> Option<String> {
    let mut conditions = vec![is_party(&query.scope, &["h.sender_id", "h.receiver_id"], values)?];
    conditions.push(format!("h.sent_at >= {}", placeholder(micros(query.from), values)));
    conditions.push(format!("h.sent_at < {}", placeholder(micros(query.until), values)));
    conditions.push("(h.decided_at IS NULL OR h.decided_at > h.sent_at)".to_owned());
    filter(
        "h.sender_id",
        query.sender.map(|agency| agency.0.into()),
        &mut conditions,
        values,
    );
    filter(
        "h.receiver_id",
        query.receiver.map(|agency| agency.0.into()),
        &mut conditions,
        values,
    );
    filter(
        "r.workflow_id",
        query.workflow.as_deref().map(Value::from),
        &mut conditions,
        values,
    );
    filter(
        "r.urgency",
        query.urgency.map(|urgency| urgency.as_str().into()),
        &mut conditions,
        values,
    );
    if let Some(need) = query.need {
        conditions.push(about(need, values));
        conditions.push(may_hear_of_needs(&query.scope, values)?);
    }
    Some(conditions.join(" AND "))
}

/// Whether the referral `r` is about a need: the list of its needs holds the code between quotes.
fn about(need: Need, values: &mut Vec<Value>) -> String {
    let part = placeholder(format!("%\"{}\"%", need.as_str()), values);
    format!("CAST(r.needs AS TEXT) LIKE {part}")
}

/// Whether the reader may hear what the hand-off `h` was about: from whom it was taken back may not.
pub(super) fn may_hear_of_needs(scope: &Scope, values: &mut Vec<Value>) -> Option<String> {
    let (sent, received) = (
        is_party(scope, &["h.sender_id"], values)?,
        is_party(scope, &["h.receiver_id"], values)?,
    );
    Some(format!(
        "({sent} OR ({received} AND h.state NOT IN ('withdrawn', 'entered-in-error')))"
    ))
}

/// What came back of the hand-off `h` first, and the code of the reason. What was completed at once, as advice is, was taken.
pub(super) fn answer(query: &FlowQuery, values: &mut Vec<Value>) -> (String, String) {
    let later = |column: &str, values: &mut Vec<Value>| match query.as_of {
        Some(at) => format!("({column} IS NULL OR {column} >= {})", placeholder(micros(at), values)),
        None => format!("{column} IS NULL"),
    };
    let (undecided, running) = (later("h.decided_at", values), later("h.ended_at", values));
    let ended_by_it = "h.ended_at = h.decided_at AND h.state IN ('declined', 'returned-with-advice', 'forwarded')";
    let answer = format!(
        "(CASE WHEN {undecided} THEN (CASE WHEN {running} THEN 'unanswered' \
         WHEN h.state IN ('completed', 'ended-early') THEN 'accepted' ELSE 'withdrawn' END) \
         WHEN {ended_by_it} THEN h.state ELSE 'accepted' END)"
    );
    let undecided = later("h.decided_at", values);
    let code = format!("(CASE WHEN {undecided} THEN NULL WHEN {ended_by_it} THEN h.code ELSE NULL END)");
    (answer, code)
}

impl TryFrom<&QueryResult> for Alike {
    type Error = StoreError;

    fn try_from(row: &QueryResult) -> Result<Self, StoreError> {
        let name = "a count of hand-offs";
        Ok(Self {
            sender: AgencyId(row.try_get("", "sender_id")?),
            receiver: AgencyId(row.try_get("", "receiver_id")?),
            workflow: row.try_get("", "workflow_id")?,
            urgency: map::code(name, "urgency", &row.try_get::<String>("", "urgency")?)?,
            answer: map::code(name, "answer", &row.try_get::<String>("", "answer")?)?,
            code: row.try_get("", "code")?,
            count: alike(row)?,
        })
    }
}

#[derive(FromQueryResult)]
struct FlowRow {
    id: Uuid,
    referral_id: Uuid,
    reference: String,
    sender_id: Uuid,
    receiver_id: Uuid,
    workflow_id: String,
    urgency: String,
    sent_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    answer: String,
    code: Option<String>,
}

impl TryFrom<&QueryResult> for FlowLine {
    type Error = StoreError;

    fn try_from(result: &QueryResult) -> Result<Self, StoreError> {
        let row = FlowRow::from_query_result(result, "")?;
        let name = format!("hand-off {}", row.id);
        let answer: Answer = map::code(&name, "answer", &row.answer)?;
        Ok(Self {
            referral: ReferralId(row.referral_id),
            reference: reference(row.referral_id, &row.reference)?,
            handoff: HandoffId(row.id),
            sender: AgencyId(row.sender_id),
            receiver: AgencyId(row.receiver_id),
            workflow: row.workflow_id,
            urgency: map::code(&name, "urgency", &row.urgency)?,
            sent_at: row.sent_at,
            answered_at: match answer {
                Answer::Unanswered => None,
                Answer::Withdrawn => row.ended_at,
                Answer::Accepted | Answer::Declined | Answer::Returned | Answer::Forwarded => {
                    row.decided_at.or(row.ended_at)
                }
            },
            answer,
            code: row.code,
        })
    }
}

#[derive(FromQueryResult)]
struct ReferralRow {
    id: Uuid,
    reference: String,
    workflow_id: String,
    urgency: String,
    state: String,
    custodian_id: Uuid,
    created_at: DateTime<Utc>,
}

impl TryFrom<&QueryResult> for ReferralLine {
    type Error = StoreError;

    fn try_from(result: &QueryResult) -> Result<Self, StoreError> {
        let row = ReferralRow::from_query_result(result, "")?;
        let name = format!("referral {}", row.id);
        Ok(Self {
            id: ReferralId(row.id),
            reference: reference(row.id, &row.reference)?,
            workflow: row.workflow_id,
            urgency: map::code(&name, "urgency", &row.urgency)?,
            state: map::code(&name, "state", &row.state)?,
            holder: AgencyId(row.custodian_id),
            created_at: row.created_at,
            handoffs: alike(result)?,
        })
    }
}
