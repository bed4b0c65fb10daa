//! Pages of cases, the newest first.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use stafett_workflow::agency::{AgencyId, UserId};
use stafett_workflow::policy::Scope;
use stafett_workflow::vocabulary::CaseState;
use uuid::Uuid;

use super::{CaseRecord, to_record};
use crate::connect::Handle;
use crate::entity::case;
use crate::error::StoreError;
use crate::page::Page;
use crate::referrals::{placeholder, placeholders, reference_pattern};

/// Which cases to list.
#[derive(Debug, Clone)]
pub struct CaseQuery {
    /// What the reader may know of.
    pub scope: Scope,
    /// In one of these states; none means those that are not merged away.
    pub states: Vec<CaseState>,
    /// Coordinated by somebody in particular.
    pub coordinator: Option<Coordinated>,
    /// With a reference that begins like this, as people write it.
    pub reference: Option<String>,
    /// Those after this one.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: u32,
}

/// By whom a case is coordinated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coordinated {
    /// By this person.
    Person(UserId),
    /// By this agency, which must be within the scope: whoever only takes part may not be told who coordinates.
    Agency(AgencyId),
}

/// A place in the list: after this case. Its text form is opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    opened_at: DateTime<Utc>,
    id: Uuid,
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a cursor of this list")]
pub struct NotACursor;

impl Cursor {
    /// The place after a case.
    #[must_use]
    pub const fn after(record: &CaseRecord) -> Self {
        Self {
            opened_at: record.case.opened_at,
            id: record.case.id.0,
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "k{:016x}{}", self.opened_at.timestamp_micros(), self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let parse = || {
            let (time, id) = text.strip_prefix('k')?.split_at_checked(16)?;
            let opened_at = i64::from_str_radix(time, 16)
                .ok()
                .and_then(DateTime::from_timestamp_micros)?;
            let id = (id.len() == 32).then(|| Uuid::try_parse(id).ok())??;
            Some(Self { opened_at, id })
        };
        parse().ok_or(NotACursor)
    }
}

/// A page of cases.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn list(on: &impl Handle, query: &CaseQuery) -> Result<Page<CaseRecord, Cursor>, StoreError> {
    let mut walks = Vec::new();
    let mut values = Vec::new();
    let agencies: Vec<_> = match query.scope.is_all() {
        true => vec![None],
        false => query.scope.agencies().iter().copied().map(Some).collect(),
    };
    for agency in agencies {
        let mut conditions = vec!["p.case_id = c.id".to_owned()];
        if let Some(agency) = agency {
            conditions.push(format!("p.agency_id = {}", placeholder(agency.0, &mut values)));
        }
        if let Some(after) = query.after {
            let (at, id) = (
                placeholder(after.opened_at, &mut values),
                placeholder(after.id, &mut values),
            );
            conditions.push(format!("(p.opened_at, p.case_id) < ({at}, {id})"));
        }
        filters(query, &mut conditions, &mut values);
        let limit = placeholder(i64::from(query.limit) + 1, &mut values);
        walks.push(format!(
            "SELECT * FROM (SELECT p.opened_at AS k, p.case_id AS id FROM case_parties p CROSS JOIN cases c WHERE {} \
             ORDER BY p.opened_at DESC, p.case_id DESC LIMIT {limit}) walk",
            conditions.join(" AND ")
        ));
    }
    if walks.is_empty() {
        return Ok(Page {
            items: Vec::new(),
            next: None,
        });
    }
    let limit = placeholder(i64::from(query.limit) + 1, &mut values);
    let sql = format!(
        "SELECT id FROM ({}) page ORDER BY k DESC, id DESC LIMIT {limit}",
        walks.join(" UNION ")
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    let ids = rows
        .iter()
        .map(|row| Ok(row.try_get::<Uuid>("", "id")?))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let mut found = case::Entity::find()
        .filter(case::Column::Id.is_in(ids.iter().copied()))
        .all(&on.executor())
        .await?;
    found.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    let records = found.iter().map(to_record).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(records, query.limit, Cursor::after))
}

fn filters(query: &CaseQuery, conditions: &mut Vec<String>, values: &mut Vec<sea_orm::Value>) {
    if query.states.is_empty() {
        conditions.push("c.state <> 'merged'".to_owned());
    } else {
        let states: Vec<_> = query
            .states
            .iter()
            .map(|state| placeholder(state.as_str(), values))
            .collect();
        conditions.push(format!("c.state IN ({})", states.join(", ")));
    }
    match query.coordinator {
        Some(Coordinated::Person(person)) => {
            // A person is known as coordinator to their own agency only through its own scope.
            conditions.push(format!("c.coordinator_person_id = {}", placeholder(person.0, values)));
            if !query.scope.is_all() {
                let own = placeholders(query.scope.agencies(), values);
                conditions.push(format!("c.coordinator_id IN ({own})"));
            }
        }
        Some(Coordinated::Agency(agency)) => {
            conditions.push(format!("c.coordinator_id = {}", placeholder(agency.0, values)));
        }
        None => {}
    }
    if let Some(reference) = &query.reference {
        let symbols = reference
            .trim_start()
            .trim_start_matches(['S', 's'])
            .trim_start_matches(['-', ' ']);
        let pattern = match (reference.trim().is_empty(), symbols.trim().is_empty()) {
            (true, _) => String::new(),
            (false, true) => "S-%".to_owned(),
            (false, false) => format!("S-{}", reference_pattern(symbols)),
        };
        conditions.push(format!("c.reference LIKE {}", placeholder(pattern, values)));
    }
}
