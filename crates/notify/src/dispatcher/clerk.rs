//! Writes down what was sent: whatever has come together while the last commit ran goes into the next one. A lone mail waits
//! for nobody.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::Onlooker;
use crate::outbox::{Outbox, OutboxError, Sent};

/// So many are written down in one commit at most.
const TOGETHER: usize = 256;

/// A mail, and who waits to hear whether its lease still held.
type Noted = (Sent, oneshot::Sender<Result<bool, OutboxError>>);

/// The way to the task that writes. It ends when nobody has anything left for it.
#[derive(Debug)]
pub(super) struct Clerk(mpsc::Sender<Noted>);

impl Clerk {
    pub(super) fn start<L: 'static>(outbox: Arc<dyn Outbox<L>>, onlooker: Onlooker) -> Self {
        let (to, from) = mpsc::channel(TOGETHER);
        tokio::spawn(write(outbox, onlooker, from));
        Self(to)
    }

    /// Writes down that a mail was sent. `false` when its lease was lost.
    pub(super) async fn note(&self, mail: Sent) -> Result<bool, OutboxError> {
        let gone = || OutboxError::new("the clerk is gone");
        let (answer, answered) = oneshot::channel();
        self.0.send((mail, answer)).await.map_err(|_nobody_writes| gone())?;
        answered.await.map_err(|_nobody_wrote| gone())?
    }
}

async fn write<L: 'static>(outbox: Arc<dyn Outbox<L>>, onlooker: Onlooker, mut from: mpsc::Receiver<Noted>) {
    let mut waiting = Vec::with_capacity(TOGETHER);
    while from.recv_many(&mut waiting, TOGETHER).await > 0 {
        let (mails, answers): (Vec<Sent>, Vec<_>) = waiting.drain(..).unzip();
        let written = outbox.sent(&mails).await;
        if let Ok(ours) = &written {
            onlooker(ours);
        }
        for (mail, answer) in mails.iter().zip(answers) {
            let ours = match &written {
                Ok(ours) => Ok(ours.contains(&mail.id)),
                Err(cause) => Err(OutboxError::new(cause.to_string())),
            };
            // Whoever has given up meanwhile will send the mail again.
            let _given_up = answer.send(ours);
        }
    }
}
