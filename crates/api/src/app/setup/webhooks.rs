//! The addresses of a unit's own systems: entered by its administrators, told what its mailbox is told.

use chrono::{DateTime, Utc};
use serde_json::json;
use stafett_notify::hooks::{Keys, guard};
use stafett_store::agencies::Agency;
use stafett_store::webhooks::{self as store, Delivery, Webhook};
use stafett_store::{Page, agencies as directory};
use stafett_workflow::Refusal;
use stafett_workflow::policy::{Operation, Verdict};
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::Notice;
use uuid::Uuid;

use super::{Authority, Note, named};
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;
use crate::app::{AppError, Precondition};

/// Makes the secrets of webhooks: each from the key of the house and the webhook's own id, so that none stands in the database.
#[derive(Debug, Clone)]
pub struct HookKeys(stafett_vault::BlindIndex);

impl HookKeys {
    /// From the key of the house.
    #[must_use]
    pub const fn new(index: stafett_vault::BlindIndex) -> Self {
        Self(index)
    }

    /// The keys of one generation of a webhook's secrets.
    #[must_use]
    pub fn of(&self, webhook: Uuid, generation: u32) -> Option<Keys> {
        let value = format!("{webhook}:{generation}");
        let secret = self.0.digest("webhook-secret", &value).try_into().ok()?;
        let seed = self.0.digest("webhook-key", &value).try_into().ok()?;
        Keys::new(secret, &seed)
    }
}

/// A webhook as somebody enters it.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Whose it is, by slug or id.
    pub agency: String,
    /// Where it lies.
    pub url: String,
    /// Of what it is told; empty: of everything.
    pub notices: Vec<Notice>,
    /// Whether it leads to whoever is on call.
    pub on_call: bool,
}

/// What is changed of a webhook.
#[derive(Debug, Clone, Default)]
pub struct ChangedWebhook {
    /// Where it lies.
    pub url: Option<String>,
    /// Of what it is told.
    pub notices: Option<Vec<Notice>>,
    /// Whether it is told at all; switching it on sends what did not arrive.
    pub enabled: Option<bool>,
    /// Whether a new secret is made; the old one signs beside it for a day.
    pub rotate: bool,
}

/// A webhook with its keys and what its agency is called.
#[derive(Debug)]
pub struct Told {
    /// The webhook.
    pub webhook: Webhook,
    /// Its present keys.
    pub keys: Keys,
    /// What its agency is called.
    pub names: Names,
}

/// Those that this person keeps.
///
/// # Errors
/// The store's.
pub async fn list(engine: &Engine, authority: Authority<'_>) -> Result<Vec<Told>, AppError> {
    let mut told = Vec::new();
    for webhook in store::all(&engine.db).await? {
        let agency = agency_of(engine, &webhook).await?;
        if authority.over(Operation::ManageWebhooks, &agency).is_ok() {
            told.push(with_keys(engine, webhook).await?);
        }
    }
    Ok(told)
}

/// One of them.
///
/// # Errors
/// Hidden; the store's.
pub async fn read(engine: &Engine, authority: Authority<'_>, id: Uuid) -> Result<Told, AppError> {
    let (webhook, _agency) = kept(engine, authority, id).await?;
    with_keys(engine, webhook).await
}

/// Enters one. An address that leads inside is refused.
///
/// # Errors
/// Hidden, denied; the address at fault; the store's.
pub async fn create(engine: &Engine, authority: Authority<'_>, new: NewWebhook) -> Result<Told, AppError> {
    let agency = named(&engine.db, &new.agency).await?;
    let right = authority.over(Operation::ManageWebhooks, &agency)?;
    let url = admitted(engine, &new.url).await?;
    let now = engine.now();
    let webhook = Webhook {
        id: Uuid::now_v7(),
        agency: agency.id,
        url,
        notices: new.notices,
        on_call: new.on_call,
        generation: 1,
        rotated_at: now,
        created_by: authority.user(),
        created_at: now,
        failing_since: None,
        disabled: None,
        version: 1,
    };
    let tx = engine.db.write_tx().await?;
    store::insert(&tx, &webhook).await?;
    let note = note_of("webhook-added", &webhook, &agency);
    authority.note(&tx, right, note, now).await?;
    tx.commit().await?;
    with_keys(engine, webhook).await
}

/// Changes one.
///
/// # Errors
/// Hidden, stale, denied; the address at fault; the store's.
pub async fn change(
    engine: &Engine,
    authority: Authority<'_>,
    id: Uuid,
    precondition: &Precondition,
    changed: ChangedWebhook,
) -> Result<Told, AppError> {
    let (mut webhook, agency) = kept(engine, authority, id).await?;
    let right = authority.over(Operation::ManageWebhooks, &agency)?;
    precondition.check_at(place_of(id), webhook.version)?;
    let now = engine.now();
    if let Some(url) = &changed.url {
        webhook.url = admitted(engine, url).await?;
    }
    if let Some(notices) = changed.notices {
        webhook.notices = notices;
    }
    if changed.rotate {
        webhook.generation += 1;
        webhook.rotated_at = now;
    }
    match changed.enabled {
        Some(true) => (webhook.disabled, webhook.failing_since) = (None, None),
        Some(false) if webhook.disabled.is_none() => {
            webhook.disabled = Some((now, "switched off by an administrator".to_owned()));
        }
        Some(false) | None => {}
    }
    let tx = engine.db.write_tx().await?;
    if !store::update(&tx, &webhook).await? {
        let current = webhook.version + 1;
        return Err(AppError::StaleAt {
            place: place_of(id),
            current,
        });
    }
    let note = note_of("webhook-changed", &webhook, &agency);
    authority.note(&tx, right, note, now).await?;
    tx.commit().await?;
    webhook.version += 1;
    with_keys(engine, webhook).await
}

