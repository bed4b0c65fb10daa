//! `/.well-known/jwks.json`: by which keys others check what was signed here, without asking anybody.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpResponse, get, web};

use crate::auth::token::Tokens;

/// Registers the service.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(public_keys);
}

/// The public halves of the keys that sign statements and access tokens, the present one first (RFC 7517).
#[get("/.well-known/jwks.json")]
async fn public_keys(tokens: web::Data<Arc<Tokens>>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/jwk-set+json")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .json(tokens.public_keys())
}
