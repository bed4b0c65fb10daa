//! The OpenAPI document: gathered from the handlers, then completed with what holds for every operation.

use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi as Document, Ref, RefOr, Required, ResponseBuilder};
use utoipa::{OpenApi, ToSchema};
use utoipa_actix_web::AppExt;

use super::BASE;
use super::shows::{Shows, shows};
use crate::problem::CONTENT_TYPE;

const BEARER: &str = "bearer";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Stafett",
        description = "Formidlinger mellom tjenester for barn og unge, der noen alltid har stafettpinnen. \
                       Referrals between services for children and young people, where somebody always holds the baton.\n\n\
                       Errors are RFC 9457 problems; `type` leads to a page that says what to do. A change needs `If-Match` \
                       with the latest `ETag`; a `POST` may carry an `Idempotency-Key`. Lists go on by `cursor`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    tags(
        (name = "Sign-in", description = "Local accounts"),
        (name = "Me", description = "The person behind the token"),
        (name = "Agencies", description = "The directory"),
        (name = "Break-glass", description = "Opening a referral that is not one's own in an emergency, and answering for that"),
        (name = "Set-up", description = "What an administrator keeps: agencies, people, calendars, agreements"),
        (name = "Workflows", description = "The definitions"),
        (name = "Referrals", description = "The relay itself"),
        (name = "Cases", description = "Several referrals about one youth, and who coordinates them"),
        (name = "Delivery", description = "Whether everybody was told, and what to do when not"),
        (name = "Outreach", description = "The register of an outreach team: patrols, contacts, arenas"),
        (name = "Reports", description = "Figures for leads"),
        (name = "Audit", description = "The audit trail as a log that proves itself")
    ),
    components(schemas(Problem, ProblemField))
)]
struct Base;

/// Why a request was not carried out (RFC 9457).
#[derive(ToSchema)]
#[schema(example = json!({
    "type": "https://stafett.example.no/docs/errors/unknown-field",
    "title": "The request has an unknown field",
    "status": 422,
    "detail": "Unknown fields are refused, so that nothing is lost in silence. Remove the field or correct its name.",
    "instance": "/api/v1/referrals",
    "code": "unknown-field",
    "errors": [{
        "pointer": "/person/nickname",
        "code": "unknown-field",
        "detail": "Does not exist. These do: alias, name."
    }]
}))]
#[allow(dead_code, reason = "the answer is written by hand; this describes it")]
struct Problem {
    /// The page that says what it means and what to do.
    #[schema(rename = "type")]
    r#type: String,
    /// What it is, in a few words, in the language of the caller.
    title: String,
    /// The status of the answer.
    status: u16,
    /// What happened and what to do.
    detail: String,
    /// The path of the request.
    instance: String,
    /// Stable; the last part of `type`.
    code: String,
    /// The fields at fault.
    errors: Option<Vec<ProblemField>>,
    /// Where the current state is, with `stale-version`.
    current: Option<String>,
    /// The version now, with `stale-version`.
    #[schema(rename = "currentVersion")]
    current_version: Option<u32>,
    /// With 5xx: what to give to those who run the server.
    #[schema(rename = "requestId")]
    request_id: Option<String>,
}

/// One field at fault.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the answer is written by hand; this describes it")]
struct ProblemField {
    /// JSON pointer into the body, or `?name` for a parameter.
    pointer: String,
    /// What is wrong, kebab-case.
    code: String,
    /// The same in words. Never repeats the value.
    detail: String,
}

/// The document that describes what [`super::configure`] registers.
#[must_use]
pub fn document() -> Document {
    let (_, document) = actix_web::App::new()
        .into_utoipa_app()
        .openapi(base())
        .configure(super::configure)
        .split_for_parts();
    complete(document)
}

/// The document as JSON, indented, with a line break at its end.
///
/// # Errors
/// Never in practice: the document is made of texts and numbers.
pub fn document_json() -> serde_json::Result<String> {
    let mut text = document().to_pretty_json()?;
    text.push('\n');
    Ok(text)
}

fn base() -> Document {
    let mut document = Base::openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    document
}

