//! Speaks HTTP to a server as a story's persona does.

use std::{
    future::{Future, IntoFuture},
    pin::Pin,
};

use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::Value;

/// A caller of the API: somebody with a token, or nobody.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    reason: Option<String>,
}

impl Client {
    /// A caller without a token. `url` is the address of the server, without a path.
    #[must_use]
    pub fn nobody(url: &str) -> Self {
        Self {
            http: reqwest::Client::new(),
            base: url.trim_end_matches('/').to_owned(),
            token: None,
            reason: None,
        }
    }

    /// The same caller, saying with each request why they look.
    #[must_use]
    pub fn because(&self, reason: &str) -> Self {
        Self {
            reason: Some(percent_encoding::utf8_percent_encode(reason, percent_encoding::NON_ALPHANUMERIC).to_string()),
            ..self.clone()
        }
    }

    /// The same server, called by the holder of this token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// Reads. A path that begins with `/api`, or the address of something on this server, is taken as it is; any other is
    /// below `/api/v1`.
    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    /// Posts a body.
    pub fn post(&self, path: &str, body: &Value) -> Request {
        self.request(Method::POST, path).json(body)
    }

    /// Puts a body.
    pub fn put(&self, path: &str, body: &Value) -> Request {
        self.request(Method::PUT, path).json(body)
    }

    /// Patches with a body.
    pub fn patch(&self, path: &str, body: &Value) -> Request {
        self.request(Method::PATCH, path).json(body)
    }

    /// Any method, without a body yet.
    pub fn request(&self, method: Method, path: &str) -> Request {
        let url = match path {
            _ if path.starts_with("http://") => path.to_owned(),
            _ if path.starts_with("/api") => format!("{}{path}", self.base),
            _ => format!("{}/api/v1{path}", self.base),
        };
        let mut builder = self.http.request(method, url);
        if let Some(token) = &self.token {
            builder = builder.bearer_auth(token);
        }
        if let Some(reason) = &self.reason {
            builder = builder.header("look-reason", reason);
        }
        Request { builder }
    }
}

/// A request in the making; awaiting it sends it.
#[derive(Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct Request {
    builder: RequestBuilder,
}

impl Request {
    /// Adds a header.
    pub fn header(self, name: &str, value: &str) -> Self {
        Self {
            builder: self.builder.header(name, value),
        }
    }

    /// Asks for the change of this state only.
    pub fn if_match(self, etag: &str) -> Self {
        self.header("if-match", etag)
    }

    /// Makes a repetition harmless.
    pub fn idempotency_key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Carries this body.
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    /// Carries any bytes as any type.
    pub fn raw(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let builder = self.builder.header("content-type", content_type).body(body.into());
        Self { builder }
    }

    /// Sends, and tells when no answer came: the line was cut or the server is gone.
    ///
    /// # Errors
    /// What happened to the line.
    pub async fn attempt(self) -> Result<Answer, reqwest::Error> {
        let response = self.builder.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        // A line that stays open has no end to wait for.
        let stays_open = headers
            .get("content-type")
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let body = match stays_open {
            true => Vec::new(),
            false => response.bytes().await?.to_vec(),
        };
        Ok(Answer { status, headers, body })
    }
}

impl IntoFuture for Request {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async {
            self.attempt()
                .await
                .unwrap_or_else(|error| panic!("no answer: {error:?}"))
        })
    }
}

/// What came back, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The bytes.
    pub body: Vec<u8>,
}

impl Answer {
    /// This answer, which must have this status.
    ///
    /// # Panics
    /// When it has another one; the message holds the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The problem in this answer, which must have this status and this code and be complete as RFC 9457 wants it.
    ///
    /// # Panics
    /// When it has not.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text()
        );
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem:#}");
        assert_eq!(problem["status"], status, "{problem:#}");
        for field in ["type", "title", "detail", "instance"] {
            assert!(
                problem[field].as_str().is_some_and(|text| !text.is_empty()),
                "no {field}: {problem:#}"
            );
        }
        problem
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header; empty when there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The version that a change must name.
    ///
    /// # Panics
    /// When the answer has none.
    #[must_use]
    #[track_caller]
    pub fn etag(&self) -> String {
        let etag = self.header("etag");
        assert!(!etag.is_empty(), "no ETag: {}", self.text());
        etag.to_owned()
    }
}
