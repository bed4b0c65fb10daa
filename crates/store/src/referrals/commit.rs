//! Storing a decision: all of it in the caller's transaction, or nothing.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use stafett_workflow::Decision;
use stafett_workflow::agency::ReferralId;
use stafett_workflow::content::Content;
use stafett_workflow::event::{Event, Fact};
use stafett_workflow::person::Person;
use stafett_workflow::policy::Permit;
use stafett_workflow::referral::Referral;
use stafett_workflow::vocabulary::AddressProtection;
use uuid::Uuid;

use super::{CREATION, Record, known, parts};
use crate::audit;
use crate::connect::{Tx, sealed::Handle as _};
use crate::entity::{person, referral, text};
use crate::error::StoreError;
use crate::map::{self, micros, never};
use crate::outbox;
use crate::persons;
use crate::vault::{self, OwnerKey, OwnerKind};

/// What a new referral has beside the relay's part.
#[derive(Debug, Clone, Copy)]
pub struct Particulars<'a> {
    /// The youth. Where a strictly confidential person is, is left out.
    pub person: Option<&'a Person>,
    /// What the sender tells.
    pub content: &'a Content,
    /// The referral that it grew out of.
    pub parent: Option<ReferralId>,
    /// A digest of the request, by which a repeated one is recognised.
    pub digest: &'a str,
}

/// What came of storing a new referral.
#[derive(Debug)]
#[must_use = "only one of these has stored anything"]
pub enum Creation {
    /// It is stored, as this.
    Stored(Box<Record>),
    /// A referral with this id exists already; nothing was stored.
    IdTaken,
    /// A referral with this reference exists already; nothing was stored. Draw another and decide again.
    ReferenceTaken,
}

/// What came of storing a decision about a referral.
#[derive(Debug)]
#[must_use = "only one of these has stored anything"]
pub enum Outcome {
    /// It is stored, as this.
    Stored(Box<Record>),
    /// Somebody has decided something else since the referral was read; nothing was stored.
    Stale,
}

/// Stores a new referral with its events, texts, parties, notices and audit entry.
///
/// # Errors
/// [`StoreError::Refused`] when the schema does not take it, or the decision is not about a new referral.
pub async fn create(
    tx: &Tx,
    decision: &Decision,
    particulars: &Particulars<'_>,
    request_id: Option<&str>,
) -> Result<Creation, StoreError> {
    let at = moment(decision)?;
    if decision.before().is_some() {
        return Err(StoreError::Refused {
            rule: "a decision about a stored referral makes no new one".to_owned(),
        });
    }
    let author = decision.permit().ok_or_else(|| StoreError::Refused {
        rule: "nobody has written the new referral".to_owned(),
    })?;
    let next = decision.next();
    let person = particulars
        .person
        .map(|person| person.clone().without_protected_address());
    let person_id = person.as_ref().map(|_| Uuid::now_v7());
    let mut record = Record {
        referral: next.clone(),
        key: OwnerKey::generate(person_id.unwrap_or(next.id.0))?,
        person_id,
        person,
        content_id: Uuid::now_v7(),
        content: particulars.content.clone(),
        parent: particulars.parent,
        creation_digest: vault::keyed(tx, CREATION, particulars.digest).await?,
        created_by: author.user(),
        created_at: at,
        updated_at: at,
    };
    if !insert_key(tx, &record, at).await? {
        // Only the referral with this id has a key of this name.
        return Ok(Creation::IdTaken);
    }
    insert_person(tx, &record, at).await?;
    insert_content(tx, &record, decision, at).await?;
    let inserted = referral::Entity::insert(head(&record)?)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&tx.executor())
        .await?;
    if inserted == 0 {
        remove_content(tx, &record).await?;
        let taken = referral::Entity::find_by_id(next.id.0)
            .one(&tx.executor())
            .await?
            .is_some();
        return Ok(if taken {
            Creation::IdTaken
        } else {
            Creation::ReferenceTaken
        });
    }
    append(tx, &mut record, decision, at, request_id).await?;
    Ok(Creation::Stored(Box::new(record)))
}

/// Stores a decision about the referral that `record` holds, provided that it still is what the decision was taken on.
///
/// # Errors
/// [`StoreError::Refused`] when the schema does not take it, or the decision is about another referral.
pub async fn commit(
    tx: &Tx,
    record: Record,
    decision: &Decision,
    request_id: Option<&str>,
) -> Result<Outcome, StoreError> {
    let at = moment(decision)?;
    let mut record = Record {
        referral: decision.next().clone(),
        updated_at: at,
        ..record
    };
    if !advance(tx, &record, decision).await? {
        return Ok(Outcome::Stale);
    }
    append(tx, &mut record, decision, at, request_id).await?;
    Ok(Outcome::Stored(Box::new(record)))
}

