//! `POST /auth/token`: a password or a refresh token for a pair of tokens.

use std::net::IpAddr;

use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, HttpResponse, post, web};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use stafett_workflow::refusal::FieldError;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::extract::Json;
use crate::app::AppError;
use crate::app::sign_in::{Origin, Session, SignIn};
use crate::problem::Problem;
use crate::telemetry;

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(create_token).service(sign_out);
}

/// The proxies whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(pub Vec<IpAddr>);

/// Username and password, or the last refresh token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TokenRequest {
    /// Which of the two; may be left out.
    grant_type: Option<GrantType>,
    username: Option<String>,
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<SecretString>,
    #[schema(value_type = Option<String>)]
    refresh_token: Option<SecretString>,
}

/// By what somebody signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum GrantType {
    Password,
    RefreshToken,
}

/// A pair of tokens.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenAnswer {
    /// Stands in `Authorization: Bearer …` of every request.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// How long the access token is good, in seconds.
    expires_in: i64,
    /// Leads to the next pair. It works once; a second use ends the session.
    refresh_token: String,
    /// Whether the password was handed out: `PATCH /me` with another one comes before anything else.
    password_must_change: bool,
}

/// Sign in, or renew a session.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "createToken",
    request_body(
        content = TokenRequest,
        examples(
            ("password" = (value = json!({ "username": "kari", "password": "riktig hest batteri stift" }))),
            ("refresh" = (value = json!({ "refreshToken": "stafett_rt_q1k0Vw3mS0m2n6m0b6o4XyqkqQe3i5Yq0Yx2r8m1d4A" })))
        )
    ),
    responses(
        (status = 200, description = "A pair of tokens", body = TokenAnswer, example = json!({
            "accessToken": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiJ9.eyJpc3MiOiJzdGFmZXR0In0.c2lnbmF0dXJl",
            "tokenType": "Bearer",
            "expiresIn": 900,
            "refreshToken": "stafett_rt_Zb0o8Jq5m1Yp7v3c9x2w6u4t8r1e5a3s7d9f2g4h6j8",
            "passwordMustChange": false
        })),
        (status = 401, description = "The credentials or the refresh token are not accepted"),
        (status = 429, description = "Too many attempts; `Retry-After` says when to come back")
    )
)]
#[post("/token")]
async fn create_token(
    request: HttpRequest,
    body: Json<TokenRequest>,
    sign_in: web::Data<SignIn>,
    proxies: web::Data<TrustedProxies>,
) -> Result<HttpResponse, Problem> {
    let origin = origin(&request, &proxies);
    let session = match judge(body.0)? {
        Grant::Password(username, password) => sign_in.with_password(&username, password, &origin).await?,
        Grant::Refresh(token) => sign_in.with_refresh_token(&token, &origin).await?,
    };
    Ok(HttpResponse::Ok().json(TokenAnswer::from(session)))
}

/// From where a request comes.
pub(super) fn origin(request: &HttpRequest, proxies: &TrustedProxies) -> Origin {
    Origin {
        address: client_address(request.peer_addr().map(|peer| peer.ip()), request.headers(), &proxies.0),
        request_id: telemetry::request_id(request),
    }
}

/// The refresh token of the session that is to end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignOut {
    #[schema(value_type = String)]
    refresh_token: SecretString,
}

