//! Patrols, and where they came by.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use stafett_workflow::agency::ArenaId;
use stafett_workflow::outreach::{Contact, Entry, Patrol};
use stafett_workflow::policy::Scope;
use uuid::Uuid;

use super::{Kept, RegisterQuery, contacts, head, keyed, version_before};
use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::outreach_patrol::{ActiveModel, Column, Entity, Model};
use crate::entity::outreach_patrol_arena as passed;
use crate::error::StoreError;
use crate::map;
use crate::page::Page;
use crate::referrals::placeholder;

/// So many rows go into the database at once: with a dozen columns each, fewer values than either database takes in one statement.
const AT_ONCE: usize = 200;

impl Kept for Patrol {
    const TABLE: &'static str = "outreach_patrols";

    async fn find(on: &impl Handle, scope: &Scope, id: Uuid) -> Result<Option<Entry<Self>>, StoreError> {
        let row = Entity::find_by_id(id).one(&on.executor()).await?;
        let row = row.filter(|row| scope.is_all() || scope.agencies().iter().any(|agency| agency.0 == row.agency_id));
        Ok(read(on, row.into_iter().collect()).await?.pop())
    }

    async fn insert(tx: &Tx, entry: &Entry<Self>, digest: &str) -> Result<bool, StoreError> {
        let mut row = row(entry)?;
        row.request_hash = Set(keyed(tx, digest).await?);
        let inserted = Entity::insert(row)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&tx.executor())
            .await?;
        if inserted == 1 {
            pass_by(tx, places(entry).collect()).await?;
        }
        Ok(inserted == 1)
    }

    async fn update(tx: &Tx, entry: &Entry<Self>) -> Result<bool, StoreError> {
        let done = Entity::update_many()
            .set(row(entry)?)
            .filter(Column::Id.eq(entry.head.id))
            .filter(Column::Version.eq(version_before(&entry.head)?))
            .exec(&tx.executor())
            .await?;
        if done.rows_affected != 1 {
            return Ok(false);
        }
        passed::Entity::delete_many()
            .filter(passed::Column::PatrolId.eq(entry.head.id))
            .exec(&tx.executor())
            .await?;
        pass_by(tx, places(entry).collect()).await.map(|()| true)
    }
}

/// A page of patrols, those that began last first.
///
/// # Errors
/// When the database does not answer.
pub async fn patrols(
    on: &impl Handle,
    query: &RegisterQuery,
) -> Result<Page<Entry<Patrol>, (DateTime<Utc>, Uuid)>, StoreError> {
    let mut values = Vec::new();
    let Some(mut conditions) = query.of_patrol(&mut values) else {
        return Ok(Page::cut(Vec::new(), query.limit, place));
    };
    let withdrawn = if query.withdrawn { "IS NOT NULL" } else { "IS NULL" };
    conditions.push(format!("p.withdrawn_at {withdrawn}"));
    if let Some(arena) = query.arena {
        let arena = placeholder(arena.0, &mut values);
        conditions.push(format!(
            "EXISTS (SELECT 1 FROM outreach_patrol_arenas a WHERE a.patrol_id = p.id AND a.arena_id = {arena})"
        ));
    }
    conditions.extend(query.beyond("p.id", &mut values));
    let limit = placeholder(i64::from(query.limit) + 1, &mut values);
    let sql = format!(
        "SELECT p.* FROM outreach_patrols p WHERE {} ORDER BY p.began_at DESC, p.id DESC LIMIT {limit}",
        conditions.join(" AND ")
    );
    let rows = Model::find_by_statement(on.statement(&sql, values))
        .all(&on.executor())
        .await?;
    Ok(Page::cut(read(on, rows).await?, query.limit, place))
}

/// Stores many patrols with the lines of their tallies at once, under fresh ids: how a demo comes by a past.
///
/// # Errors
/// When the database does not answer.
pub async fn enter_all(tx: &Tx, entries: &[(Entry<Patrol>, Vec<Entry<Contact>>)]) -> Result<(), StoreError> {
    let hash = keyed(tx, "").await?;
    let rows = entries.iter().map(|(patrol, _)| {
        let mut row = row(patrol)?;
        row.request_hash = Set(hash.clone());
        Ok(row)
    });
    let rows: Vec<_> = rows.collect::<Result<_, StoreError>>()?;
    for rows in rows.chunks(AT_ONCE) {
        Entity::insert_many(rows.to_vec())
            .exec_without_returning(&tx.executor())
            .await?;
    }
    let passed: Vec<_> = entries.iter().flat_map(|(patrol, _)| places(patrol)).collect();
    for places in passed.chunks(AT_ONCE) {
        pass_by(tx, places.to_vec()).await?;
    }
    let lines: Vec<_> = entries.iter().flat_map(|(_, lines)| lines).collect();
    for lines in lines.chunks(AT_ONCE) {
        contacts::insert_many(tx, lines, &hash).await?;
    }
    Ok(())
}

fn place(last: &Entry<Patrol>) -> (DateTime<Utc>, Uuid) {
    (last.of.from, last.head.id)
}

fn places(entry: &Entry<Patrol>) -> impl Iterator<Item = passed::ActiveModel> {
    entry.of.arenas.iter().map(|arena| passed::ActiveModel {
        patrol_id: Set(entry.head.id),
        arena_id: Set(arena.0),
    })
}

async fn pass_by(tx: &Tx, rows: Vec<passed::ActiveModel>) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    passed::Entity::insert_many(rows)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

async fn read(on: &impl Handle, rows: Vec<Model>) -> Result<Vec<Entry<Patrol>>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut arenas: BTreeMap<Uuid, Vec<ArenaId>> = BTreeMap::new();
    let places = passed::Entity::find()
        .filter(passed::Column::PatrolId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(passed::Column::ArenaId);
    for place in places.all(&on.executor()).await? {
        arenas.entry(place.patrol_id).or_default().push(ArenaId(place.arena_id));
    }
    rows.into_iter()
        .map(|row| {
            Ok(Entry {
                head: head!(row).try_into()?,
                of: Patrol {
                    from: row.began_at,
                    until: row.ended_at,
                    arenas: arenas.remove(&row.id).unwrap_or_default(),
                    workers: map::count(format_args!("patrol {}", row.id), "workers", row.workers)?,
                },
            })
        })
        .collect()
}

fn row(entry: &Entry<Patrol>) -> Result<ActiveModel, StoreError> {
    let (head, patrol) = (&entry.head, &entry.of);
    Ok(ActiveModel {
        id: Set(head.id),
        agency_id: Set(head.agency.0),
        version: Set(map::stored_count("patrol", "version", head.version)?),
        request_hash: NotSet,
        entered_by: Set(head.entered_by.0),
        entered_at: Set(map::micros(head.entered_at)),
        changed_at: Set(map::micros(head.changed_at)),
        withdrawn_at: Set(head.withdrawn_at.map(map::micros)),
        began_at: Set(map::micros(patrol.from)),
        ended_at: Set(patrol.until.map(map::micros)),
        workers: Set(i32::from(patrol.workers)),
    })
}
