//! One test for each attack on a token.

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::*;
use crate::config::Config;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_764_000_000, 0).unwrap()
}

fn tokens() -> Tokens {
    let config = Config::embedded(std::path::Path::new("unused")).unwrap();
    Tokens::new(KeyRing::ephemeral().unwrap(), &config.auth)
}

fn identity() -> Identity {
    Identity {
        session: None,
        user: UserId(Uuid::from_u128(7)),
        epoch: 3,
    }
}

fn claims() -> Value {
    let (iat, exp) = (now().timestamp(), now().timestamp() + 900);
    json!({ "iss": "stafett", "aud": "stafett-api", "sub": identity().user.0, "iat": iat, "exp": exp,
            "jti": Uuid::from_u128(9), "epoch": 3 })
}

fn header(tokens: &Tokens) -> Value {
    json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": tokens.keys.kid() })
}

/// Signs any header and claims with the server's own key: what an attacker could get signed at worst.
fn signed(tokens: &Tokens, header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), tokens.keys.signing(), Algorithm::EdDSA).unwrap();
    format!("{message}.{signature}")
}

fn with(mut value: Value, name: &str, member: Value) -> Value {
    value[name] = member;
    value
}

fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().unwrap().remove(name);
    value
}

fn refused(tokens: &Tokens, header: &Value, claims: &Value) -> TokenError {
    tokens.verify(&signed(tokens, header, claims), now()).unwrap_err()
}

#[test]
fn a_token_of_ours_is_accepted() {
    let tokens = tokens();
    let token = tokens.mint(identity(), now(), tokens.ttl()).unwrap();
    assert_eq!(tokens.verify(token.expose_secret(), now()), Ok(identity()));
    assert_eq!(
        tokens.verify(&signed(&tokens, &header(&tokens), &claims()), now()),
        Ok(identity())
    );
    assert!(token.expose_secret().len() < LONGEST);
}

#[test]
fn a_token_ends_with_its_time_and_five_seconds() {
    let tokens = tokens();
    let token = tokens.mint(identity(), now(), TimeDelta::minutes(15)).unwrap();
    let at = |seconds| tokens.verify(token.expose_secret(), now() + TimeDelta::seconds(seconds));
    assert!(at(905).is_ok());
    assert_eq!(at(906), Err(TokenError::Expired));
    assert!(at(-5).is_ok());
    assert_eq!(at(-6), Err(TokenError::Future));
}

#[test]
fn no_algorithm_at_all_is_refused() {
    let tokens = tokens();
    for alg in ["none", "None", "NONE", ""] {
        let header = with(header(&tokens), "alg", json!(alg));
        assert_eq!(refused(&tokens, &header, &claims()), TokenError::Algorithm);
    }
}

#[test]
fn our_public_key_used_as_an_hmac_secret_is_refused() {
    let tokens = tokens();
    let public = tokens
        .keys
        .verifying(tokens.keys.kid())
        .unwrap()
        .try_get_as_bytes()
        .unwrap()
        .to_vec();
    let mut header = jsonwebtoken::Header::new(Algorithm::HS256);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(tokens.keys.kid().to_owned());
    let secret = jsonwebtoken::EncodingKey::from_secret(&public);
    let token = jsonwebtoken::encode(&header, &claims(), &secret).unwrap();
    assert_eq!(tokens.verify(&token, now()), Err(TokenError::Algorithm));
}

#[test]
fn other_signature_algorithms_are_refused() {
    let tokens = tokens();
    for alg in ["HS256", "RS256", "ES256", "PS256", "EdDSA2", "eddsa", "Ed25519"] {
        let header = with(header(&tokens), "alg", json!(alg));
        assert_eq!(refused(&tokens, &header, &claims()), TokenError::Algorithm, "{alg}");
    }
}

#[test]
fn the_key_of_somebody_else_is_refused() {
    let (tokens, other) = (tokens(), self::tokens());
    // By its own name, and under ours.
    assert_eq!(
        tokens.verify(&signed(&other, &header(&other), &claims()), now()),
        Err(TokenError::Key)
    );
    assert_eq!(
        tokens.verify(&signed(&other, &header(&tokens), &claims()), now()),
        Err(TokenError::Signature)
    );
}

#[test]
fn a_key_id_is_a_name_in_the_ring_and_never_a_path_or_a_query() {
    let tokens = tokens();
    for kid in ["", "../../dev/null", "' OR 1=1 --", "http://127.0.0.1/key"] {
        assert_eq!(
            refused(&tokens, &with(header(&tokens), "kid", json!(kid)), &claims()),
            TokenError::Key,
            "{kid}"
        );
    }
    assert_eq!(
        refused(&tokens, &without(header(&tokens), "kid"), &claims()),
        TokenError::Header
    );
}

