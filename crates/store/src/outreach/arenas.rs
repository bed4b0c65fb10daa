//! Arenas, and what is written of them.

use std::collections::BTreeMap;

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use stafett_workflow::agency::{AgencyId, ArenaId};
use stafett_workflow::outreach::{Arena, Entry, Head, Presence};
use stafett_workflow::policy::Scope;
use uuid::Uuid;

use super::{Kept, head, keyed, version_before};
use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::outreach_arena::{ActiveModel, Column, Entity, Model};
use crate::entity::text;
use crate::error::StoreError;
use crate::map;
use crate::page::Page;
use crate::vault;

/// What the text about an arena is among the texts.
const KIND: &str = "arena";

/// A presence as it is stored.
#[derive(Serialize, Deserialize)]
struct Present {
    agency: Uuid,
    times: u16,
}

impl Kept for Arena {
    const TABLE: &'static str = "outreach_arenas";

    async fn find(on: &impl Handle, scope: &Scope, id: Uuid) -> Result<Option<Entry<Self>>, StoreError> {
        let row = Entity::find_by_id(id)
            .filter(of_scope(scope))
            .one(&on.executor())
            .await?;
        Ok(read(on, row.into_iter().collect()).await?.pop())
    }

    async fn insert(tx: &Tx, entry: &Entry<Self>, digest: &str) -> Result<bool, StoreError> {
        let arena = &entry.of;
        let texts = [
            keep(tx, &entry.head, None, arena.effort.as_deref()).await?,
            keep(tx, &entry.head, None, arena.missing.as_deref()).await?,
        ];
        let mut row = row(entry, texts)?;
        row.request_hash = Set(keyed(tx, digest).await?);
        let inserted = Entity::insert(row)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&tx.executor())
            .await?;
        Ok(inserted == 1)
    }

    async fn update(tx: &Tx, entry: &Entry<Self>) -> Result<bool, StoreError> {
        let stored = Entity::find_by_id(entry.head.id).one(&tx.executor()).await?;
        let Some(stored) =
            stored.filter(|stored| version_before(&entry.head).is_ok_and(|before| stored.version == before))
        else {
            return Ok(false);
        };
        let arena = &entry.of;
        let texts = [
            keep(tx, &entry.head, stored.effort_text_id, arena.effort.as_deref()).await?,
            keep(tx, &entry.head, stored.missing_text_id, arena.missing.as_deref()).await?,
        ];
        let done = Entity::update_many()
            .set(row(entry, texts)?)
            .filter(Column::Id.eq(entry.head.id))
            .filter(Column::Version.eq(stored.version))
            .exec(&tx.executor())
            .await?;
        let before = [stored.effort_text_id, stored.missing_text_id];
        let gone = before.into_iter().zip(texts);
        for old in gone.filter_map(|(old, new)| old.filter(|_| new.is_none())) {
            text::Entity::delete_by_id(old).exec(&tx.executor()).await?;
            tx.written().text_taken_away(old);
        }
        Ok(done.rows_affected == 1)
    }
}

/// A page of the arenas of the scope's agencies, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn arenas(
    on: &impl Handle,
    scope: &Scope,
    agency: Option<AgencyId>,
    withdrawn: bool,
    after: Option<(String, Uuid)>,
    limit: u32,
) -> Result<Page<Entry<Arena>, (String, Uuid)>, StoreError> {
    let mut select = Entity::find()
        .filter(of_scope(scope))
        .filter(match withdrawn {
            true => Column::WithdrawnAt.is_not_null(),
            false => Column::WithdrawnAt.is_null(),
        })
        .order_by_asc(Column::Name)
        .order_by_asc(Column::Id)
        .limit(u64::from(limit) + 1);
    if let Some(agency) = agency {
        select = select.filter(Column::AgencyId.eq(agency.0));
    }
    if let Some((name, id)) = after {
        let same = Condition::all().add(Column::Name.eq(&name)).add(Column::Id.gt(id));
        select = select.filter(Condition::any().add(Column::Name.gt(&name)).add(same));
    }
    let rows = select.all(&on.executor()).await?;
    let entries = read(on, rows).await?;
    Ok(Page::cut(entries, limit, |last| (last.of.name.clone(), last.head.id)))
}

/// What these arenas are called, and in whose register each stands, withdrawn ones included.
///
/// # Errors
/// When the database does not answer.
pub async fn arena_names(
    on: &impl Handle,
    ids: impl IntoIterator<Item = ArenaId>,
) -> Result<BTreeMap<ArenaId, (AgencyId, String)>, StoreError> {
    let ids: Vec<Uuid> = ids.into_iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = Entity::find().filter(Column::Id.is_in(ids)).all(&on.executor()).await?;
    let named = rows.into_iter();
    Ok(named
        .map(|row| (ArenaId(row.id), (AgencyId(row.agency_id), row.name)))
        .collect())
}

