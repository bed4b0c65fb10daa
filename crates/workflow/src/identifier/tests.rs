//! The vectors of the registers, and the laws that hold for every number and every text.

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::vocabulary::{Code, Language};

const KINDS: &[IdentifierKind] = IdentifierKind::ALL;

/// Every valid number of the vectors: all synthetic, or of nobody.
const VALID: &[(IdentifierKind, &str)] = &[
    (IdentifierKind::Fnr, "17912099997"),
    (IdentifierKind::Fnr, "29822099635"),
    (IdentifierKind::Fnr, "05840399895"),
    (IdentifierKind::Fnr, "12829499914"),
    (IdentifierKind::Fnr, "15507600333"),
    (IdentifierKind::Fnr, "30108299939"),
    (IdentifierKind::Fnr, "02013299997"),
    (IdentifierKind::Fnr, "30108299920"),
    (IdentifierKind::DNumber, "57912075186"),
    (IdentifierKind::DNumber, "69822075096"),
    (IdentifierKind::DNumber, "45840375084"),
    (IdentifierKind::DNumber, "46879700922"),
    (IdentifierKind::DNumber, "55507608360"),
    (IdentifierKind::HNumber, "01415612385"),
    (IdentifierKind::HNumber, "13527248013"),
    (IdentifierKind::FhNumber, "81234567802"),
    (IdentifierKind::FhNumber, "91234567883"),
];

fn parse(kind: IdentifierKind, value: &str) -> Identifier {
    Identifier::parse(kind, value).unwrap()
}

#[test]
fn the_vectors_are_valid() {
    for &(kind, value) in VALID {
        let number = parse(kind, value);
        assert_eq!((number.kind(), number.value()), (kind, value));
        assert!(number.warnings().is_empty());
    }
}

#[rstest]
#[case(IdentifierKind::Fnr, "13097248032", IdentifierError::SecondCheckDigit)]
#[case(IdentifierKind::Fnr, "13097248023", IdentifierError::SecondCheckDigit)]
#[case(IdentifierKind::Fnr, "01535612303", IdentifierError::Date)] // month 53
#[case(IdentifierKind::HNumber, "01535612303", IdentifierError::Date)]
#[case(IdentifierKind::Fnr, "17912099957", IdentifierError::FirstCheckDigit)]
#[case(IdentifierKind::Fnr, "17912099998", IdentifierError::SecondCheckDigit)]
#[case(IdentifierKind::Fnr, "00912099997", IdentifierError::Date)]
#[case(IdentifierKind::Fnr, "31842099997", IdentifierError::Date)] // 31 April
#[case(IdentifierKind::Fnr, "29822199997", IdentifierError::Date)] // 29 February of no leap year
#[case(IdentifierKind::Fnr, "1791209999", IdentifierError::Length { expected: 11 })]
#[case(IdentifierKind::Fnr, "179120999970", IdentifierError::Length { expected: 11 })]
#[case(IdentifierKind::Fnr, "", IdentifierError::Length { expected: 11 })]
#[case(IdentifierKind::Fnr, "1791209999x", IdentifierError::Digits)]
#[case(IdentifierKind::Fnr, "179120-99997", IdentifierError::Digits)]
#[case(IdentifierKind::Fnr, "١٧٩١٢٠٩٩٩٩٧", IdentifierError::Digits)]
#[case(IdentifierKind::FhNumber, "17912099998", IdentifierError::FirstDigit)]
#[case(IdentifierKind::Duf, "20020570550", IdentifierError::Length { expected: 12 })]
fn what_is_wrong_is_told(#[case] kind: IdentifierKind, #[case] value: &str, #[case] refused: IdentifierError) {
    assert_eq!(Identifier::parse(kind, value), Err(refused));
}

#[rstest]
#[case(IdentifierKind::Fnr, "57912075186", IdentifierKind::DNumber)]
#[case(IdentifierKind::DNumber, "17912099997", IdentifierKind::Fnr)]
#[case(IdentifierKind::Fnr, "81234567802", IdentifierKind::FhNumber)]
#[case(IdentifierKind::HNumber, "17912099997", IdentifierKind::Fnr)]
#[case(IdentifierKind::FhNumber, "57912075186", IdentifierKind::DNumber)]
fn a_number_of_another_kind_is_told_as_such(
    #[case] stated: IdentifierKind,
    #[case] value: &str,
    #[case] found: IdentifierKind,
) {
    assert_eq!(
        Identifier::parse(stated, value),
        Err(IdentifierError::WrongKind { stated, found })
    );
}

