//! The short code by which people name a referral: `K7QF-2M`.
//!
//! It is read out over the telephone and written on yellow notes, so it is drawn from an alphabet without look-alikes
//! and ends in a check character. It means nothing: five random symbols, no date, no agency, no sequence, so that one
//! code tells nothing about the next. It is a name, never a key to anything: reading a referral takes rights as well.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::vocabulary::Language;

/// How many of the code's symbols are random; the one after them is the check character.
const RANDOM_SYMBOLS: usize = 5;

/// How many symbols a code has, the check character included and the dash not counted.
const SYMBOLS: usize = RANDOM_SYMBOLS + 1;

/// Digits and capital letters without `I`, `L`, `O` (taken for 1, 1, 0) and `U` (taken for V). A symbol's place is its value.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A referral's human code: four symbols, a dash, two symbols, of which the last checks the others.
///
/// The check character makes the six symbols a word of a linear code over the field of 32 elements, with the weights
/// α⁵ … α¹, α⁰ for a primitive α. The weights differ and none is zero, which is all the proof there is to it: a single
/// wrong symbol, any two symbols exchanged (neighbours or not), and a doubled symbol misheard (`77` for `44`) never
/// give another valid code. So a slip is told as a slip, and never opens somebody else's referral.
///
/// ```
/// use stafett_workflow::reference::Reference;
///
/// let reference: Reference = "k7qf 2m".parse()?;
/// assert_eq!(reference.to_string(), "K7QF-2M");
/// assert!("K7FQ-2M".parse::<Reference>().is_err());
/// # Ok::<(), stafett_workflow::reference::ReferenceError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference([u8; RANDOM_SYMBOLS]);

impl Reference {
    /// How many different codes there are: 32⁵, about 33 million. The store draws again when a code is taken.
    pub const COUNT: u64 = 1 << (5 * RANDOM_SYMBOLS);

    /// The code that a random number gives. Only the number's lowest 25 bits count, so uniform numbers give uniform codes.
    ///
    /// The number must come from a source that cannot be predicted: a code that can be guessed tells that a referral exists.
    #[must_use]
    pub fn from_random(random: u64) -> Self {
        let mut rest = random;
        let mut symbols = [0; RANDOM_SYMBOLS];
        for symbol in symbols.iter_mut().rev() {
            *symbol = (rest % 32) as u8;
            rest /= 32;
        }
        Self(symbols)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `pad`, so that a column of references can be aligned.
        f.pad(&written(self.0, 0))
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reference({self})")
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    /// Reads what a person wrote: capitals or not, with or without dashes and spaces anywhere, `O` for `0`, `I` and `L`
    /// for `1`.
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        read(text.chars().filter(|&character| !is_separator(character)), 0).map(Self)
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A case's human code, `S-K7QF-2N`: an S (nb: sak) before six symbols of the same kind.
///
/// Its check character is turned by one, so that a case's code without its S is not a referral's code: a slip is told as a
/// slip here too.
///
/// ```
/// use stafett_workflow::reference::{CaseReference, Reference};
///
/// let case = CaseReference::from_random(7);
/// assert_eq!(case.to_string().to_lowercase().parse(), Ok(case));
/// assert!(case.to_string().trim_start_matches("S-").parse::<Reference>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseReference([u8; RANDOM_SYMBOLS]);

/// By how much the check character of a case's code is turned.
const CASE_TURN: u8 = 1;

impl CaseReference {
    /// The code that an unpredictable random number gives; see [`Reference::from_random`].
    #[must_use]
    pub fn from_random(random: u64) -> Self {
        Self(Reference::from_random(random).0)
    }
}

impl fmt::Display for CaseReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("S-{}", written(self.0, CASE_TURN)))
    }
}

impl fmt::Debug for CaseReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseReference({self})")
    }
}

impl FromStr for CaseReference {
    type Err = ReferenceError;

    /// As forgiving as for a referral's code.
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let mut symbols = text.chars().filter(|&character| !is_separator(character));
        match symbols.next() {
            Some('S' | 's') => read(symbols, CASE_TURN).map(Self),
            Some(_) => Err(ReferenceError::Symbol),
            None => Err(ReferenceError::Length),
        }
    }
}

impl Serialize for CaseReference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CaseReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Why a text is no reference. Its `Display` is English; [`ReferenceError::text`] has both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferenceError {
    /// Too few or too many symbols.
    Length,
    /// A character outside the alphabet.
    Symbol,
    /// The last symbol does not fit the others: something was misread, mistyped or exchanged.
    CheckCharacter,
}

