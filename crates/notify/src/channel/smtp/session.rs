//! One connection to a server, and one mail at a time over it.

use std::error::Error as _;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::{Response, Severity};
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::ClientConfig;

use super::super::{Failure, FailureKind, Reply};
use super::tls;
use crate::mail::Message;
use crate::settings::{Security, Server, SignIn};

/// To reach the server, make the line secret and sign in. This and the two below sum to what the dispatcher allows.
const TO_OPEN: Duration = Duration::from_secs(10);
/// For sender, recipient and the word to go on.
const TO_ADDRESS: Duration = Duration::from_secs(10);
/// From the first byte of the mail to the server's word that it has it. Servers check content in this time.
const TO_TAKE: Duration = Duration::from_secs(25);
const TO_PART: Duration = Duration::from_secs(1);

/// Reply codes that are about who we are, at whatever step they come: signing in is required, failed or too weak.
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];
/// "I am closing this connection."
const CLOSING: u16 = 421;

/// "Go on": the mail may come.
const GO_ON: u16 = 354;

/// A connection on which the server knows us.
pub(super) struct Session {
    line: AsyncSmtpConnection,
    hello: ClientId,
    /// Whether the server takes several commands in one go (RFC 2920). It is asked before the second mail: lettre does not keep
    /// the answer to its greeting, and a lone mail shall not wait for another one.
    pipelines: Option<bool>,
    has_sent: bool,
    /// The server waits for a mail that does not come: nothing more can be said here.
    spoiled: bool,
}

impl Session {
    /// Connects, makes the line secret as the settings demand, and signs in.
    pub(super) async fn open(server: &Server, tls: Option<Arc<ClientConfig>>) -> Result<Self, Failure> {
        let late = || {
            Failure::new(
                FailureKind::TimedOut,
                format!("{server} did not greet us in {} s", TO_OPEN.as_secs()),
            )
        };
        timeout(TO_OPEN, Self::open_unhurried(server, tls))
            .await
            .unwrap_or_else(|_elapsed| Err(late()))
    }

    async fn open_unhurried(server: &Server, tls: Option<Arc<ClientConfig>>) -> Result<Self, Failure> {
        let stream = TcpStream::connect((server.host.as_str(), server.port))
            .await
            .and_then(|stream| stream.set_nodelay(true).map(|()| stream))
            .map_err(|cause| Failure::new(FailureKind::Unreachable, format!("{server}: {cause}")))?;
        let hello = ClientId::default();
        let greeted = match (server.security, tls) {
            (Security::Plain, _) => AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await,
            (Security::Tls, Some(tls)) => {
                let stream = tls::encrypt(stream, &server.host, tls).await?;
                AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await
            }
            (Security::StartTls, Some(tls)) => {
                let stream = tls::ask_for_tls(stream, &hello).await?;
                let stream = tls::encrypt(stream, &server.host, tls).await?.already_greeted();
                AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await
            }
            // `Smtp::new` has made a configuration whenever one is needed; never go on in the clear.
            (Security::Tls | Security::StartTls, None) => {
                return Err(Failure::new(FailureKind::Insecure, "TLS is demanded and not set up"));
            }
        };
        let mut session = Self {
            line: greeted.map_err(|cause| Trouble::new(Step::Greeting, &cause).failure)?,
            hello,
            pipelines: None,
            has_sent: false,
            spoiled: false,
        };
        if let Some(sign_in) = &server.sign_in {
            session
                .sign_in(sign_in)
                .await
                .map_err(|cause| Trouble::new(Step::SignIn, &cause).failure)?;
        }
        Ok(session)
    }

    async fn sign_in(&mut self, sign_in: &SignIn) -> Result<Response, Error> {
        let credentials = Credentials::new(sign_in.user.clone(), sign_in.password.expose_secret().to_owned());
        self.line.auth(DEFAULT_MECHANISMS, &credentials).await
    }

    /// Hands one mail over.
    pub(super) async fn send(&mut self, mail: &Message) -> Result<Reply, Trouble> {
        in_time(TO_ADDRESS, Step::Sender, self.address(mail)).await?;
        let taken = async {
            self.line
                .message(mail.bytes())
                .await
                .map_err(|cause| Trouble::new(Step::Content, &cause))
        };
        let response = in_time(TO_TAKE, Step::Content, taken).await?;
        // "Go on" is not "taken": only 2xx lets go of a mail.
        if response.code().severity != Severity::PositiveCompletion {
            return Err(Trouble::out_of_step(Step::Content, &response));
        }
        let words: Vec<&str> = response.message().collect();
        Ok(Reply::new(format!("{} {}", response.code(), words.join(" "))))
    }

    async fn address(&mut self, mail: &Message) -> Result<(), Trouble> {
        let from = Mail::new(Some(mail.from().clone()), Vec::new());
        let to = Rcpt::new(mail.to().clone(), Vec::new());
        let go_on = match self.pipelines().await? {
            true => self.ask_at_once(&from, &to).await?,
            false => self.ask_in_turn(from, to).await?,
        };
        // Another answer belongs to another question: the server and we have lost count.
        if go_on.has_code(GO_ON) {
            Ok(())
        } else {
            Err(Trouble::out_of_step(Step::Data, &go_on))
        }
    }

    async fn pipelines(&mut self) -> Result<bool, Trouble> {
        if let Some(known) = self.pipelines {
            return Ok(known);
        }
        if !self.has_sent {
            self.has_sent = true;
            return Ok(false);
        }
        let known = match self.line.command(Ehlo::new(self.hello.clone())).await {
            Ok(answer) => answer
                .message()
                .any(|word| word.trim().eq_ignore_ascii_case("PIPELINING")),
            // One greeting was enough for it.
            Err(cause) if cause.status().is_some_and(|code| u16::from(code) != CLOSING) => false,
            Err(cause) => return Err(Trouble::new(Step::Sender, &cause)),
        };
        self.pipelines = Some(known);
        Ok(known)
    }

