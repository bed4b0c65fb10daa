//! A small SMTP server on a real socket, which can be told to misbehave at any step.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What to do at a step instead of the usual.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// Say this.
    Say(&'static str),
    /// Hang up.
    Cut,
    /// Say nothing more.
    Stall,
}

/// What has happened so far.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) connections: usize,
    pub(super) commands: Vec<String>,
    /// Every mail that came through whole, whether it was answered or not.
    pub(super) mails: Vec<String>,
    /// How many senders came with more behind them, before they were answered.
    pub(super) at_once: usize,
}

pub(super) struct FakeServer {
    pub(super) address: SocketAddr,
    pub(super) log: Arc<Mutex<Log>>,
    script: Arc<Mutex<HashMap<&'static str, VecDeque<Act>>>>,
}

#[derive(Clone)]
struct Manner {
    log: Arc<Mutex<Log>>,
    script: Arc<Mutex<HashMap<&'static str, VecDeque<Act>>>>,
    tls: Option<TlsAcceptor>,
    from_first_byte: bool,
    injects: bool,
    pipelines: bool,
}

impl FakeServer {
    pub(super) async fn start() -> Self {
        Self::with(None, false, false, false).await
    }

    /// Takes several commands in one go, and says so.
    pub(super) async fn pipelining() -> Self {
        Self::with(None, false, false, true).await
    }

    pub(super) async fn start_tls(tls: TlsAcceptor) -> Self {
        Self::with(Some(tls), false, false, false).await
    }

    pub(super) async fn implicit_tls(tls: TlsAcceptor) -> Self {
        Self::with(Some(tls), true, false, false).await
    }

    /// Slips replies in behind its "go ahead" to STARTTLS, as somebody on the line could.
    pub(super) async fn injecting(tls: TlsAcceptor) -> Self {
        Self::with(Some(tls), false, true, false).await
    }

    async fn with(tls: Option<TlsAcceptor>, from_first_byte: bool, injects: bool, pipelines: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let manner = Manner {
            log: Arc::default(),
            script: Arc::default(),
            tls,
            from_first_byte,
            injects,
            pipelines,
        };
        let server = Self {
            address: listener.local_addr().unwrap(),
            log: manner.log.clone(),
            script: manner.script.clone(),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                manner.log.lock().unwrap().connections += 1;
                stream.set_nodelay(true).unwrap();
                let manner = manner.clone();
                // A client that hangs up is part of the tests.
                tokio::spawn(async move { manner.serve(stream).await.ok() });
            }
        });
        server
    }

    /// At the next `step` it does `act` instead of the usual; several wait in line.
    pub(super) fn at(&self, step: &'static str, act: Act) -> &Self {
        self.script.lock().unwrap().entry(step).or_default().push_back(act);
        self
    }

    pub(super) fn connections(&self) -> usize {
        self.log.lock().unwrap().connections
    }

    pub(super) fn mails(&self) -> Vec<String> {
        self.log.lock().unwrap().mails.clone()
    }

    pub(super) fn at_once(&self) -> usize {
        self.log.lock().unwrap().at_once
    }

    pub(super) fn commands(&self) -> Vec<String> {
        self.log.lock().unwrap().commands.clone()
    }
}

impl Manner {
    async fn serve(self, stream: tokio::net::TcpStream) -> io::Result<()> {
        match &self.tls {
            Some(tls) if self.from_first_byte => {
                let stream = tls.accept(stream).await?;
                self.converse(BufReader::new(stream), true, true).await.map(drop)
            }
            Some(tls) => {
                let Some(line) = self.converse(BufReader::new(stream), true, false).await? else {
                    return Ok(());
                };
                let stream = tls.accept(line.into_inner()).await?;
                self.converse(BufReader::new(stream), false, true).await.map(drop)
            }
            None => self.converse(BufReader::new(stream), true, true).await.map(drop),
        }
    }

