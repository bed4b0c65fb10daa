//! The lines of the tallies.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Value};
use stafett_workflow::agency::{ArenaId, PatrolId, ReferralId};
use stafett_workflow::outreach::{Contact, Entry};
use stafett_workflow::policy::Scope;
use uuid::Uuid;

use super::{Kept, RegisterQuery, head, keyed, version_before, within};
use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::outreach_contact::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::map;
use crate::page::Page;
use crate::referrals::placeholder;

/// A line with when its patrol began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The line.
    pub entry: Entry<Contact>,
    /// When its patrol began.
    pub at: DateTime<Utc>,
}

/// How many a patrol met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Met {
    /// In so many lines.
    pub lines: u64,
    /// All of them.
    pub persons: u64,
    /// Those whom the team had not met before.
    pub new: u64,
}

/// A row with when its patrol began.
#[derive(FromQueryResult)]
struct ToldRow {
    #[sea_orm(nested)]
    line: Model,
    patrol_began_at: DateTime<Utc>,
}

impl Kept for Contact {
    const TABLE: &'static str = "outreach_contacts";

    async fn find(on: &impl Handle, scope: &Scope, id: Uuid) -> Result<Option<Entry<Self>>, StoreError> {
        let mut values: Vec<Value> = Vec::new();
        let Some(within) = within(scope, "c.agency_id", &mut values) else {
            return Ok(None);
        };
        let id = placeholder(id, &mut values);
        let sql = format!("SELECT c.* FROM outreach_contacts c WHERE {within} AND c.id = {id}");
        let row = Model::find_by_statement(on.statement(&sql, values))
            .one(&on.executor())
            .await?;
        row.map(Entry::try_from).transpose()
    }

    async fn insert(tx: &Tx, entry: &Entry<Self>, digest: &str) -> Result<bool, StoreError> {
        let mut row = row(entry)?;
        row.request_hash = Set(keyed(tx, digest).await?);
        let inserted = Entity::insert(row)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&tx.executor())
            .await?;
        Ok(inserted == 1)
    }

    async fn update(tx: &Tx, entry: &Entry<Self>) -> Result<bool, StoreError> {
        let done = Entity::update_many()
            .set(row(entry)?)
            .filter(Column::Id.eq(entry.head.id))
            .filter(Column::Version.eq(version_before(&entry.head)?))
            .exec(&tx.executor())
            .await?;
        Ok(done.rows_affected == 1)
    }
}

/// Stores new lines, all under the keyed digest of one request.
pub(super) async fn insert_many(tx: &Tx, entries: &[&Entry<Contact>], hash: &str) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let rows = entries.iter().map(|entry| {
        let mut row = row(entry)?;
        row.request_hash = Set(hash.to_owned());
        Ok(row)
    });
    let rows: Vec<_> = rows.collect::<Result<_, StoreError>>()?;
    Entity::insert_many(rows).exec_without_returning(&tx.executor()).await?;
    Ok(())
}

/// A page of lines, those of the last patrol first. A line of a patrol that was withdrawn does not count either.
///
/// # Errors
/// When the database does not answer.
pub async fn contacts(
    on: &impl Handle,
    query: &RegisterQuery,
) -> Result<Page<Told, (DateTime<Utc>, Uuid)>, StoreError> {
    let place = |last: &Told| (last.at, last.entry.head.id);
    let mut values = Vec::new();
    let Some(mut conditions) = query.of_patrol(&mut values) else {
        return Ok(Page::cut(Vec::new(), query.limit, place));
    };
    conditions.push(match query.withdrawn {
        true => "(c.withdrawn_at IS NOT NULL OR p.withdrawn_at IS NOT NULL)".to_owned(),
        false => "c.withdrawn_at IS NULL AND p.withdrawn_at IS NULL".to_owned(),
    });
    if let Some(arena) = query.arena {
        conditions.push(format!("c.arena_id = {}", placeholder(arena.0, &mut values)));
    }
    conditions.extend(query.beyond("c.id", &mut values));
    let limit = placeholder(i64::from(query.limit) + 1, &mut values);
    let sql = format!(
        "SELECT c.*, p.began_at AS patrol_began_at FROM outreach_contacts c JOIN outreach_patrols p ON p.id = c.patrol_id \
         WHERE {} ORDER BY p.began_at DESC, c.id DESC LIMIT {limit}",
        conditions.join(" AND ")
    );
    let rows = ToldRow::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?;
    let told = rows.into_iter().map(|row| {
        Ok(Told {
            entry: row.line.try_into()?,
            at: row.patrol_began_at,
        })
    });
    Ok(Page::cut(told.collect::<Result<_, StoreError>>()?, query.limit, place))
}

