//! `/dev/mail`: the mails that a demo has written instead of sending them. There is nothing of the kind where real lives are.

use std::path::PathBuf;

use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use stafett_notify::captured;

use crate::problem::Problem;

const BASE: &str = "/dev/mail";
/// Mails bring their own styles; nothing in them runs or loads.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// Where a demo keeps its mails; nowhere in production, or when they really leave.
#[derive(Debug, Clone)]
pub struct Captured(pub Option<PathBuf>);

/// Registers the pages.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(list).service(letter);
}

#[get("/dev/mail")]
async fn list(captured: web::Data<Captured>) -> Result<HttpResponse, Problem> {
    let folder = captured.0.clone().ok_or_else(Problem::not_found)?;
    let page = web::block(move || captured::index(&folder, BASE)).await;
    Ok(answer(page.map_err(Problem::internal)?.map_err(Problem::internal)?))
}

#[get("/dev/mail/{name}")]
async fn letter(name: web::Path<String>, captured: web::Data<Captured>) -> Result<HttpResponse, Problem> {
    let folder = captured.0.clone().ok_or_else(Problem::not_found)?;
    let page = web::block(move || captured::letter(&folder, BASE, &name)).await;
    let page = page.map_err(Problem::internal)?.map_err(Problem::internal)?;
    page.map(answer).ok_or_else(Problem::not_found)
}

fn answer(page: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .body(page)
}
