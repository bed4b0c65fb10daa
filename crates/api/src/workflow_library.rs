//! The definitions in force: those that the program brings, those of a folder that a setting names, and those that two people
//! have taken into use over the API.
//!
//! A definition that has been in use is kept as it was then, whatever becomes of the file: referrals run on it. A file that says
//! something else under the same version is refused.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use stafett_store::definitions::{self, Kept, Standing};
use stafett_store::{Db, StoreError};
use stafett_workflow::Definition;
use stafett_workflow::definition::{DefinitionError, Library, builtin};
use stafett_workflow::referral::WorkflowKey;
use uuid::Uuid;

use crate::config::Workflows;

/// Why there are no definitions: one sentence that says where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// One that the program brings is unsound.
    #[error(transparent)]
    Builtin(#[from] DefinitionError),
    /// A file or the folder cannot be read.
    #[error("{} cannot be read ({source}); correct workflows.directory or the permissions", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A definition could lose a referral.
    #[error("{first}; `stafett workflow check` lists all ({count} findings)")]
    Unsound {
        /// The first finding.
        first: Box<DefinitionError>,
        /// How many there are.
        count: usize,
    },
    /// Two definitions have one id and version.
    #[error("{} version {} exists already; give yours another id or the next version", .0.id, .0.version)]
    Twice(WorkflowKey),
    /// A version that is out says something else now.
    #[error(
        "{} version {} has been in use as it was and is never changed; put it back and write the next version beside it", .0.id, .0.version
    )]
    Changed(WorkflowKey),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A definition with the file that it was read from.
#[derive(Debug)]
pub struct Written {
    /// The definition.
    pub definition: Definition,
    /// The whole file.
    pub source: String,
}

/// The definitions of the folder that the settings name, in the order of their files.
///
/// # Errors
/// A [`LibraryError`] for the first thing that is wrong.
pub fn of_folder(settings: &Workflows) -> Result<Vec<Written>, LibraryError> {
    let Some(folder) = &settings.directory else {
        return Ok(Vec::new());
    };
    let unread = |path: &Path| {
        let path = path.to_owned();
        move |source| LibraryError::File { path, source }
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unread(folder))? {
        let path = entry.map_err(unread(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    files
        .iter()
        .map(|path| {
            let source = std::fs::read_to_string(path).map_err(unread(path))?;
            let definition = Definition::read(&path.display().to_string(), &source).map_err(unsound)?;
            Ok(Written { definition, source })
        })
        .collect()
}

/// The definitions without the database: what the program brings, and the folder.
///
/// # Errors
/// A [`LibraryError`] for the first thing that is wrong.
pub fn load(settings: &Workflows) -> Result<Library, LibraryError> {
    let of_folder = of_folder(settings)?.into_iter().map(|written| written.definition);
    builtin()?.with(of_folder).map_err(LibraryError::Twice)
}

/// All definitions in force. Keeps those of the folder that are new.
///
/// # Errors
/// A [`LibraryError`] for the first thing that is wrong.
pub async fn establish(settings: &Workflows, db: &Db, now: DateTime<Utc>) -> Result<Library, LibraryError> {
    let folder = of_folder(settings)?;
    let tx = db.write_tx().await?;
    let kept = definitions::in_use(&tx).await?;
    let known = builtin()?;
    for written in &folder {
        let key = &written.definition.key;
        if known.get(key).is_some() {
            return Err(LibraryError::Twice(key.clone()));
        }
        match kept.iter().find(|kept| kept.key == *key) {
            Some(kept) if kept.source == written.source => {}
            Some(_) => return Err(LibraryError::Changed(key.clone())),
            None => {
                let new = Kept {
                    id: Uuid::now_v7(),
                    key: key.clone(),
                    source: written.source.clone(),
                    standing: Standing::InUse,
                    proposed_by: None,
                    proposed_at: now,
                    answered_by: None,
                    answered_at: Some(now),
                };
                // Somebody has proposed this very version, or the file stands twice in the folder.
                if !definitions::insert(&tx, &new).await? {
                    return Err(LibraryError::Twice(key.clone()));
                }
            }
        }
    }
    tx.commit().await?;
    stored(db).await
}

/// All definitions in force as they are kept: for commands, which take nothing into use.
///
/// # Errors
/// A [`LibraryError`] for the first thing that is wrong.
pub async fn stored(db: &Db) -> Result<Library, LibraryError> {
    let kept = definitions::in_use(db).await?;
    let read = |kept: Kept| {
        let name = format!("{} version {}", kept.key.id, kept.key.version);
        Definition::read(&name, &kept.source).map_err(unsound)
    };
    let kept = kept.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    builtin()?.with(kept).map_err(LibraryError::Twice)
}

fn unsound(errors: Vec<DefinitionError>) -> LibraryError {
    let count = errors.len();
    let nothing = || DefinitionError {
        file: String::new(),
        line: 1,
        column: 1,
        message: "the definition cannot be read".to_owned(),
        finding: None,
    };
    let first = Box::new(errors.into_iter().next().unwrap_or_else(nothing));
    LibraryError::Unsound { first, count }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINE: &str = include_str!("../../workflow/definitions/notification.toml");

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Workflows) {
        let folder = tempfile::tempdir().unwrap();
        for (name, source) in files {
            std::fs::write(folder.path().join(name), source).unwrap();
        }
        let directory = Some(folder.path().to_owned());
        (folder, Workflows { directory })
    }

    #[test]
    fn a_folder_adds_to_what_the_program_brings() {
        let next = MINE.replacen("version = 1", "version = 2", 1);
        let (_folder, settings) = folder(&[("next.toml", &next), ("notes.txt", "not a definition")]);
        let library = load(&settings).unwrap();
        assert_eq!(library.newest("notification").unwrap().key.version, 2);
        assert_eq!(library.iter().count(), builtin().unwrap().iter().count() + 1);
    }

    #[test]
    fn what_is_unsound_or_there_already_is_refused_with_its_place() {
        let (_folder, same) = folder(&[("mine.toml", MINE)]);
        assert!(
            load(&same)
                .unwrap_err()
                .to_string()
                .starts_with("notification version 1 exists already")
        );
        let deaf = MINE
            .replacen("version = 1", "version = 2", 1)
            .replace("notices = { receiver = \"new-referral\" }\n", "");
        let (_folder, unsound) = folder(&[("deaf.toml", &deaf)]);
        let refused = load(&unsound).unwrap_err().to_string();
        assert!(
            refused.contains("deaf.toml:") && refused.contains("does not hear that anything has come"),
            "{refused}"
        );
        let (folder, settings) = folder(&[]);
        drop(folder);
        assert!(
            load(&settings)
                .unwrap_err()
                .to_string()
                .contains("correct workflows.directory")
        );
    }
}
