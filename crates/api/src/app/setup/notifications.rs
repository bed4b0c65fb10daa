//! What somebody wishes to be mailed besides what their unit is told. Nothing here can silence a duty: there is no wish to be
//! told less.

use serde_json::json;
use stafett_store::preferences::{self, Preferences};
use stafett_store::users::User;
use stafett_store::{Db, audit, users};
use stafett_workflow::refusal::FieldError;

use super::all_right;
use crate::app::engine::Engine;
use crate::app::referrals::Asker;
use crate::app::{AppError, Precondition};
use crate::clock::Clock;

/// What is wished from now on.
#[derive(Debug, Clone, Copy)]
pub struct Wishes {
    /// A copy of what the unit is told of a hand-off for which they are responsible.
    pub copies: bool,
    /// Every morning what waits.
    pub digest: bool,
}

/// What somebody wishes.
///
/// # Errors
/// The store's.
pub async fn read(engine: &Engine, user: &User) -> Result<Preferences, AppError> {
    Ok(preferences::of(&engine.db, user.id).await?)
}

/// Wishes it from now on.
///
/// # Errors
/// Stale; a wish for mails by somebody without an address; the store's.
pub async fn put(
    engine: &Engine,
    asker: Asker<'_>,
    user: &User,
    precondition: &Precondition,
    wishes: Wishes,
) -> Result<Preferences, AppError> {
    let before = preferences::of(&engine.db, user.id).await?;
    precondition.check_at("me/notifications".to_owned(), before.version)?;
    keep(&engine.db, user, before, wishes, Some(asker), &*engine.clock).await
}

/// Reads, and if something is given changes, what somebody wishes: for whoever runs the machine.
///
/// # Errors
/// Hidden; a wish for mails by somebody without an address; the store's.
pub async fn by_operator(
    db: &Db,
    username: &str,
    copies: Option<bool>,
    digest: Option<bool>,
    clock: &dyn Clock,
) -> Result<Preferences, AppError> {
    let found = users::credentials(db, username).await?;
    let user = found.ok_or_else(stafett_workflow::Refusal::not_found)?.user;
    let before = preferences::of(db, user.id).await?;
    if copies.is_none() && digest.is_none() {
        return Ok(before);
    }
    let wishes = Wishes {
        copies: copies.unwrap_or(before.copies),
        digest: digest.unwrap_or(before.digest),
    };
    keep(db, &user, before, wishes, None, clock).await
}

async fn keep(
    db: &Db,
    user: &User,
    before: Preferences,
    wishes: Wishes,
    asker: Option<Asker<'_>>,
    clock: &dyn Clock,
) -> Result<Preferences, AppError> {
    let unreachable = user.email.as_deref().is_none_or(|address| address.trim().is_empty());
    let faults = [("/copies", wishes.copies), ("/digest", wishes.digest)]
        .into_iter()
        .filter(|(_, wished)| *wished && unreachable)
        .map(|(pointer, _)| {
            FieldError::new(
                pointer,
                "no-address",
                "Du har ingen e-postadresse i Stafett. Legg den inn under Meg først.",
                "You have no e-mail address in Stafett. Enter it in your account first.",
            )
        });
    all_right(faults.collect())?;
    let after = Preferences {
        copies: wishes.copies,
        digest: wishes.digest,
        // Whoever wishes it anew, or says themselves that they do not, has nothing left to be told of.
        digest_ended: None,
        version: before.version + 1,
    };
    let now = clock.now();
    let tx = db.write_tx().await?;
    if !preferences::put(&tx, user.id, &after, before.version, now).await? {
        return Err(AppError::StaleAt {
            place: "me/notifications".to_owned(),
            current: preferences::of(&tx, user.id).await?.version,
        });
    }
    let entry = audit::Entry {
        at: now,
        actor: asker.map(|asker| asker.actor.user),
        agency: None,
        role: None,
        action: "notifications-changed",
        object_kind: "user",
        object: Some(user.id.0),
        request_id: asker.and_then(|asker| asker.request_id),
        body: json!({ "version": after.version, "copies": after.copies, "digest": after.digest }),
    };
    audit::record(&tx, &entry).await?;
    tx.commit().await?;
    Ok(after)
}
