//! One's own sessions: which are open, and how they end.

use stafett_store::sessions::{Open, SessionId};
use stafett_store::{audit, sessions, users};
use stafett_workflow::agency::UserId;
use stafett_workflow::policy::Verdict;

use super::AppError;
use super::engine::Engine;
use super::referrals::Asker;
use super::sign_in::SignIn;

/// The sessions of whoever asks that can still be renewed, the one renewed last first.
///
/// # Errors
/// The store's.
pub async fn list(engine: &Engine, sign_in: &SignIn, asker: Asker<'_>) -> Result<Vec<Open>, AppError> {
    Ok(sessions::open(&engine.db, asker.actor.user, engine.now(), sign_in.session_ttl).await?)
}

/// Ends one of one's own sessions, at once.
///
/// # Errors
/// [`AppError::Denied`] when there is no such session, or it has ended; the store's.
pub async fn end(engine: &Engine, asker: Asker<'_>, id: SessionId) -> Result<(), AppError> {
    let now = engine.now();
    let tx = engine.db.write_tx().await?;
    if !sessions::end_one(&tx, asker.actor.user, id, now).await? {
        return Err(AppError::Denied(Verdict::Hidden));
    }
    audit::record(&tx, &entry(engine, asker, "session-ended")).await?;
    Ok(tx.commit().await?)
}

/// Ends all of one's own sessions, with every token that was ever made for one, at once and on every device.
///
/// # Errors
/// The store's.
pub async fn end_all(engine: &Engine, asker: Asker<'_>) -> Result<(), AppError> {
    let now = engine.now();
    let tx = engine.db.write_tx().await?;
    users::end_sessions(&tx, asker.actor.user, now).await?;
    sessions::end_all(&tx, asker.actor.user, now).await?;
    audit::record(&tx, &entry(engine, asker, "sessions-ended")).await?;
    Ok(tx.commit().await?)
}

fn entry<'a>(engine: &Engine, asker: Asker<'a>, action: &'a str) -> audit::Entry<'a> {
    let UserId(me) = asker.actor.user;
    audit::Entry {
        at: engine.now(),
        actor: Some(asker.actor.user),
        agency: None,
        role: None,
        action,
        object_kind: "user",
        object: Some(me),
        request_id: asker.request_id,
        body: serde_json::json!({}),
    }
}
