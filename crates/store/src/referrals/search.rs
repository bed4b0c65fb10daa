//! Looking for referrals about one youth: by a digest, within a scope, the newest first.

use sea_orm::{ConnectionTrait, Value};
use stafett_workflow::policy::Scope;

use super::cursor::Cursor;
use super::list::{Line, Sort, handoff_columns};
use super::{placeholder, within};
use crate::connect::Handle;
use crate::error::StoreError;
use crate::page::Page;
use crate::persons::PersonKey;

/// A page of the referrals within the scope about somebody with this digest, after the place `after`.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn search(
    on: &impl Handle,
    scope: &Scope,
    key: &PersonKey,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Page<Line, Cursor>, StoreError> {
    let mut values: Vec<Value> = key.parts().into();
    let Some(within) = within(scope, &mut values) else {
        return Ok(Page {
            items: Vec::new(),
            next: None,
        });
    };
    let beyond = match after {
        Some(after) => format!(
            "AND (r.created_at, r.id) < ({}, {})",
            placeholder(after.key(), &mut values),
            placeholder(after.id(), &mut values)
        ),
        None => String::new(),
    };
    let rows = placeholder(i64::from(limit) + 1, &mut values);
    let sql = format!(
        "SELECT r.*, {} FROM person_keys k JOIN referrals r ON r.person_id = k.person_id \
         JOIN handoffs h ON h.referral_id = r.id AND h.ordinal = r.current_ordinal \
         WHERE k.kind = $1 AND k.digest = $2 AND {within} {beyond} ORDER BY r.created_at DESC, r.id DESC LIMIT {rows}",
        handoff_columns()
    );
    let found = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    let lines = found.iter().map(Line::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(lines, limit, |last| Cursor::at(Sort::Created, last)))
}
