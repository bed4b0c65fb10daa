//! Signatures of the Standard Webhooks specification.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

/// What one generation of an address's secrets signs with.
pub struct Keys {
    secret: [u8; 32],
    pair: Ed25519KeyPair,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// From two secrets of 32 bytes each; none when the second makes no key.
    #[must_use]
    pub fn new(secret: [u8; 32], seed: &[u8; 32]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        Some(Self { secret, pair })
    }

    /// The shared secret, as the other side enters it.
    #[must_use]
    pub fn secret(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.secret))
    }

    /// The public half, as the other side enters it.
    #[must_use]
    pub fn public(&self) -> String {
        format!("whpk_{}", STANDARD.encode(self.pair.public_key().as_ref()))
    }

    /// Both signatures of a telling that is sent at `at`, in seconds.
    #[must_use]
    pub fn sign(&self, id: Uuid, at: i64, body: &str) -> String {
        let signed = format!("{id}.{at}.{body}");
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        let shared = STANDARD.encode(hmac::sign(&key, signed.as_bytes()));
        let own = STANDARD.encode(self.pair.sign(signed.as_bytes()));
        format!("v1,{shared} v1a,{own}")
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    fn keys() -> Keys {
        Keys::new([7; 32], &[9; 32]).unwrap()
    }

    #[test]
    fn an_independent_peer_verifies_what_we_sign() {
        let (id, body) = (Uuid::from_u128(1), r#"{"type":"referral.accepted"}"#);
        let now = chrono::Utc::now().timestamp();
        let signature = keys().sign(id, now, body);
        let mut headers = http::HeaderMap::new();
        for (name, value) in [
            ("webhook-id", id.to_string()),
            ("webhook-timestamp", now.to_string()),
            ("webhook-signature", signature.clone()),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let peer = standardwebhooks::Webhook::new(&keys().secret()).unwrap();
        peer.verify(body.as_bytes(), &headers).unwrap();
        assert!(peer.verify(b"{}", &headers).is_err());
        let stranger = standardwebhooks::Webhook::from_bytes(vec![8; 32]).unwrap();
        assert!(stranger.verify(body.as_bytes(), &headers).is_err());

        let own = signature.split(' ').find_map(|part| part.strip_prefix("v1a,")).unwrap();
        let public = STANDARD.decode(keys().public().strip_prefix("whpk_").unwrap()).unwrap();
        let public = UnparsedPublicKey::new(&ED25519, public);
        let signed = format!("{id}.{now}.{body}");
        let own = STANDARD.decode(own).unwrap();
        public.verify(signed.as_bytes(), &own).unwrap();
        assert!(public.verify(b"something else", &own).is_err());
    }

    #[test]
    fn keys_do_not_print() {
        assert_eq!(format!("{:?}", keys()), "Keys(…)");
    }
}
