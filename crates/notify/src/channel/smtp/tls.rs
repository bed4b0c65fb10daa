//! Making a line secret before anything that matters is said on it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::super::{Failure, FailureKind};
use crate::settings::{Security, Server, SettingsError};

/// A reply longer than this is not one.
const LONGEST_LINE: u64 = 1_000;
const MOST_LINES: usize = 100;

/// What to check the server's certificate by; none when the line stays on this machine and in the clear.
pub(super) fn config(server: &Server) -> Result<Option<Arc<ClientConfig>>, SettingsError> {
    if server.security == Security::Plain {
        return Ok(None);
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = &server.ca_file {
        let wrong = |cause: String| SettingsError::new("smtp_ca_file", format!("{}: {cause}", file.display()));
        let before = roots.len();
        for certificate in CertificateDer::pem_file_iter(file).map_err(|cause| wrong(cause.to_string()))? {
            let certificate = certificate.map_err(|cause| wrong(cause.to_string()))?;
            roots.add(certificate).map_err(|cause| wrong(cause.to_string()))?;
        }
        if roots.len() == before {
            return Err(wrong("holds no certificate".to_owned()));
        }
    }
    if roots.is_empty() {
        let problem = "this machine trusts no certificate at all; install ca-certificates or name a file here";
        return Err(SettingsError::new("smtp_ca_file", problem));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|cause| SettingsError::new("smtp_url", format!("TLS cannot be set up: {cause}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Some(Arc::new(config)))
}

/// The handshake.
pub(super) async fn encrypt(stream: TcpStream, host: &str, tls: Arc<ClientConfig>) -> Result<Secret, Failure> {
    let insecure = |cause: String| Failure::new(FailureKind::Insecure, format!("{host}: {cause}"));
    let name = ServerName::try_from(host.to_owned()).map_err(|cause| insecure(cause.to_string()))?;
    let stream = TlsConnector::from(tls)
        .connect(name, stream)
        .await
        .map_err(|cause| insecure(cause.to_string()))?;
    Ok(Secret { stream, greeting: b"" })
}

/// Greets in the clear, asks for TLS and stops at the server's "go ahead".
///
/// Whoever sits on the line could slip in replies behind that word, to be read later as if they had come through TLS,
/// even "I have your mail". So what lies behind it makes the connection void.
pub(super) async fn ask_for_tls(stream: TcpStream, hello: &ClientId) -> Result<TcpStream, Failure> {
    let insecure = |why: &str| Failure::new(FailureKind::Insecure, why);
    let mut line = BufReader::new(stream);
    positive(&mut line, "at the greeting").await?;
    say(&mut line, &format!("EHLO {hello}\r\n")).await?;
    let offers = positive(&mut line, "at the greeting").await?;
    if !offers
        .message()
        .any(|offer| offer.trim().eq_ignore_ascii_case("STARTTLS"))
    {
        return Err(insecure("the server does not offer STARTTLS"));
    }
    say(&mut line, "STARTTLS\r\n").await?;
    let answer = reply(&mut line).await?;
    if !answer.is_positive() {
        return Err(Failure {
            code: Some(answer.code().into()),
            ..insecure("the server will not start TLS")
        });
    }
    if !line.buffer().is_empty() {
        return Err(insecure("the server spoke on before TLS began"));
    }
    Ok(line.into_inner())
}

/// A line that nobody else can read.
#[derive(Debug)]
pub(super) struct Secret {
    stream: TlsStream<TcpStream>,
    /// What is read before anything else.
    greeting: &'static [u8],
}

impl Secret {
    /// After STARTTLS a server does not greet again, but lettre waits for a greeting: it gets this one.
    pub(super) fn already_greeted(mut self) -> Self {
        self.greeting = b"220 TLS\r\n";
        self
    }
}

impl AsyncTokioStream for Secret {
    fn peer_addr(&self) -> io::Result<std::net::SocketAddr> {
        self.stream.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Secret {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.greeting.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, into);
        }
        let (now, later) = self.greeting.split_at(self.greeting.len().min(into.remaining()));
        into.put_slice(now);
        self.greeting = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Secret {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

async fn say(line: &mut BufReader<TcpStream>, words: &str) -> Result<(), Failure> {
    line.get_mut()
        .write_all(words.as_bytes())
        .await
        .map_err(|cause| broken(&cause.to_string()))
}

async fn positive(line: &mut BufReader<TcpStream>, step: &str) -> Result<Response, Failure> {
    let answer = reply(line).await?;
    if answer.is_positive() {
        return Ok(answer);
    }
    let code = u16::from(answer.code());
    let kind = if code < 500 {
        FailureKind::Deferred
    } else {
        FailureKind::NotAdmitted
    };
    let words = answer.first_line().unwrap_or_default();
    Err(Failure {
        code: Some(code),
        ..Failure::new(kind, format!("{step}: {code} {words}"))
    })
}

/// Reads one reply: lines up to the one without a hyphen behind the code.
async fn reply(line: &mut BufReader<TcpStream>) -> Result<Response, Failure> {
    let mut text = String::new();
    for _ in 0..MOST_LINES {
        let start = text.len();
        (&mut *line)
            .take(LONGEST_LINE)
            .read_line(&mut text)
            .await
            .map_err(|cause| broken(&cause.to_string()))?;
        let last = text.get(start..).unwrap_or_default();
        if !last.ends_with('\n') {
            return Err(broken("the server hung up or talks without end"));
        }
        if last.as_bytes().get(3) != Some(&b'-') {
            return text
                .parse()
                .map_err(|_not_a_reply| broken("the server does not speak SMTP"));
        }
    }
    Err(broken("the server talks without end"))
}

fn broken(why: &str) -> Failure {
    Failure::new(FailureKind::Broken, why)
}