#[test]
fn white_space_is_dropped() {
    for text in [" 179120 99997 ", "17\u{a0}91\u{202f}20 99997", "1 7 9 1 2 0 9 9 9 9 7"] {
        assert_eq!(parse(IdentifierKind::Fnr, text).value(), "17912099997");
    }
}

#[test]
fn the_wider_rule_is_told_apart() {
    let rule = |value| parse(IdentifierKind::Fnr, value).check_rule();
    assert_eq!(rule("30108299939"), Some(CheckRule::From2032));
    assert_eq!(rule("02013299997"), Some(CheckRule::Original));
    assert_eq!(rule("30108299920"), Some(CheckRule::Original));
    assert_eq!(parse(IdentifierKind::Duf, "200205705502").check_rule(), None);
}

#[test]
fn the_series_is_told_by_the_month() {
    let series = |kind, value| parse(kind, value).synthetic();
    assert_eq!(series(IdentifierKind::Fnr, "17912099997"), Some(Synthetic::Tenor));
    assert_eq!(series(IdentifierKind::DNumber, "57912075186"), Some(Synthetic::Tenor));
    assert_eq!(series(IdentifierKind::Fnr, "15507600333"), Some(Synthetic::Nav));
    assert_eq!(series(IdentifierKind::DNumber, "55507608360"), Some(Synthetic::Nav));
    assert_eq!(series(IdentifierKind::Fnr, "02013299997"), None);
    // What an H-number adds to its month is its own mark and no test series.
    assert_eq!(series(IdentifierKind::HNumber, "01415612385"), None);
    let other = valid_number(17, 66, [2, 0, 9, 9, 9]);
    assert_eq!(series(IdentifierKind::Fnr, &other), Some(Synthetic::Other));
}

#[test]
fn each_instance_takes_its_own() {
    use InstanceKind::{Demo, Production};
    let ask = |kind, value, instance| parse(kind, value).admissible(instance);
    for (kind, tenor) in [
        (IdentifierKind::Fnr, "17912099997"),
        (IdentifierKind::DNumber, "57912075186"),
    ] {
        assert_eq!(ask(kind, tenor, Demo), Ok(()));
        assert_eq!(ask(kind, tenor, Production), Err(IdentifierError::Synthetic));
    }
    assert_eq!(
        ask(IdentifierKind::Fnr, "15507600333", Demo),
        Err(IdentifierError::NotSynthetic)
    );
    assert_eq!(
        ask(IdentifierKind::Fnr, "15507600333", Production),
        Err(IdentifierError::Synthetic)
    );
    assert_eq!(
        ask(IdentifierKind::Fnr, "02013299997", Demo),
        Err(IdentifierError::NotSynthetic)
    );
    assert_eq!(ask(IdentifierKind::Fnr, "02013299997", Production), Ok(()));
    for (kind, value) in [
        (IdentifierKind::HNumber, "01415612385"),
        (IdentifierKind::Duf, "200205705502"),
    ] {
        assert_eq!(ask(kind, value, Demo).and(ask(kind, value, Production)), Ok(()));
    }
}

#[test]
fn day_and_month_are_read_and_nothing_more() {
    assert_eq!(
        parse(IdentifierKind::Fnr, "17912099997").birth_day_and_month(),
        Some((17, 11))
    );
    assert_eq!(
        parse(IdentifierKind::DNumber, "69822075096").birth_day_and_month(),
        Some((29, 2))
    );
    assert_eq!(
        parse(IdentifierKind::HNumber, "13527248013").birth_day_and_month(),
        Some((13, 12))
    );
    assert_eq!(
        parse(IdentifierKind::FhNumber, "81234567802").birth_day_and_month(),
        None
    );
    assert_eq!(parse(IdentifierKind::Duf, "200205705502").birth_day_and_month(), None);
}

#[test]
fn a_duf_number_with_wrong_check_digits_is_accepted_with_a_warning() {
    for right in ["200205705502", "200900595509"] {
        assert!(parse(IdentifierKind::Duf, right).warnings().is_empty());
    }
    assert_eq!(
        parse(IdentifierKind::Duf, "200205705503").warnings(),
        [IdentifierWarning::DufCheckDigits]
    );
}

