//! How a youth is found again without their number or name being stored a second time.
//!
//! A digest under a secret key (HMAC-SHA-256) stands in the database instead. Equal things have equal digests, and that is
//! all that can be told from them: without the key nobody can try the few million numbers there are one by one.

use aws_lc_rs::{hmac, rand};
use stafett_store::persons::{KeyKind, PersonKey};
use stafett_workflow::identifier::Identifier;
use stafett_workflow::person::Person;
use stafett_workflow::vocabulary::AddressProtection;
use uuid::Uuid;

use crate::auth::keys::{self, KeyError};
use crate::config::Config;

const LABEL: &str = "STAFETT INDEX KEY";
const LENGTH: usize = 32;

/// The key. Cheap to clone, and never printed.
#[derive(Clone)]
pub struct BlindIndex(hmac::Key);

impl std::fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlindIndex").finish_non_exhaustive()
    }
}

impl BlindIndex {
    /// Reads the key that the configuration names. As with the key that signs, only the one in the data folder is made when
    /// it is missing.
    ///
    /// # Errors
    /// [`KeyError`] when the file is missing, unreadable or no such key.
    pub fn load(config: &Config) -> Result<Self, KeyError> {
        let path = config.index_key_file();
        if config.auth.index_key_file.is_none() && !path.exists() {
            keys::create(&path, LABEL, &fresh()?)?;
        }
        let bytes = match keys::read(&path, LABEL) {
            Err(KeyError::Format { path }) => return Err(KeyError::Index { path }),
            other => other?,
        };
        if bytes.len() != LENGTH {
            return Err(KeyError::Index { path });
        }
        Ok(Self::of(&bytes))
    }

    /// An index with a fresh key that nobody keeps: for tests.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn ephemeral() -> Result<Self, KeyError> {
        Ok(Self::of(&fresh()?))
    }

    fn of(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// By which a database knows the key that it was filled with. Tells nothing about it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.digest("fingerprint", &[])
    }

    /// The digests of a youth. Whoever has address protection has none: they are found by nobody's search.
    #[must_use]
    pub fn of_person(&self, person: &Person) -> Vec<PersonKey> {
        if person.address_protection.0 != AddressProtection::None {
            return Vec::new();
        }
        let identifier = person
            .identifier
            .as_ref()
            .map(|identifier| self.of_identifier(identifier));
        let alias = person.alias.as_deref().and_then(|alias| self.of_alias(alias));
        identifier.into_iter().chain(alias).collect()
    }

    /// The digest of a number.
    #[must_use]
    pub fn of_identifier(&self, identifier: &Identifier) -> PersonKey {
        PersonKey {
            kind: KeyKind::Identifier,
            digest: self.digest("identifier", &[identifier.kind().as_str(), identifier.value()]),
        }
    }

    /// The digest of what somebody is called, however it was written; none when nothing is left of it.
    #[must_use]
    pub fn of_alias(&self, alias: &str) -> Option<PersonKey> {
        let normal = normalised(alias);
        (!normal.is_empty()).then(|| PersonKey {
            kind: KeyKind::Alias,
            digest: self.digest("alias", &[&normal]),
        })
    }

    /// A name for something that has an id, from which neither the id nor its neighbours can be told. Ids that one decision
    /// makes are numbered, and a gap would tell that something hidden has another one.
    #[must_use]
    pub fn pseudonym(&self, of: &str, id: Uuid) -> Uuid {
        let digest = self.digest(of, &[&id.to_string()]);
        let number = digest.get(..32).and_then(|start| u128::from_str_radix(start, 16).ok());
        uuid::Builder::from_custom_bytes(number.unwrap_or_default().to_be_bytes()).into_uuid()
    }

    /// What it is of comes first, and each part with its length, so that no two things share a digest by their seams.
    fn digest(&self, of: &str, parts: &[&str]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        for part in std::iter::once(&of).chain(parts) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        hex::encode(context.sign())
    }
}

/// Small letters and digits only: «K.», «k» and « K » are one.
fn normalised(alias: &str) -> String {
    alias
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn fresh() -> Result<[u8; LENGTH], KeyError> {
    let mut bytes = [0; LENGTH];
    rand::fill(&mut bytes).map_err(|_unspecified| KeyError::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use stafett_workflow::identifier::IdentifierKind;
    use stafett_workflow::person::Protection;

    use super::*;

    #[test]
    fn a_person_is_found_by_number_and_by_name_however_they_are_written() {
        let index = BlindIndex::ephemeral().unwrap();
        let number = Identifier::parse(IdentifierKind::Fnr, "179120 99997").unwrap();
        let person = |alias: &str| Person {
            alias: Some(alias.to_owned()),
            identifier: Some(number.clone()),
            ..Person::default()
        };
        assert_eq!(index.of_person(&person("K.")), index.of_person(&person(" k ")));
        assert_ne!(index.of_alias("K."), index.of_alias("L."));
        assert_eq!(index.of_alias(" . "), None);
        let keys = index.of_person(&person("17912099997"));
        assert_eq!(keys.len(), 2);
        assert_ne!(keys[0].digest, keys[1].digest, "a number as a name is not a number");
        assert!(keys.iter().all(|key| !key.digest.contains("17912099997")));
    }

    #[test]
    fn another_key_gives_other_digests_and_protected_people_have_none() {
        let (one, other) = (BlindIndex::ephemeral().unwrap(), BlindIndex::ephemeral().unwrap());
        assert_ne!(one.of_alias("Sol"), other.of_alias("Sol"));
        assert_ne!(one.fingerprint(), other.fingerprint());
        for protection in [AddressProtection::Confidential, AddressProtection::StrictlyConfidential] {
            let hidden = Person {
                alias: Some("Sol".to_owned()),
                address_protection: Protection(protection),
                ..Person::default()
            };
            assert_eq!(one.of_person(&hidden), Vec::new());
        }
    }

    #[test]
    fn the_first_start_makes_a_key_and_the_second_finds_it() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::embedded(dir.path()).unwrap();
        let first = BlindIndex::load(&config).unwrap().fingerprint();
        assert_eq!(BlindIndex::load(&config).unwrap().fingerprint(), first);
        assert!(!keys::is_exposed(&config.index_key_file()));
        std::fs::write(config.index_key_file(), "hush").unwrap();
        assert!(matches!(BlindIndex::load(&config), Err(KeyError::Index { .. })));
    }
}
