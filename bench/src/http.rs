//! The client: one keep-alive connection, one request at a time, no more than HTTP/1.1 asks for.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, HOST, IF_MATCH};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::error::Error;

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// `GET` or `POST`.
    pub(crate) method: Method,
    /// Path and query, from the root.
    pub(crate) path: String,
    /// The version that is decided upon.
    pub(crate) if_match: Option<String>,
    /// What makes a repetition harmless.
    pub(crate) key: Option<String>,
    /// JSON.
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            if_match: None,
            key: None,
            body: Bytes::new(),
        }
    }

    pub(crate) fn post(path: impl Into<String>, body: Bytes) -> Self {
        Self {
            method: Method::POST,
            body,
            ..Self::get(path)
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// For a complaint: the status and the beginning of the body. Everything in it is made up.
    pub(crate) fn summary(&self) -> String {
        let beginning: String = String::from_utf8_lossy(&self.body).chars().take(300).collect();
        format!("{} {beginning}", self.status)
    }
}

/// A connection of somebody who is signed in.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    token: String,
}

impl Connection {
    /// Connects to the server at `address`.
    pub(crate) async fn open(address: &str, token: &str) -> Result<Self, Error> {
        let stream = TcpStream::connect(address)
            .await
            .map_err(Error::system("connect to the server"))?;
        stream
            .set_nodelay(true)
            .map_err(Error::system("connect to the server"))?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // How it ends is told by the request that does not come through.
        tokio::spawn(connection);
        Ok(Self {
            sender,
            host: address.to_owned(),
            token: format!("Bearer {token}"),
        })
    }

    /// Asks and waits for the whole answer.
    pub(crate) async fn send(&mut self, call: Call) -> Result<Answer, Error> {
        let mut request = Request::builder()
            .method(call.method)
            .uri(call.path)
            .header(HOST, &self.host)
            .header(AUTHORIZATION, &self.token)
            .header(CONTENT_TYPE, "application/json");
        if let Some(version) = call.if_match {
            request = request.header(IF_MATCH, version);
        }
        if let Some(key) = call.key {
            request = request.header("idempotency-key", key);
        }
        let wrong = |error: hyper::http::Error| Error::Setup(format!("a request cannot be written: {error}"));
        let request = request.body(Full::new(call.body)).map_err(wrong)?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status().as_u16();
        let etag = response
            .headers()
            .get(ETAG)
            .and_then(|etag| etag.to_str().ok())
            .map(str::to_owned);
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, etag, body })
    }
}
