//! Any text whatsoever gives a sound definition or findings with their places, and never a panic.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use proptest::prelude::*;
use stafett_workflow::vocabulary::Language;
use stafett_workflow::{Definition, diagram};

const SHIPPED: [&str; 3] = [
    include_str!("../definitions/concern-report.toml"),
    include_str!("../definitions/transfer.toml"),
    include_str!("../definitions/notification.toml"),
];

fn judged(text: &str) -> Result<(), TestCaseError> {
    match Definition::read("any.toml", text) {
        Ok(sound) => {
            prop_assert!(sound.broken().is_empty());
            for language in [Language::Nb, Language::En] {
                prop_assert!(diagram::svg(&sound, language).contains("</svg>"));
                prop_assert!(!diagram::mermaid(&sound, language).is_empty());
            }
        }
        Err(errors) => {
            prop_assert!(!errors.is_empty());
            let lines = text.matches('\n').count() + 1;
            for error in errors {
                prop_assert!((1..=lines).contains(&error.line), "{error}");
                prop_assert!(error.column >= 1 && !error.message.is_empty() && !error.message.contains('\n'));
                if let Some((_, story)) = error.finding.as_deref() {
                    prop_assert!(!story.nb.is_empty() && !story.en.is_empty());
                }
            }
        }
    }
    Ok(())
}

/// What somebody's hand or a bad merge does to a file.
#[derive(Debug, Clone)]
enum Slip {
    Drop(prop::sample::Index),
    Double(prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
    /// One quoted name takes the place of another.
    Word(prop::sample::Index, prop::sample::Index),
    Cut(prop::sample::Index),
}

fn slip() -> impl Strategy<Value = Slip> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        index().prop_map(Slip::Drop),
        index().prop_map(Slip::Double),
        (index(), index()).prop_map(|(one, other)| Slip::Swap(one, other)),
        (index(), index()).prop_map(|(one, other)| Slip::Word(one, other)),
        index().prop_map(Slip::Cut),
    ]
}

fn slipped(source: &str, slips: &[Slip]) -> String {
    let mut lines: Vec<String> = source.lines().map(str::to_owned).collect();
    let words: Vec<String> = source.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    for slip in slips {
        if lines.len() < 2 {
            break;
        }
        match slip {
            Slip::Drop(at) => {
                lines.remove(at.index(lines.len()));
            }
            Slip::Double(at) => {
                let at = at.index(lines.len());
                lines.insert(at, lines[at].clone());
            }
            Slip::Swap(one, other) => {
                let (one, other) = (one.index(lines.len()), other.index(lines.len()));
                lines.swap(one, other);
            }
            Slip::Word(at, word) => {
                let at = at.index(lines.len());
                let mut parts: Vec<&str> = lines[at].split('"').collect();
                if parts.len() > 2 {
                    parts[1] = &words[word.index(words.len())];
                }
                lines[at] = parts.join("\"");
            }
            Slip::Cut(at) => {
                let at = at.index(lines.len());
                let keep = lines[at].chars().count() / 2;
                lines[at] = lines[at].chars().take(keep).collect();
            }
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_text_of_any_characters_is_judged(text in any::<String>()) {
        judged(&text)?;
    }

    #[test]
    fn a_text_that_looks_like_a_definition_is_judged(text in "([a-z_]{1,9} = (\"[a-z-]{0,9}\"|\\[{0,3}\"?[a-z]{0,3}\"?\\]{0,3}|-?[0-9]{0,20}|\\{ nb = \"é\" \\})\n|\\[\\[?(states|clocks|fields\\.[a-z]{1,3})\\]?\\]\n){0,30}") {
        judged(&text)?;
    }

    #[test]
    fn a_definition_with_slips_is_judged(which in 0..SHIPPED.len(), slips in prop::collection::vec(slip(), 1..6)) {
        judged(&slipped(SHIPPED[which], &slips))?;
    }
}

#[test]
fn what_is_deep_or_long_is_refused_soon() {
    let deep = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let tables = "[a".to_owned() + &".a".repeat(100_000) + "]";
    let long = "# ".repeat(1 << 20);
    let many = "[[states]]\nid = \"a\"\n".repeat(40_000);
    for text in [deep, tables, long, many] {
        let errors = Definition::read("any.toml", &text).unwrap_err();
        assert_eq!(errors.len(), 1);
    }
}
