use std::io::Write as _;
use std::path::Path;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use stafett_workflow::vocabulary::{Language, Notice};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto};
use uuid::Uuid;

use super::fake_server::{Act, FakeServer};
use super::*;
use crate::mail::sample;
use crate::outbox::Due;
use crate::settings::{MailSettings, Route};

fn settings(scheme: &str, server: &FakeServer) -> MailSettings {
    MailSettings {
        smtp_url: Some(format!("{scheme}://{}", server.address)),
        ..MailSettings::default()
    }
}

fn channel(settings: &MailSettings) -> Smtp {
    let Route::Smtp(server) = settings.resolve("http://127.0.0.1:8080").unwrap().route else {
        panic!("no server")
    };
    Smtp::new(server).unwrap()
}

fn mail(number: u128) -> Message {
    let due = Due {
        id: Uuid::from_u128(number),
        ..sample::due(Notice::NewReferral, Language::Nb)
    };
    sample::renderer().render(&due).unwrap()
}

async fn failure(server: &FakeServer) -> Failure {
    channel(&settings("smtp", server))
        .deliver(&sample::message())
        .await
        .unwrap_err()
}

fn message_id(mail: &str) -> &str {
    mail.lines().find(|line| line.starts_with("Message-ID: ")).unwrap()
}

/// A certificate for 127.0.0.1 that signs itself: what a server shows, and the file that makes a client trust it.
fn certificate(folder: &Path) -> (TlsAcceptor, std::path::PathBuf) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let file = folder.join("ca.pem");
    std::fs::File::create(&file)
        .unwrap()
        .write_all(cert.pem().as_bytes())
        .unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), file)
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written_and_the_reply_is_kept() {
    let server = FakeServer::start().await;
    let mail = sample::message();
    let reply = channel(&settings("smtp", &server)).deliver(&mail).await.unwrap();
    assert_eq!(reply.as_str(), "250 2.0.0 queued as 4711");
    assert_eq!(server.mails()[0].trim_end().as_bytes(), mail.bytes().trim_ascii_end());
    let commands = server.commands();
    assert_eq!(
        commands[1..],
        [
            "MAIL FROM:<stafett@oslo.example>",
            "RCPT TO:<barnevern-grunerlokka@oslo.example>",
            "DATA"
        ]
    );
}