/// Sign out
///
/// Ends the session of a refresh token, with its access tokens, at once. The answer is the same when there is nothing to end.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "signOut",
    request_body(content = SignOut, example = json!({ "refreshToken": "stafett_rt_q1k0Vw3mS0m2n6m0b6o4XyqkqQe3i5Yq0Yx2r8m1d4A" })),
    responses((status = 204, description = "The session has ended"))
)]
#[post("/sign-out")]
async fn sign_out(
    request: HttpRequest,
    body: Json<SignOut>,
    sign_in: web::Data<SignIn>,
    proxies: web::Data<TrustedProxies>,
) -> Result<HttpResponse, Problem> {
    sign_in
        .sign_out(&body.0.refresh_token, &origin(&request, &proxies))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

enum Grant {
    Password(String, SecretString),
    Refresh(SecretString),
}

fn judge(body: TokenRequest) -> Result<Grant, AppError> {
    let by_refresh = match body.grant_type {
        Some(grant_type) => grant_type == GrantType::RefreshToken,
        None => body.refresh_token.is_some(),
    };
    let superfluous = |pointer: &str| {
        FieldError::new(
            pointer,
            "superfluous",
            "Hører ikke til denne måten å logge inn på.",
            "Does not belong to this way of signing in.",
        )
    };
    let mut errors = Vec::new();
    let mut check = |pointer: &str, given: bool, wanted: bool| match (given, wanted) {
        (false, true) => errors.push(FieldError::required(pointer)),
        (true, false) => errors.push(superfluous(pointer)),
        _ => {}
    };
    check("/username", body.username.is_some(), !by_refresh);
    check("/password", body.password.is_some(), !by_refresh);
    check("/refreshToken", body.refresh_token.is_some(), by_refresh);
    match (body.username, body.password, body.refresh_token) {
        (Some(username), Some(password), None) if errors.is_empty() => Ok(Grant::Password(username, password)),
        (None, None, Some(token)) if errors.is_empty() => Ok(Grant::Refresh(token)),
        _ => Err(AppError::Fields(errors)),
    }
}

impl From<Session> for TokenAnswer {
    fn from(session: Session) -> Self {
        Self {
            access_token: session.access_token.expose_secret().to_owned(),
            token_type: "Bearer",
            expires_in: session.expires_in.num_seconds(),
            refresh_token: session.refresh_token.expose_secret().to_owned(),
            password_must_change: session.password_must_change,
        }
    }
}

/// Who is at the other end: the peer, or, behind proxies of ours, the last address in `X-Forwarded-For` that is not one of
/// them. Everything to the left of that can be made up by the client.
fn client_address(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let peer = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.to_canonical());
    if !proxies.contains(&peer) {
        return peer;
    }
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .collect();
    forwarded
        .iter()
        .rev()
        .map_while(|text| text.trim().parse::<IpAddr>().ok())
        .map(|address| address.to_canonical())
        .find(|address| !proxies.contains(address))
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_our_own_proxies_are_believed() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let (proxy, inner) = (address("10.0.0.1"), address("10.0.0.2"));
        let read = |peer: &str, forwarded: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(
                HeaderName::from_static("x-forwarded-for"),
                HeaderValue::from_static(forwarded),
            );
            client_address(Some(address(peer)), &headers, &[proxy, inner])
        };
        assert_eq!(read("192.0.2.9", "203.0.113.1"), address("192.0.2.9"));
        assert_eq!(read("10.0.0.1", "203.0.113.1"), address("203.0.113.1"));
        assert_eq!(
            read("10.0.0.1", "1.1.1.1, 203.0.113.1, 10.0.0.2"),
            address("203.0.113.1")
        );
        assert_eq!(read("10.0.0.1", "1.1.1.1, nonsense"), proxy);
        assert_eq!(client_address(None, &HeaderMap::new(), &[]), address("0.0.0.0"));
    }

    #[test]
    fn one_way_of_signing_in_at_a_time() {
        let judged = |text: &str| match judge(serde_json::from_str(text).unwrap()) {
            Ok(Grant::Password(..)) => "password".to_owned(),
            Ok(Grant::Refresh(_)) => "refresh".to_owned(),
            Err(AppError::Fields(fields)) => fields
                .iter()
                .map(|field| format!("{} {}", field.pointer, field.code))
                .collect::<Vec<_>>()
                .join(", "),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(judged(r#"{"username": "a", "password": "b"}"#), "password");
        assert_eq!(
            judged(r#"{"grantType": "refresh-token", "refreshToken": "a"}"#),
            "refresh"
        );
        assert_eq!(judged("{}"), "/username required, /password required");
        assert_eq!(judged(r#"{"username": "a"}"#), "/password required");
        assert_eq!(
            judged(r#"{"username": "a", "password": "b", "refreshToken": "c"}"#),
            "/username superfluous, /password superfluous"
        );
        assert_eq!(
            judged(r#"{"grantType": "password", "refreshToken": "c"}"#),
            "/username required, /password required, /refreshToken superfluous"
        );
    }
}
