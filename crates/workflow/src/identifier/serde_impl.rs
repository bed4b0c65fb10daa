//! `{"type": "fnr", "value": "…"}`, read so that no error repeats what it was given.
//!
//! A derived reader answers `invalid type: integer 17…, expected a string`, and the number is in a log. So every value is
//! read by a visitor that knows what it expects and never says what it got.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Identifier, IdentifierKind};

impl Serialize for Identifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Identifier", 2)?;
        object.serialize_field("type", &self.kind)?;
        object.serialize_field("value", &self.value)?;
        object.end()
    }
}

impl<'de> Deserialize<'de> for Identifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // `deserialize_map` would let the format itself refuse a bare number, and quote it.
        deserializer.deserialize_any(IdentifierVisitor)
    }
}

/// Answers every scalar with a constant text, where the provided methods would quote the scalar.
macro_rules! never_quote {
    ($error:expr; $($method:ident: $scalar:ty),+) => {
        $(fn $method<E: Error>(self, _: $scalar) -> Result<Self::Value, E> {
            Err(E::custom($error))
        })+
    };
}

const NO_OBJECT: &str = "an identifier is an object with \"type\" and \"value\"";
const NO_TEXT: &str = "an identifier's \"type\" and \"value\" are strings";

struct IdentifierVisitor;

impl<'de> Visitor<'de> for IdentifierVisitor {
    type Value = Identifier;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NO_OBJECT)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Identifier, A::Error> {
        let (mut kind, mut value) = (None, None);
        while let Some(SilentText(field)) = map.next_key()? {
            let place = match field.as_str() {
                "type" => &mut kind,
                "value" => &mut value,
                _ => {
                    return Err(A::Error::custom(
                        "an identifier has no other fields than \"type\" and \"value\"",
                    ));
                }
            };
            let SilentText(text) = map.next_value()?;
            if place.replace(text).is_some() {
                return Err(A::Error::custom("a field of an identifier stands twice"));
            }
        }
        let kind: IdentifierKind = kind
            .ok_or_else(|| A::Error::missing_field("type"))?
            .parse()
            .map_err(A::Error::custom)?;
        let value = value.ok_or_else(|| A::Error::missing_field("value"))?;
        Identifier::parse(kind, &value).map_err(A::Error::custom)
    }

    never_quote!(NO_OBJECT; visit_str: &str, visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_i128: i128,
        visit_u128: u128, visit_f64: f64, visit_char: char, visit_bytes: &[u8]);
}

/// A string; anything else is refused without being repeated.
struct SilentText(String);

impl<'de> Deserialize<'de> for SilentText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SilentTextVisitor)
    }
}

struct SilentTextVisitor;

impl Visitor<'_> for SilentTextVisitor {
    type Value = SilentText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NO_TEXT)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SilentText, E> {
        Ok(SilentText(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<SilentText, E> {
        Ok(SilentText(text))
    }

    never_quote!(NO_TEXT; visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_i128: i128, visit_u128: u128,
        visit_f64: f64, visit_bytes: &[u8]);
}
