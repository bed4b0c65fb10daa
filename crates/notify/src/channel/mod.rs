//! How a mail leaves the house.

mod file;
mod smtp;

use std::sync::Arc;

use async_trait::async_trait;

use crate::mail::Message;
use crate::settings::{Route, SettingsError};

pub use file::Files;
pub use smtp::Smtp;

/// A way for a mail to leave. Safe to use from many tasks at once.
#[async_trait]
pub trait Channel: std::fmt::Debug + Send + Sync {
    /// Hands one mail over. The answer comes when the other side has taken it for good.
    ///
    /// # Errors
    /// A [`Failure`] that says whether another attempt can help.
    async fn deliver(&self, mail: &Message) -> Result<Reply, Failure>;

    /// Goes as far as one can without sending a mail.
    ///
    /// # Errors
    /// What would stop a mail too.
    async fn check(&self) -> Result<Reply, Failure>;

    /// How many mails can be on their way at once.
    fn width(&self) -> usize;

    /// Says goodbye to connections that are open.
    async fn close(&self) {}
}

/// Opens the channel that the settings ask for.
///
/// # Errors
/// When the folder cannot be written, or a certificate cannot be read.
pub fn open(route: &Route) -> Result<Arc<dyn Channel>, SettingsError> {
    Ok(match route {
        Route::Smtp(server) => Arc::new(Smtp::new(server.clone())?),
        Route::Files(folder) => Arc::new(Files::open(folder.clone())?),
    })
}

/// What the other side said when it took the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply(String);

impl Reply {
    /// A reply, on one line and of bounded length.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(one_line(text.as_ref()))
    }

    /// The reply as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a mail was not taken. Never holds anything of the mail itself but the address it was for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {detail}")]
pub struct Failure {
    /// What sort of trouble.
    pub kind: FailureKind,
    /// The reply code of SMTP, if the server gave one.
    pub code: Option<u16>,
    /// In words, for whoever has to mend it. May name the unit's address and so is not for logs.
    pub detail: String,
}

impl Failure {
    /// A failure without a reply code.
    pub fn new(kind: FailureKind, detail: impl AsRef<str>) -> Self {
        Self {
            kind,
            code: None,
            detail: one_line(detail.as_ref()),
        }
    }
}

/// The sorts of trouble. Only the first cannot mend itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FailureKind {
    /// The server will never take this mail for this recipient: 5xx to the recipient or to the mail.
    #[error("refused")]
    Refused,
    /// The server will not take it now: 4xx.
    #[error("deferred")]
    Deferred,
    /// The server refuses *us*: a wrong password, a sender it does not know. Whoever sets that right needs no mail lost.
    #[error("not-admitted")]
    NotAdmitted,
    /// There is no connection: refused, no route, no such name.
    #[error("unreachable")]
    Unreachable,
    /// The connection cannot be made secret: no STARTTLS, a certificate that does not hold.
    #[error("insecure")]
    Insecure,
    /// No answer came in time.
    #[error("timed-out")]
    TimedOut,
    /// The connection was cut or talks nonsense.
    #[error("broken")]
    Broken,
    /// A file could not be written.
    #[error("not-written")]
    NotWritten,
}

impl FailureKind {
    /// Whether no further attempt can help.
    #[must_use]
    pub const fn is_permanent(self) -> bool {
        matches!(self, Self::Refused)
    }
}

/// What others say to us is kept on one line and short: it goes into a column and before people's eyes.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 400;
    let printable: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST)
        .collect();
    printable.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_is_for_ever() {
        use FailureKind::{Broken, Deferred, Insecure, NotAdmitted, NotWritten, Refused, TimedOut, Unreachable};
        assert!(Refused.is_permanent());
        for kind in [
            Deferred,
            NotAdmitted,
            Unreachable,
            Insecure,
            TimedOut,
            Broken,
            NotWritten,
        ] {
            assert!(!kind.is_permanent(), "{kind}");
        }
    }

    #[test]
    fn what_others_say_is_short_and_on_one_line() {
        let reply = Reply::new(format!("250 ok\r\nBcc: x@example.org\u{0}{}", "x".repeat(9_000)));
        assert!(!reply.as_str().contains(['\r', '\n', '\0']));
        assert!(reply.as_str().chars().count() <= 400);
    }
}
