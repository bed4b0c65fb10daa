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
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(headings);
        for row in rows {
            table.add_row(cells(row));
        }
        text(&table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n"));
    }

    /// Prints one thing: as a JSON object, or in words.
    pub(super) fn one<T: Serialize>(self, thing: &T, words: impl FnOnce(&T) -> String) {
        if self.json { json(thing) } else { text(&words(thing)) }
    }
}

/// Prints a text and a line break. A reader that has gone, such as `head`, is no error.
pub(super) fn text(text: &str) {
    use std::io::Write;
    let _reader_gone = writeln!(std::io::stdout().lock(), "{text}");
}

fn json(thing: &impl Serialize) {
    // What is printed are texts, numbers and lists of them.
    text(&serde_json::to_string_pretty(thing).unwrap_or_default());
}
