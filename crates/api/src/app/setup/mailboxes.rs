//! Where an agency's mail goes: its mailbox, and the address of whoever is on call; and whether a mail gets there.

use chrono::{DateTime, Utc};
use serde_json::json;
use stafett_notify::channel::{Failure, Reply};
use stafett_store::agencies::Agency;
use stafett_store::settings::{self, Settings};
use stafett_store::{Db, Handle};
use stafett_workflow::policy::Operation;
use stafett_workflow::refusal::FieldError;

use super::agencies::bad_address;
use super::{Authority, Note, Right, admitted, all_right, named, save};
use crate::app::engine::Engine;
use crate::app::{AppError, Precondition};
use crate::postman::{Addressee, Postman};

/// The addresses of one agency.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailboxes {
    /// Where its mails go.
    pub unit: Option<String>,
    /// The address of whoever is on call.
    pub on_call: Option<String>,
    /// Whether what can wait waits until the unit opens; as before, when nothing is said.
    pub quiet_hours: Option<bool>,
    /// Whether deadlines come as calendar entries too; as before, when nothing is said.
    pub calendar_files: Option<bool>,
}

/// An agency with its addresses.
///
/// # Errors
/// Hidden, denied; the store's.
pub async fn read(engine: &Engine, authority: Authority<'_>, agency: &str) -> Result<(Agency, Mailboxes), AppError> {
    kept(&engine.db, authority, agency).await
}

async fn kept(on: &impl Handle, authority: Authority<'_>, agency: &str) -> Result<(Agency, Mailboxes), AppError> {
    let agency = named(on, agency).await?;
    authority.over(Operation::SetUpAgency, &agency)?;
    let settings = settings::of(on, agency.id).await?;
    let mailboxes = Mailboxes {
        unit: agency.mailbox.clone(),
        on_call: settings.on_call,
        quiet_hours: Some(settings.quiet_hours),
        calendar_files: Some(settings.calendar_files),
    };
    Ok((agency, mailboxes))
}

/// Says where its mail goes from now on. What is under way already goes where it was going to.
///
/// # Errors
/// Hidden, stale, denied; the addresses at fault; the store's.
pub async fn put(
    engine: &Engine,
    authority: Authority<'_>,
    agency: &str,
    precondition: &Precondition,
    mailboxes: Mailboxes,
) -> Result<(Agency, Mailboxes), AppError> {
    let tx = engine.db.write_tx().await?;
    let (mut agency, right) = admitted(&tx, authority, Operation::SetUpAgency, agency, Some(precondition)).await?;
    let faults = [("/unit", &mailboxes.unit), ("/onCall", &mailboxes.on_call)]
        .into_iter()
        .filter_map(|(pointer, address)| bad_address(pointer, address.as_deref()?));
    all_right(faults.collect())?;
    agency.mailbox.clone_from(&mailboxes.unit);
    let before = settings::of(&tx, agency.id).await?;
    let settings = Settings {
        on_call: mailboxes.on_call.clone(),
        quiet_hours: mailboxes.quiet_hours.unwrap_or(before.quiet_hours),
        calendar_files: mailboxes.calendar_files.unwrap_or(before.calendar_files),
        ..before
    };
    settings::put(&tx, agency.id, &settings).await?;
    save(&tx, &mut agency, engine.now()).await?;
    let note = Note {
        action: "mailboxes-changed",
        kind: "agency",
        object: agency.id.0,
        agency: &agency,
        body: json!({
            "version": agency.version,
            "unit": mailboxes.unit.is_some(),
            "onCall": mailboxes.on_call.is_some(),
            "quietHours": settings.quiet_hours,
            "calendarFiles": settings.calendar_files,
        }),
    };
    authority.note(&tx, right, note, engine.now()).await?;
    tx.commit().await?;
    let mailboxes = Mailboxes {
        quiet_hours: Some(settings.quiet_hours),
        calendar_files: Some(settings.calendar_files),
        ..mailboxes
    };
    Ok((agency, mailboxes))
}

/// One of an agency's addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Which {
    /// The mailbox of the unit.
    #[default]
    Unit,
    /// The address of whoever is on call.
    OnCall,
}

/// How a test mail ended.
#[derive(Debug)]
pub struct Tested {
    /// Where it went.
    pub to: String,
    /// What the other side said, or why nobody has taken it.
    pub said: Result<Reply, Failure>,
}

/// Sends a test mail to one of the addresses and waits for what the mail server says. It is no notice, so it is not tried again.
///
/// # Errors
/// Hidden, denied; no such address is kept; [`AppError::TooManyTests`]; the store's.
pub async fn test(
    db: &Db,
    now: DateTime<Utc>,
    postman: &Postman,
    authority: Authority<'_>,
    agency: &str,
    which: Which,
) -> Result<Tested, AppError> {
    let (agency, mailboxes) = kept(db, authority, agency).await?;
    let right = authority.over(Operation::SetUpAgency, &agency)?;
    let address = match which {
        Which::Unit => mailboxes.unit,
        Which::OnCall => mailboxes.on_call,
    };
    let to = address.ok_or_else(|| {
        AppError::Fields(vec![FieldError::new(
            "/mailbox",
            "required",
            "Enheten har ingen slik adresse. Legg den inn, og prøv igjen.",
            "The agency has no such address. Enter it, and try again.",
        )])
    })?;
    // Whoever runs the machine can send mails anyhow.
    if let Right::Person(_) = right {
        postman.may(agency.id).map_err(AppError::TooManyTests)?;
    }
    let addressee = Addressee {
        unit: &agency.name,
        mailbox: &to,
        language: agency.language,
    };
    let said = postman
        .send(addressee, now)
        .await
        .map_err(|_no_address| AppError::Fields(bad_address("/mailbox", &to).into_iter().collect()))?;
    let tx = db.write_tx().await?;
    let note = Note {
        action: "mailbox-tested",
        kind: "agency",
        object: agency.id.0,
        agency: &agency,
        body: json!({ "mailbox": which, "taken": said.is_ok() }),
    };
    authority.note(&tx, right, note, now).await?;
    tx.commit().await?;
    Ok(Tested { to, said })
}
