//! What commands print.

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

/// How a command prints its data.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Format {
    /// Print JSON instead of a table
    #[arg(long)]
    pub(super) json: bool,
}

impl Format {
    /// Prints rows: as a JSON array, or as a table with these headings.
    pub(super) fn rows<T: Serialize, const N: usize>(
        self,
        rows: &[T],
        headings: [&str; N],
        cells: impl Fn(&T) -> [String; N],
    ) {
        if self.json {
            return json(&rows);
        }
        text(&table(headings, rows.iter().map(cells)));
    }

    /// Prints one thing: as a JSON object, or in words.
    pub(super) fn one<T: Serialize>(self, thing: &T, words: impl FnOnce(&T) -> String) {
        if self.json { json(thing) } else { text(&words(thing)) }
    }
}

/// Rows as a table with these headings.
pub(super) fn table<const N: usize>(headings: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(headings);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

/// Prints a text and a line break. A reader that has gone, such as `head`, is no error.
pub(super) fn text(text: &str) {
    use std::io::Write;
    let _reader_gone = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints a thing as JSON.
pub(super) fn json(thing: &impl Serialize) {
    // What is printed are texts, numbers and lists of them.
    text(&serde_json::to_string_pretty(thing).unwrap_or_default());
}
