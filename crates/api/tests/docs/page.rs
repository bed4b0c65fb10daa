//! Pages of the documentation, read and held against what they should say.

use std::path::{Path, PathBuf};

/// The folder of the whole project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Holds the generated parts of a page against what they should say. A part lies between `<!-- generated: name -->` and
/// `<!-- end -->`.
pub(crate) fn keep(path: &str, parts: &[(&str, String)]) {
    let before = read(path);
    let mut after = before.clone();
    for (name, text) in parts {
        let begin = format!("<!-- generated: {name} -->\n");
        let (head, rest) = after.split_once(&begin).unwrap_or_else(|| panic!("{path} has no part {name}"));
        let (_, tail) = rest.split_once("<!-- end -->").unwrap_or_else(|| panic!("{path}: the part {name} has no end"));
        after = format!("{head}{begin}\n{}\n\n<!-- end -->{tail}", text.trim());
    }
    if before == after {
        return;
    }
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(root().join(path), after).unwrap();
        return;
    }
    let changed = after.lines().zip(before.lines()).find(|(after, before)| after != before);
    panic!(
        "{path} is out of date; run `WRITE_DOCS=1 cargo nextest run -p stafett-api --test docs` and read the change.\n{}",
        changed.map(|(after, before)| format!("it says     {before}\nand should  {after}")).unwrap_or_default()
    );
}

/// A table in Markdown.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | ").trim_end())
    };
    let rows: String = rows.into_iter().map(|row| line(&row)).collect();
    format!("{}|{}\n{rows}", line(&headings.map(str::to_owned)), " --- |".repeat(N))
}

/// Words as code, separated by commas.
pub(crate) fn code<T: std::fmt::Display>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The code in the first column of the first table below a heading.
pub(crate) fn first_column(page: &str, heading: &str) -> Vec<String> {
    let (_, below) = page.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no heading {heading}"));
    below
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.split('`').nth(1).unwrap_or_else(|| panic!("{heading}: no code in {line}")).to_owned())
        .collect()
}
