//! `/avmelding/{token}`: the way out of the daily digest, without signing in (RFC 8058).
//!
//! Whoever follows the link is asked, for programs that look at links in mails follow them too; only a POST ends anything. The
//! token names the digest that it came with and is worth nothing else.

use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use stafett_notify::unsubscribe::Unsubscribe;

use crate::app::digests;
use crate::app::engine::Engine;
use crate::problem::Problem;
use crate::telemetry;

const STYLE: &str = "body{font:1.0625rem/1.6 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem;color:#1e2b3c;\
background:#fff}h1{font-size:1.5rem}button{font:inherit;font-weight:600;min-height:3rem;padding:0 1.5rem;border:0;border-radius:.25rem;\
background:#0062ba;color:#fff}a{color:#00347d}@media(prefers-color-scheme:dark){body{color:#e6eaf0;background:#14181f}a{color:#9cc2ff}}";

/// A page without any script that can send its one form here.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
});

/// Registers the page.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(ask).service(end);
}

/// Asks, and changes nothing.
#[get("/avmelding/{token}")]
async fn ask(token: web::Path<String>, keys: web::Data<Unsubscribe>) -> HttpResponse {
    match keys.read(&token) {
        Some(_digest) => page(StatusCode::OK, "Slutt å få oversikten", ASK),
        None => page(StatusCode::NOT_FOUND, "Lenken gjelder ikke", NONE),
    }
}

/// Ends it: the button of the page, and what mail programs send by themselves when somebody asks them to.
#[post("/avmelding/{token}")]
async fn end(
    request: HttpRequest,
    token: web::Path<String>,
    keys: web::Data<Unsubscribe>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let Some(digest) = keys.read(&token) else {
        return Ok(page(StatusCode::NOT_FOUND, "Lenken gjelder ikke", NONE));
    };
    let request_id = telemetry::request_id(&request);
    Ok(
        match digests::unsubscribe(&engine, digest, request_id.as_deref()).await? {
            true => page(StatusCode::OK, "Oversikten er slått av", DONE),
            false => page(StatusCode::NOT_FOUND, "Lenken gjelder ikke", NONE),
        },
    )
}

const ASK: &str = "<p>Du får da ikke lenger en daglig oversikt fra Stafett. Alt som enheten din må vite, sendes til enheten som før.</p>\
<p lang=\"en\">Stop getting the daily overview from Stafett? Whatever your unit must know is sent to the unit as before.</p>\
<form method=\"post\"><button>Slutt å få oversikten <span lang=\"en\">· Stop</span></button></form>";
const DONE: &str = "<p>Du får ingen daglig oversikt mer. Vil du ha den igjen, slår du den på i Stafett, under Meg.</p>\
<p lang=\"en\">You get no daily overview any more. To have it again, switch it on in Stafett, in your account.</p>";
const NONE: &str = "<p>Lenken er ikke hel, er for gammel, eller er fra et annet sted. Du kan slå av oversikten i Stafett, under Meg.</p>\
<p lang=\"en\">The link is not whole, is too old, or comes from elsewhere. You can switch the overview off in Stafett, in your account.</p>";

/// Titles and texts are constants, never a caller's.
fn page(status: StatusCode, title: &str, text: &str) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY.as_str()))
        .body(format!(
            "<!doctype html><html lang=\"nb\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width,initial-scale=1\"><meta name=\"robots\" content=\"noindex\"><title>{title} · Stafett</title>\
             <style>{STYLE}</style></head><body><main><h1>{title}</h1>{text}</main></body></html>"
        ))
}
