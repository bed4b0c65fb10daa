//! Every link leads somewhere, every page is in the table of contents, and every path and test that a page names exists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use stafett_api::docs_pages;

use crate::page::{keep, read, root};

/// Every page of ours, as a path from the root.
fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned(), "CHANGELOG.md".to_owned()];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    pages.sort_unstable();
    pages
}

/// The text without blocks of code.
fn prose(page: &str) -> String {
    let mut inside = false;
    let mut text = String::new();
    for line in read(page).lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// The targets of all links and pictures.
fn links(text: &str) -> Vec<String> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()).collect()
}

/// The anchor that a heading gets.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        let folder = root().join(&page).parent().map(Path::to_owned).unwrap();
        for link in links(&prose(&page)) {
            // The pages of errors link to each other by their addresses on a server.
            if link.starts_with("http") || link.starts_with("/docs/errors") {
                continue;
            }
            let (path, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let target: PathBuf = if path.is_empty() { root().join(&page) } else { folder.join(path) };
            let has_anchor = || {
                let text = std::fs::read_to_string(&target).unwrap_or_default();
                text.lines().any(|line| line.starts_with('#') && anchor(line) == fragment)
            };
            if !target.exists() || !(fragment.is_empty() || has_anchor()) {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "these links lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn the_table_of_contents_has_every_page() {
    let errors: String = docs_pages::codes().iter().map(|code| format!("  - [{code}](errors/{code}.md)\n")).collect();
    keep("docs/SUMMARY.md", &[("errors", format!("- [Error codes]()\n{errors}"))]);
    let linked: BTreeSet<String> = links(&read("docs/SUMMARY.md")).into_iter().collect();
    let missing: Vec<String> = pages()
        .into_iter()
        .filter_map(|page| page.strip_prefix("docs/").map(str::to_owned))
        .filter(|page| page != "SUMMARY.md" && !linked.contains(page))
        .collect();
    assert!(missing.is_empty(), "docs/SUMMARY.md lacks {missing:?}");
}

#[test]
fn every_path_and_test_that_a_page_names_exists() {
    let homes = ["crates/", "tests/", "migrations/", "scripts/", "bench/", "docs/"];
    let mut wrong = Vec::new();
    for page in pages() {
        for word in prose(&page).split('`').skip(1).step_by(2) {
            if !homes.iter().any(|home| word.starts_with(home)) || word.contains(['*', '…', ' ', '<', '{']) {
                continue;
            }
            let (path, item) = word.split_once("::").unwrap_or((word, ""));
            let path = root().join(path);
            let has_item = || std::fs::read_to_string(&path).unwrap_or_default().contains(&format!("fn {item}("));
            if !path.exists() || !(item.is_empty() || has_item()) {
                wrong.push(format!("{page}: {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "these do not exist:\n{}", wrong.join("\n"));
}
