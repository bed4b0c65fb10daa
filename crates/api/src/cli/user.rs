//! `stafett user`: people and their roles.

use std::io::{BufRead, IsTerminal};

use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde::Serialize;
use stafett_store::users::{self, User};
use stafett_store::{Db, StoreError, Tx, audit, sessions};
use stafett_workflow::agency::UserId;
use stafett_workflow::policy::Membership;
use stafett_workflow::vocabulary::{Language, Role};
use uuid::Uuid;

use super::output::Format;
use super::{CliError, Common, Outcome, agency};
use crate::app::setup::check_account;
use crate::app::sign_in::normalise;
use crate::auth::password::Passwords;
use crate::clock::{Clock, System};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the people of an agency with their roles
    List {
        /// Its short name or id
        agency: String,
        #[command(flatten)]
        format: Format,
    },
    /// Enter a person
    Add(Add),
    /// Change a person; what is not named stays. Closing an account ends its sessions at once
    Set(Set),
    /// Give a person a password, read from the terminal or the first line of standard input; ends all their sessions
    SetPassword(Whom),
    /// Give a person a role
    Grant(RoleOf),
    /// Take a role from a person
    Withdraw(RoleOf),
}

#[derive(Debug, Args)]
pub(super) struct Whom {
    /// What they sign in with
    username: String,
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// What they sign in with
    username: String,
    /// What they are called
    #[arg(long)]
    name: String,
    /// Their address
    #[arg(long)]
    email: Option<String>,
    /// Language of their answers: nb or en
    #[arg(long, default_value = "nb")]
    language: Language,
    /// Their first role
    #[arg(long)]
    role: Option<Role>,
    /// Where they hold it: short name or id
    #[arg(long, requires = "role")]
    agency: Option<String>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// What they sign in with
    username: String,
    /// What they are called
    #[arg(long)]
    name: Option<String>,
    /// Their address
    #[arg(long)]
    email: Option<String>,
    /// Language of their answers: nb or en
    #[arg(long)]
    language: Option<Language>,
    /// Whether they may sign in: true or false
    #[arg(long)]
    active: Option<bool>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct RoleOf {
    /// What they sign in with
    username: String,
    /// worker, lead, agency-admin, integration, coordinator, auditor or system-admin
    role: Role,
    /// Where they hold it: short name or id; roles across agencies may lack one
    #[arg(long)]
    agency: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: Uuid,
    username: String,
    display_name: String,
    email: Option<String>,
    language: &'static str,
    active: bool,
    roles: Vec<&'static str>,
}

impl Command {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let (_config, db) = common.database().await?;
        match self {
            Self::List { agency, format } => list(&db, &agency, format).await?,
            Self::Add(add) => add.run(&db).await?,
            Self::Set(set) => set.run(&db).await?,
            Self::SetPassword(whom) => set_password(&db, &whom.username).await?,
            Self::Grant(role) => role.grant(&db).await?,
            Self::Withdraw(role) => role.withdraw(&db).await?,
        }
        db.close().await?;
        Ok(Outcome::Fine)
    }
}

async fn list(db: &Db, agency: &str, format: Format) -> Result<(), CliError> {
    let tx = db.write_tx().await?;
    let agency = agency::find(&tx, agency).await?;
    let people = users::of_agency(&tx, agency.id).await?;
    tx.rollback().await?;
    let rows: Vec<_> = people.into_iter().map(|(user, roles)| Row::new(user, &roles)).collect();
    format.rows(&rows, ["USERNAME", "NAME", "ROLES", "ACTIVE"], |row| {
        [
            row.username.clone(),
            row.display_name.clone(),
            row.roles.join(", "),
            row.active.to_string(),
        ]
    });
    Ok(())
}

impl Add {
    async fn run(self, db: &Db) -> Result<(), CliError> {
        let now = System.now();
        let username = normalise(&self.username);
        let user = User {
            id: UserId(Uuid::now_v7()),
            username,
            display_name: self.name,
            email: self.email,
            language: self.language,
            session_epoch: 1,
            active: true,
            version: 1,
            password_expires_at: None,
            created_at: now,
            updated_at: now,
        };
        correct(&user)?;
        let tx = db.write_tx().await?;
        users::insert(&tx, &user, None)
            .await
            .map_err(|error| taken(error, &user.username))?;
        note(&tx, "user-added", user.id, serde_json::json!({})).await?;
        let mut roles = Vec::new();
        if let Some(role) = self.role {
            grant(&tx, user.id, role, self.agency.as_deref()).await?;
            roles.push(role);
        }
        tx.commit().await?;
        tell(user, &roles, self.format);
        Ok(())
    }
}

impl Set {
    async fn run(self, db: &Db) -> Result<(), CliError> {
        let tx = db.write_tx().await?;
        let mut user = find(&tx, &self.username).await?;
        user.display_name = self.name.unwrap_or(user.display_name);
        user.email = self.email.or(user.email);
        user.language = self.language.unwrap_or(user.language);
        user.active = self.active.unwrap_or(user.active);
        user.version += 1;
        user.updated_at = System.now();
        correct(&user)?;
        if !users::update(&tx, &user).await? {
            return Err(CliError::Failed(format!(
                "somebody else has just changed {}; try again",
                user.username
            )));
        }
        if self.active == Some(false) {
            end_sessions(&tx, user.id).await?;
        }
        note(
            &tx,
            "user-changed",
            user.id,
            serde_json::json!({ "active": user.active }),
        )
        .await?;
        tx.commit().await?;
        tell(user, &[], self.format);
        Ok(())
    }
}