#[tokio::test]
async fn connections_are_used_again_and_never_more_than_allowed() {
    let server = FakeServer::start().await;
    let channel = Arc::new(channel(&MailSettings {
        smtp_connections: 3,
        ..settings("smtp", &server)
    }));
    let tasks: Vec<_> = (0..60)
        .map(|number| {
            let channel = channel.clone();
            tokio::spawn(async move { channel.deliver(&mail(number)).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(server.mails().len(), 60);
    assert!(server.connections() <= 3, "{}", server.connections());
    channel.close().await;
    assert_eq!(
        server.commands().iter().filter(|command| *command == "QUIT").count(),
        server.connections()
    );
}

#[tokio::test]
async fn a_server_that_hung_up_meanwhile_costs_nothing() {
    for act in [Act::Cut, Act::Say("421 4.4.2 idle too long")] {
        let server = FakeServer::start().await;
        let channel = channel(&settings("smtp", &server));
        channel.deliver(&mail(1)).await.unwrap();
        server.at("MAIL", act);
        channel.deliver(&mail(2)).await.unwrap();
        assert_eq!((server.mails().len(), server.connections()), (2, 2));
    }
}

#[tokio::test]
async fn a_new_connection_that_is_cut_is_not_tried_again_at_once() {
    let server = FakeServer::start().await;
    server.at("MAIL", Act::Cut);
    assert_eq!(failure(&server).await.kind, FailureKind::Broken);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_refusal_of_one_unit_leaves_the_connection_to_the_next() {
    let server = FakeServer::start().await;
    server.at("RCPT", Act::Say("550 5.1.1 no such user"));
    let channel = channel(&settings("smtp", &server));
    let failure = channel.deliver(&mail(1)).await.unwrap_err();
    assert_eq!(failure.to_string(), "refused: at the recipient: 550 5.1.1 no such user");
    channel.deliver(&mail(2)).await.unwrap();
    assert_eq!((server.mails().len(), server.connections()), (1, 1));
}

#[tokio::test]
async fn what_the_server_answers_decides_whether_to_try_again() {
    use FailureKind::{Broken, Deferred, NotAdmitted, Refused};
    for (step, words, kind) in [
        ("greeting", "421 4.3.2 busy", Deferred),
        ("greeting", "554 5.7.1 go away", NotAdmitted),
        ("greeting", "SSH-2.0-OpenSSH", Broken),
        ("MAIL", "451 4.3.0 later", Deferred),
        ("MAIL", "550 5.7.1 sender unknown", NotAdmitted),
        ("MAIL", "530 5.7.0 sign in first", NotAdmitted),
        ("RCPT", "450 4.2.0 greylisted", Deferred),
        ("RCPT", "452 4.2.2 mailbox full", Deferred),
        ("RCPT", "530 5.7.0 sign in first", NotAdmitted),
        ("RCPT", "550 5.1.1 no such user", Refused),
        ("RCPT", "553 5.1.3 no such address", Refused),
        ("DATA", "451 4.3.0 later", Deferred),
        ("DATA", "503 5.5.1 not now", NotAdmitted),
        ("DATA", "250 out of step", Broken),
        ("content", "451 4.7.1 try again", Deferred),
        ("content", "554 5.6.0 will not take it", Refused),
        ("content", "354 out of step", Broken),
    ] {
        let server = FakeServer::start().await;
        server.at(step, Act::Say(words));
        let failure = failure(&server).await;
        assert_eq!(failure.kind, kind, "{step} {words}: {failure}");
        let code = words
            .get(..3)
            .and_then(|code| code.parse().ok())
            .filter(|_| kind != Broken);
        assert_eq!(failure.code, code, "{step} {words}");
        assert!(!failure.detail.contains("Gjør nå"), "{failure}");
    }
}

#[tokio::test]
async fn what_a_server_takes_in_one_go_is_said_in_one_go() {
    let (server, other) = (FakeServer::pipelining().await, FakeServer::start().await);
    for (server, at_once) in [(&server, 3), (&other, 0)] {
        let channel = channel(&settings("smtp", server));
        for number in 0..4 {
            channel.deliver(&mail(number)).await.unwrap();
        }
        let mails = server.mails();
        let different: std::collections::BTreeSet<_> = mails.iter().map(|mail| message_id(mail)).collect();
        assert_eq!((mails.len(), different.len(), server.connections()), (4, 4, 1));
        // A lone mail is not kept waiting for what only a second one needs to know.
        assert_eq!(server.at_once(), at_once);
    }
}

/// The answers come one after the other all the same, and each is understood as that to its own question.
#[tokio::test]
async fn a_refusal_in_one_go_is_told_by_its_own_words_and_the_next_mail_goes() {
    use FailureKind::{Deferred, NotAdmitted, Refused};
    for (step, words, kind) in [
        ("MAIL", "451 4.3.0 later", Deferred),
        ("MAIL", "550 5.7.1 sender unknown", NotAdmitted),
        ("RCPT", "450 4.2.0 greylisted", Deferred),
        ("RCPT", "550 5.1.1 no such user", Refused),
        ("DATA", "451 4.3.0 later", Deferred),
        ("content", "554 5.6.0 will not take it", Refused),
    ] {
        let server = FakeServer::pipelining().await;
        let channel = channel(&settings("smtp", &server));
        channel.deliver(&mail(1)).await.unwrap();
        server.at(step, Act::Say(words));
        let failure = channel.deliver(&mail(2)).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{step} {words}: {failure}");
        assert!(failure.detail.ends_with(words), "{failure}");
        channel.deliver(&mail(3)).await.unwrap();
        assert_eq!(
            server.connections(),
            1,
            "{step} {words}: the connection is good for more"
        );
        let mails = server.mails();
        // What is refused after it came has come.
        assert_eq!(mails.len(), if step == "content" { 3 } else { 2 });
    }
}

#[tokio::test]
async fn a_server_that_goes_on_after_a_refusal_gets_nothing_more() {
    let server = FakeServer::pipelining().await;
    let channel = channel(&settings("smtp", &server));
    channel.deliver(&mail(1)).await.unwrap();
    server
        .at("RCPT", Act::Say("550 5.1.1 no such user"))
        .at("DATA", Act::Say("354 go on"));
    assert_eq!(channel.deliver(&mail(2)).await.unwrap_err().kind, FailureKind::Refused);
    channel.deliver(&mail(3)).await.unwrap();
    assert_eq!((server.mails().len(), server.connections()), (2, 2));
}

#[tokio::test]
async fn a_cut_in_one_go_is_tried_again_at_once_only_where_nothing_was_heard_of_the_mail() {
    for (step, kind) in [
        ("MAIL", None),
        ("RCPT", Some(FailureKind::Broken)),
        ("DATA", Some(FailureKind::Broken)),
    ] {
        let server = FakeServer::pipelining().await;
        let channel = channel(&settings("smtp", &server));
        channel.deliver(&mail(1)).await.unwrap();
        server.at(step, Act::Cut);
        assert_eq!(
            channel.deliver(&mail(2)).await.err().map(|failure| failure.kind),
            kind,
            "{step}"
        );
        channel.deliver(&mail(3)).await.unwrap();
        assert_eq!(server.mails().len(), if kind.is_none() { 3 } else { 2 });
    }
}

#[tokio::test]
async fn a_cut_is_a_reason_to_try_again_wherever_it_comes() {
    for step in ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "content"] {
        let server = FakeServer::start().await;
        server.at(step, Act::Cut);
        let failure = failure(&server).await;
        assert_eq!(failure.kind, FailureKind::Broken, "{step}: {failure}");
        assert_eq!(
            failure.detail.contains("may have arrived"),
            step == "content",
            "{step}: {failure}"
        );
    }
}

#[tokio::test]
async fn after_a_cut_that_leaves_it_open_the_same_mail_comes_again() {
    let server = FakeServer::start().await;
    server.at("content", Act::Cut);
    let channel = channel(&settings("smtp", &server));
    let due = sample::due(Notice::Accepted, Language::Nb);
    channel
        .deliver(&sample::renderer().render(&due).unwrap())
        .await
        .unwrap_err();
    let again = Due {
        attempts: 1,
        token: Uuid::now_v7(),
        ..due
    };
    channel
        .deliver(&sample::renderer().render(&again).unwrap())
        .await
        .unwrap();
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(message_id(&mails[0]), message_id(&mails[1]));
    assert_eq!(mails[0], mails[1]);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_reason_to_try_again() {
    let server = FakeServer::start().await;
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let settings = MailSettings {
        smtp_url: Some(format!("smtp://{gone}")),
        ..settings("smtp", &server)
    };
    let failure = channel(&settings).deliver(&sample::message()).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Unreachable, None),
        "{failure}"
    );
}

#[tokio::test]
async fn a_server_that_stalls_is_left() {
    for (step, words) in [
        ("greeting", "did not greet us"),
        ("RCPT", "at the sender: no answer in"),
        ("content", "after the mail: no answer in"),
    ] {
        let server = FakeServer::start().await;
        server.at(step, Act::Stall);
        let channel = channel(&settings("smtp", &server));
        // Real sockets until the server stalls; from there on the clock runs by itself.
        let attempt = tokio::spawn(async move { channel.deliver(&sample::message()).await });
        tokio::time::sleep(Duration::from_millis(200)).await;
        tokio::time::pause();
        let failure = attempt.await.unwrap().unwrap_err();
        tokio::time::resume();
        assert_eq!(failure.kind, FailureKind::TimedOut, "{step}: {failure}");
        assert!(failure.detail.contains(words), "{failure}");
    }
}

#[tokio::test]
async fn a_wrong_password_loses_no_mail_and_is_never_repeated() {
    let server = FakeServer::start().await;
    let settings = MailSettings {
        smtp_user: Some("stafett".to_owned()),
        smtp_password: Some("hemmelig".into()),
        ..settings("smtp", &server)
    };
    channel(&settings).deliver(&mail(1)).await.unwrap();
    assert!(server.commands()[1].starts_with("AUTH PLAIN "));

    server.at("AUTH", Act::Say("535 5.7.8 wrong user or password"));
    let failure = channel(&settings).deliver(&mail(2)).await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "not-admitted: when signing in: 535 5.7.8 wrong user or password"
    );

    server.at("EHLO", Act::Say("250 fake.example"));
    let failure = channel(&settings).deliver(&mail(3)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotAdmitted, "{failure}");
}

#[tokio::test]
async fn tls_works_both_ways_with_a_private_authority() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, ca) = certificate(folder.path());
    for (scheme, server) in [
        ("smtp+starttls", FakeServer::start_tls(tls.clone()).await),
        ("smtps", FakeServer::implicit_tls(tls.clone()).await),
    ] {
        let settings = MailSettings {
            smtp_ca_file: Some(ca.clone()),
            ..settings(scheme, &server)
        };
        let channel = channel(&settings);
        channel.check().await.unwrap();
        channel.deliver(&mail(1)).await.unwrap();
        channel.deliver(&mail(2)).await.unwrap();
        assert_eq!((server.mails().len(), server.connections()), (2, 2), "{scheme}");
    }
}

