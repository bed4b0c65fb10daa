//! Refresh tokens: 256 random bits that are stored as a hash and work once.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// Makes a token recognisable to those who search their files for leaked secrets.
const PREFIX: &str = "stafett_rt_";

/// The operating system gave no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random numbers")]
pub struct NoRandom;

/// A new token: what the client gets, and what is stored.
#[derive(Debug)]
pub struct Fresh {
    /// For the client, once.
    pub token: SecretString,
    /// For the database.
    pub digest: String,
}

/// Draws a new token.
///
/// # Errors
/// [`NoRandom`].
pub fn fresh() -> Result<Fresh, NoRandom> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_unspecified| NoRandom)?;
    let token = SecretString::from(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)));
    let digest = digest(&token);
    Ok(Fresh { token, digest })
}

/// What is stored of a token. A plain hash is enough: nobody guesses 256 bits, so there is nothing to slow down.
#[must_use]
pub fn digest(token: &SecretString) -> String {
    hex::encode(Sha256::digest(token.expose_secret()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_tokens_are_alike_and_the_stored_form_does_not_show_them() {
        let (one, two) = (fresh().unwrap(), fresh().unwrap());
        assert_ne!(one.digest, two.digest);
        assert_eq!(digest(&one.token), one.digest);
        assert_eq!(one.token.expose_secret().len(), PREFIX.len() + 43);
        assert!(!format!("{one:?}").contains(PREFIX));
    }
}
