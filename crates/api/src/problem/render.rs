//! The middleware that writes problems out in the caller's language.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use stafett_workflow::vocabulary::Language;

use super::{CONTENT_TYPE, ErrorCode, Problem};
use crate::config::PublicUrl;
use crate::telemetry;

/// The language of the person behind the token, left in the request when it is known.
#[derive(Debug, Clone, Copy)]
pub struct CallerLanguage(pub Language);

/// Writes every problem out: language, address of its page, path of the request, request id for 5xx. An error of the
/// framework below `/api` becomes a problem too, so that no answer there is plain text.
///
/// # Errors
/// What an inner middleware could not turn into a response; there is none in this server.
pub async fn render(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let path = request.path().to_owned();
    let asked_for = negotiate(request.headers());
    let response = next.call(request).await?.map_into_boxed_body();
    if !is_problem(&response, &path) {
        return Ok(response);
    }
    let stand_in = (!carries_problem(&response)).then(|| Problem::new(by_status(response.status())));
    let (request, mut response) = response.into_parts();
    let caller = request.extensions().get::<CallerLanguage>().map(|caller| caller.0);
    let language = asked_for.or(caller).unwrap_or_default();
    let docs = match request.app_data::<web::Data<PublicUrl>>() {
        Some(url) => format!("{}/docs/errors/", url.as_str()),
        None => "/docs/errors/".to_owned(),
    };
    let request_id = telemetry::request_id(&request);
    let body = {
        let found = response.error().and_then(|error| error.as_error::<Problem>());
        let Some(problem) = stand_in.as_ref().or(found) else {
            return Ok(ServiceResponse::new(request, response));
        };
        telemetry::log_problem(&request, problem);
        problem.body(language, &docs, &path, request_id.as_deref())
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.as_str()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(ServiceResponse::new(
        request,
        response.set_body(BoxBody::new(body.to_string())),
    ))
}

/// The best of our two languages by `Accept-Language`, if it names one of them.
#[must_use]
pub fn negotiate(headers: &HeaderMap) -> Option<Language> {
    let value = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(f32, Language)> = None;
    for range in value.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let primary = parts
            .next()
            .and_then(|tag| tag.split('-').next())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let language = match primary.as_str() {
            // Whoever reads any Norwegian reads bokmål.
            "nb" | "no" | "nn" => Language::Nb,
            "en" => Language::En,
            _ => continue,
        };
        let weight = parts
            .find_map(|part| part.strip_prefix("q="))
            .and_then(|q| q.parse().ok())
            .unwrap_or(1.0);
        if weight > 0.0 && best.is_none_or(|(other, _)| weight > other) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

fn carries_problem(response: &ServiceResponse<BoxBody>) -> bool {
    response
        .response()
        .error()
        .is_some_and(|error| error.as_error::<Problem>().is_some())
}

fn is_problem(response: &ServiceResponse<BoxBody>, path: &str) -> bool {
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    failed && (carries_problem(response) || path.starts_with("/api"))
}

/// What an error of the framework comes to.
fn by_status(status: StatusCode) -> ErrorCode {
    let of_its_own = ErrorCode::ALL.iter().find(|code| {
        code.status() == status
            && matches!(
                code,
                ErrorCode::NotFound
                    | ErrorCode::MethodNotAllowed
                    | ErrorCode::BodyTooLarge
                    | ErrorCode::UnsupportedMediaType
                    | ErrorCode::NotAcceptable
                    | ErrorCode::Unavailable
            )
    });
    match of_its_own {
        Some(code) => *code,
        None if status.is_server_error() => ErrorCode::Internal,
        None => ErrorCode::MalformedRequest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &'static str) -> Option<Language> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(value));
        negotiate(&headers)
    }

    #[test]
    fn the_language_follows_the_weights() {
        assert_eq!(negotiate(&HeaderMap::new()), None);
        assert_eq!(asked("en"), Some(Language::En));
        assert_eq!(asked("nn-NO, en;q=0.5"), Some(Language::Nb));
        assert_eq!(asked("nb;q=0.2, en-GB;q=0.9"), Some(Language::En));
        assert_eq!(asked("nb;q=0, en;q=0.1"), Some(Language::En));
        assert_eq!(asked("so, ti;q=0.8"), None);
        assert_eq!(asked("*"), None);
        assert_eq!(asked(";;,=q"), None);
    }
}
