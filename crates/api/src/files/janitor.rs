//! Deletes the objects that the database does not want any more: of files that were taken away or erased, and of those that
//! nobody finished. What a file names is `kept`, and what is `kept` is never in its list.

use chrono::TimeDelta;
use stafett_store::{Db, StoreError, attachments};

use super::{Files, FilesError};
use crate::clock::Clock;

/// Nobody writes a file for so long.
const FINISHED_BY: TimeDelta = TimeDelta::days(1);
/// So many objects at a time.
const BATCH: u32 = 100;

/// Why the janitor stopped; the next round goes on.
#[derive(Debug, thiserror::Error)]
pub enum JanitorError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store of files.
    #[error(transparent)]
    Files(#[from] FilesError),
}

/// Deletes all that is to be deleted, and tells how much it was.
///
/// # Errors
/// A [`JanitorError`]; what was done stays done.
pub async fn sweep(db: &Db, files: &Files, clock: &dyn Clock) -> Result<u64, JanitorError> {
    let mut deleted = 0;
    loop {
        let objects = attachments::unwanted(db, clock.now() - FINISHED_BY, BATCH).await?;
        if objects.is_empty() {
            return Ok(deleted);
        }
        for object in &objects {
            files.delete(*object).await?;
        }
        let tx = db.write_tx().await?;
        attachments::forget(&tx, &objects).await?;
        tx.commit().await?;
        deleted += objects.len() as u64;
    }
}
