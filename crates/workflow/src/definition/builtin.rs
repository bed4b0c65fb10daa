//! The definitions that ship with the product.

use std::sync::Arc;

use super::{Definition, DefinitionError};
use crate::referral::WorkflowKey;

const SOURCES: [(&str, &str); 6] = [
    (
        "service-referral.toml",
        include_str!("../../definitions/service-referral.toml"),
    ),
    (
        "concern-report.toml",
        include_str!("../../definitions/concern-report.toml"),
    ),
    (
        "specialist-referral.toml",
        include_str!("../../definitions/specialist-referral.toml"),
    ),
    ("transfer.toml", include_str!("../../definitions/transfer.toml")),
    (
        "advice-request.toml",
        include_str!("../../definitions/advice-request.toml"),
    ),
    ("notification.toml", include_str!("../../definitions/notification.toml")),
];

/// Every definition that the process knows, each in all its versions.
#[derive(Debug, Clone)]
pub struct Library(Arc<Vec<Arc<Definition>>>);

/// Reads the definitions that ship with the product.
///
/// # Errors
/// [`DefinitionError`] when one is unsound; a test makes sure that none is.
///
/// ```
/// let library = stafett_workflow::definition::builtin().unwrap();
/// assert!(library.newest("concern-report").is_some());
/// ```
pub fn builtin() -> Result<Library, DefinitionError> {
    let definitions = SOURCES
        .iter()
        .map(|(file, source)| Definition::parse(file, source).map(Arc::new))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Library(Arc::new(definitions)))
}

impl Library {
    /// The same with more definitions.
    ///
    /// # Errors
    /// The first that is there already: a version that is out is never changed.
    pub fn with(&self, more: impl IntoIterator<Item = Definition>) -> Result<Self, WorkflowKey> {
        let mut all = (*self.0).clone();
        for definition in more {
            if all.iter().any(|known| known.key == definition.key) {
                return Err(definition.key);
            }
            all.push(Arc::new(definition));
        }
        Ok(Self(Arc::new(all)))
    }

    /// All of them, by id and version.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.0.iter()
    }

    /// One version of one definition: what a running referral needs.
    #[must_use]
    pub fn get(&self, key: &WorkflowKey) -> Option<&Arc<Definition>> {
        self.0.iter().find(|definition| definition.key == *key)
    }

    /// The newest version: what a new referral runs on.
    #[must_use]
    pub fn newest(&self, id: &str) -> Option<&Arc<Definition>> {
        self.0
            .iter()
            .filter(|definition| definition.key.id == id)
            .max_by_key(|definition| definition.key.version)
    }
}
