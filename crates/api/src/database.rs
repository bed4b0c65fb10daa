//! The database that the configuration names.

use secrecy::ExposeSecret;
use stafett_store::{Db, Options, StoreError};

use crate::config::Config;

/// Connects.
///
/// # Errors
/// A [`StoreError`] in words that say what to change.
pub(crate) async fn open(config: &Config) -> Result<Db, StoreError> {
    let options = Options {
        max_connections: config.database.max_connections,
        row_security: config.database.row_security,
        ..Options::default()
    };
    Db::connect(config.database_url().expose_secret(), &options).await
}