impl ReferenceError {
    /// Which rule was broken and what to do, for the person who typed it.
    #[must_use]
    pub const fn text(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Length, Language::Nb) => "En referanse har seks tegn, som K7QF-2M.",
            (Self::Length, Language::En) => "A reference has six symbols, like K7QF-2M.",
            (Self::Symbol, Language::Nb) => "En referanse har bare sifre og bokstavene A–Z uten I, L, O og U.",
            (Self::Symbol, Language::En) => "A reference has only digits and the letters A–Z without I, L, O and U.",
            (Self::CheckCharacter, Language::Nb) => {
                "Referansen er ikke riktig skrevet: kontrolltegnet stemmer ikke. Se etter byttede eller feilleste tegn."
            }
            (Self::CheckCharacter, Language::En) => {
                "The reference is mistyped: its check character does not fit. Look for exchanged or misread symbols."
            }
        }
    }
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text(Language::En))
    }
}

impl std::error::Error for ReferenceError {}

/// Six symbols with their dash; the check character turned by `turn`.
fn written(symbols: [u8; RANDOM_SYMBOLS], turn: u8) -> String {
    let mut text = String::with_capacity(SYMBOLS + 1);
    for (place, value) in symbols.into_iter().chain([check_value(symbols) ^ turn]).enumerate() {
        if place == 4 {
            text.push('-');
        }
        text.push(symbol(value));
    }
    text
}

/// The reverse of [`written`].
fn read(symbols: impl Iterator<Item = char>, turn: u8) -> Result<[u8; RANDOM_SYMBOLS], ReferenceError> {
    let mut values = [0; SYMBOLS];
    let mut found = 0;
    for character in symbols {
        let value = value_of(character).ok_or(ReferenceError::Symbol)?;
        *values.get_mut(found).ok_or(ReferenceError::Length)? = value;
        found += 1;
    }
    if found != SYMBOLS {
        return Err(ReferenceError::Length);
    }
    let [a, b, c, d, e, check] = values;
    let symbols = [a, b, c, d, e];
    if check_value(symbols) ^ turn == check {
        Ok(symbols)
    } else {
        Err(ReferenceError::CheckCharacter)
    }
}

/// The check character's value: Σ αⁱ·dᵢ by Horner's rule, the first symbol with the highest power.
fn check_value(symbols: [u8; RANDOM_SYMBOLS]) -> u8 {
    symbols.into_iter().fold(0, |sum, value| times_alpha(sum ^ value))
}

/// Multiplies by α in the field of 32 elements, GF(2)\[x\] modulo the primitive polynomial x⁵ + x⁴ + x³ + x + 1.
const fn times_alpha(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 0b10_0000 == 0 {
        shifted
    } else {
        shifted ^ 0b11_1011
    }
}

fn symbol(value: u8) -> char {
    // Values are below 32 by construction; the mask lets the compiler see it too.
    ALPHABET.get(usize::from(value & 31)).copied().map_or('0', char::from)
}

fn value_of(character: char) -> Option<u8> {
    let canonical = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET.iter().position(|&symbol| char::from(symbol) == canonical)?;
    u8::try_from(place).ok()
}

