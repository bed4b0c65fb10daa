//! Local accounts: a password, or the last refresh token, for a new pair of tokens.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use stafett_store::sessions::{NewToken, Rotation, SessionId};
use stafett_store::users::User;
use stafett_store::{Db, Tx, audit, sessions, users};
use stafett_workflow::agency::UserId;

use super::AppError;
use crate::auth::limits::SignInLimits;
use crate::auth::password::Passwords;
use crate::auth::refresh;
use crate::auth::token::{Identity, Tokens};
use crate::clock::SharedClock;

/// No name is longer.
const LONGEST_USERNAME: usize = 200;

/// What it takes to sign somebody in.
#[derive(Debug)]
pub struct SignIn {
    /// Where accounts lie.
    pub db: Db,
    /// Makes access tokens.
    pub tokens: Arc<Tokens>,
    /// Checks passwords.
    pub passwords: Passwords,
    /// Counts attempts.
    pub limits: SignInLimits,
    /// The time.
    pub clock: SharedClock,
    /// How long a refresh token is good.
    pub refresh_ttl: TimeDelta,
    /// How long a session lasts, however often it is renewed.
    pub session_ttl: TimeDelta,
}

/// From where somebody asks.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Their network address; it is counted and never stored.
    pub address: IpAddr,
    /// The request, as it stands in the log.
    pub request_id: Option<String>,
}

/// A pair of tokens.
#[derive(Debug)]
pub struct Session {
    /// For each request.
    pub access_token: SecretString,
    /// How long that one is good.
    pub expires_in: TimeDelta,
    /// For the next pair; works once.
    pub refresh_token: SecretString,
    /// Whether the password was handed out, and nothing else may be done before it is changed.
    pub password_must_change: bool,
}

/// A username as it is stored and compared: without spaces around it, in lower case.
#[must_use]
pub fn normalise(username: &str) -> String {
    username.trim().to_lowercase()
}

impl SignIn {
    /// Signs in with a password. Whether the account does not exist, is closed or has another password, takes the same
    /// time and gets the same answer.
    ///
    /// # Errors
    /// [`AppError::Credentials`], [`AppError::TooManyAttempts`], or what the store says.
    pub async fn with_password(
        &self,
        username: &str,
        password: SecretString,
        origin: &Origin,
    ) -> Result<Session, AppError> {
        let username = normalise(username);
        self.limits
            .attempt(&username, origin.address)
            .map_err(AppError::TooManyAttempts)?;
        let found = match username.len() {
            1..=LONGEST_USERNAME => users::credentials(&self.db, &username).await?,
            _ => None,
        };
        let (user, hash) = match found {
            Some(found) => (Some(found.user), found.password_hash),
            None => (None, None),
        };
        let matches = self
            .passwords
            .verify(hash, password)
            .await
            .map_err(AppError::internal)?;
        let now = self.clock.now();
        let Some(user) = user
            .as_ref()
            .filter(|user| matches && user.active && still_good(user, now))
        else {
            self.note_refusal(user.map(|user| user.id), now, origin).await?;
            return Err(AppError::Credentials);
        };
        let fresh = refresh::fresh().map_err(AppError::internal)?;
        let tx = self.db.write_tx().await?;
        // The password may have been changed, and every session ended, since it was read.
        if !users::hold(&tx, user).await? {
            tx.rollback().await?;
            self.note_refusal(Some(user.id), now, origin).await?;
            return Err(AppError::Credentials);
        }
        let session = sessions::begin(&tx, user.id, self.next(&fresh.digest, now)).await?;
        note(&tx, "sign-in", Some(user.id), now, origin).await?;
        tx.commit().await?;
        self.limits.succeeded(&username, origin.address);
        self.session(user, session, fresh.token, now)
    }