#[test]
fn a_key_that_the_token_brings_along_is_refused() {
    let tokens = tokens();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    for (name, member) in [
        ("jwk", jwk),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/chain")),
        ("x5c", json!(["AAAA"])),
        ("x5t", json!("AAAA")),
    ] {
        assert_eq!(
            refused(&tokens, &with(header(&tokens), name, member), &claims()),
            TokenError::Header,
            "{name}"
        );
    }
}

#[test]
fn critical_and_unknown_header_members_are_refused() {
    let tokens = tokens();
    for (name, member) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
    ] {
        assert_eq!(
            refused(&tokens, &with(header(&tokens), name, member), &claims()),
            TokenError::Header,
            "{name}"
        );
    }
}

#[test]
fn a_header_member_twice_is_refused() {
    let tokens = tokens();
    let kid = tokens.keys.kid();
    let header = format!(r#"{{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"{kid}"}}"#);
    let token = format!(
        "{}.{}.AAAA",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims().to_string())
    );
    assert_eq!(tokens.verify(&token, now()), Err(TokenError::Header));
}

#[test]
fn another_kind_of_token_is_refused() {
    let tokens = tokens();
    for typ in ["JWT", "jwt", "id+jwt", "AT+JWT", "application/at+jwt", ""] {
        assert_eq!(
            refused(&tokens, &with(header(&tokens), "typ", json!(typ)), &claims()),
            TokenError::Type,
            "{typ}"
        );
    }
    assert_eq!(
        refused(&tokens, &without(header(&tokens), "typ"), &claims()),
        TokenError::Header
    );
}

#[test]
fn another_issuer_or_audience_is_refused() {
    let tokens = tokens();
    for (name, member) in [
        ("iss", json!("stafett2")),
        ("iss", json!(["stafett", "evil"])),
        ("iss", json!("")),
        ("aud", json!("others")),
        ("aud", json!(["stafett-api", "others"])),
        ("aud", json!([])),
    ] {
        let claims = with(claims(), name, member.clone());
        assert_eq!(
            refused(&tokens, &header(&tokens), &claims),
            TokenError::Claims,
            "{name} {member}"
        );
    }
}

#[test]
fn every_claim_is_required() {
    let tokens = tokens();
    for name in ["iss", "aud", "sub", "iat", "exp", "jti", "epoch"] {
        assert_eq!(
            refused(&tokens, &header(&tokens), &without(claims(), name)),
            TokenError::Claims,
            "{name}"
        );
        let null = with(claims(), name, Value::Null);
        assert_eq!(
            refused(&tokens, &header(&tokens), &null),
            TokenError::Claims,
            "{name} null"
        );
    }
}

#[test]
fn times_of_the_wrong_form_are_refused() {
    let tokens = tokens();
    for exp in [
        json!("1764000900"),
        json!(1e300),
        json!(u64::MAX),
        json!(i64::MAX),
        json!(-1),
        json!(0),
    ] {
        let claims = with(claims(), "exp", exp.clone());
        let refusal = refused(&tokens, &header(&tokens), &claims);
        assert!(
            matches!(refusal, TokenError::Claims | TokenError::Expired),
            "{exp}: {refusal:?}"
        );
    }
}

#[test]
fn a_changed_payload_or_signature_is_refused() {
    let tokens = tokens();
    let token = signed(&tokens, &header(&tokens), &claims());
    let parts: Vec<_> = token.split('.').collect();
    let forged = URL_SAFE_NO_PAD.encode(with(claims(), "sub", json!(Uuid::from_u128(8))).to_string());
    for forgery in [
        format!("{}.{forged}.{}", parts[0], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode([0_u8; 64])),
    ] {
        assert_eq!(tokens.verify(&forgery, now()), Err(TokenError::Signature));
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let tokens = tokens();
    let long = format!("{}.{}.{}", "a".repeat(4_000), "b", "c");
    for text in ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "ÿ.ÿ.ÿ", long.as_str()] {
        assert!(tokens.verify(text, now()).is_err(), "{text}");
    }
}

#[test]
fn a_token_of_a_former_key_is_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::embedded(dir.path()).unwrap();
    let former = Tokens::new(KeyRing::load(&config).unwrap(), &config.auth);
    let token = former.mint(identity(), now(), former.ttl()).unwrap();
    let kept = dir.path().join("former.pem");
    std::fs::rename(config.signing_key_file(), &kept).unwrap();
    let bare = Tokens::new(KeyRing::load(&config).unwrap(), &config.auth);
    assert_eq!(bare.verify(token.expose_secret(), now()), Err(TokenError::Key));
    config.auth.previous_keys = vec![kept];
    let with_former = Tokens::new(KeyRing::load(&config).unwrap(), &config.auth);
    assert_eq!(with_former.verify(token.expose_secret(), now()), Ok(identity()));
}
