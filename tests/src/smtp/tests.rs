//! The sink, spoken to over a socket.

use std::time::Duration;

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{Fault, SmtpSink, Stage};

const PATIENCE: Duration = Duration::from_secs(10);

const CONTENT: &str = "From: Stafett <varsel@stafett.test>\r\nTo: vakt@bvv.test\r\n\
    Subject: =?utf-8?Q?Ny_henvisning_p=C3=A5_vent?=\r\nMessage-ID: <one@stafett.test>\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    Noe venter p=C3=A5 deg.\r\n..prikk\r\n.\r\n";

struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(sink: &SmtpSink) -> std::io::Result<Self> {
        TcpStream::connect(sink.url().trim_start_matches("smtp://"))
            .await
            .map(|stream| Self(BufReader::new(stream)))
    }

    /// The last line of an answer; empty when the server has hung up.
    async fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.unwrap();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }

    async fn ask(&mut self, words: &str) -> String {
        self.0.write_all(format!("{words}\r\n").as_bytes()).await.unwrap();
        self.hear().await
    }

    /// The answers to a whole mail, up to the first that is not a yes.
    async fn send(&mut self) -> String {
        let commands = [
            "EHLO test",
            "MAIL FROM:<varsel@stafett.test> BODY=8BITMIME",
            "RCPT TO:<vakt@bvv.test>",
            "DATA",
        ];
        for command in commands {
            let answer = self.ask(command).await;
            if !answer.starts_with(['2', '3']) {
                return answer;
            }
        }
        self.0.write_all(CONTENT.as_bytes()).await.unwrap();
        self.hear().await
    }
}

async fn greeted(sink: &SmtpSink) -> Client {
    let mut client = Client::connect(sink).await.unwrap();
    assert!(client.hear().await.starts_with("220"));
    client
}

#[tokio::test]
async fn keeps_what_it_is_sent_and_reads_it() {
    let sink = SmtpSink::start().await;
    let mut client = greeted(&sink).await;
    assert!(client.send().await.starts_with("250"));
    assert!(
        client.send().await.starts_with("250"),
        "a session may carry several mails"
    );
    assert!(client.ask("NOOP").await.starts_with("250"));
    assert!(client.ask("VRFY you").await.starts_with("502"));
    assert!(client.ask("QUIT").await.starts_with("221"));

    let mails = sink.wait_for(2, PATIENCE).await;
    let mail = &mails[0];
    assert_eq!(mail.from, "varsel@stafett.test");
    assert_eq!(mail.to, ["vakt@bvv.test"]);
    assert_eq!(mail.subject(), "Ny henvisning på vent");
    assert_eq!(mail.message_id(), "one@stafett.test");
    assert_eq!(mail.text(), "Noe venter på deg.\r\n.prikk\r\n");
    assert!(mail.mentions("på DEG") && mail.mentions("bvv.test") && !mail.mentions("barnet"));
    assert_eq!(sink.connections(), 1);
}

#[tokio::test]
async fn keeps_the_order_of_a_dialogue() {
    let sink = SmtpSink::start().await;
    let mut client = greeted(&sink).await;
    assert!(client.ask("DATA").await.starts_with("503"));
    assert!(client.ask("RCPT TO:<a@b.test>").await.starts_with("503"));
    assert!(client.ask("MAIL TO:<a@b.test>").await.starts_with("501"));
    assert!(
        client.ask("mail from:<>").await.starts_with("250"),
        "a bounce has no sender"
    );
    assert!(client.ask("RSET").await.starts_with("250"));
    assert!(
        client.ask("RCPT TO:<a@b.test>").await.starts_with("503"),
        "RSET forgets the sender"
    );
}

#[tokio::test]
async fn answers_as_planned_and_then_recovers() {
    let sink = SmtpSink::start().await;
    let stages = [
        Stage::Hello,
        Stage::MailFrom,
        Stage::RcptTo,
        Stage::Data,
        Stage::Verdict,
    ];
    for stage in stages {
        sink.plan(Fault::Answer(stage, 451), 1);
        sink.plan(Fault::Answer(stage, 550), 1);
    }
    for stage in stages {
        assert!(greeted(&sink).await.send().await.starts_with("451 4.0.0"), "{stage:?}");
        assert!(greeted(&sink).await.send().await.starts_with("550 5.0.0"), "{stage:?}");
    }
    sink.wait_for_faults(PATIENCE).await;
    assert!(sink.mails().is_empty());
    assert!(greeted(&sink).await.send().await.starts_with("250"));
}

#[tokio::test]
async fn hangs_up_as_planned() {
    let sink = SmtpSink::start().await;
    sink.plan(Fault::HangUp(Stage::Connect), 1);
    assert_eq!(Client::connect(&sink).await.unwrap().hear().await, "");
    for fault in [
        Fault::HangUp(Stage::Data),
        Fault::HangUpInContent,
        Fault::HangUp(Stage::Verdict),
    ] {
        sink.plan(fault, 1);
        let mut client = greeted(&sink).await;
        // A line cut while the client still talks may also show as a reset, which `hear` cannot tell; ask the sink.
        let _ = tokio::spawn(async move { client.send().await }).await;
        sink.wait_for_faults(PATIENCE).await;
        assert!(sink.mails().is_empty(), "{fault:?}");
    }
    sink.plan(Fault::HangUpAfterAccepting, 1);
    assert_eq!(greeted(&sink).await.send().await, "");
    assert_eq!(sink.wait_for(1, PATIENCE).await.len(), 1);
}

#[tokio::test]
async fn stalls_until_it_is_healed() {
    let sink = SmtpSink::start().await;
    sink.plan(Fault::Stall(Stage::RcptTo), 1);
    let mut client = greeted(&sink).await;
    let answer = tokio::spawn(async move { client.send().await });
    sink.wait_for_faults(PATIENCE).await;
    assert!(!answer.is_finished());
    sink.heal();
    assert_eq!(answer.await.unwrap(), "");
}

#[tokio::test]
async fn refuses_connections_and_takes_them_again() {
    let mut sink = SmtpSink::start().await;
    let mut early = greeted(&sink).await;
    sink.refuse_connections().await;
    assert_eq!(early.hear().await, "", "open sessions end");
    let refused = Client::connect(&sink).await.err().unwrap();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    sink.accept_connections();
    assert!(greeted(&sink).await.send().await.starts_with("250"));
}