/// The same for a changed draft, with what it says from now on.
///
/// # Errors
/// As for [`commit`].
pub async fn edit(
    tx: &Tx,
    record: Record,
    decision: &Decision,
    person: Option<&Person>,
    content: &Content,
    request_id: Option<&str>,
) -> Result<Outcome, StoreError> {
    let at = moment(decision)?;
    let person = person.map(|person| person.clone().without_protected_address());
    let (person_before, key_before) = (record.person_id, record.key.clone());
    let person_id = person.as_ref().map(|_| person_before.unwrap_or_else(Uuid::now_v7));
    let owner = person_id.unwrap_or(decision.next().id.0);
    let changes_owner = owner != key_before.owner();
    let mut record = Record {
        referral: decision.next().clone(),
        key: match changes_owner {
            true => OwnerKey::generate(owner)?,
            false => key_before.clone(),
        },
        person_id,
        person,
        content: content.clone(),
        updated_at: at,
        ..record
    };
    if changes_owner {
        insert_key(tx, &record, at).await?;
    }
    if person_before.is_none() {
        insert_person(tx, &record, at).await?;
    }
    if !advance(tx, &record, decision).await? {
        if person_before.is_none() {
            remove_person(tx, record.person_id).await?;
        }
        if changes_owner {
            vault::remove(tx, owner).await?;
        }
        return Ok(Outcome::Stale);
    }
    if changes_owner {
        vault::reseal(tx, record.referral.id.0, &key_before, &record.key).await?;
    }
    let content = sealed_content(&record)?;
    tx.written().text(record.content_id, &content);
    text::Entity::update_many()
        .set(text::ActiveModel {
            sealed: Set(content),
            key_id: Set(Some(record.owner())),
            person_id: Set(record.person_id),
            ..Default::default()
        })
        .filter(text::Column::Id.eq(record.content_id))
        .exec(&tx.executor())
        .await?;
    match (person_before, record.person_id) {
        (Some(before), Some(_)) => update_person(tx, before, &record, at).await?,
        (Some(before), None) => remove_person(tx, Some(before)).await?,
        (None, _) => {}
    }
    if changes_owner {
        vault::remove(tx, key_before.owner()).await?;
    }
    append(tx, &mut record, decision, at, request_id).await?;
    Ok(Outcome::Stored(Box::new(record)))
}

/// The same for a correction of what is registered about the youth, who is so from now on.
///
/// # Errors
/// As for [`commit`]; [`StoreError::Refused`] when the referral is about nobody in particular.
pub async fn rectify(
    tx: &Tx,
    record: Record,
    decision: &Decision,
    person: &Person,
    request_id: Option<&str>,
) -> Result<Outcome, StoreError> {
    let at = moment(decision)?;
    let id = record.person_id.ok_or_else(|| StoreError::Refused {
        rule: "a referral about nobody in particular has nobody to correct".to_owned(),
    })?;
    let mut record = Record {
        referral: decision.next().clone(),
        person: Some(person.clone().without_protected_address()),
        updated_at: at,
        ..record
    };
    if !advance(tx, &record, decision).await? {
        return Ok(Outcome::Stale);
    }
    update_person(tx, id, &record, at).await?;
    append(tx, &mut record, decision, at, request_id).await?;
    Ok(Outcome::Stored(Box::new(record)))
}

/// When it was decided: the time of its events.
fn moment(decision: &Decision) -> Result<DateTime<Utc>, StoreError> {
    let nothing = || StoreError::Refused {
        rule: "a decision without an event changes nothing".to_owned(),
    };
    decision.events().last().map(|event| event.at).ok_or_else(nothing)
}

