//! The Ed25519 keys behind access tokens: one signs, former ones are still accepted.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::config::Config;

/// The DER of every Ed25519 public key begins so (RFC 8410); its 32 bytes follow.
const PUBLIC_KEY_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const PRIVATE: &str = "PRIVATE KEY";
const PUBLIC: &str = "PUBLIC KEY";

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the key file {} cannot be used ({source}); correct {setting} or its permissions", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What names it.
        setting: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error(
        "the key file {} holds no Ed25519 key in PEM; make one with `openssl genpkey -algorithm ed25519`",
        path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// The operating system gave no random numbers.
    #[error("the operating system gives no random numbers, so no key can be made; correct that and start again")]
    Random,
}

/// What names the key of the tokens.
const SETTING: &str = "auth.signing_key_file";

/// The keys of this server.
pub struct KeyRing {
    kid: String,
    public: Vec<u8>,
    signing: EncodingKey,
    accepted: HashMap<String, Accepted>,
}

/// A key by which what was signed is checked.
struct Accepted {
    key: DecodingKey,
    public: Vec<u8>,
}

impl Accepted {
    fn of(public: &[u8]) -> Self {
        Self {
            key: DecodingKey::from_ed_der(public),
            public: public.to_vec(),
        }
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl KeyRing {
    /// Reads the keys that the configuration names. The key of the data folder is made when it is missing; a key that
    /// somebody named is not, for a slip in the path would end every session without a word.
    ///
    /// # Errors
    /// [`KeyError`] when a file is missing, unreadable or no Ed25519 key.
    pub fn load(config: &Config) -> Result<Self, KeyError> {
        let path = config.signing_key_file();
        let der = read_or_make(SETTING, &path, config.auth.signing_key_file.is_some())?;
        let mut ring = Self::from_pkcs8(&der).ok_or(KeyError::Format { path })?;
        for path in &config.auth.previous_keys {
            let public = read_public("auth.previous_keys", path)?;
            ring.accepted.insert(thumbprint(&public), Accepted::of(&public));
        }
        Ok(ring)
    }

    /// A ring with a fresh key that nobody keeps: for tests.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn ephemeral() -> Result<Self, KeyError> {
        let document = generate()?;
        Self::from_pkcs8(&document).ok_or(KeyError::Random)
    }

    /// The id of the key that signs: its RFC 7638 thumbprint.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half of the key that signs, as a JSON Web Key (RFC 8037).
    #[must_use]
    pub fn public(&self) -> Value {
        web_key(&self.kid, &self.public)
    }

    /// The public halves of all keys that are accepted, as a set of JSON Web Keys (RFC 7517), the one that signs first.
    #[must_use]
    pub fn set(&self) -> Value {
        let mut former: Vec<_> = self.accepted.iter().filter(|(kid, _)| **kid != self.kid).collect();
        former.sort_by_key(|(kid, _)| *kid);
        let former = former.into_iter().map(|(kid, accepted)| web_key(kid, &accepted.public));
        let keys: Vec<Value> = [self.public()].into_iter().chain(former).collect();
        json!({ "keys": keys })
    }

    /// The ids of all keys that are accepted.
    pub fn accepted(&self) -> impl Iterator<Item = &str> {
        self.accepted.keys().map(String::as_str)
    }

    pub(super) fn signing(&self) -> &EncodingKey {
        &self.signing
    }

    pub(super) fn verifying(&self, kid: &str) -> Option<&DecodingKey> {
        self.accepted.get(kid).map(|accepted| &accepted.key)
    }

    fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(der).ok()?;
        let public = pair.public_key().as_ref();
        let kid = thumbprint(public);
        let accepted = HashMap::from([(kid.clone(), Accepted::of(public))]);
        Some(Self {
            kid,
            public: public.to_vec(),
            signing: EncodingKey::from_ed_der(der),
            accepted,
        })
    }
}

fn web_key(kid: &str, public: &[u8]) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": URL_SAFE_NO_PAD.encode(public) })
}

/// Whether others than its owner may read the file with the signing key.
#[must_use]
pub fn is_exposed(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

fn generate() -> Result<Vec<u8>, KeyError> {
    let document = Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1());
    document
        .map(|document| document.as_ref().to_vec())
        .map_err(|_unspecified| KeyError::Random)
}