#[test]
fn only_a_number_that_is_the_same_everywhere_joins_records() {
    let local: Vec<_> = KINDS.iter().filter(|kind| !kind.is_join_key()).collect();
    assert_eq!(local, [&IdentifierKind::HNumber]);
}

#[test]
fn organisation_numbers() {
    for value in ["991825827", "986252932", "998447356", "314270320"] {
        assert_eq!(OrganisationNumber::parse(value).unwrap().to_string(), value);
    }
    assert_eq!(
        OrganisationNumber::parse("991 825 827").unwrap().to_string(),
        "991825827"
    );
    assert_eq!(
        OrganisationNumber::parse("991825828"),
        Err(IdentifierError::FirstCheckDigit)
    );
    assert_eq!(
        OrganisationNumber::parse("99182582"),
        Err(IdentifierError::Length { expected: 9 })
    );
    assert_eq!(OrganisationNumber::parse("NO991825827"), Err(IdentifierError::Digits));
    let number: OrganisationNumber = serde_json::from_str("\"991825827\"").unwrap();
    assert_eq!(serde_json::to_string(&number).unwrap(), "\"991825827\"");
    // A remainder of one leaves no digit, so the number is never issued.
    assert!((0..10).all(|last| OrganisationNumber::parse(&format!("90000009{last}")).is_err()));
}

#[test]
fn serde_goes_through_the_rules() {
    let json = r#"{"type":"d-number","value":"57912075186"}"#;
    let number: Identifier = serde_json::from_str(json).unwrap();
    assert_eq!(number, parse(IdentifierKind::DNumber, "57912075186"));
    assert_eq!(serde_json::to_string(&number).unwrap(), json);
}

#[rstest]
#[case(r#"{"type":"fnr","value":17912099997}"#)]
#[case(r#"{"type":"fnr","value":17912099997.0}"#)]
#[case(r#"{"type":"fnr","value":-17912099997}"#)]
#[case(r#"{"type":"fnr","value":["17912099997"]}"#)]
#[case(r#"{"type":"fnr","value":"17912099998"}"#)]
#[case(r#"{"type":"fnr","value":null}"#)]
#[case(r#"{"type":"17912099997","value":"fnr"}"#)]
#[case(r#"{"type":"fnr"}"#)]
#[case(r#"{"17912099997":"fnr"}"#)]
#[case(r#"{"type":"fnr","value":"17912099997","value":"17912099997"}"#)]
#[case(r#"{"type":"fnr","value":"17912099997","name":"Kari"}"#)]
#[case(r#""17912099997""#)]
#[case("17912099997")]
#[case("17912099997.5")]
#[case(r#"["fnr","17912099997"]"#)]
fn no_error_of_serde_repeats_the_number(#[case] json: &str) {
    let from_text = serde_json::from_str::<Identifier>(json).unwrap_err().to_string();
    let from_value =
        serde_json::from_value::<Identifier>(serde_json::from_str(json).unwrap()).map_err(|e| e.to_string());
    // Read from a tree of values, a doubled field has already become one.
    for error in [Some(from_text), from_value.err()].into_iter().flatten() {
        assert!(!error.contains("1791209999") && !error.contains("Kari"), "{error}");
    }
}

#[test]
fn debug_keeps_the_number_to_itself() {
    let shown = format!("{:?}", parse(IdentifierKind::Fnr, "17912099997"));
    assert_eq!(shown, "Identifier { kind: Fnr, .. }");
}

#[test]
fn no_text_of_an_error_or_warning_has_a_digit() {
    let mut errors = vec![
        IdentifierError::Digits,
        IdentifierError::Date,
        IdentifierError::FirstCheckDigit,
        IdentifierError::SecondCheckDigit,
        IdentifierError::NotSynthetic,
        IdentifierError::Synthetic,
    ];
    errors.extend([9, 11, 12].map(|expected| IdentifierError::Length { expected }));
    for &stated in KINDS {
        errors.extend(KINDS.iter().map(|&found| IdentifierError::WrongKind { stated, found }));
    }
    for error in errors {
        for text in [
            error.text(Language::Nb),
            error.text(Language::En),
            error.to_string(),
            format!("{error:?}"),
        ] {
            let only_the_count = text
                .replace("expected: 9", "")
                .replace("expected: 11", "")
                .replace("expected: 12", "");
            assert!(!only_the_count.contains(|c: char| c.is_ascii_digit()), "{text}");
        }
    }
    assert_eq!(IdentifierWarning::DufCheckDigits.code(), "duf-check-digits");
}

