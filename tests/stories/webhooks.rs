//! The systems of units are told too: signed, thin, until they answer, and never inside the house's own network.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Client, Home, PATIENCE, Persona, SmtpSink, on_both_databases};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::telling::{Acts, PERSONAL, concern_report, service_referral, with};

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// The system of a unit: it keeps what it hears and answers as it was told to, with 204 when it was told nothing.
pub(crate) struct System {
    pub(crate) url: String,
    pub(crate) heard: watch::Receiver<Vec<Heard>>,
    answers: Arc<Mutex<VecDeque<String>>>,
}

impl System {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/stafett", listener.local_addr().unwrap());
        let (keep, heard) = watch::channel(Vec::new());
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let planned = Arc::clone(&answers);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, keep.clone(), Arc::clone(&planned)));
            }
        });
        Self { url, heard, answers }
    }

    fn plan(&self, answers: &[&str]) {
        self.answers
            .lock()
            .unwrap()
            .extend(answers.iter().map(|answer| (*answer).to_owned()));
    }

    async fn hears(&mut self, number: usize) -> Vec<Heard> {
        let enough = self.heard.wait_for(|heard| heard.len() >= number);
        let heard = tokio::time::timeout(PATIENCE, enough)
            .await
            .expect("something is heard in time")
            .unwrap()
            .clone();
        assert_eq!(heard.len(), number, "{heard:#?}");
        heard
    }
}

async fn converse(mut stream: TcpStream, keep: watch::Sender<Vec<Heard>>, answers: Arc<Mutex<VecDeque<String>>>) {
    let mut read = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let Ok(number) = stream.read(&mut buffer).await else {
            return;
        };
        if number == 0 {
            return;
        }
        read.extend_from_slice(&buffer[..number]);
        let text = String::from_utf8(read.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let mut headers = http::HeaderMap::new();
        for line in head.lines().skip(1) {
            let (name, value) = line.split_once(": ").unwrap();
            headers.insert(
                http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                value.parse().unwrap(),
            );
        }
        if body.len() < headers["content-length"].to_str().unwrap().parse::<usize>().unwrap() {
            continue;
        }
        let answer = answers
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or_else(|| "204 No Content".to_owned());
        let heard = Heard {
            headers,
            body: body.to_owned(),
        };
        keep.send_modify(|all| all.push(heard));
        let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        read.clear();
    }
}

/// What an independent reader of the specification says. It looks at the machine's own time.
fn verified(heard: &Heard, secret: &str) -> bool {
    standardwebhooks::Webhook::new(secret)
        .unwrap()
        .verify(heard.body.as_bytes(), &heard.headers)
        .is_ok()
}

pub(crate) async fn entered(admin: &Client, url: &str, more: Value) -> Value {
    let mut body = json!({ "agency": "barnevernvakten", "url": url });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    admin.post("/webhooks", &body).await.expect(201).json()
}

fn place(webhook: &Value) -> String {
    format!("/webhooks/{}", webhook["id"].as_str().unwrap())
}

async fn deliveries(admin: &Client, webhook: &Value) -> Vec<Value> {
    let listed = admin
        .get(&format!("{}/deliveries", place(webhook)))
        .await
        .expect(200)
        .json();
    listed["items"].as_array().unwrap().clone()
}

fn now() -> DateTime<Utc> {
    Utc::now()
}

