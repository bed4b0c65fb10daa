//! `stafett restore`.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Args;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use stafett_ledger::export::Demands;
use stafett_store::Db;
use stafett_vault::MasterKeys;
use uuid::Uuid;

use super::output::Format;
use super::{CliError, Common, Outcome, StartError};
use crate::app::backup::{self, Contents};
use crate::app::erasure;
use crate::app::reconcile::{self, Depth};
use crate::app::sealed_log;
use crate::auth::log_keys::LogKeys;
use crate::clock::{Clock, System};
use crate::config::Config;
use crate::files::Files;
use crate::{database, vault_keys, workflow_library};

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The file that `stafett backup` wrote
    file: PathBuf,
    /// Only read it to its end and say what is in it; touches no database
    #[arg(long)]
    verify: bool,
    /// A list that `stafett vault erased` printed later: who is on it is erased again
    #[arg(long, value_name = "LIST", conflicts_with = "verify")]
    erased: Option<PathBuf>,
    #[command(flatten)]
    format: Format,
}

/// What is in a backup.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Held {
    made_at: DateTime<Utc>,
    program: String,
    database: String,
    bytes: u64,
    files: usize,
    /// Files that were taken away while it was made.
    missing: Vec<Uuid>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Restored {
    backup: Held,
    migrated: Vec<String>,
    sessions_ended: u64,
    erased: Vec<Uuid>,
    /// On the list, and not to be erased yet: why.
    not_erased: Vec<NotYet>,
    referrals: u64,
    /// What `stafett reconcile` finds.
    findings: usize,
    /// Entries of the sealed log that hold; none when nothing was sealed yet, or no key is here to check them by.
    log: Option<Log>,
    /// What could not be looked at, and why.
    not_checked: Vec<String>,
}

#[derive(Serialize)]
struct NotYet {
    person: Uuid,
    why: String,
}

#[derive(Serialize)]
struct Log {
    entries: u64,
    findings: usize,
}

impl Restore {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let config = common.config()?;
        let keys = vault_keys::named(&config)?;
        let again = self.erased.as_deref().map(read_list).transpose()?.unwrap_or_default();
        // Read to its end before anything is touched.
        let held = Held::from(backup::verify(self.open()?, &keys)?);
        if self.verify {
            self.format.one(&held, Held::words);
            return Ok(Outcome::Fine);
        }
        let restored = self.restore(&config, &keys, held, &again).await?;
        self.format.one(&restored, Restored::words);
        Ok(if restored.is_fine() {
            Outcome::Fine
        } else {
            Outcome::Findings
        })
    }

    fn open(&self) -> Result<BufReader<File>, CliError> {
        let file = File::open(&self.file).map_err(|error| unusable(&self.file, &error))?;
        Ok(BufReader::with_capacity(1 << 20, file))
    }

    async fn restore(
        &self,
        config: &Config,
        keys: &MasterKeys,
        backup: Held,
        again: &[Uuid],
    ) -> Result<Restored, CliError> {
        let files = Files::open(config).map_err(StartError::from)?;
        let url = config.database_url();
        backup::restore(self.open()?, keys, url.expose_secret(), &files, System.now()).await?;
        // It is there now. Whatever goes wrong from here on is told beside what went well: it cannot be restored a second time.
        let db = database::open(config).await?;
        db.unlock(keys.clone()).await?;
        let migrated = db.migrate().await?;
        let sessions_ended = backup::settle(&db, System.now()).await?.unwrap_or_default();
        let (erased, left) = erasure::erase_again(&db, again, System.now()).await;
        let mut restored = Restored {
            backup,
            migrated,
            sessions_ended,
            erased,
            not_erased: left.into_iter().map(|(person, why)| NotYet { person, why }).collect(),
            referrals: 0,
            findings: 0,
            log: None,
            not_checked: Vec::new(),
        };
        match reconciled(&db, &files).await {
            Ok((referrals, findings)) => (restored.referrals, restored.findings) = (referrals, findings),
            Err(error) => restored.not_checked.push(format!("reconciliation: {error}")),
        }
        match log(config, &db).await {
            Ok(log) => restored.log = log,
            Err(error) => restored.not_checked.push(format!("the sealed log: {error}")),
        }
        db.close().await?;
        Ok(restored)
    }
}

