//! The register of an outreach team: entering, correcting and withdrawing what it keeps.
//!
//! Patrols, the lines of their tallies and arenas are kept alike, so one file holds what is done with an entry; what is particular to each kind
//! is told by [`Record`]. A register is one agency's own: to everybody else an entry is not there.

pub mod arenas;
pub mod contacts;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;
use stafett_store::idempotency::Answer;
use stafett_store::outreach::{self, Kept, Met, RegisterQuery, Told};
use stafett_store::{Handle, Page, Tx, agencies, audit, referrals};
use stafett_workflow::Refusal;
use stafett_workflow::agency::{AgencyId, ArenaId, PatrolId, ReferralId};
use stafett_workflow::outreach::{Arena, Contact, Entry, Head, Patrol};
use stafett_workflow::policy::{self, Operation, Permit, Scope, Verdict};
use stafett_workflow::reference::Reference;
use stafett_workflow::refusal::FieldError;
use uuid::Uuid;

use super::engine::Engine;
use super::referrals::view::Names;
use super::referrals::{Answered, Asker, Name, Repeatable, claim, keep, replayed};
use super::{AppError, Precondition};

/// A kind of entry, with what the use cases must know of it.
pub trait Record: Kept + Clone {
    /// What it is called in the audit trail.
    const KIND: &'static str;
    /// Where it is read, below the base of the API.
    const PLACE: &'static str;
    /// Whether lines of a tally belong to it.
    const HAS_TALLY: bool = false;

    /// What is wrong with it by itself.
    fn faults(&self, now: DateTime<Utc>) -> Vec<FieldError>;

    /// The arenas that it names, each with where it does.
    fn arenas(&self) -> Vec<(String, ArenaId)>;

    /// The patrol to which it belongs.
    fn patrol(&self) -> Option<PatrolId> {
        None
    }

    /// The referral that it names.
    fn referral(&self) -> Option<ReferralId> {
        None
    }

    /// The agencies that it names.
    fn agencies(&self) -> Vec<AgencyId> {
        Vec::new()
    }

    /// It as a correction of what is stored, by somebody who sees the referrals in `seen`: what they were not shown stays.
    #[must_use]
    fn correcting(self, _stored: &Self, _seen: &BTreeMap<ReferralId, Reference>) -> Self {
        self
    }
}

impl Record for Patrol {
    const KIND: &'static str = "outreach-patrol";
    const PLACE: &'static str = "outreach/patrols";
    const HAS_TALLY: bool = true;

    fn faults(&self, now: DateTime<Utc>) -> Vec<FieldError> {
        Self::faults(self, now)
    }

    fn arenas(&self) -> Vec<(String, ArenaId)> {
        let arenas = self.arenas.iter().enumerate();
        arenas.map(|(at, arena)| (format!("/arenas/{at}"), *arena)).collect()
    }
}

/// By which door an entry comes in.
pub enum Door<'a> {
    /// The server makes the id.
    Post(Option<Repeatable<'a>>),
    /// The client made it.
    Put(Uuid),
}

/// What is shown beside entries: what those are called that they name.
#[derive(Debug, Default)]
pub struct Beside {
    /// Agencies, and who entered them.
    pub names: Names,
    /// Arenas.
    pub arenas: BTreeMap<ArenaId, String>,
    /// How many each patrol met.
    pub met: BTreeMap<PatrolId, Met>,
    /// Referrals that the reader may know of.
    pub referrals: BTreeMap<ReferralId, Reference>,
}

/// An entry with what is shown beside it.
#[derive(Debug)]
pub struct Shown<T> {
    /// As it is stored.
    pub entry: Entry<T>,
    /// What it names.
    pub beside: Beside,
}

/// A page of a list, with what is shown beside it.
pub type Listed<T, Position> = (Page<T, Position>, Beside);

/// Writes the answer out, so that it can be kept in the same transaction.
pub type Render<'a, T> = &'a (dyn Fn(&Shown<T>) -> Answer + Sync);

/// The right to keep the register of an agency, by its slug or its id.
///
/// # Errors
/// Not theirs, or no outreach service, which is the same answer; the store's.
pub async fn permit(engine: &Engine, asker: Asker<'_>, agency: &str) -> Result<Permit, AppError> {
    let agency = agencies::find(&engine.db, agency).await?;
    let agency = agency.filter(|agency| agency.active).ok_or(Verdict::Forbidden)?;
    Ok(policy::permit_register(asker.actor, agency.id, agency.kind)?)
}

