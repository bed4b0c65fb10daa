//! How the API says no: RFC 9457 problem details, and the only map from errors to statuses.
//!
//! A [`Problem`] is made where something fails and knows both languages. It is written out by [`render`], the one
//! middleware that knows the caller's language, the request and the address of the documentation.

mod codes;
mod convert;
mod render;

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde_json::Value;
use stafett_workflow::vocabulary::{Language, Text};

pub use codes::{ErrorCode, field_code};
pub use render::{CallerLanguage, negotiate, render};
pub use stafett_workflow::refusal::FieldError;

/// The media type of every problem.
pub const CONTENT_TYPE: &str = "application/problem+json";

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// One reason why a request was not carried out.
pub struct Problem(Box<Inner>);

struct Inner {
    status: StatusCode,
    code: &'static str,
    title: Text,
    detail: Text,
    errors: Vec<FieldError>,
    extensions: Vec<(&'static str, Value)>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Cause>,
}

impl Problem {
    /// A problem with its usual words.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        let problem = Self(Box::new(Inner {
            status: code.status(),
            code: code.as_str(),
            title: Text::new(code.title(Language::Nb), code.title(Language::En)),
            detail: Text::new(code.detail(Language::Nb), code.detail(Language::En)),
            errors: Vec::new(),
            extensions: Vec::new(),
            headers: Vec::new(),
            cause: None,
        }));
        match code.status() {
            StatusCode::UNAUTHORIZED => problem.challenge(code),
            _ => problem,
        }
    }

    /// A problem whose cause stands in the log and nowhere else.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::new(ErrorCode::Internal).because(cause)
    }

    /// Nothing here, or nothing that the caller may know of: the two must not differ by a byte.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(ErrorCode::NotFound)
    }

    /// One field is wrong.
    #[must_use]
    pub fn field(code: ErrorCode, error: FieldError) -> Self {
        Self::new(code).with_errors(vec![error])
    }

    /// Says more exactly what happened and what to do.
    #[must_use]
    pub fn with_detail(mut self, detail: Text) -> Self {
        self.0.detail = detail;
        self
    }

    /// Lists the fields that are wrong.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Adds a member of its own to the answer.
    #[must_use]
    pub fn with_extension(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.extensions.push((name, value.into()));
        self
    }

    /// Adds a header to the answer. A value that cannot stand in a header is left out.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.push((name, value));
        }
        self
    }

    /// Tells when to come back, in whole seconds, rounded up.
    #[must_use]
    pub fn retry_after(self, wait: std::time::Duration) -> Self {
        let seconds = wait.as_millis().div_ceil(1_000).max(1);
        self.with_header(header::RETRY_AFTER, &seconds.to_string())
    }

    /// Keeps the cause for the log.
    pub fn because(mut self, cause: impl Into<Cause>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// RFC 6750: tells how to authenticate, and whether a token was there and was refused.
    fn challenge(self, code: ErrorCode) -> Self {
        let value = match code {
            ErrorCode::InvalidToken => r#"Bearer realm="stafett", error="invalid_token""#,
            _ => r#"Bearer realm="stafett""#,
        };
        self.with_header(header::WWW_AUTHENTICATE, value)
    }

    /// The answer's members. `requestId` stands only where it helps: with 5xx. Elsewhere it would make two answers
    /// differ that must not.
    pub(crate) fn body(&self, language: Language, docs: &str, instance: &str, request_id: Option<&str>) -> Value {
        let inner = &self.0;
        let mut body = serde_json::json!({
            "type": format!("{docs}{}", inner.code),
            "title": inner.title.in_language(language),
            "status": inner.status.as_u16(),
            "detail": inner.detail.in_language(language),
            "instance": instance,
            "code": inner.code,
        });
        let Some(members) = body.as_object_mut() else {
            return body;
        };
        if !inner.errors.is_empty() {
            let errors = inner.errors.iter().map(|error| {
                serde_json::json!({
                    "pointer": error.pointer,
                    "code": error.code,
                    "detail": error.detail.in_language(language),
                })
            });
            members.insert("errors".to_owned(), errors.collect());
        }
        for (name, value) in &inner.extensions {
            members.insert((*name).to_owned(), value.clone());
        }
        if let Some(id) = request_id.filter(|_| inner.status.is_server_error()) {
            members.insert("requestId".to_owned(), Value::from(id));
        }
        body
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem")
            .field("code", &self.0.code)
            .field("cause", &self.0.cause)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.detail.en)
    }
}

impl std::error::Error for Problem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as _)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    /// The plain form; [`render`] replaces its body as soon as it passes by.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.0.status);
        for (name, value) in &self.0.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        response
            .insert_header((header::CONTENT_TYPE, CONTENT_TYPE))
            .body(self.body(Language::default(), "/docs/errors/", "", None).to_string())
    }
}
