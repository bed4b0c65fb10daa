//! From a token to a person, at each request anew.

use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};
use stafett_store::sessions::SessionId;
use stafett_store::{Db, on_behalf_of, users};
use stafett_workflow::policy::Actor;

use super::token::Tokens;
use crate::clock::SharedClock;
use crate::problem::{CallerLanguage, ErrorCode, Problem};

/// Where a password is changed.
const OWN_ACCOUNT: &str = "/api/v1/me";

/// Somebody who has been recognised, with the roles that the database gives them now.
///
/// As an extractor it asks for no more than that somebody is signed in; see [`super::permission::Scoped`] for rights.
#[derive(Debug, Clone)]
pub struct Caller {
    /// What the policy knows of them.
    pub actor: Arc<Actor>,
    /// Their account.
    pub user: Arc<users::User>,
    /// The session in which they come, unless an operator made their token.
    pub session: Option<SessionId>,
}

impl Caller {
    /// Whom [`require`] has recognised behind this request.
    ///
    /// # Errors
    /// 401 when the request did not pass it.
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Problem::new(ErrorCode::Unauthenticated))
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        std::future::ready(Self::of(request))
    }
}

/// Recognises people by their tokens.
#[derive(Debug, Clone)]
pub struct Sessions {
    db: Db,
    tokens: Arc<Tokens>,
    clock: SharedClock,
}

impl Sessions {
    /// Recognises by `tokens`, and asks `db` what somebody is.
    #[must_use]
    pub fn new(db: Db, tokens: Arc<Tokens>, clock: SharedClock) -> Self {
        Self { db, tokens, clock }
    }

    /// Who holds this token. An account that was closed, or whose sessions were ended, is nobody from that moment on.
    ///
    /// # Errors
    /// 401.
    pub async fn recognise(&self, token: &str) -> Result<Caller, Problem> {
        let refused = || Problem::new(ErrorCode::InvalidToken);
        let identity = self
            .tokens
            .verify(token, self.clock.now())
            .map_err(|why| refused().because(why))?;
        let found = match identity.session {
            Some(session) => users::actor_in(&self.db, identity.user, session).await?,
            None => users::actor(&self.db, identity.user).await?,
        };
        let (user, actor) = found.ok_or_else(refused)?;
        if !user.active || user.session_epoch != identity.epoch {
            return Err(refused());
        }
        Ok(Caller {
            actor: Arc::new(actor),
            user: Arc::new(user),
            session: identity.session,
        })
    }
}

/// Lets nobody pass who is not signed in. It comes before routing, so that even what exists here is told to those only.
///
/// # Errors
/// Those of the inner services, unchanged.
pub async fn require(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let found = match (bearer(request.headers()), request.app_data::<web::Data<Sessions>>()) {
        (None, _) => Err(Problem::new(ErrorCode::Unauthenticated)),
        (Some(_), None) => Err(Problem::internal("the server was put together without sessions")),
        (Some(token), Some(sessions)) => sessions
            .recognise(token)
            .await
            .map(|caller| (caller, sessions.clock.now())),
    };
    match found {
        // Whoever was handed a password must make it their own before anything else.
        Ok((caller, _)) if caller.user.password_expires_at.is_some() && request.path() != OWN_ACCOUNT => {
            request.extensions_mut().insert(CallerLanguage(caller.user.language));
            Ok(request.error_response(Problem::new(ErrorCode::PasswordChangeRequired)))
        }
        Ok((caller, now)) => {
            request.extensions_mut().insert(CallerLanguage(caller.user.language));
            // From here on the database itself shows no more than these agencies have a part in.
            let agencies = caller.actor.agencies();
            let person = caller.user.id;
            request.extensions_mut().insert(caller);
            let answered = on_behalf_of(person, &agencies, now, next.call(request)).await?;
            Ok(answered.map_into_boxed_body())
        }
        Err(problem) => Ok(request.error_response(problem)),
    }
}

/// The token of exactly one `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn read(values: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn one_bearer_token_is_taken_and_nothing_else() {
        assert_eq!(read(&["Bearer a.b.c"]).as_deref(), Some("a.b.c"));
        assert_eq!(read(&["bearer a.b.c"]).as_deref(), Some("a.b.c"));
        for others in [
            &[][..],
            &["Basic abc"],
            &["Bearer"],
            &["Bearer "],
            &["a.b.c"],
            &["Bearer a", "Bearer b"],
        ] {
            assert_eq!(read(others), None, "{others:?}");
        }
    }
}