/// The same for the agency in whose register a patrol stands.
///
/// # Errors
/// A field at fault, when there is no such patrol in a register of theirs; the store's.
pub async fn permit_on(engine: &Engine, asker: Asker<'_>, scope: &Scope, patrol: PatrolId) -> Result<Permit, AppError> {
    let patrol = Patrol::find(&engine.db, scope, patrol.0).await?;
    let patrol = patrol.ok_or_else(|| Refusal::of_fields(vec![unknown_patrol()]))?;
    permit(engine, asker, &patrol.head.agency.to_string()).await
}

/// Enters something. With a patrol come the lines of its tally, each under an id of its own, all or nothing.
///
/// # Errors
/// The fields at fault; [`AppError::AlreadyStoredAt`] and [`AppError::Taken`] for an id of the client's; the errors of an
/// idempotency key; the store's.
pub async fn enter<T: Record>(
    engine: &Engine,
    asker: Asker<'_>,
    permit: Permit,
    (of, lines): (T, Vec<(Uuid, Contact)>),
    digest: &str,
    door: Door<'_>,
    render: Render<'_, T>,
) -> Result<Answered<Shown<T>>, AppError> {
    let tx = engine.db.write_tx().await?;
    let (id, repeatable) = match &door {
        Door::Post(repeatable) => (Uuid::now_v7(), repeatable.as_ref()),
        Door::Put(id) => (*id, None),
    };
    let claimed = match claim(&tx, engine, asker, repeatable).await? {
        Ok(claimed) => claimed,
        Err(answer) => return replayed(tx, answer).await,
    };
    let entry = Entry::new(id, permit.agency(), permit.user(), engine.now(), of);
    judge(engine, &tx, permit, &entry, "").await?;
    if !T::insert(&tx, &entry, digest).await? {
        return Err(already_there::<T>(&tx, asker, id, digest).await?);
    }
    for (at, (id, line)) in lines.iter().enumerate() {
        let line = Contact {
            patrol: PatrolId(entry.head.id),
            ..line.clone()
        };
        let line = Entry::new(*id, permit.agency(), permit.user(), engine.now(), line);
        judge(engine, &tx, permit, &line, &format!("/contacts/{at}")).await?;
        if !Contact::insert(&tx, &line, digest).await? {
            return Err(AppError::Taken);
        }
    }
    note::<T>(&tx, asker, permit, &entry.head, "entered").await?;
    let shown = show(&tx, asker, entry).await?;
    keep(&tx, engine, claimed, None, || render(&shown)).await?;
    tx.commit().await?;
    Ok(Answered::Now(shown))
}

/// Whether somebody may change an entry in the version that they know: all that can be refused before the change itself.
///
/// # Errors
/// Hidden, stale, not theirs; the store's.
pub async fn precheck<T: Record>(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    id: Uuid,
    version: &Precondition,
) -> Result<(), AppError> {
    admitted::<T>(&engine.db, asker, scope, id, version).await.map(drop)
}

/// Says something else in an entry; one that was withdrawn counts again. `agency` is whose register the correction says it stands
/// in, where it says so: an entry stays where it is.
///
/// # Errors
/// Those of [`precheck`]; the fields at fault.
pub async fn correct<T: Record>(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    (id, version): (Uuid, &Precondition),
    (of, agency): (T, Option<&str>),
) -> Result<Shown<T>, AppError> {
    let tx = engine.db.write_tx().await?;
    let (stored, permit) = admitted::<T>(&tx, asker, scope, id, version).await?;
    if let Some(name) = agency {
        let named = agencies::facts(&tx, &[], &[name]).await?;
        let same = named.by_name(name).is_some_and(|facts| facts.id == permit.agency());
        if !same {
            return Err(Refusal::of_fields(vec![another_register()]).into());
        }
    }
    let seen = seen(&tx, asker, [stored.of.referral(), of.referral()].into_iter().flatten()).await?;
    let entry = stored.corrected(of.correcting(&stored.of, &seen), engine.now());
    judge(engine, &tx, permit, &entry, "").await?;
    change(tx, asker, permit, entry, "corrected").await
}

