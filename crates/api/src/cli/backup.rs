//! `stafett backup`.

use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use stafett_store::copy::{Turn, publish};

use super::output::Format;
use super::{CliError, Common, Outcome, StartError};
use crate::app::backup;
use crate::clock::{Clock, System};
use crate::files::Files;
use crate::vault_keys;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write, which must not be there yet
    file: PathBuf,
    #[command(flatten)]
    format: Format,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    file: PathBuf,
    bytes: u64,
    /// The master key without which nobody opens it.
    master_key: String,
}

impl Backup {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let (config, db) = common.database().await?;
        let keys = vault_keys::named(&config)?;
        let files = Files::open(&config).map_err(StartError::from)?;
        let turn = Turn::take(&config.data_dir).map_err(|error| unusable(&config.data_dir, &error))?;
        let turn = turn.ok_or_else(|| CliError::Failed("another backup is being made; wait for it".to_owned()))?;
        // Under another name until all of it is there and on the disk: half a backup must not look like one.
        let mut unfinished = self.file.clone().into_os_string();
        unfinished.push(".unfinished");
        let unfinished = Unfinished(unfinished.into());
        if self.file.exists() {
            return Err(CliError::Failed(format!("{} is there already", self.file.display())));
        }
        let to = BufWriter::with_capacity(
            1 << 20,
            owned(&unfinished.0).map_err(|error| unusable(&unfinished.0, &error))?,
        );
        let to = backup::make(&db, &files, &keys, (&config.data_dir, &turn), System.now(), to).await?;
        db.close().await?;
        let file = to
            .into_inner()
            .map_err(|error| unusable(&unfinished.0, error.error()))?;
        let bytes = kept(&file, &unfinished.0, &self.file).map_err(|error| unusable(&self.file, &error))?;
        let answer = Answer {
            file: self.file,
            bytes,
            master_key: keys.current().to_string(),
        };
        self.format.one(&answer, |answer| {
            format!(
                "{} is written, {} bytes. It opens with the master key `{}`; keep that elsewhere.",
                answer.file.display(),
                answer.bytes,
                answer.master_key
            )
        });
        Ok(Outcome::Fine)
    }
}

/// Taken away when the backup failed.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a success it has another name.
        let _gone = std::fs::remove_file(&self.0);
    }
}

/// A new file that only its owner reads, in the place of what a backup left that was killed.
fn owned(path: &Path) -> std::io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _gone => {}
    }
    let mut open = OpenOptions::new();
    open.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    open.open(path)
}

fn kept(file: &File, from: &Path, to: &Path) -> std::io::Result<u64> {
    file.sync_all()?;
    let bytes = file.metadata()?.len();
    publish(from, to)?;
    Ok(bytes)
}

fn unusable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::Failed(format!("{} cannot be written: {error}", path.display()))
}
