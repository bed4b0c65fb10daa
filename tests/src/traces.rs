//! Looking for words in bytes, in whatever way somebody may have written them there.

use std::{fs, path::Path};

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
    let mut found = Vec::new();
    for word in words {
        for (disguise, form) in disguises(word) {
            if contains(bytes, &form) {
                found.push(format!("{word} as {disguise}"));
            }
        }
    }
    found
}

/// The same in every file below a folder.
///
/// # Panics
/// When a file cannot be read; one that goes away meanwhile is passed over.
#[must_use]
pub fn found_below(folder: &Path, words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(found_below(&path, words));
        } else if let Ok(bytes) = fs::read(&path) {
            let here = found_in(&bytes, words);
            found.extend(here.into_iter().map(|what| format!("{}: {what}", path.display())));
        }
    }
    found
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

fn contains(bytes: &[u8], form: &[u8]) -> bool {
    let Some(first) = form.first() else { return false };
    let mut rest = bytes;
    while let Some(place) = rest.iter().position(|byte| byte == first) {
        rest = &rest[place..];
        if rest.starts_with(form) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_disguise_is_seen_through() {
        let word = canary("Kari");
        for (name, form) in disguises(&word) {
            let text = [b"before".as_slice(), &form, b"after"].concat();
            assert!(!found_in(&text, &[word.clone()]).is_empty(), "{name}");
        }
        assert!(found_in(b"nothing of the kind", &[word]).is_empty());
        // RFC 4648, section 10.
        assert_eq!(base64(b"foobar", 0, STANDARD), b"Zm9vYmFy");
    }
}
