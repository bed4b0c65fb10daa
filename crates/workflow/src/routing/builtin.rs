//! The table that ships with the product.

use super::Table;
use crate::definition::{DefinitionError, Library};

const SOURCE: &str = include_str!("../../routing/oslo.toml");

/// Its text: what somebody copies to write their own.
#[must_use]
pub const fn builtin_source() -> &'static str {
    SOURCE
}

/// Reads the table that ships with the product.
///
/// # Errors
/// What is wrong with it; a test makes sure that nothing is.
///
/// ```
/// let library = stafett_workflow::definition::builtin().unwrap();
/// let table = stafett_workflow::routing::builtin(&library).unwrap();
/// assert_eq!(table.id, "oslo");
/// ```
pub fn builtin(library: &Library) -> Result<Table, Vec<DefinitionError>> {
    Table::parse("oslo.toml", SOURCE, library)
}
