//! What the vault promises, tried from outside.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use proptest::prelude::*;
use stafett_vault::{BlindIndex, DataKey, KeyId, MasterKeys, OVERHEAD, Part, Place, VaultError};
use uuid::Uuid;

fn line(id: &str) -> String {
    MasterKeys::fresh_line(&KeyId::new(id).unwrap()).unwrap().to_string()
}

fn place(row: u128) -> Place {
    Place {
        table: "texts",
        column: "body",
        row: Uuid::from_u128(row),
    }
}

#[test]
fn a_seal_opens_only_where_it_lies() {
    let key = DataKey::generate().unwrap();
    let sealed = key.seal(place(1), b"K.").unwrap();
    assert_eq!(&**key.open(place(1), &sealed).unwrap(), b"K.");
    let elsewhere = [
        place(2),
        Place {
            table: "persons",
            ..place(1)
        },
        Place {
            column: "kind",
            ..place(1)
        },
    ];
    for other in elsewhere {
        assert_eq!(key.open(other, &sealed), Err(VaultError::Sealed(other)));
    }
    let stranger = DataKey::generate().unwrap();
    assert!(stranger.open(place(1), &sealed).is_err());
}

#[test]
fn the_same_text_never_looks_the_same() {
    let key = DataKey::generate().unwrap();
    assert_ne!(key.seal(place(1), b"K.").unwrap(), key.seal(place(1), b"K.").unwrap());
}

#[test]
fn a_wrapped_key_is_its_owners() {
    let keys = MasterKeys::parse(&line("one")).unwrap();
    let wrapped = keys.wrap(Uuid::from_u128(1), &DataKey::generate().unwrap()).unwrap();
    assert!(keys.unwrap(Uuid::from_u128(1), &wrapped).is_ok());
    let one = KeyId::new("one").unwrap();
    assert_eq!(
        keys.unwrap(Uuid::from_u128(2), &wrapped).unwrap_err(),
        VaultError::Wrong(one.clone())
    );
    let other_key_same_name = MasterKeys::parse(&line("one")).unwrap();
    assert_eq!(
        other_key_same_name.unwrap(Uuid::from_u128(1), &wrapped).unwrap_err(),
        VaultError::Wrong(one.clone())
    );
    let without = MasterKeys::parse(&line("two")).unwrap();
    assert_eq!(
        without.unwrap(Uuid::from_u128(1), &wrapped).unwrap_err(),
        VaultError::Missing(one)
    );
}

#[test]
fn broken_master_keys_are_refused_by_line() {
    let good = line("one");
    for (text, error) in [
        (String::new(), VaultError::None),
        ("# only a remark\n\n".to_owned(), VaultError::None),
        ("one".to_owned(), VaultError::Format { line: 1 }),
        ("one AAAA".to_owned(), VaultError::Format { line: 1 }),
        (format!("{good}\nTwo {}", &good[4..]), VaultError::Format { line: 2 }),
        (format!("# first\n{good}\n{good}"), VaultError::Twice { line: 3 }),
        (
            format!("{} {}", "a".repeat(33), &good[4..]),
            VaultError::Format { line: 1 },
        ),
    ] {
        assert_eq!(MasterKeys::parse(&text).unwrap_err(), error, "{text:?}");
    }
}

#[test]
fn nothing_secret_is_printed() {
    let text = line("one");
    let keys = MasterKeys::parse(&text).unwrap();
    let key = DataKey::generate().unwrap();
    assert_eq!(
        format!("{keys:?} {key:?} {:?}", BlindIndex::new(&key)),
        "[one] DataKey BlindIndex"
    );
    let error = MasterKeys::parse(&format!("{text}x")).unwrap_err();
    assert!(!error.to_string().contains(&text[4..20]), "{error}");
}

proptest! {
    #[test]
    fn what_was_sealed_comes_back(text in proptest::collection::vec(any::<u8>(), 0..2_000), row in any::<u128>()) {
        let key = DataKey::generate().unwrap();
        let sealed = key.seal(place(row), &text).unwrap();
        let opened = key.open(place(row), &sealed).unwrap();
        prop_assert_eq!(&*opened, &text);
    }

    #[test]
    fn a_changed_byte_is_noticed(text in proptest::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let key = DataKey::generate().unwrap();
        let mut sealed = key.seal(place(1), &text).unwrap();
        let at = at.index(sealed.len());
        sealed[at] ^= flip;
        prop_assert!(key.open(place(1), &sealed).is_err());
    }

    #[test]
    fn a_cut_seal_is_noticed(text in proptest::collection::vec(any::<u8>(), 0..200), cut in any::<prop::sample::Index>()) {
        let key = DataKey::generate().unwrap();
        let sealed = key.seal(place(1), &text).unwrap();
        prop_assert!(key.open(place(1), &sealed[..cut.index(sealed.len())]).is_err());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        let _verdict = MasterKeys::parse(&text);
    }
}

#[test]
fn a_part_opens_only_as_the_part_that_it_is() {
    let (key, file) = (DataKey::generate().unwrap(), DataKey::generate().unwrap());
    let place = Place {
        table: "attachments",
        column: "file",
        row: Uuid::from_u128(5),
    };
    let part = |number, last| Part { place, number, last };
    let sealed = file.seal_part(part(1, false), b"en del").unwrap();
    assert_eq!(sealed.len(), "en del".len() + OVERHEAD);
    assert_eq!(&file.open_part(part(1, false), &sealed).unwrap()[..], b"en del");
    let elsewhere = Part {
        place: Place {
            row: Uuid::from_u128(6),
            ..place
        },
        ..part(1, false)
    };
    for other in [part(0, false), part(2, false), part(1, true), elsewhere] {
        assert!(file.open_part(other, &sealed).is_err(), "{other:?}");
    }
    assert!(file.open(place, &sealed).is_err(), "a part is no whole");
    assert!(key.open_part(part(1, false), &sealed).is_err());

    let wrapped = key.seal_key(place, &file).unwrap();
    let again = key.open_key(place, &wrapped).unwrap();
    assert_eq!(&again.open_part(part(1, false), &sealed).unwrap()[..], b"en del");
    assert!(file.open_key(place, &wrapped).is_err());
}
