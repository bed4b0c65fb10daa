//! What is needed, who took it, and what nobody has taken.
//!
//! Of the youth these know the codes that lie with the referral, which are its needs and its urgency. What is sealed is not opened
//! to be counted.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use stafett_workflow::agency::{AgencyId, ReferralId};
use stafett_workflow::vocabulary::{Answer, Need, Urgency};

use super::flow::{FlowQuery, ReferralLine, alike, among, answer, conditions, is_whole, legs, may_hear_of_needs};
use super::nothing;
use crate::connect::Handle;
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::page::Page;
use crate::referrals::placeholder;

/// So many hand-offs about the same needs are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlikeInNeed {
    /// About what.
    pub needs: Vec<Need>,
    /// To whom.
    pub receiver: AgencyId,
    /// What came back.
    pub answer: Answer,
    /// For which reason, where it has a code.
    pub code: Option<String>,
    /// How many.
    pub count: u64,
}

/// A referral that nobody has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// The referral.
    pub line: ReferralLine,
    /// What is needed.
    pub needs: Vec<Need>,
    /// Whether somebody is asked who has not answered yet.
    pub waits: bool,
}

/// How many hand-offs are alike in what was needed.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn needs(on: &impl Handle, query: &FlowQuery) -> Result<Vec<AlikeInNeed>, StoreError> {
    let mut values = Vec::new();
    let Some((conditions, heard)) = conditions(query, &mut values).zip(may_hear_of_needs(&query.scope, &mut values))
    else {
        return Ok(Vec::new());
    };
    let (answer, code) = answer(query, &mut values);
    let sql = format!(
        "SELECT CAST(r.needs AS TEXT) AS needs, h.receiver_id, {answer} AS answer, {code} AS code, COUNT(*) AS alike \
         FROM handoffs h JOIN referrals r ON r.id = h.referral_id WHERE {conditions} AND {heard} GROUP BY 1, 2, 3, 4"
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    rows.iter().map(AlikeInNeed::try_from).collect()
}

/// How many referrals with a hand-off of the query nobody has taken, by what is needed. Only those that the reader may know
/// whole.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn unmet(on: &impl Handle, query: &FlowQuery) -> Result<Vec<(Vec<Need>, u64)>, StoreError> {
    let mut values = Vec::new();
    let Some(conditions) = not_taken(query, &mut values) else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT CAST(r.needs AS TEXT) AS needs, COUNT(*) AS alike FROM referrals r WHERE {conditions} GROUP BY 1"
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    rows.iter().map(|row| Ok((needed(row)?, alike(row)?))).collect()
}

/// A page of them, the most urgent first and of these the one that was written first.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn unmet_page(
    on: &impl Handle,
    query: &FlowQuery,
    after: Option<(i64, DateTime<Utc>, ReferralId)>,
    limit: u32,
) -> Result<Page<Unmet, (i64, DateTime<Utc>, ReferralId)>, StoreError> {
    let mut values = Vec::new();
    let Some(conditions) = not_taken(query, &mut values) else {
        return Ok(nothing());
    };
    let legs = legs(query, &mut values);
    let beyond = match after {
        Some((rank, at, id)) => format!(
            " AND ({RANK}, r.created_at, r.id) > ({}, {}, {})",
            placeholder(rank, &mut values),
            placeholder(micros(at), &mut values),
            placeholder(id.0, &mut values)
        ),
        None => String::new(),
    };
    let limit_value = placeholder(i64::from(limit) + 1, &mut values);
    let sql = format!(
        "SELECT r.id, r.reference, r.workflow_id, r.urgency, r.state, r.custodian_id, r.created_at, {legs} AS alike, \
         CAST(r.needs AS TEXT) AS needs, (CASE WHEN EXISTS (SELECT 1 FROM handoffs o WHERE o.referral_id = r.id AND o.open \
         AND o.sent_at IS NOT NULL) THEN 1 ELSE 0 END) AS waits FROM referrals r WHERE {conditions}{beyond} \
         ORDER BY {RANK}, r.created_at, r.id LIMIT {limit_value}"
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    let lines = rows.iter().map(Unmet::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(lines, limit, |last| {
        (rank(last.line.urgency), last.line.created_at, last.line.id)
    }))
}

/// The most urgent is the least.
const RANK: &str = "(CASE r.urgency WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END)";

const fn rank(urgency: Urgency) -> i64 {
    match urgency {
        Urgency::Emergency => 0,
        Urgency::Urgent => 1,
        Urgency::Routine => 2,
    }
}

/// Whether the referral `r` has a hand-off of the query, and nobody had taken it.
fn not_taken(query: &FlowQuery, values: &mut Vec<Value>) -> Option<String> {
    let among = among(query, "", values)?;
    let whole = is_whole(&query.scope, values)?;
    let (mut still, mut decided, mut until) = (String::new(), String::new(), String::new());
    if let Some(at) = query.as_of {
        let at = micros(at);
        still = format!(" OR a.ended_at >= {}", placeholder(at, values));
        decided = format!(" AND a.decided_at < {}", placeholder(at, values));
        until = format!(" OR r.closed_at >= {}", placeholder(at, values));
    }
    Some(format!(
        "{among} AND {whole} AND (r.state NOT IN ('completed', 'entered-in-error'){until}) \
         AND NOT EXISTS (SELECT 1 FROM handoffs a WHERE a.referral_id = r.id \
         AND (a.decided_at IS NOT NULL OR a.state = 'completed'){decided} \
         AND (a.state IN ('accepted', 'in-progress', 'on-hold', 'completed'){still}) \
         AND a.state NOT IN ('declined', 'returned-with-advice', 'forwarded'))"
    ))
}

pub(super) fn needed(row: &QueryResult) -> Result<Vec<Need>, StoreError> {
    let stored: String = row.try_get("", "needs")?;
    serde_json::from_str(&stored)
        .map_err(|_not_a_list| StoreError::corrupt("a referral", "needs does not have its form"))
}

impl TryFrom<&QueryResult> for AlikeInNeed {
    type Error = StoreError;

    fn try_from(row: &QueryResult) -> Result<Self, StoreError> {
        Ok(Self {
            needs: needed(row)?,
            receiver: AgencyId(row.try_get("", "receiver_id")?),
            answer: map::code("a count of hand-offs", "answer", &row.try_get::<String>("", "answer")?)?,
            code: row.try_get("", "code")?,
            count: alike(row)?,
        })
    }
}

impl TryFrom<&QueryResult> for Unmet {
    type Error = StoreError;

    fn try_from(row: &QueryResult) -> Result<Self, StoreError> {
        Ok(Self {
            line: ReferralLine::try_from(row)?,
            needs: needed(row)?,
            waits: row.try_get::<i32>("", "waits")? == 1,
        })
    }
}