/// Spaces of every width, and what word processors make of a hyphen.
fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn word(reference: Reference) -> [u8; SYMBOLS] {
        let [a, b, c, d, e] = reference.0;
        [a, b, c, d, e, check_value(reference.0)]
    }

    fn spelled(word: [u8; SYMBOLS]) -> String {
        word.into_iter().map(symbol).collect()
    }

    fn is_word(word: [u8; SYMBOLS]) -> bool {
        spelled(word).parse::<Reference>().is_ok()
    }

    #[test]
    fn the_example_of_the_documentation_is_valid() {
        assert_eq!("K7QF-2M".parse::<Reference>().unwrap().to_string(), "K7QF-2M");
    }

    #[test]
    fn people_may_write_it_their_way() {
        let reference: Reference = "K7QF-2M".parse().unwrap();
        for text in [
            "k7qf-2m",
            "K7QF2M",
            " k7 qf 2m ",
            "K7QF–2M",
            "k-7-q-f-2-m",
            "K7QF\u{a0}2M",
        ] {
            assert_eq!(text.parse(), Ok(reference), "{text}");
        }
        let look_alikes = Reference::from_random(1);
        assert!(look_alikes.to_string().starts_with("0000-1"));
        let confused = look_alikes.to_string().replace('0', "o").replace('1', "l");
        assert_eq!(confused.parse(), Ok(look_alikes));
        assert_eq!(confused.replace('l', "I").parse(), Ok(look_alikes));
    }

    #[test]
    fn what_is_wrong_is_told() {
        assert_eq!("".parse::<Reference>(), Err(ReferenceError::Length));
        assert_eq!("K7QF-2".parse::<Reference>(), Err(ReferenceError::Length));
        assert_eq!("K7QF-2M2".parse::<Reference>(), Err(ReferenceError::Length));
        assert_eq!("K7QU-2M".parse::<Reference>(), Err(ReferenceError::Symbol));
        assert_eq!("K7Q€-2M".parse::<Reference>(), Err(ReferenceError::Symbol));
        assert_eq!("K7QF-2N".parse::<Reference>(), Err(ReferenceError::CheckCharacter));
    }

    #[test]
    fn alpha_is_primitive() {
        let powers: std::collections::BTreeSet<u8> = std::iter::successors(Some(1), |&power| Some(times_alpha(power)))
            .take(31)
            .collect();
        assert_eq!(powers.len(), 31, "the powers of α are all the elements but zero");
    }

    /// The sum of two words is a word, so an error goes unseen exactly when the error itself is a word. It is enough,
    /// then, to look at every error there is, without looking at every code: this is the exhaustive proof.
    #[test]
    fn no_slip_gives_another_valid_code() {
        for place in 0..SYMBOLS {
            for error in 1..32 {
                let mut slip = [0; SYMBOLS];
                slip[place] = error;
                assert!(!is_word(slip), "one symbol wrong");
                // Exchanging a and b adds a + b in both places; so does hearing aa for bb.
                for other in 0..place {
                    let mut exchange = slip;
                    exchange[other] = error;
                    assert!(!is_word(exchange), "two symbols exchanged");
                }
            }
        }
    }

    #[test]
    fn serde_is_the_string() {
        let reference: Reference = serde_json::from_str("\"k7qf2m\"").unwrap();
        assert_eq!(serde_json::to_string(&reference).unwrap(), "\"K7QF-2M\"");
        assert!(serde_json::from_str::<Reference>("\"K7QF-2N\"").is_err());
    }

    #[test]
    fn different_numbers_give_different_codes() {
        let codes: std::collections::HashSet<_> = (0..100_000).map(Reference::from_random).collect();
        assert_eq!(codes.len(), 100_000);
        assert_eq!(Reference::from_random(Reference::COUNT), Reference::from_random(0));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(random: u64) {
            let reference = Reference::from_random(random);
            prop_assert_eq!(reference.to_string().parse(), Ok(reference));
            prop_assert_eq!(reference.to_string().len(), 7);
        }

        #[test]
        fn the_code_of_a_case_is_never_that_of_a_referral(random: u64) {
            let case = CaseReference::from_random(random);
            let text = case.to_string();
            prop_assert_eq!(text.parse(), Ok(case));
            prop_assert!(text.parse::<Reference>().is_err());
            prop_assert_eq!(text.trim_start_matches("S-").parse::<Reference>(), Err(ReferenceError::CheckCharacter));
            prop_assert!(Reference::from_random(random).to_string().parse::<CaseReference>().is_err());
        }

        #[test]
        fn the_sum_of_two_words_is_a_word(one: u64, two: u64) {
            let (one, two) = (word(Reference::from_random(one)), word(Reference::from_random(two)));
            prop_assert!(is_word(std::array::from_fn(|place| one[place] ^ two[place])));
        }

        #[test]
        fn one_symbol_wrong_is_refused(random: u64, place in 0..SYMBOLS, error in 1..32u8) {
            let mut slip = word(Reference::from_random(random));
            slip[place] ^= error;
            prop_assert_eq!(spelled(slip).parse::<Reference>(), Err(ReferenceError::CheckCharacter));
        }

        #[test]
        fn two_symbols_exchanged_are_refused(random: u64, one in 0..SYMBOLS, two in 0..SYMBOLS) {
            let mut slip = word(Reference::from_random(random));
            prop_assume!(slip[one] != slip[two]);
            slip.swap(one, two);
            prop_assert_eq!(spelled(slip).parse::<Reference>(), Err(ReferenceError::CheckCharacter));
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            if let Ok(reference) = text.parse::<Reference>() {
                prop_assert_eq!(reference.to_string().parse(), Ok(reference));
            }
        }
    }
}
