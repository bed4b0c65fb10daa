//! The OpenAPI document and the reference pages that read it. Everything they need is in the binary.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use utoipa_swagger_ui::Config;

use crate::problem::Problem;

/// The reference pages style elements by attribute, which needs `unsafe-inline` for styles; scripts are our own files.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document as it is served.
#[derive(Debug, Clone)]
pub struct Document(pub Arc<str>);

/// Registers document and pages.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(document).service(home).service(page);
}

#[get("/api/v1/openapi.json")]
async fn document(document: web::Data<Document>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(document.0.to_string())
}

#[get("/api/docs")]
async fn home() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "/api/docs/"))
        .finish()
}

#[get("/api/docs/{file:.*}")]
async fn page(file: web::Path<String>) -> Result<HttpResponse, Problem> {
    // Without `none` the pages would send the document's address to a validator on the internet.
    let config = Config::from("/api/v1/openapi.json")
        .validator_url("none")
        .display_operation_id(true)
        .try_it_out_enabled(true)
        .doc_expansion("list");
    let file = utoipa_swagger_ui::serve(&file, Arc::new(config))
        .map_err(|wrong| Problem::internal(wrong.to_string()))?
        .ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok()
        .content_type(file.content_type.as_str())
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(file.bytes.into_owned()))
}
