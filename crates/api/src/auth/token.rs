//! Access tokens: JWT (RFC 9068) signed with Ed25519, and nothing looser.
//!
//! The library's defaults let too much pass: a missing audience, any `typ`, an unknown `crit`, a minute of leeway. So the
//! header is read here first, by a type that has room for three members only, and the times are held against our clock.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Validation};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use stafett_store::sessions::SessionId;
use stafett_workflow::agency::UserId;
use uuid::Uuid;

use super::keys::KeyRing;
use crate::config::Auth;

/// RFC 9068: the type of an access token. Another kind of token signed by the same key is not one.
const TYPE: &str = "at+jwt";
/// Clocks of two machines may differ by so much.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);
/// Ours have some 450 bytes; what is much longer is not ours and not worth decoding.
const LONGEST: usize = 2_048;

/// What a valid token says. Nothing of it is a right: those come from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub user: UserId,
    /// The account's epoch when the token was made; a later one has ended the session.
    pub epoch: i32,
    /// The session that it belongs to; none for a token that an operator has made.
    pub session: Option<SessionId>,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three parts of base64url, or far too long.
    #[error("the token is not a JWT")]
    Malformed,
    /// The header has another member than `alg`, `typ` and `kid`, or lacks one: `jku`, `jwk`, `x5u`, `crit` and the like.
    #[error("the token's header is not one of ours")]
    Header,
    /// Another algorithm than EdDSA.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// Another type than an access token.
    #[error("the token is not an access token")]
    Type,
    /// A key that is not in the ring.
    #[error("the token's key is not accepted")]
    Key,
    /// The signature does not match.
    #[error("the token's signature does not match")]
    Signature,
    /// A claim is missing, has the wrong form, or names another issuer or audience.
    #[error("the token's claims are not accepted")]
    Claims,
    /// Too old.
    #[error("the token has expired")]
    Expired,
    /// Not yet valid.
    #[error("the token is from the future")]
    Future,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    iat: i64,
    exp: i64,
    jti: Uuid,
    epoch: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<Uuid>,
}

/// Makes and checks the access tokens of this server.
#[derive(Debug)]
pub struct Tokens {
    keys: KeyRing,
    issuer: String,
    audience: String,
    ttl: TimeDelta,
}

impl Tokens {
    /// Tokens signed by `keys` as the configuration says.
    #[must_use]
    pub fn new(keys: KeyRing, config: &Auth) -> Self {
        Self {
            keys,
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            ttl: config.access_ttl.delta(),
        }
    }

    /// How long a token is good when nobody says otherwise.
    #[must_use]
    pub fn ttl(&self) -> TimeDelta {
        self.ttl
    }

    /// Makes a token for `identity`, good for `ttl` from `now`.
    ///
    /// # Errors
    /// [`jsonwebtoken::errors::Error`] when the key does not sign; it was tried when it was loaded.
    pub fn mint(
        &self,
        identity: Identity,
        now: DateTime<Utc>,
        ttl: TimeDelta,
    ) -> Result<SecretString, jsonwebtoken::errors::Error> {
        let mut header = jsonwebtoken::Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.keys.kid().to_owned());
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: identity.user.0,
            iat: now.timestamp(),
            exp: (now + ttl).timestamp(),
            jti: Uuid::now_v7(),
            epoch: identity.epoch,
            sid: identity.session.map(|session| session.0),
        };
        Ok(SecretString::from(jsonwebtoken::encode(
            &header,
            &claims,
            self.keys.signing(),
        )?))
    }

    /// Signs a document that is no token: its type says so, and nobody gets in with it.
    ///
    /// # Errors
    /// As for [`Tokens::mint`].
    pub fn sign(&self, kind: &str, document: &impl Serialize) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = jsonwebtoken::Header::new(Algorithm::EdDSA);
        header.typ = Some(kind.to_owned());
        header.kid = Some(self.keys.kid().to_owned());
        jsonwebtoken::encode(&header, document, self.keys.signing())
    }

    /// The key by which others check what is signed, as a JSON Web Key.
    #[must_use]
    pub fn public_key(&self) -> serde_json::Value {
        self.keys.public()
    }

    /// The public halves of all keys by which what was signed here is checked, as a set of JSON Web Keys.
    #[must_use]
    pub fn public_keys(&self) -> serde_json::Value {
        self.keys.set()
    }

    /// Checks a token against our keys, names and clock.
    ///
    /// # Errors
    /// A [`TokenError`] for the first thing that is wrong.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Identity, TokenError> {
        let header = read_header(token)?;
        if header.alg != "EdDSA" {
            return Err(TokenError::Algorithm);
        }
        if header.typ != TYPE {
            return Err(TokenError::Type);
        }
        let key = self.keys.verifying(&header.kid).ok_or(TokenError::Key)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &self.validation())
            .map_err(translate)?
            .claims;
        let instant = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(TokenError::Claims);
        let (issued, expires) = (instant(claims.iat)?, instant(claims.exp)?);
        if expires + LEEWAY < now || expires <= issued {
            return Err(TokenError::Expired);
        }
        if issued > now + LEEWAY {
            return Err(TokenError::Future);
        }
        Ok(Identity {
            user: UserId(claims.sub),
            epoch: claims.epoch,
            session: claims.sid.map(SessionId),
        })
    }

    fn validation(&self) -> Validation {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The library asks the operating system for the time; ours is held against our clock above.
        validation.validate_exp = false;
        validation
    }
}

fn read_header(token: &str) -> Result<Header, TokenError> {
    let mut parts = token.split('.');
    let (Some(header), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(TokenError::Malformed);
    };
    if token.len() > LONGEST {
        return Err(TokenError::Malformed);
    }
    let header = URL_SAFE_NO_PAD
        .decode(header)
        .map_err(|_not_base64| TokenError::Malformed)?;
    serde_json::from_slice(&header).map_err(|_other_members| TokenError::Header)
}

fn translate(error: jsonwebtoken::errors::Error) -> TokenError {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::InvalidAlgorithm => TokenError::Algorithm,
        ErrorKind::InvalidToken | ErrorKind::Base64(_) | ErrorKind::Utf8(_) => TokenError::Malformed,
        _ => TokenError::Claims,
    }
}

#[cfg(test)]
mod tests;
