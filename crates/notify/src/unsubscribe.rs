//! The token behind the link that ends a daily digest (RFC 8058): it names the digest that it came with, signed with a key of
//! the house, and nobody. Whoever has it can end that reader's digests, and nothing else.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// So much of the signature is kept: guessing it is out of the question, and links stay short.
const KEPT: usize = 16;
const ID: usize = 16;

/// Makes and reads the tokens.
#[derive(Clone)]
pub struct Unsubscribe(hmac::Key);

impl std::fmt::Debug for Unsubscribe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unsubscribe(…)")
    }
}

impl Unsubscribe {
    /// By a key that is used for nothing else.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The token of one digest.
    ///
    /// ```
    /// use stafett_notify::unsubscribe::Unsubscribe;
    /// use uuid::Uuid;
    ///
    /// let ours = Unsubscribe::new(&[7; 32]);
    /// let digest = Uuid::from_u128(5);
    /// assert_eq!(ours.read(&ours.token(digest)), Some(digest));
    /// assert_eq!(Unsubscribe::new(&[8; 32]).read(&ours.token(digest)), None);
    /// ```
    #[must_use]
    pub fn token(&self, digest: Uuid) -> String {
        let mut token = digest.as_bytes().to_vec();
        token.extend(self.signature(digest));
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The digest that a token names, if it is one of ours.
    #[must_use]
    pub fn read(&self, token: &str) -> Option<Uuid> {
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (id, signature) = token.split_at_checked(ID)?;
        let digest = Uuid::from_slice(id).ok()?;
        verify_slices_are_equal(signature, &self.signature(digest)).ok()?;
        Some(digest)
    }

    fn signature(&self, digest: Uuid) -> Vec<u8> {
        let signed = hmac::sign(&self.0, digest.as_bytes());
        signed.as_ref().iter().copied().take(KEPT).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_was_changed_is_none() {
        let (ours, digest) = (Unsubscribe::new(&[7; 32]), Uuid::now_v7());
        let token = ours.token(digest);
        assert_eq!(ours.read(&token), Some(digest));
        for place in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[place] = if other[place] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            // The last character has bits that count for nothing and must be zero.
            assert_ne!(ours.read(&other), Some(digest), "{place}");
        }
        for bad in [
            "",
            "x",
            "====",
            &token[1..],
            &token[..token.len() - 1],
            &format!("{token}AA"),
        ] {
            assert_eq!(ours.read(bad), None, "{bad}");
        }
        assert!(
            token
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
    }
}