/// The compare-and-set: `false` when the stored referral is no longer what the decision was taken on.
async fn advance(tx: &Tx, record: &Record, decision: &Decision) -> Result<bool, StoreError> {
    let Some(before) = decision.before() else {
        return Err(StoreError::Refused {
            rule: "a decision about a new referral changes none".to_owned(),
        });
    };
    let name = format!("referral {}", record.referral.id);
    // Looks and messages leave the version as it is, so the length of the log is compared as well.
    let done = referral::Entity::update_many()
        .set(moving(record)?)
        .filter(referral::Column::Id.eq(record.referral.id.0))
        .filter(referral::Column::Version.eq(map::stored_count(&name, "version", before.version)?))
        .filter(referral::Column::EventSeq.eq(map::stored_count(&name, "event_seq", before.event_seq)?))
        .exec(&tx.executor())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Everything that a decision adds beside the referral's own row.
async fn append(
    tx: &Tx,
    record: &mut Record,
    decision: &Decision,
    at: DateTime<Utc>,
    request_id: Option<&str>,
) -> Result<(), StoreError> {
    parts::texts(tx, record, decision, at).await?;
    parts::handoffs(tx, decision).await?;
    parts::clocks(tx, decision).await?;
    parts::events(tx, decision).await?;
    parts::parties(tx, record, decision).await?;
    known::note_after(tx, record, decision).await?;
    outbox::enqueue(tx, &record.referral, decision.notices(), at).await?;
    let permit = decision.permit();
    let kinds: Vec<_> = decision.events().iter().map(|event| event.fact.kind()).collect();
    let entry = audit::Entry {
        at,
        actor: permit.map(Permit::user),
        agency: permit.map(Permit::agency),
        role: permit.map(Permit::role),
        action: action(decision.events()),
        object_kind: "referral",
        object: Some(record.referral.id.0),
        request_id,
        body: json!({ "version": record.referral.version, "events": kinds }),
    };
    audit::record(tx, &entry).await
}

/// What was done, in one word.
fn action(events: &[Event]) -> &'static str {
    let mut word = "change";
    for event in events {
        match (&event.fact, event.fact.action()) {
            (Fact::Created { .. }, _) => return "create",
            (_, Some(action)) => return action.as_str(),
            (fact, _) if fact.fired().is_some() => return "fire-clocks",
            (Fact::Edited { .. }, None) => word = "edit",
            (Fact::MessagePosted { .. }, None) => word = "post-message",
            (Fact::AttachmentAdded { .. }, None) => word = "add-attachment",
            (Fact::AttachmentRemoved { .. }, None) => word = "remove-attachment",
            (Fact::PersonRectified { .. }, None) => word = "rectify-person",
            (Fact::Seen { .. }, None) => word = "see",
            (Fact::Migrated { .. }, None) => return "migrate",
            (Fact::Glass { .. }, None) => word = "glass",
            _ => {}
        }
    }
    word
}

fn head(record: &Record) -> Result<referral::ActiveModel, StoreError> {
    let referral = &record.referral;
    Ok(referral::ActiveModel {
        id: Set(referral.id.0),
        reference: Set(referral.reference.to_string()),
        workflow_id: Set(referral.workflow.id.clone()),
        originator_id: Set(referral.originator.0),
        parent_id: Set(record.parent.map(|parent| parent.0)),
        content_id: Set(record.content_id),
        creation_digest: Set(record.creation_digest.clone()),
        created_by: Set(record.created_by.0),
        created_at: Set(micros(record.created_at)),
        ..moving(record)?
    })
}

/// The columns that a decision may change.
fn moving(record: &Record) -> Result<referral::ActiveModel, StoreError> {
    let referral = &record.referral;
    let name = format!("referral {}", referral.id);
    let handoffs = u32::try_from(referral.handoffs.len()).unwrap_or(u32::MAX);
    Ok(referral::ActiveModel {
        workflow_version: Set(i32::from(referral.workflow.version)),
        state: Set(referral.state.as_str().to_owned()),
        custodian_id: Set(referral.custodian.0),
        receiver_id: Set(in_inbox_of(referral)),
        person_id: Set(record.person_id),
        urgency: Set(referral.urgency.as_str().to_owned()),
        needs: Set(map::to_json(&name, &record.content.needs)?),
        handoff_count: Set(map::stored_count(&name, "handoff_count", handoffs)?),
        current_ordinal: Set(map::stored_count(&name, "current_ordinal", current_ordinal(referral))?),
        coordinator_id: Set(referral.coordinator.map(|agency| agency.0)),
        disputed_since: Set(referral.disputed_since.map(micros)),
        last_action: Set(referral.last.map(|last| last.action.as_str().to_owned())),
        last_by: Set(referral.last.map(|last| last.by.0)),
        last_at: Set(referral.last.map(|last| micros(last.at))),
        last_version: Set(match referral.last {
            Some(last) => Some(map::stored_count(&name, "last_version", last.version)?),
            None => None,
        }),
        next_due_at: Set(referral.next_due().map_or_else(never, micros)),
        version: Set(map::stored_count(&name, "version", referral.version)?),
        event_seq: Set(map::stored_count(&name, "event_seq", referral.event_seq)?),
        updated_at: Set(micros(record.updated_at)),
        closed_at: Set(referral.closed_at.map(micros)),
        protection: Set(Some(protection(record.person.as_ref()).as_str().to_owned())),
        ..Default::default()
    })
}