on_both_databases! {
    async fn a_system_is_told_what_the_mailbox_is_told_signed_and_thin(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, now()).await;
        let mut system = System::start().await;
        let app = home.start().await;
        let (outreach, vakten, admin) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::Admin));
        let webhook = entered(&admin, &system.url, json!({ "notices": ["new-referral"] })).await;
        let secret = webhook["secret"].as_str().unwrap().to_owned();
        assert!(secret.starts_with("whsec_") && webhook["publicKey"].as_str().unwrap().starts_with("whpk_"));
        // The secret is shown once; and nobody but an administrator sees any of it.
        assert_eq!(admin.get("/webhooks").await.expect(200).json()["items"][0]["secret"], Value::Null);
        for who in [&outreach, &vakten, &app.by(Persona::Lead)] {
            who.get("/webhooks").await.problem(403, "forbidden");
        }

        system.plan(&["503 Service Unavailable"]);
        let sent = outreach.post("/referrals", &with(concern_report(), "/urgency", json!("routine"))).await.expect(201);
        let first = system.hears(1).await.remove(0);
        assert!(verified(&first, &secret), "{first:#?}");
        assert!(!verified(&first, "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="));
        assert!(!verified(&Heard { body: first.body.replace("referral", "referrals"), ..first.clone() }, &secret));
        assert!(first.header("webhook-signature").contains(" v1a,"));
        let body = first.json();
        assert_eq!((&body["type"], &body["data"]["reference"]), (&json!("referral.new-referral"), &sent.json()["reference"]));
        for word in PERSONAL.iter().chain(&["Uteseksjonen", "bekymring", "shelter"]) {
            assert!(!first.body.contains(word), "«{word}» in {}", first.body);
        }
        home.counts("SELECT count(*) FROM webhook_deliveries WHERE last_error IS NOT NULL AND lease_token IS NULL", 1).await;
        let log = deliveries(&admin, &webhook).await;
        assert_eq!((&log[0]["statusCode"], &log[0]["attempts"], &log[0]["deliveredAt"]), (&json!(503), &json!(1), &Value::Null));

        // It comes again under the same id and with the same body, and is then at rest.
        clock.advance(TimeDelta::seconds(5));
        let second = system.hears(2).await.remove(1);
        assert_eq!((second.header("webhook-id"), &second.body), (first.header("webhook-id"), &first.body));
        home.counts("SELECT count(*) FROM webhook_deliveries WHERE status = 'sent'", 1).await;
        // What it did not wish to hear it does not hear.
        vakten.act(&sent, "acknowledge", json!({})).await.expect(200);
        let delivery = format!("{}/deliveries/{}/replay", place(&webhook), first.header("webhook-id"));
        admin.post(&delivery, &json!({})).await.expect(200);
        let third = system.hears(3).await.remove(2);
        assert_eq!(third.header("webhook-id"), first.header("webhook-id"));
        outreach.post(&delivery, &json!({})).await.problem(403, "forbidden");

        // A new secret signs beside the old one for a day.
        let version = admin.get(&place(&webhook)).await.expect(200).etag();
        let rotated = admin.patch(&place(&webhook), &json!({ "rotateSecret": true })).if_match(&version).await.expect(200).json();
        let fresh = rotated["secret"].as_str().unwrap().to_owned();
        assert_ne!(fresh, secret);
        admin.post(&delivery, &json!({})).await.expect(200);
        let fourth = system.hears(4).await.remove(3);
        assert!(verified(&fourth, &fresh) && verified(&fourth, &secret));
        app.finish().await;
    }

    async fn nothing_leads_inside_and_nobody_is_led_on(home: Home) {
        let (mut system, mut other) = (System::start().await, System::start().await);
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        for url in [
            "x", "ftp://system.example.org", "http://system.example.org/", "https://10.1.2.3/", "https://169.254.169.254/", "https://db/",
            "https://user:word@system.example.org/", "https://[::ffff:10.0.0.1]/", "https://192.168.0.1.:443/",
        ] {
            let refused = admin.post("/webhooks", &json!({ "agency": "barnevernvakten", "url": url })).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["pointer"], "/url", "{url}");
        }
        admin.post("/webhooks", &json!({ "agency": "nowhere", "url": system.url })).await.problem(404, "not-found");
        let webhook = entered(&admin, &system.url, json!({})).await;
        system.plan(&[&format!("302 Found\r\nlocation: {}", other.url)]);
        let report = with(concern_report(), "/urgency", json!("routine"));
        app.by(Persona::Outreach).post("/referrals", &report).await.expect(201);
        system.hears(1).await;
        home.counts("SELECT count(*) FROM webhook_deliveries WHERE last_error IS NOT NULL AND lease_token IS NULL", 1).await;
        assert_eq!(deliveries(&admin, &webhook).await[0]["statusCode"], 302);
        other.hears(0).await;
        admin.request(reqwest::Method::DELETE, &place(&webhook)).await.expect(200);
        admin.get(&place(&webhook)).await.problem(404, "not-found");
        app.finish().await;
    }

    async fn one_that_fails_for_long_is_switched_off_and_the_lead_told(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, now()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let mut system = System::start().await;
        let app = home.start().await;
        let (outreach, admin) = (app.by(Persona::Outreach), app.by(Persona::Admin));
        let webhook = entered(&admin, &system.url, json!({ "notices": ["new-referral"] })).await;
        system.plan(&["500 Oops", "500 Oops"]);
        outreach.post("/referrals", &service_referral("barnevernvakten")).await.expect(201);
        system.hears(1).await;
        home.counts("SELECT count(*) FROM webhooks WHERE failing_since IS NOT NULL", 1).await;
        assert_eq!(admin.get(&place(&webhook)).await.expect(200).json()["enabled"], true);
        clock.advance(TimeDelta::days(5) + TimeDelta::hours(1));
        system.hears(2).await;
        home.counts("SELECT count(*) FROM webhooks WHERE disabled_at IS NOT NULL", 1).await;
        home.outbox_is_drained().await;
        let told = sink.mails().into_iter().find(|mail| mail.subject().contains("webhook")).unwrap();
        assert_eq!(told.to, ["lead@stafett.test"]);
        let off = admin.get(&place(&webhook)).await.expect(200);
        assert_eq!((&off.json()["enabled"], off.json()["disabledBecause"].is_string()), (&json!(false), true));

        // Nothing is told while it is off, and nothing is lost: switched on again, what waited arrives.
        admin.patch(&place(&webhook), &json!({ "enabled": true })).if_match(&off.etag()).await.expect(200);
        clock.advance(TimeDelta::hours(2));
        system.hears(3).await;
        home.counts("SELECT count(*) FROM webhook_deliveries WHERE status = 'sent'", 1).await;
        app.finish().await;
    }

    async fn whoever_is_on_call_hears_of_emergencies_at_once(kind: DatabaseKind) {
        let (home, _clock) = Home::with_clock(kind, now()).await;
        let mut gateway = System::start().await;
        let app = home.start().await;
        let (outreach, admin) = (app.by(Persona::Outreach), app.by(Persona::Admin));
        entered(&admin, &gateway.url, json!({ "onCall": true })).await;
        outreach.post("/referrals", &service_referral("barnevernvakten")).await.expect(201);
        let urgent = outreach.post("/referrals", &concern_report()).await.expect(201).json();
        let heard = gateway.hears(1).await.remove(0).json();
        assert_eq!((&heard["data"]["reference"], &heard["data"]["urgency"]), (&urgent["reference"], &json!("emergency")));
        // The text is what a gateway sends on as it is.
        assert!(heard["data"]["text"].as_str().unwrap().starts_with("[Stafett] AKUTT: "), "{heard}");
        app.finish().await;
    }
}