/// Takes an entry back: it is kept, and counts no more.
///
/// # Errors
/// Those of [`precheck`].
pub async fn withdraw<T: Record>(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    (id, version): (Uuid, &Precondition),
) -> Result<Shown<T>, AppError> {
    let tx = engine.db.write_tx().await?;
    let (stored, permit) = admitted::<T>(&tx, asker, scope, id, version).await?;
    let entry = stored.withdrawn(engine.now());
    change(tx, asker, permit, entry, "withdrawn").await
}

/// One entry.
///
/// # Errors
/// Hidden; the store's.
pub async fn read<T: Record>(engine: &Engine, asker: Asker<'_>, scope: &Scope, id: Uuid) -> Result<Shown<T>, AppError> {
    let entry = T::find(&engine.db, scope, id).await?.ok_or_else(Refusal::not_found)?;
    show(&engine.db, asker, entry).await
}

/// A page of patrols.
///
/// # Errors
/// The store's.
pub async fn patrols(
    engine: &Engine,
    asker: Asker<'_>,
    query: &RegisterQuery,
) -> Result<Listed<Entry<Patrol>, (DateTime<Utc>, Uuid)>, AppError> {
    let page = outreach::patrols(&engine.db, query).await?;
    let beside = beside(&engine.db, asker, page.items.iter()).await?;
    Ok((page, beside))
}

/// A page of the lines of tallies.
///
/// # Errors
/// The store's.
pub async fn contacts(
    engine: &Engine,
    asker: Asker<'_>,
    query: &RegisterQuery,
) -> Result<Listed<Told, (DateTime<Utc>, Uuid)>, AppError> {
    let page = outreach::contacts(&engine.db, query).await?;
    let beside = beside(&engine.db, asker, page.items.iter().map(|told| &told.entry)).await?;
    Ok((page, beside))
}

/// A page of arenas, by name.
///
/// # Errors
/// The store's.
pub async fn arenas(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    (agency, withdrawn): (Option<AgencyId>, bool),
    after: Option<(String, Uuid)>,
    limit: u32,
) -> Result<Listed<Entry<Arena>, (String, Uuid)>, AppError> {
    let page = outreach::arenas(&engine.db, scope, agency, withdrawn, after, limit).await?;
    let beside = beside(&engine.db, asker, page.items.iter()).await?;
    Ok((page, beside))
}

async fn admitted<T: Record>(
    on: &impl Handle,
    asker: Asker<'_>,
    scope: &Scope,
    id: Uuid,
    version: &Precondition,
) -> Result<(Entry<T>, Permit), AppError> {
    let entry = T::find(on, scope, id).await?.ok_or_else(Refusal::not_found)?;
    version.check_at(place_of::<T>(id), entry.head.version)?;
    let agency = entry.head.agency;
    let facts = agencies::facts(on, &[agency], &[]).await?;
    let kind = facts.by_id(agency).map(|facts| facts.kind).ok_or(Verdict::Forbidden)?;
    let permit = policy::permit_register(asker.actor, agency, kind)?;
    Ok((entry, permit))
}

async fn change<T: Record>(
    tx: Tx,
    asker: Asker<'_>,
    permit: Permit,
    entry: Entry<T>,
    what: &str,
) -> Result<Shown<T>, AppError> {
    if !T::update(&tx, &entry).await? {
        // On PostgreSQL two may have read the same version; the second finds that the first was faster.
        return Err(AppError::StaleAt {
            place: place_of::<T>(entry.head.id),
            current: entry.head.version,
        });
    }
    note::<T>(&tx, asker, permit, &entry.head, what).await?;
    let shown = show(&tx, asker, entry).await?;
    tx.commit().await?;
    Ok(shown)
}

/// What is wrong with an entry, by itself and beside what it names in the same register.
async fn judge<T: Record>(
    engine: &Engine,
    tx: &Tx,
    permit: Permit,
    entry: &Entry<T>,
    at: &str,
) -> Result<(), AppError> {
    let mut faults = entry.of.faults(engine.now());
    let named = entry.of.arenas();
    let known = outreach::arena_names(tx, named.iter().map(|(_, arena)| *arena)).await?;
    let here = |arena: &ArenaId| known.get(arena).is_some_and(|(agency, _)| *agency == entry.head.agency);
    faults.extend(
        named
            .into_iter()
            .filter(|(_, arena)| !here(arena))
            .map(|(pointer, _)| unknown_arena(pointer)),
    );
    if let Some(patrol) = entry.of.patrol() {
        let patrol = Patrol::find(tx, &Scope::of_register(&permit), patrol.0).await?;
        faults.extend(patrol.is_none().then(unknown_patrol));
    }
    if faults.is_empty() {
        return Ok(());
    }
    for fault in &mut faults {
        fault.pointer.insert_str(0, at);
    }
    Err(Refusal::of_fields(faults).into())
}

