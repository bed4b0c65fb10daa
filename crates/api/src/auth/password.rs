//! Passwords: argon2id, away from the threads that answer requests.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

/// Each computation takes 19 MiB; more at once than this would let a flood of sign-ins eat the memory.
const AT_ONCE: usize = 4;
/// Fewer characters than this can be guessed.
pub const SHORTEST: usize = 12;
/// What is longer than this is not a password but an attempt to keep us busy.
pub const LONGEST: usize = 1_024;

/// How long a password that was handed out is good.
const GOOD_FOR: TimeDelta = TimeDelta::hours(72);

/// A password that is handed out: told once, good for three days, and to be changed before anything else.
#[derive(Debug)]
pub struct OneTime {
    /// The password.
    pub secret: SecretString,
    /// Until when somebody can sign in with it.
    pub good_until: DateTime<Utc>,
}

impl OneTime {
    /// Draws one: 80 random bits in four groups that can be read out on the phone, without letters that look alike.
    #[must_use]
    pub fn draw(now: DateTime<Utc>) -> Self {
        const SYMBOLS: &[u8; 32] = b"023456789abcdefghjkmnpqrstuvwxyz";
        let mut bits: u128 = rand::random();
        let mut text = String::new();
        for place in 0..16 {
            if place > 0 && place % 4 == 0 {
                text.push('-');
            }
            let symbol = usize::try_from(bits % 32).ok().and_then(|index| SYMBOLS.get(index));
            text.extend(symbol.map(|symbol| char::from(*symbol)));
            bits /= 32;
        }
        Self {
            secret: SecretString::from(text),
            good_until: now + GOOD_FOR,
        }
    }
}

/// Why a password could not be hashed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too short or too long.
    #[error("a password has {SHORTEST} characters or more, and at most {LONGEST} bytes; choose another")]
    Length,
    /// Among the first that somebody would try.
    #[error(
        "this password is easily guessed: it is much used, or made of what people know of its owner; choose another"
    )]
    Guessable,
    /// The computation failed.
    #[error("the password could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
    /// The computation was cut off, which happens only while the server stops.
    #[error("the server is stopping")]
    Stopping,
}

/// Hashes and checks passwords.
#[derive(Debug)]
pub struct Passwords {
    gate: Semaphore,
    /// Checked in place of the hash of an account that does not exist, so that both take equally long.
    decoy: Arc<str>,
}

impl Passwords {
    /// Ready to check. Takes as long as one check, for the decoy is made with the parameters of today.
    ///
    /// # Errors
    /// [`PasswordError::Hash`] when the operating system gives no random numbers.
    pub fn new() -> Result<Self, PasswordError> {
        let decoy = hash("no account has this password").map_err(PasswordError::Hash)?;
        Ok(Self {
            gate: Semaphore::new(AT_ONCE),
            decoy: decoy.into(),
        })
    }

    /// The hash to store, as a PHC string.
    ///
    /// # Errors
    /// [`PasswordError::Length`] for a password that is too short or too long.
    pub async fn hash(&self, password: SecretString) -> Result<String, PasswordError> {
        let text = password.expose_secret();
        if text.chars().count() < SHORTEST || text.len() > LONGEST {
            return Err(PasswordError::Length);
        }
        self.away(move || hash(password.expose_secret()))
            .await?
            .map_err(PasswordError::Hash)
    }

    /// The same for a password that a person has chosen, who must not have chosen one that everybody tries, or one made of the words
    /// `about` them: their names.
    ///
    /// # Errors
    /// As for [`Passwords::hash`]; [`PasswordError::Guessable`].
    pub async fn hash_chosen(&self, password: SecretString, about: Vec<String>) -> Result<String, PasswordError> {
        let within = password.expose_secret().len() <= LONGEST;
        let tried = password.clone();
        // Whatever is too long is refused for that.
        if within && self.away(move || is_guessable(&tried, &about)).await? {
            return Err(PasswordError::Guessable);
        }
        self.hash(password).await
    }

