//! Entering an agency or a unit, changing what it is, and closing it.

use serde_json::json;
use stafett_store::agencies::{self as directory, Agency};
use stafett_store::idempotency::Answer;
use stafett_store::referrals::held_by;
use stafett_store::{StoreError, Tx};
use stafett_workflow::agency::{AgencyId, admits_unit};
use stafett_workflow::identifier::OrganisationNumber;
use stafett_workflow::person::check_line;
use stafett_workflow::policy::Operation;
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::{AgencyKind, Language};
use uuid::Uuid;

use super::territory::{also, inherit, not_alone, outside};
use super::{Authority, Note, Right, admitted, all_right, named, save, taken};
use crate::app::engine::Engine;
use crate::app::referrals::{Answered, Repeatable, claim, keep, replayed};
use crate::app::{AppError, Precondition};
use crate::clock::Clock;

const LONGEST_NAME: usize = 200;
const LONGEST_SLUG: usize = 100;
/// More steps than any organisation has: a walk that goes on must be a ring.
const DEEPEST: usize = 20;

/// An agency as somebody enters it.
#[derive(Debug, Clone)]
pub struct NewAgency {
    /// Its short name in addresses.
    pub slug: String,
    /// Its own name.
    pub name: String,
    /// What kind it is.
    pub kind: AgencyKind,
    /// What else is said of it.
    pub facts: AgencyPatch,
}

/// A change: `None` leaves as it is, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct AgencyPatch {
    /// Its own name.
    pub name: Option<String>,
    /// What kind it is.
    pub kind: Option<AgencyKind>,
    /// Its organisation number.
    pub orgnr: Option<Option<String>>,
    /// The agency that it is a unit of, by slug or id.
    pub parent: Option<Option<String>>,
    /// The municipality that it serves.
    pub municipality: Option<Option<String>>,
    /// The district that it serves.
    pub district: Option<Option<String>>,
    /// What else it serves, all of it.
    pub also_serves: Option<Vec<String>>,
    /// Whether it carries out tasks for a public body.
    pub public_tasks: Option<bool>,
    /// The language of its mails.
    pub language: Option<Language>,
    /// Its telephone.
    pub phone: Option<Option<String>>,
    /// Where its mails go.
    pub mailbox: Option<Option<String>>,
    /// Whether it takes part.
    pub active: Option<bool>,
}

/// Writes the answer out, so that it can be kept in the same transaction.
pub type Render<'a> = &'a (dyn Fn(&Agency) -> Answer + Sync);

/// Enters an agency. One without a parent is entered by whoever runs the installation; a unit also by the administrator of
/// the agency that it belongs to.
///
/// # Errors
/// Denied; the fields at fault; the errors of an idempotency key; the store's.
pub async fn create(
    engine: &Engine,
    authority: Authority<'_>,
    new: NewAgency,
    repeatable: Option<&Repeatable<'_>>,
    render: Render<'_>,
) -> Result<Answered<Agency>, AppError> {
    let tx = engine.db.write_tx().await?;
    let claimed = match authority {
        Authority::Operator => None,
        Authority::Person(asker) => match claim(&tx, engine, asker, repeatable).await? {
            Ok(claimed) => claimed,
            Err(answer) => return replayed(tx, answer).await,
        },
    };
    let agency = enter(&tx, authority, new, engine.clock.as_ref()).await?;
    keep(&tx, engine, claimed, None, || render(&agency)).await?;
    tx.commit().await?;
    Ok(Answered::Now(agency))
}

