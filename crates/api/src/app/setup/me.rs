//! One's own account: name, address, language, password.

use secrecy::SecretString;
use serde_json::json;
use stafett_store::users::{self, User};
use stafett_store::{audit, sessions};
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::Language;

use super::{all_right, staff_rules};
use crate::app::engine::Engine;
use crate::app::referrals::Asker;
use crate::app::sign_in::{Origin, Session, SignIn};
use crate::app::{AppError, Precondition};
use crate::auth::password::PasswordError;

/// A change: `None` leaves as it is, `Some(None)` takes away.
#[derive(Debug, Default)]
pub struct MyPatch {
    /// What I am called.
    pub display_name: Option<String>,
    /// My address.
    pub email: Option<Option<String>>,
    /// The language in which I am answered.
    pub language: Option<Language>,
    /// The password that I have and the one that I want.
    pub password: Option<(SecretString, SecretString)>,
}

/// Changes one's own account. A new password ends every session, and begins one for whoever has just set it.
///
/// # Errors
/// Stale; [`AppError::TooManyAttempts`] for whoever guesses; the fields at fault; the store's.
pub async fn change(
    engine: &Engine,
    sign_in: &SignIn,
    asker: Asker<'_>,
    user: &User,
    precondition: &Precondition,
    patch: MyPatch,
    origin: &Origin,
) -> Result<(User, Option<Session>), AppError> {
    precondition.check_at("me".to_owned(), user.version)?;
    let mut after = user.clone();
    after.display_name = patch
        .display_name
        .map_or(after.display_name, |name| name.trim().to_owned());
    after.email = patch.email.unwrap_or(after.email);
    after.language = patch.language.unwrap_or(after.language);
    all_right(staff_rules::account(&after))?;
    let hash = match patch.password {
        Some((current, new)) => Some(new_hash(sign_in, user, current, new, origin).await?),
        None => None,
    };
    let now = engine.now();
    let tx = engine.db.write_tx().await?;
    if let Some(hash) = &hash {
        users::set_password(&tx, after.id, Some(hash), now).await?;
        sessions::end_all(&tx, after.id, now).await?;
        after.password_expires_at = None;
        after.session_epoch += 1;
    }
    after.version += 1;
    after.updated_at = now;
    if !users::update(&tx, &after).await? {
        return Err(AppError::StaleAt {
            place: "me".to_owned(),
            current: after.version,
        });
    }
    let session = match &hash {
        Some(_) => Some(sign_in.begin(&tx, &after).await?),
        None => None,
    };
    let entry = audit::Entry {
        at: now,
        actor: Some(after.id),
        agency: None,
        role: None,
        action: if hash.is_some() { "password-set" } else { "user-changed" },
        object_kind: "user",
        object: Some(after.id.0),
        request_id: asker.request_id,
        body: json!({ "version": after.version }),
    };
    audit::record(&tx, &entry).await?;
    tx.commit().await?;
    Ok((after, session))
}

/// Whoever holds a stolen token must not be able to try passwords as fast as they like.
async fn new_hash(
    sign_in: &SignIn,
    user: &User,
    current: SecretString,
    new: SecretString,
    origin: &Origin,
) -> Result<String, AppError> {
    sign_in
        .limits
        .attempt(&user.username, origin.address)
        .map_err(AppError::TooManyAttempts)?;
    let stored = users::credentials(&sign_in.db, &user.username)
        .await?
        .and_then(|found| found.password_hash);
    let matches = sign_in
        .passwords
        .verify(stored, current)
        .await
        .map_err(AppError::internal)?;
    if !matches {
        return Err(AppError::Fields(vec![FieldError::new(
            "/password/current",
            "wrong",
            "Passordet stemmer ikke.",
            "The password is not right.",
        )]));
    }
    sign_in.limits.succeeded(&user.username, origin.address);
    let about = vec![user.username.clone(), user.display_name.clone()];
    sign_in.passwords.hash_chosen(new, about).await.map_err(|error| match error {
        PasswordError::Length => AppError::Fields(vec![FieldError::new(
            "/password/new",
            "invalid-value",
            "Et passord har minst 12 tegn og høyst 1024 byte.",
            "A password has at least 12 characters and at most 1024 bytes.",
        )]),
        PasswordError::Guessable => AppError::Fields(vec![FieldError::new(
            "/password/new",
            "guessable",
            "Dette passordet er lett å gjette: det er mye brukt, eller bygd på navnet ditt. Velg for eksempel fire ord som ikke hører sammen.",
            "This password is easily guessed: it is much used, or made of your name. Choose four words that do not belong together, for example.",
        )]),
        other => AppError::internal(other),
    })
}
