//! The writer of looks: one commit for all that came in while the last one was on its way.

use tokio::sync::{mpsc, oneshot};

use sea_orm::EntityTrait;

use super::{Logged, Row, within};
use crate::connect::Db;
use crate::entity::look;
use crate::error::{Cause, StoreError};

/// So many rows go into one statement; the rest goes into the next.
const MOST: usize = 256;
/// So many requests wait before the next one is held up.
const QUEUE: usize = 4096;

/// Where looks are handed in. Cheap to clone; all clones hand in to the same writer.
#[derive(Debug, Clone)]
pub struct Looks {
    queue: mpsc::Sender<Waiting>,
}

/// Looks of one answer, and who waits for them.
struct Waiting {
    rows: Vec<Row>,
    done: oneshot::Sender<Result<(), Cause>>,
}

/// Looks that are on their way into the log. Nothing may be shown before [`Pending::logged`] has said that they are there.
#[derive(Debug)]
#[must_use = "a look that nobody waits for shows nothing"]
pub struct Pending {
    logged: Logged,
    done: oneshot::Receiver<Result<(), Cause>>,
}

impl Looks {
    /// Starts the writer on the runtime of the caller. It ends when the last clone is dropped.
    #[must_use]
    pub fn start(db: Db) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(write(db, waiting));
        Self { queue }
    }

    /// Hands in the looks of one answer, and does not wait.
    ///
    /// # Errors
    /// [`StoreError::NotLogged`] when the writer is gone.
    pub async fn hand_in(&self, rows: Vec<Row>) -> Result<Pending, StoreError> {
        let logged = Logged::of(&rows);
        let (done, answer) = oneshot::channel();
        self.queue
            .send(Waiting { rows, done })
            .await
            .map_err(|_gone| StoreError::NotLogged(stopped()))?;
        Ok(Pending { logged, done: answer })
    }

    /// Writes the looks of one answer. When this returns they are there for good.
    ///
    /// # Errors
    /// [`StoreError::NotLogged`].
    pub async fn log(&self, rows: Vec<Row>) -> Result<Logged, StoreError> {
        self.hand_in(rows).await?.logged().await
    }
}

impl Pending {
    /// Waits until they are there for good.
    ///
    /// # Errors
    /// [`StoreError::NotLogged`] when they could not be written, or nobody knows whether they were.
    pub async fn logged(self) -> Result<Logged, StoreError> {
        match self.done.await {
            Ok(Ok(())) => Ok(self.logged),
            Ok(Err(cause)) => Err(StoreError::NotLogged(cause)),
            Err(_gone) => Err(StoreError::NotLogged(stopped())),
        }
    }
}

async fn write(db: Db, mut queue: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::new();
    // Takes what is there, and waits only while nothing is.
    while queue.recv_many(&mut batch, MOST).await > 0 {
        let mut rows = Vec::new();
        let mut waiting = Vec::new();
        for one in batch.drain(..) {
            rows.extend(one.rows);
            waiting.push(one.done);
        }
        let outcome = commit(&db, rows).await.map_err(|error| Cause::new(error.to_string()));
        for done in waiting {
            // Whoever has gone meanwhile was shown nothing.
            let _nobody_waits = done.send(outcome.clone());
        }
    }
}

/// One statement is a transaction of its own; with reasons there are two.
async fn commit(db: &Db, rows: Vec<Row>) -> Result<(), StoreError> {
    if rows.iter().any(|row| row.reason.is_some()) || rows.len() > MOST {
        let tx = db.write_tx().await?;
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            within(&tx, rows.by_ref().take(MOST).collect()).await?;
        }
        return tx.commit().await;
    }
    if rows.is_empty() {
        return Ok(());
    }
    let looks = rows.into_iter().map(|row| row.split().0);
    look::Entity::insert_many(looks)
        .exec_without_returning(db.writer())
        .await?;
    Ok(())
}

fn stopped() -> Cause {
    Cause::new("the writer of looks has stopped")
}
