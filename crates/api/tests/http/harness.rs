//! A server of its own for every test, on a free port, with a clock that stands still.

use std::sync::Arc;

use chrono::DateTime;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use stafett_api::auth::password::Passwords;
use stafett_api::clock::{Clock, Manual};
use stafett_api::config::Config;
use stafett_api::server::{self, Options, Running};
use stafett_store::{agencies, users};
use stafett_workflow::agency::{AgencyId, UserId};
use stafett_workflow::identifier::InstanceKind;
use stafett_workflow::policy::Membership;
use stafett_workflow::vocabulary::{AgencyKind, Code, Language, Role};
use uuid::Uuid;

pub(crate) const PASSWORD: &str = "riktig hest batteri stift";

pub(crate) struct Server {
    pub(crate) running: Running,
    pub(crate) clock: Arc<Manual>,
    pub(crate) client: reqwest::Client,
    _dir: tempfile::TempDir,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} is no JSON", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        let _already_set = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let config = Config::embedded(&dir.path().join("data")).unwrap();
        let clock = Arc::new(Manual::at(DateTime::from_timestamp(1_764_000_000, 0).unwrap()));
        let options = Options {
            clock: clock.clone(),
            kind: InstanceKind::Demo,
        };
        let running = server::start(config, options).await.unwrap();
        let server = Self {
            running,
            clock,
            client: reqwest::Client::new(),
            _dir: dir,
        };
        server.populate().await;
        server
    }

    /// Kari works at one agency and reads Norwegian; Alex reads English and has been closed out.
    async fn populate(&self) {
        let now = self.clock.now();
        let hash = Passwords::new()
            .unwrap()
            .hash(SecretString::from(PASSWORD))
            .await
            .unwrap();
        let agency = agencies::Agency {
            id: AgencyId(Uuid::now_v7()),
            slug: "uteseksjonen".to_owned(),
            name: "Uteseksjonen".to_owned(),
            kind: AgencyKind::Outreach,
            orgnr: None,
            parent: None,
            municipality: None,
            district: None,
            also_serves: Vec::new(),
            public_tasks: true,
            language: Language::Nb,
            mailbox: None,
            phone: None,
            opening_hours: None,
            active: true,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let user = |username: &str, language, active| users::User {
            id: UserId(Uuid::now_v7()),
            username: username.to_owned(),
            display_name: username.to_uppercase(),
            email: None,
            language,
            session_epoch: 1,
            active,
            version: 1,
            password_expires_at: None,
            created_at: now,
            updated_at: now,
        };
        let tx = self.running.db().write_tx().await.unwrap();
        agencies::insert(&tx, &agency).await.unwrap();
        let people = [
            ("kari", Language::Nb, true),
            ("sam", Language::En, true),
            ("alex", Language::En, false),
        ];
        let people = people.map(|(name, language, active)| (user(name, language, active), Role::Worker));
        // And somebody of each role, called after it.
        let one_of_each = Role::ALL
            .iter()
            .map(|role| (user(role.as_str(), Language::Nb, true), *role));
        for (user, role) in people.into_iter().chain(one_of_each) {
            users::insert(&tx, &user, Some(&hash)).await.unwrap();
            let agency = Some(agency.id);
            users::grant(&tx, user.id, Membership { agency, role }).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
        let mut request = self
            .client
            .request(method, format!("http://{}{path}", self.running.addr()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        // A line that stays open has no end to wait for.
        let stays_open = headers
            .get("content-type")
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let text = match stays_open {
            true => String::new(),
            false => response.text().await.unwrap(),
        };
        Answer { status, headers, text }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], None).await
    }

    pub(crate) async fn token(&self, body: &Value) -> Answer {
        self.ask(Method::POST, "/api/v1/auth/token", &[], Some(&body.to_string()))
            .await
    }

    pub(crate) async fn sign_in(&self, username: &str) -> Value {
        let answer = self.token(&json!({ "username": username, "password": PASSWORD })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    pub(crate) async fn me(&self, token: &Value) -> Answer {
        let bearer = format!("Bearer {}", token.as_str().unwrap());
        self.ask(Method::GET, "/api/v1/me", &[("authorization", &bearer)], None)
            .await
    }

    pub(crate) async fn user(&self, username: &str) -> users::User {
        users::credentials(self.running.db(), username)
            .await
            .unwrap()
            .unwrap()
            .user
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await;
    }
}