/// Takes one out.
///
/// # Errors
/// Hidden, denied; the store's.
pub async fn delete(engine: &Engine, authority: Authority<'_>, id: Uuid) -> Result<(), AppError> {
    let (webhook, agency) = kept(engine, authority, id).await?;
    let right = authority.over(Operation::ManageWebhooks, &agency)?;
    let tx = engine.db.write_tx().await?;
    store::delete(&tx, id).await?;
    let note = note_of("webhook-deleted", &webhook, &agency);
    authority.note(&tx, right, note, engine.now()).await?;
    Ok(tx.commit().await?)
}

/// What became of its tellings, the newest first.
///
/// # Errors
/// Hidden; the store's.
pub async fn deliveries(
    engine: &Engine,
    authority: Authority<'_>,
    id: Uuid,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u32,
) -> Result<Page<Delivery, (DateTime<Utc>, Uuid)>, AppError> {
    kept(engine, authority, id).await?;
    Ok(store::deliveries(&engine.db, id, after, limit).await?)
}

/// Tells the same again.
///
/// # Errors
/// Hidden, denied; the store's.
pub async fn replay(engine: &Engine, authority: Authority<'_>, id: Uuid, delivery: Uuid) -> Result<(), AppError> {
    let (webhook, agency) = kept(engine, authority, id).await?;
    let right = authority.over(Operation::ManageWebhooks, &agency)?;
    let tx = engine.db.write_tx().await?;
    if !store::replay(&tx, id, delivery, engine.now()).await? {
        return Err(Refusal::not_found().into());
    }
    let note = note_of("webhook-replayed", &webhook, &agency);
    authority.note(&tx, right, note, engine.now()).await?;
    Ok(tx.commit().await?)
}

/// One that this person keeps; those of others do not exist for them.
async fn kept(engine: &Engine, authority: Authority<'_>, id: Uuid) -> Result<(Webhook, Agency), AppError> {
    let found = store::find(&engine.db, id).await?;
    let webhook = found.ok_or_else(Refusal::not_found)?;
    let agency = agency_of(engine, &webhook).await?;
    match authority.over(Operation::ManageWebhooks, &agency) {
        Ok(_) => Ok((webhook, agency)),
        Err(AppError::Denied(_)) => Err(AppError::Denied(Verdict::Hidden)),
        Err(error) => Err(error),
    }
}

async fn agency_of(engine: &Engine, webhook: &Webhook) -> Result<Agency, AppError> {
    let found = directory::find(&engine.db, &webhook.agency.to_string()).await?;
    Ok(found.ok_or_else(Refusal::not_found)?)
}

async fn with_keys(engine: &Engine, webhook: Webhook) -> Result<Told, AppError> {
    let keys = engine
        .hooks
        .of(webhook.id, webhook.generation)
        .ok_or_else(|| AppError::internal("a webhook has no keys"))?;
    let names = Names::load(&engine.db, [webhook.agency], []).await?;
    Ok(Told { webhook, keys, names })
}

/// An address that may be told, as it is kept.
async fn admitted(engine: &Engine, url: &str) -> Result<String, AppError> {
    let loopback = engine.hooks_to_loopback;
    let read = match guard::read(url, loopback) {
        Ok(read) => guard::resolve(&read, loopback).await.map(|()| read),
        Err(refused) => Err(refused),
    };
    read.map(|url| url.to_string()).map_err(|refused| {
        let (nb, en) = words(refused);
        AppError::Fields(vec![FieldError::new("/url", "invalid-value", nb, en)])
    })
}

const fn words(refused: guard::Refused) -> (&'static str, &'static str) {
    match refused {
        guard::Refused::NotAnAddress => (
            "Er ikke en nettadresse. Skriv den som https://system.example.org/stafett.",
            "Is no web address. Write it as https://system.example.org/stafett.",
        ),
        guard::Refused::NotSecret => (
            "Må begynne med https, så ingen kan lese med underveis.",
            "Must begin with https, so that nobody can read along.",
        ),
        guard::Refused::HoldsSecret => (
            "Inneholder bruker eller passord. Ta det bort; mottakeren kjenner Stafett på signaturen.",
            "Holds a user or a password. Leave it out; the receiver knows Stafett by the signature.",
        ),
        guard::Refused::Private => (
            "Leder inn i et privat nett. Bruk en adresse som kan nås utenfra.",
            "Leads into a private network. Use an address that can be reached from outside.",
        ),
        guard::Refused::Nowhere => (
            "Navnet finnes ikke. Se etter skrivefeil.",
            "The name does not exist. Look for a misprint.",
        ),
    }
}

fn note_of<'n>(action: &'n str, webhook: &Webhook, agency: &'n Agency) -> Note<'n> {
    Note {
        action,
        kind: "webhook",
        object: webhook.id,
        agency,
        body: json!({ "onCall": webhook.on_call, "generation": webhook.generation, "enabled": webhook.disabled.is_none() }),
    }
}

fn place_of(id: Uuid) -> String {
    format!("webhooks/{id}")
}