#[tokio::test]
async fn no_mail_leaves_when_the_line_cannot_be_made_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, ca) = certificate(folder.path());
    let trusting = |scheme, server: &FakeServer| MailSettings {
        smtp_ca_file: Some(ca.clone()),
        ..settings(scheme, server)
    };

    let without = FakeServer::start().await;
    without.at("EHLO", Act::Say("250 fake.example"));
    let refusing = FakeServer::start_tls(tls.clone()).await;
    refusing.at("STARTTLS", Act::Say("454 4.7.0 no TLS today"));
    let injecting = FakeServer::injecting(tls.clone()).await;
    let untrusted = FakeServer::start_tls(certificate(folder.path()).0).await;
    let talks_plain = FakeServer::start().await;
    std::fs::write(folder.path().join("ca.pem"), std::fs::read(&ca).unwrap()).unwrap();
    let other = tempfile::tempdir().unwrap();
    let (_, other_ca) = certificate(other.path());

    for (server, settings, words) in [
        (&without, trusting("smtp+starttls", &without), "does not offer STARTTLS"),
        (&refusing, trusting("smtp+starttls", &refusing), "will not start TLS"),
        (
            &injecting,
            trusting("smtp+starttls", &injecting),
            "spoke on before TLS began",
        ),
        (
            &untrusted,
            MailSettings {
                smtp_ca_file: Some(other_ca),
                ..settings("smtp+starttls", &untrusted)
            },
            "certificate",
        ),
        (&talks_plain, trusting("smtps", &talks_plain), ""),
    ] {
        let failure = channel(&settings).deliver(&sample::message()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Insecure, "{failure}");
        assert!(failure.detail.contains(words), "{failure}");
        assert!(server.mails().is_empty() && !server.commands().iter().any(|c| c.starts_with("MAIL")));
    }
}

#[test]
fn a_file_of_certificates_that_is_none_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("missing.pem", None),
        ("empty.pem", Some("")),
        ("other.pem", Some("hei")),
    ] {
        let file = folder.path().join(name);
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let settings = MailSettings {
            smtp_url: Some("smtps://127.0.0.1:465".to_owned()),
            smtp_ca_file: Some(file),
            ..MailSettings::default()
        };
        let Route::Smtp(server) = settings.resolve("http://127.0.0.1:8080").unwrap().route else {
            panic!("no server")
        };
        let refused = Smtp::new(server).unwrap_err();
        assert_eq!(refused.key, "smtp_ca_file", "{refused}");
        assert!(refused.problem.contains(name), "{refused}");
    }
}
