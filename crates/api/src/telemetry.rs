//! What the server tells its operator: log lines and request ids. Never a name, an address, a path's value or a body.

use std::io::IsTerminal as _;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpan, RootSpanBuilder};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};
use crate::problem::Problem;

/// The header that carries the request id in every answer.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Log lines go to standard error from here on; standard output belongs to what a command prints. A second call
/// changes nothing.
pub fn init(log: &Log) {
    let filter = EnvFilter::try_new(log.level.as_str()).unwrap_or_default();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Colours are for eyes: in a file or a journal they are noise.
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // Somebody else's subscriber, in a test, is as good as ours.
    let _already_set = match log.format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
    };
}

/// Opens the span of a request: its id, method and route pattern, later status and problem code. The builder that the
/// middleware brings along would log the client's address, the user agent and the whole path.
#[derive(Debug)]
pub struct RequestSpan;

#[derive(Clone, Copy)]
struct Started(std::time::Instant);

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        request.extensions_mut().insert(Started(std::time::Instant::now()));
        let id = request
            .extensions()
            .get::<RequestId>()
            .map(ToString::to_string)
            .unwrap_or_default();
        let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
        tracing::info_span!(
            "request",
            request.id = %id,
            http.method = %request.method(),
            http.route = %route,
            http.status = tracing::field::Empty,
            problem.code = tracing::field::Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let (status, started) = match outcome {
            Ok(response) => (
                response.status(),
                response.request().extensions().get::<Started>().copied(),
            ),
            Err(error) => (error.as_response_error().status_code(), None),
        };
        span.record("http.status", status.as_u16());
        let duration_ms = started
            .map(|started| started.0.elapsed().as_secs_f64() * 1_000.0)
            .unwrap_or_default();
        span.in_scope(|| tracing::info!(duration_ms, "answered"));
    }
}

/// The id of this request, as the answer and the log have it.
#[must_use]
pub fn request_id(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<RequestId>().map(ToString::to_string)
}

/// Puts the request id on every answer.
///
/// # Errors
/// Those of the inner services, unchanged.
pub async fn answer_with_id<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let id = request_id(response.request()).and_then(|id| HeaderValue::try_from(id).ok());
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    Ok(response)
}

/// Notes in the request's span which problem it ended in; the cause of a 5xx becomes a line of its own, since the
/// answer hides it.
pub(crate) fn log_problem(request: &HttpRequest, problem: &Problem) {
    let extensions = request.extensions();
    let Some(span) = extensions.get::<RootSpan>() else {
        return;
    };
    span.record("problem.code", problem.code());
    if problem.status().is_server_error() {
        let cause = chain(std::error::Error::source(problem));
        span.in_scope(|| tracing::error!(cause, "a request failed on our side"));
    }
}

fn chain(mut error: Option<&(dyn std::error::Error + 'static)>) -> String {
    let mut causes = Vec::new();
    while let Some(cause) = error {
        causes.push(cause.to_string());
        error = cause.source();
    }
    causes.join(": ")
}