/// 412 only when the same agency stored the same under this id; whatever else lies there is nobody's business.
async fn already_there<T: Record>(tx: &Tx, asker: Asker<'_>, id: Uuid, digest: &str) -> Result<AppError, AppError> {
    let scope = policy::scope(asker.actor, Operation::KeepOutreach)?;
    let stored = T::find(tx, &scope, id).await?;
    Ok(match stored {
        Some(entry) if outreach::was_made_by::<T>(tx, id, digest).await? => AppError::AlreadyStoredAt {
            place: place_of::<T>(id),
            current: entry.head.version,
        },
        _ => AppError::Taken,
    })
}

async fn note<T: Record>(tx: &Tx, asker: Asker<'_>, permit: Permit, head: &Head, what: &str) -> Result<(), AppError> {
    let action = format!("{}-{what}", T::KIND);
    let entry = audit::Entry {
        at: head.changed_at,
        actor: Some(permit.user()),
        agency: Some(permit.agency()),
        role: Some(permit.role()),
        action: &action,
        object_kind: T::KIND,
        object: Some(head.id),
        request_id: asker.request_id,
        body: json!({ "version": head.version }),
    };
    Ok(audit::record(tx, &entry).await?)
}

async fn show<T: Record>(on: &impl Handle, asker: Asker<'_>, entry: Entry<T>) -> Result<Shown<T>, AppError> {
    let beside = beside(on, asker, std::iter::once(&entry)).await?;
    Ok(Shown { entry, beside })
}

async fn beside<'a, T: Record + 'a>(
    on: &impl Handle,
    asker: Asker<'_>,
    entries: impl Iterator<Item = &'a Entry<T>> + Clone,
) -> Result<Beside, AppError> {
    let named = entries.clone().flat_map(|entry| entry.of.arenas());
    let arenas = outreach::arena_names(on, named.map(|(_, arena)| arena)).await?;
    let agencies = entries
        .clone()
        .flat_map(|entry| entry.of.agencies().into_iter().chain([entry.head.agency]));
    let people = entries.clone().map(|entry| entry.head.entered_by);
    Ok(Beside {
        names: Names::load(on, agencies, people).await?,
        arenas: arenas.into_iter().map(|(id, (_, name))| (id, name)).collect(),
        met: match T::HAS_TALLY {
            true => outreach::met(on, entries.clone().map(|entry| PatrolId(entry.head.id))).await?,
            false => BTreeMap::new(),
        },
        referrals: seen(on, asker, entries.filter_map(|entry| entry.of.referral())).await?,
    })
}

/// Which of these referrals somebody may know of.
async fn seen(
    on: &impl Handle,
    asker: Asker<'_>,
    ids: impl Iterator<Item = ReferralId>,
) -> Result<BTreeMap<ReferralId, Reference>, AppError> {
    let mut seen = BTreeMap::new();
    let Ok(scope) = policy::scope(asker.actor, Operation::ReadReferral) else {
        return Ok(seen);
    };
    for id in ids.collect::<std::collections::BTreeSet<_>>() {
        if let Some(record) = referrals::find(on, &scope, Name::Id(id)).await? {
            seen.insert(id, record.referral().reference);
        }
    }
    Ok(seen)
}

fn place_of<T: Record>(id: Uuid) -> String {
    format!("{}/{id}", T::PLACE)
}

fn another_register() -> FieldError {
    FieldError::new(
        "/agency",
        "another-register",
        "Det som er ført, blir stående i registeret det ble ført i.",
        "What has been entered stays in the register in which it was entered.",
    )
}

fn unknown_arena(pointer: String) -> FieldError {
    FieldError::new(
        pointer,
        "unknown-arena",
        "Arenaen finnes ikke i registeret deres.",
        "There is no such arena in your register.",
    )
}

fn unknown_patrol() -> FieldError {
    FieldError::new(
        "/patrol",
        "unknown-patrol",
        "Patruljen finnes ikke i registeret deres.",
        "There is no such patrol in your register.",
    )
}