/// A number with this day, this month as written, and these five digits after it, with check digits that fit.
fn valid_number(day: u8, month: u8, rest: [u8; 5]) -> String {
    let start: String = [day / 10, day % 10, month / 10, month % 10]
        .iter()
        .chain(&rest)
        .map(u8::to_string)
        .collect();
    let numbers = (0..100).map(|check| format!("{start}{check:02}"));
    let mut valid = numbers.filter(|number| KINDS.iter().any(|&kind| Identifier::parse(kind, number).is_ok()));
    valid.next().unwrap_or_else(|| format!("{start}00"))
}

fn any_valid() -> impl Strategy<Value = Identifier> {
    let kind = prop::sample::select(vec![
        (IdentifierKind::Fnr, 0, 0),
        (IdentifierKind::Fnr, 0, 40),
        (IdentifierKind::Fnr, 0, 65),
        (IdentifierKind::Fnr, 0, 80),
        (IdentifierKind::DNumber, 40, 0),
        (IdentifierKind::DNumber, 40, 80),
        (IdentifierKind::HNumber, 0, 40),
    ]);
    (kind, 1..=28_u8, 1..=12_u8, prop::array::uniform5(0..10_u8)).prop_filter_map(
        "some serials have no check digits",
        |((kind, day_offset, month_offset), day, month, rest)| {
            Identifier::parse(kind, &valid_number(day + day_offset, month + month_offset, rest)).ok()
        },
    )
}

proptest! {
    #[test]
    fn one_wrong_digit_is_always_refused(number in any_valid(), place in 0..11_usize, change in 1..10_u8) {
        let mut digits = number.value().as_bytes().to_vec();
        digits[place] = (digits[place] - b'0' + change) % 10 + b'0';
        let slip = String::from_utf8(digits).unwrap();
        for &kind in KINDS {
            prop_assert!(Identifier::parse(kind, &slip).is_err());
        }
    }

    #[test]
    fn two_neighbours_exchanged_are_always_refused(number in any_valid(), place in 0..10_usize) {
        let mut digits = number.value().as_bytes().to_vec();
        prop_assume!(digits[place] != digits[place + 1]);
        digits.swap(place, place + 1);
        let slip = String::from_utf8(digits).unwrap();
        for &kind in KINDS {
            prop_assert!(Identifier::parse(kind, &slip).is_err());
        }
    }

    #[test]
    fn no_instance_takes_a_number_that_the_other_takes(number in any_valid()) {
        prop_assume!(number.kind() != IdentifierKind::HNumber);
        let (demo, production) = (number.admissible(InstanceKind::Demo), number.admissible(InstanceKind::Production));
        prop_assert!(demo.is_err() || production.is_err());
    }

    #[test]
    fn no_text_makes_it_panic_or_stands_in_the_error(text in r"\PC*|[0-9 ]{9,14}") {
        for &kind in KINDS {
            match Identifier::parse(kind, &text) {
                Ok(number) => {
                    prop_assert_eq!(number.value().len(), usize::from(kind.digits()));
                    let shown = format!("{number:?}");
                    prop_assert!(!shown.contains(number.value()));
                    let json = serde_json::to_string(&number).unwrap();
                    prop_assert_eq!(serde_json::from_str::<Identifier>(&json).unwrap(), number);
                }
                Err(error) => prop_assert!(!error.to_string().contains(|c: char| c.is_ascii_digit())),
            }
        }
        if let Ok(number) = OrganisationNumber::parse(&text) {
            prop_assert_eq!(OrganisationNumber::parse(&number.to_string()), Ok(number));
        }
    }

    #[test]
    fn one_wrong_digit_of_an_organisation_number_is_refused(start in 0..100_000_000_u32, place in 0..9_usize, change in 1..10_u8) {
        let valid = (0..10).map(|check| format!("{start:08}{check}")).find(|text| OrganisationNumber::parse(text).is_ok());
        if let Some(valid) = valid {
            let mut digits = valid.into_bytes();
            digits[place] = (digits[place] - b'0' + change) % 10 + b'0';
            prop_assert!(OrganisationNumber::parse(&String::from_utf8(digits).unwrap()).is_err());
        }
    }
}
