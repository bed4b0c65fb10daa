//! A JSON body: read whole, bounded, and refused with a pointer to what is wrong.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_path_to_error::{Path, Segment};
use stafett_workflow::vocabulary::Text;

use crate::problem::{ErrorCode, FieldError, Problem, field_code};

/// The largest body of a request, in bytes. A referral with long texts has some 20 KiB.
pub const LARGEST_BODY: usize = 256 * 1_024;

/// How long a body may take. A phone on a bad line needs a while; who takes longer keeps others from being served.
const PATIENCE: Duration = Duration::from_secs(60);

/// A body as JSON. Unknown fields are refused, never ignored: the type must deny them.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// A body that has been read and not yet judged; `?` opens it.
pub type Deferred<T> = Result<Json<T>, Problem>;

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(request);
        let announced = content_length(request);
        let payload = payload.take();
        Box::pin(async move {
            if announced.is_some_and(|length| length > LARGEST_BODY) {
                return Err(Problem::new(ErrorCode::BodyTooLarge));
            }
            let late = |_elapsed| Problem::new(ErrorCode::RequestTimeout);
            let body = tokio::time::timeout(PATIENCE, read(payload)).await.map_err(late)??;
            if !is_json {
                return Err(Problem::new(ErrorCode::UnsupportedMediaType));
            }
            parse(&body).map(Self)
        })
    }
}

/// What a deserializer found wrong, taken out of its words. They are English and may repeat the value, which may be about
/// a person; only the field and what was expected are kept.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) code: &'static str,
    /// The field that is unknown or missing, when it is about one.
    pub(super) field: Option<String>,
    expected: Option<String>,
}

impl Fault {
    pub(super) fn read(message: &str) -> Self {
        let message = message.rsplit_once(" at line ").map_or(message, |(before, _)| before);
        let code = match message {
            _ if message.starts_with("unknown field") => field_code::UNKNOWN_FIELD,
            _ if message.starts_with("missing field") => field_code::REQUIRED,
            _ if message.starts_with("duplicate field") => field_code::REPEATED,
            _ if message.starts_with("unknown variant") => field_code::UNKNOWN_CODE,
            _ if message.starts_with("invalid type") => field_code::WRONG_TYPE,
            _ => field_code::INVALID_VALUE,
        };
        let is_of_field = [field_code::UNKNOWN_FIELD, field_code::REQUIRED, field_code::REPEATED].contains(&code);
        let field = message.split('`').nth(1).filter(|_| is_of_field).map(str::to_owned);
        let expected = message
            .rsplit_once("expected ")
            .map(|(_, expected)| expected.replace('`', ""));
        Self { code, field, expected }
    }

    pub(super) fn words(&self) -> Text {
        match (self.code, &self.expected) {
            (field_code::REQUIRED, _) => Text::new("Må fylles ut.", "Must be given."),
            (field_code::REPEATED, _) => Text::new("Er oppgitt to ganger.", "Is given twice."),
            (field_code::UNKNOWN_FIELD, Some(known)) => Text::new(
                format!("Finnes ikke. Disse finnes: {}.", list(known)),
                format!("Does not exist. These do: {}.", list(known)),
            ),
            (field_code::UNKNOWN_FIELD, None) => Text::new("Finnes ikke.", "Does not exist."),
            (field_code::UNKNOWN_CODE, Some(known)) => Text::new(
                format!("Skal være en av: {}.", list(known)),
                format!("Must be one of: {}.", list(known)),
            ),
            (field_code::INVALID_VALUE, Some(number)) if type_words(number).1 == "a whole number" => Text::new(
                "Tallet er for stort eller for lite.",
                "The number is too large or too small.",
            ),
            (_, Some(bounds)) if bounds.starts_with(|c: char| c.is_ascii_digit()) => Text::new(
                format!("Skal være {}.", bounds.replace(" to ", " til ")),
                format!("Must be {bounds}."),
            ),
            (_, Some(expected)) => {
                let (nb, en) = type_words(expected);
                Text::new(format!("Skal være {nb}."), format!("Must be {en}."))
            }
            (_, None) => Text::new("Verdien er ikke gyldig.", "The value is not valid."),
        }
    }
}

/// Reads a body that has been received whole.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // What is cut off halfway is told as that, and not by whatever stood before the cut.
    let _whole: IgnoredAny = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    let mut source = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut source).map_err(|error| {
        let at = pointer(error.path());
        wrong_data(at, &error.into_inner().to_string())
    })
}

/// Reads a value that was a body's, so that its parts can be looked at before it is judged whole.
pub fn typed<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let at = pointer(error.path());
        wrong_data(at, &error.into_inner().to_string())
    })
}

fn malformed(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::new(ErrorCode::MalformedJson).with_detail(Text::new(
        format!("Innholdet kan ikke leses som JSON fra linje {line}, tegn {column}. Rett det og send på nytt."),
        format!("The body cannot be read as JSON from line {line}, column {column}. Correct it and send again."),
    ))
}

