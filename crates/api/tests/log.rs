//! What the server logs about a request, and what it must not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use std::io::Write;
use std::sync::{Arc, Mutex};

use stafett_api::config::Config;
use stafett_api::server::{self, Options};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Alone in its file: the requests are answered on other threads, so the subscriber is that of the whole process.
#[tokio::test]
async fn a_request_is_logged_by_id_route_and_status_and_tells_of_nobody() {
    let lines = Lines::default();
    let writer = lines.clone();
    tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::INFO)
        .with_writer(move || writer.clone())
        .init();
    let _already_set = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let dir = tempfile::tempdir().unwrap();
    let running = server::start(Config::embedded(dir.path()).unwrap(), Options::default())
        .await
        .unwrap();
    let url = format!("http://{}", running.addr());
    let client = reqwest::Client::builder()
        .user_agent("Hemmelig-Telefon/1.0")
        .build()
        .unwrap();
    let body = r#"{"username": "hemmelig.navn", "password": "hemmelig passord"}"#;
    let asked = [
        client
            .get(format!("{url}/docs/errors/hemmelig?q=hemmelig"))
            .header("x-forwarded-for", "203.0.113.99"),
        client
            .get(format!("{url}/api/v1/referrals/hemmelig"))
            .header("authorization", "Bearer hemmelig.hemmelig.hemmelig"),
        client
            .post(format!("{url}/api/v1/auth/token"))
            .header("content-type", "application/json")
            .body(body),
    ];
    let mut ids = Vec::new();
    for request in asked {
        let answer = request.send().await.unwrap();
        ids.push(
            answer
                .headers()
                .get("x-request-id")
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned(),
        );
    }
    running.stop().await;
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for secret in ["hemmelig", "Hemmelig", "203.0.113.99", "user_agent", "client_ip"] {
        assert!(!log.contains(secret), "{secret} stands in the log:\n{log}");
    }
    for id in ids {
        assert!(log.contains(&id), "the request {id} is not logged");
    }
    for part in [
        r#""http.route":"/docs/errors/{code}""#,
        r#""http.status":404"#,
        r#""problem.code":"invalid-credentials""#,
        "duration_ms",
    ] {
        assert!(log.contains(part), "{part} is missing:\n{log}");
    }
}
