//! Any text whatsoever is a sound definition or has findings, each at a place in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stafett_workflow::vocabulary::Language;
use stafett_workflow::{Definition, definition, diagram};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    match Definition::read("any.toml", &text) {
        Ok(sound) => {
            assert!(sound.proofs().iter().all(|proof| proof.findings.is_empty()));
            assert!(definition::diff(&sound, &sound).is_empty());
            for language in [Language::Nb, Language::En] {
                assert!(diagram::svg(&sound, language).ends_with("</svg>\n"));
                assert!(!diagram::mermaid(&sound, language).is_empty());
            }
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            let lines = text.matches('\n').count() + 1;
            assert!(errors.iter().all(|error| (1..=lines).contains(&error.line) && error.column >= 1));
        }
    }
});