fn wrong_data(at: String, message: &str) -> Problem {
    let fault = Fault::read(message);
    let pointer = match &fault.field {
        Some(field) if !at.ends_with(&format!("/{}", escape(field))) => format!("{at}/{}", escape(field)),
        _ => at,
    };
    let code = match fault.code {
        field_code::UNKNOWN_FIELD => ErrorCode::UnknownField,
        _ => ErrorCode::InvalidInput,
    };
    Problem::field(
        code,
        FieldError {
            pointer,
            code: fault.code,
            detail: fault.words(),
        },
    )
}

fn pointer(path: &Path) -> String {
    let part = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", escape(key)),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(part).collect()
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn list(known: &str) -> String {
    known.strip_prefix("one of ").unwrap_or(known).replace(" or ", ", ")
}

/// The deserializer's names of types, in words.
fn type_words(expected: &str) -> (&str, &str) {
    match expected {
        "a string" | "a borrowed string" | "string or map" => ("en tekst", "a text"),
        "a boolean" => ("true eller false", "true or false"),
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" => ("et heltall", "a whole number"),
        "f32" | "f64" => ("et tall", "a number"),
        "a sequence" => ("en liste", "a list"),
        "a UUID string" | "a formatted UUID string" => ("en UUID", "a UUID"),
        _ if expected.starts_with("struct ") || expected == "a map" => ("et objekt", "an object"),
        _ if expected.starts_with("a formatted date and time") || expected.contains("RFC 3339") => (
            "et tidspunkt som 2026-11-24T12:00:00Z",
            "an instant such as 2026-11-24T12:00:00Z",
        ),
        _ => ("en annen type verdi", "another kind of value"),
    }
}

fn is_json(request: &HttpRequest) -> bool {
    let value = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .eq_ignore_ascii_case("application/json")
}

fn content_length(request: &HttpRequest) -> Option<usize> {
    request
        .headers()
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

async fn read(mut payload: Payload) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        // The line broke or the client sent something that is no HTTP; nobody is left to read much of an answer.
        let chunk = chunk.map_err(|broken| Problem::new(ErrorCode::MalformedRequest).because(broken))?;
        if body.len() + chunk.len() > LARGEST_BODY {
            return Err(Problem::new(ErrorCode::BodyTooLarge));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use stafett_workflow::vocabulary::{Language, Urgency};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[allow(dead_code, reason = "only the errors count")]
    struct Outer {
        urgency: Urgency,
        person: Inner,
        needs: Vec<String>,
        sent_at: Option<chrono::DateTime<chrono::Utc>>,
        id: Option<uuid::Uuid>,
        send: Option<bool>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[allow(dead_code, reason = "only the errors count")]
    struct Inner {
        alias: String,
        estimated_age: Option<u8>,
    }

    fn refused(body: &str) -> serde_json::Value {
        let problem = parse::<Outer>(body.as_bytes()).unwrap_err();
        problem.body(Language::En, "", "/", None)
    }

    #[test]
    fn what_is_wrong_is_named_by_pointer_and_never_repeated() {
        let said = [
            r#"{"urgency": "urgent", "person": {"alias": "K.", "nickname": "Hemmelig"}, "needs": []}"#,
            r#"{"urgency": "urgent", "person": {"alias": "K."}, "needs": [], "a/b~c": 1}"#,
            r#"{"urgency": "urgent", "person": {}, "needs": []}"#,
            r#"{"urgency": "Hemmelig", "person": {"alias": "K."}, "needs": []}"#,
            r#"{"urgency": "urgent", "person": {"alias": 12345678901}, "needs": []}"#,
            r#"{"urgency": "urgent", "person": {"alias": "K.", "estimatedAge": "Hemmelig"}, "needs": []}"#,
            r#"{"urgency": "urgent", "person": {"alias": "K.", "estimatedAge": 4711}, "needs": []}"#,
            r#"{"urgency": "urgent", "person": "Hemmelig", "needs": []}"#,
            r#"{"urgency": "urgent", "person": {"alias": "K."}, "needs": ["a", {"Hemmelig": 1}]}"#,
            r#"{"urgency": "urgent", "person": {"alias": "K."}, "needs": {}}"#,
            r#"{"urgency": "urgent", "person": {"alias": "K."}, "needs": [], "sentAt": "Hemmelig"}"#,
            r#"{"urgency": "urgent", "person": {"alias": "K."}, "needs": [], "id": "Hemmelig"}"#,
            r#"{"urgency": "urgent", "person": {"alias": "K."}, "needs": [], "send": "Hemmelig"}"#,
            r#"{"urgency": "urgent", "urgency": "routine"}"#,
            "[]",
            "\"Hemmelig\"",
        ]
        .map(|body| {
            let refusal = refused(body);
            format!("{}: {}", refusal["code"], refusal["errors"][0])
        })
        .join("\n");
        assert!(
            !said.contains("Hemmelig") && !said.contains("12345678901") && !said.contains("4711"),
            "{said}"
        );
        insta::assert_snapshot!(said);
    }

    #[test]
    fn what_is_no_json_is_400_with_its_place() {
        for body in [
            "",
            "{",
            "{\"a\": }",
            "{\"urgency\": \"urgent\"} x",
            "nope",
            &"[".repeat(1_000),
        ] {
            assert_eq!(refused(body)["code"], "malformed-json", "{body}");
        }
        assert_eq!(
            refused("{")["detail"],
            "The body cannot be read as JSON from line 1, column 1. Correct it and send again."
        );
    }
}
