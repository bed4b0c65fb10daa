//! Headers that every answer carries, and the answers for addresses and methods that do not exist.

use actix_web::body::MessageBody;
use actix_web::dev::{ResourceDef, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, web};
use utoipa::openapi::{HttpMethod, OpenApi};

use crate::config::PublicUrl;
use crate::problem::{ErrorCode, Problem};

/// An answer of the API is data: nothing may run it, frame it or keep it.
const USUAL: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
];

/// Adds what the handler has not set itself.
///
/// # Errors
/// Those of the inner services, unchanged.
pub async fn secure<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let https = request
        .app_data::<web::Data<PublicUrl>>()
        .is_some_and(|url| url.is_https());
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    for (name, value) in USUAL {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if https {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, two_years);
    }
    Ok(response)
}

/// Every path of the API with its methods: what tells a wrong method from a wrong address.
#[derive(Debug, Clone)]
pub struct Methods(Vec<(ResourceDef, String)>);

impl Methods {
    /// The paths of the OpenAPI document.
    #[must_use]
    pub fn of(document: &OpenApi) -> Self {
        let methods = document.paths.paths.iter().map(|(path, item)| {
            let known = [
                (item.get.is_some(), HttpMethod::Get),
                (item.put.is_some(), HttpMethod::Put),
                (item.post.is_some(), HttpMethod::Post),
                (item.patch.is_some(), HttpMethod::Patch),
                (item.delete.is_some(), HttpMethod::Delete),
            ];
            let allowed = known.iter().filter(|(there, _)| *there).map(|(_, method)| name(method));
            (ResourceDef::new(path.as_str()), allowed.collect::<Vec<_>>().join(", "))
        });
        Self(methods.collect())
    }

    fn allowed(&self, path: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(resource, _)| resource.is_match(path))
            .map(|(_, methods)| methods.as_str())
    }
}

const fn name(method: &HttpMethod) -> &'static str {
    match method {
        HttpMethod::Get => "GET",
        HttpMethod::Put => "PUT",
        HttpMethod::Post => "POST",
        HttpMethod::Patch => "PATCH",
        HttpMethod::Delete => "DELETE",
        HttpMethod::Options | HttpMethod::Head | HttpMethod::Trace => "GET",
    }
}

/// Whatever no service takes: 405 when the address exists with another method, else 404.
///
/// # Errors
/// Always.
pub fn unmatched<T>(request: &HttpRequest) -> Result<T, Problem> {
    let methods = request.app_data::<web::Data<Methods>>();
    match methods.and_then(|methods| methods.allowed(request.path())) {
        Some(allowed) => Err(Problem::new(ErrorCode::MethodNotAllowed).with_header(header::ALLOW, allowed)),
        None => Err(Problem::not_found()),
    }
}
