//! The one form in which an entry is hashed: JSON without spaces, the members of each object in the order of their names.
//!
//! It is RFC 8785 for what entries hold: texts, whole numbers, truth values, lists and objects. Names are compared by their
//! bytes, which for the ASCII names of entries is the order that the RFC asks for.

use serde_json::Value;

/// A value in its one form.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            list(text, ['{', '}'], members, |(name, value), text| {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
            });
        }
        Value::Array(items) => list(text, ['[', ']'], items, write),
        // What JSON writes in one way only.
        other => text.push_str(&other.to_string()),
    }
}

fn list<T>(
    text: &mut String,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(T, &mut String),
) {
    text.push(open);
    for (nth, item) in items.into_iter().enumerate() {
        if nth > 0 {
            text.push(',');
        }
        write(item, text);
    }
    text.push(close);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_in_order_at_every_depth_and_nothing_is_between() {
        let value = json!({ "b": [1, { "d": null, "c": true }], "a": "å\n\"", "aa": -5 });
        assert_eq!(
            canonical(&value),
            r#"{"a":"å\n\"","aa":-5,"b":[1,{"c":true,"d":null}]}"#
        );
    }

    #[test]
    fn what_is_read_back_has_the_same_form() {
        for value in [json!({}), json!([]), json!({ "x": { "y": [[], {}] } }), json!("\u{1f}")] {
            let text = canonical(&value);
            assert_eq!(canonical(&serde_json::from_str(&text).unwrap()), text);
        }
    }
}