/// How well the address of a referral's person is guarded.
pub(super) fn protection(person: Option<&Person>) -> AddressProtection {
    person.map_or(AddressProtection::None, |person| person.address_protection.0)
}

/// Which leg counts now; they are numbered from 1.
fn current_ordinal(referral: &Referral) -> u32 {
    let current = referral.current_handoff().map(|current| current.id);
    let place = referral
        .handoffs
        .iter()
        .position(|handoff| Some(handoff.id) == current)
        .unwrap_or_default();
    u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1)
}

/// Whose inbox it lies in: the receiver's, from the sending to the end of the hand-off.
fn in_inbox_of(referral: &Referral) -> Option<Uuid> {
    let open = referral.open_handoff().filter(|open| open.is_sent())?;
    open.terms.receiver.map(|receiver| receiver.0)
}

/// Stores the record's fresh key; `false` when its owner has one.
async fn insert_key(tx: &Tx, record: &Record, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let kind = match record.person_id {
        Some(_) => OwnerKind::Person,
        None => OwnerKind::Referral,
    };
    vault::insert(tx, &record.key, kind, at).await
}

async fn insert_person(tx: &Tx, record: &Record, at: DateTime<Utc>) -> Result<(), StoreError> {
    let (Some(id), Some(person)) = (record.person_id, &record.person) else {
        return Ok(());
    };
    let sealed = record.key.seal_person(id, person)?;
    tx.written().person(id, &sealed);
    let row = person::ActiveModel {
        id: Set(id),
        registered_by: Set(record.referral.originator.0),
        sealed: Set(sealed),
        created_at: Set(micros(at)),
        updated_at: Set(micros(at)),
        keyed: Set(false),
    };
    person::Entity::insert(row)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}

async fn update_person(tx: &Tx, id: Uuid, record: &Record, at: DateTime<Utc>) -> Result<(), StoreError> {
    let sealed = record.key.seal_person(id, &record.person)?;
    tx.written().person(id, &sealed);
    let row = person::ActiveModel {
        sealed: Set(sealed),
        updated_at: Set(micros(at)),
        ..Default::default()
    };
    person::Entity::update_many()
        .set(row)
        .filter(person::Column::Id.eq(id))
        .exec(&tx.executor())
        .await?;
    Ok(())
}

async fn remove_person(tx: &Tx, id: Option<Uuid>) -> Result<(), StoreError> {
    let Some(id) = id else { return Ok(()) };
    text::Entity::update_many()
        .set(text::ActiveModel {
            person_id: Set(None),
            ..Default::default()
        })
        .filter(text::Column::PersonId.eq(id))
        .exec(&tx.executor())
        .await?;
    persons::forget(tx, id).await?;
    person::Entity::delete_by_id(id).exec(&tx.executor()).await?;
    tx.written().person_taken_away(id);
    Ok(())
}

async fn insert_content(tx: &Tx, record: &Record, decision: &Decision, at: DateTime<Utc>) -> Result<(), StoreError> {
    let author = decision.permit();
    let row = text::ActiveModel {
        id: Set(record.content_id),
        person_id: Set(record.person_id),
        referral_id: Set(Some(record.referral.id.0)),
        handoff_id: Set(None),
        kind: Set("content".to_owned()),
        sealed: Set(sealed_content(record)?),
        key_id: Set(Some(record.owner())),
        author_id: Set(author.map(|permit| permit.user().0)),
        author_agency_id: Set(author.map(|permit| permit.agency().0)),
        created_at: Set(micros(at)),
        case_id: NotSet,
    };
    tx.written().texts(std::slice::from_ref(&row));
    text::Entity::insert(row).exec_without_returning(&tx.executor()).await?;
    Ok(())
}

/// The needs stand in the referral's row, where lists can filter by them.
fn sealed_content(record: &Record) -> Result<Vec<u8>, StoreError> {
    let content = Content {
        needs: Vec::new(),
        ..record.content.clone()
    };
    let body = map::to_json("content", &content)?.to_string();
    record.key.seal_text(record.content_id, &body)
}

/// The transaction may go on with something else, so what was written for a referral that is not to be must go.
async fn remove_content(tx: &Tx, record: &Record) -> Result<(), StoreError> {
    tx.written().forget();
    text::Entity::delete_by_id(record.content_id)
        .exec(&tx.executor())
        .await?;
    if let Some(person) = record.person_id {
        persons::forget(tx, person).await?;
        person::Entity::delete_by_id(person).exec(&tx.executor()).await?;
    }
    vault::remove(tx, record.owner()).await
}
