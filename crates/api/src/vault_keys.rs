//! The master keys of the installation: where they are found, and when they are made.

use std::io::Write;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;
use stafett_store::{Db, StoreError, instance};
use stafett_vault::{KeyId, MasterKeys, VaultError};
use zeroize::Zeroizing;

use crate::config::Config;

/// The name of the key that the first start makes.
const FIRST: &str = "first";

const HEADING: &str = "# Stafett's master keys, one a line, the one that wraps first. Whoever has them and the database reads\n\
                       # everything; without them nobody does. Keep a copy apart from the database's backups.\n";

/// Why the vault cannot be opened: one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum VaultKeyError {
    /// The file cannot be read or written.
    #[error(
        "the master keys in {} cannot be used ({source}); correct vault.master_keys_file or its permissions",
        path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database was made with keys, and the file in which they should lie is gone.
    #[error(
        "the master keys are missing: this database was made with `{made_with}`, and {} is not there; restore it",
        path.display()
    )]
    Gone {
        /// The file.
        path: PathBuf,
        /// The names of the keys.
        made_with: String,
    },
    /// Real lives in PostgreSQL, and nobody said where the keys are.
    #[error(
        "vault.master_keys_file is not set: with PostgreSQL, keep the master keys in a file that every server has; \
         make one with `stafett vault key`"
    )]
    Unnamed,
    /// What is there is no master key.
    #[error("{place}: {source}")]
    Format {
        /// File or variable.
        place: String,
        /// What is wrong.
        source: VaultError,
    },
    /// The keys do not open this database, or it does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Gives the database its master keys. The file in the data folder is made for a new database; keys that somebody named are
/// not, for a slip in the path would make a second set. Writes nothing into the database.
///
/// # Errors
/// [`VaultKeyError`] when the keys are missing, wrong or nowhere.
pub async fn unlock(config: &Config, db: &Db, is_demo: bool) -> Result<(), VaultKeyError> {
    let keys = find(config, db, is_demo).await?;
    Ok(db.unlock(keys).await?)
}

/// The master keys that the settings name, or those of the data folder. Makes none.
///
/// # Errors
/// [`VaultKeyError`] when they are missing or wrong.
pub fn named(config: &Config) -> Result<MasterKeys, VaultKeyError> {
    match &config.vault.master_keys {
        Some(text) => MasterKeys::parse(text.expose_secret()).map_err(|source| VaultKeyError::Format {
            place: "vault.master_keys".to_owned(),
            source,
        }),
        None => read(&config.master_keys_file()),
    }
}

async fn find(config: &Config, db: &Db, is_demo: bool) -> Result<MasterKeys, VaultKeyError> {
    let path = config.master_keys_file();
    if config.vault.master_keys.is_some() {
        return named(config);
    }
    if config.vault.master_keys_file.is_none() {
        if !config.is_sqlite() && !is_demo && !holds_a_demo(db).await? {
            return Err(VaultKeyError::Unnamed);
        }
        if !path.exists() {
            let in_use = db.master_keys_in_use().await?;
            if !in_use.is_empty() {
                let names: Vec<_> = in_use.iter().map(ToString::to_string).collect();
                return Err(VaultKeyError::Gone {
                    path,
                    made_with: names.join("`, `"),
                });
            }
            create(&path)?;
        }
    }
    named(config)
}

/// A demo holds nobody's life: its keys may lie beside it.
async fn holds_a_demo(db: &Db) -> Result<bool, StoreError> {
    if db
        .pending_migrations()
        .await?
        .iter()
        .any(|name| name.contains("directory"))
    {
        return Ok(false);
    }
    Ok(instance::get(db, "kind").await?.as_deref() == Some("demo"))
}

/// Whether others than its owner may read the file with the master keys.
#[must_use]
pub fn is_exposed(config: &Config) -> bool {
    config.vault.master_keys.is_none() && crate::auth::keys::is_exposed(&config.master_keys_file())
}

fn read(path: &Path) -> Result<MasterKeys, VaultKeyError> {
    let text = std::fs::read_to_string(path).map_err(|source| VaultKeyError::File {
        path: path.to_owned(),
        source,
    })?;
    MasterKeys::parse(&Zeroizing::new(text)).map_err(|source| VaultKeyError::Format {
        place: path.display().to_string(),
        source,
    })
}

/// Makes the keys under another name and links them into place, so that a second process that starts at the same time
/// neither reads half a key nor makes a second one.
fn create(path: &Path) -> Result<(), VaultKeyError> {
    use std::os::unix::fs::OpenOptionsExt;
    let wrong = |source| VaultKeyError::Format {
        place: path.display().to_string(),
        source,
    };
    let name = KeyId::new(FIRST).ok_or_else(|| wrong(VaultError::None))?;
    let line = MasterKeys::fresh_line(&name).map_err(wrong)?;
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let write = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(HEADING.as_bytes())?;
        file.write_all(line.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        let linked = std::fs::hard_link(&draft, path);
        std::fs::remove_file(&draft)?;
        // The name itself must survive a power cut too, before anything is sealed.
        if let Some(folder) = path.parent() {
            std::fs::File::open(folder)?.sync_all()?;
        }
        match linked {
            Err(taken) if taken.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    };
    write().map_err(|source| VaultKeyError::File {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_made_once_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/master-keys");
        create(&path).unwrap();
        let first = std::fs::read_to_string(&path).unwrap();
        create(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
        assert!(!crate::auth::keys::is_exposed(&path));
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        assert_eq!(read(&path).unwrap().current().as_str(), FIRST);
    }

    #[test]
    fn a_file_with_something_else_is_named_and_not_quoted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master-keys");
        std::fs::write(&path, "first hemmelig\n").unwrap();
        let told = read(&path).unwrap_err().to_string();
        assert!(told.contains("line 1") && !told.contains("hemmelig"), "{told}");
    }
}
