//! What the reports count: hand-offs that were sent, with the times of their answers; which way they go and what is needed;
//! referrals that are under way; limits that run past their due time. Ids, codes and times only, within the scope; the figures are
//! the caller's to make.
//!
//! A report and the list behind it share one condition, so that the list always has as many lines as the report counts.

mod ageing;
mod agreement;
mod disputes;
mod flow;
mod needs;
mod overdue;
mod raw;
mod sent;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, DatabaseExecutor, QueryResult, Statement, StreamTrait, Value};
use stafett_workflow::policy::Scope;
use stafett_workflow::reference::Reference;
use uuid::Uuid;

use crate::connect::{Db, sealed::Handle as _};
use crate::error::StoreError;
use crate::map::micros;
use crate::page::Page;
use crate::referrals::{placeholder, placeholders};

pub use ageing::{Waiting, WaitingQuery, each_waiting, waiting_page};
pub use agreement::{Agreed, AgreedQuery, Outcome, agreed_page, each_agreed};
pub use disputes::{Dispute, Standing, disputes, disputes_page};
pub use flow::{
    Alike, FlowLine, FlowQuery, ROUND, ReferralLine, flow, flow_page, repeats, repeats_page, rounds, rounds_page,
};
pub use needs::{AlikeInNeed, Unmet, needs, unmet, unmet_page};
pub use overdue::{Overdue, OverdueQuery, each_overdue, overdue_page};
pub use raw::{Raw, raw};
pub use sent::{AnswerLimits, Sent, SentLine, SentQuery, each_sent, sent_page};

/// Whether one of the scope's agencies stands in one of the columns.
fn is_party(scope: &Scope, columns: &[&str], values: &mut Vec<Value>) -> Option<String> {
    if scope.is_all() {
        return Some("1 = 1".to_owned());
    }
    if scope.agencies().is_empty() {
        return None;
    }
    let any: Vec<_> = columns
        .iter()
        .map(|column| format!("{column} IN ({})", placeholders(scope.agencies(), values)))
        .collect();
    Some(format!("({})", any.join(" OR ")))
}

fn filter(column: &str, value: Option<Value>, conditions: &mut Vec<String>, values: &mut Vec<Value>) {
    if let Some(value) = value {
        conditions.push(format!("{column} = {}", placeholder(value, values)));
    }
}

/// A further condition: after this place in the order of two columns.
fn beyond((time, id): (&str, &str), after: Option<(DateTime<Utc>, Uuid)>, values: &mut Vec<Value>) -> String {
    let Some((at, last)) = after else { return String::new() };
    let (at, last) = (placeholder(micros(at), values), placeholder(last, values));
    format!(" AND ({time}, {id}) > ({at}, {last})")
}

fn nothing<T, C>() -> Page<T, C> {
    Page {
        items: Vec::new(),
        next: None,
    }
}

/// Reads the rows as they come: a report over a million of them must not hold a million.
async fn stream(
    db: &Db,
    statement: Statement,
    mut each: impl FnMut(&QueryResult) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    match db.executor() {
        DatabaseExecutor::Connection(connection) => {
            let mut rows = connection.stream_raw(statement).await?;
            while let Some(row) = rows.try_next().await? {
                each(&row)?;
            }
        }
        executor => {
            for row in executor.query_all_raw(statement).await? {
                each(&row)?;
            }
        }
    }
    Ok(())
}

fn reference(referral: Uuid, stored: &str) -> Result<Reference, StoreError> {
    stored
        .parse()
        .map_err(|_not_a_reference| StoreError::corrupt(format_args!("referral {referral}"), "reference is not one"))
}

fn number(column: &str, stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(|_negative| StoreError::corrupt("a report", format_args!("{column} is out of range")))
}
