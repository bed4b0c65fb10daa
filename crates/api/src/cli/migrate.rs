//! `stafett migrate`.

use clap::Args;
use serde::Serialize;

use super::output::Format;
use super::{CliError, Common, Outcome};
use crate::clock::{Clock, System};
use crate::{database, vault_keys};

#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// Only list what would be done; exit status 2 when there is something
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    database: &'static str,
    applied: Vec<String>,
    pending: Vec<String>,
}

impl Migrate {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let config = common.config()?;
        let db = database::open(&config).await?;
        let mut applied = Vec::new();
        if !self.dry_run {
            vault_keys::unlock(&config, &db, false).await?;
            applied = db.migrate().await?;
            db.establish_vault(System.now()).await?;
        }
        let pending = db.pending_migrations().await?;
        let outcome = if pending.is_empty() {
            Outcome::Fine
        } else {
            Outcome::Findings
        };
        let answer = Answer {
            database: db.kind().as_str(),
            applied,
            pending,
        };
        self.format.one(&answer, words);
        db.close().await?;
        Ok(outcome)
    }
}

fn words(answer: &Answer) -> String {
    let list = |verb: &str, names: &[String]| names.iter().map(|name| format!("{verb} {name}\n")).collect::<String>();
    let lines = list("applied", &answer.applied) + &list("pending", &answer.pending);
    if lines.is_empty() {
        format!("The {} database is up to date.", answer.database)
    } else {
        lines.trim_end().to_owned()
    }
}