async fn set_password(db: &Db, username: &str) -> Result<(), CliError> {
    let password = read_password()?;
    let hash = Passwords::new()?.hash(password).await?;
    let tx = db.write_tx().await?;
    let mut user = find(&tx, username).await?;
    // A password set here is the person's own: they typed it.
    user.password_expires_at = None;
    user.version += 1;
    user.updated_at = System.now();
    users::update(&tx, &user).await?;
    users::set_password(&tx, user.id, Some(&hash), System.now()).await?;
    sessions::end_all(&tx, user.id, System.now()).await?;
    note(&tx, "password-set", user.id, serde_json::json!({})).await?;
    tx.commit().await?;
    eprintln!("stafett: {} has a new password; all sessions have ended", user.username);
    Ok(())
}

impl RoleOf {
    async fn grant(self, db: &Db) -> Result<(), CliError> {
        let tx = db.write_tx().await?;
        let user = find(&tx, &self.username).await?;
        let new = grant(&tx, user.id, self.role, self.agency.as_deref()).await?;
        tx.commit().await?;
        let verb = if new { "is now" } else { "was already" };
        eprintln!("stafett: {} {verb} {}", user.username, self.role);
        Ok(())
    }

    async fn withdraw(self, db: &Db) -> Result<(), CliError> {
        let tx = db.write_tx().await?;
        let user = find(&tx, &self.username).await?;
        let membership = membership(&tx, self.role, self.agency.as_deref()).await?;
        if !users::withdraw(&tx, user.id, membership).await? {
            return Err(CliError::Failed(format!(
                "{} does not have the role {} there; see `stafett user list`",
                user.username, self.role
            )));
        }
        note(&tx, "role-withdrawn", user.id, role_body(membership)).await?;
        tx.commit().await?;
        eprintln!("stafett: {} is no longer {}", user.username, self.role);
        Ok(())
    }
}

async fn grant(tx: &Tx, user: UserId, role: Role, agency: Option<&str>) -> Result<bool, CliError> {
    let membership = membership(tx, role, agency).await?;
    let new = users::grant(tx, user, membership).await.map_err(|error| match error {
        StoreError::Refused { .. } => CliError::Usage(format!("the role {role} is held in an agency; add --agency")),
        other => other.into(),
    })?;
    if new {
        note(tx, "role-granted", user, role_body(membership)).await?;
    }
    Ok(new)
}

async fn membership(tx: &Tx, role: Role, agency: Option<&str>) -> Result<Membership, CliError> {
    let agency = match agency {
        Some(name) => Some(agency::find(tx, name).await?.id),
        None => None,
    };
    Ok(Membership { agency, role })
}

/// The same rules as everywhere.
fn correct(user: &User) -> Result<(), CliError> {
    match check_account(user).as_slice() {
        [] => Ok(()),
        faults => Err(CliError::fields(faults)),
    }
}

/// Ends what somebody has begun: access tokens by the account's epoch, refresh tokens one by one.
async fn end_sessions(tx: &Tx, user: UserId) -> Result<(), CliError> {
    users::end_sessions(tx, user, System.now()).await?;
    Ok(sessions::end_all(tx, user, System.now()).await?)
}

async fn find(tx: &Tx, username: &str) -> Result<User, CliError> {
    let username = normalise(username);
    users::credentials(tx, &username)
        .await?
        .map(|found| found.user)
        .ok_or_else(|| {
            CliError::Failed(format!(
                "nobody is called {username}; see `stafett user list`, or `stafett user add`"
            ))
        })
}

fn read_password() -> Result<SecretString, CliError> {
    let unreadable =
        |error: std::io::Error| CliError::Failed(format!("the password cannot be read ({error}); try again"));
    if std::io::stdin().is_terminal() {
        let password = rpassword::prompt_password("New password: ").map_err(unreadable)?;
        let again = rpassword::prompt_password("Once more: ").map_err(unreadable)?;
        if password != again {
            return Err(CliError::Failed("the two are not alike; try again".to_owned()));
        }
        return Ok(SecretString::from(password));
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(unreadable)?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n'])))
}

fn taken(error: StoreError, username: &str) -> CliError {
    match error {
        StoreError::Conflict { .. } => {
            CliError::Failed(format!("somebody is called {username} already; choose another name"))
        }
        other => other.into(),
    }
}

fn role_body(membership: Membership) -> serde_json::Value {
    serde_json::json!({ "role": membership.role, "agency": membership.agency })
}

async fn note(tx: &Tx, action: &str, user: UserId, body: serde_json::Value) -> Result<(), CliError> {
    let entry = audit::Entry {
        at: System.now(),
        actor: None,
        agency: None,
        role: None,
        action,
        object_kind: "user",
        object: Some(user.0),
        request_id: None,
        body,
    };
    Ok(audit::record(tx, &entry).await?)
}

fn tell(user: User, roles: &[Role], format: Format) {
    format.one(&Row::new(user, roles), |row| format!("{} {}", row.username, row.id));
}

impl Row {
    fn new(user: User, roles: &[Role]) -> Self {
        Self {
            id: user.id.0,
            username: user.username,
            display_name: user.display_name,
            email: user.email,
            language: user.language.as_str(),
            active: user.active,
            roles: roles.iter().map(|role| role.as_str()).collect(),
        }
    }
}
