//! A small mail server for the stories: it keeps what it is sent, and fails on demand in the ways that real ones do.

mod mail;
mod session;

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpListener, TcpSocket},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::{CancellationToken, DropGuard};

pub use mail::Mail;

/// Where in the dialogue something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Before the greeting.
    Connect,
    /// At `EHLO` or `HELO`.
    Hello,
    /// At `MAIL FROM`.
    MailFrom,
    /// At `RCPT TO`.
    RcptTo,
    /// At `DATA`.
    Data,
    /// After the dot that ends the content: the client has sent everything and waits for the verdict.
    Verdict,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Answers with this code, 4xx or 5xx, and goes on.
    Answer(Stage, u16),
    /// Says nothing until [`SmtpSink::heal`], then hangs up.
    Stall(Stage),
    /// Answers as it would, a byte at a time.
    Drip(Stage),
    /// Hangs up instead of answering, and keeps nothing.
    HangUp(Stage),
    /// Hangs up when the first line of the content has come: before the final dot.
    HangUpInContent,
    /// Keeps the mail and hangs up before it says so: the client cannot know whether it arrived.
    HangUpAfterAccepting,
}

/// A mail server on a port of 127.0.0.1.
#[derive(Debug)]
pub struct SmtpSink {
    address: SocketAddr,
    state: watch::Sender<State>,
    reception: Option<Reception>,
    /// Bound and not listening: the port stays ours while every connection to it is refused.
    reserved: Option<TcpSocket>,
}

/// What the sink knows; everything that waits, waits for a change of it.
#[derive(Debug, Default)]
struct State {
    mails: Vec<Mail>,
    plan: VecDeque<Fault>,
    connections: usize,
    healings: usize,
}

impl SmtpSink {
    /// A server that takes everything.
    ///
    /// # Panics
    /// When the system gives it no port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = watch::Sender::new(State::default());
        let reception = Some(Reception::open(listener, state.clone()));
        Self {
            address,
            state,
            reception,
            reserved: None,
        }
    }

    /// Its address, as the setting `mail.smtp_url` wants it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Lets `fault` happen the next `times` times that its place in the dialogue is reached. Faults happen in the order
    /// they were planned in; a later one waits until those before it are spent.
    pub fn plan(&self, fault: Fault, times: usize) {
        self.state
            .send_modify(|state| state.plan.extend(std::iter::repeat_n(fault, times)));
    }

    /// Forgets the faults that have not happened yet and ends what is stalled.
    pub fn heal(&self) {
        self.state.send_modify(|state| {
            state.plan.clear();
            state.healings += 1;
        });
    }

    /// Ends all sessions and refuses connections from now on.
    ///
    /// # Panics
    /// When somebody else takes the port in the same moment.
    pub async fn refuse_connections(&mut self) {
        let Some(reception) = self.reception.take() else { return };
        reception.close().await;
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(self.address).unwrap();
        self.reserved = Some(socket);
    }

    /// Takes connections again, on the same port.
    ///
    /// # Panics
    /// When the system does not give the port back.
    pub fn accept_connections(&mut self) {
        if let Some(socket) = self.reserved.take() {
            self.reception = Some(Reception::open(socket.listen(BACKLOG).unwrap(), self.state.clone()));
        }
    }

    /// The mails kept so far, in the order they came.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.state.borrow().mails.clone()
    }

    /// How many connections there have been.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state.borrow().connections
    }

    /// Waits until at least `count` mails have been kept, and gives all of them.
    ///
    /// # Panics
    /// When they have not come within `patience`.
    pub async fn wait_for(&self, count: usize, patience: Duration) -> Vec<Mail> {
        let came = self.wait_until(patience, |state| state.mails.len() >= count).await;
        let mails = self.mails();
        let subjects: Vec<_> = mails.iter().map(Mail::subject).collect();
        assert!(
            came,
            "{} mails of {count} came within {patience:?}: {subjects:?}",
            mails.len()
        );
        mails
    }

    /// Waits until every planned fault has happened.
    ///
    /// # Panics
    /// When some have not within `patience`.
    pub async fn wait_for_faults(&self, patience: Duration) {
        let spent = self.wait_until(patience, |state| state.plan.is_empty()).await;
        assert!(
            spent,
            "within {patience:?} nobody ran into {:?}",
            self.state.borrow().plan
        );
    }

    async fn wait_until(&self, patience: Duration, holds: impl FnMut(&State) -> bool) -> bool {
        let mut changes = self.state.subscribe();
        timeout(patience, changes.wait_for(holds)).await.is_ok()
    }
}

const BACKLOG: u32 = 128;

#[derive(Debug)]
struct Reception {
    accepting: JoinHandle<()>,
    _sessions: DropGuard,
}

impl Reception {
    fn open(listener: TcpListener, state: watch::Sender<State>) -> Self {
        let closing = CancellationToken::new();
        let token = closing.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                state.send_modify(|state| state.connections += 1);
                let session = session::hold(stream, state.clone());
                let closed = token.clone().cancelled_owned();
                tokio::spawn(async move {
                    // A client that goes away in the middle is the client's affair: the sink keeps what it accepted.
                    tokio::select! { _ = session => (), () = closed => () }
                });
            }
        });
        Self {
            accepting,
            _sessions: closing.drop_guard(),
        }
    }

    /// Returns when the listener is gone, and with it our claim on the port.
    async fn close(mut self) {
        self.accepting.abort();
        // The task answers that it was aborted, which is what we asked for.
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Reception {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

#[cfg(test)]
mod tests;