    /// Whether `password` is the one behind `stored`. Without a stored hash the answer is no, after as much work.
    ///
    /// # Errors
    /// [`PasswordError::Stopping`].
    pub async fn verify(&self, stored: Option<String>, password: SecretString) -> Result<bool, PasswordError> {
        if password.expose_secret().len() > LONGEST {
            return Ok(false);
        }
        let decoy = Arc::clone(&self.decoy);
        self.away(move || {
            let matches = check(stored.as_deref().unwrap_or(&decoy), password.expose_secret());
            matches && stored.is_some()
        })
        .await
    }

    async fn away<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordError> {
        let _place = self.gate.acquire().await.map_err(|_closed| PasswordError::Stopping)?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_cut_off| PasswordError::Stopping)
    }
}

/// Whether a program that knows how people choose passwords gets there within 10^8 attempts, which is days where the hashes have
/// been stolen.
fn is_guessable(password: &SecretString, about: &[String]) -> bool {
    let mut known: Vec<&str> = vec!["stafett"];
    known.extend(about.iter().flat_map(|name| name.split_whitespace()));
    zxcvbn(password.expose_secret(), &known).score() < Score::Three
}

fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

fn check(stored: &str, password: &str) -> bool {
    PasswordHash::new(stored)
        .is_ok_and(|stored| Argon2::default().verify_password(password.as_bytes(), &stored).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = Passwords::new().unwrap();
        let stored = passwords.hash(secret("riktig hest batteri")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(
            passwords
                .verify(Some(stored.clone()), secret("riktig hest batteri"))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(Some(stored), secret("riktig hest batterj"))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn an_account_without_a_password_lets_nobody_in_not_even_by_the_decoy() {
        let passwords = Passwords::new().unwrap();
        assert!(
            !passwords
                .verify(None, secret("no account has this password"))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(Some("not a hash".to_owned()), secret("x"))
                .await
                .unwrap()
        );
    }

    #[test]
    fn what_is_handed_out_can_be_read_out_and_not_guessed() {
        let drawn: std::collections::BTreeSet<_> = (0..100)
            .map(|_| OneTime::draw(DateTime::UNIX_EPOCH).secret.expose_secret().to_owned())
            .collect();
        assert_eq!(drawn.len(), 100);
        for text in drawn {
            assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), [4; 4], "{text}");
            assert!(!text.contains(['o', '1', 'l', 'i']), "{text}");
        }
    }

    #[tokio::test]
    async fn what_everybody_tries_is_refused() {
        let passwords = Passwords::new().unwrap();
        let chosen = async |text: &str| {
            passwords
                .hash_chosen(secret(text), vec!["kari".to_owned(), "Kari Nordmannsen".to_owned()])
                .await
        };
        for text in [
            "passord123456",
            "password1234",
            "qwertyuiop123",
            "aaaaaaaaaaaa",
            "123456789012",
            "KariNordmannsen",
            "Stafett2026!",
        ] {
            assert!(matches!(chosen(text).await, Err(PasswordError::Guessable)), "{text}");
        }
        for text in [
            "riktig hest batteri stift",
            "blåbær på tusen topper",
            "kari liker 7 grønne ubåter",
        ] {
            assert!(chosen(text).await.is_ok(), "{text}");
        }
        assert!(matches!(
            chosen("zK9#qL").await,
            Err(PasswordError::Guessable | PasswordError::Length)
        ));
        assert!(matches!(
            chosen(&"x".repeat(LONGEST + 1)).await,
            Err(PasswordError::Length)
        ));
    }

    #[tokio::test]
    async fn the_length_has_bounds() {
        let passwords = Passwords::new().unwrap();
        for text in ["", "elleve tegn", &"x".repeat(LONGEST + 1)] {
            assert!(matches!(passwords.hash(secret(text)).await, Err(PasswordError::Length)));
        }
        assert!(passwords.hash(secret("blåbærsyltet")).await.is_ok());
    }
}