    /// Talks until the client leaves, or until it asks for TLS: then the line comes back.
    async fn converse<S>(&self, mut line: BufReader<S>, greet: bool, secret: bool) -> io::Result<Option<BufReader<S>>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if greet {
            self.answer(&mut line, "greeting", "220 fake.example ESMTP").await?;
        }
        let mut refused = false;
        loop {
            let mut command = String::new();
            if line.read_line(&mut command).await? == 0 {
                return Ok(None);
            }
            let verb = command.get(..4).unwrap_or_default().to_uppercase();
            self.log.lock().unwrap().commands.push(command.trim_end().to_owned());
            match verb.as_str() {
                "EHLO" if self.pipelines => {
                    self.answer(&mut line, "EHLO", "250-fake.example\r\n250 PIPELINING")
                        .await?
                }
                "EHLO" if secret => {
                    self.answer(&mut line, "EHLO", "250-fake.example\r\n250 AUTH PLAIN LOGIN")
                        .await?
                }
                "EHLO" => {
                    self.answer(&mut line, "EHLO", "250-fake.example\r\n250 STARTTLS")
                        .await?
                }
                "STAR" => {
                    let go = if self.injects {
                        "220 go\r\n250-evil\r\n250 ok"
                    } else {
                        "220 go"
                    };
                    self.answer(&mut line, "STARTTLS", go).await?;
                    return Ok(Some(line));
                }
                "AUTH" => self.answer(&mut line, "AUTH", "235 welcome").await?,
                "MAIL" => {
                    self.log.lock().unwrap().at_once += usize::from(!line.buffer().is_empty());
                    let said = self.answer(&mut line, "MAIL", "250 2.1.0 fine").await?;
                    refused = !said.starts_with('2');
                    said
                }
                "RCPT" => {
                    let usual = if refused {
                        "503 5.5.1 from whom?"
                    } else {
                        "250 2.1.5 fine"
                    };
                    let said = self.answer(&mut line, "RCPT", usual).await?;
                    refused = !said.starts_with('2');
                    said
                }
                "DATA" if refused && self.takes_offence() => {
                    self.answer(&mut line, "refused", "503 5.5.1 to whom?").await?
                }
                "DATA" => {
                    if self.answer(&mut line, "DATA", "354 go on").await? == "354 go on" {
                        self.take(&mut line).await?;
                        self.answer(&mut line, "content", "250 2.0.0 queued as 4711").await?
                    } else {
                        "refused"
                    }
                }
                "RSET" => self.answer(&mut line, "RSET", "250 fine").await?,
                "QUIT" => self.answer(&mut line, "QUIT", "221 bye").await?,
                _ => self.answer(&mut line, "unknown", "500 what").await?,
            };
        }
    }

    /// Whether it has been told what to say to the next `DATA`: then it says that, be it right or wrong.
    fn takes_offence(&self) -> bool {
        self.script.lock().unwrap().get("DATA").is_none_or(VecDeque::is_empty)
    }

    async fn take<S: AsyncRead + AsyncWrite + Unpin>(&self, line: &mut BufReader<S>) -> io::Result<()> {
        let mut mail = String::new();
        while !mail.ends_with("\r\n.\r\n") {
            if line.read_line(&mut mail).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        mail.truncate(mail.len() - 3);
        self.log.lock().unwrap().mails.push(mail.replace("\r\n..", "\r\n."));
        Ok(())
    }

    /// Says the usual unless told otherwise; gives back what it said.
    async fn answer<S>(
        &self,
        line: &mut BufReader<S>,
        step: &'static str,
        usual: &'static str,
    ) -> io::Result<&'static str>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let act = self.script.lock().unwrap().get_mut(step).and_then(VecDeque::pop_front);
        let words = match act {
            None => usual,
            Some(Act::Say(words)) => words,
            Some(Act::Cut) => return Err(io::ErrorKind::ConnectionAborted.into()),
            Some(Act::Stall) => std::future::pending().await,
        };
        line.get_mut().write_all(format!("{words}\r\n").as_bytes()).await?;
        line.get_mut().flush().await?;
        Ok(words)
    }
}