    /// Each word when the one before is answered.
    async fn ask_in_turn(&mut self, from: Mail, to: Rcpt) -> Result<Response, Trouble> {
        let asked = self.line.command(from).await;
        asked.map_err(|cause| Trouble::new(Step::Sender, &cause))?;
        let asked = self.line.command(to).await;
        asked.map_err(|cause| Trouble::new(Step::Recipient, &cause))?;
        let asked = self.line.command(Data).await;
        asked.map_err(|cause| Trouble::new(Step::Data, &cause))
    }

    /// All three words in one go. Their answers come in the same order, each of them whatever the one before said.
    async fn ask_at_once(&mut self, from: &Mail, to: &Rcpt) -> Result<Response, Trouble> {
        let sender = self.line.command(format!("{from}{to}{Data}")).await;
        if let Err(cause) = &sender
            && cause.status().is_none()
        {
            return Err(Trouble::new(Step::Sender, cause));
        }
        let recipient = self.line.read_response().await;
        if let Err(cause) = &recipient
            && cause.status().is_none()
        {
            self.spoiled = true;
            sender.map_err(|cause| Trouble::new(Step::Sender, &cause))?;
            return Err(Trouble::new(Step::Recipient, cause));
        }
        let data = self.line.read_response().await;
        // Only a plain no leaves it where we are too: a server that goes on after a refusal waits for what nobody shall get.
        self.spoiled = data.as_ref().map_or_else(|cause| cause.status().is_none(), |_| true);
        sender.map_err(|cause| Trouble::new(Step::Sender, &cause))?;
        recipient.map_err(|cause| Trouble::new(Step::Recipient, &cause))?;
        let data = data.map_err(|cause| Trouble::new(Step::Data, &cause))?;
        self.spoiled = false;
        Ok(data)
    }

    /// Makes the connection ready for another mail after a refusal. Says whether it is.
    pub(super) async fn reset(&mut self) -> bool {
        !self.spoiled && matches!(timeout(TO_PART, self.line.command(Rset)).await, Ok(Ok(_)))
    }

    /// Says goodbye, and does not wait long for an answer.
    pub(super) async fn quit(&mut self) {
        // Whether the server answers does not matter to anybody.
        let _answer = timeout(TO_PART, self.line.quit()).await;
    }
}

async fn in_time<T>(limit: Duration, step: Step, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    timeout(limit, work).await.unwrap_or_else(|_elapsed| {
        let detail = format!("{}: no answer in {} s{}", step.words(), limit.as_secs(), step.caveat());
        Err(Trouble {
            step,
            failure: Failure::new(FailureKind::TimedOut, detail),
        })
    })
}

/// How far a conversation had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Greeting,
    SignIn,
    Sender,
    Recipient,
    Data,
    Content,
}

impl Step {
    const fn words(self) -> &'static str {
        match self {
            Self::Greeting => "at the greeting",
            Self::SignIn => "when signing in",
            Self::Sender => "at the sender",
            Self::Recipient => "at the recipient",
            Self::Data => "before the mail",
            Self::Content => "after the mail",
        }
    }

    /// What a cut at this step leaves open.
    const fn caveat(self) -> &'static str {
        match self {
            Self::Content => "; it may have arrived, and will have the same Message-ID next time",
            Self::Greeting | Self::SignIn | Self::Sender | Self::Recipient | Self::Data => "",
        }
    }
}

/// A failure, and the step at which it came.
#[derive(Debug)]
pub(super) struct Trouble {
    step: Step,
    failure: Failure,
}

impl Trouble {
    fn new(step: Step, cause: &Error) -> Self {
        let code = cause.status().map(u16::from);
        let kind = kind(step, cause, code);
        let caveat = if code.is_some() { "" } else { step.caveat() };
        // lettre's own words wrap those of the server or the system; only these say anything.
        let words = cause.source().map_or_else(|| cause.to_string(), ToString::to_string);
        let code_words = code.map(|code| format!("{code} ")).unwrap_or_default();
        let detail = format!("{}: {code_words}{words}{caveat}", step.words());
        Self {
            step,
            failure: Failure {
                code,
                ..Failure::new(kind, detail)
            },
        }
    }

    fn out_of_step(step: Step, answer: &Response) -> Self {
        let detail = format!("{}: the server answered {} out of step", step.words(), answer.code());
        Self {
            step,
            failure: Failure::new(FailureKind::Broken, detail),
        }
    }

    /// Whether the server answered, so that the conversation can go on.
    pub(super) fn is_answer(&self) -> bool {
        self.failure.code.is_some_and(|code| code != CLOSING)
    }

    /// Whether the connection was gone before the mail was so much as mentioned.
    pub(super) fn was_stale(&self) -> bool {
        self.step == Step::Sender && (self.failure.kind == FailureKind::Broken || self.failure.code == Some(CLOSING))
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        trouble.failure
    }
}

fn kind(step: Step, cause: &Error, code: Option<u16>) -> FailureKind {
    if code.is_some_and(|code| ABOUT_US.contains(&code)) {
        FailureKind::NotAdmitted
    } else if cause.is_permanent() {
        match step {
            Step::Recipient | Step::Content => FailureKind::Refused,
            Step::Greeting | Step::SignIn | Step::Sender | Step::Data => FailureKind::NotAdmitted,
        }
    } else if cause.is_transient() {
        FailureKind::Deferred
    } else if cause.is_client() {
        // What lettre would not say, such as a way to sign in that both sides know.
        FailureKind::NotAdmitted
    } else {
        FailureKind::Broken
    }
}
