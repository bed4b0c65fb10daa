//! `stafett token`.

use chrono::TimeDelta;
use clap::Args;
use secrecy::ExposeSecret;
use serde::Serialize;
use stafett_store::{Db, audit, users};
use stafett_workflow::agency::UserId;

use super::output::Format;
use super::{CliError, Common, Outcome};
use crate::app::sign_in::normalise;
use crate::auth::keys::KeyRing;
use crate::auth::token::{Identity, Tokens};
use crate::clock::{Clock, System};
use crate::config::Span;

#[derive(Debug, Args)]
pub(super) struct Token {
    /// Whom the token is for
    username: String,
    /// How long it is good, such as 15m or 12h [default: auth.access_ttl]
    #[arg(long, value_name = "SPAN")]
    ttl: Option<Span>,
    #[command(flatten)]
    format: Format,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
}

impl Token {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let (config, db) = common.database().await?;
        let username = normalise(&self.username);
        let user = users::credentials(&db, &username)
            .await?
            .map(|found| found.user)
            .filter(|user| user.active);
        let user = user.ok_or_else(|| {
            CliError::Failed(format!(
                "nobody active is called {username}; see `stafett user list`, or add them"
            ))
        })?;
        let tokens = Tokens::new(KeyRing::load(&config)?, &config.auth);
        let ttl = self.ttl.unwrap_or(config.auth.access_ttl).delta();
        let identity = Identity {
            session: None,
            user: user.id,
            epoch: user.session_epoch,
        };
        let token = tokens
            .mint(identity, System.now(), ttl)
            .map_err(|error| CliError::Failed(format!("the key does not sign ({error}); see `stafett check`")))?;
        note(&db, user.id, ttl).await?;
        let answer = Answer {
            access_token: token.expose_secret().to_owned(),
            token_type: "Bearer",
            expires_in: ttl.num_seconds(),
        };
        self.format.one(&answer, |answer| answer.access_token.clone());
        db.close().await?;
        Ok(Outcome::Fine)
    }
}

/// Whoever can run this can be anybody; that they were stands in the audit trail.
async fn note(db: &Db, user: UserId, ttl: TimeDelta) -> Result<(), CliError> {
    let tx = db.write_tx().await?;
    let entry = audit::Entry {
        at: System.now(),
        actor: None,
        agency: None,
        role: None,
        action: "token-made",
        object_kind: "user",
        object: Some(user.0),
        request_id: None,
        body: serde_json::json!({ "seconds": ttl.num_seconds() }),
    };
    audit::record(&tx, &entry).await?;
    Ok(tx.commit().await?)
}
