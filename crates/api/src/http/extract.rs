//! What handlers take out of a request, each refusing with a problem.
//!
//! The order of refusal is the contract's: 401, 404, 428 and 412, 403, 409, 422. Authentication happens before any
//! extractor, the scope is found in the handler, and so the body must not refuse earlier than that. A handler that
//! changes something existing therefore takes a [`Deferred`] body and opens it with `?` when the rest has been settled.

mod json;

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use chrono::{DateTime, NaiveDate, Utc};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use stafett_workflow::calendar::{EARLIEST, LATEST};
use stafett_workflow::vocabulary::{Language, Text};

use crate::app::{IdempotencyKey, Precondition};
use crate::problem::{CallerLanguage, ErrorCode, FieldError, Problem, field_code, negotiate};

pub use json::{Deferred, Json, LARGEST_BODY, typed};

/// The parameters behind the question mark. Unknown ones are refused, so that no filter is ever overlooked: the type must
/// deny unknown fields.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(parse_query(request.query_string()).map(Self))
    }
}

/// `If-Match`, not yet compared: a missing header is 428 only for somebody who may know of the resource.
#[derive(Debug, Clone)]
pub struct IfMatch(pub Precondition);

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request.headers())))
    }
}

impl IfMatch {
    /// What the headers of a request say.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        Self(if_match(headers))
    }
}

/// Whether `If-None-Match: *` was sent: the caller believes that the resource does not exist yet.
#[derive(Debug, Clone, Copy)]
pub struct IfAbsent(pub bool);

impl FromRequest for IfAbsent {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(Ok(Self(text(request.headers(), &header::IF_NONE_MATCH) == Some("*"))))
    }
}

/// `Idempotency-Key`, when it was sent.
///
/// # Errors
/// What is no key.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().ok().and_then(|text| text.parse().ok());
    key.map(Some).ok_or_else(|| {
        Problem::new(ErrorCode::MalformedRequest).with_detail(Text::new(
            "Idempotency-Key skal være 1 til 255 synlige ASCII-tegn, helst en tilfeldig UUID.",
            "Idempotency-Key must be 1 to 255 visible ASCII characters, best of all a random UUID.",
        ))
    })
}

/// The language in which the caller is answered: what the request asks for, else their own, else Norwegian.
#[derive(Debug, Clone, Copy)]
pub struct Speaks(pub Language);

impl FromRequest for Speaks {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let own = || request.extensions().get::<CallerLanguage>().map(|caller| caller.0);
        ready(Ok(Self(negotiate(request.headers()).or_else(own).unwrap_or_default())))
    }
}

/// An instant in a request. What lies so far away that no clock runs there and no database keeps it is refused.
pub fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
    let given = DateTime::<Utc>::deserialize(from)?;
    match (EARLIEST..=LATEST).contains(&given) {
        true => Ok(given),
        false => {
            let (first, last) = (EARLIEST.date_naive(), LATEST.date_naive());
            Err(D::Error::custom(format_args!("an instant, expected {first} to {last}")))
        }
    }
}

/// The same where it may be left out; the field needs `default` besides.
pub fn instant_if_given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Given(#[serde(deserialize_with = "instant")] DateTime<Utc>);
    Ok(Option::<Given>::deserialize(from)?.map(|given| given.0))
}

/// A day in Oslo behind the question mark, which may be left out; as for [`instant`]. The field needs `default` besides.
pub fn day_if_given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    let given = Option::<NaiveDate>::deserialize(from)?;
    let (first, last) = (EARLIEST.date_naive(), LATEST.date_naive());
    match given {
        Some(day) if !(first..=last).contains(&day) => {
            Err(D::Error::custom(format_args!("a date, expected {first} to {last}")))
        }
        given => Ok(given),
    }
}

fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    // No text that is kept holds U+0000, and PostgreSQL refuses to compare with one.
    let mut given = url::form_urlencoded::parse(query.as_bytes());
    if let Some((name, _)) = given.find(|(_, value)| value.contains('\0')) {
        return Err(Problem::new(ErrorCode::InvalidInput).with_errors(vec![FieldError {
            pointer: format!("?{name}"),
            code: field_code::INVALID_VALUE,
            detail: Text::new("Inneholder et ugyldig tegn.", "Holds an invalid character."),
        }]));
    }
    let pairs = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let name = error.path().to_string();
        let fault = json::Fault::read(&error.into_inner().to_string());
        let name = fault.field.clone().unwrap_or(name);
        let code = match fault.code {
            field_code::UNKNOWN_FIELD => ErrorCode::UnknownParameter,
            _ => ErrorCode::InvalidInput,
        };
        Problem::new(code).with_errors(vec![FieldError {
            pointer: format!("?{name}"),
            code: fault.code,
            detail: fault.words(),
        }])
    })
}

fn if_match(headers: &HeaderMap) -> Precondition {
    let mut versions = Vec::new();
    let mut sent = false;
    for value in headers.get_all(header::IF_MATCH) {
        sent = true;
        let tags = value.to_str().unwrap_or_default().split(',').map(str::trim);
        // A weak tag, or one that is not ours, matches nothing.
        versions.extend(tags.filter_map(|tag| version(tag.strip_prefix('"')?.strip_suffix('"')?)));
    }
    if sent {
        Precondition::Versions(versions)
    } else {
        Precondition::Missing
    }
}

/// The version that a tag says. A tag is compared as a text: of `1` and `01` only one was ever given out.
fn version(tag: &str) -> Option<u32> {
    tag.parse::<u32>().ok().filter(|version| version.to_string() == tag)
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        state: Option<String>,
        limit: Option<u16>,
        overdue: Option<bool>,
    }

    fn refused(query: &str) -> serde_json::Value {
        parse_query::<Filter>(query)
            .unwrap_err()
            .body(Language::En, "/", "/", None)
    }

    #[test]
    fn a_query_is_read_and_decoded() {
        let filter = parse_query::<Filter>("state=on%2Dhold&limit=7").unwrap();
        assert_eq!(
            filter,
            Filter {
                state: Some("on-hold".to_owned()),
                limit: Some(7),
                overdue: None
            }
        );
        assert!(parse_query::<Filter>("").is_ok());
    }

    #[test]
    fn unknown_repeated_and_wrong_parameters_are_named() {
        let said = [
            "stat=x",
            "state=a&state=b",
            "limit=many",
            "limit=99999999",
            "overdue=perhaps",
        ]
        .map(|query| {
            let body = refused(query);
            format!("{query}: {} {}", body["code"], body["errors"][0])
        });
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn if_match_takes_strong_tags_of_ours() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::IF_MATCH, HeaderValue::from_static(value));
            }
            if_match(&headers)
        };
        assert_eq!(read(&[]), Precondition::Missing);
        assert_eq!(read(&["\"7\""]), Precondition::Versions(vec![7]));
        assert_eq!(read(&["\"7\", \"8\"", "\"9\""]), Precondition::Versions(vec![7, 8, 9]));
        for other in ["*", "7", "W/\"7\"", "\"x\"", "\"-1\"", "\"", "\"07\"", "\"+7\""] {
            assert_eq!(read(&[other]), Precondition::Versions(vec![]), "{other}");
        }
    }
}
