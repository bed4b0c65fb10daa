//! The routing table in force: the one that the program brings, or the one that a setting names, with the districts that
//! serve those without a service of their own.

use std::path::PathBuf;

use stafett_workflow::definition::{DefinitionError, Library};
use stafett_workflow::routing::{self, Table};

use crate::config::Routing;

/// Why there is no table: one sentence that says where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum RoutingError {
    /// The file cannot be read.
    #[error("the routing table {} cannot be read ({source}); correct routing.table or the file's permissions", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The table could send somebody astray.
    #[error("{first}; correct the routing table, `stafett routing check` tells whether it is right ({count} findings)")]
    Unsound {
        /// The first finding.
        first: DefinitionError,
        /// How many there are.
        count: usize,
    },
    /// A setting names a district that the table does not have.
    #[error(
        "routing.{key}: {served_by:?} cannot serve {area}, for the routing table lacks one of them; write the six digits of a district"
    )]
    Area {
        /// Which setting.
        key: &'static str,
        /// Which area.
        area: &'static str,
        /// What it is set to.
        served_by: String,
    },
}

/// The table that the settings name.
///
/// # Errors
/// A [`RoutingError`] for the first thing that is wrong.
pub fn load(settings: &Routing, library: &Library) -> Result<Table, RoutingError> {
    let read = match &settings.table {
        None => routing::builtin(library),
        Some(path) => {
            let source = std::fs::read_to_string(path).map_err(|source| RoutingError::File {
                path: path.clone(),
                source,
            })?;
            Table::parse(&path.display().to_string(), &source, library)
        }
    };
    let mut table = read.map_err(unsound)?;
    assign(&mut table, settings)?;
    Ok(table)
}

/// Gives the areas without a service of their own to the districts that the settings name.
///
/// # Errors
/// [`RoutingError::Area`].
pub fn assign(table: &mut Table, settings: &Routing) -> Result<(), RoutingError> {
    let areas = [
        ("sentrum", "030116", &settings.sentrum),
        ("marka", "030117", &settings.marka),
        ("no_address", "030199", &settings.no_address),
    ];
    for (key, area, served_by) in areas {
        if let Some(served_by) = served_by
            && !table.assign(area, served_by)
        {
            return Err(RoutingError::Area {
                key,
                area,
                served_by: served_by.clone(),
            });
        }
    }
    Ok(())
}

fn unsound(errors: Vec<DefinitionError>) -> RoutingError {
    let count = errors.len();
    let first = errors.into_iter().next().unwrap_or(DefinitionError {
        file: String::new(),
        line: 1,
        column: 1,
        message: "the table cannot be read".to_owned(),
        finding: None,
    });
    RoutingError::Unsound { first, count }
}
