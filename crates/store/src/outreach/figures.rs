//! What the register's report counts: narrow walks through the patrols and the lines of a time, and how many were looked for.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Value};
use stafett_workflow::agency::{AgencyId, ArenaId, PatrolId};
use stafett_workflow::outreach::{Acquaintance, ContactOutcome, Sex};
use stafett_workflow::policy::Scope;
use stafett_workflow::vocabulary::{AgeBand, Need};

use super::within;
use crate::connect::Handle;
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::referrals::{self, placeholder};

/// That a patrol came by an arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walk {
    /// Which patrol.
    pub patrol: PatrolId,
    /// When it began.
    pub at: DateTime<Utc>,
    /// Where.
    pub arena: ArenaId,
}

/// A line as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When its patrol began.
    pub at: DateTime<Utc>,
    /// Where.
    pub arena: ArenaId,
    /// Whether they had been met before.
    pub acquaintance: Acquaintance,
    /// How old.
    pub age: AgeBand,
    /// Their sex.
    pub sex: Sex,
    /// How many.
    pub persons: u64,
    /// What it was about.
    pub needs: Vec<Need>,
    /// What came of it.
    pub outcome: ContactOutcome,
    /// How many became clients.
    pub clients: u64,
    /// How many were looked for.
    pub missing: u64,
}

/// Youth who are missing, of whom an agency notified others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lookouts {
    /// How many notifications about a need `missing` it sent.
    pub sent: u64,
    /// How many of them are over, for they were found.
    pub found: u64,
}

/// Which registers, and of which time.
type Asked<'a> = (&'a Scope, Option<AgencyId>, DateTime<Utc>, DateTime<Utc>);

fn conditions((scope, agency, from, until): Asked<'_>, values: &mut Vec<Value>) -> Option<String> {
    let mut conditions = vec![within(scope, "p.agency_id", values)?];
    if let Some(agency) = agency {
        conditions.push(format!("p.agency_id = {}", placeholder(agency.0, values)));
    }
    conditions.push(format!("p.began_at >= {}", placeholder(micros(from), values)));
    conditions.push(format!("p.began_at < {}", placeholder(micros(until), values)));
    conditions.push("p.withdrawn_at IS NULL".to_owned());
    Some(conditions.join(" AND "))
}

/// Hands over where the patrols of a time came by.
///
/// # Errors
/// When the database does not answer.
pub async fn each_walk(on: &impl Handle, asked: Asked<'_>, mut each: impl FnMut(Walk)) -> Result<(), StoreError> {
    let mut values = Vec::new();
    let Some(conditions) = conditions(asked, &mut values) else {
        return Ok(());
    };
    let sql = format!(
        "SELECT p.id, p.began_at, a.arena_id FROM outreach_patrols p JOIN outreach_patrol_arenas a ON a.patrol_id = p.id \
         WHERE {conditions}"
    );
    for row in on.executor().query_all_raw(on.statement(&sql, values)).await? {
        each(Walk {
            patrol: PatrolId(row.try_get("", "id")?),
            at: row.try_get("", "began_at")?,
            arena: ArenaId(row.try_get("", "arena_id")?),
        });
    }
    Ok(())
}

/// Hands over the lines of a time.
///
/// # Errors
/// When the database does not answer.
pub async fn each_line(on: &impl Handle, asked: Asked<'_>, mut each: impl FnMut(&Line)) -> Result<(), StoreError> {
    let mut values = Vec::new();
    let Some(conditions) = conditions(asked, &mut values) else {
        return Ok(());
    };
    let sql = format!(
        "SELECT p.began_at, c.arena_id, c.acquaintance, c.age, c.sex, c.persons, CAST(c.needs AS TEXT) AS needs, c.outcome, \
         c.clients, c.missing FROM outreach_contacts c JOIN outreach_patrols p ON p.id = c.patrol_id \
         WHERE {conditions} AND c.withdrawn_at IS NULL"
    );
    let name = "outreach contact";
    for row in on.executor().query_all_raw(on.statement(&sql, values)).await? {
        let text = |column: &str| row.try_get::<String>("", column);
        let count = |column: &str| map::count(name, column, row.try_get("", column)?);
        let needs: Vec<Need> = serde_json::from_str(&text("needs")?)
            .map_err(|_not_codes| StoreError::corrupt(name, "needs does not have its form"))?;
        each(&Line {
            at: row.try_get("", "began_at")?,
            arena: ArenaId(row.try_get("", "arena_id")?),
            acquaintance: map::code(name, "acquaintance", &text("acquaintance")?)?,
            age: map::code(name, "age", &text("age")?)?,
            sex: map::code(name, "sex", &text("sex")?)?,
            persons: count("persons")?,
            needs,
            outcome: map::code(name, "outcome", &text("outcome")?)?,
            clients: count("clients")?,
            missing: count("missing")?,
        });
    }
    Ok(())
}

/// How many youth were looked for by notifications that an agency sent within a time, of those that the reader may see. Only the
/// referral's own codes are read.
///
/// # Errors
/// When the database does not answer.
pub async fn lookouts(
    on: &impl Handle,
    scope: &Scope,
    agency: AgencyId,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Lookouts, StoreError> {
    let mut values = vec![agency.0.into(), micros(from).into(), micros(until).into()];
    let Some(within) = referrals::within(scope, &mut values) else {
        return Ok(Lookouts::default());
    };
    let sql = format!(
        "SELECT COUNT(*) AS sent, CAST(COALESCE(SUM(CASE WHEN r.state = 'completed' THEN 1 ELSE 0 END), 0) AS BIGINT) \
               AS found FROM referrals r WHERE r.workflow_id = 'notification' AND r.originator_id = $1 \
               AND CAST(r.needs AS TEXT) LIKE '%\"missing\"%' AND EXISTS (SELECT 1 FROM handoffs h \
               WHERE h.referral_id = r.id AND h.sent_at >= $2 AND h.sent_at < $3) AND {within}"
    );
    let row = on.executor().query_one_raw(on.statement(&sql, values)).await?;
    let Some(row) = row else { return Ok(Lookouts::default()) };
    let count = |column: &str| {
        u64::try_from(row.try_get::<i64>("", column)?)
            .map_err(|_negative| StoreError::corrupt("a report", format_args!("{column} is out of range")))
    };
    Ok(Lookouts {
        sent: count("sent")?,
        found: count("found")?,
    })
}
