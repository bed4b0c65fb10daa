//! The web application, which is part of the binary: `web/dist`, as `npm run build` left it.
//!
//! Whatever no service of the API takes and looks like a page gets `index.html`, and the application's router does the rest.
//! Some pages have one of their own, which asks at once for what the page needs. Files lie compressed beside themselves.
//! The API keeps its own 404 and 405. A binary that was built without the application says so instead.

use actix_web::http::header::{self, AcceptEncoding, Encoding, Header, HeaderName, IF_NONE_MATCH};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, get, web};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Serialize;
use stafett_workflow::identifier::InstanceKind;

use super::headers::unmatched;
use crate::demo::world::World;
use crate::demo::{DemoError, PASSWORD};
use crate::problem::Problem;

/// In a debug build the files are read from the folder at each request, otherwise they lie in the binary.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";
/// Scripts and styles are our own files and nothing stands inline; nothing is asked of anybody else. `blob:` is for a
/// picture that somebody looks at before sending it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
                      connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";
/// What the application may ask a device for: its camera, for a photo of a note.
const PERMISSIONS: (HeaderName, &str) = (
    HeaderName::from_static("permissions-policy"),
    "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
);
/// The name of a file below `assets/` holds the hash of what is in it.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_FIRST: &str = "no-cache";

const MISSING: &str = "<!doctype html><html lang=\"nb\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
content=\"width=device-width\"><title>Stafett</title></head><body><main><h1>Stafett</h1><p>Dette programmet er bygget uten \
nettsidene. API-et virker: <a href=\"/api/docs/\">/api/docs/</a>. Bygg dem med <code>npm ci &amp;&amp; npm run build</code> i \
mappen <code>web</code>, og bygg så programmet på nytt; <code>make demo</code> gjør begge deler.</p><p lang=\"en\">This \
program was built without the web application. The API works: <a href=\"/api/docs/\">/api/docs/</a>. Build the application \
by <code>npm ci &amp;&amp; npm run build</code> in the folder <code>web</code>, and then the program again; <code>make \
demo</code> does both.</p></main></body></html>";

/// What the sign-in page must know before anybody has signed in.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Instance {
    /// Real lives: nothing is told.
    Production {},
    /// A demo, with those whom a visitor can be.
    Demo {
        /// What all of them sign in with.
        password: &'static str,
        /// Who they are.
        personas: Vec<Persona>,
    },
}

/// Somebody whom a visitor of the demo can be.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Persona {
    username: String,
    name: String,
    agency: Option<String>,
    role: &'static str,
}

impl Instance {
    /// What there is to tell of this installation.
    ///
    /// # Errors
    /// [`DemoError::Data`] when the demo's own file does not fit; a test makes sure that it does.
    pub fn of(kind: InstanceKind) -> Result<Self, DemoError> {
        if kind == InstanceKind::Production {
            return Ok(Self::Production {});
        }
        let world = World::load()?;
        let personas = world.personas.each().into_iter();
        let personas = personas.filter_map(|(_, username)| {
            let person = world.person(username)?;
            let agency = person.membership.agency.and_then(|id| world.agency_by_id(id));
            Some(Persona {
                username: person.username.clone(),
                name: person.name.clone(),
                agency: agency.map(|agency| agency.name.clone()),
                role: person.membership.role.as_str(),
            })
        });
        Ok(Self::Demo {
            password: PASSWORD,
            personas: personas.collect(),
        })
    }
}

/// Registers what is not a file of the application.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(instance);
}

/// Whether the application is part of this binary.
#[must_use]
pub fn is_built() -> bool {
    Dist::get(INDEX).is_some()
}

#[get("/instance.json")]
async fn instance(instance: web::Data<Instance>) -> HttpResponse {
    HttpResponse::Ok().json(instance.get_ref())
}

