//! The documentation that the binary brings along: a page for every code of a problem, so that its `type` leads somewhere
//! even where there is no way out to the internet.

use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pulldown_cmark::{Options, Parser, html};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../docs/errors"]
struct Errors;

const STYLE: &str = "body{font:1.0625rem/1.6 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#1e2b3c;\
background:#fff}code{background:#eef1f5;padding:.1em .3em;border-radius:.2em}h1{font-size:1.5rem}h2{font-size:1.125rem;\
margin-top:2rem}a{color:#00347d}@media(prefers-color-scheme:dark){body{color:#e6eaf0;background:#14181f}code{background:#242b36}\
a{color:#9cc2ff}}";

/// Pages without any script; their one style sheet is named by its hash.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// Registers the pages.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(list).service(page);
}

/// The codes that have a page, sorted.
#[must_use]
pub fn codes() -> Vec<String> {
    let mut codes: Vec<_> = Errors::iter()
        .filter_map(|file| file.strip_suffix(".md").map(str::to_owned))
        .collect();
    codes.sort_unstable();
    codes
}

#[get("/docs/errors")]
async fn list() -> HttpResponse {
    let lines = codes()
        .into_iter()
        .map(|code| format!("- [`{code}`](/docs/errors/{code})\n"))
        .collect::<String>();
    let text = format!("# Feilkoder · Error codes\n\n{lines}");
    answer(StatusCode::OK, "Feilkoder · Error codes", &text)
}

#[get("/docs/errors/{code}")]
async fn page(code: web::Path<String>) -> HttpResponse {
    match text_of(&code) {
        Some(text) => answer(StatusCode::OK, &code, &text),
        None => answer(
            StatusCode::NOT_FOUND,
            "Finnes ikke · Not found",
            "# Finnes ikke · Not found\n\nDenne koden finnes ikke. This code does not exist. [Alle koder · All codes](/docs/errors)\n",
        ),
    }
}

fn text_of(code: &str) -> Option<String> {
    // Only kebab-case reaches the files; in a debug build they are read from disk.
    let is_code = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let file = is_code.then(|| Errors::get(&format!("{code}.md"))).flatten()?;
    String::from_utf8(file.data.into_owned()).ok()
}

fn answer(status: StatusCode, title: &str, markdown: &str) -> HttpResponse {
    let mut body = String::new();
    html::push_html(&mut body, Parser::new_ext(markdown, Options::ENABLE_TABLES));
    // The titles are codes and constants, never a caller's text.
    let whole = format!(
        "<!doctype html><html lang=\"nb\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title} · Stafett</title><style>{STYLE}</style></head><body><main>\n{body}\
         </main></body></html>"
    );
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY.as_str()))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(whole)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use stafett_workflow::refusal::Rule;
    use stafett_workflow::vocabulary::Code;

    use super::*;
    use crate::problem::ErrorCode;

    #[test]
    fn every_code_has_a_page_in_both_languages_and_every_page_a_code() {
        let of_the_api = ErrorCode::ALL
            .iter()
            .map(|code| (code.as_str(), Some(code.status().as_u16())));
        let of_the_engine = Rule::ALL.iter().map(|rule| (rule.as_str(), None));
        let wanted: BTreeSet<String> = of_the_api
            .clone()
            .chain(of_the_engine.clone())
            .map(|(code, _)| code.to_owned())
            .collect();
        assert_eq!(codes().into_iter().collect::<BTreeSet<_>>(), wanted);
        for (code, status) in of_the_api.chain(of_the_engine) {
            let text = text_of(code).unwrap();
            assert!(
                text.starts_with(&format!("# {code}\n")),
                "{code}: the heading is the code"
            );
            for part in ["\n## Norsk\n", "\n## English\n"] {
                assert!(text.contains(part), "{code}: {part:?} is missing");
            }
            if let Some(status) = status {
                assert!(
                    text.contains(&format!("Status {status}")),
                    "{code}: the status is {status}"
                );
            }
        }
    }

    #[test]
    fn a_path_never_leaves_the_folder() {
        for code in ["", "../adr/0001", "not-found.md", "Not-Found", "%2e%2e", "/etc/passwd"] {
            assert!(text_of(code).is_none(), "{code}");
        }
    }
}
