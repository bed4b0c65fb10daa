//! `stafett user`: people and their roles.

use std::io::{BufRead, IsTerminal};

use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde::Serialize;
use stafett_store::Db;
use stafett_store::preferences::Ended;
use stafett_store::users::User;
use stafett_workflow::vocabulary::{Language, Role};
use uuid::Uuid;

use super::output::Format;
use super::{CliError, Common, Outcome};
use crate::app::AppError;
use crate::app::setup::accounts::{self, Account, AccountPatch, NewAccount, RoleAt};
use crate::app::setup::notifications;
use crate::auth::password::Passwords;
use crate::clock::System;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List people with what they are: everybody, or those of an agency
    List {
        /// Its short name or id [default: everybody]
        agency: Option<String>,
        #[command(flatten)]
        format: Format,
    },
    /// Enter a person
    Add(Add),
    /// Change a person; what is not named stays. Closing an account ends its sessions at once
    Set(Set),
    /// Give a person a password, read from the terminal or the first line of standard input; ends all their sessions
    SetPassword(Whom),
    /// Say what a person is mailed besides what their unit is told; what is not named stays
    Mail(Mail),
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
pub(super) struct Mail {
    /// What they sign in with
    username: String,
    /// A copy of what the unit is told of a hand-off for which they are responsible: true or false
    #[arg(long)]
    copies: Option<bool>,
    /// Every morning what waits: true or false
    #[arg(long)]
    digest: Option<bool>,
    #[command(flatten)]
    format: Format,
}

/// What somebody is mailed besides.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mailed {
    username: String,
    copies: bool,
    digest: bool,
    digest_ended: Option<&'static str>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<Held>>,
}

/// A role and where it is held.
#[derive(Serialize)]
struct Held {
    role: &'static str,
    agency: Option<String>,
}

impl Command {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let (_config, db) = common.database().await?;
        match self {
            Self::List { agency, format } => list(&db, agency.as_deref(), format).await?,
            Self::Add(add) => add.run(&db).await?,
            Self::Set(set) => set.run(&db).await?,
            Self::SetPassword(whom) => set_password(&db, &whom.username).await?,
            Self::Mail(mail) => mail.run(&db).await?,
            Self::Grant(role) => role.grant(&db).await?,
            Self::Withdraw(role) => role.withdraw(&db).await?,
        }
        db.close().await?;
        Ok(Outcome::Fine)
    }
}

async fn list(db: &Db, agency: Option<&str>, format: Format) -> Result<(), CliError> {
    let people = accounts::list(db, agency)
        .await
        .map_err(|error| match (error, agency) {
            (AppError::Refused(_), Some(name)) => {
                CliError::Failed(format!("there is no agency `{name}`; see `stafett agency list`"))
            }
            (other, _) => other.into(),
        })?;
    let rows: Vec<_> = people.into_iter().map(Row::with_roles).collect();
    format.rows(&rows, ["USERNAME", "NAME", "ROLES", "ACTIVE"], |row| {
        let held = row.roles.iter().flatten().map(|held| match &held.agency {
            Some(agency) => format!("{} at {agency}", held.role),
            None => held.role.to_owned(),
        });
        [
            row.username.clone(),
            row.display_name.clone(),
            held.collect::<Vec<_>>().join(", "),
            row.active.to_string(),
        ]
    });
    Ok(())
}

impl Add {
    async fn run(self, db: &Db) -> Result<(), CliError> {
        let agency = self.agency;
        let new = NewAccount {
            username: self.username,
            display_name: self.name,
            email: self.email,
            language: self.language,
            role: self.role.map(|role| RoleAt { role, agency }),
        };
        let user = accounts::add(db, new, &System).await?;
        tell(user, self.format);
        Ok(())
    }
}

impl Set {
    async fn run(self, db: &Db) -> Result<(), CliError> {
        let patch = AccountPatch {
            display_name: self.name,
            email: self.email,
            language: self.language,
            active: self.active,
        };
        let user = accounts::change(db, &self.username, patch, &System)
            .await
            .map_err(|error| nobody(error, &self.username))?;
        tell(user, self.format);
        Ok(())
    }
}

impl Mail {
    async fn run(self, db: &Db) -> Result<(), CliError> {
        let kept = notifications::by_operator(db, &self.username, self.copies, self.digest, &System)
            .await
            .map_err(|error| nobody(error, &self.username))?;
        let mailed = Mailed {
            username: self.username,
            copies: kept.copies,
            digest: kept.digest,
            digest_ended: kept.digest_ended.map(Ended::as_str),
        };
        self.format.one(&mailed, |mailed| {
            let ended = mailed.digest_ended.map(|why| format!(" ({why})")).unwrap_or_default();
            format!(
                "{}: copies {}, digest {}{ended}",
                mailed.username, mailed.copies, mailed.digest
            )
        });
        Ok(())
    }
}

async fn set_password(db: &Db, username: &str) -> Result<(), CliError> {
    let password = read_password()?;
    let hash = Passwords::new()?
        .hash_chosen(password, vec![username.to_owned()])
        .await?;
    let user = accounts::set_password(db, username, &hash, &System)
        .await
        .map_err(|error| nobody(error, username))?;
    eprintln!("stafett: {} has a new password; all sessions have ended", user.username);
    Ok(())
}

impl RoleOf {
    async fn grant(self, db: &Db) -> Result<(), CliError> {
        let (username, held) = self.parts();
        let (user, new) = accounts::grant(db, &username, &held, &System)
            .await
            .map_err(|error| nobody(error, &username))?;
        let verb = if new { "is now" } else { "was already" };
        eprintln!("stafett: {} {verb} {}", user.username, held.role);
        Ok(())
    }

    async fn withdraw(self, db: &Db) -> Result<(), CliError> {
        let (username, held) = self.parts();
        let (user, had) = accounts::withdraw(db, &username, &held, &System)
            .await
            .map_err(|error| nobody(error, &username))?;
        if !had {
            return Err(CliError::Failed(format!(
                "{} does not have the role {} there; see `stafett user list`",
                user.username, held.role
            )));
        }
        eprintln!("stafett: {} is no longer {}", user.username, held.role);
        Ok(())
    }

    fn parts(self) -> (String, RoleAt) {
        let held = RoleAt {
            role: self.role,
            agency: self.agency,
        };
        (self.username, held)
    }
}

/// Which of the two that were named does not exist, an account or an agency, the engine does not tell apart.
fn nobody(error: AppError, username: &str) -> CliError {
    match error {
        AppError::Refused(_) => CliError::Failed(format!(
            "nobody is called {username}, or there is no such agency; see `stafett user list` and `stafett agency list`"
        )),
        other => other.into(),
    }
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

fn tell(user: User, format: Format) {
    format.one(&Row::new(user), |row| format!("{} {}", row.username, row.id));
}

impl Row {
    fn new(user: User) -> Self {
        Self {
            id: user.id.0,
            username: user.username,
            display_name: user.display_name,
            email: user.email,
            language: user.language.as_str(),
            active: user.active,
            roles: None,
        }
    }

    fn with_roles(account: Account) -> Self {
        let held = account.roles.into_iter().map(|(role, agency)| Held {
            role: role.as_str(),
            agency,
        });
        Self {
            roles: Some(held.collect()),
            ..Self::new(account.user)
        }
    }
}