/// Whatever no service takes: a file of the application, a page of it, or nothing.
///
/// # Errors
/// 404 or 405 where the application has nothing either.
pub async fn otherwise(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    match wanted(request.path()).filter(|_| reads) {
        Some(Wanted::File(path)) => match Dist::get(path) {
            Some(file) => Ok(file_answer(&request, path, file)),
            None => unmatched(&request),
        },
        Some(Wanted::Page) => {
            let own = own_index(request.path());
            let found = Dist::get(&own).map(|file| (own.as_str(), file));
            Ok(match found.or_else(|| Dist::get(INDEX).map(|file| (INDEX, file))) {
                Some((path, file)) => file_answer(&request, path, file),
                None => missing(),
            })
        }
        None => unmatched(&request),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted<'a> {
    File(&'a str),
    Page,
}

/// What a path asks for. The application's pages have no dot in their last part, its files do.
fn wanted(path: &str) -> Option<Wanted<'_>> {
    let path = path.strip_prefix('/')?;
    let first = path.split('/').next().unwrap_or_default();
    if matches!(first, "api" | "docs" | "fhir" | "healthz" | "readyz" | "metrics") {
        return None;
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    Some(match last.contains('.') {
        true => Wanted::File(path),
        false => Wanted::Page,
    })
}

/// Where the `index.html` of a page would be that knows what the page needs (`web/vite.config.ts`).
fn own_index(path: &str) -> String {
    format!("pages/{}.html", path.split('/').nth(1).unwrap_or_default())
}

/// The file as it lies compressed beside itself, in the best way that the browser reads; a browser that reads none gets it
/// as it is.
fn packed(request: &HttpRequest, path: &str) -> Option<(&'static str, EmbeddedFile)> {
    let accepted = AcceptEncoding::parse(request).ok()?;
    [(Encoding::brotli(), "br", "br"), (Encoding::gzip(), "gzip", "gz")]
        .into_iter()
        .filter(|(encoding, ..)| accepted.negotiate(std::iter::once(encoding)).as_ref() == Some(encoding))
        .find_map(|(_, name, ending)| Some((name, Dist::get(&format!("{path}.{ending}"))?)))
}

fn file_answer(request: &HttpRequest, path: &str, file: EmbeddedFile) -> HttpResponse {
    let hash = format!("\"{}\"", hex::encode(file.metadata.sha256_hash()));
    let known = request
        .headers()
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    let is_known = known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == hash));
    // Weak, for the same file has other bytes for a browser that reads it compressed.
    let tag = format!("W/{hash}");
    let status = if is_known {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    };
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header(PERMISSIONS)
        .insert_header((header::ETAG, tag))
        .insert_header((header::VARY, header::ACCEPT_ENCODING.as_str()))
        .insert_header((
            header::CACHE_CONTROL,
            if path.starts_with("assets/") {
                FOR_EVER
            } else {
                ASK_FIRST
            },
        ));
    if is_known {
        return answer.finish();
    }
    let media_type = file.metadata.mimetype();
    let text = media_type.starts_with("text/") || media_type.ends_with("javascript");
    let charset = if text { "; charset=utf-8" } else { "" };
    answer.content_type(format!("{media_type}{charset}"));
    match packed(request, path) {
        Some((encoding, packed)) => answer
            .insert_header((header::CONTENT_ENCODING, encoding))
            .body(packed.data.into_owned()),
        None => answer.body(file.data.into_owned()),
    }
}

fn missing() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .body(MISSING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_keeps_its_addresses_and_a_page_has_no_dot() {
        for path in [
            "/api",
            "/api/",
            "/api/v1/referrals",
            "/docs/errors",
            "/healthz",
            "/metrics",
            "*",
        ] {
            assert_eq!(wanted(path), None, "{path}");
        }
        for path in ["/", "/innboks", "/formidling/K7QF-2M", "/apier"] {
            assert_eq!(wanted(path), Some(Wanted::Page), "{path}");
        }
        assert_eq!(wanted("/assets/a-1.js"), Some(Wanted::File("assets/a-1.js")));
        assert!(Dist::get("../package.json").is_none(), "a path never leaves the folder");
    }

    #[test]
    fn a_page_may_have_an_index_of_its_own() {
        assert_eq!(own_index("/innboks"), "pages/innboks.html");
        assert_eq!(own_index("/formidling/K7QF-2M"), "pages/formidling.html");
        assert_eq!(own_index("/"), "pages/.html");
        assert!(
            Dist::get(&own_index("/../index")).is_none(),
            "a path never leaves the folder"
        );
    }

    #[test]
    fn only_a_demo_tells_who_one_can_be() {
        let told = |kind| serde_json::to_value(Instance::of(kind).unwrap()).unwrap();
        assert_eq!(
            told(InstanceKind::Production),
            serde_json::json!({ "kind": "production" })
        );
        let demo = told(InstanceKind::Demo);
        assert_eq!(demo["personas"].as_array().map(Vec::len), Some(7));
        assert_eq!(demo["personas"][1]["agency"], "Barnevernvakten");
    }
}
