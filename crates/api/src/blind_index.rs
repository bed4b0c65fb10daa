//! How a youth is found again without their number or name being stored a second time.
//!
//! A digest under the vault's key stands in the database instead. Equal things have equal digests, and that is all that can be
//! told from them: without the key nobody can try the few million numbers there are one by one.

use stafett_store::persons::{KeyKind, PersonKey};
use stafett_workflow::identifier::Identifier;
use stafett_workflow::person::Person;
use stafett_workflow::vocabulary::AddressProtection;
use uuid::Uuid;

/// What makes the digests of people. Cheap to clone, and never printed.
#[derive(Debug, Clone)]
pub struct BlindIndex(stafett_vault::BlindIndex);

impl BlindIndex {
    /// Over the vault's.
    #[must_use]
    pub const fn new(index: stafett_vault::BlindIndex) -> Self {
        Self(index)
    }

    /// By which a database knows the key that it was filled with. Tells nothing about it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.digest("fingerprint", "")
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
            digest: self.digest(identifier.kind().as_str(), identifier.value()),
        }
    }

    /// The digest of what somebody is called, however it was written; none when nothing is left of it.
    #[must_use]
    pub fn of_alias(&self, alias: &str) -> Option<PersonKey> {
        let normal = normalised(alias);
        (!normal.is_empty()).then(|| PersonKey {
            kind: KeyKind::Alias,
            digest: self.digest("alias", &normal),
        })
    }

    /// A name for something that has an id, from which neither the id nor its neighbours can be told. Ids that one decision
    /// makes are numbered, and a gap would tell that something hidden has another one.
    #[must_use]
    pub fn pseudonym(&self, of: &str, id: Uuid) -> Uuid {
        let digest = self.digest(of, &id.to_string());
        let number = digest.get(..32).and_then(|start| u128::from_str_radix(start, 16).ok());
        uuid::Builder::from_custom_bytes(number.unwrap_or_default().to_be_bytes()).into_uuid()
    }

    fn digest(&self, of: &str, value: &str) -> String {
        hex::encode(self.0.digest(of, value))
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

#[cfg(test)]
mod tests {
    use stafett_vault::DataKey;
    use stafett_workflow::identifier::IdentifierKind;
    use stafett_workflow::person::Protection;

    use super::*;

    fn ephemeral() -> BlindIndex {
        BlindIndex::new(stafett_vault::BlindIndex::new(&DataKey::generate().unwrap()))
    }

    #[test]
    fn a_person_is_found_by_number_and_by_name_however_they_are_written() {
        let index = ephemeral();
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
        let (one, other) = (ephemeral(), ephemeral());
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
}