/// The private key in a file, as PKCS #8. It is made when it is missing, unless somebody has named it: a slip in the path would
/// put another key into its place without a word.
pub(super) fn read_or_make(setting: &'static str, path: &Path, is_named: bool) -> Result<Vec<u8>, KeyError> {
    if !is_named && !path.exists() {
        create(setting, path, PRIVATE, &generate()?)?;
    }
    read(setting, path, PRIVATE)
}

/// Makes the key under another name and links it into place, so that a second process that starts at the same time
/// neither reads half a key nor makes a second one.
fn create(setting: &'static str, path: &Path, label: &str, bytes: &[u8]) -> Result<(), KeyError> {
    use std::os::unix::fs::OpenOptionsExt;
    let pem = format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(bytes)
    );
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let write = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(pem.as_bytes())?;
        file.sync_all()?;
        let linked = std::fs::hard_link(&draft, path);
        std::fs::remove_file(&draft)?;
        match linked {
            Err(taken) if taken.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    };
    write().map_err(|source| KeyError::File {
        path: path.to_owned(),
        setting,
        source,
    })
}

/// The bytes of the key with this label in a file.
fn read(setting: &'static str, path: &Path, label: &str) -> Result<Vec<u8>, KeyError> {
    let text = std::fs::read_to_string(path).map_err(|source| KeyError::File {
        path: path.to_owned(),
        setting,
        source,
    })?;
    decode(&text, label).ok_or_else(|| KeyError::Format { path: path.to_owned() })
}

/// The public key in a file that holds it, or the private one.
pub(super) fn read_public(setting: &'static str, path: &Path) -> Result<Vec<u8>, KeyError> {
    let wrong = || KeyError::Format { path: path.to_owned() };
    if let Ok(der) = read(setting, path, PUBLIC) {
        return der
            .strip_prefix(&PUBLIC_KEY_PREFIX)
            .filter(|key| key.len() == 32)
            .map(<[u8]>::to_vec)
            .ok_or_else(wrong);
    }
    let pair = Ed25519KeyPair::from_pkcs8(&read(setting, path, PRIVATE)?).map_err(|_rejected| wrong())?;
    Ok(pair.public_key().as_ref().to_vec())
}

/// The bytes between the marks of a PEM block.
fn decode(text: &str, label: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

/// RFC 7638: SHA-256 over the key as a JWK with its members in order.
fn thumbprint(public: &[u8]) -> String {
    let jwk = format!(
        r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#,
        URL_SAFE_NO_PAD.encode(public)
    );
    URL_SAFE_NO_PAD.encode(Sha256::digest(jwk))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(dir: &Path) -> Config {
        Config::embedded(dir).unwrap()
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        let public = URL_SAFE_NO_PAD
            .decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
            .unwrap();
        assert_eq!(thumbprint(&public), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn the_first_start_makes_a_key_that_only_its_owner_reads_and_the_second_finds_it() {
        let dir = tempfile::tempdir().unwrap();
        let config = config(&dir.path().join("new"));
        let first = KeyRing::load(&config).unwrap().kid().to_owned();
        assert_eq!(KeyRing::load(&config).unwrap().kid(), first);
        assert!(!is_exposed(&config.signing_key_file()));
        let files: Vec<_> = std::fs::read_dir(&config.data_dir).unwrap().collect();
        assert_eq!(files.len(), 1, "no draft is left behind: {files:?}");
    }

    #[test]
    fn a_key_that_somebody_named_is_never_made() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path());
        config.auth.signing_key_file = Some(dir.path().join("slip.pem"));
        assert!(matches!(KeyRing::load(&config), Err(KeyError::File { .. })));
    }

    #[test]
    fn keys_made_by_openssl_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path());
        let private = dir.path().join("private.pem");
        let public = dir.path().join("public.pem");
        // The example of RFC 8410, section 10.3 and 10.1.
        std::fs::write(
            &private,
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n",
        )
        .unwrap();
        std::fs::write(
            &public,
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n",
        )
        .unwrap();
        config.auth.signing_key_file = Some(private.clone());
        let kid = KeyRing::load(&config).unwrap().kid().to_owned();
        config.auth.signing_key_file = None;
        for previous in [private, public] {
            config.auth.previous_keys = vec![previous];
            let ring = KeyRing::load(&config).unwrap();
            assert_ne!(ring.kid(), kid);
            assert!(ring.verifying(&kid).is_some());
        }
    }

    #[test]
    fn other_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path());
        let path = dir.path().join("key.pem");
        config.auth.signing_key_file = Some(path.clone());
        for text in [
            "",
            "hush",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(KeyRing::load(&config), Err(KeyError::Format { .. })), "{text}");
        }
    }
}