fn of_scope(scope: &Scope) -> Condition {
    match scope.is_all() {
        true => Condition::all(),
        false => Condition::all().add(Column::AgencyId.is_in(scope.agencies().iter().map(|agency| agency.0))),
    }
}

/// Seals what is written of an arena, in place of what stood there; where it now lies.
async fn keep(tx: &Tx, head: &Head, before: Option<Uuid>, words: Option<&str>) -> Result<Option<Uuid>, StoreError> {
    let Some(words) = words else { return Ok(None) };
    let key = vault::house(tx).await?;
    let id = before.unwrap_or_else(Uuid::now_v7);
    let row = text::ActiveModel {
        id: Set(id),
        person_id: NotSet,
        referral_id: NotSet,
        handoff_id: NotSet,
        kind: Set(KIND.to_owned()),
        sealed: Set(key.seal_text(id, words)?),
        key_id: Set(Some(key.owner())),
        author_id: Set(Some(head.entered_by.0)),
        author_agency_id: Set(Some(head.agency.0)),
        created_at: Set(map::micros(head.changed_at)),
        case_id: NotSet,
    };
    tx.written().texts(std::slice::from_ref(&row));
    match before {
        Some(_) => text::Entity::update(row).exec(&tx.executor()).await.map(drop)?,
        None => text::Entity::insert(row)
            .exec_without_returning(&tx.executor())
            .await
            .map(drop)?,
    }
    Ok(Some(id))
}

async fn read(on: &impl Handle, rows: Vec<Model>) -> Result<Vec<Entry<Arena>>, StoreError> {
    let texts: Vec<Uuid> = rows
        .iter()
        .flat_map(|row| [row.effort_text_id, row.missing_text_id])
        .flatten()
        .collect();
    let mut words: BTreeMap<Uuid, String> = BTreeMap::new();
    if !texts.is_empty() {
        let key = vault::house(on).await?;
        let sealed = text::Entity::find().filter(text::Column::Id.is_in(texts));
        for row in sealed.all(&on.executor()).await? {
            words.extend(key.open_text(row.id, &row.sealed)?.map(|body| (row.id, body)));
        }
    }
    let mut said = |id: Option<Uuid>| id.and_then(|id| words.remove(&id));
    rows.into_iter()
        .map(|row| {
            let name = format!("arena {}", row.id);
            let present: Vec<Present> = map::json(&name, "present", row.present.clone())?;
            Ok(Entry {
                head: head!(row).try_into()?,
                of: Arena {
                    area: row.area,
                    present: present
                        .into_iter()
                        .map(|present| Presence {
                            agency: AgencyId(present.agency),
                            times_a_month: present.times,
                        })
                        .collect(),
                    problems: map::json(&name, "problems", row.problems)?,
                    effort: said(row.effort_text_id),
                    responsible: row.responsible_id.map(AgencyId),
                    missing: said(row.missing_text_id),
                    reviewed_on: row.reviewed_on,
                    name: row.name,
                },
            })
        })
        .collect()
}

fn row(entry: &Entry<Arena>, [effort, missing]: [Option<Uuid>; 2]) -> Result<ActiveModel, StoreError> {
    let (head, arena) = (&entry.head, &entry.of);
    let name = format!("arena {}", head.id);
    let present: Vec<Present> = arena
        .present
        .iter()
        .map(|presence| Present {
            agency: presence.agency.0,
            times: presence.times_a_month,
        })
        .collect();
    Ok(ActiveModel {
        id: Set(head.id),
        agency_id: Set(head.agency.0),
        version: Set(map::stored_count(&name, "version", head.version)?),
        request_hash: NotSet,
        entered_by: Set(head.entered_by.0),
        entered_at: Set(map::micros(head.entered_at)),
        changed_at: Set(map::micros(head.changed_at)),
        withdrawn_at: Set(head.withdrawn_at.map(map::micros)),
        name: Set(arena.name.clone()),
        area: Set(arena.area.clone()),
        present: Set(map::to_json(&name, &present)?),
        problems: Set(map::to_json(&name, &arena.problems)?),
        responsible_id: Set(arena.responsible.map(|agency| agency.0)),
        effort_text_id: Set(effort),
        missing_text_id: Set(missing),
        reviewed_on: Set(arena.reviewed_on),
    })
}
