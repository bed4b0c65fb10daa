//! What a change brings beside its body, and the order in which it is refused.

use std::future::{Future, Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::extract::{IfMatch, idempotency_key};
use crate::app::referrals::Repeatable;
use crate::app::{IdempotencyKey, Precondition};
use crate::problem::Problem;

/// Everything around the body of a change that its client may repeat.
///
/// To be taken after [`Scoped`](crate::auth::permission::Scoped): whoever may not do it at all hears that first.
#[derive(Debug)]
pub struct Envelope {
    /// The version on which it was decided, not yet compared.
    pub precondition: Precondition,
    key: Option<IdempotencyKey>,
    /// Method and path.
    line: [String; 2],
}

impl FromRequest for Envelope {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(idempotency_key(request.headers()).map(|key| Self {
            precondition: IfMatch::of(request.headers()).0,
            key,
            line: [request.method().to_string(), request.path().to_owned()],
        }))
    }
}

impl Envelope {
    /// The request as one that may come again, if its client has given it a key. The same key must come with the same of all
    /// that the answer depends on: method, path, version and `body`.
    pub fn repeatable(&self, body: &impl Serialize) -> Option<Repeatable<'_>> {
        let version = match &self.precondition {
            Precondition::Missing => String::new(),
            Precondition::Versions(versions) => format!("{versions:?}"),
        };
        let [method, path] = &self.line;
        self.key.as_ref().map(|key| Repeatable {
            key,
            request_hash: digest(&[method, path, &version, &json(body)]),
        })
    }
}

/// Opens what was sent once everything has been asked that comes `earlier` in the order of refusal: a broken body tells nobody
/// more than they may know, and nobody corrects what they could not send anyhow.
///
/// # Errors
/// What `earlier` refuses, else what is wrong with the body.
pub async fn in_order<T, E: Into<Problem>>(
    sent: Result<T, Problem>,
    earlier: impl Future<Output = Result<(), E>>,
) -> Result<T, Problem> {
    match sent {
        Ok(sent) => Ok(sent),
        Err(problem) => {
            earlier.await.map_err(Into::into)?;
            Err(problem)
        }
    }
}

/// A digest of a body alone, by which a repeated `PUT` is recognised.
pub fn digest_of(body: &impl Serialize) -> String {
    digest(&[&json(body)])
}

/// As it is written out, and as it is digested.
pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A digest of parts that cannot be shifted against each other.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use serde_json::json;

    use super::*;

    fn hash(method: actix_web::http::Method, path: &str, version: Option<&str>, body: serde_json::Value) -> String {
        let mut request = TestRequest::with_uri(path)
            .method(method)
            .insert_header(("idempotency-key", "k"));
        if let Some(version) = version {
            request = request.insert_header(("if-match", version));
        }
        let request = request.to_http_request();
        let envelope = Envelope::from_request(&request, &mut Payload::None)
            .into_inner()
            .unwrap();
        envelope.repeatable(&body).unwrap().request_hash
    }

    #[test]
    fn a_request_is_the_same_only_with_the_same_of_everything() {
        use actix_web::http::Method;
        let all = [
            hash(Method::POST, "/a", None, json!({ "x": 1 })),
            hash(Method::PUT, "/a", None, json!({ "x": 1 })),
            hash(Method::POST, "/b", None, json!({ "x": 1 })),
            hash(Method::POST, "/a", Some("\"1\""), json!({ "x": 1 })),
            hash(Method::POST, "/a", Some("\"2\""), json!({ "x": 1 })),
            hash(Method::POST, "/a", None, json!({ "x": 2 })),
        ];
        let mut different = all.to_vec();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), all.len());
        assert_eq!(all[0], hash(Method::POST, "/a", None, json!({ "x": 1 })));
    }

    #[test]
    fn who_gives_no_key_repeats_nothing() {
        let request = TestRequest::default().to_http_request();
        let envelope = Envelope::from_request(&request, &mut Payload::None)
            .into_inner()
            .unwrap();
        assert!(envelope.repeatable(&json!({})).is_none());
    }
}