/// Adds what no handler needs to repeat: the token that it asks for, and that it may answer with a problem.
fn complete(mut document: Document) -> Document {
    let scheme = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The access token of `createToken`."))
        .build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(BEARER, SecurityScheme::Http(scheme));
    let public = format!("{BASE}/auth/");
    for (path, item) in &mut document.paths.paths {
        let is_public = path.starts_with(&public);
        for operation in operations(item) {
            if operation.operation_id.as_deref().and_then(shows) == Some(Shows::Youth) {
                take_a_reason(operation);
            }
            let requirement = SecurityRequirement::new(BEARER, Vec::<String>::new());
            operation.security = Some(if is_public { Vec::new() } else { vec![requirement] });
            for (status, response) in &mut operation.responses.responses {
                if status.starts_with(['4', '5']) {
                    describe_as_problem(response);
                }
            }
            let any = ResponseBuilder::new()
                .description("A problem")
                .content(CONTENT_TYPE, problem())
                .build();
            operation
                .responses
                .responses
                .insert("default".to_owned(), RefOr::T(any));
        }
    }
    document
}

/// Whoever may see a youth may say why, and must where the youth is strictly confidential.
fn take_a_reason(operation: &mut Operation) {
    let words = ObjectBuilder::new().schema_type(Type::String).build();
    let parameter = ParameterBuilder::new()
        .name("Look-Reason")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Why you look: 10 to 1000 characters as percent-encoded UTF-8, kept sealed in the access log. Demanded for a strictly \
             confidential youth (422 `look-reason-required`), but for what you tell yourself in this request.",
        ))
        .schema(Some(words))
        .example(Some("Tar%20vakten%20fra%20Kari%20i%20natt".into()))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
}

fn describe_as_problem(response: &mut RefOr<utoipa::openapi::Response>) {
    if let RefOr::T(response) = response
        && response.content.is_empty()
    {
        response.content.insert(CONTENT_TYPE.to_owned(), problem().into());
    }
}

fn problem() -> utoipa::openapi::Content {
    ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.patch,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    fn as_json() -> serde_json::Value {
        serde_json::from_str(&document_json().unwrap()).unwrap()
    }

    fn each_operation(document: &serde_json::Value) -> Vec<(String, &serde_json::Value)> {
        let paths = document["paths"].as_object().unwrap();
        paths
            .iter()
            .flat_map(|(path, item)| {
                item.as_object()
                    .unwrap()
                    .iter()
                    .map(move |(method, operation)| (format!("{method} {path}"), operation))
            })
            .collect()
    }

    #[test]
    fn the_document_is_3_1_and_every_operation_has_an_id_of_its_own() {
        let document = as_json();
        assert_eq!(document["openapi"], "3.1.0");
        let operations = each_operation(&document);
        let ids: BTreeSet<_> = operations
            .iter()
            .map(|(_, operation)| operation["operationId"].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), operations.len());
        assert!(ids.contains("getMe") && ids.contains("createToken"));
    }

    #[test]
    fn every_operation_has_an_example_of_what_it_answers_and_of_what_it_takes() {
        let document = as_json();
        let has_example = |media: &serde_json::Value| media.get("example").is_some() || media.get("examples").is_some();
        for (name, operation) in each_operation(&document) {
            let good = operation["responses"]
                .as_object()
                .unwrap()
                .iter()
                .filter(|(status, _)| status.starts_with('2'));
            for (status, response) in good {
                for (media_type, media) in response["content"].as_object().into_iter().flatten() {
                    assert!(has_example(media), "{name}: {status} {media_type} has no example");
                }
            }
            for (media_type, media) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
                assert!(has_example(media), "{name}: the body {media_type} has no example");
            }
        }
    }

    #[test]
    fn of_every_operation_it_is_decided_whether_it_shows_a_youth() {
        let document = as_json();
        for (name, operation) in each_operation(&document) {
            let id = operation["operationId"].as_str().unwrap();
            let shown = shows(id);
            assert!(shown.is_some(), "{name}: say in shows.rs what {id} shows of a youth");
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let reasons = parameters.filter(|one| one["name"] == "Look-Reason").count();
            assert_eq!(reasons, usize::from(shown == Some(Shows::Youth)), "{name}");
        }
    }

    #[test]
    fn every_operation_behind_the_door_asks_for_a_token() {
        let document = as_json();
        assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
        for (name, operation) in each_operation(&document) {
            let asks = operation["security"] == json!([{ "bearer": [] }]);
            assert_eq!(asks, !name.contains("/api/v1/auth/"), "{name}");
            assert!(
                operation["responses"]["default"]["content"][CONTENT_TYPE].is_object(),
                "{name}"
            );
        }
    }
}