/// How many referrals there are, and how much reconciliation finds.
async fn reconciled(db: &Db, files: &Files) -> Result<(u64, usize), CliError> {
    let library = workflow_library::stored(db).await?;
    let mut report = reconcile::walk(db, &library, Depth::Stored).await?;
    report.files = reconcile::files::walk(db, files, true).await?;
    let findings = report.findings.len() + report.cases.len() + report.setup.len() + report.files.len();
    Ok((report.counts.referrals, findings))
}

/// Holds the restored trail against what was sealed, where there is a key to do it by.
async fn log(config: &Config, db: &Db) -> Result<Option<Log>, CliError> {
    let Some(origin) = sealed_log::origin(db).await? else {
        return Ok(None);
    };
    let sealed = stafett_store::sealed_log::newest(db, None).await?;
    if sealed.is_none() || !config.log_key_file().exists() {
        return Ok(None);
    }
    let demands = Demands {
        keys: LogKeys::load(config, &origin)?.accepted().to_vec(),
        ..Demands::default()
    };
    let checked = sealed_log::check(db, &demands, |_, _, _| {}).await?;
    Ok(Some(Log {
        entries: checked.report.size,
        findings: checked.report.findings.len() + checked.rewritten.len(),
    }))
}

/// The first word of each line is an id.
fn read_list(path: &Path) -> Result<Vec<Uuid>, CliError> {
    let text = std::fs::read_to_string(path).map_err(|error| unusable(path, &error))?;
    let words = text
        .lines()
        .enumerate()
        .filter_map(|(number, line)| Some((number + 1, line.split_whitespace().next()?)));
    words
        .map(|(number, word)| {
            let wrong = || CliError::Failed(format!("{}: line {number} does not begin with an id", path.display()));
            Uuid::parse_str(word).map_err(|_rejected| wrong())
        })
        .collect()
}

fn unusable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::Failed(format!("{} cannot be read: {error}", path.display()))
}

impl From<Contents> for Held {
    fn from(contents: Contents) -> Self {
        Self {
            made_at: contents.manifest.at,
            program: contents.manifest.program,
            database: contents.manifest.shape.database,
            bytes: contents.streams.values().chain(contents.files.values()).sum(),
            files: contents.files.len(),
            missing: contents.missing,
        }
    }
}

impl Held {
    fn words(&self) -> String {
        let missing = match self.missing.len() {
            0 => String::new(),
            number => format!(" {number} more were taken away while it was made."),
        };
        format!(
            "A backup of {}, by version {}: a {} database and {} files, {} bytes. All of it is there.{missing}",
            self.made_at.to_rfc3339(),
            self.program,
            self.database,
            self.files,
            self.bytes
        )
    }
}

impl Restored {
    const fn is_fine(&self) -> bool {
        let log_holds = match &self.log {
            Some(log) => log.findings == 0,
            None => true,
        };
        self.findings == 0 && self.not_erased.is_empty() && self.not_checked.is_empty() && log_holds
    }

    fn words(&self) -> String {
        let mut lines = vec![self.backup.words()];
        lines.extend(self.migrated.iter().map(|name| format!("applied {name}")));
        lines.push(format!(
            "Restored. Referrals: {}. Sessions ended: {}; everybody signs in anew, and tokens of machines are made anew.",
            self.referrals, self.sessions_ended
        ));
        if !self.erased.is_empty() {
            lines.push(format!("Erased again: {}.", self.erased.len()));
        }
        lines.extend(
            self.not_erased
                .iter()
                .map(|one| format!("not erased again: {}: {}", one.person, one.why)),
        );
        lines.extend(self.not_checked.iter().map(|what| format!("not checked: {what}")));
        lines.push(match self.findings {
            0 if !self.not_checked.is_empty() => {
                "Run `stafett reconcile --files` and `stafett audit verify --database`.".to_owned()
            }
            0 => "Everything stored agrees with the laws.".to_owned(),
            number => format!("Findings: {number}. See `stafett reconcile --files`."),
        });
        lines.push(match &self.log {
            None => "The log was not held against what was sealed: nothing was sealed yet, or no key of it is here (`stafett audit \
                     verify --database --key …`)."
                .to_owned(),
            Some(Log { entries, findings: 0 }) => format!("{entries} entries of the log are what was sealed."),
            Some(Log { findings, .. }) => {
                format!("Findings in the log: {findings}. See `stafett audit verify --database`.")
            }
        });
        lines.join("\n")
    }
}