    /// Signs in with the last refresh token, which is used up by it. One that comes a second time ends the whole session:
    /// either its owner or a thief has the newer one, and nobody can tell which.
    ///
    /// # Errors
    /// [`AppError::RefreshToken`], or what the store says.
    pub async fn with_refresh_token(&self, token: &SecretString, origin: &Origin) -> Result<Session, AppError> {
        let fresh = refresh::fresh().map_err(AppError::internal)?;
        let now = self.clock.now();
        let presented = refresh::digest(token);
        // Whoever makes tokens up keeps nobody from writing.
        if !sessions::is_known(&self.db, &presented).await? {
            return Err(AppError::RefreshToken);
        }
        let tx = self.db.write_tx().await?;
        match sessions::rotate(&tx, &presented, self.next(&fresh.digest, now), self.session_ttl).await? {
            Rotation::Renewed(id, session) => {
                let Some(user) = users::find(&tx, id).await?.filter(|user| user.active) else {
                    sessions::end_all(&tx, id, now).await?;
                    tx.commit().await?;
                    return Err(AppError::RefreshToken);
                };
                tx.commit().await?;
                self.session(&user, session, fresh.token, now)
            }
            Rotation::Reused(id) => {
                note(&tx, "refresh-token-reused", Some(id), now, origin).await?;
                tx.commit().await?;
                tracing::warn!(user.id = %id, "a refresh token was used twice; its session has ended");
                Err(AppError::RefreshToken)
            }
            Rotation::Invalid => Err(AppError::RefreshToken),
        }
    }

    /// Begins a session for somebody whom the caller has recognised, within the caller's transaction.
    ///
    /// # Errors
    /// What the store says.
    pub async fn begin(&self, tx: &Tx, user: &User) -> Result<Session, AppError> {
        let fresh = refresh::fresh().map_err(AppError::internal)?;
        let now = self.clock.now();
        let session = sessions::begin(tx, user.id, self.next(&fresh.digest, now)).await?;
        self.session(user, session, fresh.token, now)
    }

    /// Ends the session that a refresh token renews, at once: its access tokens are good for nothing any more. A token that is
    /// unknown, or whose session has ended, ends nothing, and is told so by nobody.
    ///
    /// # Errors
    /// What the store says.
    pub async fn sign_out(&self, token: &SecretString, origin: &Origin) -> Result<(), AppError> {
        let presented = refresh::digest(token);
        if !sessions::is_known(&self.db, &presented).await? {
            return Ok(());
        }
        let now = self.clock.now();
        let tx = self.db.write_tx().await?;
        if let Some(user) = sessions::end_by_token(&tx, &presented, now).await? {
            note(&tx, "sign-out", Some(user), now, origin).await?;
        }
        Ok(tx.commit().await?)
    }

    fn next<'a>(&self, digest: &'a str, now: DateTime<Utc>) -> NewToken<'a> {
        NewToken {
            secret_hash: digest,
            created_at: now,
            expires_at: now + self.refresh_ttl,
        }
    }

    fn session(
        &self,
        user: &User,
        session: SessionId,
        refresh_token: SecretString,
        now: DateTime<Utc>,
    ) -> Result<Session, AppError> {
        let identity = Identity {
            user: user.id,
            epoch: user.session_epoch,
            session: Some(session),
        };
        let expires_in = self.tokens.ttl();
        let access_token = self
            .tokens
            .mint(identity, now, expires_in)
            .map_err(AppError::internal)?;
        Ok(Session {
            access_token,
            expires_in,
            refresh_token,
            password_must_change: user.password_expires_at.is_some(),
        })
    }

    /// Written for unknown names too: a row for known ones only would tell by its time who exists.
    async fn note_refusal(&self, user: Option<UserId>, now: DateTime<Utc>, origin: &Origin) -> Result<(), AppError> {
        let tx = self.db.write_tx().await?;
        note(&tx, "sign-in-refused", user, now, origin).await?;
        Ok(tx.commit().await?)
    }
}

/// A password that was handed out is good for a while only.
fn still_good(user: &User, now: DateTime<Utc>) -> bool {
    user.password_expires_at.is_none_or(|until| now < until)
}

async fn note(
    tx: &Tx,
    action: &str,
    user: Option<UserId>,
    now: DateTime<Utc>,
    origin: &Origin,
) -> Result<(), AppError> {
    let entry = audit::Entry {
        at: now,
        actor: user,
        agency: None,
        role: None,
        action,
        object_kind: "user",
        object: user.map(|user| user.0),
        request_id: origin.request_id.as_deref(),
        body: serde_json::json!({}),
    };
    Ok(audit::record(tx, &entry).await?)
}
