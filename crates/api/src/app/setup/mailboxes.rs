//! Where an agency's mail goes: its mailbox, and the address of whoever is on call.

use serde_json::json;
use stafett_store::agencies::Agency;
use stafett_store::settings::{self, Settings};
use stafett_workflow::policy::Operation;

use super::agencies::bad_address;
use super::{Authority, Note, admitted, all_right, named, save};
use crate::app::engine::Engine;
use crate::app::{AppError, Precondition};

/// The addresses of one agency.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailboxes {
    /// Where its mails go.
    pub unit: Option<String>,
    /// The address of whoever is on call.
    pub on_call: Option<String>,
}

/// An agency with its addresses.
///
/// # Errors
/// Hidden, denied; the store's.
pub async fn read(engine: &Engine, authority: Authority<'_>, agency: &str) -> Result<(Agency, Mailboxes), AppError> {
    let agency = named(&engine.db, agency).await?;
    authority.over(Operation::SetUpAgency, &agency)?;
    let settings = settings::of(&engine.db, agency.id).await?;
    let mailboxes = Mailboxes {
        unit: agency.mailbox.clone(),
        on_call: settings.on_call,
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
    let settings = Settings {
        on_call: mailboxes.on_call.clone(),
        ..settings::of(&tx, agency.id).await?
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
        }),
    };
    authority.note(&tx, right, note, engine.now()).await?;
    tx.commit().await?;
    Ok((agency, mailboxes))
}
