//! The disclosure table in force: the one that the program brings, or the one that a setting names, held against every
//! definition and every rule of the routing before anything starts.

use std::path::PathBuf;
use std::sync::Arc;

use stafett_workflow::definition::{DefinitionError, Library};
use stafett_workflow::disclosure::{self, Table, check};
use stafett_workflow::routing;

use crate::config::Disclosure;

/// Why there is no table: one sentence that says where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum DisclosureError {
    /// The file cannot be read.
    #[error("the disclosure table {} cannot be read ({source}); correct disclosure.table or the file's permissions", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The table leaves something open, or contradicts itself.
    #[error("{0}; correct the disclosure table")]
    Unsound(#[from] DefinitionError),
    /// The table does not fit the definitions or the routing.
    #[error("{first}; correct the disclosure table, the definition or the routing table ({count} findings)")]
    Path {
        /// The first finding.
        first: String,
        /// How many there are.
        count: usize,
    },
}

/// The table that the settings name.
///
/// # Errors
/// A [`DisclosureError`] for the first thing that is wrong.
pub fn load(settings: &Disclosure, library: &Library, routing: &routing::Table) -> Result<Arc<Table>, DisclosureError> {
    let table = match &settings.table {
        None => disclosure::builtin()?,
        Some(path) => {
            let source = std::fs::read_to_string(path).map_err(|source| DisclosureError::File {
                path: path.clone(),
                source,
            })?;
            Arc::new(Table::parse(&path.display().to_string(), &source)?)
        }
    };
    let found = check::paths(&table, library, routing);
    let count = found.len();
    match found.into_iter().next() {
        None => Ok(table),
        Some(first) => Err(DisclosureError::Path {
            first: first.message.en,
            count,
        }),
    }
}
