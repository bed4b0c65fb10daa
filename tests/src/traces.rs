//! Looking for words in bytes, in whatever way somebody may have written them there.

use std::{collections::BTreeSet, fs, path::Path};

/// A word that stands nowhere by chance, and would look different in most ways of writing.
#[must_use]
pub fn canary(name: &str) -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    let (head, tail) = random.split_at(16);
    format!("{name}{head}å{tail}")
}

/// The bytes in which a word may hide: as it is, in two-byte characters, as base64 at each offset, in hexadecimal digits,
/// escaped for an address or for JSON.
#[must_use]
pub fn disguises(word: &str) -> Vec<(&'static str, Vec<u8>)> {
    let units: Vec<u16> = word.encode_utf16().collect();
    let wide = |bytes: fn(u16) -> [u8; 2]| units.iter().flat_map(|unit| bytes(*unit)).collect::<Vec<u8>>();
    let hex = hexadecimal(word.as_bytes());
    let escaped = |mark: fn(char) -> String| {
        word.chars()
            .map(|letter| {
                if letter.is_ascii() {
                    letter.to_string()
                } else {
                    mark(letter)
                }
            })
            .collect::<String>()
            .into_bytes()
    };
    let mut all = vec![
        ("utf-8", word.as_bytes().to_vec()),
        ("utf-16le", wide(u16::to_le_bytes)),
        ("utf-16be", wide(u16::to_be_bytes)),
        ("hex", hex.clone().into_bytes()),
        ("HEX", hex.to_uppercase().into_bytes()),
        ("json", escaped(|letter| format!("\\u{:04x}", u32::from(letter)))),
        (
            "url",
            escaped(|letter| {
                let mut bytes = [0; 4];
                letter
                    .encode_utf8(&mut bytes)
                    .bytes()
                    .map(|byte| format!("%{byte:02X}"))
                    .collect()
            }),
        ),
        // The half before the letter that is not ASCII stands in many more ways of writing.
        ("half", word.split('å').next().unwrap_or(word).as_bytes().to_vec()),
    ];
    for offset in 0..3 {
        for (name, alphabet) in [("base64", STANDARD), ("base64url", URL_SAFE)] {
            all.push((name, base64(word.as_bytes(), offset, alphabet)));
        }
    }
    all
}

/// Where one of `words` stands in `bytes`, in whatever disguise.
#[must_use]
pub fn found_in(bytes: &[u8], words: &[String]) -> Vec<String> {
    Search::of(words).within(bytes)
}

/// The same in every file below a folder.
///
/// # Panics
/// When the folder cannot be read; a file that goes away meanwhile is passed over.
#[must_use]
pub fn found_below(folder: &Path, words: &[String]) -> Vec<String> {
    let search = Search::of(words);
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = fs::read(&path) {
                let here = search.within(&bytes).into_iter();
                found.extend(here.map(|what| format!("{}: {what}", path.display())));
            }
        }
    }
    found
}

/// All disguises of some words, by the two bytes with which each begins: a database has many bytes, and each is looked at
/// once.
struct Search {
    forms: Vec<(String, Vec<u8>)>,
    beginning: Vec<Vec<usize>>,
}

impl Search {
    fn of(words: &[String]) -> Self {
        let mut search = Self {
            forms: Vec::new(),
            beginning: vec![Vec::new(); 1 << 16],
        };
        for word in words {
            for (disguise, form) in disguises(word) {
                search.beginning[pair(form[0], form[1])].push(search.forms.len());
                search.forms.push((format!("{word} as {disguise}"), form));
            }
        }
        search
    }

    fn within(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = BTreeSet::new();
        for place in 0..bytes.len().saturating_sub(1) {
            for form in &self.beginning[pair(bytes[place], bytes[place + 1])] {
                if bytes[place..].starts_with(&self.forms[*form].1) {
                    found.insert(*form);
                }
            }
        }
        found.into_iter().map(|form| self.forms[form].0.clone()).collect()
    }
}

fn pair(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What of the word's base64 does not depend on its neighbours, when it begins at this offset of a group of three.
fn base64(word: &[u8], offset: usize, alphabet: &[u8; 64]) -> Vec<u8> {
    let whole = word.get((3 - offset) % 3..).unwrap_or_default();
    let mut encoded = Vec::new();
    for group in whole.chunks_exact(3) {
        let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        encoded.extend([18, 12, 6, 0].map(|shift| alphabet[(bits >> shift & 63) as usize]));
    }
    encoded
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_disguise_is_seen_through() {
        let word = canary("Kari");
        for (name, form) in disguises(&word) {
            let text = [b"before".as_slice(), &form, b"after"].concat();
            assert!(!found_in(&text, std::slice::from_ref(&word)).is_empty(), "{name}");
        }
        assert!(found_in(b"nothing of the kind", &[word]).is_empty());
        // RFC 4648, section 10.
        assert_eq!(base64(b"foobar", 0, STANDARD), b"Zm9vYmFy");
    }
}