/// Enters an agency, within the caller's transaction.
///
/// # Errors
/// As for [`create`].
pub async fn enter(tx: &Tx, authority: Authority<'_>, new: NewAgency, clock: &dyn Clock) -> Result<Agency, AppError> {
    let now = clock.now();
    let mut agency = Agency {
        id: AgencyId(Uuid::now_v7()),
        slug: new.slug,
        name: new.name.trim().to_owned(),
        kind: new.kind,
        orgnr: None,
        parent: None,
        municipality: None,
        district: None,
        also_serves: Vec::new(),
        public_tasks: false,
        language: Language::default(),
        mailbox: None,
        phone: None,
        opening_hours: None,
        active: true,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let mut faults = Vec::new();
    faults.extend(slug(&agency.slug));
    faults.extend(check_line("/name", &agency.name, LONGEST_NAME));
    let parent = apply(tx, new.facts, &mut agency, &mut faults).await?;
    // The right over the parent is the right to enter a unit of it. Nobody administers what does not exist yet, so without a
    // parent it takes a right over the installation.
    let right = match (&authority, &parent) {
        (Authority::Operator, _) => Right::Operator,
        (Authority::Person(_), Some(parent)) => authority.over(Operation::CreateAgency, parent)?,
        // A parent that was named and not found stands among the faults.
        (Authority::Person(_), None) => {
            all_right(faults.clone())?;
            authority.over(Operation::CreateAgency, &agency)?
        }
    };
    if let Some(parent) = parent.as_ref().filter(|_| !right.is_of_installation()) {
        inherit(parent, &mut agency);
        within(
            parent,
            &agency,
            &["/kind", "/publicTasks", "/municipality", "/district", "/alsoServes"],
        )?;
    }
    faults.extend(not_alone(tx, &agency).await?);
    faults.extend(also(&agency));
    all_right(faults)?;
    directory::insert(tx, &agency).await.map_err(|error| match error {
        StoreError::Conflict { .. } => AppError::Fields(vec![taken("/slug")]),
        other => other.into(),
    })?;
    note(tx, authority, right, "agency-added", &agency).await?;
    Ok(agency)
}

/// Changes an agency.
///
/// # Errors
/// Hidden, stale, denied; [`AppError::AgencyInUse`] when it cannot be closed yet; the fields at fault; the store's.
pub async fn change(
    engine: &Engine,
    authority: Authority<'_>,
    name: &str,
    precondition: &Precondition,
    patch: AgencyPatch,
) -> Result<Agency, AppError> {
    let tx = engine.db.write_tx().await?;
    let agency = alter(&tx, authority, name, Some(precondition), patch, engine.clock.as_ref()).await?;
    tx.commit().await?;
    Ok(agency)
}

/// Changes an agency, within the caller's transaction.
///
/// # Errors
/// As for [`change`].
pub async fn alter(
    tx: &Tx,
    authority: Authority<'_>,
    name: &str,
    precondition: Option<&Precondition>,
    patch: AgencyPatch,
    clock: &dyn Clock,
) -> Result<Agency, AppError> {
    directory::lock(tx, name).await?;
    let (before, right) = admitted(tx, authority, Operation::SetUpAgency, name, precondition).await?;
    let mut agency = before.clone();
    let mut faults = Vec::new();
    if let Some(name) = &patch.name {
        agency.name = name.trim().to_owned();
        faults.extend(check_line("/name", &agency.name, LONGEST_NAME));
    }
    agency.kind = patch.kind.unwrap_or(agency.kind);
    agency.active = patch.active.unwrap_or(agency.active);
    apply(tx, patch, &mut agency, &mut faults).await?;
    only_by_installation(tx, authority, right, &before, &agency).await?;
    if before.active && !agency.active {
        let held = held_by(tx, agency.id).await?;
        if !held.is_nothing() {
            return Err(AppError::AgencyInUse(held));
        }
    }
    if (agency.kind, &agency.municipality, agency.active) != (before.kind, &before.municipality, before.active) {
        faults.extend(not_alone(tx, &agency).await?);
    }
    faults.extend(also(&agency));
    all_right(faults)?;
    save(tx, &mut agency, clock.now()).await?;
    note(tx, authority, right, "agency-changed", &agency).await?;
    Ok(agency)
}

/// Kind, parent and public tasks say what an agency may receive and who rules it; municipality and district say whose youths
/// come to it, and which municipality decides when services disagree. Its own administrator cannot change them; the
/// administrator of the agency above may, within what that one has as units.
async fn only_by_installation(
    tx: &Tx,
    authority: Authority<'_>,
    right: Right,
    before: &Agency,
    after: &Agency,
) -> Result<(), AppError> {
    let mut fields = Vec::new();
    if before.parent != after.parent {
        fields.push("/parent");
    }
    if before.kind != after.kind {
        fields.push("/kind");
    }
    if before.public_tasks != after.public_tasks {
        fields.push("/publicTasks");
    }
    if before.municipality != after.municipality {
        fields.push("/municipality");
    }
    if before.district != after.district {
        fields.push("/district");
    }
    if before.also_serves != after.also_serves {
        fields.push("/alsoServes");
    }
    if fields.is_empty() || right.is_of_installation() {
        return Ok(());
    }
    if before.parent == after.parent
        && let Some(parent) = before.parent
    {
        let parent = named(tx, &parent.to_string()).await?;
        let is_above = authority
            .over(
                Operation::SetUpAgency,
                &Agency {
                    parent: None,
                    ..parent.clone()
                },
            )
            .is_ok();
        if is_above {
            return within(&parent, after, &fields);
        }
    }
    Err(AppError::OnlySystemAdmin(fields.into_iter().map(reserved).collect()))
}

/// Reads the rest of a change into `agency`, and gives the parent that it names.
async fn apply(
    tx: &Tx,
    patch: AgencyPatch,
    agency: &mut Agency,
    faults: &mut Vec<FieldError>,
) -> Result<Option<Agency>, AppError> {
    faults.extend(digits("/municipality", &patch.municipality, 4));
    faults.extend(digits("/district", &patch.district, 6));
    if let Some(Some(orgnr)) = &patch.orgnr {
        match OrganisationNumber::parse(orgnr) {
            Ok(number) => agency.orgnr = Some(number.to_string()),
            Err(wrong) => faults.push(FieldError::new(
                "/orgnr",
                "invalid-value",
                wrong.text(Language::Nb),
                wrong.text(Language::En),
            )),
        }
    } else if patch.orgnr.is_some() {
        agency.orgnr = None;
    }
    if let Some(Some(phone)) = &patch.phone {
        faults.extend(phone_number(phone));
    }
    if let Some(mailbox) = patch.mailbox {
        faults.extend(mailbox.as_deref().and_then(|address| bad_address("/mailbox", address)));
        agency.mailbox = mailbox;
    }
    let mut parent = None;
    match patch.parent {
        Some(Some(name)) => match directory::find(tx, &name).await? {
            Some(found) if !is_below(tx, &found, agency.id).await? => {
                agency.parent = Some(found.id);
                parent = Some(found);
            }
            Some(_) => faults.push(FieldError::new(
                "/parent",
                "invalid-value",
                "En enhet kan ikke høre til seg selv eller til en av sine egne enheter.",
                "A unit cannot belong to itself or to one of its own units.",
            )),
            None => faults.push(FieldError::new(
                "/parent",
                "unknown-agency",
                "Det finnes ingen slik enhet.",
                "There is no such agency.",
            )),
        },
        Some(None) => agency.parent = None,
        None => {}
    }
    agency.municipality = patch.municipality.unwrap_or(agency.municipality.take());
    agency.district = patch.district.unwrap_or(agency.district.take());
    if let Some(mut areas) = patch.also_serves {
        areas.sort_unstable();
        areas.dedup();
        agency.also_serves = areas;
    }
    agency.phone = patch.phone.unwrap_or(agency.phone.take());
    agency.public_tasks = patch.public_tasks.unwrap_or(agency.public_tasks);
    agency.language = patch.language.unwrap_or(agency.language);
    if let (Some(municipality), Some(district)) = (&agency.municipality, &agency.district)
        && !district.starts_with(municipality.as_str())
        && faults.is_empty()
    {
        faults.push(FieldError::new(
            "/district",
            "invalid-value",
            "Bydelsnummeret begynner med kommunenummeret.",
            "A district's number begins with that of its municipality.",
        ));
    }
    Ok(parent)
}

/// Whether `agency` is `other` or a unit below it.
async fn is_below(tx: &Tx, agency: &Agency, other: AgencyId) -> Result<bool, AppError> {
    let mut above = Some(agency.id);
    let mut next = agency.parent;
    for _ in 0..DEEPEST {
        match above {
            Some(id) if id == other => return Ok(true),
            None => return Ok(false),
            Some(_) => {}
        }
        above = next;
        next = match above {
            Some(id) => directory::find(tx, &id.to_string())
                .await?
                .and_then(|agency| agency.parent),
            None => None,
        };
    }
    Ok(true)
}

/// Whether the administrator of `parent` may say so of such a unit: it can receive no more than the agency above, and serves
/// nobody whom that one does not.
fn within(parent: &Agency, unit: &Agency, said: &[&str]) -> Result<(), AppError> {
    let mut fields = outside(parent, unit);
    if !admits_unit(parent.kind, unit.kind) {
        fields.push("/kind");
    }
    if unit.public_tasks && !parent.public_tasks {
        fields.push("/publicTasks");
    }
    fields.retain(|field| said.contains(field));
    match fields.is_empty() {
        true => Ok(()),
        false => Err(AppError::OnlySystemAdmin(fields.into_iter().map(reserved).collect())),
    }
}

fn reserved(pointer: &str) -> FieldError {
    FieldError::new(
        pointer,
        "only-system-admin",
        "Avgjør hva enheten kan ta imot og for hvem, og settes av systemadministratoren.",
        "Decides what the agency may receive and for whom, and is set by the system administrator.",
    )
}

/// What is wrong with a short name.
fn slug(slug: &str) -> Option<FieldError> {
    let is_slug = (1..=LONGEST_SLUG).contains(&slug.len())
        && slug
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !slug.starts_with('-')
        && Uuid::parse_str(slug).is_err();
    (!is_slug).then(|| {
        FieldError::new(
            "/slug",
            "invalid-value",
            "Bruk små bokstaver a–z, sifre og bindestrek, for eksempel bydel-grunerlokka.",
            "Use small letters a–z, digits and hyphens, such as bydel-grunerlokka.",
        )
    })
}

fn digits(pointer: &str, given: &Option<Option<String>>, length: usize) -> Option<FieldError> {
    let text = given.as_ref()?.as_ref()?;
    let is_number = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    (!is_number).then(|| {
        let (nb, en) = (
            format!("Skal være {length} sifre."),
            format!("Must be {length} digits."),
        );
        FieldError::new(pointer, "invalid-value", nb, en)
    })
}

fn phone_number(phone: &str) -> Option<FieldError> {
    let number = phone.strip_prefix('+').unwrap_or(phone);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let is_number = (3..=15).contains(&digits) && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ');
    (!is_number).then(|| {
        FieldError::new(
            "/phone",
            "invalid-value",
            "Skriv 3 til 15 sifre, gjerne med + foran og mellomrom.",
            "Write 3 to 15 digits, with a + before them and spaces if you like.",
        )
    })
}

/// Why an address cannot be used, if it cannot.
pub(super) fn bad_address(pointer: &str, address: &str) -> Option<FieldError> {
    stafett_notify::mail::address::parse(address).err().map(|wrong| {
        FieldError::new(
            pointer,
            "invalid-value",
            "Er ingen e-postadresse som en tjener kan ta imot. Skriv den som post@example.org.",
            {
                let mut words = wrong.to_string();
                words.replace_range(..1, "N");
                words + "."
            },
        )
    })
}

async fn note(tx: &Tx, authority: Authority<'_>, right: Right, action: &str, agency: &Agency) -> Result<(), AppError> {
    let note = Note {
        action,
        kind: "agency",
        object: agency.id.0,
        agency,
        body: json!({ "version": agency.version, "active": agency.active, "kind": agency.kind }),
    };
    authority.note(tx, right, note, agency.updated_at).await
}
