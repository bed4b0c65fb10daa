//! `reference/configuration.md`: every setting.

use stafett_api::config::KEYS;

use crate::page::{keep, table};

#[test]
fn the_page_of_settings_has_every_key() {
    let rows = KEYS.iter().map(|key| {
        let secret = if key.secret { " Secret: never printed." } else { "" };
        let default = if key.default.starts_with('(') { key.default.to_owned() } else { format!("`{}`", key.default) };
        [format!("`{}`", key.path), default, format!("{}{secret}", key.meaning), format!("`{}`", key.variable())]
    });
    let text = table(["Key", "Default", "Meaning", "Variable"], rows);
    keep("docs/reference/configuration.md", &[("keys", text)]);
}
