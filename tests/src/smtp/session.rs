//! One dialogue with a client.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::watch,
};

use super::{Fault, Mail, Stage, State};

/// Talks with a client until it quits, it goes away or a fault ends the session.
pub(super) async fn hold(stream: TcpStream, state: watch::Sender<State>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut session = Session {
        line: BufReader::new(stream),
        state,
        envelope: None,
        drips: false,
    };
    if let Go::Over = session.reply(Stage::Connect, "220 sink.test ESMTP").await? {
        return Ok(());
    }
    while let Some(command) = session.read_line().await? {
        if let Go::Over = session.obey(&command).await? {
            break;
        }
    }
    Ok(())
}

struct Session {
    line: BufReader<TcpStream>,
    state: watch::Sender<State>,
    envelope: Option<Envelope>,
    /// The next answer comes a byte at a time.
    drips: bool,
}

/// Between two bytes of a slow answer.
const PAUSE: Duration = Duration::from_millis(15);

#[derive(Default)]
struct Envelope {
    from: String,
    to: Vec<String>,
}

#[must_use]
enum Go {
    On,
    Over,
}

impl Session {
    async fn obey(&mut self, command: &[u8]) -> io::Result<Go> {
        let text = String::from_utf8_lossy(command);
        let text = text.trim_end();
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                let extensions = "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8";
                self.reply(Stage::Hello, extensions).await
            }
            "HELO" => self.reply(Stage::Hello, "250 sink.test").await,
            "MAIL" => self.mail_from(rest).await,
            "RCPT" => self.rcpt_to(rest).await,
            "DATA" => self.data().await,
            "RSET" => {
                self.envelope = None;
                self.say("250 2.0.0 forgotten").await
            }
            "NOOP" => self.say("250 2.0.0 still here").await,
            "QUIT" => self.say("221 2.0.0 bye").await.map(|_said| Go::Over),
            _ => self.say("502 5.5.2 no such command").await,
        }
    }

    async fn mail_from(&mut self, rest: &str) -> io::Result<Go> {
        let Some(from) = address(rest, "FROM:") else {
            return self.say("501 5.5.4 MAIL FROM:<address>").await;
        };
        if let Some(fault) = self.fault_at(Stage::MailFrom) {
            return self.suffer(fault).await;
        }
        self.envelope = Some(Envelope { from, to: Vec::new() });
        self.say("250 2.1.0 sender ok").await
    }

    async fn rcpt_to(&mut self, rest: &str) -> io::Result<Go> {
        let Some(to) = address(rest, "TO:") else {
            return self.say("501 5.5.4 RCPT TO:<address>").await;
        };
        if self.envelope.is_none() {
            return self.say("503 5.5.1 MAIL first").await;
        }
        if let Some(fault) = self.fault_at(Stage::RcptTo) {
            return self.suffer(fault).await;
        }
        self.envelope.get_or_insert_default().to.push(to);
        self.say("250 2.1.5 recipient ok").await
    }

    async fn data(&mut self) -> io::Result<Go> {
        if self.envelope.as_ref().is_none_or(|envelope| envelope.to.is_empty()) {
            return self.say("503 5.5.1 RCPT first").await;
        }
        if let Some(fault) = self.fault_at(Stage::Data) {
            return self.suffer(fault).await;
        }
        if let Go::Over = self.say("354 end with a dot on a line of its own").await? {
            return Ok(Go::Over);
        }
        let Some(raw) = self.content().await? else {
            return Ok(Go::Over);
        };
        let Envelope { from, to } = self.envelope.take().unwrap_or_default();
        if let Some(fault) = self.fault_at(Stage::Verdict) {
            return self.suffer(fault).await;
        }
        let silently = self.take_fault(|fault| fault == Fault::HangUpAfterAccepting).is_some();
        self.state.send_modify(|state| state.mails.push(Mail { from, to, raw }));
        if silently {
            Ok(Go::Over)
        } else {
            self.say("250 2.0.0 kept").await
        }
    }

    /// The lines up to the final dot, or nothing when the line is cut before it.
    async fn content(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut raw = Vec::new();
        while let Some(line) = self.read_line().await? {
            if self.take_fault(|fault| fault == Fault::HangUpInContent).is_some() {
                return Ok(None);
            }
            if line == b".\r\n" {
                return Ok(Some(raw));
            }
            // A line that begins with a dot was sent with one dot more (RFC 5321, 4.5.2).
            raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        Ok(None)
    }

    async fn reply(&mut self, stage: Stage, answer: &str) -> io::Result<Go> {
        match self.fault_at(stage) {
            Some(fault) => self.suffer(fault).await,
            None => self.say(answer).await,
        }
    }

    async fn suffer(&mut self, fault: Fault) -> io::Result<Go> {
        match fault {
            Fault::Answer(_, code) => {
                let class = code / 100;
                self.say(&format!("{code} {class}.0.0 as the test wants it")).await
            }
            Fault::Stall(_) => {
                let mut changes = self.state.subscribe();
                let before = changes.borrow().healings;
                // An error says that the sink is gone, which ends the stall as well.
                let _ = changes.wait_for(|state| state.healings > before).await;
                Ok(Go::Over)
            }
            Fault::Drip(_) => Ok(Go::On),
            Fault::HangUp(_) | Fault::HangUpInContent | Fault::HangUpAfterAccepting => Ok(Go::Over),
        }
    }

    fn fault_at(&mut self, here: Stage) -> Option<Fault> {
        let fault = self.take_fault(|fault| match fault {
            Fault::Answer(stage, _) | Fault::Stall(stage) | Fault::Drip(stage) | Fault::HangUp(stage) => stage == here,
            Fault::HangUpInContent | Fault::HangUpAfterAccepting => false,
        });
        // A slow server goes on as ever, only slowly.
        self.drips |= matches!(fault, Some(Fault::Drip(_)));
        fault.filter(|fault| !matches!(fault, Fault::Drip(_)))
    }

    /// The next planned fault when it belongs here; only then is it spent.
    fn take_fault(&self, belongs: impl Fn(Fault) -> bool) -> Option<Fault> {
        let mut taken = None;
        self.state.send_if_modified(|state| {
            taken = state.plan.pop_front_if(|fault| belongs(*fault));
            taken.is_some()
        });
        taken
    }

    async fn say(&mut self, answer: &str) -> io::Result<Go> {
        let answer = format!("{answer}\r\n");
        if std::mem::take(&mut self.drips) {
            for byte in answer.bytes() {
                self.line.write_all(&[byte]).await?;
                tokio::time::sleep(PAUSE).await;
            }
        } else {
            self.line.write_all(answer.as_bytes()).await?;
        }
        Ok(Go::On)
    }

    /// The next line with its end, or nothing when the client has hung up.
    async fn read_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        self.line.read_until(b'\n', &mut line).await?;
        Ok(line.ends_with(b"\n").then_some(line))
    }
}

/// The address in `FROM:<address> parameters`.
fn address(rest: &str, keyword: &str) -> Option<String> {
    let (found, rest) = rest.split_at_checked(keyword.len())?;
    if !found.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let (address, _parameters) = rest.trim_start().strip_prefix('<')?.split_once('>')?;
    Some(address.to_owned())
}
