//! `stafett vault`: the keys under which lies what is told of people, and erasure by destroying one.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;
use stafett_store::Db;
use stafett_store::vault::{self, Hold, KeyUse};
use stafett_vault::{KeyId, MasterKeys};
use uuid::Uuid;

use super::output::Format;
use super::{CliError, Common, Outcome};
use crate::app::erasure::{self, Whom};
use crate::app::referrals::parse_name;
use crate::clock::{Clock, System};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print a line with a fresh master key, for the top of vault.master_keys_file
    Key(Key),
    /// List the master keys and how many keys each wraps; exit status 2 when one is missing
    Status(Status),
    /// Wrap under the first master key whatever another one wraps; servers may run meanwhile
    Rewrap(Rewrap),
    /// Erase for good what is told of somebody, by destroying their key; their referrals must be closed
    Erase(Erase),
    /// List who has been erased, to be kept apart from backups: `stafett restore --erased` erases them again
    Erased(ErasedArgs),
    /// Forbid that somebody is erased: a legal hold
    Hold(HoldArgs),
    /// Lift a legal hold
    Release(HoldArgs),
}

#[derive(Debug, Args)]
pub(super) struct Key {
    /// Its name: small letters, digits and hyphens [default: today's date]
    #[arg(long)]
    id: Option<String>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Status {
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Rewrap {
    #[command(flatten)]
    format: Format,
}

/// Whom it is about.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct About {
    /// The youth of this referral, or the referral itself when it tells of nobody
    #[arg(long, value_name = "REFERENCE")]
    referral: Option<String>,
    /// The person with this id
    #[arg(long, value_name = "ID")]
    person: Option<Uuid>,
}

#[derive(Debug, Args)]
pub(super) struct Erase {
    #[command(flatten)]
    about: About,
    /// Do it; without, it is only told what would be erased
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ErasedArgs {
    #[command(flatten)]
    format: Format,
}

/// A line of the list. The id is what the database knew them by, and tells nothing.
#[derive(Serialize)]
struct Gone {
    person: Uuid,
    at: DateTime<Utc>,
}

#[derive(Debug, Args)]
pub(super) struct HoldArgs {
    #[command(flatten)]
    about: About,
}

#[derive(Serialize)]
struct FreshKey {
    line: String,
}

#[derive(Serialize)]
struct Wrapped {
    rewrapped: u64,
    keys: Vec<KeyUse>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Erased {
    person: Uuid,
    referrals: Vec<String>,
    erased_at: Option<DateTime<Utc>>,
}

impl Command {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let command = match self {
            Self::Key(key) => return key.run(),
            other => other,
        };
        let (_config, db) = common.unlocked_database().await?;
        let outcome = match command {
            Self::Key(_) => Outcome::Fine,
            Self::Status(status) => show(&vault::status(&db).await?, status.format),
            Self::Rewrap(rewrap) => rewrap.run(&db).await?,
            Self::Erase(erase) => erase.run(&db).await?,
            Self::Erased(list) => list.run(&db).await?,
            Self::Hold(hold) => hold.run(&db, Hold::Set).await?,
            Self::Release(hold) => hold.run(&db, Hold::Lift).await?,
        };
        db.close().await?;
        Ok(outcome)
    }
}

impl Key {
    fn run(self) -> Result<Outcome, CliError> {
        let name = self.id.unwrap_or_else(|| System.now().format("%Y-%m-%d").to_string());
        let id = KeyId::new(&name).ok_or_else(|| {
            CliError::Usage(format!(
                "`{name}` is no name: 1 to 32 small letters, digits and hyphens"
            ))
        })?;
        let line = MasterKeys::fresh_line(&id).map_err(|error| CliError::Failed(error.to_string()))?;
        let key = FreshKey { line: line.to_string() };
        self.format.one(&key, |key| key.line.clone());
        Ok(Outcome::Fine)
    }
}

fn show(keys: &[KeyUse], format: Format) -> Outcome {
    format.rows(keys, ["MASTER KEY", "WRAPS", ""], |key| {
        let note = match (key.present, key.current) {
            (false, _) => "MISSING",
            (true, true) => "wraps what is new",
            (true, false) if key.wraps == 0 => "no longer needed",
            (true, false) => "former; run `stafett vault rewrap`",
        };
        [key.id.clone(), key.wraps.to_string(), note.to_owned()]
    });
    if keys.iter().all(|key| key.present) {
        Outcome::Fine
    } else {
        Outcome::Findings
    }
}

impl Rewrap {
    async fn run(self, db: &Db) -> Result<Outcome, CliError> {
        let done = vault::rewrap(db).await?;
        let answer = Wrapped {
            rewrapped: done.keys,
            keys: vault::status(db).await?,
        };
        self.format.one(&answer, |answer| {
            format!("{} keys were wrapped anew.", answer.rewrapped)
        });
        Ok(Outcome::Fine)
    }
}

impl About {
    fn parse(self) -> Result<Whom, CliError> {
        match (self.person, self.referral) {
            (Some(person), _) => Ok(Whom::Owner(person)),
            (None, referral) => {
                let written = referral.unwrap_or_default();
                let name = parse_name(&written);
                name.map(Whom::Referral)
                    .ok_or_else(|| CliError::Usage(format!("`{written}` is no reference, such as K7QF-2M")))
            }
        }
    }
}

impl Erase {
    async fn run(self, db: &Db) -> Result<Outcome, CliError> {
        let whom = self.about.parse()?;
        let failed = |why: vault::NotErased| CliError::Failed(format!("nothing is erased: {why}"));
        let (owner, done) = match self.yes {
            true => erasure::erase(db, whom, "operator", System.now()).await?,
            false => erasure::foresee(db, whom).await?,
        };
        let done = done.map_err(failed)?;
        let answer = Erased {
            person: owner,
            referrals: done.referrals,
            erased_at: self.yes.then_some(done.at),
        };
        self.format.one(&answer, |answer| {
            let referrals = answer.referrals.join(", ");
            match answer.erased_at {
                Some(_) => format!("What was told in {referrals} is erased."),
                None => format!("What is told in {referrals} would be erased for good. Add --yes to do it."),
            }
        });
        Ok(Outcome::Fine)
    }
}

impl ErasedArgs {
    async fn run(self, db: &Db) -> Result<Outcome, CliError> {
        let gone: Vec<_> = vault::erased(db)
            .await?
            .into_iter()
            .map(|(owner, at)| Gone { person: owner.0, at })
            .collect();
        self.format.one(&gone, |gone| {
            let lines = gone.iter().map(|one| format!("{} {}", one.person, one.at.to_rfc3339()));
            lines.collect::<Vec<_>>().join("\n")
        });
        Ok(Outcome::Fine)
    }
}

impl HoldArgs {
    async fn run(self, db: &Db, hold: Hold) -> Result<Outcome, CliError> {
        let done = erasure::hold(db, self.about.parse()?, hold, System.now()).await?;
        done.map_err(|why| CliError::Failed(format!("nothing is changed: {why}")))?;
        Ok(Outcome::Fine)
    }
}
