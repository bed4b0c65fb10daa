//! Reading the log: of one referral, and of one agency. The newest first.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use stafett_workflow::agency::{AgencyId, CaseId, ReferralId, TextId, UserId};
use stafett_workflow::policy::Relation;
use uuid::Uuid;

use super::LookRow;
use crate::connect::Handle;
use crate::entity::look;
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::page::Page;
use crate::referrals::{Record, placeholder};

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    at: DateTime<Utc>,
    id: Uuid,
}

/// Which of the unusual looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flagged {
    /// All of them.
    All,
    /// Those that no lead has acknowledged yet.
    Open,
}

/// Which looks.
#[derive(Debug, Clone, Default)]
pub struct LookQuery {
    /// By the people of this agency only.
    pub agency: Option<AgencyId>,
    /// By this person only.
    pub user: Option<UserId>,
    /// At this referral only.
    pub referral: Option<ReferralId>,
    /// From then on.
    pub from: Option<DateTime<Utc>>,
    /// Until then, that instant not included.
    pub to: Option<DateTime<Utc>>,
    /// Only those that a rule finds unusual.
    pub flagged: Option<Flagged>,
    /// After this place.
    pub after: Option<Cursor>,
    /// So many at most.
    pub limit: u32,
}

/// A page of the looks at one referral, for whoever was let in to it; with `by` only those by the people of these agencies.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn of_referral(
    on: &impl Handle,
    record: &Record,
    by: Option<&[AgencyId]>,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Page<LookRow, Cursor>, StoreError> {
    let query = LookQuery {
        referral: Some(record.referral().id),
        after,
        limit,
        ..LookQuery::default()
    };
    page(on, &query, by).await
}

/// A page of the looks by the people of one agency. `query` must name it.
///
/// # Errors
/// As for [`of_referral`].
pub async fn of_agency(on: &impl Handle, query: &LookQuery) -> Result<Page<LookRow, Cursor>, StoreError> {
    let Some(agency) = query.agency else {
        return Ok(Page {
            items: Vec::new(),
            next: None,
        });
    };
    page(on, query, Some(&[agency])).await
}

async fn page(
    on: &impl Handle,
    query: &LookQuery,
    by: Option<&[AgencyId]>,
) -> Result<Page<LookRow, Cursor>, StoreError> {
    let mut values: Vec<Value> = Vec::new();
    let mut conditions = Vec::new();
    if let Some(by) = by {
        let agencies: Vec<_> = by.iter().map(|agency| placeholder(agency.0, &mut values)).collect();
        if agencies.is_empty() {
            return Ok(Page {
                items: Vec::new(),
                next: None,
            });
        }
        conditions.push(format!("l.agency_id IN ({})", agencies.join(", ")));
    }
    if let Some(referral) = query.referral {
        conditions.push(format!("l.referral_id = {}", placeholder(referral.0, &mut values)));
    }
    if let Some(user) = query.user {
        conditions.push(format!("l.user_id = {}", placeholder(user.0, &mut values)));
    }
    if let Some(from) = query.from {
        conditions.push(format!("l.at >= {}", placeholder(micros(from), &mut values)));
    }
    if let Some(to) = query.to {
        conditions.push(format!("l.at < {}", placeholder(micros(to), &mut values)));
    }
    if let Some(flagged) = query.flagged {
        conditions.push("EXISTS (SELECT 1 FROM look_flags f WHERE f.look_id = l.id)".to_owned());
        if flagged == Flagged::Open {
            conditions.push("NOT EXISTS (SELECT 1 FROM look_reviews v WHERE v.look_id = l.id)".to_owned());
        }
    }
    if let Some(after) = query.after {
        conditions.push(format!(
            "(l.at, l.id) < ({}, {})",
            placeholder(after.at, &mut values),
            placeholder(after.id, &mut values)
        ));
    }
    let rows = placeholder(i64::from(query.limit) + 1, &mut values);
    let sql = format!(
        "SELECT l.* FROM looks l WHERE {} ORDER BY l.at DESC, l.id DESC LIMIT {rows}",
        conditions.join(" AND ")
    );
    let found = look::Model::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?;
    let looks = found
        .into_iter()
        .map(LookRow::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(looks, query.limit, |last| Cursor {
        at: last.at,
        id: last.id,
    }))
}

impl TryFrom<look::Model> for LookRow {
    type Error = StoreError;

    fn try_from(row: look::Model) -> Result<Self, StoreError> {
        let name = format!("look {}", row.id);
        let relation = Relation::ALL
            .into_iter()
            .find(|relation| relation.as_str() == row.relation)
            .ok_or_else(|| StoreError::corrupt(&name, "relation is none"))?;
        Ok(Self {
            id: row.id,
            at: row.at,
            user: UserId(row.user_id),
            agency: AgencyId(row.agency_id),
            role: map::code(&name, "role", &row.role)?,
            relation,
            part_ended: row.part_ended,
            looked_at: map::code(&name, "looked_at", &row.looked_at)?,
            why: map::code(&name, "why", &row.why)?,
            referral: row.referral_id.map(ReferralId),
            case: row.case_id.map(CaseId),
            reason: row.reason_text_id.map(TextId),
            request_id: row.request_id,
        })
    }
}
