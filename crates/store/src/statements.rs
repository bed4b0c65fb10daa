//! The signed statements of what two agencies handed to each other on one day. Each day is done once, by whichever process
//! comes first, in one commit: the day and all its statements, or nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::policy::Scope;
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::page::Page;
use crate::referrals::{placeholder, placeholders};

/// A statement as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its id.
    pub id: Uuid,
    /// The two agencies.
    pub between: [AgencyId; 2],
    /// The day, in Oslo.
    pub day: NaiveDate,
    /// How many hand-offs it tells of.
    pub handoffs: u32,
    /// How many of these were not accounted for.
    pub unaccounted: u32,
    /// How many stood how.
    pub counts: BTreeMap<String, u64>,
    /// All of it, signed.
    pub signed: String,
    /// The public key to check it by.
    pub key: serde_json::Value,
    /// When it was made.
    pub made_at: DateTime<Utc>,
}

/// Where a page begins.
pub type Place = (NaiveDate, Uuid);

/// Which statements.
#[derive(Debug, Clone, Copy)]
pub struct Which<'a> {
    /// Those of these agencies.
    pub scope: &'a Scope,
    /// With this one on the other side.
    pub with: Option<AgencyId>,
    /// From this day on.
    pub from: Option<NaiveDate>,
    /// To this day.
    pub to: Option<NaiveDate>,
}

/// The last day that is done.
///
/// # Errors
/// When the database does not answer.
pub async fn last_day(on: &impl Handle) -> Result<Option<NaiveDate>, StoreError> {
    let sql = "SELECT day FROM statement_days ORDER BY day DESC LIMIT 1";
    let row = on.executor().query_one_raw(on.statement(sql, [])).await?;
    row.map(|row| Ok(row.try_get("", "day")?)).transpose()
}

/// Takes a day to do it, within the transaction that does. `false` when it is done already; who asks while another does it
/// waits for that.
///
/// # Errors
/// When the database does not answer.
pub async fn begin_day(tx: &Tx, day: NaiveDate, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let sql =
        "INSERT INTO statement_days (id, day, statements, made_at) VALUES ($1, $2, 0, $3) ON CONFLICT (day) DO NOTHING";
    let values: [Value; 3] = [Uuid::now_v7().into(), day.into(), micros(now).into()];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps the statements of a day that was begun in this transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(tx: &Tx, day: NaiveDate, statements: &[Kept]) -> Result<(), StoreError> {
    let sql = "INSERT INTO statements (id, one_id, other_id, day, handoffs, unaccounted, counts, signed, key, made_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let name = format!("statement of {day}");
    for kept in statements {
        let [one, other] = kept.between;
        let values: [Value; 10] = [
            kept.id.into(),
            one.0.into(),
            other.0.into(),
            kept.day.into(),
            map::stored_count(&name, "handoffs", kept.handoffs)?.into(),
            map::stored_count(&name, "unaccounted", kept.unaccounted)?.into(),
            map::to_json(&name, &kept.counts)?.into(),
            kept.signed.clone().into(),
            kept.key.clone().into(),
            micros(kept.made_at).into(),
        ];
        tx.executor().execute_raw(tx.statement(sql, values)).await?;
    }
    let number = u32::try_from(statements.len()).unwrap_or(u32::MAX);
    let sql = "UPDATE statement_days SET statements = $2 WHERE day = $1";
    let values: [Value; 2] = [day.into(), map::stored_count(&name, "statements", number)?.into()];
    tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(())
}

const COLUMNS: &str =
    "SELECT id, one_id, other_id, day, handoffs, unaccounted, counts, signed, key, made_at FROM statements";

/// A page of them, the newest day first, after `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    on: &impl Handle,
    which: &Which<'_>,
    after: Option<Place>,
    limit: u32,
) -> Result<Page<Kept, Place>, StoreError> {
    let mut values = Vec::new();
    let mut conditions = vec![within(which.scope, &mut values)];
    if let Some(with) = which.with {
        let (one, other) = (placeholder(with.0, &mut values), placeholder(with.0, &mut values));
        conditions.push(format!("(one_id = {one} OR other_id = {other})"));
    }
    for (day, relation) in [(which.from, ">="), (which.to, "<=")] {
        if let Some(day) = day {
            conditions.push(format!("day {relation} {}", placeholder(day, &mut values)));
        }
    }
    if let Some((day, id)) = after {
        let (day, id) = (placeholder(day, &mut values), placeholder(id, &mut values));
        conditions.push(format!("(day, id) < ({day}, {id})"));
    }
    let at_most = placeholder(i64::from(limit) + 1, &mut values);
    let sql = format!(
        "{COLUMNS} WHERE {} ORDER BY day DESC, id DESC LIMIT {at_most}",
        conditions.join(" AND ")
    );
    let rows = Row::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?;
    let found = rows.into_iter().map(Kept::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(found, limit, |last| (last.day, last.id)))
}

/// One of them within `scope`.
///
/// # Errors
/// When the database does not answer.
pub async fn find(on: &impl Handle, scope: &Scope, id: Uuid) -> Result<Option<Kept>, StoreError> {
    let mut values = Vec::new();
    let within = within(scope, &mut values);
    let id = placeholder(id, &mut values);
    let sql = format!("{COLUMNS} WHERE {within} AND id = {id}");
    let row = Row::find_by_statement(on.statement(&sql, values))
        .one(&on.executor())
        .await?;
    row.map(Kept::try_from).transpose()
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
    format!("(one_id IN ({own}) OR other_id IN ({other}))")
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    one_id: Uuid,
    other_id: Uuid,
    day: NaiveDate,
    handoffs: i32,
    unaccounted: i32,
    counts: serde_json::Value,
    signed: String,
    key: serde_json::Value,
    made_at: DateTime<Utc>,
}

impl TryFrom<Row> for Kept {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let name = format!("statement {}", row.id);
        Ok(Self {
            id: row.id,
            between: [AgencyId(row.one_id), AgencyId(row.other_id)],
            day: row.day,
            handoffs: map::count(&name, "handoffs", row.handoffs)?,
            unaccounted: map::count(&name, "unaccounted", row.unaccounted)?,
            counts: map::json(&name, "counts", row.counts)?,
            signed: row.signed,
            key: row.key,
            made_at: row.made_at,
        })
    }
}