/// How many these patrols met, by what counts.
///
/// # Errors
/// When the database does not answer.
pub async fn met(
    on: &impl Handle,
    patrols: impl IntoIterator<Item = PatrolId>,
) -> Result<BTreeMap<PatrolId, Met>, StoreError> {
    let mut values: Vec<Value> = Vec::new();
    let ids: Vec<_> = patrols
        .into_iter()
        .map(|patrol| placeholder(patrol.0, &mut values))
        .collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!(
        "SELECT patrol_id, COUNT(*) AS tallied, CAST(SUM(persons) AS BIGINT) AS met, \
         CAST(SUM(CASE WHEN acquaintance = 'new' THEN persons ELSE 0 END) AS BIGINT) AS fresh \
         FROM outreach_contacts WHERE withdrawn_at IS NULL AND patrol_id IN ({}) GROUP BY patrol_id",
        ids.join(", ")
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    rows.iter()
        .map(|row| {
            let patrol = PatrolId(row.try_get("", "patrol_id")?);
            let count = |column: &str| {
                u64::try_from(row.try_get::<i64>("", column)?).map_err(|_negative| {
                    StoreError::corrupt(format_args!("patrol {patrol}"), "it met less than nobody")
                })
            };
            let met = Met {
                lines: count("tallied")?,
                persons: count("met")?,
                new: count("fresh")?,
            };
            Ok((patrol, met))
        })
        .collect()
}

impl TryFrom<Model> for Entry<Contact> {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let name = format!("outreach contact {}", row.id);
        Ok(Self {
            head: head!(row).try_into()?,
            of: Contact {
                patrol: PatrolId(row.patrol_id),
                arena: ArenaId(row.arena_id),
                acquaintance: map::code(&name, "acquaintance", &row.acquaintance)?,
                age: map::code(&name, "age", &row.age)?,
                sex: map::code(&name, "sex", &row.sex)?,
                persons: map::count(&name, "persons", row.persons)?,
                needs: map::json(&name, "needs", row.needs)?,
                outcome: map::code(&name, "outcome", &row.outcome)?,
                clients: map::count(&name, "clients", row.clients)?,
                missing: map::count(&name, "missing", row.missing)?,
                referral: row.referral_id.map(ReferralId),
            },
        })
    }
}

fn row(entry: &Entry<Contact>) -> Result<ActiveModel, StoreError> {
    let (head, contact) = (&entry.head, &entry.of);
    Ok(ActiveModel {
        id: Set(head.id),
        agency_id: Set(head.agency.0),
        version: Set(map::stored_count("outreach contact", "version", head.version)?),
        request_hash: NotSet,
        entered_by: Set(head.entered_by.0),
        entered_at: Set(map::micros(head.entered_at)),
        changed_at: Set(map::micros(head.changed_at)),
        withdrawn_at: Set(head.withdrawn_at.map(map::micros)),
        patrol_id: Set(contact.patrol.0),
        arena_id: Set(contact.arena.0),
        acquaintance: Set(contact.acquaintance.as_str().to_owned()),
        age: Set(contact.age.as_str().to_owned()),
        sex: Set(contact.sex.as_str().to_owned()),
        persons: Set(i32::from(contact.persons)),
        needs: Set(map::to_json("outreach contact", &contact.needs)?),
        outcome: Set(contact.outcome.as_str().to_owned()),
        clients: Set(i32::from(contact.clients)),
        missing: Set(i32::from(contact.missing)),
        referral_id: Set(contact.referral.map(|referral| referral.0)),
    })
}
